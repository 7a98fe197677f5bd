/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "bounce-status-summary.h"

#include <adwaita.h>

G_BEGIN_DECLS

/* A row with what the last check of the connection to Aurabox said, when it was, and a button to
 * check again. Main thread. */
#define BOUNCE_TYPE_PREFERENCES_CONNECTION (bounce_preferences_connection_get_type ())
G_DECLARE_FINAL_TYPE (BouncePreferencesConnection,
                      bounce_preferences_connection,
                      BOUNCE,
                      PREFERENCES_CONNECTION,
                      AdwActionRow)

void bounce_preferences_connection_set_summary (BouncePreferencesConnection *self,
                                                BounceStatusSummary *summary);

G_END_DECLS
