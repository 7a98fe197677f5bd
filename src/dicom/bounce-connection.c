/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* One accepted TCP connection, as bytes: the association request under its deadline, then blocking
 * reads and writes under the idle timeout for DCMTK, and the few PDUs that must go out whatever
 * state DCMTK is in (A-ASSOCIATE-RJ at the cap, A-ABORT).
 *
 * The connection's own thread makes every call but bounce_connection_close(), which the listener
 * makes to end it. The descriptor stays open until the listener has joined the thread. */

#include "config.h"

#include "bounce-connection-private.h"

#include "bounce-associate-request-private.h"

#include <errno.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#define PDU_ASSOCIATE_RQ 0x01
#define PDU_ASSOCIATE_RJ 0x03
#define PDU_ABORT        0x07

/* How long the peer has to read our last PDU and close, before we do. Closing with unread bytes in
 * the socket would reset the connection and destroy that PDU on its way. */
#define LINGER_MS 1000

BounceConnection *
bounce_connection_new (BounceListener *listener, int fd, const char *address)
{
  BounceConnection *self = g_new0 (BounceConnection, 1);

  self->fd = fd;
  self->listener = listener;
  g_strlcpy (self->address, address, sizeof self->address);
  return self;
}

void
bounce_connection_free (BounceConnection *self)
{
  close (self->fd);
  g_free (self);
}

/* Blocking reads and writes from here on end after the idle timeout. */
void
bounce_connection_set_timeouts (BounceConnection *self)
{
  struct timeval timeout = { .tv_sec = self->idle_timeout_seconds };

  setsockopt (self->fd, SOL_SOCKET, SO_RCVTIMEO, &timeout, sizeof timeout);
  setsockopt (self->fd, SOL_SOCKET, SO_SNDTIMEO, &timeout, sizeof timeout);
}

gboolean
bounce_connection_is_closing (BounceConnection *self)
{
  return g_atomic_int_get (&self->is_closing);
}

/* Any thread. Wakes a blocked read; the thread then sends its A-ABORT. at_once also wakes a blocked
 * write, after which nothing can be sent any more. */
void
bounce_connection_close (BounceConnection *self, gboolean at_once)
{
  g_atomic_int_set (&self->is_closing, TRUE);
  shutdown (self->fd, at_once ? SHUT_RDWR : SHUT_RD);
}

static int
monotonic_seconds (void)
{
  return (int) (g_get_monotonic_time () / G_TIME_SPAN_SECOND) + 1; /* never 0 */
}

/* Own thread: between commands nothing is lost when the connection ends. */
void
bounce_connection_set_idle (BounceConnection *self, gboolean is_idle)
{
  g_atomic_int_set (&self->idle_since_seconds, is_idle ? monotonic_seconds () : 0);
}

/* Any thread. */
guint
bounce_connection_get_idle_seconds (BounceConnection *self)
{
  int since = g_atomic_int_get (&self->idle_since_seconds);

  return since != 0 ? (guint) (monotonic_seconds () - since) : 0;
}

/* Sets errno to ETIMEDOUT past the deadline. */
static gssize
read_until (BounceConnection *self, guint8 *buffer, gsize size, gint64 deadline_us)
{
  for (;;)
    {
      gint64 left_ms = (deadline_us - g_get_monotonic_time () + 999) / 1000;
      struct pollfd pfd = { .fd = self->fd, .events = POLLIN };
      gssize n;

      if (bounce_connection_is_closing (self))
        return 0;
      if (left_ms <= 0 || poll (&pfd, 1, (int) left_ms) == 0)
        {
          errno = ETIMEDOUT;
          return -1;
        }
      n = recv (self->fd, buffer, size, MSG_DONTWAIT);
      if (n >= 0 || (errno != EINTR && errno != EAGAIN))
        return n;
    }
}

static gboolean
fail_request (GError **error, gssize result)
{
  if (result == 0)
    g_set_error (error, BOUNCE_DICOM_ERROR, BOUNCE_DICOM_ERROR_NETWORK,
                 "the peer closed the connection before its association request was complete");
  else if (errno == ETIMEDOUT)
    g_set_error (error, BOUNCE_DICOM_ERROR, BOUNCE_DICOM_ERROR_NETWORK,
                 "no complete association request arrived in time");
  else
    g_set_error (error, BOUNCE_DICOM_ERROR, BOUNCE_DICOM_ERROR_NETWORK, "%s", g_strerror (errno));
  return FALSE;
}

/* Appends until @pdu is @wanted long; looks at the type as soon as there is a byte of it. */
static gboolean
fill_request (
    BounceConnection *self, GByteArray *pdu, gsize wanted, gint64 deadline_us, GError **error)
{
  guint8 chunk[4096];

  while (pdu->len < wanted)
    {
      gssize n = read_until (self, chunk, MIN (wanted - pdu->len, sizeof chunk), deadline_us);

      if (n <= 0)
        return fail_request (error, n);
      g_byte_array_append (pdu, chunk, (guint) n);
      if (pdu->data[0] != PDU_ASSOCIATE_RQ)
        {
          g_set_error (error, BOUNCE_DICOM_ERROR, BOUNCE_DICOM_ERROR_MALFORMED,
                       "the peer does not speak DICOM: PDU type 0x%02X", pdu->data[0]);
          return FALSE;
        }
    }
  return TRUE;
}

/* Reads the A-ASSOCIATE-RQ under the request deadline and checks that it adds up. Memory grows with
 * what has arrived, never with what is claimed. On failure *answer says how to abort. */
GByteArray *
bounce_connection_read_request (BounceConnection *self, BounceAbort *answer, GError **error)
{
  gint64 deadline_us =
      g_get_monotonic_time () + (gint64) self->request_deadline_ms * G_TIME_SPAN_MILLISECOND;
  g_autoptr (GByteArray) pdu = g_byte_array_new ();
  gsize length;

  *answer = BOUNCE_ABORT_UNRECOGNISED_PDU;
  if (!fill_request (self, pdu, BOUNCE_PDU_HEADER_BYTES, deadline_us, error))
    return NULL;

  *answer = BOUNCE_ABORT_INVALID_PARAMETER;
  length = (gsize) pdu->data[2] << 24 | (gsize) pdu->data[3] << 16 | (gsize) pdu->data[4] << 8
           | pdu->data[5];
  if (length > BOUNCE_ASSOCIATE_REQUEST_MAX_BYTES)
    {
      g_set_error (error, BOUNCE_DICOM_ERROR, BOUNCE_DICOM_ERROR_MALFORMED,
                   "the association request claims %" G_GSIZE_FORMAT " bytes", length);
      return NULL;
    }
  if (!fill_request (self, pdu, BOUNCE_PDU_HEADER_BYTES + length, deadline_us, error)
      || !bounce_associate_request_check (pdu->data, pdu->len, error))
    return NULL;
  return g_steal_pointer (&pdu);
}

/* A PDU, once begun, may take as long as a pause between PDUs, or a peer that drips would keep an
 * association for ever. */
static gboolean
is_in_time (BounceConnection *self)
{
  gint64 now_us = g_get_monotonic_time ();

  if (self->pdu_deadline_us == 0)
    self->pdu_deadline_us = now_us + self->idle_timeout_seconds * G_TIME_SPAN_SECOND;
  return now_us <= self->pdu_deadline_us;
}

/* Returns 0 at the end, also when the listener closes; -1 on errors. */
gssize
bounce_connection_read (BounceConnection *self, void *buffer, gsize size)
{
  gssize n = 0;

  do
    if (!bounce_connection_is_closing (self))
      n = recv (self->fd, buffer, size, 0);
  while (n < 0 && errno == EINTR);

  if (n > 0 && is_in_time (self))
    return n;
  self->is_timed_out = n > 0 || (n < 0 && errno == EAGAIN);
  self->is_at_end = TRUE;
  return MIN (n, 0);
}

/* All or nothing: @size, or -1. */
gssize
bounce_connection_write (BounceConnection *self, const void *buffer, gsize size)
{
  gsize done = 0;

  while (done < size)
    {
      gssize n = send (self->fd, (const char *) buffer + done, size - done, MSG_NOSIGNAL);

      if (n < 0 && errno == EAGAIN)
        self->is_timed_out = TRUE;
      if (n < 0 && errno != EINTR)
        return -1;
      if (n > 0)
        done += (gsize) n;
    }
  return (gssize) size;
}

/* To be called before each PDU. Has the next segment acknowledged at once: senders with Nagle's
 * algorithm on write a PDU in two pieces and hold the second until the first is acknowledged;
 * delayed acknowledgement then costs 40 ms for each instance. Linux forgets the flag, so it is set
 * again for each PDU. */
void
bounce_connection_begin_pdu (BounceConnection *self)
{
  int on = 1;

  self->pdu_deadline_us = 0;
  setsockopt (self->fd, IPPROTO_TCP, TCP_QUICKACK, &on, sizeof on);
}

/* Ends our side and waits for the peer's end, for a bounded time. */
void
bounce_connection_linger (BounceConnection *self)
{
  gint64 deadline_us = g_get_monotonic_time () + LINGER_MS * G_TIME_SPAN_MILLISECOND;
  guint8 dropped[16384];

  shutdown (self->fd, SHUT_WR);
  while (read_until (self, dropped, sizeof dropped, deadline_us) > 0)
    ;
}

static void
send_last_pdu (BounceConnection *self, guint8 type, guint8 a, guint8 b, guint8 c)
{
  const guint8 pdu[] = { type, 0, 0, 0, 0, 4, 0, a, b, c };

  /* Ten bytes into a socket whose peer may not read: never worth waiting for. */
  if (send (self->fd, pdu, sizeof pdu, MSG_NOSIGNAL | MSG_DONTWAIT) == sizeof pdu)
    bounce_connection_linger (self);
}

/* Rejected, transient, by the provider (presentation): local limit exceeded. PS3.8 9.3.4. */
void
bounce_connection_reject_local_limit (BounceConnection *self)
{
  send_last_pdu (self, PDU_ASSOCIATE_RJ, 2, 3, 2);
}

void
bounce_connection_abort (BounceConnection *self, BounceAbort abort)
{
  send_last_pdu (self, PDU_ABORT, 0, (guint8) (abort >> 8), (guint8) abort);
}
