/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* Durable file operations. Each returns only after the kernel said that the data, and the names
 * that lead to it, are on the disk. A failed sync is never repeated: the kernel drops the dirty
 * pages, and the second call would succeed with the data gone. All blocking, any thread but the
 * main one. */

#include "config.h"

#include "bounce-file.h"

#include "bounce-core-error.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

/* Four for each of the most associations that settings allow, and some. */
#define DESCRIPTORS 4096

/**
 * bounce_file_write_all:
 * @fd: an open descriptor
 * @data: (array length=size): the bytes
 * @size: how many
 * @error: (out) (optional): where to put the error
 *
 * Writes everything, over interruptions and short writes.
 *
 * Errors: %BOUNCE_CORE_ERROR_NO_SPACE when the disk or the quota is full,
 *   %BOUNCE_CORE_ERROR_IO otherwise.
 * Returns: %TRUE when all is written
 */
gboolean
bounce_file_write_all (int fd, const void *data, gsize size, GError **error)
{
  const char *bytes = data;

  g_return_val_if_fail (data != NULL || size == 0, FALSE);

  while (size > 0)
    {
      ssize_t written = write (fd, bytes, size);

      if (written < 0 && errno == EINTR)
        continue;
      if (written < 0)
        {
          bounce_core_set_error_errno (error, errno, "Failed to write");
          return FALSE;
        }
      bytes += written;
      size -= (gsize) written;
    }
  return TRUE;
}

/* Reads to the end, or until there is more than max_size. */
static gboolean
read_all (int fd, GByteArray *bytes, gsize max_size, GError **error)
{
  guint8 block[16 * 1024];
  ssize_t n_read;

  while (bytes->len <= max_size && (n_read = read (fd, block, sizeof block)) != 0)
    {
      if (n_read > 0)
        g_byte_array_append (bytes, block, (guint) n_read);
      else if (errno != EINTR)
        {
          bounce_core_set_error_errno (error, errno, "Failed to read");
          return FALSE;
        }
    }
  return TRUE;
}

/**
 * bounce_file_read:
 * @path: a file
 * @max_size: the most that makes sense
 * @size: (out) (optional): how many bytes there are, without the NUL
 * @error: (out) (optional): where to put the error
 *
 * Reads a small file.
 *
 * Errors: %BOUNCE_CORE_ERROR_NOT_FOUND if it is not there, %BOUNCE_CORE_ERROR_INVALID if it has
 *   more than @max_size bytes, %BOUNCE_CORE_ERROR_IO.
 * Returns: (transfer full): the content with a NUL after it
 */
char *
bounce_file_read (const char *path, gsize max_size, gsize *size, GError **error)
{
  g_autoptr (GByteArray) bytes = g_byte_array_new ();
  int fd = open (path, O_RDONLY | O_CLOEXEC);
  gboolean is_read;

  if (fd < 0)
    {
      bounce_core_set_error_errno (error, errno, "Failed to open %s", path);
      return NULL;
    }
  is_read = read_all (fd, bytes, max_size, error);
  close (fd);
  if (!is_read)
    {
      g_prefix_error (error, "%s: ", path);
      return NULL;
    }
  if (bytes->len > max_size)
    {
      g_set_error (error, BOUNCE_CORE_ERROR, BOUNCE_CORE_ERROR_INVALID,
                   "%s has more than %" G_GSIZE_FORMAT " bytes", path, max_size);
      return NULL;
    }
  if (size != NULL)
    *size = bytes->len;
  g_byte_array_append (bytes, (const guint8 *) "", 1);
  return (char *) g_byte_array_free (g_steal_pointer (&bytes), FALSE);
}

/**
 * bounce_file_sync_directory:
 * @path: a directory
 * @error: (out) (optional): where to put the error
 *
 * Makes creations, renames and removals in @path durable.
 *
 * Errors: %BOUNCE_CORE_ERROR_NOT_FOUND if there is no such directory,
 *   %BOUNCE_CORE_ERROR_NO_SPACE, %BOUNCE_CORE_ERROR_IO.
 * Returns: %TRUE when they are on the disk
 */
gboolean
bounce_file_sync_directory (const char *path, GError **error)
{
  int fd = open (path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  gboolean is_synced;

  if (fd < 0)
    {
      bounce_core_set_error_errno (error, errno, "Failed to open %s", path);
      return FALSE;
    }
  is_synced = fsync (fd) == 0;
  if (!is_synced)
    bounce_core_set_error_errno (error, errno, "Failed to sync %s", path);
  close (fd);
  return is_synced;
}

/* Data to disk under the temporary name; the descriptor is closed either way. */
static gboolean
write_and_close (int fd, const void *data, gsize size, mode_t mode, GError **error)
{
  gboolean is_written = bounce_file_write_all (fd, data, size, error);

  if (is_written && (fchmod (fd, mode) != 0 || fdatasync (fd) != 0))
    {
      bounce_core_set_error_errno (error, errno, "Failed to sync");
      is_written = FALSE;
    }
  if (close (fd) != 0 && is_written)
    {
      bounce_core_set_error_errno (error, errno, "Failed to close");
      is_written = FALSE;
    }
  return is_written;
}

/**
 * bounce_file_replace:
 * @path: the file, new or old
 * @data: (array length=size): its new content
 * @size: how long it is
 * @mode: its permissions
 * @error: (out) (optional): where to put the error
 *
 * Replaces a file so that a power cut leaves the old content or the new, never a mixture: written
 * under a temporary name in the same directory, synced, renamed, directory synced. After an error
 * the old content is there and no temporary file; only when the last step fails may the new
 * content be there already.
 *
 * Errors: %BOUNCE_CORE_ERROR_NOT_FOUND if there is no such directory,
 *   %BOUNCE_CORE_ERROR_NO_SPACE, %BOUNCE_CORE_ERROR_IO.
 * Returns: %TRUE when the new content is on the disk
 */
gboolean
bounce_file_replace (const char *path, const void *data, gsize size, mode_t mode, GError **error)
{
  g_autofree char *directory = g_path_get_dirname (path);
  g_autofree char *temporary = g_strconcat (path, ".XXXXXX", NULL);
  int fd = g_mkstemp_full (temporary, O_RDWR | O_CLOEXEC, 0600);

  if (fd < 0)
    {
      bounce_core_set_error_errno (error, errno, "Failed to create a file beside %s", path);
      return FALSE;
    }
  if (!write_and_close (fd, data, size, mode, error))
    {
      g_prefix_error (error, "%s: ", path);
      unlink (temporary);
      return FALSE;
    }
  if (rename (temporary, path) != 0)
    {
      bounce_core_set_error_errno (error, errno, "Failed to replace %s", path);
      unlink (temporary);
      return FALSE;
    }
  return bounce_file_sync_directory (directory, error);
}

static gboolean
is_directory (const char *path)
{
  struct stat status;

  return stat (path, &status) == 0 && S_ISDIR (status.st_mode);
}

/* The entry of a directory that was there already: whoever made it, a process of ours that was
 * killed or a person a moment ago, may not have synced it. What this user may not read, or cannot
 * sync, was made by somebody else and is taken as it is. */
static gboolean
sync_known_entry (const char *parent, GError **error)
{
  int fd = open (parent, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  gboolean is_synced = fd < 0 || fsync (fd) == 0 || (errno != EIO && errno != ENOSPC);

  if (!is_synced)
    bounce_core_set_error_errno (error, errno, "Failed to sync %s", parent);
  if (fd >= 0)
    close (fd);
  return is_synced;
}

/**
 * bounce_file_make_directories:
 * @path: a directory
 * @error: (out) (optional): where to put the error
 *
 * Makes @path and what is missing above it, for the owner only, and syncs each directory that got
 * a new entry, and the one with the entry of the last that was there.
 *
 * Errors: %BOUNCE_CORE_ERROR_NOT_FOUND if a file is in the way, %BOUNCE_CORE_ERROR_NO_SPACE,
 *   %BOUNCE_CORE_ERROR_IO.
 * Returns: %TRUE when @path is there and durable
 */
gboolean
bounce_file_make_directories (const char *path, GError **error)
{
  g_autofree char *parent = g_path_get_dirname (path);

  if (is_directory (path))
    return sync_known_entry (parent, error);
  if (!g_str_equal (parent, path) && !bounce_file_make_directories (parent, error))
    return FALSE;
  if (mkdir (path, 0700) != 0 && (errno != EEXIST || !is_directory (path)))
    {
      bounce_core_set_error_errno (error, errno == EEXIST ? ENOTDIR : errno,
                                   "Failed to make the directory %s", path);
      return FALSE;
    }
  return bounce_file_sync_directory (parent, error);
}

/**
 * bounce_file_open_at:
 * @folder: a folder, or `AT_FDCWD`
 * @name: what to open in it
 * @follows_link: whether @name may be a symbolic link
 *
 * Opens what can be read as a file or a folder. The type is looked at first, because opening a
 * device can already do something, and once more afterwards, because the name may be another's by
 * then; a named pipe that slips in between is not waited for.
 *
 * Thread: any; blocks on the disk
 * Errors: errno, `ELOOP` for a symbolic link, `ENOTSUP` for what is neither file nor folder
 * Returns: a descriptor to close, -1 with errno
 */
int
bounce_file_open_at (int folder, const char *name, gboolean follows_link)
{
  struct stat status;
  int fd, saved_errno = ENOTSUP;

  if (fstatat (folder, name, &status, follows_link ? 0 : AT_SYMLINK_NOFOLLOW) != 0)
    return -1;
  if (!S_ISREG (status.st_mode) && !S_ISDIR (status.st_mode))
    {
      errno = S_ISLNK (status.st_mode) ? ELOOP : ENOTSUP;
      return -1;
    }
  fd = openat (folder, name,
               O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC | (follows_link ? 0 : O_NOFOLLOW));
  if (fd < 0)
    return -1;
  if (fstat (fd, &status) != 0)
    saved_errno = errno;
  else if (S_ISREG (status.st_mode) || S_ISDIR (status.st_mode))
    return fd;
  close (fd);
  errno = saved_errno;
  return -1;
}

/**
 * bounce_file_is_medium_index:
 *
 * Thread: any; blocks on the disk
 * Source: PS3.10 8.6; some file systems show the name in small letters
 * Returns: whether @path is a file called DICOMDIR, which stands for what it lists
 */
gboolean
bounce_file_is_medium_index (const char *path)
{
  g_autofree char *name = g_path_get_basename (path);

  return g_ascii_strcasecmp (name, "DICOMDIR") == 0 && g_file_test (path, G_FILE_TEST_IS_REGULAR);
}

/**
 * bounce_file_lock:
 * @path: a lock file, made if it is not there
 * @error: (out) (optional): where to put the error
 *
 * Takes an exclusive lock that ends with the process or with close(). It belongs to the open file
 * description, so that a second lock in the same process fails as well.
 *
 * Errors: %BOUNCE_CORE_ERROR_UNAVAILABLE when somebody else holds it,
 *   %BOUNCE_CORE_ERROR_NOT_FOUND, %BOUNCE_CORE_ERROR_NO_SPACE, %BOUNCE_CORE_ERROR_IO.
 * Returns: a descriptor to keep and to close, or -1
 */
int
bounce_file_lock (const char *path, GError **error)
{
  int fd = open (path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);

  if (fd < 0)
    {
      bounce_core_set_error_errno (error, errno, "Failed to open %s", path);
      return -1;
    }
  if (flock (fd, LOCK_EX | LOCK_NB) == 0)
    return fd;
  if (errno == EWOULDBLOCK)
    g_set_error (error, BOUNCE_CORE_ERROR, BOUNCE_CORE_ERROR_UNAVAILABLE,
                 "%s is locked by another process", path);
  else
    bounce_core_set_error_errno (error, errno, "Failed to lock %s", path);
  close (fd);
  return -1;
}

/**
 * bounce_file_get_free_bytes:
 * @path: anything on the file system in question
 *
 * Units: bytes that this user may still write.
 * Returns: the free space, 0 when it is unknown
 */
guint64
bounce_file_get_free_bytes (const char *path)
{
  struct statvfs status;

  if (statvfs (path, &status) != 0)
    return 0;
  return (guint64) status.f_bavail * status.f_frsize;
}

/**
 * bounce_file_raise_descriptor_limit:
 *
 * For a program that receives. An association takes two descriptors; the usual soft limit of 1024
 * would refuse some of 1000, and without one to spare GLib ends the process.
 *
 * Thread: main, before others run
 */
void
bounce_file_raise_descriptor_limit (void)
{
  struct rlimit limit;

  if (getrlimit (RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur >= DESCRIPTORS)
    return;
  limit.rlim_cur = MIN (limit.rlim_max, (rlim_t) DESCRIPTORS);
  setrlimit (RLIMIT_NOFILE, &limit);
}
