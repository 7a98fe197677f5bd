/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* DIMSE commands, read and written without DCMTK: its reader recurses into sequences, and a command
 * full of nested ones overflows the stack before anybody is authenticated. A command has no
 * sequences at all (PS3.7 6.3.1), so a loop over (tag, length, value) is the whole parser.
 *
 * Pure functions; any thread. */

#include "config.h"

#include "bounce-command.h"

#include "bounce-uid.h"

#include <string.h>

#define TAG_GROUP_LENGTH              0x0000
#define TAG_AFFECTED_SOP_CLASS_UID    0x0002
#define TAG_COMMAND_FIELD             0x0100
#define TAG_MESSAGE_ID                0x0110
#define TAG_MESSAGE_ID_RESPONDED_TO   0x0120
#define TAG_COMMAND_DATA_SET_TYPE     0x0800
#define TAG_STATUS                    0x0900
#define TAG_ERROR_COMMENT             0x0902
#define TAG_AFFECTED_SOP_INSTANCE_UID 0x1000

#define NO_DATA_SET             0x0101 /* any other value: a data set follows, PS3.7 E.1 */
#define ELEMENT_HEADER_BYTES    8
#define ERROR_COMMENT_MAX_BYTES 64 /* LO */

typedef enum
{
  SEEN_FIELD = 1 << 0,
  SEEN_MESSAGE_ID = 1 << 1,
  SEEN_DATA_SET_TYPE = 1 << 2,
  BAD_UID = 1 << 3,
} ParseFlags;

static guint16
read_u16 (const guint8 *p)
{
  return (guint16) (p[0] | p[1] << 8);
}

static guint32
read_u32 (const guint8 *p)
{
  return (guint32) p[0] | (guint32) p[1] << 8 | (guint32) p[2] << 16 | (guint32) p[3] << 24;
}

/* Without the padding (NUL by the standard, spaces in the field). Empty and BAD_UID if too long. */
static void
copy_uid (char uid[65], const guint8 *value, gsize size, ParseFlags *flags)
{
  while (size > 0 && (value[size - 1] == '\0' || value[size - 1] == ' '))
    size--;
  if (size > BOUNCE_UID_MAX_LENGTH)
    {
      *flags |= BAD_UID;
      size = 0;
    }
  memcpy (uid, value, size);
  uid[size] = '\0';
  if (strlen (uid) != size)
    *flags |= BAD_UID;
}

static gboolean
read_element (
    guint16 element, const guint8 *value, gsize size, BounceCommand *command, ParseFlags *flags)
{
  switch (element)
    {
    case TAG_AFFECTED_SOP_CLASS_UID:
      copy_uid (command->affected_sop_class_uid, value, size, flags);
      return TRUE;
    case TAG_AFFECTED_SOP_INSTANCE_UID:
      copy_uid (command->affected_sop_instance_uid, value, size, flags);
      return TRUE;
    case TAG_COMMAND_FIELD:
      if (size == 2)
        command->field = read_u16 (value);
      *flags |= SEEN_FIELD;
      return size == 2;
    case TAG_MESSAGE_ID:
      if (size == 2)
        command->message_id = read_u16 (value);
      *flags |= SEEN_MESSAGE_ID;
      return size == 2;
    case TAG_COMMAND_DATA_SET_TYPE:
      if (size == 2)
        command->has_data_set = read_u16 (value) != NO_DATA_SET;
      *flags |= SEEN_DATA_SET_TYPE;
      return size == 2;
    default:
      return TRUE;
    }
}

static gboolean
is_complete (const BounceCommand *command, ParseFlags flags)
{
  if ((flags & SEEN_FIELD) == 0 || (flags & SEEN_DATA_SET_TYPE) == 0)
    return FALSE;
  /* C-CANCEL and responses name another message instead. */
  return (flags & SEEN_MESSAGE_ID) != 0 || command->field == BOUNCE_COMMAND_C_CANCEL_RQ
         || (command->field & BOUNCE_COMMAND_RESPONSE_BIT) != 0;
}

/**
 * bounce_command_parse:
 * @data: the command set of all its PDVs
 * @command: (out caller-allocates): what it says; UIDs without padding, empty where absent
 *
 * Elements may come in any order; unknown ones are skipped, of repeated ones the last counts.
 *
 * Shape: implicit VR little endian, elements of group 0000 without nesting, at most
 * %BOUNCE_COMMAND_MAX_BYTES
 * Thread: any
 * Errors: %BOUNCE_DICOM_ERROR_MALFORMED when it cannot be read (nothing in @command may be used);
 * %BOUNCE_DICOM_ERROR_BAD_UID when a C-STORE-RQ names a UID that may not become a path (@command is
 * filled and can be answered)
 * Source: PS3.7 6.3 and E.1
 * Returns: whether @command is usable
 */
gboolean
bounce_command_parse (const guint8 *data, gsize size, BounceCommand *command, GError **error)
{
  ParseFlags flags = 0;
  gsize offset = 0;

  memset (command, 0, sizeof *command);
  while (size <= BOUNCE_COMMAND_MAX_BYTES && size - offset >= ELEMENT_HEADER_BYTES)
    {
      const guint8 *header = data + offset;
      guint32 length = read_u32 (header + 4);

      offset += ELEMENT_HEADER_BYTES;
      if (read_u16 (header) != 0 || length > size - offset
          || !read_element (read_u16 (header + 2), data + offset, length, command, &flags))
        break;
      offset += length;
    }

  if (offset != size || !is_complete (command, flags))
    {
      g_set_error (error, BOUNCE_DICOM_ERROR, BOUNCE_DICOM_ERROR_MALFORMED,
                   "the DIMSE command is malformed at byte %" G_GSIZE_FORMAT, offset);
      return FALSE;
    }
  if (command->field == BOUNCE_COMMAND_C_STORE_RQ
      && ((flags & BAD_UID) != 0 || !bounce_uid_is_valid (command->affected_sop_class_uid)
          || !bounce_uid_is_valid (command->affected_sop_instance_uid)))
    {
      g_set_error (error, BOUNCE_DICOM_ERROR, BOUNCE_DICOM_ERROR_BAD_UID,
                   "the command names an invalid SOP class or instance UID");
      return FALSE;
    }
  return TRUE;
}

static void
append_header (GByteArray *bytes, guint16 element, guint32 length)
{
  const guint8 header[] = {
    0,
    0,
    (guint8) element,
    (guint8) (element >> 8),
    (guint8) length,
    (guint8) (length >> 8),
    (guint8) (length >> 16),
    (guint8) (length >> 24),
  };

  g_byte_array_append (bytes, header, sizeof header);
}

static void
append_u16 (GByteArray *bytes, guint16 element, guint16 value)
{
  const guint8 raw[] = { (guint8) value, (guint8) (value >> 8) };

  append_header (bytes, element, sizeof raw);
  g_byte_array_append (bytes, raw, sizeof raw);
}

/* Absent where empty; padded to an even length as the VR asks. */
static void
append_string (GByteArray *bytes, guint16 element, const char *value, gsize max, guint8 padding)
{
  gsize length = value != NULL ? MIN (strlen (value), max) : 0;

  if (length == 0)
    return;
  append_header (bytes, element, (guint32) (length + (length & 1)));
  g_byte_array_append (bytes, (const guint8 *) value, (guint) length);
  if ((length & 1) != 0)
    g_byte_array_append (bytes, &padding, 1);
}

/* LO in the default character set: no backslash, nothing but printable ASCII. */
static char *
dup_long_string (const char *text)
{
  char *copy = g_strdup (text);

  for (char *c = copy; c != NULL && *c != '\0'; c++)
    if (!g_ascii_isprint (*c) || *c == '\\')
      *c = '?';
  return copy;
}

/**
 * bounce_command_new_response:
 * @request: the command that is answered
 * @status: PS3.7 annex C
 * @error_comment: (nullable): (0000,0902); cut at 64 characters
 *
 * Shape: implicit VR little endian with the group length, the affected UIDs of @request, no data
 * set Thread: any Source: PS3.7 9.3.1.2 (C-STORE-RSP), 9.3.5.2 (C-ECHO-RSP) Returns: (transfer
 * full): the response's command set
 */
GBytes *
bounce_command_new_response (const BounceCommand *request,
                             guint16 status,
                             const char *error_comment)
{
  GByteArray *bytes = g_byte_array_new ();
  g_autofree char *comment = dup_long_string (error_comment);
  guint32 group_length;

  append_header (bytes, TAG_GROUP_LENGTH, 4);
  g_byte_array_set_size (bytes, bytes->len + 4);
  append_string (bytes, TAG_AFFECTED_SOP_CLASS_UID, request->affected_sop_class_uid,
                 BOUNCE_UID_MAX_LENGTH, '\0');
  append_u16 (bytes, TAG_COMMAND_FIELD, request->field | BOUNCE_COMMAND_RESPONSE_BIT);
  append_u16 (bytes, TAG_MESSAGE_ID_RESPONDED_TO, request->message_id);
  append_u16 (bytes, TAG_COMMAND_DATA_SET_TYPE, NO_DATA_SET);
  append_u16 (bytes, TAG_STATUS, status);
  append_string (bytes, TAG_ERROR_COMMENT, comment, ERROR_COMMENT_MAX_BYTES, ' ');
  append_string (bytes, TAG_AFFECTED_SOP_INSTANCE_UID, request->affected_sop_instance_uid,
                 BOUNCE_UID_MAX_LENGTH, '\0');

  group_length = GUINT32_TO_LE (bytes->len - ELEMENT_HEADER_BYTES - 4);
  memcpy (bytes->data + ELEMENT_HEADER_BYTES, &group_length, sizeof group_length);
  return g_byte_array_free_to_bytes (bytes);
}
