/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* Transfers and events, filtered and searched on the reader thread. Events are searched by the
 * sentence a person reads, which only exists here in C: rows are walked from the newest until there
 * are enough. */

#include "config.h"

#include "bounce-store-search.h"

#include "bounce-store-fold-private.h"
#include "bounce-store-transfer-private.h"

#include "bounce-wording.h"

#include <string.h>

typedef struct
{
  char *study_uid, *search; /* (nullable) search is folded */
  int state;
  GArray *codes; /* (owned) (nullable) (element-type int) */
  gint64 limit;
} Search;

static void
free_search (gpointer data)
{
  Search *search = data;

  g_free (search->study_uid);
  g_free (search->search);
  g_clear_pointer (&search->codes, g_array_unref);
  g_free (search);
}

static Search *
copy_query (const BounceHistoryQuery *query)
{
  Search *search = g_new0 (Search, 1);

  search->study_uid = g_strdup (query->study_uid);
  search->search = query->search && *query->search ? bounce_store_fold_text (query->search) : NULL;
  search->state = query->state;
  search->limit = query->limit;
  if (query->codes)
    {
      search->codes = g_array_new (FALSE, FALSE, sizeof (int));
      for (const int *code = query->codes; *code; code++)
        g_array_append_val (search->codes, *code);
    }
  return search;
}

/**
 * bounce_transfer_row_free:
 * @self: (transfer full): a row
 */
void
bounce_transfer_row_free (BounceTransferRow *self)
{
  bounce_transfer_free (self->transfer);
  g_free (self->patient_name);
  g_free (self);
}

/**
 * bounce_event_row_free:
 * @self: (transfer full): a row
 */
void
bounce_event_row_free (BounceEventRow *self)
{
  bounce_event_free (self->event);
  g_free (self->sentence);
  g_free (self->patient_name);
  g_free (self);
}

#define TRANSFERS "SELECT" BOUNCE_TRANSFER_COLUMNS ", s.patient_name" BOUNCE_TRANSFER_TABLES
#define TRANSFERS_MATCH                                                                            \
  " (?2 < 0 OR t.state = ?2) AND (?3 IS NULL OR instr (s.search_text, ?3) > 0)"                    \
  " ORDER BY t.id DESC LIMIT ?4"
static const char all_transfers_sql[] = TRANSFERS " WHERE ?1 IS NULL AND" TRANSFERS_MATCH;
static const char study_transfers_sql[] = TRANSFERS " WHERE s.study_uid = ?1 AND" TRANSFERS_MATCH;

static gpointer
search_transfers (BounceStore *self, BounceDatabase *db, gpointer data, GError **error)
{
  const Search *search = data;
  g_autoptr (GPtrArray) rows =
      g_ptr_array_new_with_free_func ((GDestroyNotify) bounce_transfer_row_free);
  g_autoptr (GError) step_error = NULL;
  sqlite3_stmt *row = bounce_database_query (
      db, error, search->study_uid ? study_transfers_sql : all_transfers_sql, "titi",
      search->study_uid, (gint64) search->state, search->search, search->limit);

  if (!row)
    return NULL;
  while (bounce_database_next (db, row, &step_error))
    {
      BounceTransferRow *transfer = g_new0 (BounceTransferRow, 1);

      transfer->transfer = bounce_transfer_new_from_row (row);
      transfer->patient_name = bounce_database_dup_text (row, BOUNCE_TRANSFER_N_COLUMNS);
      g_ptr_array_add (rows, transfer);
    }
  if (!step_error)
    return g_steal_pointer (&rows);
  g_propagate_error (error, g_steal_pointer (&step_error));
  return NULL;
}

#define EVENTS                                                                                     \
  "SELECT e.id, e.at, e.code, e.study_uid, e.args, s.search_text, s.patient_name FROM events e"    \
  " LEFT JOIN studies s ON s.study_uid = e.study_uid"
static const char all_events_sql[] = EVENTS " WHERE ?1 IS NULL ORDER BY e.id DESC";
static const char study_events_sql[] = EVENTS " WHERE e.study_uid = ?1 ORDER BY e.id DESC";

static gboolean
has_code (const Search *search, int code)
{
  if (!search->codes)
    return TRUE;
  for (guint i = 0; i < search->codes->len; i++)
    if (g_array_index (search->codes, int, i) == code)
      return TRUE;
  return FALSE;
}

static gboolean
is_found (const Search *search, const BounceEventRow *event, const char *study_text)
{
  g_autofree char *folded = NULL;

  if (!search->search || (study_text && strstr (study_text, search->search)))
    return TRUE;
  if (event->event->study_uid && strstr (event->event->study_uid, search->search))
    return TRUE;
  folded = bounce_store_fold_text (event->sentence);
  return strstr (folded, search->search) != NULL;
}

static void
add_event (const Search *search, sqlite3_stmt *row, GPtrArray *rows)
{
  BounceEventRow *event;

  if (!has_code (search, sqlite3_column_int (row, 2)))
    return;
  event = g_new0 (BounceEventRow, 1);
  event->event = bounce_event_new_from_row (row);
  event->sentence = bounce_wording_event (event->event->code, event->event->args);
  event->patient_name = bounce_database_dup_text (row, 6);
  if (is_found (search, event, (const char *) sqlite3_column_text (row, 5)))
    g_ptr_array_add (rows, event);
  else
    bounce_event_row_free (event);
}

static gpointer
search_events (BounceStore *self, BounceDatabase *db, gpointer data, GError **error)
{
  const Search *search = data;
  g_autoptr (GPtrArray) rows =
      g_ptr_array_new_with_free_func ((GDestroyNotify) bounce_event_row_free);
  g_autoptr (GError) step_error = NULL;
  sqlite3_stmt *row = bounce_database_query (
      db, error, search->study_uid ? study_events_sql : all_events_sql, "t", search->study_uid);

  if (!row)
    return NULL;
  while (rows->len < search->limit && bounce_database_next (db, row, &step_error))
    add_event (search, row, rows);
  bounce_database_done (row);
  if (!step_error)
    return g_steal_pointer (&rows);
  g_propagate_error (error, g_steal_pointer (&step_error));
  return NULL;
}

/**
 * bounce_store_search_transfers_async:
 * @self: the store
 * @query: copied
 * @cancellable: (nullable): stops it
 * @callback: called on the caller's context
 * @user_data: for @callback
 */
void
bounce_store_search_transfers_async (BounceStore *self,
                                     const BounceHistoryQuery *query,
                                     GCancellable *cancellable,
                                     GAsyncReadyCallback callback,
                                     gpointer user_data)
{
  g_autoptr (GTask) task = g_task_new (self, cancellable, callback, user_data);

  g_task_set_source_tag (task, bounce_store_search_transfers_async);
  g_task_set_task_data (task, copy_query (query), free_search);
  bounce_store_read_task (self, task, search_transfers, (GDestroyNotify) g_ptr_array_unref);
}

/**
 * bounce_store_search_events_async:
 * @self: the store
 * @query: copied
 * @cancellable: (nullable): stops it
 * @callback: called on the caller's context
 * @user_data: for @callback
 */
void
bounce_store_search_events_async (BounceStore *self,
                                  const BounceHistoryQuery *query,
                                  GCancellable *cancellable,
                                  GAsyncReadyCallback callback,
                                  gpointer user_data)
{
  g_autoptr (GTask) task = g_task_new (self, cancellable, callback, user_data);

  g_task_set_source_tag (task, bounce_store_search_events_async);
  g_task_set_task_data (task, copy_query (query), free_search);
  bounce_store_read_task (self, task, search_events, (GDestroyNotify) g_ptr_array_unref);
}

/**
 * bounce_store_search_finish:
 *
 * Errors: CANCELLED, IO, DATABASE, CORRUPT.
 *
 * Returns: (transfer full): BounceTransferRow or BounceEventRow, newest first
 */
GPtrArray *
bounce_store_search_finish (BounceStore *self, GAsyncResult *result, GError **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}
