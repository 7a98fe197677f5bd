/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "bounce-http.h"
#include "bounce-progress.h"

G_BEGIN_DECLS

/* TUS 1.0 uploads: notes/upload.md has the fault table this implements. */

typedef struct
{
  const char *endpoint;
  const char *bearer;
  guint64 length_bytes;
  const char *const *metadata; /* key, value, key, value, …, NULL; order kept */
} BounceTusCreation;

/* POST endpoint. upload_url is resolved against the endpoint; expires_at_us 0 when not told.
 * A Location on another host or port, or from https to http, is REJECTED and never sees the token.
 */
void bounce_tus_create_async (BounceHttp *http,
                              const BounceTusCreation *creation,
                              GCancellable *cancellable,
                              GAsyncReadyCallback callback,
                              gpointer user_data);
char *bounce_tus_create_finish (BounceHttp *http,
                                GAsyncResult *result,
                                gint64 *expires_at_us,
                                GError **error);

/* Whether url may be given a token that was issued for endpoint: the rule for a Location. */
gboolean bounce_tus_is_same_server (const char *endpoint, const char *url);

typedef struct
{
  const char *upload_url;
  const char *bearer;
  const char *path; /* the package; its length must be length_bytes */
  guint64 length_bytes;
  gboolean is_new;          /* just created: offset 0 without HEAD */
  guint64 known_offset;     /* last offset the server acknowledged to us */
  BounceProgress *progress; /* (nullable) */
  /* (nullable) called on the caller's context with each offset the server acknowledged */
  void (*acknowledged) (guint64 offset, gpointer user_data);
  gpointer acknowledged_data;
  guint stall_seconds;     /* 0: 60, without progress */
  guint retry_delay_ms;    /* 0: 500, doubled at each failure without progress */
  guint64 max_chunk_bytes; /* 0: 64 MiB; the first is at most 5 MiB */
} BounceTusSend;

/* HEAD (unless new), then PATCH until the server's offset equals the length. Repeats by itself what
 * is worth repeating at once; gives up with LATER, UNAUTHORISED, REJECTED or NEW_UPLOAD. */
void bounce_tus_send_async (BounceHttp *http,
                            const BounceTusSend *send,
                            GCancellable *cancellable,
                            GAsyncReadyCallback callback,
                            gpointer user_data);
gboolean
bounce_tus_send_finish (BounceHttp *http, GAsyncResult *result, guint64 *offset, GError **error);

/* DELETE where the server offers termination; success also when it is already gone. */
void bounce_tus_terminate_async (BounceHttp *http,
                                 const char *upload_url,
                                 const char *bearer,
                                 GCancellable *cancellable,
                                 GAsyncReadyCallback callback,
                                 gpointer user_data);
gboolean bounce_tus_terminate_finish (BounceHttp *http, GAsyncResult *result, GError **error);

G_END_DECLS
