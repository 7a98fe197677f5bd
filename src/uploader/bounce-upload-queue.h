/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "bounce-upload-job.h"

G_BEGIN_DECLS

/* Which transfers run, and when. Main thread. Signal "progress" (char *study_uid,
 * guint64 uploaded, guint64 total). */
#define BOUNCE_TYPE_UPLOAD_QUEUE (bounce_upload_queue_get_type ())
G_DECLARE_FINAL_TYPE (BounceUploadQueue, bounce_upload_queue, BOUNCE, UPLOAD_QUEUE, GObject)

BounceUploadQueue *bounce_upload_queue_new (const BounceUploadJobContext *context);
void bounce_upload_queue_start (BounceUploadQueue *self);
void bounce_upload_queue_wake (BounceUploadQueue *self);
void bounce_upload_queue_network_returned (BounceUploadQueue *self);
void bounce_upload_queue_storage_returned (BounceUploadQueue *self);
void bounce_upload_queue_stop_async (BounceUploadQueue *self,
                                     GAsyncReadyCallback callback,
                                     gpointer user_data);
void bounce_upload_queue_stop_finish (BounceUploadQueue *self, GAsyncResult *result);
void bounce_upload_queue_cancel_async (BounceUploadQueue *self,
                                       const char *study_uid,
                                       GAsyncReadyCallback callback,
                                       gpointer user_data);
void bounce_upload_queue_cancel_finish (BounceUploadQueue *self, GAsyncResult *result);

G_END_DECLS
