/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* Which studies may have a file that no row speaks of.
 *
 * A new file is in the tree before its row is committed; killed in between, nothing would tell of
 * it. So a study is noted before the first new file of it goes into the tree: one row and one
 * commit for a study, not for an instance. It stays noted until nothing of it is under way, which
 * is made sure of when it was delivered or removed, and when the store is closed in order. The next
 * start looks through the files of the noted studies, and of no others (bounce-store-recovery.c).
 */

#include "config.h"

#include "bounce-store-private.h"

#include "bounce-log.h"

static const char note_sql[] = "INSERT OR IGNORE INTO receiving (study_uid) VALUES (?1)";
static const char settle_sql[] = "DELETE FROM receiving WHERE study_uid = ?1";
static const char settle_all_sql[] = "DELETE FROM receiving";
static const char closed_sql[] = "INSERT OR REPLACE INTO meta (key, value) VALUES ('closed', '1')";
static const char list_sql[] = "SELECT study_uid FROM receiving ORDER BY study_uid";

static gboolean
is_noted (BounceStore *self, const char *study_uid)
{
  g_autoptr (GMutexLocker) locker G_GNUC_UNUSED = g_mutex_locker_new (&self->receiving_mutex);

  return g_hash_table_contains (self->receiving, study_uid);
}

static gboolean
write_noted (BounceStore *self, BounceDatabase *db, gpointer data, GError **error)
{
  return bounce_database_run (db, error, note_sql, "t", data);
}

/* Before a new file of the study goes into the tree.
 * Thread: any but main and the writer, holding the study shared. Errors: NO_SPACE, IO, DATABASE. */
gboolean
bounce_store_note_receiving (BounceStore *self, const char *study_uid, GError **error)
{
  if (is_noted (self, study_uid))
    return TRUE;
  if (!bounce_store_write_sync (self, write_noted, (gpointer) study_uid, error))
    return FALSE;
  g_mutex_lock (&self->receiving_mutex);
  g_hash_table_add (self->receiving, g_strdup (study_uid));
  g_mutex_unlock (&self->receiving_mutex);
  return TRUE;
}

/* Its row goes or has gone: the next new file notes it again.
 * Thread: holding the study exclusively. */
void
bounce_store_forget_receiving (BounceStore *self, const char *study_uid)
{
  g_mutex_lock (&self->receiving_mutex);
  g_hash_table_remove (self->receiving, study_uid);
  g_mutex_unlock (&self->receiving_mutex);
}

/* A BounceWriteFunc: every file of the study has its row. Shape: data is a study UID. */
gboolean
bounce_store_write_settled (BounceStore *self, BounceDatabase *db, gpointer data, GError **error)
{
  return bounce_database_run (db, error, settle_sql, "t", data);
}

/* Waits until nothing of the study is under way and takes its note away. One that cannot be taken
 * away costs a look at the next start. Thread: files, recovery. */
void
bounce_store_settle (BounceStore *self, const char *study_uid)
{
  g_autoptr (GError) error = NULL;

  bounce_study_locks_lock_study (self->locks, study_uid);
  bounce_store_forget_receiving (self, study_uid);
  if (!bounce_store_write_sync (self, bounce_store_write_settled, (gpointer) study_uid, &error))
    bounce_log (BOUNCE_LOG_WARNING, "Study %s stays noted: %s", study_uid, error->message);
  bounce_study_locks_unlock_study (self->locks, study_uid);
}

static void
settle_job (BounceStore *self, gpointer data)
{
  if (is_noted (self, data))
    bounce_store_settle (self, data);
}

/* Thread: any. */
void
bounce_store_settle_later (BounceStore *self, const char *study_uid)
{
  bounce_store_run_files_job (self, settle_job, g_strdup (study_uid), g_free);
}

static gboolean
write_closed (BounceStore *self, BounceDatabase *db, gpointer data, GError **error)
{
  return (!self->is_looked_through || bounce_database_run (db, error, settle_all_sql, ""))
         && bounce_database_run (db, error, closed_sql, "");
}

/* When nobody accepts any more: no file lacks its row, unless some are still to be looked through.
 * Does nothing the second time. Thread: the one that stops the others, before it stops the writer.
 */
void
bounce_store_end_in_order (BounceStore *self)
{
  if (self->writer && self->writer_db)
    bounce_store_write_later (self, write_closed, NULL, NULL);
}

/* The studies noted when the last process ended.
 * Thread: main, before any other runs. Errors: as bounce_database_run().
 * Returns: (transfer full) (element-type utf8) */
GPtrArray *
bounce_store_list_receiving (BounceStore *self, GError **error)
{
  g_autoptr (GPtrArray) studies = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (GError) step_error = NULL;
  sqlite3_stmt *row = bounce_database_query (self->writer_db, error, list_sql, "");

  if (!row)
    return NULL;
  while (bounce_database_next (self->writer_db, row, &step_error))
    g_ptr_array_add (studies, bounce_database_dup_text (row, 0));
  if (!step_error)
    return g_steal_pointer (&studies);
  g_propagate_error (error, g_steal_pointer (&step_error));
  return NULL;
}
