/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Writing explicit VR little endian elements and reading the meta group of a Part 10 file. Written
 * without DCMTK on purpose: what the tests send must not come from the library that receives it. */

#include "bounce-part10.h"

#include <string.h>

static gboolean
has_long_length (const char *vr)
{
  static const char *const long_vrs[] = { "OB", "OW", "OF", "OD", "OL", "OV", "SQ",
                                          "UC", "UN", "UR", "UT", "SV", "UV", NULL };

  for (int i = 0; long_vrs[i] != NULL; i++)
    if (strcmp (vr, long_vrs[i]) == 0)
      return TRUE;
  return FALSE;
}

static void
put16 (GByteArray *out, guint16 value)
{
  value = GUINT16_TO_LE (value);
  g_byte_array_append (out, (const guint8 *) &value, sizeof value);
}

static void
put32 (GByteArray *out, guint32 value)
{
  value = GUINT32_TO_LE (value);
  g_byte_array_append (out, (const guint8 *) &value, sizeof value);
}

/**
 * bounce_part10_add:
 *
 * Appends one element; an odd value gets the padding its VR asks for.
 * Source: PS3.5 section 7.1.2.
 */
void
bounce_part10_add (GByteArray *out, guint32 tag, const char *vr, gconstpointer value, gsize size)
{
  gsize padded = size + (size & 1);
  guint8 padding = strcmp (vr, "UI") == 0 || has_long_length (vr) ? 0 : ' ';

  put16 (out, tag >> 16);
  put16 (out, tag & 0xffff);
  g_byte_array_append (out, (const guint8 *) vr, 2);
  if (has_long_length (vr))
    {
      put16 (out, 0);
      put32 (out, padded);
    }
  else
    put16 (out, padded);
  g_byte_array_append (out, value, size);
  if (padded != size)
    g_byte_array_append (out, &padding, 1);
}

/**
 * bounce_part10_add_text:
 *
 * Appends an element whose value is the bytes of @text, in the character set of the dataset.
 */
void
bounce_part10_add_text (GByteArray *out, guint32 tag, const char *vr, const char *text)
{
  bounce_part10_add (out, tag, vr, text, strlen (text));
}

/**
 * bounce_part10_add_us:
 *
 * Appends an unsigned short.
 */
void
bounce_part10_add_us (GByteArray *out, guint32 tag, guint16 value)
{
  guint16 little = GUINT16_TO_LE (value);

  bounce_part10_add (out, tag, "US", &little, sizeof little);
}

/**
 * bounce_part10_add_head:
 *
 * Appends preamble, prefix and meta group of @meta; its dataset_offset is not read.
 * Source: PS3.10 section 7.1.
 */
void
bounce_part10_add_head (GByteArray *out, const BouncePart10Meta *meta)
{
  static const guint8 preamble[128];
  static const guint8 version[2] = { 0, 1 };
  g_autoptr (GByteArray) group = g_byte_array_new ();
  guint32 length;

  bounce_part10_add (group, 0x00020001, "OB", version, sizeof version);
  bounce_part10_add_text (group, 0x00020002, "UI", meta->sop_class_uid);
  bounce_part10_add_text (group, 0x00020003, "UI", meta->sop_instance_uid);
  bounce_part10_add_text (group, 0x00020010, "UI", meta->transfer_syntax_uid);
  bounce_part10_add_text (group, 0x00020012, "UI", "2.25.106402271537250312");
  bounce_part10_add_text (group, 0x00020013, "SH", "BOUNCE_PHANTOM");

  g_byte_array_append (out, preamble, sizeof preamble);
  g_byte_array_append (out, (const guint8 *) "DICM", 4);
  length = GUINT32_TO_LE (group->len);
  bounce_part10_add (out, 0x00020000, "UL", &length, sizeof length);
  g_byte_array_append (out, group->data, group->len);
}

static guint16
get16 (const guint8 *bytes)
{
  return bytes[0] | bytes[1] << 8;
}

static guint32
get32 (const guint8 *bytes)
{
  return get16 (bytes) | (guint32) get16 (bytes + 2) << 16;
}

static void
copy_uid (char uid[65], const guint8 *value, gsize length)
{
  length = MIN (length, 64);
  memcpy (uid, value, length);
  while (length > 0 && (uid[length - 1] == '\0' || uid[length - 1] == ' '))
    length--;
  uid[length] = '\0';
}

/**
 * bounce_part10_read_meta:
 *
 * Reads the meta group element by element, whatever its group length claims.
 *
 * Returns: %FALSE without "DICM" or when the group names no SOP class, instance or transfer syntax
 */
gboolean
bounce_part10_read_meta (gconstpointer bytes, gsize size, BouncePart10Meta *meta)
{
  const guint8 *data = bytes;
  gsize at = 132;

  memset (meta, 0, sizeof *meta);
  if (size < at + 8 || memcmp (data + 128, "DICM", 4) != 0)
    return FALSE;
  while (at + 12 <= size && get16 (data + at) == 0x0002)
    {
      char vr[3] = { data[at + 4], data[at + 5], '\0' };
      gsize head = has_long_length (vr) ? 12 : 8;
      gsize length = has_long_length (vr) ? get32 (data + at + 8) : get16 (data + at + 6);
      guint16 element = get16 (data + at + 2);

      if (length > size - at - head)
        return FALSE;
      if (element == 0x0002)
        copy_uid (meta->sop_class_uid, data + at + head, length);
      else if (element == 0x0003)
        copy_uid (meta->sop_instance_uid, data + at + head, length);
      else if (element == 0x0010)
        copy_uid (meta->transfer_syntax_uid, data + at + head, length);
      at += head + length;
    }
  meta->dataset_offset = at;
  return meta->sop_class_uid[0] != '\0' && meta->sop_instance_uid[0] != '\0'
         && meta->transfer_syntax_uid[0] != '\0';
}
