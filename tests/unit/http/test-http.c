/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* Requests: what goes out, what comes back, what is refused, and that each ends exactly once. */

#include "config.h"

#include "bounce-http.h"
#include "http-waits.h"

#include <stdlib.h>
#include <string.h>

#define MIB        (1024 * 1024)
#define N_PARALLEL 40

typedef struct
{
  BounceFaultServer *server;    /* (owned) */
  BounceHttp *http;             /* (owned) (nullable) */
  GCancellable *cancellable;    /* (owned) */
  BounceHttpResponse *response; /* (owned) (nullable) of the last call */
  GError *error;                /* (owned) (nullable) of the last call */
  guint n_calls;
  guint n_responses;
  gboolean is_shut_down;
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
  g_clear_object (&fixture->http);
  g_clear_pointer (&fixture->response, bounce_http_response_unref);
  g_clear_error (&fixture->error);
  g_object_unref (fixture->cancellable);
  bounce_fault_server_free (fixture->server);
}

static void
received_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Fixture *fixture = user_data;

  g_clear_pointer (&fixture->response, bounce_http_response_unref);
  g_clear_error (&fixture->error);
  fixture->response = bounce_http_send_finish (BOUNCE_HTTP (source), result, &fixture->error);
  g_assert_true ((fixture->response != NULL) == (fixture->error == NULL));
  fixture->n_calls++;
  if (fixture->response != NULL)
    fixture->n_responses++;
}

static void
send_request (Fixture *fixture, const BounceHttpRequest *request)
{
  guint n = fixture->n_calls;

  bounce_http_send_async (fixture->http, request, fixture->cancellable, received_cb, fixture);
  http_wait_for_calls (&fixture->n_calls, n + 1);
}

static void
get_endpoint (Fixture *fixture)
{
  const BounceHttpRequest request = { .method = "GET",
                                      .url = bounce_fault_server_get_endpoint (fixture->server) };

  send_request (fixture, &request);
}

static void
answer_next (Fixture *fixture, guint status, const char *headers)
{
  const BounceFault fault = {
    .method = "GET", .kind = BOUNCE_FAULT_STATUS, .status = status, .headers = headers
  };

  bounce_fault_server_add (fixture->server, &fault);
}

static void
test_request (Fixture *fixture, gconstpointer data)
{
  static const char *const headers[] = { "X-One: 1", "Accept: application/json", NULL };
  const BounceFault fault = { .method = "POST", .kind = BOUNCE_FAULT_STATUS, .status = 200 };
  g_autoptr (GBytes) body = g_bytes_new_static ("{\"a\": 1}", 8);
  g_autofree char *head = NULL;
  const BounceHttpRequest request = {
    .method = "POST",
    .url = bounce_fault_server_get_endpoint (fixture->server),
    .bearer = "token",
    .body = body,
    .content_type = "application/json",
    .headers = headers,
  };

  bounce_fault_server_add (fixture->server, &fault);
  send_request (fixture, &request);
  g_assert_no_error (fixture->error);
  head = bounce_fault_server_dup_last_head (fixture->server);
  g_assert_true (g_str_has_prefix (head, "POST /files HTTP/1.1\n"));
  g_assert_nonnull (strstr (head, "\nAuthorization: Bearer token\n"));
  g_assert_nonnull (strstr (head, "\nContent-Type: application/json\n"));
  g_assert_nonnull (strstr (head, "\nContent-Length: 8\n"));
  g_assert_nonnull (strstr (head, "\nX-One: 1\n"));
  g_assert_nonnull (strstr (head, "\nAccept: application/json\n"));
  g_assert_nonnull (strstr (head, "\nUser-Agent: Bounce/" BOUNCE_VERSION "\n"));
  g_assert_null (strstr (head, "Expect"));
}

static void
test_response (Fixture *fixture, gconstpointer data)
{
  bounce_fault_server_set_reply_body (fixture->server, 100);
  answer_next (fixture, 418, "X-Odd:  two words \r\nx-list: a\r\nX-LIST: b\r\n");
  get_endpoint (fixture);
  g_assert_no_error (fixture->error);
  g_assert_cmpuint (bounce_http_response_get_status (fixture->response), ==, 418);
  g_assert_cmpstr (bounce_http_response_get_header (fixture->response, "x-odd"), ==, "two words");
  g_assert_cmpstr (bounce_http_response_get_header (fixture->response, "X-List"), ==, "a, b");
  g_assert_cmpuint (g_bytes_get_size (bounce_http_response_get_body (fixture->response)), ==, 100);
}

static void
test_continue_is_not_the_reply (Fixture *fixture, gconstpointer data)
{
  const BounceFault fault = { .method = "GET",
                              .kind = BOUNCE_FAULT_RAW,
                              .headers = "HTTP/1.1 103 Early\r\nx-early: 1\r\n\r\n"
                                         "HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n" };

  bounce_fault_server_add (fixture->server, &fault);
  get_endpoint (fixture);
  g_assert_no_error (fixture->error);
  g_assert_cmpuint (bounce_http_response_get_status (fixture->response), ==, 200);
  g_assert_null (bounce_http_response_get_header (fixture->response, "x-early"));
}

static void
test_redirect_is_not_followed (Fixture *fixture, gconstpointer data)
{
  answer_next (fixture, 302, "location: /elsewhere\r\n");
  get_endpoint (fixture);
  g_assert_no_error (fixture->error);
  g_assert_cmpuint (bounce_http_response_get_status (fixture->response), ==, 302);
  g_assert_cmpuint (bounce_fault_server_count (fixture->server, "GET"), ==, 1);
}

static void
test_connection_is_kept (Fixture *fixture, gconstpointer data)
{
  for (guint i = 0; i < 5; i++)
    {
      get_endpoint (fixture);
      g_assert_no_error (fixture->error);
    }
  g_assert_cmpuint (bounce_fault_server_count_connections (fixture->server), ==, 1);
}

static void
test_large_body (Fixture *fixture, gconstpointer data)
{
  bounce_fault_server_set_reply_body (fixture->server, MIB);
  get_endpoint (fixture);
  g_assert_no_error (fixture->error);
  g_assert_cmpuint (g_bytes_get_size (bounce_http_response_get_body (fixture->response)), ==, MIB);
  bounce_fault_server_set_reply_body (fixture->server, MIB + 1);
  get_endpoint (fixture);
  g_assert_error (fixture->error, BOUNCE_HTTP_ERROR, BOUNCE_HTTP_ERROR_LATER);
  g_assert_cmpuint (bounce_http_error_get_status (fixture->error), ==, 0);
}

static void
test_large_headers (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GString) headers = g_string_new (NULL);

  for (guint i = 0; i < 100; i++)
    g_string_append_printf (headers, "x-%u: %01000u\r\n", i, i);
  answer_next (fixture, 200, headers->str);
  get_endpoint (fixture);
  g_assert_error (fixture->error, BOUNCE_HTTP_ERROR, BOUNCE_HTTP_ERROR_LATER);
}

static void
test_body_cut (Fixture *fixture, gconstpointer data)
{
  const BounceFault fault = { .method = "GET",
                              .kind = BOUNCE_FAULT_RAW,
                              .headers = "HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nshort" };

  bounce_fault_server_add (fixture->server, &fault);
  get_endpoint (fixture);
  g_assert_error (fixture->error, BOUNCE_HTTP_ERROR, BOUNCE_HTTP_ERROR_LATER);
}

/* With a second's patience. */
static void
assert_gives_up (Fixture *fixture, const BounceFault *fault)
{
  const BounceHttpRequest request = { .method = "GET",
                                      .url = bounce_fault_server_get_endpoint (fixture->server),
                                      .timeout_seconds = 1 };

  bounce_fault_server_add (fixture->server, fault);
  send_request (fixture, &request);
  g_assert_error (fixture->error, BOUNCE_HTTP_ERROR, BOUNCE_HTTP_ERROR_LATER);
}

static void
test_stall (Fixture *fixture, gconstpointer data)
{
  const BounceFault fault = { .method = "GET", .kind = BOUNCE_FAULT_STALL };

  assert_gives_up (fixture, &fault);
}

/* An answer has to come as a whole: a byte now and then would keep an upload's place for days. */
static void
test_drip (Fixture *fixture, gconstpointer data)
{
  g_autofree char *body = g_strnfill (150, 'x');
  g_autofree char *reply =
      g_strconcat ("HTTP/1.1 200 OK\r\nContent-Length: 150\r\n\r\n", body, NULL);
  const BounceFault fault = { .method = "GET", .kind = BOUNCE_FAULT_DRIP, .headers = reply };

  assert_gives_up (fixture, &fault);
}

static void
test_invalid (Fixture *fixture, gconstpointer data)
{
  const char *url = bounce_fault_server_get_endpoint (fixture->server);
  const char *headers[] = { "X-One: 1\r\nX-Two: 2", NULL };
  const BounceHttpRequest requests[] = {
    { .method = "GET", .url = "" },
    { .method = "GET", .url = "ftp://127.0.0.1/" },
    { .method = "GET", .url = "file:///etc/passwd" },
    { .method = "GET", .url = "http://" },
    { .method = "GET", .url = "http://a b/" },
    { .method = "GET\r\nX-Two: 2", .url = url },
    { .method = "GET", .url = url, .bearer = "token\r\nX-Two: 2" },
    { .method = "GET", .url = url, .headers = headers },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (requests); i++)
    {
      send_request (fixture, &requests[i]);
      g_assert_error (fixture->error, BOUNCE_HTTP_ERROR, BOUNCE_HTTP_ERROR_INVALID);
      g_assert_null (strstr (fixture->error->message, "token"));
    }
  g_assert_cmpuint (bounce_fault_server_count (fixture->server, "GET"), ==, 0);
}

static void
test_unreachable (Fixture *fixture, gconstpointer data)
{
  const BounceHttpRequest refused = { .method = "GET", .url = "http://127.0.0.1:1/" };
  const BounceHttpRequest unknown = { .method = "GET", .url = "http://bounce.invalid/" };

  send_request (fixture, &refused);
  g_assert_error (fixture->error, BOUNCE_HTTP_ERROR, BOUNCE_HTTP_ERROR_LATER);
  send_request (fixture, &unknown);
  g_assert_error (fixture->error, BOUNCE_HTTP_ERROR, BOUNCE_HTTP_ERROR_LATER);
}

/* A server without TLS is not talked to in the clear because TLS failed. */
static void
test_tls_failure (Fixture *fixture, gconstpointer data)
{
  g_autofree char *url = g_strconcat (
      "https", bounce_fault_server_get_endpoint (fixture->server) + strlen ("http"), NULL);
  const BounceHttpRequest request = { .method = "GET", .url = url, .timeout_seconds = 2 };

  send_request (fixture, &request);
  g_assert_error (fixture->error, BOUNCE_HTTP_ERROR, BOUNCE_HTTP_ERROR_LATER);
  g_assert_cmpuint (bounce_fault_server_count (fixture->server, "GET"), ==, 0);
}

static void
test_proxy (Fixture *fixture, gconstpointer data)
{
  const BounceHttpRequest request = { .method = "GET", .url = "http://bounce.invalid/path" };
  g_autofree char *head = NULL;

  setenv ("http_proxy", bounce_fault_server_get_endpoint (fixture->server), 1);
  send_request (fixture, &request);
  unsetenv ("http_proxy");
  g_assert_no_error (fixture->error);
  head = bounce_fault_server_dup_last_head (fixture->server);
  g_assert_true (g_str_has_prefix (head, "GET http://bounce.invalid/path HTTP/1.1\n"));
}

/* A trial's cloud is on this machine: a proxy for all the others must not be asked for it. */
static void
test_proxy_not_for_loopback (Fixture *fixture, gconstpointer data)
{
  static const char *const exceptions[] = { NULL, "example.org", "*" };
  const BounceHttpRequest other = { .method = "GET", .url = "http://bounce.invalid/" };
  g_autofree char *url =
      g_strconcat (bounce_fault_server_get_endpoint (fixture->server), "/path", NULL);
  const BounceHttpRequest request = { .method = "GET", .url = url };

  setenv ("http_proxy", "http://127.0.0.1:1", 1);
  for (guint i = 0; i < G_N_ELEMENTS (exceptions); i++)
    {
      if (exceptions[i] != NULL)
        setenv ("no_proxy", exceptions[i], 1);
      send_request (fixture, &request);
      g_assert_no_error (fixture->error);
    }
  setenv ("http_proxy", bounce_fault_server_get_endpoint (fixture->server), 1);
  setenv ("no_proxy", "bounce.invalid", 1);
  send_request (fixture, &other);
  unsetenv ("no_proxy");
  unsetenv ("http_proxy");
  g_assert_error (fixture->error, BOUNCE_HTTP_ERROR, BOUNCE_HTTP_ERROR_LATER);
  g_assert_cmpuint (bounce_fault_server_count (fixture->server, "GET"), ==,
                    G_N_ELEMENTS (exceptions));
}

static void
test_check (Fixture *fixture, gconstpointer data)
{
  static const struct
  {
    guint status;
    int code; /* -1: fine */
  } rows[] = {
    { 200, -1 },
    { 204, -1 },
    { 304, BOUNCE_HTTP_ERROR_LATER },
    { 302, BOUNCE_HTTP_ERROR_LATER },
    { 400, BOUNCE_HTTP_ERROR_REJECTED },
    { 401, BOUNCE_HTTP_ERROR_UNAUTHORISED },
    { 403, BOUNCE_HTTP_ERROR_UNAUTHORISED },
    { 404, BOUNCE_HTTP_ERROR_REJECTED },
    { 408, BOUNCE_HTTP_ERROR_LATER },
    { 422, BOUNCE_HTTP_ERROR_REJECTED },
    { 423, BOUNCE_HTTP_ERROR_LATER },
    { 425, BOUNCE_HTTP_ERROR_LATER },
    { 429, BOUNCE_HTTP_ERROR_LATER },
    { 500, BOUNCE_HTTP_ERROR_LATER },
    { 503, BOUNCE_HTTP_ERROR_LATER },
    { 599, BOUNCE_HTTP_ERROR_LATER },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autoptr (GError) error = NULL;
      gboolean is_fine;

      answer_next (fixture, rows[i].status, "retry-after: 9\r\n");
      get_endpoint (fixture);
      g_assert_no_error (fixture->error);
      is_fine = bounce_http_response_check (fixture->response, "upload/init", &error);
      g_assert_true (is_fine == (rows[i].code < 0));
      if (is_fine)
        continue;
      g_assert_error (error, BOUNCE_HTTP_ERROR, rows[i].code);
      g_assert_true (g_str_has_prefix (error->message, "upload/init"));
      g_assert_cmpuint (bounce_http_error_get_status (error), ==, rows[i].status);
      g_assert_cmpint (bounce_http_error_get_retry_after_seconds (error), ==,
                       rows[i].code == BOUNCE_HTTP_ERROR_LATER ? 9 : 0);
    }
}

static void
test_foreign_error (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GError) error = g_error_new_literal (G_IO_ERROR, G_IO_ERROR_FAILED, "foreign");

  g_assert_cmpuint (bounce_http_error_get_status (error), ==, 0);
  g_assert_cmpint (bounce_http_error_get_retry_after_seconds (error), ==, 0);
  g_assert_cmpuint (bounce_http_error_get_status (NULL), ==, 0);
}

static void
test_parallel (Fixture *fixture, gconstpointer data)
{
  const BounceHttpRequest request = { .method = "GET",
                                      .url = bounce_fault_server_get_endpoint (fixture->server) };

  for (guint i = 0; i < N_PARALLEL; i++)
    bounce_http_send_async (fixture->http, &request, NULL, received_cb, fixture);
  http_wait_for_calls (&fixture->n_calls, N_PARALLEL);
  g_assert_cmpuint (fixture->n_responses, ==, N_PARALLEL);
}

static void
test_cancel_before (Fixture *fixture, gconstpointer data)
{
  g_cancellable_cancel (fixture->cancellable);
  get_endpoint (fixture);
  g_assert_error (fixture->error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  g_assert_cmpuint (bounce_fault_server_count (fixture->server, "GET"), ==, 0);
}

static void
test_cancel_during (Fixture *fixture, gconstpointer data)
{
  const BounceFault fault = { .method = "GET", .kind = BOUNCE_FAULT_STALL };
  const BounceHttpRequest request = { .method = "GET",
                                      .url = bounce_fault_server_get_endpoint (fixture->server) };

  bounce_fault_server_add (fixture->server, &fault);
  bounce_http_send_async (fixture->http, &request, fixture->cancellable, received_cb, fixture);
  http_wait_for_requests (fixture->server, "GET", 1);
  g_assert_cmpuint (fixture->n_calls, ==, 0);
  g_cancellable_cancel (fixture->cancellable);
  http_wait_for_calls (&fixture->n_calls, 1);
  g_assert_error (fixture->error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
}

/* At every moment there is: the outcome varies, the number of callbacks does not. */
static void
test_cancel_anytime (Fixture *fixture, gconstpointer data)
{
  const BounceHttpRequest request = { .method = "GET",
                                      .url = bounce_fault_server_get_endpoint (fixture->server) };

  for (guint i = 0; i < 200; i++)
    {
      g_autoptr (GCancellable) cancellable = g_cancellable_new ();

      bounce_http_send_async (fixture->http, &request, cancellable, received_cb, fixture);
      g_usleep (i * 5);
      g_cancellable_cancel (cancellable);
      http_wait_for_calls (&fixture->n_calls, i + 1);
      if (fixture->error != NULL)
        g_assert_error (fixture->error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
    }
}

static void
test_cancel_after (Fixture *fixture, gconstpointer data)
{
  get_endpoint (fixture);
  g_cancellable_cancel (fixture->cancellable);
  while (g_main_context_iteration (NULL, FALSE))
    ;
  g_assert_cmpuint (fixture->n_calls, ==, 1);
  g_assert_no_error (fixture->error);
}

static void
shut_down_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Fixture *fixture = user_data;
  g_autoptr (GError) error = NULL;

  g_assert_true (bounce_http_shutdown_finish (BOUNCE_HTTP (source), result, &error));
  g_assert_no_error (error);
  fixture->is_shut_down = TRUE;
}

static void
test_shutdown (Fixture *fixture, gconstpointer data)
{
  const BounceFault fault = { .method = "GET", .kind = BOUNCE_FAULT_STALL, .times = 3 };
  const BounceHttpRequest request = { .method = "GET",
                                      .url = bounce_fault_server_get_endpoint (fixture->server) };

  bounce_fault_server_add (fixture->server, &fault);
  for (guint i = 0; i < 3; i++)
    bounce_http_send_async (fixture->http, &request, NULL, received_cb, fixture);
  http_wait_for_requests (fixture->server, "GET", 3);
  bounce_http_shutdown_async (fixture->http, shut_down_cb, fixture);
  while (!fixture->is_shut_down)
    g_main_context_iteration (NULL, TRUE);
  http_wait_for_calls (&fixture->n_calls, 3);
  g_assert_error (fixture->error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  get_endpoint (fixture);
  g_assert_error (fixture->error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
}

/* The requests keep the client alive; the last of them lets it go. */
static void
test_client_dropped (Fixture *fixture, gconstpointer data)
{
  const BounceHttpRequest request = { .method = "GET",
                                      .url = bounce_fault_server_get_endpoint (fixture->server) };

  for (guint i = 0; i < 3; i++)
    bounce_http_send_async (fixture->http, &request, NULL, received_cb, fixture);
  g_clear_object (&fixture->http);
  http_wait_for_calls (&fixture->n_calls, 3);
  g_assert_cmpuint (fixture->n_responses, ==, 3);
}

#define ADD(name, func) g_test_add ("/http/" name, Fixture, NULL, set_up, func, tear_down)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  ADD ("request", test_request);
  ADD ("response", test_response);
  ADD ("continue", test_continue_is_not_the_reply);
  ADD ("redirect", test_redirect_is_not_followed);
  ADD ("keep-alive", test_connection_is_kept);
  ADD ("large-body", test_large_body);
  ADD ("large-headers", test_large_headers);
  ADD ("body-cut", test_body_cut);
  ADD ("stall", test_stall);
  ADD ("drip", test_drip);
  ADD ("invalid", test_invalid);
  ADD ("unreachable", test_unreachable);
  ADD ("tls-failure", test_tls_failure);
  ADD ("proxy", test_proxy);
  ADD ("proxy-not-for-loopback", test_proxy_not_for_loopback);
  ADD ("check", test_check);
  ADD ("foreign-error", test_foreign_error);
  ADD ("parallel", test_parallel);
  ADD ("cancel/before", test_cancel_before);
  ADD ("cancel/during", test_cancel_during);
  ADD ("cancel/anytime", test_cancel_anytime);
  ADD ("cancel/after", test_cancel_after);
  ADD ("shutdown", test_shutdown);
  ADD ("client-dropped", test_client_dropped);

  return g_test_run ();
}
