/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* The listener against a peer that speaks DICOM byte by byte, well and badly. */

#include "listener-fixture.h"

#include "raw-peer.h"

#include <arpa/inet.h>
#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static const char *const storage[] = { CT_STORAGE, EXPLICIT_LITTLE, VERIFICATION, IMPLICIT_LITTLE,
                                       NULL };

#define STORAGE_CONTEXT 1
#define ECHO_CONTEXT    3

static void
send_store_command (int fd, guint16 id)
{
  g_autoptr (GByteArray) command = make_store_command (id, CT_STORAGE, "1.2.3.4");

  raw_send_pdata (fd, STORAGE_CONTEXT, TRUE, TRUE, command);
}

static guint16
store (int fd, guint16 id)
{
  g_autoptr (GByteArray) dataset = make_dataset ("");

  send_store_command (fd, id);
  raw_send_pdata (fd, STORAGE_CONTEXT, FALSE, TRUE, dataset);
  return raw_read_status (fd);
}

/* That others are still served is the point of most of these tests. */
static void
assert_serves (Fixture *fixture)
{
  g_autoptr (GByteArray) echo = make_echo_command (1);
  int fd = raw_open (fixture_port (fixture), storage);

  raw_send_pdata (fd, ECHO_CONTEXT, TRUE, TRUE, echo);
  g_assert_cmphex (raw_read_status (fd), ==, 0);
  raw_release (fd);
}

static void
test_store (void)
{
  g_autoptr (Fixture) fixture = fixture_new ();
  g_autoptr (GByteArray) dataset = make_dataset ("");
  int fd = raw_open (fixture_port (fixture), storage);
  SeenStore *seen;

  g_assert_cmphex (store (fd, 1), ==, 0);
  g_assert_cmphex (store (fd, 2), ==, 0);
  g_assert_cmpint (bounce_listener_get_n_associations (fixture->listener), ==, 1);
  raw_release (fd);
  g_assert_cmpint (fixture_wait_closed (fixture, 0)->outcome, ==, BOUNCE_ASSOCIATION_RELEASED);
  g_assert_cmpint (fixture->stores->len, ==, 2);
  seen = fixture_wait_ended (fixture, 1);
  g_assert_true (seen->is_complete);
  g_assert_cmpstr (seen->sop_class_uid, ==, CT_STORAGE);
  g_assert_cmpstr (seen->sop_instance_uid, ==, "1.2.3.4");
  g_assert_cmpstr (seen->transfer_syntax_uid, ==, EXPLICIT_LITTLE);
  g_assert_cmpmem (seen->data->data, seen->data->len, dataset->data, dataset->len);
}

/* Command and data set in pieces of one byte, and both in one PDU. */
static void
test_fragments (void)
{
  g_autoptr (Fixture) fixture = fixture_new ();
  g_autoptr (GByteArray) command = make_store_command (1, CT_STORAGE, "1.2.3.4");
  g_autoptr (GByteArray) dataset = make_dataset ("");
  g_autoptr (GByteArray) pdu = g_byte_array_new ();
  int fd = raw_open (fixture_port (fixture), storage);
  guint32 length;

  for (guint is_command = 2; is_command-- > 0;)
    {
      const GByteArray *bytes = is_command ? command : dataset;

      for (guint i = 0; i < bytes->len; i++)
        {
          g_autoptr (GByteArray) one =
              make_pdata (STORAGE_CONTEXT, is_command, i + 1 == bytes->len, bytes->data + i, 1);

          raw_send_bytes (fd, one);
          g_byte_array_append (pdu, one->data + 6, one->len - 6);
        }
    }
  g_assert_cmphex (raw_read_status (fd), ==, 0);

  length = GUINT32_TO_BE (pdu->len);
  g_byte_array_prepend (pdu, (const guint8 *) &length, sizeof length);
  g_byte_array_prepend (pdu, (const guint8[]){ PDU_DATA, 0 }, 2);
  raw_send_bytes (fd, pdu);
  g_assert_cmphex (raw_read_status (fd), ==, 0);
  raw_release (fd);
  for (guint i = 0; i < 2; i++)
    g_assert_cmpmem (fixture_wait_ended (fixture, i)->data->data, dataset->len, dataset->data,
                     dataset->len);
}

static void
assert_status (Fixture *fixture, guint16 expected)
{
  int fd = raw_open (fixture_port (fixture), storage);

  g_assert_cmphex (store (fd, 1), ==, expected);
  /* The association lives on. */
  g_assert_cmphex (store (fd, 2), ==, expected);
  raw_release (fd);
}

static void
test_statuses (void)
{
  static const BounceStatus statuses[] = { BOUNCE_STATUS_PROCESSING_FAILURE,
                                           BOUNCE_STATUS_OUT_OF_RESOURCES,
                                           BOUNCE_STATUS_DATASET_MISMATCH,
                                           BOUNCE_STATUS_CANNOT_UNDERSTAND };

  for (guint i = 0; i < G_N_ELEMENTS (statuses); i++)
    {
      g_autoptr (Fixture) at_begin = fixture_new ();
      g_autoptr (Fixture) at_end = fixture_new ();

      at_begin->begin_status = statuses[i];
      assert_status (at_begin, (guint16) statuses[i]);
      g_assert_cmpint (at_begin->stores->len, ==, 0);
      at_end->end_status = statuses[i];
      at_end->comment = "why";
      assert_status (at_end, (guint16) statuses[i]);
      g_assert_cmpint (at_end->stores->len, ==, 2);
    }
}

/* After store_write has refused, the rest is read and store_end still asked. */
static void
test_refused_midway (void)
{
  g_autoptr (Fixture) fixture = fixture_new ();
  g_autoptr (GByteArray) dataset = make_dataset ("");
  int fd = raw_open (fixture_port (fixture), storage);

  fixture->refuse_after_bytes = 1;
  fixture->end_status = BOUNCE_STATUS_OUT_OF_RESOURCES;
  send_store_command (fd, 1);
  raw_send_pdata (fd, STORAGE_CONTEXT, FALSE, FALSE, dataset);
  raw_send_pdata (fd, STORAGE_CONTEXT, FALSE, FALSE, dataset);
  raw_send_pdata (fd, STORAGE_CONTEXT, FALSE, TRUE, dataset);
  g_assert_cmphex (raw_read_status (fd), ==, BOUNCE_STATUS_OUT_OF_RESOURCES);
  raw_release (fd);
  g_assert_cmpint (fixture_wait_ended (fixture, 0)->data->len, ==, dataset->len);
  g_assert_true (fixture_wait_ended (fixture, 0)->is_complete);
}

static guint16
send_command (int fd, guint8 context, GByteArray *command, gboolean has_data_set)
{
  raw_send_pdata (fd, context, TRUE, TRUE, command);
  if (has_data_set)
    {
      g_autoptr (GByteArray) dataset = make_dataset ("");

      raw_send_pdata (fd, context, FALSE, TRUE, dataset);
    }
  return raw_read_status (fd);
}

/* Each answered with its status, on one association that lives on. */
static void
test_refused_commands (void)
{
  g_autoptr (Fixture) fixture = fixture_new ();
  g_autoptr (GByteArray) bad_uid = make_store_command (1, CT_STORAGE, "../../../tmp/x");
  g_autoptr (GByteArray) on_echo = make_store_command (2, CT_STORAGE, "1.2.3");
  g_autoptr (GByteArray) not_storage =
      make_store_command (3, "1.2.840.10008.5.1.4.1.2.1.1", "1.2.3");
  g_autoptr (GByteArray) find = g_byte_array_new ();
  g_autoptr (GByteArray) no_data = make_store_command (5, CT_STORAGE, "1.2.3");
  int fd = raw_open (fixture_port (fixture), storage);

  g_assert_cmphex (send_command (fd, STORAGE_CONTEXT, bad_uid, TRUE), ==, 0xC000);
  g_assert_cmphex (send_command (fd, ECHO_CONTEXT, on_echo, TRUE), ==, 0x0122);
  g_assert_cmphex (send_command (fd, STORAGE_CONTEXT, not_storage, TRUE), ==, 0x0122);

  put_command_u16 (find, 0x0100, 0x0020); /* C-FIND-RQ */
  put_command_u16 (find, 0x0110, 4);
  put_command_u16 (find, 0x0800, 0);
  g_assert_cmphex (send_command (fd, STORAGE_CONTEXT, find, TRUE), ==, 0x0211);

  put_command_u16 (no_data, 0x0800, 0x0101);
  g_assert_cmphex (send_command (fd, STORAGE_CONTEXT, no_data, FALSE), ==, 0xC000);
  g_assert_cmphex (store (fd, 6), ==, 0);
  raw_release (fd);
  g_assert_cmpint (fixture->stores->len, ==, 1);
}

static void
test_cancel_has_no_answer (void)
{
  g_autoptr (Fixture) fixture = fixture_new ();
  g_autoptr (GByteArray) cancel = g_byte_array_new ();
  int fd = raw_open (fixture_port (fixture), storage);

  put_command_u16 (cancel, 0x0100, 0x0FFF);
  put_command_u16 (cancel, 0x0120, 1);
  put_command_u16 (cancel, 0x0800, 0x0101);
  raw_send_pdata (fd, STORAGE_CONTEXT, TRUE, TRUE, cancel);
  g_assert_cmphex (store (fd, 2), ==, 0);
  raw_release (fd);
}

/* Which contexts are accepted, and with which syntax. */
static void
test_negotiation (void)
{
  static const char *const contexts[] = {
    CT_STORAGE,
    EXPLICIT_LITTLE, /* 1 */
    "1.2.826.0.1.99.7",
    "1.2.826.0.1.99.8", /* 3: private both */
    "1.2.840.10008.5.1.4.1.2.1.1",
    IMPLICIT_LITTLE, /* 5: query */
    "1.2.840.10008.5.1.4.1.1.4",
    "1.2.840.10008.1.2.4.50", /* 7: JPEG only */
    "1.2.840.10008.5.1.4.1.1.7",
    "not a uid", /* 9 */
    NULL,
  };
  static const guint8 expected[] = { 0, 0, 3, 0, 4 };
  g_autoptr (Fixture) fixture = fixture_new ();
  g_autoptr (GByteArray) request = make_request ("", "WHATEVER", contexts);
  g_autoptr (GByteArray) accepted = NULL;
  int fd = raw_connect (fixture_port (fixture));
  guint n = 0;

  raw_send_bytes (fd, request);
  accepted = raw_read_pdu (fd);
  g_assert_cmphex (accepted->data[0], ==, PDU_ACCEPTED);
  for (gsize i = 74; i + 8 <= accepted->len;)
    {
      if (accepted->data[i] == 0x21)
        {
          g_assert_cmpint (accepted->data[i + 4], ==, 2 * n + 1);
          g_assert_cmpint (accepted->data[i + 6], ==, expected[n]);
          n++;
        }
      i += 4u + (gsize) (accepted->data[i + 2] << 8 | accepted->data[i + 3]);
    }
  g_assert_cmpint (n, ==, G_N_ELEMENTS (expected));
  raw_release (fd);
  g_assert_cmpstr (fixture_wait_closed (fixture, 0)->calling_ae, ==, "");
}

static void
test_unknown_peer_is_rejected (void)
{
  g_autoptr (Fixture) fixture = fixture_new ();
  g_autoptr (GByteArray) request = make_request ("STRANGER", "BOUNCE", storage);
  g_autoptr (GByteArray) answer = NULL;
  int fd = raw_connect (fixture_port (fixture));

  fixture->refuses_peers = TRUE;
  raw_send_bytes (fd, request);
  answer = raw_read_pdu (fd);
  g_assert_cmpmem (answer->data, answer->len, "\3\0\0\0\0\4\0\1\1\3", 10);
  g_assert_null (raw_read_pdu (fd));
  close (fd);
}

static void
test_other_application_context (void)
{
  g_autoptr (Fixture) fixture = fixture_new ();
  g_autoptr (GByteArray) request = make_request ("A", "B", storage);
  g_autoptr (GByteArray) answer = NULL;
  int fd = raw_connect (fixture_port (fixture));

  request->data[74 + 4 + 20] = '9';
  raw_send_bytes (fd, request);
  answer = raw_read_pdu (fd);
  g_assert_cmpmem (answer->data, answer->len, "\3\0\0\0\0\4\0\1\1\2", 10);
  close (fd);
}

static void
test_cap (void)
{
  const BounceListenerOptions options = { .ip_address = "127.0.0.1",
                                          .max_associations = 2,
                                          .request_deadline_ms = 10000 };
  g_autoptr (Fixture) fixture = fixture_new_with (&options);
  g_autoptr (GByteArray) request = make_request ("PEER", "BOUNCE", storage);
  g_autoptr (GByteArray) answer = NULL;
  int first = raw_open (fixture_port (fixture), storage);
  int second = raw_open (fixture_port (fixture), storage);
  int third = raw_connect (fixture_port (fixture));

  raw_send_bytes (third, request);
  answer = raw_read_pdu (third);
  /* Transient, provider (presentation), local limit exceeded. */
  g_assert_cmpmem (answer->data, answer->len, "\3\0\0\0\0\4\0\2\3\2", 10);
  close (third);

  /* A slot is free by the time its peer knows it has been released. */
  raw_release (first);
  assert_serves (fixture);
  raw_release (second);
  assert_serves (fixture);
}

static void
test_silent_peers (void)
{
  const BounceListenerOptions options = { .ip_address = "127.0.0.1",
                                          .max_associations = 4,
                                          .request_deadline_ms = 300 };
  g_autoptr (Fixture) fixture = fixture_new_with (&options);
  gint64 start = g_get_monotonic_time ();
  int fd = raw_connect (fixture_port (fixture));

  assert_serves (fixture);
  raw_expect_last (fd, PDU_ABORTED);
  g_assert_cmpint (g_get_monotonic_time () - start, >=, 290 * G_TIME_SPAN_MILLISECOND);
}

/* A byte now and then moves no deadline. */
static void
test_dripping_peer (void)
{
  const BounceListenerOptions options = { .ip_address = "127.0.0.1",
                                          .max_associations = 4,
                                          .request_deadline_ms = 400 };
  g_autoptr (Fixture) fixture = fixture_new_with (&options);
  g_autoptr (GByteArray) request = make_request ("PEER", "BOUNCE", storage);
  gint64 start = g_get_monotonic_time ();
  int fd = raw_connect (fixture_port (fixture));
  gsize sent = 0;
  fd_set readable;
  struct timeval pause;

  do
    {
      if (sent < request->len && raw_send (fd, request->data + sent, 1))
        sent++;
      FD_ZERO (&readable);
      FD_SET (fd, &readable);
      pause = (struct timeval){ .tv_usec = 20000 };
    }
  while (select (fd + 1, &readable, NULL, NULL, &pause) == 0);
  g_assert_cmpint (sent, <, request->len);
  g_assert_cmpint (g_get_monotonic_time () - start, <, 5 * G_TIME_SPAN_SECOND);
  raw_expect (fd, PDU_ABORTED);
  close (fd);
  assert_serves (fixture);
}

static void
test_idle_association (void)
{
  const BounceListenerOptions options = { .ip_address = "127.0.0.1",
                                          .max_associations = 4,
                                          .idle_timeout_seconds = 1 };
  g_autoptr (Fixture) fixture = fixture_new_with (&options);
  int fd = raw_open (fixture_port (fixture), storage);

  raw_expect_last (fd, PDU_ABORTED);
  g_assert_cmpint (fixture_wait_closed (fixture, 0)->outcome, ==, BOUNCE_ASSOCIATION_ABORTED);
}

static void
test_five_hundred_idle (void)
{
  g_autoptr (Fixture) fixture = fixture_new ();
  int fds[500];

  for (guint i = 0; i < G_N_ELEMENTS (fds); i++)
    fds[i] = raw_connect (fixture_port (fixture));
  assert_serves (fixture);
  /* The oldest have given way. */
  raw_expect_last (fds[0], PDU_ABORTED);
  for (guint i = 1; i < G_N_ELEMENTS (fds); i++)
    close (fds[i]);
  assert_serves (fixture);
}

typedef struct
{
  const char *name;
  const char *bytes;
  gsize size;
} Garbage;

#define GARBAGE(name, bytes)                                                                       \
  {                                                                                                \
    name, bytes, sizeof bytes - 1                                                                  \
  }

static const Garbage garbage[] = {
  GARBAGE ("http", "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"),
  GARBAGE ("tls", "\x16\x03\x01\x02\x00\x01\x00\x01\xFC\x03\x03"),
  GARBAGE ("data-first", "\4\0\0\0\0\6\0\0\0\2\1\3"),
  GARBAGE ("four-gigabytes", "\1\0\xFF\xFF\xFF\xFF"),
  GARBAGE ("over-the-limit", "\1\0\x00\x10\x00\x01"),
  GARBAGE ("too-short", "\1\0\0\0\0\4\0\1\0\0"),
};

static void
test_garbage (gconstpointer data)
{
  const Garbage *g = data;
  g_autoptr (Fixture) fixture = fixture_new ();
  int fd = raw_connect (fixture_port (fixture));

  g_assert_true (raw_send (fd, g->bytes, g->size));
  raw_expect_last (fd, PDU_ABORTED);
  assert_serves (fixture);
}

static void
test_malformed_request (void)
{
  g_autoptr (Fixture) fixture = fixture_new ();
  g_autoptr (GByteArray) request = make_request ("PEER", "BOUNCE", storage);
  int fd = raw_connect (fixture_port (fixture));

  request->data[74 + 2] = 0xFF; /* the application context's length */
  raw_send_bytes (fd, request);
  raw_expect_last (fd, PDU_ABORTED);
  assert_serves (fixture);
}

/* After these an association is aborted, with a PDU that says so. */
static const Garbage violations[] = {
  GARBAGE ("unknown-pdu", "\x4A\0\0\0\0\4\0\0\0\0"),
  GARBAGE ("four-gigabytes", "\4\0\xFF\xFF\xFF\xFF"),
  GARBAGE ("request-again", "\1\0\0\0\0\4\0\0\0\0"),
  GARBAGE ("pdv-longer-than-pdu", "\4\0\0\0\0\7\0\0\x01\x00\1\3x"),
  GARBAGE ("pdv-four-gigabytes", "\4\0\0\0\0\7\xFF\xFF\xFF\xFE\1\3x"),
  GARBAGE ("pdv-too-short", "\4\0\0\0\0\5\0\0\0\1\1"),
  GARBAGE ("no-pdv", "\4\0\0\0\0\0"),
  GARBAGE ("rest-after-pdv", "\4\0\0\0\0\x8\0\0\0\2\1\3xx"),
  GARBAGE ("data-without-command", "\4\0\0\0\0\x8\0\0\0\4\1\2xx"),
  GARBAGE ("context-not-accepted", "\4\0\0\0\0\x8\0\0\0\4\x63\3xx"),
  GARBAGE ("command-malformed", "\4\0\0\0\0\x8\0\0\0\4\1\3xx"),
  GARBAGE ("command-empty", "\4\0\0\0\0\6\0\0\0\2\1\3"),
};

static void
test_violation (gconstpointer data)
{
  const Garbage *g = data;
  g_autoptr (Fixture) fixture = fixture_new ();
  int fd = raw_open (fixture_port (fixture), storage);

  g_assert_true (raw_send (fd, g->bytes, g->size));
  raw_expect_last (fd, PDU_ABORTED);
  g_assert_cmpint (fixture_wait_closed (fixture, 0)->outcome, ==, BOUNCE_ASSOCIATION_ABORTED);
  assert_serves (fixture);
}

static void
test_response_unasked (void)
{
  g_autoptr (Fixture) fixture = fixture_new ();
  g_autoptr (GByteArray) response = make_echo_command (1);
  int fd = raw_open (fixture_port (fixture), storage);

  put_command_u16 (response, 0x0100, 0x8030);
  raw_send_pdata (fd, ECHO_CONTEXT, TRUE, TRUE, response);
  raw_expect_last (fd, PDU_ABORTED);
}

/* The bomb that overflows the stack of DCMTK's own command reader. */
static void
test_command_bomb (void)
{
  g_autoptr (Fixture) fixture = fixture_new ();
  g_autoptr (GByteArray) bomb = make_echo_command (1);
  int fd = raw_open (fixture_port (fixture), storage);

  put_nested (bomb, 7000, TRUE);
  for (guint i = 0; i < bomb->len; i += 16000)
    {
      gsize n = MIN (16000, bomb->len - i);
      g_autoptr (GByteArray) pdu =
          make_pdata (ECHO_CONTEXT, TRUE, i + n == bomb->len, bomb->data + i, n);

      if (!raw_send (fd, pdu->data, pdu->len))
        break;
    }
  raw_expect (fd, PDU_ABORTED);
  close (fd);
  assert_serves (fixture);
}

/* Data sets are passed on unseen, however they are nested. */
static void
test_dataset_bomb (void)
{
  g_autoptr (Fixture) fixture = fixture_new ();
  g_autoptr (GByteArray) bomb = g_byte_array_new ();
  int fd = raw_open (fixture_port (fixture), storage);

  put_nested (bomb, 4000, FALSE);
  send_store_command (fd, 1);
  for (guint i = 0; i < 50; i++)
    raw_send_pdata (fd, STORAGE_CONTEXT, FALSE, i == 49, bomb);
  g_assert_cmphex (raw_read_status (fd), ==, 0);
  raw_release (fd);
  g_assert_cmpint (fixture_wait_ended (fixture, 0)->data->len, ==, 50 * bomb->len);
}

static void
break_off (const char *last_bytes, gsize size, BounceAssociationOutcome expected)
{
  g_autoptr (Fixture) fixture = fixture_new ();
  g_autoptr (GByteArray) dataset = make_dataset ("");
  int fd = raw_open (fixture_port (fixture), storage);

  send_store_command (fd, 1);
  raw_send_pdata (fd, STORAGE_CONTEXT, FALSE, FALSE, dataset);
  g_assert_true (raw_send (fd, last_bytes, size));
  shutdown (fd, SHUT_WR);
  g_assert_false (fixture_wait_ended (fixture, 0)->is_complete);
  g_assert_cmpint (fixture_wait_closed (fixture, 0)->outcome, ==, expected);
  close (fd);
  assert_serves (fixture);
}

static void
test_broken_off (void)
{
  break_off ("", 0, BOUNCE_ASSOCIATION_LOST);
  break_off ("\4\0\0\0\1\0\0\0", 8, BOUNCE_ASSOCIATION_LOST);
  break_off ("\7\0\0\0\0\4\0\0\0\0", 10, BOUNCE_ASSOCIATION_ABORTED_BY_PEER);
  break_off ("\5\0\0\0\0\4\0\0\0\0", 10, BOUNCE_ASSOCIATION_RELEASED);
}

/* Another command in the middle of a data set. */
static void
test_command_in_dataset (void)
{
  g_autoptr (Fixture) fixture = fixture_new ();
  g_autoptr (GByteArray) dataset = make_dataset ("");
  int fd = raw_open (fixture_port (fixture), storage);

  send_store_command (fd, 1);
  raw_send_pdata (fd, STORAGE_CONTEXT, FALSE, FALSE, dataset);
  send_store_command (fd, 2);
  raw_expect_last (fd, PDU_ABORTED);
  g_assert_false (fixture_wait_ended (fixture, 0)->is_complete);
}

static void
test_stop_when_idle (void)
{
  g_autoptr (Fixture) fixture = fixture_new ();
  guint16 port = fixture_port (fixture);
  struct sockaddr_in address = { .sin_family = AF_INET,
                                 .sin_port = htons (port),
                                 .sin_addr.s_addr = htonl (INADDR_LOOPBACK) };
  int fd = socket (AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

  fixture_stop (fixture, 30000);
  g_assert_cmpint (connect (fd, (struct sockaddr *) &address, sizeof address), ==, -1);
  close (fd);
  /* Again, and then finalised: nothing happens. */
  fixture_stop (fixture, 0);
}

static gpointer
stop_worker (gpointer data)
{
  fixture_stop (data, 10000);
  return NULL;
}

/* An open association may finish within the drain time. */
static void
test_stop_drains (void)
{
  g_autoptr (Fixture) fixture = fixture_new ();
  int fd = raw_open (fixture_port (fixture), storage);
  int pending = raw_connect (fixture_port (fixture));
  GThread *thread;

  g_assert_cmphex (store (fd, 1), ==, 0);
  thread = g_thread_new ("stop", stop_worker, fixture);
  raw_expect_last (pending, PDU_ABORTED); /* the stop has begun */
  g_assert_cmphex (store (fd, 2), ==, 0);
  raw_release (fd);
  g_thread_join (thread);
  g_assert_cmpint (fixture_wait_closed (fixture, 0)->outcome, ==, BOUNCE_ASSOCIATION_RELEASED);
}

static void
test_stop_aborts (void)
{
  g_autoptr (Fixture) fixture = fixture_new ();
  g_autoptr (GByteArray) dataset = make_dataset ("");
  int fd = raw_open (fixture_port (fixture), storage);

  send_store_command (fd, 1);
  raw_send_pdata (fd, STORAGE_CONTEXT, FALSE, FALSE, dataset);
  fixture_stop (fixture, 50);
  raw_expect (fd, PDU_ABORTED);
  close (fd);
  g_assert_false (fixture_wait_ended (fixture, 0)->is_complete);
  g_assert_cmpint (fixture_wait_closed (fixture, 0)->outcome, ==, BOUNCE_ASSOCIATION_ABORTED);
}

/* Stopping by losing the last reference, with a peer still there. */
static void
test_unref_stops (void)
{
  g_autoptr (Fixture) fixture = fixture_new ();
  int fd = raw_open (fixture_port (fixture), storage);

  g_clear_object (&fixture->listener);
  raw_expect (fd, PDU_ABORTED);
  close (fd);
  g_assert_cmpint (fixture_wait_closed (fixture, 0)->outcome, ==, BOUNCE_ASSOCIATION_ABORTED);
}

static void
assert_bind_error (const BounceListenerOptions *options, int expected)
{
  static const BounceListenerHandler none = { NULL };
  g_autoptr (GError) error = NULL;

  g_assert_null (bounce_listener_open (options, &none, NULL, NULL, &error));
  g_assert_error (error, BOUNCE_DICOM_ERROR, BOUNCE_DICOM_ERROR_BIND);
  g_assert_cmpstr (error->message, ==, g_strerror (expected));
}

static void
test_bind_errors (void)
{
  g_autoptr (Fixture) fixture = fixture_new ();
  const BounceListenerOptions in_use = { .ip_address = "127.0.0.1",
                                         .port = fixture_port (fixture) };
  const BounceListenerOptions elsewhere = { .ip_address = "192.0.2.1" };
  const BounceListenerOptions named = { .ip_address = "localhost" };

  assert_bind_error (&in_use, EADDRINUSE);
  assert_bind_error (&elsewhere, EADDRNOTAVAIL);
  assert_bind_error (&named, EINVAL);
}

static void
test_both_families (void)
{
  const BounceListenerOptions options = { .ip_address = "::", .max_associations = 2 };
  g_autoptr (Fixture) fixture = fixture_new_with (&options);

  assert_serves (fixture);
  g_assert_cmpstr (fixture_wait_closed (fixture, 0)->address, ==, "127.0.0.1");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/dicom/listener/store", test_store);
  g_test_add_func ("/dicom/listener/fragments", test_fragments);
  g_test_add_func ("/dicom/listener/statuses", test_statuses);
  g_test_add_func ("/dicom/listener/refused-midway", test_refused_midway);
  g_test_add_func ("/dicom/listener/refused-commands", test_refused_commands);
  g_test_add_func ("/dicom/listener/cancel-has-no-answer", test_cancel_has_no_answer);
  g_test_add_func ("/dicom/listener/negotiation", test_negotiation);
  g_test_add_func ("/dicom/listener/unknown-peer-is-rejected", test_unknown_peer_is_rejected);
  g_test_add_func ("/dicom/listener/other-application-context", test_other_application_context);
  g_test_add_func ("/dicom/listener/cap", test_cap);
  g_test_add_func ("/dicom/listener/silent-peers", test_silent_peers);
  g_test_add_func ("/dicom/listener/dripping-peer", test_dripping_peer);
  g_test_add_func ("/dicom/listener/idle-association", test_idle_association);
  g_test_add_func ("/dicom/listener/five-hundred-idle", test_five_hundred_idle);
  for (gsize i = 0; i < G_N_ELEMENTS (garbage); i++)
    {
      g_autofree char *path = g_strconcat ("/dicom/listener/garbage/", garbage[i].name, NULL);

      g_test_add_data_func (path, &garbage[i], test_garbage);
    }
  for (gsize i = 0; i < G_N_ELEMENTS (violations); i++)
    {
      g_autofree char *path = g_strconcat ("/dicom/listener/violation/", violations[i].name, NULL);

      g_test_add_data_func (path, &violations[i], test_violation);
    }
  g_test_add_func ("/dicom/listener/malformed-request", test_malformed_request);
  g_test_add_func ("/dicom/listener/response-unasked", test_response_unasked);
  g_test_add_func ("/dicom/listener/command-bomb", test_command_bomb);
  g_test_add_func ("/dicom/listener/dataset-bomb", test_dataset_bomb);
  g_test_add_func ("/dicom/listener/broken-off", test_broken_off);
  g_test_add_func ("/dicom/listener/command-in-dataset", test_command_in_dataset);
  g_test_add_func ("/dicom/listener/stop-when-idle", test_stop_when_idle);
  g_test_add_func ("/dicom/listener/stop-drains", test_stop_drains);
  g_test_add_func ("/dicom/listener/stop-aborts", test_stop_aborts);
  g_test_add_func ("/dicom/listener/unref-stops", test_unref_stops);
  g_test_add_func ("/dicom/listener/bind-errors", test_bind_errors);
  g_test_add_func ("/dicom/listener/both-families", test_both_families);
  return g_test_run ();
}
