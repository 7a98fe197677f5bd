/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "bounce-dicom-error.h"

G_BEGIN_DECLS

/* Sequences within sequences. Deeper ones do not exist outside of attacks. DCMTK recurses into them
 * and overflows its stack: whoever has it parse a file checks the whole file first. */
#define BOUNCE_DATASET_MAX_DEPTH 64
/* No wanted value is longer: 64 characters of a name in up to three groups of up to 4 bytes each.
 */
#define BOUNCE_DATASET_MAX_VALUE_BYTES 4096

#define BOUNCE_TAG(group, element) ((guint32) (group) << 16 | (element))

typedef enum
{
  BOUNCE_ENCODING_EXPLICIT_LITTLE,
  BOUNCE_ENCODING_IMPLICIT_LITTLE,
  BOUNCE_ENCODING_EXPLICIT_BIG,
} BounceEncoding;

/* One element of the outermost level; value NULL: longer than BOUNCE_DATASET_MAX_VALUE_BYTES, or a
 * sequence. FALSE: nothing more is wanted. */
typedef gboolean (*BounceDatasetVisitor) (guint32 tag,
                                          const guint8 *value,
                                          gsize size,
                                          gpointer user_data);

typedef struct _BounceDatasetWalk BounceDatasetWalk;

BounceDatasetWalk *
bounce_dataset_walk_new (BounceEncoding encoding, BounceDatasetVisitor visit, gpointer user_data);
void bounce_dataset_walk_free (BounceDatasetWalk *self);
gboolean
bounce_dataset_walk_feed (BounceDatasetWalk *self, const guint8 *data, gsize size, GError **error);
gboolean bounce_dataset_walk_is_done (BounceDatasetWalk *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (BounceDatasetWalk, bounce_dataset_walk_free)

G_END_DECLS
