/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The requesting side of an association over a blocking socket: A-ASSOCIATE, P-DATA-TF, A-RELEASE
 * and A-ABORT of PS3.8, and nothing else. A deadline of 120 s on every read and write keeps a test
 * from hanging. */

#include "bounce-rawsend-association.h"

#include <arpa/inet.h>
#include <errno.h>
#include <gio/gio.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#define APPLICATION_CONTEXT "1.2.840.10008.3.1.1.1"

enum
{
  PDU_ASSOCIATE_AC = 2,
  PDU_DATA = 4,
  PDU_RELEASE_RP = 6,
  MAX_CONTEXTS = 128,
  MAX_REPLY_BYTES = 1 << 20,
  PDUS_IN_ONE_WRITE = 32,
  TIMEOUT_SECONDS = 120,
};

struct _BounceRawAssociation
{
  int fd;
  gsize max_pdu_bytes; /* what the peer takes */
  gboolean accepted[MAX_CONTEXTS];
};

static gboolean
fail_errno (GError **error, const char *what)
{
  int code = errno;

  g_set_error (error, G_IO_ERROR, g_io_error_from_errno (code), "%s: %s", what, g_strerror (code));
  return FALSE;
}

static void
put16 (GByteArray *out, guint value)
{
  guint8 bytes[2] = { value >> 8, value };

  g_byte_array_append (out, bytes, sizeof bytes);
}

static void
put32 (GByteArray *out, guint32 value)
{
  put16 (out, value >> 16);
  put16 (out, value & 0xffff);
}

static guint32
get32 (const guint8 *bytes)
{
  return (guint32) bytes[0] << 24 | bytes[1] << 16 | bytes[2] << 8 | bytes[3];
}

static void
put_item (GByteArray *out, guint8 type, const void *value, gsize size)
{
  guint8 head[2] = { type, 0 };

  g_byte_array_append (out, head, sizeof head);
  put16 (out, size);
  g_byte_array_append (out, value, size);
}

static void
put_ae (GByteArray *out, const char *title)
{
  char padded[17];

  g_snprintf (padded, sizeof padded, "%-16s", title);
  g_byte_array_append (out, (const guint8 *) padded, 16);
}

static gboolean
write_vector (int fd, struct iovec *vector, int n, GError **error)
{
  while (n > 0)
    {
      ssize_t written = writev (fd, vector, n);

      if (written < 0 && errno == EINTR)
        continue;
      if (written < 0)
        return fail_errno (error, "send");
      while (n > 0 && (size_t) written >= vector->iov_len)
        {
          written -= vector->iov_len;
          vector++;
          n--;
        }
      if (n > 0)
        {
          vector->iov_base = (char *) vector->iov_base + written;
          vector->iov_len -= written;
        }
    }
  return TRUE;
}

static gboolean
read_fully (int fd, guint8 *bytes, gsize size, GError **error)
{
  while (size > 0)
    {
      ssize_t n = recv (fd, bytes, size, 0);

      if (n < 0 && errno == EINTR)
        continue;
      if (n < 0)
        return fail_errno (error, "receive");
      if (n == 0)
        {
          g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_CONNECTION_CLOSED, "peer closed");
          return FALSE;
        }
      bytes += n;
      size -= n;
    }
  return TRUE;
}

/* One PDU; the body without its six byte head. */
static GByteArray *
read_pdu (int fd, guint8 *type, GError **error)
{
  g_autoptr (GByteArray) body = g_byte_array_new ();
  guint8 head[6];
  guint32 size;

  if (!read_fully (fd, head, sizeof head, error))
    return NULL;
  size = get32 (head + 2);
  if (size > MAX_REPLY_BYTES)
    {
      g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA, "PDU of %u bytes", size);
      return NULL;
    }
  g_byte_array_set_size (body, size);
  if (!read_fully (fd, body->data, size, error))
    return NULL;
  *type = head[0];
  return g_steal_pointer (&body);
}

static int
connect_to (const char *host, guint16 port, GError **error)
{
  struct sockaddr_in address = { .sin_family = AF_INET, .sin_port = htons (port) };
  const struct timeval timeout = { .tv_sec = TIMEOUT_SECONDS };
  int on = 1;
  int fd = socket (AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

  if (fd < 0 || inet_pton (AF_INET, host, &address.sin_addr) != 1
      || connect (fd, (struct sockaddr *) &address, sizeof address) != 0)
    {
      fail_errno (error, "connect");
      if (fd >= 0)
        close (fd);
      return -1;
    }
  setsockopt (fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  setsockopt (fd, SOL_SOCKET, SO_RCVTIMEO, &timeout, sizeof timeout);
  setsockopt (fd, SOL_SOCKET, SO_SNDTIMEO, &timeout, sizeof timeout);
  return fd;
}

/* Source: PS3.8 section 9.3.2. */
static GByteArray *
make_request (const char *called_ae,
              const char *calling_ae,
              const BounceRawContext *contexts,
              guint n_contexts)
{
  static const guint8 reserved[32];
  g_autoptr (GByteArray) body = g_byte_array_new ();
  g_autoptr (GByteArray) user = g_byte_array_new ();
  GByteArray *request = g_byte_array_new ();

  put16 (body, 1);
  put16 (body, 0);
  put_ae (body, called_ae);
  put_ae (body, calling_ae);
  g_byte_array_append (body, reserved, sizeof reserved);
  put_item (body, 0x10, APPLICATION_CONTEXT, strlen (APPLICATION_CONTEXT));
  for (guint i = 0; i < n_contexts; i++)
    {
      g_autoptr (GByteArray) item = g_byte_array_new ();
      guint8 head[4] = { i * 2 + 1, 0, 0, 0 };

      g_byte_array_append (item, head, sizeof head);
      put_item (item, 0x30, contexts[i].sop_class_uid, strlen (contexts[i].sop_class_uid));
      put_item (item, 0x40, contexts[i].transfer_syntax_uid,
                strlen (contexts[i].transfer_syntax_uid));
      put_item (body, 0x20, item->data, item->len);
    }
  put_item (user, 0x51, "\0\1\0\0", 4); /* we take PDUs of 64 KiB */
  put_item (user, 0x52, "2.25.106402271537250313", 23);
  put_item (body, 0x50, user->data, user->len);

  g_byte_array_append (request, (const guint8 *) "\1\0", 2);
  put32 (request, body->len);
  g_byte_array_append (request, body->data, body->len);
  return request;
}

static void
read_user_information (BounceRawAssociation *self, const guint8 *bytes, gsize size)
{
  for (gsize at = 0; at + 4 <= size;)
    {
      gsize length = bytes[at + 2] << 8 | bytes[at + 3];

      if (bytes[at] == 0x51 && length == 4 && at + 8 <= size)
        self->max_pdu_bytes = get32 (bytes + at + 4);
      at += 4 + length;
    }
}

static void
read_acceptance (BounceRawAssociation *self, const GByteArray *body)
{
  for (gsize at = 68; at + 4 <= body->len;)
    {
      const guint8 *item = body->data + at;
      gsize length = item[2] << 8 | item[3];

      if (at + 4 + length > body->len)
        return;
      if (item[0] == 0x21 && length >= 4)
        self->accepted[item[4] / 2] = item[6] == 0;
      else if (item[0] == 0x50)
        read_user_information (self, item + 4, length);
      at += 4 + length;
    }
}

/**
 * bounce_raw_association_open:
 *
 * Connects and negotiates; the context with index i gets the presentation context ID 2i + 1.
 *
 * Errors: %G_IO_ERROR_PERMISSION_DENIED when the peer rejects or aborts, with its reason
 *
 * Returns: (transfer full) (nullable): free with bounce_raw_association_close()
 */
BounceRawAssociation *
bounce_raw_association_open (const char *host,
                             guint16 port,
                             const char *called_ae,
                             const char *calling_ae,
                             const BounceRawContext *contexts,
                             guint n_contexts,
                             GError **error)
{
  g_autoptr (GByteArray) request = NULL;
  g_autoptr (GByteArray) reply = NULL;
  BounceRawAssociation *self = g_new0 (BounceRawAssociation, 1);
  struct iovec vector;
  guint8 type = 0;

  g_assert (n_contexts <= MAX_CONTEXTS);
  self->max_pdu_bytes = 16384;
  self->fd = connect_to (host, port, error);
  request = make_request (called_ae, calling_ae, contexts, n_contexts);
  vector = (struct iovec){ request->data, request->len };
  if (self->fd >= 0 && write_vector (self->fd, &vector, 1, error))
    reply = read_pdu (self->fd, &type, error);
  if (reply != NULL && type != PDU_ASSOCIATE_AC)
    g_set_error (error, G_IO_ERROR, G_IO_ERROR_PERMISSION_DENIED,
                 "association refused: PDU %u, result %u, source %u, reason %u", type,
                 reply->len > 1 ? reply->data[1] : 0, reply->len > 2 ? reply->data[2] : 0,
                 reply->len > 3 ? reply->data[3] : 0);
  if (reply == NULL || type != PDU_ASSOCIATE_AC)
    {
      bounce_raw_association_close (self);
      return NULL;
    }
  read_acceptance (self, reply);
  return self;
}

/**
 * bounce_raw_association_is_accepted:
 *
 * Returns: whether the peer took the context with that index
 */
gboolean
bounce_raw_association_is_accepted (BounceRawAssociation *self, guint context)
{
  return self->accepted[context];
}

/**
 * bounce_raw_association_limit_pdu:
 *
 * Sends smaller PDUs than the peer would take.
 */
void
bounce_raw_association_limit_pdu (BounceRawAssociation *self, guint bytes)
{
  if (self->max_pdu_bytes == 0 || self->max_pdu_bytes > bytes)
    self->max_pdu_bytes = MAX (bytes, 7);
}

/**
 * bounce_raw_association_send:
 * @is_last: the last fragment of the command or dataset ends with these bytes
 *
 * Sends bytes as P-DATA-TF PDUs with one PDV each, many PDUs in one system call.
 */
gboolean
bounce_raw_association_send (BounceRawAssociation *self,
                             guint context,
                             gboolean is_command,
                             const guint8 *bytes,
                             gsize size,
                             gboolean is_last,
                             GError **error)
{
  gsize room = (self->max_pdu_bytes == 0 ? 131072 : self->max_pdu_bytes) - 6;
  guint8 heads[PDUS_IN_ONE_WRITE][12];
  struct iovec vector[2 * PDUS_IN_ONE_WRITE];

  while (size > 0)
    {
      int n = 0;

      for (; n < PDUS_IN_ONE_WRITE && size > 0; n++)
        {
          gsize now = MIN (size, room);
          guint32 pdu = g_htonl (now + 6);
          guint32 pdv = g_htonl (now + 2);

          size -= now;
          memcpy (heads[n], "\4\0", 2);
          memcpy (heads[n] + 2, &pdu, 4);
          memcpy (heads[n] + 6, &pdv, 4);
          heads[n][10] = context * 2 + 1;
          heads[n][11] = (is_command ? 1 : 0) | (is_last && size == 0 ? 2 : 0);
          vector[2 * n] = (struct iovec){ heads[n], 12 };
          vector[2 * n + 1] = (struct iovec){ (void *) bytes, now };
          bytes += now;
        }
      if (!write_vector (self->fd, vector, 2 * n, error))
        return FALSE;
    }
  return TRUE;
}

static gboolean
find_status (const GByteArray *command, guint16 *status)
{
  for (gsize at = 0; at + 8 <= command->len;)
    {
      const guint8 *element = command->data + at;
      guint32 length = element[4] | element[5] << 8 | element[6] << 16 | (guint32) element[7] << 24;

      if (memcmp (element, "\0\0\0\x09", 4) == 0 && length == 2 && at + 10 <= command->len)
        {
          *status = element[8] | element[9] << 8;
          return TRUE;
        }
      at += 8 + (gsize) length;
    }
  return FALSE;
}

/**
 * bounce_raw_association_read_status:
 *
 * Waits for a response and reads its status (0000,0900).
 *
 * Errors: %G_IO_ERROR_CONNECTION_CLOSED when the peer closes or aborts,
 *   %G_IO_ERROR_INVALID_DATA when the response has no status
 */
gboolean
bounce_raw_association_read_status (BounceRawAssociation *self, guint16 *status, GError **error)
{
  g_autoptr (GByteArray) command = g_byte_array_new ();

  for (;;)
    {
      guint8 type = 0;
      g_autoptr (GByteArray) body = read_pdu (self->fd, &type, error);

      if (body == NULL)
        return FALSE;
      if (type != PDU_DATA || body->len < 6)
        {
          g_set_error (error, G_IO_ERROR, G_IO_ERROR_CONNECTION_CLOSED, "PDU %u for an answer",
                       type);
          return FALSE;
        }
      g_byte_array_append (command, body->data + 6, body->len - 6);
      if ((body->data[5] & 2) == 0)
        continue;
      if (find_status (command, status))
        return TRUE;
      g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA, "response without status");
      return FALSE;
    }
}

/**
 * bounce_raw_association_abort:
 *
 * Sends A-ABORT.
 */
void
bounce_raw_association_abort (BounceRawAssociation *self)
{
  struct iovec vector = { (void *) "\7\0\0\0\0\4\0\0\0\0", 10 };

  write_vector (self->fd, &vector, 1, NULL);
}

/**
 * bounce_raw_association_release:
 *
 * Returns: whether the peer confirmed the release
 */
gboolean
bounce_raw_association_release (BounceRawAssociation *self)
{
  struct iovec vector = { (void *) "\5\0\0\0\0\4\0\0\0\0", 10 };
  g_autoptr (GByteArray) reply = NULL;
  guint8 type = 0;

  if (write_vector (self->fd, &vector, 1, NULL))
    reply = read_pdu (self->fd, &type, NULL);
  return reply != NULL && type == PDU_RELEASE_RP;
}

/**
 * bounce_raw_association_close:
 *
 * Closes the socket and frees.
 */
void
bounce_raw_association_close (BounceRawAssociation *self)
{
  if (self->fd >= 0)
    close (self->fd);
  g_free (self);
}
