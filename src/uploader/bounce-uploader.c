/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* The uploader as the rest of the program sees it. The destination knows whether anything may be
 * sent, the queue what and when, a job how.
 *
 * Thread: main. */

#include "config.h"

#include "bounce-uploader.h"

#include "bounce-aurabox.h"
#include "bounce-upload-queue.h"
#include "bounce-upload-termination.h"

/* api_start_upload asks for init and start only, so there is no configuration to take these from;
 * the reference document knows no other values. */
#define UPLOAD_TYPE "lift"
#define UPLOAD_MODE "bulk"

struct _BounceUploader
{
  GObject parent_instance;

  BounceStore *store;             /* (owned) */
  BounceHttp *http;               /* (owned) */
  BounceClock *clock;             /* (owned) */
  BounceDestination *destination; /* (owned) */
  BounceUploadQueue *queue;       /* (owned) */
};

G_DEFINE_FINAL_TYPE (BounceUploader, bounce_uploader, G_TYPE_OBJECT)

enum
{
  PROP_PAUSED_REASON = 1,
  N_PROPS,
};

enum
{
  SIGNAL_PROGRESS,
  N_SIGNALS,
};

static GParamSpec *properties[N_PROPS];
static guint signals[N_SIGNALS];

static void
pause_changed_cb (BounceUploader *self)
{
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_PAUSED_REASON]);
}

static void
queue_progressed_cb (BounceUploader *self, const char *study_uid, guint64 uploaded, guint64 total)
{
  g_signal_emit (self, signals[SIGNAL_PROGRESS], 0, study_uid, uploaded, total);
}

static void
bounce_uploader_get_property (GObject *object, guint id, GValue *value, GParamSpec *pspec)
{
  switch (id)
    {
    case PROP_PAUSED_REASON:
      g_value_set_string (value, bounce_uploader_get_paused_reason (BOUNCE_UPLOADER (object)));
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
    }
}

static void
bounce_uploader_dispose (GObject *object)
{
  BounceUploader *self = BOUNCE_UPLOADER (object);

  g_clear_object (&self->queue);
  g_clear_object (&self->destination);
  g_clear_object (&self->clock);
  g_clear_object (&self->http);
  g_clear_object (&self->store);
  G_OBJECT_CLASS (bounce_uploader_parent_class)->dispose (object);
}

static void
bounce_uploader_class_init (BounceUploaderClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->get_property = bounce_uploader_get_property;
  object_class->dispose = bounce_uploader_dispose;
  /**
   * BounceUploader:paused-reason:
   *
   * Why nothing is sent: BOUNCE_REASON_UNAUTHORISED or BOUNCE_REASON_NO_KEY; %NULL when uploads go
   * on.
   */
  properties[PROP_PAUSED_REASON] = g_param_spec_string ("paused-reason", NULL, NULL, NULL,
                                                        G_PARAM_READABLE | G_PARAM_STATIC_STRINGS);
  g_object_class_install_properties (object_class, N_PROPS, properties);
  /**
   * BounceUploader::progress:
   * @study_uid: the study
   * @uploaded: bytes
   * @total: bytes
   *
   * At most 5 a second for each study, at least every 50 MB, and at the end.
   */
  signals[SIGNAL_PROGRESS] =
      g_signal_new ("progress", G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                    G_TYPE_NONE, 3, G_TYPE_STRING, G_TYPE_UINT64, G_TYPE_UINT64);
}

static void
bounce_uploader_init (BounceUploader *self)
{
}

/**
 * bounce_uploader_new:
 * @store: has the queue
 * @clock: for retries; the one that @store was opened with
 * @config: key, endpoint, concurrency, retry policy
 *
 * Thread: main.
 * Returns: (transfer full): an uploader that has not started
 */
BounceUploader *
bounce_uploader_new (BounceStore *store, BounceHttp *http, BounceClock *clock, BounceConfig *config)
{
  BounceUploader *self = g_object_new (BOUNCE_TYPE_UPLOADER, NULL);
  BounceUploadJobContext context = { store, http, clock, NULL };

  self->store = g_object_ref (store);
  self->http = g_object_ref (http);
  self->clock = g_object_ref (clock);
  self->destination = bounce_destination_new (store, http, clock, config);
  context.destination = self->destination;
  self->queue = bounce_upload_queue_new (&context);
  g_signal_connect_object (self->destination, "notify::paused-reason",
                           G_CALLBACK (pause_changed_cb), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (self->queue, "progress", G_CALLBACK (queue_progressed_cb), self,
                           G_CONNECT_SWAPPED);
  return self;
}

/**
 * bounce_uploader_set_config:
 *
 * Takes effect for the next transfer; a changed key or endpoint ends a pause at once.
 */
void
bounce_uploader_set_config (BounceUploader *self, BounceConfig *config)
{
  g_return_if_fail (BOUNCE_IS_UPLOADER (self));

  bounce_destination_set_config (self->destination, config);
  bounce_upload_queue_wake (self->queue);
}

/**
 * bounce_uploader_start:
 *
 * Begins to deliver what is due.
 *
 * Thread: main.
 */
void
bounce_uploader_start (BounceUploader *self)
{
  g_return_if_fail (BOUNCE_IS_UPLOADER (self));

  bounce_upload_queue_start (self->queue);
}

static void
queue_stopped_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;

  bounce_upload_queue_stop_finish (BOUNCE_UPLOAD_QUEUE (source), result);
  g_task_return_boolean (task, TRUE);
}

/**
 * bounce_uploader_stop_async:
 *
 * Interrupts what runs; nothing is told to the server. It goes on after the next start, also of
 * another process.
 *
 * Thread: main.
 */
void
bounce_uploader_stop_async (BounceUploader *self, GAsyncReadyCallback callback, gpointer user_data)
{
  GTask *task;

  g_return_if_fail (BOUNCE_IS_UPLOADER (self));

  task = g_task_new (self, NULL, callback, user_data);
  g_task_set_source_tag (task, bounce_uploader_stop_async);
  bounce_destination_close (self->destination);
  bounce_upload_queue_stop_async (self->queue, queue_stopped_cb, task);
}

/**
 * bounce_uploader_stop_finish:
 *
 * Returns: %TRUE; nothing runs any more
 */
gboolean
bounce_uploader_stop_finish (BounceUploader *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), FALSE);

  return g_task_propagate_boolean (G_TASK (result), error);
}

/**
 * bounce_uploader_resume:
 *
 * A person wants it tried again after the key was refused.
 */
void
bounce_uploader_resume (BounceUploader *self)
{
  g_return_if_fail (BOUNCE_IS_UPLOADER (self));

  bounce_destination_resume (self->destination);
}

/**
 * bounce_uploader_network_returned:
 *
 * Tries what waits for the network at once. What the server itself put off (429, 5xx) keeps its
 * time.
 */
void
bounce_uploader_network_returned (BounceUploader *self)
{
  g_return_if_fail (BOUNCE_IS_UPLOADER (self));

  bounce_upload_queue_network_returned (self->queue);
}

/**
 * bounce_uploader_storage_returned:
 *
 * Tries at once what waits because its files could not be read or its package not written.
 */
void
bounce_uploader_storage_returned (BounceUploader *self)
{
  g_return_if_fail (BOUNCE_IS_UPLOADER (self));

  bounce_upload_queue_storage_returned (self->queue);
}

static void
queue_cancelled_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;

  bounce_upload_queue_cancel_finish (BOUNCE_UPLOAD_QUEUE (source), result);
  g_task_return_boolean (task, TRUE);
}

/* Whatever became of the leftovers, what runs is stopped now. */
static void
leftovers_terminated_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  GTask *task = user_data;
  BounceUploader *self = g_task_get_source_object (task);

  bounce_upload_terminate_leftovers_finish (BOUNCE_HTTP (source), result);
  bounce_upload_queue_cancel_async (self->queue, g_task_get_task_data (task), queue_cancelled_cb,
                                    task);
}

/**
 * bounce_uploader_cancel_async:
 * @study_uid: (nullable): %NULL for all
 *
 * Ends its transfers, with a TUS DELETE where the server offers it, also of uploads that wait for a
 * retry. What the callback puts on the store's queue (a deletion, a reset) comes before the next
 * claim.
 *
 * Thread: main.
 */
void
bounce_uploader_cancel_async (BounceUploader *self,
                              const char *study_uid,
                              GAsyncReadyCallback callback,
                              gpointer user_data)
{
  BounceUploadJobContext context;
  GTask *task;

  g_return_if_fail (BOUNCE_IS_UPLOADER (self));

  task = g_task_new (self, NULL, callback, user_data);
  g_task_set_source_tag (task, bounce_uploader_cancel_async);
  g_task_set_task_data (task, g_strdup (study_uid), g_free);
  context = (BounceUploadJobContext){ self->store, self->http, self->clock, self->destination };
  bounce_upload_terminate_leftovers_async (&context, study_uid, leftovers_terminated_cb, task);
}

/**
 * bounce_uploader_cancel_finish:
 *
 * Returns: %TRUE; no transfer of the study runs
 */
gboolean
bounce_uploader_cancel_finish (BounceUploader *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), FALSE);

  return g_task_propagate_boolean (G_TASK (result), error);
}

/**
 * bounce_uploader_get_paused_reason:
 *
 * Returns: (nullable): the value of #BounceUploader:paused-reason
 */
const char *
bounce_uploader_get_paused_reason (BounceUploader *self)
{
  g_return_val_if_fail (BOUNCE_IS_UPLOADER (self), NULL);

  return bounce_destination_get_paused_reason (self->destination);
}

typedef struct
{
  BounceAurabox *aurabox; /* (owned) */
  char *signature;        /* (owned) */
  char *upload_id;        /* (owned) */
  char *assembly_id;      /* (owned) */
} ApiStart;

static void
api_start_free (ApiStart *self)
{
  g_object_unref (self->aurabox);
  g_free (self->signature);
  g_free (self->upload_id);
  g_free (self->assembly_id);
  g_free (self);
}

static void
api_started_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  GError *error = NULL;

  if (bounce_aurabox_step_finish (BOUNCE_AURABOX (source), result, &error))
    g_task_return_boolean (task, TRUE);
  else
    g_task_return_error (task, error);
}

static void
api_initialised_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  ApiStart *self = g_task_get_task_data (task);
  GError *error = NULL;

  if (!bounce_aurabox_init_finish (BOUNCE_AURABOX (source), result, &error))
    g_task_return_error (task, error);
  else
    bounce_aurabox_step_async (self->aurabox, BOUNCE_UPLOAD_START, self->assembly_id, UPLOAD_TYPE,
                               self->upload_id, NULL, api_started_cb, g_steal_pointer (&task));
}

static void
metadata_read_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  ApiStart *self = g_task_get_task_data (task);
  GError *error = NULL;
  g_autoptr (BounceStudyMetadata) metadata =
      bounce_store_get_metadata_finish (BOUNCE_STORE (source), result, &error);
  BounceUploadInit init = {
    .study = metadata,
    .mode = UPLOAD_MODE,
    .type = UPLOAD_TYPE,
    .signature = self->signature,
    .upload_id = self->upload_id,
  };

  if (metadata == NULL)
    g_task_return_error (task, error);
  else
    bounce_aurabox_init_async (self->aurabox, &init, NULL, api_initialised_cb,
                               g_steal_pointer (&task));
}

/**
 * bounce_uploader_api_start_async:
 *
 * Announces a study under ids of the caller's: init and start, nothing else.
 *
 * Thread: main.
 * Source: the reference document, api_start_upload.
 */
void
bounce_uploader_api_start_async (BounceUploader *self,
                                 const char *study_uid,
                                 const char *signature,
                                 const char *upload_id,
                                 const char *assembly_id,
                                 GAsyncReadyCallback callback,
                                 gpointer user_data)
{
  g_autoptr (GTask) task = NULL;
  BounceAurabox *aurabox;
  ApiStart *api_start;

  g_return_if_fail (BOUNCE_IS_UPLOADER (self));

  task = g_task_new (self, NULL, callback, user_data);
  g_task_set_source_tag (task, bounce_uploader_api_start_async);
  aurabox = bounce_destination_get_aurabox (self->destination);
  if (aurabox == NULL)
    {
      g_task_return_error (task, bounce_http_error_new (BOUNCE_HTTP_ERROR_UNAUTHORISED, 0, 0,
                                                        "There is no API key"));
      return;
    }
  api_start = g_new0 (ApiStart, 1);
  api_start->aurabox = g_object_ref (aurabox);
  api_start->signature = g_strdup (signature);
  api_start->upload_id = g_strdup (upload_id);
  api_start->assembly_id = g_strdup (assembly_id);
  g_task_set_task_data (task, api_start, (GDestroyNotify) api_start_free);
  bounce_store_get_metadata_async (self->store, study_uid, metadata_read_cb,
                                   g_steal_pointer (&task));
}

/**
 * bounce_uploader_api_start_finish:
 *
 * Errors: #BOUNCE_HTTP_ERROR and #BOUNCE_AURABOX_ERROR of either request,
 *   #BOUNCE_STORE_ERROR_NOT_FOUND, #BOUNCE_HTTP_ERROR_UNAUTHORISED without a key.
 * Returns: %TRUE when both were acknowledged
 */
gboolean
bounce_uploader_api_start_finish (BounceUploader *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), FALSE);

  return g_task_propagate_boolean (G_TASK (result), error);
}
