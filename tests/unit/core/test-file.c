/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* File operations on a real file system, with a full one (a small tmpfs, or /dev/full and a size
 * limit where mounting is not allowed), and with everything else that goes wrong. */

#include "config.h"

#include "bounce-core-error.h"
#include "bounce-file.h"
#include "bounce-test-dirs.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <signal.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

typedef struct
{
  BounceTestDirs *dirs;
  const char *root;
} Fixture;

static void
set_up (Fixture *fixture, gconstpointer data)
{
  fixture->dirs = bounce_test_dirs_new ();
  fixture->root = bounce_test_dirs_get_root (fixture->dirs);
}

static void
tear_down (Fixture *fixture, gconstpointer data)
{
  bounce_test_dirs_free (fixture->dirs);
}

static guint
count_entries (const char *path)
{
  g_autoptr (GDir) dir = g_dir_open (path, 0, NULL);
  guint n = 0;

  while (g_dir_read_name (dir) != NULL)
    n++;
  return n;
}

static void
assert_content (const char *path, const char *expected)
{
  g_autofree char *content = NULL;
  g_autoptr (GError) error = NULL;

  g_file_get_contents (path, &content, NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpstr (content, ==, expected);
}

static void
test_replace (Fixture *fixture, gconstpointer data)
{
  g_autofree char *folder = g_build_filename (fixture->root, "replace", NULL);
  g_autofree char *path = g_build_filename (folder, "file", NULL);
  g_autoptr (GError) error = NULL;
  struct stat status;

  g_assert_cmpint (g_mkdir (folder, 0700), ==, 0);
  g_assert_true (bounce_file_replace (path, "one", 3, 0600, &error));
  assert_content (path, "one");
  g_assert_true (bounce_file_replace (path, "two!", 4, 0640, &error));
  assert_content (path, "two!");
  g_assert_true (bounce_file_replace (path, NULL, 0, 0644, &error));
  assert_content (path, "");
  g_assert_cmpint (stat (path, &status), ==, 0);
  g_assert_cmpint (status.st_mode & 0777, ==, 0644);
  g_assert_cmpuint (count_entries (folder), ==, 1);
}

static void
test_replace_without_directory (Fixture *fixture, gconstpointer data)
{
  g_autofree char *path = g_build_filename (fixture->root, "absent", "file", NULL);
  g_autoptr (GError) error = NULL;

  g_assert_false (bounce_file_replace (path, "x", 1, 0600, &error));
  g_assert_error (error, BOUNCE_CORE_ERROR, BOUNCE_CORE_ERROR_NOT_FOUND);
}

/* A folder of the same name cannot be replaced; nothing may be left behind. */
static void
test_replace_of_directory (Fixture *fixture, gconstpointer data)
{
  g_autofree char *folder = g_build_filename (fixture->root, "outer", NULL);
  g_autofree char *path = g_build_filename (folder, "inner", NULL);
  g_autoptr (GError) error = NULL;

  g_assert_cmpint (g_mkdir_with_parents (path, 0700), ==, 0);
  g_assert_false (bounce_file_replace (path, "x", 1, 0600, &error));
  g_assert_error (error, BOUNCE_CORE_ERROR, BOUNCE_CORE_ERROR_IO);
  g_assert_cmpuint (count_entries (folder), ==, 1);
}

/* Without the right to mount: a limit on file sizes makes write() fail in the same place. */
static void
replace_beyond_size_limit (const char *folder, BounceCoreError *code)
{
  const struct rlimit small = { .rlim_cur = 4096, .rlim_max = RLIM_INFINITY };
  g_autofree char *path = g_build_filename (folder, "file", NULL);
  g_autofree char *large = g_strnfill (100 * 1000, 'x');
  g_autoptr (GError) error = NULL;
  struct rlimit before;

  getrlimit (RLIMIT_FSIZE, &before);
  signal (SIGXFSZ, SIG_IGN);
  g_assert_true (bounce_file_replace (path, "old", 3, 0600, NULL));
  setrlimit (RLIMIT_FSIZE, &small);
  g_assert_false (bounce_file_replace (path, large, strlen (large), 0600, &error));
  setrlimit (RLIMIT_FSIZE, &before);
  *code = error->code;
  assert_content (path, "old");
  g_assert_cmpuint (count_entries (folder), ==, 1);
}

static void
replace_on_small_disk (const char *folder)
{
  g_autofree char *path = g_build_filename (folder, "file", NULL);
  g_autofree char *large = g_strnfill (1000 * 1000, 'x');
  g_autoptr (GError) error = NULL;

  g_assert_cmpuint (bounce_file_get_free_bytes (folder), <=, 256 * 1024);
  g_assert_true (bounce_file_replace (path, "old", 3, 0600, &error));
  g_assert_no_error (error);
  g_assert_false (bounce_file_replace (path, large, strlen (large), 0600, &error));
  g_assert_error (error, BOUNCE_CORE_ERROR, BOUNCE_CORE_ERROR_NO_SPACE);
  assert_content (path, "old");
  g_assert_cmpuint (count_entries (folder), ==, 1);
  g_assert_true (bounce_file_replace (path, "new", 3, 0600, NULL));
  assert_content (path, "new");
}

static void
test_full_disk (Fixture *fixture, gconstpointer data)
{
  g_autofree char *folder = g_build_filename (fixture->root, "small", NULL);
  BounceCoreError code;

  g_assert_cmpint (g_mkdir (folder, 0700), ==, 0);
  if (mount ("tmpfs", folder, "tmpfs", 0, "size=256k") == 0)
    {
      replace_on_small_disk (folder);
      g_assert_cmpint (umount (folder), ==, 0);
      return;
    }
  replace_beyond_size_limit (folder, &code);
  g_assert_cmpint (code, ==, BOUNCE_CORE_ERROR_IO);
}

static void
test_write_all (Fixture *fixture, gconstpointer data)
{
  int fd = open ("/dev/full", O_WRONLY | O_CLOEXEC);
  g_autoptr (GError) full = NULL;
  g_autoptr (GError) bad = NULL;

  g_assert_cmpint (fd, >=, 0);
  g_assert_false (bounce_file_write_all (fd, "x", 1, &full));
  g_assert_error (full, BOUNCE_CORE_ERROR, BOUNCE_CORE_ERROR_NO_SPACE);
  g_assert_true (bounce_file_write_all (fd, NULL, 0, NULL));
  close (fd);
  g_assert_false (bounce_file_write_all (-1, "x", 1, &bad));
  g_assert_error (bad, BOUNCE_CORE_ERROR, BOUNCE_CORE_ERROR_IO);
}

static gpointer
read_everything (gpointer data)
{
  char block[1000];
  gsize total = 0;
  ssize_t n;

  while ((n = read (GPOINTER_TO_INT (data), block, sizeof block)) > 0)
    total += (gsize) n;
  return GSIZE_TO_POINTER (total);
}

/* A pipe takes 64 KiB at a time: what is left has to be written again. */
static void
test_short_writes (Fixture *fixture, gconstpointer data)
{
  const gsize size = 1000 * 1000;
  g_autofree char *bytes = g_strnfill (size, 'x');
  g_autoptr (GError) error = NULL;
  GThread *reader;
  int fds[2];

  g_assert_cmpint (pipe2 (fds, O_CLOEXEC), ==, 0);
  reader = g_thread_new ("reader", read_everything, GINT_TO_POINTER (fds[0]));
  g_assert_true (bounce_file_write_all (fds[1], bytes, size, &error));
  close (fds[1]);
  g_assert_cmpuint (GPOINTER_TO_SIZE (g_thread_join (reader)), ==, size);
  close (fds[0]);
}

static void
test_read (Fixture *fixture, gconstpointer data)
{
  g_autofree char *path = g_build_filename (fixture->root, "read", NULL);
  g_autoptr (GError) error = NULL;
  g_autofree char *content = NULL;
  gsize size = 0;

  g_assert_true (g_file_set_contents (path, "a\0b", 3, NULL));
  content = bounce_file_read (path, 3, &size, &error);
  g_assert_no_error (error);
  g_assert_cmpmem (content, size + 1, "a\0b", 4);
  g_assert_null (bounce_file_read (path, 2, NULL, &error));
  g_assert_error (error, BOUNCE_CORE_ERROR, BOUNCE_CORE_ERROR_INVALID);
  g_clear_error (&error);
  g_assert_null (bounce_file_read (fixture->root, 2, NULL, &error));
  g_assert_error (error, BOUNCE_CORE_ERROR, BOUNCE_CORE_ERROR_IO);
  g_clear_error (&error);
  g_assert_null (bounce_file_read ("/dev/zero", 100, NULL, &error));
  g_assert_error (error, BOUNCE_CORE_ERROR, BOUNCE_CORE_ERROR_INVALID);
  g_clear_error (&error);
  g_unlink (path);
  g_assert_null (bounce_file_read (path, 2, NULL, &error));
  g_assert_error (error, BOUNCE_CORE_ERROR, BOUNCE_CORE_ERROR_NOT_FOUND);
}

static void
test_directories (Fixture *fixture, gconstpointer data)
{
  g_autofree char *path = g_build_filename (fixture->root, "a", "b", "c", NULL);
  g_autofree char *file = g_build_filename (fixture->root, "plain", NULL);
  g_autofree char *below = g_build_filename (file, "x", NULL);
  g_autoptr (GError) error = NULL;
  struct stat status;

  g_assert_true (bounce_file_make_directories (path, &error));
  g_assert_true (bounce_file_make_directories (path, &error));
  g_assert_cmpint (stat (path, &status), ==, 0);
  g_assert_cmpint (status.st_mode & 0777, ==, 0700);
  g_assert_true (g_file_set_contents (file, "", 0, NULL));
  g_assert_false (bounce_file_make_directories (file, &error));
  g_assert_error (error, BOUNCE_CORE_ERROR, BOUNCE_CORE_ERROR_NOT_FOUND);
  g_clear_error (&error);
  g_assert_false (bounce_file_make_directories (below, &error));
  g_assert_error (error, BOUNCE_CORE_ERROR, BOUNCE_CORE_ERROR_NOT_FOUND);
}

static void
test_sync_directory (Fixture *fixture, gconstpointer data)
{
  g_autofree char *absent = g_build_filename (fixture->root, "absent", NULL);
  g_autoptr (GError) error = NULL;

  g_assert_true (bounce_file_sync_directory (fixture->root, &error));
  g_assert_no_error (error);
  g_assert_false (bounce_file_sync_directory (absent, &error));
  g_assert_error (error, BOUNCE_CORE_ERROR, BOUNCE_CORE_ERROR_NOT_FOUND);
  g_clear_error (&error);
  /* procfs cannot be synced, as some network file systems cannot. */
  g_assert_false (bounce_file_sync_directory ("/proc/self", &error));
  g_assert_error (error, BOUNCE_CORE_ERROR, BOUNCE_CORE_ERROR_IO);
}

/* Files and folders are opened, everything else is told apart and never opened. */
static void
test_open_at (Fixture *fixture, gconstpointer data)
{
  int folder = open (fixture->root, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  int fd;

  g_assert_cmpint (mkdirat (folder, "folder", 0700), ==, 0);
  g_assert_cmpint (symlinkat ("folder", folder, "link"), ==, 0);
  g_assert_cmpint (symlinkat ("loop", folder, "loop"), ==, 0);
  g_assert_cmpint (mkfifoat (folder, "pipe", 0600), ==, 0);
  fd = bounce_file_open_at (folder, "folder", FALSE);
  g_assert_cmpint (fcntl (fd, F_GETFD) & FD_CLOEXEC, !=, 0);
  close (fd);
  g_assert_cmpint (bounce_file_open_at (folder, "link", FALSE), ==, -1);
  g_assert_cmpint (errno, ==, ELOOP);
  fd = bounce_file_open_at (folder, "link", TRUE);
  g_assert_cmpint (fd, >=, 0);
  close (fd);
  g_assert_cmpint (bounce_file_open_at (folder, "loop", TRUE), ==, -1);
  g_assert_cmpint (errno, ==, ELOOP);
  g_assert_cmpint (bounce_file_open_at (folder, "pipe", TRUE), ==, -1);
  g_assert_cmpint (errno, ==, ENOTSUP);
  g_assert_cmpint (bounce_file_open_at (folder, "/dev/null", TRUE), ==, -1);
  g_assert_cmpint (errno, ==, ENOTSUP);
  g_assert_cmpint (bounce_file_open_at (folder, "absent", TRUE), ==, -1);
  g_assert_cmpint (errno, ==, ENOENT);
  close (folder);
}

/* A folder of that name is a folder. */
static void
test_medium_index (Fixture *fixture, gconstpointer data)
{
  g_autofree char *folder = g_build_filename (fixture->root, "DICOMDIR", NULL);
  g_autofree char *index = g_build_filename (folder, "dicomdir", NULL);

  g_assert_cmpint (g_mkdir (folder, 0700), ==, 0);
  g_assert_false (bounce_file_is_medium_index (folder));
  g_assert_false (bounce_file_is_medium_index (index));
  g_assert_true (g_file_set_contents (index, "x", 1, NULL));
  g_assert_true (bounce_file_is_medium_index (index));
}

static void
test_lock (Fixture *fixture, gconstpointer data)
{
  g_autofree char *path = g_build_filename (fixture->root, "lock", NULL);
  g_autofree char *absent = g_build_filename (fixture->root, "absent", "lock", NULL);
  g_autofree char *link = g_build_filename (fixture->root, "link", NULL);
  g_autoptr (GError) error = NULL;
  int fd = bounce_file_lock (path, &error);

  g_assert_no_error (error);
  g_assert_cmpint (fd, >=, 0);
  g_assert_cmpint (fcntl (fd, F_GETFD) & FD_CLOEXEC, !=, 0);
  g_assert_cmpint (bounce_file_lock (path, &error), ==, -1);
  g_assert_error (error, BOUNCE_CORE_ERROR, BOUNCE_CORE_ERROR_UNAVAILABLE);
  g_clear_error (&error);
  close (fd);
  fd = bounce_file_lock (path, &error);
  g_assert_no_error (error);
  close (fd);
  g_assert_cmpint (bounce_file_lock (absent, &error), ==, -1);
  g_assert_error (error, BOUNCE_CORE_ERROR, BOUNCE_CORE_ERROR_NOT_FOUND);
  g_clear_error (&error);
  g_assert_cmpint (symlink (path, link), ==, 0);
  g_assert_cmpint (bounce_file_lock (link, &error), ==, -1);
  g_assert_error (error, BOUNCE_CORE_ERROR, BOUNCE_CORE_ERROR_IO);
}

static void
test_free_bytes (Fixture *fixture, gconstpointer data)
{
  g_autofree char *absent = g_build_filename (fixture->root, "absent", NULL);

  g_assert_cmpuint (bounce_file_get_free_bytes (fixture->root), >, 0);
  g_assert_cmpuint (bounce_file_get_free_bytes (absent), ==, 0);
}

static void
test_descriptor_limit (Fixture *fixture, gconstpointer data)
{
  struct rlimit before, limit;

  g_assert_cmpint (getrlimit (RLIMIT_NOFILE, &before), ==, 0);
  limit = before;
  limit.rlim_cur = MIN (before.rlim_max, 1024);
  g_assert_cmpint (setrlimit (RLIMIT_NOFILE, &limit), ==, 0);
  bounce_file_raise_descriptor_limit ();
  g_assert_cmpint (getrlimit (RLIMIT_NOFILE, &limit), ==, 0);
  g_assert_cmpuint (limit.rlim_cur, ==, MIN (before.rlim_max, 4096));
  /* What is higher stays. */
  limit.rlim_cur = limit.rlim_max;
  g_assert_cmpint (setrlimit (RLIMIT_NOFILE, &limit), ==, 0);
  bounce_file_raise_descriptor_limit ();
  g_assert_cmpint (getrlimit (RLIMIT_NOFILE, &limit), ==, 0);
  g_assert_cmpuint (limit.rlim_cur, ==, limit.rlim_max);
  g_assert_cmpint (setrlimit (RLIMIT_NOFILE, &before), ==, 0);
}

static void
test_errno (Fixture *fixture, gconstpointer data)
{
  const struct
  {
    int errsv;
    BounceCoreError code;
  } expected[] = {
    { ENOSPC, BOUNCE_CORE_ERROR_NO_SPACE },  { EDQUOT, BOUNCE_CORE_ERROR_NO_SPACE },
    { ENOENT, BOUNCE_CORE_ERROR_NOT_FOUND }, { ENOTDIR, BOUNCE_CORE_ERROR_NOT_FOUND },
    { EIO, BOUNCE_CORE_ERROR_IO },           { EACCES, BOUNCE_CORE_ERROR_IO },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (expected); i++)
    {
      g_autoptr (GError) error = NULL;
      g_autofree char *message = g_strdup_printf ("Failed at 7: %s", strerror (expected[i].errsv));

      bounce_core_set_error_errno (&error, expected[i].errsv, "Failed at %d", 7);
      g_assert_error (error, BOUNCE_CORE_ERROR, (int) expected[i].code);
      g_assert_cmpstr (error->message, ==, message);
    }
}

#define ADD(path, func) g_test_add (path, Fixture, NULL, set_up, func, tear_down)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  ADD ("/file/replace", test_replace);
  ADD ("/file/replace/without-directory", test_replace_without_directory);
  ADD ("/file/replace/of-directory", test_replace_of_directory);
  ADD ("/file/full-disk", test_full_disk);
  ADD ("/file/write-all", test_write_all);
  ADD ("/file/short-writes", test_short_writes);
  ADD ("/file/read", test_read);
  ADD ("/file/directories", test_directories);
  ADD ("/file/sync-directory", test_sync_directory);
  ADD ("/file/lock", test_lock);
  ADD ("/file/open-at", test_open_at);
  ADD ("/file/medium-index", test_medium_index);
  ADD ("/file/free-bytes", test_free_bytes);
  ADD ("/file/descriptor-limit", test_descriptor_limit);
  ADD ("/file/errno", test_errno);
  return g_test_run ();
}
