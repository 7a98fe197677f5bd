/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "aurabox-fixture.h"

#include "bounce-json.h"
#include "bounce-test-process.h"
#include "bounce-uid.h"

#include <string.h>

const char *const CALL_PATHS[N_CALLS] = {
  "/api/bounce/config",       "/api/bounce/signature",       "/api/bounce/upload/init",
  "/api/bounce/upload/start", "/api/bounce/upload/complete",
};

static void
result_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  *(GAsyncResult **) user_data = g_object_ref (result);
}

static void
await (GAsyncResult **result)
{
  while (*result == NULL)
    g_main_context_iteration (NULL, TRUE);
}

static void
start_sandbox (Fixture *self)
{
  g_autofree char *directory = bounce_test_dirs_make (self->dirs, "sandbox");

  self->sandbox = bounce_test_process_start_sandbox (directory, TEST_KEY, &self->endpoint);
}

static BounceStudyMetadata *
make_study (void)
{
  BounceStudyMetadata *study = bounce_study_metadata_new ();
  BounceSeriesMetadata *series;

  study->study_uid = g_strdup ("1.2.840.1");
  study->patient_name = g_strdup ("MÜLLER^ÄNNE=山田^太郎");
  study->patient_id = g_strdup ("12345");
  study->modality = g_strdup ("CT");
  series = bounce_study_metadata_add_series (study, "1.2.840.1.1");
  series->instances = 120;
  series->has_series_number = TRUE;
  series->series_number = -1;
  bounce_study_metadata_add_series (study, "1.2.840.1.2")->instances = 1;

  return study;
}

BounceAurabox *
fixture_new_client (Fixture *self, const char *endpoint, const char *key)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (BounceApiKey) parsed = bounce_api_key_parse (key, &error);

  g_assert_no_error (error);
  return bounce_aurabox_new (self->http, endpoint, parsed);
}

Fixture *
fixture_new (void)
{
  Fixture *self = g_new0 (Fixture, 1);
  g_autoptr (BounceUploadConfig) config = NULL;
  g_autoptr (GError) error = NULL;

  self->dirs = bounce_test_dirs_new ();
  start_sandbox (self);
  self->http = bounce_http_new ();
  self->aurabox = fixture_new_client (self, self->endpoint, TEST_KEY);
  self->study = make_study ();
  config = fixture_get_config (self, &error);
  g_assert_no_error (error);
  self->assembly_id = g_strdup (config->assembly_id);
  self->upload_id = bounce_upload_id_generate ();

  return self;
}

void
fixture_kill_sandbox (Fixture *self)
{
  g_subprocess_force_exit (self->sandbox);
  g_subprocess_wait (self->sandbox, NULL, NULL);
}

void
fixture_free (Fixture *self)
{
  g_autoptr (GAsyncResult) result = NULL;

  g_assert_finalize_object (g_steal_pointer (&self->aurabox));
  bounce_http_shutdown_async (self->http, result_cb, &result);
  await (&result);
  g_assert_true (bounce_http_shutdown_finish (self->http, result, NULL));
  g_clear_object (&self->http);
  bounce_test_process_end (self->sandbox);
  bounce_study_metadata_free (self->study);
  bounce_test_dirs_free (self->dirs);
  g_free (self->endpoint);
  g_free (self->assembly_id);
  g_free (self->upload_id);
  g_free (self);
}

GBytes *
fixture_ask (Fixture *self, const char *method, const char *path, const char *json)
{
  g_autofree char *url = g_strconcat (self->endpoint, path, NULL);
  g_autoptr (GBytes) body = json != NULL ? g_bytes_new (json, strlen (json)) : NULL;
  const BounceHttpRequest request = { .method = method, .url = url, .body = body };
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (BounceHttpResponse) response = NULL;
  g_autoptr (GError) error = NULL;

  bounce_http_send_async (self->http, &request, NULL, result_cb, &result);
  await (&result);
  response = bounce_http_send_finish (self->http, result, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (bounce_http_response_get_status (response), ==, 200);

  return g_bytes_ref (bounce_http_response_get_body (response));
}

void
fixture_add_fault (Fixture *self, const char *format, ...)
{
  g_autofree char *json = NULL;
  g_autoptr (GBytes) answer = NULL;
  va_list arguments;

  va_start (arguments, format);
  json = g_strdup_vprintf (format, arguments);
  va_end (arguments);
  answer = fixture_ask (self, "POST", "/sandbox/faults", json);
}

gboolean
fixture_has_faults (Fixture *self)
{
  g_autoptr (GBytes) answer = fixture_ask (self, "GET", "/sandbox/faults", NULL);

  return g_bytes_get_size (answer) != strlen ("[]");
}

void
fixture_begin (Fixture *self, CallKind kind, GCancellable *cancellable, GAsyncResult **result)
{
  const BounceUploadInit init = { self->study, "bulk", "lift", self->assembly_id, self->upload_id };

  switch (kind)
    {
    case CALL_CONFIG:
      bounce_aurabox_get_config_async (self->aurabox, cancellable, result_cb, result);
      break;
    case CALL_SIGNATURE:
      bounce_aurabox_get_signature_async (self->aurabox, cancellable, result_cb, result);
      break;
    case CALL_INIT:
      bounce_aurabox_init_async (self->aurabox, &init, cancellable, result_cb, result);
      break;
    case CALL_START:
    case CALL_COMPLETE:
      bounce_aurabox_step_async (
          self->aurabox, kind == CALL_START ? BOUNCE_UPLOAD_START : BOUNCE_UPLOAD_COMPLETE,
          self->assembly_id, "lift", self->upload_id, cancellable, result_cb, result);
      break;
    case N_CALLS:
    default:
      g_assert_not_reached ();
    }
}

gboolean
fixture_end (Fixture *self, CallKind kind, GAsyncResult **result, GError **error)
{
  g_autoptr (BounceUploadConfig) config = NULL;
  g_autofree char *signature = NULL;

  await (result);
  switch (kind)
    {
    case CALL_CONFIG:
      config = bounce_aurabox_get_config_finish (self->aurabox, *result, error);
      return config != NULL;
    case CALL_SIGNATURE:
      signature = bounce_aurabox_get_signature_finish (self->aurabox, *result, error);
      return signature != NULL;
    case CALL_INIT:
      return bounce_aurabox_init_finish (self->aurabox, *result, error);
    case CALL_START:
    case CALL_COMPLETE:
      return bounce_aurabox_step_finish (self->aurabox, *result, error);
    case N_CALLS:
    default:
      g_assert_not_reached ();
    }
}

gboolean
fixture_call (Fixture *self, CallKind kind, GError **error)
{
  g_autoptr (GAsyncResult) result = NULL;

  fixture_begin (self, kind, NULL, &result);
  return fixture_end (self, kind, &result, error);
}

BounceUploadConfig *
fixture_get_config (Fixture *self, GError **error)
{
  g_autoptr (GAsyncResult) result = NULL;

  fixture_begin (self, CALL_CONFIG, NULL, &result);
  await (&result);
  return bounce_aurabox_get_config_finish (self->aurabox, result, error);
}
