/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* Every asynchronous command of the service, cancelled before, during and after: the callback comes
 * once, with the cancellation or with what had happened already, and the service goes on. */

#include "config.h"

#include "bounce-service-checks.h"
#include "service-fixture.h"

typedef struct
{
  const char *name;
  void (*begin) (BounceService *service,
                 GCancellable *cancellable,
                 GAsyncReadyCallback callback,
                 gpointer user_data);
  ServiceFinish finish;
} Command;

static void
begin_send (BounceService *service,
            GCancellable *cancellable,
            GAsyncReadyCallback callback,
            gpointer user_data)
{
  bounce_service_send_study_async (service, "1.2.3", cancellable, callback, user_data);
}

static void
begin_delete (BounceService *service,
              GCancellable *cancellable,
              GAsyncReadyCallback callback,
              gpointer user_data)
{
  bounce_service_delete_study_async (service, "1.2.3", cancellable, callback, user_data);
}

static void
begin_studies (BounceService *service,
               GCancellable *cancellable,
               GAsyncReadyCallback callback,
               gpointer user_data)
{
  BounceStudyQuery query = { .page = 1 };

  bounce_service_current_studies_async (service, &query, cancellable, callback, user_data);
}

static gboolean
finish_studies (BounceService *service, GAsyncResult *result, GError **error)
{
  g_autoptr (GPtrArray) studies =
      bounce_service_current_studies_finish (service, result, NULL, error);

  return studies != NULL;
}

static void
begin_api_start (BounceService *service,
                 GCancellable *cancellable,
                 GAsyncReadyCallback callback,
                 gpointer user_data)
{
  bounce_service_api_start_upload_async (service, "1.2.3", "asm",
                                         "550e8400-e29b-41d4-a716-446655440000", "asm", cancellable,
                                         callback, user_data);
}

static gboolean
finish_status (BounceService *service, GAsyncResult *result, GError **error)
{
  g_autoptr (BounceServiceStatus) status =
      bounce_service_get_status_finish (service, result, error);

  return status != NULL;
}

static void
begin_transfers (BounceService *service,
                 GCancellable *cancellable,
                 GAsyncReadyCallback callback,
                 gpointer user_data)
{
  bounce_service_list_transfers_async (service, NULL, 10, cancellable, callback, user_data);
}

static gboolean
finish_transfers (BounceService *service, GAsyncResult *result, GError **error)
{
  g_autoptr (GPtrArray) list = bounce_service_list_transfers_finish (service, result, error);

  return list != NULL;
}

static void
begin_events (BounceService *service,
              GCancellable *cancellable,
              GAsyncReadyCallback callback,
              gpointer user_data)
{
  bounce_service_list_events_async (service, NULL, 10, cancellable, callback, user_data);
}

static gboolean
finish_events (BounceService *service, GAsyncResult *result, GError **error)
{
  g_autoptr (GPtrArray) list = bounce_service_list_events_finish (service, result, error);

  return list != NULL;
}

static void
begin_set (BounceService *service,
           GCancellable *cancellable,
           GAsyncReadyCallback callback,
           gpointer user_data)
{
  bounce_service_set_config_async (service, "quiet_period_seconds", "11", cancellable, callback,
                                   user_data);
}

static gboolean
finish_set (BounceService *service, GAsyncResult *result, GError **error)
{
  return bounce_service_set_config_finish (service, result, NULL, error);
}

static void
begin_check_key (BounceService *service,
                 GCancellable *cancellable,
                 GAsyncReadyCallback callback,
                 gpointer user_data)
{
  bounce_service_check_key_async (service, "aura_au_bounce_user_token_local", NULL, cancellable,
                                  callback, user_data);
}

static gboolean
finish_check_key (BounceService *service, GAsyncResult *result, GError **error)
{
  return bounce_service_check_key_finish (service, result, NULL, error);
}

static void
begin_check_endpoint (BounceService *service,
                      GCancellable *cancellable,
                      GAsyncReadyCallback callback,
                      gpointer user_data)
{
  bounce_service_check_endpoint_async (service, "127.0.0.1", 11112, cancellable, callback,
                                       user_data);
}

static void
begin_check_storage (BounceService *service,
                     GCancellable *cancellable,
                     GAsyncReadyCallback callback,
                     gpointer user_data)
{
  bounce_service_check_storage_async (service, g_get_user_data_dir (), cancellable, callback,
                                      user_data);
}

static gboolean
finish_check_storage (BounceService *service, GAsyncResult *result, GError **error)
{
  g_autoptr (BounceStorageCheck) check =
      bounce_service_check_storage_finish (service, result, error);

  return check != NULL;
}

static const Command commands[] = {
  { "receiver-start", bounce_service_receiver_start_async, bounce_service_receiver_start_finish },
  { "receiver-stop", bounce_service_receiver_stop_async, bounce_service_receiver_stop_finish },
  { "send-study", begin_send, bounce_service_send_study_finish },
  { "delete-study", begin_delete, bounce_service_delete_study_finish },
  { "reset-app", bounce_service_reset_app_async, bounce_service_reset_app_finish },
  { "current-studies", begin_studies, finish_studies },
  { "api-start-upload", begin_api_start, bounce_service_api_start_upload_finish },
  { "get-status", bounce_service_get_status_async, finish_status },
  { "list-transfers", begin_transfers, finish_transfers },
  { "list-events", begin_events, finish_events },
  { "set-config", begin_set, finish_set },
  { "check-connection", bounce_service_check_connection_async,
    bounce_service_check_connection_finish },
  { "check-key", begin_check_key, finish_check_key },
  { "check-endpoint", begin_check_endpoint, bounce_service_check_endpoint_finish },
  { "check-storage", begin_check_storage, finish_check_storage },
};

static void
test_before (ServiceFixture *fixture, gconstpointer data)
{
  const Command *command = data;
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;

  g_cancellable_cancel (cancellable);
  command->begin (fixture->service, cancellable, service_fixture_keep_result_cb, &result);
  g_assert_null (result); /* never from within the call */
  g_assert_false (command->finish (fixture->service, service_fixture_wait (&result), &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  g_assert_cmpuint (service_fixture_count_studies (fixture), ==, 0);
}

static void
test_during (ServiceFixture *fixture, gconstpointer data)
{
  const Command *command = data;
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;

  command->begin (fixture->service, cancellable, service_fixture_keep_result_cb, &result);
  g_cancellable_cancel (cancellable);
  if (!command->finish (fixture->service, service_fixture_wait (&result), &error))
    g_assert_nonnull (error);
  else
    g_assert_no_error (error);
  g_assert_cmpuint (service_fixture_count_studies (fixture), ==, 0);
}

static void
test_after (ServiceFixture *fixture, gconstpointer data)
{
  const Command *command = data;
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GAsyncResult) started = NULL;
  g_autoptr (GError) error = NULL;

  command->begin (fixture->service, cancellable, service_fixture_keep_result_cb, &result);
  command->finish (fixture->service, service_fixture_wait (&result), &error);
  g_assert_false (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED));
  g_clear_error (&error);
  g_cancellable_cancel (cancellable);
  bounce_service_receiver_start_async (fixture->service, NULL, service_fixture_keep_result_cb,
                                       &started);
  bounce_service_receiver_start_finish (fixture->service, service_fixture_wait (&started), &error);
  g_assert_no_error (error);
}

static void
add (const Command *command,
     const char *moment,
     void (*run) (ServiceFixture *fixture, gconstpointer data))
{
  g_autofree char *path = g_strdup_printf ("/service/cancel/%s/%s", command->name, moment);

  g_test_add (path, ServiceFixture, command, service_fixture_set_up, run,
              service_fixture_tear_down);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  for (guint i = 0; i < G_N_ELEMENTS (commands); i++)
    {
      add (&commands[i], "before", test_before);
      add (&commands[i], "during", test_during);
      add (&commands[i], "after", test_after);
    }
  return g_test_run ();
}
