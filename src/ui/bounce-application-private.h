/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "bounce-application.h"

#include "bounce-service-dbus.h"
#include "bounce-status-summary.h"
#include "bounce-system-watch.h"
#include "bounce-trial.h"
#include "bounce-window.h"

G_BEGIN_DECLS

/* What went wrong with a trial while there was no window to tell it in. */
typedef enum
{
  BOUNCE_TRIAL_NOT_OPENED,
  BOUNCE_TRIAL_NOT_REMOVED,
  BOUNCE_N_TRIAL_NOTICES,
} BounceTrialNotice;

/* What the files of the application share. Main thread only, all of it. */
struct _BounceApplication
{
  AdwApplication parent_instance;

  GSettings *desktop_settings;   /* (owned) (nullable) until startup */
  BounceConfigSource *source;    /* (owned) (nullable) until the service is open */
  BounceService *service;        /* (owned) (nullable) likewise, and after shutting down */
  BounceServiceDBus *dbus;       /* (owned) (nullable) */
  BounceStatusSummary *summary;  /* (owned) (nullable) with the service */
  BounceSystemWatch *watch;      /* (owned) (nullable) with the service */
  BounceTrial *trial;            /* (owned) (nullable) while Bounce is only tried out */
  BounceWindow *window;          /* (nullable) cleared when it is destroyed */
  GtkWindow *problem_window;     /* (nullable) likewise; while there is no service */
  GtkWindow *assistant;          /* (nullable) likewise; while it is shown */
  GtkWindow *quit_dialog;        /* (nullable) */
  GtkWindow *preferences;        /* (nullable) cleared when it is closed */
  GtkWindow *reset_dialog;       /* (nullable) likewise */
  GError *open_error;            /* (owned) (nullable) why there is no service */
  char *state_dir;               /* (owned) */
  guint term_source, int_source; /* of the signals that end the process */
  guint suspend_cookie;          /* of the session manager, if it keeps the machine awake */
  gboolean is_restarting;        /* the receiver starts again once it has stopped */
  gboolean is_kept_awake;
  gboolean is_tray_present;
  gboolean is_quitting;
  gboolean is_assistant_offered; /* by itself, in this run */
  gboolean is_restart_wanted;    /* the process starts again when it has ended */
  gboolean is_service_closed;

  char *trial_notices[BOUNCE_N_TRIAL_NOTICES]; /* (owned) (nullable) not told yet */
};

/* bounce-application-host.c */
gboolean bounce_application_open_service (BounceApplication *self, GError **error);
void bounce_application_close_service (BounceApplication *self);
void bounce_application_await_closed (BounceApplication *self);
void bounce_application_start_receiver (BounceApplication *self);
void bounce_application_stop_receiver (BounceApplication *self);
void bounce_application_restart_receiver (BounceApplication *self);

/* bounce-application-import.c */
void bounce_application_import (BounceApplication *self, GListModel *files);
void bounce_application_choose_import (BounceApplication *self, gboolean is_folder);

/* bounce-application-problem.c */
void bounce_application_tell_not_open (BounceApplication *self);

/* bounce-application-session.c */
void bounce_application_join_session (BounceApplication *self);
void bounce_application_leave_session (BounceApplication *self);
void bounce_application_watch_session (BounceApplication *self);

/* bounce-application-assistant.c */
void bounce_application_show_assistant (BounceApplication *self);
void bounce_application_offer_assistant (BounceApplication *self);
void bounce_application_add_assistant_action (BounceApplication *self);

/* bounce-application-trial.c */
gboolean
bounce_application_prepare_trial (BounceApplication *self, char **data_dir, GError **error);
gboolean bounce_application_give_up_trial (BounceApplication *self, const GError *error);
void bounce_application_follow_trial (BounceApplication *self);
void bounce_application_show_trial_notices (BounceApplication *self);
void bounce_application_add_trial_actions (BounceApplication *self);

/* bounce-application.c */
void bounce_application_serve (BounceApplication *self);

/* bounce-application-preferences.c */
void bounce_application_show_preferences (BounceApplication *self, const char *place);
void bounce_application_ask_reset (BounceApplication *self);

/* bounce-application-actions.c */
void bounce_application_add_actions (BounceApplication *self);
void bounce_application_set_accelerators (GtkApplication *application);
void bounce_application_connect_actions (BounceApplication *self);

G_END_DECLS
