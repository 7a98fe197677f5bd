/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "bounce-package.h"

G_BEGIN_DECLS

/* An entry up to this size is one deflate stream made by libdeflate, which is the fastest but only
 * takes whole buffers. */
#define BOUNCE_PACKAGE_WHOLE_BYTES (4 * 1024 * 1024)
/* A larger entry is cut into blocks of this size, each compressed by zlib and ended with a sync
 * flush, so that they make one stream when put one after the other. */
#define BOUNCE_PACKAGE_BLOCK_BYTES (1024 * 1024)

typedef struct _BouncePackagePart BouncePackagePart;

/* One piece of work of the pool: a range of an entry's file, read, checked and compressed. */
struct _BouncePackagePart
{
  const BouncePackageEntry *entry;
  guint64 offset;
  gsize size_bytes;
  gboolean is_last;

  /* Called on the pool's thread when the fields below are filled. */
  void (*done) (BouncePackagePart *self);
  gboolean (*is_unwanted) (BouncePackagePart *self);
  gpointer owner;

  guint8 *data; /* (owned) what goes into the archive */
  gsize data_bytes;
  guint32 crc32;    /* of the file's bytes */
  GError *error;    /* (owned) (nullable) */
  gboolean is_done; /* (lock of the owner) */
};

BouncePackagePart *bounce_package_part_new (const BouncePackageEntry *entry, guint64 offset);
void bounce_package_part_free (BouncePackagePart *self);
void bounce_package_pool_push (BouncePackagePart *part);

G_END_DECLS
