/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include <glib-object.h>

G_BEGIN_DECLS

/* Byte progress written from any thread, delivered on the main context it was created on: at most
 * 5 a second, at least every 50 MB, and at the end (design section 6). */
#define BOUNCE_TYPE_PROGRESS (bounce_progress_get_type ())
G_DECLARE_FINAL_TYPE (BounceProgress, bounce_progress, BOUNCE, PROGRESS, GObject)

typedef void (*BounceProgressFunc) (guint64 done_bytes, guint64 total_bytes, gpointer user_data);

BounceProgress *
bounce_progress_new (BounceProgressFunc func, gpointer user_data, GDestroyNotify destroy);
void bounce_progress_set (BounceProgress *self, guint64 done_bytes, guint64 total_bytes);
void bounce_progress_finish (BounceProgress *self); /* delivers the last value, then nothing more */

/* Of an upload: done is total only when the other side has confirmed all of it. */
guint64 bounce_progress_hold_back (guint64 done_bytes, guint64 total_bytes);
gboolean bounce_progress_is_finishing (guint64 done_bytes, guint64 total_bytes);
double bounce_progress_percent (guint64 done_bytes, guint64 total_bytes);

G_END_DECLS
