/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* What a file of the tree really holds: its size, CRC-32 and the SHA-256 of its data set. */

#include "config.h"

#include "bounce-store-private.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#define BLOCK_BYTES (256 * 1024)
/* PS3.10 7.1: preamble, "DICM", then (0002,0000) UL as explicit little endian. */
#define PREAMBLE_BYTES 128
#define HEAD_BYTES     (PREAMBLE_BYTES + 4 + 12)

/* Where the data set begins, from the file meta group's length, which Bounce always writes; 0 when
 * the file is not one of ours. Source: PS3.10 7.1 */
gsize
bounce_store_find_dataset (int fd)
{
  static const guint8 group_length[] = { 'D', 'I', 'C', 'M', 2, 0, 0, 0, 'U', 'L', 4, 0 };
  guint8 head[HEAD_BYTES];
  guint32 length;

  if (pread (fd, head, sizeof head, 0) != (ssize_t) sizeof head
      || memcmp (head + PREAMBLE_BYTES, group_length, sizeof group_length) != 0)
    return 0;
  memcpy (&length, head + PREAMBLE_BYTES + sizeof group_length, sizeof length);
  return sizeof head + GUINT32_FROM_LE (length);
}

/* Thread: blocking. Errors: IO. */
gboolean
bounce_store_digest_file (int fd, gsize dataset_offset, BounceFileDigest *digest, GError **error)
{
  g_autoptr (BounceDigest) state = bounce_digest_new ();
  g_autofree guint8 *block = g_malloc (BLOCK_BYTES);
  gsize at = 0;

  for (;;)
    {
      gsize wanted = at < dataset_offset ? MIN (dataset_offset - at, BLOCK_BYTES) : BLOCK_BYTES;
      ssize_t size = pread (fd, block, wanted, (off_t) at);

      if (size < 0 && errno == EINTR)
        continue;
      if (size < 0)
        {
          bounce_store_set_error_errno (error, errno, "reading", "a study file");
          return FALSE;
        }
      if (size == 0)
        break;
      if (at < dataset_offset)
        bounce_digest_update_header (state, block, (gsize) size);
      else
        bounce_digest_update (state, block, (gsize) size);
      at += (gsize) size;
    }
  digest->size_bytes = at;
  bounce_digest_finish (state, &digest->crc32, digest->dataset_sha256);
  return TRUE;
}
