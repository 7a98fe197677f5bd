/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* Sending by hand, and letting go of waiting retries (design section 5). */

#include "config.h"

#include "bounce-store-private.h"

#include "bounce-wording.h"

typedef struct
{
  char *study_uid; /* (owned) (nullable) of one study */
  char *reason;    /* (owned) (nullable) of retries: these only */
  int destination;
  gboolean is_checked; /* its files were looked at */
  gboolean must_check; /* (out) a file was missing or damaged the last time */
} Send;

typedef struct
{
  gint64 delivery_id, study_id, status, has_local_files, delivered_at_us, removed_at_us;
  gboolean has_lost_files;
} Sendable;

static void
free_send (gpointer data)
{
  Send *send = data;

  g_free (send->study_uid);
  g_free (send->reason);
  g_free (send);
}

static const char sendable_sql[] =
    "SELECT d.id, s.id, d.status,"
    " EXISTS (SELECT 1 FROM instances i WHERE i.study_id = s.id AND i.state = 0), d.delivered_at,"
    " (SELECT MAX (removed_at) FROM instances i WHERE i.study_id = s.id),"
    " d.status = 3 AND d.reason IN ('" BOUNCE_REASON_FILE_MISSING "', '" BOUNCE_REASON_FILE_DAMAGED
    "')"
    " FROM studies s JOIN deliveries d ON d.study_id = s.id"
    " WHERE s.study_uid = ?1 AND d.destination_id = ?2";

static gboolean
find_sendable (BounceDatabase *db, const Send *send, Sendable *sendable, GError **error)
{
  g_autoptr (GError) step_error = NULL;
  sqlite3_stmt *row = bounce_database_query (db, error, sendable_sql, "ti", send->study_uid,
                                             (gint64) send->destination);

  if (!row)
    return FALSE;
  if (bounce_database_next (db, row, &step_error))
    {
      sendable->delivery_id = sqlite3_column_int64 (row, 0);
      sendable->study_id = sqlite3_column_int64 (row, 1);
      sendable->status = sqlite3_column_int64 (row, 2);
      sendable->has_local_files = sqlite3_column_int64 (row, 3);
      sendable->delivered_at_us = sqlite3_column_int64 (row, 4);
      sendable->removed_at_us = sqlite3_column_int64 (row, 5);
      sendable->has_lost_files = sqlite3_column_int (row, 6) != 0;
      bounce_database_done (row);
      return TRUE;
    }
  if (step_error)
    g_propagate_error (error, g_steal_pointer (&step_error));
  else
    g_set_error_literal (error, BOUNCE_STORE_ERROR, BOUNCE_STORE_ERROR_NOT_FOUND,
                         "there is no such study");
  return FALSE;
}

static gboolean
check_sendable (const Sendable *sendable, GError **error)
{
  g_autofree char *delivered_at = NULL;
  g_autofree char *removed_at = NULL;

  if (sendable->status == BOUNCE_DELIVERY_UPLOADING)
    {
      g_set_error_literal (error, BOUNCE_STORE_ERROR, BOUNCE_STORE_ERROR_BUSY,
                           "the study is being uploaded");
      return FALSE;
    }
  if (sendable->status != BOUNCE_DELIVERY_DELIVERED || sendable->has_local_files)
    return TRUE;
  delivered_at = bounce_time_to_iso8601 (sendable->delivered_at_us);
  removed_at = bounce_time_to_iso8601 (sendable->removed_at_us);
  g_set_error (error, BOUNCE_STORE_ERROR, BOUNCE_STORE_ERROR_REMOVED,
               "the study was delivered on %s and its files were removed on %s; send it from the "
               "modality again",
               delivered_at, removed_at);
  return FALSE;
}

/* Everything local is undelivered again once the seq is 0; a new transfer has a new upload_id. */
static const char send_sql[] =
    "UPDATE deliveries SET delivered_seq = CASE status WHEN 2 THEN 0 ELSE delivered_seq END,"
    " status = 0, attempts = 0, next_attempt_at = 0, hold = 0, is_waiting = 1 WHERE id = ?1";
static const char due_now_sql[] = "UPDATE studies SET due_at = MIN (due_at, ?2) WHERE id = ?1";

static gboolean
write_send (BounceStore *self, BounceDatabase *db, gpointer data, GError **error)
{
  Send *send = data;
  Sendable sendable = { 0 };

  if (!find_sendable (db, send, &sendable, error) || !check_sendable (&sendable, error))
    return FALSE;
  send->must_check = sendable.has_lost_files && !send->is_checked;
  return send->must_check
         || (bounce_database_run (db, error, send_sql, "i", sendable.delivery_id)
             && bounce_database_run (db, error, due_now_sql, "ii", sendable.study_id,
                                     bounce_clock_get_wall_us (self->clock))
             && bounce_store_insert_audit (self, db, "send", send->study_uid, NULL, error)
             && bounce_store_derive_status (self, db, sendable.study_id, send->study_uid, error));
}

static void
check_worker (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  BounceStore *self = source;
  Send *send = data;
  g_autoptr (GError) error = NULL;

  send->is_checked = TRUE;
  if (bounce_store_mark_lost_files (self, send->study_uid, &error)
      && bounce_store_write_sync (self, write_send, send, &error))
    g_task_return_boolean (task, TRUE);
  else
    g_task_return_error (task, g_steal_pointer (&error));
}

static void
give_send (GTask *task, gpointer data)
{
  const Send *send = data;

  if (send->must_check)
    bounce_store_run_files_task (g_task_get_source_object (task), task, check_worker);
  else
    g_task_return_boolean (task, TRUE);
}

/**
 * bounce_store_request_send_async:
 * @self: the store
 * @study_uid: which study
 * @destination: where to
 * @callback: called on the caller's context once it is committed
 * @user_data: for @callback
 *
 * Before it is due: due now. In error: at once, with the count of attempts reset. Delivered: every
 * local instance again under a new upload_id. When a file was missing or damaged the last time, all
 * that wait are looked at first: lost ones are told as events and left out, so that they do not
 * keep the others from being delivered; the study stays in error for them.
 */
void
bounce_store_request_send_async (BounceStore *self,
                                 const char *study_uid,
                                 int destination,
                                 GAsyncReadyCallback callback,
                                 gpointer user_data)
{
  g_autoptr (GTask) task = g_task_new (self, NULL, callback, user_data);
  Send *send = g_new0 (Send, 1);

  g_task_set_source_tag (task, bounce_store_request_send_async);
  send->study_uid = g_strdup (study_uid);
  send->destination = destination;
  g_task_set_task_data (task, send, free_send);
  bounce_store_write_task (self, task, write_send, give_send);
}

/**
 * bounce_store_request_send_finish:
 *
 * Errors: NOT_FOUND, BUSY (uploading), REMOVED (delivered, and no file is left: the message says
 * when), NO_SPACE, IO, NOT_MOUNTED, DATABASE.
 */
gboolean
bounce_store_request_send_finish (BounceStore *self, GAsyncResult *result, GError **error)
{
  return g_task_propagate_boolean (G_TASK (result), error);
}

static const char retrying_sql[] =
    "SELECT s.study_uid FROM deliveries d JOIN studies s ON s.id = d.study_id"
    " WHERE d.destination_id = ?1 AND d.is_waiting = 1 AND d.next_attempt_at > 0"
    " AND (?2 IS NULL OR d.reason = ?2)";
static const char release_sql[] = "UPDATE deliveries SET next_attempt_at = 0"
                                  " WHERE destination_id = ?1 AND is_waiting = 1"
                                  " AND (?2 IS NULL OR reason = ?2)";

static gboolean
write_release (BounceStore *self, BounceDatabase *db, gpointer data, GError **error)
{
  const Send *send = data;
  g_autoptr (GError) step_error = NULL;
  sqlite3_stmt *row = bounce_database_query (db, error, retrying_sql, "it",
                                             (gint64) send->destination, send->reason);

  if (!row)
    return FALSE;
  while (bounce_database_next (db, row, &step_error))
    bounce_notices_add_study (self->notices, (const char *) sqlite3_column_text (row, 0));
  if (step_error)
    {
      g_propagate_error (error, g_steal_pointer (&step_error));
      return FALSE;
    }
  bounce_notices_add_queue (self->notices);
  return bounce_database_run (db, error, release_sql, "it", (gint64) send->destination,
                              send->reason);
}

/**
 * bounce_store_release_retries_async:
 * @self: the store
 * @destination: whose retries
 * @reason: (nullable): a BOUNCE_REASON_*: those that wait for it; %NULL for all
 * @callback: called on the caller's context once it is committed
 * @user_data: for @callback
 *
 * Waiting retries become due now: the key was changed, or the network is back.
 */
void
bounce_store_release_retries_async (BounceStore *self,
                                    int destination,
                                    const char *reason,
                                    GAsyncReadyCallback callback,
                                    gpointer user_data)
{
  g_autoptr (GTask) task = g_task_new (self, NULL, callback, user_data);
  Send *send = g_new0 (Send, 1);

  g_task_set_source_tag (task, bounce_store_release_retries_async);
  send->destination = destination;
  send->reason = g_strdup (reason);
  g_task_set_task_data (task, send, free_send);
  bounce_store_write_task (self, task, write_release, NULL);
}

/**
 * bounce_store_release_retries_finish:
 *
 * Errors: NO_SPACE, IO, DATABASE.
 */
gboolean
bounce_store_release_retries_finish (BounceStore *self, GAsyncResult *result, GError **error)
{
  return g_task_propagate_boolean (G_TASK (result), error);
}
