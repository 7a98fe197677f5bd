/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* The values that cross the store's border. */

#include "config.h"

#include "bounce-store-types.h"

G_DEFINE_BOXED_TYPE (BounceStudy, bounce_study, bounce_study_copy, bounce_study_free)
G_DEFINE_BOXED_TYPE (BounceTransfer, bounce_transfer, bounce_transfer_copy, bounce_transfer_free)

/**
 * bounce_study_copy:
 *
 * Returns: (transfer full): a copy
 */
BounceStudy *
bounce_study_copy (const BounceStudy *self)
{
  BounceStudy *copy = g_memdup2 (self, sizeof *self);

  copy->study_uid = g_strdup (self->study_uid);
  copy->patient_name = g_strdup (self->patient_name);
  copy->patient_id = g_strdup (self->patient_id);
  copy->patient_birth_date = g_strdup (self->patient_birth_date);
  copy->study_date = g_strdup (self->study_date);
  copy->study_description = g_strdup (self->study_description);
  copy->accession_number = g_strdup (self->accession_number);
  copy->modality = g_strdup (self->modality);
  copy->status = g_strdup (self->status);
  copy->reason = g_strdup (self->reason);
  return copy;
}

/**
 * bounce_study_free:
 * @self: (transfer full) (nullable): a study
 */
void
bounce_study_free (BounceStudy *self)
{
  if (!self)
    return;
  g_free (self->study_uid);
  g_free (self->patient_name);
  g_free (self->patient_id);
  g_free (self->patient_birth_date);
  g_free (self->study_date);
  g_free (self->study_description);
  g_free (self->accession_number);
  g_free (self->modality);
  g_free (self->status);
  g_free (self->reason);
  g_free (self);
}

/**
 * bounce_transfer_copy:
 *
 * Returns: (transfer full): a copy; it shares the items, which nobody changes
 */
BounceTransfer *
bounce_transfer_copy (const BounceTransfer *self)
{
  BounceTransfer *copy = g_memdup2 (self, sizeof *self);

  copy->study_uid = g_strdup (self->study_uid);
  copy->upload_id = g_strdup (self->upload_id);
  copy->assembly_id = g_strdup (self->assembly_id);
  copy->upload_url = g_strdup (self->upload_url);
  copy->tus_endpoint = g_strdup (self->tus_endpoint);
  copy->reason = g_strdup (self->reason);
  copy->items = self->items ? g_ptr_array_ref (self->items) : NULL;
  copy->metadata = self->metadata ? bounce_study_metadata_copy (self->metadata) : NULL;
  return copy;
}

/**
 * bounce_transfer_free:
 * @self: (transfer full) (nullable): a transfer
 */
void
bounce_transfer_free (BounceTransfer *self)
{
  if (!self)
    return;
  g_free (self->study_uid);
  g_free (self->upload_id);
  g_free (self->assembly_id);
  g_free (self->upload_url);
  g_free (self->tus_endpoint);
  g_free (self->reason);
  g_clear_pointer (&self->items, g_ptr_array_unref);
  g_clear_pointer (&self->metadata, bounce_study_metadata_free);
  g_free (self);
}

/**
 * bounce_event_free:
 * @self: (transfer full) (nullable): an event
 */
void
bounce_event_free (BounceEvent *self)
{
  if (!self)
    return;
  g_free (self->study_uid);
  g_clear_pointer (&self->args, g_variant_unref);
  g_free (self);
}
