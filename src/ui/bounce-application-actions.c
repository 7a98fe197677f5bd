/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* The actions of the application: what bouncectl can do, by the same verbs, plus what only a
 * desktop has. They are on the bus as org.gtk.Actions too; the tray works through them. What cannot
 * be undone asks in the window first. Without a service only those are enabled that need none.
 *
 * Main thread. */

#include "config.h"

#include "bounce-application-private.h"

#include <glib/gi18n.h>

static void
activate_start_cb (GSimpleAction *action, GVariant *parameter, gpointer user_data)
{
  bounce_application_start_receiver (user_data);
}

static void
activate_stop_cb (GSimpleAction *action, GVariant *parameter, gpointer user_data)
{
  bounce_application_stop_receiver (user_data);
}

static void
activate_restart_cb (GSimpleAction *action, GVariant *parameter, gpointer user_data)
{
  bounce_application_restart_receiver (user_data);
}

/* The state follows the receiver, not the wish: a port that is in use leaves it off. */
static void
change_receiver_cb (GSimpleAction *action, GVariant *value, gpointer user_data)
{
  BounceApplication *self = user_data;
  gboolean is_wanted = g_variant_get_boolean (value);

  if (self->service == NULL || is_wanted == bounce_service_is_receiver_running (self->service))
    return;
  if (is_wanted)
    bounce_application_start_receiver (self);
  else
    bounce_application_stop_receiver (self);
}

/* Read-only: what the tray shows is for the service to say. */
static void
refuse_change_cb (GSimpleAction *action, GVariant *value, gpointer user_data)
{
}

static void
study_sent_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (BounceApplication) self = user_data;
  g_autoptr (GError) error = NULL;

  if (bounce_service_send_study_finish (BOUNCE_SERVICE (source), result, &error))
    bounce_application_tell (self, _ ("The study will be sent"));
  else
    bounce_application_tell_error (self, NULL, error);
}

static void
activate_send_cb (GSimpleAction *action, GVariant *parameter, gpointer user_data)
{
  BounceApplication *self = user_data;

  bounce_service_send_study_async (self->service, g_variant_get_string (parameter, NULL), NULL,
                                   study_sent_cb, g_object_ref (self));
}

static void
activate_log_cb (GSimpleAction *action, GVariant *parameter, gpointer user_data)
{
  BounceApplication *self = user_data;

  bounce_service_send_log (self->service, g_variant_get_string (parameter, NULL));
}

static void
connection_checked_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (BounceApplication) self = user_data;
  g_autoptr (GError) error = NULL;

  if (bounce_service_check_connection_finish (BOUNCE_SERVICE (source), result, &error))
    bounce_application_tell (self, _ ("Aurabox is reachable and accepts the API key"));
  else
    bounce_application_tell_error (self, _ ("Aurabox cannot be used"), error);
}

static void
activate_check_cb (GSimpleAction *action, GVariant *parameter, gpointer user_data)
{
  BounceApplication *self = user_data;

  bounce_service_check_connection_async (self->service, NULL, connection_checked_cb,
                                         g_object_ref (self));
  bounce_status_summary_check_aurabox (self->summary); /* what the window shows for long */
}

static void
activate_resume_cb (GSimpleAction *action, GVariant *parameter, gpointer user_data)
{
  BounceApplication *self = user_data;

  bounce_service_resume_uploads (self->service);
}

static void
activate_show_window_cb (GSimpleAction *action, GVariant *parameter, gpointer user_data)
{
  bounce_application_show_window (user_data);
}

static void
api_upload_started_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (BounceApplication) self = user_data;
  g_autoptr (GError) error = NULL;

  if (bounce_service_api_start_upload_finish (BOUNCE_SERVICE (source), result, &error))
    bounce_application_tell (self, _ ("Aurabox has taken note of the upload"));
  else
    bounce_application_tell_error (self, NULL, error);
}

static void
activate_api_start_upload_cb (GSimpleAction *action, GVariant *parameter, gpointer user_data)
{
  BounceApplication *self = user_data;
  const char *study_uid, *signature, *upload_id, *assembly_id;

  g_variant_get (parameter, "(&s&s&s&s)", &study_uid, &signature, &upload_id, &assembly_id);
  bounce_service_api_start_upload_async (self->service, study_uid, signature, upload_id,
                                         assembly_id, NULL, api_upload_started_cb,
                                         g_object_ref (self));
}

/* Asks first: anybody on the bus can activate it. */
static void
activate_delete_cb (GSimpleAction *action, GVariant *parameter, gpointer user_data)
{
  BounceApplication *self = user_data;

  bounce_application_show_window (self);
  if (self->window != NULL)
    bounce_window_delete_study (self->window, g_variant_get_string (parameter, NULL));
}

static void
activate_watch_cb (GSimpleAction *action, GVariant *parameter, gpointer user_data)
{
  BounceApplication *self = user_data;

  bounce_application_show_window (self);
  if (self->window != NULL)
    bounce_window_show_page (self->window, "log");
}

/* Each list of the window by its verb. */
static void
activate_page_cb (GSimpleAction *action, GVariant *parameter, gpointer user_data)
{
  BounceApplication *self = user_data;

  bounce_application_show_window (self);
  if (self->window != NULL)
    bounce_window_show_page (self->window, g_action_get_name (G_ACTION (action)));
}

/* Paths or URIs; without any, asks for them. */
static void
activate_import_cb (GSimpleAction *action, GVariant *parameter, gpointer user_data)
{
  g_autoptr (GListStore) files = g_list_store_new (G_TYPE_FILE);
  g_autofree const char **names = g_variant_get_strv (parameter, NULL);

  for (gsize i = 0; names[i] != NULL; i++)
    {
      g_autoptr (GFile) file = g_file_new_for_commandline_arg (names[i]);

      g_list_store_append (files, file);
    }
  if (names[0] != NULL)
    bounce_application_import (user_data, G_LIST_MODEL (files));
  else
    bounce_application_choose_import (user_data, FALSE);
}

static void
activate_import_folder_cb (GSimpleAction *action, GVariant *parameter, gpointer user_data)
{
  bounce_application_choose_import (user_data, TRUE);
}

static void
activate_show_study_cb (GSimpleAction *action, GVariant *parameter, gpointer user_data)
{
  BounceApplication *self = user_data;

  bounce_application_show_window (self);
  if (self->window != NULL)
    bounce_window_show_study (self->window, g_variant_get_string (parameter, NULL));
}

static void
activate_preferences_cb (GSimpleAction *action, GVariant *parameter, gpointer user_data)
{
  bounce_application_show_preferences (user_data, NULL);
}

static void
activate_preferences_at_cb (GSimpleAction *action, GVariant *parameter, gpointer user_data)
{
  bounce_application_show_preferences (user_data, g_variant_get_string (parameter, NULL));
}

static void
activate_reset_cb (GSimpleAction *action, GVariant *parameter, gpointer user_data)
{
  bounce_application_ask_reset (user_data);
}

static void
activate_about_cb (GSimpleAction *action, GVariant *parameter, gpointer user_data)
{
  BounceApplication *self = user_data;

  adw_show_about_window (gtk_application_get_active_window (GTK_APPLICATION (self)),
                         "application-name", _ ("Bounce"), "application-icon",
                         BOUNCE_APPLICATION_ID, "version", BOUNCE_VERSION, "developer-name",
                         _ ("The Bounce authors"), "license-type", GTK_LICENSE_GPL_3_0, "comments",
                         _ ("Receives DICOM studies, keeps them safely and delivers them to "
                            "Aurabox."),
                         NULL);
}

static void
activate_start_again_cb (GSimpleAction *action, GVariant *parameter, gpointer user_data)
{
  bounce_application_restart (user_data);
}

static void
activate_quit_cb (GSimpleAction *action, GVariant *parameter, gpointer user_data)
{
  bounce_application_ask_quit (user_data);
}

static GAction *
find_action (BounceApplication *self, const char *name)
{
  return g_action_map_lookup_action (G_ACTION_MAP (self), name);
}

static void
receiver_changed_cb (BounceApplication *self)
{
  GAction *action = find_action (self, "receiver");
  gboolean is_running = bounce_service_is_receiver_running (self->service);

  g_simple_action_set_state (G_SIMPLE_ACTION (action), g_variant_new_boolean (is_running));
  action = find_action (self, "start");
  g_simple_action_set_enabled (G_SIMPLE_ACTION (action), !is_running);
  action = find_action (self, "stop");
  g_simple_action_set_enabled (G_SIMPLE_ACTION (action), is_running);
}

/**
 * bounce_application_set_accelerators: (skip)
 *
 * Gives the actions their keys; the shortcuts window lists the same.
 */
void
bounce_application_set_accelerators (GtkApplication *application)
{
  static const struct
  {
    const char *action;
    const char *keys[3];
  } accelerators[] = {
    { "app.quit", { "<Control>q" } },
    { "app.preferences", { "<Control>comma" } },
    { "win.find", { "<Control>f" } },
    { "win.show-page('studies')", { "<Alt>1" } },
    { "win.show-page('activity')", { "<Alt>2" } },
    { "win.show-help-overlay", { "<Control>question" } },
    { "win.close", { "<Control>w" } },
    { "app.receiver", { "<Control>r" } },
    { "app.import(@as [])", { "<Control>o" } },
    { "win.menu", { "F10" } },
    { "win.details", { "F9" } },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (accelerators); i++)
    gtk_application_set_accels_for_action (application, accelerators[i].action,
                                           accelerators[i].keys);
}

/* Those that need no service. */
static const GActionEntry own_entries[] = {
  { .name = "show", .activate = activate_show_window_cb },
  { .name = "show-window", .activate = activate_show_window_cb },
  { .name = "about", .activate = activate_about_cb },
  { .name = "restart", .activate = activate_start_again_cb },
  { .name = "quit", .activate = activate_quit_cb },
  { .name = "tray-status", .state = "@a{sv} {}", .change_state = refuse_change_cb },
};

static const GActionEntry service_entries[] = {
  { .name = "start", .activate = activate_start_cb },
  { .name = "stop", .activate = activate_stop_cb },
  { .name = "restart-receiver", .activate = activate_restart_cb },
  { .name = "receiver", .state = "false", .change_state = change_receiver_cb },
  { .name = "status", .activate = activate_show_window_cb },
  { .name = "import", .activate = activate_import_cb, .parameter_type = "as" },
  { .name = "import-folder", .activate = activate_import_folder_cb },
  { .name = "send", .activate = activate_send_cb, .parameter_type = "s" },
  { .name = "delete", .activate = activate_delete_cb, .parameter_type = "s" },
  { .name = "log", .activate = activate_log_cb, .parameter_type = "s" },
  { .name = "api-start-upload",
    .activate = activate_api_start_upload_cb,
    .parameter_type = "(ssss)" },
  { .name = "check", .activate = activate_check_cb },
  { .name = "resume", .activate = activate_resume_cb },
  { .name = "config", .activate = activate_preferences_cb },
  { .name = "preferences", .activate = activate_preferences_cb },
  { .name = "preferences-at", .activate = activate_preferences_at_cb, .parameter_type = "s" },
  { .name = "reset", .activate = activate_reset_cb },
  { .name = "studies", .activate = activate_page_cb },
  { .name = "transfers", .activate = activate_page_cb },
  { .name = "events", .activate = activate_page_cb },
  { .name = "watch", .activate = activate_watch_cb },
  { .name = "show-study", .activate = activate_show_study_cb, .parameter_type = "s" },
};

static void
enable_service_actions (BounceApplication *self, gboolean is_enabled)
{
  for (gsize i = 0; i < G_N_ELEMENTS (service_entries); i++)
    g_simple_action_set_enabled (G_SIMPLE_ACTION (find_action (self, service_entries[i].name)),
                                 is_enabled);
}

/**
 * bounce_application_add_actions: (skip)
 *
 * Adds the actions and their keys. Those of the service wait for
 * bounce_application_connect_actions().
 */
void
bounce_application_add_actions (BounceApplication *self)
{
  g_action_map_add_action_entries (G_ACTION_MAP (self), own_entries, G_N_ELEMENTS (own_entries),
                                   self);
  g_action_map_add_action_entries (G_ACTION_MAP (self), service_entries,
                                   G_N_ELEMENTS (service_entries), self);
  enable_service_actions (self, FALSE);
  bounce_application_set_accelerators (GTK_APPLICATION (self));
}

/**
 * bounce_application_connect_actions: (skip)
 *
 * Enables the service's actions, and keeps the stateful ones true, once it is open.
 */
void
bounce_application_connect_actions (BounceApplication *self)
{
  enable_service_actions (self, TRUE);
  g_signal_connect_object (self->service, "notify::receiver-running",
                           G_CALLBACK (receiver_changed_cb), self, G_CONNECT_SWAPPED);
  receiver_changed_cb (self);
}
