/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* The pool that reads, checks and compresses the parts of packages.
 *
 * One for the process, made at the first part, never ended. Its threads run at nice +10 in
 * SCHED_BATCH: receiving and syncing images always go first, packaging takes what is left. Each
 * thread keeps a compressor and an input buffer of one part. What goes out depends on the part
 * alone, never on which thread made it or when. */

#include "config.h"

#include "bounce-package-pool-private.h"

#include <errno.h>
#include <fcntl.h>
#include <libdeflate.h>
#include <sched.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

/* More threads than this would hold more buffers without a disk that could feed them. */
#define MAX_THREADS   8
#define NICE_LEVEL    10
#define DEFLATE_LEVEL 1
/* A sync flush adds five bytes and up to a byte of padding to deflateBound()'s answer. */
#define SYNC_FLUSH_BYTES 16

typedef struct
{
  struct libdeflate_compressor *whole; /* (owned) */
  z_stream blocks;
  guint8 *input; /* (owned) BOUNCE_PACKAGE_WHOLE_BYTES */
} Bench;

/* Both calls can only be refused, which costs nothing but the courtesy. */
static void
lower_priority (void)
{
  struct sched_param batch = { 0 };

  (void) sched_setscheduler (0, SCHED_BATCH, &batch);
  (void) setpriority (PRIO_PROCESS, 0, NICE_LEVEL);
}

static void
open_bench (Bench *bench)
{
  bench->input = g_malloc (BOUNCE_PACKAGE_WHOLE_BYTES);
  bench->whole = libdeflate_alloc_compressor (DEFLATE_LEVEL);
  if (bench->whole == NULL
      || deflateInit2 (&bench->blocks, DEFLATE_LEVEL, Z_DEFLATED, -MAX_WBITS, MAX_MEM_LEVEL,
                       Z_DEFAULT_STRATEGY)
             != Z_OK)
    g_error ("No memory for a compressor");
}

static void
set_read_error (BouncePackagePart *part, int errsv)
{
  int code = BOUNCE_ARCHIVE_ERROR_IO;

  if (errsv == ENOENT || errsv == ENOTDIR)
    code = BOUNCE_ARCHIVE_ERROR_MISSING;
  part->error =
      g_error_new (BOUNCE_ARCHIVE_ERROR, code, "%s: %s", part->entry->name, g_strerror (errsv));
}

static void
set_size_error (BouncePackagePart *part)
{
  part->error = g_error_new (BOUNCE_ARCHIVE_ERROR, BOUNCE_ARCHIVE_ERROR_DAMAGED,
                             "%s is not the size it was received with", part->entry->name);
}

static gboolean
read_range (BouncePackagePart *part, int fd, guint8 *buffer)
{
  gsize done = 0;

  while (done < part->size_bytes)
    {
      ssize_t n = pread (fd, buffer + done, part->size_bytes - done, part->offset + done);

      if (n < 0 && errno == EINTR)
        continue;
      if (n < 0)
        set_read_error (part, errno);
      else if (n == 0)
        set_size_error (part);
      if (n <= 0)
        return FALSE;
      done += n;
    }

  return TRUE;
}

static gboolean
read_part (BouncePackagePart *part, guint8 *buffer)
{
  struct stat st;
  gboolean is_read = FALSE;
  int fd = open (part->entry->path, O_RDONLY | O_CLOEXEC);

  if (fd < 0)
    {
      set_read_error (part, errno);
      return FALSE;
    }
  if (fstat (fd, &st) != 0)
    set_read_error (part, errno);
  else if (!S_ISREG (st.st_mode) || (guint64) st.st_size != part->entry->size_bytes)
    set_size_error (part);
  else
    is_read = read_range (part, fd, buffer);
  close (fd);

  return is_read;
}

static void
store_part (BouncePackagePart *part, const guint8 *input)
{
  part->data = g_memdup2 (input, part->size_bytes);
  part->data_bytes = part->size_bytes;
}

static void
deflate_whole (BouncePackagePart *part, Bench *bench)
{
  gsize bound = libdeflate_deflate_compress_bound (bench->whole, part->size_bytes);

  part->data = g_malloc (bound);
  part->data_bytes =
      libdeflate_deflate_compress (bench->whole, bench->input, part->size_bytes, part->data, bound);
  g_assert (part->data_bytes > 0);
  part->data = g_realloc (part->data, part->data_bytes);
}

static void
deflate_block (BouncePackagePart *part, Bench *bench)
{
  z_stream *stream = &bench->blocks;
  gsize bound;
  int result;

  deflateReset (stream);
  bound = deflateBound (stream, part->size_bytes) + SYNC_FLUSH_BYTES;
  part->data = g_malloc (bound);
  stream->next_in = bench->input;
  stream->avail_in = part->size_bytes;
  stream->next_out = part->data;
  stream->avail_out = bound;
  result = deflate (stream, part->is_last ? Z_FINISH : Z_SYNC_FLUSH);
  g_assert (result == (part->is_last ? Z_STREAM_END : Z_OK));
  g_assert (stream->avail_in == 0 && stream->avail_out > 0);
  part->data_bytes = bound - stream->avail_out;
  part->data = g_realloc (part->data, part->data_bytes);
}

static void
run_part (BouncePackagePart *part, Bench *bench)
{
  if (part->is_unwanted (part) || !read_part (part, bench->input))
    return;
  part->crc32 = libdeflate_crc32 (0, bench->input, part->size_bytes);
  if (part->entry->is_compressed)
    store_part (part, bench->input);
  else if (part->entry->size_bytes <= BOUNCE_PACKAGE_WHOLE_BYTES)
    deflate_whole (part, bench);
  else
    deflate_block (part, bench);
}

/* Lives as long as the process, and its bench with it. */
static gpointer
run_parts_worker (gpointer data)
{
  GAsyncQueue *parts = data;
  Bench bench = { 0 };

  lower_priority ();
  open_bench (&bench);
  while (TRUE)
    {
      BouncePackagePart *part = g_async_queue_pop (parts);

      run_part (part, &bench);
      part->done (part);
    }

  return NULL;
}

/**
 * bounce_package_part_new:
 * @entry: the entry; must outlive the part
 * @offset: where the part starts; 0 or a multiple of the block size
 *
 * Source: RFC 1951 3.2.4, an empty stored block brings a stream to a byte boundary
 * Returns: (transfer full): the part that starts at @offset
 */
BouncePackagePart *
bounce_package_part_new (const BouncePackageEntry *entry, guint64 offset)
{
  BouncePackagePart *self = g_new0 (BouncePackagePart, 1);
  guint64 rest = entry->size_bytes - offset;
  gboolean is_whole = entry->size_bytes <= BOUNCE_PACKAGE_WHOLE_BYTES;

  self->entry = entry;
  self->offset = offset;
  self->size_bytes = is_whole ? rest : MIN (rest, BOUNCE_PACKAGE_BLOCK_BYTES);
  self->is_last = offset + self->size_bytes == entry->size_bytes;

  return self;
}

/**
 * bounce_package_part_free:
 * @self: (transfer full): a part that is not in the pool
 */
void
bounce_package_part_free (BouncePackagePart *self)
{
  g_free (self->data);
  g_clear_error (&self->error);
  g_free (self);
}

static gpointer
start_pool (gpointer data)
{
  GAsyncQueue *parts = g_async_queue_new ();
  guint threads = CLAMP (g_get_num_processors (), 1, MAX_THREADS);

  for (guint i = 0; i < threads; i++)
    g_thread_unref (g_thread_new ("bounce-pack", run_parts_worker, parts));

  return parts;
}

/**
 * bounce_package_pool_push:
 * @part: stays the caller's, who must not touch it until its done() was called
 *
 * Thread: any; done() runs on a thread of the pool.
 */
void
bounce_package_pool_push (BouncePackagePart *part)
{
  static GOnce once = G_ONCE_INIT;

  g_async_queue_push (g_once (&once, start_pool, NULL), part);
}
