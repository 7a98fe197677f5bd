/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "bounce-service.h"

G_BEGIN_DECLS

/* Network and power of the machine, for whoever hosts a service. Main thread.
 * Signal "shutting-down": the machine goes down; there are a few seconds left. */
#define BOUNCE_TYPE_SYSTEM_WATCH (bounce_system_watch_get_type ())
G_DECLARE_FINAL_TYPE (BounceSystemWatch, bounce_system_watch, BOUNCE, SYSTEM_WATCH, GObject)

BounceSystemWatch *bounce_system_watch_new (BounceService *service, GNetworkMonitor *monitor);
void bounce_system_watch_keep_awake (BounceSystemWatch *self, const char *reason);
void bounce_system_watch_let_sleep (BounceSystemWatch *self);

G_END_DECLS
