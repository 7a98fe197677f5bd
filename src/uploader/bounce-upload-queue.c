/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* The scheduler: takes due transfers from the store, as many at once as the settings allow, and
 * sleeps until the next one is due.
 *
 * One claim is under way at most. When nothing is due the store says when something will be, and a
 * timer wakes us; when the store's queue changes it says so. The queue itself is the store's: we
 * keep nothing that a restart could lose.
 *
 * While somebody cancels, and until that somebody has had the chance to put a command behind it (a
 * deletion, a reset), nothing is claimed: the study would be back before it is gone.
 *
 * Thread: main. */

#include "config.h"

#include "bounce-upload-queue.h"

#include "bounce-log.h"
#include "bounce-wording.h"

/* The wall clock may jump, so no wait on its behalf is longer than this. */
#define MAX_WAIT_US (600 * G_USEC_PER_SEC)
/* Something is due but could not be claimed: its study is being sent or deleted just now. */
#define MIN_WAIT_US    G_USEC_PER_SEC
#define STORE_RETRY_US (30 * G_USEC_PER_SEC)

struct _BounceUploadQueue
{
  GObject parent_instance;

  BounceStore *store;             /* (owned) */
  BounceHttp *http;               /* (owned) */
  BounceClock *clock;             /* (owned) */
  BounceDestination *destination; /* (owned) */
  GPtrArray *jobs;                /* (owned) (element-type BounceUploadJob) running */
  GHashTable *overtaken;          /* (owned) (element-type BounceUploadJob) those of them that
                                   * were begun before the network returned */
  GPtrArray *stops;               /* (owned) (element-type GTask) waiting until nothing runs */
  GPtrArray *cancels;             /* (owned) (element-type GTask) data: study UID, NULL for all */
  GSource *timer;                 /* (owned) (nullable) */
  guint settle_id;                /* idle after the last cancel; nothing is claimed before it */
  gboolean is_running;
  gboolean is_claiming;
  gboolean is_wake_missed; /* the queue changed while a claim was under way */
};

G_DEFINE_FINAL_TYPE (BounceUploadQueue, bounce_upload_queue, G_TYPE_OBJECT)

enum
{
  SIGNAL_PROGRESS,
  N_SIGNALS,
};

static guint signals[N_SIGNALS];

static void
clear_timer (BounceUploadQueue *self)
{
  if (self->timer != NULL)
    g_source_destroy (self->timer);
  g_clear_pointer (&self->timer, g_source_unref);
}

static gboolean
timer_due_cb (gpointer user_data)
{
  BounceUploadQueue *self = user_data;

  g_clear_pointer (&self->timer, g_source_unref);
  bounce_upload_queue_wake (self);
  return G_SOURCE_REMOVE;
}

static void
wake_after (BounceUploadQueue *self, gint64 wait_us)
{
  gint64 at_us = bounce_clock_get_boottime_us (self->clock) + wait_us;

  clear_timer (self);
  self->timer = bounce_clock_call_at (self->clock, at_us, timer_due_cb, self, NULL);
}

static void
next_due_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (BounceUploadQueue) self = user_data;
  g_autoptr (GError) error = NULL;
  gint64 due_us = bounce_store_get_next_due_finish (BOUNCE_STORE (source), result, &error);
  gint64 now_us = bounce_clock_get_wall_us (self->clock);

  if (!self->is_running)
    return;
  if (error != NULL)
    wake_after (self, STORE_RETRY_US);
  else if (due_us > now_us)
    wake_after (self, MIN (due_us - now_us, MAX_WAIT_US));
  else if (due_us > 0)
    wake_after (self, MIN_WAIT_US);
}

static gboolean
concerns (GTask *cancel, BounceUploadJob *job)
{
  const char *study_uid = g_task_get_task_data (cancel);

  return study_uid == NULL || g_str_equal (study_uid, bounce_upload_job_get_study_uid (job));
}

static gboolean
has_job_for (BounceUploadQueue *self, GTask *cancel)
{
  for (guint i = 0; i < self->jobs->len; i++)
    if (concerns (cancel, g_ptr_array_index (self->jobs, i)))
      return TRUE;
  return FALSE;
}

static gboolean
settled_cb (gpointer user_data)
{
  BounceUploadQueue *self = user_data;

  self->settle_id = 0;
  bounce_upload_queue_wake (self);
  return G_SOURCE_REMOVE;
}

/* A claim under way may yet bring the very study that is to be let go of. */
static void
answer_cancels (BounceUploadQueue *self)
{
  for (guint i = 0; i < self->cancels->len && !self->is_claiming;)
    {
      GTask *cancel = g_ptr_array_index (self->cancels, i);

      if (has_job_for (self, cancel))
        {
          i++;
          continue;
        }
      cancel = g_ptr_array_steal_index (self->cancels, i);
      g_task_return_boolean (cancel, TRUE);
      g_object_unref (cancel);
      if (self->settle_id == 0)
        self->settle_id = g_idle_add_full (G_PRIORITY_LOW, settled_cb, self, NULL);
    }
}

static void
answer_stops (BounceUploadQueue *self)
{
  if (self->is_claiming || self->jobs->len > 0)
    return;
  while (self->stops->len > 0)
    {
      g_autoptr (GTask) stop = g_ptr_array_steal_index (self->stops, 0);

      g_task_return_boolean (stop, TRUE);
    }
}

static void
retries_released_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (BounceUploadQueue) self = user_data;
  g_autoptr (GError) error = NULL;

  if (!bounce_store_release_retries_finish (BOUNCE_STORE (source), result, &error))
    bounce_log (BOUNCE_LOG_WARNING, "Waiting uploads keep their time: %s", error->message);
  bounce_upload_queue_wake (self);
}

/* reason: (nullable): only those that wait for it. */
static void
release_retries (BounceUploadQueue *self, const char *reason)
{
  if (self->is_running)
    bounce_store_release_retries_async (self->store, BOUNCE_DESTINATION_AURABOX, reason,
                                        retries_released_cb, g_object_ref (self));
}

/* What a network does: nobody answers, or who answers is not the server (the page of a hotel). */
static const char *const NETWORK_REASONS[] = { BOUNCE_REASON_NETWORK, BOUNCE_REASON_UNTRUSTED,
                                               NULL };

static void
release_for_network (BounceUploadQueue *self)
{
  for (guint i = 0; NETWORK_REASONS[i] != NULL; i++)
    release_retries (self, NETWORK_REASONS[i]);
}

/* What failed for the network of before need not wait in the one that has returned meanwhile. */
static void
release_if_overtaken (BounceUploadQueue *self, BounceUploadJob *job)
{
  const char *reason = bounce_upload_job_get_failure_reason (job);

  if (g_hash_table_remove (self->overtaken, job) && reason != NULL
      && g_strv_contains (NETWORK_REASONS, reason))
    release_for_network (self);
}

static void
job_ended_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (BounceUploadQueue) self = user_data;
  BounceUploadJob *job = BOUNCE_UPLOAD_JOB (source);

  bounce_upload_job_run_finish (job, result);
  g_signal_handlers_disconnect_by_data (job, self);
  release_if_overtaken (self, job);
  g_ptr_array_remove (self->jobs, job);
  answer_cancels (self);
  answer_stops (self);
  bounce_upload_queue_wake (self);
}

static void
job_progressed_cb (BounceUploadQueue *self, guint64 uploaded, guint64 total, BounceUploadJob *job)
{
  g_signal_emit (self, signals[SIGNAL_PROGRESS], 0, bounce_upload_job_get_study_uid (job), uploaded,
                 total);
}

static void
run_job (BounceUploadQueue *self, const BounceTransfer *transfer)
{
  const BounceUploadJobContext context = { self->store, self->http, self->clock,
                                           self->destination };
  BounceUploadJob *job = bounce_upload_job_new (&context, transfer);

  g_ptr_array_add (self->jobs, job);
  g_signal_connect_swapped (job, "progress", G_CALLBACK (job_progressed_cb), self);
  if (!self->is_running)
    bounce_upload_job_stop (job, BOUNCE_UPLOAD_JOB_INTERRUPT);
  for (guint i = 0; i < self->cancels->len; i++)
    if (concerns (g_ptr_array_index (self->cancels, i), job))
      bounce_upload_job_stop (job, BOUNCE_UPLOAD_JOB_CANCEL);
  bounce_upload_job_run_async (job, job_ended_cb, g_object_ref (self));
}

static void
transfer_claimed_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (BounceUploadQueue) self = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (BounceTransfer) transfer =
      bounce_store_claim_transfer_finish (BOUNCE_STORE (source), result, &error);
  gboolean is_wake_missed = self->is_wake_missed;

  self->is_claiming = FALSE;
  self->is_wake_missed = FALSE;
  if (transfer != NULL)
    run_job (self, transfer);
  answer_cancels (self);
  answer_stops (self);
  if (!self->is_running)
    return;
  if (error != NULL)
    {
      bounce_log (BOUNCE_LOG_ERROR, "The upload queue cannot be read: %s", error->message);
      wake_after (self, STORE_RETRY_US);
    }
  else if (transfer != NULL || is_wake_missed)
    bounce_upload_queue_wake (self);
  else
    bounce_store_get_next_due_async (self->store, BOUNCE_DESTINATION_AURABOX, next_due_cb,
                                     g_object_ref (self));
}

static gboolean
may_claim (BounceUploadQueue *self)
{
  BounceConfig *config = bounce_destination_get_config (self->destination);

  return self->is_running && self->cancels->len == 0 && self->settle_id == 0
         && bounce_destination_get_paused_reason (self->destination) == NULL
         && self->jobs->len < bounce_config_get_max_concurrent_uploads (config);
}

static void
studies_changed_cb (BounceUploadQueue *self, const char *const *study_uids)
{
  for (guint i = 0; i < self->jobs->len; i++)
    {
      BounceUploadJob *job = g_ptr_array_index (self->jobs, i);

      if (g_strv_contains (study_uids, bounce_upload_job_get_study_uid (job)))
        bounce_upload_job_check_snapshot (job);
    }
}

/* After the probe retries keep their time: a study that alone is refused then comes behind all that
 * waited for it, and does not stop them again. */
static void
destination_resumed_cb (BounceUploadQueue *self, gboolean is_asked)
{
  if (!is_asked)
    bounce_upload_queue_wake (self);
  else
    release_retries (self, NULL);
}

static void
bounce_upload_queue_dispose (GObject *object)
{
  BounceUploadQueue *self = BOUNCE_UPLOAD_QUEUE (object);

  clear_timer (self);
  g_clear_handle_id (&self->settle_id, g_source_remove);
  g_clear_pointer (&self->overtaken, g_hash_table_unref);
  g_clear_pointer (&self->jobs, g_ptr_array_unref);
  g_clear_pointer (&self->stops, g_ptr_array_unref);
  g_clear_pointer (&self->cancels, g_ptr_array_unref);
  g_clear_object (&self->destination);
  g_clear_object (&self->clock);
  g_clear_object (&self->http);
  g_clear_object (&self->store);
  G_OBJECT_CLASS (bounce_upload_queue_parent_class)->dispose (object);
}

static void
bounce_upload_queue_class_init (BounceUploadQueueClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = bounce_upload_queue_dispose;
  /**
   * BounceUploadQueue::progress:
   *
   * As #BounceUploader::progress.
   */
  signals[SIGNAL_PROGRESS] =
      g_signal_new ("progress", G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                    G_TYPE_NONE, 3, G_TYPE_STRING, G_TYPE_UINT64, G_TYPE_UINT64);
}

static void
bounce_upload_queue_init (BounceUploadQueue *self)
{
  self->jobs = g_ptr_array_new_with_free_func (g_object_unref);
  self->overtaken = g_hash_table_new (NULL, NULL);
  self->stops = g_ptr_array_new_with_free_func (g_object_unref);
  self->cancels = g_ptr_array_new_with_free_func (g_object_unref);
}

/**
 * bounce_upload_queue_new:
 * @context: all four are kept by reference
 *
 * Thread: main.
 * Returns: (transfer full): a queue that has not started
 */
BounceUploadQueue *
bounce_upload_queue_new (const BounceUploadJobContext *context)
{
  BounceUploadQueue *self = g_object_new (BOUNCE_TYPE_UPLOAD_QUEUE, NULL);

  self->store = g_object_ref (context->store);
  self->http = g_object_ref (context->http);
  self->clock = g_object_ref (context->clock);
  self->destination = g_object_ref (context->destination);
  g_signal_connect_object (self->store, "queue-changed", G_CALLBACK (bounce_upload_queue_wake),
                           self, G_CONNECT_SWAPPED);
  g_signal_connect_object (self->store, "studies-changed", G_CALLBACK (studies_changed_cb), self,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (self->destination, "resumed", G_CALLBACK (destination_resumed_cb), self,
                           G_CONNECT_SWAPPED);
  return self;
}

/**
 * bounce_upload_queue_start:
 *
 * Begins to claim what is due.
 */
void
bounce_upload_queue_start (BounceUploadQueue *self)
{
  self->is_running = TRUE;
  bounce_upload_queue_wake (self);
}

/**
 * bounce_upload_queue_wake:
 *
 * Something may be due: claims it if it may.
 */
void
bounce_upload_queue_wake (BounceUploadQueue *self)
{
  if (self->is_claiming)
    {
      self->is_wake_missed = TRUE;
      return;
    }
  if (!may_claim (self))
    return;
  clear_timer (self);
  self->is_claiming = TRUE;
  bounce_store_claim_transfer_async (self->store, BOUNCE_DESTINATION_AURABOX, NULL,
                                     transfer_claimed_cb, g_object_ref (self));
}

/**
 * bounce_upload_queue_network_returned:
 *
 * What waits for the network is tried now, and what runs and still fails for it, again at once;
 * what the server turned away keeps its time.
 */
void
bounce_upload_queue_network_returned (BounceUploadQueue *self)
{
  for (guint i = 0; i < self->jobs->len; i++)
    g_hash_table_add (self->overtaken, g_ptr_array_index (self->jobs, i));
  release_for_network (self);
}

/**
 * bounce_upload_queue_storage_returned:
 *
 * What waits because its files could not be read, or its package not written, is tried now.
 */
void
bounce_upload_queue_storage_returned (BounceUploadQueue *self)
{
  release_retries (self, BOUNCE_REASON_READ);
  release_retries (self, BOUNCE_REASON_STORAGE);
}

/**
 * bounce_upload_queue_stop_async:
 *
 * Interrupts every job; the transfers go on after the next start.
 */
void
bounce_upload_queue_stop_async (BounceUploadQueue *self,
                                GAsyncReadyCallback callback,
                                gpointer user_data)
{
  GTask *task = g_task_new (self, NULL, callback, user_data);

  g_task_set_source_tag (task, bounce_upload_queue_stop_async);
  self->is_running = FALSE;
  clear_timer (self);
  for (guint i = 0; i < self->jobs->len; i++)
    bounce_upload_job_stop (g_ptr_array_index (self->jobs, i), BOUNCE_UPLOAD_JOB_INTERRUPT);
  g_ptr_array_add (self->stops, task);
  answer_stops (self);
}

/**
 * bounce_upload_queue_stop_finish:
 *
 * Nothing runs any more.
 */
void
bounce_upload_queue_stop_finish (BounceUploadQueue *self, GAsyncResult *result)
{
  g_return_if_fail (g_task_is_valid (result, self));

  g_task_propagate_boolean (G_TASK (result), NULL);
}

/**
 * bounce_upload_queue_cancel_async:
 * @study_uid: (nullable): %NULL for all
 *
 * Ends its transfers, and claims nothing until the caller has had its turn.
 */
void
bounce_upload_queue_cancel_async (BounceUploadQueue *self,
                                  const char *study_uid,
                                  GAsyncReadyCallback callback,
                                  gpointer user_data)
{
  GTask *task = g_task_new (self, NULL, callback, user_data);

  g_task_set_source_tag (task, bounce_upload_queue_cancel_async);
  g_task_set_task_data (task, g_strdup (study_uid), g_free);
  g_ptr_array_add (self->cancels, task);
  for (guint i = 0; i < self->jobs->len; i++)
    if (concerns (task, g_ptr_array_index (self->jobs, i)))
      bounce_upload_job_stop (g_ptr_array_index (self->jobs, i), BOUNCE_UPLOAD_JOB_CANCEL);
  answer_cancels (self);
}

/**
 * bounce_upload_queue_cancel_finish:
 *
 * No transfer of the study runs.
 */
void
bounce_upload_queue_cancel_finish (BounceUploadQueue *self, GAsyncResult *result)
{
  g_return_if_fail (g_task_is_valid (result, self));

  g_task_propagate_boolean (G_TASK (result), NULL);
}
