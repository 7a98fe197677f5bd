/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* The listener against a peer that speaks DICOM as it should. */

#include "listener-fixture.h"

#include "bounce-log.h"
#include "raw-peer.h"

#include <arpa/inet.h>
#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static void
test_store (void)
{
  g_autoptr (Fixture) fixture = fixture_new ();
  g_autoptr (GByteArray) dataset = make_dataset ("");
  int fd = raw_open (fixture_port (fixture), raw_storage);
  SeenStore *seen;

  g_assert_cmphex (raw_store (fd, 1), ==, 0);
  g_assert_cmphex (raw_store (fd, 2), ==, 0);
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
  int fd = raw_open (fixture_port (fixture), raw_storage);
  guint32 length;

  for (guint is_command = 2; is_command-- > 0;)
    {
      const GByteArray *bytes = is_command ? command : dataset;

      for (guint i = 0; i < bytes->len; i++)
        {
          g_autoptr (GByteArray) one =
              make_pdata (RAW_STORAGE_CONTEXT, is_command, i + 1 == bytes->len, bytes->data + i, 1);

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
  int fd = raw_open (fixture_port (fixture), raw_storage);

  g_assert_cmphex (raw_store (fd, 1), ==, expected);
  /* The association lives on. */
  g_assert_cmphex (raw_store (fd, 2), ==, expected);
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

/* Success is never answered for something that went nowhere. */
static void
test_no_sink (void)
{
  g_autoptr (Fixture) fixture = fixture_new ();

  fixture->forgets_sink = TRUE;
  assert_status (fixture, BOUNCE_STATUS_PROCESSING_FAILURE);
}

/* After store_write has refused, the rest is read and store_end still asked. */
static void
test_refused_midway (void)
{
  g_autoptr (Fixture) fixture = fixture_new ();
  g_autoptr (GByteArray) dataset = make_dataset ("");
  int fd = raw_open (fixture_port (fixture), raw_storage);

  fixture->refuse_after_bytes = 1;
  fixture->end_status = BOUNCE_STATUS_OUT_OF_RESOURCES;
  raw_send_store_command (fd, 1);
  raw_send_pdata (fd, RAW_STORAGE_CONTEXT, FALSE, FALSE, dataset);
  raw_send_pdata (fd, RAW_STORAGE_CONTEXT, FALSE, FALSE, dataset);
  raw_send_pdata (fd, RAW_STORAGE_CONTEXT, FALSE, TRUE, dataset);
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
  int fd = raw_open (fixture_port (fixture), raw_storage);

  g_assert_cmphex (send_command (fd, RAW_STORAGE_CONTEXT, bad_uid, TRUE), ==, 0xC000);
  g_assert_cmphex (send_command (fd, RAW_ECHO_CONTEXT, on_echo, TRUE), ==, 0x0122);
  g_assert_cmphex (send_command (fd, RAW_STORAGE_CONTEXT, not_storage, TRUE), ==, 0x0122);

  put_command_u16 (find, 0x0100, 0x0020); /* C-FIND-RQ */
  put_command_u16 (find, 0x0110, 4);
  put_command_u16 (find, 0x0800, 0);
  g_assert_cmphex (send_command (fd, RAW_STORAGE_CONTEXT, find, TRUE), ==, 0x0211);

  put_command_u16 (no_data, 0x0800, 0x0101);
  g_assert_cmphex (send_command (fd, RAW_STORAGE_CONTEXT, no_data, FALSE), ==, 0xC000);
  g_assert_cmphex (raw_store (fd, 6), ==, 0);
  raw_release (fd);
  g_assert_cmpint (fixture->stores->len, ==, 1);
}

static void
test_cancel_has_no_answer (void)
{
  g_autoptr (Fixture) fixture = fixture_new ();
  g_autoptr (GByteArray) cancel = g_byte_array_new ();
  int fd = raw_open (fixture_port (fixture), raw_storage);

  put_command_u16 (cancel, 0x0100, 0x0FFF);
  put_command_u16 (cancel, 0x0120, 1);
  put_command_u16 (cancel, 0x0800, 0x0101);
  raw_send_pdata (fd, RAW_STORAGE_CONTEXT, TRUE, TRUE, cancel);
  g_assert_cmphex (raw_store (fd, 2), ==, 0);
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
assert_chosen (const char *proposed, const char *expected)
{
  const char *const contexts[] = { CT_STORAGE, proposed, NULL };
  g_autoptr (Fixture) fixture = fixture_new ();
  int fd = raw_open (fixture_port (fixture), contexts);

  g_assert_cmphex (raw_store (fd, 1), ==, 0);
  raw_release (fd);
  g_assert_cmpstr (fixture_wait_ended (fixture, 0)->transfer_syntax_uid, ==, expected);
}

/* Explicit little endian, implicit, then as proposed; also beyond the 50 that DCMTK looks at. */
static void
test_transfer_syntaxes (void)
{
  g_autoptr (GString) many = g_string_new ("1.2.826.0.1.0");

  for (guint i = 1; i < 60; i++)
    g_string_append_printf (many, "\\1.2.826.0.1.%u", i);
  assert_chosen (many->str, "1.2.826.0.1.0");
  g_string_append (many, "\\" IMPLICIT_LITTLE);
  assert_chosen (many->str, IMPLICIT_LITTLE);
  g_string_append (many, "\\" EXPLICIT_LITTLE);
  assert_chosen (many->str, EXPLICIT_LITTLE);
  assert_chosen ("not a uid\\" EXPLICIT_BIG "\\" DEFLATED_LITTLE, EXPLICIT_BIG);
}

static void
logged_cb (BounceLogLevel level, gint64 wall_us, const char *text, gpointer user_data)
{
  if (g_str_has_prefix (text, "DCMTK: ") && strstr (text, "role fields") != NULL)
    *(BounceLogLevel *) user_data = level;
}

/* What DCMTK has to say arrives in our log. It dislikes a role selection of neither role. */
static void
test_log (void)
{
  static const char item[] = "\x54\0\0\x15\0\x11" VERIFICATION "\0\0";
  g_autoptr (Fixture) fixture = fixture_new ();
  g_autoptr (GByteArray) request = make_request ("PEER", "BOUNCE", raw_storage);
  BounceLogLevel level = BOUNCE_LOG_DEBUG;
  guint observer;
  int fd = raw_connect (fixture_port (fixture));

  g_assert_true (bounce_log_start (NULL, NULL));
  observer = bounce_log_add_observer (logged_cb, &level, NULL);
  /* At the end of the user information, whose length and the PDU's grow with it. */
  request->data[request->len - 8 - 1] += sizeof item - 1;
  request->data[5] += sizeof item - 1;
  g_byte_array_append (request, (const guint8 *) item, sizeof item - 1);
  raw_send_bytes (fd, request);
  raw_expect (fd, PDU_ACCEPTED);
  raw_release (fd);
  while (level != BOUNCE_LOG_WARNING)
    g_main_context_iteration (NULL, TRUE);
  bounce_log_remove_observer (observer);
  bounce_log_stop ();
}

static void
test_unknown_peer_is_rejected (void)
{
  g_autoptr (Fixture) fixture = fixture_new ();
  g_autoptr (GByteArray) request = make_request ("STRANGER", "BOUNCE", raw_storage);
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
  g_autoptr (GByteArray) request = make_request ("A", "B", raw_storage);
  g_autoptr (GByteArray) answer = NULL;
  int fd = raw_connect (fixture_port (fixture));

  request->data[74 + 4 + 20] = '9';
  raw_send_bytes (fd, request);
  answer = raw_read_pdu (fd);
  g_assert_cmpmem (answer->data, answer->len, "\3\0\0\0\0\4\0\1\1\2", 10);
  close (fd);
}

static void
test_other_protocol_version (void)
{
  g_autoptr (Fixture) fixture = fixture_new ();
  g_autoptr (GByteArray) request = make_request ("A", "B", raw_storage);
  g_autoptr (GByteArray) answer = NULL;
  int fd = raw_connect (fixture_port (fixture));

  request->data[7] = 2;
  raw_send_bytes (fd, request);
  answer = raw_read_pdu (fd);
  g_assert_cmpmem (answer->data, answer->len, "\3\0\0\0\0\4\0\1\2\2", 10);
  g_assert_null (raw_read_pdu (fd));
  close (fd);
}

static void
test_cap (void)
{
  const BounceListenerOptions options = { .ip_address = "127.0.0.1",
                                          .max_associations = 2,
                                          .request_deadline_ms = 10000 };
  g_autoptr (Fixture) fixture = fixture_new_with (&options);
  g_autoptr (GByteArray) request = make_request ("PEER", "BOUNCE", raw_storage);
  g_autoptr (GByteArray) answer = NULL;
  int first = raw_open (fixture_port (fixture), raw_storage);
  int second = raw_open (fixture_port (fixture), raw_storage);
  int third = raw_connect (fixture_port (fixture));

  raw_send_bytes (third, request);
  answer = raw_read_pdu (third);
  /* Transient, provider (presentation), local limit exceeded. */
  g_assert_cmpmem (answer->data, answer->len, "\3\0\0\0\0\4\0\2\3\2", 10);
  close (third);

  /* A slot is free by the time its peer knows it has been released. */
  raw_release (first);
  raw_assert_serves (fixture_port (fixture));
  raw_release (second);
  raw_assert_serves (fixture_port (fixture));
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
  int fd = raw_open (fixture_port (fixture), raw_storage);
  int pending = raw_connect (fixture_port (fixture));
  GThread *thread;

  g_assert_cmphex (raw_store (fd, 1), ==, 0);
  thread = g_thread_new ("stop", stop_worker, fixture);
  raw_expect_last (pending, PDU_ABORTED); /* the stop has begun */
  g_assert_cmphex (raw_store (fd, 2), ==, 0);
  raw_release (fd);
  g_thread_join (thread);
  g_assert_cmpint (fixture_wait_closed (fixture, 0)->outcome, ==, BOUNCE_ASSOCIATION_RELEASED);
}

/* One that sends nothing is not waited for. */
static void
test_stop_ends_idle (void)
{
  g_autoptr (Fixture) fixture = fixture_new ();
  gint64 start = g_get_monotonic_time ();
  int fd = raw_open (fixture_port (fixture), raw_storage);

  g_assert_cmphex (raw_store (fd, 1), ==, 0);
  fixture_stop (fixture, 60000);
  g_assert_cmpint (g_get_monotonic_time () - start, <, 30 * G_TIME_SPAN_SECOND);
  raw_expect (fd, PDU_ABORTED);
  close (fd);
}

static void
test_stop_aborts (void)
{
  g_autoptr (Fixture) fixture = fixture_new ();
  g_autoptr (GByteArray) dataset = make_dataset ("");
  int fd = raw_open (fixture_port (fixture), raw_storage);

  raw_send_store_command (fd, 1);
  raw_send_pdata (fd, RAW_STORAGE_CONTEXT, FALSE, FALSE, dataset);
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
  int fd = raw_open (fixture_port (fixture), raw_storage);

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

  raw_assert_serves (fixture_port (fixture));
  g_assert_cmpstr (fixture_wait_closed (fixture, 0)->address, ==, "127.0.0.1");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/dicom/listener/store", test_store);
  g_test_add_func ("/dicom/listener/fragments", test_fragments);
  g_test_add_func ("/dicom/listener/statuses", test_statuses);
  g_test_add_func ("/dicom/listener/no-sink", test_no_sink);
  g_test_add_func ("/dicom/listener/refused-midway", test_refused_midway);
  g_test_add_func ("/dicom/listener/refused-commands", test_refused_commands);
  g_test_add_func ("/dicom/listener/cancel-has-no-answer", test_cancel_has_no_answer);
  g_test_add_func ("/dicom/listener/negotiation", test_negotiation);
  g_test_add_func ("/dicom/listener/transfer-syntaxes", test_transfer_syntaxes);
  g_test_add_func ("/dicom/listener/log", test_log);
  g_test_add_func ("/dicom/listener/unknown-peer-is-rejected", test_unknown_peer_is_rejected);
  g_test_add_func ("/dicom/listener/other-application-context", test_other_application_context);
  g_test_add_func ("/dicom/listener/other-protocol-version", test_other_protocol_version);
  g_test_add_func ("/dicom/listener/cap", test_cap);
  g_test_add_func ("/dicom/listener/stop-when-idle", test_stop_when_idle);
  g_test_add_func ("/dicom/listener/stop-drains", test_stop_drains);
  g_test_add_func ("/dicom/listener/stop-ends-idle", test_stop_ends_idle);
  g_test_add_func ("/dicom/listener/stop-aborts", test_stop_aborts);
  g_test_add_func ("/dicom/listener/unref-stops", test_unref_stops);
  g_test_add_func ("/dicom/listener/bind-errors", test_bind_errors);
  g_test_add_func ("/dicom/listener/both-families", test_both_families);
  return g_test_run ();
}
