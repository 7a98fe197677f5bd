/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* Whether a folder may be a store's tree, and the marker that says whose it is.
 *
 * base_dir/.bounce holds the store's UUID and is locked while a process uses the tree. A folder
 * becomes a tree only when it is empty: nothing of a stranger may ever be removed. */

#include "config.h"

#include "bounce-tree-private.h"

#include "bounce-file.h"
#include "bounce-uid.h"

#include <errno.h>
#include <fcntl.h>
#include <pwd.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

/* A lock file holds a PID and a name, a marker a UUID as well. */
#define LOCK_TEXT_MAX 256

static gboolean
is_home_folder (const char *path)
{
  struct passwd *entry;
  gboolean is_home = g_strcmp0 (path, g_get_home_dir ()) == 0 || g_str_equal (path, "/root")
                     || g_str_equal (path, "/home");

  setpwent ();
  while (!is_home && (entry = getpwent ()))
    is_home = entry->pw_dir && strlen (entry->pw_dir) > 1 && g_str_equal (path, entry->pw_dir);
  endpwent ();
  return is_home;
}

/* Errors: INVALID when base_dir is not absolute, is the root or somebody's home folder. */
gboolean
bounce_tree_check_path (const char *base_dir, GError **error)
{
  g_autofree char *canonical = g_canonicalize_filename (base_dir, "/");
  g_autofree char *resolved = realpath (canonical, NULL);
  const char *path = resolved ? resolved : canonical;

  if (g_path_is_absolute (base_dir) && !g_str_equal (path, "/") && !is_home_folder (path))
    return TRUE;
  g_set_error (error, BOUNCE_STORE_ERROR, BOUNCE_STORE_ERROR_INVALID,
               "%s cannot hold studies: give an absolute folder of its own, neither / nor a home "
               "folder",
               base_dir);
  return FALSE;
}

static char *
read_marker (const char *base_dir)
{
  g_autofree char *marker = g_build_filename (base_dir, BOUNCE_TREE_MARKER, NULL);
  g_autofree char *text = NULL;
  char *end;

  if (!g_file_get_contents (marker, &text, NULL, NULL))
    return NULL;
  end = strchr (text, '\n');
  if (end)
    *end = '\0';
  return g_uuid_string_is_valid (text) ? g_steal_pointer (&text) : g_strdup ("");
}

/* One that cannot be read is none. */
static gboolean
is_empty_folder (const char *path)
{
  g_autoptr (GPtrArray) names = bounce_tree_read_folder (path, NULL);

  for (guint i = 0; names && i < names->len; i++)
    if (!g_str_equal (g_ptr_array_index (names, i), "lost+found"))
      return FALSE;
  return names != NULL;
}

/* Shape: uuid (nullable) is that of the database; found_uuid (out) (nullable) that of the marker.
 */
BounceTreeState
bounce_tree_inspect (const char *base_dir, const char *uuid, char **found_uuid)
{
  g_autofree char *found = read_marker (base_dir);
  BounceTreeState state;

  if (found)
    state = g_strcmp0 (found, uuid) == 0 ? BOUNCE_TREE_MARKED : BOUNCE_TREE_OTHERS;
  else
    state = is_empty_folder (base_dir) ? BOUNCE_TREE_EMPTY : BOUNCE_TREE_FOREIGN;
  *found_uuid = g_steal_pointer (&found);
  return state;
}

/* Makes base_dir and its marker. Errors: NO_SPACE, IO (also when the folder cannot be synced). */
gboolean
bounce_tree_mark (const char *base_dir, const char *uuid, GError **error)
{
  g_autofree char *marker = g_build_filename (base_dir, BOUNCE_TREE_MARKER, NULL);
  g_autofree char *text = g_strconcat (uuid, "\n", NULL);
  g_autoptr (GError) file_error = NULL;

  if (bounce_file_make_directories (base_dir, &file_error)
      && bounce_file_replace (marker, text, strlen (text), 0600, &file_error))
    return TRUE;
  g_set_error_literal (error, BOUNCE_STORE_ERROR, BOUNCE_STORE_ERROR_IO, file_error->message);
  return FALSE;
}

/* Whether any folder below base_dir has a study's name, or it cannot be told. */
gboolean
bounce_tree_may_have_studies (const char *base_dir)
{
  g_autoptr (GPtrArray) names = bounce_tree_read_folder (base_dir, NULL);

  for (guint i = 0; names && i < names->len; i++)
    {
      const char *name = g_ptr_array_index (names, i);
      g_autofree char *path = g_build_filename (base_dir, name, NULL);

      if (bounce_uid_is_valid (name) && g_file_test (path, G_FILE_TEST_IS_DIR))
        return TRUE;
    }
  return names == NULL;
}

/* The last line of a lock file says who holds it: "PID NAME". */
static char *
read_holder (int fd)
{
  char text[LOCK_TEXT_MAX + 1] = { 0 };
  ssize_t size = pread (fd, text, LOCK_TEXT_MAX, 0);
  g_auto (GStrv) lines = g_strsplit (g_strchomp (text), "\n", -1);
  guint length = g_strv_length (lines);
  g_auto (GStrv) words = size > 0 ? g_strsplit (lines[length - 1], " ", 2) : NULL;

  if (!words || !words[0] || !words[1])
    return g_strdup ("another process");
  return g_strdup_printf ("%s (PID %s)", words[1], words[0]);
}

static void
write_holder (int fd, const char *first_line)
{
  g_autofree char *text =
      g_strdup_printf ("%s%s%d %s\n", first_line, *first_line ? "\n" : "", (int) getpid (),
                       g_get_prgname () ? g_get_prgname () : "bounce");

  if (pwrite (fd, text, strlen (text), 0) == (ssize_t) strlen (text)
      && ftruncate (fd, (off_t) strlen (text)) == 0)
    return;
}

static char *
read_first_line (int fd)
{
  char text[LOCK_TEXT_MAX + 1] = { 0 };

  if (pread (fd, text, LOCK_TEXT_MAX, 0) <= 0)
    return g_strdup ("");
  text[strcspn (text, "\n")] = '\0';
  return g_strdup (text);
}

/* Takes a lock file, for as long as the returned descriptor is open, and notes the holder in it.
 * The marker's first line is kept.
 * Errors: LOCKED, naming the holder; IO. Returns: a descriptor or -1. */
int
bounce_store_lock_file (const char *path, gboolean may_create, GError **error)
{
  g_autofree char *first_line = NULL;
  int fd = open (path, O_RDWR | O_CLOEXEC | (may_create ? O_CREAT : 0), 0600);

  if (fd >= 0 && flock (fd, LOCK_EX | LOCK_NB) == 0)
    {
      first_line = may_create ? g_strdup ("") : read_first_line (fd);
      write_holder (fd, first_line);
      return fd;
    }
  if (fd >= 0 && errno == EWOULDBLOCK)
    {
      g_autofree char *folder = g_path_get_dirname (path);
      g_autofree char *holder = read_holder (fd);

      g_set_error (error, BOUNCE_STORE_ERROR, BOUNCE_STORE_ERROR_LOCKED, "%s is in use by %s",
                   folder, holder);
    }
  else
    bounce_store_set_error_errno (error, errno, "locking", path);
  if (fd >= 0)
    close (fd);
  return -1;
}
