/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* The settings window: three pages of rows, each of which shows and changes one thing.
 *
 * There is no button to apply: a row keeps what is right, at once or when it is left, by the same
 * command that bouncectl gives, and follows what others change. Closing the window keeps what was
 * typed last, and asks about the receiver when its settings wait for a restart. Main thread. */

#include "config.h"

#include "bounce-preferences.h"

#include "bounce-preferences-aurabox.h"
#include "bounce-preferences-general.h"
#include "bounce-preferences-import.h"
#include "bounce-preferences-receiver.h"
#include "bounce-preferences-receiving.h"

#include "bounce-service-settings.h"

struct _BouncePreferences
{
  AdwPreferencesWindow parent_instance;

  BouncePreferencesGeneral *general_page;
  BouncePreferencesReceiving *receiving_page;
  BouncePreferencesAurabox *aurabox_page;

  BounceService *service; /* (owned) */
};

G_DEFINE_FINAL_TYPE (BouncePreferences, bounce_preferences, ADW_TYPE_PREFERENCES_WINDOW)

static void
activate_import_cb (GtkWidget *widget, const char *name, GVariant *parameter)
{
  bounce_preferences_import (GTK_WINDOW (widget), BOUNCE_PREFERENCES (widget)->service);
}

static gboolean
bounce_preferences_close_request (GtkWindow *window)
{
  BouncePreferences *self = BOUNCE_PREFERENCES (window);

  bounce_preferences_receiving_commit (self->receiving_page);
  bounce_preferences_aurabox_commit (self->aurabox_page);
  if (bounce_service_is_receiver_restart_needed (self->service))
    bounce_preferences_receiver_ask (gtk_window_get_transient_for (window), self->service);
  return GTK_WINDOW_CLASS (bounce_preferences_parent_class)->close_request (window);
}

static void
bounce_preferences_dispose (GObject *object)
{
  g_clear_object (&BOUNCE_PREFERENCES (object)->service);
  G_OBJECT_CLASS (bounce_preferences_parent_class)->dispose (object);
}

static void
bounce_preferences_class_init (BouncePreferencesClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = bounce_preferences_dispose;
  GTK_WINDOW_CLASS (klass)->close_request = bounce_preferences_close_request;
  g_type_ensure (BOUNCE_TYPE_PREFERENCES_GENERAL);
  g_type_ensure (BOUNCE_TYPE_PREFERENCES_RECEIVING);
  g_type_ensure (BOUNCE_TYPE_PREFERENCES_AURABOX);
  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/cloud/aurabox/Bounce/ui/preferences.ui");
  gtk_widget_class_bind_template_child (widget_class, BouncePreferences, general_page);
  gtk_widget_class_bind_template_child (widget_class, BouncePreferences, receiving_page);
  gtk_widget_class_bind_template_child (widget_class, BouncePreferences, aurabox_page);
  gtk_widget_class_install_action (widget_class, "preferences.import", NULL, activate_import_cb);
}

static void
bounce_preferences_init (BouncePreferences *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
}

/**
 * bounce_preferences_new:
 * @service: whose settings
 * @summary: of @service
 * @desktop_settings: those of the window
 *
 * Thread: main
 * Returns: (transfer none): the window, kept by GTK until it is closed
 */
BouncePreferences *
bounce_preferences_new (BounceService *service,
                        BounceStatusSummary *summary,
                        GSettings *desktop_settings)
{
  BouncePreferences *self;

  g_return_val_if_fail (BOUNCE_IS_SERVICE (service), NULL);
  g_return_val_if_fail (G_IS_SETTINGS (desktop_settings), NULL);

  self = g_object_new (BOUNCE_TYPE_PREFERENCES, NULL);
  self->service = g_object_ref (service);
  bounce_preferences_general_set_settings (self->general_page, desktop_settings);
  bounce_preferences_receiving_set_service (self->receiving_page, service);
  bounce_preferences_aurabox_set_service (self->aurabox_page, service, summary);
  return self;
}

/**
 * bounce_preferences_show_place:
 * @place: a page (`general`, `receiving`, `aurabox`) or a row (`api-key`, `port`, `storage`)
 *
 * Shows a page, and puts the cursor into a row. Another @place shows no other page.
 *
 * Thread: main
 */
void
bounce_preferences_show_place (BouncePreferences *self, const char *place)
{
  AdwPreferencesWindow *window = ADW_PREFERENCES_WINDOW (self);
  GtkWidget *row;

  g_return_if_fail (BOUNCE_IS_PREFERENCES (self));
  g_return_if_fail (place != NULL);

  /* Not on the first page's tab, where GTK put it when the window came up. */
  gtk_window_set_focus (GTK_WINDOW (self), NULL);
  row = bounce_preferences_receiving_get_row (self->receiving_page, place);
  if (row != NULL || g_str_equal (place, "receiving"))
    adw_preferences_window_set_visible_page (window, ADW_PREFERENCES_PAGE (self->receiving_page));
  if (row != NULL)
    gtk_widget_grab_focus (row);
  if (g_str_equal (place, "general"))
    adw_preferences_window_set_visible_page (window, ADW_PREFERENCES_PAGE (self->general_page));
  if (g_str_equal (place, "aurabox") || g_str_equal (place, "api-key"))
    adw_preferences_window_set_visible_page (window, ADW_PREFERENCES_PAGE (self->aurabox_page));
  if (g_str_equal (place, "api-key"))
    bounce_preferences_aurabox_focus_key (self->aurabox_page);
}
