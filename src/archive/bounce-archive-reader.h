/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "bounce-package.h"

G_BEGIN_DECLS

/* Reads the entries of a ZIP that somebody else made, one after another. One thread at a time. */
typedef struct _BounceArchiveReader BounceArchiveReader;

/* More entries than this, or more than BOUNCE_ARCHIVE_MAX_RATIO times the archive's size once
 * BOUNCE_ARCHIVE_FREE_BYTES are unpacked, is a bomb. */
#define BOUNCE_ARCHIVE_MAX_ENTRIES 200000
#define BOUNCE_ARCHIVE_FREE_BYTES  (G_GUINT64_CONSTANT (1) << 30)
#define BOUNCE_ARCHIVE_MAX_RATIO   200

BounceArchiveReader *bounce_archive_reader_open (int fd, GError **error);
void bounce_archive_reader_free (BounceArchiveReader *self);
const char *bounce_archive_reader_next (BounceArchiveReader *self);
gboolean bounce_archive_reader_is_link (BounceArchiveReader *self); /* the entry: a symbolic link */
gssize
bounce_archive_reader_read (BounceArchiveReader *self, guint8 *buffer, gsize size, GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (BounceArchiveReader, bounce_archive_reader_free)

G_END_DECLS
