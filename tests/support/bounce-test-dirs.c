/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A private folder for one test, with HOME and the XDG places inside it. GLib remembers the XDG
 * places when it is first asked for them, so a test program makes this before anything else. */

#include "bounce-test-dirs.h"

#include <glib/gstdio.h>

struct _BounceTestDirs
{
  char *root; /* (owned) */
};

/**
 * bounce_test_dirs_remove:
 *
 * Removes a folder and all that is in it, following no symbolic link.
 */
void
bounce_test_dirs_remove (const char *path)
{
  g_autoptr (GDir) folder = NULL;
  const char *name;

  if (!g_file_test (path, G_FILE_TEST_IS_SYMLINK))
    folder = g_dir_open (path, 0, NULL);
  while (folder != NULL && (name = g_dir_read_name (folder)) != NULL)
    {
      g_autofree char *child = g_build_filename (path, name, NULL);

      bounce_test_dirs_remove (child);
    }
  g_remove (path);
}

/**
 * bounce_test_dirs_make:
 *
 * Returns: (transfer full): the path of the folder @name in the root, made if it is not there
 */
char *
bounce_test_dirs_make (BounceTestDirs *self, const char *name)
{
  char *path = g_build_filename (self->root, name, NULL);

  g_assert_no_errno (g_mkdir_with_parents (path, 0700));
  return path;
}

/**
 * bounce_test_dirs_new:
 *
 * Makes the folders and points HOME, the XDG variables and GSettings at them.
 *
 * Returns: (transfer full): free with bounce_test_dirs_free(), which removes them
 */
BounceTestDirs *
bounce_test_dirs_new (void)
{
  static const struct
  {
    const char *variable;
    const char *name;
  } places[] = {
    { "HOME", "home" },
    { "XDG_DATA_HOME", "data" },
    { "XDG_STATE_HOME", "state" },
    { "XDG_CONFIG_HOME", "config" },
    { "XDG_CACHE_HOME", "cache" },
    { "XDG_RUNTIME_DIR", "runtime" },
  };
  g_autoptr (GError) error = NULL;
  BounceTestDirs *self = g_new0 (BounceTestDirs, 1);

  self->root = g_dir_make_tmp ("bounce-test-XXXXXX", &error);
  g_assert_no_error (error);
  for (guint i = 0; i < G_N_ELEMENTS (places); i++)
    {
      g_autofree char *path = bounce_test_dirs_make (self, places[i].name);

      g_setenv (places[i].variable, path, TRUE);
    }
  g_setenv ("GSETTINGS_BACKEND", "memory", TRUE);
  return self;
}

/**
 * bounce_test_dirs_get_root:
 *
 * Returns: the folder that holds all others
 */
const char *
bounce_test_dirs_get_root (BounceTestDirs *self)
{
  return self->root;
}

/**
 * bounce_test_dirs_free:
 *
 * Removes everything.
 */
void
bounce_test_dirs_free (BounceTestDirs *self)
{
  bounce_test_dirs_remove (self->root);
  g_free (self->root);
  g_free (self);
}
