/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef enum
{
  BOUNCE_PHANTOM_CT,         /* 512 × 512, 16 bit, 526 KB */
  BOUNCE_PHANTOM_SMALL,      /* 100 × 100, 16 bit, 20 KB */
  BOUNCE_PHANTOM_MULTIFRAME, /* one object of multiframe_mb */
} BouncePhantomKind;

/* All zero but n_instances is a valid choice. */
typedef struct
{
  BouncePhantomKind kind;
  guint64 seed;        /* the same seed: the same bytes */
  guint n_instances;   /* of the study; at least 1 */
  guint n_series;      /* 0: 1 */
  guint multiframe_mb; /* MULTIFRAME: 1 to 1900 */
} BouncePhantom;

char *bounce_phantom_study_uid (const BouncePhantom *phantom);
char *bounce_phantom_series_uid (const BouncePhantom *phantom, guint index);
char *bounce_phantom_sop_uid (const BouncePhantom *phantom, guint index);
const char *bounce_phantom_patient_name (const BouncePhantom *phantom);
GBytes *bounce_phantom_make (const BouncePhantom *phantom, guint index, gsize *dataset_offset);
gboolean bounce_phantom_write (const BouncePhantom *phantom, const char *directory, GError **error);

G_END_DECLS
