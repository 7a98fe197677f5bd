/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* See the header. What could not be kept springs back. Main thread. */

#include "config.h"

#include "bounce-preferences-switch.h"

#include "bounce-preferences-lock.h"

#include "bounce-setting.h"

#include <glib/gi18n.h>

struct _BouncePreferencesSwitch
{
  AdwActionRow parent_instance;

  GtkSwitch *control;
  GtkImage *lock_icon;

  BounceService *service; /* (owned) (nullable) */
  char *key;              /* (owned) (nullable) */
  char *hint;             /* (owned) (nullable) the subtitle it was made with */
};

G_DEFINE_FINAL_TYPE (BouncePreferencesSwitch, bounce_preferences_switch, ADW_TYPE_ACTION_ROW)

enum
{
  PROP_0,
  PROP_KEY,
  PROP_ACTIVE,
  N_PROPS,
};

static GParamSpec *properties[N_PROPS];

/* reason: (nullable) why it cannot be changed */
static void
show_lock (BouncePreferencesSwitch *self, const char *reason)
{
  g_autofree char *words = NULL;

  if (self->hint == NULL)
    self->hint = g_strdup (adw_action_row_get_subtitle (ADW_ACTION_ROW (self)));
  words = bounce_preferences_lock_words (self->hint, reason);
  adw_action_row_set_subtitle (ADW_ACTION_ROW (self), words);
  gtk_widget_set_visible (GTK_WIDGET (self->lock_icon), reason != NULL);
  gtk_widget_set_sensitive (GTK_WIDGET (self->control), reason == NULL);
}

static gboolean
get_value (BouncePreferencesSwitch *self)
{
  g_autofree char *text =
      bounce_setting_dup_text (bounce_service_get_config (self->service), self->key);

  return g_str_equal (text, "yes");
}

static void
show_value (BouncePreferencesSwitch *self)
{
  gtk_switch_set_active (self->control, get_value (self));
  show_lock (self, bounce_preferences_lock_reason (self->service, self->key));
}

static void
value_kept_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (BouncePreferencesSwitch) self = user_data;
  g_autoptr (GError) error = NULL;
  g_autofree char *problem = NULL;

  if (bounce_service_set_config_finish (BOUNCE_SERVICE (source), result, NULL, &error)
      || self->service == NULL)
    return;
  show_value (self);
  problem = g_strdup_printf (_ ("This could not be kept: %s"), error->message);
  adw_action_row_set_subtitle (ADW_ACTION_ROW (self), problem);
}

static void
active_changed_cb (BouncePreferencesSwitch *self)
{
  gboolean is_active = gtk_switch_get_active (self->control);

  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_ACTIVE]);
  if (self->service != NULL && is_active != get_value (self))
    bounce_service_set_config_async (self->service, self->key, is_active ? "yes" : "no", NULL,
                                     value_kept_cb, g_object_ref (self));
}

/* The row itself gives the control its name, not what is said below it. */
static void
describe_control (BouncePreferencesSwitch *self)
{
  gtk_accessible_update_property (GTK_ACCESSIBLE (self->control),
                                  GTK_ACCESSIBLE_PROPERTY_DESCRIPTION,
                                  adw_action_row_get_subtitle (ADW_ACTION_ROW (self)), -1);
}

static void
bounce_preferences_switch_get_property (GObject *object, guint id, GValue *value, GParamSpec *pspec)
{
  BouncePreferencesSwitch *self = BOUNCE_PREFERENCES_SWITCH (object);

  if (id == PROP_KEY)
    g_value_set_string (value, self->key);
  else if (id == PROP_ACTIVE)
    g_value_set_boolean (value, gtk_switch_get_active (self->control));
  else
    G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
}

static void
bounce_preferences_switch_set_property (GObject *object,
                                        guint id,
                                        const GValue *value,
                                        GParamSpec *pspec)
{
  BouncePreferencesSwitch *self = BOUNCE_PREFERENCES_SWITCH (object);

  if (id == PROP_KEY)
    self->key = g_value_dup_string (value);
  else if (id == PROP_ACTIVE)
    gtk_switch_set_active (self->control, g_value_get_boolean (value));
  else
    G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
}

static void
bounce_preferences_switch_dispose (GObject *object)
{
  BouncePreferencesSwitch *self = BOUNCE_PREFERENCES_SWITCH (object);

  g_clear_object (&self->service);
  G_OBJECT_CLASS (bounce_preferences_switch_parent_class)->dispose (object);
}

static void
bounce_preferences_switch_finalize (GObject *object)
{
  g_free (BOUNCE_PREFERENCES_SWITCH (object)->key);
  g_free (BOUNCE_PREFERENCES_SWITCH (object)->hint);
  G_OBJECT_CLASS (bounce_preferences_switch_parent_class)->finalize (object);
}

static void
bounce_preferences_switch_class_init (BouncePreferencesSwitchClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  object_class->get_property = bounce_preferences_switch_get_property;
  object_class->set_property = bounce_preferences_switch_set_property;
  object_class->dispose = bounce_preferences_switch_dispose;
  object_class->finalize = bounce_preferences_switch_finalize;
  /**
   * BouncePreferencesSwitch:key: (nullable): the name of the setting.
   */
  properties[PROP_KEY] = g_param_spec_string (
      "key", NULL, NULL, NULL, G_PARAM_READWRITE | G_PARAM_CONSTRUCT_ONLY | G_PARAM_STATIC_STRINGS);
  /**
   * BouncePreferencesSwitch:active: it is on.
   */
  properties[PROP_ACTIVE] =
      g_param_spec_boolean ("active", NULL, NULL, FALSE,
                            G_PARAM_READWRITE | G_PARAM_EXPLICIT_NOTIFY | G_PARAM_STATIC_STRINGS);
  g_object_class_install_properties (object_class, N_PROPS, properties);
  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/cloud/aurabox/Bounce/ui/preferences-switch.ui");
  gtk_widget_class_bind_template_child (widget_class, BouncePreferencesSwitch, control);
  gtk_widget_class_bind_template_child (widget_class, BouncePreferencesSwitch, lock_icon);
}

static void
bounce_preferences_switch_init (BouncePreferencesSwitch *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
  g_signal_connect (self, "notify::subtitle", G_CALLBACK (describe_control), NULL);
  g_signal_connect_object (self->control, "notify::active", G_CALLBACK (active_changed_cb), self,
                           G_CONNECT_SWAPPED);
}

/**
 * bounce_preferences_switch_set_service:
 *
 * Shows and changes the setting of @service from here on. Once only.
 *
 * Thread: main
 */
void
bounce_preferences_switch_set_service (BouncePreferencesSwitch *self, BounceService *service)
{
  g_return_if_fail (BOUNCE_IS_PREFERENCES_SWITCH (self));
  g_return_if_fail (self->service == NULL && self->key != NULL);

  self->service = g_object_ref (service);
  show_value (self);
  g_signal_connect_object (service, "notify::config", G_CALLBACK (show_value), self,
                           G_CONNECT_SWAPPED);
}

/**
 * bounce_preferences_switch_set_settings:
 *
 * Binds the row to the key of that name in the window's own settings.
 *
 * Thread: main
 */
void
bounce_preferences_switch_set_settings (BouncePreferencesSwitch *self, GSettings *settings)
{
  g_return_if_fail (BOUNCE_IS_PREFERENCES_SWITCH (self));
  g_return_if_fail (self->key != NULL);

  g_settings_bind (settings, self->key, self, "active",
                   G_SETTINGS_BIND_DEFAULT | G_SETTINGS_BIND_NO_SENSITIVITY);
  show_lock (self, g_settings_is_writable (settings, self->key)
                       ? NULL
                       : bounce_preferences_lock_reason (NULL, self->key));
}
