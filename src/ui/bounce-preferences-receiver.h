/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "bounce-service.h"

#include <adwaita.h>

G_BEGIN_DECLS

/* A row with what the receiver does now, and a button to bring changed settings into effect. Main
 * thread. */
#define BOUNCE_TYPE_PREFERENCES_RECEIVER (bounce_preferences_receiver_get_type ())
G_DECLARE_FINAL_TYPE (BouncePreferencesReceiver,
                      bounce_preferences_receiver,
                      BOUNCE,
                      PREFERENCES_RECEIVER,
                      AdwActionRow)

void bounce_preferences_receiver_set_service (BouncePreferencesReceiver *self,
                                              BounceService *service);
void bounce_preferences_receiver_ask (GtkWindow *parent, BounceService *service);

G_END_DECLS
