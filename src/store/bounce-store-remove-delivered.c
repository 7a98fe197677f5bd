/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* delete_after_success: the files of delivered instances go, a step of its own after the delivery.
 * intent row → unlink → folder sync → final row; the rows stay and say when. Only what the transfer
 * delivered and nobody changed or asked for again since. */

#include "config.h"

#include "bounce-store-transfer-private.h"

#include "bounce-wording.h"

typedef struct
{
  gint64 transfer_id;
  char *study_uid; /* (owned) found first */
} Removal;

static void
free_removal (gpointer data)
{
  Removal *removal = data;

  g_free (removal->study_uid);
  g_free (removal);
}

/* Delivered by this transfer and unchanged since; delivered everywhere and not asked for again. */
static const char mark_removing_sql[] =
    "UPDATE instances SET state = 1 WHERE id IN (SELECT i.id FROM transfers x"
    " JOIN transfer_items t ON t.snapshot_id = x.snapshot_id"
    " JOIN instances i ON i.id = t.instance_id"
    " WHERE x.id = ?1 AND x.state = 1 AND i.seq = t.seq AND i.state = 0 AND i.seq <= ("
    "  SELECT MIN (delivered_seq) FROM deliveries d WHERE d.study_id = i.study_id))";

/* The journal entry, in the writer's transaction. Errors: as bounce_database_run(). */
gboolean
bounce_store_mark_delivered (BounceStore *self,
                             BounceDatabase *db,
                             gint64 transfer_id,
                             const char *study_uid,
                             GError **error)
{
  return bounce_store_insert_intent (self, db, BOUNCE_INTENT_REMOVE, study_uid, error)
         && bounce_database_run (db, error, mark_removing_sql, "i", transfer_id);
}

static gboolean
write_removing (BounceStore *self, BounceDatabase *db, gpointer data, GError **error)
{
  const Removal *removal = data;

  return bounce_store_mark_delivered (self, db, removal->transfer_id, removal->study_uid, error);
}

static const char removing_sql[] =
    "SELECT e.series_uid, i.sop_instance_uid FROM studies s"
    " JOIN instances i ON i.study_id = s.id JOIN series e ON e.id = i.series_id"
    " WHERE s.study_uid = ?1 AND i.state = 1";

/* Unlinks what is marked and syncs the folders. Thread: holding the study exclusively. */
gboolean
bounce_store_unlink_removing (BounceStore *self,
                              BounceDatabase *db,
                              const char *study_uid,
                              GError **error)
{
  g_autoptr (GError) step_error = NULL;
  sqlite3_stmt *row = bounce_tree_check_mounted (self->tree, error)
                          ? bounce_database_query (db, error, removing_sql, "t", study_uid)
                          : NULL;
  gboolean is_fine = row != NULL;

  while (is_fine && bounce_database_next (db, row, &step_error))
    {
      g_autofree char *path = bounce_tree_get_instance_path (
          self->tree, study_uid, (const char *) sqlite3_column_text (row, 0),
          (const char *) sqlite3_column_text (row, 1));

      is_fine = bounce_tree_unlink (path, error);
      if (!is_fine)
        bounce_database_done (row);
    }
  if (step_error)
    {
      g_propagate_error (error, g_steal_pointer (&step_error));
      return FALSE;
    }
  return is_fine && bounce_tree_remove_empty_folders (self->tree, study_uid, error);
}

static const char removed_sql[] = "UPDATE instances SET state = 2, removed_at = ?2 WHERE state = 1"
                                  " AND study_id = (SELECT id FROM studies WHERE study_uid = ?1)";
static const char fewer_local_sql[] =
    "UPDATE studies SET local_instances = local_instances - ?2, updated_at = ?3"
    " WHERE study_uid = ?1";
static const char removal_done_sql[] =
    "DELETE FROM intents WHERE study_uid = ?1 AND kind = 'remove'";

/* A BounceWriteFunc: what was marked has no files any more.
 * Shape: data is a BounceRemovedWrite. */
gboolean
bounce_store_write_removed (BounceStore *self, BounceDatabase *db, gpointer data, GError **error)
{
  BounceRemovedWrite *write = data;
  gint64 now_us = bounce_clock_get_wall_us (self->clock);

  bounce_notices_add_study (self->notices, write->study_uid);
  if (!bounce_database_run (db, error, removed_sql, "ti", write->study_uid, now_us))
    return FALSE;
  write->removed = bounce_database_get_changes (db);
  return bounce_database_run (db, error, fewer_local_sql, "tii", write->study_uid, write->removed,
                              now_us)
         && bounce_database_run (db, error, removal_done_sql, "t", write->study_uid)
         && (write->removed == 0
             || bounce_store_tell_removed (self, db, BOUNCE_EVENT_LOCAL_FILES_REMOVED,
                                           write->study_uid, write->removed, error));
}

static const char study_of_transfer_sql[] = BOUNCE_TRANSFER_SELECT " WHERE t.id = ?1";

static char *
find_study_of_transfer (BounceDatabase *db, gint64 transfer_id, GError **error)
{
  g_autoptr (GError) step_error = NULL;
  sqlite3_stmt *row = bounce_database_query (db, error, study_of_transfer_sql, "i", transfer_id);
  char *study_uid = NULL;

  if (!row)
    return NULL;
  if (bounce_database_next (db, row, &step_error))
    {
      study_uid = bounce_database_dup_text (row, 1);
      bounce_database_done (row);
    }
  else if (step_error)
    g_propagate_error (error, g_steal_pointer (&step_error));
  else
    bounce_store_set_no_transfer (error);
  return study_uid;
}

static void
remove_worker (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  BounceStore *self = source;
  Removal *removal = data;
  BounceRemovedWrite write = { 0 };
  g_autoptr (GError) error = NULL;

  removal->study_uid = find_study_of_transfer (self->files_db, removal->transfer_id, &error);
  if (!removal->study_uid)
    {
      g_task_return_error (task, g_steal_pointer (&error));
      return;
    }
  write.study_uid = removal->study_uid;
  bounce_study_locks_lock_study (self->locks, removal->study_uid);
  if (bounce_store_write_sync (self, write_removing, removal, &error)
      && bounce_store_unlink_removing (self, self->files_db, removal->study_uid, &error))
    bounce_store_write_sync (self, bounce_store_write_removed, &write, &error);
  bounce_study_locks_unlock_study (self->locks, removal->study_uid);
  if (error)
    g_task_return_error (task, g_steal_pointer (&error));
  else
    g_task_return_int (task, write.removed);
}

/**
 * bounce_store_remove_delivered_async:
 * @self: the store
 * @transfer_id: of a transfer that ended DELIVERED; of another nothing is removed
 * @callback: called on the caller's context
 * @user_data: for @callback
 *
 * A step of its own: whatever becomes of it, the delivery stays as it is.
 */
void
bounce_store_remove_delivered_async (BounceStore *self,
                                     gint64 transfer_id,
                                     GAsyncReadyCallback callback,
                                     gpointer user_data)
{
  g_autoptr (GTask) task = g_task_new (self, NULL, callback, user_data);
  Removal *removal = g_new0 (Removal, 1);

  g_task_set_source_tag (task, bounce_store_remove_delivered_async);
  removal->transfer_id = transfer_id;
  g_task_set_task_data (task, removal, free_removal);
  bounce_store_run_files_task (self, task, remove_worker);
}

/**
 * bounce_store_remove_delivered_finish:
 * @self: the store
 * @result: from the callback
 * @removed: (out) (optional): files that went
 * @error: return location
 *
 * Errors: NOT_FOUND (no such transfer), IO, NO_SPACE, NOT_MOUNTED, DATABASE.
 */
gboolean
bounce_store_remove_delivered_finish (BounceStore *self,
                                      GAsyncResult *result,
                                      guint *removed,
                                      GError **error)
{
  gssize count = g_task_propagate_int (G_TASK (result), error);

  if (count < 0)
    return FALSE;
  if (removed)
    *removed = (guint) count;
  return TRUE;
}
