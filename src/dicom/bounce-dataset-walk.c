/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* Walks the elements of a data set as its bytes arrive, without recursion and in constant memory:
 * a stack of at most 64 sequences, and the bytes of one unfinished header and short value. Hands
 * the short values of the outermost level to a visitor.
 *
 * It is lenient, because the bytes are already safe and one bad tag must not lose an instance:
 * what does not add up inside something of defined length is skipped with it; only where nothing
 * tells how to go on does the walk end, with whatever was visited until then.
 *
 * Own thread only. Source: PS3.5 7. */

#include "config.h"

#include "bounce-dataset-walk-private.h"

#include <string.h>

#define UNDEFINED_LENGTH 0xFFFFFFFFu
#define TAG_ITEM         BOUNCE_TAG (0xFFFE, 0xE000)
#define TAG_ITEM_END     BOUNCE_TAG (0xFFFE, 0xE00D)
#define TAG_SEQUENCE_END BOUNCE_TAG (0xFFFE, 0xE0DD)
#define TAG_PIXEL_DATA   BOUNCE_TAG (0x7FE0, 0x0010)

#define HEADER_MAX_BYTES 12
#define FRAMES_MAX       (1 + 2 * BOUNCE_DATASET_MAX_DEPTH)
#define NO_END           G_MAXUINT64

typedef enum
{
  FRAME_ELEMENTS, /* the data set, or an item */
  FRAME_ITEMS,    /* a sequence */
  FRAME_FRAGMENTS /* encapsulated pixel data */
} FrameKind;

typedef struct
{
  FrameKind kind;
  BounceEncoding encoding;
  gboolean is_delimited; /* ends with a delimitation item, not by its length */
  guint64 end;           /* offset behind the last byte, at most the outer frame's; or NO_END */
} Frame;

typedef struct
{
  guint32 tag;
  char vr[2]; /* NULs in implicit VR and for items */
  guint32 length;
  gsize size; /* of the header itself */
} Header;

struct _BounceDatasetWalk
{
  BounceDatasetVisitor visit;
  gpointer user_data; /* (unowned) */
  Frame frames[FRAMES_MAX];
  guint n_frames;
  guint64 offset; /* of the next byte to look at */
  guint64 skip;   /* bytes of the value that nobody wants */
  guint8 carry[HEADER_MAX_BYTES + BOUNCE_DATASET_MAX_VALUE_BYTES];
  gsize n_carry;
  gboolean is_done;
};

/* What to do after looking at a header. */
typedef enum
{
  STEP_NEXT,
  STEP_MORE_BYTES,
  STEP_MALFORMED,
  STEP_TOO_DEEP,
} Step;

/* (transfer full); @visit is called from within the feeds only. */
BounceDatasetWalk *
bounce_dataset_walk_new (BounceEncoding encoding, BounceDatasetVisitor visit, gpointer user_data)
{
  BounceDatasetWalk *self = g_new0 (BounceDatasetWalk, 1);

  self->visit = visit;
  self->user_data = user_data;
  self->frames[0] = (Frame){ FRAME_ELEMENTS, encoding, FALSE, NO_END };
  self->n_frames = 1;
  return self;
}

void
bounce_dataset_walk_free (BounceDatasetWalk *self)
{
  g_free (self);
}

/* Whether more bytes would change nothing. */
gboolean
bounce_dataset_walk_is_done (BounceDatasetWalk *self)
{
  return self->is_done;
}

static Frame *
top (BounceDatasetWalk *self)
{
  return &self->frames[self->n_frames - 1];
}

static guint16
read_u16 (const guint8 *p, BounceEncoding encoding)
{
  return encoding == BOUNCE_ENCODING_EXPLICIT_BIG ? (guint16) (p[0] << 8 | p[1])
                                                  : (guint16) (p[1] << 8 | p[0]);
}

static guint32
read_u32 (const guint8 *p, BounceEncoding encoding)
{
  guint32 a = read_u16 (p, encoding), b = read_u16 (p + 2, encoding);

  return encoding == BOUNCE_ENCODING_EXPLICIT_BIG ? a << 16 | b : b << 16 | a;
}

static gboolean
is_vr (const guint8 *p)
{
  return g_ascii_isupper (p[0]) && g_ascii_isupper (p[1]);
}

static gboolean
has_vr (const Header *header, const char *list)
{
  for (; *list != '\0'; list += 2)
    if (memcmp (header->vr, list, 2) == 0)
      return TRUE;
  return FALSE;
}

/* A data set whose first element contradicts the transfer syntax is read as what it looks like. */
static void
detect_encoding (BounceDatasetWalk *self, const guint8 *p)
{
  static const char common[] = "AEASATCSDADSDTFDFLISLOLTOBOWPNSHSLSQSSSTTMUIULUNUSUT";
  BounceEncoding *encoding = &self->frames[0].encoding;
  Header header = { .vr = { (char) p[4], (char) p[5] } };

  if (*encoding == BOUNCE_ENCODING_EXPLICIT_LITTLE && !is_vr (p + 4))
    *encoding = BOUNCE_ENCODING_IMPLICIT_LITTLE;
  else if (*encoding == BOUNCE_ENCODING_IMPLICIT_LITTLE && has_vr (&header, common))
    *encoding = BOUNCE_ENCODING_EXPLICIT_LITTLE;
}

/* FALSE: more bytes are needed. */
static gboolean
read_header (BounceEncoding encoding, const guint8 *p, gsize size, Header *header)
{
  static const char short_vrs[] = "AEASATCSDADSDTFDFLISLOLTPNSHSLSSSTTMUIULUS";

  if (size < 8)
    return FALSE;
  *header =
      (Header){ .tag = BOUNCE_TAG (read_u16 (p, encoding), read_u16 (p + 2, encoding)), .size = 8 };
  if (header->tag >> 16 == 0xFFFE || encoding == BOUNCE_ENCODING_IMPLICIT_LITTLE || !is_vr (p + 4))
    {
      header->length = read_u32 (p + 4, encoding);
      return TRUE;
    }
  memcpy (header->vr, p + 4, 2);
  header->length = read_u16 (p + 6, encoding);
  /* Of the VRs unknown to us, those with the reserved bytes have the long form, as all VRs since
   * 1993 do. */
  if (has_vr (header, short_vrs) || header->length != 0)
    return TRUE;
  header->size = HEADER_MAX_BYTES;
  if (size < header->size)
    return FALSE;
  header->length = read_u32 (p + 8, encoding);
  return TRUE;
}

static Step
push (BounceDatasetWalk *self, FrameKind kind, BounceEncoding encoding, guint32 length)
{
  gboolean is_delimited = length == UNDEFINED_LENGTH;
  guint64 end = is_delimited ? top (self)->end : self->offset + length;

  if (end > top (self)->end)
    return STEP_MALFORMED;
  if (self->n_frames == FRAMES_MAX)
    return STEP_TOO_DEEP;
  self->frames[self->n_frames++] = (Frame){ kind, encoding, is_delimited, end };
  return STEP_NEXT;
}

/* Where a sequence holds items: by its VR, by having no length, or by beginning with one. */
static Step
enter_or_skip (BounceDatasetWalk *self, const Header *header, const guint8 *value, gsize size)
{
  BounceEncoding encoding = top (self)->encoding;
  BounceEncoding inner = encoding;
  gboolean is_undefined = header->length == UNDEFINED_LENGTH;
  gboolean looks_like_items;

  /* A sequence of unknown VR holds implicit little endian, PS3.5 6.2.2 note 4. */
  if (has_vr (header, "UN") && is_undefined)
    inner = BOUNCE_ENCODING_IMPLICIT_LITTLE;
  if (is_undefined && (has_vr (header, "OBOW") || header->tag == TAG_PIXEL_DATA))
    return push (self, FRAME_FRAGMENTS, encoding, header->length);
  if (is_undefined || has_vr (header, "SQ"))
    return push (self, FRAME_ITEMS, inner, header->length);

  looks_like_items = header->vr[0] == '\0' && header->length >= 8 && size >= 4
                     && read_u16 (value, encoding) == 0xFFFE
                     && read_u16 (value + 2, encoding) == 0xE000;
  if (looks_like_items)
    return push (self, FRAME_ITEMS, inner, header->length);
  self->skip = header->length;
  return STEP_NEXT;
}

static Step
take_element (BounceDatasetWalk *self, const Header *header, const guint8 *p, gsize size)
{
  const guint8 *value = p + header->size;
  gsize available = size - header->size;
  gboolean is_short = header->length <= BOUNCE_DATASET_MAX_VALUE_BYTES;
  gboolean is_outermost = self->n_frames == 1;

  if (header->tag == TAG_ITEM_END && top (self)->is_delimited)
    {
      self->offset += header->size;
      self->n_frames--;
      return STEP_NEXT;
    }
  if (header->tag >> 16 == 0xFFFE)
    return STEP_MALFORMED;
  if (is_outermost && is_short && available < header->length)
    return STEP_MORE_BYTES;
  if (header->vr[0] == '\0' && header->length >= 8 && available < 4)
    return STEP_MORE_BYTES;

  self->offset += header->size;
  if (header->length != UNDEFINED_LENGTH && header->length > top (self)->end - self->offset)
    return STEP_MALFORMED;
  if (is_outermost)
    self->is_done = !self->visit (header->tag, is_short ? value : NULL,
                                  is_short ? header->length : 0, self->user_data);
  return enter_or_skip (self, header, value, available);
}

static Step
take_item (BounceDatasetWalk *self, const Header *header)
{
  Frame *frame = top (self);

  self->offset += header->size;
  if (header->tag == TAG_SEQUENCE_END)
    {
      self->n_frames--;
      return STEP_NEXT;
    }
  if (header->tag != TAG_ITEM)
    return STEP_MALFORMED;
  if (frame->kind == FRAME_ITEMS)
    return push (self, FRAME_ELEMENTS, frame->encoding, header->length);
  if (header->length == UNDEFINED_LENGTH)
    return STEP_MALFORMED;
  self->skip = header->length;
  return STEP_NEXT;
}

static Step
step (BounceDatasetWalk *self, const guint8 *p, gsize size)
{
  Header header;

  if (size < 8)
    return STEP_MORE_BYTES;
  if (self->offset == 0)
    detect_encoding (self, p);
  if (!read_header (top (self)->encoding, p, size, &header))
    return STEP_MORE_BYTES;
  if (header.size > top (self)->end - self->offset)
    return STEP_MALFORMED;
  return top (self)->kind == FRAME_ELEMENTS ? take_element (self, &header, p, size)
                                            : take_item (self, &header);
}

/* Goes on behind the innermost thing that has a length; ends the walk if nothing has. */
static void
recover (BounceDatasetWalk *self)
{
  if (top (self)->end == NO_END)
    self->is_done = TRUE;
  else
    self->skip = top (self)->end - self->offset;
}

static void
leave_finished (BounceDatasetWalk *self)
{
  while (self->offset >= top (self)->end)
    self->n_frames--;
}

/* Returns how many bytes are dealt with; the rest needs more behind it. */
static gsize
process (BounceDatasetWalk *self, const guint8 *data, gsize size, GError **error)
{
  gsize done = 0;

  while (!self->is_done)
    {
      guint64 before;
      gsize skipped = (gsize) MIN (self->skip, size - done);

      self->skip -= skipped;
      self->offset += skipped;
      done += skipped;
      if (self->skip > 0)
        return done;
      leave_finished (self);

      before = self->offset;
      switch (step (self, data + done, size - done))
        {
        case STEP_MORE_BYTES:
          return done;
        case STEP_TOO_DEEP:
          g_set_error (error, BOUNCE_DICOM_ERROR, BOUNCE_DICOM_ERROR_TOO_DEEP,
                       "sequences are nested deeper than %d", BOUNCE_DATASET_MAX_DEPTH);
          self->is_done = TRUE;
          break;
        case STEP_MALFORMED:
          recover (self);
          break;
        case STEP_NEXT:
          break;
        }
      done += (gsize) (self->offset - before);
    }
  return size;
}

/* Any number of bytes at a time. FALSE: too deep; nothing more will be visited. A truncated or
 * malformed data set is no error here. */
gboolean
bounce_dataset_walk_feed (BounceDatasetWalk *self, const guint8 *data, gsize size, GError **error)
{
  g_autoptr (GError) too_deep = NULL;

  while (size > 0 && !self->is_done)
    {
      gsize used;

      if (self->n_carry == 0)
        {
          used = process (self, data, size, &too_deep);
          data += used;
          size -= used;
        }
      if (size == 0 || self->is_done)
        break;

      /* What is left is less than a header and a short value, or is about to be completed. */
      gsize room = MIN (size, sizeof self->carry - self->n_carry);
      memcpy (self->carry + self->n_carry, data, room);
      self->n_carry += room;
      data += room;
      size -= room;
      used = process (self, self->carry, self->n_carry, &too_deep);
      self->n_carry -= used;
      memmove (self->carry, self->carry + used, self->n_carry);
    }
  if (too_deep == NULL)
    return TRUE;
  g_propagate_error (error, g_steal_pointer (&too_deep));
  return FALSE;
}
