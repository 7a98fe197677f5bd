/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "bounce-associate-request-private.h"
#include "bounce-connection-private.h"
#include "bounce-sop-class-private.h"

#include "dicom-bytes.h"

#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static const char *const contexts[] = { VERIFICATION, IMPLICIT_LITTLE, CT_STORAGE, EXPLICIT_LITTLE,
                                        NULL };

/* Offset of the first presentation context: fixed part and application context. */
#define FIRST_CONTEXT (74 + 4 + 21)

static void
assert_malformed (const guint8 *pdu, gsize size)
{
  g_autofree guint8 *copy = g_memdup2 (pdu, size);
  g_autoptr (GError) error = NULL;

  g_assert_false (bounce_associate_request_check (copy, size, &error));
  g_assert_error (error, BOUNCE_DICOM_ERROR, BOUNCE_DICOM_ERROR_MALFORMED);
}

static void
test_sound (void)
{
  g_autoptr (GByteArray) pdu = make_request ("", "BOUNCE", contexts);
  g_autoptr (GError) error = NULL;

  g_assert_true (bounce_associate_request_check (pdu->data, pdu->len, &error));
  g_assert_no_error (error);
}

/* Ends between items are sound as far as lengths go: everything else is not. */
static void
test_truncated (void)
{
  g_autoptr (GByteArray) pdu = make_request ("A", "B", contexts);
  guint n_sound = 0;

  for (gsize size = 0; size < pdu->len; size++)
    {
      g_autofree guint8 *copy = g_memdup2 (pdu->data, size);

      n_sound += bounce_associate_request_check (copy, size, NULL);
    }
  g_assert_cmpint (n_sound, ==, 4);
}

static void
test_lying_lengths (void)
{
  g_autoptr (GByteArray) pdu = make_request ("A", "B", contexts);

  g_assert_cmpint (pdu->data[FIRST_CONTEXT], ==, 0x20);
  pdu->data[FIRST_CONTEXT + 2] = 0xFF;
  assert_malformed (pdu->data, pdu->len);
  pdu->data[FIRST_CONTEXT + 2] = 0;
  pdu->data[FIRST_CONTEXT + 3]--;
  assert_malformed (pdu->data, pdu->len);
}

static void
test_long_uid (void)
{
  g_autofree char *uid = g_strnfill (65, '1');
  const char *const long_abstract[] = { uid, IMPLICIT_LITTLE, NULL };
  const char *const long_transfer[] = { CT_STORAGE, uid, NULL };
  g_autoptr (GByteArray) a = make_request ("A", "B", long_abstract);
  g_autoptr (GByteArray) b = make_request ("A", "B", long_transfer);

  assert_malformed (a->data, a->len);
  assert_malformed (b->data, b->len);
}

static void
test_no_transfer_syntax (void)
{
  g_autoptr (GByteArray) pdu = make_request ("A", "B", contexts);
  gsize transfer = FIRST_CONTEXT + 8 + 4 + strlen (VERIFICATION);

  g_assert_cmpint (pdu->data[transfer], ==, 0x40);
  pdu->data[transfer] = 0x41;
  assert_malformed (pdu->data, pdu->len);
}

static void
test_many_contexts (void)
{
  const char *many[2 * 129 + 1];
  g_autoptr (GByteArray) pdu = NULL;

  for (guint i = 0; i < 129; i++)
    {
      many[2 * i] = CT_STORAGE;
      many[2 * i + 1] = IMPLICIT_LITTLE;
    }
  many[2 * 129] = NULL;
  pdu = make_request ("A", "B", many);
  assert_malformed (pdu->data, pdu->len);
  many[2 * 128] = NULL;
  g_byte_array_unref (pdu);
  pdu = make_request ("A", "B", many);
  g_assert_true (bounce_associate_request_check (pdu->data, pdu->len, NULL));
}

typedef struct
{
  BounceConnection *connection;
  int peer;
} Ends;

static Ends
connect_ends (guint deadline_ms)
{
  Ends ends;
  int fds[2];

  g_assert_cmpint (socketpair (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds), ==, 0);
  ends.connection = bounce_connection_new (NULL, fds[0], "a test");
  ends.connection->request_deadline_ms = deadline_ms;
  ends.peer = fds[1];
  return ends;
}

static void
assert_not_read (Ends *ends, int code, BounceAbort expected)
{
  g_autoptr (GError) error = NULL;
  BounceAbort answer;

  g_assert_null (bounce_connection_read_request (ends->connection, &answer, &error));
  g_assert_error (error, BOUNCE_DICOM_ERROR, code);
  g_assert_cmpint (answer, ==, expected);
  bounce_connection_free (ends->connection);
  close (ends->peer);
}

static void
test_read (void)
{
  g_autoptr (GByteArray) sent = make_request ("A", "B", contexts);
  g_autoptr (GByteArray) read = NULL;
  g_autoptr (GError) error = NULL;
  Ends ends = connect_ends (10000);
  BounceAbort answer;

  g_assert_cmpint (write (ends.peer, sent->data, sent->len), ==, sent->len);
  g_assert_cmpint (write (ends.peer, "more", 4), ==, 4);
  read = bounce_connection_read_request (ends.connection, &answer, &error);
  g_assert_no_error (error);
  g_assert_cmpmem (read->data, read->len, sent->data, sent->len);
  bounce_connection_free (ends.connection);
  close (ends.peer);
}

static void
test_read_fails (void)
{
  Ends silent = connect_ends (50);
  Ends gone = connect_ends (10000);
  Ends web = connect_ends (10000);
  Ends huge = connect_ends (10000);

  assert_not_read (&silent, BOUNCE_DICOM_ERROR_NETWORK, BOUNCE_ABORT_UNRECOGNISED_PDU);
  shutdown (gone.peer, SHUT_WR);
  assert_not_read (&gone, BOUNCE_DICOM_ERROR_NETWORK, BOUNCE_ABORT_UNRECOGNISED_PDU);
  g_assert_cmpint (write (web.peer, "G", 1), ==, 1);
  assert_not_read (&web, BOUNCE_DICOM_ERROR_MALFORMED, BOUNCE_ABORT_UNRECOGNISED_PDU);
  g_assert_cmpint (write (huge.peer, "\1\0\xFF\xFF\xFF\xFF", 6), ==, 6);
  assert_not_read (&huge, BOUNCE_DICOM_ERROR_MALFORMED, BOUNCE_ABORT_INVALID_PARAMETER);
}

static void
test_storage (void)
{
  static const char *const storage[] = {
    CT_STORAGE,
    "1.2.840.10008.5.1.4.1.1.7",
    "1.2.840.10008.5.1.4.1.1.200.1",
    "1.2.840.10008.5.1.4.1.1.200.7",
    "1.2.840.10008.5.1.4.1.1.201.1",
    "1.2.840.10008.5.1.4.34.7",
    "1.2.840.10008.5.1.4.34.10",
    "1.2.840.10008.5.1.4.38.1",
    "1.2.840.10008.5.1.4.43.1",
    "1.2.840.10008.5.1.1.30",
    "1.2.840.113619.4.30",
    "1.3.12.2.1107.5.9.1", /* Siemens CSA non-image */
    "1.2.840.10008.5.1.4.1.1.999.12345",
  };
  static const char *const other[] = {
    VERIFICATION,
    "1.2.840.10008.1.3.10",
    "1.2.840.10008.1.20.1",
    "1.2.840.10008.3.1.2.3.3",
    "1.2.840.10008.5.1.1.9",
    "1.2.840.10008.5.1.4.1.2.1.1",
    "1.2.840.10008.5.1.4.1.2.2.3",
    "1.2.840.10008.5.1.4.31",
    "1.2.840.10008.5.1.4.32.3",
    "1.2.840.10008.5.1.4.34.6.1",
    "1.2.840.10008.5.1.4.37.1",
    "1.2.840.10008.5.1.4.1.1.200.5",
    "",
    "no uid",
    "1..2",
  };

  for (guint i = 0; i < G_N_ELEMENTS (storage); i++)
    g_assert_true (bounce_sop_class_is_storage (storage[i]));
  for (guint i = 0; i < G_N_ELEMENTS (other); i++)
    g_assert_false (bounce_sop_class_is_storage (other[i]));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/dicom/request/sound", test_sound);
  g_test_add_func ("/dicom/request/truncated", test_truncated);
  g_test_add_func ("/dicom/request/lying-lengths", test_lying_lengths);
  g_test_add_func ("/dicom/request/long-uid", test_long_uid);
  g_test_add_func ("/dicom/request/no-transfer-syntax", test_no_transfer_syntax);
  g_test_add_func ("/dicom/request/many-contexts", test_many_contexts);
  g_test_add_func ("/dicom/request/read", test_read);
  g_test_add_func ("/dicom/request/read-fails", test_read_fails);
  g_test_add_func ("/dicom/request/storage", test_storage);
  return g_test_run ();
}
