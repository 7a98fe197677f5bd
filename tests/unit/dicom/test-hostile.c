/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* The listener against peers that are silent, slow, broken or hostile: each gets an answer or an
 * end, and others are served meanwhile. */

#include "listener-fixture.h"

#include "raw-peer.h"

#include <string.h>
#include <sys/resource.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <unistd.h>

static void
test_silent_peers (void)
{
  const BounceListenerOptions options = { .ip_address = "127.0.0.1",
                                          .max_associations = 4,
                                          .request_deadline_ms = 300 };
  g_autoptr (Fixture) fixture = fixture_new_with (&options);
  gint64 start = g_get_monotonic_time ();
  int fd = raw_connect (fixture_port (fixture));

  raw_assert_serves (fixture_port (fixture));
  raw_expect_last (fd, PDU_ABORTED);
  g_assert_cmpint (g_get_monotonic_time () - start, >=, 290 * G_TIME_SPAN_MILLISECOND);
}

/* A byte now and then, until the other side has something to say. */
static gsize
drip (int fd, const GByteArray *bytes)
{
  gint64 start = g_get_monotonic_time ();
  gsize sent = 0;
  fd_set readable;
  struct timeval pause;

  do
    {
      if (sent < bytes->len && raw_send (fd, bytes->data + sent, 1))
        sent++;
      FD_ZERO (&readable);
      FD_SET (fd, &readable);
      pause = (struct timeval){ .tv_usec = 20000 };
    }
  while (select (fd + 1, &readable, NULL, NULL, &pause) == 0);
  g_assert_cmpint (g_get_monotonic_time () - start, <, 8 * G_TIME_SPAN_SECOND);
  return sent;
}

static void
test_dripping_peer (void)
{
  const BounceListenerOptions options = { .ip_address = "127.0.0.1",
                                          .max_associations = 4,
                                          .request_deadline_ms = 400 };
  g_autoptr (Fixture) fixture = fixture_new_with (&options);
  g_autoptr (GByteArray) request = make_request ("PEER", "BOUNCE", raw_storage);
  int fd = raw_connect (fixture_port (fixture));

  g_assert_cmpint (drip (fd, request), <, request->len);
  raw_expect (fd, PDU_ABORTED);
  close (fd);
  raw_assert_serves (fixture_port (fixture));
}

/* The same behind an accepted request: a PDU has its time too. */
static void
test_dripping_association (void)
{
  const BounceListenerOptions options = { .ip_address = "127.0.0.1",
                                          .max_associations = 4,
                                          .idle_timeout_seconds = 1 };
  g_autoptr (Fixture) fixture = fixture_new_with (&options);
  g_autoptr (GByteArray) command = make_store_command (1, CT_STORAGE, "1.2.3");
  g_autoptr (GByteArray) pdu =
      make_pdata (RAW_STORAGE_CONTEXT, TRUE, TRUE, command->data, command->len);
  int fd = raw_open (fixture_port (fixture), raw_storage);

  g_assert_cmpint (drip (fd, pdu), <, pdu->len);
  raw_expect (fd, PDU_ABORTED);
  close (fd);
  g_assert_cmpint (fixture_wait_closed (fixture, 0)->outcome, ==, BOUNCE_ASSOCIATION_ABORTED);
}

static void
test_idle_association (void)
{
  const BounceListenerOptions options = { .ip_address = "127.0.0.1",
                                          .max_associations = 4,
                                          .idle_timeout_seconds = 1 };
  g_autoptr (Fixture) fixture = fixture_new_with (&options);
  int fd = raw_open (fixture_port (fixture), raw_storage);

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
  raw_assert_serves (fixture_port (fixture));
  /* The oldest have given way. */
  raw_expect_last (fds[0], PDU_ABORTED);
  for (guint i = 1; i < G_N_ELEMENTS (fds); i++)
    close (fds[i]);
  raw_assert_serves (fixture_port (fixture));
}

typedef struct
{
  const char *name;
  const char *bytes;
  gsize size;
} Garbage;

#define MUTATION_ROUNDS 400

/* The bytes of a literal without its NUL. */
#define BYTES(literal) literal, sizeof literal - 1

static const Garbage garbage[] = {
  { "http", BYTES ("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n") },
  { "tls", BYTES ("\x16\x03\x01\x02\x00\x01\x00\x01\xFC\x03\x03") },
  { "data-first", BYTES ("\4\0\0\0\0\6\0\0\0\2\1\3") },
  { "four-gigabytes", BYTES ("\1\0\xFF\xFF\xFF\xFF") },
  { "over-the-limit", BYTES ("\1\0\x00\x10\x00\x01") },
  { "too-short", BYTES ("\1\0\0\0\0\4\0\1\0\0") },
};

static void
test_garbage (gconstpointer data)
{
  const Garbage *g = data;
  g_autoptr (Fixture) fixture = fixture_new ();
  int fd = raw_connect (fixture_port (fixture));

  g_assert_true (raw_send (fd, g->bytes, g->size));
  raw_expect_last (fd, PDU_ABORTED);
  raw_assert_serves (fixture_port (fixture));
}

static void
test_malformed_request (void)
{
  g_autoptr (Fixture) fixture = fixture_new ();
  g_autoptr (GByteArray) request = make_request ("PEER", "BOUNCE", raw_storage);
  int fd = raw_connect (fixture_port (fixture));

  request->data[74 + 2] = 0xFF; /* the application context's length */
  raw_send_bytes (fd, request);
  raw_expect_last (fd, PDU_ABORTED);
  raw_assert_serves (fixture_port (fixture));
}

/* After these an association is aborted, with a PDU that says so. */
static const Garbage violations[] = {
  { "unknown-pdu", BYTES ("\x4A\0\0\0\0\4\0\0\0\0") },
  { "four-gigabytes", BYTES ("\4\0\xFF\xFF\xFF\xFF") },
  { "request-again", BYTES ("\1\0\0\0\0\4\0\0\0\0") },
  { "pdv-longer-than-pdu", BYTES ("\4\0\0\0\0\7\0\0\x01\x00\1\3x") },
  { "pdv-four-gigabytes", BYTES ("\4\0\0\0\0\7\xFF\xFF\xFF\xFE\1\3x") },
  { "pdv-too-short", BYTES ("\4\0\0\0\0\5\0\0\0\1\1") },
  { "no-pdv", BYTES ("\4\0\0\0\0\0") },
  { "rest-after-pdv", BYTES ("\4\0\0\0\0\x8\0\0\0\2\1\3xx") },
  { "data-without-command", BYTES ("\4\0\0\0\0\x8\0\0\0\4\1\2xx") },
  { "context-not-accepted", BYTES ("\4\0\0\0\0\x8\0\0\0\4\x63\3xx") },
  { "command-malformed", BYTES ("\4\0\0\0\0\x8\0\0\0\4\1\3xx") },
  { "command-empty", BYTES ("\4\0\0\0\0\6\0\0\0\2\1\3") },
};

static void
test_violation (gconstpointer data)
{
  const Garbage *g = data;
  g_autoptr (Fixture) fixture = fixture_new ();
  int fd = raw_open (fixture_port (fixture), raw_storage);

  g_assert_true (raw_send (fd, g->bytes, g->size));
  raw_expect_last (fd, PDU_ABORTED);
  g_assert_cmpint (fixture_wait_closed (fixture, 0)->outcome, ==, BOUNCE_ASSOCIATION_ABORTED);
  raw_assert_serves (fixture_port (fixture));
}

static void
test_response_unasked (void)
{
  g_autoptr (Fixture) fixture = fixture_new ();
  g_autoptr (GByteArray) response = make_echo_command (1);
  int fd = raw_open (fixture_port (fixture), raw_storage);

  put_command_u16 (response, 0x0100, 0x8030);
  raw_send_pdata (fd, RAW_ECHO_CONTEXT, TRUE, TRUE, response);
  raw_expect_last (fd, PDU_ABORTED);
}

/* The bomb that overflows the stack of DCMTK's own command reader. */
static void
test_command_bomb (void)
{
  g_autoptr (Fixture) fixture = fixture_new ();
  g_autoptr (GByteArray) bomb = make_echo_command (1);
  int fd = raw_open (fixture_port (fixture), raw_storage);

  put_nested (bomb, 7000, TRUE);
  for (guint i = 0; i < bomb->len; i += 16000)
    {
      gsize n = MIN (16000, bomb->len - i);
      g_autoptr (GByteArray) pdu =
          make_pdata (RAW_ECHO_CONTEXT, TRUE, i + n == bomb->len, bomb->data + i, n);

      if (!raw_send (fd, pdu->data, pdu->len))
        break;
    }
  raw_expect (fd, PDU_ABORTED);
  close (fd);
  raw_assert_serves (fixture_port (fixture));
}

/* Data sets are passed on unseen, however they are nested. */
static void
test_dataset_bomb (void)
{
  g_autoptr (Fixture) fixture = fixture_new ();
  g_autoptr (GByteArray) bomb = g_byte_array_new ();
  int fd = raw_open (fixture_port (fixture), raw_storage);

  put_nested (bomb, 4000, FALSE);
  raw_send_store_command (fd, 1);
  for (guint i = 0; i < 50; i++)
    raw_send_pdata (fd, RAW_STORAGE_CONTEXT, FALSE, i == 49, bomb);
  g_assert_cmphex (raw_read_status (fd), ==, 0);
  raw_release (fd);
  g_assert_cmpint (fixture_wait_ended (fixture, 0)->data->len, ==, 50 * bomb->len);
}

static void
break_off (const char *last_bytes, gsize size, BounceAssociationOutcome expected)
{
  g_autoptr (Fixture) fixture = fixture_new ();
  g_autoptr (GByteArray) dataset = make_dataset ("");
  int fd = raw_open (fixture_port (fixture), raw_storage);

  raw_send_store_command (fd, 1);
  raw_send_pdata (fd, RAW_STORAGE_CONTEXT, FALSE, FALSE, dataset);
  g_assert_true (raw_send (fd, last_bytes, size));
  shutdown (fd, SHUT_WR);
  g_assert_false (fixture_wait_ended (fixture, 0)->is_complete);
  g_assert_cmpint (fixture_wait_closed (fixture, 0)->outcome, ==, expected);
  close (fd);
  raw_assert_serves (fixture_port (fixture));
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
  int fd = raw_open (fixture_port (fixture), raw_storage);

  raw_send_store_command (fd, 1);
  raw_send_pdata (fd, RAW_STORAGE_CONTEXT, FALSE, FALSE, dataset);
  raw_send_store_command (fd, 2);
  raw_expect_last (fd, PDU_ABORTED);
  g_assert_false (fixture_wait_ended (fixture, 0)->is_complete);
}

static void
mutate (GRand *rand, GByteArray *bytes, guint n)
{
  while (n-- > 0)
    bytes->data[g_rand_int_range (rand, 0, (gint32) bytes->len)] =
        (guint8) g_rand_int_range (rand, 0, 256);
}

/* Until the other side has closed; whatever it says must be whole PDUs. */
static void
read_to_end (int fd)
{
  shutdown (fd, SHUT_WR);
  for (;;)
    {
      g_autoptr (GByteArray) pdu = raw_read_pdu (fd);

      if (pdu == NULL)
        break;
    }
  close (fd);
}

/* Requests and conversations with some bytes changed: nothing crashes, hangs or leaks (the last is
 * for the sanitizer to say). */
static void
test_mutations (void)
{
  g_autoptr (Fixture) fixture = fixture_new ();
  g_autoptr (GRand) rand = g_rand_new_with_seed (11);

  for (guint round = 0; round < MUTATION_ROUNDS; round++)
    {
      g_autoptr (GByteArray) request = make_request ("PEER", "BOUNCE", raw_storage);
      g_autoptr (GByteArray) command = make_store_command (1, CT_STORAGE, "1.2.3");
      g_autoptr (GByteArray) dataset = make_dataset ("");
      g_autoptr (GByteArray) a =
          make_pdata (RAW_STORAGE_CONTEXT, TRUE, TRUE, command->data, command->len);
      g_autoptr (GByteArray) b =
          make_pdata (RAW_STORAGE_CONTEXT, FALSE, TRUE, dataset->data, dataset->len);
      int fd = raw_connect (fixture_port (fixture));

      g_byte_array_append (a, b->data, b->len);
      if (round % 2 == 0)
        mutate (rand, request, 1 + round / 2 % 5);
      else
        mutate (rand, a, 1 + round / 2 % 5);
      if (raw_send (fd, request->data, request->len))
        raw_send (fd, a->data, a->len);
      read_to_end (fd);
    }
  raw_assert_serves (fixture_port (fixture));
}

/* Both ends of 500 connections are in this process. */
static void
raise_descriptor_limit (void)
{
  struct rlimit limit;

  g_assert_cmpint (getrlimit (RLIMIT_NOFILE, &limit), ==, 0);
  limit.rlim_cur = MIN (limit.rlim_max, 4096);
  g_assert_cmpint (setrlimit (RLIMIT_NOFILE, &limit), ==, 0);
}

int
main (int argc, char **argv)
{
  raise_descriptor_limit ();
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/dicom/hostile/silent-peers", test_silent_peers);
  g_test_add_func ("/dicom/hostile/dripping-peer", test_dripping_peer);
  g_test_add_func ("/dicom/hostile/dripping-association", test_dripping_association);
  g_test_add_func ("/dicom/hostile/idle-association", test_idle_association);
  g_test_add_func ("/dicom/hostile/five-hundred-idle", test_five_hundred_idle);
  for (gsize i = 0; i < G_N_ELEMENTS (garbage); i++)
    {
      g_autofree char *path = g_strconcat ("/dicom/hostile/garbage/", garbage[i].name, NULL);

      g_test_add_data_func (path, &garbage[i], test_garbage);
    }
  for (gsize i = 0; i < G_N_ELEMENTS (violations); i++)
    {
      g_autofree char *path = g_strconcat ("/dicom/hostile/violation/", violations[i].name, NULL);

      g_test_add_data_func (path, &violations[i], test_violation);
    }
  g_test_add_func ("/dicom/hostile/malformed-request", test_malformed_request);
  g_test_add_func ("/dicom/hostile/response-unasked", test_response_unasked);
  g_test_add_func ("/dicom/hostile/command-bomb", test_command_bomb);
  g_test_add_func ("/dicom/hostile/dataset-bomb", test_dataset_bomb);
  g_test_add_func ("/dicom/hostile/broken-off", test_broken_off);
  g_test_add_func ("/dicom/hostile/command-in-dataset", test_command_in_dataset);
  g_test_add_func ("/dicom/hostile/mutations", test_mutations);
  return g_test_run ();
}
