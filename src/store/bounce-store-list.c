/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* The study table: pages of studies, filtered and sorted on the reader thread. Each sort is a
 * statement of its own, so that SQLite walks that sort's index and stops at the end of the page. */

#include "config.h"

#include "bounce-store-fold-private.h"
#include "bounce-store-study-row-private.h"

typedef struct
{
  guint page, limit;
  char *search, *status, *modality; /* (nullable) search is folded */
  const char *sql;
} Query;

typedef struct
{
  GPtrArray *studies;
  guint64 total;
} Page;

#define STUDY_SELECT     "SELECT" BOUNCE_STUDY_COLUMNS (BOUNCE_STUDY_UNDELIVERED) BOUNCE_STUDY_TABLES
#define STUDY_FILTER     " WHERE " BOUNCE_STUDY_MATCH
#define STUDY_PAGE       " LIMIT ?4 OFFSET ?5"
#define ORDERED(columns) STUDY_SELECT STUDY_FILTER " ORDER BY " columns STUDY_PAGE

static const struct
{
  const char *name, *ascending, *descending;
} sorts[] = {
  { "received", ORDERED ("s.received_at, s.id"), ORDERED ("s.received_at DESC, s.id DESC") },
  { "patient", ORDERED ("s.sort_name, s.id"), ORDERED ("s.sort_name DESC, s.id DESC") },
  { "id", ORDERED ("s.patient_id, s.id"), ORDERED ("s.patient_id DESC, s.id DESC") },
  { "date", ORDERED ("s.study_date, s.study_time, s.id"),
    ORDERED ("s.study_date DESC, s.study_time DESC, s.id DESC") },
  { "description", ORDERED ("s.study_description, s.id"),
    ORDERED ("s.study_description DESC, s.id DESC") },
  { "modality", ORDERED ("s.modality, s.id"), ORDERED ("s.modality DESC, s.id DESC") },
  { "images", ORDERED ("s.instances, s.id"), ORDERED ("s.instances DESC, s.id DESC") },
  { "size", ORDERED ("s.bytes, s.id"), ORDERED ("s.bytes DESC, s.id DESC") },
  { "status", ORDERED ("s.status, s.id"), ORDERED ("s.status DESC, s.id DESC") },
};

static const char count_sql[] = "SELECT COUNT (*) FROM studies s" STUDY_FILTER;
static const char one_sql[] = STUDY_SELECT " WHERE s.study_uid = ?1";

static void
free_query (gpointer data)
{
  Query *query = data;

  g_free (query->search);
  g_free (query->status);
  g_free (query->modality);
  g_free (query);
}

static void
free_page (gpointer data)
{
  Page *page = data;

  g_clear_pointer (&page->studies, g_ptr_array_unref);
  g_free (page);
}

static gboolean
read_studies (
    BounceStore *self, BounceDatabase *db, const Query *query, GPtrArray *studies, GError **error)
{
  g_autoptr (GError) step_error = NULL;
  gint64 limit = query->limit == 0 ? -1 : (gint64) query->limit; /* SQLite: -1 is no limit */
  gint64 skipped = query->limit == 0 ? 0 : (gint64) (query->page - 1) * query->limit;
  sqlite3_stmt *row = bounce_database_query (db, error, query->sql, "tttii", query->search,
                                             query->status, query->modality, limit, skipped);

  if (!row)
    return FALSE;
  while (bounce_database_next (db, row, &step_error))
    g_ptr_array_add (studies, bounce_study_new_from_row (self, row));
  if (!step_error)
    return TRUE;
  g_propagate_error (error, g_steal_pointer (&step_error));
  return FALSE;
}

static gpointer
read_page (BounceStore *self, BounceDatabase *db, gpointer data, GError **error)
{
  const Query *query = data;
  Page *page = g_new0 (Page, 1);
  gint64 total = 0;

  page->studies = g_ptr_array_new_with_free_func ((GDestroyNotify) bounce_study_free);
  if (read_studies (self, db, query, page->studies, error)
      && bounce_database_get_int (db, &total, error, count_sql, "ttt", query->search, query->status,
                                  query->modality))
    {
      page->total = (guint64) total;
      return page;
    }
  free_page (page);
  return NULL;
}

static const char *
find_sort (const BounceStudyQuery *query)
{
  const char *name = query->sort ? query->sort : "received";

  for (gsize i = 0; i < G_N_ELEMENTS (sorts); i++)
    if (g_str_equal (name, sorts[i].name))
      return query->descending ? sorts[i].descending : sorts[i].ascending;
  return NULL;
}

/**
 * bounce_store_list_studies_async:
 * @self: the store
 * @query: copied; search is folded as the rows are
 * @cancellable: (nullable): stops the statement, too
 * @callback: called on the caller's context
 * @user_data: for @callback
 */
void
bounce_store_list_studies_async (BounceStore *self,
                                 const BounceStudyQuery *query,
                                 GCancellable *cancellable,
                                 GAsyncReadyCallback callback,
                                 gpointer user_data)
{
  g_autoptr (GTask) task = g_task_new (self, cancellable, callback, user_data);
  const char *sql = find_sort (query);
  Query *copy;

  g_task_set_source_tag (task, bounce_store_list_studies_async);
  if (!sql || query->page == 0 || (query->status && !bounce_store_is_status (query->status)))
    {
      g_task_return_new_error (task, BOUNCE_STORE_ERROR, BOUNCE_STORE_ERROR_INVALID,
                               "there is no such page, status or sort");
      return;
    }
  copy = g_new0 (Query, 1);
  copy->page = query->page;
  copy->limit = query->limit;
  copy->status = g_strdup (query->status);
  copy->modality = g_strdup (query->modality);
  copy->search = query->search && *query->search ? bounce_store_fold_text (query->search) : NULL;
  copy->sql = sql;
  g_task_set_task_data (task, copy, free_query);
  bounce_store_read_task (self, task, read_page, free_page);
}

/**
 * bounce_store_list_studies_finish:
 * @self: the store
 * @result: from the callback
 * @total: (out) (optional): rows without page and limit
 * @error: return location
 *
 * Errors: INVALID (page 0, an unknown status or sort), CANCELLED, IO, DATABASE, CORRUPT.
 *
 * Returns: (transfer container) (element-type BounceStudy): a page
 */
GPtrArray *
bounce_store_list_studies_finish (BounceStore *self,
                                  GAsyncResult *result,
                                  guint64 *total,
                                  GError **error)
{
  Page *page = g_task_propagate_pointer (G_TASK (result), error);
  GPtrArray *studies;

  if (!page)
    return NULL;
  if (total)
    *total = page->total;
  studies = g_steal_pointer (&page->studies);
  free_page (page);
  return studies;
}

static gpointer
read_study (BounceStore *self, BounceDatabase *db, gpointer data, GError **error)
{
  g_autoptr (GError) step_error = NULL;
  sqlite3_stmt *row = bounce_database_query (db, error, one_sql, "t", data);
  BounceStudy *study = NULL;

  if (!row)
    return NULL;
  if (bounce_database_next (db, row, &step_error))
    {
      study = bounce_study_new_from_row (self, row);
      bounce_database_done (row);
    }
  else if (step_error)
    g_propagate_error (error, g_steal_pointer (&step_error));
  else
    g_set_error_literal (error, BOUNCE_STORE_ERROR, BOUNCE_STORE_ERROR_NOT_FOUND,
                         "there is no such study");
  return study;
}

/**
 * bounce_store_get_study_async:
 * @self: the store
 * @study_uid: which study
 * @cancellable: (nullable): stops it
 * @callback: called on the caller's context
 * @user_data: for @callback
 */
void
bounce_store_get_study_async (BounceStore *self,
                              const char *study_uid,
                              GCancellable *cancellable,
                              GAsyncReadyCallback callback,
                              gpointer user_data)
{
  g_autoptr (GTask) task = g_task_new (self, cancellable, callback, user_data);

  g_task_set_source_tag (task, bounce_store_get_study_async);
  g_task_set_task_data (task, g_strdup (study_uid), g_free);
  bounce_store_read_task (self, task, read_study, (GDestroyNotify) bounce_study_free);
}

/**
 * bounce_store_get_study_finish:
 *
 * Errors: NOT_FOUND, CANCELLED.
 *
 * Returns: (transfer full): the study
 */
BounceStudy *
bounce_store_get_study_finish (BounceStore *self, GAsyncResult *result, GError **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}
