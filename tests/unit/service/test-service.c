/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* The service in this process: opening and its refusals, commands with the document's texts,
 * signals, settings. Uploading and the bus are tested with the real programs in tests/e2e. */

#include "config.h"

#include "service-fixture.h"

#include "bounce-service-settings.h"

#include "bounce-log.h"
#include "bounce-wording.h"

#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>

#define UNKNOWN_UID "1.2.3.4"

static void
start_receiver (ServiceFixture *fixture, GError **error)
{
  g_autoptr (GAsyncResult) result = NULL;

  bounce_service_receiver_start_async (fixture->service, NULL, service_fixture_keep_result_cb,
                                       &result);
  bounce_service_receiver_start_finish (fixture->service, service_fixture_wait (&result), error);
}

static void
stop_receiver (ServiceFixture *fixture)
{
  g_autoptr (GAsyncResult) result = NULL;
  GError *error = NULL;

  bounce_service_receiver_stop_async (fixture->service, NULL, service_fixture_keep_result_cb,
                                      &result);
  bounce_service_receiver_stop_finish (fixture->service, service_fixture_wait (&result), &error);
  g_assert_no_error (error);
}

static BounceServiceStatus *
get_status (ServiceFixture *fixture)
{
  g_autoptr (GAsyncResult) result = NULL;
  GError *error = NULL;
  BounceServiceStatus *status;

  bounce_service_get_status_async (fixture->service, NULL, service_fixture_keep_result_cb, &result);
  status =
      bounce_service_get_status_finish (fixture->service, service_fixture_wait (&result), &error);
  g_assert_no_error (error);
  return status;
}

static void
test_locked (ServiceFixture *fixture, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *pid = g_strdup_printf ("%d", (int) getpid ());

  g_assert_null (service_fixture_open (fixture, &error));
  g_assert_error (error, BOUNCE_SERVICE_ERROR, BOUNCE_SERVICE_ERROR_LOCKED);
  g_assert_nonnull (strstr (error->message, pid));
}

static void
test_not_mounted (ServiceFixture *fixture, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  G_GNUC_UNUSED g_autofree char *uid = service_fixture_receive_study (fixture);
  g_autofree char *away = g_strconcat (fixture->base_dir, ".away", NULL);

  service_fixture_shut_down (fixture);
  g_assert_cmpint (g_rename (fixture->base_dir, away), ==, 0);
  g_assert_cmpint (g_mkdir (fixture->base_dir, 0700), ==, 0);
  g_assert_null (service_fixture_open (fixture, &error));
  g_assert_error (error, BOUNCE_SERVICE_ERROR, BOUNCE_SERVICE_ERROR_NOT_MOUNTED);
  g_clear_error (&error);
  g_assert_cmpint (g_rmdir (fixture->base_dir), ==, 0);
  g_assert_cmpint (g_rename (away, fixture->base_dir), ==, 0);
  fixture->service = service_fixture_open (fixture, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (service_fixture_count_studies (fixture), ==, 1);
}

static void
test_no_data_dir (ServiceFixture *fixture, gconstpointer data)
{
  g_autoptr (GError) error = NULL;

  g_assert_null (bounce_service_open (fixture->source, "/dev/null/data", &error));
  g_assert_error (error, BOUNCE_SERVICE_ERROR, BOUNCE_SERVICE_ERROR_FAILED);
}

static void
count_cb (gpointer object, gpointer arg, gpointer user_data)
{
  ++*(guint *) user_data;
}

static guint
count_receiver_failures (ServiceFixture *fixture)
{
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GPtrArray) events = NULL;
  guint n = 0;

  bounce_service_list_events_async (fixture->service, NULL, 100, NULL,
                                    service_fixture_keep_result_cb, &result);
  events =
      bounce_service_list_events_finish (fixture->service, service_fixture_wait (&result), NULL);
  for (guint i = 0; i < events->len; i++)
    n += ((BounceEvent *) g_ptr_array_index (events, i))->code == BOUNCE_EVENT_RECEIVER_FAILED;
  return n;
}

/* Stopping takes up to half a minute: a start in between waits for it. */
static void
test_start_while_stopping (ServiceFixture *fixture, gconstpointer data)
{
  g_autoptr (GAsyncResult) stopped = NULL;
  g_autoptr (GAsyncResult) started = NULL;
  GError *error = NULL;

  start_receiver (fixture, &error);
  g_assert_no_error (error);
  bounce_service_receiver_stop_async (fixture->service, NULL, service_fixture_keep_result_cb,
                                      &stopped);
  bounce_service_receiver_start_async (fixture->service, NULL, service_fixture_keep_result_cb,
                                       &started);
  start_receiver (fixture, &error);
  g_assert_no_error (error);
  bounce_service_receiver_start_finish (fixture->service, service_fixture_wait (&started), &error);
  g_assert_no_error (error);
  bounce_service_receiver_stop_finish (fixture->service, service_fixture_wait (&stopped), &error);
  g_assert_no_error (error);
  g_assert_true (bounce_service_is_receiver_running (fixture->service));
  g_assert_cmpuint (count_receiver_failures (fixture), ==, 0);
}

/* The last word counts. */
static void
test_stop_after_start_while_stopping (ServiceFixture *fixture, gconstpointer data)
{
  g_autoptr (GAsyncResult) stopped = NULL;
  g_autoptr (GAsyncResult) started = NULL;
  g_autoptr (GError) error = NULL;

  start_receiver (fixture, &error);
  g_assert_no_error (error);
  bounce_service_receiver_stop_async (fixture->service, NULL, service_fixture_keep_result_cb,
                                      &stopped);
  bounce_service_receiver_start_async (fixture->service, NULL, service_fixture_keep_result_cb,
                                       &started);
  stop_receiver (fixture);
  bounce_service_receiver_start_finish (fixture->service, service_fixture_wait (&started), &error);
  g_assert_error (error, BOUNCE_SERVICE_ERROR, BOUNCE_SERVICE_ERROR_START_FAILED);
  g_assert_false (bounce_service_is_receiver_running (fixture->service));
  g_assert_cmpuint (count_receiver_failures (fixture), ==, 0);
  bounce_service_receiver_stop_finish (fixture->service, service_fixture_wait (&stopped), NULL);
}

/* Nothing is bound for a store that is about to close. */
static void
test_start_while_shutting_down (ServiceFixture *fixture, gconstpointer data)
{
  g_autoptr (GAsyncResult) shut_down = NULL;
  g_autoptr (GError) error = NULL;

  bounce_service_shutdown_async (fixture->service, service_fixture_keep_result_cb, &shut_down);
  start_receiver (fixture, &error);
  g_assert_error (error, BOUNCE_SERVICE_ERROR, BOUNCE_SERVICE_ERROR_START_FAILED);
  g_clear_error (&error);
  bounce_service_shutdown_finish (fixture->service, service_fixture_wait (&shut_down), &error);
  g_assert_no_error (error);
  g_clear_object (&fixture->service);
}

static void
test_receiver (ServiceFixture *fixture, gconstpointer data)
{
  GError *error = NULL;
  guint n_changes = 0;
  g_autofree char *expected = g_strdup_printf ("127.0.0.1:%u", fixture->port);
  g_autofree char *endpoint = NULL;

  g_signal_connect (fixture->service, "notify::receiver-running", G_CALLBACK (count_cb),
                    &n_changes);
  g_assert_null (bounce_service_dup_endpoint (fixture->service));
  start_receiver (fixture, &error);
  g_assert_no_error (error);
  g_assert_true (bounce_service_is_receiver_running (fixture->service));
  endpoint = bounce_service_dup_endpoint (fixture->service);
  g_assert_cmpstr (endpoint, ==, expected);
  start_receiver (fixture, &error);
  g_assert_no_error (error);
  stop_receiver (fixture);
  g_assert_false (bounce_service_is_receiver_running (fixture->service));
  stop_receiver (fixture);
  g_assert_cmpuint (n_changes, >=, 2);
}

static void
test_address_in_use (ServiceFixture *fixture, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GSocketAddress) address =
      g_inet_socket_address_new_from_string ("127.0.0.1", fixture->port);
  g_autoptr (GSocketListener) taken = g_socket_listener_new ();

  g_assert_true (g_socket_listener_add_address (taken, address, G_SOCKET_TYPE_STREAM,
                                                G_SOCKET_PROTOCOL_TCP, NULL, NULL, NULL));
  start_receiver (fixture, &error);
  g_assert_error (error, BOUNCE_SERVICE_ERROR, BOUNCE_SERVICE_ERROR_START_FAILED);
  g_assert_cmpstr (error->message, ==, "Failed to start server: Address already in use");
}

typedef struct
{
  guint n_told;
  char *sentence; /* (owned) (nullable) */
} Told;

static void
told_cb (BounceService *service, gpointer event, const char *sentence, gpointer user_data)
{
  Told *told = user_data;

  told->n_told++;
  g_free (told->sentence);
  told->sentence = g_strdup (sentence);
}

static void
test_events_are_told_once (ServiceFixture *fixture, gconstpointer data)
{
  Told told = { 0 };
  Told again = { 0 };

  g_signal_connect (fixture->service, "event", G_CALLBACK (told_cb), &told);
  test_address_in_use (fixture, NULL);
  while (told.n_told == 0)
    g_main_context_iteration (NULL, TRUE);
  g_assert_nonnull (strstr (told.sentence, "Address already in use"));
  service_fixture_shut_down (fixture);

  fixture->service = service_fixture_open (fixture, NULL);
  g_signal_connect (fixture->service, "event", G_CALLBACK (told_cb), &again);
  test_address_in_use (fixture, NULL);
  while (again.n_told == 0)
    g_main_context_iteration (NULL, TRUE);
  g_assert_cmpuint (again.n_told, ==, 1);
  g_free (told.sentence);
  g_free (again.sentence);
}

static void
assert_send_fails (ServiceFixture *fixture, const char *uid)
{
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;

  bounce_service_send_study_async (fixture->service, uid, NULL, service_fixture_keep_result_cb,
                                   &result);
  g_assert_false (
      bounce_service_send_study_finish (fixture->service, service_fixture_wait (&result), &error));
  g_assert_error (error, BOUNCE_SERVICE_ERROR, BOUNCE_SERVICE_ERROR_SEND_FAILED);
  g_assert_true (g_str_has_prefix (error->message, "send study panic: "));
}

static void
assert_delete (ServiceFixture *fixture, const char *uid, gboolean succeeds)
{
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;

  bounce_service_delete_study_async (fixture->service, uid, NULL, service_fixture_keep_result_cb,
                                     &result);
  bounce_service_delete_study_finish (fixture->service, service_fixture_wait (&result), &error);
  if (succeeds)
    {
      g_assert_no_error (error);
      return;
    }
  g_assert_error (error, BOUNCE_SERVICE_ERROR, BOUNCE_SERVICE_ERROR_DELETE_FAILED);
  g_assert_true (g_str_has_prefix (error->message, "delete study panic: "));
}

static void
test_unknown_studies (ServiceFixture *fixture, gconstpointer data)
{
  static const char *const uids[] = { UNKNOWN_UID, "", "1..2", "../..", "1.2/3", "1.2a" };

  for (guint i = 0; i < G_N_ELEMENTS (uids); i++)
    {
      assert_send_fails (fixture, uids[i]);
      assert_delete (fixture, uids[i], FALSE);
    }
}

static void
studies_cb (BounceService *service, GPtrArray *studies, gpointer user_data)
{
  *(guint *) user_data = studies->len;
}

static void
test_studies (ServiceFixture *fixture, gconstpointer data)
{
  g_autofree char *uid = service_fixture_receive_study (fixture);
  guint n_emitted = 0;
  guint n_changes = 0;

  g_signal_connect (fixture->service, "current-studies", G_CALLBACK (studies_cb), &n_emitted);
  g_signal_connect (fixture->service, "studies-changed", G_CALLBACK (count_cb), &n_changes);
  g_assert_cmpuint (service_fixture_count_studies (fixture), ==, 1);
  g_assert_cmpuint (n_emitted, ==, 1);
  assert_delete (fixture, uid, TRUE);
  g_assert_cmpuint (service_fixture_count_studies (fixture), ==, 0);
  assert_delete (fixture, uid, FALSE);
  while (n_changes == 0)
    g_main_context_iteration (NULL, TRUE);
}

static void
test_reset (ServiceFixture *fixture, gconstpointer data)
{
  g_autofree char *uid = service_fixture_receive_study (fixture);
  g_autofree char *folder = g_build_filename (fixture->base_dir, uid, NULL);
  g_autoptr (GAsyncResult) result = NULL;
  GError *error = NULL;

  g_assert_true (g_file_test (folder, G_FILE_TEST_IS_DIR));
  bounce_service_reset_app_async (fixture->service, NULL, service_fixture_keep_result_cb, &result);
  bounce_service_reset_app_finish (fixture->service, service_fixture_wait (&result), &error);
  g_assert_no_error (error);
  g_assert_cmpuint (service_fixture_count_studies (fixture), ==, 0);
  g_assert_false (g_file_test (folder, G_FILE_TEST_EXISTS));
}

static void
test_a_limit_that_cannot_be (ServiceFixture *fixture, gconstpointer data)
{
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;
  BounceStudyQuery query = { .limit = BOUNCE_SERVICE_MAX_LIMIT + 1 };

  bounce_service_current_studies_async (fixture->service, &query, NULL,
                                        service_fixture_keep_result_cb, &result);
  g_assert_null (bounce_service_current_studies_finish (
      fixture->service, service_fixture_wait (&result), NULL, &error));
  g_assert_error (error, BOUNCE_SERVICE_ERROR, BOUNCE_SERVICE_ERROR_INVALID);
}

static gboolean
set (ServiceFixture *fixture,
     const char *key,
     const char *value,
     BounceConfigChange *change,
     GError **error)
{
  g_autoptr (GAsyncResult) result = NULL;

  bounce_service_set_config_async (fixture->service, key, value, NULL,
                                   service_fixture_keep_result_cb, &result);
  return bounce_service_set_config_finish (fixture->service, service_fixture_wait (&result), change,
                                           error);
}

static void
test_settings (ServiceFixture *fixture, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (BounceServiceStatus) before = NULL;
  g_autoptr (BounceServiceStatus) after = NULL;
  BounceConfigChange change = BOUNCE_CONFIG_CHANGE_NOTHING;
  guint n_changes = 0;

  start_receiver (fixture, &error);
  g_assert_no_error (error);
  before = get_status (fixture);
  g_assert_false (before->receiver_restart_needed);
  g_signal_connect (fixture->service, "notify::config", G_CALLBACK (count_cb), &n_changes);
  g_assert_true (set (fixture, "ae_title", "OTHER", &change, &error));
  g_assert_cmpint (change, ==, BOUNCE_CONFIG_CHANGE_RECEIVER);
  g_assert_cmpuint (n_changes, ==, 1);
  after = get_status (fixture);
  g_assert_true (after->receiver_restart_needed);
  g_assert_cmpstr (after->ae_title, ==, "BOUNCE");
  g_assert_cmpstr (bounce_config_get_ae_title (bounce_service_get_config (fixture->service)), ==,
                   "OTHER");
  g_assert_false (set (fixture, "port", "0", NULL, &error));
  g_assert_error (error, BOUNCE_SERVICE_ERROR, BOUNCE_SERVICE_ERROR_INVALID);
  g_clear_error (&error);
  g_assert_false (set (fixture, "colour", "red", NULL, &error));
  g_assert_error (error, BOUNCE_SERVICE_ERROR, BOUNCE_SERVICE_ERROR_INVALID);
}

static void
test_settings_that_cannot_be_kept (ServiceFixture *fixture, gconstpointer data)
{
  g_autoptr (GError) error = NULL;

  /* A directory in the place of the file: nothing can be renamed over it. */
  g_assert_cmpint (g_unlink (fixture->config_path), ==, 0);
  g_assert_cmpint (g_mkdir (fixture->config_path, 0700), ==, 0);
  g_assert_false (set (fixture, "ae_title", "OTHER", NULL, &error));
  g_assert_error (error, BOUNCE_SERVICE_ERROR, BOUNCE_SERVICE_ERROR_FAILED);
  g_assert_cmpstr (bounce_config_get_ae_title (bounce_service_get_config (fixture->service)), ==,
                   "BOUNCE");
}

static void
test_base_dir_in_use (ServiceFixture *fixture, gconstpointer data)
{
  g_autofree char *other = bounce_test_dirs_make (fixture->dirs, "other");
  g_autofree char *uid = service_fixture_receive_study (fixture);
  g_autoptr (GError) error = NULL;

  g_assert_false (set (fixture, "base_dir", other, NULL, &error));
  g_assert_error (error, BOUNCE_SERVICE_ERROR, BOUNCE_SERVICE_ERROR_INVALID);
  g_clear_error (&error);
  assert_delete (fixture, uid, TRUE);
  g_assert_true (set (fixture, "base_dir", other, NULL, &error));
  g_assert_no_error (error);
}

/* A study comes between the change and the start that would bring it into effect. */
static void
test_base_dir_kept (ServiceFixture *fixture, gconstpointer data)
{
  g_autofree char *other = bounce_test_dirs_make (fixture->dirs, "other");
  g_autofree char *uid = NULL;
  g_autoptr (GError) error = NULL;

  g_assert_true (set (fixture, "base_dir", other, NULL, &error));
  uid = service_fixture_receive_study (fixture);
  service_fixture_shut_down (fixture);
  fixture->service = service_fixture_open (fixture, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (service_fixture_count_studies (fixture), ==, 1);
  g_assert_true (bounce_service_is_restart_needed (fixture->service));
  /* It can be left at that. */
  g_assert_true (set (fixture, "base_dir", fixture->base_dir, NULL, &error));
  g_assert_no_error (error);
  g_assert_false (bounce_service_is_restart_needed (fixture->service));
}

static void
test_check_connection (ServiceFixture *fixture, gconstpointer data)
{
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;

  bounce_service_check_connection_async (fixture->service, NULL, service_fixture_keep_result_cb,
                                         &result);
  g_assert_false (bounce_service_check_connection_finish (fixture->service,
                                                          service_fixture_wait (&result), &error));
  g_assert_error (error, BOUNCE_SERVICE_ERROR, BOUNCE_SERVICE_ERROR_FAILED);
  g_assert_null (strstr (error->message, "token"));
}

static void
asked_cb (BounceService *service, gpointer user_data)
{
  ++*(guint *) user_data;
}

static void
test_show_window (ServiceFixture *fixture, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  guint n_shown = 0;

  g_assert_false (bounce_service_show_window (fixture->service, &error));
  g_assert_error (error, BOUNCE_SERVICE_ERROR, BOUNCE_SERVICE_ERROR_FAILED);
  g_clear_error (&error);
  g_signal_connect (fixture->service, "show-window", G_CALLBACK (asked_cb), &n_shown);
  g_assert_true (bounce_service_show_window (fixture->service, &error));
  g_assert_no_error (error);
  g_assert_cmpuint (n_shown, ==, 1);
}

/* The caller is answered before its wish comes true. */
static void
test_quit (ServiceFixture *fixture, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  guint n_asked = 0;

  g_assert_false (bounce_service_quit (fixture->service, &error));
  g_assert_error (error, BOUNCE_SERVICE_ERROR, BOUNCE_SERVICE_ERROR_FAILED);
  g_clear_error (&error);
  g_signal_connect (fixture->service, "quit", G_CALLBACK (asked_cb), &n_asked);
  g_assert_true (bounce_service_quit (fixture->service, &error));
  g_assert_no_error (error);
  g_assert_cmpuint (n_asked, ==, 0);
  while (n_asked == 0)
    g_main_context_iteration (NULL, TRUE);
  g_assert_cmpuint (n_asked, ==, 1);
}

static void
log_cb (BounceService *service, const char *text, gpointer user_data)
{
  if (g_str_has_prefix (text, "forged"))
    *(char **) user_data = g_strdup (text);
}

static void
test_send_log (ServiceFixture *fixture, gconstpointer data)
{
  g_autofree char *line = NULL;

  g_assert_true (bounce_log_start (NULL, NULL));
  g_signal_connect (fixture->service, "log", G_CALLBACK (log_cb), &line);
  bounce_service_send_log (fixture->service, "forged\n2026-01-01 \x1b[1m\xff");
  while (line == NULL)
    g_main_context_iteration (NULL, TRUE);
  g_assert_cmpstr (line, ==, "forged 2026-01-01  [1m\xef\xbf\xbd");
  bounce_log_stop ();
}

int
main (int argc, char **argv)
{
  static const struct
  {
    const char *path;
    void (*run) (ServiceFixture *fixture, gconstpointer data);
  } tests[] = {
    { "/service/open/locked", test_locked },
    { "/service/open/not-mounted", test_not_mounted },
    { "/service/open/no-data-dir", test_no_data_dir },
    { "/service/receiver", test_receiver },
    { "/service/receiver/address-in-use", test_address_in_use },
    { "/service/receiver/start-while-stopping", test_start_while_stopping },
    { "/service/receiver/stop-after-that", test_stop_after_start_while_stopping },
    { "/service/receiver/start-while-shutting-down", test_start_while_shutting_down },
    { "/service/events", test_events_are_told_once },
    { "/service/studies", test_studies },
    { "/service/studies/unknown", test_unknown_studies },
    { "/service/studies/limit", test_a_limit_that_cannot_be },
    { "/service/reset", test_reset },
    { "/service/settings", test_settings },
    { "/service/settings/not-kept", test_settings_that_cannot_be_kept },
    { "/service/settings/base-dir", test_base_dir_in_use },
    { "/service/settings/base-dir-kept", test_base_dir_kept },
    { "/service/check-connection", test_check_connection },
    { "/service/show-window", test_show_window },
    { "/service/quit", test_quit },
    { "/service/log", test_send_log },
  };

  g_test_init (&argc, &argv, NULL);
  for (guint i = 0; i < G_N_ELEMENTS (tests); i++)
    g_test_add (tests[i].path, ServiceFixture, NULL, service_fixture_set_up, tests[i].run,
                service_fixture_tear_down);
  return g_test_run ();
}
