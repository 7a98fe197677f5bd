/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* See the header. Main thread. */

#include "config.h"

#include "bounce-preferences-aurabox.h"

#include "bounce-preferences-connection.h"
#include "bounce-preferences-entry.h"
#include "bounce-preferences-key.h"
#include "bounce-preferences-switch.h"

struct _BouncePreferencesAurabox
{
  AdwPreferencesPage parent_instance;

  BouncePreferencesKey *key_group;
  BouncePreferencesConnection *connection_row;
  BouncePreferencesEntry *endpoint_row;
  BouncePreferencesEntry *uploads_row;
  BouncePreferencesSwitch *send_logs_row;

  BounceService *service; /* (owned) (nullable) */
};

G_DEFINE_FINAL_TYPE (BouncePreferencesAurabox,
                     bounce_preferences_aurabox,
                     ADW_TYPE_PREFERENCES_PAGE)

/* What an empty address means: that of the key's region. */
static void
show_default_endpoint (BouncePreferencesAurabox *self)
{
  BounceApiKey *key = bounce_config_get_api_key (bounce_service_get_config (self->service));
  g_autofree char *endpoint = key != NULL ? bounce_api_key_dup_endpoint (key) : NULL;

  bounce_preferences_entry_set_placeholder (self->endpoint_row, endpoint);
}

static void
bounce_preferences_aurabox_dispose (GObject *object)
{
  g_clear_object (&BOUNCE_PREFERENCES_AURABOX (object)->service);
  G_OBJECT_CLASS (bounce_preferences_aurabox_parent_class)->dispose (object);
}

static void
bounce_preferences_aurabox_class_init (BouncePreferencesAuraboxClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = bounce_preferences_aurabox_dispose;
  g_type_ensure (BOUNCE_TYPE_PREFERENCES_CONNECTION);
  g_type_ensure (BOUNCE_TYPE_PREFERENCES_ENTRY);
  g_type_ensure (BOUNCE_TYPE_PREFERENCES_KEY);
  g_type_ensure (BOUNCE_TYPE_PREFERENCES_SWITCH);
  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/cloud/aurabox/Bounce/ui/preferences-aurabox.ui");
  gtk_widget_class_bind_template_child (widget_class, BouncePreferencesAurabox, key_group);
  gtk_widget_class_bind_template_child (widget_class, BouncePreferencesAurabox, connection_row);
  gtk_widget_class_bind_template_child (widget_class, BouncePreferencesAurabox, endpoint_row);
  gtk_widget_class_bind_template_child (widget_class, BouncePreferencesAurabox, uploads_row);
  gtk_widget_class_bind_template_child (widget_class, BouncePreferencesAurabox, send_logs_row);
}

static void
bounce_preferences_aurabox_init (BouncePreferencesAurabox *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
}

/**
 * bounce_preferences_aurabox_set_service:
 *
 * @summary: of @service
 *
 * Shows and changes the settings of @service from here on. Once only.
 *
 * Thread: main
 */
void
bounce_preferences_aurabox_set_service (BouncePreferencesAurabox *self,
                                        BounceService *service,
                                        BounceStatusSummary *summary)
{
  g_return_if_fail (BOUNCE_IS_PREFERENCES_AURABOX (self));
  g_return_if_fail (self->service == NULL);

  self->service = g_object_ref (service);
  bounce_preferences_key_set_service (self->key_group, service);
  bounce_preferences_connection_set_summary (self->connection_row, summary);
  bounce_preferences_entry_set_service (self->endpoint_row, service);
  bounce_preferences_entry_set_service (self->uploads_row, service);
  bounce_preferences_switch_set_service (self->send_logs_row, service);
  g_signal_connect_object (service, "notify::config", G_CALLBACK (show_default_endpoint), self,
                           G_CONNECT_SWAPPED);
  show_default_endpoint (self);
}

/**
 * bounce_preferences_aurabox_commit:
 *
 * Keeps what was typed and is right; a key only by its own button.
 *
 * Thread: main
 */
void
bounce_preferences_aurabox_commit (BouncePreferencesAurabox *self)
{
  g_return_if_fail (BOUNCE_IS_PREFERENCES_AURABOX (self));

  bounce_preferences_entry_commit (self->endpoint_row);
  bounce_preferences_entry_commit (self->uploads_row);
}

/**
 * bounce_preferences_aurabox_focus_key:
 *
 * Puts the cursor where a key is entered.
 *
 * Thread: main
 */
void
bounce_preferences_aurabox_focus_key (BouncePreferencesAurabox *self)
{
  g_return_if_fail (BOUNCE_IS_PREFERENCES_AURABOX (self));

  bounce_preferences_key_focus (self->key_group);
}
