/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "bounce-command.h"

#include "dicom-bytes.h"

#include <string.h>

static void
assert_error (const GByteArray *bytes, int code)
{
  BounceCommand command;
  g_autoptr (GError) error = NULL;

  g_assert_false (bounce_command_parse (bytes->data, bytes->len, &command, &error));
  g_assert_error (error, BOUNCE_DICOM_ERROR, code);
}

static void
test_store (void)
{
  g_autoptr (GByteArray) bytes = make_store_command (7, CT_STORAGE, "1.2.3");
  BounceCommand command;
  g_autoptr (GError) error = NULL;

  g_assert_true (bounce_command_parse (bytes->data, bytes->len, &command, &error));
  g_assert_no_error (error);
  g_assert_cmpint (command.field, ==, BOUNCE_COMMAND_C_STORE_RQ);
  g_assert_cmpint (command.message_id, ==, 7);
  g_assert_true (command.has_data_set);
  g_assert_cmpstr (command.affected_sop_class_uid, ==, CT_STORAGE);
  g_assert_cmpstr (command.affected_sop_instance_uid, ==, "1.2.3");
}

static void
test_echo (void)
{
  g_autoptr (GByteArray) bytes = make_echo_command (65535);
  BounceCommand command;

  g_assert_true (bounce_command_parse (bytes->data, bytes->len, &command, NULL));
  g_assert_cmpint (command.field, ==, BOUNCE_COMMAND_C_ECHO_RQ);
  g_assert_cmpint (command.message_id, ==, 65535);
  g_assert_false (command.has_data_set);
}

/* Every prefix of a command that does not end between elements is malformed, and none is read
 * beyond (the copy is exactly as long, for the sanitizer). */
static void
test_truncated (void)
{
  g_autoptr (GByteArray) bytes = make_store_command (7, CT_STORAGE, "1.2.3");

  for (gsize size = 0; size < bytes->len; size++)
    {
      g_autofree guint8 *copy = g_memdup2 (bytes->data, size);
      g_autoptr (GError) error = NULL;
      BounceCommand command;

      g_assert_false (bounce_command_parse (copy, size, &command, &error));
      g_assert_nonnull (error);
    }
}

static void
test_other_group (void)
{
  g_autoptr (GByteArray) bytes = make_echo_command (1);

  put_element (bytes, TAG (0x0008, 0x0016), NULL, CT_STORAGE);
  assert_error (bytes, BOUNCE_DICOM_ERROR_MALFORMED);
}

static void
test_lying_length (void)
{
  g_autoptr (GByteArray) bytes = make_echo_command (1);

  put_header (bytes, TAG (0x0000, 0x0902), NULL, UNDEFINED);
  put_text (bytes, "text");
  assert_error (bytes, BOUNCE_DICOM_ERROR_MALFORMED);
}

static void
test_wrong_width (void)
{
  static const guint16 elements[] = { 0x0100, 0x0110, 0x0800 };

  for (guint i = 0; i < G_N_ELEMENTS (elements); i++)
    {
      g_autoptr (GByteArray) bytes = make_echo_command (1);

      put_raw (bytes, TAG (0x0000, elements[i]), NULL, "\1\0\0\0", 4);
      assert_error (bytes, BOUNCE_DICOM_ERROR_MALFORMED);
    }
}

static void
test_nested (void)
{
  g_autoptr (GByteArray) bytes = make_echo_command (1);

  put_nested (bytes, 500, TRUE);
  assert_error (bytes, BOUNCE_DICOM_ERROR_MALFORMED);
}

static void
test_too_long (void)
{
  g_autoptr (GByteArray) bytes = make_echo_command (1);

  while (bytes->len <= BOUNCE_COMMAND_MAX_BYTES)
    put_element (bytes, TAG (0x0000, 0x0902), NULL, "a comment");
  assert_error (bytes, BOUNCE_DICOM_ERROR_MALFORMED);
}

static void
test_bad_uids (void)
{
  static const char *const bad[] = {
    "../../etc/passwd",
    "1.2..3",
    "1.2.3/4",
    ".1",
    "1.",
    "",
    "1.2.a",
    "1.2345678901234567890123456789012345678901234567890123456789012345", /* 66 */
  };

  for (guint i = 0; i < G_N_ELEMENTS (bad); i++)
    {
      g_autoptr (GByteArray) bytes = make_store_command (9, CT_STORAGE, bad[i]);
      g_autoptr (GByteArray) class_bytes = make_store_command (9, bad[i], "1.2.3");
      BounceCommand command;

      assert_error (class_bytes, BOUNCE_DICOM_ERROR_BAD_UID);
      assert_error (bytes, BOUNCE_DICOM_ERROR_BAD_UID);
      bounce_command_parse (bytes->data, bytes->len, &command, NULL);
      g_assert_cmpint (command.message_id, ==, 9);
      g_assert_true (command.has_data_set);
    }
}

static void
test_embedded_nul (void)
{
  g_autoptr (GByteArray) bytes = make_store_command (9, CT_STORAGE, "1.2.3");

  put_raw (bytes, TAG (0x0000, 0x1000), NULL, "1.2\0.4", 6);
  assert_error (bytes, BOUNCE_DICOM_ERROR_BAD_UID);
}

/* What is sent back reads as what DICOM asks for. */
static void
test_response (void)
{
  static const guint8 expected[] = {
    0, 0, 0x00, 0x00, 4, 0, 0, 0, 0x52, 0,    0,   0,                       /* group length */
    0, 0, 0x02, 0x00, 4, 0, 0, 0, '1',  '.',  '2', 0,                       /* class */
    0, 0, 0x00, 0x01, 2, 0, 0, 0, 0x01, 0x80,                               /* C-STORE-RSP */
    0, 0, 0x20, 0x01, 2, 0, 0, 0, 0x02, 0x01,                               /* message */
    0, 0, 0x00, 0x08, 2, 0, 0, 0, 0x01, 0x01,                               /* no data set */
    0, 0, 0x00, 0x09, 2, 0, 0, 0, 0x00, 0xA7,                               /* status */
    0, 0, 0x02, 0x09, 8, 0, 0, 0, 'n',  'o',  ' ', 's', 'p', 'c', 'e', ' ', /* comment */
    0, 0, 0x00, 0x10, 6, 0, 0, 0, '1',  '.',  '2', '.', '3', '3',           /* instance */
  };
  const BounceCommand request = { .field = 0x0001,
                                  .message_id = 0x0102,
                                  .affected_sop_class_uid = "1.2",
                                  .affected_sop_instance_uid = "1.2.33" };
  g_autoptr (GBytes) bytes = bounce_command_new_response (&request, 0xA700, "no spce");
  gsize size;
  const guint8 *data = g_bytes_get_data (bytes, &size);

  g_assert_cmpmem (data, size, expected, sizeof expected);
}

static void
test_long_comment (void)
{
  const BounceCommand request = { .field = 0x0030, .message_id = 1 };
  g_autofree char *comment = g_strnfill (200, 'x');
  g_autoptr (GBytes) bytes = bounce_command_new_response (&request, 0, comment);
  g_autoptr (GBytes) without = bounce_command_new_response (&request, 0, NULL);

  g_assert_cmpint (g_bytes_get_size (bytes) - g_bytes_get_size (without), ==, 8 + 64);
}

static void
test_comment_is_ascii (void)
{
  const BounceCommand request = { .field = 0x0030, .message_id = 1 };
  g_autoptr (GBytes) bytes = bounce_command_new_response (&request, 0, "a\\\xC3\xBC\n");
  gsize size;
  const guint8 *data = g_bytes_get_data (bytes, &size);

  g_assert_cmpmem (data + size - 6, 6, "a???? ", 6);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/dicom/command/store", test_store);
  g_test_add_func ("/dicom/command/echo", test_echo);
  g_test_add_func ("/dicom/command/truncated", test_truncated);
  g_test_add_func ("/dicom/command/other-group", test_other_group);
  g_test_add_func ("/dicom/command/lying-length", test_lying_length);
  g_test_add_func ("/dicom/command/wrong-width", test_wrong_width);
  g_test_add_func ("/dicom/command/nested", test_nested);
  g_test_add_func ("/dicom/command/too-long", test_too_long);
  g_test_add_func ("/dicom/command/bad-uids", test_bad_uids);
  g_test_add_func ("/dicom/command/embedded-nul", test_embedded_nul);
  g_test_add_func ("/dicom/command/response", test_response);
  g_test_add_func ("/dicom/command/long-comment", test_long_comment);
  g_test_add_func ("/dicom/command/comment-is-ascii", test_comment_is_ascii);
  return g_test_run ();
}
