/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* What the application has outside its window: the tray and the notifications. They live as long
 * as the application, which only learns by tray-present whether closing may hide the window. Main
 * thread. */

#include "config.h"

#include "bounce-application-tray.h"

#include "bounce-notifications.h"
#include "bounce-tray-status.h"
#include "bounce-tray-supervisor.h"

static void
keep (BounceApplication *self, const char *name, gpointer object)
{
  g_object_set_data_full (G_OBJECT (self), name, object, g_object_unref);
}

static void
window_active_cb (GtkApplication *application,
                  GParamSpec *pspec,
                  BounceNotifications *notifications)
{
  if (gtk_application_get_active_window (application) != NULL)
    bounce_notifications_seen (notifications);
}

static void
start_icon (BounceApplication *self)
{
  GApplication *application = G_APPLICATION (self);
  GDBusConnection *connection = g_application_get_dbus_connection (application);
  BounceTraySupervisor *supervisor;

  if (connection == NULL)
    return;
  supervisor = bounce_tray_supervisor_new (connection,
                                           g_application_get_dbus_object_path (application), NULL);
  g_object_bind_property (supervisor, "is-available", self, "tray-present", G_BINDING_SYNC_CREATE);
  g_signal_connect_object (self, "shutdown", G_CALLBACK (bounce_tray_supervisor_stop), supervisor,
                           G_CONNECT_SWAPPED);
  keep (self, "bounce-tray-supervisor", supervisor);
}

/**
 * bounce_application_start_tray:
 *
 * Puts the icon up where there is a tray, and tells the desktop what happens. Once, after the
 * service was opened.
 *
 * Thread: main
 */
void
bounce_application_start_tray (BounceApplication *self)
{
  BounceService *service;
  BounceNotifications *notifications;
  GAction *action;

  g_return_if_fail (BOUNCE_IS_APPLICATION (self));

  service = bounce_application_get_service (self);
  g_return_if_fail (service != NULL);

  action = g_action_map_lookup_action (G_ACTION_MAP (self), "tray-status");
  keep (self, "bounce-tray-status",
        bounce_tray_status_new (service, G_SIMPLE_ACTION (action),
                                bounce_application_get_trial (self) != NULL));
  notifications = bounce_notifications_new (G_APPLICATION (self), service,
                                            bounce_application_get_desktop_settings (self));
  g_signal_connect_object (self, "notify::active-window", G_CALLBACK (window_active_cb),
                           notifications, G_CONNECT_DEFAULT);
  keep (self, "bounce-notifications", notifications);
  start_icon (self);
}
