/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "upload-fixture.h"

#include "bounce-file.h"
#include "bounce-test-process.h"

#include <string.h>

/* Beyond any of the tests, also under a sanitizer; Meson has the real limit. */
#define WATCHDOG_SECONDS 240
#define START_WALL_US    G_GINT64_CONSTANT (1767225600000000) /* 2026-01-01 */
#define QUIET_SECONDS    1

/* --- waiting --- */

static gboolean
wake_cb (gpointer user_data)
{
  return G_SOURCE_CONTINUE;
}

/* Runs the main loop until the condition holds. It is looked at after each turn, and ten times a
 * second: what other threads and the sandbox do makes no noise here. */
void
upload_fixture_wait (UploadFixture *self, UploadCondition condition, gpointer data)
{
  gint64 deadline_us = g_get_monotonic_time () + WATCHDOG_SECONDS * G_USEC_PER_SEC;
  guint ticks = g_timeout_add (100, wake_cb, NULL);

  while (!condition (self, data))
    {
      g_assert_cmpint (g_get_monotonic_time (), <, deadline_us);
      g_main_context_iteration (NULL, TRUE);
    }
  g_source_remove (ticks);
}

void
upload_fixture_result_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  *(GAsyncResult **) user_data = g_object_ref (result);
}

static void
await (GAsyncResult **result)
{
  while (*result == NULL)
    g_main_context_iteration (NULL, TRUE);
}

/* Lets everything that is ready happen: queues of the store, timers that have been reached. */
void
upload_fixture_settle (UploadFixture *self)
{
  for (guint i = 0; i < 3; i++)
    {
      g_autoptr (GAsyncResult) result = NULL;

      while (g_main_context_iteration (NULL, FALSE))
        ;
      bounce_store_get_next_due_async (self->store, BOUNCE_DESTINATION_AURABOX,
                                       upload_fixture_result_cb, &result);
      await (&result);
      bounce_store_get_next_due_finish (self->store, result, NULL);
    }
}

void
upload_fixture_advance (UploadFixture *self, guint seconds)
{
  upload_fixture_settle (self);
  bounce_clock_advance (self->clock, (gint64) seconds * G_USEC_PER_SEC);
  upload_fixture_settle (self);
}

/* --- life --- */

static void
start_sandbox (UploadFixture *self)
{
  g_autofree char *directory = bounce_test_dirs_make (self->dirs, "sandbox");

  self->sandbox = bounce_test_process_start_sandbox (directory, TEST_KEY, &self->endpoint);
}

static void
progressed_cb (BounceUploader *uploader,
               const char *study_uid,
               guint64 uploaded,
               guint64 total,
               UploadFixture *self)
{
  self->progress_uploaded = uploaded;
  self->progress_total = total;
  self->n_progress++;
}

static void
open_parts (UploadFixture *self)
{
  g_autofree char *data_dir = bounce_test_dirs_make (self->dirs, "data");
  g_autofree char *base_dir = bounce_test_dirs_make (self->dirs, "studies");
  g_autoptr (GError) error = NULL;
  const BounceStoreOptions options = {
    .data_dir = data_dir,
    .base_dir = base_dir,
    .clock = self->clock,
    .quiet_period_seconds = QUIET_SECONDS,
  };

  self->store = bounce_store_open (&options, &error);
  g_assert_no_error (error);
  self->http = bounce_http_new ();
  self->uploader = bounce_uploader_new (self->store, self->http, self->clock, self->config);
  g_signal_connect (self->uploader, "progress", G_CALLBACK (progressed_cb), self);
}

void
upload_fixture_stop_uploader (UploadFixture *self)
{
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;

  bounce_uploader_stop_async (self->uploader, upload_fixture_result_cb, &result);
  await (&result);
  g_assert_true (bounce_uploader_stop_finish (self->uploader, result, &error));
  g_assert_no_error (error);
}

static gboolean
is_store_gone (UploadFixture *self, gpointer data)
{
  GWeakRef *store = data;
  g_autoptr (BounceStore) alive = g_weak_ref_get (store);

  return alive == NULL;
}

/* A thread that has just answered may hold it for a moment; for ever would be a leak. */
static void
wait_for_store_to_go (UploadFixture *self)
{
  GWeakRef store;

  g_weak_ref_init (&store, self->store);
  g_clear_object (&self->store);
  upload_fixture_wait (self, is_store_gone, &store);
  g_weak_ref_clear (&store);
}

static void
close_parts (UploadFixture *self)
{
  g_autoptr (GAsyncResult) shut_down = NULL;
  g_autoptr (GAsyncResult) closed = NULL;

  upload_fixture_stop_uploader (self);
  g_clear_object (&self->uploader);
  bounce_http_shutdown_async (self->http, upload_fixture_result_cb, &shut_down);
  await (&shut_down);
  g_assert_true (bounce_http_shutdown_finish (self->http, shut_down, NULL));
  g_clear_object (&self->http);
  bounce_store_close_async (self->store, upload_fixture_result_cb, &closed);
  await (&closed);
  g_assert_true (bounce_store_close_finish (self->store, closed, NULL));
  g_clear_object (&closed); /* holds the store */
  wait_for_store_to_go (self);
}

void
upload_fixture_restart (UploadFixture *self)
{
  close_parts (self);
  open_parts (self);
}

UploadFixture *
upload_fixture_new_with_clock (BounceClock *clock)
{
  UploadFixture *self = g_new0 (UploadFixture, 1);

  self->dirs = bounce_test_dirs_new ();
  self->clock = g_object_ref (clock);
  start_sandbox (self);
  self->config = bounce_config_new_default ();
  upload_fixture_set (self, "api_endpoint", self->endpoint);
  upload_fixture_set_api_key (self, TEST_KEY);
  open_parts (self);
  return self;
}

UploadFixture *
upload_fixture_new (void)
{
  g_autoptr (BounceClock) clock = bounce_clock_new_fake (START_WALL_US);

  return upload_fixture_new_with_clock (clock);
}

void
upload_fixture_free (UploadFixture *self)
{
  close_parts (self);
  bounce_test_process_end (self->sandbox);
  bounce_config_unref (self->config);
  g_object_unref (self->clock);
  bounce_test_dirs_free (self->dirs);
  g_free (self->endpoint);
  g_free (self);
}

static void
take_config (UploadFixture *self, BounceConfig *config)
{
  bounce_config_unref (self->config);
  self->config = config;
  if (self->uploader != NULL)
    bounce_uploader_set_config (self->uploader, config);
}

void
upload_fixture_set (UploadFixture *self, const char *key, const char *value)
{
  g_autoptr (GError) error = NULL;
  BounceConfig *config = bounce_config_with_value (self->config, key, value, &error);

  g_assert_no_error (error);
  take_config (self, config);
}

/* key (nullable): none */
void
upload_fixture_set_api_key (UploadFixture *self, const char *key)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (BounceApiKey) parsed = key != NULL ? bounce_api_key_parse (key, &error) : NULL;

  g_assert_no_error (error);
  take_config (self, bounce_config_with_api_key (self->config, parsed));
}

/* --- the store --- */

static guint8 *
make_content (gsize size_bytes, guint32 seed)
{
  guint8 *content = g_malloc (size_bytes);
  guint32 state = seed * 2654435761u + 1;

  /* Half noise, half not: neither incompressible nor nothing. */
  for (gsize i = 0; i < size_bytes; i++)
    {
      state = state * 1664525u + 1013904223u;
      content[i] = i % 2 == 0 ? state >> 24 : 0;
    }
  return content;
}

void
upload_fixture_add_instance (UploadFixture *self,
                             const char *study,
                             const char *series,
                             const char *sop,
                             gsize size_bytes,
                             guint32 seed)
{
  g_autofree guint8 *content = make_content (size_bytes, seed);
  g_autoptr (BounceInstanceHead) head = bounce_instance_head_new ();
  BounceArrival arrival = {
    .study_uid = study,
    .series_uid = series,
    .sop_instance_uid = sop,
    .size_bytes = size_bytes,
  };
  BounceDigest *digest = bounce_digest_new ();
  BounceAcceptance acceptance;
  g_autoptr (GError) error = NULL;
  BounceSpool *spool;

  bounce_store_begin_association_sync (self->store, "127.0.0.1", "TEST", "BOUNCE",
                                       &arrival.association_id, &error);
  g_assert_no_error (error);
  spool = bounce_store_open_spool (self->store, &error);
  g_assert_no_error (error);
  g_assert_true (bounce_file_write_all (bounce_spool_get_fd (spool), content, size_bytes, &error));
  bounce_digest_update (digest, content, size_bytes);
  bounce_digest_finish (digest, &arrival.crc32, arrival.dataset_sha256);
  bounce_digest_free (digest);
  head->study_uid = g_strdup (study);
  head->series_uid = g_strdup (series);
  head->sop_instance_uid = g_strdup (sop);
  head->sop_class_uid = g_strdup ("1.2.840.10008.5.1.4.1.1.2");
  head->transfer_syntax_uid = g_strdup ("1.2.840.10008.1.2.1");
  head->patient_name = g_strdup ("Test^Uploader");
  head->modality = g_strdup ("CT");
  bounce_store_accept_sync (self->store, spool, &arrival, head, &acceptance, &error);
  g_assert_no_error (error);
  bounce_store_end_association (self->store, arrival.association_id, "released");
}

BounceStudy *
upload_fixture_get_study (UploadFixture *self, const char *study)
{
  g_autoptr (GAsyncResult) result = NULL;

  bounce_store_get_study_async (self->store, study, NULL, upload_fixture_result_cb, &result);
  await (&result);
  return bounce_store_get_study_finish (self->store, result, NULL);
}

typedef struct
{
  const char *study;
  const char *status;
  guint attempts;
  int code;
} Expectation;

static gboolean
has_status (UploadFixture *self, gpointer data)
{
  const Expectation *expectation = data;
  g_autoptr (BounceStudy) study = upload_fixture_get_study (self, expectation->study);

  return study != NULL && g_str_equal (study->status, expectation->status);
}

void
upload_fixture_wait_status (UploadFixture *self, const char *study, const char *status)
{
  Expectation expectation = { .study = study, .status = status };

  upload_fixture_wait (self, has_status, &expectation);
}

static gboolean
has_failed_attempts (UploadFixture *self, gpointer data)
{
  const Expectation *expectation = data;
  g_autoptr (BounceStudy) study = upload_fixture_get_study (self, expectation->study);

  return study != NULL && g_str_equal (study->status, "ERROR")
         && study->attempts == expectation->attempts;
}

void
upload_fixture_wait_attempts (UploadFixture *self, const char *study, guint attempts)
{
  Expectation expectation = { .study = study, .attempts = attempts };

  upload_fixture_wait (self, has_failed_attempts, &expectation);
}

static GPtrArray *
list_transfers (UploadFixture *self, const char *study)
{
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;
  GPtrArray *transfers;

  bounce_store_list_transfers_async (self->store, study, 1000, upload_fixture_result_cb, &result);
  await (&result);
  transfers = bounce_store_list_transfers_finish (self->store, result, &error);
  g_assert_no_error (error);
  return transfers;
}

BounceTransfer *
upload_fixture_get_last_transfer (UploadFixture *self, const char *study)
{
  g_autoptr (GPtrArray) transfers = list_transfers (self, study);

  g_assert_cmpuint (transfers->len, >, 0);
  return bounce_transfer_copy (g_ptr_array_index (transfers, 0));
}

guint
upload_fixture_count_transfers (UploadFixture *self, const char *study)
{
  g_autoptr (GPtrArray) transfers = list_transfers (self, study);

  return transfers->len;
}

guint
upload_fixture_count_events (UploadFixture *self, int code)
{
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GPtrArray) events = NULL;
  g_autoptr (GError) error = NULL;
  guint n = 0;

  bounce_store_list_events_async (self->store, NULL, 1000, upload_fixture_result_cb, &result);
  await (&result);
  events = bounce_store_list_events_finish (self->store, result, &error);
  g_assert_no_error (error);
  for (guint i = 0; i < events->len; i++)
    n += ((BounceEvent *) g_ptr_array_index (events, i))->code == code;
  return n;
}

static gboolean
has_events (UploadFixture *self, gpointer data)
{
  const Expectation *expectation = data;

  return upload_fixture_count_events (self, expectation->code) >= expectation->attempts;
}

void
upload_fixture_wait_events (UploadFixture *self, int code, guint n)
{
  Expectation expectation = { .code = code, .attempts = n };

  upload_fixture_wait (self, has_events, &expectation);
  g_assert_cmpuint (upload_fixture_count_events (self, code), ==, n);
}

void
upload_fixture_cancel (UploadFixture *self, const char *study)
{
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;

  bounce_uploader_cancel_async (self->uploader, study, upload_fixture_result_cb, &result);
  await (&result);
  g_assert_true (bounce_uploader_cancel_finish (self->uploader, result, &error));
  g_assert_no_error (error);
}

void
upload_fixture_send_by_hand (UploadFixture *self, const char *study)
{
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;

  bounce_store_request_send_async (self->store, study, BOUNCE_DESTINATION_AURABOX,
                                   upload_fixture_result_cb, &result);
  await (&result);
  g_assert_true (bounce_store_request_send_finish (self->store, result, &error));
  g_assert_no_error (error);
}

/* --- the sandbox --- */

static BounceHttpResponse *
request (UploadFixture *self, const char *method, const char *path, const char *json)
{
  g_autofree char *url = g_strconcat (self->endpoint, path, NULL);
  g_autoptr (GBytes) body = json != NULL ? g_bytes_new (json, strlen (json)) : NULL;
  const BounceHttpRequest http_request = {
    .method = method,
    .url = url,
    .body = body,
    .content_type = json != NULL ? "application/json" : NULL,
    .max_response_bytes = 64 * 1024 * 1024,
  };
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;
  BounceHttpResponse *response;

  bounce_http_send_async (self->http, &http_request, NULL, upload_fixture_result_cb, &result);
  await (&result);
  response = bounce_http_send_finish (self->http, result, &error);
  g_assert_no_error (error);
  return response;
}

char *
upload_fixture_ask (UploadFixture *self, const char *method, const char *path, const char *json)
{
  g_autoptr (BounceHttpResponse) response = request (self, method, path, json);
  GBytes *body = bounce_http_response_get_body (response);

  g_assert_cmpuint (bounce_http_response_get_status (response) / 100, ==, 2);
  return g_strndup (g_bytes_get_data (body, NULL), g_bytes_get_size (body));
}

void
upload_fixture_add_fault (UploadFixture *self, const char *format, ...)
{
  g_autofree char *json = NULL;
  g_autofree char *answer = NULL;
  va_list args;

  va_start (args, format);
  json = g_strdup_vprintf (format, args);
  va_end (args);
  answer = upload_fixture_ask (self, "POST", "/sandbox/faults", json);
}

void
upload_fixture_clear_faults (UploadFixture *self)
{
  G_GNUC_UNUSED g_autofree char *answer =
      upload_fixture_ask (self, "DELETE", "/sandbox/faults", NULL);
}

GBytes *
upload_fixture_get (UploadFixture *self, const char *path)
{
  g_autoptr (BounceHttpResponse) response = request (self, "GET", path, NULL);

  g_assert_cmpuint (bounce_http_response_get_status (response), ==, 200);
  return g_bytes_ref (bounce_http_response_get_body (response));
}

void
upload_fixture_assert_delivered (
    UploadFixture *self, const char *study, const char *sop, gsize size_bytes, guint32 seed)
{
  g_autofree char *path = g_strdup_printf ("/sandbox/studies/%s/%s.dcm", study, sop);
  g_autofree guint8 *content = make_content (size_bytes, seed);
  g_autoptr (GBytes) body = upload_fixture_get (self, path);

  g_assert_cmpmem (g_bytes_get_data (body, NULL), g_bytes_get_size (body), content, size_bytes);
}

static JsonArray *
ask_array (UploadFixture *self, const char *path)
{
  g_autofree char *text = upload_fixture_ask (self, "GET", path, NULL);
  g_autoptr (JsonParser) parser = json_parser_new ();
  g_autoptr (GError) error = NULL;

  json_parser_load_from_data (parser, text, -1, &error);
  g_assert_no_error (error);
  return json_array_ref (json_node_get_array (json_parser_get_root (parser)));
}

JsonArray *
upload_fixture_list_uploads (UploadFixture *self)
{
  return ask_array (self, "/sandbox/uploads");
}

guint
upload_fixture_count_uploads (UploadFixture *self, const char *study)
{
  g_autoptr (JsonArray) studies = ask_array (self, "/sandbox/studies");

  for (guint i = 0; i < json_array_get_length (studies); i++)
    {
      JsonObject *object = json_array_get_object_element (studies, i);

      if (g_str_equal (json_object_get_string_member (object, "study_uid"), study))
        return json_object_get_int_member (object, "uploads");
    }
  return 0;
}
