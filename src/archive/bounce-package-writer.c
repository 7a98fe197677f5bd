/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* Writes one package, on the thread of that package.
 *
 * libzip makes the container and asks for the entries one after the other; each entry's source says
 * that its data is already deflated (or stored) and hands over what the pool made. The same entries
 * give the same bytes: order, names, times, attributes, part sizes and compression level are fixed.
 */

#include "config.h"

#include "bounce-package-output-private.h"
#include "bounce-package-parts-private.h"
#include "bounce-package-writer-private.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zip.h>
#include <zlib.h>

/* 1980-01-01 00:00, the first time a ZIP can hold. */
#define DOS_DATE ((1 << 5) | 1)
#define DOS_TIME 0
/* rw-r--r--, a regular file, in the upper half as zip(1) on Unix writes it. */
#define UNIX_ATTRIBUTES (0100644u << 16)
#define MEASURE_BYTES   (256 * 1024)

typedef struct
{
  GPtrArray *entries;        /* (unowned) (element-type BouncePackageEntry) */
  BounceProgress *progress;  /* (unowned) (nullable) */
  GCancellable *cancellable; /* (unowned) (nullable) */
  guint64 total_bytes;
  guint64 done_bytes;

  BouncePackageParts *parts;  /* (owned) */
  BouncePackagePart *current; /* (owned) (nullable) being read by libzip */
  gsize current_read;
  guint32 entry_crc32; /* of the entry's parts so far */
  GError *error;       /* (owned) (nullable) the first */
} Writer;

typedef struct
{
  Writer *writer;            /* (unowned) */
  BouncePackageEntry *entry; /* (unowned) */
  zip_error_t error;
} EntrySource;

static void
cancelled_cb (GCancellable *cancellable, BouncePackageParts *parts)
{
  bounce_package_parts_stop (parts);
}

static gboolean
check_entry_crc32 (Writer *writer)
{
  const BouncePackageEntry *entry = writer->current->entry;

  if (writer->entry_crc32 == entry->crc32)
    return TRUE;
  g_set_error (&writer->error, BOUNCE_ARCHIVE_ERROR, BOUNCE_ARCHIVE_ERROR_DAMAGED,
               "%s is not the bytes it was received with", entry->name);

  return FALSE;
}

static gboolean
take_part (Writer *writer)
{
  BouncePackagePart *part = bounce_package_parts_take (writer->parts);

  if (part == NULL)
    return FALSE;
  writer->current = part;
  writer->current_read = 0;
  if (part->error != NULL)
    {
      writer->error = g_steal_pointer (&part->error);
      return FALSE;
    }
  writer->entry_crc32 =
      part->offset == 0
          ? part->crc32
          : (guint32) crc32_combine (writer->entry_crc32, part->crc32, (z_off_t) part->size_bytes);

  return !part->is_last || check_entry_crc32 (writer);
}

static void
finish_part (Writer *writer)
{
  writer->done_bytes += writer->current->size_bytes;
  if (writer->progress != NULL)
    bounce_progress_set (writer->progress, writer->done_bytes, writer->total_bytes);
  g_clear_pointer (&writer->current, bounce_package_part_free);
}

/* Never a short count before the entry's end: libzip takes 0 for the end. */
static zip_int64_t
read_entry (EntrySource *source, guint8 *buffer, gsize size)
{
  Writer *writer = source->writer;
  gsize done = 0;

  while (done < size)
    {
      gsize n;
      gboolean is_last;

      if (writer->current == NULL && !take_part (writer))
        {
          zip_error_set (&source->error, ZIP_ER_READ, EIO);
          return -1;
        }
      n = MIN (size - done, writer->current->data_bytes - writer->current_read);
      if (n > 0)
        memcpy (buffer + done, writer->current->data + writer->current_read, n);
      writer->current_read += n;
      done += n;
      if (writer->current_read < writer->current->data_bytes)
        break;
      is_last = writer->current->is_last;
      /* The last part stays until the source is closed, so that the next read finds the end. */
      if (is_last)
        break;
      finish_part (writer);
    }

  return (zip_int64_t) done;
}

static zip_int64_t
answer_stat (EntrySource *source, void *data)
{
  zip_stat_t *st = data;

  zip_stat_init (st);
  st->size = source->entry->size_bytes;
  st->crc = source->entry->crc32;
  st->comp_method = source->entry->is_compressed ? ZIP_CM_STORE : ZIP_CM_DEFLATE;
  st->encryption_method = ZIP_EM_NONE;
  st->valid = ZIP_STAT_SIZE | ZIP_STAT_CRC | ZIP_STAT_COMP_METHOD | ZIP_STAT_ENCRYPTION_METHOD;
  if (source->entry->is_compressed)
    {
      st->comp_size = st->size;
      st->valid |= ZIP_STAT_COMP_SIZE;
    }

  return sizeof *st;
}

static void
close_entry (EntrySource *source)
{
  if (source->writer->current != NULL)
    finish_part (source->writer);
}

static zip_int64_t
run_entry_command_cb (void *user_data, void *data, zip_uint64_t size, zip_source_cmd_t command)
{
  EntrySource *source = user_data;

  switch ((int) command)
    {
    case ZIP_SOURCE_SUPPORTS:
      return ZIP_SOURCE_SUPPORTS_READABLE;
    case ZIP_SOURCE_STAT:
      return answer_stat (source, data);
    case ZIP_SOURCE_READ:
      return read_entry (source, data, size);
    case ZIP_SOURCE_CLOSE:
      close_entry (source);
      return 0;
    case ZIP_SOURCE_ERROR:
      return zip_error_to_data (&source->error, data, size);
    case ZIP_SOURCE_FREE:
      zip_error_fini (&source->error);
      g_free (source);
      return 0;
    default:
      return 0;
    }
}

static gboolean
add_entry (zip_t *zip, Writer *writer, BouncePackageEntry *entry, GError **error)
{
  EntrySource *data = g_new0 (EntrySource, 1);
  zip_source_t *source;
  zip_int64_t index = -1;

  data->writer = writer;
  data->entry = entry;
  zip_error_init (&data->error);
  source = zip_source_function (zip, run_entry_command_cb, data);
  if (source == NULL)
    g_free (data);
  else if ((index = zip_file_add (zip, entry->name, source, ZIP_FL_ENC_UTF_8)) < 0)
    zip_source_free (source);
  /* The default takes the source's method as it is; anything else would compress again. */
  if (index < 0
      || zip_set_file_compression (zip, index, entry->is_compressed ? ZIP_CM_STORE : ZIP_CM_DEFAULT,
                                   0)
             != 0
      || zip_file_set_dostime (zip, index, DOS_TIME, DOS_DATE, 0) != 0
      || zip_file_set_external_attributes (zip, index, 0, ZIP_OPSYS_UNIX, UNIX_ATTRIBUTES) != 0)
    {
      g_set_error (error, BOUNCE_ARCHIVE_ERROR, BOUNCE_ARCHIVE_ERROR_INVALID, "%s: %s", entry->name,
                   zip_strerror (zip));
      return FALSE;
    }

  return TRUE;
}

/* What stopped libzip: our own reading, our own writing, or libzip itself. */
static void
set_close_error (Writer *writer, BouncePackageOutput *output, zip_t *zip, GError **error)
{
  int errsv = bounce_package_output_get_errno (output);

  if (g_cancellable_set_error_if_cancelled (writer->cancellable, error))
    return;
  if (writer->error != NULL)
    g_propagate_error (error, g_steal_pointer (&writer->error));
  else if (errsv == ENOSPC || errsv == EDQUOT)
    g_set_error_literal (error, BOUNCE_ARCHIVE_ERROR, BOUNCE_ARCHIVE_ERROR_NO_SPACE,
                         "no space left for the package");
  else if (errsv != 0)
    g_set_error (error, BOUNCE_ARCHIVE_ERROR, BOUNCE_ARCHIVE_ERROR_IO, "package: %s",
                 g_strerror (errsv));
  else
    g_set_error (error, BOUNCE_ARCHIVE_ERROR, BOUNCE_ARCHIVE_ERROR_IO, "package: %s",
                 zip_strerror (zip));
}

static gboolean
fill_zip (zip_t *zip, Writer *writer, BouncePackageOutput *output, GError **error)
{
  gboolean is_added = TRUE;

  for (guint i = 0; is_added && i < writer->entries->len; i++)
    is_added = add_entry (zip, writer, g_ptr_array_index (writer->entries, i), error);
  if (is_added && zip_close (zip) == 0)
    return TRUE;
  if (is_added)
    set_close_error (writer, output, zip, error);
  zip_discard (zip);

  return FALSE;
}

static gboolean
write_zip (Writer *writer, BouncePackageOutput *output, GError **error)
{
  zip_error_t zip_error;
  zip_source_t *source;
  zip_t *zip = NULL;
  gulong handler = 0;
  gboolean is_written;

  zip_error_init (&zip_error);
  source = bounce_package_output_create_source (output, &zip_error);
  if (source != NULL)
    zip = zip_open_from_source (source, ZIP_CREATE | ZIP_TRUNCATE, &zip_error);
  if (zip == NULL)
    {
      g_set_error (error, BOUNCE_ARCHIVE_ERROR, BOUNCE_ARCHIVE_ERROR_IO, "package: %s",
                   zip_error_strerror (&zip_error));
      g_clear_pointer (&source, zip_source_free);
      zip_error_fini (&zip_error);
      return FALSE;
    }
  if (writer->cancellable != NULL)
    handler =
        g_cancellable_connect (writer->cancellable, G_CALLBACK (cancelled_cb), writer->parts, NULL);
  is_written = fill_zip (zip, writer, output, error);
  g_cancellable_disconnect (writer->cancellable, handler);
  bounce_package_parts_stop (writer->parts);
  g_clear_pointer (&writer->current, bounce_package_part_free);

  return is_written;
}

/* The sync is not for durability, a package is made anew. Only it tells that a page could not be
 * written; such a page may be read from the disk again later, as it was before, when its bytes are
 * to be sent: after they were measured. */
static gboolean
sync_and_measure (BouncePackageOutput *output,
                  GCancellable *cancellable,
                  BouncePackageInfo *info,
                  GError **error)
{
  int fd = bounce_package_output_get_fd (output);

  if (fdatasync (fd) != 0)
    {
      int errsv = errno;

      g_set_error (error, BOUNCE_ARCHIVE_ERROR,
                   errsv == ENOSPC || errsv == EDQUOT ? BOUNCE_ARCHIVE_ERROR_NO_SPACE
                                                      : BOUNCE_ARCHIVE_ERROR_IO,
                   "package: %s", g_strerror (errsv));
      return FALSE;
    }

  return bounce_package_measure_sync (fd, cancellable, info, error);
}

/* Only a file: never a device that somebody named. */
static void
remove_failed (const char *path)
{
  struct stat st;

  if (lstat (path, &st) == 0 && S_ISREG (st.st_mode))
    unlink (path);
}

/**
 * bounce_package_measure_sync:
 * @fd: an open file, read from its start
 *
 * Thread: blocks; a worker's.
 * Errors: IO, cancelled.
 * Returns: whether @info holds its size and SHA-256
 */
gboolean
bounce_package_measure_sync (int fd,
                             GCancellable *cancellable,
                             BouncePackageInfo *info,
                             GError **error)
{
  g_autoptr (BounceDigest) digest = bounce_digest_new ();
  g_autofree guint8 *buffer = g_malloc (MEASURE_BYTES);
  guint64 size = 0;
  ssize_t n;

  while ((n = pread (fd, buffer, MEASURE_BYTES, size)) != 0)
    {
      if (n < 0 && errno == EINTR)
        continue;
      if (n < 0)
        {
          g_set_error (error, BOUNCE_ARCHIVE_ERROR, BOUNCE_ARCHIVE_ERROR_IO, "package: %s",
                       g_strerror (errno));
          return FALSE;
        }
      if (g_cancellable_set_error_if_cancelled (cancellable, error))
        return FALSE;
      bounce_digest_update (digest, buffer, n);
      size += n;
    }
  info->size_bytes = size;
  bounce_digest_finish (digest, NULL, info->sha256);

  return TRUE;
}

/**
 * bounce_package_write_sync:
 * @path: where; nothing is left there after a failure
 * @entries: (element-type BouncePackageEntry): in the archive's order
 *
 * Thread: blocks; a worker's.
 * Errors: as bounce_package_write_async().
 * Returns: whether the package is complete, synced and measured
 */
gboolean
bounce_package_write_sync (const char *path,
                           GPtrArray *entries,
                           BounceProgress *progress,
                           GCancellable *cancellable,
                           BouncePackageInfo *info,
                           GError **error)
{
  g_autoptr (BouncePackageOutput) output = NULL;
  Writer writer = { .entries = entries, .progress = progress, .cancellable = cancellable };
  gboolean is_written;

  output = bounce_package_output_open (path, error);
  if (output == NULL)
    return FALSE;
  writer.parts = bounce_package_parts_new (entries);
  for (guint i = 0; i < entries->len; i++)
    writer.total_bytes += ((BouncePackageEntry *) g_ptr_array_index (entries, i))->size_bytes;

  is_written =
      write_zip (&writer, output, error) && sync_and_measure (output, cancellable, info, error);
  if (!is_written)
    remove_failed (path);

  g_clear_error (&writer.error);
  bounce_package_parts_free (writer.parts);

  return is_written;
}
