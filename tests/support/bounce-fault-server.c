/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* A small TUS 1.0 server that fails on demand. Faults are queued by method and used up in order;
 * without one the server is correct. Everything is kept in memory under one lock. */

#include "bounce-fault-server.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>

#define UPLOAD_PATH "/files/1"
#define READ_BYTES  (64 * 1024)

struct _BounceFaultServer
{
  GSocketService *service; /* (owned) */
  char *endpoint;          /* (owned) */
  char *upload_url;        /* (owned) */

  GMutex lock;
  GQueue faults;       /* (lock lock) (element-type BounceFault) (owned) */
  GHashTable *counts;  /* (lock lock) (element-type char* guint) */
  GByteArray *upload;  /* (lock lock) (owned) */
  guint64 length;      /* (lock lock) */
  char *location;      /* (lock lock) (owned) (nullable) */
  char *last_head;     /* (lock lock) (owned) (nullable) */
  gsize reply_body;    /* (lock lock) */
  guint n_connections; /* (lock lock) open */
  guint n_accepted;    /* (lock lock) ever */
  GCond connection_ended;
};

/* One request and its reply. */
typedef struct
{
  BounceFaultServer *server;
  GSocketConnection *connection;
  GInputStream *input;
  char *method; /* (owned) */
  char *target; /* (owned) */
  char *head;   /* (owned) */
  guint64 body_left;
  BounceFault *fault; /* (owned) (nullable) */
  GString *reply;     /* (owned) headers */
  guint status;
} Exchange;

static void
free_fault (gpointer data)
{
  BounceFault *fault = data;

  g_free ((char *) fault->method);
  g_free ((char *) fault->headers);
  g_free (fault);
}

static void
clear_exchange (Exchange *exchange)
{
  g_free (exchange->method);
  g_free (exchange->target);
  g_free (exchange->head);
  g_clear_pointer (&exchange->fault, free_fault);
  if (exchange->reply != NULL)
    g_string_free (exchange->reply, TRUE);
}

static BounceFault *
take_fault (BounceFaultServer *self, const char *method)
{
  for (GList *l = self->faults.head; l != NULL; l = l->next)
    {
      BounceFault *fault = l->data;

      if (strcmp (fault->method, method) != 0)
        continue;
      g_queue_delete_link (&self->faults, l);
      return fault;
    }

  return NULL;
}

static char *
find_header (Exchange *exchange, const char *name)
{
  g_auto (GStrv) lines = g_strsplit (exchange->head, "\n", -1);
  gsize length = strlen (name);

  for (gsize i = 0; lines[i] != NULL; i++)
    if (g_ascii_strncasecmp (lines[i], name, length) == 0 && lines[i][length] == ':')
      return g_strdup (g_strstrip (lines[i] + length + 1));

  return NULL;
}

static guint64
find_number (Exchange *exchange, const char *name)
{
  g_autofree char *text = find_header (exchange, name);

  return text != NULL ? g_ascii_strtoull (text, NULL, 10) : 0;
}

/* FALSE at the end of the connection. */
static gboolean
read_head (Exchange *exchange)
{
  g_autoptr (GString) head = g_string_new (NULL);
  g_auto (GStrv) words = NULL;
  char *line;

  while ((line = g_data_input_stream_read_line (G_DATA_INPUT_STREAM (exchange->input), NULL, NULL,
                                                NULL))
         != NULL)
    {
      gboolean is_end = *g_strchomp (line) == '\0';

      g_string_append_printf (head, "%s\n", line);
      g_free (line);
      if (is_end)
        break;
    }
  if (line == NULL && head->len == 0)
    return FALSE;
  words = g_strsplit (head->str, " ", 3);
  if (g_strv_length (words) < 3)
    return FALSE;
  exchange->method = g_strdup (words[0]);
  exchange->target = g_strdup (words[1]);
  exchange->head = g_strdup (head->str);
  exchange->body_left = find_number (exchange, "Content-Length");

  return TRUE;
}

static void
note_request (Exchange *exchange)
{
  BounceFaultServer *self = exchange->server;
  guint count;

  g_mutex_lock (&self->lock);
  count = GPOINTER_TO_UINT (g_hash_table_lookup (self->counts, exchange->method));
  g_hash_table_insert (self->counts, g_strdup (exchange->method), GUINT_TO_POINTER (count + 1));
  g_free (self->last_head);
  self->last_head = g_strdup (exchange->head);
  exchange->fault = take_fault (self, exchange->method);
  g_mutex_unlock (&self->lock);
}

/* Reads up to max bytes of the body; those that are kept go to the end of the upload. */
static void
read_body (Exchange *exchange, guint64 max, gboolean is_kept)
{
  BounceFaultServer *self = exchange->server;
  g_autofree guint8 *buffer = g_malloc (READ_BYTES);

  max = MIN (max, exchange->body_left);
  while (max > 0)
    {
      gssize n = g_input_stream_read (exchange->input, buffer, MIN (max, READ_BYTES), NULL, NULL);

      if (n <= 0)
        return;
      g_mutex_lock (&self->lock);
      if (is_kept)
        g_byte_array_append (self->upload, buffer, n);
      g_mutex_unlock (&self->lock);
      exchange->body_left -= n;
      max -= n;
    }
}

static void
reset_connection (Exchange *exchange)
{
  const struct linger at_once = { .l_onoff = 1, .l_linger = 0 };
  int fd = g_socket_get_fd (g_socket_connection_get_socket (exchange->connection));

  setsockopt (fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
  g_io_stream_close (G_IO_STREAM (exchange->connection), NULL, NULL);
}

static gsize
get_reply_body (BounceFaultServer *self)
{
  gsize size;

  g_mutex_lock (&self->lock);
  size = self->reply_body;
  g_mutex_unlock (&self->lock);

  return size;
}

static gboolean
write_reply (Exchange *exchange)
{
  GOutputStream *output = g_io_stream_get_output_stream (G_IO_STREAM (exchange->connection));
  gsize size = exchange->status == 204 ? 0 : get_reply_body (exchange->server);
  g_autofree char *body = g_malloc0 (size + 1);
  g_autofree char *head = g_strdup_printf ("HTTP/1.1 %u Told\r\ncontent-length: %zu\r\n"
                                           "tus-resumable: 1.0.0\r\n%s\r\n",
                                           exchange->status, size, exchange->reply->str);
  gboolean is_head = strcmp (exchange->method, "HEAD") == 0;

  return g_output_stream_write_all (output, head, strlen (head), NULL, NULL, NULL)
         && (is_head || g_output_stream_write_all (output, body, size, NULL, NULL, NULL));
}

static void
add_offset (Exchange *exchange)
{
  BounceFaultServer *self = exchange->server;

  g_mutex_lock (&self->lock);
  g_string_append_printf (exchange->reply, "upload-offset: %u\r\n", self->upload->len);
  if (strcmp (exchange->method, "HEAD") == 0)
    g_string_append_printf (exchange->reply, "upload-length: %" G_GUINT64_FORMAT "\r\n",
                            self->length);
  g_mutex_unlock (&self->lock);
}

static void
create_upload (Exchange *exchange)
{
  BounceFaultServer *self = exchange->server;

  g_mutex_lock (&self->lock);
  self->length = find_number (exchange, "Upload-Length");
  g_byte_array_set_size (self->upload, 0);
  g_string_append_printf (exchange->reply, "location: %s\r\n",
                          self->location != NULL ? self->location : UPLOAD_PATH);
  g_mutex_unlock (&self->lock);
  exchange->status = 201;
}

static void
append_to_upload (Exchange *exchange, guint64 max)
{
  BounceFaultServer *self = exchange->server;
  guint64 offset = find_number (exchange, "Upload-Offset");
  g_autofree char *type = find_header (exchange, "Content-Type");
  guint have;

  g_mutex_lock (&self->lock);
  have = self->upload->len;
  g_mutex_unlock (&self->lock);
  exchange->status = 204;
  if (g_strcmp0 (type, "application/offset+octet-stream") != 0)
    exchange->status = 415;
  else if (offset != have)
    exchange->status = 409;
  read_body (exchange, max, exchange->status == 204);
  read_body (exchange, G_MAXUINT64, FALSE);
  if (exchange->status == 204)
    add_offset (exchange);
}

static void
do_as_asked (Exchange *exchange, guint64 max)
{
  g_autofree char *version = find_header (exchange, "Tus-Resumable");
  gboolean is_upload = strcmp (exchange->target, UPLOAD_PATH) == 0;

  exchange->status = 404;
  if (strcmp (exchange->method, "OPTIONS") == 0)
    exchange->status = 204;
  else if (g_strcmp0 (version, "1.0.0") != 0)
    exchange->status = 412;
  else if (strcmp (exchange->method, "POST") == 0)
    create_upload (exchange);
  else if (is_upload && strcmp (exchange->method, "PATCH") == 0)
    append_to_upload (exchange, max);
  else if (is_upload && strcmp (exchange->method, "HEAD") == 0)
    {
      exchange->status = 200;
      add_offset (exchange);
    }
  else if (is_upload && strcmp (exchange->method, "DELETE") == 0)
    exchange->status = 204;
  read_body (exchange, G_MAXUINT64, FALSE);
}

static void
answer_as_told (Exchange *exchange)
{
  const char *headers = exchange->fault->headers != NULL ? exchange->fault->headers : "";

  exchange->status = exchange->fault->status;
  g_string_append (exchange->reply, headers);
  write_reply (exchange);
}

static void
wait_for_peer_to_leave (Exchange *exchange)
{
  GSocket *socket = g_socket_connection_get_socket (exchange->connection);
  struct pollfd peer = { .fd = g_socket_get_fd (socket), .events = POLLRDHUP };

  while (poll (&peer, 1, -1) < 0 && errno == EINTR)
    ;
}

/* What fills the window hides the peer's end. */
static void
wait_for_head (BounceFaultServer *self)
{
  while (bounce_fault_server_count (self, "HEAD") == 0)
    g_usleep (1000);
}

static void
write_raw (Exchange *exchange)
{
  GOutputStream *output = g_io_stream_get_output_stream (G_IO_STREAM (exchange->connection));
  const char *raw = exchange->fault->headers;

  g_output_stream_write_all (output, raw, strlen (raw), NULL, NULL, NULL);
}

/* FALSE when the connection is over. */
static gboolean
fail_as_told (Exchange *exchange)
{
  const BounceFault *fault = exchange->fault;

  switch (fault->kind)
    {
    case BOUNCE_FAULT_STATUS:
      read_body (exchange, G_MAXUINT64, FALSE);
      answer_as_told (exchange);
      return TRUE;
    case BOUNCE_FAULT_EARLY:
      answer_as_told (exchange);
      return FALSE;
    case BOUNCE_FAULT_RESET:
      read_body (exchange, fault->bytes, TRUE);
      reset_connection (exchange);
      return FALSE;
    case BOUNCE_FAULT_REPLY_LOST:
      do_as_asked (exchange, G_MAXUINT64);
      reset_connection (exchange);
      return FALSE;
    case BOUNCE_FAULT_STORE_LESS:
      do_as_asked (exchange, fault->bytes);
      return write_reply (exchange);
    case BOUNCE_FAULT_STALL:
      wait_for_peer_to_leave (exchange);
      return FALSE;
    case BOUNCE_FAULT_HANG_UP:
      g_socket_shutdown (g_socket_connection_get_socket (exchange->connection), FALSE, TRUE, NULL);
      wait_for_head (exchange->server);
      return FALSE;
    case BOUNCE_FAULT_HEADERS:
      do_as_asked (exchange, G_MAXUINT64);
      g_string_assign (exchange->reply, fault->headers);
      return write_reply (exchange);
    case BOUNCE_FAULT_RAW:
      read_body (exchange, G_MAXUINT64, FALSE);
      write_raw (exchange);
      return FALSE;
    default:
      g_assert_not_reached ();
    }
}

static gboolean
serve_request (BounceFaultServer *self, GSocketConnection *connection, GInputStream *input)
{
  Exchange exchange = { .server = self, .connection = connection, .input = input };
  gboolean goes_on = read_head (&exchange);

  if (goes_on)
    {
      exchange.reply = g_string_new (NULL);
      note_request (&exchange);
      if (exchange.fault != NULL)
        goes_on = fail_as_told (&exchange);
      else
        {
          do_as_asked (&exchange, G_MAXUINT64);
          goes_on = write_reply (&exchange);
        }
    }
  clear_exchange (&exchange);

  return goes_on;
}

static gboolean
serve_connection_cb (GThreadedSocketService *service,
                     GSocketConnection *connection,
                     GObject *source,
                     gpointer user_data)
{
  BounceFaultServer *self = user_data;
  GInputStream *raw = g_io_stream_get_input_stream (G_IO_STREAM (connection));
  g_autoptr (GDataInputStream) input = g_data_input_stream_new (raw);

  g_mutex_lock (&self->lock);
  self->n_connections++;
  self->n_accepted++;
  g_mutex_unlock (&self->lock);

  g_data_input_stream_set_newline_type (input, G_DATA_STREAM_NEWLINE_TYPE_CR_LF);
  g_buffered_input_stream_set_buffer_size (G_BUFFERED_INPUT_STREAM (input), READ_BYTES);
  while (serve_request (self, connection, G_INPUT_STREAM (input)))
    ;
  g_mutex_lock (&self->lock);
  self->n_connections--;
  g_cond_signal (&self->connection_ended);
  g_mutex_unlock (&self->lock);

  return TRUE;
}

/**
 * bounce_fault_server_new:
 *
 * Returns: (transfer full): a server that listens
 */
BounceFaultServer *
bounce_fault_server_new (void)
{
  BounceFaultServer *self = g_new0 (BounceFaultServer, 1);
  g_autoptr (GInetAddress) loopback = g_inet_address_new_loopback (G_SOCKET_FAMILY_IPV4);
  g_autoptr (GSocketAddress) wanted = g_inet_socket_address_new (loopback, 0);
  g_autoptr (GSocketAddress) bound = NULL;
  guint16 port;

  g_mutex_init (&self->lock);
  g_cond_init (&self->connection_ended);
  g_queue_init (&self->faults);
  self->counts = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  self->upload = g_byte_array_new ();
  self->service = g_threaded_socket_service_new (-1);
  g_assert_true (g_socket_listener_add_address (G_SOCKET_LISTENER (self->service), wanted,
                                                G_SOCKET_TYPE_STREAM, G_SOCKET_PROTOCOL_TCP, NULL,
                                                &bound, NULL));
  port = g_inet_socket_address_get_port (G_INET_SOCKET_ADDRESS (bound));
  self->endpoint = g_strdup_printf ("http://127.0.0.1:%u/files", port);
  self->upload_url = g_strdup_printf ("http://127.0.0.1:%u" UPLOAD_PATH, port);
  g_signal_connect (self->service, "run", G_CALLBACK (serve_connection_cb), self);
  g_socket_service_start (self->service);

  return self;
}

/**
 * bounce_fault_server_add:
 * @fault: copied; used for the next request of its method that no earlier fault takes
 */
void
bounce_fault_server_add (BounceFaultServer *self, const BounceFault *fault)
{
  g_mutex_lock (&self->lock);
  for (guint i = 0; i < MAX (fault->times, 1); i++)
    {
      BounceFault *copy = g_memdup2 (fault, sizeof *fault);

      copy->method = g_strdup (fault->method);
      copy->headers = g_strdup (fault->headers);
      g_queue_push_tail (&self->faults, copy);
    }
  g_mutex_unlock (&self->lock);
}

/**
 * bounce_fault_server_set_upload:
 *
 * Makes an upload of @length that already has @data.
 */
void
bounce_fault_server_set_upload (BounceFaultServer *self,
                                const void *data,
                                gsize size,
                                guint64 length)
{
  g_mutex_lock (&self->lock);
  g_byte_array_set_size (self->upload, 0);
  g_byte_array_append (self->upload, data, size);
  self->length = length;
  g_mutex_unlock (&self->lock);
}

/**
 * bounce_fault_server_set_location:
 * @location: what creating an upload answers from now on
 */
void
bounce_fault_server_set_location (BounceFaultServer *self, const char *location)
{
  g_mutex_lock (&self->lock);
  g_free (self->location);
  self->location = g_strdup (location);
  g_mutex_unlock (&self->lock);
}

/**
 * bounce_fault_server_set_reply_body:
 * @size: of the body of every reply but 204 from now on
 */
void
bounce_fault_server_set_reply_body (BounceFaultServer *self, gsize size)
{
  g_mutex_lock (&self->lock);
  self->reply_body = size;
  g_mutex_unlock (&self->lock);
}

/**
 * bounce_fault_server_get_endpoint:
 *
 * Returns: where uploads are made
 */
const char *
bounce_fault_server_get_endpoint (BounceFaultServer *self)
{
  return self->endpoint;
}

/**
 * bounce_fault_server_get_upload_url:
 *
 * Returns: the URL of the upload
 */
const char *
bounce_fault_server_get_upload_url (BounceFaultServer *self)
{
  return self->upload_url;
}

/**
 * bounce_fault_server_dup_upload:
 *
 * Returns: (transfer full): what the upload has
 */
GBytes *
bounce_fault_server_dup_upload (BounceFaultServer *self)
{
  GBytes *bytes;

  g_mutex_lock (&self->lock);
  bytes = g_bytes_new (self->upload->data, self->upload->len);
  g_mutex_unlock (&self->lock);

  return bytes;
}

/**
 * bounce_fault_server_count:
 *
 * Returns: how many requests of @method came
 */
guint
bounce_fault_server_count (BounceFaultServer *self, const char *method)
{
  guint count;

  g_mutex_lock (&self->lock);
  count = GPOINTER_TO_UINT (g_hash_table_lookup (self->counts, method));
  g_mutex_unlock (&self->lock);

  return count;
}

/**
 * bounce_fault_server_count_connections:
 *
 * Returns: how many connections came, ended ones included
 */
guint
bounce_fault_server_count_connections (BounceFaultServer *self)
{
  guint count;

  g_mutex_lock (&self->lock);
  count = self->n_accepted;
  g_mutex_unlock (&self->lock);

  return count;
}

/**
 * bounce_fault_server_dup_last_head:
 *
 * Returns: (transfer full) (nullable): the lines of the last request
 */
char *
bounce_fault_server_dup_last_head (BounceFaultServer *self)
{
  char *head;

  g_mutex_lock (&self->lock);
  head = g_strdup (self->last_head);
  g_mutex_unlock (&self->lock);

  return head;
}

/**
 * bounce_fault_server_free:
 * @self: (transfer full): a server whose peers have all gone
 */
void
bounce_fault_server_free (BounceFaultServer *self)
{
  g_socket_service_stop (self->service);
  g_socket_listener_close (G_SOCKET_LISTENER (self->service));
  g_mutex_lock (&self->lock);
  while (self->n_connections > 0)
    g_cond_wait (&self->connection_ended, &self->lock);
  g_mutex_unlock (&self->lock);
  g_object_unref (self->service);
  g_queue_clear_full (&self->faults, free_fault);
  g_hash_table_unref (self->counts);
  g_byte_array_unref (self->upload);
  g_free (self->location);
  g_free (self->last_head);
  g_free (self->endpoint);
  g_free (self->upload_url);
  g_cond_clear (&self->connection_ended);
  g_mutex_clear (&self->lock);
  g_free (self);
}
