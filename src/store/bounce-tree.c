/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* The tree of study files: paths, folders and which of them are known to be on disk.
 *
 * A file survives a power cut only when its own name, its series folder's and its study folder's
 * are synced in their parents. Whether an existing folder is, nobody can tell after a crash, so
 * each folder's parent is synced once per process: what was synced since start is remembered. */

#include "config.h"

#include "bounce-folder-sync-private.h"
#include "bounce-tree-private.h"

#include "bounce-core-error.h"
#include "bounce-file.h"
#include "bounce-uid.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Names remembered as synced before all are forgotten, which costs only syncs: about 10 MB. */
#define DURABLE_MAX 65536
#define FOLDER_MODE 0700

struct _BounceTree
{
  gatomicrefcount refs;
  char *base_dir;
  char *uuid;              /* (owned) of the marker */
  int lock_fd;             /* (owned) of the marker */
  BounceFolderSync *syncs; /* (owned) */
  GMutex mutex;
  GHashTable *durable; /* (owned) (lock mutex) (element-type utf8) "study" and "study/series" */
};

/* Errors: NO_SPACE for ENOSPC and EDQUOT, IO for the rest. */
void
bounce_store_set_error_errno (GError **error, int errsv, const char *what, const char *path)
{
  BounceStoreError code =
      errsv == ENOSPC || errsv == EDQUOT ? BOUNCE_STORE_ERROR_NO_SPACE : BOUNCE_STORE_ERROR_IO;

  g_set_error (error, BOUNCE_STORE_ERROR, code, "%s %s: %s", what, path, g_strerror (errsv));
}

/* Shape: cause is one of bounce-file.h. Errors: NO_SPACE, IO for the rest. */
void
bounce_store_set_error_file (GError **error, const GError *cause)
{
  g_set_error_literal (error, BOUNCE_STORE_ERROR,
                       g_error_matches (cause, BOUNCE_CORE_ERROR, BOUNCE_CORE_ERROR_NO_SPACE)
                           ? BOUNCE_STORE_ERROR_NO_SPACE
                           : BOUNCE_STORE_ERROR_IO,
                       cause->message);
}

/* Locks the marker of a marked tree and makes the working folders.
 * Errors: LOCKED when another process has it; IO when folders cannot be made or synced. */
BounceTree *
bounce_tree_open (const char *base_dir, GError **error)
{
  g_autofree char *marker = g_build_filename (base_dir, BOUNCE_TREE_MARKER, NULL);
  g_autofree char *incoming = g_build_filename (base_dir, BOUNCE_TREE_INCOMING, NULL);
  g_autofree char *outgoing = g_build_filename (base_dir, BOUNCE_TREE_OUTGOING, NULL);
  g_autoptr (BounceTree) self = g_new0 (BounceTree, 1);

  g_atomic_ref_count_init (&self->refs);
  g_mutex_init (&self->mutex);
  self->syncs = bounce_folder_sync_new ();
  self->durable = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  self->base_dir = g_strdup (base_dir);
  self->lock_fd = bounce_store_lock_file (marker, FALSE, error);
  if (self->lock_fd < 0)
    return NULL;
  bounce_tree_inspect (base_dir, NULL, &self->uuid);
  if ((g_mkdir (incoming, FOLDER_MODE) != 0 && errno != EEXIST)
      || (g_mkdir (outgoing, FOLDER_MODE) != 0 && errno != EEXIST))
    {
      bounce_store_set_error_errno (error, errno, "making working folders in", base_dir);
      return NULL;
    }
  /* Nothing needs this sync, the working folders are made again: it finds out at the start, and not
   * with every instance, that a file system does not sync folders. */
  if (!bounce_tree_sync_folder (base_dir, error))
    return NULL;
  return g_steal_pointer (&self);
}

/* For a thread that may hang on the disk for longer than the store is open. */
BounceTree *
bounce_tree_ref (BounceTree *self)
{
  g_atomic_ref_count_inc (&self->refs);
  return self;
}

/* The last one lets go of the marker. */
void
bounce_tree_unref (BounceTree *self)
{
  if (!g_atomic_ref_count_dec (&self->refs))
    return;
  if (self->lock_fd >= 0)
    close (self->lock_fd);
  g_hash_table_unref (self->durable);
  bounce_folder_sync_free (self->syncs);
  g_mutex_clear (&self->mutex);
  g_free (self->base_dir);
  g_free (self->uuid);
  g_free (self);
}

/* The folder of the tree. */
const char *
bounce_tree_get_base_dir (BounceTree *self)
{
  return self->base_dir;
}

/* Shape: base_dir/{study}. The UID must have been checked. */
char *
bounce_tree_get_study_path (BounceTree *self, const char *study_uid)
{
  return g_build_filename (self->base_dir, study_uid, NULL);
}

/* Shape: base_dir/{study}/{series}. The UIDs must have been checked. */
char *
bounce_tree_get_series_path (BounceTree *self, const char *study_uid, const char *series_uid)
{
  return g_build_filename (self->base_dir, study_uid, series_uid, NULL);
}

/* Shape: base_dir/{study}/{series}/{sop}.dcm. The UIDs must have been checked. */
char *
bounce_tree_get_instance_path (BounceTree *self,
                               const char *study_uid,
                               const char *series_uid,
                               const char *sop_instance_uid)
{
  return g_strconcat (self->base_dir, "/", study_uid, "/", series_uid, "/", sop_instance_uid,
                      ".dcm", NULL);
}

/* Shape: base_dir/{study}{suffix}: the metadata (.json) or the package (.zip). */
char *
bounce_tree_get_side_path (BounceTree *self, const char *study_uid, const char *suffix)
{
  return g_strconcat (self->base_dir, "/", study_uid, suffix, NULL);
}

static gboolean
make_folder (const char *path, GError **error)
{
  if (g_mkdir (path, FOLDER_MODE) == 0 || errno == EEXIST)
    return TRUE;
  bounce_store_set_error_errno (error, errno, "making", path);
  return FALSE;
}

static gboolean
is_durable (BounceTree *self, const char *key)
{
  g_autoptr (GMutexLocker) locker G_GNUC_UNUSED = g_mutex_locker_new (&self->mutex);

  return g_hash_table_contains (self->durable, key);
}

static void
set_durable (BounceTree *self, const char *key)
{
  g_autoptr (GMutexLocker) locker G_GNUC_UNUSED = g_mutex_locker_new (&self->mutex);

  if (g_hash_table_size (self->durable) > DURABLE_MAX)
    g_hash_table_remove_all (self->durable);
  g_hash_table_add (self->durable, g_strdup (key));
}

/* Makes the folders of a series. Errors: NO_SPACE, IO. */
gboolean
bounce_tree_make_series (BounceTree *self,
                         const char *study_uid,
                         const char *series_uid,
                         GError **error)
{
  g_autofree char *key = g_strconcat (study_uid, "/", series_uid, NULL);
  g_autofree char *study_path = bounce_tree_get_study_path (self, study_uid);
  g_autofree char *series_path = bounce_tree_get_series_path (self, study_uid, series_uid);

  return is_durable (self, key)
         || (make_folder (study_path, error) && make_folder (series_path, error));
}

/* Syncs a series' folder, and the parents of folders that are not yet known to be durable.
 * Thread: any, holding the study at least shared. Errors: IO. */
gboolean
bounce_tree_sync_series (BounceTree *self,
                         const char *study_uid,
                         const char *series_uid,
                         GError **error)
{
  g_autofree char *key = g_strconcat (study_uid, "/", series_uid, NULL);
  g_autofree char *study_path = bounce_tree_get_study_path (self, study_uid);
  g_autofree char *series_path = bounce_tree_get_series_path (self, study_uid, series_uid);

  if (!bounce_folder_sync_run (self->syncs, series_path, error))
    return FALSE;
  if (!is_durable (self, key))
    {
      if (!bounce_folder_sync_run (self->syncs, study_path, error))
        return FALSE;
      set_durable (self, key);
    }
  if (!is_durable (self, study_uid))
    {
      if (!bounce_folder_sync_run (self->syncs, self->base_dir, error))
        return FALSE;
      set_durable (self, study_uid);
    }
  return TRUE;
}

static gboolean
is_of_study_cb (gpointer key, gpointer value, gpointer user_data)
{
  const char *study_uid = user_data;
  gsize length = strlen (study_uid);

  return strncmp (key, study_uid, length) == 0
         && (((char *) key)[length] == '\0' || ((char *) key)[length] == '/');
}

/* Its folders are gone or going: they are made and synced again. */
void
bounce_tree_forget_study (BounceTree *self, const char *study_uid)
{
  g_autoptr (GMutexLocker) locker G_GNUC_UNUSED = g_mutex_locker_new (&self->mutex);

  g_hash_table_foreach_remove (self->durable, is_of_study_cb, (gpointer) study_uid);
}

/* Errors: IO, NO_SPACE. A failure is never retried: what was lost stays lost. */
gboolean
bounce_tree_sync_folder (const char *path, GError **error)
{
  int fd = open (path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

  if (fd < 0 || fsync (fd) != 0)
    {
      bounce_store_set_error_errno (error, errno, "syncing", path);
      if (fd >= 0)
        close (fd);
      return FALSE;
    }
  close (fd);
  return TRUE;
}

static gboolean
is_locked (BounceTree *self, const char *marker)
{
  struct stat own, found;

  return fstat (self->lock_fd, &own) == 0 && stat (marker, &found) == 0
         && own.st_dev == found.st_dev && own.st_ino == found.st_ino;
}

/* A disk that was taken away and is connected again has another number, and so has its marker; the
 * lock of the old one is worth nothing. Which folders are durable is to be found out anew. */
static gboolean
take_up_again (BounceTree *self, const char *marker)
{
  g_autofree char *found = NULL;
  gboolean is_taken;
  int fd;

  if (bounce_tree_inspect (self->base_dir, self->uuid, &found) != BOUNCE_TREE_MARKED)
    return FALSE;
  fd = bounce_store_lock_file (marker, FALSE, NULL);
  if (fd < 0)
    return FALSE;
  g_hash_table_remove_all (self->durable);
  is_taken = dup3 (fd, self->lock_fd, O_CLOEXEC) >= 0;
  close (fd);
  return is_taken;
}

/* Whether base_dir still is the tree that was opened, or is it again: a disk may be taken away at
 * any time, and what cannot be seen is not gone. Thread: any. Errors: NOT_MOUNTED. */
gboolean
bounce_tree_check_mounted (BounceTree *self, GError **error)
{
  g_autofree char *marker = g_build_filename (self->base_dir, BOUNCE_TREE_MARKER, NULL);
  g_autoptr (GMutexLocker) locker G_GNUC_UNUSED = g_mutex_locker_new (&self->mutex);

  if (is_locked (self, marker) || take_up_again (self, marker))
    return TRUE;
  g_set_error (error, BOUNCE_STORE_ERROR, BOUNCE_STORE_ERROR_NOT_MOUNTED,
               "%s is not what it was when Bounce was started: storage not mounted?",
               self->base_dir);
  return FALSE;
}

/* A file that is not there is no failure. Errors: IO. */
gboolean
bounce_tree_unlink (const char *path, GError **error)
{
  if (g_unlink (path) == 0 || errno == ENOENT)
    return TRUE;
  bounce_store_set_error_errno (error, errno, "removing", path);
  return FALSE;
}

/* Shape: the names in it; none of what is no folder or not there, and without "." and "..".
 * Errors: IO. Returns: (transfer full) (element-type utf8) */
GPtrArray *
bounce_tree_read_folder (const char *path, GError **error)
{
  g_autoptr (GPtrArray) names = g_ptr_array_new_with_free_func (g_free);
  DIR *folder = opendir (path);
  struct dirent *entry;
  int errsv;

  if (!folder && (errno == ENOENT || errno == ENOTDIR))
    return g_steal_pointer (&names);
  while (folder && (errno = 0, entry = readdir (folder)))
    if (!g_str_equal (entry->d_name, ".") && !g_str_equal (entry->d_name, ".."))
      g_ptr_array_add (names, g_strdup (entry->d_name));
  errsv = errno;
  if (folder)
    closedir (folder);
  if (errsv == 0)
    return g_steal_pointer (&names);
  bounce_store_set_error_errno (error, errsv, "reading", path);
  return NULL;
}

static gboolean
empty_folder (const char *path, GError **error)
{
  g_autoptr (GPtrArray) names = bounce_tree_read_folder (path, error);

  for (guint i = 0; names && i < names->len; i++)
    {
      g_autofree char *file = g_build_filename (path, g_ptr_array_index (names, i), NULL);

      if (!g_file_test (file, G_FILE_TEST_IS_DIR) && !bounce_tree_unlink (file, error))
        return FALSE;
    }
  return names != NULL;
}

/* At start, before anything writes there. */
gboolean
bounce_tree_empty_working_folders (BounceTree *self, GError **error)
{
  g_autofree char *incoming = g_build_filename (self->base_dir, BOUNCE_TREE_INCOMING, NULL);
  g_autofree char *outgoing = g_build_filename (self->base_dir, BOUNCE_TREE_OUTGOING, NULL);

  return empty_folder (incoming, error) && empty_folder (outgoing, error);
}

typedef struct
{
  const char *study_uid;
  BounceTreeVisit visit;
  gpointer user_data;
  gboolean is_stopped;
} Visit;

static void
visit_file (Visit *self, const char *series_uid, const char *series_path, const char *name)
{
  g_autofree char *path = g_build_filename (series_path, name, NULL);
  g_autofree char *sop_instance_uid = NULL;

  if (!g_str_has_suffix (name, ".dcm"))
    return;
  sop_instance_uid = g_strndup (name, strlen (name) - strlen (".dcm"));
  if (bounce_uid_is_valid (sop_instance_uid))
    self->is_stopped =
        !self->visit (self->study_uid, series_uid, sop_instance_uid, path, self->user_data);
}

static gboolean
visit_series (Visit *self, const char *series_uid, const char *series_path, GError **error)
{
  g_autoptr (GPtrArray) names = bounce_tree_read_folder (series_path, error);

  for (guint i = 0; names && i < names->len && !self->is_stopped; i++)
    visit_file (self, series_uid, series_path, g_ptr_array_index (names, i));
  return names != NULL;
}

/* Calls visit for every file of a study whose names are ours, until it returns FALSE.
 * Errors: IO: of the first folder that could not be read; the others were visited. */
gboolean
bounce_tree_visit_files (BounceTree *self,
                         const char *study_uid,
                         BounceTreeVisit visit,
                         gpointer user_data,
                         GError **error)
{
  Visit all = { .study_uid = study_uid, .visit = visit, .user_data = user_data };
  g_autofree char *study_path = bounce_tree_get_study_path (self, study_uid);
  g_autoptr (GPtrArray) names = bounce_tree_read_folder (study_path, error);
  gboolean is_read = names != NULL;

  for (guint i = 0; names && i < names->len && !all.is_stopped; i++)
    {
      const char *name = g_ptr_array_index (names, i);
      g_autofree char *series_path = g_build_filename (study_path, name, NULL);

      if (bounce_uid_is_valid (name))
        is_read = visit_series (&all, name, series_path, is_read ? error : NULL) && is_read;
    }
  return is_read;
}

static gboolean
unlink_cb (const char *study_uid,
           const char *series_uid,
           const char *sop_instance_uid,
           const char *path,
           gpointer user_data)
{
  return bounce_tree_unlink (path, user_data);
}

/* What was unlinked in it must stay so. It stays when it holds something or is in use. */
static gboolean
sync_and_remove_folder (const char *path, GError **error)
{
  if (!bounce_tree_sync_folder (path, error))
    return FALSE;
  g_rmdir (path);
  return TRUE;
}

/* Removes folders of a study that hold nothing, and the study's own; strangers' files keep theirs.
 * Thread: holding the study exclusively. Errors: IO: what was removed may be there again. */
gboolean
bounce_tree_remove_empty_folders (BounceTree *self, const char *study_uid, GError **error)
{
  g_autofree char *study_path = bounce_tree_get_study_path (self, study_uid);
  g_autoptr (GPtrArray) names = bounce_tree_read_folder (study_path, error);

  bounce_tree_forget_study (self, study_uid);
  if (names && names->len == 0 && access (study_path, F_OK) != 0 && errno == ENOENT)
    return TRUE;
  for (guint i = 0; names && i < names->len; i++)
    {
      const char *name = g_ptr_array_index (names, i);
      g_autofree char *series_path = g_build_filename (study_path, name, NULL);

      if (bounce_uid_is_valid (name) && g_file_test (series_path, G_FILE_TEST_IS_DIR)
          && !sync_and_remove_folder (series_path, error))
        return FALSE;
    }
  return names && sync_and_remove_folder (study_path, error);
}

/* Removes every file of a study with a name of ours, its package and metadata; synced on return.
 * Thread: holding the study exclusively. Errors: IO, NOT_MOUNTED. */
gboolean
bounce_tree_remove_study (BounceTree *self, const char *study_uid, GError **error)
{
  static const char *const suffixes[] = { ".json", ".zip" };
  g_autoptr (GError) unlink_error = NULL;

  if (!bounce_tree_check_mounted (self, error))
    return FALSE;
  if (!bounce_tree_visit_files (self, study_uid, unlink_cb, &unlink_error, error))
    return FALSE;
  if (unlink_error)
    {
      g_propagate_error (error, g_steal_pointer (&unlink_error));
      return FALSE;
    }
  if (!bounce_tree_remove_empty_folders (self, study_uid, error))
    return FALSE;
  for (gsize i = 0; i < G_N_ELEMENTS (suffixes); i++)
    {
      g_autofree char *path = bounce_tree_get_side_path (self, study_uid, suffixes[i]);

      if (!bounce_tree_unlink (path, error))
        return FALSE;
    }
  return bounce_tree_sync_folder (self->base_dir, error);
}
