/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "bounce-dataset-head.h"

#include "bounce-test-dirs.h"
#include "dicom-bytes.h"

#include <gio/gio.h>
#include <string.h>

static const BouncePart10Meta meta = { .sop_class_uid = CT_STORAGE,
                                       .sop_instance_uid = "1.2.3.4",
                                       .transfer_syntax_uid = EXPLICIT_LITTLE,
                                       .source_ae = "CT1",
                                       .sending_ae = "MODALITY",
                                       .receiving_ae = "BOUNCE" };

static GByteArray *
make_file (gsize *offset)
{
  g_autoptr (GBytes) header = bounce_part10_header_new (&meta);
  g_autoptr (GByteArray) dataset = make_dataset ("");
  GByteArray *file = g_byte_array_new ();

  *offset = g_bytes_get_size (header);
  g_byte_array_append (file, g_bytes_get_data (header, NULL), (guint) *offset);
  g_byte_array_append (file, dataset->data, dataset->len);
  return file;
}

static char *
run (const char *const *argv)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GSubprocess) process = g_subprocess_newv (
      argv, G_SUBPROCESS_FLAGS_STDOUT_PIPE | G_SUBPROCESS_FLAGS_STDERR_MERGE, &error);
  char *output = NULL;

  g_assert_no_error (error);
  g_subprocess_communicate_utf8 (process, NULL, NULL, &output, NULL, &error);
  g_assert_no_error (error);
  g_test_message ("%s", output);
  g_assert_cmpint (g_subprocess_get_exit_status (process), ==, 0);
  return output;
}

/* DCMTK reads what we wrote, without a warning. */
static void
test_read_by_dcmtk (void)
{
  g_autoptr (BounceTestDirs) dirs = bounce_test_dirs_new ();
  g_autofree char *path = g_build_filename (bounce_test_dirs_get_root (dirs), "written.dcm", NULL);
  static const char *const lines[] = {
    "(0002,0000) UL ",
    "(0002,0001) OB 00\\01",
    "(0002,0002) UI =CTImageStorage",
    "(0002,0003) UI [1.2.3.4]",
    "(0002,0010) UI =LittleEndianExplicit",
    "(0002,0012) UI [" BOUNCE_IMPLEMENTATION_CLASS_UID "]",
    "(0002,0013) SH [" BOUNCE_IMPLEMENTATION_VERSION_NAME "]",
    "(0002,0016) AE [CT1]",
    "(0002,0017) AE [MODALITY]",
    "(0002,0018) AE [BOUNCE]",
    "(0010,0010) PN [Doe^Jane]",
  };
  const char *const dump[] = { "dcmdump", path, NULL };
  const char *const ftest[] = { "dcmftest", path, NULL };
  g_autofree char *output = NULL;
  g_autofree char *tested = NULL;
  gsize offset;
  g_autoptr (GByteArray) file = make_file (&offset);

  g_assert_true (g_file_set_contents (path, (const char *) file->data, (gssize) file->len, NULL));
  output = run (dump);
  for (guint i = 0; i < G_N_ELEMENTS (lines); i++)
    g_assert_nonnull (strstr (output, lines[i]));
  g_assert_null (strstr (output, "W:"));
  g_assert_null (strstr (output, "E:"));
  tested = run (ftest);
  g_assert_true (g_str_has_prefix (tested, "yes:"));
}

static void
test_group_length (void)
{
  gsize offset;
  g_autoptr (GByteArray) file = make_file (&offset);
  guint32 length;

  memcpy (&length, file->data + 140, sizeof length);
  g_assert_cmpint (GUINT32_FROM_LE (length), ==, offset - 144);
}

static void
test_without_titles (void)
{
  const BouncePart10Meta bare = { .sop_class_uid = CT_STORAGE,
                                  .sop_instance_uid = "1.2",
                                  .transfer_syntax_uid = IMPLICIT_LITTLE,
                                  .source_ae = "" };
  g_autoptr (GBytes) header = bounce_part10_header_new (&bare);
  g_autofree char *syntax = NULL;
  gsize size, offset;
  const guint8 *data = g_bytes_get_data (header, &size);

  g_assert_true (bounce_part10_find_dataset (data, size, &offset, &syntax, NULL));
  g_assert_cmpint (offset, ==, size);
  g_assert_cmpstr (syntax, ==, IMPLICIT_LITTLE);
}

static void
assert_found (const guint8 *data, gsize size, gsize expected_offset, const char *expected_syntax)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *syntax = NULL;
  gsize offset;

  g_assert_true (bounce_part10_find_dataset (data, size, &offset, &syntax, &error));
  g_assert_no_error (error);
  g_assert_cmpint (offset, ==, expected_offset);
  g_assert_cmpstr (syntax, ==, expected_syntax);
}

static void
test_find (void)
{
  gsize offset;
  g_autoptr (GByteArray) file = make_file (&offset);
  g_autoptr (GByteArray) implicit = make_dataset (NULL);

  assert_found (file->data, file->len, offset, EXPLICIT_LITTLE);
  /* A wrong group length is not believed. */
  memset (file->data + 140, 0xFF, 4);
  assert_found (file->data, file->len, offset, EXPLICIT_LITTLE);
  /* Without preamble; without any head. */
  assert_found (file->data + 132, file->len - 132, offset - 132, EXPLICIT_LITTLE);
  assert_found (file->data + offset, file->len - offset, 0, EXPLICIT_LITTLE);
  assert_found (implicit->data, implicit->len, 0, IMPLICIT_LITTLE);
}

static void
assert_error (const guint8 *data, gsize size, int code)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *syntax = NULL;
  gsize offset;

  g_assert_false (bounce_part10_find_dataset (data, size, &offset, &syntax, &error));
  g_assert_error (error, BOUNCE_DICOM_ERROR, code);
  g_assert_null (syntax);
}

static void
test_not_dicom (void)
{
  static const char html[] = "<!DOCTYPE html><html><body>no DICOM</body></html>";
  BouncePart10Meta bad = meta;
  g_autoptr (GBytes) header = NULL;
  gsize size;
  const guint8 *data;

  assert_error ((const guint8 *) html, sizeof html, BOUNCE_DICOM_ERROR_MALFORMED);
  assert_error (NULL, 0, BOUNCE_DICOM_ERROR_MALFORMED);
  bad.transfer_syntax_uid = "../../x";
  header = bounce_part10_header_new (&bad);
  data = g_bytes_get_data (header, &size);
  assert_error (data, size, BOUNCE_DICOM_ERROR_BAD_UID);
}

/* Cut anywhere and with any byte changed: an answer, and no read beyond the end. */
static void
test_damaged (void)
{
  gsize whole;
  g_autoptr (GByteArray) file = make_file (&whole);
  g_autoptr (GRand) rand = g_rand_new_with_seed (5);

  for (gsize size = 0; size < file->len; size++)
    for (guint round = 0; round < 20; round++)
      {
        g_autofree guint8 *copy = g_memdup2 (file->data, size);
        g_autofree char *syntax = NULL;
        gsize offset = 0;

        if (round > 0 && size > 132)
          copy[g_rand_int_range (rand, 128, (gint32) size)] =
              (guint8) g_rand_int_range (rand, 0, 256);
        if (bounce_part10_find_dataset (copy, size, &offset, &syntax, NULL))
          g_assert_cmpint (offset, <=, size);
      }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/dicom/part10/read-by-dcmtk", test_read_by_dcmtk);
  g_test_add_func ("/dicom/part10/group-length", test_group_length);
  g_test_add_func ("/dicom/part10/without-titles", test_without_titles);
  g_test_add_func ("/dicom/part10/find", test_find);
  g_test_add_func ("/dicom/part10/not-dicom", test_not_dicom);
  g_test_add_func ("/dicom/part10/damaged", test_damaged);
  return g_test_run ();
}
