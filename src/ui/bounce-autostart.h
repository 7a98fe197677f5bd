/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/* Whether Bounce starts in the background when the user logs in. Main thread. Property: "enabled"
 * (boolean, read-only). */
#define BOUNCE_TYPE_AUTOSTART (bounce_autostart_get_type ())
G_DECLARE_FINAL_TYPE (BounceAutostart, bounce_autostart, BOUNCE, AUTOSTART, GObject)

BounceAutostart *bounce_autostart_new (GSettings *settings);
gboolean bounce_autostart_is_enabled (BounceAutostart *self);
void bounce_autostart_set_async (BounceAutostart *self,
                                 gboolean is_enabled,
                                 GCancellable *cancellable,
                                 GAsyncReadyCallback callback,
                                 gpointer user_data);
gboolean bounce_autostart_set_finish (BounceAutostart *self, GAsyncResult *result, GError **error);

G_END_DECLS
