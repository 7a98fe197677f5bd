/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "bounce-service.h"
#include "bounce-trial.h"
#include "bounce-status-summary.h"

#include <adwaita.h>

G_BEGIN_DECLS

/* The one instance of bounce in a session: hosts the service, owns the actions and the windows.
 * Main thread. Properties: "service", "tray-present". */
#define BOUNCE_TYPE_APPLICATION (bounce_application_get_type ())
G_DECLARE_FINAL_TYPE (BounceApplication, bounce_application, BOUNCE, APPLICATION, AdwApplication)

BounceApplication *bounce_application_new (void);
BounceService *bounce_application_get_service (BounceApplication *self);
GSettings *bounce_application_get_desktop_settings (BounceApplication *self);
BounceStatusSummary *bounce_application_get_summary (BounceApplication *self);
void bounce_application_show_window (BounceApplication *self);
/* (nullable) unless Bounce is only tried out */
BounceTrial *bounce_application_get_trial (BounceApplication *self);
/* Stops everything and starts again; after the main loop execute() does the second part. */
void bounce_application_restart (BounceApplication *self);
gboolean bounce_application_is_restart_wanted (BounceApplication *self);
void bounce_application_execute (const char *name);
void bounce_application_ask_quit (BounceApplication *self);
gboolean bounce_application_get_tray_present (BounceApplication *self);
void bounce_application_set_tray_present (BounceApplication *self, gboolean is_present);
void
bounce_application_tell_error (BounceApplication *self, const char *title, const GError *error);
void bounce_application_tell (BounceApplication *self, const char *text);

G_END_DECLS
