/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "bounce-digest.h"
#include "bounce-progress.h"

#include <gio/gio.h>

G_BEGIN_DECLS

#define BOUNCE_ARCHIVE_ERROR (bounce_archive_error_quark ())

typedef enum
{
  BOUNCE_ARCHIVE_ERROR_NO_SPACE,
  BOUNCE_ARCHIVE_ERROR_IO,
  BOUNCE_ARCHIVE_ERROR_MISSING,   /* an entry's file is not there */
  BOUNCE_ARCHIVE_ERROR_DAMAGED,   /* an entry's file is not the size or CRC-32 it was */
  BOUNCE_ARCHIVE_ERROR_INVALID,   /* an archive that breaks a limit or is no archive */
  BOUNCE_ARCHIVE_ERROR_ENCRYPTED, /* an entry that wants a password */
  BOUNCE_ARCHIVE_ERROR_BOMB,      /* an archive with more in it than an honest one of its size */
} BounceArchiveError;

GQuark bounce_archive_error_quark (void);

typedef struct
{
  char *name; /* {series}/{sop}.dcm */
  char *path;
  guint64 size_bytes;
  guint32 crc32;
  gboolean is_compressed; /* encapsulated or deflated transfer syntax: stored, not deflated */
} BouncePackageEntry;

BouncePackageEntry *bounce_package_entry_new (
    const char *name, const char *path, guint64 size_bytes, guint32 crc32, gboolean is_compressed);
void bounce_package_entry_free (BouncePackageEntry *self);

typedef struct
{
  guint64 size_bytes;
  guint8 sha256[BOUNCE_SHA256_LENGTH];
} BouncePackageInfo;

/* Writes a ZIP of entries (element-type BouncePackageEntry) at path: same entries, same bytes.
 * Compresses on the shared pool. Progress counts input bytes (nullable). The error names the entry
 * that is MISSING or DAMAGED. The file is synced. */
void bounce_package_write_async (const char *path,
                                 GPtrArray *entries,
                                 BounceProgress *progress,
                                 GCancellable *cancellable,
                                 GAsyncReadyCallback callback,
                                 gpointer user_data);
gboolean
bounce_package_write_finish (GAsyncResult *result, BouncePackageInfo *info, GError **error);
/* Is the file at path exactly this package? (size, SHA-256) */
void bounce_package_verify_async (const char *path,
                                  const BouncePackageInfo *info,
                                  GCancellable *cancellable,
                                  GAsyncReadyCallback callback,
                                  gpointer user_data);
gboolean bounce_package_verify_finish (GAsyncResult *result, gboolean *is_same, GError **error);

/* PS3.5 A.4, A.5: does this transfer syntax carry compressed data? */
gboolean bounce_transfer_syntax_is_compressed (const char *transfer_syntax_uid);

G_END_DECLS
