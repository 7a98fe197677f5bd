/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* GSettings as a source, with the compiled schema on a keyfile backend. */

#include "config.h"

#include "config-source-fixture.h"

#include "bounce-core-error.h"
#include "bounce-test-dirs.h"

#include <string.h>

/* Another program's view of the same settings. */
static GSettings *
reset_settings (void)
{
  GSettings *settings = g_settings_new ("cloud.aurabox.Bounce");
  g_autoptr (GSettingsSchema) schema = NULL;
  g_auto (GStrv) keys = NULL;

  g_object_get (settings, "settings-schema", &schema, NULL);
  keys = g_settings_schema_list_keys (schema);
  for (char **key = keys; *key != NULL; key++)
    g_settings_reset (settings, *key);
  return settings;
}

static void
open_settings (SourceFixture *fixture)
{
  g_autoptr (GError) error = NULL;

  fixture->source = bounce_config_source_open_settings (&error);
  g_assert_no_error (error);
  source_fixture_watch (fixture);
}

static char *
read_keyfile (void)
{
  g_autofree char *path =
      g_build_filename (g_get_user_config_dir (), "glib-2.0", "settings", "keyfile", NULL);
  char *text = NULL;

  g_assert_true (g_file_get_contents (path, &text, NULL, NULL));
  return text;
}

static void
test_settings_defaults (SourceFixture *fixture, gconstpointer data)
{
  G_GNUC_UNUSED g_autoptr (GSettings) settings = reset_settings ();
  g_autoptr (BounceConfig) defaults = bounce_config_new_default ();

  open_settings (fixture);
  g_assert_cmpint (bounce_config_compare (defaults, source_fixture_get_config (fixture)), ==,
                   BOUNCE_CONFIG_CHANGE_NOTHING);
  g_assert_true (bounce_config_source_is_key_pending (fixture->source));
  while (bounce_config_source_is_key_pending (fixture->source))
    g_main_context_iteration (NULL, TRUE);
  g_assert_null (bounce_config_get_api_key (source_fixture_get_config (fixture)));
}

/* A wrong value becomes the default and a problem, and the window opens. */
static void
test_settings_wrong (SourceFixture *fixture, gconstpointer data)
{
  g_autoptr (GSettings) settings = reset_settings ();

  g_settings_set_uint (settings, "port", 0);
  g_settings_set_string (settings, "ae-title", "A\\B");
  g_settings_set_string (settings, "ip-address", "nowhere");
  g_settings_set_string (settings, "api-endpoint", "ftp://x");
  g_settings_set_string (settings, "api-key-file", "/nonexistent/key");
  g_settings_set_boolean (settings, "send-logs", TRUE);
  open_settings (fixture);
  source_fixture_run_until (fixture, 5);
  g_assert_cmpuint (bounce_config_get_port (source_fixture_get_config (fixture)), ==, 9090);
  g_assert_cmpstr (bounce_config_get_ae_title (source_fixture_get_config (fixture)), ==, "BOUNCE");
  g_assert_true (bounce_config_get_send_logs (source_fixture_get_config (fixture)));
  g_assert_cmpuint (fixture->problems->len, ==, 5);
  g_assert_cmpstr (g_ptr_array_index (fixture->problems, 1), ==,
                   "port: \"0\" is not allowed, expected 1 to 65535; the default is used");
}

static void
test_settings_set (SourceFixture *fixture, gconstpointer data)
{
  g_autoptr (GSettings) settings = reset_settings ();
  g_autoptr (GError) error = NULL;

  open_settings (fixture);
  g_assert_true (source_fixture_set_value (fixture, "port", "105", &error));
  g_assert_true (source_fixture_set_value (fixture, "delete_after_success", "yes", &error));
  g_assert_true (source_fixture_set_value (fixture, "ae_title", " X ", &error));
  g_assert_no_error (error);
  g_assert_cmpuint (bounce_config_get_port (source_fixture_get_config (fixture)), ==, 105);
  g_assert_true (bounce_config_get_delete_after_success (source_fixture_get_config (fixture)));
  g_assert_cmpstr (bounce_config_get_ae_title (source_fixture_get_config (fixture)), ==, "X");
  g_assert_cmpuint (fixture->n_changed, ==, 3);
  g_assert_cmpuint (g_settings_get_uint (settings, "port"), ==, 105);
  g_assert_false (source_fixture_set_value (fixture, "port", "0", &error));
  g_assert_error (error, BOUNCE_CORE_ERROR, BOUNCE_CORE_ERROR_INVALID);
}

/* The key goes anywhere but into GSettings. */
static void
test_settings_key (SourceFixture *fixture, gconstpointer data)
{
  G_GNUC_UNUSED g_autoptr (GSettings) settings = reset_settings ();
  g_autofree char *kept = NULL;
  g_autoptr (GError) error = NULL;

  open_settings (fixture);
  g_assert_true (source_fixture_set_value (fixture, "api_key", KEY, &error));
  g_assert_true (source_fixture_set_value (fixture, "port", "105", &error));
  g_assert_cmpstr (source_fixture_get_key (fixture), ==, KEY);
  g_assert_cmpint (bounce_config_source_get_key_place (fixture->source), ==,
                   BOUNCE_KEY_PLACE_OWN_FILE);
  kept = read_keyfile ();
  g_assert_nonnull (strstr (kept, "105"));
  g_assert_null (strstr (kept, "SECRET"));
}

static void
test_settings_external_change (SourceFixture *fixture, gconstpointer data)
{
  g_autoptr (GSettings) settings = reset_settings ();

  open_settings (fixture);
  g_settings_set_uint (settings, "port", 106);
  while (fixture->n_changed == 0)
    g_main_context_iteration (NULL, TRUE);
  g_assert_cmpuint (bounce_config_get_port (source_fixture_get_config (fixture)), ==, 106);
  g_settings_set_uint (settings, "port", 0);
  source_fixture_run_until (fixture, 1);
  g_assert_cmpuint (bounce_config_get_port (source_fixture_get_config (fixture)), ==, 9090);
}

#define ADD(path, func)                                                                            \
  g_test_add (path, SourceFixture, NULL, source_fixture_set_up, func, source_fixture_tear_down)

static void
keep_result_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  *(GAsyncResult **) user_data = g_object_ref (result);
}

/* What is tried out is in effect, kept nowhere, and cannot be changed; all the rest can. */
static void
test_settings_override (SourceFixture *fixture, gconstpointer data)
{
  g_autoptr (GSettings) settings = reset_settings ();
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;
  g_autofree char *endpoint = NULL;
  g_autofree char *kept = NULL;
  BounceConfig *config;

  g_settings_set_string (settings, "api-endpoint", "https://real.example");
  g_settings_set_string (settings, "base-dir", "/srv/studies");
  g_setenv ("BOUNCE_API_KEY", "aura_au_bounce_user_real_local", TRUE);
  open_settings (fixture);
  g_assert_false (
      bounce_config_source_override (fixture->source, "no key", NULL, "/srv/trial", &error));
  g_assert_error (error, BOUNCE_CORE_ERROR, BOUNCE_CORE_ERROR_INVALID);
  g_clear_error (&error);
  g_assert_false (bounce_config_source_is_locked (fixture->source, "base_dir"));

  g_assert_true (bounce_config_source_override (fixture->source, NULL, NULL, "/srv/trial", &error));
  g_assert_no_error (error);
  config = source_fixture_get_config (fixture);
  endpoint = bounce_config_dup_api_endpoint (config);
  g_assert_null (bounce_config_get_api_key (config));
  g_assert_null (endpoint);
  g_assert_true (bounce_config_source_override (fixture->source, "aura_au_bounce_trial_x_local",
                                                "http://127.0.0.1:8080", "/srv/trial", &error));
  g_assert_no_error (error);
  g_settings_set_uint (settings, "port", 11112);
  g_assert_true (bounce_config_source_reload (fixture->source, &error));
  config = source_fixture_get_config (fixture);
  endpoint = bounce_config_dup_api_endpoint (config);
  g_assert_cmpstr (bounce_api_key_get_text (bounce_config_get_api_key (config)), ==,
                   "aura_au_bounce_trial_x_local");
  g_assert_cmpstr (endpoint, ==, "http://127.0.0.1:8080");
  g_assert_cmpstr (bounce_config_get_base_dir (config), ==, "/srv/trial");
  g_assert_cmpuint (bounce_config_get_port (config), ==, 11112);
  g_assert_true (bounce_config_source_is_locked (fixture->source, "api_endpoint"));
  g_assert_cmpint (bounce_config_source_get_key_place (fixture->source), ==,
                   BOUNCE_KEY_PLACE_TRIAL);
  g_assert_false (bounce_config_source_is_locked (fixture->source, "port"));

  bounce_config_source_set_async (fixture->source, "base_dir", "/srv/other", NULL, keep_result_cb,
                                  &result);
  while (result == NULL)
    g_main_context_iteration (NULL, TRUE);
  g_assert_false (bounce_config_source_set_finish (fixture->source, result, &error));
  g_assert_error (error, BOUNCE_CORE_ERROR, BOUNCE_CORE_ERROR_UNAVAILABLE);
  kept = g_settings_get_string (settings, "base-dir");
  g_assert_cmpstr (kept, ==, "/srv/studies");
}

int
main (int argc, char **argv)
{
  G_GNUC_UNUSED g_autoptr (BounceTestDirs) dirs = bounce_test_dirs_new ();

  g_setenv ("GSETTINGS_BACKEND", "keyfile", TRUE);
  g_test_init (&argc, &argv, NULL);
  ADD ("/config-settings/defaults", test_settings_defaults);
  ADD ("/config-settings/wrong", test_settings_wrong);
  ADD ("/config-settings/set", test_settings_set);
  ADD ("/config-settings/key", test_settings_key);
  ADD ("/config-settings/override", test_settings_override);
  ADD ("/config-settings/external-change", test_settings_external_change);
  return g_test_run ();
}
