/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* The journal of what is begun on files, and finishing it at start.
 *
 * A replacement that was cut short has left either the old file or the new one in the tree; which,
 * its size, CRC-32 and SHA-256 tell. The new one is then described as it is and counts as
 * undelivered, although nobody was answered: its sender will send it again and find it the same.
 * Removals are carried through to their end. */

#include "config.h"

#include "bounce-store-private.h"

#include "bounce-log.h"
#include "bounce-wording.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

typedef struct
{
  gint64 id;
  char *kind, *study_uid, *series_uid, *sop_instance_uid, *sop_class_uid, *transfer_syntax_uid;
  gint64 association_id;
  BounceFileDigest digest; /* of the new file */
} Intent;

static void
free_intent (gpointer data)
{
  Intent *intent = data;

  g_free (intent->kind);
  g_free (intent->study_uid);
  g_free (intent->series_uid);
  g_free (intent->sop_instance_uid);
  g_free (intent->sop_class_uid);
  g_free (intent->transfer_syntax_uid);
  g_free (intent);
}

static const char insert_sql[] =
    "INSERT INTO intents (kind, study_uid, series_uid, sop_instance_uid, sop_class_uid,"
    " transfer_syntax_uid, size_bytes, crc32, dataset_sha256, association_id, created_at)"
    " VALUES ('" BOUNCE_INTENT_REPLACE "', ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)";

/* A BounceWriteFunc: another file will take an instance's place.
 * Shape: data is a BounceReplacementWrite. */
gboolean
bounce_store_write_replacement_intent (BounceStore *self,
                                       BounceDatabase *db,
                                       gpointer data,
                                       GError **error)
{
  BounceReplacementWrite *write = data;
  const BounceArrival *arrival = write->arrival;

  if (!bounce_database_run (db, error, insert_sql, "tttttiibii", arrival->study_uid,
                            arrival->series_uid, arrival->sop_instance_uid,
                            write->head->sop_class_uid, write->head->transfer_syntax_uid,
                            (gint64) arrival->size_bytes, (gint64) arrival->crc32,
                            arrival->dataset_sha256, (gsize) BOUNCE_SHA256_LENGTH,
                            arrival->association_id, bounce_clock_get_wall_us (self->clock)))
    return FALSE;
  write->intent_id = bounce_database_get_last_id (db);
  return TRUE;
}

static const char delete_sql[] = "DELETE FROM intents WHERE id = ?1";

/* A BounceWriteFunc: it was carried out or undone. Shape: data is a gint64. */
gboolean
bounce_store_write_intent_done (BounceStore *self,
                                BounceDatabase *db,
                                gpointer data,
                                GError **error)
{
  return bounce_database_run (db, error, delete_sql, "i", *(gint64 *) data);
}

static const char list_sql[] =
    "SELECT id, kind, study_uid, series_uid, sop_instance_uid, sop_class_uid,"
    " transfer_syntax_uid, size_bytes, crc32, dataset_sha256, association_id"
    " FROM intents ORDER BY id";

static Intent *
make_intent (sqlite3_stmt *row)
{
  Intent *intent = g_new0 (Intent, 1);

  intent->id = sqlite3_column_int64 (row, 0);
  intent->kind = bounce_database_dup_text (row, 1);
  intent->study_uid = bounce_database_dup_text (row, 2);
  intent->series_uid = bounce_database_dup_text (row, 3);
  intent->sop_instance_uid = bounce_database_dup_text (row, 4);
  intent->sop_class_uid = bounce_database_dup_text (row, 5);
  intent->transfer_syntax_uid = bounce_database_dup_text (row, 6);
  intent->digest.size_bytes = (guint64) sqlite3_column_int64 (row, 7);
  intent->digest.crc32 = (guint32) sqlite3_column_int64 (row, 8);
  if (sqlite3_column_bytes (row, 9) == BOUNCE_SHA256_LENGTH)
    memcpy (intent->digest.dataset_sha256, sqlite3_column_blob (row, 9), BOUNCE_SHA256_LENGTH);
  intent->association_id = sqlite3_column_int64 (row, 10);
  return intent;
}

static GPtrArray *
list_intents (BounceStore *self, GError **error)
{
  g_autoptr (GPtrArray) intents = g_ptr_array_new_with_free_func (free_intent);
  g_autoptr (GError) step_error = NULL;
  sqlite3_stmt *row = bounce_database_query (self->writer_db, error, list_sql, "");

  if (!row)
    return NULL;
  while (bounce_database_next (self->writer_db, row, &step_error))
    g_ptr_array_add (intents, make_intent (row));
  if (!step_error)
    return g_steal_pointer (&intents);
  g_propagate_error (error, g_steal_pointer (&step_error));
  return NULL;
}

static gboolean
is_same_file (const BounceFileDigest *a, const BounceFileDigest *b)
{
  return a->size_bytes == b->size_bytes && a->crc32 == b->crc32
         && memcmp (a->dataset_sha256, b->dataset_sha256, BOUNCE_SHA256_LENGTH) == 0;
}

static gboolean
is_new_file_there (BounceStore *self, const Intent *intent)
{
  g_autofree char *path = bounce_tree_get_instance_path (
      self->tree, intent->study_uid, intent->series_uid, intent->sop_instance_uid);
  BounceFileDigest digest = { 0 };
  int fd = open (path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
  gboolean is_new;

  if (fd < 0)
    return FALSE;
  is_new = bounce_store_digest_file (fd, bounce_store_find_dataset (fd), &digest, NULL)
           && is_same_file (&digest, &intent->digest);
  close (fd);
  return is_new;
}

/* The rename may be in the cache only: it is synced before a row tells of it. Neither file being
 * there is found when the package is built, and told then. */
static gboolean
finish_replacement (BounceStore *self, Intent *intent, GError **error)
{
  g_autofree char *series_path =
      bounce_tree_get_series_path (self->tree, intent->study_uid, intent->series_uid);
  BounceArrival arrival = { .association_id = intent->association_id,
                            .study_uid = intent->study_uid,
                            .series_uid = intent->series_uid,
                            .sop_instance_uid = intent->sop_instance_uid,
                            .size_bytes = intent->digest.size_bytes,
                            .crc32 = intent->digest.crc32 };
  BounceInstanceHead head = { .sop_class_uid = intent->sop_class_uid,
                              .transfer_syntax_uid = intent->transfer_syntax_uid };
  BounceArrivalWrite write = { .arrival = &arrival, .head = &head, .intent_id = intent->id };
  BounceKnownInstance known = { 0 };

  memcpy (arrival.dataset_sha256, intent->digest.dataset_sha256, BOUNCE_SHA256_LENGTH);
  if (!is_new_file_there (self, intent))
    return bounce_store_write_at_start (self, bounce_store_write_intent_done, &intent->id, error);
  if (!bounce_store_look_up_instance (self, &arrival, intent->transfer_syntax_uid, &known, error))
    return FALSE;
  write.is_replacement = known.state == BOUNCE_INSTANCE_PRESENT;
  return bounce_tree_sync_folder (series_path, error)
         && bounce_store_write_at_start (self, bounce_store_write_arrival, &write, error);
}

static gboolean
finish_removal (BounceStore *self, const char *study_uid, GError **error)
{
  BounceRemovedWrite write = { .study_uid = study_uid };

  return bounce_store_unlink_removing (self, self->writer_db, study_uid, error)
         && bounce_store_write_at_start (self, bounce_store_write_removed, &write, error);
}

static gboolean
finish_deletion (BounceStore *self, char *study_uid, GError **error)
{
  return study_uid
             ? bounce_tree_remove_study (self->tree, study_uid, error)
                   && bounce_store_write_at_start (self, bounce_store_write_study_deleted,
                                                   study_uid, error)
             : bounce_store_run_reset (self, self->writer_db, bounce_store_write_at_start, error);
}

/* Files that cannot be removed keep nobody from receiving and delivering: a deletion is given up,
 * the removal of delivered files is taken up at each start. */
static gboolean
finish_intent (BounceStore *self, Intent *intent, GError **error)
{
  g_autoptr (GError) removal_error = NULL;

  if (g_str_equal (intent->kind, BOUNCE_INTENT_REPLACE))
    return finish_replacement (self, intent, error);
  if (g_str_equal (intent->kind, BOUNCE_INTENT_REMOVE))
    {
      if (!finish_removal (self, intent->study_uid, &removal_error))
        bounce_log (BOUNCE_LOG_WARNING, "delivered files stay: %s", removal_error->message);
      return TRUE;
    }
  if (finish_deletion (self, intent->study_uid, &removal_error))
    return TRUE;
  bounce_log (BOUNCE_LOG_WARNING, "a deletion is given up: %s", removal_error->message);
  return bounce_store_write_at_start (self, bounce_store_write_intent_done, &intent->id, error);
}

/* Thread: main, before any other runs. Errors: IO, NO_SPACE, DATABASE. */
gboolean
bounce_store_finish_intents (BounceStore *self, GError **error)
{
  g_autoptr (GPtrArray) intents = list_intents (self, error);

  if (!intents)
    return FALSE;
  for (guint i = 0; i < intents->len; i++)
    if (!finish_intent (self, g_ptr_array_index (intents, i), error))
      return FALSE;
  return TRUE;
}
