/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* The rows of an instance that arrived. Everything here runs on the writer's thread inside its
 * transaction, but for the comparison, which reads on a connection that accepting threads share. */

#include "config.h"

#include "bounce-store-association-private.h"
#include "bounce-store-fold-private.h"
#include "bounce-store-private.h"

#include "bounce-wording.h"

#include <string.h>

/* The study as the rows have it, and what this arrival makes of it. */
typedef struct
{
  gint64 study_id, series_id, seq, now_us;
  gint64 least_study_id; /* for a new one */
  gboolean may_reopen;
  gint64 series_added, instances_added, local_added, bytes_added;
} ArrivalRows;

static const char look_up_sql[] =
    "SELECT i.state, i.size_bytes, i.crc32, i.dataset_sha256, i.transfer_syntax_uid"
    " FROM studies s JOIN series e ON e.study_id = s.id JOIN instances i ON i.series_id = e.id"
    " WHERE s.study_uid = ?1 AND e.series_uid = ?2 AND i.sop_instance_uid = ?3";

/* What is known of an instance, and whether arrival's data set is the same: transfer syntax and
 * SHA-256. Thread: any, holding the instance. Errors: as bounce_database_run(). */
gboolean
bounce_store_look_up_instance (BounceStore *self,
                               const BounceArrival *arrival,
                               const char *transfer_syntax_uid,
                               BounceKnownInstance *known,
                               GError **error)
{
  g_autoptr (GMutexLocker) locker G_GNUC_UNUSED = g_mutex_locker_new (&self->lookup_mutex);
  g_autoptr (GError) step_error = NULL;
  sqlite3_stmt *row =
      bounce_database_query (self->lookup_db, error, look_up_sql, "ttt", arrival->study_uid,
                             arrival->series_uid, arrival->sop_instance_uid);

  if (!row)
    return FALSE;
  if (bounce_database_next (self->lookup_db, row, &step_error))
    {
      known->exists = TRUE;
      known->state = sqlite3_column_int (row, 0);
      known->size_bytes = (guint64) sqlite3_column_int64 (row, 1);
      known->crc32 = (guint32) sqlite3_column_int64 (row, 2);
      known->is_same_dataset =
          sqlite3_column_bytes (row, 3) == BOUNCE_SHA256_LENGTH
          && memcmp (sqlite3_column_blob (row, 3), arrival->dataset_sha256, BOUNCE_SHA256_LENGTH)
                 == 0
          && g_strcmp0 ((const char *) sqlite3_column_text (row, 4), transfer_syntax_uid) == 0;
      bounce_database_done (row);
    }
  if (!step_error)
    return TRUE;
  g_propagate_error (error, g_steal_pointer (&step_error));
  return FALSE;
}

/* SQLite gives the highest id again once its row is gone; who remembers a study by its id would
 * take the next one for it. */
static const char insert_study_sql[] =
    "INSERT INTO studies (id, study_uid, patient_name, patient_id, patient_birth_date, patient_sex,"
    " study_date, study_time, study_description, accession_number, referring_physician,"
    " institution_name, modality, sort_name, search_text, received_at, updated_at, due_at)"
    " VALUES (MAX (?16, 1 + (SELECT COALESCE (MAX (id), 0) FROM studies)),"
    " ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?15, ?15)";
static const char insert_deliveries_sql[] =
    "INSERT INTO deliveries (study_id, destination_id) SELECT ?1, id FROM destinations";

static gboolean
insert_study (BounceDatabase *db,
              const BounceArrivalWrite *write,
              ArrivalRows *rows,
              GError **error)
{
  const BounceInstanceHead *head = write->head;
  const char *study_uid = write->arrival->study_uid;
  g_autofree char *sort_name = bounce_store_fold_text (head->patient_name);
  g_autofree char *search_text = bounce_store_make_search_text (head, study_uid);

  if (!bounce_database_run (db, error, insert_study_sql, "ttttttttttttttii", study_uid,
                            head->patient_name, head->patient_id, head->patient_birth_date,
                            head->patient_sex, head->study_date, head->study_time,
                            head->study_description, head->accession_number,
                            head->referring_physician, head->institution_name, head->modality,
                            sort_name, search_text, rows->now_us, rows->least_study_id))
    return FALSE;
  rows->study_id = bounce_database_get_last_id (db);
  return bounce_database_run (db, error, insert_deliveries_sql, "i", rows->study_id);
}

/* Tags that the first instance did not have and this one has. */
static const char fill_study_sql[] =
    "UPDATE studies SET patient_name = COALESCE (patient_name, ?2),"
    " patient_id = COALESCE (patient_id, ?3),"
    " patient_birth_date = COALESCE (patient_birth_date, ?4),"
    " patient_sex = COALESCE (patient_sex, ?5), study_date = COALESCE (study_date, ?6),"
    " study_time = COALESCE (study_time, ?7),"
    " study_description = COALESCE (study_description, ?8),"
    " accession_number = COALESCE (accession_number, ?9),"
    " referring_physician = COALESCE (referring_physician, ?10),"
    " institution_name = COALESCE (institution_name, ?11),"
    " modality = COALESCE (modality, ?12), search_text = search_text || ?14,"
    " sort_name = CASE WHEN patient_name IS NULL THEN ?13 ELSE sort_name END WHERE id = ?1";

static gboolean
fill_study (BounceDatabase *db, const BounceArrivalWrite *write, ArrivalRows *rows, GError **error)
{
  const BounceInstanceHead *head = write->head;
  g_autofree char *sort_name = bounce_store_fold_text (head->patient_name);
  g_autofree char *search_text = bounce_store_make_search_text (head, "");

  return bounce_database_run (
      db, error, fill_study_sql, "ittttttttttttt", rows->study_id, head->patient_name,
      head->patient_id, head->patient_birth_date, head->patient_sex, head->study_date,
      head->study_time, head->study_description, head->accession_number, head->referring_physician,
      head->institution_name, head->modality, sort_name, search_text);
}

/* The third column: does the study lack a tag that people look for and this instance has? */
static const char find_study_sql[] =
    "SELECT id, last_seq, (patient_name IS NULL AND ?2) OR (patient_id IS NULL AND ?3)"
    " OR (study_description IS NULL AND ?4) OR (accession_number IS NULL AND ?5)"
    " OR (study_date IS NULL AND ?6), status IN ('SENT', 'ERROR') FROM studies WHERE study_uid = "
    "?1";

static gboolean
find_or_insert_study (BounceDatabase *db,
                      const BounceArrivalWrite *write,
                      ArrivalRows *rows,
                      GError **error)
{
  const BounceInstanceHead *head = write->head;
  g_autoptr (GError) step_error = NULL;
  gboolean must_fill = FALSE;
  sqlite3_stmt *row = bounce_database_query (
      db, error, find_study_sql, "tiiiii", write->arrival->study_uid,
      (gint64) (head->patient_name != NULL), (gint64) (head->patient_id != NULL),
      (gint64) (head->study_description != NULL), (gint64) (head->accession_number != NULL),
      (gint64) (head->study_date != NULL));

  if (!row)
    return FALSE;
  rows->seq = 1;
  if (bounce_database_next (db, row, &step_error))
    {
      rows->study_id = sqlite3_column_int64 (row, 0);
      rows->seq = sqlite3_column_int64 (row, 1) + 1;
      must_fill = sqlite3_column_int (row, 2);
      rows->may_reopen = sqlite3_column_int (row, 3);
      bounce_database_done (row);
    }
  if (step_error)
    {
      g_propagate_error (error, g_steal_pointer (&step_error));
      return FALSE;
    }
  if (rows->study_id == 0)
    return insert_study (db, write, rows, error);
  return !must_fill || fill_study (db, write, rows, error);
}

static const char find_series_sql[] =
    "SELECT id FROM series WHERE study_id = ?1 AND series_uid = ?2";
static const char insert_series_sql[] =
    "INSERT INTO series (study_id, series_uid, series_description, series_number, modality,"
    " body_part, protocol_name) VALUES (?1, ?2, ?3, CASE WHEN ?4 THEN ?5 END, ?6, ?7, ?8)";

static gboolean
find_or_insert_series (BounceDatabase *db,
                       const BounceArrivalWrite *write,
                       ArrivalRows *rows,
                       GError **error)
{
  const BounceInstanceHead *head = write->head;

  if (!bounce_database_get_int (db, &rows->series_id, error, find_series_sql, "it", rows->study_id,
                                write->arrival->series_uid))
    return FALSE;
  if (rows->series_id != 0)
    return TRUE;
  if (!bounce_database_run (db, error, insert_series_sql, "ittiittt", rows->study_id,
                            write->arrival->series_uid, head->series_description,
                            (gint64) head->has_series_number, (gint64) head->series_number,
                            head->modality, head->body_part, head->protocol_name))
    return FALSE;
  rows->series_id = bounce_database_get_last_id (db);
  rows->series_added = 1;
  return TRUE;
}

static const char insert_instance_sql[] =
    "INSERT INTO instances (study_id, series_id, sop_instance_uid, sop_class_uid,"
    " transfer_syntax_uid, size_bytes, crc32, dataset_sha256, seq, association_id, received_at)"
    " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11) ON CONFLICT DO NOTHING";
static const char update_instance_sql[] =
    "UPDATE instances SET sop_class_uid = ?4, transfer_syntax_uid = ?5, size_bytes = ?6,"
    " crc32 = ?7, dataset_sha256 = ?8, seq = ?9, association_id = ?10, received_at = ?11,"
    " removed_at = 0, state = 0"
    " WHERE study_id = ?1 AND series_id = ?2 AND sop_instance_uid = ?3";
static const char known_bytes_sql[] = "SELECT size_bytes FROM instances WHERE series_id = ?1"
                                      " AND sop_instance_uid = ?2";
static const char known_present_sql[] = "SELECT state IN (0, 1) FROM instances WHERE series_id = ?1"
                                        " AND sop_instance_uid = ?2";

static gboolean
run_instance_sql (BounceDatabase *db,
                  const char *sql,
                  const BounceArrivalWrite *write,
                  ArrivalRows *rows,
                  GError **error)
{
  const BounceArrival *arrival = write->arrival;

  return bounce_database_run (
      db, error, sql, "iitttiibiii", rows->study_id, rows->series_id, arrival->sop_instance_uid,
      write->head->sop_class_uid, write->head->transfer_syntax_uid, (gint64) arrival->size_bytes,
      (gint64) arrival->crc32, arrival->dataset_sha256, (gsize) BOUNCE_SHA256_LENGTH, rows->seq,
      arrival->association_id, rows->now_us);
}

static gboolean
insert_or_update_instance (BounceDatabase *db,
                           const BounceArrivalWrite *write,
                           ArrivalRows *rows,
                           GError **error)
{
  const char *sop_instance_uid = write->arrival->sop_instance_uid;
  gint64 known_bytes = 0, is_present = 0;

  if (!run_instance_sql (db, insert_instance_sql, write, rows, error))
    return FALSE;
  rows->bytes_added = (gint64) write->arrival->size_bytes;
  if (bounce_database_get_changes (db) > 0)
    {
      rows->instances_added = rows->local_added = 1;
      return TRUE;
    }
  if (!bounce_database_get_int (db, &known_bytes, error, known_bytes_sql, "it", rows->series_id,
                                sop_instance_uid)
      || !bounce_database_get_int (db, &is_present, error, known_present_sql, "it", rows->series_id,
                                   sop_instance_uid))
    return FALSE;
  rows->bytes_added -= known_bytes;
  rows->local_added = is_present ? 0 : 1;
  return run_instance_sql (db, update_instance_sql, write, rows, error);
}

static const char update_study_sql[] =
    "UPDATE studies SET last_seq = ?2, series = series + ?3, instances = instances + ?4,"
    " local_instances = local_instances + ?5, bytes = bytes + ?6, updated_at = ?7, due_at = ?8"
    " WHERE id = ?1";
/* Delivered, or in error for lost files, which this one may be. */
static const char reopen_deliveries_sql[] =
    "UPDATE deliveries SET status = 0, is_waiting = NOT hold WHERE study_id = ?1"
    " AND (status = 2 OR (status = 3 AND next_attempt_at = 0"
    "  AND reason IN ('" BOUNCE_REASON_FILE_MISSING "', '" BOUNCE_REASON_FILE_DAMAGED "')))";

static gboolean
update_study (BounceStore *self,
              BounceDatabase *db,
              const BounceArrivalWrite *write,
              ArrivalRows *rows,
              GError **error)
{
  gint64 due_us = rows->now_us + bounce_store_get_quiet_period_us (self);

  if (!bounce_database_run (db, error, update_study_sql, "iiiiiiii", rows->study_id, rows->seq,
                            rows->series_added, rows->instances_added, rows->local_added,
                            rows->bytes_added, rows->now_us, due_us))
    return FALSE;
  return !rows->may_reopen
         || (bounce_database_run (db, error, reopen_deliveries_sql, "i", rows->study_id)
             && bounce_store_derive_status (self, db, rows->study_id, write->arrival->study_uid,
                                            error));
}

static gboolean
tell_replacement (BounceStore *self,
                  BounceDatabase *db,
                  const BounceArrival *arrival,
                  GError **error)
{
  GVariantBuilder args;

  g_variant_builder_init (&args, G_VARIANT_TYPE ("a{ss}"));
  g_variant_builder_add (&args, "{ss}", "study", arrival->study_uid);
  g_variant_builder_add (&args, "{ss}", "series", arrival->series_uid);
  g_variant_builder_add (&args, "{ss}", "sop", arrival->sop_instance_uid);
  return bounce_store_insert_event (self, db, BOUNCE_EVENT_INSTANCE_REPLACED, arrival->study_uid,
                                    g_variant_builder_end (&args), error);
}

/* A BounceWriteFunc: the rows of one instance whose file is in the tree.
 * Shape: data is a BounceArrivalWrite. */
gboolean
bounce_store_write_arrival (BounceStore *self, BounceDatabase *db, gpointer data, GError **error)
{
  BounceArrivalWrite *write = data;
  ArrivalRows rows = { .now_us = bounce_clock_get_wall_us (self->clock),
                       .least_study_id = self->last_study_id + 1 };

  if (!bounce_store_check_clock (self, db, error) || !find_or_insert_study (db, write, &rows, error)
      || !find_or_insert_series (db, write, &rows, error)
      || !insert_or_update_instance (db, write, &rows, error)
      || !update_study (self, db, write, &rows, error))
    return FALSE;
  self->last_study_id = MAX (self->last_study_id, rows.study_id);
  if (write->is_replacement && !tell_replacement (self, db, write->arrival, error))
    return FALSE;
  if (write->intent_id != 0 && !bounce_store_write_intent_done (self, db, &write->intent_id, error))
    return FALSE;
  bounce_store_count_arrival (self, write->arrival->association_id, write->arrival->size_bytes);
  bounce_notices_add_study (self->notices, write->arrival->study_uid);
  bounce_notices_add_queued (self->notices, write->arrival->study_uid);
  bounce_notices_add_queue (self->notices);
  return TRUE;
}
