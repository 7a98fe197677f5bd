/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* The life of one transfer.
 *
 * There is no list of states: advance() looks at what the transfer has reached, all of which is in
 * the store, and takes the first step that is missing. A transfer that comes back after a crash
 * therefore goes on by the same code that a new one runs through:
 *
 *   config → package → init → start → create → send → snapshot still current? → complete → end
 *
 * The configuration comes before the package although the bytes need the package first: a server
 * that cannot be reached must not fill the disk with packages that wait.
 *
 * Every step ends in advance() or in fail(), which asks bounce-upload-failure.c what it means. A
 * stop (cancel, shutdown, changed snapshot) cancels the step in progress, and its end is taken in
 * fail() or at the next advance().
 *
 * Thread: main. */

#include "config.h"

#include "bounce-upload-job-private.h"

#include "bounce-log.h"
#include "bounce-uid.h"
#include "bounce-wording.h"

/* Attempts of one job to begin an upload anew; a server that loses every upload gets a rest. */
#define MAX_NEW_UPLOADS 2

G_DEFINE_FINAL_TYPE (BounceUploadJob, bounce_upload_job, G_TYPE_OBJECT)

enum
{
  SIGNAL_PROGRESS,
  N_SIGNALS,
};

static guint signals[N_SIGNALS];

static void
snapshot_checked_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (BounceUploadJob) self = user_data;
  g_autoptr (GError) error = NULL;
  gboolean is_current = FALSE;

  if (!bounce_store_check_transfer_finish (BOUNCE_STORE (source), result, &is_current, &error))
    {
      bounce_upload_job_fail (self, error);
      return;
    }
  self->is_snapshot_checked = is_current;
  if (!is_current)
    self->stop = MAX (self->stop, BOUNCE_UPLOAD_JOB_ABANDON);
  bounce_upload_job_advance (self);
}

/**
 * bounce_upload_job_advance:
 *
 * Takes the first step that the transfer has not reached yet. Whether an upload has expired is for
 * the server to say (404, 410), not for the wall clock here.
 */
void
bounce_upload_job_advance (BounceUploadJob *self)
{
  BounceTransfer *transfer = self->transfer;

  if (self->stop != BOUNCE_UPLOAD_JOB_GO_ON)
    bounce_upload_job_end_stopped (self);
  else if (self->upload_config == NULL)
    bounce_upload_job_get_config (self);
  else if (!transfer->is_uploaded && !self->is_package_ready)
    bounce_upload_job_prepare_package (self);
  else if (!transfer->is_initialised)
    bounce_upload_job_send_init (self);
  else if (!transfer->is_started)
    bounce_upload_job_send_start (self);
  else if (!transfer->is_uploaded && transfer->upload_url == NULL)
    bounce_upload_job_create_upload (self);
  else if (!transfer->is_uploaded)
    bounce_upload_job_send_package (self);
  else if (!self->is_snapshot_checked)
    bounce_store_check_transfer_async (self->store, transfer->id, snapshot_checked_cb,
                                       g_object_ref (self));
  else
    bounce_upload_job_complete (self);
}

static void
transfer_saved_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (BounceUploadJob) self = user_data;
  g_autoptr (GError) error = NULL;

  if (bounce_store_update_transfer_finish (BOUNCE_STORE (source), result, &error))
    bounce_upload_job_advance (self);
  else
    bounce_upload_job_fail (self, error);
}

/**
 * bounce_upload_job_save_and_advance:
 *
 * Nothing is done on the strength of a fact that is not in the database.
 */
void
bounce_upload_job_save_and_advance (BounceUploadJob *self)
{
  bounce_store_update_transfer_async (self->store, self->transfer, transfer_saved_cb,
                                      g_object_ref (self));
}

/* What came of the key or the endpoint of yesterday must not make the transfer wait for those of
 * today. */
static void
end_failed (BounceUploadJob *self, const BounceUploadFailure *failure)
{
  if (self->aurabox != bounce_destination_get_aurabox (self->destination))
    {
      bounce_upload_job_end (self, BOUNCE_TRANSFER_INTERRUPTED, NULL, 0);
      return;
    }
  if (failure->class == BOUNCE_UPLOAD_UNAUTHORISED)
    bounce_destination_report_unauthorised (self->destination, self->aurabox);
  bounce_upload_job_end_failed (self, failure);
}

static void
new_identity_saved_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  const BounceUploadFailure failure = { BOUNCE_UPLOAD_LATER, BOUNCE_REASON_SERVER };
  g_autoptr (BounceUploadJob) self = user_data;
  g_autoptr (GError) error = NULL;

  if (!bounce_store_update_transfer_finish (BOUNCE_STORE (source), result, &error))
    bounce_upload_job_fail (self, error);
  else
    end_failed (self, &failure);
}

/* A URL that is spent (404, 410) is replaced by a new one of the same upload. Anything else that
 * makes an upload useless puts its upload_id in doubt as well, and so does a second spent URL. */
static void
begin_anew (BounceUploadJob *self, gboolean is_url_gone)
{
  BounceTransfer *transfer = self->transfer;

  g_clear_pointer (&transfer->upload_url, g_free);
  transfer->upload_expires_at_us = 0;
  transfer->offset = 0;
  transfer->is_uploaded = FALSE;
  self->is_snapshot_checked = FALSE;
  self->is_token_renewed = FALSE;
  self->n_new_uploads++;
  if (!is_url_gone || self->n_new_uploads > 1)
    {
      self->is_resumed = FALSE;
      g_free (transfer->upload_id);
      transfer->upload_id = bounce_upload_id_generate ();
      g_clear_pointer (&transfer->assembly_id, g_free);
      g_clear_pointer (&transfer->tus_endpoint, g_free);
      transfer->is_initialised = FALSE;
      transfer->is_started = FALSE;
      g_clear_pointer (&self->upload_config, bounce_upload_config_free);
    }
  if (self->n_new_uploads <= MAX_NEW_UPLOADS)
    bounce_upload_job_save_and_advance (self);
  else
    bounce_store_update_transfer_async (self->store, transfer, new_identity_saved_cb,
                                        g_object_ref (self));
}

/* A file that cannot be packed because it was removed or replaced meanwhile is not an error, and
 * nothing is lost that cannot be looked for. */
static void
snapshot_doubted_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (BounceUploadJob) self = user_data;
  g_autoptr (GError) error = NULL;
  gboolean is_current = TRUE;
  const BounceUploadFailure failure = { BOUNCE_UPLOAD_REJECTED, self->end_reason };

  if (!bounce_store_check_transfer_finish (BOUNCE_STORE (source), result, &is_current, &error))
    {
      bounce_upload_job_fail (self, error);
      return;
    }
  if (!is_current)
    self->stop = MAX (self->stop, BOUNCE_UPLOAD_JOB_ABANDON);
  if (self->stop != BOUNCE_UPLOAD_JOB_GO_ON)
    bounce_upload_job_end_stopped (self);
  else
    bounce_upload_job_end_failed (self, &failure);
}

static void
doubt_snapshot (BounceUploadJob *self, const char *reason)
{
  self->end_reason = reason;
  bounce_store_doubt_transfer_async (self->store, self->transfer->id, snapshot_doubted_cb,
                                     g_object_ref (self));
}

/**
 * bounce_upload_job_fail:
 * @error: of the step in progress
 *
 * Decides what the failure of a step means for the transfer.
 */
void
bounce_upload_job_fail (BounceUploadJob *self, const GError *error)
{
  BounceUploadFailure failure;

  if (self->stop != BOUNCE_UPLOAD_JOB_GO_ON)
    {
      bounce_upload_job_end_stopped (self);
      return;
    }
  failure = bounce_upload_failure_classify (error);
  bounce_log (BOUNCE_LOG_WARNING, "Sending study %s failed: %s", self->transfer->study_uid,
              error->message);
  switch (failure.class)
    {
    case BOUNCE_UPLOAD_NEW_UPLOAD:
      begin_anew (self, failure.is_url_gone);
      break;
    case BOUNCE_UPLOAD_GONE:
      bounce_upload_job_end (self, BOUNCE_TRANSFER_ABANDONED, failure.reason, 0);
      break;
    case BOUNCE_UPLOAD_REJECTED:
    case BOUNCE_UPLOAD_UNAUTHORISED:
    case BOUNCE_UPLOAD_LATER:
      if (failure.class == BOUNCE_UPLOAD_REJECTED && self->culprit_uid != NULL)
        doubt_snapshot (self, failure.reason);
      else
        end_failed (self, &failure);
      break;
    default:
      g_assert_not_reached ();
    }
}

/**
 * bounce_upload_job_finish:
 *
 * The transfer's end is in the store, or cannot be put there any more.
 */
void
bounce_upload_job_finish (BounceUploadJob *self)
{
  g_autoptr (GTask) task = g_steal_pointer (&self->task);

  bounce_progress_finish (self->progress);
  g_clear_object (&self->progress);
  g_task_return_boolean (task, TRUE);
}

static void
progressed_cb (guint64 done_bytes, guint64 total_bytes, gpointer user_data)
{
  if (total_bytes > 0)
    g_signal_emit (user_data, signals[SIGNAL_PROGRESS], 0, done_bytes, total_bytes);
}

static void
bounce_upload_job_dispose (GObject *object)
{
  BounceUploadJob *self = BOUNCE_UPLOAD_JOB (object);

  g_clear_pointer (&self->end_timer, g_source_unref);
  g_clear_pointer (&self->upload_config, bounce_upload_config_free);
  g_clear_pointer (&self->transfer, bounce_transfer_free);
  g_clear_pointer (&self->culprit_uid, g_free);
  g_clear_object (&self->progress);
  g_clear_object (&self->cancellable);
  g_clear_object (&self->aurabox);
  g_clear_object (&self->destination);
  g_clear_object (&self->clock);
  g_clear_object (&self->http);
  g_clear_object (&self->store);
  G_OBJECT_CLASS (bounce_upload_job_parent_class)->dispose (object);
}

static void
bounce_upload_job_class_init (BounceUploadJobClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = bounce_upload_job_dispose;
  /**
   * BounceUploadJob::progress:
   * @uploaded: bytes that are on their way or there
   * @total: bytes of the package
   *
   * At the pace of #BounceProgress.
   */
  signals[SIGNAL_PROGRESS] =
      g_signal_new ("progress", G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                    G_TYPE_NONE, 2, G_TYPE_UINT64, G_TYPE_UINT64);
}

static void
bounce_upload_job_init (BounceUploadJob *self)
{
  self->cancellable = g_cancellable_new ();
}

/**
 * bounce_upload_job_new:
 * @context: all four are kept by reference
 * @transfer: as claimed; copied
 *
 * Thread: main. The destination has a key at this moment.
 * Returns: (transfer full): a job that has not begun
 */
BounceUploadJob *
bounce_upload_job_new (const BounceUploadJobContext *context, const BounceTransfer *transfer)
{
  BounceUploadJob *self = g_object_new (BOUNCE_TYPE_UPLOAD_JOB, NULL);

  self->store = g_object_ref (context->store);
  self->http = g_object_ref (context->http);
  self->clock = g_object_ref (context->clock);
  self->destination = g_object_ref (context->destination);
  g_set_object (&self->aurabox, bounce_destination_get_aurabox (context->destination));
  self->transfer = bounce_transfer_copy (transfer);
  self->is_resumed = transfer->assembly_id != NULL;
  self->begun_at_offset = transfer->offset;
  return self;
}

/**
 * bounce_upload_job_get_study_uid:
 *
 * Returns: the study that is sent
 */
const char *
bounce_upload_job_get_study_uid (BounceUploadJob *self)
{
  return self->transfer->study_uid;
}

/**
 * bounce_upload_job_get_failure_reason:
 *
 * Returns: (nullable): the BOUNCE_REASON_* it failed for; %NULL before its end, and after another
 */
const char *
bounce_upload_job_get_failure_reason (BounceUploadJob *self)
{
  return self->end_state == BOUNCE_TRANSFER_FAILED ? self->end_reason : NULL;
}

/**
 * bounce_upload_job_run_async:
 *
 * Thread: main. Called once.
 */
void
bounce_upload_job_run_async (BounceUploadJob *self,
                             GAsyncReadyCallback callback,
                             gpointer user_data)
{
  self->task = g_task_new (self, NULL, callback, user_data);
  g_task_set_source_tag (self->task, bounce_upload_job_run_async);
  /* Released by bounce_upload_job_finish(), which breaks the circle. */
  self->progress = bounce_progress_new (progressed_cb, g_object_ref (self), g_object_unref);
  bounce_log (BOUNCE_LOG_INFO, "Sending study %s", self->transfer->study_uid);
  /* The key may have gone between the claim and now: the transfer waits for the next one. */
  if (self->aurabox == NULL)
    self->stop = MAX (self->stop, BOUNCE_UPLOAD_JOB_INTERRUPT);
  bounce_upload_job_advance (self);
}

/**
 * bounce_upload_job_run_finish:
 *
 * Never fails: how the transfer ended is in the store.
 */
void
bounce_upload_job_run_finish (BounceUploadJob *self, GAsyncResult *result)
{
  g_return_if_fail (g_task_is_valid (result, self));

  g_task_propagate_boolean (G_TASK (result), NULL);
}

/**
 * bounce_upload_job_stop:
 * @stop: why; a weaker reason than before changes nothing
 *
 * The step in progress is cancelled and the transfer ends accordingly. A transfer whose completion
 * has been acknowledged is delivered all the same.
 */
void
bounce_upload_job_stop (BounceUploadJob *self, BounceUploadJobStop stop)
{
  if (stop <= self->stop)
    return;
  self->stop = stop;
  g_cancellable_cancel (self->cancellable);
  if (self->is_ending && stop == BOUNCE_UPLOAD_JOB_INTERRUPT)
    bounce_upload_job_interrupt_end (self);
}

static void
snapshot_rechecked_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (BounceUploadJob) self = user_data;
  g_autoptr (GError) error = NULL;
  gboolean is_current = TRUE;

  self->is_checking_snapshot = FALSE;
  /* A failure here decides nothing: the check before completing is the one that counts. */
  if (bounce_store_check_transfer_finish (BOUNCE_STORE (source), result, &is_current, &error)
      && !is_current && !self->is_ending)
    bounce_upload_job_stop (self, BOUNCE_UPLOAD_JOB_ABANDON);
}

/**
 * bounce_upload_job_check_snapshot:
 *
 * The study has changed: if this transfer's instances have, it stops at once instead of sending
 * bytes that nobody wants.
 */
void
bounce_upload_job_check_snapshot (BounceUploadJob *self)
{
  if (self->is_checking_snapshot || self->is_ending || self->stop != BOUNCE_UPLOAD_JOB_GO_ON)
    return;
  self->is_checking_snapshot = TRUE;
  bounce_store_check_transfer_async (self->store, self->transfer->id, snapshot_rechecked_cb,
                                     g_object_ref (self));
}
