/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* See the header. Main thread. */

#include "config.h"

#include "bounce-preferences-receiving.h"

#include "bounce-preferences-entry.h"
#include "bounce-preferences-folder.h"
#include "bounce-preferences-receiver.h"
#include "bounce-preferences-switch.h"

struct _BouncePreferencesReceiving
{
  AdwPreferencesPage parent_instance;

  BouncePreferencesReceiver *receiver_row;
  BouncePreferencesEntry *ae_title_row;
  BouncePreferencesEntry *ip_address_row;
  BouncePreferencesEntry *port_row;
  BouncePreferencesEntry *max_associations_row;
  BouncePreferencesEntry *quiet_period_row;
  BouncePreferencesFolder *folder_row;
  BouncePreferencesSwitch *delete_row;
};

G_DEFINE_FINAL_TYPE (BouncePreferencesReceiving,
                     bounce_preferences_receiving,
                     ADW_TYPE_PREFERENCES_PAGE)

static void
bind_template (GtkWidgetClass *widget_class)
{
  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/cloud/aurabox/Bounce/ui/preferences-receiving.ui");
  gtk_widget_class_bind_template_child (widget_class, BouncePreferencesReceiving, receiver_row);
  gtk_widget_class_bind_template_child (widget_class, BouncePreferencesReceiving, ae_title_row);
  gtk_widget_class_bind_template_child (widget_class, BouncePreferencesReceiving, ip_address_row);
  gtk_widget_class_bind_template_child (widget_class, BouncePreferencesReceiving, port_row);
  gtk_widget_class_bind_template_child (widget_class, BouncePreferencesReceiving,
                                        max_associations_row);
  gtk_widget_class_bind_template_child (widget_class, BouncePreferencesReceiving, quiet_period_row);
  gtk_widget_class_bind_template_child (widget_class, BouncePreferencesReceiving, folder_row);
  gtk_widget_class_bind_template_child (widget_class, BouncePreferencesReceiving, delete_row);
}

static void
bounce_preferences_receiving_class_init (BouncePreferencesReceivingClass *klass)
{
  g_type_ensure (BOUNCE_TYPE_PREFERENCES_ENTRY);
  g_type_ensure (BOUNCE_TYPE_PREFERENCES_FOLDER);
  g_type_ensure (BOUNCE_TYPE_PREFERENCES_RECEIVER);
  g_type_ensure (BOUNCE_TYPE_PREFERENCES_SWITCH);
  bind_template (GTK_WIDGET_CLASS (klass));
}

static void
bounce_preferences_receiving_init (BouncePreferencesReceiving *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
}

/**
 * bounce_preferences_receiving_set_service:
 *
 * Shows and changes the settings of @service from here on. Once only.
 *
 * Thread: main
 */
void
bounce_preferences_receiving_set_service (BouncePreferencesReceiving *self, BounceService *service)
{
  g_return_if_fail (BOUNCE_IS_PREFERENCES_RECEIVING (self));

  bounce_preferences_receiver_set_service (self->receiver_row, service);
  bounce_preferences_entry_set_service (self->ae_title_row, service);
  bounce_preferences_entry_set_service (self->ip_address_row, service);
  bounce_preferences_entry_set_service (self->port_row, service);
  bounce_preferences_entry_set_service (self->max_associations_row, service);
  bounce_preferences_entry_set_service (self->quiet_period_row, service);
  bounce_preferences_folder_set_service (self->folder_row, service);
  bounce_preferences_switch_set_service (self->delete_row, service);
}

/**
 * bounce_preferences_receiving_commit:
 *
 * Keeps what was typed and is right.
 *
 * Thread: main
 */
void
bounce_preferences_receiving_commit (BouncePreferencesReceiving *self)
{
  g_return_if_fail (BOUNCE_IS_PREFERENCES_RECEIVING (self));

  bounce_preferences_entry_commit (self->ae_title_row);
  bounce_preferences_entry_commit (self->ip_address_row);
  bounce_preferences_entry_commit (self->port_row);
  bounce_preferences_entry_commit (self->max_associations_row);
  bounce_preferences_entry_commit (self->quiet_period_row);
}

/**
 * bounce_preferences_receiving_get_row:
 * @name: `port` or `storage`
 *
 * Thread: main
 * Returns: (transfer none) (nullable): the row of that name
 */
GtkWidget *
bounce_preferences_receiving_get_row (BouncePreferencesReceiving *self, const char *name)
{
  g_return_val_if_fail (BOUNCE_IS_PREFERENCES_RECEIVING (self), NULL);

  if (g_str_equal (name, "port"))
    return GTK_WIDGET (self->port_row);
  if (g_str_equal (name, "storage"))
    return GTK_WIDGET (self->folder_row);
  return NULL;
}
