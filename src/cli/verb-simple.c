/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* bouncectl start, stop, show, resume, quit: verbs that are one call without arguments. */

#include "config.h"

#include "bounce-ctl.h"

static BounceCtlExit
run_without_arguments (BounceCtl *ctl, const char *method, int argc, char **argv)
{
  g_autoptr (GVariant) reply = NULL;
  BounceCtlExit exit;

  if (!bounce_ctl_parse (ctl, NULL, 0, 0, &argc, &argv))
    return BOUNCE_CTL_USAGE;
  reply = bounce_ctl_call (ctl, method, NULL, NULL, &exit);
  return exit;
}

/**
 * bounce_ctl_run_start:
 *
 * `bouncectl start`: returns once the port is bound.
 *
 * Source: API document, receiver_start
 */
BounceCtlExit
bounce_ctl_run_start (BounceCtl *ctl, int argc, char **argv)
{
  return run_without_arguments (ctl, "ReceiverStart", argc, argv);
}

/**
 * bounce_ctl_run_stop:
 *
 * `bouncectl stop`: returns once associations have ended.
 *
 * Source: API document, receiver_stop
 */
BounceCtlExit
bounce_ctl_run_stop (BounceCtl *ctl, int argc, char **argv)
{
  return run_without_arguments (ctl, "ReceiverStop", argc, argv);
}

/**
 * bounce_ctl_run_show:
 *
 * `bouncectl show`: presents the main window.
 *
 * Source: API document, show_window
 */
BounceCtlExit
bounce_ctl_run_show (BounceCtl *ctl, int argc, char **argv)
{
  return run_without_arguments (ctl, "ShowWindow", argc, argv);
}

/**
 * bounce_ctl_run_quit:
 *
 * `bouncectl quit`: ends the program that hosts the service; returns before it has.
 */
BounceCtlExit
bounce_ctl_run_quit (BounceCtl *ctl, int argc, char **argv)
{
  ctl->denial = "on the system bus this is for root: systemctl stop bounced";
  return run_without_arguments (ctl, "Quit", argc, argv);
}

/**
 * bounce_ctl_run_resume:
 *
 * `bouncectl resume`: tries uploads again after the key was refused.
 */
BounceCtlExit
bounce_ctl_run_resume (BounceCtl *ctl, int argc, char **argv)
{
  return run_without_arguments (ctl, "ResumeUploads", argc, argv);
}
