/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* Claiming: the next due delivery becomes a running transfer with a snapshot of what is
 * undelivered.
 *
 * An upload that can go on (interrupted, or failed with a retry) goes on under the same upload_id,
 * assembly_id and URL, as long as every instance of its snapshot is still there unchanged; images
 * that came since travel later. It starts anew when something was replaced or removed, and when
 * there are newer images and the server does not know of the upload yet. An interrupted transfer
 * becomes the running one again; a failed one is followed by a row of its own, so that each attempt
 * can be seen. */

#include "config.h"

#include "bounce-store-transfer-private.h"

#include "bounce-uid.h"
#include "bounce-wording.h"

typedef struct
{
  int destination;
  BounceTransfer *transfer; /* (out) (nullable) */
} Claim;

/* The delivery that was chosen and its last transfer. */
typedef struct
{
  gint64 delivery_id, study_id, last_seq, delivered_seq, attempts;
  char *study_uid;
  gint64 previous_id; /* 0: none that may go on */
  BounceTransferState previous_state;
  gint64 snapshot_id;
  gboolean is_known_to_server;
  gint64 previous_last_seq;
} Chosen;

static void
clear_chosen (Chosen *chosen)
{
  g_free (chosen->study_uid);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Chosen, clear_chosen)

static void
free_claim (gpointer data)
{
  Claim *claim = data;

  bounce_transfer_free (claim->transfer);
  g_free (claim);
}

/* Neither being deleted nor uploaded: transfers of one study run one after another. */
#define CLAIMABLE                                                                                  \
  " FROM deliveries d JOIN studies s ON s.id = d.study_id"                                         \
  " WHERE d.destination_id = ?1 AND d.is_waiting = 1"                                              \
  " AND NOT EXISTS (SELECT 1 FROM intents i WHERE i.kind = 'reset'"                                \
  "  OR (i.kind = 'delete' AND i.study_uid = s.study_uid))"                                        \
  " AND NOT EXISTS (SELECT 1 FROM deliveries o JOIN transfers t ON t.delivery_id = o.id"           \
  "  WHERE o.study_id = s.id AND t.state = 0)"

static const char choose_sql[] =
    "SELECT d.id, s.id, s.study_uid, s.last_seq, d.delivered_seq, d.attempts" CLAIMABLE
    " AND s.due_at <= ?2 AND d.next_attempt_at <= ?2"
    " ORDER BY d.priority DESC, MAX (s.due_at, d.next_attempt_at), d.id LIMIT 1";

static gboolean
choose (BounceStore *self, BounceDatabase *db, int destination, Chosen *chosen, GError **error)
{
  g_autoptr (GError) step_error = NULL;
  sqlite3_stmt *row = bounce_database_query (db, error, choose_sql, "ii", (gint64) destination,
                                             bounce_clock_get_wall_us (self->clock));

  if (!row)
    return FALSE;
  if (bounce_database_next (db, row, &step_error))
    {
      chosen->delivery_id = sqlite3_column_int64 (row, 0);
      chosen->study_id = sqlite3_column_int64 (row, 1);
      chosen->study_uid = bounce_database_dup_text (row, 2);
      chosen->last_seq = sqlite3_column_int64 (row, 3);
      chosen->delivered_seq = sqlite3_column_int64 (row, 4);
      chosen->attempts = sqlite3_column_int64 (row, 5);
      bounce_database_done (row);
    }
  if (!step_error)
    return TRUE;
  g_propagate_error (error, g_steal_pointer (&step_error));
  return FALSE;
}

static const char previous_sql[] =
    "SELECT id, state, snapshot_id, is_initialised OR assembly_id IS NOT NULL, last_seq"
    " FROM transfers WHERE delivery_id = ?1 AND can_continue = 1 ORDER BY id DESC LIMIT 1";

static gboolean
find_previous (BounceDatabase *db, Chosen *chosen, GError **error)
{
  g_autoptr (GError) step_error = NULL;
  sqlite3_stmt *row = bounce_database_query (db, error, previous_sql, "i", chosen->delivery_id);

  if (!row)
    return FALSE;
  if (bounce_database_next (db, row, &step_error))
    {
      chosen->previous_id = sqlite3_column_int64 (row, 0);
      chosen->previous_state = sqlite3_column_int (row, 1);
      chosen->snapshot_id = sqlite3_column_int64 (row, 2);
      chosen->is_known_to_server = sqlite3_column_int (row, 3);
      chosen->previous_last_seq = sqlite3_column_int64 (row, 4);
      bounce_database_done (row);
    }
  if (!step_error)
    return TRUE;
  g_propagate_error (error, g_steal_pointer (&step_error));
  return FALSE;
}

static gboolean
can_previous_go_on (BounceDatabase *db, Chosen *chosen, gboolean *can_go_on, GError **error)
{
  gboolean is_current = FALSE;

  *can_go_on = FALSE;
  if (!find_previous (db, chosen, error))
    return FALSE;
  if (chosen->previous_id == 0)
    return TRUE;
  if (!bounce_store_is_snapshot_current (db, chosen->snapshot_id, &is_current, error))
    return FALSE;
  *can_go_on =
      is_current && (chosen->is_known_to_server || chosen->previous_last_seq == chosen->last_seq);
  return TRUE;
}

static const char reopen_sql[] =
    "UPDATE transfers SET state = 0, ended_at = 0, can_continue = 0, reason = NULL WHERE id = ?1";
static const char follow_sql[] =
    "INSERT INTO transfers (delivery_id, snapshot_id, attempt, first_seq, last_seq, upload_id,"
    " assembly_id, upload_url, tus_endpoint, upload_expires_at, is_initialised, is_started,"
    " is_uploaded, package_size, package_sha256, has_package, \"offset\", started_at)"
    " SELECT delivery_id, snapshot_id, ?2, first_seq, last_seq, upload_id, assembly_id,"
    " upload_url, tus_endpoint, upload_expires_at, is_initialised, is_started, is_uploaded,"
    " package_size, package_sha256, has_package, \"offset\", ?3 FROM transfers WHERE id = ?1";
static const char retire_sql[] =
    "UPDATE transfers SET can_continue = 0, has_package = 0 WHERE id = ?1";

static gboolean
go_on (BounceStore *self, BounceDatabase *db, Chosen *chosen, gint64 *transfer_id, GError **error)
{
  *transfer_id = chosen->previous_id;
  if (chosen->previous_state == BOUNCE_TRANSFER_INTERRUPTED)
    return bounce_database_run (db, error, reopen_sql, "i", chosen->previous_id);
  if (!bounce_database_run (db, error, follow_sql, "iii", chosen->previous_id, chosen->attempts + 1,
                            bounce_clock_get_wall_us (self->clock)))
    return FALSE;
  *transfer_id = bounce_database_get_last_id (db);
  return bounce_database_run (db, error, retire_sql, "i", chosen->previous_id);
}

static const char abandon_sql[] = "UPDATE transfers SET can_continue = 0, has_package = 0,"
                                  " state = CASE state WHEN 4 THEN 3 ELSE state END WHERE id = ?1";
static const char insert_sql[] =
    "INSERT INTO transfers (delivery_id, snapshot_id, attempt, first_seq, last_seq, upload_id,"
    " started_at) VALUES (?1, 0, ?2, ?3, ?4, ?5, ?6)";
static const char number_snapshot_sql[] = "UPDATE transfers SET snapshot_id = id WHERE id = ?1";
static const char snapshot_sql[] =
    "INSERT INTO transfer_items (snapshot_id, instance_id, seq, series_uid, sop_instance_uid,"
    " transfer_syntax_uid, size_bytes, crc32, dataset_sha256)"
    " SELECT ?1, i.id, i.seq, e.series_uid, i.sop_instance_uid, i.transfer_syntax_uid,"
    " i.size_bytes, i.crc32, i.dataset_sha256"
    " FROM instances i JOIN series e ON e.id = i.series_id"
    " WHERE i.study_id = ?2 AND i.seq > ?3 AND i.state = 0";

static gboolean
begin_anew (
    BounceStore *self, BounceDatabase *db, Chosen *chosen, gint64 *transfer_id, GError **error)
{
  g_autofree char *upload_id = bounce_upload_id_generate ();

  if (chosen->previous_id != 0)
    {
      bounce_store_remove_package_later (self, chosen->study_uid);
      if (!bounce_database_run (db, error, abandon_sql, "i", chosen->previous_id))
        return FALSE;
    }
  if (!bounce_database_run (db, error, insert_sql, "iiiiti", chosen->delivery_id,
                            chosen->attempts + 1, chosen->delivered_seq + 1, chosen->last_seq,
                            upload_id, bounce_clock_get_wall_us (self->clock)))
    return FALSE;
  *transfer_id = bounce_database_get_last_id (db);
  return bounce_database_run (db, error, number_snapshot_sql, "i", *transfer_id)
         && bounce_database_run (db, error, snapshot_sql, "iii", *transfer_id, chosen->study_id,
                                 chosen->delivered_seq);
}

static const char delete_transfer_sql[] = "DELETE FROM transfers WHERE id = ?1";
static const char nothing_left_sql[] =
    "UPDATE deliveries SET is_waiting = 0, status = 3, next_attempt_at = 0,"
    " reason = '" BOUNCE_REASON_FILE_MISSING "' WHERE id = ?1";
static const char uploading_sql[] =
    "UPDATE deliveries SET is_waiting = 0, status = 1 WHERE id = ?1";

/* Every undelivered instance has lost its file: nothing can be sent, and a person must know. */
static gboolean
give_up (BounceStore *self, BounceDatabase *db, Chosen *chosen, gint64 transfer_id, GError **error)
{
  return bounce_database_run (db, error, delete_transfer_sql, "i", transfer_id)
         && bounce_database_run (db, error, nothing_left_sql, "i", chosen->delivery_id)
         && bounce_store_derive_status (self, db, chosen->study_id, chosen->study_uid, error);
}

static gboolean
take (BounceStore *self, BounceDatabase *db, Chosen *chosen, Claim *claim, GError **error)
{
  gint64 transfer_id = 0;
  gboolean can_go_on;

  if (!can_previous_go_on (db, chosen, &can_go_on, error)
      || !(can_go_on ? go_on (self, db, chosen, &transfer_id, error)
                     : begin_anew (self, db, chosen, &transfer_id, error)))
    return FALSE;
  if (!bounce_database_run (db, error, uploading_sql, "i", chosen->delivery_id)
      || !bounce_store_derive_status (self, db, chosen->study_id, chosen->study_uid, error))
    return FALSE;
  claim->transfer = bounce_store_read_transfer (db, transfer_id, error);
  if (!claim->transfer)
    return FALSE;
  if (claim->transfer->items->len > 0)
    return TRUE;
  g_clear_pointer (&claim->transfer, bounce_transfer_free);
  return give_up (self, db, chosen, transfer_id, error);
}

static gboolean
write_claim (BounceStore *self, BounceDatabase *db, gpointer data, GError **error)
{
  Claim *claim = data;
  g_auto (Chosen) chosen = { 0 };

  if (!bounce_store_check_clock (self, db, error)
      || !choose (self, db, claim->destination, &chosen, error))
    return FALSE;
  return chosen.delivery_id == 0 || take (self, db, &chosen, claim, error);
}

static void
give_claim (GTask *task, gpointer data)
{
  Claim *claim = data;

  g_task_return_pointer (task, g_steal_pointer (&claim->transfer),
                         (GDestroyNotify) bounce_transfer_free);
}

/**
 * bounce_store_claim_transfer_async:
 * @self: the store
 * @destination: of which the next due delivery is wanted
 * @cancellable: (nullable): effective until the claim is begun; a claim made is always given
 * @callback: called on the caller's context
 * @user_data: for @callback
 *
 * Highest priority first, then what has been due longest.
 */
void
bounce_store_claim_transfer_async (BounceStore *self,
                                   int destination,
                                   GCancellable *cancellable,
                                   GAsyncReadyCallback callback,
                                   gpointer user_data)
{
  g_autoptr (GTask) task = g_task_new (self, cancellable, callback, user_data);
  Claim *claim = g_new0 (Claim, 1);

  g_task_set_source_tag (task, bounce_store_claim_transfer_async);
  g_task_set_check_cancellable (task, FALSE);
  claim->destination = destination;
  g_task_set_task_data (task, claim, free_claim);
  if (!g_task_return_error_if_cancelled (task))
    bounce_store_write_task (self, task, write_claim, give_claim);
}

/**
 * bounce_store_claim_transfer_finish:
 *
 * Errors: CANCELLED, NO_SPACE, IO, DATABASE.
 *
 * Returns: (transfer full) (nullable): a running transfer with items and metadata; NULL without an
 *   error when nothing is due
 */
BounceTransfer *
bounce_store_claim_transfer_finish (BounceStore *self, GAsyncResult *result, GError **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}

static const char next_due_sql[] = "SELECT MIN (MAX (s.due_at, d.next_attempt_at))" CLAIMABLE;

static gboolean
write_next_due (BounceStore *self, BounceDatabase *db, gpointer data, GError **error)
{
  gint64 *destination_then_due = data;
  gint64 destination = *destination_then_due;

  *destination_then_due = 0;
  return bounce_store_check_clock (self, db, error)
         && bounce_database_get_int (db, destination_then_due, error, next_due_sql, "i",
                                     destination);
}

static void
give_next_due (GTask *task, gpointer data)
{
  g_task_return_pointer (task, g_memdup2 (data, sizeof (gint64)), g_free);
}

/**
 * bounce_store_get_next_due_async:
 * @self: the store
 * @destination: whose queue is meant
 * @callback: called on the caller's context
 * @user_data: for @callback
 *
 * After a jump of the wall clock, times too far ahead are brought near first.
 */
void
bounce_store_get_next_due_async (BounceStore *self,
                                 int destination,
                                 GAsyncReadyCallback callback,
                                 gpointer user_data)
{
  g_autoptr (GTask) task = g_task_new (self, NULL, callback, user_data);
  gint64 value = destination;

  g_task_set_source_tag (task, bounce_store_get_next_due_async);
  g_task_set_task_data (task, g_memdup2 (&value, sizeof value), g_free);
  bounce_store_write_task (self, task, write_next_due, give_next_due);
}

/**
 * bounce_store_get_next_due_finish:
 *
 * Units: microseconds of wall time.
 *
 * Returns: when something is or was due; 0: nothing waits; -1 with an error
 */
gint64
bounce_store_get_next_due_finish (BounceStore *self, GAsyncResult *result, GError **error)
{
  g_autofree gint64 *due_us = g_task_propagate_pointer (G_TASK (result), error);

  return due_us ? *due_us : -1;
}
