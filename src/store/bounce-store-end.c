/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* How transfers end, and what that means for the delivery. */

#include "config.h"

#include "bounce-store-transfer-private.h"

#include "bounce-wording.h"

typedef struct
{
  gint64 transfer_id;
  BounceTransferState state;
  char *reason;
  gint64 retry_at_us;
  gboolean remove_files;
} End;

typedef struct
{
  gint64 delivery_id, study_id, snapshot_id, last_seq;
  char *study_uid;
} Ended;

static void
clear_ended (Ended *ended)
{
  g_free (ended->study_uid);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Ended, clear_ended)

static void
free_end (gpointer data)
{
  End *end = data;

  g_free (end->reason);
  g_free (end);
}

static const char running_sql[] = BOUNCE_TRANSFER_SELECT " WHERE t.id = ?1 AND t.state = 0";

static gboolean
find_running (BounceDatabase *db, gint64 transfer_id, Ended *ended, GError **error)
{
  g_autoptr (GError) step_error = NULL;
  sqlite3_stmt *row = bounce_database_query (db, error, running_sql, "i", transfer_id);

  if (!row)
    return FALSE;
  if (bounce_database_next (db, row, &step_error))
    {
      ended->study_uid = bounce_database_dup_text (row, 1);
      ended->last_seq = sqlite3_column_int64 (row, 5);
      ended->snapshot_id = sqlite3_column_int64 (row, BOUNCE_TRANSFER_COLUMN_SNAPSHOT);
      ended->delivery_id = sqlite3_column_int64 (row, BOUNCE_TRANSFER_COLUMN_DELIVERY);
      ended->study_id = sqlite3_column_int64 (row, BOUNCE_TRANSFER_COLUMN_STUDY);
      bounce_database_done (row);
      return TRUE;
    }
  if (!step_error)
    return bounce_store_set_no_transfer (error);
  g_propagate_error (error, g_steal_pointer (&step_error));
  return FALSE;
}

static const char end_sql[] =
    "UPDATE transfers SET state = ?2, reason = ?3, ended_at = ?4, can_continue = ?5,"
    " has_package = has_package AND ?5 WHERE id = ?1";
static const char delivered_sql[] =
    "UPDATE deliveries SET delivered_seq = MAX (delivered_seq, ?2), attempts = 0,"
    " next_attempt_at = 0, reason = NULL, delivered_at = ?3 WHERE id = ?1";
/* What arrived or was replaced meanwhile has a higher seq and is still to be delivered. A file that
 * was lost before it was delivered keeps the study in error: SENT must mean all of it. */
static const char settle_sql[] =
    "UPDATE deliveries SET status = u.status, is_waiting = u.status = 0 AND NOT hold,"
    " reason = CASE u.status WHEN 3 THEN '" BOUNCE_REASON_FILE_MISSING "' END FROM ("
    " SELECT CASE WHEN EXISTS (SELECT 1 FROM instances i WHERE i.study_id = d.study_id"
    "  AND i.seq > d.delivered_seq AND i.state = 0) THEN 0"
    " WHEN EXISTS (SELECT 1 FROM instances i WHERE i.study_id = d.study_id AND i.state = 3)"
    " THEN 3 ELSE 2 END AS status FROM deliveries d WHERE d.id = ?1) AS u"
    " WHERE deliveries.id = ?1";
static const char receipt_sql[] =
    "INSERT INTO receipts (study_uid, destination, upload_id, assembly_id, instances, bytes,"
    " package_size, package_sha256, delivered_at)"
    " SELECT ?2, n.name, t.upload_id, t.assembly_id, COUNT (*), SUM (i.size_bytes),"
    " t.package_size, t.package_sha256, ?3 FROM transfers t"
    " JOIN deliveries d ON d.id = t.delivery_id JOIN destinations n ON n.id = d.destination_id"
    " JOIN transfer_items i ON i.snapshot_id = t.snapshot_id WHERE t.id = ?1 GROUP BY t.id";

static gboolean
end_delivered (
    BounceDatabase *db, const End *end, const Ended *ended, gint64 now_us, GError **error)
{
  return bounce_database_run (db, error, delivered_sql, "iii", ended->delivery_id, ended->last_seq,
                              now_us)
         && bounce_database_run (db, error, settle_sql, "i", ended->delivery_id)
         && bounce_database_run (db, error, receipt_sql, "iti", end->transfer_id, ended->study_uid,
                                 now_us);
}

static const char failed_sql[] =
    "UPDATE deliveries SET status = 3, attempts = attempts + 1, reason = ?2,"
    " next_attempt_at = ?3, is_waiting = ?3 > 0 AND NOT hold WHERE id = ?1";
static const char waiting_sql[] =
    "UPDATE deliveries SET status = 0, next_attempt_at = ?2, is_waiting = NOT hold"
    " WHERE id = ?1";

static gboolean
end_delivery (BounceDatabase *db, const End *end, const Ended *ended, gint64 now_us, GError **error)
{
  switch (end->state)
    {
    case BOUNCE_TRANSFER_DELIVERED:
      return end_delivered (db, end, ended, now_us, error);
    case BOUNCE_TRANSFER_FAILED:
      return bounce_database_run (db, error, failed_sql, "iti", ended->delivery_id, end->reason,
                                  end->retry_at_us);
    case BOUNCE_TRANSFER_ABANDONED:
    case BOUNCE_TRANSFER_INTERRUPTED:
      return bounce_database_run (db, error, waiting_sql, "ii", ended->delivery_id,
                                  end->retry_at_us);
    case BOUNCE_TRANSFER_RUNNING:
    default:
      g_set_error_literal (error, BOUNCE_STORE_ERROR, BOUNCE_STORE_ERROR_INVALID,
                           "a transfer cannot end running");
      return FALSE;
    }
}

static gboolean
write_end (BounceStore *self, BounceDatabase *db, gpointer data, GError **error)
{
  const End *end = data;
  g_auto (Ended) ended = { 0 };
  gint64 now_us = bounce_clock_get_wall_us (self->clock);
  gboolean can_continue = end->state == BOUNCE_TRANSFER_INTERRUPTED
                          || (end->state == BOUNCE_TRANSFER_FAILED && end->retry_at_us > 0);

  if (!find_running (db, end->transfer_id, &ended, error)
      || !bounce_database_run (db, error, end_sql, "iitii", end->transfer_id, (gint64) end->state,
                               end->reason, now_us, (gint64) can_continue)
      || !end_delivery (db, end, &ended, now_us, error)
      || !bounce_store_derive_status (self, db, ended.study_id, ended.study_uid, error)
      || (end->remove_files
          && !bounce_store_mark_delivered (self, db, end->transfer_id, ended.study_uid, error)))
    return FALSE;
  if (!can_continue)
    bounce_store_remove_package_later (self, ended.study_uid);
  if (end->state != BOUNCE_TRANSFER_INTERRUPTED)
    bounce_store_remove_outgoing_later (self, end->transfer_id);
  if (end->state == BOUNCE_TRANSFER_DELIVERED)
    bounce_store_settle_later (self, ended.study_uid);
  return TRUE;
}

/**
 * bounce_store_end_transfer_async:
 * @self: the store
 * @transfer_id: of a running transfer
 * @state: DELIVERED, FAILED, ABANDONED (a new one may start) or INTERRUPTED (continues)
 * @reason: (nullable): BOUNCE_REASON_*
 * @retry_at_us: wall time of the next attempt; 0: only by hand after FAILED, else at once
 * @remove_files: with DELIVERED: journal the removal of what was delivered
 * @callback: called on the caller's context once it is committed
 * @user_data: for @callback
 *
 * The package goes unless the upload can go on. After remove_files the files go by
 * bounce_store_remove_delivered_async() or at the next start, whatever happens in between.
 */
void
bounce_store_end_transfer_async (BounceStore *self,
                                 gint64 transfer_id,
                                 BounceTransferState state,
                                 const char *reason,
                                 gint64 retry_at_us,
                                 gboolean remove_files,
                                 GAsyncReadyCallback callback,
                                 gpointer user_data)
{
  g_autoptr (GTask) task = g_task_new (self, NULL, callback, user_data);
  End *end = g_new0 (End, 1);

  g_task_set_source_tag (task, bounce_store_end_transfer_async);
  end->transfer_id = transfer_id;
  end->state = state;
  end->reason = g_strdup (reason);
  end->retry_at_us = retry_at_us;
  end->remove_files = remove_files && state == BOUNCE_TRANSFER_DELIVERED;
  g_task_set_task_data (task, end, free_end);
  bounce_store_write_task (self, task, write_end, NULL);
}

/**
 * bounce_store_end_transfer_finish:
 *
 * Errors: NOT_FOUND when the transfer does not run, INVALID for a state that is no end, NO_SPACE,
 * IO, DATABASE.
 */
gboolean
bounce_store_end_transfer_finish (BounceStore *self, GAsyncResult *result, GError **error)
{
  return g_task_propagate_boolean (G_TASK (result), error);
}
