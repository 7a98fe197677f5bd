/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* Hosting the service: opening it, the bus, the receiver, and taking all of it down before the
 * process ends. Main thread. */

#include "config.h"

#include "bounce-application-private.h"

#include "bounce-core-error.h"
#include "bounce-log.h"
#include "bounce-paths.h"

/* The drain limit of 30 s for associations, and time for the store to close. */
#define SHUTDOWN_LIMIT_SECONDS 45

static void
published_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GError) error = NULL;

  if (!bounce_service_dbus_publish_finish (BOUNCE_SERVICE_DBUS (source), result, &error))
    bounce_log (BOUNCE_LOG_WARNING, "No bus, so bouncectl cannot reach this service: %s",
                error->message);
}

static void
quit_asked_cb (BounceService *service, gpointer user_data)
{
  bounce_application_close_service (user_data);
}

static void
connect_service (BounceApplication *self)
{
  g_signal_connect_object (self->service, "show-window",
                           G_CALLBACK (bounce_application_show_window), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (self->service, "quit", G_CALLBACK (quit_asked_cb), self, 0);
  self->dbus = bounce_service_dbus_new (self->service, G_BUS_TYPE_SESSION);
  bounce_service_dbus_publish_async (self->dbus, NULL, published_cb, NULL);
}

/* Errors: as bounce_application_open_service() */
static gboolean
try_open (BounceApplication *self, GError **error)
{
  g_autofree char *data_dir = bounce_paths_data_dir ();

  g_clear_object (&self->source);
  self->source = bounce_config_source_open_settings (error);
  if (self->source == NULL || !bounce_application_prepare_trial (self, &data_dir, error))
    return FALSE;
  self->service = bounce_service_open (self->source, data_dir, error);
  return self->service != NULL;
}

/**
 * bounce_application_open_service: (skip)
 *
 * Opens the service and puts it on the bus. Blocks for as long as it takes to open the database.
 *
 * Errors: as bounce_service_open(); %BOUNCE_CORE_ERROR_NOT_FOUND when a settings schema is missing
 * Returns: whether there is a service
 */
gboolean
bounce_application_open_service (BounceApplication *self, GError **error)
{
  g_autoptr (GError) first = NULL;

  if (self->desktop_settings == NULL)
    {
      g_set_error_literal (error, BOUNCE_CORE_ERROR, BOUNCE_CORE_ERROR_NOT_FOUND,
                           "the settings schema cloud.aurabox.Bounce.Desktop is not installed");
      return FALSE;
    }
  if (!try_open (self, &first))
    {
      if (!bounce_application_give_up_trial (self, first))
        {
          g_propagate_error (error, g_steal_pointer (&first));
          return FALSE;
        }
      if (!try_open (self, error))
        return FALSE;
    }
  connect_service (self);
  return TRUE;
}

static void
receiver_started_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (BounceApplication) self = user_data;
  g_autoptr (GError) error = NULL;

  if (!bounce_service_receiver_start_finish (BOUNCE_SERVICE (source), result, &error))
    bounce_application_tell_error (self, NULL, error);
}

static void
receiver_stopped_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (BounceApplication) self = user_data;
  g_autoptr (GError) error = NULL;

  if (!bounce_service_receiver_stop_finish (BOUNCE_SERVICE (source), result, &error))
    bounce_application_tell_error (self, NULL, error);
  else if (self->is_restarting && !self->is_quitting)
    bounce_application_start_receiver (self);
  self->is_restarting = FALSE;
}

/**
 * bounce_application_start_receiver: (skip)
 *
 * A failure is told in the window and by the event that the service keeps.
 */
void
bounce_application_start_receiver (BounceApplication *self)
{
  bounce_service_receiver_start_async (self->service, NULL, receiver_started_cb,
                                       g_object_ref (self));
}

/**
 * bounce_application_stop_receiver: (skip)
 *
 * Lets associations drain; the state follows when they have.
 */
void
bounce_application_stop_receiver (BounceApplication *self)
{
  bounce_service_receiver_stop_async (self->service, NULL, receiver_stopped_cb,
                                      g_object_ref (self));
}

/**
 * bounce_application_restart_receiver: (skip)
 *
 * Stops and starts it, for settings that take effect at its start.
 */
void
bounce_application_restart_receiver (BounceApplication *self)
{
  self->is_restarting = TRUE;
  bounce_application_stop_receiver (self);
}

static void
end_service (BounceApplication *self)
{
  self->is_service_closed = TRUE;
  g_application_quit (G_APPLICATION (self));
}

static gboolean
give_up_stopping_cb (gpointer user_data)
{
  bounce_log (BOUNCE_LOG_ERROR, "Stopping took too long; what was not finished continues at the "
                                "next start");
  end_service (user_data);
  return G_SOURCE_REMOVE;
}

static void
shut_down_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (BounceApplication) self = user_data;
  g_autoptr (GError) error = NULL;

  if (!bounce_service_shutdown_finish (BOUNCE_SERVICE (source), result, &error))
    bounce_log (BOUNCE_LOG_ERROR, "Not everything stopped well: %s", error->message);
  end_service (self);
}

static gboolean
close_cb (gpointer user_data)
{
  BounceApplication *self = user_data;

  if (self->window != NULL)
    gtk_window_destroy (GTK_WINDOW (self->window));
  if (self->preferences != NULL)
    gtk_window_destroy (self->preferences);
  if (self->service == NULL)
    {
      end_service (self);
      return G_SOURCE_REMOVE;
    }
  bounce_service_dbus_withdraw (self->dbus);
  g_timeout_add_seconds (SHUTDOWN_LIMIT_SECONDS, give_up_stopping_cb, self);
  bounce_service_shutdown_async (self->service, shut_down_cb, g_object_ref (self));
  return G_SOURCE_REMOVE;
}

/**
 * bounce_application_close_service: (skip)
 *
 * Stops the service in bounded time, then the application. May be called more than once.
 *
 * The windows go in a turn of the main loop of their own: a dialog whose answer is being handled
 * looks at its parent once more afterwards (GTK 4.8).
 */
void
bounce_application_close_service (BounceApplication *self)
{
  if (self->is_quitting)
    return;
  self->is_quitting = TRUE;
  if (self->window != NULL)
    gtk_widget_set_visible (GTK_WIDGET (self->window), FALSE);
  g_idle_add_full (G_PRIORITY_DEFAULT, close_cb, g_object_ref (self), g_object_unref);
}

/**
 * bounce_application_await_closed: (skip)
 *
 * Stops the service if nobody did, and returns once it has stopped. For the end of the process,
 * whoever brought it about: the main loop that would wait is over.
 */
void
bounce_application_await_closed (BounceApplication *self)
{
  bounce_application_close_service (self);
  while (!self->is_service_closed)
    g_main_context_iteration (NULL, TRUE);
}
