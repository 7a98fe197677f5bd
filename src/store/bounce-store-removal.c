/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* Removing a study on a person's word. As all removing of files, in this
 * order: intent row → unlink → folder sync → final row, so that a crash anywhere is finished at the
 * next start (bounce-store-intents.c). The intent goes through the writer's queue at once, ahead of
 * any claim that comes later; the files go on the files thread, holding the study exclusively. */

#include "config.h"

#include "bounce-store-private.h"

#include "bounce-log.h"
#include "bounce-wording.h"

static const char running_sql[] = "SELECT COUNT (*) FROM transfers WHERE state = 0";
static const char insert_intent_sql[] =
    "INSERT INTO intents (kind, study_uid, created_at) VALUES (?1, ?2, ?3)";

static const char running_of_study_sql[] =
    "SELECT COUNT (*) FROM transfers t JOIN deliveries d ON d.id = t.delivery_id"
    " WHERE t.state = 0 AND d.study_id = ?1";

/* Errors: BUSY when a transfer runs, of the study or (0) of any. */
gboolean
bounce_store_check_not_running (BounceDatabase *db, gint64 study_id, GError **error)
{
  gint64 running = 0;

  if (!(study_id
            ? bounce_database_get_int (db, &running, error, running_of_study_sql, "i", study_id)
            : bounce_database_get_int (db, &running, error, running_sql, "")))
    return FALSE;
  if (running == 0)
    return TRUE;
  g_set_error_literal (error, BOUNCE_STORE_ERROR, BOUNCE_STORE_ERROR_BUSY,
                       "the study is being uploaded");
  return FALSE;
}

/* Shape: study_uid (nullable). Thread: the writer. */
gboolean
bounce_store_insert_intent (
    BounceStore *self, BounceDatabase *db, const char *kind, const char *study_uid, GError **error)
{
  return bounce_database_run (db, error, insert_intent_sql, "tti", kind, study_uid,
                              bounce_clock_get_wall_us (self->clock));
}

static gboolean
write_delete_intent (BounceStore *self, BounceDatabase *db, gpointer data, GError **error)
{
  gint64 study_id;

  return bounce_store_find_study (db, data, &study_id, error)
         && bounce_store_check_not_running (db, study_id, error)
         && bounce_store_insert_intent (self, db, BOUNCE_INTENT_DELETE, data, error);
}

static const char count_instances_sql[] = "SELECT instances FROM studies WHERE study_uid = ?1";
static const char delete_items_sql[] =
    "DELETE FROM transfer_items WHERE snapshot_id IN (SELECT t.snapshot_id FROM transfers t"
    " JOIN deliveries d ON d.id = t.delivery_id JOIN studies s ON s.id = d.study_id"
    " WHERE s.study_uid = ?1)";
static const char delete_study_sql[] = "DELETE FROM studies WHERE study_uid = ?1";
static const char delete_intents_sql[] = "DELETE FROM intents WHERE study_uid = ?1";

/* A BounceWriteFunc: the rows of a study without files go.
 * Shape: data is a study UID; no row is no failure. */
gboolean
bounce_store_write_study_gone (BounceStore *self, BounceDatabase *db, gpointer data, GError **error)
{
  const char *study_uid = data;

  bounce_notices_add_study (self->notices, study_uid);
  bounce_notices_add_queue (self->notices);
  return bounce_database_run (db, error, delete_items_sql, "t", study_uid)
         && bounce_database_run (db, error, delete_study_sql, "t", study_uid)
         && bounce_store_write_settled (self, db, data, error)
         && bounce_database_run (db, error, delete_intents_sql, "t", study_uid);
}

/* An event and the audit trail. Thread: the writer. */
gboolean
bounce_store_tell_removed (BounceStore *self,
                           BounceDatabase *db,
                           int code,
                           const char *study_uid,
                           gint64 instances,
                           GError **error)
{
  g_autofree char *text = g_strdup_printf ("%" G_GINT64_FORMAT, instances);
  GVariantBuilder args;

  g_variant_builder_init (&args, G_VARIANT_TYPE ("a{ss}"));
  g_variant_builder_add (&args, "{ss}", "study", study_uid);
  g_variant_builder_add (&args, "{ss}", "instances", text);
  return bounce_store_insert_event (self, db, code, study_uid, g_variant_builder_end (&args), error)
         && bounce_store_insert_audit (self, db,
                                       code == BOUNCE_EVENT_STUDY_DELETED ? "delete" : "remove",
                                       study_uid, text, error);
}

/* A BounceWriteFunc: as bounce_store_write_study_gone(), and somebody hears of it. */
gboolean
bounce_store_write_study_deleted (BounceStore *self,
                                  BounceDatabase *db,
                                  gpointer data,
                                  GError **error)
{
  gint64 instances = 0;

  return bounce_database_get_int (db, &instances, error, count_instances_sql, "t", data)
         && bounce_store_write_study_gone (self, db, data, error)
         && bounce_store_tell_removed (self, db, BOUNCE_EVENT_STUDY_DELETED, data, instances,
                                       error);
}

static const char not_deleted_sql[] =
    "DELETE FROM intents WHERE kind IN ('delete', 'reset') AND study_uid IS ?1";

static gboolean
write_nothing (BounceStore *self, BounceDatabase *db, gpointer data, GError **error)
{
  bounce_notices_add_queue (self->notices);
  return TRUE;
}

/* A removal that failed must not be taken up again by a later start, which would take images that
 * arrived in between. When the database cannot be told so, nothing is committed before it is.
 * Shape: study_uid (nullable): a reset. Thread: any but main and the writer. */
void
bounce_store_give_up_removal (BounceStore *self, const char *study_uid)
{
  g_autoptr (GError) error = NULL;

  g_mutex_lock (&self->given_up_mutex);
  g_hash_table_add (self->given_up, g_strdup (study_uid ? study_uid : ""));
  g_mutex_unlock (&self->given_up_mutex);
  if (!bounce_store_write_sync (self, write_nothing, NULL, &error))
    bounce_log (BOUNCE_LOG_WARNING, "That a deletion was given up is not kept yet: %s",
                error->message);
}

/* For one transaction, which ends with bounce_store_keep_given_up() when it fails.
 * Thread: the writer. Returns: (transfer full) (element-type utf8) */
GHashTable *
bounce_store_take_given_up (BounceStore *self)
{
  g_autoptr (GMutexLocker) locker G_GNUC_UNUSED = g_mutex_locker_new (&self->given_up_mutex);
  GHashTable *taken = self->given_up;

  self->given_up = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  return taken;
}

/* Thread: the writer, before the items of a transaction. Errors: as bounce_database_run(). */
gboolean
bounce_store_write_given_up (BounceDatabase *db, GHashTable *given_up, GError **error)
{
  GHashTableIter iter;
  gpointer key;

  g_hash_table_iter_init (&iter, given_up);
  while (g_hash_table_iter_next (&iter, &key, NULL))
    {
      const char *study_uid = key;

      if (!bounce_database_run (db, error, not_deleted_sql, "t", *study_uid ? study_uid : NULL))
        return FALSE;
    }
  return TRUE;
}

/* Thread: the writer. */
void
bounce_store_keep_given_up (BounceStore *self, GHashTable *given_up)
{
  g_autoptr (GMutexLocker) locker G_GNUC_UNUSED = g_mutex_locker_new (&self->given_up_mutex);
  GHashTableIter iter;
  gpointer study_uid;

  g_hash_table_iter_init (&iter, given_up);
  while (g_hash_table_iter_next (&iter, &study_uid, NULL))
    g_hash_table_add (self->given_up, g_strdup (study_uid));
}

static const char count_intents_sql[] =
    "SELECT COUNT (*) FROM intents WHERE kind = 'delete' AND study_uid = ?1";

/* A deletion that ended after this one was asked for took this one's intent with its own. What is
 * there now has arrived since, or was left by it: nobody has seen it and wanted it deleted.
 * Errors: IO when there is something, DATABASE. */
static gboolean
check_wanted (BounceStore *self, const char *study_uid, gboolean *is_wanted, GError **error)
{
  g_autoptr (GError) study_error = NULL;
  gint64 n_intents = 0, study_id;

  if (!bounce_database_get_int (self->files_db, &n_intents, error, count_intents_sql, "t",
                                study_uid))
    return FALSE;
  *is_wanted = n_intents > 0;
  if (*is_wanted)
    return TRUE;
  if (bounce_store_find_study (self->files_db, study_uid, &study_id, &study_error))
    g_set_error_literal (error, BOUNCE_STORE_ERROR, BOUNCE_STORE_ERROR_IO,
                         "another deletion of the study has just ended");
  else if (!g_error_matches (study_error, BOUNCE_STORE_ERROR, BOUNCE_STORE_ERROR_NOT_FOUND))
    g_propagate_error (error, g_steal_pointer (&study_error));
  else
    return TRUE;
  return FALSE;
}

static gboolean
delete_locked (BounceStore *self, char *study_uid, GError **error)
{
  gboolean is_wanted;

  if (!check_wanted (self, study_uid, &is_wanted, error))
    return FALSE;
  if (!is_wanted)
    return TRUE;
  bounce_store_forget_receiving (self, study_uid);
  return bounce_tree_remove_study (self->tree, study_uid, error)
         && bounce_store_write_sync (self, bounce_store_write_study_deleted, study_uid, error);
}

static void
delete_worker (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  BounceStore *self = source;
  g_autoptr (GError) error = NULL;

  bounce_study_locks_lock_study (self->locks, data);
  if (!delete_locked (self, data, &error))
    bounce_store_give_up_removal (self, data);
  bounce_study_locks_unlock_study (self->locks, data);
  if (error)
    g_task_return_error (task, g_steal_pointer (&error));
  else
    g_task_return_boolean (task, TRUE);
}

static void
delete_begun_cb (GTask *task, gpointer data)
{
  bounce_store_run_files_task (g_task_get_source_object (task), task, delete_worker);
}

/**
 * bounce_store_delete_study_async:
 * @self: the store
 * @study_uid: which study
 * @cancellable: (nullable): effective until it is begun
 * @callback: called on the caller's context when files and rows are gone
 * @user_data: for @callback
 *
 * Waits for instances of the study that are just being accepted; they go, too. When it fails
 * half-way, what is left stays a study.
 */
void
bounce_store_delete_study_async (BounceStore *self,
                                 const char *study_uid,
                                 GCancellable *cancellable,
                                 GAsyncReadyCallback callback,
                                 gpointer user_data)
{
  g_autoptr (GTask) task = g_task_new (self, cancellable, callback, user_data);

  g_task_set_source_tag (task, bounce_store_delete_study_async);
  g_task_set_check_cancellable (task, FALSE);
  g_task_set_task_data (task, g_strdup (study_uid), g_free);
  if (!g_task_return_error_if_cancelled (task))
    bounce_store_write_task (self, task, write_delete_intent, delete_begun_cb);
}

/**
 * bounce_store_delete_study_finish:
 *
 * Errors: NOT_FOUND, BUSY (a transfer of it runs), CANCELLED, IO, NO_SPACE, NOT_MOUNTED, DATABASE.
 */
gboolean
bounce_store_delete_study_finish (BounceStore *self, GAsyncResult *result, GError **error)
{
  return g_task_propagate_boolean (G_TASK (result), error);
}
