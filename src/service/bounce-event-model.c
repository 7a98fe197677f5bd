/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* Events, as a list. Threads: main. */

#include "config.h"

#include "bounce-event-model.h"

#include "bounce-service-private.h"

struct _BounceEventItem
{
  GObject parent_instance;

  BounceEventRow *row; /* (owned) */
};

struct _BounceEventModel
{
  BounceHistoryModel parent_instance;
};

G_DEFINE_FINAL_TYPE (BounceEventItem, bounce_event_item, G_TYPE_OBJECT)
G_DEFINE_FINAL_TYPE (BounceEventModel, bounce_event_model, BOUNCE_TYPE_HISTORY_MODEL)

static void
bounce_event_item_finalize (GObject *object)
{
  g_clear_pointer (&BOUNCE_EVENT_ITEM (object)->row, bounce_event_row_free);
  G_OBJECT_CLASS (bounce_event_item_parent_class)->finalize (object);
}

static void
bounce_event_item_class_init (BounceEventItemClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = bounce_event_item_finalize;
}

static void
bounce_event_item_init (BounceEventItem *self)
{
}

static gpointer
make_item (gpointer row)
{
  BounceEventItem *self = g_object_new (BOUNCE_TYPE_EVENT_ITEM, NULL);

  self->row = row;
  return self;
}

/* What happened does not change. */
static void
update_item (gpointer item, gpointer row)
{
  bounce_event_row_free (row);
}

static gint64
get_row_id (gconstpointer row)
{
  return ((const BounceEventRow *) row)->event->id;
}

static gint64
get_item_id (gpointer item)
{
  return get_row_id (((BounceEventItem *) item)->row);
}

/**
 * bounce_event_item_get_event:
 *
 * Returns: (transfer none): the event.
 */
const BounceEvent *
bounce_event_item_get_event (BounceEventItem *self)
{
  g_return_val_if_fail (BOUNCE_IS_EVENT_ITEM (self), NULL);

  return self->row->event;
}

/**
 * bounce_event_item_get_sentence:
 *
 * Returns: what happened, for people.
 */
const char *
bounce_event_item_get_sentence (BounceEventItem *self)
{
  g_return_val_if_fail (BOUNCE_IS_EVENT_ITEM (self), NULL);

  return self->row->sentence;
}

static void
bounce_event_model_class_init (BounceEventModelClass *klass)
{
  BounceHistoryModelClass *history_class = BOUNCE_HISTORY_MODEL_CLASS (klass);

  history_class->item_type = BOUNCE_TYPE_EVENT_ITEM;
  history_class->search_async = bounce_store_search_events_async;
  history_class->get_row_id = get_row_id;
  history_class->get_item_id = get_item_id;
  history_class->make_item = make_item;
  history_class->update_item = update_item;
}

static void
bounce_event_model_init (BounceEventModel *self)
{
}

/**
 * bounce_event_model_new:
 * @service: whose events
 * @study_uid: (nullable): about all
 *
 * Thread: main
 * Returns: (transfer full): the model; it fills when the first answer is there
 */
BounceEventModel *
bounce_event_model_new (BounceService *service, const char *study_uid)
{
  BounceEventModel *self;

  g_return_val_if_fail (BOUNCE_IS_SERVICE (service), NULL);

  self = g_object_new (BOUNCE_TYPE_EVENT_MODEL, NULL);
  g_signal_connect_object (service->store, "events-changed",
                           G_CALLBACK (bounce_history_model_refresh), self, G_CONNECT_SWAPPED);
  bounce_history_model_start (BOUNCE_HISTORY_MODEL (self), service, study_uid);
  return self;
}

/**
 * bounce_event_model_set_filter:
 * @codes: (nullable): #BounceEventCode values, ended by 0; all
 * @search: (nullable): in the sentence, and in the study's name, ID, accession number, description
 *   and UID
 *
 * Thread: main
 */
void
bounce_event_model_set_filter (BounceEventModel *self, const int *codes, const char *search)
{
  g_return_if_fail (BOUNCE_IS_EVENT_MODEL (self));

  bounce_history_model_set_filter (BOUNCE_HISTORY_MODEL (self), BOUNCE_HISTORY_ALL_STATES, codes,
                                   search);
}

/**
 * bounce_event_model_load_more:
 *
 * Reads older ones, too; does nothing while #BounceHistoryModel:has-more is %FALSE.
 *
 * Thread: main
 */
void
bounce_event_model_load_more (BounceEventModel *self)
{
  g_return_if_fail (BOUNCE_IS_EVENT_MODEL (self));

  bounce_history_model_load_more (BOUNCE_HISTORY_MODEL (self));
}
