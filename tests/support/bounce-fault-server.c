/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* A small TUS 1.0 server that fails on demand. Faults are queued by method and used up in order;
 * without one the server is correct. Everything is kept in memory under one lock. Each connection
 * has a thread (bounce-fault-exchange.c). */

#include "bounce-fault-server-private.h"

#include <string.h>

/* Counted before its thread runs: who frees the server must not miss one. Thread: main. */
static gboolean
count_connection_cb (GSocketService *service,
                     GSocketConnection *connection,
                     GObject *source,
                     gpointer user_data)
{
  BounceFaultServer *self = user_data;

  g_mutex_lock (&self->lock);
  self->n_connections++;
  self->n_accepted++;
  g_mutex_unlock (&self->lock);

  return FALSE;
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

  g_data_input_stream_set_newline_type (input, G_DATA_STREAM_NEWLINE_TYPE_CR_LF);
  g_buffered_input_stream_set_buffer_size (G_BUFFERED_INPUT_STREAM (input),
                                           BOUNCE_FAULT_READ_BYTES);
  while (bounce_fault_server_serve (self, connection, G_INPUT_STREAM (input)))
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
  self->upload_url = g_strdup_printf ("http://127.0.0.1:%u" BOUNCE_FAULT_UPLOAD_PATH, port);
  g_signal_connect (self->service, "incoming", G_CALLBACK (count_connection_cb), self);
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
  g_queue_clear_full (&self->faults, bounce_fault_free);
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
