/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* When the service cannot be opened: says why, and goes on once it can be.
 *
 * Another program may have the studies, bounced as a rule. If it is on our bus it can be asked to
 * end; its locks are free when its process is gone, so opening is tried until then. Everything else
 * is for a person to see to, and to try again.
 *
 * Main thread. */

#include "config.h"

#include "bounce-application-private.h"

#include "bounce-core-error.h"
#include "bounce-log.h"
#include "bounce-problem-window.h"

#include <glib/gi18n.h>

#define BUS_INTERFACE "cloud.aurabox.Bounce1"

/* The other one drains associations for 30 s at most, and closes its store. */
#define STOP_LIMIT_US    (60 * G_USEC_PER_SEC)
#define STOP_INTERVAL_MS 300

typedef struct
{
  const char *title, *advice;
  BounceRemedy remedy;
} Problem;

static Problem
describe_locked (gboolean is_reachable)
{
  if (is_reachable)
    return (Problem){ N_ ("Bounce Is Already Running"),
                      N_ ("Another program of Bounce has the studies, probably the service without "
                          "a window (bounced). Only one can have them at a time.\n\nIf you stop "
                          "it, what it is receiving may finish, and its uploads continue here."),
                      BOUNCE_REMEDY_STOP_OTHER };
  return (Problem){ N_ ("Bounce Is Already Running"),
                    N_ ("Another program of Bounce has the studies, and it cannot be reached from "
                        "here: it may belong to another login or to the system. Only one can have "
                        "them at a time. Stop it there, then try again."),
                    BOUNCE_REMEDY_TRY_AGAIN };
}

static Problem
describe_problem (const GError *error, gboolean is_reachable)
{
  if (g_error_matches (error, BOUNCE_SERVICE_ERROR, BOUNCE_SERVICE_ERROR_LOCKED))
    return describe_locked (is_reachable);
  if (g_error_matches (error, BOUNCE_SERVICE_ERROR, BOUNCE_SERVICE_ERROR_NOT_MOUNTED))
    return (Problem){ N_ ("The Storage of the Studies Is Missing"),
                      N_ ("The disk that holds the studies is probably not connected. Connect it, "
                          "then try again. Nothing was changed."),
                      BOUNCE_REMEDY_TRY_AGAIN };
  if (g_error_matches (error, BOUNCE_CORE_ERROR, BOUNCE_CORE_ERROR_NOT_FOUND))
    return (Problem){ N_ ("Bounce Is Not Fully Installed"),
                      N_ ("The description of its settings is missing. Installing Bounce again "
                          "puts this right. Nothing was changed."),
                      BOUNCE_REMEDY_NONE };
  return (Problem){ N_ ("Bounce Cannot Start"),
                    N_ ("Nothing was changed. The details say what is in the way."),
                    BOUNCE_REMEDY_TRY_AGAIN };
}

static void
tell_problem (BounceApplication *self, gboolean is_reachable)
{
  Problem problem = describe_problem (self->open_error, is_reachable);

  if (self->problem_window != NULL)
    bounce_problem_window_tell (BOUNCE_PROBLEM_WINDOW (self->problem_window), _ (problem.title),
                                _ (problem.advice), self->open_error->message, problem.remedy);
}

static void
owner_asked_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (BounceApplication) self = user_data;
  g_autoptr (GVariant) reply =
      g_dbus_connection_call_finish (G_DBUS_CONNECTION (source), result, NULL);
  gboolean is_reachable = FALSE;

  if (reply != NULL)
    g_variant_get (reply, "(b)", &is_reachable);
  if (self->service == NULL)
    tell_problem (self, is_reachable);
}

/* Whether the one that has the locks can be asked to end. */
static void
ask_for_owner (BounceApplication *self)
{
  GDBusConnection *bus = g_application_get_dbus_connection (G_APPLICATION (self));

  if (bus != NULL)
    g_dbus_connection_call (bus, "org.freedesktop.DBus", "/org/freedesktop/DBus",
                            "org.freedesktop.DBus", "NameHasOwner",
                            g_variant_new ("(s)", BOUNCE_SERVICE_BUS_NAME), G_VARIANT_TYPE ("(b)"),
                            G_DBUS_CALL_FLAGS_NONE, -1, NULL, owner_asked_cb, g_object_ref (self));
}

static gboolean
try_again (BounceApplication *self)
{
  g_clear_error (&self->open_error);
  if (!bounce_application_open_service (self, &self->open_error))
    return FALSE;
  bounce_application_serve (self);
  gtk_window_destroy (self->problem_window);
  bounce_application_show_window (self);
  return TRUE;
}

static void
try_again_cb (BounceApplication *self)
{
  if (try_again (self))
    return;
  bounce_log (BOUNCE_LOG_ERROR, "%s", self->open_error->message);
  bounce_application_tell_not_open (self);
}

typedef struct
{
  BounceApplication *self; /* (owned) */
  gint64 deadline_us;
} Stopping;

static void
free_stopping (gpointer data)
{
  Stopping *stopping = data;

  g_object_unref (stopping->self);
  g_free (stopping);
}

static gboolean
try_until_stopped_cb (gpointer user_data)
{
  Stopping *stopping = user_data;
  BounceApplication *self = stopping->self;

  if (self->is_quitting || try_again (self))
    return G_SOURCE_REMOVE;
  if (g_error_matches (self->open_error, BOUNCE_SERVICE_ERROR, BOUNCE_SERVICE_ERROR_LOCKED)
      && g_get_monotonic_time () < stopping->deadline_us)
    return G_SOURCE_CONTINUE;
  bounce_application_tell_not_open (self);
  return G_SOURCE_REMOVE;
}

/* Also after an error: the other one may have ended by itself meanwhile. */
static void
stop_asked_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Stopping *stopping = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (GVariant) reply =
      g_dbus_connection_call_finish (G_DBUS_CONNECTION (source), result, &error);

  stopping->deadline_us = g_get_monotonic_time ();
  if (reply != NULL)
    stopping->deadline_us += STOP_LIMIT_US;
  else
    bounce_log (BOUNCE_LOG_WARNING, "The other service cannot be stopped: %s", error->message);
  g_timeout_add_full (G_PRIORITY_DEFAULT, STOP_INTERVAL_MS, try_until_stopped_cb, stopping,
                      free_stopping);
}

static void
stop_other_cb (BounceApplication *self)
{
  GDBusConnection *bus = g_application_get_dbus_connection (G_APPLICATION (self));
  Stopping *stopping = g_new0 (Stopping, 1);

  stopping->self = g_object_ref (self);
  bounce_problem_window_wait (BOUNCE_PROBLEM_WINDOW (self->problem_window),
                              _ ("Waiting for the Other Bounce to Stop"),
                              _ ("What it is receiving may finish first. This can take half a "
                                 "minute."));
  g_dbus_connection_call (bus, BOUNCE_SERVICE_BUS_NAME, BOUNCE_SERVICE_OBJECT_PATH, BUS_INTERFACE,
                          "Quit", NULL, NULL, G_DBUS_CALL_FLAGS_NO_AUTO_START, -1, NULL,
                          stop_asked_cb, stopping);
}

static void
window_destroyed_cb (BounceApplication *self)
{
  self->problem_window = NULL;
}

static void
open_window (BounceApplication *self)
{
  static const struct
  {
    const char *signal;
    GCallback callback;
  } signals[] = {
    { "try-again", G_CALLBACK (try_again_cb) },
    { "stop-other", G_CALLBACK (stop_other_cb) },
    { "quit", G_CALLBACK (bounce_application_close_service) },
    { "destroy", G_CALLBACK (window_destroyed_cb) },
  };

  self->problem_window = bounce_problem_window_new (GTK_APPLICATION (self));
  for (guint i = 0; i < G_N_ELEMENTS (signals); i++)
    g_signal_connect_object (self->problem_window, signals[i].signal, signals[i].callback, self,
                             G_CONNECT_SWAPPED);
}

/**
 * bounce_application_tell_not_open: (skip)
 *
 * A window with the reason why there is no service, and what can be done about it.
 */
void
bounce_application_tell_not_open (BounceApplication *self)
{
  g_return_if_fail (self->open_error != NULL);

  if (self->problem_window == NULL)
    open_window (self);
  tell_problem (self, FALSE);
  if (g_error_matches (self->open_error, BOUNCE_SERVICE_ERROR, BOUNCE_SERVICE_ERROR_LOCKED))
    ask_for_owner (self);
  gtk_window_present (self->problem_window);
}
