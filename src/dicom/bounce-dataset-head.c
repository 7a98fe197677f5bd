/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* The tags of an instance, out of the bytes of its data set as they arrive. Without DCMTK: the
 * nesting has to be walked before DCMTK could be trusted with it, and the walk already passes the
 * few values that are wanted, all of the outermost level.
 *
 * A BounceHeadReader belongs to one thread. */

#include "config.h"

#include "bounce-dataset-head.h"

#include "bounce-dataset-walk-private.h"
#include "bounce-text-private.h"
#include "bounce-uid.h"

#include <gio/gio.h>
#include <string.h>

#define TRANSFER_SYNTAX_IMPLICIT_LITTLE "1.2.840.10008.1.2"
#define TRANSFER_SYNTAX_EXPLICIT_BIG    "1.2.840.10008.1.2.2"
#define TRANSFER_SYNTAX_GE_PRIVATE      "1.2.840.113619.5.2" /* implicit but for its pixels */

/* The tags wanted are in the first kilobytes; past this much inflated data it is a bomb. */
#define INFLATED_MAX_BYTES (16 * 1024 * 1024)

#define TAG_CHARACTER_SET BOUNCE_TAG (0x0008, 0x0005)
#define TAG_SERIES_NUMBER BOUNCE_TAG (0x0020, 0x0011)
#define TAG_LAST_WANTED   TAG_SERIES_NUMBER
#define TAG_PIXEL_DATA    BOUNCE_TAG (0x7FE0, 0x0010)

typedef enum
{
  VALUE_UID,
  VALUE_TEXT,
} ValueKind;

typedef struct
{
  guint32 tag;
  ValueKind kind;
  gsize field; /* offset in BounceInstanceHead */
} Want;

#define FIELD(name) G_STRUCT_OFFSET (BounceInstanceHead, name)

static const Want wants[] = {
  { BOUNCE_TAG (0x0008, 0x0016), VALUE_UID, FIELD (sop_class_uid) },
  { BOUNCE_TAG (0x0008, 0x0018), VALUE_UID, FIELD (sop_instance_uid) },
  { BOUNCE_TAG (0x0008, 0x0020), VALUE_TEXT, FIELD (study_date) },
  { BOUNCE_TAG (0x0008, 0x0030), VALUE_TEXT, FIELD (study_time) },
  { BOUNCE_TAG (0x0008, 0x0050), VALUE_TEXT, FIELD (accession_number) },
  { BOUNCE_TAG (0x0008, 0x0060), VALUE_TEXT, FIELD (modality) },
  { BOUNCE_TAG (0x0008, 0x0080), VALUE_TEXT, FIELD (institution_name) },
  { BOUNCE_TAG (0x0008, 0x0090), VALUE_TEXT, FIELD (referring_physician) },
  { BOUNCE_TAG (0x0008, 0x1030), VALUE_TEXT, FIELD (study_description) },
  { BOUNCE_TAG (0x0008, 0x103E), VALUE_TEXT, FIELD (series_description) },
  { BOUNCE_TAG (0x0010, 0x0010), VALUE_TEXT, FIELD (patient_name) },
  { BOUNCE_TAG (0x0010, 0x0020), VALUE_TEXT, FIELD (patient_id) },
  { BOUNCE_TAG (0x0010, 0x0030), VALUE_TEXT, FIELD (patient_birth_date) },
  { BOUNCE_TAG (0x0010, 0x0040), VALUE_TEXT, FIELD (patient_sex) },
  { BOUNCE_TAG (0x0018, 0x0015), VALUE_TEXT, FIELD (body_part) },
  { BOUNCE_TAG (0x0018, 0x1030), VALUE_TEXT, FIELD (protocol_name) },
  { BOUNCE_TAG (0x0020, 0x000D), VALUE_UID, FIELD (study_uid) },
  { BOUNCE_TAG (0x0020, 0x000E), VALUE_UID, FIELD (series_uid) },
};

struct _BounceHeadReader
{
  BounceInstanceHead *head; /* (owned) (nullable): given away by finish */
  char *character_sets;     /* (owned) (nullable) */
  BounceDatasetWalk *walk;  /* (owned) */
  GConverter *inflater;     /* (owned) (nullable): deflated syntaxes */
  gsize n_inflated;
  gboolean is_broken; /* deflate stream that cannot be read on */
  GError *error;      /* (owned) (nullable): too deep */
};

static gboolean
is_deflated (const char *transfer_syntax_uid)
{
  static const char *const deflated[] = {
    "1.2.840.10008.1.2.1.99",
    "1.2.840.10008.1.2.4.95",  /* JPIP referenced */
    "1.2.840.10008.1.2.4.205", /* JPIP HTJ2K referenced */
    NULL,
  };

  return g_strv_contains (deflated, transfer_syntax_uid);
}

static BounceEncoding
encoding_of (const char *transfer_syntax_uid)
{
  if (g_str_equal (transfer_syntax_uid, TRANSFER_SYNTAX_IMPLICIT_LITTLE)
      || g_str_equal (transfer_syntax_uid, TRANSFER_SYNTAX_GE_PRIVATE))
    return BOUNCE_ENCODING_IMPLICIT_LITTLE;
  if (g_str_equal (transfer_syntax_uid, TRANSFER_SYNTAX_EXPLICIT_BIG))
    return BOUNCE_ENCODING_EXPLICIT_BIG;
  return BOUNCE_ENCODING_EXPLICIT_LITTLE; /* all others, PS3.5 A.4; private ones most likely */
}

static char *
dup_trimmed (const guint8 *value, gsize size)
{
  char *text = g_strndup ((const char *) value, size);

  g_strdelimit (text, "\r\n\t", ' ');
  return g_strstrip (text);
}

static void
read_series_number (BounceInstanceHead *head, const guint8 *value, gsize size)
{
  g_autofree char *text = dup_trimmed (value, size);
  gint64 number;

  head->has_series_number =
      g_ascii_string_to_signed (text, 10, G_MININT32, G_MAXINT32, &number, NULL);
  if (head->has_series_number)
    head->series_number = (int) number;
}

static void
read_value (BounceHeadReader *self, const Want *want, const guint8 *value, gsize size)
{
  char **field = G_STRUCT_MEMBER_P (self->head, want->field);
  g_autofree char *text = want->kind == VALUE_UID
                              ? dup_trimmed (value, size)
                              : bounce_text_to_utf8 (value, size, self->character_sets);

  if (*field == NULL && *text != '\0')
    *field = g_steal_pointer (&text);
}

/* Behind the last wanted tag, unless a needed one is still missing: they may be out of order. */
static gboolean
is_behind (const BounceInstanceHead *head, guint32 tag)
{
  if (tag >= TAG_PIXEL_DATA)
    return TRUE;
  return tag > TAG_LAST_WANTED && head->study_uid != NULL && head->series_uid != NULL
         && head->sop_instance_uid != NULL;
}

static gboolean
element_visited_cb (guint32 tag, const guint8 *value, gsize size, gpointer user_data)
{
  BounceHeadReader *self = user_data;

  if (is_behind (self->head, tag))
    return FALSE;
  if (value == NULL || size == 0)
    return TRUE;
  if (tag == TAG_CHARACTER_SET && self->character_sets == NULL)
    self->character_sets = dup_trimmed (value, size);
  else if (tag == TAG_SERIES_NUMBER)
    read_series_number (self->head, value, size);
  for (gsize i = 0; i < G_N_ELEMENTS (wants); i++)
    if (wants[i].tag == tag)
      read_value (self, &wants[i], value, size);
  return TRUE;
}

/**
 * bounce_head_reader_new:
 * @transfer_syntax_uid: of the bytes to come
 *
 * Thread: any, then one at a time
 * Returns: (transfer full): a reader of one data set
 */
BounceHeadReader *
bounce_head_reader_new (const char *transfer_syntax_uid)
{
  BounceHeadReader *self = g_new0 (BounceHeadReader, 1);

  self->head = bounce_instance_head_new ();
  self->head->transfer_syntax_uid = g_strdup (transfer_syntax_uid);
  self->walk =
      bounce_dataset_walk_new (encoding_of (transfer_syntax_uid), element_visited_cb, self);
  if (is_deflated (transfer_syntax_uid))
    self->inflater = G_CONVERTER (g_zlib_decompressor_new (G_ZLIB_COMPRESSOR_FORMAT_RAW));
  return self;
}

/**
 * bounce_head_reader_free:
 * @self: (transfer full):
 */
void
bounce_head_reader_free (BounceHeadReader *self)
{
  g_clear_pointer (&self->head, bounce_instance_head_free);
  bounce_dataset_walk_free (self->walk);
  g_clear_object (&self->inflater);
  g_clear_error (&self->error);
  g_free (self->character_sets);
  g_free (self);
}

static gboolean
is_done (BounceHeadReader *self)
{
  return self->error != NULL || self->is_broken || bounce_dataset_walk_is_done (self->walk);
}

/* Byte by byte: a converter that meets an error keeps back what it inflated in the same call, and
 * how much that is must not depend on how the network cut the stream. It ends with the last tag. */
static void
feed_deflated (BounceHeadReader *self, const guint8 *data, gsize size)
{
  guint8 inflated[16384];

  while (size > 0 && !is_done (self))
    {
      gsize n_read, n_written;
      GConverterResult result =
          g_converter_convert (self->inflater, data, 1, inflated, sizeof inflated,
                               G_CONVERTER_NO_FLAGS, &n_read, &n_written, NULL);

      if (result == G_CONVERTER_ERROR)
        {
          self->is_broken = TRUE;
          return;
        }
      data += n_read;
      size -= n_read;
      self->n_inflated += n_written;
      bounce_dataset_walk_feed (self->walk, inflated, n_written, &self->error);
      self->is_broken = result == G_CONVERTER_FINISHED || self->n_inflated > INFLATED_MAX_BYTES;
    }
}

/**
 * bounce_head_reader_feed:
 * @data: the next bytes of the data set as they are on the wire
 *
 * Returns: %FALSE when the reader needs no more of them
 */
gboolean
bounce_head_reader_feed (BounceHeadReader *self, const guint8 *data, gsize size)
{
  if (is_done (self))
    return FALSE;
  if (self->inflater != NULL)
    feed_deflated (self, data, size);
  else
    bounce_dataset_walk_feed (self->walk, data, size, &self->error);
  return !is_done (self);
}

static gboolean
check_uid (const char *uid, const char *name, GError **error)
{
  if (uid != NULL && bounce_uid_is_valid (uid))
    return TRUE;
  g_set_error (error, BOUNCE_DICOM_ERROR, BOUNCE_DICOM_ERROR_BAD_UID,
               uid == NULL ? "the data set has no %s" : "the data set has an invalid %s", name);
  return FALSE;
}

/**
 * bounce_head_reader_finish:
 *
 * To be called once, when all bytes have been fed or feeding answered %FALSE.
 *
 * Shape: text as UTF-8, %NULL where a tag is absent, empty or unreadable, also the SOP Class UID
 * Errors: %BOUNCE_DICOM_ERROR_BAD_UID when the study, series or SOP instance UID is absent or may
 * not become a path; %BOUNCE_DICOM_ERROR_TOO_DEEP
 * Source: PS3.3 C.7
 * Returns: (transfer full) (nullable): the tags
 */
BounceInstanceHead *
bounce_head_reader_finish (BounceHeadReader *self, GError **error)
{
  BounceInstanceHead *head = self->head;

  if (self->error != NULL)
    {
      g_propagate_error (error, g_steal_pointer (&self->error));
      return NULL;
    }
  if (head->sop_class_uid != NULL && !bounce_uid_is_valid (head->sop_class_uid))
    g_clear_pointer (&head->sop_class_uid, g_free);
  if (!check_uid (head->sop_instance_uid, "SOP Instance UID", error)
      || !check_uid (head->study_uid, "Study Instance UID", error)
      || !check_uid (head->series_uid, "Series Instance UID", error))
    return NULL;
  return g_steal_pointer (&self->head);
}

/**
 * bounce_dataset_head_parse:
 * @data: the first bytes of a data set; may end anywhere behind the tags wanted
 *
 * Thread: any
 * Errors: as bounce_head_reader_finish()
 * Returns: (transfer full) (nullable): the tags
 */
BounceInstanceHead *
bounce_dataset_head_parse (const guint8 *data,
                           gsize size,
                           const char *transfer_syntax_uid,
                           GError **error)
{
  g_autoptr (BounceHeadReader) reader = bounce_head_reader_new (transfer_syntax_uid);

  bounce_head_reader_feed (reader, data, size);
  return bounce_head_reader_finish (reader, error);
}
