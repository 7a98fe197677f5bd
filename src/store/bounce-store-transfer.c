/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* Transfers: reading them, writing their progress, ending them. */

#include "config.h"

#include "bounce-store-transfer-private.h"

#include <string.h>

/* Errors: NOT_FOUND. Returns: FALSE */
gboolean
bounce_store_set_no_transfer (GError **error)
{
  g_set_error_literal (error, BOUNCE_STORE_ERROR, BOUNCE_STORE_ERROR_NOT_FOUND,
                       "there is no such running transfer");
  return FALSE;
}

/* Shape: a row of BOUNCE_TRANSFER_SELECT; without items and metadata. Returns: (transfer full) */
BounceTransfer *
bounce_transfer_new_from_row (sqlite3_stmt *row)
{
  BounceTransfer *self = g_new0 (BounceTransfer, 1);

  self->id = sqlite3_column_int64 (row, 0);
  self->study_uid = bounce_database_dup_text (row, 1);
  self->destination = sqlite3_column_int (row, 2);
  self->attempt = (guint) sqlite3_column_int (row, 3);
  self->first_seq = sqlite3_column_int64 (row, 4);
  self->last_seq = sqlite3_column_int64 (row, 5);
  self->upload_id = bounce_database_dup_text (row, 6);
  self->assembly_id = bounce_database_dup_text (row, 7);
  self->upload_url = bounce_database_dup_text (row, 8);
  self->tus_endpoint = bounce_database_dup_text (row, 9);
  self->upload_expires_at_us = sqlite3_column_int64 (row, 10);
  self->is_initialised = sqlite3_column_int (row, 11) != 0;
  self->is_started = sqlite3_column_int (row, 12) != 0;
  self->is_uploaded = sqlite3_column_int (row, 13) != 0;
  self->package_size = (guint64) sqlite3_column_int64 (row, 14);
  if (sqlite3_column_bytes (row, 15) == BOUNCE_SHA256_LENGTH)
    memcpy (self->package_sha256, sqlite3_column_blob (row, 15), BOUNCE_SHA256_LENGTH);
  self->offset = (guint64) sqlite3_column_int64 (row, 16);
  self->started_at_us = sqlite3_column_int64 (row, 17);
  self->ended_at_us = sqlite3_column_int64 (row, 18);
  self->state = sqlite3_column_int (row, 19);
  self->reason = bounce_database_dup_text (row, 20);
  return self;
}

static void
free_item (gpointer data)
{
  BounceTransferItem *item = data;

  g_free (item->series_uid);
  g_free (item->sop_instance_uid);
  g_free (item->transfer_syntax_uid);
  g_free (item);
}

static const char items_sql[] =
    "SELECT series_uid, sop_instance_uid, transfer_syntax_uid, size_bytes, crc32, seq"
    " FROM transfer_items WHERE snapshot_id = ?1 ORDER BY series_uid, sop_instance_uid";

static GPtrArray *
read_items (BounceDatabase *db, gint64 snapshot_id, GError **error)
{
  g_autoptr (GPtrArray) items = g_ptr_array_new_with_free_func (free_item);
  g_autoptr (GError) step_error = NULL;
  sqlite3_stmt *row = bounce_database_query (db, error, items_sql, "i", snapshot_id);

  if (!row)
    return NULL;
  while (bounce_database_next (db, row, &step_error))
    {
      BounceTransferItem *item = g_new0 (BounceTransferItem, 1);

      item->series_uid = bounce_database_dup_text (row, 0);
      item->sop_instance_uid = bounce_database_dup_text (row, 1);
      item->transfer_syntax_uid = bounce_database_dup_text (row, 2);
      item->size_bytes = (guint64) sqlite3_column_int64 (row, 3);
      item->crc32 = (guint32) sqlite3_column_int64 (row, 4);
      item->seq = sqlite3_column_int64 (row, 5);
      g_ptr_array_add (items, item);
    }
  if (!step_error)
    return g_steal_pointer (&items);
  g_propagate_error (error, g_steal_pointer (&step_error));
  return NULL;
}

static const char transfer_sql[] = BOUNCE_TRANSFER_SELECT " WHERE t.id = ?1";

/* With items and metadata. Errors: NOT_FOUND. Returns: (transfer full) */
BounceTransfer *
bounce_store_read_transfer (BounceDatabase *db, gint64 transfer_id, GError **error)
{
  g_autoptr (BounceTransfer) self = NULL;
  g_autoptr (GError) step_error = NULL;
  sqlite3_stmt *row = bounce_database_query (db, error, transfer_sql, "i", transfer_id);
  gint64 snapshot_id;

  if (!row)
    return NULL;
  if (!bounce_database_next (db, row, &step_error))
    {
      if (step_error)
        g_propagate_error (error, g_steal_pointer (&step_error));
      else
        bounce_store_set_no_transfer (error);
      return NULL;
    }
  self = bounce_transfer_new_from_row (row);
  snapshot_id = sqlite3_column_int64 (row, BOUNCE_TRANSFER_COLUMN_SNAPSHOT);
  bounce_database_done (row);
  self->items = read_items (db, snapshot_id, error);
  if (!self->items)
    return NULL;
  self->metadata = bounce_store_read_metadata (db, self->study_uid, snapshot_id, error);
  return self->metadata ? g_steal_pointer (&self) : NULL;
}

static const char stale_sql[] =
    "SELECT COUNT(*) FROM transfer_items t LEFT JOIN instances i ON i.id = t.instance_id"
    " WHERE t.snapshot_id = ?1 AND (i.id IS NULL OR i.seq <> t.seq OR i.state <> 0)";

/* Is every instance of the snapshot still there as it was? */
gboolean
bounce_store_is_snapshot_current (BounceDatabase *db,
                                  gint64 snapshot_id,
                                  gboolean *is_current,
                                  GError **error)
{
  gint64 stale = 0;

  if (!bounce_database_get_int (db, &stale, error, stale_sql, "i", snapshot_id))
    return FALSE;
  *is_current = stale == 0;
  return TRUE;
}

static const char update_sql[] =
    "UPDATE transfers SET upload_id = ?2, assembly_id = ?3, upload_url = ?4, tus_endpoint = ?5,"
    " upload_expires_at = ?6, is_initialised = ?7, is_started = ?8, is_uploaded = ?9,"
    " package_size = ?10, package_sha256 = ?11, \"offset\" = ?12 WHERE id = ?1 AND state = 0";

static gboolean
write_update (BounceStore *self, BounceDatabase *db, gpointer data, GError **error)
{
  BounceTransfer *transfer = data;

  if (!bounce_database_run (db, error, update_sql, "ittttiiiiibi", transfer->id,
                            transfer->upload_id, transfer->assembly_id, transfer->upload_url,
                            transfer->tus_endpoint, transfer->upload_expires_at_us,
                            (gint64) transfer->is_initialised, (gint64) transfer->is_started,
                            (gint64) transfer->is_uploaded, (gint64) transfer->package_size,
                            transfer->package_sha256, (gsize) BOUNCE_SHA256_LENGTH,
                            (gint64) transfer->offset))
    return FALSE;
  return bounce_database_get_changes (db) > 0 || bounce_store_set_no_transfer (error);
}

/**
 * bounce_store_update_transfer_async:
 * @self: the store
 * @transfer: a running one; upload_id to offset, package_* and the is_ flags are written
 * @callback: called on the caller's context once it is committed
 * @user_data: for @callback
 */
void
bounce_store_update_transfer_async (BounceStore *self,
                                    const BounceTransfer *transfer,
                                    GAsyncReadyCallback callback,
                                    gpointer user_data)
{
  g_autoptr (GTask) task = g_task_new (self, NULL, callback, user_data);

  g_task_set_source_tag (task, bounce_store_update_transfer_async);
  g_task_set_task_data (task, bounce_transfer_copy (transfer),
                        (GDestroyNotify) bounce_transfer_free);
  bounce_store_write_task (self, task, write_update, NULL);
}

/**
 * bounce_store_update_transfer_finish:
 *
 * Errors: NOT_FOUND when the transfer does not run (any more), NO_SPACE, IO, DATABASE.
 */
gboolean
bounce_store_update_transfer_finish (BounceStore *self, GAsyncResult *result, GError **error)
{
  return g_task_propagate_boolean (G_TASK (result), error);
}

static const char snapshot_of_sql[] = "SELECT snapshot_id FROM transfers WHERE id = ?1";

static gpointer
read_check (BounceStore *self, BounceDatabase *db, gpointer data, GError **error)
{
  gint64 snapshot_id = 0;
  gboolean is_current = FALSE;

  if (!bounce_database_get_int (db, &snapshot_id, error, snapshot_of_sql, "i", *(gint64 *) data))
    return NULL;
  if (snapshot_id == 0)
    bounce_store_set_no_transfer (error);
  else
    bounce_store_is_snapshot_current (db, snapshot_id, &is_current, error);
  return GINT_TO_POINTER (is_current);
}

/**
 * bounce_store_check_transfer_async:
 * @self: the store
 * @transfer_id: of a claimed transfer
 * @callback: called on the caller's context
 * @user_data: for @callback
 */
void
bounce_store_check_transfer_async (BounceStore *self,
                                   gint64 transfer_id,
                                   GAsyncReadyCallback callback,
                                   gpointer user_data)
{
  g_autoptr (GTask) task = g_task_new (self, NULL, callback, user_data);

  g_task_set_source_tag (task, bounce_store_check_transfer_async);
  g_task_set_task_data (task, g_memdup2 (&transfer_id, sizeof transfer_id), g_free);
  bounce_store_read_task (self, task, read_check, NULL);
}

static void
doubt_worker (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  BounceStore *self = source;
  g_autoptr (GError) error = NULL;
  gpointer is_current = NULL;

  if (bounce_tree_check_mounted (self->tree, &error))
    is_current = read_check (self, self->files_db, data, &error);
  if (error)
    g_task_return_error (task, g_steal_pointer (&error));
  else
    g_task_return_pointer (task, is_current, NULL);
}

/**
 * bounce_store_doubt_transfer_async:
 * @self: the store
 * @transfer_id: of a claimed transfer with a file that is gone or not what it was
 * @callback: called on the caller's context
 * @user_data: for @callback
 *
 * As bounce_store_check_transfer_async(), and first whether the storage is there at all: what
 * cannot be seen is not lost.
 */
void
bounce_store_doubt_transfer_async (BounceStore *self,
                                   gint64 transfer_id,
                                   GAsyncReadyCallback callback,
                                   gpointer user_data)
{
  g_autoptr (GTask) task = g_task_new (self, NULL, callback, user_data);

  g_task_set_source_tag (task, bounce_store_doubt_transfer_async);
  g_task_set_task_data (task, g_memdup2 (&transfer_id, sizeof transfer_id), g_free);
  bounce_store_run_files_task (self, task, doubt_worker);
}

/**
 * bounce_store_check_transfer_finish:
 * @self: the store
 * @result: from the callback
 * @is_current: (out): FALSE when an item was replaced or removed since the claim
 * @error: return location
 *
 * Errors: NOT_FOUND; of a doubt also NOT_MOUNTED.
 */
gboolean
bounce_store_check_transfer_finish (BounceStore *self,
                                    GAsyncResult *result,
                                    gboolean *is_current,
                                    GError **error)
{
  g_autoptr (GError) task_error = NULL;

  *is_current = GPOINTER_TO_INT (g_task_propagate_pointer (G_TASK (result), &task_error));
  if (!task_error)
    return TRUE;
  g_propagate_error (error, g_steal_pointer (&task_error));
  return FALSE;
}
