/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* Faults of the disk, see the header. A definition in the executable comes before libc's for every
 * library of the process; the real call is made by its system call. */

#include "config.h"

#include "store-faults.h"

#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <unistd.h>

static GMutex mutex;
static FaultKind fault;    /* (lock mutex) */
static char *fault_path;   /* (lock mutex) */
static int fault_times;    /* (lock mutex) */
static int struck;         /* (lock mutex) */
static FaultKind crash;    /* (lock mutex) */
static char *crash_path;   /* (lock mutex) */
static gboolean is_after;  /* (lock mutex) */
static guint64 free_bytes; /* (lock mutex) */

void
faults_set (FaultKind kind, const char *path, int times)
{
  g_mutex_lock (&mutex);
  fault = kind;
  g_free (fault_path);
  fault_path = g_strdup (path);
  fault_times = times;
  struck = 0;
  g_mutex_unlock (&mutex);
}

void
faults_clear (void)
{
  faults_set (FAULT_NONE, NULL, 0);
  faults_set_free_bytes (0);
}

int
faults_get_struck (void)
{
  g_autoptr (GMutexLocker) locker G_GNUC_UNUSED = g_mutex_locker_new (&mutex);

  return struck;
}

void
faults_set_crash (FaultKind kind, const char *path, gboolean after)
{
  g_mutex_lock (&mutex);
  crash = kind;
  crash_path = g_strdup (path);
  is_after = after;
  g_mutex_unlock (&mutex);
}

void
faults_set_free_bytes (guint64 bytes)
{
  g_mutex_lock (&mutex);
  free_bytes = bytes;
  g_mutex_unlock (&mutex);
}

static gboolean
is_struck (FaultKind kind, const char *path)
{
  g_autoptr (GMutexLocker) locker G_GNUC_UNUSED = g_mutex_locker_new (&mutex);

  if (crash == kind && strstr (path, crash_path) && !is_after)
    _exit (77);
  if (fault != kind || fault_times == 0 || !strstr (path, fault_path))
    return FALSE;
  fault_times--;
  struck++;
  return TRUE;
}

static void
crash_after (FaultKind kind, const char *path)
{
  g_autoptr (GMutexLocker) locker G_GNUC_UNUSED = g_mutex_locker_new (&mutex);

  if (crash == kind && strstr (path, crash_path))
    _exit (77);
}

static void
get_path (int fd, char path[4096])
{
  char link[64];
  ssize_t size;

  snprintf (link, sizeof link, "/proc/self/fd/%d", fd);
  size = readlink (link, path, 4095);
  path[size > 0 ? size : 0] = '\0';
}

static int
call_on_fd (FaultKind kind, long number, int fd)
{
  char path[4096];
  int result;

  get_path (fd, path);
  if (is_struck (kind, path))
    {
      errno = EIO;
      return -1;
    }
  result = (int) syscall (number, fd);
  crash_after (kind, path);
  return result;
}

int
fdatasync (int fd)
{
  return call_on_fd (FAULT_FDATASYNC, SYS_fdatasync, fd);
}

int
fsync (int fd)
{
  return call_on_fd (FAULT_FSYNC, SYS_fsync, fd);
}

int
renameat2 (int from_fd, const char *from, int to_fd, const char *to, unsigned int flags)
{
  int result;

  if (is_struck (FAULT_RENAME, to))
    {
      errno = EIO;
      return -1;
    }
  result = (int) syscall (SYS_renameat2, from_fd, from, to_fd, to, flags);
  crash_after (FAULT_RENAME, to);
  return result;
}

int
rename (const char *from, const char *to)
{
  return renameat2 (AT_FDCWD, from, AT_FDCWD, to, 0);
}

int
unlink (const char *path)
{
  int result;

  if (is_struck (FAULT_UNLINK, path))
    {
      errno = EIO;
      return -1;
    }
  result = (int) syscall (SYS_unlinkat, AT_FDCWD, path, 0);
  crash_after (FAULT_UNLINK, path);
  return result;
}

ssize_t
pwrite64 (int fd, const void *data, size_t size, off_t offset)
{
  char path[4096];

  get_path (fd, path);
  if (is_struck (FAULT_WRITE, path))
    {
      errno = ENOSPC;
      return -1;
    }
  return syscall (SYS_pwrite64, fd, data, size, offset);
}

/* No system call of its own: libc's is the next one. */
struct dirent64 *
readdir64 (DIR *folder)
{
  static struct dirent64 *(*next) (DIR *);
  char path[4096];

  if (g_once_init_enter (&next))
    g_once_init_leave (&next, (struct dirent64 * (*) (DIR *) ) dlsym (RTLD_NEXT, "readdir64"));
  get_path (dirfd (folder), path);
  if (is_struck (FAULT_READDIR, path))
    {
      errno = EIO;
      return NULL;
    }
  return next (folder);
}

int
statvfs (const char *path, struct statvfs *result)
{
  struct statfs status;
  guint64 told;

  if (syscall (SYS_statfs, path, &status) != 0)
    return -1;
  g_mutex_lock (&mutex);
  told = free_bytes;
  g_mutex_unlock (&mutex);
  memset (result, 0, sizeof *result);
  result->f_bsize = result->f_frsize = (unsigned long) status.f_bsize;
  result->f_blocks = status.f_blocks;
  result->f_bfree = status.f_bfree;
  result->f_bavail = told ? told / result->f_frsize : status.f_bavail;
  return 0;
}
