/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* Errors of HTTP: a class that says what to do, the status, and when to come back. */

#include "config.h"

#include "bounce-http-private.h"

typedef struct
{
  guint status;
  gint64 retry_after_seconds;
  gboolean is_tls;
} BounceHttpErrorPrivate;

static void
bounce_http_error_private_init (BounceHttpErrorPrivate *priv)
{
}

static void
bounce_http_error_private_copy (const BounceHttpErrorPrivate *from, BounceHttpErrorPrivate *to)
{
  *to = *from;
}

static void
bounce_http_error_private_clear (BounceHttpErrorPrivate *priv)
{
}

G_DEFINE_EXTENDED_ERROR (BounceHttpError, bounce_http_error)

/**
 * bounce_http_error_new:
 * @code: the class
 * @status: the reply's status, 0 without a reply
 * @retry_after_seconds: when the server wants to be asked again, 0 when it did not say
 * @format: a message without patient data, tokens or anything quoted from a body
 *
 * Returns: (transfer full): an error
 */
GError *
bounce_http_error_new (
    BounceHttpError code, guint status, gint64 retry_after_seconds, const char *format, ...)
{
  BounceHttpErrorPrivate *priv;
  GError *error;
  va_list args;

  va_start (args, format);
  error = g_error_new_valist (BOUNCE_HTTP_ERROR, code, format, args);
  va_end (args);
  priv = bounce_http_error_get_private (error);
  priv->status = status;
  priv->retry_after_seconds = retry_after_seconds;

  return error;
}

/**
 * bounce_http_error_get_retry_after_seconds:
 * @error: of any domain
 *
 * Units: seconds, at most a day
 * Returns: what Retry-After said, or 0
 */
gint64
bounce_http_error_get_retry_after_seconds (const GError *error)
{
  if (error == NULL || error->domain != BOUNCE_HTTP_ERROR)
    return 0;

  return bounce_http_error_get_private (error)->retry_after_seconds;
}

/**
 * bounce_http_error_get_status:
 * @error: of any domain
 *
 * Returns: the HTTP status behind the error, or 0 without a reply
 */
guint
bounce_http_error_get_status (const GError *error)
{
  if (error == NULL || error->domain != BOUNCE_HTTP_ERROR)
    return 0;

  return bounce_http_error_get_private (error)->status;
}

/* Set once, before anybody else sees the error. */
void
bounce_http_error_set_tls (GError *error)
{
  bounce_http_error_get_private (error)->is_tls = TRUE;
}

/**
 * bounce_http_error_is_tls:
 * @error: of any domain
 *
 * Returns: whether there was no reply because no trusted connection came about: the server's
 *   certificate, its name, or no common protocol
 */
gboolean
bounce_http_error_is_tls (const GError *error)
{
  return error != NULL && error->domain == BOUNCE_HTTP_ERROR
         && bounce_http_error_get_private (error)->is_tls;
}
