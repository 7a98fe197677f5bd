/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "bounce-dicom-error.h"
#include "bounce-instance-head.h"

G_BEGIN_DECLS

#define BOUNCE_DATASET_HEAD_MAX_BYTES (1024 * 1024)

/* Parses the tags of a data set from its first bytes (data may end anywhere after the tags wanted:
 * pixel data is never needed). Checks nesting before DCMTK sees it. Deflated syntaxes are inflated
 * with a cap. Text becomes UTF-8 by (0008,0005). A tag that cannot be read is absent, not fatal;
 * missing study/series/SOP UIDs are. */
BounceInstanceHead *bounce_dataset_head_parse (const guint8 *data, gsize size,
                                               const char *transfer_syntax_uid, GError **error);

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
/* Offset of the data set and the transfer syntax of a Part 10 file's first bytes. */
gboolean bounce_part10_find_dataset (const guint8 *data, gsize size, gsize *offset,
                                     char **transfer_syntax_uid, GError **error);

G_END_DECLS
