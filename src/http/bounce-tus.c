/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* TUS: making an upload and ending one. Sending is in bounce-tus-send.c.
 *
 * The steps run on the caller's main context, the requests on the HTTP thread. */

#include "config.h"

#include "bounce-http-private.h"
#include "bounce-tus-headers.h"
#include "bounce-tus-private.h"

#include <string.h>

/* Remembered of an endpoint whose OPTIONS gave no Tus-Max-Size. */
#define NO_MAX_SIZE G_MAXUINT64

typedef struct
{
  char *endpoint; /* (owned) */
  char *bearer;   /* (owned) (nullable) */
  char *metadata; /* (owned) the whole header line */
  guint64 length_bytes;
  gint64 expires_at_us;
} Creation;

static void
free_creation (gpointer data)
{
  Creation *creation = data;

  g_free (creation->endpoint);
  g_free (creation->bearer);
  g_free (creation->metadata);
  g_free (creation);
}

static char *
encode_metadata (const char *const *metadata)
{
  GString *line = g_string_new ("Upload-Metadata: ");

  for (gsize i = 0; metadata != NULL && metadata[i] != NULL; i += 2)
    {
      const char *value = metadata[i + 1];
      g_autofree char *encoded = g_base64_encode ((const guchar *) value, strlen (value));

      g_string_append_printf (line, "%s%s %s", i > 0 ? "," : "", metadata[i], encoded);
    }

  return g_string_free (line, FALSE);
}

static char *
take_location (Creation *creation, BounceHttpResponse *response, GError **error)
{
  const char *location = bounce_http_response_get_header (response, "location");
  guint status = bounce_http_response_get_status (response);

  if (!bounce_http_response_check (response, "creating the upload", error))
    return NULL;
  if (location == NULL)
    {
      g_propagate_error (error, bounce_http_error_new (BOUNCE_HTTP_ERROR_LATER, status, 0,
                                                       "the server gave the upload no address"));
      return NULL;
    }
  creation->expires_at_us =
      bounce_tus_parse_expires (bounce_http_response_get_header (response, "upload-expires"));

  return bounce_tus_resolve_location (creation->endpoint, location, error);
}

static void
created_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  g_autoptr (BounceHttpResponse) response = NULL;
  char *url = NULL;
  GError *error = NULL;

  response = bounce_http_send_finish (BOUNCE_HTTP (source), result, &error);
  if (response != NULL)
    url = take_location (g_task_get_task_data (task), response, &error);
  if (url != NULL)
    g_task_return_pointer (task, url, g_free);
  else
    g_task_return_error (task, error);
}

static void
post_creation (GTask *task, guint64 max_size)
{
  Creation *creation = g_task_get_task_data (task);
  g_autofree char *length =
      g_strdup_printf ("Upload-Length: %" G_GUINT64_FORMAT, creation->length_bytes);
  const char *headers[] = { BOUNCE_TUS_VERSION_HEADER, length, creation->metadata, NULL };
  const BounceHttpRequest request = {
    .method = "POST",
    .url = creation->endpoint,
    .bearer = creation->bearer,
    .headers = headers,
  };

  if (creation->length_bytes > max_size)
    {
      g_task_return_error (task, bounce_http_error_new (BOUNCE_HTTP_ERROR_REJECTED, 413, 0,
                                                        "the server takes no upload of this size"));
      return;
    }
  bounce_http_send_async (g_task_get_source_object (task), &request, g_task_get_cancellable (task),
                          created_cb, g_object_ref (task));
}

/* Whatever OPTIONS answers or fails with, creating is tried: the endpoint then offers creation and
 * nothing else is known. Only a reply is remembered. */
static void
options_received_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  g_autoptr (BounceHttpResponse) response = NULL;
  g_autoptr (GError) error = NULL;
  Creation *creation = g_task_get_task_data (task);
  guint64 max_size = NO_MAX_SIZE;

  response = bounce_http_send_finish (BOUNCE_HTTP (source), result, &error);
  if (response != NULL && bounce_http_response_check (response, "OPTIONS", NULL)
      && !bounce_tus_parse_length (bounce_http_response_get_header (response, "tus-max-size"),
                                   &max_size))
    max_size = NO_MAX_SIZE;
  if (response != NULL)
    bounce_http_remember (BOUNCE_HTTP (source), creation->endpoint, max_size);
  if (!g_task_return_error_if_cancelled (task))
    post_creation (task, max_size);
}

static void
ask_options (GTask *task)
{
  Creation *creation = g_task_get_task_data (task);
  const BounceHttpRequest request = {
    .method = "OPTIONS",
    .url = creation->endpoint,
    .bearer = creation->bearer,
  };

  bounce_http_send_async (g_task_get_source_object (task), &request, g_task_get_cancellable (task),
                          options_received_cb, g_object_ref (task));
}

/**
 * bounce_tus_create_async:
 * @creation: read before the call returns
 *
 * Asks the endpoint for its options, once in the life of @http unless they are in the way, then
 * makes an upload.
 *
 * Shape: Upload-Metadata is `key base64,…` in the order given
 * Thread: any with a main context.
 * Errors: those of bounce_http_send_async() and bounce_http_response_check();
 * %BOUNCE_HTTP_ERROR_REJECTED also for a package over Tus-Max-Size and for a Location elsewhere;
 * %BOUNCE_HTTP_ERROR_LATER also for a reply without a Location that makes sense.
 * Source: TUS 1.0.0, extension creation
 */
void
bounce_tus_create_async (BounceHttp *http,
                         const BounceTusCreation *creation,
                         GCancellable *cancellable,
                         GAsyncReadyCallback callback,
                         gpointer user_data)
{
  g_autoptr (GTask) task = g_task_new (http, cancellable, callback, user_data);
  Creation *copy = g_new0 (Creation, 1);
  guint64 max_size;

  g_task_set_source_tag (task, bounce_tus_create_async);
  copy->endpoint = g_strdup (creation->endpoint);
  copy->bearer = g_strdup (creation->bearer);
  copy->metadata = encode_metadata (creation->metadata);
  copy->length_bytes = creation->length_bytes;
  g_task_set_task_data (task, copy, free_creation);
  /* A limit that is in the way may have been raised, or have been a mistake: asked again. */
  if (bounce_http_get_remembered (http, copy->endpoint, &max_size)
      && copy->length_bytes <= max_size)
    post_creation (task, max_size);
  else
    ask_options (task);
}

/**
 * bounce_tus_create_finish:
 * @expires_at_us: (out) (optional): when the server forgets the upload; 0 when not told
 *
 * Units: microseconds since the epoch
 * Returns: (transfer full) (nullable): the upload's URL, to be kept before anything is sent
 */
char *
bounce_tus_create_finish (BounceHttp *http,
                          GAsyncResult *result,
                          gint64 *expires_at_us,
                          GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, http), NULL);

  if (expires_at_us != NULL)
    *expires_at_us = ((Creation *) g_task_get_task_data (G_TASK (result)))->expires_at_us;

  return g_task_propagate_pointer (G_TASK (result), error);
}

static void
terminated_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  g_autoptr (BounceHttpResponse) response = NULL;
  guint status;
  GError *error = NULL;

  response = bounce_http_send_finish (BOUNCE_HTTP (source), result, &error);
  if (response == NULL)
    {
      g_task_return_error (task, error);
      return;
    }
  status = bounce_http_response_get_status (response);
  /* 404, 410: gone already. 405, 501: not offered, the upload expires by itself. */
  if (status == 404 || status == 410 || status == 405 || status == 501
      || bounce_http_response_check (response, "ending the upload", &error))
    g_task_return_boolean (task, TRUE);
  else
    g_task_return_error (task, error);
}

/**
 * bounce_tus_terminate_async:
 * @upload_url: of bounce_tus_create_finish()
 *
 * Thread: any with a main context.
 * Errors: those of bounce_http_send_async() and bounce_http_response_check().
 * Source: TUS 1.0.0, extension termination
 */
void
bounce_tus_terminate_async (BounceHttp *http,
                            const char *upload_url,
                            const char *bearer,
                            GCancellable *cancellable,
                            GAsyncReadyCallback callback,
                            gpointer user_data)
{
  GTask *task = g_task_new (http, cancellable, callback, user_data);
  const char *headers[] = { BOUNCE_TUS_VERSION_HEADER, NULL };
  const BounceHttpRequest request = {
    .method = "DELETE",
    .url = upload_url,
    .bearer = bearer,
    .headers = headers,
  };

  g_task_set_source_tag (task, bounce_tus_terminate_async);
  bounce_http_send_async (http, &request, cancellable, terminated_cb, task);
}

/**
 * bounce_tus_terminate_finish:
 *
 * Returns: whether the upload is gone or will go by itself
 */
gboolean
bounce_tus_terminate_finish (BounceHttp *http, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, http), FALSE);

  return g_task_propagate_boolean (G_TASK (result), error);
}
