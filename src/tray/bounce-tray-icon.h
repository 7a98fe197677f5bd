/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/* The icon and its menu, driven by the application's actions. Main thread.
 *
 * Signals: "host-changed" (gboolean): whether a tray shows the icon. */
#define BOUNCE_TYPE_TRAY_ICON (bounce_tray_icon_get_type ())
G_DECLARE_FINAL_TYPE (BounceTrayIcon, bounce_tray_icon, BOUNCE, TRAY_ICON, GObject)

BounceTrayIcon *bounce_tray_icon_new (GActionGroup *actions, const char *icon_path);

G_END_DECLS
