/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* See the header. The rules are core's: this row asks whether a text may be the setting and shows
 * the answer in place of its hint, with an icon and the state for screen readers, not by colour
 * alone. A change from outside shows at once unless somebody is typing here; Escape brings the
 * value in effect back. What an administrator locked is shown and cannot be typed. Main thread. */

#include "config.h"

#include "bounce-preferences-entry.h"

#include "bounce-preferences-lock.h"

#include "bounce-setting.h"

#include <glib/gi18n.h>

struct _BouncePreferencesEntry
{
  AdwActionRow parent_instance;

  GtkEntry *entry;
  GtkImage *lock_icon;
  GtkEventController *focus;

  BounceService *service; /* (owned) (nullable) */
  char *key;              /* (owned) */
  char *hint;             /* (owned) (nullable) */
  char *value;            /* (owned) (nullable) in effect, as text */
  char *committed;        /* (owned) (nullable) text that is being kept */
  char *problem;          /* (owned) (nullable) why what was typed is wrong */
  gboolean has_digits;
  const char *lock_reason; /* (nullable) */
};

G_DEFINE_FINAL_TYPE (BouncePreferencesEntry, bounce_preferences_entry, ADW_TYPE_ACTION_ROW)

enum
{
  PROP_0,
  PROP_KEY,
  PROP_HINT,
  PROP_DIGITS,
  N_PROPS,
};

static GParamSpec *properties[N_PROPS];

static const char *
get_text (BouncePreferencesEntry *self)
{
  return gtk_editable_get_text (GTK_EDITABLE (self->entry));
}

static char *
describe (BouncePreferencesEntry *self, const char *problem)
{
  if (problem != NULL)
    return g_strdup (problem);
  return bounce_preferences_lock_words (self->hint, self->lock_reason);
}

/* Takes problem: (nullable) why the text is wrong, or could not be kept. */
static void
take_problem (BouncePreferencesEntry *self, char *problem)
{
  GtkAccessible *accessible = GTK_ACCESSIBLE (self->entry);
  g_autofree char *subtitle = describe (self, problem);

  g_free (self->problem);
  self->problem = problem;
  adw_action_row_set_subtitle (ADW_ACTION_ROW (self), subtitle);
  gtk_entry_set_icon_from_icon_name (self->entry, GTK_ENTRY_ICON_SECONDARY,
                                     problem != NULL ? "dialog-error-symbolic" : NULL);
  gtk_accessible_update_state (
      accessible, GTK_ACCESSIBLE_STATE_INVALID,
      problem != NULL ? GTK_ACCESSIBLE_INVALID_TRUE : GTK_ACCESSIBLE_INVALID_FALSE, -1);
  gtk_accessible_update_property (accessible, GTK_ACCESSIBLE_PROPERTY_DESCRIPTION, subtitle, -1);
  if (problem != NULL)
    {
      gtk_entry_set_icon_tooltip_text (self->entry, GTK_ENTRY_ICON_SECONDARY, problem);
      gtk_widget_add_css_class (GTK_WIDGET (self->entry), "error");
      gtk_widget_add_css_class (GTK_WIDGET (self), "bounce-wrong");
    }
  else
    {
      gtk_widget_remove_css_class (GTK_WIDGET (self->entry), "error");
      gtk_widget_remove_css_class (GTK_WIDGET (self), "bounce-wrong");
    }
}

static gboolean
is_edited (BouncePreferencesEntry *self)
{
  return g_strcmp0 (get_text (self), self->value) != 0;
}

static void
text_changed_cb (BouncePreferencesEntry *self)
{
  take_problem (self,
                is_edited (self) ? bounce_setting_dup_problem (self->key, get_text (self)) : NULL);
}

static void
show_value (BouncePreferencesEntry *self)
{
  g_autofree char *before = g_steal_pointer (&self->value);

  self->value = bounce_setting_dup_text (bounce_service_get_config (self->service), self->key);
  /* Who is typing keeps the text; the value that came is what Escape brings. */
  if (before == NULL || g_str_equal (get_text (self), before))
    gtk_editable_set_text (GTK_EDITABLE (self->entry), self->value);
  self->lock_reason = bounce_preferences_lock_reason (self->service, self->key);
  gtk_widget_set_visible (GTK_WIDGET (self->lock_icon), self->lock_reason != NULL);
  gtk_widget_set_sensitive (GTK_WIDGET (self->entry), self->lock_reason == NULL);
  text_changed_cb (self);
}

static void
revert (BouncePreferencesEntry *self)
{
  gtk_editable_set_text (GTK_EDITABLE (self->entry), self->value);
  gtk_editable_set_position (GTK_EDITABLE (self->entry), -1);
}

static void
value_kept_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (BouncePreferencesEntry) self = user_data;
  g_autoptr (GError) error = NULL;

  if (self->service == NULL)
    return;
  if (!bounce_service_set_config_finish (BOUNCE_SERVICE (source), result, NULL, &error))
    take_problem (self, g_strdup_printf (_ ("This could not be kept: %s"), error->message));
  else if (g_strcmp0 (get_text (self), self->committed) == 0)
    revert (self); /* spaces around it, a slash at its end: as it is now */
}

/**
 * bounce_preferences_entry_commit:
 *
 * Keeps what was typed, if it is right and differs from what is in effect.
 *
 * Thread: main
 */
void
bounce_preferences_entry_commit (BouncePreferencesEntry *self)
{
  g_return_if_fail (BOUNCE_IS_PREFERENCES_ENTRY (self));

  if (self->service == NULL || self->problem != NULL || !is_edited (self))
    return;
  g_free (self->committed);
  self->committed = g_strdup (get_text (self));
  bounce_service_set_config_async (self->service, self->key, self->committed, NULL, value_kept_cb,
                                   g_object_ref (self));
}

static void
activate_revert_cb (GtkWidget *widget, const char *name, GVariant *parameter)
{
  BouncePreferencesEntry *self = BOUNCE_PREFERENCES_ENTRY (widget);

  if (is_edited (self))
    revert (self);
  else
    gtk_widget_activate_action (gtk_widget_get_parent (widget), "window.close", NULL);
}

static gboolean
bounce_preferences_entry_grab_focus (GtkWidget *widget)
{
  return gtk_widget_grab_focus (GTK_WIDGET (BOUNCE_PREFERENCES_ENTRY (widget)->entry));
}

static void
bounce_preferences_entry_get_property (GObject *object, guint id, GValue *value, GParamSpec *pspec)
{
  BouncePreferencesEntry *self = BOUNCE_PREFERENCES_ENTRY (object);

  if (id == PROP_KEY)
    g_value_set_string (value, self->key);
  else if (id == PROP_HINT)
    g_value_set_string (value, self->hint);
  else if (id == PROP_DIGITS)
    g_value_set_boolean (value, self->has_digits);
  else
    G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
}

static void
set_digits (BouncePreferencesEntry *self, gboolean has_digits)
{
  self->has_digits = has_digits;
  if (!has_digits)
    return;
  gtk_entry_set_input_purpose (self->entry, GTK_INPUT_PURPOSE_DIGITS);
  gtk_editable_set_width_chars (GTK_EDITABLE (self->entry), 8);
  gtk_editable_set_max_width_chars (GTK_EDITABLE (self->entry), 8);
  gtk_widget_add_css_class (GTK_WIDGET (self->entry), "numeric");
}

static void
bounce_preferences_entry_set_property (GObject *object,
                                       guint id,
                                       const GValue *value,
                                       GParamSpec *pspec)
{
  BouncePreferencesEntry *self = BOUNCE_PREFERENCES_ENTRY (object);

  switch (id)
    {
    case PROP_KEY:
      self->key = g_value_dup_string (value);
      break;
    case PROP_HINT:
      g_free (self->hint);
      self->hint = g_value_dup_string (value);
      take_problem (self, g_steal_pointer (&self->problem));
      break;
    case PROP_DIGITS:
      set_digits (self, g_value_get_boolean (value));
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
    }
}

static void
bounce_preferences_entry_dispose (GObject *object)
{
  BouncePreferencesEntry *self = BOUNCE_PREFERENCES_ENTRY (object);

  g_clear_object (&self->service);
  G_OBJECT_CLASS (bounce_preferences_entry_parent_class)->dispose (object);
}

static void
bounce_preferences_entry_finalize (GObject *object)
{
  BouncePreferencesEntry *self = BOUNCE_PREFERENCES_ENTRY (object);

  g_free (self->key);
  g_free (self->hint);
  g_free (self->value);
  g_free (self->committed);
  g_free (self->problem);
  G_OBJECT_CLASS (bounce_preferences_entry_parent_class)->finalize (object);
}

static void
bounce_preferences_entry_class_init (BouncePreferencesEntryClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  object_class->get_property = bounce_preferences_entry_get_property;
  object_class->set_property = bounce_preferences_entry_set_property;
  object_class->dispose = bounce_preferences_entry_dispose;
  object_class->finalize = bounce_preferences_entry_finalize;
  widget_class->grab_focus = bounce_preferences_entry_grab_focus;
  /**
   * BouncePreferencesEntry:key: the documented name of the setting.
   */
  properties[PROP_KEY] = g_param_spec_string (
      "key", NULL, NULL, NULL, G_PARAM_READWRITE | G_PARAM_CONSTRUCT_ONLY | G_PARAM_STATIC_STRINGS);
  /**
   * BouncePreferencesEntry:hint: what is said of it while nothing is wrong.
   */
  properties[PROP_HINT] =
      g_param_spec_string ("hint", NULL, NULL, NULL, G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS);
  /**
   * BouncePreferencesEntry:digits: it is a number.
   */
  properties[PROP_DIGITS] = g_param_spec_boolean ("digits", NULL, NULL, FALSE,
                                                  G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS);
  g_object_class_install_properties (object_class, N_PROPS, properties);
  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/cloud/aurabox/Bounce/ui/preferences-entry.ui");
  gtk_widget_class_bind_template_child (widget_class, BouncePreferencesEntry, entry);
  gtk_widget_class_bind_template_child (widget_class, BouncePreferencesEntry, lock_icon);
  gtk_widget_class_bind_template_child (widget_class, BouncePreferencesEntry, focus);
  gtk_widget_class_install_action (widget_class, "preferences.revert", NULL, activate_revert_cb);
}

static void
bounce_preferences_entry_init (BouncePreferencesEntry *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
  g_signal_connect_object (self->focus, "leave", G_CALLBACK (bounce_preferences_entry_commit), self,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (self->entry, "activate", G_CALLBACK (bounce_preferences_entry_commit),
                           self, G_CONNECT_SWAPPED);
}

/**
 * bounce_preferences_entry_set_service:
 *
 * Shows and changes the setting of @service from here on. Once only.
 *
 * Thread: main
 */
void
bounce_preferences_entry_set_service (BouncePreferencesEntry *self, BounceService *service)
{
  g_return_if_fail (BOUNCE_IS_PREFERENCES_ENTRY (self));
  g_return_if_fail (self->service == NULL && self->key != NULL);

  self->service = g_object_ref (service);
  show_value (self);
  g_signal_connect_object (self->entry, "changed", G_CALLBACK (text_changed_cb), self,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (service, "notify::config", G_CALLBACK (show_value), self,
                           G_CONNECT_SWAPPED);
}

/**
 * bounce_preferences_entry_set_placeholder:
 * @text: (nullable): what is used while the setting is empty
 *
 * Thread: main
 */
void
bounce_preferences_entry_set_placeholder (BouncePreferencesEntry *self, const char *text)
{
  g_return_if_fail (BOUNCE_IS_PREFERENCES_ENTRY (self));

  gtk_entry_set_placeholder_text (self->entry, text);
}
