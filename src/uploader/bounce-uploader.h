/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "bounce-config.h"
#include "bounce-http.h"
#include "bounce-store.h"

#include <gio/gio.h>

G_BEGIN_DECLS

/* Delivers due studies to Aurabox. Main thread; works whether or not the receiver runs. Signals:
 *   "progress" (char *study_uid, guint64 uploaded, guint64 total)
 * Property "paused-reason" (nullable string): BOUNCE_REASON_UNAUTHORISED, BOUNCE_REASON_NO_KEY. */
#define BOUNCE_TYPE_UPLOADER (bounce_uploader_get_type ())
G_DECLARE_FINAL_TYPE (BounceUploader, bounce_uploader, BOUNCE, UPLOADER, GObject)

BounceUploader *bounce_uploader_new (BounceStore *store,
                                     BounceHttp *http,
                                     BounceClock *clock,
                                     BounceConfig *config);
void bounce_uploader_set_config (BounceUploader *self, BounceConfig *config);
void bounce_uploader_start (BounceUploader *self);
/* Jobs persist and stop; transfers become INTERRUPTED. */
void
bounce_uploader_stop_async (BounceUploader *self, GAsyncReadyCallback callback, gpointer user_data);
gboolean bounce_uploader_stop_finish (BounceUploader *self, GAsyncResult *result, GError **error);
void bounce_uploader_resume (BounceUploader *self); /* by a person, after unauthorised */
void bounce_uploader_network_returned (BounceUploader *self);
void bounce_uploader_storage_returned (BounceUploader *self);
/* Cancels the study's transfers (NULL: all), TUS DELETE where offered, waits for them to end. */
void bounce_uploader_cancel_async (BounceUploader *self,
                                   const char *study_uid,
                                   GAsyncReadyCallback callback,
                                   gpointer user_data);
gboolean bounce_uploader_cancel_finish (BounceUploader *self, GAsyncResult *result, GError **error);
/* init and start only (document: api_start_upload). */
void bounce_uploader_api_start_async (BounceUploader *self,
                                      const char *study_uid,
                                      const char *signature,
                                      const char *upload_id,
                                      const char *assembly_id,
                                      GAsyncReadyCallback callback,
                                      gpointer user_data);
gboolean
bounce_uploader_api_start_finish (BounceUploader *self, GAsyncResult *result, GError **error);
const char *bounce_uploader_get_paused_reason (BounceUploader *self);

G_END_DECLS
