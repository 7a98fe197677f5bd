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

G_END_DECLS
