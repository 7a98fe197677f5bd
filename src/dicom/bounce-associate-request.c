/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* Checks that an A-ASSOCIATE-RQ adds up before DCMTK parses it: DCMTK's parser leaks what it had
 * built when it gives up in the middle, so a port scanner would cost memory for every try.
 *
 * Pure functions; any thread. */

#include "config.h"

#include "bounce-associate-request-private.h"

#define FIXED_BYTES         (6 + 2 + 2 + 16 + 16 + 32) /* up to the variable items, PS3.8 9.3.2 */
#define ITEM_HEADER_BYTES   4
#define CONTEXT_FIXED_BYTES 4
#define CONTEXTS_MAX        128 /* odd identifiers of one byte */
#define UID_MAX_BYTES       64

#define ITEM_APPLICATION_CONTEXT  0x10
#define ITEM_PRESENTATION_CONTEXT 0x20
#define ITEM_ABSTRACT_SYNTAX      0x30
#define ITEM_TRANSFER_SYNTAX      0x40
#define ITEM_USER_INFORMATION     0x50

/* One item and what follows it. */
typedef struct
{
  const guint8 *data;
  gsize size;
} Span;

/* Takes one item off @rest. FALSE if its length is more than there is. */
static gboolean
take_item (Span *rest, guint8 *type, Span *item)
{
  gsize length;

  if (rest->size < ITEM_HEADER_BYTES)
    return FALSE;
  length = (gsize) rest->data[2] << 8 | rest->data[3];
  if (length > rest->size - ITEM_HEADER_BYTES)
    return FALSE;
  *type = rest->data[0];
  *item = (Span){ rest->data + ITEM_HEADER_BYTES, length };
  rest->data += ITEM_HEADER_BYTES + length;
  rest->size -= ITEM_HEADER_BYTES + length;
  return TRUE;
}

/* One abstract syntax and at least one transfer syntax, each short enough to be a UID. */
static gboolean
context_is_sound (Span context)
{
  guint n_abstract = 0, n_transfer = 0;
  guint8 type;
  Span item;

  if (context.size < CONTEXT_FIXED_BYTES)
    return FALSE;
  context.data += CONTEXT_FIXED_BYTES;
  context.size -= CONTEXT_FIXED_BYTES;
  while (context.size > 0)
    {
      if (!take_item (&context, &type, &item) || item.size > UID_MAX_BYTES)
        return FALSE;
      n_abstract += type == ITEM_ABSTRACT_SYNTAX;
      n_transfer += type == ITEM_TRANSFER_SYNTAX;
    }
  return n_abstract == 1 && n_transfer >= 1;
}

static gboolean
user_information_is_sound (Span information)
{
  guint8 type;
  Span item;

  while (information.size > 0)
    if (!take_item (&information, &type, &item))
      return FALSE;
  return TRUE;
}

static gboolean
items_are_sound (Span rest)
{
  guint n_contexts = 0, n_application = 0;
  guint8 type;
  Span item;

  while (rest.size > 0)
    {
      if (!take_item (&rest, &type, &item))
        return FALSE;
      if (type == ITEM_PRESENTATION_CONTEXT
          && (++n_contexts > CONTEXTS_MAX || !context_is_sound (item)))
        return FALSE;
      if (type == ITEM_APPLICATION_CONTEXT && (++n_application > 1 || item.size > UID_MAX_BYTES))
        return FALSE;
      if (type == ITEM_USER_INFORMATION && !user_information_is_sound (item))
        return FALSE;
    }
  return TRUE;
}

/**
 * bounce_associate_request_check:
 * @pdu: a whole A-ASSOCIATE-RQ with its PDU header
 *
 * Thread: any
 * Errors: %BOUNCE_DICOM_ERROR_MALFORMED when lengths do not add up, a context lacks a syntax, or
 * there are more contexts than there are identifiers
 * Source: PS3.8 9.3.2
 * Returns: whether DCMTK may see it
 */
gboolean
bounce_associate_request_check (const guint8 *pdu, gsize size, GError **error)
{
  if (size >= FIXED_BYTES && pdu[0] == 0x01
      && items_are_sound ((Span){ pdu + FIXED_BYTES, size - FIXED_BYTES }))
    return TRUE;
  g_set_error (error, BOUNCE_DICOM_ERROR, BOUNCE_DICOM_ERROR_MALFORMED,
               "the association request is malformed");
  return FALSE;
}
