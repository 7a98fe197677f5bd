/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* Sending by TUS against every fault of the table: what is repeated arrives whole, what is not ends
 * with the right class of error. */

#include "config.h"

#include "bounce-progress.h"
#include "bounce-test-dirs.h"
#include "bounce-tus.h"
#include "http-waits.h"

#include <unistd.h>

#define KIB           1024
#define PACKAGE_BYTES (300 * KIB + 7)
#define CHUNK_BYTES   (64 * KIB)
#define SMALL_BYTES   (16 * KIB)
#define MAX_FAULTS    3
#define ALWAYS        50
/* So long that a loaded machine is not taken for a stalled server. */
#define PATIENCE_SECONDS 30

typedef struct
{
  const char *name;
  BounceFault faults[MAX_FAULTS];
  gboolean is_resumed;     /* the server has known_offset bytes already */
  guint64 known_offset;    /* what we believe it has */
  guint64 max_chunk_bytes; /* 0: CHUNK_BYTES */
  gsize reply_body;
  int code;      /* -1: success */
  guint status;  /* of the error */
  guint patches; /* 0: not compared */
  guint heads;   /* compared with patches */
  gint64 retry_after_seconds;
} Case;

typedef struct
{
  BounceFaultServer *server; /* (owned) */
  BounceHttp *http;          /* (owned) */
  BounceTestDirs *dirs;      /* (owned) */
  char *path;                /* (owned) */
  GBytes *package;           /* (owned) */
  GCancellable *cancellable; /* (owned) */
  guint64 acknowledged;
  guint64 offset;
  guint64 progress_bytes;
  guint n_calls;
  GError *error; /* (owned) (nullable) */
} Fixture;

static GBytes *
make_package (gsize size)
{
  g_autoptr (GRand) rand = g_rand_new_with_seed (7);
  guint8 *data = g_malloc (size);

  for (gsize i = 0; i < size; i++)
    data[i] = (guint8) g_rand_int (rand);

  return g_bytes_new_take (data, size);
}

static void
set_up (Fixture *fixture, gconstpointer data)
{
  fixture->server = bounce_fault_server_new ();
  fixture->http = bounce_http_new ();
  fixture->dirs = bounce_test_dirs_new ();
  fixture->package = make_package (PACKAGE_BYTES);
  fixture->cancellable = g_cancellable_new ();
  fixture->path = g_build_filename (bounce_test_dirs_get_root (fixture->dirs), "a.zip", NULL);
  g_assert_true (g_file_set_contents (fixture->path, g_bytes_get_data (fixture->package, NULL),
                                      PACKAGE_BYTES, NULL));
}

static void
tear_down (Fixture *fixture, gconstpointer data)
{
  g_object_unref (fixture->http);
  bounce_fault_server_free (fixture->server);
  g_clear_error (&fixture->error);
  g_object_unref (fixture->cancellable);
  g_bytes_unref (fixture->package);
  g_free (fixture->path);
  bounce_test_dirs_free (fixture->dirs);
}

static void
acknowledged_cb (guint64 offset, gpointer user_data)
{
  Fixture *fixture = user_data;

  fixture->acknowledged = offset;
}

static void
sent_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Fixture *fixture = user_data;
  gboolean is_sent =
      bounce_tus_send_finish (BOUNCE_HTTP (source), result, &fixture->offset, &fixture->error);

  g_assert_true (is_sent == (fixture->error == NULL));
  fixture->n_calls++;
}

static BounceTusSend
describe_send (Fixture *fixture)
{
  const BounceTusSend send = {
    .upload_url = bounce_fault_server_get_upload_url (fixture->server),
    .bearer = "token",
    .path = fixture->path,
    .length_bytes = PACKAGE_BYTES,
    .is_new = TRUE,
    .acknowledged = acknowledged_cb,
    .acknowledged_data = fixture,
    .stall_seconds = PATIENCE_SECONDS,
    .retry_delay_ms = 1,
    .max_chunk_bytes = CHUNK_BYTES,
  };

  return send;
}

static void
assert_arrived (Fixture *fixture)
{
  g_autoptr (GBytes) arrived = bounce_fault_server_dup_upload (fixture->server);

  g_assert_no_error (fixture->error);
  g_assert_true (g_bytes_equal (arrived, fixture->package));
  g_assert_cmpuint (fixture->offset, ==, PACKAGE_BYTES);
  g_assert_cmpuint (fixture->acknowledged, ==, PACKAGE_BYTES);
}

static void
assert_outcome (Fixture *fixture, const Case *c)
{
  if (c->code < 0)
    assert_arrived (fixture);
  else
    {
      g_assert_error (fixture->error, BOUNCE_HTTP_ERROR, c->code);
      g_assert_cmpuint (bounce_http_error_get_status (fixture->error), ==, c->status);
      g_assert_cmpint (bounce_http_error_get_retry_after_seconds (fixture->error), ==,
                       c->retry_after_seconds);
    }
  if (c->patches == 0)
    return;
  g_assert_cmpuint (bounce_fault_server_count (fixture->server, "PATCH"), ==, c->patches);
  g_assert_cmpuint (bounce_fault_server_count (fixture->server, "HEAD"), ==, c->heads);
}

static void
test_case (Fixture *fixture, gconstpointer data)
{
  const Case *c = data;
  const guint8 *bytes = g_bytes_get_data (fixture->package, NULL);
  BounceTusSend send = describe_send (fixture);

  for (guint i = 0; i < MAX_FAULTS && c->faults[i].method != NULL; i++)
    bounce_fault_server_add (fixture->server, &c->faults[i]);
  bounce_fault_server_set_upload (fixture->server, bytes, c->is_resumed ? c->known_offset : 0,
                                  PACKAGE_BYTES);
  bounce_fault_server_set_reply_body (fixture->server, c->reply_body);
  send.is_new = !c->is_resumed;
  send.known_offset = c->known_offset;
  for (guint i = 0; i < MAX_FAULTS; i++)
    if (c->faults[i].kind == BOUNCE_FAULT_STALL)
      send.stall_seconds = 1;
  if (c->max_chunk_bytes != 0)
    send.max_chunk_bytes = c->max_chunk_bytes;
  bounce_tus_send_async (fixture->http, &send, NULL, sent_cb, fixture);
  http_wait_for_calls (&fixture->n_calls, 1);
  assert_outcome (fixture, c);
}

#define PATCH(...)                                                                                 \
  {                                                                                                \
    .method = "PATCH", __VA_ARGS__                                                                 \
  }
#define HEAD(...)                                                                                  \
  {                                                                                                \
    .method = "HEAD", __VA_ARGS__                                                                  \
  }
#define PATCH_STATUS(code) PATCH (.kind = BOUNCE_FAULT_STATUS, .status = code)
#define HEAD_STATUS(code)  HEAD (.kind = BOUNCE_FAULT_STATUS, .status = code)
#define PATCH_RESET        PATCH (.kind = BOUNCE_FAULT_RESET, .bytes = 1000)

/* Five chunks without a fault; one request more of each kind where one is repeated. */
static const Case repeated[] = {
  { "nothing", .code = -1, .patches = 5 },
  { "resumed", .is_resumed = TRUE, .known_offset = 100000, .code = -1, .patches = 4, .heads = 1 },
  { "reset", { PATCH_RESET }, .code = -1, .patches = 6, .heads = 1 },
  { "reset-often",
    { PATCH (.kind = BOUNCE_FAULT_RESET, .bytes = 10000, .times = 10) },
    .code = -1,
    .patches = 14,
    .heads = 10 },
  { "reply-lost",
    { PATCH (.kind = BOUNCE_FAULT_REPLY_LOST) },
    .code = -1,
    .patches = 5,
    .heads = 1 },
  { "stored-less",
    { PATCH (.kind = BOUNCE_FAULT_STORE_LESS, .bytes = 100) },
    .code = -1,
    .patches = 6 },
  { "stored-nothing",
    { PATCH (.kind = BOUNCE_FAULT_STORE_LESS) },
    .code = -1,
    .patches = 6,
    .heads = 1 },
  { "stored-nothing-then-smaller",
    { PATCH (.kind = BOUNCE_FAULT_STORE_LESS) },
    .max_chunk_bytes = 256 * KIB,
    .code = -1,
    .patches = 3,
    .heads = 1 },
  { "409", { PATCH_STATUS (409) }, .code = -1 },
  { "460", { PATCH_STATUS (460) }, .code = -1 },
  { "423", { PATCH_STATUS (423) }, .code = -1 },
  { "408", { PATCH_STATUS (408) }, .code = -1 },
  { "425", { PATCH_STATUS (425) }, .code = -1 },
  { "429", { PATCH_STATUS (429) }, .code = -1 },
  { "500", { PATCH_STATUS (500) }, .code = -1 },
  { "502", { PATCH_STATUS (502) }, .code = -1 },
  { "503", { PATCH_STATUS (503) }, .code = -1 },
  { "500-early", { PATCH (.kind = BOUNCE_FAULT_EARLY, .status = 500) }, .code = -1 },
  { "302", { PATCH_STATUS (302) }, .code = -1 },
  { "500-on-head", { PATCH_RESET, HEAD_STATUS (500) }, .code = -1 },
  { "423-on-head", { PATCH_RESET, HEAD_STATUS (423) }, .code = -1 },
  { "reset-on-head", { PATCH_RESET, HEAD (.kind = BOUNCE_FAULT_RESET) }, .code = -1 },
  { "stall", { PATCH (.kind = BOUNCE_FAULT_STALL) }, .code = -1 },
  { "stall-on-head", { PATCH_RESET, HEAD (.kind = BOUNCE_FAULT_STALL) }, .code = -1 },
  { "no-offset",
    { PATCH (.kind = BOUNCE_FAULT_HEADERS, .headers = "") },
    .code = -1,
    .patches = 5,
    .heads = 1 },
  { "offset-twice",
    { PATCH (.kind = BOUNCE_FAULT_HEADERS, .headers = "upload-offset: 5\r\nUpload-Offset: 5\r\n") },
    .code = -1,
    .patches = 5,
    .heads = 1 },
  { "no-offset-on-head",
    { PATCH_RESET, HEAD (.kind = BOUNCE_FAULT_HEADERS, .headers = "upload-offset: many\r\n") },
    .code = -1 },
  { "not-http",
    { PATCH (.kind = BOUNCE_FAULT_RAW, .headers = "220 mail.example.org ESMTP\r\n") },
    .code = -1 },
  { "413-then-smaller",
    { PATCH (.kind = BOUNCE_FAULT_EARLY, .status = 413, .times = 2) },
    .max_chunk_bytes = 256 * KIB,
    .code = -1,
    .patches = 7,
    .heads = 2 },
};

static const Case final[] = {
  { "offset-ahead",
    { PATCH (.kind = BOUNCE_FAULT_HEADERS, .headers = "upload-offset: 70000\r\n") },
    .code = BOUNCE_HTTP_ERROR_NEW_UPLOAD,
    .status = 204 },
  { "offset-beyond-the-end",
    { PATCH (.kind = BOUNCE_FAULT_HEADERS, .headers = "upload-offset: 99999999\r\n") },
    .code = BOUNCE_HTTP_ERROR_NEW_UPLOAD,
    .status = 204 },
  /* What an earlier run may have sent says nothing about the answer to this request. */
  { "offset-ahead-resumed",
    { PATCH (.kind = BOUNCE_FAULT_HEADERS, .headers = "upload-offset: 290000\r\n") },
    .is_resumed = TRUE,
    .known_offset = 100000,
    .code = BOUNCE_HTTP_ERROR_NEW_UPLOAD,
    .status = 204 },
  { "offset-ahead-on-head",
    { PATCH_RESET, HEAD (.kind = BOUNCE_FAULT_HEADERS, .headers = "upload-offset: 290000\r\n") },
    .code = BOUNCE_HTTP_ERROR_NEW_UPLOAD,
    .status = 200 },
  { "other-length",
    { HEAD (.kind = BOUNCE_FAULT_HEADERS, .headers = "upload-offset: 0\r\nupload-length: 5\r\n") },
    .is_resumed = TRUE,
    .code = BOUNCE_HTTP_ERROR_NEW_UPLOAD,
    .status = 200 },
  { "404", { PATCH_STATUS (404) }, .code = BOUNCE_HTTP_ERROR_NEW_UPLOAD, .status = 404 },
  { "410", { PATCH_STATUS (410) }, .code = BOUNCE_HTTP_ERROR_NEW_UPLOAD, .status = 410 },
  { "404-on-head",
    { HEAD_STATUS (404) },
    .is_resumed = TRUE,
    .code = BOUNCE_HTTP_ERROR_NEW_UPLOAD,
    .status = 404 },
  { "410-on-head",
    { HEAD_STATUS (410) },
    .is_resumed = TRUE,
    .code = BOUNCE_HTTP_ERROR_NEW_UPLOAD,
    .status = 410 },
  { "403-on-head",
    { HEAD_STATUS (403) },
    .is_resumed = TRUE,
    .code = BOUNCE_HTTP_ERROR_NEW_UPLOAD,
    .status = 403 },
  { "401-on-head",
    { HEAD_STATUS (401) },
    .is_resumed = TRUE,
    .code = BOUNCE_HTTP_ERROR_UNAUTHORISED,
    .status = 401 },
  { "401", { PATCH_STATUS (401) }, .code = BOUNCE_HTTP_ERROR_UNAUTHORISED, .status = 401 },
  { "403", { PATCH_STATUS (403) }, .code = BOUNCE_HTTP_ERROR_UNAUTHORISED, .status = 403 },
  { "400", { PATCH_STATUS (400) }, .code = BOUNCE_HTTP_ERROR_REJECTED, .status = 400 },
  { "412", { PATCH_STATUS (412) }, .code = BOUNCE_HTTP_ERROR_REJECTED, .status = 412 },
  { "422", { PATCH_STATUS (422) }, .code = BOUNCE_HTTP_ERROR_REJECTED, .status = 422 },
  { "413-always",
    { PATCH (.kind = BOUNCE_FAULT_EARLY, .status = 413, .times = ALWAYS) },
    .max_chunk_bytes = 256 * KIB,
    .code = BOUNCE_HTTP_ERROR_REJECTED,
    .status = 413,
    .patches = 3,
    .heads = 2 },
  { "500-always",
    { PATCH (.kind = BOUNCE_FAULT_STATUS, .status = 500, .times = ALWAYS) },
    .code = BOUNCE_HTTP_ERROR_LATER,
    .status = 500,
    .patches = 4,
    .heads = 3 },
  /* Not counted: libcurl asks again by itself as long as it has sent nothing of the body. */
  { "reset-always",
    { PATCH (.kind = BOUNCE_FAULT_RESET, .times = ALWAYS) },
    .code = BOUNCE_HTTP_ERROR_LATER },
  { "stored-nothing-always",
    { PATCH (.kind = BOUNCE_FAULT_STORE_LESS, .times = ALWAYS) },
    .code = BOUNCE_HTTP_ERROR_LATER,
    .patches = 4,
    .heads = 3 },
  { "no-offset-always",
    { PATCH (.kind = BOUNCE_FAULT_HEADERS, .headers = "", .times = ALWAYS),
      HEAD (.kind = BOUNCE_FAULT_HEADERS, .headers = "", .times = ALWAYS) },
    .code = BOUNCE_HTTP_ERROR_LATER,
    .status = 200 },
  { "stored-nothing-without-a-word",
    { PATCH (.kind = BOUNCE_FAULT_STATUS, .status = 204, .times = ALWAYS) },
    .code = BOUNCE_HTTP_ERROR_LATER,
    .status = 204,
    .patches = 4,
    .heads = 3 },
  { "stall-always",
    { PATCH (.kind = BOUNCE_FAULT_STALL, .times = ALWAYS) },
    .code = BOUNCE_HTTP_ERROR_LATER,
    .patches = 4,
    .heads = 3 },
  { "429-retry-after",
    { PATCH (.kind = BOUNCE_FAULT_STATUS, .status = 429, .headers = "Retry-After: 3600\r\n") },
    .code = BOUNCE_HTTP_ERROR_LATER,
    .status = 429,
    .retry_after_seconds = 3600,
    .patches = 1 },
  { "503-retry-after-too-long",
    { PATCH (.kind = BOUNCE_FAULT_STATUS,
             .status = 503,
             .headers = "retry-after: Fri, 31 Dec 2099 23:59:59 GMT\r\n") },
    .code = BOUNCE_HTTP_ERROR_LATER,
    .status = 503,
    .retry_after_seconds = 86400,
    .patches = 1 },
  { "large-body",
    { PATCH (.kind = BOUNCE_FAULT_STATUS, .status = 500, .times = ALWAYS) },
    .reply_body = 2 * KIB * KIB,
    .code = BOUNCE_HTTP_ERROR_LATER,
    .patches = 4,
    .heads = 3 },
};

/* A minute of Retry-After is left to the delivery, a second is waited for. */
static void
test_retry_after (Fixture *fixture, gconstpointer data)
{
  const BounceFault fault =
      PATCH (.kind = BOUNCE_FAULT_STATUS, .status = 503, .headers = "RETRY-AFTER: 1\r\n");
  BounceTusSend send = describe_send (fixture);
  gint64 start = g_get_monotonic_time ();

  bounce_fault_server_set_upload (fixture->server, "", 0, PACKAGE_BYTES);
  bounce_fault_server_add (fixture->server, &fault);
  bounce_tus_send_async (fixture->http, &send, NULL, sent_cb, fixture);
  http_wait_for_calls (&fixture->n_calls, 1);
  assert_arrived (fixture);
  g_assert_cmpint (g_get_monotonic_time () - start, >=, G_USEC_PER_SEC);
}

static void
test_request (Fixture *fixture, gconstpointer data)
{
  BounceTusSend send = describe_send (fixture);
  g_autofree char *head = NULL;

  bounce_fault_server_set_upload (fixture->server, "", 0, PACKAGE_BYTES);
  bounce_tus_send_async (fixture->http, &send, NULL, sent_cb, fixture);
  http_wait_for_calls (&fixture->n_calls, 1);
  assert_arrived (fixture);
  head = bounce_fault_server_dup_last_head (fixture->server);
  g_assert_true (g_str_has_prefix (head, "PATCH /files/1 HTTP/1.1\n"));
  g_assert_nonnull (strstr (head, "\nTus-Resumable: 1.0.0\n"));
  g_assert_nonnull (strstr (head, "\nUpload-Offset: 262144\n"));
  g_assert_nonnull (strstr (head, "\nContent-Type: application/offset+octet-stream\n"));
  g_assert_nonnull (strstr (head, "\nAuthorization: Bearer token\n"));
  g_assert_nonnull (strstr (head, "\nUser-Agent: Bounce/" BOUNCE_VERSION "\n"));
  g_assert_null (strstr (head, "Expect:"));
  g_assert_null (strstr (head, "Transfer-Encoding:"));
}

static void
test_unreachable (Fixture *fixture, gconstpointer data)
{
  BounceTusSend send = describe_send (fixture);

  send.upload_url = "http://127.0.0.1:1/files/1";
  bounce_tus_send_async (fixture->http, &send, NULL, sent_cb, fixture);
  http_wait_for_calls (&fixture->n_calls, 1);
  g_assert_error (fixture->error, BOUNCE_HTTP_ERROR, BOUNCE_HTTP_ERROR_LATER);
}

static void
test_package_missing (Fixture *fixture, gconstpointer data)
{
  BounceTusSend send = describe_send (fixture);

  send.path = "/nonexistent/a.zip";
  bounce_tus_send_async (fixture->http, &send, NULL, sent_cb, fixture);
  http_wait_for_calls (&fixture->n_calls, 1);
  g_assert_error (fixture->error, BOUNCE_HTTP_ERROR, BOUNCE_HTTP_ERROR_INVALID);
}

static void
test_package_of_other_length (Fixture *fixture, gconstpointer data)
{
  BounceTusSend send = describe_send (fixture);

  send.length_bytes++;
  bounce_tus_send_async (fixture->http, &send, NULL, sent_cb, fixture);
  http_wait_for_calls (&fixture->n_calls, 1);
  g_assert_error (fixture->error, BOUNCE_HTTP_ERROR, BOUNCE_HTTP_ERROR_INVALID);
}

/* The package shrinks between two chunks. */
static void
test_package_cut (Fixture *fixture, gconstpointer data)
{
  const BounceFault fault = PATCH_STATUS (500);
  BounceTusSend send = describe_send (fixture);

  send.retry_delay_ms = 200;
  bounce_fault_server_set_upload (fixture->server, "", 0, PACKAGE_BYTES);
  bounce_fault_server_add (fixture->server, &fault);
  bounce_tus_send_async (fixture->http, &send, NULL, sent_cb, fixture);
  http_wait_for_requests (fixture->server, "PATCH", 1);
  g_assert_cmpint (truncate (fixture->path, 1000), ==, 0);
  http_wait_for_calls (&fixture->n_calls, 1);
  g_assert_error (fixture->error, BOUNCE_HTTP_ERROR, BOUNCE_HTTP_ERROR_INVALID);
}

/* The server ends its side while more is on the way than the sockets hold: the sender does not wait
 * for a window that never opens. */
static void
test_hung_up (Fixture *fixture, gconstpointer data)
{
  const BounceFault fault = PATCH (.kind = BOUNCE_FAULT_HANG_UP);
  const gsize size = 48 * 1024 * KIB;
  g_autoptr (GBytes) package = make_package (size);
  g_autoptr (GBytes) arrived = NULL;
  BounceTusSend send = describe_send (fixture);

  g_assert_true (g_file_set_contents (fixture->path, g_bytes_get_data (package, NULL), size, NULL));
  send.length_bytes = send.max_chunk_bytes = size;
  send.stall_seconds = 3600;
  bounce_fault_server_set_upload (fixture->server, "", 0, size);
  bounce_fault_server_add (fixture->server, &fault);
  bounce_tus_send_async (fixture->http, &send, NULL, sent_cb, fixture);
  http_wait_for_calls (&fixture->n_calls, 1);
  g_assert_no_error (fixture->error);
  arrived = bounce_fault_server_dup_upload (fixture->server);
  g_assert_true (g_bytes_equal (arrived, package));
}

/* Before a crash a fast network took more than the offset that was written down last. */
static void
test_far_ahead (Fixture *fixture, gconstpointer data)
{
  const BounceFault fault =
      HEAD (.kind = BOUNCE_FAULT_HEADERS, .headers = "upload-offset: 314572800\r\n");
  BounceTusSend send = describe_send (fixture);

  send.is_new = FALSE;
  send.length_bytes = 314572800;
  g_assert_cmpint (truncate (fixture->path, (off_t) send.length_bytes), ==, 0);
  bounce_fault_server_add (fixture->server, &fault);
  bounce_tus_send_async (fixture->http, &send, NULL, sent_cb, fixture);
  http_wait_for_calls (&fixture->n_calls, 1);
  g_assert_no_error (fixture->error);
  g_assert_cmpuint (fixture->offset, ==, send.length_bytes);
}

static void
progressed_cb (guint64 done_bytes, guint64 total_bytes, gpointer user_data)
{
  Fixture *fixture = user_data;

  g_assert_cmpuint (total_bytes, ==, SMALL_BYTES);
  fixture->progress_bytes = done_bytes;
}

/* Nothing is told to a fixture that is gone. */
static void
end_progress (BounceProgress *progress)
{
  bounce_progress_finish (progress);
  while (g_main_context_iteration (NULL, FALSE))
    ;
}

static BounceTusSend
describe_send_with_progress (Fixture *fixture)
{
  BounceTusSend send = describe_send (fixture);

  /* So little that the kernel takes it from a server that does not read. */
  send.length_bytes = SMALL_BYTES;
  g_assert_cmpint (truncate (fixture->path, SMALL_BYTES), ==, 0);
  send.progress = bounce_progress_new (progressed_cb, fixture, NULL);
  bounce_fault_server_set_upload (fixture->server, "", 0, SMALL_BYTES);
  return send;
}

/* Everything has left, and the server says nothing to it: that is not the end. */
static void
test_progress_unanswered (Fixture *fixture, gconstpointer data)
{
  const BounceFault *fault = data;
  BounceTusSend send = describe_send_with_progress (fixture);
  g_autoptr (BounceProgress) progress = send.progress;

  bounce_fault_server_add (fixture->server, fault);
  bounce_tus_send_async (fixture->http, &send, fixture->cancellable, sent_cb, fixture);
  while (!bounce_progress_is_finishing (fixture->progress_bytes, SMALL_BYTES))
    g_main_context_iteration (NULL, TRUE);
  g_assert_cmpuint (fixture->progress_bytes, <, SMALL_BYTES);
  g_assert_cmpuint (fixture->acknowledged, ==, 0);
  /* The kernel takes connection and request before the server looks at them. */
  http_wait_for_requests (fixture->server, "PATCH", 1);
  g_cancellable_cancel (fixture->cancellable);
  http_wait_for_calls (&fixture->n_calls, 1);
  end_progress (progress);
}

static void
test_progress_answered (Fixture *fixture, gconstpointer data)
{
  BounceTusSend send = describe_send_with_progress (fixture);
  g_autoptr (BounceProgress) progress = send.progress;

  bounce_tus_send_async (fixture->http, &send, NULL, sent_cb, fixture);
  while (fixture->progress_bytes < SMALL_BYTES)
    g_main_context_iteration (NULL, TRUE);
  g_assert_cmpuint (fixture->acknowledged, ==, SMALL_BYTES);
  http_wait_for_calls (&fixture->n_calls, 1);
  g_assert_no_error (fixture->error);
  end_progress (progress);
}

static void
test_cancel_before (Fixture *fixture, gconstpointer data)
{
  BounceTusSend send = describe_send (fixture);

  g_cancellable_cancel (fixture->cancellable);
  bounce_tus_send_async (fixture->http, &send, fixture->cancellable, sent_cb, fixture);
  http_wait_for_calls (&fixture->n_calls, 1);
  g_assert_error (fixture->error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  g_assert_cmpuint (bounce_fault_server_count (fixture->server, "PATCH"), ==, 0);
}

/* In a request that gets no answer, and in the wait before the next. */
static void
test_cancel_during (Fixture *fixture, gconstpointer data)
{
  const BounceFault *fault = data;
  BounceTusSend send = describe_send (fixture);
  gint64 start = g_get_monotonic_time ();

  send.stall_seconds = 60;
  send.retry_delay_ms = 60000;
  bounce_fault_server_set_upload (fixture->server, "", 0, PACKAGE_BYTES);
  bounce_fault_server_add (fixture->server, fault);
  bounce_tus_send_async (fixture->http, &send, fixture->cancellable, sent_cb, fixture);
  http_wait_for_requests (fixture->server, "PATCH", 1);
  if (fault->kind != BOUNCE_FAULT_STALL)
    for (guint i = 0; i < 50; i++)
      {
        g_main_context_iteration (NULL, FALSE);
        g_usleep (1000);
      }
  g_cancellable_cancel (fixture->cancellable);
  http_wait_for_calls (&fixture->n_calls, 1);
  g_assert_error (fixture->error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  g_assert_cmpint (g_get_monotonic_time () - start, <, 20 * G_USEC_PER_SEC);
}

static void
test_cancel_after (Fixture *fixture, gconstpointer data)
{
  BounceTusSend send = describe_send (fixture);

  bounce_fault_server_set_upload (fixture->server, "", 0, PACKAGE_BYTES);
  bounce_tus_send_async (fixture->http, &send, fixture->cancellable, sent_cb, fixture);
  http_wait_for_calls (&fixture->n_calls, 1);
  g_cancellable_cancel (fixture->cancellable);
  while (g_main_context_iteration (NULL, FALSE))
    ;
  g_assert_cmpuint (fixture->n_calls, ==, 1);
  assert_arrived (fixture);
}

#define ADD(name, data, func)                                                                      \
  g_test_add ("/http/tus-send/" name, Fixture, data, set_up, func, tear_down)

static void
add_cases (const char *group, const Case *cases, gsize n)
{
  for (gsize i = 0; i < n; i++)
    {
      g_autofree char *path = g_strdup_printf ("/http/tus-send/%s/%s", group, cases[i].name);

      g_test_add (path, Fixture, &cases[i], set_up, test_case, tear_down);
    }
}

int
main (int argc, char **argv)
{
  static const BounceFault stall = PATCH (.kind = BOUNCE_FAULT_STALL);
  static const BounceFault refusal = PATCH_STATUS (500);

  g_test_init (&argc, &argv, NULL);
  add_cases ("repeated", repeated, G_N_ELEMENTS (repeated));
  add_cases ("final", final, G_N_ELEMENTS (final));
  ADD ("retry-after", NULL, test_retry_after);
  ADD ("request", NULL, test_request);
  ADD ("unreachable", NULL, test_unreachable);
  ADD ("package/missing", NULL, test_package_missing);
  ADD ("package/other-length", NULL, test_package_of_other_length);
  ADD ("package/cut", NULL, test_package_cut);
  ADD ("hung-up", NULL, test_hung_up);
  ADD ("far-ahead", NULL, test_far_ahead);
  ADD ("progress/unanswered", &stall, test_progress_unanswered);
  ADD ("progress/answered", NULL, test_progress_answered);
  ADD ("cancel/before", NULL, test_cancel_before);
  ADD ("cancel/during-request", &stall, test_cancel_during);
  ADD ("cancel/during-wait", &refusal, test_cancel_during);
  ADD ("cancel/after", NULL, test_cancel_after);

  return g_test_run ();
}
