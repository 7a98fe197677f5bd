/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* Making uploads and ending them: what is asked, what is made of the answers. */

#include "config.h"

#include "bounce-tus.h"
#include "http-waits.h"

#include <string.h>

typedef struct
{
  BounceFaultServer *server; /* (owned) */
  BounceHttp *http;          /* (owned) */
  GCancellable *cancellable; /* (owned) */
  char *url;                 /* (owned) (nullable) */
  gint64 expires_at_us;
  guint n_calls;
  GError *error; /* (owned) (nullable) */
} Fixture;

static void
set_up (Fixture *fixture, gconstpointer data)
{
  fixture->server = bounce_fault_server_new ();
  fixture->http = bounce_http_new ();
  fixture->cancellable = g_cancellable_new ();
}

static void
tear_down (Fixture *fixture, gconstpointer data)
{
  g_object_unref (fixture->http);
  bounce_fault_server_free (fixture->server);
  g_object_unref (fixture->cancellable);
  g_clear_error (&fixture->error);
  g_free (fixture->url);
}

static void
created_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Fixture *fixture = user_data;

  fixture->url = bounce_tus_create_finish (BOUNCE_HTTP (source), result, &fixture->expires_at_us,
                                           &fixture->error);
  g_assert_true ((fixture->url != NULL) == (fixture->error == NULL));
  fixture->n_calls++;
}

static void
terminated_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Fixture *fixture = user_data;

  bounce_tus_terminate_finish (BOUNCE_HTTP (source), result, &fixture->error);
  fixture->n_calls++;
}

static void
start_creation (Fixture *fixture)
{
  static const char *const metadata[] = { "name", "1.2.zip",           "empty", "",
                                          "mode", "\xc3\xa9t\xc3\xa9", NULL };
  const BounceTusCreation creation = {
    .endpoint = bounce_fault_server_get_endpoint (fixture->server),
    .bearer = "token",
    .length_bytes = 5000000000,
    .metadata = metadata,
  };

  fixture->n_calls = 0;
  g_clear_error (&fixture->error);
  g_clear_pointer (&fixture->url, g_free);
  bounce_tus_create_async (fixture->http, &creation, fixture->cancellable, created_cb, fixture);
}

static void
create_upload (Fixture *fixture)
{
  start_creation (fixture);
  http_wait_for_calls (&fixture->n_calls, 1);
}

static void
test_request (Fixture *fixture, gconstpointer data)
{
  g_autofree char *head = NULL;

  create_upload (fixture);
  g_assert_no_error (fixture->error);
  g_assert_cmpstr (fixture->url, ==, bounce_fault_server_get_upload_url (fixture->server));
  g_assert_cmpint (fixture->expires_at_us, ==, 0);
  head = bounce_fault_server_dup_last_head (fixture->server);
  g_assert_true (g_str_has_prefix (head, "POST /files HTTP/1.1\n"));
  g_assert_nonnull (strstr (head, "\nTus-Resumable: 1.0.0\n"));
  g_assert_nonnull (strstr (head, "\nUpload-Length: 5000000000\n"));
  g_assert_nonnull (strstr (head, "\nUpload-Metadata: name MS4yLnppcA==,empty ,mode w6l0w6k=\n"));
  g_assert_nonnull (strstr (head, "\nAuthorization: Bearer token\n"));
  g_assert_nonnull (strstr (head, "\nContent-Length: 0\n"));
  g_assert_null (strstr (head, "\nContent-Type:"));
}

static void
test_options_once (Fixture *fixture, gconstpointer data)
{
  for (guint i = 0; i < 3; i++)
    {
      create_upload (fixture);
      g_assert_no_error (fixture->error);
    }
  g_assert_cmpuint (bounce_fault_server_count (fixture->server, "OPTIONS"), ==, 1);
  g_assert_cmpuint (bounce_fault_server_count (fixture->server, "POST"), ==, 3);
}

static void
test_options_fail (Fixture *fixture, gconstpointer data)
{
  bounce_fault_server_add (fixture->server, data);
  create_upload (fixture);
  g_assert_no_error (fixture->error);
  g_assert_cmpuint (bounce_fault_server_count (fixture->server, "POST"), ==, 1);
}

static void
test_too_large (Fixture *fixture, gconstpointer data)
{
  const BounceFault fault = { .method = "OPTIONS",
                              .kind = BOUNCE_FAULT_STATUS,
                              .status = 204,
                              .headers = "Tus-Max-Size: 4999999999\r\n" };

  bounce_fault_server_add (fixture->server, &fault);
  create_upload (fixture);
  g_assert_error (fixture->error, BOUNCE_HTTP_ERROR, BOUNCE_HTTP_ERROR_REJECTED);
  g_assert_cmpuint (bounce_fault_server_count (fixture->server, "POST"), ==, 0);
  /* A refusal is not for ever: the server is asked again before the next one. */
  create_upload (fixture);
  g_assert_no_error (fixture->error);
  g_assert_cmpuint (bounce_fault_server_count (fixture->server, "OPTIONS"), ==, 2);
}

static void
test_expires (Fixture *fixture, gconstpointer data)
{
  const BounceFault fault = { .method = "POST",
                              .kind = BOUNCE_FAULT_STATUS,
                              .status = 201,
                              .headers = "LOCATION: 1?a=b\r\n"
                                         "Upload-Expires: Sun, 06 Nov 1994 08:49:37 GMT\r\n" };

  bounce_fault_server_add (fixture->server, &fault);
  create_upload (fixture);
  g_assert_no_error (fixture->error);
  g_assert_true (g_str_has_suffix (fixture->url, "/1?a=b"));
  g_assert_cmpint (fixture->expires_at_us, ==, G_GINT64_CONSTANT (784111777000000));
}

/* The other server must not see anything, least of all the token. */
static void
test_location_elsewhere (Fixture *fixture, gconstpointer data)
{
  g_autoptr (BounceFaultServer) other = bounce_fault_server_new ();

  bounce_fault_server_set_location (fixture->server, bounce_fault_server_get_upload_url (other));
  create_upload (fixture);
  g_assert_error (fixture->error, BOUNCE_HTTP_ERROR, BOUNCE_HTTP_ERROR_REJECTED);
  g_assert_null (bounce_fault_server_dup_last_head (other));
}

typedef struct
{
  const char *name;
  BounceFault fault;
  int code; /* -1: success */
} Answer;

#define ANSWER(verb, code, text)                                                                   \
  {                                                                                                \
    .method = verb, .kind = BOUNCE_FAULT_STATUS, .status = code, .headers = text                   \
  }

static const Answer creations[] = {
  { "200", ANSWER ("POST", 200, "location: /files/1\r\n"), -1 },
  { "201-without-location", ANSWER ("POST", 201, ""), BOUNCE_HTTP_ERROR_LATER },
  { "201-twice-located", ANSWER ("POST", 201, "location: http://a b/\r\n"),
    BOUNCE_HTTP_ERROR_LATER },
  { "307", ANSWER ("POST", 307, "location: /elsewhere\r\n"), BOUNCE_HTTP_ERROR_LATER },
  { "400", ANSWER ("POST", 400, ""), BOUNCE_HTTP_ERROR_REJECTED },
  { "401", ANSWER ("POST", 401, ""), BOUNCE_HTTP_ERROR_UNAUTHORISED },
  { "403", ANSWER ("POST", 403, ""), BOUNCE_HTTP_ERROR_UNAUTHORISED },
  { "404", ANSWER ("POST", 404, ""), BOUNCE_HTTP_ERROR_REJECTED },
  { "413", ANSWER ("POST", 413, ""), BOUNCE_HTTP_ERROR_REJECTED },
  { "422", ANSWER ("POST", 422, ""), BOUNCE_HTTP_ERROR_REJECTED },
  { "429", ANSWER ("POST", 429, ""), BOUNCE_HTTP_ERROR_LATER },
  { "500", ANSWER ("POST", 500, ""), BOUNCE_HTTP_ERROR_LATER },
  { "503", ANSWER ("POST", 503, "retry-after: 5\r\n"), BOUNCE_HTTP_ERROR_LATER },
  /* libcurl asks again by itself when a kept connection turns out dead; a second, empty upload at
   * the server expires. */
  { "lost", { .method = "POST", .kind = BOUNCE_FAULT_REPLY_LOST }, -1 },
  { "lost-twice",
    { .method = "POST", .kind = BOUNCE_FAULT_REPLY_LOST, .times = 2 },
    BOUNCE_HTTP_ERROR_LATER },
};

static const Answer terminations[] = {
  { "204", ANSWER ("DELETE", 204, ""), -1 },
  { "404", ANSWER ("DELETE", 404, ""), -1 },
  { "405", ANSWER ("DELETE", 405, ""), -1 },
  { "410", ANSWER ("DELETE", 410, ""), -1 },
  { "501", ANSWER ("DELETE", 501, ""), -1 },
  { "401", ANSWER ("DELETE", 401, ""), BOUNCE_HTTP_ERROR_UNAUTHORISED },
  { "400", ANSWER ("DELETE", 400, ""), BOUNCE_HTTP_ERROR_REJECTED },
  { "423", ANSWER ("DELETE", 423, ""), BOUNCE_HTTP_ERROR_LATER },
  { "reset", { .method = "DELETE", .kind = BOUNCE_FAULT_RESET }, BOUNCE_HTTP_ERROR_LATER },
};

static void
assert_outcome (Fixture *fixture, const Answer *answer)
{
  if (answer->code < 0)
    g_assert_no_error (fixture->error);
  else
    g_assert_error (fixture->error, BOUNCE_HTTP_ERROR, answer->code);
}

static void
test_creation_answered (Fixture *fixture, gconstpointer data)
{
  const Answer *answer = data;

  bounce_fault_server_add (fixture->server, &answer->fault);
  create_upload (fixture);
  assert_outcome (fixture, answer);
  if (answer->fault.status == 503)
    g_assert_cmpint (bounce_http_error_get_retry_after_seconds (fixture->error), ==, 5);
}

static void
test_termination_answered (Fixture *fixture, gconstpointer data)
{
  const Answer *answer = data;

  bounce_fault_server_add (fixture->server, &answer->fault);
  bounce_tus_terminate_async (fixture->http, bounce_fault_server_get_upload_url (fixture->server),
                              "token", NULL, terminated_cb, fixture);
  http_wait_for_calls (&fixture->n_calls, 1);
  assert_outcome (fixture, answer);
}

static void
test_cancel_before (Fixture *fixture, gconstpointer data)
{
  g_cancellable_cancel (fixture->cancellable);
  create_upload (fixture);
  g_assert_error (fixture->error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  g_assert_cmpuint (bounce_fault_server_count (fixture->server, "POST"), ==, 0);
}

static void
test_cancel_during (Fixture *fixture, gconstpointer data)
{
  const BounceFault *fault = data;

  bounce_fault_server_add (fixture->server, fault);
  start_creation (fixture);
  http_wait_for_requests (fixture->server, fault->method, 1);
  g_cancellable_cancel (fixture->cancellable);
  http_wait_for_calls (&fixture->n_calls, 1);
  g_assert_error (fixture->error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
}

static void
test_cancel_after (Fixture *fixture, gconstpointer data)
{
  create_upload (fixture);
  g_cancellable_cancel (fixture->cancellable);
  while (g_main_context_iteration (NULL, FALSE))
    ;
  g_assert_no_error (fixture->error);
  g_assert_cmpuint (fixture->n_calls, ==, 1);
}

static void
test_terminate_cancelled (Fixture *fixture, gconstpointer data)
{
  static const BounceFault stall = { .method = "DELETE", .kind = BOUNCE_FAULT_STALL };

  bounce_fault_server_add (fixture->server, &stall);
  bounce_tus_terminate_async (fixture->http, bounce_fault_server_get_upload_url (fixture->server),
                              "token", fixture->cancellable, terminated_cb, fixture);
  http_wait_for_requests (fixture->server, "DELETE", 1);
  g_cancellable_cancel (fixture->cancellable);
  http_wait_for_calls (&fixture->n_calls, 1);
  g_assert_error (fixture->error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
}

static void
add_answers (const char *group,
             const Answer *answers,
             gsize n,
             void (*func) (Fixture *, gconstpointer))
{
  for (gsize i = 0; i < n; i++)
    {
      g_autofree char *path = g_strdup_printf ("/http/tus-%s/%s", group, answers[i].name);

      g_test_add (path, Fixture, &answers[i], set_up, func, tear_down);
    }
}

#define ADD(name, data, func)                                                                      \
  g_test_add ("/http/tus-create/" name, Fixture, data, set_up, func, tear_down)

int
main (int argc, char **argv)
{
  static const BounceFault no_options = ANSWER ("OPTIONS", 405, "");
  static const BounceFault reset_options = { .method = "OPTIONS", .kind = BOUNCE_FAULT_RESET };
  static const BounceFault stalled_options = { .method = "OPTIONS", .kind = BOUNCE_FAULT_STALL };
  static const BounceFault stalled_post = { .method = "POST", .kind = BOUNCE_FAULT_STALL };

  g_test_init (&argc, &argv, NULL);
  ADD ("request", NULL, test_request);
  ADD ("options/once", NULL, test_options_once);
  ADD ("options/refused", &no_options, test_options_fail);
  ADD ("options/reset", &reset_options, test_options_fail);
  ADD ("too-large", NULL, test_too_large);
  ADD ("expires", NULL, test_expires);
  ADD ("location-elsewhere", NULL, test_location_elsewhere);
  ADD ("cancel/before", NULL, test_cancel_before);
  ADD ("cancel/during-options", &stalled_options, test_cancel_during);
  ADD ("cancel/during-post", &stalled_post, test_cancel_during);
  ADD ("cancel/after", NULL, test_cancel_after);
  ADD ("cancel/terminate", NULL, test_terminate_cancelled);
  add_answers ("create/answers", creations, G_N_ELEMENTS (creations), test_creation_answered);
  add_answers ("terminate/answers", terminations, G_N_ELEMENTS (terminations),
               test_termination_answered);

  return g_test_run ();
}
