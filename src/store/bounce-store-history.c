/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* What was: transfers, events, and the counts that a dashboard shows. Reader thread. */

#include "config.h"

#include "bounce-store-transfer-private.h"

typedef struct
{
  char *study_uid; /* (nullable) of all */
  gint64 limit;    /* -1: no limit */
} History;

static void
free_history (gpointer data)
{
  History *history = data;

  g_free (history->study_uid);
  g_free (history);
}

static void
run_history (
    BounceStore *self, GTask *task, const char *study_uid, guint limit, BounceReadFunc func)
{
  History *history = g_new0 (History, 1);

  history->study_uid = g_strdup (study_uid);
  history->limit = limit == 0 ? -1 : (gint64) limit;
  g_task_set_task_data (task, history, free_history);
  bounce_store_read_task (self, task, func, (GDestroyNotify) g_ptr_array_unref);
}

static const char transfers_sql[] =
    BOUNCE_TRANSFER_SELECT " WHERE ?1 IS NULL OR s.study_uid = ?1 ORDER BY t.id DESC LIMIT ?2";

static gpointer
read_transfers (BounceStore *self, BounceDatabase *db, gpointer data, GError **error)
{
  const History *history = data;
  g_autoptr (GPtrArray) transfers =
      g_ptr_array_new_with_free_func ((GDestroyNotify) bounce_transfer_free);
  g_autoptr (GError) step_error = NULL;
  sqlite3_stmt *row =
      bounce_database_query (db, error, transfers_sql, "ti", history->study_uid, history->limit);

  if (!row)
    return NULL;
  while (bounce_database_next (db, row, &step_error))
    g_ptr_array_add (transfers, bounce_transfer_new_from_row (row));
  if (!step_error)
    return g_steal_pointer (&transfers);
  g_propagate_error (error, g_steal_pointer (&step_error));
  return NULL;
}

/**
 * bounce_store_list_transfers_async:
 * @self: the store
 * @study_uid: (nullable): of which study; all
 * @limit: rows; 0: all
 * @callback: called on the caller's context
 * @user_data: for @callback
 */
void
bounce_store_list_transfers_async (BounceStore *self,
                                   const char *study_uid,
                                   guint limit,
                                   GAsyncReadyCallback callback,
                                   gpointer user_data)
{
  g_autoptr (GTask) task = g_task_new (self, NULL, callback, user_data);

  g_task_set_source_tag (task, bounce_store_list_transfers_async);
  run_history (self, task, study_uid, limit, read_transfers);
}

/**
 * bounce_store_list_transfers_finish:
 *
 * Returns: (transfer container) (element-type BounceTransfer): newest first, without items
 */
GPtrArray *
bounce_store_list_transfers_finish (BounceStore *self, GAsyncResult *result, GError **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}

static const char events_sql[] = "SELECT id, at, code, study_uid, args FROM events"
                                 " WHERE ?1 IS NULL OR study_uid = ?1 ORDER BY id DESC LIMIT ?2";

/* Returns: (transfer full) */
BounceEvent *
bounce_event_new_from_row (sqlite3_stmt *row)
{
  BounceEvent *event = g_new0 (BounceEvent, 1);
  const char *args = (const char *) sqlite3_column_text (row, 4);

  event->id = sqlite3_column_int64 (row, 0);
  event->at_us = sqlite3_column_int64 (row, 1);
  event->code = sqlite3_column_int (row, 2);
  event->study_uid = bounce_database_dup_text (row, 3);
  event->args = args ? g_variant_parse (G_VARIANT_TYPE ("a{ss}"), args, NULL, NULL, NULL) : NULL;
  return event;
}

static gpointer
read_events (BounceStore *self, BounceDatabase *db, gpointer data, GError **error)
{
  const History *history = data;
  g_autoptr (GPtrArray) events =
      g_ptr_array_new_with_free_func ((GDestroyNotify) bounce_event_free);
  g_autoptr (GError) step_error = NULL;
  sqlite3_stmt *row =
      bounce_database_query (db, error, events_sql, "ti", history->study_uid, history->limit);

  if (!row)
    return NULL;
  while (bounce_database_next (db, row, &step_error))
    g_ptr_array_add (events, bounce_event_new_from_row (row));
  if (!step_error)
    return g_steal_pointer (&events);
  g_propagate_error (error, g_steal_pointer (&step_error));
  return NULL;
}

/**
 * bounce_store_list_events_async:
 * @self: the store
 * @study_uid: (nullable): about which study; all
 * @limit: rows; 0: all
 * @callback: called on the caller's context
 * @user_data: for @callback
 */
void
bounce_store_list_events_async (BounceStore *self,
                                const char *study_uid,
                                guint limit,
                                GAsyncReadyCallback callback,
                                gpointer user_data)
{
  g_autoptr (GTask) task = g_task_new (self, NULL, callback, user_data);

  g_task_set_source_tag (task, bounce_store_list_events_async);
  run_history (self, task, study_uid, limit, read_events);
}

/**
 * bounce_store_list_events_finish:
 *
 * Returns: (transfer container) (element-type BounceEvent): newest first
 */
GPtrArray *
bounce_store_list_events_finish (BounceStore *self, GAsyncResult *result, GError **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}

static const char counts_sql[] =
    "SELECT (SELECT COUNT (*) FROM studies WHERE status = 'RECEIVED'),"
    " (SELECT COUNT (*) FROM studies WHERE status = 'UPLOADING'),"
    " (SELECT COUNT (*) FROM studies WHERE status = 'SENT'),"
    " (SELECT COUNT (*) FROM studies WHERE status = 'ERROR'),"
    " (SELECT COUNT (*) FROM studies WHERE status = 'RECEIVED' AND due_at > ?1),"
    " (SELECT COUNT (DISTINCT study_uid) FROM receipts WHERE delivered_at >= ?2)";

/* Midnight where the user is, as wall time. */
static gint64
get_day_start_us (gint64 now_us)
{
  g_autoptr (GDateTime) now = g_date_time_new_from_unix_local (now_us / BOUNCE_SECOND_US);
  g_autoptr (GDateTime) midnight =
      g_date_time_new_local (g_date_time_get_year (now), g_date_time_get_month (now),
                             g_date_time_get_day_of_month (now), 0, 0, 0);

  return g_date_time_to_unix (midnight) * BOUNCE_SECOND_US;
}

static gpointer
read_counts (BounceStore *self, BounceDatabase *db, gpointer data, GError **error)
{
  g_autofree BounceStoreCounts *counts = g_new0 (BounceStoreCounts, 1);
  gint64 now_us = bounce_clock_get_wall_us (self->clock);
  sqlite3_stmt *row =
      bounce_database_query (db, error, counts_sql, "ii", now_us, get_day_start_us (now_us));

  if (!row || !bounce_database_next (db, row, error))
    return NULL;
  counts->received = (guint) sqlite3_column_int (row, 0);
  counts->uploading = (guint) sqlite3_column_int (row, 1);
  counts->sent = (guint) sqlite3_column_int (row, 2);
  counts->error = (guint) sqlite3_column_int (row, 3);
  counts->receiving = (guint) sqlite3_column_int (row, 4);
  counts->waiting = counts->received - counts->receiving;
  counts->delivered_today = (guint) sqlite3_column_int (row, 5);
  bounce_database_done (row);
  counts->free_bytes = bounce_store_get_free_bytes (self);
  return g_steal_pointer (&counts);
}

/**
 * bounce_store_get_counts_async:
 * @self: the store
 * @callback: called on the caller's context
 * @user_data: for @callback
 */
void
bounce_store_get_counts_async (BounceStore *self, GAsyncReadyCallback callback, gpointer user_data)
{
  g_autoptr (GTask) task = g_task_new (self, NULL, callback, user_data);

  g_task_set_source_tag (task, bounce_store_get_counts_async);
  bounce_store_read_task (self, task, read_counts, g_free);
}

/**
 * bounce_store_get_counts_finish:
 * @self: the store
 * @result: from the callback
 * @counts: (out): filled
 * @error: return location
 */
gboolean
bounce_store_get_counts_finish (BounceStore *self,
                                GAsyncResult *result,
                                BounceStoreCounts *counts,
                                GError **error)
{
  g_autofree BounceStoreCounts *value = g_task_propagate_pointer (G_TASK (result), error);

  if (!value)
    return FALSE;
  *counts = *value;
  return TRUE;
}
