/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "dicom-bytes.h"

#include <string.h>

#define APPLICATION_CONTEXT "1.2.840.10008.3.1.1.1"

void
put_u16 (GByteArray *out, guint16 value, gboolean big)
{
  guint16 raw = big ? GUINT16_TO_BE (value) : GUINT16_TO_LE (value);

  g_byte_array_append (out, (const guint8 *) &raw, sizeof raw);
}

void
put_u32 (GByteArray *out, guint32 value, gboolean big)
{
  guint32 raw = big ? GUINT32_TO_BE (value) : GUINT32_TO_LE (value);

  g_byte_array_append (out, (const guint8 *) &raw, sizeof raw);
}

void
put_text (GByteArray *out, const char *text)
{
  g_byte_array_append (out, (const guint8 *) text, (guint) strlen (text));
}

static gboolean
is_long_vr (const char *vr)
{
  static const char *const long_vrs[] = { "OB", "OW", "SQ", "UN", "UT", "OV", NULL };

  return g_strv_contains (long_vrs, vr);
}

static void
put_any_header (GByteArray *out, guint32 tag, const char *vr, guint32 length, gboolean big)
{
  put_u16 (out, (guint16) (tag >> 16), big);
  put_u16 (out, (guint16) tag, big);
  if (vr == NULL)
    {
      put_u32 (out, length, big);
      return;
    }
  put_text (out, vr);
  put_u16 (out, is_long_vr (vr) ? 0 : (guint16) length, big);
  if (is_long_vr (vr))
    put_u32 (out, length, big);
}

void
put_header (GByteArray *out, guint32 tag, const char *vr, guint32 length)
{
  put_any_header (out, tag, vr, length, FALSE);
}

void
put_header_big (GByteArray *out, guint32 tag, const char *vr, guint32 length)
{
  put_any_header (out, tag, vr, length, TRUE);
}

void
put_raw (GByteArray *out, guint32 tag, const char *vr, const void *value, gsize size)
{
  put_header (out, tag, vr, (guint32) size);
  g_byte_array_append (out, value, (guint) size);
}

void
put_element (GByteArray *out, guint32 tag, const char *vr, const char *value)
{
  gsize length = strlen (value);

  put_header (out, tag, vr, (guint32) (length + (length & 1)));
  put_text (out, value);
  if ((length & 1) != 0)
    g_byte_array_append (out, (const guint8 *) "", 1);
}

GByteArray *
make_dataset (const char *vr_or_null_for_implicit)
{
  GByteArray *out = g_byte_array_new ();
  const char *ui = vr_or_null_for_implicit != NULL ? "UI" : NULL;
  const char *pn = ui != NULL ? "PN" : NULL;

  put_element (out, TAG (0x0008, 0x0016), ui, CT_STORAGE);
  put_element (out, TAG (0x0008, 0x0018), ui, "1.2.3.4");
  put_element (out, TAG (0x0010, 0x0010), pn, "Doe^Jane");
  put_element (out, TAG (0x0020, 0x000D), ui, "1.2.3");
  put_element (out, TAG (0x0020, 0x000E), ui, "1.2.3.1");
  return out;
}

/* Of undefined length and never closed: the shortest way down. */
void
put_nested (GByteArray *out, guint depth, gboolean is_implicit)
{
  for (guint i = 0; i < depth; i++)
    {
      put_header (out, TAG (0x0008, 0x1140), is_implicit ? NULL : "SQ", UNDEFINED);
      put_header (out, TAG (0xFFFE, 0xE000), NULL, UNDEFINED);
    }
}

void
put_command_u16 (GByteArray *out, guint16 element, guint16 value)
{
  put_header (out, TAG (0x0000, element), NULL, 2);
  put_u16 (out, value, FALSE);
}

void
put_command_uid (GByteArray *out, guint16 element, const char *uid)
{
  put_element (out, TAG (0x0000, element), NULL, uid);
}

GByteArray *
make_store_command (guint16 message_id, const char *class_uid, const char *sop_uid)
{
  GByteArray *out = g_byte_array_new ();

  put_command_uid (out, 0x0002, class_uid);
  put_command_u16 (out, 0x0100, 0x0001);
  put_command_u16 (out, 0x0110, message_id);
  put_command_u16 (out, 0x0700, 0);
  put_command_u16 (out, 0x0800, 0x0000);
  put_command_uid (out, 0x1000, sop_uid);
  return out;
}

GByteArray *
make_echo_command (guint16 message_id)
{
  GByteArray *out = g_byte_array_new ();

  put_command_uid (out, 0x0002, VERIFICATION);
  put_command_u16 (out, 0x0100, 0x0030);
  put_command_u16 (out, 0x0110, message_id);
  put_command_u16 (out, 0x0800, 0x0101);
  return out;
}

static void
put_item (GByteArray *out, guint8 type, const void *data, gsize size)
{
  const guint8 head[] = { type, 0 };

  g_byte_array_append (out, head, sizeof head);
  put_u16 (out, (guint16) size, TRUE);
  g_byte_array_append (out, data, (guint) size);
}

static void
put_title (GByteArray *out, const char *title)
{
  char padded[17];

  g_snprintf (padded, sizeof padded, "%-16s", title);
  put_text (out, padded);
}

static void
put_context (GByteArray *out, guint8 id, const char *abstract, const char *transfer)
{
  g_autoptr (GByteArray) body = g_byte_array_new ();
  g_auto (GStrv) syntaxes = g_strsplit (transfer, "\\", -1);
  const guint8 head[] = { id, 0, 0, 0 };

  g_byte_array_append (body, head, sizeof head);
  put_item (body, 0x30, abstract, strlen (abstract));
  for (guint i = 0; syntaxes[i] != NULL; i++)
    put_item (body, 0x40, syntaxes[i], strlen (syntaxes[i]));
  put_item (out, 0x20, body->data, body->len);
}

GByteArray *
make_request (const char *calling, const char *called, const char *const *contexts)
{
  static const guint8 max_length[] = { 0x51, 0, 0, 4, 0, 0, 0x40, 0 };
  static const guint8 zeros[32] = { 0 };
  GByteArray *out = g_byte_array_new ();
  guint32 length;

  g_byte_array_append (out, (const guint8[]){ 0x01, 0, 0, 0, 0, 0, 0, 1, 0, 0 }, 10);
  put_title (out, called);
  put_title (out, calling);
  g_byte_array_append (out, zeros, sizeof zeros);
  put_item (out, 0x10, APPLICATION_CONTEXT, strlen (APPLICATION_CONTEXT));
  for (guint8 id = 1; *contexts != NULL; contexts += 2, id += 2)
    put_context (out, id, contexts[0], contexts[1]);
  put_item (out, 0x50, max_length, sizeof max_length);

  length = GUINT32_TO_BE (out->len - 6);
  memcpy (out->data + 2, &length, sizeof length);
  return out;
}

GByteArray *
make_pdata (guint8 context, gboolean is_command, gboolean is_last, const void *data, gsize size)
{
  GByteArray *out = g_byte_array_new ();
  const guint8 control[] = { context, (guint8) ((is_command ? 1 : 0) | (is_last ? 2 : 0)) };

  g_byte_array_append (out, (const guint8[]){ 0x04, 0 }, 2);
  put_u32 (out, (guint32) size + 6, TRUE);
  put_u32 (out, (guint32) size + 2, TRUE);
  g_byte_array_append (out, control, sizeof control);
  g_byte_array_append (out, data, (guint) size);
  return out;
}
