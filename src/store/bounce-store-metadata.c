/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* A study with its series, as rows tell it: of all that was received, or of one snapshot. */

#include "config.h"

#include "bounce-store-private.h"

static const char study_sql[] =
    "SELECT patient_name, patient_id, patient_birth_date, patient_sex, study_date, study_time,"
    " study_description, accession_number, referring_physician, institution_name, modality,"
    " status, received_at, id, (SELECT MAX (delivered_at) FROM deliveries WHERE study_id = s.id)"
    " FROM studies s WHERE study_uid = ?1";

static gint64
fill_study (BounceStudyMetadata *self, sqlite3_stmt *row)
{
  self->patient_name = bounce_database_dup_text (row, 0);
  self->patient_id = bounce_database_dup_text (row, 1);
  self->patient_birth_date = bounce_database_dup_text (row, 2);
  self->patient_sex = bounce_database_dup_text (row, 3);
  self->study_date = bounce_database_dup_text (row, 4);
  self->study_time = bounce_database_dup_text (row, 5);
  self->study_description = bounce_database_dup_text (row, 6);
  self->accession_number = bounce_database_dup_text (row, 7);
  self->referring_physician = bounce_database_dup_text (row, 8);
  self->institution_name = bounce_database_dup_text (row, 9);
  self->modality = bounce_database_dup_text (row, 10);
  self->status = bounce_database_dup_text (row, 11);
  self->received_at_us = sqlite3_column_int64 (row, 12);
  self->uploaded_at_us = sqlite3_column_int64 (row, 14);
  return sqlite3_column_int64 (row, 13);
}

#define SERIES_COLUMNS                                                                             \
  "SELECT e.series_uid, e.series_description, e.series_number, e.modality, e.body_part,"           \
  " e.protocol_name, COUNT (*) FROM series e"
#define SERIES_ORDER                                                                               \
  " GROUP BY e.id ORDER BY e.series_number IS NULL, e.series_number, e.series_uid"

static const char all_series_sql[] =
    SERIES_COLUMNS " JOIN instances i ON i.series_id = e.id WHERE e.study_id = ?1" SERIES_ORDER;
static const char snapshot_series_sql[] =
    SERIES_COLUMNS " JOIN transfer_items t ON t.series_uid = e.series_uid"
                   " WHERE e.study_id = ?1 AND t.snapshot_id = ?2" SERIES_ORDER;

static gboolean
add_series (BounceStudyMetadata *self,
            BounceDatabase *db,
            gint64 study_id,
            gint64 snapshot_id,
            GError **error)
{
  g_autoptr (GError) step_error = NULL;
  sqlite3_stmt *row =
      snapshot_id
          ? bounce_database_query (db, error, snapshot_series_sql, "ii", study_id, snapshot_id)
          : bounce_database_query (db, error, all_series_sql, "i", study_id);

  while (row && bounce_database_next (db, row, &step_error))
    {
      BounceSeriesMetadata *series =
          bounce_study_metadata_add_series (self, (const char *) sqlite3_column_text (row, 0));

      series->series_description = bounce_database_dup_text (row, 1);
      series->has_series_number = sqlite3_column_type (row, 2) != SQLITE_NULL;
      series->series_number = sqlite3_column_int (row, 2);
      series->modality = bounce_database_dup_text (row, 3);
      series->body_part = bounce_database_dup_text (row, 4);
      series->protocol_name = bounce_database_dup_text (row, 5);
      series->instances = (guint) sqlite3_column_int (row, 6);
    }
  if (!step_error)
    return row != NULL;
  g_propagate_error (error, g_steal_pointer (&step_error));
  return FALSE;
}

/* Shape: snapshot_id 0: everything received. Errors: NOT_FOUND. Returns: (transfer full) */
BounceStudyMetadata *
bounce_store_read_metadata (BounceDatabase *db,
                            const char *study_uid,
                            gint64 snapshot_id,
                            GError **error)
{
  g_autoptr (BounceStudyMetadata) self = bounce_study_metadata_new ();
  g_autoptr (GError) step_error = NULL;
  sqlite3_stmt *row = bounce_database_query (db, error, study_sql, "t", study_uid);
  gint64 study_id = 0;

  if (!row)
    return NULL;
  if (bounce_database_next (db, row, &step_error))
    {
      study_id = fill_study (self, row);
      bounce_database_done (row);
    }
  if (step_error)
    {
      g_propagate_error (error, g_steal_pointer (&step_error));
      return NULL;
    }
  self->study_uid = g_strdup (study_uid);
  /* Says NOT_FOUND in its own words. */
  if (study_id == 0 && !bounce_store_find_study (db, study_uid, &study_id, error))
    return NULL;
  if (!add_series (self, db, study_id, snapshot_id, error))
    return NULL;
  return g_steal_pointer (&self);
}

static gpointer
read_metadata (BounceStore *self, BounceDatabase *db, gpointer data, GError **error)
{
  return bounce_store_read_metadata (db, data, 0, error);
}

/**
 * bounce_store_get_metadata_async:
 * @self: the store
 * @study_uid: which study
 * @callback: called on the caller's context
 * @user_data: for @callback
 */
void
bounce_store_get_metadata_async (BounceStore *self,
                                 const char *study_uid,
                                 GAsyncReadyCallback callback,
                                 gpointer user_data)
{
  g_autoptr (GTask) task = g_task_new (self, NULL, callback, user_data);

  g_task_set_source_tag (task, bounce_store_get_metadata_async);
  g_task_set_task_data (task, g_strdup (study_uid), g_free);
  bounce_store_read_task (self, task, read_metadata, (GDestroyNotify) bounce_study_metadata_free);
}

/**
 * bounce_store_get_metadata_finish:
 *
 * Errors: NOT_FOUND.
 *
 * Returns: (transfer full): study and series, as received so far
 */
BounceStudyMetadata *
bounce_store_get_metadata_finish (BounceStore *self, GAsyncResult *result, GError **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}
