/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

#define BOUNCE_SHA256_LENGTH 32

/* CRC-32 (of everything) and SHA-256 (of everything after bounce_digest_mark_dataset(), or of
 * everything if it is never called) in one pass. Not thread-safe; one owner. */
typedef struct _BounceDigest BounceDigest;

BounceDigest *bounce_digest_new (void);
void bounce_digest_free (BounceDigest *self);
void bounce_digest_update_header (BounceDigest *self, const void *data, gsize size); /* CRC only */
void bounce_digest_update (BounceDigest *self, const void *data, gsize size);        /* both */
guint32 bounce_digest_get_crc32 (const BounceDigest *self);
void bounce_digest_finish (BounceDigest *self, guint32 *crc32, guint8 sha256[BOUNCE_SHA256_LENGTH]);
char *bounce_sha256_to_hex (const guint8 sha256[BOUNCE_SHA256_LENGTH]);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (BounceDigest, bounce_digest_free)

G_END_DECLS
