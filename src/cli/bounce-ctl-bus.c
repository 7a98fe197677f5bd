/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* Calls to the service. bouncectl does one thing and ends, so it waits for each call; a call has no
 * time limit, because stopping drains associations and deleting waits for uploads to end. */

#include "config.h"

#include "bounce-ctl.h"

#include <stdio.h>

#define BUS_NAME    "cloud.aurabox.Bounce.Service"
#define OBJECT_PATH "/cloud/aurabox/Bounce"
#define INTERFACE   "cloud.aurabox.Bounce1"
/* Who was just made a member of the group is none yet in a session that began before. */
#define USUAL_DENIAL "members of the group bounce may call the service, from their next login on"

/**
 * bounce_ctl_no_service:
 *
 * Says that nobody answers.
 *
 * Returns: the exit code for that
 */
BounceCtlExit
bounce_ctl_no_service (BounceCtl *ctl)
{
  gboolean is_system = ctl->bus == G_BUS_TYPE_SYSTEM;

  fprintf (stderr, "bouncectl: no Bounce service is running on the %s bus (try %s)\n",
           is_system ? "system" : "session", is_system ? "--session" : "--system");
  return BOUNCE_CTL_NO_SERVICE;
}

/**
 * bounce_ctl_connect:
 *
 * Connects to the bus that was asked for, once.
 *
 * Returns: %BOUNCE_CTL_DONE, or what to exit with after the reason was printed
 */
BounceCtlExit
bounce_ctl_connect (BounceCtl *ctl)
{
  g_autoptr (GError) error = NULL;

  if (ctl->connection != NULL)
    return BOUNCE_CTL_DONE;
  ctl->connection = g_bus_get_sync (ctl->bus, NULL, &error);
  if (ctl->connection == NULL)
    {
      fprintf (stderr, "bouncectl: the %s bus cannot be reached (try %s): %s\n",
               ctl->bus == G_BUS_TYPE_SYSTEM ? "system" : "session",
               ctl->bus == G_BUS_TYPE_SYSTEM ? "--session" : "--system", error->message);
      return BOUNCE_CTL_NO_SERVICE;
    }
  g_dbus_connection_set_exit_on_close (ctl->connection, FALSE);
  return BOUNCE_CTL_DONE;
}

/**
 * bounce_ctl_report:
 * @subject: (nullable): what the call was about
 * @error: why it failed; the names that it has on the bus are taken out
 *
 * Prints the reason.
 *
 * Returns: the exit code for it
 */
BounceCtlExit
bounce_ctl_report (BounceCtl *ctl, const char *subject, GError *error)
{
  if (g_error_matches (error, G_DBUS_ERROR, G_DBUS_ERROR_SERVICE_UNKNOWN)
      || g_error_matches (error, G_DBUS_ERROR, G_DBUS_ERROR_NAME_HAS_NO_OWNER))
    return bounce_ctl_no_service (ctl);
  if (g_error_matches (error, G_DBUS_ERROR, G_DBUS_ERROR_ACCESS_DENIED))
    {
      fprintf (stderr, "bouncectl: not permitted; %s\n",
               ctl->denial != NULL ? ctl->denial : USUAL_DENIAL);
      return BOUNCE_CTL_FAILED;
    }
  g_dbus_error_strip_remote_error (error);
  if (subject != NULL)
    fprintf (stderr, "bouncectl: %s: %s\n", subject, error->message);
  else
    fprintf (stderr, "bouncectl: %s\n", error->message);
  return BOUNCE_CTL_FAILED;
}

/**
 * bounce_ctl_call_about:
 * @subject: (nullable): what the call is about, for the line on stderr
 * @method: of cloud.aurabox.Bounce1
 * @arguments: (nullable): a tuple; floating is taken
 * @reply_type: (nullable): type string of the answer's tuple
 * @exit: (out): %BOUNCE_CTL_DONE, or what to exit with after the reason was printed
 *
 * Calls and waits.
 *
 * Returns: (transfer full) (nullable): the answer
 */
GVariant *
bounce_ctl_call_about (BounceCtl *ctl,
                       const char *subject,
                       const char *method,
                       GVariant *arguments,
                       const char *reply_type,
                       BounceCtlExit *exit)
{
  g_autoptr (GVariant) sunk = arguments != NULL ? g_variant_ref_sink (arguments) : NULL;
  g_autoptr (GError) error = NULL;
  GVariant *reply;

  *exit = bounce_ctl_connect (ctl);
  if (*exit != BOUNCE_CTL_DONE)
    return NULL;
  reply =
      g_dbus_connection_call_sync (ctl->connection, BUS_NAME, OBJECT_PATH, INTERFACE, method, sunk,
                                   reply_type != NULL ? G_VARIANT_TYPE (reply_type) : NULL,
                                   G_DBUS_CALL_FLAGS_NO_AUTO_START, G_MAXINT, NULL, &error);
  if (reply == NULL)
    *exit = bounce_ctl_report (ctl, subject, error);
  return reply;
}

/**
 * bounce_ctl_call:
 * @method: of cloud.aurabox.Bounce1
 * @arguments: (nullable): a tuple; floating is taken
 * @reply_type: (nullable): type string of the answer's tuple
 * @exit: (out): %BOUNCE_CTL_DONE, or what to exit with after the reason was printed
 *
 * Calls and waits.
 *
 * Returns: (transfer full) (nullable): the answer
 */
GVariant *
bounce_ctl_call (BounceCtl *ctl,
                 const char *method,
                 GVariant *arguments,
                 const char *reply_type,
                 BounceCtlExit *exit)
{
  return bounce_ctl_call_about (ctl, NULL, method, arguments, reply_type, exit);
}
