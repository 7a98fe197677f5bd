/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* One request to the server that fails on demand: read, done as asked or failed as told. */

#include "bounce-fault-server-private.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>

#define DRIP_US (20 * 1000)

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

/* Of the queue of faults. */
void
bounce_fault_free (gpointer data)
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
  g_clear_pointer (&exchange->fault, bounce_fault_free);
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
  g_autofree guint8 *buffer = g_malloc (BOUNCE_FAULT_READ_BYTES);

  max = MIN (max, exchange->body_left);
  while (max > 0)
    {
      gssize n = g_input_stream_read (exchange->input, buffer, MIN (max, BOUNCE_FAULT_READ_BYTES),
                                      NULL, NULL);

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
                          self->location != NULL ? self->location : BOUNCE_FAULT_UPLOAD_PATH);
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
  gboolean is_upload = strcmp (exchange->target, BOUNCE_FAULT_UPLOAD_PATH) == 0;

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

static void
drip_raw (Exchange *exchange)
{
  GOutputStream *output = g_io_stream_get_output_stream (G_IO_STREAM (exchange->connection));
  const char *raw = exchange->fault->headers;

  while (*raw != '\0' && g_output_stream_write (output, raw++, 1, NULL, NULL) == 1)
    g_usleep (DRIP_US);
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
    case BOUNCE_FAULT_DRIP:
      read_body (exchange, G_MAXUINT64, FALSE);
      drip_raw (exchange);
      return FALSE;
    default:
      g_assert_not_reached ();
    }
}

/* Thread: the connection's. Returns: whether the connection goes on */
gboolean
bounce_fault_server_serve (BounceFaultServer *self,
                           GSocketConnection *connection,
                           GInputStream *input)
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
