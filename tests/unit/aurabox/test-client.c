/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* The client against a real sandbox: the steps, every error code, cancelling, deprecation. */

#include "config.h"

#include "aurabox-fixture.h"

#include "bounce-json.h"
#include "bounce-log.h"

#include <string.h>

G_DEFINE_AUTOPTR_CLEANUP_FUNC (Fixture, fixture_free)

/* --- what goes well --- */

static void
test_config (void)
{
  g_autoptr (Fixture) fixture = fixture_new ();
  g_autofree char *endpoint = g_strconcat (fixture->endpoint, "/files", NULL);
  g_autoptr (GError) error = NULL;
  g_autoptr (BounceUploadConfig) first = fixture_get_config (fixture, &error);
  g_autoptr (BounceUploadConfig) second = fixture_get_config (fixture, &error);

  g_assert_no_error (error);
  g_assert_cmpstr (first->type, ==, "lift");
  g_assert_cmpstr (first->mode, ==, "bulk");
  g_assert_cmpstr (first->endpoint, ==, endpoint);
  g_assert_cmpstr (first->bucket, ==, "dicom-uploads");
  g_assert_cmpstr (first->token, !=, second->token);
  g_assert_cmpstr (first->assembly_id, !=, second->assembly_id);
}

static void
test_steps (void)
{
  g_autoptr (Fixture) fixture = fixture_new ();
  g_autoptr (GError) error = NULL;

  for (CallKind kind = CALL_CONFIG; kind <= CALL_START; kind++)
    {
      g_assert_true (fixture_call (fixture, kind, &error));
      g_assert_no_error (error);
    }
  /* The same again: the uploader repeats steps after a restart. */
  g_assert_true (fixture_call (fixture, CALL_INIT, &error));
  g_assert_true (fixture_call (fixture, CALL_START, &error));
  g_assert_no_error (error);
}

static void
test_keyed_shape (void)
{
  g_autoptr (Fixture) fixture = fixture_new ();
  g_autoptr (GError) error = NULL;

  bounce_aurabox_set_studies_shape (fixture->aurabox, BOUNCE_STUDIES_BY_UID);
  g_assert_true (fixture_call (fixture, CALL_INIT, &error));
  g_assert_no_error (error);
}

static void
test_endpoint_with_slash (void)
{
  g_autoptr (Fixture) fixture = fixture_new ();
  g_autofree char *endpoint = g_strconcat (fixture->endpoint, "//", NULL);
  g_autoptr (GError) error = NULL;

  g_clear_object (&fixture->aurabox);
  fixture->aurabox = fixture_new_client (fixture, endpoint, TEST_KEY);
  g_assert_true (fixture_call (fixture, CALL_CONFIG, &error));
  g_assert_no_error (error);
}

typedef struct
{
  const char *secret;
  gboolean is_seen;
  gboolean is_leaked;
} Watch;

static void
line_logged_cb (BounceLogLevel level, gint64 wall_us, const char *text, gpointer user_data)
{
  Watch *watch = user_data;

  watch->is_seen |= strstr (text, "token is") != NULL;
  watch->is_leaked |= strstr (text, watch->secret) != NULL;
}

static void
test_token_is_secret (void)
{
  g_autoptr (Fixture) fixture = fixture_new ();
  g_autoptr (GError) error = NULL;
  g_autoptr (BounceUploadConfig) config = fixture_get_config (fixture, &error);
  Watch watch = { .secret = config->token };
  guint observer;

  g_assert_true (bounce_log_start (NULL, &error));
  g_assert_no_error (error);
  observer = bounce_log_add_observer (line_logged_cb, &watch, NULL);
  bounce_log (BOUNCE_LOG_WARNING, "the token is %s", config->token);
  while (!watch.is_seen)
    g_main_context_iteration (NULL, TRUE);
  g_assert_false (watch.is_leaked);
  bounce_log_remove_observer (observer);
  bounce_log_stop ();
}

/* --- what goes wrong --- */

static void
test_wrong_key (void)
{
  g_autoptr (Fixture) fixture = fixture_new ();

  g_clear_object (&fixture->aurabox);
  fixture->aurabox =
      fixture_new_client (fixture, fixture->endpoint, "aura_au_bounce_tester_wr0ng_local");
  for (CallKind kind = 0; kind < N_CALLS; kind++)
    {
      g_autoptr (GError) error = NULL;

      g_assert_false (fixture_call (fixture, kind, &error));
      g_assert_error (error, BOUNCE_HTTP_ERROR, BOUNCE_HTTP_ERROR_UNAUTHORISED);
      g_assert_cmpuint (bounce_http_error_get_status (error), ==, 401);
    }
}

static void
test_statuses (void)
{
  static const struct
  {
    guint status;
    BounceHttpError code;
  } CASES[] = {
    { 302, BOUNCE_HTTP_ERROR_LATER },        { 400, BOUNCE_HTTP_ERROR_REJECTED },
    { 401, BOUNCE_HTTP_ERROR_UNAUTHORISED }, { 403, BOUNCE_HTTP_ERROR_UNAUTHORISED },
    { 404, BOUNCE_HTTP_ERROR_REJECTED },     { 408, BOUNCE_HTTP_ERROR_LATER },
    { 422, BOUNCE_HTTP_ERROR_REJECTED },     { 429, BOUNCE_HTTP_ERROR_LATER },
    { 500, BOUNCE_HTTP_ERROR_LATER },        { 503, BOUNCE_HTTP_ERROR_LATER },
  };
  g_autoptr (Fixture) fixture = fixture_new ();

  for (guint i = 0; i < G_N_ELEMENTS (CASES); i++)
    for (CallKind kind = 0; kind < N_CALLS; kind++)
      {
        g_autoptr (GError) error = NULL;

        fixture_add_fault (fixture,
                           "{\"fault\":\"body\",\"path\":\"%s\",\"status\":%u,\"body\":\"%s\"}",
                           CALL_PATHS[kind], CASES[i].status, SERVER_WORDS);
        g_assert_false (fixture_call (fixture, kind, &error));
        g_assert_error (error, BOUNCE_HTTP_ERROR, (int) CASES[i].code);
        g_assert_cmpuint (bounce_http_error_get_status (error), ==, CASES[i].status);
        g_assert_null (strstr (error->message, SERVER_WORDS));
      }
}

static void
test_retry_after (void)
{
  g_autoptr (Fixture) fixture = fixture_new ();
  g_autoptr (GError) error = NULL;

  fixture_add_fault (fixture, "{\"fault\":\"status\",\"path\":\"/\",\"status\":503,"
                              "\"retry_after\":\"90\"}");
  g_assert_false (fixture_call (fixture, CALL_CONFIG, &error));
  g_assert_error (error, BOUNCE_HTTP_ERROR, BOUNCE_HTTP_ERROR_LATER);
  g_assert_cmpint (bounce_http_error_get_retry_after_seconds (error), ==, 90);
}

static void
test_validation_errors (void)
{
  g_autoptr (Fixture) fixture = fixture_new ();
  g_autoptr (GError) error = NULL;

  g_assert_false (fixture_call (fixture, CALL_COMPLETE, &error));
  g_assert_error (error, BOUNCE_HTTP_ERROR, BOUNCE_HTTP_ERROR_REJECTED);
  g_assert_cmpuint (bounce_http_error_get_status (error), ==, 422);
}

/* libcurl asks again by itself when a kept connection dies: every attempt must be lost. */
static void
test_connection_lost (void)
{
  g_autoptr (Fixture) fixture = fixture_new ();

  fixture_add_fault (fixture, "{\"fault\":\"lose\",\"path\":\"/api/\",\"count\":1000}");
  for (CallKind kind = 0; kind < N_CALLS; kind++)
    {
      g_autoptr (GError) error = NULL;

      g_assert_false (fixture_call (fixture, kind, &error));
      g_assert_error (error, BOUNCE_HTTP_ERROR, BOUNCE_HTTP_ERROR_LATER);
      g_assert_cmpuint (bounce_http_error_get_status (error), ==, 0);
    }
}

static void
test_unreachable (void)
{
  g_autoptr (Fixture) fixture = fixture_new ();

  fixture_kill_sandbox (fixture);
  for (CallKind kind = 0; kind < N_CALLS; kind++)
    {
      g_autoptr (GError) error = NULL;

      g_assert_false (fixture_call (fixture, kind, &error));
      g_assert_error (error, BOUNCE_HTTP_ERROR, BOUNCE_HTTP_ERROR_LATER);
    }
}

static void
test_not_the_json_asked_for (void)
{
  static const char *const BODIES[] = { "",          "<html>" SERVER_WORDS,        "[]",   "null",
                                        "\\\"a\\\"", "{\\\"" SERVER_WORDS "\\\":", "{} {}" };
  g_autoptr (Fixture) fixture = fixture_new ();

  for (guint i = 0; i < G_N_ELEMENTS (BODIES); i++)
    for (CallKind kind = 0; kind < N_CALLS; kind++)
      {
        g_autoptr (GError) error = NULL;

        fixture_add_fault (fixture, "{\"fault\":\"body\",\"path\":\"%s\",\"body\":\"%s\"}",
                           CALL_PATHS[kind], BODIES[i]);
        g_assert_false (fixture_call (fixture, kind, &error));
        g_assert_error (error, BOUNCE_AURABOX_ERROR, BOUNCE_AURABOX_ERROR_INVALID_RESPONSE);
        g_assert_null (strstr (error->message, SERVER_WORDS));
      }
}

static void
test_deeply_nested (void)
{
  static const guint DEPTHS[] = { BOUNCE_JSON_MAX_DEPTH + 1, 100000 };
  g_autoptr (Fixture) fixture = fixture_new ();

  for (guint i = 0; i < G_N_ELEMENTS (DEPTHS); i++)
    for (CallKind kind = 0; kind < N_CALLS; kind++)
      {
        g_autoptr (GError) error = NULL;

        fixture_add_fault (fixture, "{\"fault\":\"nested\",\"path\":\"%s\",\"depth\":%u}",
                           CALL_PATHS[kind], DEPTHS[i]);
        g_assert_false (fixture_call (fixture, kind, &error));
        g_assert_error (error, BOUNCE_AURABOX_ERROR, BOUNCE_AURABOX_ERROR_INVALID_RESPONSE);
      }
}

static void
test_too_large (void)
{
  g_autoptr (Fixture) fixture = fixture_new ();
  g_autofree char *blanks = g_strnfill (2 * 1024 * 1024, ' ');
  g_autoptr (GError) error = NULL;

  fixture_add_fault (fixture, "{\"fault\":\"body\",\"path\":\"/api/\",\"body\":\"{%s}\"}", blanks);
  g_assert_false (fixture_call (fixture, CALL_INIT, &error));
  g_assert_error (error, BOUNCE_HTTP_ERROR, BOUNCE_HTTP_ERROR_LATER);
}

static void
test_refused (void)
{
  g_autoptr (Fixture) fixture = fixture_new ();

  for (CallKind kind = 0; kind < N_CALLS; kind++)
    {
      g_autoptr (GError) error = NULL;

      fixture_add_fault (fixture,
                         "{\"fault\":\"body\",\"path\":\"%s\",\"body\":"
                         "\"{\\\"success\\\":false,\\\"message\\\":\\\"%s\\\"}\"}",
                         CALL_PATHS[kind], SERVER_WORDS);
      g_assert_false (fixture_call (fixture, kind, &error));
      g_assert_error (error, BOUNCE_AURABOX_ERROR, BOUNCE_AURABOX_ERROR_REFUSED);
      g_assert_null (strstr (error->message, SERVER_WORDS));
    }
}

static void
test_unknown_mode (void)
{
  g_autoptr (Fixture) fixture = fixture_new ();
  g_autoptr (GError) error = NULL;

  fixture_add_fault (fixture, "{\"fault\":\"body\",\"path\":\"/api/\",\"body\":"
                              "\"{\\\"type\\\":\\\"teleport\\\",\\\"mode\\\":\\\"bulk\\\"}\"}");
  g_assert_false (fixture_call (fixture, CALL_CONFIG, &error));
  g_assert_error (error, BOUNCE_AURABOX_ERROR, BOUNCE_AURABOX_ERROR_UNKNOWN_MODE);
  g_assert_null (strstr (error->message, "teleport"));
}

/* --- cancelling --- */

static void
assert_cancelled (Fixture *fixture, CallKind kind, GAsyncResult **result)
{
  g_autoptr (GError) error = NULL;

  g_assert_false (fixture_end (fixture, kind, result, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
}

static void
test_cancelled_before (void)
{
  g_autoptr (Fixture) fixture = fixture_new ();

  for (CallKind kind = 0; kind < N_CALLS; kind++)
    {
      g_autoptr (GCancellable) cancellable = g_cancellable_new ();
      g_autoptr (GAsyncResult) result = NULL;

      g_cancellable_cancel (cancellable);
      fixture_begin (fixture, kind, cancellable, &result);
      assert_cancelled (fixture, kind, &result);
    }
}

static void
test_cancelled_during (void)
{
  g_autoptr (Fixture) fixture = fixture_new ();

  for (CallKind kind = 0; kind < N_CALLS; kind++)
    {
      g_autoptr (GCancellable) cancellable = g_cancellable_new ();
      g_autoptr (GAsyncResult) result = NULL;

      fixture_add_fault (fixture, "{\"fault\":\"delay\",\"path\":\"%s\",\"milliseconds\":600000}",
                         CALL_PATHS[kind]);
      fixture_begin (fixture, kind, cancellable, &result);
      while (fixture_has_faults (fixture))
        g_main_context_iteration (NULL, FALSE);
      g_assert_null (result);
      g_cancellable_cancel (cancellable);
      assert_cancelled (fixture, kind, &result);
    }
}

static void
test_cancelled_after (void)
{
  g_autoptr (Fixture) fixture = fixture_new ();

  for (CallKind kind = 0; kind <= CALL_START; kind++)
    {
      g_autoptr (GCancellable) cancellable = g_cancellable_new ();
      g_autoptr (GAsyncResult) result = NULL;
      g_autoptr (GError) error = NULL;

      fixture_begin (fixture, kind, cancellable, &result);
      while (result == NULL)
        g_main_context_iteration (NULL, TRUE);
      g_cancellable_cancel (cancellable);
      /* Nothing is left to cancel; a GTask says so by the error it gives instead of the result. */
      assert_cancelled (fixture, kind, &result);
      g_assert_true (fixture_call (fixture, kind, &error));
      g_assert_no_error (error);
    }
}

/* --- deprecation --- */

static void
deprecated_cb (BounceAurabox *aurabox, const char *path, const char *sunset, GPtrArray *seen)
{
  g_ptr_array_add (seen, g_strdup_printf ("%s %s", path, sunset));
}

static void
test_deprecated (void)
{
  g_autoptr (Fixture) fixture = fixture_new ();
  g_autoptr (GPtrArray) seen = g_ptr_array_new_with_free_func (g_free);
  g_autofree char *long_text = g_strnfill (65, 'x');

  g_signal_connect (fixture->aurabox, "deprecated", G_CALLBACK (deprecated_cb), seen);
  fixture_add_fault (fixture, "{\"fault\":\"deprecated\",\"path\":\"/api/bounce/config\","
                              "\"count\":3,\"sunset\":\"Sat, 01 Jan 2028 00:00:00 GMT\"}");
  for (guint i = 0; i < 4; i++)
    g_assert_true (fixture_call (fixture, CALL_CONFIG, NULL));
  g_assert_cmpuint (seen->len, ==, 1);
  g_assert_cmpstr (seen->pdata[0], ==, "/api/bounce/config Sat, 01 Jan 2028 00:00:00 GMT");

  /* Also with an error, and what cannot be a date is not passed on. */
  fixture_add_fault (fixture,
                     "{\"fault\":\"deprecated\",\"path\":\"/api/bounce/upload/complete\","
                     "\"sunset\":\"%s\"}",
                     long_text);
  g_assert_false (fixture_call (fixture, CALL_COMPLETE, NULL));
  g_assert_cmpuint (seen->len, ==, 2);
  g_assert_cmpstr (seen->pdata[1], ==, "/api/bounce/upload/complete ");
}

static void
test_not_deprecated (void)
{
  g_autoptr (Fixture) fixture = fixture_new ();
  g_autoptr (GPtrArray) seen = g_ptr_array_new_with_free_func (g_free);

  g_signal_connect (fixture->aurabox, "deprecated", G_CALLBACK (deprecated_cb), seen);
  fixture_add_fault (fixture, "{\"fault\":\"header\",\"path\":\"/api/\","
                              "\"name\":\"X-Deprecated\",\"value\":\"false\"}");
  g_assert_true (fixture_call (fixture, CALL_CONFIG, NULL));
  g_assert_cmpuint (seen->len, ==, 0);
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/aurabox/config", test_config);
  g_test_add_func ("/aurabox/steps", test_steps);
  g_test_add_func ("/aurabox/keyed-shape", test_keyed_shape);
  g_test_add_func ("/aurabox/endpoint-with-slash", test_endpoint_with_slash);
  g_test_add_func ("/aurabox/token-is-secret", test_token_is_secret);
  g_test_add_func ("/aurabox/wrong-key", test_wrong_key);
  g_test_add_func ("/aurabox/statuses", test_statuses);
  g_test_add_func ("/aurabox/retry-after", test_retry_after);
  g_test_add_func ("/aurabox/validation-errors", test_validation_errors);
  g_test_add_func ("/aurabox/connection-lost", test_connection_lost);
  g_test_add_func ("/aurabox/unreachable", test_unreachable);
  g_test_add_func ("/aurabox/not-the-json", test_not_the_json_asked_for);
  g_test_add_func ("/aurabox/deeply-nested", test_deeply_nested);
  g_test_add_func ("/aurabox/too-large", test_too_large);
  g_test_add_func ("/aurabox/refused", test_refused);
  g_test_add_func ("/aurabox/unknown-mode", test_unknown_mode);
  g_test_add_func ("/aurabox/cancelled-before", test_cancelled_before);
  g_test_add_func ("/aurabox/cancelled-during", test_cancelled_during);
  g_test_add_func ("/aurabox/cancelled-after", test_cancelled_after);
  g_test_add_func ("/aurabox/deprecated", test_deprecated);
  g_test_add_func ("/aurabox/not-deprecated", test_not_deprecated);
  return g_test_run ();
}
