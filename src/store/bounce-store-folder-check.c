/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* Whether a folder still is base_dir, or could become it. For the latter the same questions that
 * opening a store asks, put before anything depends on the answer, and a file written, synced and
 * removed to be sure. What had to be made for that is removed again. */

#include "config.h"

#include "bounce-store-private.h"

#include "bounce-core-error.h"
#include "bounce-file.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <unistd.h>

#define TRIAL_NAME  ".bounce-check-XXXXXX"
#define TRIAL_BYTES 4096

/* Whose the folder is: one that was left may be taken up again. A folder that is not there yet is
 * empty. */
static gboolean
check_owner (BounceStore *self, const char *path, GError **error)
{
  g_autofree char *uuid = NULL;
  g_autofree char *found = NULL;

  bounce_tree_inspect (self->base_dir, NULL, &uuid);
  switch (bounce_tree_inspect (path, uuid, &found))
    {
    case BOUNCE_TREE_MARKED:
    case BOUNCE_TREE_EMPTY:
      return TRUE;
    case BOUNCE_TREE_OTHERS:
      if (g_hash_table_contains (self->former_trees, found))
        return TRUE;
      g_set_error (error, BOUNCE_STORE_ERROR, BOUNCE_STORE_ERROR_LOCKED,
                   "%s belongs to another Bounce", path);
      return FALSE;
    case BOUNCE_TREE_FOREIGN:
    default:
      g_set_error (error, BOUNCE_STORE_ERROR, BOUNCE_STORE_ERROR_INVALID,
                   "%s is not empty and was not made by Bounce", path);
      return FALSE;
    }
}

/* Inside of a tree or of another's data directory its owner would take the files for its own. */
static gboolean
check_above (BounceStore *self, const char *path, GError **error)
{
  g_autofree char *own = g_canonicalize_filename (self->data_dir, "/");
  g_autofree char *folder = g_path_get_dirname (path);

  while (!g_str_equal (folder, "/"))
    {
      g_autofree char *marker = g_build_filename (folder, BOUNCE_TREE_MARKER, NULL);
      g_autofree char *database = bounce_store_get_database_path (folder);
      char *parent;

      if (g_file_test (marker, G_FILE_TEST_EXISTS)
          || (g_file_test (database, G_FILE_TEST_EXISTS) && !g_str_equal (folder, own)))
        {
          g_set_error (error, BOUNCE_STORE_ERROR, BOUNCE_STORE_ERROR_LOCKED,
                       "%s is inside of a folder that Bounce uses: %s", path, folder);
          return FALSE;
        }
      parent = g_path_get_dirname (folder);
      g_free (folder);
      folder = parent;
    }
  return TRUE;
}

/* Shape: those of @path and the folders above it that are not there, the deepest first. */
static GPtrArray *
list_missing (const char *path)
{
  GPtrArray *missing = g_ptr_array_new_with_free_func (g_free);
  g_autofree char *folder = g_strdup (path);

  while (!g_file_test (folder, G_FILE_TEST_EXISTS))
    {
      char *parent = g_path_get_dirname (folder);

      g_ptr_array_add (missing, folder);
      folder = parent;
    }
  return missing;
}

static gboolean
try_file (const char *folder, GError **error)
{
  static const char bytes[TRIAL_BYTES];
  g_autofree char *path = g_build_filename (folder, TRIAL_NAME, NULL);
  int fd = g_mkstemp_full (path, O_RDWR | O_CLOEXEC, 0600);
  gboolean is_written;

  if (fd < 0)
    {
      bounce_core_set_error_errno (error, errno, "Failed to create a file in %s", folder);
      return FALSE;
    }
  is_written = bounce_file_write_all (fd, bytes, sizeof bytes, error);
  if (is_written && fsync (fd) != 0)
    {
      bounce_core_set_error_errno (error, errno, "Failed to sync a file in %s", folder);
      is_written = FALSE;
    }
  close (fd);
  g_unlink (path);
  return is_written && bounce_file_sync_directory (folder, error);
}

static gboolean
try_folder (const char *path, GError **error)
{
  g_autoptr (GPtrArray) made = list_missing (path);
  g_autoptr (GError) file_error = NULL;
  gboolean is_fit =
      bounce_file_make_directories (path, &file_error) && try_file (path, &file_error);

  /* Only empty ones go; what somebody put there meanwhile stays. */
  for (guint i = 0; i < made->len; i++)
    g_rmdir (g_ptr_array_index (made, i));
  if (is_fit)
    return TRUE;
  bounce_store_set_error_file (error, file_error);
  return FALSE;
}

/**
 * bounce_store_check_folder_sync:
 * @path: absolute
 *
 * Whether @path, there or not, could be the store's base_dir. Nothing stays changed.
 *
 * Thread: any but main; writes and syncs
 * Errors: %BOUNCE_STORE_ERROR_INVALID for `/`, a home folder, a folder with other files;
 *   %BOUNCE_STORE_ERROR_LOCKED when it is another store's or inside of one;
 *   %BOUNCE_STORE_ERROR_NO_SPACE; %BOUNCE_STORE_ERROR_IO when it cannot be made, written or synced
 * Returns: whether it could
 */
gboolean
bounce_store_check_folder_sync (BounceStore *self, const char *path, GError **error)
{
  g_autofree char *canonical = NULL;

  g_return_val_if_fail (BOUNCE_IS_STORE (self), FALSE);
  g_return_val_if_fail (g_path_is_absolute (path), FALSE);

  canonical = g_canonicalize_filename (path, "/");
  return bounce_tree_check_path (canonical, error) && check_above (self, canonical, error)
         && check_owner (self, canonical, error) && try_folder (canonical, error);
}

static void
check_storage_worker (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  GError *error = NULL;

  if (bounce_tree_check_mounted (data, &error))
    g_task_return_boolean (task, TRUE);
  else
    g_task_return_error (task, error);
}

/**
 * bounce_store_check_storage_async:
 * @self: the store
 * @cancellable: (nullable): a cancellable
 * @callback: called on the caller's context
 * @user_data: for @callback
 *
 * Whether base_dir is still the tree that was opened, or is it again. Asked on a pool thread, which
 * nobody waits for: a dead network mount may hang.
 *
 * Thread: main, while the store is open
 */
void
bounce_store_check_storage_async (BounceStore *self,
                                  GCancellable *cancellable,
                                  GAsyncReadyCallback callback,
                                  gpointer user_data)
{
  g_autoptr (GTask) task = g_task_new (self, cancellable, callback, user_data);

  g_task_set_source_tag (task, bounce_store_check_storage_async);
  g_task_set_task_data (task, bounce_tree_ref (self->tree), (GDestroyNotify) bounce_tree_unref);
  g_task_run_in_thread (task, check_storage_worker);
}

/**
 * bounce_store_check_storage_finish:
 * @self: the store
 * @result: from the callback
 * @error: return location
 *
 * Errors: NOT_MOUNTED, CANCELLED.
 */
gboolean
bounce_store_check_storage_finish (BounceStore *self, GAsyncResult *result, GError **error)
{
  return g_task_propagate_boolean (G_TASK (result), error);
}
