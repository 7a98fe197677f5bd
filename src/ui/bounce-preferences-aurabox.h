/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "bounce-status-summary.h"

#include <adwaita.h>

G_BEGIN_DECLS

/* The page about Aurabox: key, connection, uploads, logs. Main thread. */
#define BOUNCE_TYPE_PREFERENCES_AURABOX (bounce_preferences_aurabox_get_type ())
G_DECLARE_FINAL_TYPE (BouncePreferencesAurabox,
                      bounce_preferences_aurabox,
                      BOUNCE,
                      PREFERENCES_AURABOX,
                      AdwPreferencesPage)

void bounce_preferences_aurabox_set_service (BouncePreferencesAurabox *self,
                                             BounceService *service,
                                             BounceStatusSummary *summary);
void bounce_preferences_aurabox_commit (BouncePreferencesAurabox *self);
void bounce_preferences_aurabox_focus_key (BouncePreferencesAurabox *self);

G_END_DECLS
