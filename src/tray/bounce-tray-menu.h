/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

/* How many studies the menu shows at most. */
#define BOUNCE_TRAY_MENU_STUDIES 3

#define BOUNCE_TYPE_TRAY_MENU (bounce_tray_menu_get_type ())
G_DECLARE_FINAL_TYPE (BounceTrayMenu, bounce_tray_menu, BOUNCE, TRAY_MENU, GtkMenu)

BounceTrayMenu *bounce_tray_menu_new (GActionGroup *actions);
void bounce_tray_menu_update (BounceTrayMenu *self, GVariant *status);
GtkWidget *bounce_tray_menu_get_show_item (BounceTrayMenu *self);

G_END_DECLS
