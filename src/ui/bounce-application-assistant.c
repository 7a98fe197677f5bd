/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* When the first-run assistant comes: by itself with the first window of a run, as long as there is
 * no API key and nobody has finished it or put it off; and whenever somebody asks for it. Whether
 * there is a key is only known when the keyring has answered. Main thread. */

#include "config.h"

#include "bounce-application-private.h"

#include "bounce-assistant.h"

static void
assistant_destroyed_cb (BounceApplication *self)
{
  self->assistant = NULL;
}

/**
 * bounce_application_show_assistant: (skip)
 *
 * Brings the assistant to the front.
 */
void
bounce_application_show_assistant (BounceApplication *self)
{
  if (self->service == NULL || self->trial != NULL || self->is_quitting)
    return;
  if (self->assistant == NULL)
    {
      self->assistant = GTK_WINDOW (bounce_assistant_new (self->service, self->desktop_settings));
      gtk_window_set_application (self->assistant, GTK_APPLICATION (self));
      g_signal_connect_object (self->assistant, "destroy", G_CALLBACK (assistant_destroyed_cb),
                               self, G_CONNECT_SWAPPED);
    }
  if (self->window != NULL)
    {
      gtk_window_set_transient_for (self->assistant, GTK_WINDOW (self->window));
      gtk_window_set_modal (self->assistant, TRUE);
    }
  gtk_window_present (self->assistant);
}

static void
offer (BounceApplication *self)
{
  if (self->is_assistant_offered || self->window == NULL
      || bounce_config_source_is_key_pending (self->source))
    return;
  self->is_assistant_offered = TRUE;
  if (bounce_config_get_api_key (bounce_config_source_get_config (self->source)) == NULL
      && !g_settings_get_boolean (self->desktop_settings, "first-run-done"))
    bounce_application_show_assistant (self);
}

/**
 * bounce_application_offer_assistant: (skip)
 *
 * The window is there: shows the assistant if this is the time for it, once in a run.
 */
void
bounce_application_offer_assistant (BounceApplication *self)
{
  if (self->is_assistant_offered || self->trial != NULL)
    return;
  g_signal_handlers_disconnect_by_func (self->source, offer, self);
  g_signal_connect_object (self->source, "notify::key-pending", G_CALLBACK (offer), self,
                           G_CONNECT_SWAPPED);
  offer (self);
}

static void
activate_assistant_cb (GSimpleAction *action, GVariant *parameter, gpointer user_data)
{
  bounce_application_show_window (user_data);
  bounce_application_show_assistant (user_data);
}

/**
 * bounce_application_add_assistant_action: (skip)
 *
 * Adds "assistant". Once the service is open.
 */
void
bounce_application_add_assistant_action (BounceApplication *self)
{
  static const GActionEntry entry = { .name = "assistant", .activate = activate_assistant_cb };

  if (self->trial == NULL)
    g_action_map_add_action_entries (G_ACTION_MAP (self), &entry, 1, self);
}
