/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "bounce-status-summary.h"

#include <adwaita.h>

G_BEGIN_DECLS

/* The settings window. Main thread. */
#define BOUNCE_TYPE_PREFERENCES (bounce_preferences_get_type ())
G_DECLARE_FINAL_TYPE (
    BouncePreferences, bounce_preferences, BOUNCE, PREFERENCES, AdwPreferencesWindow)

BouncePreferences *bounce_preferences_new (BounceService *service,
                                           BounceStatusSummary *summary,
                                           GSettings *desktop_settings);
void bounce_preferences_show_place (BouncePreferences *self, const char *place);

G_END_DECLS
