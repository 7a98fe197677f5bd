/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* The composition root: builds the parts in their order, holds them, and takes them down again.
 *
 * Life: bounce_service_open() blocks while the locks are taken and the store is opened, so it
 * belongs before the main loop; bounce_service_shutdown_async() stops the parts in the order of
 * design section 9 (listener and jobs, then HTTP, the store's writer last).
 * Threads: main only. The parts have their own threads and speak to this object on the main
 * context.
 *
 * The commands are in bounce-service-commands.c and -removal.c, what can be asked in -status.c,
 * settings in -settings.c, and what the parts say in -events.c. */

#include "config.h"

#include "bounce-service-private.h"

#include "bounce-import.h"
#include "bounce-log.h"

G_DEFINE_FINAL_TYPE (BounceService, bounce_service, G_TYPE_OBJECT)

enum
{
  PROP_0,
  PROP_RECEIVER_RUNNING,
  PROP_CONFIG,
  PROP_UPLOADS_PAUSED,
  N_PROPS,
};

static GParamSpec *properties[N_PROPS];
guint bounce_service_signals[BOUNCE_SERVICE_N_SIGNALS];

static void
bounce_service_get_property (GObject *object, guint id, GValue *value, GParamSpec *pspec)
{
  BounceService *self = BOUNCE_SERVICE (object);

  switch (id)
    {
    case PROP_RECEIVER_RUNNING:
      g_value_set_boolean (value, bounce_service_is_receiver_running (self));
      break;
    case PROP_CONFIG:
      g_value_set_boxed (value, self->config);
      break;
    case PROP_UPLOADS_PAUSED:
      g_value_set_string (value, bounce_service_get_uploads_paused (self));
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
    }
}

static void
bounce_service_dispose (GObject *object)
{
  BounceService *self = BOUNCE_SERVICE (object);

  bounce_service_disconnect_parts (self);
  g_clear_handle_id (&self->imports_timer, g_source_remove);
  g_clear_object (&self->imports);
  g_clear_object (&self->disk_watch);
  g_clear_object (&self->uploader);
  g_clear_object (&self->receiver);
  g_clear_object (&self->http);
  g_clear_object (&self->store);
  g_clear_object (&self->clock);
  g_clear_object (&self->source);
  g_clear_pointer (&self->config, bounce_config_unref);
  g_clear_pointer (&self->opened_config, bounce_config_unref);
  g_clear_pointer (&self->receiver_config, bounce_config_unref);
  G_OBJECT_CLASS (bounce_service_parent_class)->dispose (object);
}

static void
install_properties (GObjectClass *object_class)
{
  /**
   * BounceService:receiver-running: the port is bound and associations are accepted.
   */
  properties[PROP_RECEIVER_RUNNING] = g_param_spec_boolean (
      "receiver-running", NULL, NULL, FALSE, G_PARAM_READABLE | G_PARAM_STATIC_STRINGS);
  /**
   * BounceService:config: the settings in effect.
   */
  properties[PROP_CONFIG] = g_param_spec_boxed ("config", NULL, NULL, BOUNCE_TYPE_CONFIG,
                                                G_PARAM_READABLE | G_PARAM_STATIC_STRINGS);
  /**
   * BounceService:uploads-paused: (nullable): why no upload is tried, a BOUNCE_REASON_ text.
   */
  properties[PROP_UPLOADS_PAUSED] = g_param_spec_string ("uploads-paused", NULL, NULL, NULL,
                                                         G_PARAM_READABLE | G_PARAM_STATIC_STRINGS);
  g_object_class_install_properties (object_class, N_PROPS, properties);
}

static guint
add_signal (const char *name, guint n_params, GType a, GType b, GType c, GType d)
{
  GType types[] = { a, b, c, d };

  return g_signal_newv (name, BOUNCE_TYPE_SERVICE, G_SIGNAL_RUN_LAST, NULL, NULL, NULL, NULL,
                        G_TYPE_NONE, n_params, types);
}

static void
install_signals (void)
{
  guint *ids = bounce_service_signals;
  GType none = G_TYPE_NONE;

  /**
   * BounceService::log: a line of the log (text).
   */
  ids[BOUNCE_SERVICE_SIGNAL_LOG] = add_signal ("log", 1, G_TYPE_STRING, none, none, none);
  /**
   * BounceService::current-studies: the answer to current_studies: #GPtrArray of #BounceStudy.
   */
  ids[BOUNCE_SERVICE_SIGNAL_CURRENT_STUDIES] =
      add_signal ("current-studies", 1, G_TYPE_PTR_ARRAY, none, none, none);
  /**
   * BounceService::queue-study: the quiet period of a study (UID) began or began again; told at
   * most five times a second.
   */
  ids[BOUNCE_SERVICE_SIGNAL_QUEUE_STUDY] =
      add_signal ("queue-study", 1, G_TYPE_STRING, none, none, none);
  /**
   * BounceService::upload-progress: study UID, uploaded bytes, total bytes, per cent.
   */
  ids[BOUNCE_SERVICE_SIGNAL_UPLOAD_PROGRESS] =
      add_signal ("upload-progress", 4, G_TYPE_STRING, G_TYPE_UINT64, G_TYPE_UINT64, G_TYPE_DOUBLE);
  /**
   * BounceService::studies-changed: #GStrv of study UIDs to read again; empty for all.
   */
  ids[BOUNCE_SERVICE_SIGNAL_STUDIES_CHANGED] =
      add_signal ("studies-changed", 1, G_TYPE_STRV, none, none, none);
  /**
   * BounceService::event: a new #BounceEvent (pointer, only during the call) and its sentence.
   */
  ids[BOUNCE_SERVICE_SIGNAL_EVENT] =
      add_signal ("event", 2, G_TYPE_POINTER, G_TYPE_STRING, none, none);
  /**
   * BounceService::show-window: someone asked for the main window.
   */
  ids[BOUNCE_SERVICE_SIGNAL_SHOW_WINDOW] = add_signal ("show-window", 0, none, none, none, none);
  /**
   * BounceService::quit: someone asked the program that hosts the service to end.
   */
  ids[BOUNCE_SERVICE_SIGNAL_QUIT] = add_signal ("quit", 0, none, none, none, none);
  /**
   * BounceService::network-returned: what the network kept from working may work again.
   */
  ids[BOUNCE_SERVICE_SIGNAL_NETWORK_RETURNED] =
      add_signal ("network-returned", 0, none, none, none, none);
}

static void
bounce_service_class_init (BounceServiceClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->get_property = bounce_service_get_property;
  object_class->dispose = bounce_service_dispose;
  install_properties (object_class);
  install_signals ();
}

static void
bounce_service_init (BounceService *self)
{
  self->last_event_id = -1;
  self->clock = bounce_clock_new_system ();
  self->imports = g_list_store_new (BOUNCE_TYPE_IMPORT);
}

/* What the store's refusal means to whoever wants to start the service. */
static GError *
wrap_open_error (GError *cause)
{
  BounceServiceError code = BOUNCE_SERVICE_ERROR_FAILED;

  if (g_error_matches (cause, BOUNCE_STORE_ERROR, BOUNCE_STORE_ERROR_LOCKED))
    code = BOUNCE_SERVICE_ERROR_LOCKED;
  else if (g_error_matches (cause, BOUNCE_STORE_ERROR, BOUNCE_STORE_ERROR_NOT_MOUNTED))
    code = BOUNCE_SERVICE_ERROR_NOT_MOUNTED;
  return bounce_service_error_wrap (code, cause);
}

static gboolean
open_store (BounceService *self, const char *data_dir, GError **error)
{
  g_autoptr (GError) store_error = NULL;
  BounceStoreOptions options = {
    .data_dir = data_dir,
    .base_dir = bounce_config_get_base_dir (self->config),
    .clock = self->clock,
    .quiet_period_seconds = bounce_config_get_quiet_period_seconds (self->config),
    .retry_cap_seconds = bounce_config_get_retry_policy (self->config).cap_seconds,
    .read_head = bounce_receiver_read_head,
  };

  self->store = bounce_store_open (&options, &store_error);
  if (self->store != NULL)
    return TRUE;
  g_propagate_error (error, wrap_open_error (g_steal_pointer (&store_error)));
  return FALSE;
}

/* Studies came into the old folder after another one was set. */
static void
tell_kept_folder (BounceService *self)
{
  const char *wanted = bounce_config_get_base_dir (self->config);
  const char *used = bounce_store_get_base_dir (self->store);
  g_autoptr (BounceConfig) opened = NULL;
  g_autofree char *message = NULL;

  if (g_str_equal (used, wanted))
    return;
  opened = bounce_config_with_value (self->config, "base_dir", used, NULL);
  if (opened != NULL)
    {
      bounce_config_unref (self->opened_config);
      self->opened_config = g_steal_pointer (&opened);
    }
  message =
      g_strdup_printf ("base_dir stays %s as long as studies are stored there; %s is used from "
                       "the next start after that",
                       used, wanted);
  bounce_service_tell_setting (self, message);
}

/**
 * bounce_service_open:
 * @source: the settings
 * @data_dir: where the database and its lock are
 *
 * Takes the locks, opens the store, finishes what a crash left, and starts uploading. The receiver
 * waits for bounce_service_receiver_start_async(). Blocks: call it before the main loop runs.
 *
 * Thread: main
 * Errors: %BOUNCE_SERVICE_ERROR_LOCKED (another process serves this directory or the studies'
 *   storage), %BOUNCE_SERVICE_ERROR_NOT_MOUNTED, %BOUNCE_SERVICE_ERROR_FAILED
 * Returns: (transfer full): the service
 */
BounceService *
bounce_service_open (BounceConfigSource *source, const char *data_dir, GError **error)
{
  g_autoptr (BounceService) self = NULL;

  g_return_val_if_fail (BOUNCE_IS_CONFIG_SOURCE (source), NULL);
  g_return_val_if_fail (data_dir != NULL, NULL);

  self = g_object_new (BOUNCE_TYPE_SERVICE, NULL);
  self->source = g_object_ref (source);
  self->config = bounce_config_ref (bounce_config_source_get_config (source));
  self->opened_config = bounce_config_ref (self->config);
  self->opened_at_us = bounce_clock_get_wall_us (self->clock);
  if (!open_store (self, data_dir, error))
    return NULL;
  self->http = bounce_http_new ();
  self->receiver = bounce_receiver_new (self->store, self->config);
  self->uploader = bounce_uploader_new (self->store, self->http, self->clock, self->config);
  self->disk_watch = bounce_disk_watch_new (self->store);
  bounce_service_connect_parts (self);
  tell_kept_folder (self);
  bounce_uploader_start (self->uploader);
  return g_steal_pointer (&self);
}

typedef struct
{
  guint n_running; /* of receiver, uploader and the imports together */
  GError *error;   /* (owned) (nullable) the first */
} Shutdown;

static void
free_shutdown (Shutdown *shutdown)
{
  g_clear_error (&shutdown->error);
  g_free (shutdown);
}

/* Nothing that fails may keep the rest from stopping; the first failure is told at the end. */
static void
keep_first_error (GTask *task, GError *error)
{
  Shutdown *shutdown = g_task_get_task_data (task);

  if (error == NULL)
    return;
  if (shutdown->error == NULL)
    shutdown->error = error;
  else
    g_error_free (error);
}

static void
store_closed_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  Shutdown *shutdown = g_task_get_task_data (task);
  GError *error = NULL;

  bounce_store_close_finish (BOUNCE_STORE (source), result, &error);
  keep_first_error (task, error);
  if (shutdown->error != NULL)
    g_task_return_error (task, g_steal_pointer (&shutdown->error));
  else
    g_task_return_boolean (task, TRUE);
}

static void
http_stopped_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  GTask *task = user_data;
  BounceService *self = g_task_get_source_object (task);
  GError *error = NULL;

  bounce_http_shutdown_finish (BOUNCE_HTTP (source), result, &error);
  keep_first_error (task, error);
  bounce_store_close_async (self->store, store_closed_cb, task);
}

static void
continue_shutdown (GTask *task)
{
  BounceService *self = g_task_get_source_object (task);
  Shutdown *shutdown = g_task_get_task_data (task);

  if (--shutdown->n_running > 0)
    g_object_unref (task);
  else
    bounce_http_shutdown_async (self->http, http_stopped_cb, task);
}

static void
receiver_stopped_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  GError *error = NULL;

  bounce_receiver_stop_finish (BOUNCE_RECEIVER (source), result, &error);
  keep_first_error (user_data, error);
  continue_shutdown (user_data);
}

static void
uploader_stopped_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  GError *error = NULL;

  bounce_uploader_stop_finish (BOUNCE_UPLOADER (source), result, &error);
  keep_first_error (user_data, error);
  continue_shutdown (user_data);
}

/**
 * bounce_service_imports_ended: (skip)
 *
 * A shutdown that waits for the last one goes on.
 */
void
bounce_service_imports_ended (BounceService *self)
{
  g_clear_handle_id (&self->imports_timer, g_source_remove);
  if (self->shutdown_task != NULL)
    continue_shutdown (g_steal_pointer (&self->shutdown_task));
}

/**
 * bounce_service_shutdown_async:
 *
 * Closes the port, lets associations drain, interrupts uploads so that they continue at the next
 * start, and closes the store last. Cannot be cancelled; bounded by the drain limit of 30 s.
 *
 * Thread: main
 */
void
bounce_service_shutdown_async (BounceService *self,
                               GAsyncReadyCallback callback,
                               gpointer user_data)
{
  g_autoptr (GTask) task = NULL;
  Shutdown *shutdown = g_new0 (Shutdown, 1);

  g_return_if_fail (BOUNCE_IS_SERVICE (self));
  g_return_if_fail (!self->is_shutting_down);

  self->is_shutting_down = TRUE;
  task = g_task_new (self, NULL, callback, user_data);
  g_task_set_source_tag (task, bounce_service_shutdown_async);
  g_task_set_task_data (task, shutdown, (GDestroyNotify) free_shutdown);
  bounce_disk_watch_stop (self->disk_watch);
  shutdown->n_running = 1;
  if (bounce_receiver_get_state (self->receiver) != BOUNCE_RECEIVER_STOPPED)
    {
      shutdown->n_running++;
      bounce_receiver_stop_async (self->receiver, NULL, receiver_stopped_cb, g_object_ref (task));
    }
  if (g_list_model_get_n_items (G_LIST_MODEL (self->imports)) > 0)
    {
      shutdown->n_running++;
      self->shutdown_task = g_object_ref (task);
      bounce_service_cancel_imports (self);
    }
  bounce_uploader_stop_async (self->uploader, uploader_stopped_cb, g_object_ref (task));
}

/**
 * bounce_service_shutdown_finish:
 *
 * Thread: main
 * Errors: the first one of the parts; everything is stopped all the same
 * Returns: whether all parts stopped without an error
 */
gboolean
bounce_service_shutdown_finish (BounceService *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), FALSE);

  return g_task_propagate_boolean (G_TASK (result), error);
}
