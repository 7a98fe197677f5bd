/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

#define BOUNCE_PART10_EXPLICIT_LE "1.2.840.10008.1.2.1"

/* What a sender needs to know of a Part 10 file. */
typedef struct
{
  char sop_class_uid[65];
  char sop_instance_uid[65];
  char transfer_syntax_uid[65];
  gsize dataset_offset; /* bytes: preamble, DICM and the meta group */
} BouncePart10Meta;

void
bounce_part10_add (GByteArray *out, guint32 tag, const char *vr, gconstpointer value, gsize size);
void bounce_part10_add_text (GByteArray *out, guint32 tag, const char *vr, const char *text);
void bounce_part10_add_us (GByteArray *out, guint32 tag, guint16 value);
void bounce_part10_add_head (GByteArray *out, const BouncePart10Meta *meta);
gboolean bounce_part10_read_meta (gconstpointer bytes, gsize size, BouncePart10Meta *meta);

G_END_DECLS
