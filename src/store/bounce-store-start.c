/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* Opening: locks, the database, the tree, and whether the two belong together.
 *
 * The tree's marker and the database hold the same UUID. A database with local files whose tree has
 * no marker or another's means that storage is not mounted: nothing is touched. A tree that has a
 * marker while the database knows nothing means that the database was lost: it takes the marker's
 * UUID and the files are adopted in the background, which "recovering" in meta remembers.
 *
 * Each tree has a UUID of its own. A database without local files may go to another folder; were
 * the new tree marked with the old one's UUID, either would do from then on, and with the wrong one
 * of the two (a setting taken back, a disk mounted over the folder late) files that wait for
 * delivery would pass for lost. The trees that were left are remembered, so that one may come back
 * to them as long as there are no files elsewhere. */

#include "config.h"

#include "bounce-store-private.h"

#include "bounce-log.h"
#include "bounce-file.h"

#include <errno.h>
#include <glib/gstdio.h>
#include <string.h>

static const char get_meta_sql[] = "SELECT value FROM meta WHERE key = ?1";
static const char set_meta_sql[] = "INSERT OR REPLACE INTO meta (key, value) VALUES (?1, ?2)";

static const char former_sql[] =
    "SELECT substr (key, 8) FROM meta WHERE key BETWEEN 'former-' AND 'former-~'";
static const char leave_tree_sql[] = "INSERT OR REPLACE INTO meta (key, value)"
                                     " SELECT 'former-' || value, '1' FROM meta WHERE key = 'uuid'";

/* In data_dir: which tree was used last, also for a database that is lost. */
#define PLACE_NAME "base_dir"
#define PLACE_MAX  4096

static char *
get_meta (BounceDatabase *db, const char *key, GError **error)
{
  sqlite3_stmt *row = bounce_database_query (db, error, get_meta_sql, "t", key);
  char *value = NULL;

  if (row && bounce_database_next (db, row, error))
    {
      value = bounce_database_dup_text (row, 0);
      bounce_database_done (row);
    }
  return value;
}

static gboolean
take_data_dir (BounceStore *self, GError **error)
{
  g_autofree char *path = g_build_filename (self->data_dir, "lock", NULL);
  g_autoptr (GError) file_error = NULL;

  if (!bounce_file_make_directories (self->data_dir, &file_error))
    {
      g_set_error_literal (error, BOUNCE_STORE_ERROR, BOUNCE_STORE_ERROR_IO, file_error->message);
      return FALSE;
    }
  self->lock_fd = bounce_store_lock_file (path, TRUE, error);
  return self->lock_fd >= 0;
}

/* A database that is being made has no such table yet. */
static gboolean
was_closed (BounceStore *self)
{
  g_autofree char *value = get_meta (self->writer_db, "closed", NULL);

  return value != NULL;
}

/* The first commit makes the log, and SQLite syncs data_dir with it: that makes the names of new
 * files durable, and those of files moved aside before. */
static gboolean
open_database (BounceStore *self, GError **error)
{
  g_autofree char *path = bounce_store_get_database_path (self->data_dir);

  self->writer_db = bounce_database_open (path, BOUNCE_DATABASE_WRITE, error);
  self->was_closed = self->writer_db && was_closed (self);
  if (self->writer_db
      && (self->was_closed || bounce_store_check_database (path, self->writer_db, NULL, error)))
    {
      if (bounce_database_migrate (self->writer_db, error))
        return TRUE;
      g_prefix_error (error, "%s: ", path);
    }
  g_clear_pointer (&self->writer_db, bounce_database_free);
  return FALSE;
}

/* Kept for whoever wants to look; its log must not be applied to the new database. Until all of
 * this is durable the note must be there: a database that comes back without its log would pass for
 * sound, and what only the log told would be lost. */
static gboolean
move_database_aside (BounceStore *self, GError **error)
{
  static const char *const suffixes[] = { "-wal", "-shm", "" };
  g_autofree char *path = bounce_store_get_database_path (self->data_dir);
  g_autofree char *now =
      g_strdup_printf ("%" G_GINT64_FORMAT, bounce_clock_get_wall_us (self->clock));

  for (gsize i = 0; i < G_N_ELEMENTS (suffixes); i++)
    {
      g_autofree char *from = g_strconcat (path, suffixes[i], NULL);
      g_autofree char *to = g_strconcat (path, ".damaged-", now, suffixes[i], NULL);

      if (g_rename (from, to) != 0 && errno != ENOENT)
        {
          bounce_store_set_error_errno (error, errno, "moving aside", from);
          return FALSE;
        }
    }
  bounce_log (
      BOUNCE_LOG_WARNING,
      "The database was damaged and is rebuilt from the files; it was kept as %s.damaged-%s", path,
      now);
  return TRUE;
}

static gboolean
replace_database (BounceStore *self, GError **error)
{
  return move_database_aside (self, error) && open_database (self, error)
         && bounce_store_remove_damage_note (self->data_dir, error);
}

static gboolean
write_damage_note (BounceStore *self, GError **error)
{
  g_autoptr (GError) file_error = NULL;

  if (bounce_store_write_damage_note (self->data_dir, &file_error))
    return TRUE;
  bounce_store_set_error_file (error, file_error);
  return FALSE;
}

static gboolean
open_or_replace_database (BounceStore *self, GError **error)
{
  g_autoptr (GError) open_error = NULL;

  if (bounce_store_has_damage_note (self->data_dir))
    return replace_database (self, error);
  if (open_database (self, &open_error))
    return TRUE;
  if (g_error_matches (open_error, BOUNCE_STORE_ERROR, BOUNCE_STORE_ERROR_CORRUPT))
    return write_damage_note (self, error) && replace_database (self, error);
  g_propagate_error (error, g_steal_pointer (&open_error));
  return FALSE;
}

static gboolean
set_not_mounted (BounceStore *self, GError **error)
{
  g_set_error (error, BOUNCE_STORE_ERROR, BOUNCE_STORE_ERROR_NOT_MOUNTED,
               "%s does not hold the studies that the database knows: storage not mounted?",
               self->base_dir);
  return FALSE;
}

static gboolean
set_foreign (BounceStore *self, GError **error)
{
  g_set_error (error, BOUNCE_STORE_ERROR, BOUNCE_STORE_ERROR_INVALID,
               "%s is not empty and was not made by Bounce: choose an empty folder",
               self->base_dir);
  return FALSE;
}

/* Those that are still to be adopted have no rows. */
static const char local_files_sql[] =
    "SELECT EXISTS (SELECT 1 FROM instances WHERE state IN (0, 1))"
    " OR EXISTS (SELECT 1 FROM meta WHERE key = 'recovering')";

static gboolean
read_former_trees (BounceStore *self, GError **error)
{
  g_autoptr (GError) step_error = NULL;
  sqlite3_stmt *row = bounce_database_query (self->writer_db, error, former_sql, "");

  g_hash_table_remove_all (self->former_trees);
  if (!row)
    return FALSE;
  while (bounce_database_next (self->writer_db, row, &step_error))
    g_hash_table_add (self->former_trees, bounce_database_dup_text (row, 0));
  if (!step_error)
    return TRUE;
  g_propagate_error (error, g_steal_pointer (&step_error));
  return FALSE;
}

/* Before the new one is marked: a crash in between leaves an empty folder, which is no harm. */
static gboolean
change_tree (BounceStore *self, const char *uuid, GError **error)
{
  return bounce_database_run (self->writer_db, error, leave_tree_sql, "")
         && bounce_database_run (self->writer_db, error, set_meta_sql, "tt", "uuid", uuid)
         && read_former_trees (self, error);
}

static gboolean
begin_tree (BounceStore *self, GError **error)
{
  g_autofree char *uuid = g_uuid_string_random ();

  return change_tree (self, uuid, error) && bounce_tree_mark (self->base_dir, uuid, error);
}

static char *
read_place (BounceStore *self)
{
  g_autofree char *path = g_build_filename (self->data_dir, PLACE_NAME, NULL);
  gsize size;

  return bounce_file_read (path, PLACE_MAX, &size, NULL);
}

static gboolean
write_place (BounceStore *self, GError **error)
{
  g_autofree char *path = g_build_filename (self->data_dir, PLACE_NAME, NULL);
  g_autofree char *last = read_place (self);
  g_autoptr (GError) file_error = NULL;

  if (g_strcmp0 (last, self->base_dir) == 0
      || bounce_file_replace (path, self->base_dir, strlen (self->base_dir), 0600, &file_error))
    return TRUE;
  bounce_store_set_error_file (error, file_error);
  return FALSE;
}

/* Another folder may be set while there are no files, and some may come before the start that would
 * go there. They are not left behind, and nobody has to do without a receiver: the folder that has
 * them is used as long as it does.
 * Shape: uuid (nullable): of the database; without one any tree with studies will do. */
static gboolean
stay_with_files (BounceStore *self, const char *uuid)
{
  g_autofree char *last = read_place (self);
  g_autofree char *found = NULL;
  BounceTreeState state;

  if (!last)
    return FALSE;
  state = bounce_tree_inspect (last, uuid, &found);
  if (uuid ? state != BOUNCE_TREE_MARKED
           : state != BOUNCE_TREE_OTHERS || !bounce_tree_may_have_studies (last))
    return FALSE;
  g_free (self->base_dir);
  self->base_dir = g_steal_pointer (&last);
  return TRUE;
}

/* A database without a UUID is new or replaced. */
static gboolean
match_new_database (BounceStore *self, char **uuid, gboolean *needs_recovery, GError **error)
{
  g_autofree char *found = NULL;

  stay_with_files (self, NULL);
  switch (bounce_tree_inspect (self->base_dir, NULL, &found))
    {
    case BOUNCE_TREE_OTHERS:
      if (*found == '\0')
        return set_not_mounted (self, error);
      *needs_recovery = bounce_tree_may_have_studies (self->base_dir);
      *uuid = g_steal_pointer (&found);
      return TRUE;
    case BOUNCE_TREE_EMPTY:
      *uuid = g_uuid_string_random ();
      return bounce_tree_mark (self->base_dir, *uuid, error);
    case BOUNCE_TREE_MARKED:
    case BOUNCE_TREE_FOREIGN:
    default:
      return set_foreign (self, error);
    }
}

static gboolean
match_known_database (BounceStore *self, const char *uuid, GError **error)
{
  g_autofree char *found = NULL;
  gint64 has_files = 0;
  BounceTreeState state = bounce_tree_inspect (self->base_dir, uuid, &found);

  if (!bounce_database_get_int (self->writer_db, &has_files, error, local_files_sql, ""))
    return FALSE;
  if (state == BOUNCE_TREE_MARKED || (has_files && stay_with_files (self, uuid)))
    return TRUE;
  if (has_files)
    return set_not_mounted (self, error);
  if (state == BOUNCE_TREE_FOREIGN)
    return set_foreign (self, error);
  if (state == BOUNCE_TREE_EMPTY)
    return begin_tree (self, error);
  return g_hash_table_contains (self->former_trees, found) ? change_tree (self, found, error)
                                                           : set_not_mounted (self, error);
}

static gboolean
match_tree (BounceStore *self, gboolean *needs_recovery, GError **error)
{
  g_autoptr (GError) meta_error = NULL;
  g_autofree char *uuid = get_meta (self->writer_db, "uuid", &meta_error);
  g_autofree char *recovering = NULL;

  if (meta_error)
    {
      g_propagate_error (error, g_steal_pointer (&meta_error));
      return FALSE;
    }
  if (!read_former_trees (self, error))
    return FALSE;
  if (!uuid)
    {
      if (!match_new_database (self, &uuid, needs_recovery, error)
          || (*needs_recovery
              && !bounce_database_run (self->writer_db, error, set_meta_sql, "tt", "recovering",
                                       "1"))
          || !bounce_database_run (self->writer_db, error, set_meta_sql, "tt", "uuid", uuid))
        return FALSE;
    }
  else if (!match_known_database (self, uuid, error))
    return FALSE;
  recovering = get_meta (self->writer_db, "recovering", NULL);
  *needs_recovery = recovering != NULL;
  return write_place (self, error);
}

static gboolean
open_readers (BounceStore *self, GError **error)
{
  g_autofree char *path = bounce_store_get_database_path (self->data_dir);

  return (self->reader_db = bounce_database_open (path, BOUNCE_DATABASE_READ, error)) != NULL
         && (self->page_db = bounce_database_open (path, BOUNCE_DATABASE_READ, error)) != NULL
         && (self->files_db = bounce_database_open (path, BOUNCE_DATABASE_READ, error)) != NULL
         && (self->lookup_db = bounce_database_open (path, BOUNCE_DATABASE_READ, error)) != NULL;
}

/* Thread: main, before any other runs. Errors: those of bounce_store_open(). */
gboolean
bounce_store_open_files (BounceStore *self, gboolean *needs_recovery, GError **error)
{
  if (!bounce_tree_check_path (self->base_dir, error) || !take_data_dir (self, error)
      || !open_or_replace_database (self, error) || !match_tree (self, needs_recovery, error))
    return FALSE;
  self->tree = bounce_tree_open (self->base_dir, error);
  return self->tree && open_readers (self, error);
}
