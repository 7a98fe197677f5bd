/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* How Bounce is, at a glance, as properties that a window binds to.
 *
 * Counts are read again half a second after something changed, and every ten seconds for what
 * changes by itself: a quiet period that ends, midnight, free space, a storage that is pulled out.
 * What is known of Aurabox comes from #BounceAuraboxWatch.
 *
 * Threads: main; the file system is asked on a pool thread, since a dead mount can hang. */

#include "config.h"

#include "bounce-status-summary.h"

#include "bounce-service-private.h"
#include "bounce-store-table.h"

#include "bounce-log.h"

#include <string.h>

#define READ_DELAY_MS 500
#define LOOK_SECONDS  10

struct _BounceStatusSummary
{
  GObject parent_instance;

  BounceService *service;      /* (owned) */
  BounceAuraboxWatch *aurabox; /* (owned) */
  GCancellable *cancellable;   /* (owned) */
  BounceServiceStatus *status; /* (owned) (nullable) before the first answer */
  BounceDiskLevel disk_level;
  gboolean is_unmounted;
  GStrv modalities; /* (owned) */
  char *read_error; /* (owned) (nullable) */
  guint read_source, look_source;
  gboolean is_reading, is_looking;
};

G_DEFINE_FINAL_TYPE (BounceStatusSummary, bounce_status_summary, G_TYPE_OBJECT)

enum
{
  PROP_0,
  PROP_RECEIVER_STATE,
  PROP_ENDPOINT,
  PROP_AE_TITLE,
  PROP_AURABOX_STATE,
  PROP_AURABOX_MESSAGE,
  PROP_AURABOX_CHECKED_US,
  PROP_API_ENDPOINT,
  PROP_N_STUDIES,
  PROP_N_RECEIVING,
  PROP_N_WAITING,
  PROP_N_UPLOADING,
  PROP_N_ERROR,
  PROP_N_DELIVERED_TODAY,
  PROP_FREE_BYTES,
  PROP_DISK_LEVEL,
  PROP_PAUSED_REASON,
  PROP_STORAGE_PROBLEM,
  PROP_RECEIVER_RESTART_NEEDED,
  PROP_SERVICE_RESTART_NEEDED,
  PROP_MODALITIES,
  PROP_READ_ERROR,
  N_PROPS,
};

static GParamSpec *properties[N_PROPS];

static void schedule_read (BounceStatusSummary *self);

static void
notify (BounceStatusSummary *self, guint id)
{
  g_object_notify_by_pspec (G_OBJECT (self), properties[id]);
}

static void
get_count (BounceStatusSummary *self, guint id, GValue *value)
{
  const BounceStoreCounts *counts = bounce_status_summary_get_counts (self);

  if (id == PROP_N_STUDIES)
    g_value_set_uint (value, counts->received + counts->uploading + counts->sent + counts->error);
  else if (id == PROP_N_RECEIVING)
    g_value_set_uint (value, counts->receiving);
  else if (id == PROP_N_WAITING)
    g_value_set_uint (value, counts->waiting);
  else if (id == PROP_N_UPLOADING)
    g_value_set_uint (value, counts->uploading);
  else if (id == PROP_N_ERROR)
    g_value_set_uint (value, counts->error);
  else
    g_value_set_uint (value, counts->delivered_today);
}

static void
bounce_status_summary_get_property (GObject *object, guint id, GValue *value, GParamSpec *pspec)
{
  BounceStatusSummary *self = BOUNCE_STATUS_SUMMARY (object);
  const BounceServiceStatus *status = self->status;

  switch (id)
    {
    case PROP_RECEIVER_STATE:
      g_value_set_int (value, (int) bounce_status_summary_get_receiver_state (self));
      break;
    case PROP_ENDPOINT:
      g_value_take_string (value, bounce_service_dup_endpoint (self->service));
      break;
    case PROP_AE_TITLE:
      g_value_set_string (value, status != NULL
                                     ? status->ae_title
                                     : bounce_config_get_ae_title (self->service->config));
      break;
    case PROP_AURABOX_STATE:
      g_value_set_int (value, (int) bounce_aurabox_watch_get_state (self->aurabox));
      break;
    case PROP_AURABOX_MESSAGE:
      g_value_set_string (value, bounce_aurabox_watch_get_message (self->aurabox));
      break;
    case PROP_AURABOX_CHECKED_US:
      g_value_set_int64 (value, bounce_aurabox_watch_get_checked_us (self->aurabox));
      break;
    case PROP_API_ENDPOINT:
      g_value_take_string (value, bounce_config_dup_api_endpoint (self->service->config));
      break;
    case PROP_FREE_BYTES:
      g_value_set_uint64 (value, bounce_status_summary_get_counts (self)->free_bytes);
      break;
    case PROP_DISK_LEVEL:
      g_value_set_int (value, (int) self->disk_level);
      break;
    case PROP_PAUSED_REASON:
      g_value_set_string (value, bounce_service_get_uploads_paused (self->service));
      break;
    case PROP_STORAGE_PROBLEM:
      g_value_set_string (value, self->is_unmounted ? "not-mounted" : NULL);
      break;
    case PROP_RECEIVER_RESTART_NEEDED:
      g_value_set_boolean (value, status != NULL && status->receiver_restart_needed);
      break;
    case PROP_SERVICE_RESTART_NEEDED:
      g_value_set_boolean (value, status != NULL && status->service_restart_needed);
      break;
    case PROP_MODALITIES:
      g_value_set_boxed (value, self->modalities);
      break;
    case PROP_READ_ERROR:
      g_value_set_string (value, self->read_error);
      break;
    default:
      get_count (self, id, value);
      break;
    }
}

/* What the counts and the settings say; only what differs notifies. */
static void
take_status (BounceStatusSummary *self, BounceServiceStatus *status)
{
  static const BounceStoreCounts none = { 0 };
  g_autoptr (BounceServiceStatus) before = g_steal_pointer (&self->status);
  const BounceStoreCounts *old = before != NULL ? &before->counts : &none;
  const BounceStoreCounts *new = &status->counts;

  self->status = status;
  self->disk_level = bounce_disk_level_next (self->disk_level, new->free_bytes);
  g_object_freeze_notify (G_OBJECT (self));
  if (before == NULL || memcmp (old, new, sizeof *new) != 0)
    for (guint id = PROP_N_STUDIES; id <= PROP_DISK_LEVEL; id++)
      notify (self, id);
  if (before == NULL || g_strcmp0 (before->ae_title, status->ae_title) != 0)
    notify (self, PROP_AE_TITLE);
  if (before == NULL || before->receiver_restart_needed != status->receiver_restart_needed)
    notify (self, PROP_RECEIVER_RESTART_NEEDED);
  if (before == NULL || before->service_restart_needed != status->service_restart_needed)
    notify (self, PROP_SERVICE_RESTART_NEEDED);
  g_object_thaw_notify (G_OBJECT (self));
}

static void
modalities_read_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (BounceStatusSummary) self = user_data;
  g_auto (GStrv) modalities =
      bounce_store_list_modalities_finish (BOUNCE_STORE (source), result, NULL);

  /* A failure is told with the counts, which are read at the same time. */
  if (modalities == NULL
      || g_strv_equal ((const char *const *) modalities, (const char *const *) self->modalities))
    return;
  g_strfreev (self->modalities);
  self->modalities = g_steal_pointer (&modalities);
  notify (self, PROP_MODALITIES);
}

/* message: (nullable) the counts could be read. Told once, until they can be again. */
static void
set_read_error (BounceStatusSummary *self, const char *message)
{
  if (g_strcmp0 (self->read_error, message) == 0)
    return;
  if (self->read_error == NULL)
    bounce_log (BOUNCE_LOG_WARNING, "The counts of studies cannot be read: %s", message);
  g_free (self->read_error);
  self->read_error = g_strdup (message);
  notify (self, PROP_READ_ERROR);
}

static void
status_read_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (BounceStatusSummary) self = user_data;
  g_autoptr (GError) error = NULL;
  BounceServiceStatus *status =
      bounce_service_get_status_finish (BOUNCE_SERVICE (source), result, &error);

  self->is_reading = FALSE;
  if (status != NULL)
    take_status (self, status);
  if (!g_cancellable_is_cancelled (self->cancellable))
    set_read_error (self, error != NULL ? error->message : NULL);
}

static void
read_now (BounceStatusSummary *self)
{
  if (self->is_reading || self->service->is_shutting_down)
    return;
  self->is_reading = TRUE;
  bounce_service_get_status_async (self->service, self->cancellable, status_read_cb,
                                   g_object_ref (self));
  bounce_store_list_modalities_async (self->service->store, self->cancellable, modalities_read_cb,
                                      g_object_ref (self));
}

static gboolean
read_cb (gpointer user_data)
{
  BounceStatusSummary *self = user_data;

  self->read_source = 0;
  if (self->is_reading)
    schedule_read (self);
  else
    read_now (self);
  return G_SOURCE_REMOVE;
}

static void
schedule_read (BounceStatusSummary *self)
{
  if (self->read_source == 0)
    self->read_source = g_timeout_add (READ_DELAY_MS, read_cb, self);
}

static void
storage_checked_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (BounceStatusSummary) self = user_data;
  g_autoptr (GError) error = NULL;
  gboolean is_there = bounce_store_check_storage_finish (BOUNCE_STORE (source), result, &error);

  self->is_looking = FALSE;
  if (!is_there && !g_error_matches (error, BOUNCE_STORE_ERROR, BOUNCE_STORE_ERROR_NOT_MOUNTED))
    return;
  if (self->is_unmounted == !is_there)
    return;
  self->is_unmounted = !is_there;
  notify (self, PROP_STORAGE_PROBLEM);
}

static gboolean
look_cb (gpointer user_data)
{
  BounceStatusSummary *self = user_data;

  schedule_read (self);
  if (self->is_looking)
    return G_SOURCE_CONTINUE;
  self->is_looking = TRUE;
  bounce_store_check_storage_async (self->service->store, self->cancellable, storage_checked_cb,
                                    g_object_ref (self));
  return G_SOURCE_CONTINUE;
}

/**
 * bounce_status_summary_check_aurabox:
 *
 * Asks Aurabox now; the answer comes as #BounceStatusSummary:aurabox-state.
 *
 * Thread: main
 */
void
bounce_status_summary_check_aurabox (BounceStatusSummary *self)
{
  g_return_if_fail (BOUNCE_IS_STATUS_SUMMARY (self));

  bounce_aurabox_watch_check (self->aurabox);
}

static void
receiver_changed_cb (BounceStatusSummary *self)
{
  notify (self, PROP_RECEIVER_STATE);
  notify (self, PROP_ENDPOINT);
  schedule_read (self);
}

static void
config_changed_cb (BounceStatusSummary *self)
{
  notify (self, PROP_API_ENDPOINT);
  schedule_read (self);
}

static void
aurabox_changed_cb (BounceStatusSummary *self)
{
  g_object_freeze_notify (G_OBJECT (self));
  notify (self, PROP_AURABOX_STATE);
  notify (self, PROP_AURABOX_MESSAGE);
  notify (self, PROP_AURABOX_CHECKED_US);
  g_object_thaw_notify (G_OBJECT (self));
}

static void
paused_changed_cb (BounceStatusSummary *self)
{
  notify (self, PROP_PAUSED_REASON);
}

static void
bounce_status_summary_dispose (GObject *object)
{
  BounceStatusSummary *self = BOUNCE_STATUS_SUMMARY (object);

  g_cancellable_cancel (self->cancellable);
  if (self->aurabox != NULL)
    bounce_aurabox_watch_stop (self->aurabox);
  g_clear_handle_id (&self->read_source, g_source_remove);
  g_clear_handle_id (&self->look_source, g_source_remove);
  G_OBJECT_CLASS (bounce_status_summary_parent_class)->dispose (object);
}

static void
bounce_status_summary_finalize (GObject *object)
{
  BounceStatusSummary *self = BOUNCE_STATUS_SUMMARY (object);

  g_clear_object (&self->aurabox);
  g_clear_object (&self->service);
  g_clear_object (&self->cancellable);
  g_clear_pointer (&self->status, bounce_service_status_free);
  g_strfreev (self->modalities);
  g_free (self->read_error);
  G_OBJECT_CLASS (bounce_status_summary_parent_class)->finalize (object);
}

static void
add_text (guint id, const char *name)
{
  properties[id] =
      g_param_spec_string (name, NULL, NULL, NULL, G_PARAM_READABLE | G_PARAM_STATIC_STRINGS);
}

static void
add_count (guint id, const char *name)
{
  properties[id] = g_param_spec_uint (name, NULL, NULL, 0, G_MAXUINT, 0,
                                      G_PARAM_READABLE | G_PARAM_STATIC_STRINGS);
}

static void
add_state (guint id, const char *name)
{
  properties[id] =
      g_param_spec_int (name, NULL, NULL, 0, 10, 0, G_PARAM_READABLE | G_PARAM_STATIC_STRINGS);
}

static void
add_flag (guint id, const char *name)
{
  properties[id] =
      g_param_spec_boolean (name, NULL, NULL, FALSE, G_PARAM_READABLE | G_PARAM_STATIC_STRINGS);
}

/* What each one is stands in the header. */
static void
bounce_status_summary_class_init (BounceStatusSummaryClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GParamFlags flags = G_PARAM_READABLE | G_PARAM_STATIC_STRINGS;

  object_class->get_property = bounce_status_summary_get_property;
  object_class->dispose = bounce_status_summary_dispose;
  object_class->finalize = bounce_status_summary_finalize;
  add_state (PROP_RECEIVER_STATE, "receiver-state");
  add_text (PROP_ENDPOINT, "endpoint");
  add_text (PROP_AE_TITLE, "ae-title");
  add_state (PROP_AURABOX_STATE, "aurabox-state");
  add_text (PROP_AURABOX_MESSAGE, "aurabox-message");
  properties[PROP_AURABOX_CHECKED_US] =
      g_param_spec_int64 ("aurabox-checked-us", NULL, NULL, 0, G_MAXINT64, 0, flags);
  add_text (PROP_API_ENDPOINT, "api-endpoint");
  add_count (PROP_N_STUDIES, "n-studies");
  add_count (PROP_N_RECEIVING, "n-receiving");
  add_count (PROP_N_WAITING, "n-waiting");
  add_count (PROP_N_UPLOADING, "n-uploading");
  add_count (PROP_N_ERROR, "n-error");
  add_count (PROP_N_DELIVERED_TODAY, "n-delivered-today");
  properties[PROP_FREE_BYTES] =
      g_param_spec_uint64 ("free-bytes", NULL, NULL, 0, G_MAXUINT64, 0, flags);
  add_state (PROP_DISK_LEVEL, "disk-level");
  add_text (PROP_PAUSED_REASON, "paused-reason");
  add_text (PROP_STORAGE_PROBLEM, "storage-problem");
  add_flag (PROP_RECEIVER_RESTART_NEEDED, "receiver-restart-needed");
  add_flag (PROP_SERVICE_RESTART_NEEDED, "service-restart-needed");
  properties[PROP_MODALITIES] = g_param_spec_boxed ("modalities", NULL, NULL, G_TYPE_STRV, flags);
  add_text (PROP_READ_ERROR, "read-error");
  g_object_class_install_properties (object_class, N_PROPS, properties);
}

static void
bounce_status_summary_init (BounceStatusSummary *self)
{
  self->cancellable = g_cancellable_new ();
  self->modalities = g_new0 (char *, 1);
}

static void
follow (BounceStatusSummary *self)
{
  static const struct
  {
    const char *signal;
    GCallback callback;
  } signals[] = {
    { "studies-changed", G_CALLBACK (schedule_read) },
    { "notify::receiver-running", G_CALLBACK (receiver_changed_cb) },
    { "notify::config", G_CALLBACK (config_changed_cb) },
    { "notify::uploads-paused", G_CALLBACK (paused_changed_cb) },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (signals); i++)
    g_signal_connect_object (self->service, signals[i].signal, signals[i].callback, self,
                             G_CONNECT_SWAPPED);
}

/**
 * bounce_status_summary_new:
 * @service: whose status
 *
 * Begins with what is known at once, reads the rest, and asks Aurabox.
 *
 * Thread: main
 * Returns: (transfer full): the summary
 */
BounceStatusSummary *
bounce_status_summary_new (BounceService *service)
{
  BounceStatusSummary *self;

  g_return_val_if_fail (BOUNCE_IS_SERVICE (service), NULL);

  self = g_object_new (BOUNCE_TYPE_STATUS_SUMMARY, NULL);
  self->service = g_object_ref (service);
  self->aurabox = bounce_aurabox_watch_new (service);
  g_signal_connect_object (self->aurabox, "changed", G_CALLBACK (aurabox_changed_cb), self,
                           G_CONNECT_SWAPPED);
  follow (self);
  self->look_source = g_timeout_add_seconds (LOOK_SECONDS, look_cb, self);
  read_now (self);
  look_cb (self);
  return self;
}

/**
 * bounce_status_summary_get_receiver_state:
 *
 * Returns: what the receiver does.
 */
BounceReceiverState
bounce_status_summary_get_receiver_state (BounceStatusSummary *self)
{
  g_return_val_if_fail (BOUNCE_IS_STATUS_SUMMARY (self), BOUNCE_RECEIVER_STOPPED);

  return bounce_receiver_get_state (self->service->receiver);
}

/**
 * bounce_status_summary_get_aurabox_state:
 *
 * Returns: what the last question to Aurabox said.
 */
BounceAuraboxState
bounce_status_summary_get_aurabox_state (BounceStatusSummary *self)
{
  g_return_val_if_fail (BOUNCE_IS_STATUS_SUMMARY (self), BOUNCE_AURABOX_UNKNOWN);

  return bounce_aurabox_watch_get_state (self->aurabox);
}

/**
 * bounce_status_summary_get_disk_level:
 *
 * Returns: whether there is room.
 */
BounceDiskLevel
bounce_status_summary_get_disk_level (BounceStatusSummary *self)
{
  g_return_val_if_fail (BOUNCE_IS_STATUS_SUMMARY (self), BOUNCE_DISK_OK);

  return self->disk_level;
}

/**
 * bounce_status_summary_get_counts:
 *
 * Returns: (transfer none): studies by status, until the main loop runs again; all 0 before the
 *   first answer
 */
const BounceStoreCounts *
bounce_status_summary_get_counts (BounceStatusSummary *self)
{
  static const BounceStoreCounts none = { 0 };

  g_return_val_if_fail (BOUNCE_IS_STATUS_SUMMARY (self), &none);

  return self->status != NULL ? &self->status->counts : &none;
}
