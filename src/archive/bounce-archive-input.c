/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* Where libzip reads a stranger's archive from: pread on the caller's descriptor, which keeps its
 * position and is not duplicated (libzip's own duplicate would not be closed on exec).
 *
 * libzip keeps the whole central directory in memory, several times its size, and believes any
 * count of entries that the directory is long enough for. So the end records are looked for first,
 * and a directory that is longer than a real one is refused before libzip sees it. Every record in
 * the last bytes counts, because libzip may take another one than we would.
 *
 * Source: APPNOTE.TXT 6.3.10, 4.3.14 to 4.3.16 */

#include "config.h"

#include "bounce-archive-input-private.h"

#include "bounce-archive-reader.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* The end record with the longest comment, and a zip64 locator before it. */
#define END_BYTES            22
#define LOCATOR_BYTES        20
#define TAIL_BYTES           (END_BYTES + 65535 + LOCATOR_BYTES)
#define END64_BYTES          56
#define MAX_DIRECTORY_BYTES  (32 * 1024 * 1024)
#define END_SIGNATURE        "PK\5\6"
#define END64_SIGNATURE      "PK\6\6"
#define LOCATOR_SIGNATURE    "PK\6\7"
#define END_DIRECTORY_SIZE   12 /* where the size of the directory is */
#define END64_DIRECTORY_SIZE 40
#define LOCATOR_END64_OFFSET 8
#define UNKNOWN_SIZE         G_MAXUINT32 /* look into the zip64 record */

static gssize
read_at (int fd, guint8 *buffer, gsize size, guint64 position)
{
  gsize done = 0;

  while (done < size)
    {
      ssize_t n = pread (fd, buffer + done, size - done, (off_t) (position + done));

      if (n < 0 && errno == EINTR)
        continue;
      if (n < 0)
        return -1;
      if (n == 0)
        break;
      done += (gsize) n;
    }
  return (gssize) done;
}

static guint32
read_u32 (const guint8 *p)
{
  guint32 value;

  memcpy (&value, p, sizeof value);
  return GUINT32_FROM_LE (value);
}

static guint64
read_u64 (const guint8 *p)
{
  guint64 value;

  memcpy (&value, p, sizeof value);
  return GUINT64_FROM_LE (value);
}

/* What a zip64 locator points to. */
static gboolean
is_end64_honest (BounceArchiveInput *self, const guint8 *locator)
{
  guint8 record[END64_BYTES];
  guint64 offset = read_u64 (locator + LOCATOR_END64_OFFSET);

  if (offset > self->size_bytes
      || read_at (self->fd, record, sizeof record, offset) != (gssize) sizeof record
      || memcmp (record, END64_SIGNATURE, 4) != 0)
    return TRUE; /* points nowhere: libzip will say so */
  return read_u64 (record + END64_DIRECTORY_SIZE) <= MAX_DIRECTORY_BYTES;
}

static gboolean
is_end_honest (const guint8 *end)
{
  guint32 size = read_u32 (end + END_DIRECTORY_SIZE);

  return size <= MAX_DIRECTORY_BYTES || size == UNKNOWN_SIZE;
}

static gboolean
is_tail_honest (BounceArchiveInput *self, const guint8 *tail, gsize size)
{
  for (gsize i = 0; i + LOCATOR_BYTES <= size; i++)
    {
      if (tail[i] != 'P')
        continue;
      if (memcmp (tail + i, LOCATOR_SIGNATURE, 4) == 0 && !is_end64_honest (self, tail + i))
        return FALSE;
      if (i + END_BYTES <= size && memcmp (tail + i, END_SIGNATURE, 4) == 0
          && !is_end_honest (tail + i))
        return FALSE;
    }
  return TRUE;
}

static gboolean
check_directory (BounceArchiveInput *self, GError **error)
{
  gsize size = MIN (self->size_bytes, TAIL_BYTES);
  g_autofree guint8 *tail = g_malloc (MAX (size, 1));

  if (read_at (self->fd, tail, size, self->size_bytes - size) != (gssize) size)
    {
      g_set_error_literal (error, BOUNCE_ARCHIVE_ERROR, BOUNCE_ARCHIVE_ERROR_IO,
                           "the archive cannot be read");
      return FALSE;
    }
  if (is_tail_honest (self, tail, size))
    return TRUE;
  g_set_error_literal (error, BOUNCE_ARCHIVE_ERROR, BOUNCE_ARCHIVE_ERROR_BOMB,
                       "the archive's directory is longer than an honest one");
  return FALSE;
}

/**
 * bounce_archive_input_init: (skip)
 * @fd: a regular file that stays open as long as @self
 *
 * Thread: any; blocks on the disk
 * Errors: %BOUNCE_ARCHIVE_ERROR_IO, %BOUNCE_ARCHIVE_ERROR_BOMB
 */
gboolean
bounce_archive_input_init (BounceArchiveInput *self, int fd, GError **error)
{
  struct stat status;

  zip_error_init (&self->error);
  self->fd = fd;
  self->position = 0;
  if (fstat (fd, &status) != 0 || !S_ISREG (status.st_mode))
    {
      g_set_error_literal (error, BOUNCE_ARCHIVE_ERROR, BOUNCE_ARCHIVE_ERROR_IO,
                           "the archive cannot be read");
      return FALSE;
    }
  self->size_bytes = (guint64) status.st_size;
  return check_directory (self, error);
}

/**
 * bounce_archive_input_clear: (skip)
 *
 * After libzip has let go of the source.
 */
void
bounce_archive_input_clear (BounceArchiveInput *self)
{
  zip_error_fini (&self->error);
}

static zip_int64_t
read_bytes (BounceArchiveInput *self, void *data, zip_uint64_t size)
{
  gssize n = read_at (self->fd, data, size, self->position);

  if (n < 0)
    zip_error_set (&self->error, ZIP_ER_READ, errno);
  else
    self->position += (guint64) n;
  return n;
}

static zip_int64_t
tell_status (BounceArchiveInput *self, zip_stat_t *status)
{
  zip_stat_init (status);
  status->size = self->size_bytes;
  status->valid = ZIP_STAT_SIZE;
  return sizeof *status;
}

static zip_int64_t
seek_to (BounceArchiveInput *self, void *data, zip_uint64_t size)
{
  zip_int64_t position =
      zip_source_seek_compute_offset (self->position, self->size_bytes, data, size, &self->error);

  if (position < 0)
    return -1;
  self->position = (guint64) position;
  return 0;
}

static zip_int64_t
source_cb (void *user_data, void *data, zip_uint64_t size, zip_source_cmd_t command)
{
  BounceArchiveInput *self = user_data;

  switch (command)
    {
    case ZIP_SOURCE_OPEN:
      self->position = 0;
      return 0;
    case ZIP_SOURCE_READ:
      return read_bytes (self, data, size);
    case ZIP_SOURCE_STAT:
      return tell_status (self, data);
    case ZIP_SOURCE_SEEK:
      return seek_to (self, data, size);
    case ZIP_SOURCE_TELL:
      return (zip_int64_t) self->position;
    case ZIP_SOURCE_ERROR:
      return zip_error_to_data (&self->error, data, size);
    case ZIP_SOURCE_SUPPORTS:
      return ZIP_SOURCE_SUPPORTS_SEEKABLE;
    case ZIP_SOURCE_CLOSE:
    case ZIP_SOURCE_FREE:
      return 0;
    default:
      zip_error_set (&self->error, ZIP_ER_OPNOTSUPP, 0);
      return -1;
    }
}

/**
 * bounce_archive_input_make_source: (skip)
 *
 * Returns: (transfer full) (nullable): a source over @self, which has to outlive it
 */
zip_source_t *
bounce_archive_input_make_source (BounceArchiveInput *self)
{
  return zip_source_function_create (source_cb, self, NULL);
}
