/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* The steps of a transfer towards the server, in the order of the reference document. Each starts
 * one asynchronous call; its callback writes down what was reached and advances, or fails.
 *
 * assembly_id and upload_id are committed before init is sent, the upload URL before the first
 * byte, so that whatever the server knows of us we can take up again.
 *
 * Thread: main. */

#include "config.h"

#include "bounce-upload-job-private.h"

#include "bounce-upload-package.h"

/* How often the server's offset goes to the database: for people, and because http does not believe
 * an offset that is too far beyond the last one that is known. */
#define SAVE_OFFSET_INTERVAL_US G_USEC_PER_SEC
#define SAVE_OFFSET_BYTES       (32 * 1024 * 1024)

static void
set_string (char **location, const char *value)
{
  char *copy = g_strdup (value);

  g_free (*location);
  *location = copy;
}

/* The account or the region has changed since the upload was announced. */
static gboolean
has_server_moved (BounceUploadJob *self)
{
  const char *begun_at = self->transfer->tus_endpoint;

  return begun_at != NULL && !bounce_tus_is_same_server (self->upload_config->endpoint, begun_at);
}

static void
config_fetched_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (BounceUploadJob) self = user_data;
  g_autoptr (GError) error = NULL;

  self->upload_config = bounce_aurabox_get_config_finish (BOUNCE_AURABOX (source), result, &error);
  if (self->upload_config != NULL && has_server_moved (self))
    {
      /* The new token is not for the old server's eyes, not even to end the upload there. */
      g_clear_pointer (&self->upload_config, bounce_upload_config_free);
      error = bounce_http_error_new (BOUNCE_HTTP_ERROR_NEW_UPLOAD, 0, 0,
                                     "the upload was begun at another server");
    }
  if (self->upload_config == NULL)
    bounce_upload_job_fail (self, error);
  else
    bounce_upload_job_advance (self);
}

/**
 * bounce_upload_job_get_config:
 *
 * Asked for by every upload, never kept (notes/bounce-wire.md). Of a transfer that has begun only
 * the token is taken; when it is for another server the upload begins anew.
 */
void
bounce_upload_job_get_config (BounceUploadJob *self)
{
  bounce_aurabox_get_config_async (self->aurabox, self->cancellable, config_fetched_cb,
                                   g_object_ref (self));
}

static void
package_prepared_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (BounceUploadJob) self = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (BounceTransfer) prepared = NULL;
  gboolean is_changed = FALSE;

  prepared =
      bounce_upload_package_prepare_finish (BOUNCE_STORE (source), result, &is_changed, &error);
  if (prepared == NULL)
    {
      g_free (self->culprit_uid);
      self->culprit_uid = g_strdup (bounce_upload_package_find_culprit (self->transfer, error));
      bounce_upload_job_fail (self, error);
      return;
    }
  bounce_transfer_free (self->transfer);
  self->transfer = g_steal_pointer (&prepared);
  self->is_package_ready = TRUE;
  if (is_changed && self->transfer->upload_url != NULL)
    {
      g_autoptr (GError) changed = bounce_http_error_new (
          BOUNCE_HTTP_ERROR_NEW_UPLOAD, 0, 0, "The package was built with other bytes than before");

      bounce_upload_job_fail (self, changed);
      return;
    }
  bounce_upload_job_advance (self);
}

/**
 * bounce_upload_job_prepare_package:
 *
 * Verifies the package that is there, or builds it.
 */
void
bounce_upload_job_prepare_package (BounceUploadJob *self)
{
  bounce_upload_package_prepare_async (self->store, self->transfer, self->cancellable,
                                       package_prepared_cb, g_object_ref (self));
}

/* Of a step that goes on with what an earlier attempt began. It is made anew once: when the upload
 * in its place is refused too, it was not the upload. */
static void
fail_step (BounceUploadJob *self, const GError *error)
{
  g_autoptr (GError) forgotten = NULL;

  if (!self->is_resumed || !bounce_upload_failure_may_be_forgotten (error))
    {
      bounce_upload_job_fail (self, error);
      return;
    }
  forgotten =
      bounce_http_error_new (BOUNCE_HTTP_ERROR_NEW_UPLOAD, 0, 0,
                             "%s; the upload of the earlier attempt is given up", error->message);
  bounce_upload_job_fail (self, forgotten);
}

static void
init_sent_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (BounceUploadJob) self = user_data;
  g_autoptr (GError) error = NULL;

  if (!bounce_aurabox_init_finish (BOUNCE_AURABOX (source), result, &error))
    {
      fail_step (self, error);
      return;
    }
  self->transfer->is_initialised = TRUE;
  bounce_upload_job_save_and_advance (self);
}

/**
 * bounce_upload_job_send_init:
 *
 * First commits under which assembly_id; then POST upload/init.
 */
void
bounce_upload_job_send_init (BounceUploadJob *self)
{
  BounceUploadInit init = {
    .study = self->transfer->metadata,
    .mode = self->upload_config->mode,
    .type = self->upload_config->type,
    .signature = self->transfer->assembly_id,
    .upload_id = self->transfer->upload_id,
  };

  if (self->transfer->assembly_id == NULL)
    {
      set_string (&self->transfer->assembly_id, self->upload_config->assembly_id);
      set_string (&self->transfer->tus_endpoint, self->upload_config->endpoint);
      bounce_upload_job_save_and_advance (self);
      return;
    }
  bounce_aurabox_init_async (self->aurabox, &init, self->cancellable, init_sent_cb,
                             g_object_ref (self));
}

static void
start_sent_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (BounceUploadJob) self = user_data;
  g_autoptr (GError) error = NULL;

  if (!bounce_aurabox_step_finish (BOUNCE_AURABOX (source), result, &error))
    {
      fail_step (self, error);
      return;
    }
  self->transfer->is_started = TRUE;
  bounce_upload_job_save_and_advance (self);
}

/**
 * bounce_upload_job_send_start:
 *
 * POST upload/start.
 */
void
bounce_upload_job_send_start (BounceUploadJob *self)
{
  bounce_aurabox_step_async (self->aurabox, BOUNCE_UPLOAD_START, self->transfer->assembly_id,
                             self->upload_config->type, self->transfer->upload_id,
                             self->cancellable, start_sent_cb, g_object_ref (self));
}

/* 401 on TUS: a token may be spent long before the upload is through. Another one is asked for as
 * long as each takes the upload further; when it does not, it is not the token. */
static gboolean
renew_token (BounceUploadJob *self, const GError *error)
{
  if (!g_error_matches (error, BOUNCE_HTTP_ERROR, BOUNCE_HTTP_ERROR_UNAUTHORISED)
      || self->stop != BOUNCE_UPLOAD_JOB_GO_ON
      || (self->is_token_renewed && self->transfer->offset <= self->renewed_at_offset))
    return FALSE;
  self->is_token_renewed = TRUE;
  self->renewed_at_offset = self->transfer->offset;
  g_clear_pointer (&self->upload_config, bounce_upload_config_free);
  bounce_upload_job_advance (self);
  return TRUE;
}

static void
upload_created_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (BounceUploadJob) self = user_data;
  g_autoptr (GError) error = NULL;
  gint64 expires_at_us = 0;
  char *upload_url =
      bounce_tus_create_finish (BOUNCE_HTTP (source), result, &expires_at_us, &error);

  if (upload_url == NULL)
    {
      if (!renew_token (self, error))
        fail_step (self, error);
      return;
    }
  g_free (self->transfer->upload_url);
  self->transfer->upload_url = upload_url;
  self->transfer->upload_expires_at_us = expires_at_us;
  self->transfer->offset = 0;
  self->is_url_new = TRUE;
  bounce_upload_job_save_and_advance (self);
}

/**
 * bounce_upload_job_create_upload:
 *
 * TUS creation.
 *
 * Source: notes/bounce-wire.md, step 4, for the metadata and their order.
 */
void
bounce_upload_job_create_upload (BounceUploadJob *self)
{
  g_autofree char *name = g_strdup_printf ("%s.zip", self->transfer->study_uid);
  const char *const metadata[] = {
    "name",      name,
    "type",      "application/zip",
    "filename",  name,
    "fieldname", "file",
    "bucket",    self->upload_config->bucket,
    "mode",      self->upload_config->mode,
    "upload_id", self->transfer->upload_id,
    "filetype",  "application/zip",
    NULL,
  };
  const BounceTusCreation creation = {
    .endpoint = self->upload_config->endpoint,
    .bearer = self->upload_config->token,
    .length_bytes = self->transfer->package_size,
    .metadata = metadata,
  };

  bounce_tus_create_async (self->http, &creation, self->cancellable, upload_created_cb,
                           g_object_ref (self));
}

static void
offset_saved_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (BounceUploadJob) self = user_data;

  /* What the server says counts. A store that fails for good is met at the next step. */
  self->is_saving_offset = FALSE;
  bounce_store_update_transfer_finish (BOUNCE_STORE (source), result, NULL);
}

static void
offset_acknowledged (guint64 offset, gpointer user_data)
{
  BounceUploadJob *self = user_data;
  gint64 now_us = bounce_clock_get_boottime_us (self->clock);
  gboolean is_far = offset > self->saved_offset + SAVE_OFFSET_BYTES;

  self->transfer->offset = offset;
  if (self->is_saving_offset || self->is_ending
      || (!is_far && now_us - self->offset_saved_at_us < SAVE_OFFSET_INTERVAL_US))
    return;
  self->is_saving_offset = TRUE;
  self->offset_saved_at_us = now_us;
  self->saved_offset = offset;
  bounce_store_update_transfer_async (self->store, self->transfer, offset_saved_cb,
                                      g_object_ref (self));
}

static void
package_sent_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (BounceUploadJob) self = user_data;
  g_autoptr (GError) error = NULL;
  guint64 offset = 0;

  if (!bounce_tus_send_finish (BOUNCE_HTTP (source), result, &offset, &error))
    {
      if (!renew_token (self, error))
        fail_step (self, error);
      return;
    }
  g_assert (offset == self->transfer->package_size);
  /* The last value is told while `complete` is under way; after the job's end nobody listens. */
  bounce_progress_set (self->progress, offset, offset);
  bounce_progress_finish (self->progress);
  self->transfer->offset = offset;
  self->transfer->is_uploaded = TRUE;
  bounce_upload_job_save_and_advance (self);
}

/**
 * bounce_upload_job_send_package:
 *
 * TUS: from the server's offset to the package's length.
 */
void
bounce_upload_job_send_package (BounceUploadJob *self)
{
  g_autofree char *path = bounce_store_get_package_path (self->store, self->transfer->study_uid);
  const BounceTusSend send = {
    .upload_url = self->transfer->upload_url,
    .bearer = self->upload_config->token,
    .path = path,
    .length_bytes = self->transfer->package_size,
    .is_new = self->is_url_new,
    .known_offset = self->transfer->offset,
    .progress = self->progress,
    .acknowledged = offset_acknowledged,
    .acknowledged_data = self,
  };

  self->is_url_new = FALSE;
  bounce_tus_send_async (self->http, &send, self->cancellable, package_sent_cb,
                         g_object_ref (self));
}

static void
completed_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (BounceUploadJob) self = user_data;
  g_autoptr (GError) error = NULL;

  if (bounce_aurabox_step_finish (BOUNCE_AURABOX (source), result, &error))
    bounce_upload_job_end (self, BOUNCE_TRANSFER_DELIVERED, NULL, 0);
  else
    fail_step (self, error);
}

/**
 * bounce_upload_job_complete:
 *
 * POST upload/complete. A transfer that was interrupted after it was sent comes straight to here.
 */
void
bounce_upload_job_complete (BounceUploadJob *self)
{
  bounce_progress_set (self->progress, self->transfer->offset, self->transfer->package_size);
  bounce_aurabox_step_async (self->aurabox, BOUNCE_UPLOAD_COMPLETE, self->transfer->assembly_id,
                             self->upload_config->type, self->transfer->upload_id,
                             self->cancellable, completed_cb, g_object_ref (self));
}
