/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* See the header. What was entered is kept already; leaving the page puts it into effect: the
 * receiver starts or starts again, or, for another folder, the whole application. Main thread. */

#include "config.h"

#include "bounce-assistant-finish.h"

#include "bounce-autostart.h"
#include "bounce-service-settings.h"

#include <glib/gi18n.h>

struct _BounceAssistantFinish
{
  BounceAssistantPage parent_instance;

  AdwActionRow *aurabox_row;
  AdwActionRow *device_row;
  AdwActionRow *storage_row;
  GtkSwitch *receive_switch;
  AdwActionRow *autostart_row;
  GtkSwitch *autostart_switch;
  GtkWidget *restart_label;

  BounceAutostart *autostart; /* (owned) (nullable) until entered */
};

G_DEFINE_FINAL_TYPE (BounceAssistantFinish, bounce_assistant_finish, BOUNCE_TYPE_ASSISTANT_PAGE)

static BounceService *
get_service (BounceAssistantFinish *self)
{
  return bounce_assistant_page_get_service (BOUNCE_ASSISTANT_PAGE (self));
}

static void
set_subtitle (AdwActionRow *row, const char *text)
{
  g_autofree char *escaped = g_markup_escape_text (text, -1);

  adw_action_row_set_subtitle (row, escaped);
}

static void
show_aurabox (BounceAssistantFinish *self, BounceConfig *config)
{
  g_autofree char *endpoint = bounce_config_dup_api_endpoint (config);
  g_autofree char *text = NULL;

  if (bounce_config_get_api_key (config) != NULL)
    text = g_strdup_printf (_ ("Studies are delivered to %s"), endpoint);
  else
    text = g_strdup (_ ("No key yet: studies wait on this computer"));
  set_subtitle (self->aurabox_row, text);
}

static void
show_autostart (BounceAssistantFinish *self)
{
  gtk_switch_set_active (self->autostart_switch, bounce_autostart_is_enabled (self->autostart));
}

static void
bounce_assistant_finish_enter (BounceAssistantPage *page)
{
  BounceAssistantFinish *self = BOUNCE_ASSISTANT_FINISH (page);
  BounceService *service = get_service (self);
  BounceConfig *config = bounce_service_get_config (service);
  g_autofree char *device =
      g_strdup_printf (_ ("AE title %s on port %u"), bounce_config_get_ae_title (config),
                       bounce_config_get_port (config));
  g_autofree char *folder = g_filename_display_name (bounce_config_get_base_dir (config));

  show_aurabox (self, config);
  set_subtitle (self->device_row, device);
  set_subtitle (self->storage_row, folder);
  gtk_widget_set_visible (self->restart_label, bounce_service_is_restart_needed (service));
  if (self->autostart != NULL)
    return;
  self->autostart = bounce_autostart_new (bounce_assistant_page_get_settings (page));
  g_signal_connect_object (self->autostart, "notify::enabled", G_CALLBACK (show_autostart), self,
                           G_CONNECT_SWAPPED);
  show_autostart (self);
}

/* The action that puts what was set up into effect; NULL when all of it is. */
static const char *
choose_action (BounceService *service, gboolean is_wanted)
{
  gboolean is_running = bounce_service_is_receiver_running (service);

  if (bounce_service_is_restart_needed (service))
    return "app.restart";
  if (is_wanted && bounce_service_is_receiver_restart_needed (service))
    return "app.restart-receiver";
  if (is_wanted != is_running)
    return is_wanted ? "app.start" : "app.stop";
  return NULL;
}

/* Takes the task. A window that was closed meanwhile has no service any more, and no switches: the
 * settings are kept, and the main window says if nothing is received yet. */
static void
finish (BounceAssistantFinish *self, GTask *task)
{
  BounceService *service = get_service (self);
  const char *action = NULL;

  if (service != NULL)
    action = choose_action (service, gtk_switch_get_active (self->receive_switch));
  /* First the action, since the window that it is found through closes then. */
  if (action != NULL)
    gtk_widget_activate_action (GTK_WIDGET (self), action, NULL);
  g_task_return_boolean (task, TRUE);
  g_object_unref (task);
}

/* A wish that failed springs back and says why. The page stays, so that this is read; with the
 * switch as it is now it can be left. */
static void
autostart_set_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  GTask *task = user_data;
  BounceAssistantFinish *self = g_task_get_source_object (task);
  g_autoptr (GError) error = NULL;
  g_autofree char *problem = NULL;

  if (bounce_autostart_set_finish (BOUNCE_AUTOSTART (source), result, &error)
      || self->autostart == NULL)
    {
      finish (self, task);
      return;
    }
  problem = g_strdup_printf (_ ("This could not be kept: %s"), error->message);
  set_subtitle (self->autostart_row, problem);
  gtk_accessible_update_property (GTK_ACCESSIBLE (self->autostart_switch),
                                  GTK_ACCESSIBLE_PROPERTY_DESCRIPTION, problem, -1);
  show_autostart (self);
  gtk_widget_grab_focus (GTK_WIDGET (self->autostart_switch));
  g_task_return_boolean (task, FALSE);
  g_object_unref (task);
}

static void
bounce_assistant_finish_apply (BounceAssistantPage *page, GTask *task)
{
  BounceAssistantFinish *self = BOUNCE_ASSISTANT_FINISH (page);
  GSettings *settings = bounce_assistant_page_get_settings (page);
  gboolean is_autostart_wanted = gtk_switch_get_active (self->autostart_switch);

  g_settings_set_boolean (settings, "first-run-done", TRUE);
  g_settings_set_boolean (settings, "start-receiver", gtk_switch_get_active (self->receive_switch));
  if (is_autostart_wanted == bounce_autostart_is_enabled (self->autostart))
    finish (self, task);
  else
    bounce_autostart_set_async (self->autostart, is_autostart_wanted, NULL, autostart_set_cb, task);
}

static void
bounce_assistant_finish_dispose (GObject *object)
{
  g_clear_object (&BOUNCE_ASSISTANT_FINISH (object)->autostart);
  G_OBJECT_CLASS (bounce_assistant_finish_parent_class)->dispose (object);
}

static void
bounce_assistant_finish_class_init (BounceAssistantFinishClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = bounce_assistant_finish_dispose;
  BOUNCE_ASSISTANT_PAGE_CLASS (klass)->enter = bounce_assistant_finish_enter;
  BOUNCE_ASSISTANT_PAGE_CLASS (klass)->apply = bounce_assistant_finish_apply;
  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/cloud/aurabox/Bounce/ui/assistant-finish.ui");
  gtk_widget_class_bind_template_child (widget_class, BounceAssistantFinish, aurabox_row);
  gtk_widget_class_bind_template_child (widget_class, BounceAssistantFinish, device_row);
  gtk_widget_class_bind_template_child (widget_class, BounceAssistantFinish, storage_row);
  gtk_widget_class_bind_template_child (widget_class, BounceAssistantFinish, receive_switch);
  gtk_widget_class_bind_template_child (widget_class, BounceAssistantFinish, autostart_row);
  gtk_widget_class_bind_template_child (widget_class, BounceAssistantFinish, autostart_switch);
  gtk_widget_class_bind_template_child (widget_class, BounceAssistantFinish, restart_label);
}

static void
bounce_assistant_finish_init (BounceAssistantFinish *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
}
