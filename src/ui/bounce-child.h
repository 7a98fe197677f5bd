/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

#define BOUNCE_CHILD_LAST_DELAY_SECONDS 60

#define BOUNCE_TYPE_CHILD (bounce_child_get_type ())
G_DECLARE_FINAL_TYPE (BounceChild, bounce_child, BOUNCE, CHILD, GObject)

BounceChild *bounce_child_new (void);
gboolean bounce_child_start (BounceChild *self, const char *const *argv, GError **error);
void bounce_child_write_line (BounceChild *self, const char *line);
guint bounce_child_schedule (BounceChild *self);
void bounce_child_end (BounceChild *self);
gboolean bounce_child_is_alive (BounceChild *self);

G_END_DECLS
