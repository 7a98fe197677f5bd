/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* Attempts to deliver, as a list. Threads: main. */

#include "config.h"

#include "bounce-transfer-model.h"

#include "bounce-person-name.h"

struct _BounceTransferEntry
{
  GObject parent_instance;

  BounceTransferRow *row; /* (owned) */
  char *display_name;     /* (owned) */
};

struct _BounceTransferModel
{
  BounceHistoryModel parent_instance;
};

G_DEFINE_FINAL_TYPE (BounceTransferEntry, bounce_transfer_entry, G_TYPE_OBJECT)
G_DEFINE_FINAL_TYPE (BounceTransferModel, bounce_transfer_model, BOUNCE_TYPE_HISTORY_MODEL)

enum
{
  PROP_0,
  PROP_TRANSFER,
  PROP_PATIENT_NAME,
  N_PROPS,
};

static GParamSpec *properties[N_PROPS];

static void
bounce_transfer_entry_get_property (GObject *object, guint id, GValue *value, GParamSpec *pspec)
{
  BounceTransferEntry *self = BOUNCE_TRANSFER_ENTRY (object);

  if (id == PROP_TRANSFER)
    g_value_set_boxed (value, self->row->transfer);
  else
    g_value_set_string (value, self->display_name);
}

static void
bounce_transfer_entry_finalize (GObject *object)
{
  BounceTransferEntry *self = BOUNCE_TRANSFER_ENTRY (object);

  g_clear_pointer (&self->row, bounce_transfer_row_free);
  g_free (self->display_name);
  G_OBJECT_CLASS (bounce_transfer_entry_parent_class)->finalize (object);
}

static void
bounce_transfer_entry_class_init (BounceTransferEntryClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GParamFlags flags = G_PARAM_READABLE | G_PARAM_STATIC_STRINGS;

  object_class->get_property = bounce_transfer_entry_get_property;
  object_class->finalize = bounce_transfer_entry_finalize;
  /**
   * BounceTransferEntry:transfer: the attempt as it is now.
   */
  properties[PROP_TRANSFER] =
      g_param_spec_boxed ("transfer", NULL, NULL, BOUNCE_TYPE_TRANSFER, flags);
  /**
   * BounceTransferEntry:patient-name: the patient's name as people write it.
   */
  properties[PROP_PATIENT_NAME] = g_param_spec_string ("patient-name", NULL, NULL, NULL, flags);
  g_object_class_install_properties (object_class, N_PROPS, properties);
}

static void
bounce_transfer_entry_init (BounceTransferEntry *self)
{
}

static gpointer
make_item (gpointer row)
{
  BounceTransferEntry *self = g_object_new (BOUNCE_TYPE_TRANSFER_ENTRY, NULL);

  self->row = row;
  self->display_name = bounce_person_name_to_display (self->row->patient_name);
  return self;
}

static void
update_item (gpointer item, gpointer new_row)
{
  BounceTransferEntry *self = item;
  BounceTransferRow *row = new_row;
  const BounceTransfer *before = self->row->transfer, *now = row->transfer;
  gboolean is_changed = before->state != now->state || before->offset != now->offset
                        || before->ended_at_us != now->ended_at_us
                        || before->package_size != now->package_size
                        || g_strcmp0 (before->reason, now->reason) != 0
                        || g_strcmp0 (before->upload_id, now->upload_id) != 0;

  bounce_transfer_row_free (self->row);
  self->row = row;
  if (is_changed)
    g_object_notify_by_pspec (item, properties[PROP_TRANSFER]);
}

static gint64
get_row_id (gconstpointer row)
{
  return ((const BounceTransferRow *) row)->transfer->id;
}

static gint64
get_item_id (gpointer item)
{
  return get_row_id (((BounceTransferEntry *) item)->row);
}

/**
 * bounce_transfer_entry_get_transfer:
 *
 * Returns: (transfer none): the attempt, until the main loop runs again.
 */
const BounceTransfer *
bounce_transfer_entry_get_transfer (BounceTransferEntry *self)
{
  g_return_val_if_fail (BOUNCE_IS_TRANSFER_ENTRY (self), NULL);

  return self->row->transfer;
}

/**
 * bounce_transfer_entry_get_patient_name:
 *
 * Returns: the patient's name as people write it; empty when there is none.
 */
const char *
bounce_transfer_entry_get_patient_name (BounceTransferEntry *self)
{
  g_return_val_if_fail (BOUNCE_IS_TRANSFER_ENTRY (self), NULL);

  return self->display_name;
}

static void
bounce_transfer_model_class_init (BounceTransferModelClass *klass)
{
  BounceHistoryModelClass *history_class = BOUNCE_HISTORY_MODEL_CLASS (klass);

  history_class->item_type = BOUNCE_TYPE_TRANSFER_ENTRY;
  history_class->search_async = bounce_store_search_transfers_async;
  history_class->get_row_id = get_row_id;
  history_class->get_item_id = get_item_id;
  history_class->make_item = make_item;
  history_class->update_item = update_item;
}

static void
bounce_transfer_model_init (BounceTransferModel *self)
{
}

static void
studies_changed_cb (BounceHistoryModel *self, char **study_uids)
{
  const char *study_uid = bounce_history_model_get_study_uid (self);

  if (study_uid == NULL || *study_uids == NULL
      || g_strv_contains ((const char *const *) study_uids, study_uid))
    bounce_history_model_refresh (self);
}

/**
 * bounce_transfer_model_new:
 * @service: whose transfers
 * @study_uid: (nullable): of all studies
 *
 * Thread: main
 * Returns: (transfer full): the model; it fills when the first answer is there
 */
BounceTransferModel *
bounce_transfer_model_new (BounceService *service, const char *study_uid)
{
  BounceTransferModel *self;

  g_return_val_if_fail (BOUNCE_IS_SERVICE (service), NULL);

  self = g_object_new (BOUNCE_TYPE_TRANSFER_MODEL, NULL);
  g_signal_connect_object (service, "studies-changed", G_CALLBACK (studies_changed_cb), self,
                           G_CONNECT_SWAPPED);
  bounce_history_model_start (BOUNCE_HISTORY_MODEL (self), service, study_uid);
  return self;
}

/**
 * bounce_transfer_model_set_filter:
 * @state: a #BounceTransferState or %BOUNCE_TRANSFER_MODEL_ALL
 * @search: (nullable): in the study's name, ID, accession number, description and UID
 *
 * Thread: main
 */
void
bounce_transfer_model_set_filter (BounceTransferModel *self, int state, const char *search)
{
  g_return_if_fail (BOUNCE_IS_TRANSFER_MODEL (self));

  bounce_history_model_set_filter (BOUNCE_HISTORY_MODEL (self), state, NULL, search);
}

/**
 * bounce_transfer_model_load_more:
 *
 * Reads older ones, too; does nothing while #BounceHistoryModel:has-more is %FALSE.
 *
 * Thread: main
 */
void
bounce_transfer_model_load_more (BounceTransferModel *self)
{
  g_return_if_fail (BOUNCE_IS_TRANSFER_MODEL (self));

  bounce_history_model_load_more (BOUNCE_HISTORY_MODEL (self));
}
