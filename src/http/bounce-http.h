/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

#define BOUNCE_HTTP_ERROR (bounce_http_error_quark ())

/* Classes of failure, design section 5. LATER may carry a Retry-After. */
typedef enum
{
  BOUNCE_HTTP_ERROR_LATER, /* network, 408, 423, 429, 5xx, stall, a reply that makes no sense */
  BOUNCE_HTTP_ERROR_UNAUTHORISED, /* 401, 403 */
  BOUNCE_HTTP_ERROR_REJECTED,     /* 422, other 4xx */
  BOUNCE_HTTP_ERROR_NEW_UPLOAD,   /* this upload cannot go on: 404, 410, an offset that cannot be */
  BOUNCE_HTTP_ERROR_INVALID,      /* an URL or argument of ours that libcurl refuses */
} BounceHttpError;

GQuark bounce_http_error_quark (void);
gint64 bounce_http_error_get_retry_after_seconds (const GError *error); /* 0: none */
guint bounce_http_error_get_status (const GError *error);               /* 0: no reply */
gboolean bounce_http_error_is_tls (const GError *error); /* no reply: certificate, handshake */
GError *bounce_http_error_new (BounceHttpError code,
                               guint status,
                               gint64 retry_after_seconds,
                               const char *format,
                               ...) G_GNUC_PRINTF (4, 5);

/* One thread running curl multi. Any thread may submit; callbacks come on the caller's context. */
#define BOUNCE_TYPE_HTTP (bounce_http_get_type ())
G_DECLARE_FINAL_TYPE (BounceHttp, bounce_http, BOUNCE, HTTP, GObject)

BounceHttp *bounce_http_new (void);
void
bounce_http_shutdown_async (BounceHttp *self, GAsyncReadyCallback callback, gpointer user_data);
gboolean bounce_http_shutdown_finish (BounceHttp *self, GAsyncResult *result, GError **error);

typedef struct
{
  const char *method;
  const char *url;
  const char *bearer;         /* (nullable) Authorization: Bearer …; never logged */
  GBytes *body;               /* (nullable) */
  const char *content_type;   /* (nullable) */
  const char *const *headers; /* (nullable) "Name: value", NULL-terminated */
  gsize max_response_bytes;   /* 0: 1 MiB */
  guint timeout_seconds;      /* 0: 60, without progress, and for the whole answer */
} BounceHttpRequest;

typedef struct _BounceHttpResponse BounceHttpResponse; /* boxed, immutable */
#define BOUNCE_TYPE_HTTP_RESPONSE (bounce_http_response_get_type ())
GType bounce_http_response_get_type (void);
BounceHttpResponse *bounce_http_response_ref (BounceHttpResponse *self);
void bounce_http_response_unref (BounceHttpResponse *self);
guint bounce_http_response_get_status (BounceHttpResponse *self);
const char *bounce_http_response_get_header (BounceHttpResponse *self, const char *name);
GBytes *bounce_http_response_get_body (BounceHttpResponse *self); /* (transfer none) */
/* Any reply, whatever its status, is a success here; only LATER, INVALID and cancelled fail. */
void bounce_http_send_async (BounceHttp *self,
                             const BounceHttpRequest *request,
                             GCancellable *cancellable,
                             GAsyncReadyCallback callback,
                             gpointer user_data);
BounceHttpResponse *
bounce_http_send_finish (BounceHttp *self, GAsyncResult *result, GError **error);
/* The class of a non-2xx reply as an error; the body is never quoted. what: "upload/init" */
gboolean bounce_http_response_check (BounceHttpResponse *self, const char *what, GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (BounceHttpResponse, bounce_http_response_unref)

G_END_DECLS
