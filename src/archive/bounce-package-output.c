/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* Where libzip writes a package: a libzip source over a descriptor of ours.
 *
 * libzip's own file source makes a temporary file of its own naming and writes in pieces of 8 KiB,
 * with a flush at each seek. This one writes the given file in large pieces and keeps the errno, so
 * that a full disk can be told from a broken one. Nothing is ever read through it.
 * Used by the thread of one package. */

#include "config.h"

#include "bounce-package-output-private.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

/* Large enough to hold the usual entry, whose header libzip writes a second time. */
#define BUFFER_BYTES (1024 * 1024)

struct _BouncePackageOutput
{
  int fd;
  int errsv;      /* of the first write that failed */
  guint8 *buffer; /* (owned) the bytes from start on that are not written yet */
  guint64 start;
  gsize filled;
  guint64 position;
  zip_error_t error;
};

/**
 * bounce_package_output_open:
 * @path: created with mode 0600, or emptied
 *
 * Errors: NO_SPACE, IO.
 * Returns: (transfer full) (nullable): the output
 */
BouncePackageOutput *
bounce_package_output_open (const char *path, GError **error)
{
  BouncePackageOutput *self;
  int fd = open (path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);

  if (fd < 0)
    {
      int errsv = errno;

      g_set_error (error, BOUNCE_ARCHIVE_ERROR,
                   errsv == ENOSPC || errsv == EDQUOT ? BOUNCE_ARCHIVE_ERROR_NO_SPACE
                                                      : BOUNCE_ARCHIVE_ERROR_IO,
                   "package: %s", g_strerror (errsv));
      return NULL;
    }
  self = g_new0 (BouncePackageOutput, 1);
  self->fd = fd;
  self->buffer = g_malloc (BUFFER_BYTES);
  zip_error_init (&self->error);

  return self;
}

/**
 * bounce_package_output_free:
 * @self: (transfer full): an output whose libzip source is gone
 */
void
bounce_package_output_free (BouncePackageOutput *self)
{
  close (self->fd);
  zip_error_fini (&self->error);
  g_free (self->buffer);
  g_free (self);
}

static gboolean
write_at (BouncePackageOutput *self, const guint8 *data, gsize size, guint64 position)
{
  while (size > 0)
    {
      ssize_t n = pwrite (self->fd, data, size, position);

      if (n < 0 && errno == EINTR)
        continue;
      if (n <= 0)
        {
          self->errsv = n < 0 ? errno : EIO;
          zip_error_set (&self->error, ZIP_ER_WRITE, self->errsv);
          return FALSE;
        }
      data += n;
      size -= n;
      position += n;
    }

  return TRUE;
}

static gboolean
flush_buffer (BouncePackageOutput *self)
{
  if (!write_at (self, self->buffer, self->filled, self->start))
    return FALSE;
  self->start += self->filled;
  self->filled = 0;

  return TRUE;
}

/* The part of a write that lies before the buffer: a header that is written again. */
static gsize
write_behind (BouncePackageOutput *self, const guint8 *data, gsize size)
{
  gsize behind;

  if (self->position >= self->start)
    return 0;
  behind = MIN (size, self->start - self->position);

  return write_at (self, data, behind, self->position) ? behind : 0;
}

static zip_int64_t
write_bytes (BouncePackageOutput *self, const guint8 *data, gsize size)
{
  gsize done = write_behind (self, data, size);

  if (self->errsv != 0)
    return -1;
  self->position += done;
  while (done < size)
    {
      gsize at;
      gsize n;

      if (self->position - self->start == BUFFER_BYTES && !flush_buffer (self))
        return -1;
      at = self->position - self->start;
      n = MIN (size - done, BUFFER_BYTES - at);
      memcpy (self->buffer + at, data + done, n);
      self->filled = MAX (self->filled, at + n);
      self->position += n;
      done += n;
    }

  return (zip_int64_t) size;
}

static zip_int64_t
seek_write (BouncePackageOutput *self, void *data, zip_uint64_t size)
{
  zip_uint64_t end = self->start + self->filled;
  zip_int64_t offset =
      zip_source_seek_compute_offset (self->position, end, data, size, &self->error);

  if (offset < 0)
    return -1;
  self->position = (guint64) offset;

  return 0;
}

static zip_int64_t
answer_stat (void *data)
{
  zip_stat_t *st = data;

  zip_stat_init (st);
  st->size = 0;
  st->valid |= ZIP_STAT_SIZE;

  return sizeof *st;
}

static zip_int64_t
run_command_cb (void *user_data, void *data, zip_uint64_t size, zip_source_cmd_t command)
{
  BouncePackageOutput *self = user_data;

  switch ((int) command)
    {
    case ZIP_SOURCE_SUPPORTS:
      return zip_source_make_command_bitmap (
          ZIP_SOURCE_OPEN, ZIP_SOURCE_READ, ZIP_SOURCE_CLOSE, ZIP_SOURCE_STAT, ZIP_SOURCE_ERROR,
          ZIP_SOURCE_FREE, ZIP_SOURCE_SEEK, ZIP_SOURCE_TELL, ZIP_SOURCE_BEGIN_WRITE,
          ZIP_SOURCE_COMMIT_WRITE, ZIP_SOURCE_ROLLBACK_WRITE, ZIP_SOURCE_WRITE,
          ZIP_SOURCE_SEEK_WRITE, ZIP_SOURCE_TELL_WRITE, ZIP_SOURCE_REMOVE, -1);
    case ZIP_SOURCE_STAT:
      return answer_stat (data);
    case ZIP_SOURCE_WRITE:
      return write_bytes (self, data, size);
    case ZIP_SOURCE_SEEK_WRITE:
      return seek_write (self, data, size);
    case ZIP_SOURCE_TELL_WRITE:
      return (zip_int64_t) self->position;
    case ZIP_SOURCE_COMMIT_WRITE:
      return flush_buffer (self) ? 0 : -1;
    case ZIP_SOURCE_ERROR:
      return zip_error_to_data (&self->error, data, size);
    default:
      /* Opened empty and never read: the other commands have nothing to do. */
      return 0;
    }
}

/**
 * bounce_package_output_create_source:
 * @error: filled when there is no memory
 *
 * Returns: (transfer full) (nullable): a source that must be gone before @self
 */
zip_source_t *
bounce_package_output_create_source (BouncePackageOutput *self, zip_error_t *error)
{
  return zip_source_function_create (run_command_cb, self, error);
}

/**
 * bounce_package_output_get_errno:
 *
 * Returns: the errno of the first write that failed, or 0
 */
int
bounce_package_output_get_errno (BouncePackageOutput *self)
{
  return self->errsv;
}

/**
 * bounce_package_output_get_fd:
 *
 * Returns: the descriptor, open until bounce_package_output_free()
 */
int
bounce_package_output_get_fd (BouncePackageOutput *self)
{
  return self->fd;
}
