/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "service-fixture.h"

#include "bounce-phantom.h"
#include "bounce-rawsend.h"
#include "bounce-test-port.h"

static void
write_config (ServiceFixture *fixture)
{
  g_autofree char *text =
      g_strdup_printf ("{ \"ip_address\": \"127.0.0.1\", \"port\": %u, \"base_dir\": \"%s\", "
                       "\"api_key\": \"aura_au_bounce_user_token_local\", "
                       "\"api_endpoint\": \"http://127.0.0.1:9\", \"quiet_period_seconds\": 3600 }",
                       fixture->port, fixture->base_dir);
  GError *error = NULL;

  g_file_set_contents_full (fixture->config_path, text, -1, G_FILE_SET_CONTENTS_NONE, 0600, &error);
  g_assert_no_error (error);
}

/* Opens a service on the fixture's directories, beside the fixture's own. */
BounceService *
service_fixture_open (ServiceFixture *fixture, GError **error)
{
  return bounce_service_open (fixture->source, fixture->data_dir, error);
}

void
service_fixture_set_up (ServiceFixture *fixture, gconstpointer data)
{
  GError *error = NULL;

  fixture->dirs = bounce_test_dirs_new ();
  fixture->data_dir = bounce_test_dirs_make (fixture->dirs, "service-data");
  fixture->base_dir = bounce_test_dirs_make (fixture->dirs, "studies");
  fixture->config_path =
      g_build_filename (bounce_test_dirs_get_root (fixture->dirs), "bounce.json", NULL);
  fixture->port = bounce_test_port_take ();
  write_config (fixture);
  fixture->source = bounce_config_source_open_file (fixture->config_path, &error);
  g_assert_no_error (error);
  fixture->service = service_fixture_open (fixture, &error);
  g_assert_no_error (error);
}

void
service_fixture_keep_result_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  GAsyncResult **kept = user_data;

  g_assert_null (*kept); /* a callback comes once */
  *kept = g_object_ref (result);
}

/* Runs the main loop until the callback came. */
GAsyncResult *
service_fixture_wait (GAsyncResult **result)
{
  while (*result == NULL)
    g_main_context_iteration (NULL, TRUE);
  return *result;
}

void
service_fixture_shut_down (ServiceFixture *fixture)
{
  g_autoptr (GAsyncResult) result = NULL;
  GError *error = NULL;

  bounce_service_shutdown_async (fixture->service, service_fixture_keep_result_cb, &result);
  bounce_service_shutdown_finish (fixture->service, service_fixture_wait (&result), &error);
  g_assert_no_error (error);
  g_clear_object (&fixture->service);
}

void
service_fixture_tear_down (ServiceFixture *fixture, gconstpointer data)
{
  if (fixture->service != NULL)
    service_fixture_shut_down (fixture);
  g_clear_object (&fixture->source);
  g_free (fixture->data_dir);
  g_free (fixture->base_dir);
  g_free (fixture->config_path);
  bounce_test_dirs_free (fixture->dirs);
}

static char **
list_files (const char *folder)
{
  g_autoptr (GStrvBuilder) paths = g_strv_builder_new ();
  g_autoptr (GDir) dir = g_dir_open (folder, 0, NULL);
  const char *name;

  while ((name = g_dir_read_name (dir)) != NULL)
    {
      g_autofree char *path = g_build_filename (folder, name, NULL);

      g_strv_builder_add (paths, path);
    }
  return g_strv_builder_end (paths);
}

static void
send_worker (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  const ServiceFixture *fixture = data;
  BouncePhantom phantom = { .kind = BOUNCE_PHANTOM_SMALL, .n_instances = 2 };
  BounceRawsend send = { .port = fixture->port };
  g_autofree char *folder = bounce_test_dirs_make (fixture->dirs, "phantom");
  g_auto (GStrv) paths = NULL;
  BounceRawsendResult result;
  GError *error = NULL;

  bounce_phantom_write (&phantom, folder, &error);
  g_assert_no_error (error);
  paths = list_files (folder);
  bounce_rawsend_run (&send, (const char *const *) paths, &result, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (result.n_success, ==, 2);
  g_task_return_boolean (task, TRUE);
}

/* Starts the receiver and receives a small study; its UID. */
char *
service_fixture_receive_study (ServiceFixture *fixture)
{
  BouncePhantom phantom = { .kind = BOUNCE_PHANTOM_SMALL, .n_instances = 2 };
  g_autoptr (GAsyncResult) started = NULL;
  g_autoptr (GAsyncResult) sent = NULL;
  g_autoptr (GTask) task = NULL;
  GError *error = NULL;

  bounce_service_receiver_start_async (fixture->service, NULL, service_fixture_keep_result_cb,
                                       &started);
  bounce_service_receiver_start_finish (fixture->service, service_fixture_wait (&started), &error);
  g_assert_no_error (error);
  task = g_task_new (NULL, NULL, service_fixture_keep_result_cb, &sent);
  g_task_set_task_data (task, fixture, NULL);
  g_task_run_in_thread (task, send_worker);
  service_fixture_wait (&sent);
  return bounce_phantom_study_uid (&phantom);
}

guint
service_fixture_count_studies (ServiceFixture *fixture)
{
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GPtrArray) studies = NULL;
  BounceStudyQuery query = { .limit = 100 };
  GError *error = NULL;

  bounce_service_current_studies_async (fixture->service, &query, NULL,
                                        service_fixture_keep_result_cb, &result);
  studies = bounce_service_current_studies_finish (fixture->service, service_fixture_wait (&result),
                                                   NULL, &error);
  g_assert_no_error (error);
  return studies->len;
}
