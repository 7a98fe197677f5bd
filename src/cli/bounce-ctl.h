/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include <gio/gio.h>
#include <json-glib/json-glib.h>

G_BEGIN_DECLS

/* Exit codes of bouncectl, promised by its manual page. */
typedef enum
{
  BOUNCE_CTL_DONE = 0,
  BOUNCE_CTL_FAILED = 1, /* the reason is on stderr */
  BOUNCE_CTL_USAGE = 2,
  BOUNCE_CTL_NO_SERVICE = 3,
} BounceCtlExit;

/* One run of bouncectl. */
typedef struct
{
  GBusType bus;
  GDBusConnection *connection; /* (owned) (nullable) */
  const char *verb;            /* name of the verb that runs */
  const char *arguments;       /* what its usage line says after the name */
  const char *summary;         /* what it does */
  const char *denial;          /* (nullable) who may, where it is not the group's members */
} BounceCtl;

/* A verb: argv[0] is its name. */
typedef BounceCtlExit (*BounceCtlRun) (BounceCtl *ctl, int argc, char **argv);

/* bounce-ctl-bus.c */
BounceCtlExit bounce_ctl_connect (BounceCtl *ctl);
GVariant *bounce_ctl_call (BounceCtl *ctl,
                           const char *method,
                           GVariant *arguments,
                           const char *reply_type,
                           BounceCtlExit *exit);
GVariant *bounce_ctl_call_about (BounceCtl *ctl,
                                 const char *subject,
                                 const char *method,
                                 GVariant *arguments,
                                 const char *reply_type,
                                 BounceCtlExit *exit);
BounceCtlExit bounce_ctl_report (BounceCtl *ctl, const char *subject, GError *error);
BounceCtlExit bounce_ctl_no_service (BounceCtl *ctl);

/* bounce-ctl-options.c */
#define BOUNCE_CTL_ANY_NUMBER -1
gboolean bounce_ctl_parse (
    BounceCtl *ctl, const GOptionEntry *entries, int min, int max, int *argc, char ***argv);
BounceCtlExit bounce_ctl_wrong_use (const char *format, ...) G_GNUC_PRINTF (1, 2);
const GOptionEntry *bounce_ctl_get_bus_options (void);
void bounce_ctl_take_bus_options (BounceCtl *ctl);

/* bounce-ctl-json.c */
void bounce_ctl_print_json (GVariant *value);
void bounce_ctl_print_json_line (GVariant *value);

/* The verbs. */
BounceCtlExit bounce_ctl_run_start (BounceCtl *ctl, int argc, char **argv);
BounceCtlExit bounce_ctl_run_stop (BounceCtl *ctl, int argc, char **argv);
BounceCtlExit bounce_ctl_run_send (BounceCtl *ctl, int argc, char **argv);
BounceCtlExit bounce_ctl_run_delete (BounceCtl *ctl, int argc, char **argv);
BounceCtlExit bounce_ctl_run_reset (BounceCtl *ctl, int argc, char **argv);
BounceCtlExit bounce_ctl_run_import (BounceCtl *ctl, int argc, char **argv);
BounceCtlExit bounce_ctl_run_studies (BounceCtl *ctl, int argc, char **argv);
BounceCtlExit bounce_ctl_run_api_start_upload (BounceCtl *ctl, int argc, char **argv);
BounceCtlExit bounce_ctl_run_show (BounceCtl *ctl, int argc, char **argv);
BounceCtlExit bounce_ctl_run_quit (BounceCtl *ctl, int argc, char **argv);
BounceCtlExit bounce_ctl_run_log (BounceCtl *ctl, int argc, char **argv);
BounceCtlExit bounce_ctl_run_status (BounceCtl *ctl, int argc, char **argv);
BounceCtlExit bounce_ctl_run_watch (BounceCtl *ctl, int argc, char **argv);
BounceCtlExit bounce_ctl_run_config (BounceCtl *ctl, int argc, char **argv);
BounceCtlExit bounce_ctl_run_transfers (BounceCtl *ctl, int argc, char **argv);
BounceCtlExit bounce_ctl_run_events (BounceCtl *ctl, int argc, char **argv);
BounceCtlExit bounce_ctl_run_check (BounceCtl *ctl, int argc, char **argv);
BounceCtlExit bounce_ctl_run_resume (BounceCtl *ctl, int argc, char **argv);

G_END_DECLS
