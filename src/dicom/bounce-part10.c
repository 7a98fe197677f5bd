/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* The head of a DICOM file: written before received data sets, found in files that are imported.
 *
 * Pure functions; any thread. Source: PS3.10 7.1. */

#include "config.h"

#include "bounce-dataset-head.h"

#include "bounce-uid.h"

#include <string.h>

#define PREAMBLE_BYTES     128
#define MAGIC              "DICM"
#define MAGIC_BYTES        4
#define GROUP_LENGTH_BYTES 12 /* the element (0002,0000) itself */

#define ELEMENT_TRANSFER_SYNTAX 0x0010

#define TRANSFER_SYNTAX_IMPLICIT_LITTLE "1.2.840.10008.1.2"
#define TRANSFER_SYNTAX_EXPLICIT_LITTLE "1.2.840.10008.1.2.1"

static void
append_short_header (GByteArray *bytes, guint16 element, const char *vr, gsize length)
{
  const guint8 header[] = {
    0x02,           0x00,           (guint8) element, (guint8) (element >> 8),
    (guint8) vr[0], (guint8) vr[1], (guint8) length,  (guint8) (length >> 8),
  };

  g_byte_array_append (bytes, header, sizeof header);
}

/* Absent where NULL or empty. */
static void
append_string (GByteArray *bytes, guint16 element, const char *vr, const char *value)
{
  gsize length = value != NULL ? strlen (value) : 0;
  guint8 padding = vr[0] == 'U' ? '\0' : ' ';

  if (length == 0)
    return;
  append_short_header (bytes, element, vr, length + (length & 1));
  g_byte_array_append (bytes, (const guint8 *) value, (guint) length);
  if ((length & 1) != 0)
    g_byte_array_append (bytes, &padding, 1);
}

static void
append_version (GByteArray *bytes)
{
  static const guint8 version[] = {
    0x02, 0x00, 0x01, 0x00, 'O', 'B', 0, 0, 2, 0, 0, 0, 0x00, 0x01
  };

  g_byte_array_append (bytes, version, sizeof version);
}

/**
 * bounce_part10_header_new:
 * @meta: UIDs that are valid, AE titles (nullable) that are
 *
 * Shape: preamble of zeros, DICM, file meta group in explicit little endian with its right length
 * Thread: any
 * Source: PS3.10 7.1
 * Returns: (transfer full): what goes before the data set
 */
GBytes *
bounce_part10_header_new (const BouncePart10Meta *meta)
{
  GByteArray *bytes = g_byte_array_new ();
  guint32 group_length;
  gsize start;

  g_byte_array_set_size (bytes, PREAMBLE_BYTES);
  memset (bytes->data, 0, PREAMBLE_BYTES);
  g_byte_array_append (bytes, (const guint8 *) MAGIC, MAGIC_BYTES);
  append_short_header (bytes, 0x0000, "UL", sizeof group_length);
  g_byte_array_set_size (bytes, bytes->len + sizeof group_length);
  start = bytes->len;

  append_version (bytes);
  append_string (bytes, 0x0002, "UI", meta->sop_class_uid);
  append_string (bytes, 0x0003, "UI", meta->sop_instance_uid);
  append_string (bytes, ELEMENT_TRANSFER_SYNTAX, "UI", meta->transfer_syntax_uid);
  append_string (bytes, 0x0012, "UI", BOUNCE_IMPLEMENTATION_CLASS_UID);
  append_string (bytes, 0x0013, "SH", BOUNCE_IMPLEMENTATION_VERSION_NAME);
  append_string (bytes, 0x0016, "AE", meta->source_ae);
  append_string (bytes, 0x0017, "AE", meta->sending_ae);
  append_string (bytes, 0x0018, "AE", meta->receiving_ae);

  group_length = GUINT32_TO_LE ((guint32) (bytes->len - start));
  memcpy (bytes->data + start - sizeof group_length, &group_length, sizeof group_length);
  return g_byte_array_free_to_bytes (bytes);
}

static guint16
read_u16 (const guint8 *p)
{
  return (guint16) (p[0] | p[1] << 8);
}

static guint32
read_u32 (const guint8 *p)
{
  return (guint32) read_u16 (p) | (guint32) read_u16 (p + 2) << 16;
}

/* Size of the element at @p with its header; 0 if it does not fit. */
static gsize
element_size (const guint8 *p, gsize size, const guint8 **value, gsize *value_size)
{
  static const char *const long_vrs[] = { "OB", "OW", "SQ", "UN", "UT", NULL };
  gsize header = 8;
  guint64 length;

  if (size < header)
    return 0;
  length = read_u16 (p + 6);
  for (gsize i = 0; long_vrs[i] != NULL; i++)
    if (memcmp (p + 4, long_vrs[i], 2) == 0)
      {
        header = 12;
        if (size < header)
          return 0;
        length = read_u32 (p + 8);
      }
  if (length > size - header)
    return 0;
  *value = p + header;
  *value_size = (gsize) length;
  return header + (gsize) length;
}

/* A data set without a file head: the explicit VR of its first element tells. */
static char *
guess_syntax (const guint8 *data, gsize size)
{
  gboolean is_explicit = size >= 6 && g_ascii_isupper (data[4]) && g_ascii_isupper (data[5]);

  return g_strdup (is_explicit ? TRANSFER_SYNTAX_EXPLICIT_LITTLE : TRANSFER_SYNTAX_IMPLICIT_LITTLE);
}

static char *
dup_uid (const guint8 *value, gsize size)
{
  char *uid = g_strndup ((const char *) value, size);

  return g_strchomp (uid);
}

/* Where group 0002 ends. Its own length element is not believed: it is often wrong. */
static gboolean
skip_meta (const guint8 *data, gsize size, gsize *offset, char **syntax)
{
  while (size - *offset >= 2 && read_u16 (data + *offset) == 0x0002)
    {
      const guint8 *value;
      gsize value_size, element;

      element = element_size (data + *offset, size - *offset, &value, &value_size);
      if (element == 0)
        return FALSE;
      if (read_u16 (data + *offset + 2) == ELEMENT_TRANSFER_SYNTAX && *syntax == NULL)
        *syntax = dup_uid (value, value_size);
      *offset += element;
    }
  return TRUE;
}

/* Group 0008 (or 0002) in little endian is how every bare data set begins. */
static gboolean
looks_like_dataset (const guint8 *data, gsize size)
{
  return size >= 8 && (read_u16 (data) == 0x0008 || read_u16 (data) == 0x0002)
         && read_u16 (data + 2) < 0x1000;
}

/**
 * bounce_part10_find_dataset:
 * @data: the first bytes of a file, with its whole meta group
 * @offset: (out): of the data set
 * @transfer_syntax_uid: (out) (transfer full): guessed where the file does not say
 *
 * Files without preamble, or without any head, are accepted if they begin like a data set.
 *
 * Thread: any
 * Errors: %BOUNCE_DICOM_ERROR_MALFORMED when it is no DICOM file or ends within its head;
 * %BOUNCE_DICOM_ERROR_BAD_UID when it names an invalid transfer syntax
 * Source: PS3.10 7.1
 */
gboolean
bounce_part10_find_dataset (
    const guint8 *data, gsize size, gsize *offset, char **transfer_syntax_uid, GError **error)
{
  gboolean has_preamble = size >= PREAMBLE_BYTES + MAGIC_BYTES
                          && memcmp (data + PREAMBLE_BYTES, MAGIC, MAGIC_BYTES) == 0;
  g_autofree char *syntax = NULL;

  *offset = has_preamble ? PREAMBLE_BYTES + MAGIC_BYTES : 0;
  if ((!has_preamble && !looks_like_dataset (data, size))
      || !skip_meta (data, size, offset, &syntax))
    {
      g_set_error (error, BOUNCE_DICOM_ERROR, BOUNCE_DICOM_ERROR_MALFORMED,
                   "this is no DICOM file");
      return FALSE;
    }
  if (syntax == NULL)
    syntax = guess_syntax (data + *offset, size - *offset);
  if (!bounce_uid_is_valid (syntax))
    {
      g_set_error (error, BOUNCE_DICOM_ERROR, BOUNCE_DICOM_ERROR_BAD_UID,
                   "the file names an invalid transfer syntax");
      return FALSE;
    }
  *transfer_syntax_uid = g_steal_pointer (&syntax);
  return TRUE;
}
