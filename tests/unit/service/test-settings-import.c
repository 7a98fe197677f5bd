/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* Taking over a store.json: what is right is in effect afterwards, what is not is told with its
 * reason, the file stays as it is, and no file can do harm. Also the sum of all studies. */

#include "config.h"

#include "bounce-service-bulk.h"
#include "bounce-service-settings.h"
#include "service-fixture.h"

#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>

#define KEY "aura_eu_bounce_jo_SECRET"

static char *
write_file (ServiceFixture *fixture, const char *text, gssize size)
{
  char *path = g_build_filename (bounce_test_dirs_get_root (fixture->dirs), "store.json", NULL);

  g_assert_true (g_file_set_contents (path, text, size, NULL));
  return path;
}

static GPtrArray *
import_path (ServiceFixture *fixture, const char *path, GCancellable *cancellable, GError **error)
{
  g_autoptr (GAsyncResult) result = NULL;

  bounce_service_import_settings_async (fixture->service, path, cancellable,
                                        service_fixture_keep_result_cb, &result);
  return bounce_service_import_settings_finish (fixture->service, service_fixture_wait (&result),
                                                error);
}

static const BounceImportedSetting *
find (GPtrArray *settings, const char *key)
{
  for (guint i = 0; i < settings->len; i++)
    {
      const BounceImportedSetting *setting = g_ptr_array_index (settings, i);

      if (g_str_equal (setting->key, key))
        return setting;
    }
  g_error ("%s is not in the report", key);
}

static void
assert_outcome (GPtrArray *settings, const char *key, BounceImportOutcome outcome)
{
  const BounceImportedSetting *setting = find (settings, key);

  g_test_message ("%s", key);
  g_assert_cmpint (setting->outcome, ==, outcome);
  g_assert_true ((setting->error != NULL) == (outcome == BOUNCE_IMPORT_FAILED));
  if (setting->value != NULL)
    g_assert_null (strstr (setting->value, "SECRET"));
}

static void
test_outcomes (ServiceFixture *fixture, gconstpointer data)
{
  static const char text[] =
      "{\"api_key\":\"" KEY
      "\",\"port\":\"104\",\"ip_address\":\"127.0.0.1\",\"ae_title\":\"A\\\\B\","
      "\"base_dir\":\"./old\",\"delete_after_success\":\"yes\",\"send_logs\":\"no\",\"window\":{},"
      "\"max_associations\":0,\"quiet_period_seconds\":[]}";
  g_autofree char *path = write_file (fixture, text, -1);
  g_autofree char *after = NULL;
  g_autofree char *folder =
      g_build_filename (bounce_test_dirs_get_root (fixture->dirs), "old", NULL);
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) settings = import_path (fixture, path, NULL, &error);
  BounceConfig *config = bounce_service_get_config (fixture->service);

  g_assert_no_error (error);
  g_assert_cmpuint (settings->len, ==, 10);
  assert_outcome (settings, "api_key", BOUNCE_IMPORT_TAKEN);
  assert_outcome (settings, "port", BOUNCE_IMPORT_TAKEN);
  assert_outcome (settings, "ip_address", BOUNCE_IMPORT_SAME);
  assert_outcome (settings, "ae_title", BOUNCE_IMPORT_WRONG);
  assert_outcome (settings, "base_dir", BOUNCE_IMPORT_TAKEN);
  assert_outcome (settings, "delete_after_success", BOUNCE_IMPORT_TAKEN);
  assert_outcome (settings, "send_logs", BOUNCE_IMPORT_SAME);
  assert_outcome (settings, "window", BOUNCE_IMPORT_UNKNOWN);
  assert_outcome (settings, "max_associations", BOUNCE_IMPORT_WRONG);
  assert_outcome (settings, "quiet_period_seconds", BOUNCE_IMPORT_WRONG);
  g_assert_cmpuint (bounce_config_get_port (config), ==, 104);
  g_assert_cmpstr (bounce_config_get_ae_title (config), ==, "BOUNCE");
  g_assert_cmpstr (bounce_config_get_base_dir (config), ==, folder);
  g_assert_true (bounce_config_get_delete_after_success (config));
  g_assert_cmpstr (bounce_api_key_get_text (bounce_config_get_api_key (config)), ==, KEY);
  g_assert_true (bounce_service_is_restart_needed (fixture->service));
  g_assert_true (g_file_get_contents (path, &after, NULL, NULL));
  g_assert_cmpstr (after, ==, text);
}

/* A folder cannot change while studies are in it; everything else is taken nevertheless. */
static void
test_studies_stored (ServiceFixture *fixture, gconstpointer data)
{
  g_autofree char *uid = service_fixture_receive_study (fixture);
  g_autofree char *path =
      write_file (fixture, "{\"base_dir\":\"/srv/x\",\"quiet_period_seconds\":7}", -1);
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) settings = import_path (fixture, path, NULL, &error);

  g_assert_nonnull (uid);
  g_assert_no_error (error);
  assert_outcome (settings, "base_dir", BOUNCE_IMPORT_FAILED);
  g_assert_error (find (settings, "base_dir")->error, BOUNCE_SERVICE_ERROR,
                  BOUNCE_SERVICE_ERROR_INVALID);
  assert_outcome (settings, "quiet_period_seconds", BOUNCE_IMPORT_TAKEN);
  g_assert_cmpuint (
      bounce_config_get_quiet_period_seconds (bounce_service_get_config (fixture->service)), ==, 7);
}

static void
test_locked (ServiceFixture *fixture, gconstpointer data)
{
  g_autofree char *path = write_file (fixture, "{\"api_key\":\"" KEY "\",\"port\":105}", -1);
  g_autoptr (GPtrArray) settings = NULL;

  g_setenv ("BOUNCE_API_KEY", "aura_au_bounce_user_other_local", TRUE);
  bounce_service_reload_settings (fixture->service);
  settings = import_path (fixture, path, NULL, NULL);
  g_unsetenv ("BOUNCE_API_KEY");
  assert_outcome (settings, "api_key", BOUNCE_IMPORT_LOCKED);
  assert_outcome (settings, "port", BOUNCE_IMPORT_TAKEN);
}

static void
assert_refused (ServiceFixture *fixture, const char *path)
{
  g_autoptr (BounceConfig) before =
      bounce_config_ref (bounce_service_get_config (fixture->service));
  g_autoptr (GError) error = NULL;

  g_assert_null (import_path (fixture, path, NULL, &error));
  g_assert_error (error, BOUNCE_SERVICE_ERROR, BOUNCE_SERVICE_ERROR_INVALID);
  g_assert_null (strstr (error->message, "SECRET"));
  g_assert_true (bounce_service_get_config (fixture->service) == before);
}

static void
test_hostile (ServiceFixture *fixture, gconstpointer data)
{
  static const char *const texts[] = {
    "", "[]", "{\"port\":1,\"port\":2}", "{\"api_key\":\"" KEY "\"", "\xff\xfe\x00", "<html>",
  };
  const char *root = bounce_test_dirs_get_root (fixture->dirs);
  g_autofree char *pipe = g_build_filename (root, "pipe", NULL);
  g_autofree char *absent = g_build_filename (root, "absent", NULL);

  for (gsize i = 0; i < G_N_ELEMENTS (texts); i++)
    {
      g_autofree char *path = write_file (fixture, texts[i], -1);

      assert_refused (fixture, path);
    }
  assert_refused (fixture, absent);
  assert_refused (fixture, root);
  g_assert_cmpint (mkfifo (pipe, 0600), ==, 0);
  assert_refused (fixture, pipe);
  assert_refused (fixture, "/dev/zero");
}

static void
test_too_large (ServiceFixture *fixture, gconstpointer data)
{
  g_autofree char *text = g_strnfill (2 * 1024 * 1024, ' ');
  g_autofree char *path = NULL;

  memcpy (text, "{\"port\":105}", strlen ("{\"port\":105}"));
  path = write_file (fixture, text, -1);
  assert_refused (fixture, path);
}

static void
test_too_deep (ServiceFixture *fixture, gconstpointer data)
{
  g_autofree char *text = g_strnfill (500000, '[');
  g_autofree char *path = write_file (fixture, text, -1);

  assert_refused (fixture, path);
}

static void
test_cancelled (ServiceFixture *fixture, gconstpointer data)
{
  g_autofree char *path = write_file (fixture, "{\"port\":105,\"ae_title\":\"X\"}", -1);
  g_autoptr (GCancellable) before = g_cancellable_new ();
  g_autoptr (GCancellable) during = g_cancellable_new ();
  g_autoptr (GCancellable) after = g_cancellable_new ();
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GPtrArray) settings = NULL;
  g_autoptr (GError) error = NULL;

  g_cancellable_cancel (before);
  g_assert_null (import_path (fixture, path, before, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  g_clear_error (&error);
  bounce_service_import_settings_async (fixture->service, path, during,
                                        service_fixture_keep_result_cb, &result);
  g_cancellable_cancel (during);
  g_assert_null (bounce_service_import_settings_finish (fixture->service,
                                                        service_fixture_wait (&result), &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  g_clear_error (&error);
  g_assert_cmpuint (bounce_config_get_port (bounce_service_get_config (fixture->service)), ==,
                    fixture->port);
  settings = import_path (fixture, path, after, &error);
  g_cancellable_cancel (after);
  g_assert_no_error (error);
  g_assert_cmpuint (settings->len, ==, 2);
}

static BounceStudySum *
sum_studies (ServiceFixture *fixture, GCancellable *cancellable, GError **error)
{
  g_autoptr (GAsyncResult) result = NULL;

  bounce_service_sum_studies_async (fixture->service, cancellable, service_fixture_keep_result_cb,
                                    &result);
  return bounce_service_sum_studies_finish (fixture->service, service_fixture_wait (&result),
                                            error);
}

static void
test_sum (ServiceFixture *fixture, gconstpointer data)
{
  g_autoptr (BounceStudySum) none = sum_studies (fixture, NULL, NULL);
  g_autofree char *uid = service_fixture_receive_study (fixture);
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_autoptr (BounceStudySum) one = sum_studies (fixture, NULL, NULL);
  g_autoptr (GError) error = NULL;

  g_assert_cmpuint (g_strv_length (none->study_uids), ==, 0);
  g_assert_cmpuint (none->bytes, ==, 0);
  g_assert_cmpuint (g_strv_length (one->study_uids), ==, 1);
  g_assert_cmpstr (one->study_uids[0], ==, uid);
  g_assert_cmpuint (one->instances, ==, 2);
  g_assert_cmpuint (one->undelivered_studies, ==, 1);
  g_assert_cmpuint (one->bytes, >, 1000);
  g_cancellable_cancel (cancellable);
  g_assert_null (sum_studies (fixture, cancellable, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
}

#define ADD(path, func)                                                                            \
  g_test_add (path, ServiceFixture, NULL, service_fixture_set_up, func, service_fixture_tear_down)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  ADD ("/settings-import/outcomes", test_outcomes);
  ADD ("/settings-import/studies-stored", test_studies_stored);
  ADD ("/settings-import/locked", test_locked);
  ADD ("/settings-import/hostile", test_hostile);
  ADD ("/settings-import/too-large", test_too_large);
  ADD ("/settings-import/too-deep", test_too_deep);
  ADD ("/settings-import/cancelled", test_cancelled);
  ADD ("/settings-import/sum", test_sum);
  return g_test_run ();
}
