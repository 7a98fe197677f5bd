/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* See the header. Main thread. */

#include "config.h"

#include "bounce-preferences-general.h"

#include "bounce-autostart.h"
#include "bounce-preferences-switch.h"

#include <glib/gi18n.h>

struct _BouncePreferencesGeneral
{
  AdwPreferencesPage parent_instance;

  BouncePreferencesSwitch *autostart_row;
  BouncePreferencesSwitch *start_receiver_row;
  BouncePreferencesSwitch *notify_problems_row;
  BouncePreferencesSwitch *notify_delivered_row;

  BounceAutostart *autostart; /* (owned) (nullable) */
};

G_DEFINE_FINAL_TYPE (BouncePreferencesGeneral,
                     bounce_preferences_general,
                     ADW_TYPE_PREFERENCES_PAGE)

/* The switch follows what is so; a wish that failed springs back and says why. */
static void
show_autostart (BouncePreferencesGeneral *self)
{
  g_object_set (self->autostart_row, "active", bounce_autostart_is_enabled (self->autostart), NULL);
}

static void
autostart_set_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (BouncePreferencesGeneral) self = user_data;
  g_autoptr (GError) error = NULL;
  g_autofree char *problem = NULL;

  if (bounce_autostart_set_finish (BOUNCE_AUTOSTART (source), result, &error)
      || self->autostart == NULL)
    return;
  problem = g_strdup_printf (_ ("This could not be kept: %s"), error->message);
  adw_action_row_set_subtitle (ADW_ACTION_ROW (self->autostart_row), problem);
  show_autostart (self);
}

static void
autostart_wanted_cb (BouncePreferencesGeneral *self)
{
  gboolean is_wanted;

  g_object_get (self->autostart_row, "active", &is_wanted, NULL);
  if (is_wanted != bounce_autostart_is_enabled (self->autostart))
    bounce_autostart_set_async (self->autostart, is_wanted, NULL, autostart_set_cb,
                                g_object_ref (self));
}

static void
bounce_preferences_general_dispose (GObject *object)
{
  g_clear_object (&BOUNCE_PREFERENCES_GENERAL (object)->autostart);
  G_OBJECT_CLASS (bounce_preferences_general_parent_class)->dispose (object);
}

static void
bounce_preferences_general_class_init (BouncePreferencesGeneralClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = bounce_preferences_general_dispose;
  g_type_ensure (BOUNCE_TYPE_PREFERENCES_SWITCH);
  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/cloud/aurabox/Bounce/ui/preferences-general.ui");
  gtk_widget_class_bind_template_child (widget_class, BouncePreferencesGeneral, autostart_row);
  gtk_widget_class_bind_template_child (widget_class, BouncePreferencesGeneral, start_receiver_row);
  gtk_widget_class_bind_template_child (widget_class, BouncePreferencesGeneral,
                                        notify_problems_row);
  gtk_widget_class_bind_template_child (widget_class, BouncePreferencesGeneral,
                                        notify_delivered_row);
}

static void
bounce_preferences_general_init (BouncePreferencesGeneral *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
}

/**
 * bounce_preferences_general_set_settings:
 * @settings: those of the window
 *
 * Shows and changes @settings and the autostart from here on. Once only.
 *
 * Thread: main
 */
void
bounce_preferences_general_set_settings (BouncePreferencesGeneral *self, GSettings *settings)
{
  g_return_if_fail (BOUNCE_IS_PREFERENCES_GENERAL (self));
  g_return_if_fail (self->autostart == NULL);

  bounce_preferences_switch_set_settings (self->start_receiver_row, settings);
  bounce_preferences_switch_set_settings (self->notify_problems_row, settings);
  bounce_preferences_switch_set_settings (self->notify_delivered_row, settings);
  self->autostart = bounce_autostart_new (settings);
  g_signal_connect_object (self->autostart, "notify::enabled", G_CALLBACK (show_autostart), self,
                           G_CONNECT_SWAPPED);
  show_autostart (self);
  g_signal_connect_object (self->autostart_row, "notify::active", G_CALLBACK (autostart_wanted_cb),
                           self, G_CONNECT_SWAPPED);
}
