/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* Starting again, for what takes effect at the start: the service stops in its order, the main loop
 * ends, and the same process becomes a new bounce. Nothing is handed over but the settings. Main
 * thread. */

#include "config.h"

#include "bounce-application-private.h"

#include "bounce-log.h"

#include <errno.h>
#include <sys/wait.h>
#include <unistd.h>

#define SELF_PATH "/proc/self/exe"
/* Children were told to end; those that take longer end later. */
#define CHILDREN_LIMIT_US (2 * G_USEC_PER_SEC)
#define CHILDREN_POLL_US  (5 * G_TIME_SPAN_MILLISECOND)

/**
 * bounce_application_restart:
 *
 * Stops the service in bounded time, then starts the application again, with its window.
 *
 * Thread: main
 */
void
bounce_application_restart (BounceApplication *self)
{
  g_return_if_fail (BOUNCE_IS_APPLICATION (self));

  self->is_restart_wanted = TRUE;
  bounce_application_close_service (self);
}

/**
 * bounce_application_is_restart_wanted:
 *
 * Returns: whether the process is to go on with bounce_application_execute() after its main loop
 */
gboolean
bounce_application_is_restart_wanted (BounceApplication *self)
{
  g_return_val_if_fail (BOUNCE_IS_APPLICATION (self), FALSE);

  return self->is_restart_wanted;
}

/* The new process would find our name taken, and hand itself over to us. */
static void
release_name (void)
{
  g_autoptr (GDBusConnection) bus = g_bus_get_sync (G_BUS_TYPE_SESSION, NULL, NULL);
  g_autoptr (GVariant) reply = NULL;

  if (bus != NULL)
    reply = g_dbus_connection_call_sync (
        bus, "org.freedesktop.DBus", "/org/freedesktop/DBus", "org.freedesktop.DBus", "ReleaseName",
        g_variant_new ("(s)", BOUNCE_APPLICATION_ID), NULL, G_DBUS_CALL_FLAGS_NONE, -1, NULL, NULL);
}

/* The new process does not know of them, and would leave them as zombies. */
static void
reap_children (void)
{
  gint64 deadline_us = g_get_monotonic_time () + CHILDREN_LIMIT_US;
  pid_t pid;

  while ((pid = waitpid (-1, NULL, WNOHANG)) >= 0 && g_get_monotonic_time () < deadline_us)
    {
      if (pid == 0)
        g_usleep (CHILDREN_POLL_US);
    }
}

/**
 * bounce_application_execute:
 * @name: the first argument of this process
 *
 * Makes this process a new bounce. After the main loop, as the last thing.
 *
 * Thread: main
 * Returns: only when that was not possible
 */
void
bounce_application_execute (const char *name)
{
  g_autofree char *path = g_file_read_link (SELF_PATH, NULL);
  char *arguments[] = { (char *) name, NULL };

  release_name ();
  reap_children ();
  /* A program that was replaced by an update has no name any more, but can still be run. */
  execv (path != NULL && access (path, X_OK) == 0 ? path : SELF_PATH, arguments);
  g_printerr ("bounce: cannot start again: %s\n", g_strerror (errno));
}
