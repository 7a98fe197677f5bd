/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* How a transfer ends: into the store first, then told as events, then, of a delivered one, the
 * local files if the settings say so. That last step stands alone: whatever becomes of it the
 * transfer is delivered and nothing is sent a second time.
 *
 * When the store cannot take the end (a full disk, say) the job stays and tries again: a transfer
 * without an end would block its study until the next start.
 *
 * Thread: main. */

#include "config.h"

#include "bounce-upload-job-private.h"

#include "bounce-log.h"
#include "bounce-upload-termination.h"
#include "bounce-wording.h"

#define STORE_RETRY_US (30 * G_USEC_PER_SEC)
/* While paused nothing is claimed; resuming makes it due at once. */
#define UNAUTHORISED_RETRY_US (G_GINT64_CONSTANT (3600) * G_USEC_PER_SEC)

static void
add_event (BounceUploadJob *self, BounceEventCode code, const char *first_key, ...)
{
  GVariantBuilder args;
  va_list rest;

  g_variant_builder_init (&args, G_VARIANT_TYPE ("a{ss}"));
  g_variant_builder_add (&args, "{ss}", "study", self->transfer->study_uid);
  va_start (rest, first_key);
  for (const char *key = first_key; key != NULL; key = va_arg (rest, const char *))
    g_variant_builder_add (&args, "{ss}", key, va_arg (rest, const char *));
  va_end (rest);
  bounce_store_add_event (self->store, code, self->transfer->study_uid,
                          g_variant_builder_end (&args));
}

static void
tell_delivered (BounceUploadJob *self)
{
  g_autofree char *instances = g_strdup_printf ("%u", self->transfer->items->len);
  g_autofree char *bytes = g_strdup_printf ("%" G_GUINT64_FORMAT, self->transfer->package_size);

  bounce_log (BOUNCE_LOG_INFO, "Study data sent to aurabox %s", self->transfer->study_uid);
  add_event (self, BOUNCE_EVENT_STUDY_DELIVERED, "instances", instances, "bytes", bytes, NULL);
  bounce_destination_report_delivered (self->destination, self->aurabox);
}

static void
tell_retry (BounceUploadJob *self)
{
  BounceRetryPolicy policy =
      bounce_config_get_retry_policy (bounce_destination_get_config (self->destination));
  gint64 wait_us = self->end_retry_at_us - bounce_clock_get_wall_us (self->clock);
  /* Rounded up: "in 0 seconds" reads like a mistake. */
  g_autofree char *seconds =
      g_strdup_printf ("%" G_GINT64_FORMAT, MAX (wait_us - 1, 0) / G_USEC_PER_SEC + 1);
  g_autofree char *attempts = g_strdup_printf ("%u", self->transfer->attempt);

  if (self->transfer->attempt < policy.max_attempts)
    add_event (self, BOUNCE_EVENT_STUDY_RETRY, "reason", self->end_reason, "seconds", seconds,
               NULL);
  else if (self->transfer->attempt == policy.max_attempts)
    add_event (self, BOUNCE_EVENT_RETRIES_EXHAUSTED, "attempts", attempts, NULL);
}

static void
tell_failed (BounceUploadJob *self)
{
  gboolean is_missing = g_strcmp0 (self->end_reason, BOUNCE_REASON_FILE_MISSING) == 0;

  if (g_strcmp0 (self->end_reason, BOUNCE_REASON_UNAUTHORISED) == 0)
    return; /* told once for the destination */
  if (self->end_retry_at_us != 0)
    {
      tell_retry (self);
      return;
    }
  if (self->culprit_uid != NULL)
    add_event (self, is_missing ? BOUNCE_EVENT_FILE_MISSING : BOUNCE_EVENT_FILE_DAMAGED, "sop",
               self->culprit_uid, NULL);
  add_event (self, BOUNCE_EVENT_STUDY_FAILED, "reason", self->end_reason, NULL);
}

static void
delivered_removed_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (BounceUploadJob) self = user_data;
  g_autoptr (GError) error = NULL;
  guint removed = 0;

  if (!bounce_store_remove_delivered_finish (BOUNCE_STORE (source), result, &removed, &error))
    bounce_log (BOUNCE_LOG_ERROR, "Study %s was delivered, but its files were not removed: %s",
                self->transfer->study_uid, error->message);
  bounce_upload_job_finish (self);
}

static void
follow_up_delivery (BounceUploadJob *self)
{
  tell_delivered (self);
  if (self->removes_files)
    bounce_store_remove_delivered_async (self->store, self->transfer->id, delivered_removed_cb,
                                         g_object_ref (self));
  else
    bounce_upload_job_finish (self);
}

static void write_end (BounceUploadJob *self);

static gboolean
write_end_again_cb (gpointer user_data)
{
  BounceUploadJob *self = user_data;

  g_clear_pointer (&self->end_timer, g_source_unref);
  write_end (self);
  return G_SOURCE_REMOVE;
}

static void
wait_for_store (BounceUploadJob *self, const GError *error)
{
  gint64 at_us = bounce_clock_get_boottime_us (self->clock) + STORE_RETRY_US;

  bounce_log (BOUNCE_LOG_ERROR, "The end of the transfer of study %s was not recorded yet: %s",
              self->transfer->study_uid, error->message);
  if (self->stop == BOUNCE_UPLOAD_JOB_INTERRUPT)
    bounce_upload_job_finish (self);
  else
    self->end_timer = bounce_clock_call_at (self->clock, at_us, write_end_again_cb,
                                            g_object_ref (self), g_object_unref);
}

static void
end_written_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (BounceUploadJob) self = user_data;
  g_autoptr (GError) error = NULL;

  if (!bounce_store_end_transfer_finish (BOUNCE_STORE (source), result, &error)
      && !g_error_matches (error, BOUNCE_STORE_ERROR, BOUNCE_STORE_ERROR_NOT_FOUND))
    {
      wait_for_store (self, error);
      return;
    }
  if (self->end_state == BOUNCE_TRANSFER_DELIVERED)
    {
      follow_up_delivery (self);
      return;
    }
  if (self->end_state == BOUNCE_TRANSFER_FAILED)
    tell_failed (self);
  else if (self->stop == BOUNCE_UPLOAD_JOB_ABANDON)
    add_event (self, BOUNCE_EVENT_TRANSFER_ABANDONED, "reason", BOUNCE_REASON_CHANGED, NULL);
  bounce_upload_job_finish (self);
}

static void
write_end (BounceUploadJob *self)
{
  bounce_store_end_transfer_async (self->store, self->transfer->id, self->end_state,
                                   self->end_reason, self->end_retry_at_us, self->removes_files,
                                   end_written_cb, g_object_ref (self));
}

/**
 * bounce_upload_job_end:
 * @reason: (nullable): a BOUNCE_REASON_*
 * @retry_at_us: wall time of the next attempt; 0: none by itself
 *
 * Puts the transfer's end into the store and finishes the job.
 */
void
bounce_upload_job_end (BounceUploadJob *self,
                       BounceTransferState state,
                       const char *reason,
                       gint64 retry_at_us)
{
  self->is_ending = TRUE;
  self->end_state = state;
  self->end_reason = reason;
  self->end_retry_at_us = retry_at_us;
  self->removes_files =
      bounce_config_get_delete_after_success (bounce_destination_get_config (self->destination));
  write_end (self);
}

/* An attempt that took the upload further is not one of a row of failures: a connection that breaks
 * now and then must not make a large study wait for hours. */
static guint
count_failures (BounceUploadJob *self)
{
  return self->transfer->offset > self->begun_at_offset ? 1 : self->transfer->attempt;
}

/**
 * bounce_upload_job_end_failed:
 *
 * Ends it as FAILED with the time of the next attempt that the class of the failure asks for.
 */
void
bounce_upload_job_end_failed (BounceUploadJob *self, const BounceUploadFailure *failure)
{
  BounceRetryPolicy policy =
      bounce_config_get_retry_policy (bounce_destination_get_config (self->destination));
  gint64 now_us = bounce_clock_get_wall_us (self->clock);
  gint64 retry_at_us = 0;

  if (failure->class == BOUNCE_UPLOAD_LATER)
    retry_at_us = now_us
                  + bounce_upload_failure_delay_us (failure, &policy, count_failures (self),
                                                    g_random_double ());
  else if (failure->class == BOUNCE_UPLOAD_UNAUTHORISED)
    retry_at_us = now_us + UNAUTHORISED_RETRY_US;
  bounce_upload_job_end (self, BOUNCE_TRANSFER_FAILED, failure->reason, retry_at_us);
}

static void
terminated_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (BounceUploadJob) self = user_data;

  bounce_upload_terminate_finish (BOUNCE_HTTP (source), result);
  bounce_upload_job_end (self, BOUNCE_TRANSFER_ABANDONED, NULL, 0);
}

static void
terminate_then_end (BounceUploadJob *self)
{
  self->is_ending = TRUE;
  bounce_upload_terminate_async (self->http, self->clock, self->transfer->upload_url,
                                 self->upload_config->token, terminated_cb, g_object_ref (self));
}

/**
 * bounce_upload_job_end_stopped:
 *
 * Ends it as the stop asks: a shutdown leaves everything to continue from, the other two tell the
 * server that the upload is not wanted any more.
 */
void
bounce_upload_job_end_stopped (BounceUploadJob *self)
{
  if (self->stop == BOUNCE_UPLOAD_JOB_INTERRUPT)
    bounce_upload_job_end (self, BOUNCE_TRANSFER_INTERRUPTED, NULL, 0);
  else if (self->transfer->upload_url != NULL && self->upload_config != NULL)
    terminate_then_end (self);
  else
    bounce_upload_job_end (self, BOUNCE_TRANSFER_ABANDONED, NULL, 0);
}

/**
 * bounce_upload_job_interrupt_end:
 *
 * Shutdown while the store could not take the end: the next start finds the transfer running and
 * takes it up again.
 */
void
bounce_upload_job_interrupt_end (BounceUploadJob *self)
{
  if (self->end_timer == NULL)
    return;
  g_source_destroy (self->end_timer);
  g_clear_pointer (&self->end_timer, g_source_unref);
  bounce_upload_job_finish (self);
}
