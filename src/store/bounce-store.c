/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* The store: the truth about studies, their files and their deliveries.
 *
 * Threads: association threads accept instances (bounce-store-accept.c) and wait for the writer;
 * the writer (bounce-store-writer.c) is the only one that changes the database and waits for
 * nobody; the reader (bounce-store-reader.c) answers lists; the files thread (bounce-store-files.c)
 * removes, publishes and writes side files, and may wait for study locks and the writer. Main waits
 * for none of them but in bounce_store_open().
 *
 * Stopping goes files, reader, writer, each drained and joined; then the databases are closed and
 * the locks of data_dir and base_dir are let go. */

#include "config.h"

#include "bounce-store-private.h"

#include "bounce-uid.h"

#include <unistd.h>

/* Seconds; of the setting retry_cap_seconds. */
#define DEFAULT_RETRY_CAP 3600

enum
{
  STUDIES_CHANGED,
  QUEUE_CHANGED,
  EVENTS_CHANGED,
  STUDY_QUEUED,
  N_SIGNALS,
};

static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE (BounceStore, bounce_store, G_TYPE_OBJECT)

static void
stop_threads (BounceStore *self)
{
  g_atomic_int_set (&self->is_closing, TRUE);
  bounce_store_stop_check (self);
  g_clear_pointer (&self->recovery, g_thread_join);
  if (self->files)
    bounce_worker_shutdown_sync (self->files);
  if (self->reader)
    bounce_worker_shutdown_sync (self->reader);
  bounce_store_end_in_order (self);
  if (self->writer)
    bounce_worker_shutdown_sync (self->writer);
  g_clear_pointer (&self->files_db, bounce_database_free);
  g_clear_pointer (&self->reader_db, bounce_database_free);
  g_clear_pointer (&self->lookup_db, bounce_database_free);
  g_clear_pointer (&self->page_db, bounce_database_free);
  g_clear_pointer (&self->writer_db, bounce_database_free);
  g_clear_pointer (&self->tree, bounce_tree_unref);
  if (self->lock_fd >= 0)
    close (self->lock_fd);
  self->lock_fd = -1;
}

static void
bounce_store_finalize (GObject *object)
{
  BounceStore *self = BOUNCE_STORE (object);

  stop_threads (self);
  g_clear_object (&self->files);
  g_clear_object (&self->reader);
  g_clear_object (&self->writer);
  g_clear_pointer (&self->notices, bounce_notices_free);
  g_clear_pointer (&self->locks, bounce_study_locks_free);
  g_clear_pointer (&self->association_totals, g_hash_table_unref);
  g_clear_pointer (&self->metadata_due, g_hash_table_unref);
  g_clear_pointer (&self->receiving, g_hash_table_unref);
  g_clear_pointer (&self->former_trees, g_hash_table_unref);
  g_clear_pointer (&self->context, g_main_context_unref);
  g_clear_object (&self->clock);
  g_free (self->data_dir);
  g_free (self->base_dir);
  g_mutex_clear (&self->lookup_mutex);
  g_clear_pointer (&self->given_up, g_hash_table_unref);
  g_mutex_clear (&self->receiving_mutex);
  g_mutex_clear (&self->given_up_mutex);
  g_mutex_clear (&self->space_mutex);
  G_OBJECT_CLASS (bounce_store_parent_class)->finalize (object);
}

static void
bounce_store_class_init (BounceStoreClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = bounce_store_finalize;

  /**
   * BounceStore::studies-changed:
   * @self: the store
   * @study_uids: (array zero-terminated=1): rows to read again
   *
   * A coalescing set: one signal for all changes since the last turn of the main loop.
   */
  signals[STUDIES_CHANGED] = g_signal_new ("studies-changed", BOUNCE_TYPE_STORE, G_SIGNAL_RUN_LAST,
                                           0, NULL, NULL, NULL, G_TYPE_NONE, 1, G_TYPE_STRV);
  /**
   * BounceStore::queue-changed:
   * @self: the store
   *
   * Something may be due now, or at another time than it was.
   */
  signals[QUEUE_CHANGED] = g_signal_new ("queue-changed", BOUNCE_TYPE_STORE, G_SIGNAL_RUN_LAST, 0,
                                         NULL, NULL, NULL, G_TYPE_NONE, 0);
  /**
   * BounceStore::events-changed:
   * @self: the store
   *
   * bounce_store_list_events_async() has more to tell.
   */
  signals[EVENTS_CHANGED] = g_signal_new ("events-changed", BOUNCE_TYPE_STORE, G_SIGNAL_RUN_LAST, 0,
                                          NULL, NULL, NULL, G_TYPE_NONE, 0);
  /**
   * BounceStore::study-queued:
   * @self: the store
   * @study_uid: whose quiet period was started or started again
   *
   * Once per study and turn of the main loop.
   */
  signals[STUDY_QUEUED] = g_signal_new ("study-queued", BOUNCE_TYPE_STORE, G_SIGNAL_RUN_LAST, 0,
                                        NULL, NULL, NULL, G_TYPE_NONE, 1, G_TYPE_STRING);
}

static void
bounce_store_init (BounceStore *self)
{
  self->lock_fd = -1;
  g_mutex_init (&self->lookup_mutex);
  g_mutex_init (&self->receiving_mutex);
  g_mutex_init (&self->given_up_mutex);
  self->given_up = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  g_mutex_init (&self->space_mutex);
  self->locks = bounce_study_locks_new ();
  self->association_totals = g_hash_table_new_full (g_int64_hash, g_int64_equal, g_free, g_free);
  self->metadata_due = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  self->receiving = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  self->former_trees = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
}

/* Thread: main, from the notices. */
void
bounce_store_emit_notices (
    BounceStore *self, GStrv studies, GStrv queued, gboolean queue, gboolean events)
{
  for (char **study_uid = queued; *study_uid; study_uid++)
    g_signal_emit (self, signals[STUDY_QUEUED], 0, *study_uid);
  if (*studies)
    g_signal_emit (self, signals[STUDIES_CHANGED], 0, studies);
  if (queue)
    g_signal_emit (self, signals[QUEUE_CHANGED], 0);
  if (events)
    g_signal_emit (self, signals[EVENTS_CHANGED], 0);
}

/* What does not work with a damaged database is tried once more with one made anew. */
static gboolean
open_all (BounceStore *self, gboolean *needs_recovery, GPtrArray **receiving, GError **error)
{
  return bounce_store_open_files (self, needs_recovery, error) && bounce_store_resume (self, error)
         && (*receiving = bounce_store_list_receiving (self, error)) != NULL;
}

static gboolean
open_sound (BounceStore *self, gboolean *needs_recovery, GPtrArray **receiving, GError **error)
{
  g_autoptr (GError) open_error = NULL;

  if (open_all (self, needs_recovery, receiving, &open_error))
    return TRUE;
  if (!g_error_matches (open_error, BOUNCE_STORE_ERROR, BOUNCE_STORE_ERROR_CORRUPT)
      || !bounce_store_write_damage_note (self->data_dir, NULL))
    {
      g_propagate_error (error, g_steal_pointer (&open_error));
      return FALSE;
    }
  stop_threads (self);
  self->is_closing = FALSE;
  return open_all (self, needs_recovery, receiving, error);
}

/**
 * bounce_store_open:
 * @options: what to open; copied
 * @error: return location
 *
 * Takes the locks of data_dir and base_dir, migrates the database, finishes what a crash left
 * half-done, interrupts the transfers that ran and starts the threads. A database that is lost or
 * damaged is rebuilt from the files in the background, and there the studies are looked through of
 * which instances were being accepted when the last process was killed.
 *
 * Thread: blocking; before the main loop runs. Signals go to the thread-default context.
 * Errors: LOCKED (naming who holds it), NOT_MOUNTED, INVALID (a base_dir that may not be one),
 * NO_SPACE, IO, DATABASE.
 *
 * Returns: (transfer full): the store, or NULL
 */
BounceStore *
bounce_store_open (const BounceStoreOptions *options, GError **error)
{
  g_autoptr (BounceStore) self = g_object_new (BOUNCE_TYPE_STORE, NULL);
  g_autoptr (GPtrArray) receiving = NULL;
  gboolean needs_recovery = FALSE;

  g_return_val_if_fail (options && options->data_dir && options->base_dir, NULL);
  self->context = g_main_context_ref_thread_default ();
  self->clock = options->clock ? g_object_ref (options->clock) : bounce_clock_new_system ();
  self->data_dir = g_strdup (options->data_dir);
  self->base_dir = g_strdup (options->base_dir);
  self->read_head = options->read_head;
  self->read_head_data = options->read_head_data;
  self->quiet_period_seconds = (int) options->quiet_period_seconds;
  bounce_store_set_retry_cap (self, options->retry_cap_seconds);
  self->notices = bounce_notices_new (self);
  if (!open_sound (self, &needs_recovery, &receiving, error))
    return NULL;
  bounce_store_start_writer (self);
  bounce_store_start_reader (self);
  bounce_store_start_files (self);
  bounce_store_flush_metadata (self);
  if (self->was_closed)
    bounce_store_start_check (self);
  self->is_looked_through = !needs_recovery && receiving->len == 0;
  if (!self->is_looked_through)
    bounce_store_start_recovery (self, needs_recovery ? NULL : g_steal_pointer (&receiving));
  return g_steal_pointer (&self);
}

static void
close_worker (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  stop_threads (source);
  g_task_return_boolean (task, TRUE);
}

/**
 * bounce_store_close_async:
 * @self: the store
 * @callback: called when everything queued is committed and the locks are let go
 * @user_data: for @callback
 *
 * The store answers no call afterwards.
 */
void
bounce_store_close_async (BounceStore *self, GAsyncReadyCallback callback, gpointer user_data)
{
  g_autoptr (GTask) task = g_task_new (self, NULL, callback, user_data);

  g_task_set_source_tag (task, bounce_store_close_async);
  g_clear_pointer (&self->page_db, bounce_database_free); /* main's: not for the closing thread */
  g_task_run_in_thread (task, close_worker);
}

/**
 * bounce_store_close_finish:
 *
 * Returns: TRUE
 */
gboolean
bounce_store_close_finish (BounceStore *self, GAsyncResult *result, GError **error)
{
  return g_task_propagate_boolean (G_TASK (result), error);
}

/**
 * bounce_store_set_quiet_period:
 * @self: the store
 * @seconds: from the last instance of a study until it is due
 *
 * For instances from now on. Thread: any.
 */
void
bounce_store_set_quiet_period (BounceStore *self, guint seconds)
{
  g_atomic_int_set (&self->quiet_period_seconds, (int) seconds);
}

/* Units: microseconds. */
gint64
bounce_store_get_quiet_period_us (BounceStore *self)
{
  return g_atomic_int_get (&self->quiet_period_seconds) * (gint64) BOUNCE_SECOND_US;
}

/**
 * bounce_store_set_retry_cap:
 * @self: the store
 * @seconds: the longest back-off of the settings; 0: an hour
 *
 * A retry that lies further ahead at start or after a jump of the clock is brought near. Thread:
 * any.
 */
void
bounce_store_set_retry_cap (BounceStore *self, guint seconds)
{
  g_atomic_int_set (&self->retry_cap_seconds, (int) (seconds ? seconds : DEFAULT_RETRY_CAP));
}

/* Units: microseconds. */
gint64
bounce_store_get_retry_cap_us (BounceStore *self)
{
  return g_atomic_int_get (&self->retry_cap_seconds) * (gint64) BOUNCE_SECOND_US;
}

/**
 * bounce_store_get_base_dir:
 *
 * Returns: the folder of the study files: that of the options, unless another one still has some
 */
const char *
bounce_store_get_base_dir (BounceStore *self)
{
  return self->base_dir;
}

/* Errors: INVALID for what may not become a path. The UID itself may be hostile: not repeated. */
gboolean
bounce_store_check_uid (const char *uid, GError **error)
{
  if (uid && bounce_uid_is_valid (uid))
    return TRUE;
  g_set_error_literal (error, BOUNCE_STORE_ERROR, BOUNCE_STORE_ERROR_INVALID,
                       "a UID holds more than digits and single dots or is longer than 64");
  return FALSE;
}

/* Returns: (transfer full) data_dir/bounce.db */
char *
bounce_store_get_database_path (const char *data_dir)
{
  return g_build_filename (data_dir, "bounce.db", NULL);
}
