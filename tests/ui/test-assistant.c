/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* The assistant on a real service and a real sandbox: what each page takes and refuses, and the
 * whole way through. The application's actions are recorded instead of carried out. */

#include "config.h"

#include "bounce-assistant-key.h"
#include "bounce-assistant-storage.h"
#include "bounce-assistant.h"
#include "bounce-check-result.h"
#include "bounce-test-gtk.h"
#include "bounce-test-port.h"
#include "bounce-test-process.h"
#include "bounce-test-wait.h"
#include "service-fixture.h"

#include <glib/gstdio.h>

#define GOOD_KEY  "aura_au_bounce_user_good_local"
#define WRONG_KEY "aura_au_bounce_user_wrong_local"

typedef struct
{
  ServiceFixture service;
  GSettings *settings;
  GSubprocess *sandbox;
  char *endpoint;
  BounceAssistant *assistant; /* cleared when it is destroyed */
  GString *actions;           /* of the application: names, each with a blank after it */
} Fixture;

static void
start_sandbox (Fixture *fixture)
{
  g_autofree char *directory = bounce_test_dirs_make (fixture->service.dirs, "sandbox");

  fixture->sandbox = bounce_test_process_start_sandbox (directory, GOOD_KEY, &fixture->endpoint);
}

static void
set_config (Fixture *fixture, const char *key, const char *value)
{
  g_autoptr (GAsyncResult) result = NULL;
  GError *error = NULL;

  bounce_service_set_config_async (fixture->service.service, key, value, NULL,
                                   service_fixture_keep_result_cb, &result);
  bounce_service_set_config_finish (fixture->service.service, service_fixture_wait (&result), NULL,
                                    &error);
  g_assert_no_error (error);
}

static BounceConfig *
get_config (Fixture *fixture)
{
  return bounce_service_get_config (fixture->service.service);
}

static void
action_activated_cb (GSimpleAction *action, GVariant *parameter, gpointer user_data)
{
  Fixture *fixture = user_data;

  g_string_append_printf (fixture->actions, "%s ", g_action_get_name (G_ACTION (action)));
}

static void
add_application_actions (Fixture *fixture)
{
  static const char *const names[] = { "start",   "stop",        "restart-receiver",
                                       "restart", "start-trial", NULL };
  g_autoptr (GSimpleActionGroup) group = g_simple_action_group_new ();

  for (guint i = 0; names[i] != NULL; i++)
    {
      g_autoptr (GSimpleAction) action = g_simple_action_new (names[i], NULL);

      g_signal_connect (action, "activate", G_CALLBACK (action_activated_cb), fixture);
      g_action_map_add_action (G_ACTION_MAP (group), G_ACTION (action));
    }
  gtk_widget_insert_action_group (GTK_WIDGET (fixture->assistant), "app", G_ACTION_GROUP (group));
}

static void
open_assistant (Fixture *fixture)
{
  fixture->assistant = bounce_assistant_new (fixture->service.service, fixture->settings);
  g_object_add_weak_pointer (G_OBJECT (fixture->assistant), (gpointer *) &fixture->assistant);
  add_application_actions (fixture);
  gtk_window_present (GTK_WINDOW (fixture->assistant));
}

static void
set_up (Fixture *fixture, gconstpointer data)
{
  fixture->actions = g_string_new (NULL);
  service_fixture_set_up (&fixture->service, NULL);
  start_sandbox (fixture);
  set_config (fixture, "api_key", "");
  set_config (fixture, "api_endpoint", fixture->endpoint);
  fixture->settings = g_settings_new (BOUNCE_APPLICATION_ID ".Desktop");
  g_settings_reset (fixture->settings, "first-run-done");
  g_settings_reset (fixture->settings, "start-receiver");
  open_assistant (fixture);
}

static void
close_assistant (Fixture *fixture)
{
  if (fixture->assistant != NULL)
    gtk_window_close (GTK_WINDOW (fixture->assistant));
  bounce_test_wait_for (fixture->assistant == NULL);
}

static void
tear_down (Fixture *fixture, gconstpointer data)
{
  close_assistant (fixture);
  g_clear_pointer (&fixture->sandbox, bounce_test_process_end);
  g_clear_object (&fixture->settings);
  service_fixture_tear_down (&fixture->service, NULL);
  g_string_free (fixture->actions, TRUE);
  g_free (fixture->endpoint);
}

/* The page in view. */
static GtkWidget *
get_page (Fixture *fixture)
{
  GtkStack *stack = GTK_STACK (gtk_widget_get_template_child (GTK_WIDGET (fixture->assistant),
                                                              BOUNCE_TYPE_ASSISTANT, "stack"));

  return gtk_stack_get_visible_child (stack);
}

/* A part of the page in view, by its name in the template. */
static gpointer
get_part (Fixture *fixture, const char *name)
{
  GtkWidget *page = get_page (fixture);
  GObject *part = gtk_widget_get_template_child (page, G_OBJECT_TYPE (page), name);

  g_assert_nonnull (part);
  return part;
}

static void
type_text (Fixture *fixture, const char *row, const char *text)
{
  gtk_editable_set_text (GTK_EDITABLE (get_part (fixture, row)), text);
}

static void
act (Fixture *fixture, const char *action)
{
  gtk_widget_activate_action (GTK_WIDGET (fixture->assistant), action, NULL);
}

static void
go (Fixture *fixture, const char *page)
{
  gtk_widget_activate_action (GTK_WIDGET (fixture->assistant), "assistant.go", "s", page);
  g_assert_cmpstr (bounce_assistant_get_page (fixture->assistant), ==, page);
}

static gboolean
is_on (Fixture *fixture, const char *page)
{
  return g_str_equal (bounce_assistant_get_page (fixture->assistant), page);
}

static gboolean
is_ready (Fixture *fixture)
{
  gboolean ready;

  g_object_get (get_page (fixture), "ready", &ready, NULL);
  return ready;
}

static gboolean
shows (Fixture *fixture, const char *part, BounceCheckState state)
{
  return bounce_check_result_get_state (get_part (fixture, part)) == state;
}

static gboolean
says (Fixture *fixture, const char *part, const char *words)
{
  return strstr (bounce_check_result_get_text (get_part (fixture, part)), words) != NULL;
}

/* Types a key, goes on, and waits for the page to say why not. */
static void
assert_key_refused (Fixture *fixture, const char *key, const char *words)
{
  type_text (fixture, "key_row", key);
  act (fixture, "assistant.continue");
  bounce_test_wait_for (shows (fixture, "result", BOUNCE_CHECK_BAD));
  if (!says (fixture, "result", words))
    g_error ("%s", bounce_check_result_get_text (get_part (fixture, "result")));
  g_assert_true (is_on (fixture, "key"));
  g_assert_null (bounce_config_get_api_key (get_config (fixture)));
}

static void
test_key_refused (Fixture *fixture, gconstpointer data)
{
  go (fixture, "key");
  g_assert_false (is_ready (fixture));
  assert_key_refused (fixture, "hello", "not an API key for Bounce");
  assert_key_refused (fixture, WRONG_KEY, "does not accept this key");
  set_config (fixture, "api_endpoint", "http://127.0.0.1:9");
  assert_key_refused (fixture, GOOD_KEY, "cannot be reached");
  /* What was said is gone with the next letter. */
  type_text (fixture, "key_row", "a");
  g_assert_true (shows (fixture, "result", BOUNCE_CHECK_NONE));
}

static void
test_key_good (Fixture *fixture, gconstpointer data)
{
  GtkEditable *row;

  go (fixture, "key");
  row = get_part (fixture, "key_row");
  type_text (fixture, "key_row", " " GOOD_KEY " ");
  act (fixture, "assistant.continue");
  bounce_test_wait_for (is_on (fixture, "device"));
  g_assert_cmpstr (gtk_editable_get_text (row), ==, "");
  g_assert_cmpstr (bounce_api_key_get_text (bounce_config_get_api_key (get_config (fixture))), ==,
                   GOOD_KEY);
  /* Back again it says that there is one, without showing it, and goes on without another. */
  act (fixture, "assistant.back");
  g_assert_true (is_on (fixture, "key"));
  g_assert_true (says (fixture, "result", "aura_au_bounce_****"));
  g_assert_false (says (fixture, "result", "good"));
  g_assert_false (gtk_widget_get_visible (get_part (fixture, "later_box")));
  g_assert_true (is_ready (fixture));
  act (fixture, "assistant.continue");
  bounce_test_wait_for (is_on (fixture, "device"));
}

/* Closing while a server is silent: nothing is kept, and nothing is left that could fail later. */
static void
test_key_close_meanwhile (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GSocketListener) silent = g_socket_listener_new ();
  guint port = g_socket_listener_add_any_inet_port (silent, NULL, NULL);
  g_autofree char *endpoint = g_strdup_printf ("http://127.0.0.1:%u", port);

  set_config (fixture, "api_endpoint", endpoint);
  go (fixture, "key");
  type_text (fixture, "key_row", GOOD_KEY);
  act (fixture, "assistant.continue");
  g_assert_true (shows (fixture, "result", BOUNCE_CHECK_RUNNING));
  close_assistant (fixture);
  g_assert_null (bounce_config_get_api_key (get_config (fixture)));
  g_assert_false (g_settings_get_boolean (fixture->settings, "first-run-done"));
}

static void
test_device_ae_title (Fixture *fixture, gconstpointer data)
{
  go (fixture, "device");
  bounce_test_wait_for (shows (fixture, "port_result", BOUNCE_CHECK_GOOD));
  type_text (fixture, "ae_title_row", "RÖNTGEN");
  g_assert_true (shows (fixture, "ae_title_result", BOUNCE_CHECK_BAD));
  g_assert_false (is_ready (fixture));
  type_text (fixture, "ae_title_row", "");
  g_assert_false (is_ready (fixture));
  type_text (fixture, "ae_title_row", "SEVENTEEN_LETTERS");
  g_assert_false (is_ready (fixture));
  type_text (fixture, "ae_title_row", "CT_GATEWAY");
  g_assert_true (shows (fixture, "ae_title_result", BOUNCE_CHECK_NONE));
  g_assert_true (is_ready (fixture));
}

static void
test_device_port (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GSocketListener) other = g_socket_listener_new ();
  guint taken = g_socket_listener_add_any_inet_port (other, NULL, NULL);
  g_autofree char *taken_text = g_strdup_printf ("%u", taken);
  guint16 own = bounce_test_port_take ();
  g_autofree char *own_text = g_strdup_printf ("%u", own);

  go (fixture, "device");
  type_text (fixture, "port_row", "70000");
  g_assert_true (says (fixture, "port_result", "from 1 to 65535"));
  g_assert_false (is_ready (fixture));
  type_text (fixture, "port_row", taken_text);
  bounce_test_wait_for (says (fixture, "port_result", "Another program"));
  g_assert_false (is_ready (fixture));
  /* Going on binds, too, whether or not there was a pause to check what was typed. */
  type_text (fixture, "port_row", own_text);
  type_text (fixture, "port_row", taken_text);
  act (fixture, "assistant.continue");
  bounce_test_wait_for (says (fixture, "port_result", "Another program"));
  g_assert_true (is_on (fixture, "device"));
  type_text (fixture, "port_row", own_text);
  bounce_test_wait_for (shows (fixture, "port_result", BOUNCE_CHECK_GOOD));
  type_text (fixture, "ae_title_row", "CT_GATEWAY");
  act (fixture, "assistant.continue");
  bounce_test_wait_for (is_on (fixture, "storage"));
  g_assert_cmpuint (bounce_config_get_port (get_config (fixture)), ==, own);
  g_assert_cmpstr (bounce_config_get_ae_title (get_config (fixture)), ==, "CT_GATEWAY");
}

static void
choose_folder (Fixture *fixture, const char *path)
{
  bounce_assistant_storage_choose (BOUNCE_ASSISTANT_STORAGE (get_page (fixture)), path);
  bounce_test_wait_for (!shows (fixture, "result", BOUNCE_CHECK_RUNNING));
}

static void
test_storage_refused (Fixture *fixture, gconstpointer data)
{
  g_autofree char *in_own = g_build_filename (fixture->service.base_dir, "mine", NULL);

  go (fixture, "storage");
  bounce_test_wait_for (is_ready (fixture));
  choose_folder (fixture, "/proc/bounce");
  g_assert_true (says (fixture, "result", "cannot write"));
  g_assert_false (is_ready (fixture));
  choose_folder (fixture, in_own);
  g_assert_true (says (fixture, "result", "another Bounce"));
  act (fixture, "assistant.continue");
  g_assert_true (is_on (fixture, "storage"));
  g_assert_cmpstr (bounce_config_get_base_dir (get_config (fixture)), ==,
                   fixture->service.base_dir);
}

/* Studies would be out of sight in a folder that is not used any more. */
static void
test_storage_with_studies (Fixture *fixture, gconstpointer data)
{
  g_autofree char *other = bounce_test_dirs_make (fixture->service.dirs, "other");

  g_free (service_fixture_receive_study (&fixture->service));
  go (fixture, "storage");
  choose_folder (fixture, other);
  g_assert_true (is_ready (fixture));
  act (fixture, "assistant.continue");
  bounce_test_wait_for (says (fixture, "result", "There are studies"));
  g_assert_true (is_on (fixture, "storage"));
  choose_folder (fixture, fixture->service.base_dir);
  act (fixture, "assistant.continue");
  bounce_test_wait_for (is_on (fixture, "finish"));
}

/* From the welcome to the end, with a folder of Bounce's own in one that has files. */
static void
test_all (Fixture *fixture, gconstpointer data)
{
  g_autofree char *documents = bounce_test_dirs_make (fixture->service.dirs, "documents");
  g_autofree char *letter = g_build_filename (documents, "letter.txt", NULL);
  g_autofree char *own = g_build_filename (documents, "bounce-studies", NULL);

  g_assert_true (g_file_set_contents (letter, "Dear reader", -1, NULL));
  g_assert_true (is_on (fixture, "welcome"));
  go (fixture, "key");
  type_text (fixture, "key_row", GOOD_KEY);
  act (fixture, "assistant.continue");
  bounce_test_wait_for (is_on (fixture, "device"));
  act (fixture, "assistant.continue");
  bounce_test_wait_for (is_on (fixture, "storage"));
  choose_folder (fixture, documents);
  bounce_test_wait_for (is_ready (fixture));
  act (fixture, "assistant.continue");
  bounce_test_wait_for (is_on (fixture, "finish"));
  g_assert_cmpstr (bounce_config_get_base_dir (get_config (fixture)), ==, own);
  g_assert_true (gtk_widget_get_visible (get_part (fixture, "restart_label")));
  g_assert_nonnull (
      strstr (adw_action_row_get_subtitle (get_part (fixture, "aurabox_row")), fixture->endpoint));
  g_assert_false (g_settings_get_boolean (fixture->settings, "first-run-done"));
  act (fixture, "assistant.continue");
  bounce_test_wait_for (fixture->assistant == NULL);
  g_assert_true (g_settings_get_boolean (fixture->settings, "first-run-done"));
  g_assert_cmpstr (fixture->actions->str, ==, "restart ");
}

/* Without a key, and not receiving yet. */
static void
test_without_key (Fixture *fixture, gconstpointer data)
{
  g_autofree char *autostart = g_build_filename (g_get_user_config_dir (), "autostart",
                                                 BOUNCE_APPLICATION_ID ".desktop", NULL);

  go (fixture, "key");
  g_assert_true (gtk_widget_get_visible (get_part (fixture, "later_box")));
  act (fixture, "assistant.skip");
  g_assert_true (is_on (fixture, "device"));
  go (fixture, "finish");
  g_assert_nonnull (
      strstr (adw_action_row_get_subtitle (get_part (fixture, "aurabox_row")), "No key yet"));
  gtk_switch_set_active (get_part (fixture, "receive_switch"), FALSE);
  act (fixture, "assistant.continue");
  bounce_test_wait_for (fixture->assistant == NULL);
  g_assert_cmpstr (fixture->actions->str, ==, "");
  g_assert_false (g_settings_get_boolean (fixture->settings, "start-receiver"));
  open_assistant (fixture);
  go (fixture, "finish");
  gtk_switch_set_active (get_part (fixture, "receive_switch"), TRUE);
  gtk_switch_set_active (get_part (fixture, "autostart_switch"), TRUE);
  act (fixture, "assistant.continue");
  bounce_test_wait_for (fixture->assistant == NULL);
  g_assert_cmpstr (fixture->actions->str, ==, "start ");
  g_assert_true (g_file_test (autostart, G_FILE_TEST_EXISTS));
}

/* What could not be kept is said where it was asked for; the rest is kept, and a second "Done"
 * goes on with what is so. */
static void
test_autostart_failed (Fixture *fixture, gconstpointer data)
{
  g_autofree char *path = g_build_filename (g_get_user_config_dir (), "autostart",
                                            BOUNCE_APPLICATION_ID ".desktop", NULL);
  GtkSwitch *autostart;

  g_unlink (path);
  g_assert_no_errno (g_mkdir_with_parents (path, 0700)); /* where no file can be put */
  go (fixture, "finish");
  autostart = get_part (fixture, "autostart_switch");
  gtk_switch_set_active (autostart, TRUE);
  act (fixture, "assistant.continue");
  bounce_test_wait_for (!gtk_switch_get_active (autostart));
  g_assert_true (is_on (fixture, "finish"));
  g_assert_nonnull (strstr (adw_action_row_get_subtitle (get_part (fixture, "autostart_row")),
                            "could not be kept"));
  g_assert_true (g_settings_get_boolean (fixture->settings, "first-run-done"));
  g_assert_cmpstr (fixture->actions->str, ==, "");
  act (fixture, "assistant.continue");
  bounce_test_wait_for (fixture->assistant == NULL);
  g_assert_cmpstr (fixture->actions->str, ==, "start ");
  g_assert_no_errno (g_rmdir (path));
}

/* A receiver that runs takes the new title by starting again. */
static void
test_running_receiver (Fixture *fixture, gconstpointer data)
{
  g_free (service_fixture_receive_study (&fixture->service));
  go (fixture, "device");
  type_text (fixture, "ae_title_row", "OTHER");
  act (fixture, "assistant.continue");
  bounce_test_wait_for (is_on (fixture, "storage"));
  go (fixture, "finish");
  act (fixture, "assistant.continue");
  bounce_test_wait_for (fixture->assistant == NULL);
  g_assert_cmpstr (fixture->actions->str, ==, "restart-receiver ");
}

static void
test_close_and_later (Fixture *fixture, gconstpointer data)
{
  close_assistant (fixture);
  g_assert_false (g_settings_get_boolean (fixture->settings, "first-run-done"));
  open_assistant (fixture);
  act (fixture, "assistant.later");
  bounce_test_wait_for (fixture->assistant == NULL);
  g_assert_true (g_settings_get_boolean (fixture->settings, "first-run-done"));
  g_assert_cmpstr (fixture->actions->str, ==, "");
}

static void
test_trial (Fixture *fixture, gconstpointer data)
{
  go (fixture, "trial");
  g_assert_cmpstr (fixture->actions->str, ==, "");
  act (fixture, "assistant.continue");
  g_assert_cmpstr (fixture->actions->str, ==, "start-trial ");
}

static const struct
{
  const char *path;
  void (*test) (Fixture *fixture, gconstpointer data);
} tests[] = {
  { "/assistant/key/refused", test_key_refused },
  { "/assistant/key/good", test_key_good },
  { "/assistant/key/close-meanwhile", test_key_close_meanwhile },
  { "/assistant/device/ae-title", test_device_ae_title },
  { "/assistant/device/port", test_device_port },
  { "/assistant/storage/refused", test_storage_refused },
  { "/assistant/storage/with-studies", test_storage_with_studies },
  { "/assistant/all", test_all },
  { "/assistant/without-key", test_without_key },
  { "/assistant/autostart-failed", test_autostart_failed },
  { "/assistant/running-receiver", test_running_receiver },
  { "/assistant/close-and-later", test_close_and_later },
  { "/assistant/trial", test_trial },
};

int
main (int argc, char **argv)
{
  g_autoptr (BounceTestDirs) dirs G_GNUC_UNUSED = bounce_test_dirs_new ();

  bounce_test_gtk_init (&argc, &argv);
  for (guint i = 0; i < G_N_ELEMENTS (tests); i++)
    g_test_add (tests[i].path, Fixture, NULL, set_up, tests[i].test, tear_down);
  return g_test_run ();
}
