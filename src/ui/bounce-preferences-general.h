/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include <adwaita.h>

G_BEGIN_DECLS

/* The page about the program itself: start, notifications, import, reset. Main thread. */
#define BOUNCE_TYPE_PREFERENCES_GENERAL (bounce_preferences_general_get_type ())
G_DECLARE_FINAL_TYPE (BouncePreferencesGeneral,
                      bounce_preferences_general,
                      BOUNCE,
                      PREFERENCES_GENERAL,
                      AdwPreferencesPage)

void bounce_preferences_general_set_settings (BouncePreferencesGeneral *self, GSettings *settings);

G_END_DECLS
