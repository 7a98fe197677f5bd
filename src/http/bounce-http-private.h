/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "bounce-http.h"
#include "bounce-progress.h"

#include <curl/curl.h>

G_BEGIN_DECLS

/* A body read from a file by the HTTP thread, piece by piece. */
typedef struct
{
  int fd; /* (unowned) open until the request has ended */
  guint64 offset;
  guint64 length_bytes;
  BounceProgress *progress; /* (unowned) (nullable) told offset + what was sent */
  guint64 total_bytes;      /* for progress */
} BounceHttpFileBody;

/* As bounce_http_send_async(), with the body from a file and no second try by libcurl. */
void bounce_http_send_file_async (BounceHttp *self,
                                  const BounceHttpRequest *request,
                                  const BounceHttpFileBody *body,
                                  GCancellable *cancellable,
                                  GAsyncReadyCallback callback,
                                  gpointer user_data);
/* sent_bytes: how many bytes of the body were given to libcurl, also after a failure. */
BounceHttpResponse *bounce_http_send_file_finish (BounceHttp *self,
                                                  GAsyncResult *result,
                                                  guint64 *sent_bytes,
                                                  GError **error);

/* Answers to OPTIONS, by endpoint. Any thread. */
gboolean bounce_http_get_remembered (BounceHttp *self, const char *key, guint64 *value);
void bounce_http_remember (BounceHttp *self, const char *key, guint64 value);

BounceHttpResponse *bounce_http_response_new (void);
gboolean
bounce_http_response_add_header_line (BounceHttpResponse *self, const char *line, gsize size);
gboolean bounce_http_response_add_body (BounceHttpResponse *self,
                                        const void *data,
                                        gsize size,
                                        gsize max_bytes);
void bounce_http_response_seal (BounceHttpResponse *self, guint status);

/* One request as the HTTP thread sees it. */
typedef struct _BounceHttpTransfer BounceHttpTransfer;

BounceHttpTransfer *bounce_http_transfer_new (GTask *task,
                                              const BounceHttpRequest *request,
                                              const BounceHttpFileBody *body,
                                              GError **error);
void bounce_http_transfer_free (BounceHttpTransfer *self);
CURL *bounce_http_transfer_get_easy (BounceHttpTransfer *self);
GTask *bounce_http_transfer_get_task (BounceHttpTransfer *self);
gboolean
bounce_http_transfer_is_stalled (BounceHttpTransfer *self, gint64 now_us, gboolean is_any_hung_up);
guint64 bounce_http_transfer_get_sent_bytes (BounceHttpTransfer *self);
void bounce_http_transfer_set_handler (BounceHttpTransfer *self, gulong handler);
gulong bounce_http_transfer_get_handler (BounceHttpTransfer *self);
BounceHttpResponse *
bounce_http_transfer_finish (BounceHttpTransfer *self, CURLcode code, GError **error);
GError *bounce_http_transfer_new_stall_error (BounceHttpTransfer *self);

/* The HTTP thread and what is handed to it. */
typedef struct _BounceHttpLoop BounceHttpLoop;

BounceHttpLoop *bounce_http_loop_new (GThread **thread);
void bounce_http_loop_unref (BounceHttpLoop *loop);
void bounce_http_loop_submit (BounceHttpLoop *loop, BounceHttpTransfer *transfer);
void bounce_http_loop_stop (BounceHttpLoop *loop, GTask *shutdown);
gboolean bounce_http_loop_get_remembered (BounceHttpLoop *loop, const char *key, guint64 *value);
void bounce_http_loop_remember (BounceHttpLoop *loop, const char *key, guint64 value);

void bounce_http_error_set_tls (GError *error);

G_END_DECLS
