/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "bounce-service.h"

#include <adwaita.h>

G_BEGIN_DECLS

/* The page about receiving and keeping studies. Main thread. */
#define BOUNCE_TYPE_PREFERENCES_RECEIVING (bounce_preferences_receiving_get_type ())
G_DECLARE_FINAL_TYPE (BouncePreferencesReceiving,
                      bounce_preferences_receiving,
                      BOUNCE,
                      PREFERENCES_RECEIVING,
                      AdwPreferencesPage)

void bounce_preferences_receiving_set_service (BouncePreferencesReceiving *self,
                                               BounceService *service);
void bounce_preferences_receiving_commit (BouncePreferencesReceiving *self);
GtkWidget *bounce_preferences_receiving_get_row (BouncePreferencesReceiving *self,
                                                 const char *name);

G_END_DECLS
