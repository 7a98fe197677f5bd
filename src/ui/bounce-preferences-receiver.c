/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* See the header. Settings of the network are kept when they are entered, and take effect when the
 * receiver is restarted; that is asked once, by this row or when the window is closed, and not
 * after each of them. Main thread. */

#include "config.h"

#include "bounce-preferences-receiver.h"

#include "bounce-check-words.h"

#include "bounce-service-checks.h"
#include "bounce-service-settings.h"

#include <glib/gi18n.h>

struct _BouncePreferencesReceiver
{
  AdwActionRow parent_instance;

  GtkImage *icon;
  GtkButton *start_button;
  GtkButton *restart_button;

  BounceService *service; /* (owned) (nullable) */
  GCancellable *checking; /* (owned) (nullable) of address and port */
};

G_DEFINE_FINAL_TYPE (BouncePreferencesReceiver, bounce_preferences_receiver, ADW_TYPE_ACTION_ROW)

static const char *
get_icon_name (const char *problem, gboolean is_restart_needed)
{
  if (problem != NULL)
    return "dialog-warning-symbolic";
  return is_restart_needed ? "dialog-information-symbolic" : "network-server-symbolic";
}

/* problem: (nullable) why address and port cannot be used */
static void
show_state (BouncePreferencesReceiver *self, const char *problem)
{
  gboolean is_running = bounce_service_is_receiver_running (self->service);
  gboolean is_restart_needed = bounce_service_is_receiver_restart_needed (self->service);
  const char *remark =
      is_restart_needed ? _ ("Restart it to bring the changed settings into effect") : "";
  g_autofree char *endpoint = bounce_service_dup_endpoint (self->service);
  g_autofree char *title = is_running ? g_strdup_printf (_ ("The receiver is on: %s"), endpoint)
                                      : g_strdup (_ ("The receiver is off"));

  adw_preferences_row_set_title (ADW_PREFERENCES_ROW (self), title);
  adw_action_row_set_subtitle (ADW_ACTION_ROW (self), problem != NULL ? problem : remark);
  gtk_image_set_from_icon_name (self->icon, get_icon_name (problem, is_restart_needed));
  gtk_widget_set_visible (GTK_WIDGET (self->start_button), !is_running);
  gtk_widget_set_visible (GTK_WIDGET (self->restart_button), is_restart_needed);
}

static void
endpoint_checked_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  BouncePreferencesReceiver *self = user_data; /* gone if cancelled */
  g_autoptr (GError) error = NULL;
  g_autofree char *problem = NULL;

  if (bounce_service_check_endpoint_finish (BOUNCE_SERVICE (source), result, &error)
      || g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    return;
  problem = bounce_check_words_endpoint (error);
  show_state (self, problem);
}

/* What is known at once, then whether address and port can be bound. */
static void
follow_state (BouncePreferencesReceiver *self)
{
  BounceConfig *config = bounce_service_get_config (self->service);

  show_state (self, NULL);
  g_cancellable_cancel (self->checking);
  g_clear_object (&self->checking);
  self->checking = g_cancellable_new ();
  bounce_service_check_endpoint_async (self->service, bounce_config_get_ip_address (config),
                                       bounce_config_get_port (config), self->checking,
                                       endpoint_checked_cb, self);
}

static void
answered_cb (GApplication *application, const char *response)
{
  if (g_str_equal (response, "restart"))
    g_action_group_activate_action (G_ACTION_GROUP (application), "restart-receiver", NULL);
}

static char *
describe_question (const char *problem)
{
  if (problem == NULL)
    return g_strdup (_ ("The changed settings take effect when the receiver is restarted. A device "
                        "that is sending may finish first; nothing that was received is lost."));
  return g_strdup_printf ("%s %s", problem, _ ("The receiver could not be started again."));
}

/* problem: (nullable) why it would not start again */
static void
show_question (GtkWindow *parent, const char *problem)
{
  GApplication *application = g_application_get_default ();
  g_autofree char *body = describe_question (problem);
  AdwMessageDialog *dialog =
      ADW_MESSAGE_DIALOG (adw_message_dialog_new (parent, _ ("Restart the Receiver?"), body));

  adw_message_dialog_add_responses (dialog, "later", _ ("_Later"), "restart", _ ("_Restart"), NULL);
  adw_message_dialog_set_response_appearance (
      dialog, "restart", problem != NULL ? ADW_RESPONSE_DESTRUCTIVE : ADW_RESPONSE_SUGGESTED);
  adw_message_dialog_set_default_response (dialog, problem != NULL ? "later" : "restart");
  adw_message_dialog_set_close_response (dialog, "later");
  gtk_window_set_application (GTK_WINDOW (dialog), GTK_APPLICATION (application));
  g_signal_connect_object (dialog, "response", G_CALLBACK (answered_cb), application,
                           G_CONNECT_SWAPPED);
  gtk_window_present (GTK_WINDOW (dialog));
}

static void
question_checked_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  GWeakRef *window = user_data;
  g_autoptr (GtkWindow) parent = g_weak_ref_get (window);
  g_autoptr (GError) error = NULL;
  g_autofree char *problem = NULL;

  g_weak_ref_clear (window);
  g_free (window);
  if (!bounce_service_check_endpoint_finish (BOUNCE_SERVICE (source), result, &error))
    problem = bounce_check_words_endpoint (error);
  show_question (parent, problem);
}

/**
 * bounce_preferences_receiver_ask:
 * @parent: (nullable): the window that the question is about
 * @service: whose receiver
 *
 * Asks whether the receiver is to be restarted now, by the application's action `restart-receiver`,
 * and says so if it could not be started again.
 *
 * Thread: main
 */
void
bounce_preferences_receiver_ask (GtkWindow *parent, BounceService *service)
{
  BounceConfig *config;
  GWeakRef *window;

  g_return_if_fail (BOUNCE_IS_SERVICE (service));

  config = bounce_service_get_config (service);
  window = g_new0 (GWeakRef, 1);
  g_weak_ref_init (window, parent);
  bounce_service_check_endpoint_async (service, bounce_config_get_ip_address (config),
                                       bounce_config_get_port (config), NULL, question_checked_cb,
                                       window);
}

static void
restart_cb (BouncePreferencesReceiver *self)
{
  bounce_preferences_receiver_ask (GTK_WINDOW (gtk_widget_get_root (GTK_WIDGET (self))),
                                   self->service);
}

static void
bounce_preferences_receiver_dispose (GObject *object)
{
  BouncePreferencesReceiver *self = BOUNCE_PREFERENCES_RECEIVER (object);

  g_cancellable_cancel (self->checking);
  g_clear_object (&self->checking);
  g_clear_object (&self->service);
  G_OBJECT_CLASS (bounce_preferences_receiver_parent_class)->dispose (object);
}

static void
bounce_preferences_receiver_class_init (BouncePreferencesReceiverClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = bounce_preferences_receiver_dispose;
  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/cloud/aurabox/Bounce/ui/preferences-receiver.ui");
  gtk_widget_class_bind_template_child (widget_class, BouncePreferencesReceiver, icon);
  gtk_widget_class_bind_template_child (widget_class, BouncePreferencesReceiver, start_button);
  gtk_widget_class_bind_template_child (widget_class, BouncePreferencesReceiver, restart_button);
}

static void
bounce_preferences_receiver_init (BouncePreferencesReceiver *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
  g_signal_connect_object (self->restart_button, "clicked", G_CALLBACK (restart_cb), self,
                           G_CONNECT_SWAPPED);
}

/**
 * bounce_preferences_receiver_set_service:
 *
 * Follows @service from here on. Once only.
 *
 * Thread: main
 */
void
bounce_preferences_receiver_set_service (BouncePreferencesReceiver *self, BounceService *service)
{
  g_return_if_fail (BOUNCE_IS_PREFERENCES_RECEIVER (self));
  g_return_if_fail (self->service == NULL);

  self->service = g_object_ref (service);
  g_signal_connect_object (service, "notify::receiver-running", G_CALLBACK (follow_state), self,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (service, "notify::config", G_CALLBACK (follow_state), self,
                           G_CONNECT_SWAPPED);
  follow_state (self);
}
