/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* Syncing folders for many threads at once. One sync of a folder serves every rename that happened
 * before it started: who comes while one runs waits for the next, which one of the waiting then
 * makes for all of them. Different folders are synced side by side, which on a busy disk is worth
 * more than having one thread do it. */

#include "config.h"

#include "bounce-folder-sync-private.h"

#include "bounce-tree-private.h"

typedef struct
{
  guint users;
  gboolean is_running;
  guint64 started, done; /* rounds */
  guint64 failed;        /* the last round that failed; never made good by a later one */
  GCond changed;
} Folder;

struct _BounceFolderSync
{
  GMutex mutex;
  GHashTable *folders; /* (owned) (lock mutex) (element-type utf8 Folder) in use */
};

static void
free_folder (gpointer data)
{
  Folder *folder = data;

  g_cond_clear (&folder->changed);
  g_free (folder);
}

/* Returns: (transfer full) */
BounceFolderSync *
bounce_folder_sync_new (void)
{
  BounceFolderSync *self = g_new0 (BounceFolderSync, 1);

  g_mutex_init (&self->mutex);
  self->folders = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, free_folder);
  return self;
}

/* Nobody may be waiting any more. */
void
bounce_folder_sync_free (BounceFolderSync *self)
{
  g_hash_table_unref (self->folders);
  g_mutex_clear (&self->mutex);
  g_free (self);
}

static Folder *
use_folder (BounceFolderSync *self, const char *path)
{
  Folder *folder = g_hash_table_lookup (self->folders, path);

  if (!folder)
    {
      folder = g_new0 (Folder, 1);
      g_cond_init (&folder->changed);
      g_hash_table_insert (self->folders, g_strdup (path), folder);
    }
  folder->users++;
  return folder;
}

/* Thread: called and left with the mutex held. */
static void
run_round (BounceFolderSync *self, Folder *folder, const char *path)
{
  gboolean is_synced;

  folder->is_running = TRUE;
  folder->started++;
  g_mutex_unlock (&self->mutex);
  is_synced = bounce_tree_sync_folder (path, NULL);
  g_mutex_lock (&self->mutex);
  folder->is_running = FALSE;
  folder->done = folder->started;
  if (!is_synced)
    folder->failed = folder->done;
  g_cond_broadcast (&folder->changed);
}

/* When it returns TRUE, what was renamed into the folder before the call is durable.
 * Thread: any; waits for the disk. Errors: IO. */
gboolean
bounce_folder_sync_run (BounceFolderSync *self, const char *path, GError **error)
{
  gboolean is_synced;
  Folder *folder;
  guint64 round;

  g_mutex_lock (&self->mutex);
  folder = use_folder (self, path);
  round = folder->started + 1;
  while (folder->done < round)
    if (folder->is_running)
      g_cond_wait (&folder->changed, &self->mutex);
    else
      run_round (self, folder, path);
  is_synced = folder->failed < round;
  if (--folder->users == 0)
    g_hash_table_remove (self->folders, path);
  g_mutex_unlock (&self->mutex);
  if (!is_synced)
    g_set_error (error, BOUNCE_STORE_ERROR, BOUNCE_STORE_ERROR_IO, "syncing %s failed", path);
  return is_synced;
}
