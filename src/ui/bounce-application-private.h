/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "bounce-application.h"

#include "bounce-service-dbus.h"
#include "bounce-window.h"

G_BEGIN_DECLS

/* What the files of the application share. Main thread only, all of it. */
struct _BounceApplication
{
  AdwApplication parent_instance;

  GSettings *desktop_settings; /* (owned) (nullable) until startup */
  BounceConfigSource *source;  /* (owned) (nullable) until the service is open */
  BounceService *service;      /* (owned) (nullable) likewise, and after shutting down */
  BounceServiceDBus *dbus;     /* (owned) (nullable) */
  BounceWindow *window;        /* (nullable) cleared when it is destroyed */
  GtkWindow *quit_dialog;      /* (nullable) */
  GError *open_error;          /* (owned) (nullable) why there is no service */
  char *state_dir;             /* (owned) */
  gboolean is_restarting;      /* the receiver starts again once it has stopped */
  gboolean is_tray_present;
  gboolean is_quitting;
};

/* bounce-application-host.c */
void bounce_application_open_service (BounceApplication *self);
void bounce_application_close_service (BounceApplication *self);
void bounce_application_tell_not_open (BounceApplication *self);
void bounce_application_start_receiver (BounceApplication *self);
void bounce_application_stop_receiver (BounceApplication *self);
void bounce_application_restart_receiver (BounceApplication *self);

/* bounce-application-actions.c */
void bounce_application_add_actions (BounceApplication *self);
void bounce_application_connect_actions (BounceApplication *self);

G_END_DECLS
