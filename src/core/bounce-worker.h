/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/* One named thread with a queue. The function gets everything that is queued at once, so that a
 * worker can group (commits, log lines, directory syncs). */
#define BOUNCE_TYPE_WORKER (bounce_worker_get_type ())
G_DECLARE_FINAL_TYPE (BounceWorker, bounce_worker, BOUNCE, WORKER, GObject)

typedef void (*BounceWorkerFunc) (GPtrArray *items, gpointer user_data);

BounceWorker *bounce_worker_new (const char *name,
                                 BounceWorkerFunc func,
                                 gpointer user_data,
                                 GDestroyNotify free_item);
gboolean bounce_worker_push (BounceWorker *self, gpointer item); /* FALSE once shut down */
void bounce_worker_shutdown_async (BounceWorker *self,
                                   GAsyncReadyCallback callback,
                                   gpointer user_data); /* drains, then joins */
gboolean bounce_worker_shutdown_finish (BounceWorker *self, GAsyncResult *result, GError **error);
void bounce_worker_shutdown_sync (BounceWorker *self);

G_END_DECLS
