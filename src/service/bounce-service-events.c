/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* What the parts say, passed on as the service's own signals: the documented log, queue-study and
 * upload-progress, and the store's events one by one.
 *
 * The store only says that there are new events; they are read on its reader thread and told in
 * order, each once. Those of earlier runs are not told again. */

#include "config.h"

#include "bounce-service-private.h"

#include "bounce-log.h"
#include "bounce-progress.h"
#include "bounce-wording.h"

/* More than this between two looks at the table is a flood: the list shows it, the signal does
 * not. */
#define MAX_EVENTS_TOLD 200

static void read_events (BounceService *self);

static void
pass_log_cb (BounceLogLevel level, gint64 wall_us, const char *text, gpointer user_data)
{
  if (level >= BOUNCE_LOG_INFO)
    g_signal_emit (user_data, bounce_service_signals[BOUNCE_SERVICE_SIGNAL_LOG], 0, text);
}

static void
tell_changed (const char *const *study_uids, gpointer user_data)
{
  g_signal_emit (user_data, bounce_service_signals[BOUNCE_SERVICE_SIGNAL_STUDIES_CHANGED], 0,
                 study_uids);
}

/* Without a key nothing fails, so nothing else would say why images do not go anywhere. Told with
 * the first study that has to wait: at start the keyring may not have answered yet. */
static void
tell_missing_key (BounceService *self)
{
  if (self->is_missing_key_told
      || g_strcmp0 (bounce_uploader_get_paused_reason (self->uploader), BOUNCE_REASON_NO_KEY) != 0)
    return;
  self->is_missing_key_told = TRUE;
  bounce_log (BOUNCE_LOG_WARNING, "No API key is set: studies are kept and wait");
}

static void
tell_queued (const char *const *study_uids, gpointer user_data)
{
  for (guint i = 0; study_uids[i] != NULL; i++)
    g_signal_emit (user_data, bounce_service_signals[BOUNCE_SERVICE_SIGNAL_QUEUE_STUDY], 0,
                   study_uids[i]);
  tell_missing_key (user_data);
}

static void
studies_changed_cb (BounceService *self, char **study_uids)
{
  bounce_study_throttle_add (self->changed_studies, (const char *const *) study_uids);
}

static void
study_queued_cb (BounceService *self, const char *study_uid)
{
  const char *const study_uids[] = { study_uid, NULL };

  bounce_study_throttle_add (self->queued_studies, study_uids);
}

static void
upload_progress_cb (BounceService *self, const char *study_uid, guint64 uploaded, guint64 total)
{
  g_signal_emit (self, bounce_service_signals[BOUNCE_SERVICE_SIGNAL_UPLOAD_PROGRESS], 0, study_uid,
                 uploaded, total, bounce_progress_percent (uploaded, total));
}

static void
receiver_state_changed_cb (BounceService *self)
{
  g_object_notify (G_OBJECT (self), "receiver-running");
}

static void
paused_reason_changed_cb (BounceService *self)
{
  self->is_missing_key_told = FALSE;
  g_object_notify (G_OBJECT (self), "uploads-paused");
}

static void
tell_event (BounceService *self, BounceEvent *event)
{
  g_autofree char *sentence = bounce_wording_event (event->code, event->args);

  g_signal_emit (self, bounce_service_signals[BOUNCE_SERVICE_SIGNAL_EVENT], 0, event, sentence);
}

/* events: newest first. */
static void
tell_new_events (BounceService *self, GPtrArray *events)
{
  gint64 last_told = self->last_event_id;

  for (guint i = events->len; i > 0; i--)
    {
      BounceEvent *event = g_ptr_array_index (events, i - 1);

      if (event->id <= last_told)
        continue;
      self->last_event_id = event->id;
      tell_event (self, event);
    }
}

/* The id of the latest event of earlier runs. events: newest first. */
static gint64
find_last_old_event (BounceService *self, GPtrArray *events)
{
  for (guint i = 0; i < events->len; i++)
    {
      const BounceEvent *event = g_ptr_array_index (events, i);

      if (event->at_us < self->opened_at_us)
        return event->id;
    }
  return 0;
}

static void
events_read_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (BounceService) self = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) events =
      bounce_store_list_events_finish (BOUNCE_STORE (source), result, &error);

  self->is_reading_events = FALSE;
  if (events == NULL)
    {
      bounce_log (BOUNCE_LOG_WARNING, "Events cannot be read: %s", error->message);
      return;
    }
  if (self->last_event_id < 0)
    self->last_event_id = find_last_old_event (self, events);
  tell_new_events (self, events);
  if (self->has_more_events && !self->is_shutting_down)
    read_events (self);
}

static void
read_events (BounceService *self)
{
  self->has_more_events = FALSE;
  self->is_reading_events = TRUE;
  bounce_store_list_events_async (self->store, NULL, MAX_EVENTS_TOLD, events_read_cb,
                                  g_object_ref (self));
}

static void
events_changed_cb (BounceService *self)
{
  if (self->is_reading_events)
    self->has_more_events = TRUE;
  else if (!self->is_shutting_down)
    read_events (self);
}

/**
 * bounce_service_connect_parts: (skip)
 *
 * From here on the parts' signals become the service's.
 */
void
bounce_service_connect_parts (BounceService *self)
{
  self->changed_studies = bounce_study_throttle_new (tell_changed, self);
  self->queued_studies = bounce_study_throttle_new (tell_queued, self);
  g_signal_connect_object (self->store, "studies-changed", G_CALLBACK (studies_changed_cb), self,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (self->store, "study-queued", G_CALLBACK (study_queued_cb), self,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (self->store, "events-changed", G_CALLBACK (events_changed_cb), self,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (self->uploader, "progress", G_CALLBACK (upload_progress_cb), self,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (self->uploader, "notify::paused-reason",
                           G_CALLBACK (paused_reason_changed_cb), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (self->receiver, "notify::state", G_CALLBACK (receiver_state_changed_cb),
                           self, G_CONNECT_SWAPPED);
  g_signal_connect_object (self->disk_watch, "returned",
                           G_CALLBACK (bounce_uploader_storage_returned), self->uploader,
                           G_CONNECT_SWAPPED);
  bounce_service_watch_settings (self);
  self->log_observer = bounce_log_add_observer (pass_log_cb, self, NULL);
  read_events (self);
}

/**
 * bounce_service_disconnect_parts: (skip)
 *
 * Ends what bounce_service_connect_parts() began.
 */
void
bounce_service_disconnect_parts (BounceService *self)
{
  if (self->log_observer != 0)
    bounce_log_remove_observer (self->log_observer);
  self->log_observer = 0;
  if (self->store != NULL)
    g_signal_handlers_disconnect_by_data (self->store, self);
  g_clear_pointer (&self->changed_studies, bounce_study_throttle_free);
  g_clear_pointer (&self->queued_studies, bounce_study_throttle_free);
}
