/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* The study table of a window: the ids of all matching studies in order, and rows by id.
 *
 * Ids come from the reader thread. Each sort has statements of its own: without a filter SQLite
 * walks nothing but that sort's index, with one it looks at the rows. Rows by id are read in the
 * main thread, a page at a time, on a connection that nobody else uses; what would take longer than
 * a look-up (counting undelivered instances) is not among them. */

#include "config.h"

#include "bounce-store-fold-private.h"
#include "bounce-store-table-private.h"

#define FILTERED             " WHERE " BOUNCE_STUDY_MATCH
#define IDS(filter, columns) "SELECT s.id FROM studies s" filter " ORDER BY " columns
/* With a filter the rows themselves are read, which is four times as fast in their own order than
 * in that of an index; + keeps SQLite from using one. */
#define SORT(name, column)                                                                         \
  {                                                                                                \
    name, { IDS ("", column ", s.id"), IDS ("", column " DESC, s.id DESC") },                      \
    {                                                                                              \
      IDS (FILTERED, "+" column ", s.id"), IDS (FILTERED, "+" column " DESC, s.id DESC")           \
    }                                                                                              \
  }

/* The order is that of the CASE in bounce-store-table-lookup.c. */
static const struct
{
  const char *name;
  const char *all[2], *filtered[2]; /* ascending, descending */
} sorts[] = {
  SORT ("received", "s.received_at"),
  SORT ("patient", "s.sort_name"),
  SORT ("id", "s.patient_id"),
  { "date",
    { IDS ("", "s.study_date, s.study_time, s.id"),
      IDS ("", "s.study_date DESC, s.study_time DESC, s.id DESC") },
    { IDS (FILTERED, "+s.study_date, s.study_time, s.id"),
      IDS (FILTERED, "+s.study_date DESC, s.study_time DESC, s.id DESC") } },
  SORT ("description", "s.study_description"),
  SORT ("modality", "s.modality"),
  SORT ("images", "s.instances"),
  SORT ("size", "s.bytes"),
  SORT ("status", "s.status"),
};

static int
find_sort (const char *name)
{
  for (gsize i = 0; i < G_N_ELEMENTS (sorts); i++)
    if (g_strcmp0 (name ? name : "received", sorts[i].name) == 0)
      return (int) i;
  return -1;
}

/* Errors: INVALID for an unknown sort or status. Returns: (transfer full) a copy without page and
 * limit. */
BounceTableQuery *
bounce_table_query_new (const BounceStudyQuery *query, GError **error)
{
  BounceTableQuery *self;
  int sort = find_sort (query->sort);

  if (sort < 0 || (query->status && !bounce_store_is_status (query->status)))
    {
      g_set_error_literal (error, BOUNCE_STORE_ERROR, BOUNCE_STORE_ERROR_INVALID,
                           "there is no such status or sort");
      return NULL;
    }
  self = g_new0 (BounceTableQuery, 1);
  self->sort = sort;
  self->descending = query->descending;
  self->status = g_strdup (query->status);
  self->modality = g_strdup (query->modality);
  self->search = query->search && *query->search ? bounce_store_fold_text (query->search) : NULL;
  return self;
}

void
bounce_table_query_free (BounceTableQuery *self)
{
  g_free (self->search);
  g_free (self->status);
  g_free (self->modality);
  g_strfreev (self->study_uids);
  g_free (self);
}

static gboolean
has_filter (const BounceTableQuery *query)
{
  return query->search || query->status || query->modality;
}

/* The statement that answers the query with ids. */
const char *
bounce_table_query_get_sql (const BounceTableQuery *query)
{
  gboolean down = query->descending ? 1 : 0;

  return has_filter (query) ? sorts[query->sort].filtered[down] : sorts[query->sort].all[down];
}

static sqlite3_stmt *
start_ids (BounceDatabase *db, const BounceTableQuery *query, GError **error)
{
  const char *sql = bounce_table_query_get_sql (query);

  if (!has_filter (query))
    return bounce_database_query (db, error, sql, "");
  return bounce_database_query (db, error, sql, "ttt", query->search, query->status,
                                query->modality);
}

static gpointer
read_ids (BounceStore *self, BounceDatabase *db, gpointer data, GError **error)
{
  g_autoptr (GArray) ids = g_array_new (FALSE, FALSE, sizeof (gint64));
  g_autoptr (GError) step_error = NULL;
  sqlite3_stmt *row = start_ids (db, data, error);

  if (!row)
    return NULL;
  while (bounce_database_next (db, row, &step_error))
    {
      gint64 id = sqlite3_column_int64 (row, 0);

      g_array_append_val (ids, id);
    }
  if (!step_error)
    return g_steal_pointer (&ids);
  g_propagate_error (error, g_steal_pointer (&step_error));
  return NULL;
}

/**
 * bounce_store_list_study_ids_async:
 * @self: the store
 * @query: copied; page and limit are not looked at
 * @cancellable: (nullable): stops the statement, too
 * @callback: called on the caller's context
 * @user_data: for @callback
 */
void
bounce_store_list_study_ids_async (BounceStore *self,
                                   const BounceStudyQuery *query,
                                   GCancellable *cancellable,
                                   GAsyncReadyCallback callback,
                                   gpointer user_data)
{
  g_autoptr (GTask) task = g_task_new (self, cancellable, callback, user_data);
  GError *error = NULL;
  BounceTableQuery *copy = bounce_table_query_new (query, &error);

  g_task_set_source_tag (task, bounce_store_list_study_ids_async);
  if (!copy)
    {
      g_task_return_error (task, error);
      return;
    }
  g_task_set_task_data (task, copy, (GDestroyNotify) bounce_table_query_free);
  bounce_store_read_task (self, task, read_ids, (GDestroyNotify) g_array_unref);
}

/**
 * bounce_store_list_study_ids_finish:
 *
 * Errors: INVALID (an unknown status or sort), CANCELLED, IO, DATABASE, CORRUPT.
 *
 * Returns: (transfer full) (element-type gint64): the ids of all matching studies in order
 */
GArray *
bounce_store_list_study_ids_finish (BounceStore *self, GAsyncResult *result, GError **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}

static const char page_sql[] =
    "SELECT" BOUNCE_STUDY_COLUMNS ("0") BOUNCE_STUDY_TABLES " WHERE s.id = ?1";

static gboolean
read_row (BounceStore *self, gint64 id, GPtrArray *studies, GError **error)
{
  g_autoptr (GError) step_error = NULL;
  sqlite3_stmt *row = bounce_database_query (self->page_db, error, page_sql, "i", id);

  if (!row)
    return FALSE;
  if (bounce_database_next (self->page_db, row, &step_error))
    {
      g_ptr_array_add (studies, bounce_study_new_from_row (self, row));
      bounce_database_done (row);
    }
  else if (!step_error)
    g_ptr_array_add (studies, NULL);
  if (!step_error)
    return TRUE;
  g_propagate_error (error, g_steal_pointer (&step_error));
  return FALSE;
}

/**
 * bounce_store_read_studies_sync:
 * @self: the store
 * @ids: (array length=n_ids): which rows
 * @n_ids: at most %BOUNCE_STORE_PAGE_ROWS
 * @error: return location
 *
 * Shape: one element for each id, in their order; %NULL for a study that is gone. `undelivered` is
 * not filled: bounce_store_sum_studies_async() counts it.
 * Thread: main, the one read that is allowed there
 * Errors: IO, DATABASE (also when the store is closed), CORRUPT.
 *
 * Returns: (transfer full) (element-type BounceStudy): the rows
 */
GPtrArray *
bounce_store_read_studies_sync (BounceStore *self, const gint64 *ids, guint n_ids, GError **error)
{
  g_autoptr (GPtrArray) studies = g_ptr_array_new_full (n_ids, (GDestroyNotify) bounce_study_free);

  g_return_val_if_fail (n_ids <= BOUNCE_STORE_PAGE_ROWS, NULL);
  if (!self->page_db)
    {
      g_set_error_literal (error, BOUNCE_STORE_ERROR, BOUNCE_STORE_ERROR_DATABASE,
                           "the store is closed");
      return NULL;
    }
  /* One read transaction for the page: a tenth of the time, and the rows belong together. */
  if (!bounce_database_run (self->page_db, error, "BEGIN", ""))
    return NULL;
  for (guint i = 0; i < n_ids; i++)
    if (!read_row (self, ids[i], studies, error))
      {
        bounce_database_run (self->page_db, NULL, "ROLLBACK", "");
        return NULL;
      }
  if (!bounce_database_run (self->page_db, error, "COMMIT", ""))
    return NULL;
  return g_steal_pointer (&studies);
}
