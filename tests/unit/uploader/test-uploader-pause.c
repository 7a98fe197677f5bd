/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* What stops all uploads of the destination, and what lets them go on; and how jobs are let go of.
 */

#include "config.h"

#include "upload-fixture.h"

#include "bounce-http.h"
#include "bounce-wording.h"

#include <string.h>

#define STUDY         "1.2.3.1"
#define OTHER_STUDY   "1.2.3.2"
#define SERIES        "1.2.3.1.1"
#define SOP           "1.2.3.1.1.1"
#define SIZE          20000
#define LARGE_SIZE    (16 * 1024 * 1024)
#define QUIET_SECONDS 2
#define UPLOAD_ID     "8d3a35a5-3f3e-4a5c-9f5a-0d4c1f3c9b11"

typedef void (*TestFunc) (UploadFixture *self);

static void
run_with_fixture (gconstpointer data)
{
  UploadFixture *self = upload_fixture_new ();

  ((TestFunc) data) (self);
  upload_fixture_free (self);
}

static void
add_studies (UploadFixture *self)
{
  upload_fixture_add_instance (self, STUDY, SERIES, SOP, SIZE, 1);
  upload_fixture_add_instance (self, OTHER_STUDY, "1.2.3.2.1", "1.2.3.2.1.1", SIZE, 2);
}

static void
start_due (UploadFixture *self)
{
  bounce_uploader_start (self->uploader);
  upload_fixture_advance (self, QUIET_SECONDS);
}

static gboolean
is_paused_for (UploadFixture *self, gpointer reason)
{
  return g_strcmp0 (bounce_uploader_get_paused_reason (self->uploader), reason) == 0;
}

static void
wait_paused (UploadFixture *self, const char *reason)
{
  upload_fixture_wait (self, is_paused_for, (gpointer) reason);
}

static void
wait_both_sent (UploadFixture *self)
{
  upload_fixture_wait_status (self, STUDY, "SENT");
  upload_fixture_wait_status (self, OTHER_STUDY, "SENT");
  g_assert_null (bounce_uploader_get_paused_reason (self->uploader));
}

static void
test_no_key (UploadFixture *self)
{
  g_autoptr (BounceStudy) study = NULL;

  upload_fixture_set_api_key (self, NULL);
  add_studies (self);
  start_due (self);
  g_assert_cmpstr (bounce_uploader_get_paused_reason (self->uploader), ==, BOUNCE_REASON_NO_KEY);
  bounce_uploader_resume (self->uploader);
  g_assert_cmpstr (bounce_uploader_get_paused_reason (self->uploader), ==, BOUNCE_REASON_NO_KEY);
  study = upload_fixture_get_study (self, STUDY);
  g_assert_cmpstr (study->status, ==, "RECEIVED");
  g_assert_cmpuint (upload_fixture_count_transfers (self, STUDY), ==, 0);
  upload_fixture_set_api_key (self, TEST_KEY);
  wait_both_sent (self);
}

/* Which of the two met it first, and whether the other had begun, is chance. */
static gboolean
is_one_unauthorised (UploadFixture *self, gpointer data)
{
  g_autoptr (BounceStudy) first = upload_fixture_get_study (self, STUDY);
  g_autoptr (BounceStudy) second = upload_fixture_get_study (self, OTHER_STUDY);

  return g_strcmp0 (first->reason, BOUNCE_REASON_UNAUTHORISED) == 0
         || g_strcmp0 (second->reason, BOUNCE_REASON_UNAUTHORISED) == 0;
}

static void
pause_with_wrong_key (UploadFixture *self)
{
  upload_fixture_set_api_key (self, OTHER_KEY);
  add_studies (self);
  start_due (self);
  wait_paused (self, BOUNCE_REASON_UNAUTHORISED);
  upload_fixture_wait (self, is_one_unauthorised, NULL);
  upload_fixture_wait_events (self, BOUNCE_EVENT_UNAUTHORISED, 1);
}

static void
test_new_key_resumes (UploadFixture *self)
{
  pause_with_wrong_key (self);
  upload_fixture_set_api_key (self, TEST_KEY);
  wait_both_sent (self);
  upload_fixture_wait_events (self, BOUNCE_EVENT_AUTHORISED, 1);
  upload_fixture_wait_events (self, BOUNCE_EVENT_UNAUTHORISED, 1);
}

/* Key or endpoint change while the old ones are being refused, or do not answer: no pause, no hour
 * of waiting. */
static void
change_access_meanwhile (UploadFixture *self, guint status)
{
  const char *port = strrchr (self->endpoint, ':');
  g_autofree char *endpoint = g_strconcat ("http://localhost", port, NULL);

  upload_fixture_set (self, "retry_base_seconds", "3600");
  upload_fixture_add_fault (self, "{\"fault\":\"delay\",\"path\":\"/api/bounce/config\","
                                  "\"milliseconds\":4000}");
  upload_fixture_add_fault (
      self, "{\"fault\":\"status\",\"path\":\"/api/bounce/upload/init\",\"status\":%u}", status);
  /* One only: of two, the first could come again and take the refusal that is meant for the other.
   */
  upload_fixture_add_instance (self, STUDY, SERIES, SOP, SIZE, 1);
  start_due (self);
  upload_fixture_wait_status (self, STUDY, "UPLOADING");
  upload_fixture_set (self, "api_endpoint", endpoint);
  upload_fixture_wait_status (self, STUDY, "SENT");
  g_assert_null (bounce_uploader_get_paused_reason (self->uploader));
  g_assert_cmpuint (upload_fixture_count_events (self, BOUNCE_EVENT_UNAUTHORISED), ==, 0);
}

static void
test_access_changed_meanwhile (UploadFixture *self)
{
  change_access_meanwhile (self, 401);
}

static void
test_access_changed_before_failure (UploadFixture *self)
{
  change_access_meanwhile (self, 500);
}

static void
test_access_changed_before_rejection (UploadFixture *self)
{
  change_access_meanwhile (self, 404);
}

/* Nobody answers at the address; when it is put right, what waits goes at once. */
static void
test_endpoint_put_right (UploadFixture *self)
{
  upload_fixture_set (self, "retry_base_seconds", "3600");
  upload_fixture_set (self, "api_endpoint", "http://127.0.0.1:1");
  add_studies (self);
  start_due (self);
  upload_fixture_wait_attempts (self, STUDY, 1);
  upload_fixture_wait_attempts (self, OTHER_STUDY, 1);
  upload_fixture_set (self, "api_endpoint", self->endpoint);
  wait_both_sent (self);
}

/* Settings that have nothing to do with the key leave the pause alone. */
static void
test_other_settings_do_not (UploadFixture *self)
{
  pause_with_wrong_key (self);
  upload_fixture_set (self, "max_concurrent_uploads", "5");
  upload_fixture_advance (self, 1000);
  g_assert_cmpstr (bounce_uploader_get_paused_reason (self->uploader), ==,
                   BOUNCE_REASON_UNAUTHORISED);
}

static void
pause_by_refusal (UploadFixture *self)
{
  upload_fixture_add_fault (
      self, "{\"fault\":\"status\",\"path\":\"/api/\",\"status\":403,\"count\":1000}");
  add_studies (self);
  start_due (self);
  wait_paused (self, BOUNCE_REASON_UNAUTHORISED);
  upload_fixture_settle (self);
}

static void
test_person_resumes (UploadFixture *self)
{
  pause_by_refusal (self);
  upload_fixture_clear_faults (self);
  bounce_uploader_resume (self->uploader);
  wait_both_sent (self);
}

/* An hour later `config` is asked; as long as it is refused, nothing else is. */
static void
test_probe_resumes (UploadFixture *self)
{
  guint n_transfers;

  pause_by_refusal (self);
  n_transfers = upload_fixture_count_transfers (self, NULL);
  for (guint hour = 0; hour < 3; hour++)
    {
      upload_fixture_advance (self, 3601);
      g_assert_cmpstr (bounce_uploader_get_paused_reason (self->uploader), ==,
                       BOUNCE_REASON_UNAUTHORISED);
    }
  g_assert_cmpuint (upload_fixture_count_transfers (self, NULL), ==, n_transfers);
  upload_fixture_clear_faults (self);
  upload_fixture_advance (self, 3601);
  wait_both_sent (self);
  upload_fixture_wait_events (self, BOUNCE_EVENT_UNAUTHORISED, 1);
  upload_fixture_wait_events (self, BOUNCE_EVENT_AUTHORISED, 1);
}

/* The configuration is given, but TUS refuses every token: a fresh one once, then the pause. */
static void
test_token_refused (UploadFixture *self)
{
  upload_fixture_add_fault (self, "{\"fault\":\"status\",\"path\":\"/files\",\"method\":\"POST\","
                                  "\"status\":401,\"count\":1000}");
  add_studies (self);
  start_due (self);
  wait_paused (self, BOUNCE_REASON_UNAUTHORISED);
  upload_fixture_wait (self, is_one_unauthorised, NULL);
  upload_fixture_clear_faults (self);
  bounce_uploader_resume (self->uploader);
  wait_both_sent (self);
}

/* The key is good, but the server refuses one study: after the probe the others go first, or that
 * one would stop everything again each hour. */
static void
test_refused_study_waits (UploadFixture *self)
{
  g_autoptr (BounceTransfer) again = NULL;
  g_autoptr (BounceTransfer) other = NULL;

  upload_fixture_set (self, "max_concurrent_uploads", "1");
  upload_fixture_add_fault (
      self, "{\"fault\":\"status\",\"path\":\"/api/bounce/upload/init\",\"status\":403}");
  upload_fixture_add_instance (self, STUDY, SERIES, SOP, SIZE, 1);
  start_due (self);
  wait_paused (self, BOUNCE_REASON_UNAUTHORISED);
  upload_fixture_wait_attempts (self, STUDY, 1);
  upload_fixture_add_instance (self, OTHER_STUDY, "1.2.3.2.1", "1.2.3.2.1.1", SIZE, 2);
  upload_fixture_advance (self, 3601);
  wait_both_sent (self);
  again = upload_fixture_get_last_transfer (self, STUDY);
  other = upload_fixture_get_last_transfer (self, OTHER_STUDY);
  g_assert_cmpint (again->id, >, other->id);
}

/* --- letting go --- */

static gboolean
is_sending (UploadFixture *self, gpointer data)
{
  return self->n_progress > 0;
}

static void
delete_study (UploadFixture *self, const char *study)
{
  GAsyncResult *result = NULL;
  g_autoptr (GError) error = NULL;

  bounce_store_delete_study_async (self->store, study, NULL, upload_fixture_result_cb, &result);
  while (result == NULL)
    g_main_context_iteration (NULL, TRUE);
  bounce_store_delete_study_finish (self->store, result, &error);
  g_assert_no_error (error);
  g_object_unref (result);
}

static void
test_cancel_during_upload (UploadFixture *self)
{
  g_autoptr (BounceStudy) study = NULL;
  g_autoptr (JsonArray) uploads = NULL;

  upload_fixture_add_instance (self, STUDY, SERIES, SOP, LARGE_SIZE, 1);
  upload_fixture_add_fault (self, "{\"fault\":\"delay\",\"path\":\"/files\",\"method\":\"PATCH\","
                                  "\"milliseconds\":50000,\"count\":100}");
  start_due (self);
  upload_fixture_wait (self, is_sending, NULL);
  upload_fixture_cancel (self, STUDY);
  delete_study (self, STUDY);
  study = upload_fixture_get_study (self, STUDY);
  g_assert_null (study);
  uploads = upload_fixture_list_uploads (self);
  for (guint i = 0; i < json_array_get_length (uploads); i++)
    g_assert_cmpstr (
        json_object_get_string_member (json_array_get_object_element (uploads, i), "state"), ==,
        "terminated");
  g_assert_cmpuint (upload_fixture_count_uploads (self, STUDY), ==, 0);
  upload_fixture_advance (self, 7200);
  g_assert_cmpuint (upload_fixture_count_uploads (self, STUDY), ==, 0);
}

static void
assert_all_terminated (UploadFixture *self)
{
  g_autoptr (JsonArray) uploads = upload_fixture_list_uploads (self);

  g_assert_cmpuint (json_array_get_length (uploads), ==, 1);
  g_assert_cmpstr (
      json_object_get_string_member (json_array_get_object_element (uploads, 0), "state"), ==,
      "terminated");
}

/* It waits for a retry, with something of it on the server. */
static void
test_cancel_between_attempts (UploadFixture *self)
{
  upload_fixture_add_instance (self, STUDY, SERIES, SOP, SIZE, 1);
  upload_fixture_add_fault (self, "{\"fault\":\"status\",\"path\":\"/files\",\"method\":\"PATCH\","
                                  "\"status\":503,\"retry_after\":\"600\"}");
  start_due (self);
  upload_fixture_wait_attempts (self, STUDY, 1);
  upload_fixture_cancel (self, STUDY);
  delete_study (self, STUDY);
  assert_all_terminated (self);
}

/* The server cannot be asked: the caller hardly waits. */
static void
test_cancel_without_server (UploadFixture *self)
{
  upload_fixture_add_instance (self, STUDY, SERIES, SOP, SIZE, 1);
  upload_fixture_add_fault (self, "{\"fault\":\"status\",\"path\":\"/files\",\"method\":\"PATCH\","
                                  "\"status\":503,\"retry_after\":\"600\"}");
  start_due (self);
  upload_fixture_wait_attempts (self, STUDY, 1);
  upload_fixture_add_fault (
      self, "{\"fault\":\"status\",\"path\":\"/api/\",\"status\":500,\"count\":100}");
  upload_fixture_cancel (self, STUDY);
  delete_study (self, STUDY);
}

/* Before anything runs, and for a study that nobody knows: nothing to wait for. */
static void
test_cancel_nothing (UploadFixture *self)
{
  upload_fixture_cancel (self, STUDY);
  upload_fixture_cancel (self, NULL);
  add_studies (self);
  start_due (self);
  upload_fixture_cancel (self, "1.2.3.999");
  wait_both_sent (self);
  upload_fixture_cancel (self, STUDY);
}

/* A claim that is under way when the cancel comes is caught as well. */
static void
test_cancel_during_claim (UploadFixture *self)
{
  add_studies (self);
  upload_fixture_settle (self);
  bounce_clock_advance (self->clock, QUIET_SECONDS * G_USEC_PER_SEC);
  bounce_uploader_start (self->uploader);
  upload_fixture_cancel (self, STUDY);
  delete_study (self, STUDY);
  upload_fixture_advance (self, 7200);
  upload_fixture_wait_status (self, OTHER_STUDY, "SENT");
  g_assert_cmpuint (upload_fixture_count_uploads (self, STUDY), ==, 0);
}

/* The others go on. */
static void
test_cancel_one_of_two (UploadFixture *self)
{
  upload_fixture_add_instance (self, STUDY, SERIES, SOP, LARGE_SIZE, 1);
  upload_fixture_add_instance (self, OTHER_STUDY, "1.2.3.2.1", "1.2.3.2.1.1", SIZE, 2);
  upload_fixture_add_fault (self, "{\"fault\":\"delay\",\"path\":\"/files\",\"method\":\"PATCH\","
                                  "\"milliseconds\":1000,\"count\":2}");
  start_due (self);
  upload_fixture_wait (self, is_sending, NULL);
  upload_fixture_cancel (self, STUDY);
  delete_study (self, STUDY);
  upload_fixture_wait_status (self, OTHER_STUDY, "SENT");
}

/* Two at once, not three: each waits a second at the server. */
static gboolean
are_two_uploading (UploadFixture *self, gpointer data)
{
  guint n = 0;

  for (guint i = 0; i < 3; i++)
    {
      g_autofree char *uid = g_strdup_printf ("1.2.3.%u", i + 1);
      g_autoptr (BounceStudy) study = upload_fixture_get_study (self, uid);

      n += g_str_equal (study->status, "UPLOADING");
    }
  g_assert_cmpuint (n, <=, 2);
  return n == 2;
}

static void
test_two_at_once (UploadFixture *self)
{
  upload_fixture_set (self, "max_concurrent_uploads", "2");
  add_studies (self);
  upload_fixture_add_instance (self, "1.2.3.3", "1.2.3.3.1", "1.2.3.3.1.1", SIZE, 3);
  upload_fixture_add_fault (self, "{\"fault\":\"delay\",\"path\":\"/api/bounce/config\","
                                  "\"milliseconds\":1000,\"count\":3}");
  start_due (self);
  upload_fixture_wait (self, are_two_uploading, NULL);
  wait_both_sent (self);
  upload_fixture_wait_status (self, "1.2.3.3", "SENT");
}

static void
test_stop_and_start (UploadFixture *self)
{
  add_studies (self);
  upload_fixture_add_fault (self, "{\"fault\":\"delay\",\"path\":\"/api/bounce/config\","
                                  "\"milliseconds\":1000,\"count\":2}");
  start_due (self);
  upload_fixture_wait_status (self, STUDY, "UPLOADING");
  upload_fixture_stop_uploader (self);
  upload_fixture_wait_status (self, STUDY, "RECEIVED");
  upload_fixture_stop_uploader (self);
  bounce_uploader_start (self->uploader);
  wait_both_sent (self);
}

/* What waits for the network goes at once; what the server put off keeps its time. */
static void
test_network_returned (UploadFixture *self)
{
  g_autoptr (BounceStudy) other = NULL;

  upload_fixture_set (self, "retry_base_seconds", "3600");
  upload_fixture_add_instance (self, STUDY, SERIES, SOP, SIZE, 1);
  upload_fixture_add_fault (
      self, "{\"fault\":\"lose\",\"path\":\"/api/bounce/upload/init\",\"count\":100}");
  start_due (self);
  upload_fixture_wait_attempts (self, STUDY, 1);
  upload_fixture_clear_faults (self);
  upload_fixture_add_fault (self, "{\"fault\":\"status\",\"path\":\"/api/bounce/upload/init\","
                                  "\"status\":503}");
  upload_fixture_add_instance (self, OTHER_STUDY, "1.2.3.2.1", "1.2.3.2.1.1", SIZE, 2);
  upload_fixture_advance (self, QUIET_SECONDS);
  upload_fixture_wait_attempts (self, OTHER_STUDY, 1);
  bounce_uploader_network_returned (self->uploader);
  upload_fixture_wait_status (self, STUDY, "SENT");
  other = upload_fixture_get_study (self, OTHER_STUDY);
  g_assert_cmpstr (other->status, ==, "ERROR");
  g_assert_cmpstr (other->reason, ==, BOUNCE_REASON_BUSY);
  g_assert_cmpint (other->next_attempt_at_us, >, bounce_clock_get_wall_us (self->clock));
  g_assert_cmpuint (upload_fixture_count_transfers (self, OTHER_STUDY), ==, 1);
}

static gboolean
connected_cb (GSocketService *service,
              GSocketConnection *connection,
              GObject *source,
              gpointer user_data)
{
  GOutputStream *out = g_io_stream_get_output_stream (G_IO_STREAM (connection));

  g_output_stream_write_all (out, "no TLS\r\n", strlen ("no TLS\r\n"), NULL, NULL, NULL);
  return TRUE;
}

/* Answers, but not as a server that could be trusted. */
static GSocketService *
start_stranger (char **endpoint)
{
  GSocketService *service = g_socket_service_new ();
  g_autoptr (GInetAddress) loopback = g_inet_address_new_loopback (G_SOCKET_FAMILY_IPV4);
  g_autoptr (GSocketAddress) any = g_inet_socket_address_new (loopback, 0);
  g_autoptr (GSocketAddress) address = NULL;
  g_autoptr (GError) error = NULL;

  g_socket_listener_add_address (G_SOCKET_LISTENER (service), any, G_SOCKET_TYPE_STREAM,
                                 G_SOCKET_PROTOCOL_TCP, NULL, &address, &error);
  g_assert_no_error (error);
  g_signal_connect (service, "incoming", G_CALLBACK (connected_cb), NULL);
  *endpoint = g_strdup_printf ("https://127.0.0.1:%u",
                               g_inet_socket_address_get_port (G_INET_SOCKET_ADDRESS (address)));
  return service;
}

/* Who answers in the server's place is the network's doing: the page of a hotel that wants a name
 * first. */
static void
test_network_trusted_again (UploadFixture *self)
{
  g_autofree char *endpoint = NULL;
  g_autoptr (GSocketService) stranger = start_stranger (&endpoint);
  g_autoptr (BounceStudy) study = NULL;

  upload_fixture_set (self, "retry_base_seconds", "3600");
  upload_fixture_set (self, "api_endpoint", endpoint);
  upload_fixture_add_instance (self, STUDY, SERIES, SOP, SIZE, 1);
  start_due (self);
  upload_fixture_wait_attempts (self, STUDY, 1);
  study = upload_fixture_get_study (self, STUDY);
  g_assert_cmpstr (study->reason, ==, BOUNCE_REASON_UNTRUSTED);
  bounce_uploader_network_returned (self->uploader);
  upload_fixture_wait_attempts (self, STUDY, 2);
  g_socket_service_stop (stranger);
}

/* The network returns while an attempt is still waiting for an answer that was sent before, or for
 * a name server of the network before: its failure is of then, and does not put the study off. */
static void
test_network_returned_meanwhile (UploadFixture *self)
{
  upload_fixture_set (self, "retry_base_seconds", "3600");
  upload_fixture_add_instance (self, STUDY, SERIES, SOP, SIZE, 1);
  upload_fixture_add_fault (self, "{\"fault\":\"delay\",\"path\":\"/api/bounce/config\","
                                  "\"milliseconds\":1000,\"count\":2}");
  upload_fixture_add_fault (self,
                            "{\"fault\":\"lose\",\"path\":\"/api/bounce/config\",\"count\":2}");
  start_due (self);
  upload_fixture_wait_status (self, STUDY, "UPLOADING");
  upload_fixture_settle (self); /* the uploader has it, too */
  bounce_uploader_network_returned (self->uploader);
  upload_fixture_wait_status (self, STUDY, "SENT");
  g_assert_cmpuint (upload_fixture_count_transfers (self, STUDY), ==, 2);
}

/* --- api_start_upload --- */

static gboolean
api_start (UploadFixture *self, const char *study, GError **error)
{
  GAsyncResult *result = NULL;
  gboolean is_done;

  bounce_uploader_api_start_async (self->uploader, study, "asm_1", UPLOAD_ID, "asm_1",
                                   upload_fixture_result_cb, &result);
  while (result == NULL)
    g_main_context_iteration (NULL, TRUE);
  is_done = bounce_uploader_api_start_finish (self->uploader, result, error);
  g_object_unref (result);
  return is_done;
}

static void
test_api_start (UploadFixture *self)
{
  g_autoptr (GError) error = NULL;

  add_studies (self);
  g_assert_false (api_start (self, "1.2.3.999", &error));
  g_assert_error (error, BOUNCE_STORE_ERROR, BOUNCE_STORE_ERROR_NOT_FOUND);
  g_clear_error (&error);
  upload_fixture_set_api_key (self, NULL);
  g_assert_false (api_start (self, STUDY, &error));
  g_assert_error (error, BOUNCE_HTTP_ERROR, BOUNCE_HTTP_ERROR_UNAUTHORISED);
  g_clear_error (&error);
  upload_fixture_set_api_key (self, TEST_KEY);
  upload_fixture_add_fault (
      self, "{\"fault\":\"status\",\"path\":\"/api/bounce/upload/init\",\"status\":422}");
  g_assert_false (api_start (self, STUDY, &error));
  g_assert_error (error, BOUNCE_HTTP_ERROR, BOUNCE_HTTP_ERROR_REJECTED);
}

static void
add_test (const char *name, TestFunc func)
{
  g_autofree char *path = g_strconcat ("/uploader/", name, NULL);

  g_test_add_data_func (path, func, run_with_fixture);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  add_test ("pause/no-key", test_no_key);
  add_test ("pause/new-key-resumes", test_new_key_resumes);
  add_test ("pause/access-changed-meanwhile", test_access_changed_meanwhile);
  add_test ("pause/access-changed-before-failure", test_access_changed_before_failure);
  add_test ("pause/access-changed-before-rejection", test_access_changed_before_rejection);
  add_test ("pause/endpoint-put-right", test_endpoint_put_right);
  add_test ("pause/other-settings-do-not", test_other_settings_do_not);
  add_test ("pause/person-resumes", test_person_resumes);
  add_test ("pause/probe-resumes", test_probe_resumes);
  add_test ("pause/token-refused", test_token_refused);
  add_test ("pause/refused-study-waits", test_refused_study_waits);
  add_test ("cancel/during-upload", test_cancel_during_upload);
  add_test ("cancel/between-attempts", test_cancel_between_attempts);
  add_test ("cancel/without-server", test_cancel_without_server);
  add_test ("cancel/nothing", test_cancel_nothing);
  add_test ("cancel/during-claim", test_cancel_during_claim);
  add_test ("cancel/one-of-two", test_cancel_one_of_two);
  add_test ("two-at-once", test_two_at_once);
  add_test ("stop-and-start", test_stop_and_start);
  add_test ("network-returned", test_network_returned);
  add_test ("network-returned-meanwhile", test_network_returned_meanwhile);
  add_test ("network-trusted-again", test_network_trusted_again);
  add_test ("api-start", test_api_start);
  return g_test_run ();
}
