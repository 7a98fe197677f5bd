/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "raw-peer.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

int
raw_connect (guint16 port)
{
  struct sockaddr_in address = { .sin_family = AF_INET,
                                 .sin_port = htons (port),
                                 .sin_addr.s_addr = htonl (INADDR_LOOPBACK) };
  struct timeval patience = { .tv_sec = 10 };
  int on = 1;
  int fd = socket (AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

  g_assert_cmpint (fd, >=, 0);
  setsockopt (fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  setsockopt (fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
  setsockopt (fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  g_assert_cmpint (connect (fd, (struct sockaddr *) &address, sizeof address), ==, 0);
  return fd;
}

gboolean
raw_send (int fd, const void *data, gsize size)
{
  while (size > 0)
    {
      gssize n = send (fd, data, size, MSG_NOSIGNAL);

      if (n < 0)
        g_assert_cmpint (errno, !=, EAGAIN);
      if (n < 0)
        return FALSE;
      data = (const guint8 *) data + n;
      size -= (gsize) n;
    }
  return TRUE;
}

void
raw_send_bytes (int fd, const GByteArray *bytes)
{
  g_assert_true (raw_send (fd, bytes->data, bytes->len));
}

/* FALSE at the end of the connection, however it came. */
static gboolean
read_exactly (int fd, guint8 *buffer, gsize size)
{
  while (size > 0)
    {
      gssize n = recv (fd, buffer, size, 0);

      if (n < 0)
        g_assert_cmpint (errno, ==, ECONNRESET);
      if (n <= 0)
        return FALSE;
      buffer += n;
      size -= (gsize) n;
    }
  return TRUE;
}

GByteArray *
raw_read_pdu (int fd)
{
  g_autoptr (GByteArray) pdu = g_byte_array_new ();
  guint32 length;

  g_byte_array_set_size (pdu, 6);
  if (!read_exactly (fd, pdu->data, 6))
    return NULL;
  memcpy (&length, pdu->data + 2, sizeof length);
  length = GUINT32_FROM_BE (length);
  g_assert_cmpint (length, <, 1 << 20);
  g_byte_array_set_size (pdu, 6 + length);
  g_assert_true (read_exactly (fd, pdu->data + 6, length));
  return g_steal_pointer (&pdu);
}

void
raw_expect (int fd, guint8 pdu_type)
{
  g_autoptr (GByteArray) pdu = raw_read_pdu (fd);

  g_assert_nonnull (pdu);
  g_assert_cmphex (pdu->data[0], ==, pdu_type);
}

void
raw_expect_last (int fd, guint8 pdu_type)
{
  raw_expect (fd, pdu_type);
  g_assert_null (raw_read_pdu (fd));
  close (fd);
}

int
raw_open (guint16 port, const char *const *contexts)
{
  g_autoptr (GByteArray) request = make_request ("PEER", "BOUNCE", contexts);
  int fd = raw_connect (port);

  raw_send_bytes (fd, request);
  raw_expect (fd, PDU_ACCEPTED);
  return fd;
}

void
raw_send_pdata (
    int fd, guint8 context, gboolean is_command, gboolean is_last, const GByteArray *bytes)
{
  g_autoptr (GByteArray) pdu = make_pdata (context, is_command, is_last, bytes->data, bytes->len);

  raw_send_bytes (fd, pdu);
}

guint16
raw_read_status (int fd)
{
  static const guint8 element[] = { 0, 0, 0x00, 0x09, 2, 0, 0, 0 };
  g_autoptr (GByteArray) pdu = raw_read_pdu (fd);
  const guint8 *found;

  g_assert_nonnull (pdu);
  g_assert_cmphex (pdu->data[0], ==, PDU_DATA);
  g_assert_cmphex (pdu->data[11], ==, 0x03); /* command, last */
  found = memmem (pdu->data, pdu->len, element, sizeof element);
  g_assert_nonnull (found);
  return (guint16) (found[8] | found[9] << 8);
}

void
raw_release (int fd)
{
  static const guint8 release[] = { PDU_RELEASE_RQ, 0, 0, 0, 0, 4, 0, 0, 0, 0 };

  g_assert_true (raw_send (fd, release, sizeof release));
  raw_expect (fd, PDU_RELEASED);
  close (fd);
}

const char *const raw_storage[] = { CT_STORAGE, EXPLICIT_LITTLE, VERIFICATION, IMPLICIT_LITTLE,
                                    NULL };

void
raw_send_store_command (int fd, guint16 id)
{
  g_autoptr (GByteArray) command = make_store_command (id, CT_STORAGE, "1.2.3.4");

  raw_send_pdata (fd, RAW_STORAGE_CONTEXT, TRUE, TRUE, command);
}

guint16
raw_store (int fd, guint16 id)
{
  g_autoptr (GByteArray) dataset = make_dataset ("");

  raw_send_store_command (fd, id);
  raw_send_pdata (fd, RAW_STORAGE_CONTEXT, FALSE, TRUE, dataset);
  return raw_read_status (fd);
}

void
raw_assert_serves (guint16 port)
{
  g_autoptr (GByteArray) echo = make_echo_command (1);
  int fd = raw_open (port, raw_storage);

  raw_send_pdata (fd, RAW_ECHO_CONTEXT, TRUE, TRUE, echo);
  g_assert_cmphex (raw_read_status (fd), ==, 0);
  raw_release (fd);
}
