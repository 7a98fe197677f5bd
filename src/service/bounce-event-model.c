/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* Events, as a list. Threads: main. */

#include "config.h"

#include "bounce-event-model.h"

#include "bounce-person-name.h"
#include "bounce-service-private.h"

#include "bounce-wording.h"

struct _BounceEventItem
{
  GObject parent_instance;

  BounceEventRow *row; /* (owned) */
  char *sentence;      /* (owned) */
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
  BounceEventItem *self = BOUNCE_EVENT_ITEM (object);

  g_clear_pointer (&self->row, bounce_event_row_free);
  g_free (self->sentence);
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

/* A name in its own direction, whatever the sentence around it has (Unicode: first strong isolate,
 * pop directional isolate). */
#define ISOLATE     "\u2068"
#define ISOLATE_END "\u2069"

/* The event's arguments with the patient's name in place of the study's UID. */
static GVariant *
name_study (GVariant *args, const char *name)
{
  g_autofree char *isolated = g_strconcat (ISOLATE, name, ISOLATE_END, NULL);
  GVariantBuilder named;
  GVariantIter iter;
  const char *key, *value;

  g_variant_builder_init (&named, G_VARIANT_TYPE ("a{ss}"));
  g_variant_iter_init (&iter, args);
  while (g_variant_iter_next (&iter, "{&s&s}", &key, &value))
    g_variant_builder_add (&named, "{ss}", key, g_str_equal (key, "study") ? isolated : value);
  return g_variant_ref_sink (g_variant_builder_end (&named));
}

static char *
tell_event (const BounceEventRow *row)
{
  g_autofree char *name = bounce_person_name_to_display (row->patient_name);
  g_autoptr (GVariant) args = NULL;

  if (*name == '\0' || row->event->args == NULL)
    return g_strdup (row->sentence);
  args = name_study (row->event->args, name);
  return bounce_wording_event (row->event->code, args);
}

static gpointer
make_item (gpointer row)
{
  BounceEventItem *self = g_object_new (BOUNCE_TYPE_EVENT_ITEM, NULL);

  self->row = row;
  self->sentence = tell_event (row);
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
 * Returns: what happened, for people: with the patient's name while the study is there, else with
 *   its UID
 */
const char *
bounce_event_item_get_sentence (BounceEventItem *self)
{
  g_return_val_if_fail (BOUNCE_IS_EVENT_ITEM (self), NULL);

  return self->sentence;
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
