/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* One request: the libcurl handle, what goes out and what comes back.
 *
 * Made on the submitting thread, from then on touched by the HTTP thread only. It holds the
 * request's GTask and never completes it; bounce-http-loop.c does. */

#include "config.h"

#include "bounce-http-private.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#define DEFAULT_MAX_RESPONSE_BYTES (1024 * 1024)
#define DEFAULT_TIMEOUT_SECONDS    60
#define CONNECT_TIMEOUT_SECONDS    30L
/* Without progress, before the end of the server's side counts. */
#define HANG_UP_US (G_USEC_PER_SEC / 2)
/* 64 KiB, libcurl's own, takes half as long again over loopback. */
#define UPLOAD_BUFFER_BYTES (1024L * 1024L)
#define USER_AGENT          "Bounce/" BOUNCE_VERSION
#define LOOPBACK_HOSTS      "localhost,127.0.0.0/8,::1"

struct _BounceHttpTransfer
{
  GTask *task;                /* (owned) */
  CURL *easy;                 /* (owned) */
  struct curl_slist *headers; /* (owned) (nullable) */
  GBytes *body;               /* (owned) (nullable) */
  BounceHttpFileBody file;
  BounceProgress *progress; /* (owned) (nullable) */
  gboolean is_file_short;
  guint64 sent_bytes;

  BounceHttpResponse *response; /* (owned) */
  gsize max_response_bytes;
  gboolean is_too_large;

  gint64 timeout_us;
  gint64 progress_at_us;
  guint64 progress_bytes;
  gboolean is_hung_up;
  gulong handler;
  char message[CURL_ERROR_SIZE];
};

static size_t
header_received_cb (char *data, size_t size, size_t count, void *user_data)
{
  BounceHttpTransfer *self = user_data;

  if (bounce_http_response_add_header_line (self->response, data, size * count))
    return size * count;
  self->is_too_large = TRUE;

  return 0;
}

static size_t
body_received_cb (char *data, size_t size, size_t count, void *user_data)
{
  BounceHttpTransfer *self = user_data;

  if (bounce_http_response_add_body (self->response, data, size * count, self->max_response_bytes))
    return size * count;
  self->is_too_large = TRUE;

  return 0;
}

/* A file's pages were just written or are read ahead by the kernel: this does not wait for long. */
static size_t
body_wanted_cb (char *buffer, size_t size, size_t count, void *user_data)
{
  BounceHttpTransfer *self = user_data;
  guint64 rest = self->file.length_bytes - self->sent_bytes;
  gsize wanted = MIN (rest, size * count);
  ssize_t n;

  if (wanted == 0)
    return 0;
  do
    n = pread (self->file.fd, buffer, wanted, self->file.offset + self->sent_bytes);
  while (n < 0 && errno == EINTR);
  if (n <= 0)
    {
      self->is_file_short = TRUE;
      return CURL_READFUNC_ABORT;
    }
  self->sent_bytes += n;

  return n;
}

/* When a kept connection turns out dead libcurl would send the body again by itself. Only the
 * server knows what it has stored, so it must be asked first. */
static int
seek_wanted_cb (void *user_data, curl_off_t offset, int origin)
{
  return CURL_SEEKFUNC_CANTSEEK;
}

/* libcurl counts what the kernel has taken, which is ahead of the server by what their buffers
 * hold. The end is the server's to tell: until it answers, the last byte is missing. */
static int
progress_cb (
    void *user_data, curl_off_t down_total, curl_off_t down, curl_off_t up_total, curl_off_t up)
{
  BounceHttpTransfer *self = user_data;
  guint64 sent =
      bounce_progress_hold_back (self->file.offset + (guint64) up, self->file.total_bytes);

  bounce_progress_set (self->progress, sent, self->file.total_bytes);

  return 0;
}

static gboolean
is_clean (const char *text)
{
  for (; *text != '\0'; text++)
    if ((guchar) *text < 0x20 || *text == 0x7f)
      return FALSE;

  return TRUE;
}

static gboolean
append_header (BounceHttpTransfer *self, const char *name, const char *value, GError **error)
{
  g_autofree char *line = g_strconcat (name, value, NULL);

  if (!is_clean (line))
    {
      /* The value may be a token: it is not told. */
      g_propagate_error (error,
                         bounce_http_error_new (BOUNCE_HTTP_ERROR_INVALID, 0, 0,
                                                "a request header holds a control character"));
      return FALSE;
    }
  self->headers = curl_slist_append (self->headers, line);

  return TRUE;
}

static gboolean
set_headers (BounceHttpTransfer *self, const BounceHttpRequest *request, GError **error)
{
  /* A server that ignores Expect: 100-continue would cost a second for each body. */
  if (!append_header (self, "Expect:", "", error))
    return FALSE;
  if (request->bearer != NULL
      && !append_header (self, "Authorization: Bearer ", request->bearer, error))
    return FALSE;
  /* Without a type of ours libcurl would claim a form. */
  if (request->content_type == NULL && !append_header (self, "Content-Type:", "", error))
    return FALSE;
  if (request->content_type != NULL
      && !append_header (self, "Content-Type: ", request->content_type, error))
    return FALSE;
  for (gsize i = 0; request->headers != NULL && request->headers[i] != NULL; i++)
    if (!append_header (self, request->headers[i], "", error))
      return FALSE;
  curl_easy_setopt (self->easy, CURLOPT_HTTPHEADER, self->headers);

  return TRUE;
}

static void
set_file_body (BounceHttpTransfer *self, const BounceHttpFileBody *body)
{
  self->file = *body;
  curl_easy_setopt (self->easy, CURLOPT_UPLOAD, 1L);
  curl_easy_setopt (self->easy, CURLOPT_INFILESIZE_LARGE, (curl_off_t) body->length_bytes);
  curl_easy_setopt (self->easy, CURLOPT_UPLOAD_BUFFERSIZE, UPLOAD_BUFFER_BYTES);
  curl_easy_setopt (self->easy, CURLOPT_READFUNCTION, body_wanted_cb);
  curl_easy_setopt (self->easy, CURLOPT_READDATA, self);
  curl_easy_setopt (self->easy, CURLOPT_SEEKFUNCTION, seek_wanted_cb);
  curl_easy_setopt (self->easy, CURLOPT_SEEKDATA, self);
  if (body->progress == NULL)
    return;
  self->progress = g_object_ref (body->progress);
  curl_easy_setopt (self->easy, CURLOPT_XFERINFOFUNCTION, progress_cb);
  curl_easy_setopt (self->easy, CURLOPT_XFERINFODATA, self);
  curl_easy_setopt (self->easy, CURLOPT_NOPROGRESS, 0L);
}

static void
set_memory_body (BounceHttpTransfer *self, const BounceHttpRequest *request)
{
  gsize size = 0;
  const char *data = "";

  if (request->body != NULL)
    {
      self->body = g_bytes_ref (request->body);
      data = g_bytes_get_data (self->body, &size);
      self->sent_bytes = size;
    }
  else if (g_strcmp0 (request->method, "POST") != 0)
    return;
  curl_easy_setopt (self->easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t) size);
  curl_easy_setopt (self->easy, CURLOPT_POSTFIELDS, data != NULL ? data : "");
}

/* libcurl itself knows the system's authorities only. Who has another names it as for every program
 * that uses OpenSSL, by these variables. */
static void
set_authorities (CURL *easy)
{
  const char *file = g_getenv ("SSL_CERT_FILE");
  const char *folder = g_getenv ("SSL_CERT_DIR");

  if (file != NULL && *file != '\0')
    curl_easy_setopt (easy, CURLOPT_CAINFO, file);
  if (folder != NULL && *folder != '\0')
    curl_easy_setopt (easy, CURLOPT_CAPATH, folder);
}

/* Proxies are those of the environment, which libcurl reads itself. None of them leads to this
 * machine's own addresses, where a trial's cloud listens; libcurl knows no such exception. */
static void
set_proxy_exceptions (CURL *easy)
{
  const char *named = g_getenv ("no_proxy");
  g_autofree char *hosts = NULL;

  if (named == NULL)
    named = g_getenv ("NO_PROXY");
  /* Everything; libcurl takes the star only where it stands alone. */
  if (g_strcmp0 (named, "*") != 0)
    hosts = g_strjoin (",", LOOPBACK_HOSTS, named, NULL);
  curl_easy_setopt (easy, CURLOPT_NOPROXY, hosts != NULL ? hosts : named);
}

static void
set_common_options (BounceHttpTransfer *self)
{
  CURL *easy = self->easy;

  curl_easy_setopt (easy, CURLOPT_PRIVATE, self);
  curl_easy_setopt (easy, CURLOPT_ERRORBUFFER, self->message);
  curl_easy_setopt (easy, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt (easy, CURLOPT_QUICK_EXIT, 1L);
  curl_easy_setopt (easy, CURLOPT_HTTP_VERSION, (long) CURL_HTTP_VERSION_1_1);
  curl_easy_setopt (easy, CURLOPT_SSLVERSION, (long) CURL_SSLVERSION_TLSv1_2);
  set_authorities (easy);
  set_proxy_exceptions (easy);
  curl_easy_setopt (easy, CURLOPT_FOLLOWLOCATION, 0L);
  curl_easy_setopt (easy, CURLOPT_CONNECTTIMEOUT, CONNECT_TIMEOUT_SECONDS);
  curl_easy_setopt (easy, CURLOPT_TCP_KEEPALIVE, 1L);
  curl_easy_setopt (easy, CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
  curl_easy_setopt (easy, CURLOPT_USERAGENT, USER_AGENT);
  curl_easy_setopt (easy, CURLOPT_HEADERFUNCTION, header_received_cb);
  curl_easy_setopt (easy, CURLOPT_HEADERDATA, self);
  curl_easy_setopt (easy, CURLOPT_WRITEFUNCTION, body_received_cb);
  curl_easy_setopt (easy, CURLOPT_WRITEDATA, self);
}

static gboolean
set_target (BounceHttpTransfer *self, const BounceHttpRequest *request, GError **error)
{
  CURL *easy = self->easy;

  if (request->method == NULL || request->url == NULL || !is_clean (request->method)
      || !is_clean (request->url)
      || curl_easy_setopt (easy, CURLOPT_PROTOCOLS_STR, "http,https") != CURLE_OK
      || curl_easy_setopt (easy, CURLOPT_URL, request->url) != CURLE_OK)
    {
      g_propagate_error (error, bounce_http_error_new (BOUNCE_HTTP_ERROR_INVALID, 0, 0,
                                                       "the address of a request makes no sense"));
      return FALSE;
    }
  if (g_strcmp0 (request->method, "HEAD") == 0)
    curl_easy_setopt (easy, CURLOPT_NOBODY, 1L);
  else
    curl_easy_setopt (easy, CURLOPT_CUSTOMREQUEST, request->method);

  return TRUE;
}

/* (transfer none) task: a reference is taken. */
BounceHttpTransfer *
bounce_http_transfer_new (GTask *task,
                          const BounceHttpRequest *request,
                          const BounceHttpFileBody *body,
                          GError **error)
{
  BounceHttpTransfer *self = g_new0 (BounceHttpTransfer, 1);
  guint timeout =
      request->timeout_seconds != 0 ? request->timeout_seconds : DEFAULT_TIMEOUT_SECONDS;

  self->task = g_object_ref (task);
  self->easy = curl_easy_init ();
  self->response = bounce_http_response_new ();
  self->max_response_bytes =
      request->max_response_bytes != 0 ? request->max_response_bytes : DEFAULT_MAX_RESPONSE_BYTES;
  self->timeout_us = (gint64) timeout * G_USEC_PER_SEC;
  set_common_options (self);
  if (body != NULL)
    set_file_body (self, body);
  else
    set_memory_body (self, request);
  if (!set_target (self, request, error) || !set_headers (self, request, error))
    {
      bounce_http_transfer_free (self);
      return NULL;
    }

  return self;
}

void
bounce_http_transfer_free (BounceHttpTransfer *self)
{
  curl_easy_cleanup (self->easy);
  curl_slist_free_all (self->headers);
  g_clear_pointer (&self->body, g_bytes_unref);
  g_clear_object (&self->progress);
  bounce_http_response_unref (self->response);
  g_object_unref (self->task);
  g_free (self);
}

CURL *
bounce_http_transfer_get_easy (BounceHttpTransfer *self)
{
  return self->easy;
}

GTask *
bounce_http_transfer_get_task (BounceHttpTransfer *self)
{
  return self->task;
}

guint64
bounce_http_transfer_get_sent_bytes (BounceHttpTransfer *self)
{
  return self->sent_bytes;
}

void
bounce_http_transfer_set_handler (BounceHttpTransfer *self, gulong handler)
{
  self->handler = handler;
}

gulong
bounce_http_transfer_get_handler (BounceHttpTransfer *self)
{
  return self->handler;
}

/* Progress is any byte that is sent, and the first of the answer: all of that has to come in the
 * time that its beginning may take. The first call starts the clock. */
gboolean
bounce_http_transfer_is_stalled (BounceHttpTransfer *self, gint64 now_us, gboolean is_any_hung_up)
{
  curl_off_t up = 0;
  curl_off_t down = 0;
  long header = 0;
  guint64 bytes;

  curl_easy_getinfo (self->easy, CURLINFO_SIZE_UPLOAD_T, &up);
  curl_easy_getinfo (self->easy, CURLINFO_SIZE_DOWNLOAD_T, &down);
  curl_easy_getinfo (self->easy, CURLINFO_HEADER_SIZE, &header);
  bytes = (guint64) up + (down > 0 || header > 0 ? 1 : 0);
  if (self->progress_at_us == 0 || bytes != self->progress_bytes)
    {
      self->progress_at_us = now_us;
      self->progress_bytes = bytes;
    }

  /* An answer may precede the end: libcurl has had the time to read it. */
  self->is_hung_up = is_any_hung_up && (guint64) up < self->file.length_bytes
                     && now_us - self->progress_at_us >= HANG_UP_US;

  return self->is_hung_up || now_us - self->progress_at_us >= self->timeout_us;
}

GError *
bounce_http_transfer_new_stall_error (BounceHttpTransfer *self)
{
  if (self->is_hung_up)
    return bounce_http_error_new (BOUNCE_HTTP_ERROR_LATER, 0, 0,
                                  "the server closed the connection before it had everything");

  return bounce_http_error_new (BOUNCE_HTTP_ERROR_LATER, 0, 0,
                                "the connection made no progress for %" G_GINT64_FORMAT " s",
                                self->timeout_us / G_USEC_PER_SEC);
}

/* libcurl has one code for a scheme it does not take and for a peer that does not speak HTTP. */
static gboolean
was_connected (BounceHttpTransfer *self)
{
  curl_off_t time_us = 0;

  curl_easy_getinfo (self->easy, CURLINFO_PRETRANSFER_TIME_T, &time_us);

  return time_us > 0;
}

/* What a wrong certificate, clock or proxy looks like, as opposed to a network that is down. */
static gboolean
is_tls_code (CURLcode code)
{
  switch (code)
    {
    case CURLE_SSL_CONNECT_ERROR:
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_ISSUER_ERROR:
    case CURLE_SSL_INVALIDCERTSTATUS:
    case CURLE_SSL_CACERT_BADFILE:
      return TRUE;
    default:
      return FALSE;
    }
}

static GError *
new_curl_error (BounceHttpTransfer *self, CURLcode code)
{
  const char *message = *self->message != '\0' ? self->message : curl_easy_strerror (code);
  GError *error;

  if (self->is_too_large)
    return bounce_http_error_new (BOUNCE_HTTP_ERROR_LATER, 0, 0, "the server's reply is too large");
  if (self->is_file_short)
    return bounce_http_error_new (BOUNCE_HTTP_ERROR_INVALID, 0, 0,
                                  "the file being sent cannot be read to its end");
  if (code == CURLE_URL_MALFORMAT || (code == CURLE_UNSUPPORTED_PROTOCOL && !was_connected (self)))
    return bounce_http_error_new (BOUNCE_HTTP_ERROR_INVALID, 0, 0,
                                  "the address of a request makes no sense");

  error = bounce_http_error_new (BOUNCE_HTTP_ERROR_LATER, 0, 0, "%s", message);
  if (is_tls_code (code))
    bounce_http_error_set_tls (error);
  return error;
}

/* Returns: (transfer full) (nullable): the sealed response, or NULL with the error of code */
BounceHttpResponse *
bounce_http_transfer_finish (BounceHttpTransfer *self, CURLcode code, GError **error)
{
  long status = 0;

  curl_easy_getinfo (self->easy, CURLINFO_RESPONSE_CODE, &status);
  if (code != CURLE_OK)
    {
      g_propagate_error (error, new_curl_error (self, code));
      return NULL;
    }
  bounce_http_response_seal (self->response, (guint) status);

  return bounce_http_response_ref (self->response);
}
