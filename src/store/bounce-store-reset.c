/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* Reset: every study goes, with the files that Bounce wrote and only those; receipts and the audit
 * trail stay. Study by study, each under its own lock, so that an instance accepted meanwhile
 * either goes whole or stays whole. */

#include "config.h"

#include "bounce-store-private.h"

#include "bounce-uid.h"
#include "bounce-wording.h"

#include <string.h>

static const char studies_sql[] = "SELECT study_uid FROM studies";

static gboolean
add_known_studies (BounceDatabase *db, GHashTable *studies, GError **error)
{
  g_autoptr (GError) step_error = NULL;
  sqlite3_stmt *row = bounce_database_query (db, error, studies_sql, "");

  if (!row)
    return FALSE;
  while (bounce_database_next (db, row, &step_error))
    g_hash_table_add (studies, bounce_database_dup_text (row, 0));
  if (!step_error)
    return TRUE;
  g_propagate_error (error, g_steal_pointer (&step_error));
  return FALSE;
}

/* What no row speaks of any more, but has a name of ours in a marked tree. */
static gboolean
add_studies_of_tree (BounceStore *self, GHashTable *studies, GError **error)
{
  g_autoptr (GPtrArray) names = bounce_tree_read_folder (self->base_dir, error);

  for (guint i = 0; names && i < names->len; i++)
    {
      const char *name = g_ptr_array_index (names, i);
      g_autofree char *study_uid = g_strdup (name);

      if (g_str_has_suffix (name, ".json"))
        study_uid[strlen (name) - strlen (".json")] = '\0';
      else if (g_str_has_suffix (name, ".zip"))
        study_uid[strlen (name) - strlen (".zip")] = '\0';
      if (bounce_uid_is_valid (study_uid))
        g_hash_table_add (studies, g_steal_pointer (&study_uid));
    }
  return names != NULL;
}

static gboolean
write_reset_done (BounceStore *self, BounceDatabase *db, gpointer data, GError **error)
{
  return bounce_database_run (db, error, "DELETE FROM events", "")
         && bounce_database_run (db, error, "DELETE FROM associations WHERE ended_at > 0", "")
         && bounce_database_run (db, error, "DELETE FROM intents WHERE kind = 'reset'", "")
         && bounce_store_insert_audit (self, db, "reset", NULL, NULL, error)
         && bounce_store_insert_event (self, db, BOUNCE_EVENT_RESET, NULL, NULL, error);
}

static gboolean
reset_study (BounceStore *self, const char *study_uid, BounceWriteNow write_now, GError **error)
{
  gboolean is_gone;

  bounce_study_locks_lock_study (self->locks, study_uid);
  bounce_store_forget_receiving (self, study_uid);
  is_gone = bounce_tree_remove_study (self->tree, study_uid, error)
            && write_now (self, bounce_store_write_study_gone, (gpointer) study_uid, error);
  bounce_study_locks_unlock_study (self->locks, study_uid);
  return is_gone;
}

/* The intent being committed: does it all. Shape: write_now commits one function. */
gboolean
bounce_store_run_reset (BounceStore *self,
                        BounceDatabase *db,
                        BounceWriteNow write_now,
                        GError **error)
{
  g_autoptr (GHashTable) studies = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  GHashTableIter iter;
  gpointer study_uid;

  if (!add_known_studies (db, studies, error) || !add_studies_of_tree (self, studies, error))
    return FALSE;
  g_hash_table_iter_init (&iter, studies);
  while (g_hash_table_iter_next (&iter, &study_uid, NULL))
    if (!reset_study (self, study_uid, write_now, error))
      return FALSE;
  return write_now (self, write_reset_done, NULL, error);
}

static gboolean
write_reset_intent (BounceStore *self, BounceDatabase *db, gpointer data, GError **error)
{
  return bounce_store_check_not_running (db, 0, error)
         && bounce_store_insert_intent (self, db, BOUNCE_INTENT_RESET, NULL, error);
}

static gboolean
write_now_sync (BounceStore *self, BounceWriteFunc func, gpointer data, GError **error)
{
  return bounce_store_write_sync (self, func, data, error);
}

static void
reset_worker (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  BounceStore *self = source;
  g_autoptr (GError) error = NULL;

  if (bounce_store_run_reset (self, self->files_db, write_now_sync, &error))
    {
      g_task_return_boolean (task, TRUE);
      return;
    }
  bounce_store_give_up_removal (self, NULL);
  g_task_return_error (task, g_steal_pointer (&error));
}

static void
reset_begun_cb (GTask *task, gpointer data)
{
  bounce_store_run_files_task (g_task_get_source_object (task), task, reset_worker);
}

/**
 * bounce_store_reset_async:
 * @self: the store
 * @cancellable: (nullable): effective until it is begun
 * @callback: called on the caller's context when all is gone
 * @user_data: for @callback
 *
 * What is accepted while it runs may stay. When it fails half-way, what is left stays.
 */
void
bounce_store_reset_async (BounceStore *self,
                          GCancellable *cancellable,
                          GAsyncReadyCallback callback,
                          gpointer user_data)
{
  g_autoptr (GTask) task = g_task_new (self, cancellable, callback, user_data);

  g_task_set_source_tag (task, bounce_store_reset_async);
  g_task_set_check_cancellable (task, FALSE);
  if (!g_task_return_error_if_cancelled (task))
    bounce_store_write_task (self, task, write_reset_intent, reset_begun_cb);
}

/**
 * bounce_store_reset_finish:
 *
 * Errors: BUSY (a transfer runs), CANCELLED, IO, NO_SPACE, NOT_MOUNTED, DATABASE.
 */
gboolean
bounce_store_reset_finish (BounceStore *self, GAsyncResult *result, GError **error)
{
  return g_task_propagate_boolean (G_TASK (result), error);
}
