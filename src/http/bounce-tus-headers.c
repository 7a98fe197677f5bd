/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* Headers of TUS and HTTP replies as values. Pure: no state, no clock, no network. */

#include "config.h"

#include "bounce-tus-headers.h"

#include "bounce-tus.h"

#include <curl/curl.h>
#include <string.h>

#define SECONDS_PER_DAY (24 * 60 * 60)
/* 2^63-1 has 19 digits. */
#define MAX_LENGTH_DIGITS   19
#define MAX_DATE_LENGTH     64
#define MAX_LOCATION_LENGTH 8192

typedef CURLU Url;
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Url, curl_url_cleanup)
typedef char UrlPart;
G_DEFINE_AUTOPTR_CLEANUP_FUNC (UrlPart, curl_free)

/**
 * bounce_tus_parse_length:
 * @text: (nullable): an Upload-Offset, Upload-Length or Tus-Max-Size
 * @value: (out): the number
 *
 * Source: TUS 1.0.0, "MUST be a non-negative integer"
 * Returns: whether @text is nothing but digits and fits a file offset
 */
gboolean
bounce_tus_parse_length (const char *text, guint64 *value)
{
  guint64 parsed = 0;
  gsize length = text != NULL ? strlen (text) : 0;

  if (length == 0 || length > MAX_LENGTH_DIGITS)
    return FALSE;
  for (gsize i = 0; i < length; i++)
    {
      if (!g_ascii_isdigit (text[i]))
        return FALSE;
      parsed = parsed * 10 + (guint64) (text[i] - '0');
    }
  if (parsed > G_MAXINT64)
    return FALSE;
  *value = parsed;

  return TRUE;
}

static gint64
parse_date (const char *text)
{
  /* A date in the form of RFC 9110 5.6.7 has 29 characters, the older ones up to 33. */
  if (text == NULL || strlen (text) > MAX_DATE_LENGTH)
    return -1;

  return curl_getdate (text, NULL);
}

/**
 * bounce_http_parse_retry_after:
 * @text: (nullable): a Retry-After
 * @now_seconds: seconds since the epoch
 *
 * Units: seconds, 0 to a day
 * Source: RFC 9110 10.2.3, both forms
 * Returns: how long to wait, 0 for now or when @text makes no sense
 */
gint64
bounce_http_parse_retry_after (const char *text, gint64 now_seconds)
{
  guint64 seconds;
  gint64 date;

  if (bounce_tus_parse_length (text, &seconds))
    return (gint64) MIN (seconds, SECONDS_PER_DAY);
  date = parse_date (text);
  if (date <= now_seconds || date < 0)
    return 0;

  return MIN (date - now_seconds, SECONDS_PER_DAY);
}

/**
 * bounce_tus_parse_expires:
 * @text: (nullable): an Upload-Expires
 *
 * Units: microseconds since the epoch
 * Source: TUS 1.0.0, extension expiration
 * Returns: when the upload goes away, 0 when not told
 */
gint64
bounce_tus_parse_expires (const char *text)
{
  gint64 date = parse_date (text);

  return date > 0 && date < G_MAXINT64 / G_USEC_PER_SEC ? date * G_USEC_PER_SEC : 0;
}

static char *
get_part (CURLU *url, CURLUPart part, unsigned flags)
{
  char *text = NULL;

  if (curl_url_get (url, part, &text, flags) != CURLUE_OK)
    return NULL;

  return text;
}

static gboolean
is_same_part (CURLU *a, CURLU *b, CURLUPart part)
{
  g_autoptr (UrlPart) text_a = get_part (a, part, CURLU_DEFAULT_PORT);
  g_autoptr (UrlPart) text_b = get_part (b, part, CURLU_DEFAULT_PORT);

  return text_a != NULL && text_b != NULL && g_ascii_strcasecmp (text_a, text_b) == 0;
}

static gboolean
has_part (CURLU *url, CURLUPart part)
{
  g_autoptr (UrlPart) text = get_part (url, part, 0);

  return text != NULL;
}

/* The token goes to the host it was issued for, by the same way or a safer one. */
static gboolean
is_trusted (CURLU *endpoint, CURLU *location)
{
  g_autoptr (UrlPart) from = get_part (endpoint, CURLUPART_SCHEME, 0);
  g_autoptr (UrlPart) to = get_part (location, CURLUPART_SCHEME, 0);

  if (from == NULL || to == NULL || !is_same_part (endpoint, location, CURLUPART_HOST)
      || has_part (location, CURLUPART_USER) || has_part (location, CURLUPART_PASSWORD))
    return FALSE;
  if (g_ascii_strcasecmp (from, to) == 0)
    return is_same_part (endpoint, location, CURLUPART_PORT);

  return g_ascii_strcasecmp (from, "http") == 0 && g_ascii_strcasecmp (to, "https") == 0;
}

/**
 * bounce_tus_is_same_server:
 * @endpoint: what a token was issued for
 * @url: where it would go
 *
 * Returns: whether @url has the host and port of @endpoint, and does not leave https
 */
gboolean
bounce_tus_is_same_server (const char *endpoint, const char *url)
{
  g_autoptr (Url) from = curl_url ();
  g_autoptr (Url) to = curl_url ();

  return curl_url_set (from, CURLUPART_URL, endpoint, 0) == CURLUE_OK
         && curl_url_set (to, CURLUPART_URL, url, 0) == CURLUE_OK && is_trusted (from, to);
}

/**
 * bounce_tus_resolve_location:
 * @endpoint: the URL that was posted to
 * @location: the reply's Location: absolute, without scheme, absolute path or relative
 *
 * Errors: %BOUNCE_HTTP_ERROR_INVALID for an @endpoint that is no URL, %BOUNCE_HTTP_ERROR_LATER for
 * a
 * @location that is none, %BOUNCE_HTTP_ERROR_REJECTED for one on another host or port, from https
 * to http, or with a user name.
 * Source: RFC 3986 5, RFC 9110 10.2.2
 * Returns: (transfer full) (nullable): the URL of the upload
 */
char *
bounce_tus_resolve_location (const char *endpoint, const char *location, GError **error)
{
  g_autoptr (Url) base = curl_url ();
  g_autoptr (Url) resolved = NULL;
  g_autoptr (UrlPart) text = NULL;

  if (curl_url_set (base, CURLUPART_URL, endpoint, 0) != CURLUE_OK)
    {
      g_propagate_error (error, bounce_http_error_new (BOUNCE_HTTP_ERROR_INVALID, 0, 0,
                                                       "the upload endpoint is not an URL"));
      return NULL;
    }
  resolved = curl_url_dup (base);
  if (*location == '\0' || strlen (location) > MAX_LOCATION_LENGTH
      || curl_url_set (resolved, CURLUPART_URL, location, 0) != CURLUE_OK
      || curl_url_set (resolved, CURLUPART_FRAGMENT, NULL, 0) != CURLUE_OK
      || (text = get_part (resolved, CURLUPART_URL, 0)) == NULL)
    {
      g_propagate_error (error,
                         bounce_http_error_new (BOUNCE_HTTP_ERROR_LATER, 0, 0,
                                                "the server's upload address makes no sense"));
      return NULL;
    }
  if (!is_trusted (base, resolved))
    {
      g_propagate_error (error,
                         bounce_http_error_new (BOUNCE_HTTP_ERROR_REJECTED, 0, 0,
                                                "the server sent the upload to another address"));
      return NULL;
    }

  return g_strdup (text);
}
