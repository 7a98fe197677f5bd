/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "bounce-service.h"

#include <gio/gio.h>

G_BEGIN_DECLS

/* Tells the desktop what a person should know. Main thread. */
#define BOUNCE_TYPE_NOTIFICATIONS (bounce_notifications_get_type ())
G_DECLARE_FINAL_TYPE (BounceNotifications, bounce_notifications, BOUNCE, NOTIFICATIONS, GObject)

BounceNotifications *
bounce_notifications_new (GApplication *application, BounceService *service, GSettings *settings);
void bounce_notifications_seen (BounceNotifications *self);

G_END_DECLS
