/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* The folder of a trial: database, studies and what the cloud received, apart from everything that
 * is real. A marker says that it is ours to remove, and goes last, so that a removal that was cut
 * off is finished the next time. No GTK here. */

#include "config.h"

#include "bounce-trial.h"

#include "bounce-core-error.h"
#include "bounce-file.h"

#include <errno.h>
#include <ftw.h>
#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>

#define FOLDER_NAME "bounce-trial"
#define MARKER_NAME ".bounce-trial"
#define MARKER_TEXT "Bounce removes this folder when the trial ends.\n"
/* Descriptors that a walk through the folders may hold. */
#define MAX_OPEN_FOLDERS 16

static const char *const parts[] = { "data", "studies", "cloud" };

/**
 * bounce_trial_dup_folder:
 *
 * Returns: (transfer full): `$XDG_DATA_HOME/bounce-trial`
 */
char *
bounce_trial_dup_folder (void)
{
  return g_build_filename (g_get_user_data_dir (), FOLDER_NAME, NULL);
}

/**
 * bounce_trial_dup_data_dir:
 *
 * Returns: (transfer full): where the trial's database is
 */
char *
bounce_trial_dup_data_dir (const char *folder)
{
  return g_build_filename (folder, "data", NULL);
}

/**
 * bounce_trial_dup_base_dir:
 *
 * Returns: (transfer full): where the trial's studies are
 */
char *
bounce_trial_dup_base_dir (const char *folder)
{
  return g_build_filename (folder, "studies", NULL);
}

/**
 * bounce_trial_make_folder:
 *
 * Makes and marks @folder, unless that was done before. Blocks shortly: before the main loop.
 *
 * Errors: those of bounce_file_make_directories() and bounce_file_replace()
 * Returns: whether it is there
 */
gboolean
bounce_trial_make_folder (const char *folder, GError **error)
{
  g_autofree char *marker = g_build_filename (folder, MARKER_NAME, NULL);
  g_autofree char *cloud = g_build_filename (folder, "cloud", NULL);

  return bounce_file_make_directories (folder, error)
         && bounce_file_replace (marker, MARKER_TEXT, strlen (MARKER_TEXT), 0600, error)
         && bounce_file_make_directories (cloud, error);
}

static int
remove_entry (const char *path, const struct stat *status, int type, struct FTW *place)
{
  return remove (path);
}

/* Follows no link and leaves no file system. What is not there is removed. */
static gboolean
remove_tree (const char *path, GError **error)
{
  if (nftw (path, remove_entry, MAX_OPEN_FOLDERS, FTW_DEPTH | FTW_PHYS | FTW_MOUNT) == 0
      || errno == ENOENT)
    return TRUE;
  bounce_core_set_error_errno (error, errno, "Failed to remove %s", path);
  return FALSE;
}

static gboolean
remove_folder (const char *folder, GError **error)
{
  g_autofree char *marker = g_build_filename (folder, MARKER_NAME, NULL);

  if (g_file_test (folder, G_FILE_TEST_IS_SYMLINK) || !g_file_test (marker, G_FILE_TEST_EXISTS))
    return TRUE;
  for (gsize i = 0; i < G_N_ELEMENTS (parts); i++)
    {
      g_autofree char *path = g_build_filename (folder, parts[i], NULL);

      if (!remove_tree (path, error))
        return FALSE;
    }
  g_unlink (marker);
  g_rmdir (folder); /* stays if somebody put something else there */
  return TRUE;
}

static void
remove_worker (GTask *task, gpointer source_object, gpointer task_data, GCancellable *cancellable)
{
  GError *error = NULL;

  if (remove_folder (task_data, &error))
    g_task_return_boolean (task, TRUE);
  else
    g_task_return_error (task, error);
}

/**
 * bounce_trial_remove_folder_async:
 * @folder: of a trial that is over; one that is not there, or not marked, is left alone
 *
 * Removes what a trial made.
 *
 * Thread: main
 */
void
bounce_trial_remove_folder_async (const char *folder,
                                  GCancellable *cancellable,
                                  GAsyncReadyCallback callback,
                                  gpointer user_data)
{
  g_autoptr (GTask) task = g_task_new (NULL, cancellable, callback, user_data);

  g_task_set_source_tag (task, bounce_trial_remove_folder_async);
  g_task_set_task_data (task, g_strdup (folder), g_free);
  g_task_run_in_thread (task, remove_worker);
}

/**
 * bounce_trial_remove_folder_finish:
 *
 * Errors: %BOUNCE_CORE_ERROR_IO; the rest is removed at the next try
 * Returns: whether nothing is left
 */
gboolean
bounce_trial_remove_folder_finish (GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, NULL), FALSE);

  return g_task_propagate_boolean (G_TASK (result), error);
}
