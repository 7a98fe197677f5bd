/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "bounce-dicom-error.h"
#include "bounce-instance-head.h"

G_BEGIN_DECLS

/* Enough of a data set for bounce_dataset_head_parse(), unless huge private groups come first;
 * BounceHeadReader has no such limit. */
#define BOUNCE_DATASET_HEAD_MAX_BYTES (1024 * 1024)

BounceInstanceHead *bounce_dataset_head_parse (const guint8 *data,
                                               gsize size,
                                               const char *transfer_syntax_uid,
                                               GError **error);

/* The same from a data set that arrives in pieces, in constant memory. */
typedef struct _BounceHeadReader BounceHeadReader;

BounceHeadReader *bounce_head_reader_new (const char *transfer_syntax_uid);
void bounce_head_reader_free (BounceHeadReader *self);
gboolean bounce_head_reader_feed (BounceHeadReader *self, const guint8 *data, gsize size);
BounceInstanceHead *bounce_head_reader_finish (BounceHeadReader *self, GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (BounceHeadReader, bounce_head_reader_free)

/* What Bounce calls itself in associations and files. */
#define BOUNCE_IMPLEMENTATION_CLASS_UID    "2.25.185837892943092528339427620335539370971"
#define BOUNCE_IMPLEMENTATION_VERSION_NAME "BOUNCE_0_1"

/* Part 10: preamble, DICM and file meta group; what Bounce writes before the data set bytes. */
typedef struct
{
  const char *sop_class_uid;
  const char *sop_instance_uid;
  const char *transfer_syntax_uid;
  const char *source_ae;    /* (0002,0016) */
  const char *sending_ae;   /* (0002,0017) */
  const char *receiving_ae; /* (0002,0018) */
} BouncePart10Meta;

GBytes *bounce_part10_header_new (const BouncePart10Meta *meta);
gboolean bounce_part10_find_dataset (
    const guint8 *data, gsize size, gsize *offset, char **transfer_syntax_uid, GError **error);

G_END_DECLS
