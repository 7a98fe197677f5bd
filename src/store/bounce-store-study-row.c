/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* A row of the study table as a value. */

#include "config.h"

#include "bounce-store-study-row-private.h"

/* Shape: a row whose first columns are BOUNCE_STUDY_COLUMNS. Returns: (transfer full) */
BounceStudy *
bounce_study_new_from_row (BounceStore *self, sqlite3_stmt *row)
{
  BounceStudy *study = g_new0 (BounceStudy, 1);
  gint64 due_us = sqlite3_column_int64 (row, 16);

  study->id = sqlite3_column_int64 (row, 0);
  study->study_uid = bounce_database_dup_text (row, 1);
  study->patient_name = bounce_database_dup_text (row, 2);
  study->patient_id = bounce_database_dup_text (row, 3);
  study->patient_birth_date = bounce_database_dup_text (row, 4);
  study->study_date = bounce_database_dup_text (row, 5);
  study->study_description = bounce_database_dup_text (row, 6);
  study->accession_number = bounce_database_dup_text (row, 7);
  study->modality = bounce_database_dup_text (row, 8);
  study->status = bounce_database_dup_text (row, 9);
  study->series = (guint) sqlite3_column_int (row, 10);
  study->instances = (guint) sqlite3_column_int (row, 11);
  study->undelivered = (guint) sqlite3_column_int (row, 12);
  study->bytes = (guint64) sqlite3_column_int64 (row, 13);
  study->created_at_us = sqlite3_column_int64 (row, 14);
  study->updated_at_us = sqlite3_column_int64 (row, 15);
  study->attempts = (guint) sqlite3_column_int (row, 17);
  study->next_attempt_at_us = sqlite3_column_int64 (row, 18);
  study->hold = sqlite3_column_int (row, 19) != 0;
  study->reason = bounce_database_dup_text (row, 20);
  study->delivered_at_us = sqlite3_column_int64 (row, 21);
  study->local_instances = (guint) sqlite3_column_int (row, 22);
  if (g_strcmp0 (study->status, "RECEIVED") == 0 && due_us > bounce_clock_get_wall_us (self->clock))
    study->receiving_until_us = due_us;
  return study;
}

/* One of the document's four words. */
gboolean
bounce_store_is_status (const char *status)
{
  static const char *const statuses[] = { "RECEIVED", "UPLOADING", "SENT", "ERROR", NULL };

  return g_strv_contains (statuses, status);
}
