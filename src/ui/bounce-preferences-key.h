/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "bounce-service.h"

#include <adwaita.h>

G_BEGIN_DECLS

/* The API key: that there is one and where it is kept, replacing and removing it. Never the key.
 * Main thread. */
#define BOUNCE_TYPE_PREFERENCES_KEY (bounce_preferences_key_get_type ())
G_DECLARE_FINAL_TYPE (
    BouncePreferencesKey, bounce_preferences_key, BOUNCE, PREFERENCES_KEY, AdwPreferencesGroup)

void bounce_preferences_key_set_service (BouncePreferencesKey *self, BounceService *service);
void bounce_preferences_key_focus (BouncePreferencesKey *self);

G_END_DECLS
