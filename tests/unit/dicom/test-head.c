/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "bounce-dataset-head.h"

#include "dicom-bytes.h"

#include <gio/gio.h>
#include <string.h>

#define JPEG_BASELINE "1.2.840.10008.1.2.4.50"

static BounceInstanceHead *
parse (const GByteArray *bytes, const char *syntax)
{
  g_autoptr (GError) error = NULL;
  BounceInstanceHead *head = bounce_dataset_head_parse (bytes->data, bytes->len, syntax, &error);

  g_assert_no_error (error);
  g_assert_cmpstr (head->transfer_syntax_uid, ==, syntax);
  return head;
}

static void
assert_head (const GByteArray *bytes, const char *syntax)
{
  g_autoptr (BounceInstanceHead) head = parse (bytes, syntax);

  g_assert_cmpstr (head->study_uid, ==, "1.2.3");
  g_assert_cmpstr (head->series_uid, ==, "1.2.3.1");
  g_assert_cmpstr (head->sop_instance_uid, ==, "1.2.3.4");
  g_assert_cmpstr (head->patient_name, ==, "Doe^Jane");
}

static void
assert_error (const GByteArray *bytes, const char *syntax, int code)
{
  g_autoptr (GError) error = NULL;

  g_assert_null (bounce_dataset_head_parse (bytes->data, bytes->len, syntax, &error));
  g_assert_error (error, BOUNCE_DICOM_ERROR, code);
}

/* Every tag that is wanted, in every encoding that text may have. */
static void
test_all_tags (void)
{
  g_autoptr (GByteArray) bytes = g_byte_array_new ();
  g_autoptr (BounceInstanceHead) head = NULL;

  put_element (bytes, TAG (0x0008, 0x0005), "CS", "ISO_IR 100");
  put_element (bytes, TAG (0x0008, 0x0016), "UI", CT_STORAGE);
  put_element (bytes, TAG (0x0008, 0x0018), "UI", "1.2.3.4");
  put_element (bytes, TAG (0x0008, 0x0020), "DA", "20240131");
  put_element (bytes, TAG (0x0008, 0x0030), "TM", "235959.5");
  put_element (bytes, TAG (0x0008, 0x0050), "SH", "A-17 ");
  put_element (bytes, TAG (0x0008, 0x0060), "CS", "CT");
  put_element (bytes, TAG (0x0008, 0x0080), "LO", "H\xF4pital");
  put_element (bytes, TAG (0x0008, 0x0090), "PN", "House^Greg");
  put_element (bytes, TAG (0x0008, 0x1030), "LO", "Thorax");
  put_element (bytes, TAG (0x0008, 0x103E), "LO", "axial");
  put_element (bytes, TAG (0x0010, 0x0010), "PN", "M\xFCller^J\xF6rg");
  put_element (bytes, TAG (0x0010, 0x0020), "LO", "P1");
  put_element (bytes, TAG (0x0010, 0x0030), "DA", "19700101");
  put_element (bytes, TAG (0x0010, 0x0040), "CS", "M");
  put_element (bytes, TAG (0x0018, 0x0015), "CS", "CHEST");
  put_element (bytes, TAG (0x0018, 0x1030), "LO", "protocol");
  put_element (bytes, TAG (0x0020, 0x000D), "UI", "1.2.3");
  put_element (bytes, TAG (0x0020, 0x000E), "UI", "1.2.3.1");
  put_element (bytes, TAG (0x0020, 0x0011), "IS", " 12 ");

  head = parse (bytes, EXPLICIT_LITTLE);
  g_assert_cmpstr (head->sop_class_uid, ==, CT_STORAGE);
  g_assert_cmpstr (head->study_date, ==, "20240131");
  g_assert_cmpstr (head->study_time, ==, "235959.5");
  g_assert_cmpstr (head->accession_number, ==, "A-17");
  g_assert_cmpstr (head->modality, ==, "CT");
  g_assert_cmpstr (head->institution_name, ==, "Hôpital");
  g_assert_cmpstr (head->referring_physician, ==, "House^Greg");
  g_assert_cmpstr (head->study_description, ==, "Thorax");
  g_assert_cmpstr (head->series_description, ==, "axial");
  g_assert_cmpstr (head->patient_name, ==, "Müller^Jörg");
  g_assert_cmpstr (head->patient_id, ==, "P1");
  g_assert_cmpstr (head->patient_birth_date, ==, "19700101");
  g_assert_cmpstr (head->patient_sex, ==, "M");
  g_assert_cmpstr (head->body_part, ==, "CHEST");
  g_assert_cmpstr (head->protocol_name, ==, "protocol");
  g_assert_true (head->has_series_number);
  g_assert_cmpint (head->series_number, ==, 12);
}

static void
test_encodings (void)
{
  g_autoptr (GByteArray) explicit_bytes = make_dataset ("");
  g_autoptr (GByteArray) implicit_bytes = make_dataset (NULL);

  assert_head (explicit_bytes, EXPLICIT_LITTLE);
  assert_head (explicit_bytes, JPEG_BASELINE);
  assert_head (explicit_bytes, "1.2.3.4.5.6"); /* private */
  assert_head (implicit_bytes, IMPLICIT_LITTLE);
  /* Wrongly labelled. */
  assert_head (implicit_bytes, EXPLICIT_LITTLE);
  assert_head (explicit_bytes, IMPLICIT_LITTLE);
}

static void
put_big (GByteArray *out, guint32 tag, const char *vr, const char *value)
{
  put_header_big (out, tag, vr, (guint32) strlen (value));
  put_text (out, value);
}

static void
test_big_endian (void)
{
  g_autoptr (GByteArray) bytes = g_byte_array_new ();

  put_big (bytes, TAG (0x0008, 0x0018), "UI", "1.2.3.4");
  put_header_big (bytes, TAG (0x0008, 0x1140), "SQ", UNDEFINED);
  put_header_big (bytes, TAG (0xFFFE, 0xE000), NULL, UNDEFINED);
  put_big (bytes, TAG (0x0008, 0x1155), "UI", "9.9");
  put_header_big (bytes, TAG (0xFFFE, 0xE00D), NULL, 0);
  put_header_big (bytes, TAG (0xFFFE, 0xE0DD), NULL, 0);
  put_big (bytes, TAG (0x0010, 0x0010), "PN", "Doe^Jane");
  put_big (bytes, TAG (0x0020, 0x000D), "UI", "1.2.3");
  put_big (bytes, TAG (0x0020, 0x000E), "UI", "1.2.3.1");
  assert_head (bytes, EXPLICIT_BIG);
}

static GByteArray *
deflate (const GByteArray *bytes, GZlibCompressorFormat format)
{
  g_autoptr (GConverter) converter = G_CONVERTER (g_zlib_compressor_new (format, 6));
  GByteArray *out = g_byte_array_new ();
  guint8 chunk[4096];
  gsize offset = 0;
  GConverterResult result = G_CONVERTER_CONVERTED;

  while (result != G_CONVERTER_FINISHED)
    {
      gsize n_read = 0, n_written = 0;
      g_autoptr (GError) error = NULL;

      result =
          g_converter_convert (converter, bytes->data + offset, bytes->len - offset, chunk,
                               sizeof chunk, G_CONVERTER_INPUT_AT_END, &n_read, &n_written, &error);
      g_assert_no_error (error);
      offset += n_read;
      g_byte_array_append (out, chunk, (guint) n_written);
    }
  return out;
}

static void
test_deflated (void)
{
  g_autoptr (GByteArray) bytes = make_dataset ("");
  g_autoptr (GByteArray) raw = deflate (bytes, G_ZLIB_COMPRESSOR_FORMAT_RAW);

  assert_head (raw, DEFLATED_LITTLE);
  g_byte_array_set_size (raw, 20);
  assert_error (raw, DEFLATED_LITTLE, BOUNCE_DICOM_ERROR_BAD_UID);
  memset (raw->data, 0xFF, raw->len);
  assert_error (raw, DEFLATED_LITTLE, BOUNCE_DICOM_ERROR_BAD_UID);
}

/* 64 MB of zeros in 64 KB, before any UID: given up, in bounded time and memory. */
static void
test_deflate_bomb (void)
{
  g_autoptr (GByteArray) zeros = g_byte_array_new ();
  g_autoptr (GByteArray) bomb = NULL;

  put_header (zeros, TAG (0x0008, 0x0001), "OB", 64 * 1024 * 1024);
  g_byte_array_set_size (zeros, 64 * 1024 * 1024);
  memset (zeros->data + 12, 0, zeros->len - 12);
  bomb = deflate (zeros, G_ZLIB_COMPRESSOR_FORMAT_RAW);
  assert_error (bomb, DEFLATED_LITTLE, BOUNCE_DICOM_ERROR_BAD_UID);
}

/* Wherever it is cut, nothing is read beyond, and what came before is there. */
static void
test_truncated (void)
{
  g_autoptr (GByteArray) bytes = make_dataset ("");

  for (gsize size = 0; size < bytes->len; size++)
    {
      g_autofree guint8 *copy = g_memdup2 (bytes->data, size);
      g_autoptr (GError) error = NULL;

      g_assert_null (bounce_dataset_head_parse (copy, size, EXPLICIT_LITTLE, &error));
      g_assert_error (error, BOUNCE_DICOM_ERROR, BOUNCE_DICOM_ERROR_BAD_UID);
    }
  /* Truncated in the pixel data: all is well. */
  put_header (bytes, TAG (0x7FE0, 0x0010), "OW", 1000000);
  put_text (bytes, "pixels");
  assert_head (bytes, EXPLICIT_LITTLE);
}

static GByteArray *
make_nested_dataset (guint depth, gboolean is_implicit)
{
  GByteArray *bytes = g_byte_array_new ();

  put_nested (bytes, depth, is_implicit);
  for (guint i = 0; i < depth; i++)
    {
      put_header (bytes, TAG (0xFFFE, 0xE00D), NULL, 0);
      put_header (bytes, TAG (0xFFFE, 0xE0DD), NULL, 0);
    }
  {
    g_autoptr (GByteArray) rest = make_dataset (is_implicit ? NULL : "");

    g_byte_array_append (bytes, rest->data, rest->len);
  }
  return bytes;
}

static void
test_depth (void)
{
  for (guint is_implicit = 0; is_implicit < 2; is_implicit++)
    {
      const char *syntax = is_implicit ? IMPLICIT_LITTLE : EXPLICIT_LITTLE;
      g_autoptr (GByteArray) deep = make_nested_dataset (64, is_implicit);
      g_autoptr (GByteArray) too_deep = make_nested_dataset (65, is_implicit);
      g_autoptr (GByteArray) bomb = make_nested_dataset (100000, is_implicit);

      assert_head (deep, syntax);
      assert_error (too_deep, syntax, BOUNCE_DICOM_ERROR_TOO_DEEP);
      assert_error (bomb, syntax, BOUNCE_DICOM_ERROR_TOO_DEEP);
    }
}

/* Each sequence in one of defined length, from the inside out. */
static void
test_depth_of_defined_lengths (void)
{
  g_autoptr (GByteArray) inner = g_byte_array_new ();
  g_autoptr (GByteArray) rest = make_dataset (NULL);

  for (guint i = 0; i < 65; i++)
    {
      g_autoptr (GByteArray) outer = g_byte_array_new ();

      put_header (outer, TAG (0x0008, 0x1140), NULL, inner->len + 8);
      put_header (outer, TAG (0xFFFE, 0xE000), NULL, inner->len);
      g_byte_array_append (outer, inner->data, inner->len);
      g_byte_array_unref (inner);
      inner = g_steal_pointer (&outer);
    }
  g_byte_array_append (inner, rest->data, rest->len);
  assert_error (inner, IMPLICIT_LITTLE, BOUNCE_DICOM_ERROR_TOO_DEEP);
}

/* What lies before the UIDs and must not keep them from being found. */
static void
test_obstacles (void)
{
  g_autoptr (GByteArray) bytes = g_byte_array_new ();
  g_autoptr (GByteArray) rest = make_dataset ("");
  guint inside;

  /* A sequence whose item claims more than the sequence has. */
  put_header (bytes, TAG (0x0008, 0x0006), "SQ", 20);
  put_header (bytes, TAG (0xFFFE, 0xE000), NULL, 500);
  put_text (bytes, "twelve bytes");
  /* An item that is no item. */
  put_header (bytes, TAG (0x0008, 0x0007), "SQ", 10);
  put_element (bytes, TAG (0x0008, 0x0060), "CS", "MR");
  /* An element that runs beyond its item, and a stub of a header. */
  put_header (bytes, TAG (0x0008, 0x0008), "SQ", 24);
  put_header (bytes, TAG (0xFFFE, 0xE000), NULL, 16);
  put_header (bytes, TAG (0x0008, 0x0060), "CS", 100);
  put_text (bytes, "eight by");
  put_header (bytes, TAG (0x0008, 0x0008), "SQ", 11);
  put_header (bytes, TAG (0xFFFE, 0xE000), NULL, 3);
  put_text (bytes, "abc");
  /* Unknown of undefined length: implicit inside. */
  put_header (bytes, TAG (0x0008, 0x0009), "UN", UNDEFINED);
  put_header (bytes, TAG (0xFFFE, 0xE000), NULL, UNDEFINED);
  put_element (bytes, TAG (0x0008, 0x0018), NULL, "6.6.6");
  put_header (bytes, TAG (0xFFFE, 0xE00D), NULL, 0);
  put_header (bytes, TAG (0xFFFE, 0xE0DD), NULL, 0);
  /* An icon in fragments, one of which looks like the end. */
  put_header (bytes, TAG (0x0008, 0x000A), "OB", UNDEFINED);
  put_header (bytes, TAG (0xFFFE, 0xE000), NULL, 0);
  put_header (bytes, TAG (0xFFFE, 0xE000), NULL, 8);
  put_header (bytes, TAG (0xFFFE, 0xE0DD), NULL, 0);
  put_header (bytes, TAG (0xFFFE, 0xE0DD), NULL, 0);
  /* A VR nobody knows, in the long form. */
  inside = bytes->len;
  put_header (bytes, TAG (0x0008, 0x000B), "OB", 4);
  memcpy (bytes->data + inside + 4, "ZZ", 2);
  put_text (bytes, "abcd");
  /* No VR at all. */
  put_header (bytes, TAG (0x0008, 0x000C), NULL, 4);
  put_text (bytes, "abcd");

  g_byte_array_append (bytes, rest->data, rest->len);
  assert_head (bytes, EXPLICIT_LITTLE);
}

/* 2 MB of private data before the study: found when streaming. */
static void
test_far_away (void)
{
  g_autoptr (GByteArray) bytes = g_byte_array_new ();
  g_autoptr (GByteArray) rest = make_dataset ("");

  put_header (bytes, TAG (0x0007, 0x1010), "OB", 2 * 1024 * 1024);
  g_byte_array_set_size (bytes, bytes->len + 2 * 1024 * 1024);
  g_byte_array_append (bytes, rest->data, rest->len);
  assert_head (bytes, EXPLICIT_LITTLE);
}

static void
test_out_of_order (void)
{
  g_autoptr (GByteArray) bytes = g_byte_array_new ();
  g_autoptr (GByteArray) rest = make_dataset ("");

  put_element (bytes, TAG (0x0028, 0x0010), "US", "ab");
  g_byte_array_append (bytes, rest->data, rest->len);
  assert_head (bytes, EXPLICIT_LITTLE);
}

/* The same in pieces of any size. */
static void
test_pieces (void)
{
  g_autoptr (GByteArray) bytes = make_nested_dataset (10, FALSE);
  g_autoptr (GByteArray) packed = deflate (bytes, G_ZLIB_COMPRESSOR_FORMAT_RAW);

  for (gsize piece = 1; piece < bytes->len; piece++)
    for (guint is_packed = 0; is_packed < 2; is_packed++)
      {
        const GByteArray *in = is_packed ? packed : bytes;
        g_autoptr (BounceHeadReader) reader =
            bounce_head_reader_new (is_packed ? DEFLATED_LITTLE : EXPLICIT_LITTLE);
        g_autoptr (BounceInstanceHead) head = NULL;
        g_autoptr (GError) error = NULL;

        for (gsize i = 0; i < in->len; i += piece)
          {
            g_autofree guint8 *copy = g_memdup2 (in->data + i, MIN (piece, in->len - i));

            bounce_head_reader_feed (reader, copy, MIN (piece, in->len - i));
          }
        head = bounce_head_reader_finish (reader, &error);
        g_assert_no_error (error);
        g_assert_cmpstr (head->study_uid, ==, "1.2.3");
      }
}

static void
test_reader_says_enough (void)
{
  g_autoptr (BounceHeadReader) reader = bounce_head_reader_new (EXPLICIT_LITTLE);
  g_autoptr (GByteArray) bytes = make_dataset ("");
  g_autoptr (GByteArray) more = g_byte_array_new ();

  g_assert_true (bounce_head_reader_feed (reader, bytes->data, bytes->len));
  put_header (more, TAG (0x7FE0, 0x0010), "OW", 1000000);
  g_assert_false (bounce_head_reader_feed (reader, more->data, more->len));
  g_assert_false (bounce_head_reader_feed (reader, more->data, more->len));
}

static void
test_bad_uids (void)
{
  static const struct
  {
    guint32 tag;
    const char *value;
  } cases[] = {
    { TAG (0x0008, 0x0018), "../x" },
    { TAG (0x0008, 0x0018), "" },
    { TAG (0x0020, 0x000D), "1..2" },
    { TAG (0x0020, 0x000D), "" },
    { TAG (0x0020, 0x000E), "1.2/3" },
    { TAG (0x0020, 0x000E), "" },
    { TAG (0x0020, 0x000D), "1.2345678901234567890123456789012345678901234567890123456789012345" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      static const guint32 tags[] = { TAG (0x0008, 0x0018), TAG (0x0020, 0x000D),
                                      TAG (0x0020, 0x000E) };
      g_autoptr (GByteArray) bytes = g_byte_array_new ();

      for (guint j = 0; j < G_N_ELEMENTS (tags); j++)
        put_element (bytes, tags[j], "UI", tags[j] == cases[i].tag ? cases[i].value : "1.2");
      assert_error (bytes, EXPLICIT_LITTLE, BOUNCE_DICOM_ERROR_BAD_UID);
    }
}

/* One bad tag costs that tag. */
static void
test_bad_values (void)
{
  g_autoptr (GByteArray) bytes = g_byte_array_new ();
  g_autoptr (GByteArray) rest = make_dataset ("");
  g_autofree char *novel = g_strnfill (5000, 'x');
  g_autoptr (BounceInstanceHead) head = NULL;

  put_element (bytes, TAG (0x0008, 0x1030), "LO", novel);
  g_byte_array_append (bytes, rest->data, rest->len);
  put_element (bytes, TAG (0x0020, 0x0011), "IS", "twelve");
  head = parse (bytes, EXPLICIT_LITTLE);
  g_assert_null (head->study_description);
  g_assert_false (head->has_series_number);
  g_assert_null (head->modality);
  assert_head (bytes, EXPLICIT_LITTLE);
}

/* An invalid SOP class is as good as none: the command has it. */
static void
test_bad_class (void)
{
  g_autoptr (GByteArray) bytes = g_byte_array_new ();
  g_autoptr (GByteArray) rest = make_dataset ("");
  g_autoptr (BounceInstanceHead) head = NULL;

  put_element (bytes, TAG (0x0008, 0x0016), "UI", "\xFF/..");
  g_byte_array_append (bytes, rest->data, rest->len);
  head = parse (bytes, EXPLICIT_LITTLE);
  g_assert_null (head->sop_class_uid);
}

static void
test_random_bytes (void)
{
  g_autoptr (GRand) rand = g_rand_new_with_seed (1);
  g_autoptr (GByteArray) valid = make_nested_dataset (5, FALSE);

  for (guint round = 0; round < 20000; round++)
    {
      g_autofree guint8 *copy = g_memdup2 (valid->data, valid->len);
      g_autoptr (BounceInstanceHead) head = NULL;

      for (guint n = 0; n < 1 + round % 8; n++)
        copy[g_rand_int_range (rand, 0, (gint32) valid->len)] =
            (guint8) g_rand_int_range (rand, 0, 256);
      head = bounce_dataset_head_parse (copy, valid->len, EXPLICIT_LITTLE, NULL);
      if (head != NULL && head->patient_name != NULL)
        g_assert_true (g_utf8_validate (head->patient_name, -1, NULL));
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/dicom/head/all-tags", test_all_tags);
  g_test_add_func ("/dicom/head/encodings", test_encodings);
  g_test_add_func ("/dicom/head/big-endian", test_big_endian);
  g_test_add_func ("/dicom/head/deflated", test_deflated);
  g_test_add_func ("/dicom/head/deflate-bomb", test_deflate_bomb);
  g_test_add_func ("/dicom/head/truncated", test_truncated);
  g_test_add_func ("/dicom/head/depth", test_depth);
  g_test_add_func ("/dicom/head/depth-of-defined-lengths", test_depth_of_defined_lengths);
  g_test_add_func ("/dicom/head/obstacles", test_obstacles);
  g_test_add_func ("/dicom/head/far-away", test_far_away);
  g_test_add_func ("/dicom/head/out-of-order", test_out_of_order);
  g_test_add_func ("/dicom/head/pieces", test_pieces);
  g_test_add_func ("/dicom/head/reader-says-enough", test_reader_says_enough);
  g_test_add_func ("/dicom/head/bad-uids", test_bad_uids);
  g_test_add_func ("/dicom/head/bad-values", test_bad_values);
  g_test_add_func ("/dicom/head/bad-class", test_bad_class);
  g_test_add_func ("/dicom/head/random-bytes", test_random_bytes);
  return g_test_run ();
}
