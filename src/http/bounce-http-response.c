/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* A reply: status, headers by name without case, body. Filled on the HTTP thread, then immutable.
 */

#include "config.h"

#include "bounce-http-private.h"
#include "bounce-tus-headers.h"

#include <string.h>

/* Of all header lines of one reply; no server that means well comes near. */
#define MAX_HEADER_BYTES (64 * 1024)

struct _BounceHttpResponse
{
  guint status;
  GHashTable *headers; /* (owned) (element-type char* char*) lower-case name to value */
  gsize header_bytes;
  GByteArray *filling; /* (owned) (nullable) until sealed */
  GBytes *body;        /* (owned) (nullable) from then on */
};

G_DEFINE_BOXED_TYPE (BounceHttpResponse,
                     bounce_http_response,
                     bounce_http_response_ref,
                     bounce_http_response_unref)

BounceHttpResponse *
bounce_http_response_new (void)
{
  BounceHttpResponse *self = g_atomic_rc_box_new0 (BounceHttpResponse);

  self->headers = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  self->filling = g_byte_array_new ();

  return self;
}

static void
clear_response (gpointer data)
{
  BounceHttpResponse *self = data;

  g_hash_table_unref (self->headers);
  g_clear_pointer (&self->filling, g_byte_array_unref);
  g_clear_pointer (&self->body, g_bytes_unref);
}

/**
 * bounce_http_response_ref:
 *
 * Returns: (transfer full): @self
 */
BounceHttpResponse *
bounce_http_response_ref (BounceHttpResponse *self)
{
  return g_atomic_rc_box_acquire (self);
}

/**
 * bounce_http_response_unref:
 * @self: (transfer full): a response
 */
void
bounce_http_response_unref (BounceHttpResponse *self)
{
  g_atomic_rc_box_release_full (self, clear_response);
}

/* A header given twice becomes a list, RFC 9110 5.3; a number given twice is then no number. */
static void
add_header (BounceHttpResponse *self, char *name, char *value)
{
  const char *earlier = g_hash_table_lookup (self->headers, name);

  if (earlier != NULL)
    {
      char *joined = g_strconcat (earlier, ", ", value, NULL);

      g_free (value);
      value = joined;
    }
  g_hash_table_insert (self->headers, name, value);
}

/* FALSE when the headers are too large. A status line starts anew: 1xx replies come before. */
gboolean
bounce_http_response_add_header_line (BounceHttpResponse *self, const char *line, gsize size)
{
  const char *colon;

  self->header_bytes += size;
  if (self->header_bytes > MAX_HEADER_BYTES)
    return FALSE;
  if (size >= 5 && g_ascii_strncasecmp (line, "HTTP/", 5) == 0)
    {
      g_hash_table_remove_all (self->headers);
      return TRUE;
    }
  colon = memchr (line, ':', size);
  if (colon != NULL && colon > line)
    add_header (self, g_strchomp (g_ascii_strdown (line, colon - line)),
                g_strstrip (g_strndup (colon + 1, size - (colon + 1 - line))));

  return TRUE;
}

/* FALSE when the body is too large. */
gboolean
bounce_http_response_add_body (BounceHttpResponse *self,
                               const void *data,
                               gsize size,
                               gsize max_bytes)
{
  if (size > max_bytes - MIN (max_bytes, self->filling->len))
    return FALSE;
  g_byte_array_append (self->filling, data, size);

  return TRUE;
}

void
bounce_http_response_seal (BounceHttpResponse *self, guint status)
{
  self->status = status;
  self->body = g_byte_array_free_to_bytes (g_steal_pointer (&self->filling));
}

/**
 * bounce_http_response_get_status:
 *
 * Returns: the status code
 */
guint
bounce_http_response_get_status (BounceHttpResponse *self)
{
  return self->status;
}

/**
 * bounce_http_response_get_header:
 * @name: in any case
 *
 * Returns: (transfer none) (nullable): its value without surrounding blanks
 */
const char *
bounce_http_response_get_header (BounceHttpResponse *self, const char *name)
{
  g_autofree char *key = g_ascii_strdown (name, -1);

  return g_hash_table_lookup (self->headers, key);
}

/**
 * bounce_http_response_get_body:
 *
 * Returns: (transfer none): the body, perhaps empty
 */
GBytes *
bounce_http_response_get_body (BounceHttpResponse *self)
{
  return self->body;
}

static BounceHttpError
classify (guint status)
{
  switch (status)
    {
    case 401:
    case 403:
      return BOUNCE_HTTP_ERROR_UNAUTHORISED;
    case 408:
    case 423:
    case 425:
    case 429:
      return BOUNCE_HTTP_ERROR_LATER;
    default:
      return status >= 400 && status < 500 ? BOUNCE_HTTP_ERROR_REJECTED : BOUNCE_HTTP_ERROR_LATER;
    }
}

/**
 * bounce_http_response_check:
 * @what: names the request in the message: `upload/init`
 *
 * Errors: %BOUNCE_HTTP_ERROR_UNAUTHORISED for 401 and 403; %BOUNCE_HTTP_ERROR_LATER for 408, 423,
 * 425, 429, 5xx and anything that is no final answer (1xx, 3xx: redirects are not followed);
 * %BOUNCE_HTTP_ERROR_REJECTED for any other 4xx.
 * Source: design, section 5
 * Returns: whether the status is 2xx
 */
gboolean
bounce_http_response_check (BounceHttpResponse *self, const char *what, GError **error)
{
  gint64 now_seconds = g_get_real_time () / G_USEC_PER_SEC;
  BounceHttpError code;
  gint64 retry_after = 0;

  if (self->status >= 200 && self->status < 300)
    return TRUE;
  code = classify (self->status);
  if (code == BOUNCE_HTTP_ERROR_LATER)
    retry_after = bounce_http_parse_retry_after (
        bounce_http_response_get_header (self, "retry-after"), now_seconds);
  g_propagate_error (error,
                     bounce_http_error_new (code, self->status, retry_after,
                                            "%s: the server answered %u", what, self->status));

  return FALSE;
}
