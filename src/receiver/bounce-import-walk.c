/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* From what was named to the files in it.
 *
 * Everything is reached from the descriptors of the caller, which opened them with its own rights;
 * symbolic links within folders are not followed, so nothing outside of them comes in. An archive
 * within an archive is refused. What one file is refused for does not keep the others from being
 * taken; only a full disk, one that is gone, a store that is closed and a cancel end the import.
 *
 * A file that is no DICOM is refused when it was named or when its name says that it should be;
 * in folders and archives there are viewers and notes beside the images, which are only counted.
 *
 * Thread: the import's. */

#include "config.h"

#include "bounce-import-private.h"

#include "bounce-archive-reader.h"
#include "bounce-file.h"
#include "bounce-refusal.h"
#include "bounce-wording.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define MAX_DEPTH 32

static void import_fd (BounceImportRun *self, int fd, const char *name, guint depth);

/**
 * bounce_import_run_goes_on: (skip)
 *
 * Returns: whether the next file is to be looked at.
 */
gboolean
bounce_import_run_goes_on (BounceImportRun *self)
{
  if (self->end_reason == NULL && g_cancellable_is_cancelled (self->cancellable))
    self->end_reason = BOUNCE_REASON_CANCELLED;
  return self->end_reason == NULL;
}

static const char *
archive_error_to_reason (const GError *error)
{
  switch (error->code)
    {
    case BOUNCE_ARCHIVE_ERROR_ENCRYPTED:
      return BOUNCE_REASON_ENCRYPTED;
    case BOUNCE_ARCHIVE_ERROR_BOMB:
      return BOUNCE_REASON_ARCHIVE_BOMB;
    case BOUNCE_ARCHIVE_ERROR_IO:
      return BOUNCE_REASON_READ;
    default:
      return BOUNCE_REASON_ARCHIVE_DAMAGED;
    }
}

static const char *
error_to_reason (const GError *error)
{
  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    return BOUNCE_REASON_CANCELLED;
  if (error->domain == G_IO_ERROR)
    return BOUNCE_REASON_READ;
  if (error->domain == BOUNCE_ARCHIVE_ERROR)
    return archive_error_to_reason (error);
  return bounce_refusal_get_reason (bounce_refusal_from_error (error));
}

/* Whether it is no use to go on with the next file. */
static gboolean
ends_import (const GError *error, const char *reason)
{
  return g_str_equal (reason, BOUNCE_REASON_CANCELLED)
         || g_str_equal (reason, BOUNCE_REASON_NO_SPACE)
         || g_error_matches (error, BOUNCE_STORE_ERROR, BOUNCE_STORE_ERROR_DATABASE)
         || g_error_matches (error, BOUNCE_STORE_ERROR, BOUNCE_STORE_ERROR_NOT_MOUNTED);
}

static gboolean
is_archive_start (const guint8 *start)
{
  return memcmp (start, "PK\3\4", 4) == 0 || memcmp (start, "PK\5\6", 4) == 0;
}

/* Whether a name promises an image. Those with a dot in front are what other systems leave. */
static gboolean
should_be_image (const char *name)
{
  static const char *const suffixes[] = { ".dcm", ".dicom", ".ima" };
  g_autofree char *folded = g_ascii_strdown (name, -1);
  const char *slash = strrchr (folded, '/');

  if ((slash != NULL ? slash[1] : folded[0]) == '.')
    return FALSE;
  for (gsize i = 0; i < G_N_ELEMENTS (suffixes); i++)
    if (g_str_has_suffix (folded, suffixes[i]))
      return TRUE;
  return FALSE;
}

static void
leave_out (BounceImportRun *self, const char *name, gboolean is_named)
{
  if (is_archive_start (self->buffer))
    bounce_import_refuse (self->import, name, BOUNCE_REASON_NESTED);
  else if (is_named || should_be_image (name))
    bounce_import_refuse (self->import, name, BOUNCE_REASON_NOT_DICOM);
  else
    bounce_import_count_skipped (self->import);
}

/* FALSE: nothing more can be read from where it came. */
static gboolean
take_instance (BounceImportRun *self,
               BounceImportRead read,
               gpointer source,
               const char *name,
               gboolean is_named)
{
  g_autoptr (GError) error = NULL;
  const char *reason;

  memset (self->buffer, 0, 4);
  switch (bounce_import_run_instance (self, read, source, &error))
    {
    case BOUNCE_IMPORT_DIRECTORY:
      if (is_named)
        bounce_import_refuse (self->import, name, BOUNCE_REASON_MEDIUM_INDEX);
      return TRUE;
    case BOUNCE_IMPORT_TAKEN:
      return TRUE;
    case BOUNCE_IMPORT_NO_DICOM:
      leave_out (self, name, is_named);
      return TRUE;
    case BOUNCE_IMPORT_FAILED:
    default:
      break;
    }
  reason = error_to_reason (error);
  if (ends_import (error, reason))
    self->end_reason = reason;
  else
    bounce_import_refuse (self->import, name, reason);
  return self->end_reason == NULL && !g_str_equal (reason, BOUNCE_REASON_ARCHIVE_BOMB);
}

static gssize
read_fd (gpointer source, guint8 *buffer, gsize size, GError **error)
{
  gssize n;

  do
    n = read (*(int *) source, buffer, size);
  while (n < 0 && errno == EINTR);
  if (n < 0)
    g_set_error_literal (error, G_IO_ERROR, g_io_error_from_errno (errno), g_strerror (errno));
  return n;
}

static gssize
read_entry (gpointer source, guint8 *buffer, gsize size, GError **error)
{
  return bounce_archive_reader_read (source, buffer, size, error);
}

static void
import_archive (BounceImportRun *self, int fd, const char *name)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (BounceArchiveReader) reader = bounce_archive_reader_open (fd, &error);
  const char *entry;
  gboolean is_readable = reader != NULL;

  if (reader == NULL)
    bounce_import_refuse (self->import, name, archive_error_to_reason (error));
  while (is_readable && bounce_import_run_goes_on (self)
         && (entry = bounce_archive_reader_next (reader)) != NULL)
    {
      g_autofree char *entry_name = g_strdup_printf ("%s/%s", name, entry);

      if (bounce_archive_reader_is_link (reader))
        bounce_import_refuse (self->import, entry_name, BOUNCE_REASON_LINK);
      else
        is_readable = take_instance (self, read_entry, reader, entry_name, FALSE);
    }
}

static void
import_at (BounceImportRun *self, int folder, const char *entry, const char *path, guint depth)
{
  g_autofree char *display_name = g_filename_display_name (entry);
  g_autofree char *name = g_strdup_printf ("%s/%s", path, display_name);
  int fd = bounce_file_open_at (folder, entry, FALSE);

  if (fd < 0)
    {
      bounce_import_refuse (self->import, name, bounce_reason_from_errno (errno));
      return;
    }
  import_fd (self, fd, name, depth);
  close (fd);
}

static void
import_entries (BounceImportRun *self, DIR *folder, const char *name, guint depth)
{
  struct dirent *entry;

  errno = 0;
  while (bounce_import_run_goes_on (self) && (entry = readdir (folder)) != NULL)
    {
      if (strcmp (entry->d_name, ".") != 0 && strcmp (entry->d_name, "..") != 0)
        import_at (self, dirfd (folder), entry->d_name, name, depth + 1);
      errno = 0;
    }
  if (errno != 0)
    bounce_import_refuse (self->import, name, bounce_reason_from_errno (errno));
}

static gboolean
is_own_storage (BounceImportRun *self, const struct stat *status)
{
  return status->st_dev == self->storage_device && status->st_ino == self->storage_inode;
}

static void
import_folder (BounceImportRun *self, int fd, const char *name, guint depth)
{
  /* A position of its own: the caller's descriptor may be read to its end. */
  int own_fd = openat (fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  DIR *folder = own_fd >= 0 ? fdopendir (own_fd) : NULL;

  if (folder == NULL)
    {
      bounce_import_refuse (self->import, name, bounce_reason_from_errno (errno));
      if (own_fd >= 0)
        close (own_fd);
      return;
    }
  import_entries (self, folder, name, depth);
  closedir (folder);
}

static void
import_file (BounceImportRun *self, int fd, const char *name, gboolean is_named)
{
  guint8 start[132];
  ssize_t n = pread (fd, start, sizeof start, 0);

  /* A preamble may say anything, also that the file is an archive too (PS3.10 7.1). */
  if (n >= 4 && is_archive_start (start)
      && (n < (ssize_t) sizeof start || memcmp (start + 128, "DICM", 4) != 0))
    {
      import_archive (self, fd, name);
      return;
    }
  if (lseek (fd, 0, SEEK_SET) == 0)
    take_instance (self, read_fd, &fd, name, is_named);
  else
    bounce_import_refuse (self->import, name, BOUNCE_REASON_READ);
}

static void
import_fd (BounceImportRun *self, int fd, const char *name, guint depth)
{
  struct stat status;

  if (fstat (fd, &status) != 0)
    bounce_import_refuse (self->import, name, bounce_reason_from_errno (errno));
  else if (S_ISREG (status.st_mode))
    import_file (self, fd, name, depth == 0);
  else if (!S_ISDIR (status.st_mode))
    bounce_import_refuse (self->import, name, BOUNCE_REASON_SPECIAL_FILE);
  else if (is_own_storage (self, &status))
    bounce_import_refuse (self->import, name, BOUNCE_REASON_OWN_STORAGE);
  else if (depth >= MAX_DEPTH)
    bounce_import_refuse (self->import, name, BOUNCE_REASON_NESTED);
  else
    import_folder (self, fd, name, depth);
}

/**
 * bounce_import_run_fd: (skip)
 * @name: it was named, by a person or an index
 *
 * Thread: the import's; blocks
 */
void
bounce_import_run_fd (BounceImportRun *self, int fd, const char *name)
{
  import_fd (self, fd, name, 0);
}

static guint
count_results (BounceImportRun *self)
{
  BounceImportCounts counts;

  bounce_import_get_counts (self->import, &counts);
  return counts.n_accepted + counts.n_same + counts.n_replaced + counts.n_refused;
}

static void
import_path (BounceImportRun *self, const char *path, const char *name)
{
  gboolean is_medium = bounce_file_is_medium_index (path);
  g_autofree char *folder = is_medium ? g_path_get_dirname (path) : NULL;
  int fd = bounce_file_open_at (AT_FDCWD, is_medium ? folder : path, TRUE);

  if (fd < 0)
    {
      bounce_import_refuse (self->import, name, bounce_reason_from_errno (errno));
      return;
    }
  if (is_medium)
    bounce_import_run_medium (self, fd, name);
  else
    import_fd (self, fd, name, 0);
  close (fd);
}

/**
 * bounce_import_run_item: (skip)
 *
 * Imports what was named; what has nothing to import in it is refused, so that nobody takes silence
 * for success.
 *
 * Thread: the import's; blocks
 */
void
bounce_import_run_item (BounceImportRun *self, const BounceImportItem *item)
{
  guint n_before = count_results (self);

  if (!bounce_import_run_goes_on (self))
    return;
  if (item->path != NULL)
    import_path (self, item->path, item->name);
  else if (item->fd < 0)
    bounce_import_refuse (self->import, item->name, BOUNCE_REASON_READ);
  else if (item->is_medium)
    bounce_import_run_medium (self, item->fd, item->name);
  else
    import_fd (self, item->fd, item->name, 0);
  if (bounce_import_run_goes_on (self) && count_results (self) == n_before)
    bounce_import_refuse (self->import, item->name, BOUNCE_REASON_NO_IMAGES);
}
