/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* Hosting the service: opening it with a clear word when that is not possible, the bus, the
 * receiver, and taking all of it down before the process ends. Main thread. */

#include "config.h"

#include "bounce-application-private.h"

#include "bounce-log.h"
#include "bounce-paths.h"

#include <glib/gi18n.h>

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

static gboolean
open_service (BounceApplication *self, GError **error)
{
  g_autofree char *data_dir = bounce_paths_data_dir ();

  self->source = bounce_config_source_open_settings (error);
  if (self->source == NULL)
    return FALSE;
  self->service = bounce_service_open (self->source, data_dir, error);
  return self->service != NULL;
}

/**
 * bounce_application_open_service: (skip)
 *
 * Opens the service or keeps the reason why not in open_error. Blocks: before the main loop.
 */
void
bounce_application_open_service (BounceApplication *self)
{
  if (self->desktop_settings == NULL)
    {
      self->open_error = g_error_new (BOUNCE_SERVICE_ERROR, BOUNCE_SERVICE_ERROR_FAILED, "%s",
                                      _ ("the settings schema is not installed"));
      return;
    }
  if (!open_service (self, &self->open_error))
    {
      bounce_log (BOUNCE_LOG_ERROR, "%s", self->open_error->message);
      return;
    }
  g_signal_connect_object (self->service, "show-window",
                           G_CALLBACK (bounce_application_show_window), self, G_CONNECT_SWAPPED);
  self->dbus = bounce_service_dbus_new (self->service, G_BUS_TYPE_SESSION);
  bounce_service_dbus_publish_async (self->dbus, NULL, published_cb, NULL);
}

static const char *
get_not_open_heading (const GError *error)
{
  if (g_error_matches (error, BOUNCE_SERVICE_ERROR, BOUNCE_SERVICE_ERROR_LOCKED))
    return _ ("Bounce Is Already Running Elsewhere");
  if (g_error_matches (error, BOUNCE_SERVICE_ERROR, BOUNCE_SERVICE_ERROR_NOT_MOUNTED))
    return _ ("The Storage of the Studies Is Missing");
  return _ ("Bounce Cannot Start");
}

static const char *
get_not_open_advice (const GError *error)
{
  if (g_error_matches (error, BOUNCE_SERVICE_ERROR, BOUNCE_SERVICE_ERROR_LOCKED))
    return _ ("Only one program at a time can keep the studies. Stop the other one, or use "
              "bouncectl to work with it.");
  if (g_error_matches (error, BOUNCE_SERVICE_ERROR, BOUNCE_SERVICE_ERROR_NOT_MOUNTED))
    return _ ("The disk that holds the studies is probably not connected. Connect it and start "
              "Bounce again. Nothing was changed.");
  return _ ("Nothing was changed. The log may say more.");
}

/**
 * bounce_application_tell_not_open: (skip)
 *
 * A dialog with the reason why there is no service; the application ends when it is closed.
 */
void
bounce_application_tell_not_open (BounceApplication *self)
{
  const GError *error = self->open_error;
  g_autofree char *body = NULL;
  GtkWidget *dialog;

  g_return_if_fail (error != NULL);

  body = g_strdup_printf ("%s\n\n%s", get_not_open_advice (error), error->message);
  dialog = adw_message_dialog_new (NULL, get_not_open_heading (error), body);
  adw_message_dialog_add_response (ADW_MESSAGE_DIALOG (dialog), "close", _ ("_Close"));
  gtk_window_set_application (GTK_WINDOW (dialog), GTK_APPLICATION (self));
  gtk_window_present (GTK_WINDOW (dialog));
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

static gboolean
give_up_stopping_cb (gpointer user_data)
{
  bounce_log (BOUNCE_LOG_ERROR, "Stopping took too long; what was not finished continues at the "
                                "next start");
  g_application_quit (G_APPLICATION (user_data));
  return G_SOURCE_REMOVE;
}

static void
shut_down_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (BounceApplication) self = user_data;
  g_autoptr (GError) error = NULL;

  if (!bounce_service_shutdown_finish (BOUNCE_SERVICE (source), result, &error))
    bounce_log (BOUNCE_LOG_ERROR, "Not everything stopped well: %s", error->message);
  g_application_quit (G_APPLICATION (self));
}

/**
 * bounce_application_close_service: (skip)
 *
 * Stops the service in bounded time, then the application.
 */
void
bounce_application_close_service (BounceApplication *self)
{
  if (self->is_quitting)
    return;
  self->is_quitting = TRUE;
  if (self->window != NULL)
    gtk_window_destroy (GTK_WINDOW (self->window));
  if (self->service == NULL)
    {
      g_application_quit (G_APPLICATION (self));
      return;
    }
  bounce_service_dbus_withdraw (self->dbus);
  g_timeout_add_seconds (SHUTDOWN_LIMIT_SECONDS, give_up_stopping_cb, self);
  bounce_service_shutdown_async (self->service, shut_down_cb, g_object_ref (self));
}
