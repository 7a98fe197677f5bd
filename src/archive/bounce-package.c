/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* Packages: what the cloud gets of a study, a ZIP of its instances.
 *
 * Each call runs on a thread of its own, named bounce-package, so that long packages never hold up
 * whatever else uses GLib's shared threads. The compressing is done by the pool. */

#include "config.h"

#include "bounce-package-writer-private.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

G_DEFINE_QUARK (bounce - archive - error - quark, bounce_archive_error)

typedef struct
{
  char *path;               /* (owned) */
  GPtrArray *entries;       /* (owned) (nullable) */
  BounceProgress *progress; /* (owned) (nullable) */
  BouncePackageInfo info;
} Job;

static void
free_job (gpointer data)
{
  Job *job = data;

  g_free (job->path);
  g_clear_pointer (&job->entries, g_ptr_array_unref);
  g_clear_object (&job->progress);
  g_free (job);
}

static void
start_job (GTask *task, GThreadFunc func)
{
  g_autoptr (GError) error = NULL;
  GThread *thread = g_thread_try_new ("bounce-package", func, g_object_ref (task), &error);

  if (thread != NULL)
    {
      g_thread_unref (thread);
      return;
    }
  g_object_unref (task);
  g_task_return_new_error (task, BOUNCE_ARCHIVE_ERROR, BOUNCE_ARCHIVE_ERROR_IO, "package: %s",
                           error->message);
}

static gpointer
write_worker (gpointer data)
{
  g_autoptr (GTask) task = data;
  Job *job = g_task_get_task_data (task);
  GError *error = NULL;

  if (bounce_package_write_sync (job->path, job->entries, job->progress,
                                 g_task_get_cancellable (task), &job->info, &error))
    g_task_return_boolean (task, TRUE);
  else
    g_task_return_error (task, error);

  return NULL;
}

/* A file that is gone or of another size is an answer, not an error. */
static gboolean
verify_file (Job *job, GCancellable *cancellable, gboolean *is_same, GError **error)
{
  BouncePackageInfo found = { 0 };
  struct stat st;
  gboolean is_read = TRUE;
  int fd = open (job->path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);

  *is_same = FALSE;
  if (fd < 0 && errno == ENOENT)
    return TRUE;
  if (fd < 0 || fstat (fd, &st) != 0)
    {
      g_set_error (error, BOUNCE_ARCHIVE_ERROR, BOUNCE_ARCHIVE_ERROR_IO, "package: %s",
                   g_strerror (errno));
      if (fd >= 0)
        close (fd);
      return FALSE;
    }
  if (S_ISREG (st.st_mode) && (guint64) st.st_size == job->info.size_bytes)
    is_read = bounce_package_measure_sync (fd, cancellable, &found, error);
  *is_same = is_read && found.size_bytes == job->info.size_bytes
             && memcmp (found.sha256, job->info.sha256, BOUNCE_SHA256_LENGTH) == 0;
  close (fd);

  return is_read;
}

static gpointer
verify_worker (gpointer data)
{
  g_autoptr (GTask) task = data;
  gboolean is_same;
  GError *error = NULL;

  if (verify_file (g_task_get_task_data (task), g_task_get_cancellable (task), &is_same, &error))
    g_task_return_boolean (task, is_same);
  else
    g_task_return_error (task, error);

  return NULL;
}

/**
 * bounce_package_entry_new:
 * @name: in the archive, `{series}/{sop}.dcm`
 * @path: of the file
 * @size_bytes: as received
 * @crc32: of the whole file, as received
 * @is_compressed: whether its transfer syntax carries compressed data
 *
 * Returns: (transfer full): an entry
 */
BouncePackageEntry *
bounce_package_entry_new (
    const char *name, const char *path, guint64 size_bytes, guint32 crc32, gboolean is_compressed)
{
  BouncePackageEntry *self = g_new0 (BouncePackageEntry, 1);

  self->name = g_strdup (name);
  self->path = g_strdup (path);
  self->size_bytes = size_bytes;
  self->crc32 = crc32;
  self->is_compressed = is_compressed;

  return self;
}

/**
 * bounce_package_entry_free:
 * @self: (transfer full): an entry
 */
void
bounce_package_entry_free (BouncePackageEntry *self)
{
  g_free (self->name);
  g_free (self->path);
  g_free (self);
}

/**
 * bounce_package_write_async:
 * @path: the package, created 0600 or replaced; nothing is left there after a failure
 * @entries: (element-type BouncePackageEntry): at least one, in the archive's order; not changed
 *   by anybody until the call has ended
 * @progress: (nullable): counts input bytes
 *
 * Writes and syncs a ZIP. The same entries give the same bytes, in any time zone.
 *
 * Shape: native entries deflated (level 1), compressed ones stored; zip64 where needed
 * Thread: any with a main context; works on a thread of its own and the pool.
 * Errors: %BOUNCE_ARCHIVE_ERROR_NO_SPACE when the disk is full, %BOUNCE_ARCHIVE_ERROR_MISSING when
 * an entry's file is gone and %BOUNCE_ARCHIVE_ERROR_DAMAGED when its size or CRC-32 differs (both
 * name the entry), %BOUNCE_ARCHIVE_ERROR_INVALID for no entries or a name twice,
 * %BOUNCE_ARCHIVE_ERROR_IO for anything else, %G_IO_ERROR_CANCELLED.
 * Source: PKWARE APPNOTE 6.3
 */
void
bounce_package_write_async (const char *path,
                            GPtrArray *entries,
                            BounceProgress *progress,
                            GCancellable *cancellable,
                            GAsyncReadyCallback callback,
                            gpointer user_data)
{
  GTask *task = g_task_new (NULL, cancellable, callback, user_data);
  Job *job = g_new0 (Job, 1);

  g_task_set_source_tag (task, bounce_package_write_async);
  /* Cancelling a package that is already complete comes too late: it is there. */
  g_task_set_check_cancellable (task, FALSE);
  job->path = g_strdup (path);
  job->entries = g_ptr_array_ref (entries);
  g_set_object (&job->progress, progress);
  g_task_set_task_data (task, job, free_job);
  if (entries->len == 0)
    g_task_return_new_error (task, BOUNCE_ARCHIVE_ERROR, BOUNCE_ARCHIVE_ERROR_INVALID,
                             "a package needs at least one entry");
  else if (!g_task_return_error_if_cancelled (task))
    start_job (task, write_worker);
  g_object_unref (task);
}

/**
 * bounce_package_write_finish:
 * @info: (out) (optional): the package's size and SHA-256
 *
 * Returns: whether the package is on disk
 */
gboolean
bounce_package_write_finish (GAsyncResult *result, BouncePackageInfo *info, GError **error)
{
  Job *job;

  g_return_val_if_fail (g_task_is_valid (result, NULL), FALSE);
  g_return_val_if_fail (g_async_result_is_tagged (result, bounce_package_write_async), FALSE);

  job = g_task_get_task_data (G_TASK (result));
  if (!g_task_propagate_boolean (G_TASK (result), error))
    return FALSE;
  if (info != NULL)
    *info = job->info;

  return TRUE;
}

/**
 * bounce_package_verify_async:
 * @path: a package, or nothing
 * @info: what it should be
 *
 * Thread: any with a main context; reads on a thread of its own.
 * Errors: %BOUNCE_ARCHIVE_ERROR_IO when the file cannot be read, %G_IO_ERROR_CANCELLED.
 */
void
bounce_package_verify_async (const char *path,
                             const BouncePackageInfo *info,
                             GCancellable *cancellable,
                             GAsyncReadyCallback callback,
                             gpointer user_data)
{
  GTask *task = g_task_new (NULL, cancellable, callback, user_data);
  Job *job = g_new0 (Job, 1);

  g_task_set_source_tag (task, bounce_package_verify_async);
  job->path = g_strdup (path);
  job->info = *info;
  g_task_set_task_data (task, job, free_job);
  if (!g_task_return_error_if_cancelled (task))
    start_job (task, verify_worker);
  g_object_unref (task);
}

/**
 * bounce_package_verify_finish:
 * @is_same: (out): whether the file is there and is exactly that package
 *
 * Returns: whether it could be told
 */
gboolean
bounce_package_verify_finish (GAsyncResult *result, gboolean *is_same, GError **error)
{
  GError *failure = NULL;

  g_return_val_if_fail (g_task_is_valid (result, NULL), FALSE);
  g_return_val_if_fail (g_async_result_is_tagged (result, bounce_package_verify_async), FALSE);

  *is_same = g_task_propagate_boolean (G_TASK (result), &failure);
  if (failure == NULL)
    return TRUE;
  g_propagate_error (error, failure);

  return FALSE;
}

/**
 * bounce_transfer_syntax_is_compressed:
 * @transfer_syntax_uid: a UID
 *
 * Source: PS3.5 A.1, A.2, A.3 (native), A.4.11 (encapsulated uncompressed), A.5 (deflated)
 * Returns: whether deflating such a file again would only cost time; also for what is not known
 */
gboolean
bounce_transfer_syntax_is_compressed (const char *transfer_syntax_uid)
{
  static const char *const native[] = {
    "1.2.840.10008.1.2",      /* Implicit VR Little Endian */
    "1.2.840.10008.1.2.1",    /* Explicit VR Little Endian */
    "1.2.840.10008.1.2.1.98", /* Encapsulated Uncompressed Explicit VR Little Endian */
    "1.2.840.10008.1.2.2",    /* Explicit VR Big Endian */
    "1.2.840.113619.5.2",     /* GE private: implicit VR little endian, big-endian pixels */
    NULL,
  };

  return !g_strv_contains (native, transfer_syntax_uid);
}
