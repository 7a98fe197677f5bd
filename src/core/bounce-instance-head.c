/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* What the tags of one instance say: a value that dicom/ fills and store/ keeps. One owner at a
 * time. */

#include "config.h"

#include "bounce-instance-head.h"

G_DEFINE_BOXED_TYPE (BounceInstanceHead,
                     bounce_instance_head,
                     bounce_instance_head_copy,
                     bounce_instance_head_free)

#define TEXT(field) G_STRUCT_OFFSET (BounceInstanceHead, field)

/* Every text of the struct: one list for copying and freeing. */
static const gsize text_offsets[] = {
  TEXT (study_uid),           TEXT (patient_name),      TEXT (patient_id),
  TEXT (patient_birth_date),  TEXT (patient_sex),       TEXT (study_date),
  TEXT (study_time),          TEXT (study_description), TEXT (accession_number),
  TEXT (referring_physician), TEXT (institution_name),  TEXT (series_uid),
  TEXT (series_description),  TEXT (modality),          TEXT (body_part),
  TEXT (protocol_name),       TEXT (sop_class_uid),     TEXT (sop_instance_uid),
  TEXT (transfer_syntax_uid),
};

#undef TEXT

/**
 * bounce_instance_head_new:
 *
 * Returns: (transfer full): a head without any tag
 */
BounceInstanceHead *
bounce_instance_head_new (void)
{
  return g_new0 (BounceInstanceHead, 1);
}

/**
 * bounce_instance_head_copy:
 * @self: (nullable): a head
 *
 * Returns: (transfer full) (nullable): a deep copy
 */
BounceInstanceHead *
bounce_instance_head_copy (const BounceInstanceHead *self)
{
  BounceInstanceHead *copy;

  if (self == NULL)
    return NULL;
  copy = bounce_instance_head_new ();
  copy->has_series_number = self->has_series_number;
  copy->series_number = self->series_number;
  for (gsize i = 0; i < G_N_ELEMENTS (text_offsets); i++)
    G_STRUCT_MEMBER (char *, copy, text_offsets[i]) =
        g_strdup (G_STRUCT_MEMBER (char *, self, text_offsets[i]));
  return copy;
}

/**
 * bounce_instance_head_free:
 * @self: (transfer full) (nullable): a head
 *
 * Frees it with its texts.
 */
void
bounce_instance_head_free (BounceInstanceHead *self)
{
  if (self == NULL)
    return;
  for (gsize i = 0; i < G_N_ELEMENTS (text_offsets); i++)
    g_free (G_STRUCT_MEMBER (char *, self, text_offsets[i]));
  g_free (self);
}
