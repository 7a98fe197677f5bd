/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* How studies that changed stand in a query, what a selection of studies amounts to, and which
 * modalities there are. Reader thread. */

#include "config.h"

#include "bounce-store-table-private.h"

/* The CASE follows the order of the sorts in bounce-store-table.c. */
const char bounce_table_look_up_sql[] = "SELECT" BOUNCE_STUDY_COLUMNS (
    "0") ", " BOUNCE_STUDY_MATCH ","
         " CASE ?4 WHEN 0 THEN s.received_at WHEN 1 THEN s.sort_name WHEN 2 THEN s.patient_id"
         " WHEN 3 THEN COALESCE (s.study_date, '-') || ' ' || COALESCE (s.study_time, '-')"
         " WHEN 4 THEN s.study_description WHEN 5 THEN s.modality WHEN 6 THEN s.instances"
         " WHEN 7 THEN s.bytes ELSE s.status END" BOUNCE_STUDY_TABLES " WHERE s.study_uid = ?5";

static void
free_standing (gpointer data)
{
  BounceStudyStanding *standing = data;

  g_free (standing->study_uid);
  g_clear_pointer (&standing->study, bounce_study_free);
  g_free (standing->sort_key);
  g_free (standing);
}

static gboolean
look_up_one (BounceStore *self,
             BounceDatabase *db,
             const BounceTableQuery *query,
             BounceStudyStanding *standing,
             GError **error)
{
  g_autoptr (GError) step_error = NULL;
  sqlite3_stmt *row = bounce_database_query (db, error, bounce_table_look_up_sql, "tttit",
                                             query->search, query->status, query->modality,
                                             (gint64) query->sort, standing->study_uid);

  if (!row)
    return FALSE;
  if (bounce_database_next (db, row, &step_error))
    {
      standing->study = bounce_study_new_from_row (self, row);
      standing->is_match = sqlite3_column_int (row, BOUNCE_STUDY_N_COLUMNS) != 0;
      standing->sort_key = bounce_database_dup_text (row, BOUNCE_STUDY_N_COLUMNS + 1);
      bounce_database_done (row);
    }
  if (!step_error)
    return TRUE;
  g_propagate_error (error, g_steal_pointer (&step_error));
  return FALSE;
}

static gpointer
look_up (BounceStore *self, BounceDatabase *db, gpointer data, GError **error)
{
  const BounceTableQuery *query = data;
  g_autoptr (GPtrArray) standings = g_ptr_array_new_with_free_func (free_standing);

  for (char **study_uid = query->study_uids; *study_uid; study_uid++)
    {
      BounceStudyStanding *standing = g_new0 (BounceStudyStanding, 1);

      standing->study_uid = g_strdup (*study_uid);
      g_ptr_array_add (standings, standing);
      if (!look_up_one (self, db, query, standing, error))
        return NULL;
    }
  return g_steal_pointer (&standings);
}

/**
 * bounce_store_look_up_studies_async:
 * @self: the store
 * @query: copied
 * @study_uids: (array zero-terminated=1): which studies
 * @cancellable: (nullable): stops it
 * @callback: called on the caller's context
 * @user_data: for @callback
 */
void
bounce_store_look_up_studies_async (BounceStore *self,
                                    const BounceStudyQuery *query,
                                    const char *const *study_uids,
                                    GCancellable *cancellable,
                                    GAsyncReadyCallback callback,
                                    gpointer user_data)
{
  g_autoptr (GTask) task = g_task_new (self, cancellable, callback, user_data);
  GError *error = NULL;
  BounceTableQuery *copy = bounce_table_query_new (query, &error);

  g_task_set_source_tag (task, bounce_store_look_up_studies_async);
  if (!copy)
    {
      g_task_return_error (task, error);
      return;
    }
  copy->study_uids = g_strdupv ((char **) study_uids);
  g_task_set_task_data (task, copy, (GDestroyNotify) bounce_table_query_free);
  bounce_store_read_task (self, task, look_up, (GDestroyNotify) g_ptr_array_unref);
}

/**
 * bounce_store_look_up_studies_finish:
 *
 * Errors: as bounce_store_list_study_ids_finish().
 *
 * Returns: (transfer full) (element-type BounceStudyStanding): one for each UID, in their order;
 *   `undelivered` of the studies is not filled
 */
GPtrArray *
bounce_store_look_up_studies_finish (BounceStore *self, GAsyncResult *result, GError **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}

const char bounce_table_sum_sql[] =
    "SELECT s.study_uid, s.instances, s.bytes, " BOUNCE_STUDY_UNDELIVERED BOUNCE_STUDY_TABLES
    " WHERE s.id = ?1";

/**
 * bounce_study_sum_free:
 * @self: (transfer full): a sum
 */
void
bounce_study_sum_free (BounceStudySum *self)
{
  g_strfreev (self->study_uids);
  g_array_unref (self->ids);
  g_free (self);
}

static gboolean
add_to_sum (
    BounceDatabase *db, gint64 id, BounceStudySum *sum, GStrvBuilder *study_uids, GError **error)
{
  g_autoptr (GError) step_error = NULL;
  sqlite3_stmt *row = bounce_database_query (db, error, bounce_table_sum_sql, "i", id);

  if (!row)
    return FALSE;
  if (bounce_database_next (db, row, &step_error))
    {
      guint64 undelivered = (guint64) sqlite3_column_int64 (row, 3);

      g_strv_builder_add (study_uids, (const char *) sqlite3_column_text (row, 0));
      g_array_append_val (sum->ids, id);
      sum->instances += (guint64) sqlite3_column_int64 (row, 1);
      sum->bytes += (guint64) sqlite3_column_int64 (row, 2);
      sum->undelivered_instances += undelivered;
      sum->undelivered_studies += undelivered > 0;
      bounce_database_done (row);
    }
  if (!step_error)
    return TRUE;
  g_propagate_error (error, g_steal_pointer (&step_error));
  return FALSE;
}

static gpointer
read_sum (BounceStore *self, BounceDatabase *db, gpointer data, GError **error)
{
  const GArray *ids = data;
  g_autoptr (BounceStudySum) sum = g_new0 (BounceStudySum, 1);
  g_autoptr (GStrvBuilder) study_uids = g_strv_builder_new ();

  sum->ids = g_array_sized_new (FALSE, FALSE, sizeof (gint64), ids->len);
  for (guint i = 0; i < ids->len; i++)
    if (!add_to_sum (db, g_array_index (ids, gint64, i), sum, study_uids, error))
      return NULL;
  sum->study_uids = g_strv_builder_end (study_uids);
  return g_steal_pointer (&sum);
}

/**
 * bounce_store_sum_studies_async:
 * @self: the store
 * @ids: (array length=n_ids): copied
 * @n_ids: any number
 * @cancellable: (nullable): stops it
 * @callback: called on the caller's context
 * @user_data: for @callback
 *
 * What a selection amounts to, before something is done to all of it.
 */
void
bounce_store_sum_studies_async (BounceStore *self,
                                const gint64 *ids,
                                guint n_ids,
                                GCancellable *cancellable,
                                GAsyncReadyCallback callback,
                                gpointer user_data)
{
  g_autoptr (GTask) task = g_task_new (self, cancellable, callback, user_data);
  GArray *copy = g_array_sized_new (FALSE, FALSE, sizeof (gint64), n_ids);

  g_array_append_vals (copy, ids, n_ids);
  g_task_set_source_tag (task, bounce_store_sum_studies_async);
  g_task_set_task_data (task, copy, (GDestroyNotify) g_array_unref);
  bounce_store_read_task (self, task, read_sum, (GDestroyNotify) bounce_study_sum_free);
}

/**
 * bounce_store_sum_studies_finish:
 *
 * Errors: CANCELLED, IO, DATABASE, CORRUPT.
 *
 * Returns: (transfer full): the sum
 */
BounceStudySum *
bounce_store_sum_studies_finish (BounceStore *self, GAsyncResult *result, GError **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}

/* Jumps from one value to the next in the index instead of looking at every row. */
const char bounce_table_modalities_sql[] =
    "WITH RECURSIVE m (modality) AS (SELECT MIN (modality) FROM studies UNION ALL"
    " SELECT (SELECT MIN (modality) FROM studies WHERE modality > m.modality)"
    " FROM m WHERE m.modality IS NOT NULL)"
    " SELECT modality FROM m WHERE modality IS NOT NULL";

static gpointer
read_modalities (BounceStore *self, BounceDatabase *db, gpointer data, GError **error)
{
  g_autoptr (GStrvBuilder) modalities = g_strv_builder_new ();
  g_autoptr (GError) step_error = NULL;
  sqlite3_stmt *row = bounce_database_query (db, error, bounce_table_modalities_sql, "");

  if (!row)
    return NULL;
  while (bounce_database_next (db, row, &step_error))
    g_strv_builder_add (modalities, (const char *) sqlite3_column_text (row, 0));
  if (!step_error)
    return g_strv_builder_end (modalities);
  g_propagate_error (error, g_steal_pointer (&step_error));
  return NULL;
}

/**
 * bounce_store_list_modalities_async:
 * @self: the store
 * @cancellable: (nullable): stops it
 * @callback: called on the caller's context
 * @user_data: for @callback
 */
void
bounce_store_list_modalities_async (BounceStore *self,
                                    GCancellable *cancellable,
                                    GAsyncReadyCallback callback,
                                    gpointer user_data)
{
  g_autoptr (GTask) task = g_task_new (self, cancellable, callback, user_data);

  g_task_set_source_tag (task, bounce_store_list_modalities_async);
  bounce_store_read_task (self, task, read_modalities, (GDestroyNotify) g_strfreev);
}

/**
 * bounce_store_list_modalities_finish:
 *
 * Errors: CANCELLED, IO, DATABASE, CORRUPT.
 *
 * Returns: (transfer full): the modalities studies have, sorted
 */
GStrv
bounce_store_list_modalities_finish (BounceStore *self, GAsyncResult *result, GError **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}
