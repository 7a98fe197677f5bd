/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* The status of a study, derived from its deliveries in the transaction that changes them (design
 * section 5), and the metadata file beside the study, which follows it after the commit on the
 * files thread. */

#include "config.h"

#include "bounce-store-private.h"

#include "bounce-log.h"
#include "bounce-file.h"
#include "bounce-json.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>

static const char find_study_sql[] = "SELECT id FROM studies WHERE study_uid = ?1";

/* Errors: NOT_FOUND. */
gboolean
bounce_store_find_study (BounceDatabase *db,
                         const char *study_uid,
                         gint64 *study_id,
                         GError **error)
{
  *study_id = 0;
  if (!bounce_database_get_int (db, study_id, error, find_study_sql, "t", study_uid))
    return FALSE;
  if (*study_id != 0)
    return TRUE;
  g_set_error_literal (error, BOUNCE_STORE_ERROR, BOUNCE_STORE_ERROR_NOT_FOUND,
                       "there is no such study");
  return FALSE;
}

/* Any delivery uploading, else any in error, else all delivered, else received. */
static const char derive_sql[] =
    "UPDATE studies SET status = d.status, updated_at = ?2, metadata_due = metadata_due + 1 FROM ("
    " SELECT CASE WHEN MAX (status = 1) THEN 'UPLOADING' WHEN MAX (status = 3) THEN 'ERROR'"
    " WHEN MIN (status = 2) THEN 'SENT' ELSE 'RECEIVED' END AS status"
    " FROM deliveries WHERE study_id = ?1) AS d WHERE id = ?1 AND studies.status <> d.status";

/* Thread: the writer, in the transaction that changed the deliveries. */
gboolean
bounce_store_derive_status (
    BounceStore *self, BounceDatabase *db, gint64 study_id, const char *study_uid, GError **error)
{
  if (!bounce_database_run (db, error, derive_sql, "ii", study_id,
                            bounce_clock_get_wall_us (self->clock)))
    return FALSE;
  if (bounce_database_get_changes (db) > 0)
    bounce_store_write_metadata_later (self, study_uid);
  bounce_notices_add_study (self->notices, study_uid);
  bounce_notices_add_queue (self->notices);
  return TRUE;
}

/* After the commit, not before. Thread: the writer. */
void
bounce_store_write_metadata_later (BounceStore *self, const char *study_uid)
{
  if (!g_hash_table_contains (self->metadata_due, study_uid))
    g_hash_table_add (self->metadata_due, g_strdup (study_uid));
}

/* In .outgoing first: a crash leaves nothing beside the studies that is not ours or not whole. */
static gboolean
write_side_file (BounceStore *self, const char *study_uid, const char *text, GError **error)
{
  g_autofree char *path = bounce_tree_get_side_path (self->tree, study_uid, ".json");
  g_autofree char *working =
      g_strdup_printf ("%s/%s/%s.json", self->base_dir, BOUNCE_TREE_OUTGOING, study_uid);
  int fd = open (working, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  gboolean is_written;

  if (fd < 0)
    {
      bounce_store_set_error_errno (error, errno, "making", working);
      return FALSE;
    }
  is_written = bounce_file_write_all (fd, text, strlen (text), error);
  if (is_written && fdatasync (fd) != 0)
    {
      bounce_store_set_error_errno (error, errno, "syncing", working);
      is_written = FALSE;
    }
  close (fd);
  if (is_written && g_rename (working, path) == 0)
    return bounce_tree_sync_folder (self->base_dir, error);
  if (is_written)
    bounce_store_set_error_errno (error, errno, "renaming to", path);
  g_unlink (working);
  return FALSE;
}

typedef struct
{
  char *study_uid; /* (owned) */
  gint64 due;      /* as it was before the rows were read: what came since stays due */
} MetadataWritten;

static void
free_metadata_written (gpointer data)
{
  MetadataWritten *written = data;

  g_free (written->study_uid);
  g_free (written);
}

static const char get_due_sql[] = "SELECT metadata_due FROM studies WHERE study_uid = ?1";
static const char written_sql[] =
    "UPDATE studies SET metadata_due = 0 WHERE study_uid = ?1 AND metadata_due = ?2";

static gboolean
write_metadata_written (BounceStore *self, BounceDatabase *db, gpointer data, GError **error)
{
  const MetadataWritten *written = data;

  return bounce_database_run (db, error, written_sql, "ti", written->study_uid, written->due);
}

/* Nobody waits: a file that is told as due again is written once too often, no more. */
static void
set_metadata_written (BounceStore *self, const char *study_uid, gint64 due)
{
  MetadataWritten *written = g_new0 (MetadataWritten, 1);

  written->study_uid = g_strdup (study_uid);
  written->due = due;
  bounce_store_write_later (self, write_metadata_written, written, free_metadata_written);
}

static void
write_metadata (BounceStore *self, gpointer data)
{
  const char *study_uid = data;
  g_autoptr (GError) error = NULL;
  gint64 due = 0;
  gboolean is_due_known =
      bounce_database_get_int (self->files_db, &due, NULL, get_due_sql, "t", study_uid);
  g_autoptr (BounceStudyMetadata) metadata =
      bounce_store_read_metadata (self->files_db, study_uid, 0, &error);
  g_autoptr (JsonNode) node = metadata ? bounce_study_metadata_to_json (metadata) : NULL;
  g_autofree char *text = node ? bounce_json_to_text (node, TRUE) : NULL;

  if (g_error_matches (error, BOUNCE_STORE_ERROR, BOUNCE_STORE_ERROR_NOT_FOUND))
    return; /* deleted meanwhile */
  if (!text || !write_side_file (self, study_uid, text, &error))
    bounce_log (BOUNCE_LOG_WARNING, "The metadata of study %s was not written: %s", study_uid,
                error ? error->message : "no text");
  else if (is_due_known)
    set_metadata_written (self, study_uid, due);
}

static const char all_due_sql[] = "SELECT study_uid FROM studies WHERE metadata_due > 0";

/* Files that do not tell the status yet: the last process was killed in between.
 * Thread: main, before any other runs. Errors: as bounce_database_run(). */
gboolean
bounce_store_find_due_metadata (BounceStore *self, GError **error)
{
  g_autoptr (GError) step_error = NULL;
  sqlite3_stmt *row = bounce_database_query (self->writer_db, error, all_due_sql, "");

  if (!row)
    return FALSE;
  while (bounce_database_next (self->writer_db, row, &step_error))
    bounce_store_write_metadata_later (self, (const char *) sqlite3_column_text (row, 0));
  if (!step_error)
    return TRUE;
  g_propagate_error (error, g_steal_pointer (&step_error));
  return FALSE;
}

/* Thread: the writer after a commit, or the start. */
void
bounce_store_flush_metadata (BounceStore *self)
{
  GHashTableIter iter;
  gpointer study_uid;

  g_hash_table_iter_init (&iter, self->metadata_due);
  while (g_hash_table_iter_next (&iter, &study_uid, NULL))
    {
      g_hash_table_iter_steal (&iter);
      bounce_store_run_files_job (self, write_metadata, study_uid, g_free);
    }
}
