/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* Preloaded into bounced: a disk that fills up when a test says so. While $BOUNCE_FULLDISK.low
 * exists, every file system has as many bytes free as its text says; while $BOUNCE_FULLDISK.full
 * exists, writing to a spool file fails with ENOSPC. */

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/statfs.h>
#include <sys/statvfs.h>
#include <sys/uio.h>
#include <unistd.h>

#define REAL(name) ((__typeof__ (&name)) dlsym (RTLD_NEXT, #name))

/* A descriptor of the file that switches it on, or -1. */
static int
open_switch (const char *what)
{
  const char *flag = getenv ("BOUNCE_FULLDISK");
  char path[PATH_MAX];

  if (flag == NULL)
    return -1;
  snprintf (path, sizeof path, "%s.%s", flag, what);
  return open (path, O_RDONLY | O_CLOEXEC);
}

/* -1 when the disk is what it is. */
static long long
get_free_bytes (void)
{
  char text[32] = "";
  int fd = open_switch ("low");
  ssize_t size;

  if (fd < 0)
    return -1;
  size = read (fd, text, sizeof text - 1);
  close (fd);
  return size > 0 ? atoll (text) : -1;
}

static int
is_full_for (int fd)
{
  char link[64], path[PATH_MAX];
  ssize_t size;
  int on = open_switch ("full");

  if (on < 0)
    return 0;
  close (on);
  snprintf (link, sizeof link, "/proc/self/fd/%d", fd);
  size = readlink (link, path, sizeof path - 1);
  if (size < 0)
    return 0;
  path[size] = '\0';
  return strstr (path, "/.incoming/") != NULL;
}

/* A call that failed has told nothing. */
#define LOWER(result, buffer)                                                                      \
  do                                                                                               \
    {                                                                                              \
      long long bytes = get_free_bytes ();                                                         \
                                                                                                   \
      if (result == 0 && bytes >= 0)                                                               \
        (buffer)->f_bavail = (buffer)->f_bfree = (unsigned long long) bytes / (buffer)->f_bsize;   \
    }                                                                                              \
  while (0)

#define STAT_BY_PATH(name, type)                                                                   \
  int name (const char *path, struct type *buffer)                                                 \
  {                                                                                                \
    int result = REAL (name) (path, buffer);                                                       \
    LOWER (result, buffer);                                                                        \
    return result;                                                                                 \
  }

#define STAT_BY_FD(name, type)                                                                     \
  int name (int fd, struct type *buffer)                                                           \
  {                                                                                                \
    int result = REAL (name) (fd, buffer);                                                         \
    LOWER (result, buffer);                                                                        \
    return result;                                                                                 \
  }

/* With 64 bit file offsets, as all of Bounce and GLib are built, these are the …64 symbols. */
/* clang-format off */
STAT_BY_PATH (statvfs, statvfs)
STAT_BY_FD (fstatvfs, statvfs)
STAT_BY_PATH (statfs, statfs)
STAT_BY_FD (fstatfs, statfs)
/* clang-format on */

ssize_t
write (int fd, const void *bytes, size_t size)
{
  if (is_full_for (fd))
    {
      errno = ENOSPC;
      return -1;
    }
  return REAL (write) (fd, bytes, size);
}

ssize_t
writev (int fd, const struct iovec *vector, int n)
{
  if (is_full_for (fd))
    {
      errno = ENOSPC;
      return -1;
    }
  return REAL (writev) (fd, vector, n);
}
