/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "bounce-service.h"

#include <gio/gio.h>

G_BEGIN_DECLS

/* Keeps the state of the action tray-status true. Main thread. */
#define BOUNCE_TYPE_TRAY_STATUS (bounce_tray_status_get_type ())
G_DECLARE_FINAL_TYPE (BounceTrayStatus, bounce_tray_status, BOUNCE, TRAY_STATUS, GObject)

BounceTrayStatus *
bounce_tray_status_new (BounceService *service, GSimpleAction *action, gboolean is_trial);
GVariant *bounce_tray_status_describe (const BounceServiceStatus *status,
                                       GPtrArray *studies,
                                       gboolean is_trial);

G_END_DECLS
