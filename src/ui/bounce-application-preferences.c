/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* The settings window and the reset dialog: one of each at most, with or without the main window,
 * since the tray opens them too. Main thread. */

#include "config.h"

#include "bounce-application-private.h"

#include "bounce-preferences.h"
#include "bounce-reset-dialog.h"

#include <glib/gi18n.h>

/* Only a window that is seen can have another in front of it. */
static GtkWindow *
find_parent (BounceApplication *self)
{
  if (self->preferences != NULL)
    return self->preferences;
  if (self->window != NULL && gtk_widget_get_visible (GTK_WIDGET (self->window)))
    return GTK_WINDOW (self->window);
  return NULL;
}

static void
preferences_destroyed_cb (BounceApplication *self)
{
  self->preferences = NULL;
}

/**
 * bounce_application_show_preferences: (skip)
 * @place: (nullable): as for bounce_preferences_show_place()
 *
 * Brings the settings window to the front.
 */
void
bounce_application_show_preferences (BounceApplication *self, const char *place)
{
  if (self->is_quitting || self->service == NULL)
    return;
  if (self->preferences == NULL)
    {
      GtkWindow *parent = find_parent (self);

      self->preferences = GTK_WINDOW (
          bounce_preferences_new (self->service, self->summary, self->desktop_settings));
      gtk_window_set_application (self->preferences, GTK_APPLICATION (self));
      gtk_window_set_transient_for (self->preferences, parent);
      g_signal_connect_object (self->preferences, "destroy", G_CALLBACK (preferences_destroyed_cb),
                               self, G_CONNECT_SWAPPED);
    }
  /* In this order: GTK 4.8 hides a window from screen readers when the focus was there first. */
  gtk_window_present (self->preferences);
  if (place != NULL)
    bounce_preferences_show_place (BOUNCE_PREFERENCES (self->preferences), place);
}

/* Where the person is who gave the command. */
static void
tell_here (BounceApplication *self, const char *text)
{
  if (self->preferences != NULL)
    adw_preferences_window_add_toast (ADW_PREFERENCES_WINDOW (self->preferences),
                                      adw_toast_new (text));
  else
    bounce_application_tell (self, text);
}

static void
enable_reset (BounceApplication *self, gboolean is_enabled)
{
  GAction *action = g_action_map_lookup_action (G_ACTION_MAP (self), "reset");

  g_simple_action_set_enabled (G_SIMPLE_ACTION (action), is_enabled);
}

static void
reset_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (BounceApplication) self = user_data;
  g_autoptr (GError) error = NULL;

  enable_reset (self, TRUE);
  if (bounce_service_reset_app_finish (BOUNCE_SERVICE (source), result, &error))
    tell_here (self, _ ("Bounce was reset"));
  else
    bounce_application_tell_error (self, _ ("Not everything could be removed"), error);
}

static void
reset_answered_cb (BounceApplication *self, const char *response)
{
  if (!g_str_equal (response, "reset") || self->service == NULL || self->is_quitting)
    return;
  enable_reset (self, FALSE); /* it may take a while */
  tell_here (self, _ ("Removing all studies…"));
  bounce_service_reset_app_async (self->service, NULL, reset_cb, g_object_ref (self));
}

static void
reset_dialog_destroyed_cb (BounceApplication *self)
{
  self->reset_dialog = NULL;
}

/**
 * bounce_application_ask_reset: (skip)
 *
 * Removes everything, after a question.
 */
void
bounce_application_ask_reset (BounceApplication *self)
{
  if (self->is_quitting || self->service == NULL)
    return;
  if (self->reset_dialog == NULL)
    {
      self->reset_dialog = GTK_WINDOW (bounce_reset_dialog_new (find_parent (self), self->service));
      gtk_window_set_application (self->reset_dialog, GTK_APPLICATION (self));
      g_signal_connect_object (self->reset_dialog, "response", G_CALLBACK (reset_answered_cb), self,
                               G_CONNECT_SWAPPED);
      g_signal_connect_object (self->reset_dialog, "destroy",
                               G_CALLBACK (reset_dialog_destroyed_cb), self, G_CONNECT_SWAPPED);
    }
  gtk_window_present (self->reset_dialog);
}
