/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* TUS: sending the bytes.
 *
 * A loop of HEAD and PATCH on the caller's main context. The server's offset is the only truth: it
 * is asked for after every doubt, and what it says is never contradicted, only refused when it
 * cannot be (more than was ever sent, or another length). Failures that may pass at once are
 * repeated with a growing delay; MAX_FAILURES of them without a byte of progress end the call, and
 * the delivery's own, longer retries take over. */

#include "config.h"

#include "bounce-http-private.h"
#include "bounce-tus-headers.h"
#include "bounce-tus-private.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#define MIB (1024 * 1024)
/* At 100 Mbit/s and 50 ms to a reply 5 MiB lose a tenth, 64 MiB nothing that can be measured. */
#define FIRST_CHUNK_BYTES (5 * MIB)
#define MAX_CHUNK_BYTES   (64 * MIB)
/* A proxy that takes less than this in one request takes no uploads. */
#define MIN_CHUNK_BYTES (64 * 1024)
#define MAX_FAILURES    4
#define FIRST_RETRY_MS  500
/* What can have been sent beyond the offset that was written down last, which is done each second
 * and each 32 MiB but takes as long as the disk does: a second of a 10 Gbit/s network. */
#define UNSAVED_BYTES ((guint64) 1024 * MIB)
/* A server that wants to be left alone for longer gets the delivery's retry: the slot is free. */
#define MAX_WAIT_SECONDS 30

typedef struct
{
  char *url;    /* (owned) */
  char *bearer; /* (owned) (nullable) */
  int fd;
  guint64 length_bytes;
  BounceProgress *progress; /* (owned) (nullable) */
  void (*acknowledged) (guint64 offset, gpointer user_data);
  gpointer acknowledged_data;
  guint stall_seconds;
  guint retry_delay_ms;

  guint64 offset;      /* the server's */
  guint64 best_offset; /* the highest it ever told */
  guint64 sent_end;    /* nothing beyond was ever sent */
  guint64 chunk_bytes;
  guint64 max_chunk_bytes;
  guint failures; /* since the last progress */
} Sending;

static void send_chunk (GTask *task);
static void ask_offset (GTask *task);

static void
free_sending (gpointer data)
{
  Sending *sending = data;

  if (sending->fd >= 0)
    close (sending->fd);
  g_clear_object (&sending->progress);
  g_free (sending->url);
  g_free (sending->bearer);
  g_free (sending);
}

static void
shrink_chunk (Sending *sending)
{
  sending->chunk_bytes = MAX (sending->chunk_bytes / 2, MIN_CHUNK_BYTES);
}

static gboolean
waited_cb (gpointer user_data)
{
  GTask *task = user_data;

  if (!g_task_return_error_if_cancelled (task))
    ask_offset (task);

  return G_SOURCE_REMOVE;
}

/* Ends early when the task is cancelled. */
static void
wait_then_ask (GTask *task, gint64 delay_ms)
{
  GCancellable *cancellable = g_task_get_cancellable (task);
  g_autoptr (GSource) timer = g_timeout_source_new (delay_ms);

  if (cancellable != NULL)
    {
      g_autoptr (GSource) watch = g_cancellable_source_new (cancellable);

      g_source_set_dummy_callback (watch);
      g_source_add_child_source (timer, watch);
    }
  g_source_set_callback (timer, waited_cb, g_object_ref (task), g_object_unref);
  g_source_attach (timer, g_task_get_context (task));
}

/* Takes error. */
static void
try_again (GTask *task, GError *error)
{
  Sending *sending = g_task_get_task_data (task);
  gint64 retry_after = bounce_http_error_get_retry_after_seconds (error);
  gint64 delay_ms = (gint64) sending->retry_delay_ms << sending->failures;

  sending->failures++;
  if (sending->failures >= MAX_FAILURES || retry_after > MAX_WAIT_SECONDS)
    {
      g_task_return_error (task, error);
      return;
    }
  g_error_free (error);
  wait_then_ask (task, MAX (delay_ms, retry_after * 1000));
}

/* After an answer that left the offset open; counted until HEAD tells of progress. */
static void
ask_at_once (GTask *task, guint status)
{
  Sending *sending = g_task_get_task_data (task);

  sending->failures++;
  if (sending->failures < MAX_FAILURES)
    ask_offset (task);
  else
    g_task_return_error (task,
                         bounce_http_error_new (BOUNCE_HTTP_ERROR_LATER, status, 0,
                                                "the server stored nothing of what was sent"));
}

/* Takes error. For a HEAD, 403 too means that this upload is not ours any more. */
static void
handle_failure (GTask *task, GError *error, gboolean is_head)
{
  guint status = bounce_http_error_get_status (error);

  if (status == 404 || status == 410 || (is_head && status == 403))
    {
      g_task_return_error (task, bounce_http_error_new (BOUNCE_HTTP_ERROR_NEW_UPLOAD, status, 0,
                                                        "the server does not have the upload"));
      g_error_free (error);
    }
  else if (g_error_matches (error, BOUNCE_HTTP_ERROR, BOUNCE_HTTP_ERROR_LATER) || status == 409
           || status == 460)
    try_again (task, error);
  else
    g_task_return_error (task, error);
}

/* The server's word about its offset. FALSE when the task has ended. */
static gboolean
accept_offset (GTask *task, guint64 offset, guint status)
{
  Sending *sending = g_task_get_task_data (task);

  if (offset > sending->length_bytes || offset > sending->sent_end)
    {
      g_task_return_error (
          task, bounce_http_error_new (BOUNCE_HTTP_ERROR_NEW_UPLOAD, status, 0,
                                       "the server has more of the upload than was sent"));
      return FALSE;
    }
  sending->offset = offset;
  if (offset > sending->best_offset)
    {
      sending->best_offset = offset;
      sending->failures = 0;
    }
  if (sending->acknowledged != NULL)
    sending->acknowledged (offset, sending->acknowledged_data);
  if (offset < sending->length_bytes)
    return TRUE;
  if (sending->progress != NULL)
    bounce_progress_set (sending->progress, offset, sending->length_bytes);
  g_task_return_boolean (task, TRUE);

  return FALSE;
}

static void
take_head (GTask *task, BounceHttpResponse *response)
{
  Sending *sending = g_task_get_task_data (task);
  guint status = bounce_http_response_get_status (response);
  const char *length_text = bounce_http_response_get_header (response, "upload-length");
  guint64 offset;
  guint64 length;

  if (!bounce_tus_parse_length (bounce_http_response_get_header (response, "upload-offset"),
                                &offset))
    {
      try_again (task, bounce_http_error_new (BOUNCE_HTTP_ERROR_LATER, status, 0,
                                              "the server did not tell the upload's offset"));
      return;
    }
  if (length_text != NULL
      && (!bounce_tus_parse_length (length_text, &length) || length != sending->length_bytes))
    {
      g_task_return_error (task, bounce_http_error_new (BOUNCE_HTTP_ERROR_NEW_UPLOAD, status, 0,
                                                        "the server's upload has another length"));
      return;
    }
  if (offset <= sending->offset && sending->failures > 0)
    shrink_chunk (sending);
  if (accept_offset (task, offset, status))
    send_chunk (task);
}

static void
head_received_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  g_autoptr (BounceHttpResponse) response = NULL;
  GError *error = NULL;

  response = bounce_http_send_finish (BOUNCE_HTTP (source), result, &error);
  if (response != NULL && bounce_http_response_check (response, "asking for the offset", &error))
    take_head (task, response);
  else
    handle_failure (task, error, TRUE);
}

static void
ask_offset (GTask *task)
{
  Sending *sending = g_task_get_task_data (task);
  const char *headers[] = { BOUNCE_TUS_VERSION_HEADER, NULL };
  const BounceHttpRequest request = {
    .method = "HEAD",
    .url = sending->url,
    .bearer = sending->bearer,
    .headers = headers,
    .timeout_seconds = sending->stall_seconds,
  };

  bounce_http_send_async (g_task_get_source_object (task), &request, g_task_get_cancellable (task),
                          head_received_cb, g_object_ref (task));
}

/* A proxy's limit on the size of a request looks just like the server's limit on the upload: only
 * the smallest chunk tells them apart. */
static void
handle_too_large (GTask *task, guint64 chunk_bytes, GError *error)
{
  Sending *sending = g_task_get_task_data (task);

  if (chunk_bytes <= MIN_CHUNK_BYTES)
    {
      g_task_return_error (task, error);
      return;
    }
  g_error_free (error);
  sending->chunk_bytes = MAX (chunk_bytes / 2, MIN_CHUNK_BYTES);
  sending->max_chunk_bytes = sending->chunk_bytes;
  ask_offset (task);
}

/* sent_end: of this request; whatever earlier ones sent, its answer cannot be beyond. */
static void
take_patch (GTask *task, BounceHttpResponse *response, guint64 sent_end)
{
  Sending *sending = g_task_get_task_data (task);
  guint64 before = sending->offset;
  guint64 expected = MIN (before + sending->chunk_bytes, sending->length_bytes);
  guint64 offset;

  if (!bounce_tus_parse_length (bounce_http_response_get_header (response, "upload-offset"),
                                &offset))
    {
      ask_at_once (task, bounce_http_response_get_status (response));
      return;
    }
  sending->sent_end = MIN (sending->sent_end, sent_end);
  if (!accept_offset (task, offset, bounce_http_response_get_status (response)))
    return;
  if (offset <= before)
    {
      try_again (task, bounce_http_error_new (BOUNCE_HTTP_ERROR_LATER, 0, 0,
                                              "the server stored nothing of what was sent"));
      return;
    }
  if (offset == expected)
    sending->chunk_bytes = MIN (sending->chunk_bytes * 2, sending->max_chunk_bytes);
  send_chunk (task);
}

static void
patch_sent_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  g_autoptr (BounceHttpResponse) response = NULL;
  Sending *sending = g_task_get_task_data (task);
  guint64 sent_bytes;
  guint64 sent_end;
  GError *error = NULL;

  response = bounce_http_send_file_finish (BOUNCE_HTTP (source), result, &sent_bytes, &error);
  sent_end = sending->offset + sent_bytes;
  sending->sent_end = MAX (sending->sent_end, sent_end);
  if (response != NULL && bounce_http_response_check (response, "sending the package", &error))
    take_patch (task, response, sent_end);
  else if (bounce_http_error_get_status (error) == 413)
    handle_too_large (task, MIN (sending->chunk_bytes, sending->length_bytes - sending->offset),
                      error);
  else
    handle_failure (task, error, FALSE);
}

static void
send_chunk (GTask *task)
{
  Sending *sending = g_task_get_task_data (task);
  g_autofree char *offset = g_strdup_printf ("Upload-Offset: %" G_GUINT64_FORMAT, sending->offset);
  const char *headers[] = { BOUNCE_TUS_VERSION_HEADER, offset, NULL };
  const BounceHttpRequest request = {
    .method = "PATCH",
    .url = sending->url,
    .bearer = sending->bearer,
    .content_type = "application/offset+octet-stream",
    .headers = headers,
    .timeout_seconds = sending->stall_seconds,
  };
  const BounceHttpFileBody body = {
    .fd = sending->fd,
    .offset = sending->offset,
    .length_bytes = MIN (sending->chunk_bytes, sending->length_bytes - sending->offset),
    .progress = sending->progress,
    .total_bytes = sending->length_bytes,
  };

  bounce_http_send_file_async (g_task_get_source_object (task), &request, &body,
                               g_task_get_cancellable (task), patch_sent_cb, g_object_ref (task));
}

static gboolean
open_package (Sending *sending, const char *path, GError **error)
{
  struct stat st;

  sending->fd = open (path, O_RDONLY | O_CLOEXEC);
  if (sending->fd < 0 || fstat (sending->fd, &st) != 0)
    {
      g_propagate_error (error, bounce_http_error_new (BOUNCE_HTTP_ERROR_INVALID, 0, 0,
                                                       "package: %s", g_strerror (errno)));
      return FALSE;
    }
  if (!S_ISREG (st.st_mode) || (guint64) st.st_size != sending->length_bytes)
    {
      g_propagate_error (error, bounce_http_error_new (BOUNCE_HTTP_ERROR_INVALID, 0, 0,
                                                       "the package is not the length it was"));
      return FALSE;
    }
  /* Both are advice. */
  (void) posix_fadvise (sending->fd, 0, 0, POSIX_FADV_SEQUENTIAL);

  return TRUE;
}

/* What an earlier run may have sent beyond the last offset that was written down. */
static guint64
guess_sent_end (const BounceTusSend *send)
{
  if (send->is_new)
    return 0;

  return MIN (send->length_bytes, send->known_offset + UNSAVED_BYTES);
}

static Sending *
copy_send (const BounceTusSend *send)
{
  Sending *sending = g_new0 (Sending, 1);

  sending->url = g_strdup (send->upload_url);
  sending->bearer = g_strdup (send->bearer);
  sending->fd = -1;
  sending->length_bytes = send->length_bytes;
  g_set_object (&sending->progress, send->progress);
  sending->acknowledged = send->acknowledged;
  sending->acknowledged_data = send->acknowledged_data;
  sending->stall_seconds = send->stall_seconds;
  sending->retry_delay_ms = send->retry_delay_ms != 0 ? send->retry_delay_ms : FIRST_RETRY_MS;
  sending->max_chunk_bytes = send->max_chunk_bytes != 0 ? send->max_chunk_bytes : MAX_CHUNK_BYTES;
  sending->chunk_bytes = MIN (FIRST_CHUNK_BYTES, sending->max_chunk_bytes);
  sending->sent_end = guess_sent_end (send);

  return sending;
}

/**
 * bounce_tus_send_async:
 * @send: read before the call returns
 *
 * Sends what the server does not have yet of the file at @send->path.
 *
 * Thread: any with a main context, where @send->acknowledged is called too.
 * Errors: %BOUNCE_HTTP_ERROR_LATER when repeating at once did not help (with Retry-After where the
 * server told one), %BOUNCE_HTTP_ERROR_UNAUTHORISED for 401, and 403 on PATCH,
 * %BOUNCE_HTTP_ERROR_REJECTED for any other 4xx, 413 only with the smallest chunk,
 * %BOUNCE_HTTP_ERROR_NEW_UPLOAD for 404, 410, 403 on HEAD, an offset beyond what was sent and
 * another Upload-Length, %BOUNCE_HTTP_ERROR_INVALID when the file is not there, has another length
 * or cannot be read; %G_IO_ERROR_CANCELLED.
 * Source: TUS 1.0.0, core protocol
 */
void
bounce_tus_send_async (BounceHttp *http,
                       const BounceTusSend *send,
                       GCancellable *cancellable,
                       GAsyncReadyCallback callback,
                       gpointer user_data)
{
  g_autoptr (GTask) task = g_task_new (http, cancellable, callback, user_data);
  Sending *sending = copy_send (send);
  GError *error = NULL;

  g_task_set_source_tag (task, bounce_tus_send_async);
  g_task_set_task_data (task, sending, free_sending);
  if (!open_package (sending, send->path, &error))
    g_task_return_error (task, error);
  else if (send->is_new)
    send_chunk (task);
  else
    ask_offset (task);
}

/**
 * bounce_tus_send_finish:
 * @offset: (out) (optional): the last offset the server acknowledged, also after a failure
 *
 * Returns: whether the server has all of the file
 */
gboolean
bounce_tus_send_finish (BounceHttp *http, GAsyncResult *result, guint64 *offset, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, http), FALSE);

  if (offset != NULL)
    *offset = ((Sending *) g_task_get_task_data (G_TASK (result)))->offset;

  return g_task_propagate_boolean (G_TASK (result), error);
}
