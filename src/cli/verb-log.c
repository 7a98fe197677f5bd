/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* bouncectl log: a line for the service's log. */

#include "config.h"

#include "bounce-ctl.h"

/**
 * bounce_ctl_run_log:
 *
 * `bouncectl log TEXT…`: several arguments are one line.
 *
 * Source: API document, send_log
 */
BounceCtlExit
bounce_ctl_run_log (BounceCtl *ctl, int argc, char **argv)
{
  g_autoptr (GVariant) reply = NULL;
  g_autofree char *text = NULL;
  BounceCtlExit exit;

  if (!bounce_ctl_parse (ctl, NULL, 1, BOUNCE_CTL_ANY_NUMBER, &argc, &argv))
    return BOUNCE_CTL_USAGE;
  text = g_strjoinv (" ", argv + 1);
  reply = bounce_ctl_call (ctl, "SendLog", g_variant_new ("(s)", text), NULL, &exit);
  return exit;
}
