/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* The application in its login session and on its machine: what ends it, what keeps the machine
 * awake.
 *
 * SIGTERM, SIGINT and a machine that shuts down stop the service in its order and end the process
 * with 0; a second signal ends it at once, which loses nothing either: what was answered with
 * Success is on disk. A session manager ends the main loop by itself (GTK's doing); then the
 * application's shutdown waits for the service. While studies are being uploaded the machine is
 * asked not to suspend by itself. A bus that goes away ends nothing.
 *
 * Main thread. */

#include "config.h"

#include "bounce-application-private.h"

#include <glib-unix.h>
#include <glib/gi18n.h>

#include <signal.h>

/* Also in the middle of a restart, which does not come about then. */
static void
stop_for_good (BounceApplication *self)
{
  self->is_restart_wanted = FALSE;
  bounce_application_close_service (self);
}

static gboolean
signal_cb (gpointer user_data)
{
  bounce_application_leave_session (user_data);
  stop_for_good (user_data);
  /* Removed by then. */
  return G_SOURCE_CONTINUE;
}

/**
 * bounce_application_join_session: (skip)
 *
 * Takes the signals that end the process, and outlives the bus. Before the main loop.
 */
void
bounce_application_join_session (BounceApplication *self)
{
  GDBusConnection *bus = g_application_get_dbus_connection (G_APPLICATION (self));

  if (bus != NULL)
    g_dbus_connection_set_exit_on_close (bus, FALSE);
  self->term_source = g_unix_signal_add (SIGTERM, signal_cb, self);
  self->int_source = g_unix_signal_add (SIGINT, signal_cb, self);
}

/**
 * bounce_application_leave_session: (skip)
 *
 * Gives the signals back: the next one ends the process at once.
 */
void
bounce_application_leave_session (BounceApplication *self)
{
  g_clear_handle_id (&self->term_source, g_source_remove);
  g_clear_handle_id (&self->int_source, g_source_remove);
}

/* The session manager is asked first: it tells the user why, and knows what an idle desktop is. */
static void
keep_awake (BounceApplication *self)
{
  const char *reason = _ ("Studies are being uploaded to Aurabox");

  self->suspend_cookie = gtk_application_inhibit (GTK_APPLICATION (self), GTK_WINDOW (self->window),
                                                  GTK_APPLICATION_INHIBIT_SUSPEND, reason);
  if (self->suspend_cookie == 0)
    bounce_system_watch_keep_awake (self->watch, reason);
}

static void
let_sleep (BounceApplication *self)
{
  bounce_system_watch_let_sleep (self->watch);
  if (self->suspend_cookie != 0)
    gtk_application_uninhibit (GTK_APPLICATION (self), self->suspend_cookie);
  self->suspend_cookie = 0;
}

static void
uploading_changed_cb (BounceApplication *self)
{
  gboolean is_uploading = bounce_status_summary_get_counts (self->summary)->uploading > 0;

  if (is_uploading == self->is_kept_awake)
    return;
  self->is_kept_awake = is_uploading;
  if (is_uploading)
    keep_awake (self);
  else
    let_sleep (self);
}

/**
 * bounce_application_watch_session: (skip)
 *
 * Once there is a service: follows the network and the power of the machine.
 */
void
bounce_application_watch_session (BounceApplication *self)
{
  self->watch = bounce_system_watch_new (self->service, NULL);
  g_signal_connect_object (self->watch, "shutting-down", G_CALLBACK (stop_for_good), self,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (self->summary, "notify::n-uploading", G_CALLBACK (uploading_changed_cb),
                           self, G_CONNECT_SWAPPED);
}
