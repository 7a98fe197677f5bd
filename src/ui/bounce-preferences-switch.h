/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "bounce-service.h"

#include <adwaita.h>

G_BEGIN_DECLS

/* A row for a setting that is on or off: of the service, of the window's own settings, or of
 * whoever binds "active". Main thread. Properties: "key", "active". */
#define BOUNCE_TYPE_PREFERENCES_SWITCH (bounce_preferences_switch_get_type ())
G_DECLARE_FINAL_TYPE (
    BouncePreferencesSwitch, bounce_preferences_switch, BOUNCE, PREFERENCES_SWITCH, AdwActionRow)

void bounce_preferences_switch_set_service (BouncePreferencesSwitch *self, BounceService *service);
void bounce_preferences_switch_set_settings (BouncePreferencesSwitch *self, GSettings *settings);

G_END_DECLS
