/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* The settings file as a source: reading, changing, where the key comes from and goes to. */

#include "config.h"

#include "config-source-fixture.h"

#include "bounce-core-error.h"
#include "bounce-json.h"
#include "bounce-secrets.h"
#include "bounce-test-dirs.h"

#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static JsonNode *
read_file (const char *path)
{
  g_autofree char *text = NULL;
  gsize size = 0;

  g_assert_true (g_file_get_contents (path, &text, &size, NULL));
  return bounce_json_parse (text, size, BOUNCE_JSON_MAX_BYTES, NULL);
}

static mode_t
get_mode (const char *path)
{
  struct stat status;

  g_assert_cmpint (stat (path, &status), ==, 0);
  return status.st_mode & 0777;
}

static void
test_file (SourceFixture *fixture, gconstpointer data)
{
  g_autoptr (BounceConfig) property = NULL;

  source_fixture_open_file (fixture, "{\"api_key\":\"" KEY "\",\"port\":\"104\"}");
  g_assert_cmpuint (bounce_config_get_port (source_fixture_get_config (fixture)), ==, 104);
  g_assert_cmpstr (source_fixture_get_key (fixture), ==, KEY);
  g_object_get (fixture->source, "config", &property, NULL);
  g_assert_true (property == source_fixture_get_config (fixture));
  g_assert_false (bounce_config_source_is_locked (fixture->source, "port"));
  g_assert_true (bounce_config_source_is_locked (fixture->source, "no_such_setting"));
}

static void
test_file_refused (SourceFixture *fixture, gconstpointer data)
{
  const struct
  {
    const char *text;
    BounceCoreError code;
  } wrong[] = {
    { "{\"port\":0}", BOUNCE_CORE_ERROR_INVALID },
    { "", BOUNCE_CORE_ERROR_INVALID },
    { "{\"api_key\":\"SECRET\"}", BOUNCE_CORE_ERROR_INVALID },
    { "{\"api_key_file\":\"absent\"}", BOUNCE_CORE_ERROR_NOT_FOUND },
  };
  g_autofree char *absent = g_build_filename (fixture->root, "absent.json", NULL);
  g_autoptr (GError) error = NULL;

  g_assert_null (bounce_config_source_open_file (absent, &error));
  g_assert_error (error, BOUNCE_CORE_ERROR, BOUNCE_CORE_ERROR_NOT_FOUND);
  g_clear_error (&error);
  g_assert_null (bounce_config_source_open_file (fixture->root, &error));
  g_assert_error (error, BOUNCE_CORE_ERROR, BOUNCE_CORE_ERROR_IO);
  for (gsize i = 0; i < G_N_ELEMENTS (wrong); i++)
    {
      g_clear_error (&error);
      source_fixture_write_file (fixture->path, wrong[i].text);
      g_assert_null (bounce_config_source_open_file (fixture->path, &error));
      g_assert_error (error, BOUNCE_CORE_ERROR, (int) wrong[i].code);
      g_assert_null (strstr (error->message, "SECRET"));
    }
}

/* What is found while opening is told to those who connect afterwards. */
static void
test_file_problems (SourceFixture *fixture, gconstpointer data)
{
  source_fixture_open_file (fixture,
                            "{\"api_key\":\"" KEY "\",\"colour\":\"red\",\"base_dir\":\"x\"}");
  g_assert_cmpint (g_chmod (fixture->path, 0644), ==, 0);
  source_fixture_run_until (fixture, 2);
  g_assert_cmpstr (g_ptr_array_index (fixture->problems, 0), ==, "Unknown setting \"colour\"");
  g_assert_true (bounce_config_source_reload (fixture->source, NULL));
  source_fixture_run_until (fixture, 5);
  g_assert_true (
      g_str_has_suffix (g_ptr_array_index (fixture->problems, 4), "and others can read it"));
}

static void
test_file_reload (SourceFixture *fixture, gconstpointer data)
{
  g_autoptr (GError) error = NULL;

  source_fixture_open_file (fixture, "{\"port\":104}");
  g_assert_true (bounce_config_source_reload (fixture->source, &error));
  g_assert_cmpuint (fixture->n_changed, ==, 0);
  source_fixture_write_file (fixture->path, "{\"port\":105}");
  g_assert_true (bounce_config_source_reload (fixture->source, &error));
  g_assert_cmpuint (fixture->n_changed, ==, 1);
  g_assert_cmpuint (bounce_config_get_port (source_fixture_get_config (fixture)), ==, 105);
  source_fixture_write_file (fixture->path, "{\"port\":}");
  g_assert_false (bounce_config_source_reload (fixture->source, &error));
  g_assert_error (error, BOUNCE_CORE_ERROR, BOUNCE_CORE_ERROR_INVALID);
  g_assert_cmpuint (bounce_config_get_port (source_fixture_get_config (fixture)), ==, 105);
  g_assert_cmpuint (fixture->n_changed, ==, 1);
}

static void
test_file_set (SourceFixture *fixture, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (JsonNode) node = NULL;
  JsonObject *object;

  source_fixture_open_file (fixture,
                            "{\"port\":\"104\",\"colour\":{\"a\":[1]},\"ae_title\":\"OLD\"}");
  g_assert_cmpint (g_chmod (fixture->path, 0640), ==, 0);
  g_assert_true (source_fixture_set_value (fixture, "port", "105", &error));
  g_assert_true (source_fixture_set_value (fixture, "send_logs", "true", &error));
  g_assert_no_error (error);
  g_assert_cmpuint (bounce_config_get_port (source_fixture_get_config (fixture)), ==, 105);
  g_assert_true (bounce_config_get_send_logs (source_fixture_get_config (fixture)));
  g_assert_cmpuint (fixture->n_changed, ==, 2);

  node = read_file (fixture->path);
  object = json_node_get_object (node);
  g_assert_cmpint (bounce_json_get_int (object, "port", 0), ==, 105);
  g_assert_cmpstr (bounce_json_get_string (object, "send_logs"), ==, "yes");
  g_assert_cmpstr (bounce_json_get_string (object, "ae_title"), ==, "OLD");
  g_assert_nonnull (bounce_json_get_object (object, "colour"));
  g_assert_cmpint (get_mode (fixture->path), ==, 0640);
}

static void
test_file_set_key (SourceFixture *fixture, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (JsonNode) node = NULL;

  source_fixture_open_file (fixture, "{\"port\":104}");
  g_assert_cmpint (g_chmod (fixture->path, 0644), ==, 0);
  g_assert_true (source_fixture_set_value (fixture, "api_key", " " KEY "\n", &error));
  g_assert_cmpstr (source_fixture_get_key (fixture), ==, KEY);
  g_assert_cmpint (get_mode (fixture->path), ==, 0600);
  g_assert_true (source_fixture_set_value (fixture, "api_key", "", &error));
  g_assert_null (source_fixture_get_key (fixture));
  node = read_file (fixture->path);
  g_assert_false (json_object_has_member (json_node_get_object (node), "api_key"));
}

static void
test_file_set_refused (SourceFixture *fixture, gconstpointer data)
{
  g_autofree char *before = NULL;
  g_autofree char *after = NULL;
  g_autoptr (GError) error = NULL;

  source_fixture_open_file (fixture, "{\"port\":104}");
  g_file_get_contents (fixture->path, &before, NULL, NULL);
  g_assert_false (source_fixture_set_value (fixture, "port", "0", &error));
  g_assert_error (error, BOUNCE_CORE_ERROR, BOUNCE_CORE_ERROR_INVALID);
  g_clear_error (&error);
  g_assert_false (source_fixture_set_value (fixture, "prot", "1", &error));
  g_assert_error (error, BOUNCE_CORE_ERROR, BOUNCE_CORE_ERROR_NOT_FOUND);
  g_clear_error (&error);
  g_assert_false (source_fixture_set_value (fixture, "api_key", "SECRET", &error));
  g_assert_error (error, BOUNCE_CORE_ERROR, BOUNCE_CORE_ERROR_INVALID);
  g_assert_null (strstr (error->message, "SECRET"));
  g_clear_error (&error);
  g_assert_false (source_fixture_set_value (fixture, "api_key_file", "/dev/null/absent", &error));
  g_assert_error (error, BOUNCE_CORE_ERROR, BOUNCE_CORE_ERROR_NOT_FOUND);
  g_clear_error (&error);
  g_assert_false (source_fixture_set_value (fixture, "api_key_file", fixture->path, &error));
  g_assert_error (error, BOUNCE_CORE_ERROR, BOUNCE_CORE_ERROR_INVALID);
  g_file_get_contents (fixture->path, &after, NULL, NULL);
  g_assert_cmpstr (before, ==, after);
  g_assert_cmpuint (fixture->n_changed, ==, 0);
}

/* Somebody broke the file meanwhile: it is not overwritten. */
static void
test_file_set_broken (SourceFixture *fixture, gconstpointer data)
{
  g_autofree char *after = NULL;
  g_autoptr (GError) error = NULL;

  source_fixture_open_file (fixture, "{\"port\":104}");
  source_fixture_write_file (fixture->path, "{\"port\":104,");
  g_assert_false (source_fixture_set_value (fixture, "port", "105", &error));
  g_assert_error (error, BOUNCE_CORE_ERROR, BOUNCE_CORE_ERROR_INVALID);
  g_assert_true (g_str_has_prefix (error->message, fixture->path));
  g_file_get_contents (fixture->path, &after, NULL, NULL);
  g_assert_cmpstr (after, ==, "{\"port\":104,");
}

/* A number that json-glib would write as no number at all. */
static void
test_file_set_unwritable (SourceFixture *fixture, gconstpointer data)
{
  g_autoptr (GError) error = NULL;

  source_fixture_open_file (fixture, "{\"port\":104,\"x\":5e88}");
  g_assert_false (source_fixture_set_value (fixture, "port", "105", &error));
  g_assert_error (error, BOUNCE_CORE_ERROR, BOUNCE_CORE_ERROR_INVALID);
  g_assert_true (bounce_config_source_reload (fixture->source, NULL));
  g_assert_cmpuint (bounce_config_get_port (source_fixture_get_config (fixture)), ==, 104);
}

static void
test_file_set_cancelled (SourceFixture *fixture, gconstpointer data)
{
  g_autoptr (GCancellable) before = g_cancellable_new ();
  g_autoptr (GCancellable) during = g_cancellable_new ();
  g_autoptr (GCancellable) afterwards = g_cancellable_new ();
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;
  gboolean is_set;

  source_fixture_open_file (fixture, "{\"port\":104}");
  g_cancellable_cancel (before);
  g_assert_false (source_fixture_set_value_full (fixture, "port", "105", before, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  g_clear_error (&error);

  /* Either it was in time or it was not; what is told is what is so. */
  bounce_config_source_set_async (fixture->source, "port", "106", during,
                                  source_fixture_keep_result_cb, &result);
  g_cancellable_cancel (during);
  while (result == NULL)
    g_main_context_iteration (NULL, TRUE);
  is_set = bounce_config_source_set_finish (fixture->source, result, &error);
  g_assert_cmpuint (bounce_config_get_port (source_fixture_get_config (fixture)), ==,
                    is_set ? 106 : 104);
  if (!is_set)
    g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  g_clear_error (&error);

  g_assert_true (source_fixture_set_value_full (fixture, "port", "107", afterwards, &error));
  g_cancellable_cancel (afterwards);
  g_assert_cmpuint (bounce_config_get_port (source_fixture_get_config (fixture)), ==, 107);
}

static void
count_result_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GError) error = NULL;
  guint *n = user_data;

  g_assert_true (bounce_config_source_set_finish (BOUNCE_CONFIG_SOURCE (source), result, &error));
  g_assert_no_error (error);
  (*n)++;
}

/* Many at once: none overwrites another's. */
static void
test_file_set_concurrent (SourceFixture *fixture, gconstpointer data)
{
  const char *const keys[] = { "port",
                               "quiet_period_seconds",
                               "max_associations",
                               "retry_base_seconds",
                               "retry_cap_seconds",
                               "max_upload_attempts" };
  g_autoptr (JsonNode) node = NULL;
  guint n = 0;

  source_fixture_open_file (fixture, "{}");
  for (gsize i = 0; i < G_N_ELEMENTS (keys); i++)
    bounce_config_source_set_async (fixture->source, keys[i], "77", NULL, count_result_cb, &n);
  while (n < G_N_ELEMENTS (keys))
    g_main_context_iteration (NULL, TRUE);
  node = read_file (fixture->path);
  for (gsize i = 0; i < G_N_ELEMENTS (keys); i++)
    g_assert_cmpint (bounce_json_get_int (json_node_get_object (node), keys[i], 0), ==, 77);
  g_assert_cmpuint (bounce_config_get_port (source_fixture_get_config (fixture)), ==, 77);
  g_assert_cmpuint (
      bounce_config_get_retry_policy (source_fixture_get_config (fixture)).max_attempts, ==, 77);
}

static void
test_file_link (SourceFixture *fixture, gconstpointer data)
{
  g_autofree char *link = g_build_filename (fixture->root, "link.json", NULL);
  g_autoptr (JsonNode) node = NULL;
  g_autoptr (GError) error = NULL;

  source_fixture_write_file (fixture->path, "{\"port\":104}");
  g_assert_cmpint (symlink (fixture->path, link), ==, 0);
  fixture->source = bounce_config_source_open_file (link, &error);
  g_assert_no_error (error);
  g_assert_true (source_fixture_set_value (fixture, "port", "105", &error));
  g_assert_true (g_file_test (link, G_FILE_TEST_IS_SYMLINK));
  node = read_file (fixture->path);
  g_assert_cmpint (bounce_json_get_int (json_node_get_object (node), "port", 0), ==, 105);
}

static void
test_key_order (SourceFixture *fixture, gconstpointer data)
{
  g_autofree char *key_path = g_build_filename (fixture->root, "key", NULL);
  g_autoptr (GError) error = NULL;
  g_autofree char *kept = NULL;

  source_fixture_write_file (key_path, "\n" OTHER_KEY "\n");
  source_fixture_open_file (fixture, "{\"api_key\":\"" KEY "\",\"api_key_file\":\"key\"}");
  g_assert_cmpstr (source_fixture_get_key (fixture), ==, OTHER_KEY);
  g_assert_true (source_fixture_set_value (fixture, "api_key", KEY, &error));
  g_assert_cmpstr (source_fixture_get_key (fixture), ==, KEY);
  g_file_get_contents (key_path, &kept, NULL, NULL);
  g_assert_cmpstr (kept, ==, KEY "\n");
  g_assert_cmpint (get_mode (key_path), ==, 0600);

  g_setenv ("BOUNCE_API_KEY", "aura_us_bounce_jo_SECRET", TRUE);
  g_assert_true (bounce_config_source_reload (fixture->source, &error));
  g_assert_cmpstr (source_fixture_get_key (fixture), ==, "aura_us_bounce_jo_SECRET");
  g_assert_true (bounce_config_source_is_locked (fixture->source, "api_key"));
  g_assert_false (source_fixture_set_value (fixture, "api_key", KEY, &error));
  g_assert_error (error, BOUNCE_CORE_ERROR, BOUNCE_CORE_ERROR_UNAVAILABLE);
  g_clear_error (&error);

  g_setenv ("BOUNCE_API_KEY", "aura_SECRET", TRUE);
  g_assert_false (bounce_config_source_reload (fixture->source, &error));
  g_assert_error (error, BOUNCE_CORE_ERROR, BOUNCE_CORE_ERROR_INVALID);
  g_assert_true (g_str_has_prefix (error->message, "$BOUNCE_API_KEY: "));
  g_assert_null (strstr (error->message, "SECRET"));
}

static void
test_key_file_wrong (SourceFixture *fixture, gconstpointer data)
{
  g_autofree char *key_path = g_build_filename (fixture->root, "key", NULL);
  g_autoptr (GError) error = NULL;

  source_fixture_write_file (key_path, KEY);
  g_assert_cmpint (g_chmod (key_path, 0644), ==, 0);
  source_fixture_open_file (fixture, "{\"api_key_file\":\"key\"}");
  source_fixture_run_until (fixture, 2);
  g_assert_true (
      g_str_has_suffix (g_ptr_array_index (fixture->problems, 1), "and others can read it"));
  source_fixture_write_file (key_path, "SECRET");
  g_assert_false (bounce_config_source_reload (fixture->source, &error));
  g_assert_error (error, BOUNCE_CORE_ERROR, BOUNCE_CORE_ERROR_INVALID);
  g_assert_true (g_str_has_prefix (error->message, key_path));
  g_assert_null (strstr (error->message, "SECRET"));
  g_assert_cmpstr (source_fixture_get_key (fixture), ==, KEY);
}

/* An empty file is no key: that is how it is removed. */
static void
test_key_file_empty (SourceFixture *fixture, gconstpointer data)
{
  g_autofree char *key_path = g_build_filename (fixture->root, "key", NULL);
  g_autoptr (GError) error = NULL;

  source_fixture_write_file (key_path, KEY "\n");
  source_fixture_open_file (fixture, "{\"api_key_file\":\"key\"}");
  g_assert_true (source_fixture_set_value (fixture, "api_key", "", &error));
  g_assert_no_error (error);
  g_assert_null (source_fixture_get_key (fixture));
}

/* Somebody wrote nonsense into the place of the key. */
static void
test_stored_key_wrong (SourceFixture *fixture, gconstpointer data)
{
  g_autofree char *key_path = bounce_secrets_dup_file_path ();
  g_autofree char *directory = g_path_get_dirname (key_path);
  g_autoptr (GError) error = NULL;

  g_assert_cmpint (g_mkdir_with_parents (directory, 0700), ==, 0);
  source_fixture_write_file (key_path, "SECRET");
  fixture->source = bounce_config_source_open_file (NULL, &error);
  g_assert_no_error (error);
  source_fixture_watch (fixture);
  source_fixture_run_until (fixture, 1);
  g_assert_true (g_str_has_prefix (g_ptr_array_index (fixture->problems, 0),
                                   "The stored API key cannot be used: "));
  g_assert_null (source_fixture_get_key (fixture));
}

/* The place of the key is a folder: nothing is kept, and nothing pretends to be. */
static void
test_stored_key_unwritable (SourceFixture *fixture, gconstpointer data)
{
  g_autofree char *key_path = bounce_secrets_dup_file_path ();
  g_autoptr (GError) error = NULL;

  fixture->source = bounce_config_source_open_file (NULL, &error);
  source_fixture_watch (fixture);
  g_assert_cmpint (g_mkdir_with_parents (key_path, 0700), ==, 0);
  g_assert_false (source_fixture_set_value (fixture, "api_key", KEY, &error));
  g_assert_error (error, BOUNCE_CORE_ERROR, BOUNCE_CORE_ERROR_IO);
  g_assert_null (source_fixture_get_key (fixture));
}

/* The file became something else since it was read. */
static void
test_file_set_replaced (SourceFixture *fixture, gconstpointer data)
{
  g_autoptr (GError) error = NULL;

  source_fixture_open_file (fixture, "{}");
  source_fixture_write_file (fixture->path, "[]");
  g_assert_false (source_fixture_set_value (fixture, "port", "105", &error));
  g_assert_error (error, BOUNCE_CORE_ERROR, BOUNCE_CORE_ERROR_INVALID);
  g_clear_error (&error);
  g_unlink (fixture->path);
  g_assert_cmpint (g_mkdir (fixture->path, 0700), ==, 0);
  g_assert_false (source_fixture_set_value (fixture, "port", "105", &error));
  g_assert_error (error, BOUNCE_CORE_ERROR, BOUNCE_CORE_ERROR_IO);
}

/* With no path the user's own file need not exist; the key rests beside it, and says so. */
static void
test_own_file (SourceFixture *fixture, gconstpointer data)
{
  g_autofree char *key_path = bounce_secrets_dup_file_path ();
  g_autofree char *own = g_build_filename (g_get_user_config_dir (), "bounce", "bounce.json", NULL);
  g_autoptr (GError) error = NULL;

  fixture->source = bounce_config_source_open_file (NULL, &error);
  g_assert_no_error (error);
  source_fixture_watch (fixture);
  g_assert_cmpuint (bounce_config_get_port (source_fixture_get_config (fixture)), ==, 9090);
  g_assert_cmpstr (bounce_config_source_get_path (fixture->source), ==, own);
  g_assert_true (source_fixture_set_value (fixture, "port", "105", &error));
  g_assert_true (g_file_test (own, G_FILE_TEST_EXISTS));
  g_assert_true (source_fixture_set_value (fixture, "api_key", KEY, &error));
  g_assert_cmpstr (source_fixture_get_key (fixture), ==, KEY);
  g_assert_cmpint (get_mode (key_path), ==, 0600);
  source_fixture_run_until (fixture, 1);
  g_assert_true (g_str_has_prefix (g_ptr_array_index (fixture->problems, 0), "No keyring"));

  g_clear_object (&fixture->source);
  fixture->source = bounce_config_source_open_file (NULL, &error);
  fixture->n_changed = 0;
  source_fixture_watch (fixture);
  g_assert_cmpuint (bounce_config_get_port (source_fixture_get_config (fixture)), ==, 105);
  while (fixture->n_changed == 0)
    g_main_context_iteration (NULL, TRUE);
  g_assert_cmpstr (source_fixture_get_key (fixture), ==, KEY);
  g_assert_cmpint (bounce_config_source_get_key_place (fixture->source), ==,
                   BOUNCE_KEY_PLACE_OWN_FILE);
  g_assert_true (source_fixture_set_value (fixture, "api_key", "", &error));
  g_assert_cmpint (bounce_config_source_get_key_place (fixture->source), ==, BOUNCE_KEY_PLACE_NONE);
  g_assert_null (source_fixture_get_key (fixture));
  g_assert_false (g_file_test (key_path, G_FILE_TEST_EXISTS));
}

/* Gone before the keyring answered. */
static void
test_early_end (SourceFixture *fixture, gconstpointer data)
{
  g_autoptr (GError) error = NULL;

  fixture->source = bounce_config_source_open_file (NULL, &error);
  g_assert_no_error (error);
  g_clear_object (&fixture->source);
  for (int i = 0; i < 100; i++)
    g_main_context_iteration (NULL, FALSE);
}

/* From the first place that has a key to the last. */
static void
test_key_place (SourceFixture *fixture, gconstpointer data)
{
  g_autofree char *key_path = g_build_filename (fixture->root, "key", NULL);
  g_autofree char *with_file = g_strdup_printf ("{\"api_key_file\":\"%s\"}", key_path);
  g_autoptr (GError) error = NULL;

  source_fixture_open_file (fixture, "{}");
  g_assert_cmpint (bounce_config_source_get_key_place (fixture->source), ==, BOUNCE_KEY_PLACE_NONE);
  source_fixture_write_file (fixture->path, "{\"api_key\":\"" KEY "\"}");
  g_assert_true (bounce_config_source_reload (fixture->source, &error));
  g_assert_cmpint (bounce_config_source_get_key_place (fixture->source), ==,
                   BOUNCE_KEY_PLACE_SETTINGS_FILE);
  source_fixture_write_file (key_path, OTHER_KEY);
  source_fixture_write_file (fixture->path, with_file);
  g_assert_true (bounce_config_source_reload (fixture->source, &error));
  g_assert_cmpint (bounce_config_source_get_key_place (fixture->source), ==,
                   BOUNCE_KEY_PLACE_KEY_FILE);
  g_setenv ("BOUNCE_API_KEY", KEY, TRUE);
  g_assert_true (bounce_config_source_reload (fixture->source, &error));
  g_assert_cmpint (bounce_config_source_get_key_place (fixture->source), ==,
                   BOUNCE_KEY_PLACE_ENVIRONMENT);
  g_assert_true (bounce_config_source_is_locked (fixture->source, "api_key"));
}

#define ADD(path, func)                                                                            \
  g_test_add (path, SourceFixture, NULL, source_fixture_set_up, func, source_fixture_tear_down)

int
main (int argc, char **argv)
{
  G_GNUC_UNUSED g_autoptr (BounceTestDirs) dirs = bounce_test_dirs_new ();

  g_test_init (&argc, &argv, NULL);
  ADD ("/config-source/file", test_file);
  ADD ("/config-source/file/refused", test_file_refused);
  ADD ("/config-source/file/problems", test_file_problems);
  ADD ("/config-source/file/reload", test_file_reload);
  ADD ("/config-source/file/set", test_file_set);
  ADD ("/config-source/file/set-key", test_file_set_key);
  ADD ("/config-source/file/set-refused", test_file_set_refused);
  ADD ("/config-source/file/set-broken", test_file_set_broken);
  ADD ("/config-source/file/set-unwritable", test_file_set_unwritable);
  ADD ("/config-source/file/set-cancelled", test_file_set_cancelled);
  ADD ("/config-source/file/set-concurrent", test_file_set_concurrent);
  ADD ("/config-source/file/link", test_file_link);
  ADD ("/config-source/key-order", test_key_order);
  ADD ("/config-source/file/set-replaced", test_file_set_replaced);
  ADD ("/config-source/key-file/wrong", test_key_file_wrong);
  ADD ("/config-source/key-file/empty", test_key_file_empty);
  ADD ("/config-source/stored-key/wrong", test_stored_key_wrong);
  ADD ("/config-source/stored-key/unwritable", test_stored_key_unwritable);
  ADD ("/config-source/own-file", test_own_file);
  ADD ("/config-source/key-place", test_key_place);
  ADD ("/config-source/early-end", test_early_end);
  return g_test_run ();
}
