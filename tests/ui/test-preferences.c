/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* The settings window: what is right is in the settings, what is wrong is told beside the field and
 * gets nowhere, what others change shows, the key is never seen.
 */

#include "config.h"

#include "bounce-test-gtk.h"
#include "bounce-test-wait.h"
#include "preferences-fixture.h"

#include "bounce-preferences-folder.h"
#include "bounce-preferences-import.h"

#include <glib/gstdio.h>
#include <string.h>

#define KEY   "aura_au_bounce_jo_SECRET_local"
#define RANGE "Enter a number from 1 to 65535"

static GtkWidget *
find_row (PreferencesFixture *fixture, const char *title)
{
  return preferences_fixture_find_row (GTK_WIDGET (fixture->window), title);
}

static GtkEditable *
find_entry (PreferencesFixture *fixture, const char *title)
{
  return GTK_EDITABLE (preferences_fixture_find_type (find_row (fixture, title), GTK_TYPE_ENTRY));
}

static const char *
get_subtitle (PreferencesFixture *fixture, const char *title)
{
  return adw_action_row_get_subtitle (ADW_ACTION_ROW (find_row (fixture, title)));
}

/* The label that names the control of a row. */
static GtkWidget *
find_title (PreferencesFixture *fixture, const char *title)
{
  return preferences_fixture_find_type (find_row (fixture, title), GTK_TYPE_LABEL);
}

static void
press_enter (GtkEditable *entry)
{
  g_signal_emit_by_name (entry, "activate");
}

static void
assert_wrong (PreferencesFixture *fixture, const char *title, const char *reason)
{
  GtkEditable *entry = find_entry (fixture, title);

  g_assert_cmpstr (get_subtitle (fixture, title), ==, reason);
  gtk_test_accessible_assert_state (entry, GTK_ACCESSIBLE_STATE_INVALID,
                                    GTK_ACCESSIBLE_INVALID_TRUE);
  gtk_test_accessible_assert_property (entry, GTK_ACCESSIBLE_PROPERTY_DESCRIPTION, reason);
  g_assert_nonnull (
      gtk_entry_get_icon_name (GTK_ENTRY (entry), GTK_ENTRY_ICON_SECONDARY)); /* not by colour */
}

/* As a click on the button of that name: the dialog closes, too. */
static void
answer (GtkWindow *dialog, const char *response)
{
  g_assert_nonnull (dialog);
  adw_message_dialog_response (ADW_MESSAGE_DIALOG (dialog), response);
  gtk_window_destroy (dialog);
}

static void
test_typing (PreferencesFixture *fixture, gconstpointer data)
{
  GtkEditable *entry = find_entry (fixture, "Port");
  g_autofree char *present = g_strdup_printf ("%u", fixture->port);

  gtk_test_accessible_assert_relation (entry, GTK_ACCESSIBLE_RELATION_LABELLED_BY,
                                       find_title (fixture, "Port"), NULL);
  g_assert_cmpstr (gtk_editable_get_text (entry), ==, present);
  gtk_editable_set_text (entry, "70000");
  assert_wrong (fixture, "Port", RANGE);
  press_enter (entry);
  gtk_editable_set_text (entry, "");
  assert_wrong (fixture, "Port", RANGE);
  press_enter (entry);
  g_assert_cmpuint (g_settings_get_uint (fixture->settings, "port"), ==, fixture->port);
  gtk_editable_set_text (entry, "11112");
  g_assert_cmpstr (get_subtitle (fixture, "Port"), ==, "");
  g_assert_cmpuint (g_settings_get_uint (fixture->settings, "port"), ==, fixture->port);
  press_enter (entry);
  bounce_test_wait_for (g_settings_get_uint (fixture->settings, "port") == 11112);
  g_assert_cmpuint (bounce_config_get_port (preferences_fixture_get_config (fixture)), ==, 11112);
}

/* Each entry is checked by the rules of its own setting. */
static void
test_wrong_values (PreferencesFixture *fixture, gconstpointer data)
{
  static const struct
  {
    const char *title, *text, *reason;
  } wrong[] = {
    { "AE title", "A\\B", "Enter 1 to 16 ASCII characters without backslash" },
    { "IP address", "localhost", "Enter an IPv4 or IPv6 address" },
    { "Seconds until a study is complete", "0", "Enter a number from 1 to 3600" },
    { "Uploads at the same time", "101", "Enter a number from 1 to 100" },
    { "Address", "http://example.org", "Enter an https URL, or an http URL of this machine" },
  };
  BounceConfig *before = preferences_fixture_get_config (fixture);

  for (gsize i = 0; i < G_N_ELEMENTS (wrong); i++)
    {
      gtk_editable_set_text (find_entry (fixture, wrong[i].title), wrong[i].text);
      assert_wrong (fixture, wrong[i].title, wrong[i].reason);
      press_enter (find_entry (fixture, wrong[i].title));
    }
  gtk_window_close (GTK_WINDOW (g_steal_pointer (&fixture->window)));
  g_assert_true (preferences_fixture_get_config (fixture) == before);
}

static void
test_revert (PreferencesFixture *fixture, gconstpointer data)
{
  GtkEditable *entry = find_entry (fixture, "AE title");

  gtk_editable_set_text (entry, "A\\B");
  gtk_widget_activate_action (GTK_WIDGET (entry), "preferences.revert", NULL);
  g_assert_cmpstr (gtk_editable_get_text (entry), ==, "BOUNCE");
  g_assert_cmpstr (get_subtitle (fixture, "AE title"), ==, "");
}

/* By another program; who is typing is not disturbed. */
static void
test_change_outside (PreferencesFixture *fixture, gconstpointer data)
{
  GtkEditable *title = find_entry (fixture, "AE title");
  GtkEditable *address = find_entry (fixture, "IP address");
  GtkWidget *delete =
      preferences_fixture_find_type (find_row (fixture, "Delete after delivery"), GTK_TYPE_SWITCH);
  const char *const commands[][6] = {
    { "gsettings", "set", "cloud.aurabox.Bounce", "ae-title", "'OUTSIDE'", NULL },
    { "gsettings", "set", "cloud.aurabox.Bounce", "delete-after-success", "true", NULL },
    { "gsettings", "set", "cloud.aurabox.Bounce", "ip-address", "'::1'", NULL },
  };

  gtk_editable_set_text (address, "127.0.0.");
  for (gsize i = 0; i < G_N_ELEMENTS (commands); i++)
    {
      int status = -1;

      g_assert_true (g_spawn_sync (NULL, (char **) commands[i], NULL, G_SPAWN_SEARCH_PATH, NULL,
                                   NULL, NULL, NULL, &status, NULL));
      g_assert_cmpint (status, ==, 0);
    }
  bounce_test_wait_for (g_str_equal (gtk_editable_get_text (title), "OUTSIDE"));
  bounce_test_wait_for (gtk_switch_get_active (GTK_SWITCH (delete)));
  bounce_test_wait_for (
      g_str_equal (bounce_config_get_ip_address (preferences_fixture_get_config (fixture)), "::1"));
  g_assert_cmpstr (gtk_editable_get_text (address), ==, "127.0.0.");
  gtk_widget_activate_action (GTK_WIDGET (address), "preferences.revert", NULL);
  g_assert_cmpstr (gtk_editable_get_text (address), ==, "::1");
}

static void
test_switches (PreferencesFixture *fixture, gconstpointer data)
{
  GtkWidget *logs =
      preferences_fixture_find_type (find_row (fixture, "Send logs to Aurabox"), GTK_TYPE_SWITCH);
  GtkWidget *problems =
      preferences_fixture_find_type (find_row (fixture, "Problems"), GTK_TYPE_SWITCH);

  gtk_test_accessible_assert_property (logs, GTK_ACCESSIBLE_PROPERTY_DESCRIPTION,
                                       get_subtitle (fixture, "Send logs to Aurabox"));
  g_assert_true (
      g_str_has_prefix (get_subtitle (fixture, "Send logs to Aurabox"), "Nothing is sent yet"));
  gtk_switch_set_active (GTK_SWITCH (logs), TRUE);
  bounce_test_wait_for (bounce_config_get_send_logs (preferences_fixture_get_config (fixture)));
  gtk_switch_set_active (GTK_SWITCH (problems), FALSE);
  g_assert_false (g_settings_get_boolean (fixture->desktop_settings, "notify-problems"));
}

/* Kept without a keyring: in a file, and the window says so. Nothing of the key is ever shown. */
static void
test_key (PreferencesFixture *fixture, gconstpointer data)
{
  GtkWidget *window = GTK_WIDGET (fixture->window);
  GtkEditable *entry =
      GTK_EDITABLE (preferences_fixture_find_type (window, GTK_TYPE_PASSWORD_ENTRY));
  GtkWidget *save = preferences_fixture_find_button (window, "_Save");

  g_assert_true (preferences_fixture_has_text (window, "No key is stored"));
  g_assert_false (gtk_widget_is_sensitive (save));
  gtk_editable_set_text (entry, "aura_au_SECRET");
  g_assert_cmpstr (get_subtitle (fixture, "API key"), ==, "This is not a key: parts are missing");
  g_assert_false (gtk_widget_is_sensitive (save));
  gtk_editable_set_text (entry, KEY);
  g_assert_true (gtk_widget_is_sensitive (save));
  g_signal_emit_by_name (save, "clicked");
  bounce_test_wait_for (preferences_fixture_has_text (window, "A key is stored: region au, local"));
  g_assert_cmpstr (gtk_editable_get_text (entry), ==, "");
  g_assert_false (preferences_fixture_has_text (window, "SECRET"));
  g_assert_true (preferences_fixture_has_text (window, "There is no keyring here"));

  g_signal_emit_by_name (preferences_fixture_find_button (window, "_Remove…"), "clicked");
  answer (preferences_fixture_find_window (ADW_TYPE_MESSAGE_DIALOG), "remove");
  bounce_test_wait_for (preferences_fixture_has_text (window, "No key is stored"));
}

static void
test_folder (PreferencesFixture *fixture, gconstpointer data)
{
  GtkWidget *row = find_row (fixture, "Folder for received studies");
  g_autofree char *other = g_strconcat (fixture->base_dir, "-other", NULL);
  g_autofree char *stranger = g_strconcat (fixture->base_dir, "-stranger", NULL);
  g_autofree char *file = g_build_filename (stranger, "letter.txt", NULL);
  const char *title = "Folder for received studies";

  bounce_preferences_folder_set_folder (BOUNCE_PREFERENCES_FOLDER (row), "/");
  g_assert_nonnull (strstr (get_subtitle (fixture, title), "neither / nor a home directory"));
  g_assert_cmpint (g_mkdir (stranger, 0700), ==, 0);
  g_assert_true (g_file_set_contents (file, "x", 1, NULL));
  bounce_preferences_folder_set_folder (BOUNCE_PREFERENCES_FOLDER (row), stranger);
  bounce_test_wait_for (strstr (get_subtitle (fixture, title), "other files in it") != NULL);
  bounce_preferences_folder_set_folder (BOUNCE_PREFERENCES_FOLDER (row), other);
  bounce_test_wait_for (strstr (get_subtitle (fixture, title), "started again") != NULL);
  g_assert_cmpstr (bounce_config_get_base_dir (preferences_fixture_get_config (fixture)), ==,
                   other);
}

static void
started_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_assert_true (bounce_service_receiver_start_finish (BOUNCE_SERVICE (source), result, NULL));
}

static void
restart_cb (GSimpleAction *action, GVariant *parameter, gpointer user_data)
{
  ++*(guint *) user_data;
}

/* Changing the network asks once, when the window is closed. */
static void
test_restart (PreferencesFixture *fixture, gconstpointer data)
{
  const GActionEntry entries[] = { { .name = "restart-receiver", .activate = restart_cb } };
  g_autoptr (GtkApplication) application = gtk_application_new (NULL, 0);
  GtkWidget *restart = preferences_fixture_find_button (GTK_WIDGET (fixture->window), "_Restart…");
  guint n_restarts = 0;

  g_action_map_add_action_entries (G_ACTION_MAP (application), entries, 1, &n_restarts);
  g_assert_true (g_application_register (G_APPLICATION (application), NULL, NULL));
  g_application_set_default (G_APPLICATION (application));
  bounce_service_receiver_start_async (fixture->service, NULL, started_cb, NULL);
  bounce_test_wait_for (bounce_service_is_receiver_running (fixture->service));
  g_assert_false (gtk_widget_get_visible (restart));
  gtk_editable_set_text (find_entry (fixture, "AE title"), "OTHER");
  gtk_window_close (GTK_WINDOW (g_steal_pointer (&fixture->window)));
  g_assert_cmpstr (bounce_config_get_ae_title (preferences_fixture_get_config (fixture)), ==,
                   "OTHER");
  bounce_test_wait_for (preferences_fixture_find_window (ADW_TYPE_MESSAGE_DIALOG) != NULL);
  answer (preferences_fixture_find_window (ADW_TYPE_MESSAGE_DIALOG), "restart");
  bounce_test_wait_for (n_restarts == 1);
  g_application_set_default (NULL);
}

/* A port that another program has is told of before anybody restarts anything. */
static void
test_port_in_use (PreferencesFixture *fixture, gconstpointer data)
{
  g_autoptr (GSocketListener) listener = g_socket_listener_new ();
  guint16 port = g_socket_listener_add_any_inet_port (listener, NULL, NULL);
  g_autofree char *text = g_strdup_printf ("%u", port);
  GtkEditable *entry = find_entry (fixture, "Port");

  gtk_editable_set_text (entry, text);
  press_enter (entry);
  bounce_test_wait_for (preferences_fixture_has_text (GTK_WIDGET (fixture->window),
                                                      "Another program uses this port."));
}

static void
test_import (PreferencesFixture *fixture, gconstpointer data)
{
  g_autofree char *path = g_build_filename (g_get_user_config_dir (), "store.json", NULL);
  GtkWidget *dialog;

  g_assert_true (g_file_set_contents (
      path, "{\"api_key\":\"" KEY "\",\"ae_title\":\"OLD\",\"port\":\"0\",\"window\":1}", -1,
      NULL));
  bounce_preferences_import_file (GTK_WINDOW (fixture->window), fixture->service, path);
  bounce_test_wait_for (preferences_fixture_find_window (ADW_TYPE_MESSAGE_DIALOG) != NULL);
  dialog = GTK_WIDGET (preferences_fixture_find_window (ADW_TYPE_MESSAGE_DIALOG));
  g_assert_true (preferences_fixture_has_text (dialog, "2 Settings Taken Over"));
  g_assert_true (preferences_fixture_has_text (dialog, "2 settings were passed over."));
  g_assert_true (preferences_fixture_has_text (dialog, "A key"));
  g_assert_true (preferences_fixture_has_text (dialog, "OLD"));
  g_assert_true (preferences_fixture_has_text (dialog, "the value is not allowed"));
  g_assert_true (preferences_fixture_has_text (dialog, "window"));
  g_assert_false (preferences_fixture_has_text (dialog, "SECRET"));
  g_assert_cmpstr (gtk_editable_get_text (find_entry (fixture, "AE title")), ==, "OLD");
  gtk_window_destroy (GTK_WINDOW (dialog));
  g_assert_true (g_file_set_contents (path, "<html>", -1, NULL));
  bounce_preferences_import_file (GTK_WINDOW (fixture->window), fixture->service, path);
  bounce_test_wait_for (preferences_fixture_find_window (ADW_TYPE_MESSAGE_DIALOG) != NULL);
  dialog = GTK_WIDGET (preferences_fixture_find_window (ADW_TYPE_MESSAGE_DIALOG));
  g_assert_true (preferences_fixture_has_text (dialog, "This Is Not a Settings File"));
  gtk_window_destroy (GTK_WINDOW (dialog));
}

static void
test_connection (PreferencesFixture *fixture, gconstpointer data)
{
  GtkWidget *window = GTK_WIDGET (fixture->window);

  bounce_test_wait_for (preferences_fixture_has_text (window, "Aurabox cannot be used"));
  g_assert_true (preferences_fixture_has_text (window, "No API key is set"));
  g_assert_true (preferences_fixture_has_text (window, "Last check: "));
  g_signal_emit_by_name (preferences_fixture_find_button (window, "_Check Now"), "clicked");
  g_assert_true (preferences_fixture_has_text (window, "Checking…"));
  bounce_test_wait_for (preferences_fixture_has_text (window, "Aurabox cannot be used"));
}

static void
test_places (PreferencesFixture *fixture, gconstpointer data)
{
  static const struct
  {
    const char *place, *page;
  } places[] = {
    { "storage", "receiving" }, { "api-key", "aurabox" }, { "general", "general" },
    { "port", "receiving" },    { "aurabox", "aurabox" }, { "receiving", "receiving" },
    { "nowhere", "receiving" },
  };

  bounce_preferences_show_place (fixture->window, "port");
  g_assert_true (gtk_widget_is_ancestor (gtk_window_get_focus (GTK_WINDOW (fixture->window)),
                                         find_row (fixture, "Port")));
  for (gsize i = 0; i < G_N_ELEMENTS (places); i++)
    {
      bounce_preferences_show_place (fixture->window, places[i].place);
      g_assert_cmpstr (
          adw_preferences_window_get_visible_page_name (ADW_PREFERENCES_WINDOW (fixture->window)),
          ==, places[i].page);
    }
  /* Not on the tab of another page. */
  g_assert_null (gtk_window_get_focus (GTK_WINDOW (fixture->window)));
}

#define ADD(path, func)                                                                            \
  g_test_add (path, PreferencesFixture, dirs, preferences_fixture_set_up, func,                    \
              preferences_fixture_tear_down)

int
main (int argc, char **argv)
{
  g_autoptr (BounceTestDirs) dirs = bounce_test_dirs_new ();

  g_setenv ("GSETTINGS_BACKEND", "keyfile", TRUE);
  bounce_test_gtk_init (&argc, &argv);
  ADD ("/preferences/typing", test_typing);
  ADD ("/preferences/wrong-values", test_wrong_values);
  ADD ("/preferences/revert", test_revert);
  ADD ("/preferences/change-outside", test_change_outside);
  ADD ("/preferences/switches", test_switches);
  ADD ("/preferences/key", test_key);
  ADD ("/preferences/folder", test_folder);
  ADD ("/preferences/restart", test_restart);
  ADD ("/preferences/port-in-use", test_port_in_use);
  ADD ("/preferences/import", test_import);
  ADD ("/preferences/connection", test_connection);
  ADD ("/preferences/places", test_places);
  return g_test_run ();
}
