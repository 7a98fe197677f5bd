/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* An import: a thread with a queue of what was named, the counts, and the list of what was refused.
 *
 * Life: new, any number of additions, end. Each addition is answered once everything in it was
 * looked at, so that whoever has much to add can add it piece by piece. Ending lets the thread
 * finish, joins it and only then gives the summary: nothing of an import outlives its end.
 * The thread runs at a lower priority than those of associations and is one at a time, so that
 * an import takes no more of the disk than one modality.
 *
 * Threads: main, and the worker's; what both touch is behind the lock. */

#include "config.h"

#include "bounce-import-private.h"

#include "bounce-log.h"
#include "bounce-progress.h"
#include "bounce-wording.h"
#include "bounce-worker.h"

#include <fcntl.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#define NICE_LEVEL 5
/* Longer names are cut: they are only shown. */
#define MAX_NAME_BYTES 1024

struct _BounceImport
{
  GObject parent_instance;

  BounceWorker *worker;     /* (owned) */
  BounceProgress *progress; /* (owned) */
  BounceImportRun run;      /* (the worker's thread only) */
  gboolean is_ended;        /* (main thread only) */

  GMutex lock;
  BounceImportCounts counts; /* (lock lock) */
  GPtrArray *refusals;       /* (owned) (element-type BounceImportRefusal) (lock lock) */
};

G_DEFINE_FINAL_TYPE (BounceImport, bounce_import, G_TYPE_OBJECT)

static guint progress_signal;

static void
free_refusal (gpointer data)
{
  BounceImportRefusal *refusal = data;

  g_free (refusal->name);
  g_free (refusal);
}

/**
 * bounce_import_summary_free:
 * @self: (transfer full): a summary
 */
void
bounce_import_summary_free (BounceImportSummary *self)
{
  g_ptr_array_unref (self->refusals);
  g_free (self);
}

static void
free_item (gpointer data)
{
  BounceImportItem *item = data;

  if (item->fd >= 0)
    close (item->fd);
  g_free (item->path);
  g_free (item->name);
  g_free (item);
}

/* UTF-8 stays UTF-8. */
static char *
cut_name (const char *name)
{
  g_autofree char *start = g_strndup (name, MAX_NAME_BYTES);

  return g_utf8_make_valid (start, -1);
}

static BounceImportRefusal *
new_refusal (const char *name, const char *reason)
{
  BounceImportRefusal *refusal = g_new0 (BounceImportRefusal, 1);

  refusal->name = cut_name (name);
  refusal->reason = reason;
  return refusal;
}

/**
 * bounce_import_summary_refuse:
 * @reason: a `BOUNCE_REASON_…`
 *
 * Adds what was refused before the import saw it.
 */
void
bounce_import_summary_refuse (BounceImportSummary *self, const char *name, const char *reason)
{
  self->counts.n_refused++;
  g_ptr_array_add (self->refusals, new_refusal (name, reason));
}

/* The newest counts are told soon; they are read when they are. Call with the lock held. */
static void
tell_progress (BounceImport *self)
{
  bounce_progress_set (self->progress, self->counts.bytes, 0);
}

/**
 * bounce_import_count_read: (skip)
 *
 * Units: bytes
 */
void
bounce_import_count_read (BounceImport *self, gsize bytes)
{
  g_mutex_lock (&self->lock);
  self->counts.bytes += bytes;
  tell_progress (self);
  g_mutex_unlock (&self->lock);
}

/**
 * bounce_import_count_taken: (skip)
 *
 * One image more.
 */
void
bounce_import_count_taken (BounceImport *self, BounceAcceptance acceptance)
{
  g_mutex_lock (&self->lock);
  self->counts.n_accepted += acceptance == BOUNCE_ACCEPTED_NEW;
  self->counts.n_same += acceptance == BOUNCE_ACCEPTED_SAME;
  self->counts.n_replaced += acceptance == BOUNCE_ACCEPTED_REPLACED;
  tell_progress (self);
  g_mutex_unlock (&self->lock);
}

/**
 * bounce_import_count_skipped: (skip)
 *
 * One file more that nobody expects to be an image.
 */
void
bounce_import_count_skipped (BounceImport *self)
{
  g_mutex_lock (&self->lock);
  self->counts.n_skipped++;
  tell_progress (self);
  g_mutex_unlock (&self->lock);
}

/**
 * bounce_import_refuse: (skip)
 * @reason: a `BOUNCE_REASON_…`
 *
 * One file or folder more that was not taken.
 */
void
bounce_import_refuse (BounceImport *self, const char *name, const char *reason)
{
  g_mutex_lock (&self->lock);
  if (self->counts.n_refused++ < BOUNCE_IMPORT_MAX_REFUSALS)
    g_ptr_array_add (self->refusals, new_refusal (name, reason));
  tell_progress (self);
  g_mutex_unlock (&self->lock);
}

/* An import is an association for the database: where its images came from is told as for others.
 */
static void
begin_run (BounceImportRun *run)
{
  g_autoptr (GError) error = NULL;
  struct stat status;

  if (run->writer != NULL)
    return;
  (void) setpriority (PRIO_PROCESS, 0, NICE_LEVEL); /* of this thread: Linux takes it so */
  run->writer = bounce_instance_writer_new ();
  run->announcer = bounce_study_announcer_new ();
  run->buffer = g_malloc (BOUNCE_IMPORT_BUFFER_BYTES);
  if (stat (bounce_store_get_base_dir (run->store), &status) == 0)
    {
      run->storage_device = status.st_dev;
      run->storage_inode = status.st_ino;
    }
  if (!bounce_store_begin_association_sync (run->store, "import", "IMPORT", "IMPORT",
                                            &run->association_id, &error))
    bounce_log (BOUNCE_LOG_ERROR, "The import was not recorded: %s", error->message);
}

static void
run_worker (GPtrArray *tasks, gpointer user_data)
{
  BounceImportRun *run = user_data;

  begin_run (run);
  for (guint i = 0; i < tasks->len; i++)
    {
      GTask *task = g_ptr_array_index (tasks, i);
      GPtrArray *items = g_task_get_task_data (task);

      for (guint k = 0; k < items->len; k++)
        bounce_import_run_item (run, g_ptr_array_index (items, k));
      g_task_return_boolean (task, TRUE);
    }
}

static void
progressed_cb (guint64 done_bytes, guint64 total_bytes, gpointer user_data)
{
  g_signal_emit (user_data, progress_signal, 0);
}

static void
bounce_import_finalize (GObject *object)
{
  BounceImport *self = BOUNCE_IMPORT (object);

  g_assert (self->is_ended);
  g_clear_object (&self->worker);
  g_clear_object (&self->progress);
  g_clear_pointer (&self->run.writer, bounce_instance_writer_free);
  g_clear_pointer (&self->run.announcer, bounce_study_announcer_free);
  g_free (self->run.buffer);
  g_object_unref (self->run.cancellable);
  g_object_unref (self->run.store);
  g_clear_pointer (&self->refusals, g_ptr_array_unref);
  g_mutex_clear (&self->lock);
  G_OBJECT_CLASS (bounce_import_parent_class)->finalize (object);
}

static void
bounce_import_class_init (BounceImportClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = bounce_import_finalize;
  /**
   * BounceImport::progress:
   *
   * The counts are others; also once at the end.
   */
  progress_signal = g_signal_new ("progress", BOUNCE_TYPE_IMPORT, G_SIGNAL_RUN_LAST, 0, NULL, NULL,
                                  NULL, G_TYPE_NONE, 0);
}

static void
bounce_import_init (BounceImport *self)
{
  g_mutex_init (&self->lock);
  self->refusals = g_ptr_array_new_with_free_func (free_refusal);
  self->run.import = self;
  self->run.cancellable = g_cancellable_new ();
  self->progress = bounce_progress_new (progressed_cb, self, NULL);
  self->worker = bounce_worker_new ("import", run_worker, &self->run, g_object_unref);
}

/**
 * bounce_import_new:
 * @store: takes the images
 *
 * Thread: main
 * Returns: (transfer full): an import to add to and to end
 */
BounceImport *
bounce_import_new (BounceStore *store)
{
  BounceImport *self;

  g_return_val_if_fail (BOUNCE_IS_STORE (store), NULL);

  self = g_object_new (BOUNCE_TYPE_IMPORT, NULL);
  self->run.store = g_object_ref (store);
  return self;
}

static void
push_items (BounceImport *self,
            GPtrArray *items,
            gpointer source_tag,
            GAsyncReadyCallback callback,
            gpointer user_data)
{
  GTask *task = g_task_new (self, NULL, callback, user_data);

  g_task_set_source_tag (task, source_tag);
  g_task_set_task_data (task, items, (GDestroyNotify) g_ptr_array_unref);
  if (bounce_worker_push (self->worker, task))
    return;
  g_task_return_new_error (task, G_IO_ERROR, G_IO_ERROR_CLOSED, "The import has ended");
  g_object_unref (task);
}

/**
 * bounce_import_add_fds_async:
 * @fds: (array length=n): regular files and folders; duplicated
 * @names: (array zero-terminated=1): one for each, UTF-8, for the summary
 *
 * The callback comes when all of them were looked at, or left alone because the import was
 * cancelled or could not go on.
 *
 * Thread: main
 */
void
bounce_import_add_fds_async (BounceImport *self,
                             const int *fds,
                             const char *const *names,
                             GAsyncReadyCallback callback,
                             gpointer user_data)
{
  GPtrArray *items;

  g_return_if_fail (BOUNCE_IS_IMPORT (self));
  g_return_if_fail (names != NULL);

  items = g_ptr_array_new_with_free_func (free_item);
  for (guint i = 0; names[i] != NULL; i++)
    {
      BounceImportItem *item = g_new0 (BounceImportItem, 1);

      item->fd = fcntl (fds[i], F_DUPFD_CLOEXEC, 3);
      item->name = cut_name (names[i]);
      g_ptr_array_add (items, item);
    }
  push_items (self, items, bounce_import_add_fds_async, callback, user_data);
}

/**
 * bounce_import_add_medium_async:
 * @folder: a folder with a DICOMDIR; duplicated
 * @name: of the DICOMDIR, UTF-8, for the summary
 *
 * As bounce_import_add_fds_async() for what the DICOMDIR lists.
 *
 * Thread: main
 */
void
bounce_import_add_medium_async (BounceImport *self,
                                int folder,
                                const char *name,
                                GAsyncReadyCallback callback,
                                gpointer user_data)
{
  GPtrArray *items;
  BounceImportItem *item = g_new0 (BounceImportItem, 1);

  g_return_if_fail (BOUNCE_IS_IMPORT (self));
  g_return_if_fail (name != NULL);

  items = g_ptr_array_new_with_free_func (free_item);
  item->fd = fcntl (folder, F_DUPFD_CLOEXEC, 3);
  item->name = cut_name (name);
  item->is_medium = TRUE;
  g_ptr_array_add (items, item);
  push_items (self, items, bounce_import_add_medium_async, callback, user_data);
}

static BounceImportItem *
new_path_item (const char *path)
{
  BounceImportItem *item = g_new0 (BounceImportItem, 1);

  item->fd = -1;
  item->name = g_filename_display_basename (path);
  item->path = g_strdup (path);
  return item;
}

/**
 * bounce_import_add_paths_async:
 * @paths: (array zero-terminated=1): files and folders; opened on the import's thread
 *
 * As bounce_import_add_fds_async() for what this process may open. A path that is a symbolic link
 * was named and is followed. A DICOMDIR stands for what it lists.
 *
 * Thread: main
 */
void
bounce_import_add_paths_async (BounceImport *self,
                               const char *const *paths,
                               GAsyncReadyCallback callback,
                               gpointer user_data)
{
  GPtrArray *items;

  g_return_if_fail (BOUNCE_IS_IMPORT (self));
  g_return_if_fail (paths != NULL);

  items = g_ptr_array_new_with_free_func (free_item);
  for (; *paths != NULL; paths++)
    g_ptr_array_add (items, new_path_item (*paths));
  push_items (self, items, bounce_import_add_paths_async, callback, user_data);
}

/**
 * bounce_import_add_finish:
 *
 * Thread: main
 * Errors: %G_IO_ERROR_CLOSED when the import had been ended
 */
gboolean
bounce_import_add_finish (BounceImport *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), FALSE);

  return g_task_propagate_boolean (G_TASK (result), error);
}

/**
 * bounce_import_cancel:
 *
 * Takes nothing more, also not the file in progress. What was taken stays.
 *
 * Thread: any
 */
void
bounce_import_cancel (BounceImport *self)
{
  g_return_if_fail (BOUNCE_IS_IMPORT (self));

  g_cancellable_cancel (self->run.cancellable);
}

/**
 * bounce_import_get_counts:
 * @counts: (out caller-allocates): up to now
 *
 * Thread: any
 */
void
bounce_import_get_counts (BounceImport *self, BounceImportCounts *counts)
{
  g_return_if_fail (BOUNCE_IS_IMPORT (self));

  g_mutex_lock (&self->lock);
  *counts = self->counts;
  g_mutex_unlock (&self->lock);
}

/**
 * bounce_import_is_ended:
 *
 * Returns: whether nothing can be added any more.
 */
gboolean
bounce_import_is_ended (BounceImport *self)
{
  g_return_val_if_fail (BOUNCE_IS_IMPORT (self), TRUE);

  return self->is_ended;
}

/* Nobody is told of an import in which nothing was seen. */
static void
record_end (BounceImport *self)
{
  const BounceImportCounts *counts = &self->counts;
  g_autofree char *taken = g_strdup_printf ("%u", counts->n_accepted + counts->n_replaced);
  g_autofree char *same = g_strdup_printf ("%u", counts->n_same);
  g_autofree char *refused = g_strdup_printf ("%u", counts->n_refused);
  GVariantBuilder args;

  bounce_store_end_association (self->run.store, self->run.association_id,
                                self->run.end_reason == NULL ? "released" : "aborted");
  bounce_log (BOUNCE_LOG_INFO, "Import ended: %u new, %u the same, %u replaced, %u refused%s%s",
              counts->n_accepted, counts->n_same, counts->n_replaced, counts->n_refused,
              self->run.end_reason != NULL ? "; before its end: " : "",
              self->run.end_reason != NULL ? self->run.end_reason : "");
  g_variant_builder_init (&args, G_VARIANT_TYPE ("a{ss}"));
  g_variant_builder_add (&args, "{ss}", "instances", taken);
  g_variant_builder_add (&args, "{ss}", "same", same);
  g_variant_builder_add (&args, "{ss}", "refused", refused);
  bounce_store_add_event (self->run.store, BOUNCE_EVENT_IMPORTED, NULL,
                          g_variant_builder_end (&args));
}

/* The thread is gone: everything is this one's now. */
static void
worker_ended_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  BounceImport *self = g_task_get_source_object (task);
  BounceImportSummary *summary = g_new0 (BounceImportSummary, 1);

  bounce_worker_shutdown_finish (BOUNCE_WORKER (source), result, NULL);
  bounce_progress_finish (self->progress);
  if (self->run.association_id != 0)
    record_end (self);
  summary->counts = self->counts;
  summary->end_reason = self->run.end_reason;
  summary->refusals = g_steal_pointer (&self->refusals);
  g_task_return_pointer (task, summary, (GDestroyNotify) bounce_import_summary_free);
}

/**
 * bounce_import_end_async:
 *
 * Once, after the last addition: the callback comes when all was looked at.
 *
 * Thread: main
 */
void
bounce_import_end_async (BounceImport *self, GAsyncReadyCallback callback, gpointer user_data)
{
  GTask *task;

  g_return_if_fail (BOUNCE_IS_IMPORT (self));
  g_return_if_fail (!self->is_ended);

  self->is_ended = TRUE;
  task = g_task_new (self, NULL, callback, user_data);
  g_task_set_source_tag (task, bounce_import_end_async);
  bounce_worker_shutdown_async (self->worker, worker_ended_cb, task);
}

/**
 * bounce_import_end_finish:
 *
 * Thread: main
 * Returns: (transfer full): what was taken and what not
 */
BounceImportSummary *
bounce_import_end_finish (BounceImport *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), NULL);

  return g_task_propagate_pointer (G_TASK (result), error);
}
