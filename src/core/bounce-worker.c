/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* One named thread with a queue.
 *
 * Whoever pushes never waits for the function, only for the queue's lock. The thread takes all
 * that is there at once. Shutting down closes the queue, lets the thread finish what is in it and
 * joins it; dropping the last reference does the same, blocking. */

#include "config.h"

#include "bounce-worker.h"

struct _BounceWorker
{
  GObject parent_instance;

  BounceWorkerFunc func;
  gpointer user_data;
  GDestroyNotify free_item; /* (nullable) */

  GMutex lock;
  GCond cond;
  GPtrArray *queue;    /* (owned) (lock lock) */
  gboolean is_closing; /* (lock lock) */

  GMutex join_lock;
  GThread *thread; /* (owned) (nullable) (lock join_lock) NULL once joined */
};

G_DEFINE_FINAL_TYPE (BounceWorker, bounce_worker, G_TYPE_OBJECT)

/* Waits for items. NULL: closing, and nothing is left. */
static GPtrArray *
take_items (BounceWorker *self)
{
  G_GNUC_UNUSED g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->lock);
  GPtrArray *items;

  while (self->queue->len == 0 && !self->is_closing)
    g_cond_wait (&self->cond, &self->lock);
  if (self->queue->len == 0)
    return NULL;
  items = self->queue;
  self->queue = g_ptr_array_new_with_free_func (self->free_item);
  return items;
}

static gpointer
run_worker (gpointer data)
{
  BounceWorker *self = data;
  GPtrArray *items;

  while ((items = take_items (self)) != NULL)
    {
      self->func (items, self->user_data);
      g_ptr_array_unref (items);
    }
  return NULL;
}

static void
close_queue (BounceWorker *self)
{
  g_mutex_lock (&self->lock);
  self->is_closing = TRUE;
  g_cond_signal (&self->cond);
  g_mutex_unlock (&self->lock);
}

/* From several threads at once: all return only after the thread has ended. */
static void
join_thread (BounceWorker *self)
{
  g_mutex_lock (&self->join_lock);
  g_clear_pointer (&self->thread, g_thread_join);
  g_mutex_unlock (&self->join_lock);
}

static void
bounce_worker_finalize (GObject *object)
{
  BounceWorker *self = BOUNCE_WORKER (object);

  close_queue (self);
  join_thread (self);
  g_ptr_array_unref (self->queue);
  g_mutex_clear (&self->join_lock);
  g_cond_clear (&self->cond);
  g_mutex_clear (&self->lock);
  G_OBJECT_CLASS (bounce_worker_parent_class)->finalize (object);
}

static void
bounce_worker_class_init (BounceWorkerClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = bounce_worker_finalize;
}

static void
bounce_worker_init (BounceWorker *self)
{
  g_mutex_init (&self->lock);
  g_cond_init (&self->cond);
  g_mutex_init (&self->join_lock);
}

/**
 * bounce_worker_new:
 * @name: of the thread, at most 15 characters are shown
 * @func: called on the thread with all that is queued, in order of pushing
 * @user_data: for @func; has to outlive the worker
 * @free_item: (nullable): frees an item after @func returned, unless @func stole it
 *
 * Starts a thread.
 *
 * Returns: (transfer full): the worker
 */
BounceWorker *
bounce_worker_new (const char *name,
                   BounceWorkerFunc func,
                   gpointer user_data,
                   GDestroyNotify free_item)
{
  BounceWorker *self;

  g_return_val_if_fail (name != NULL, NULL);
  g_return_val_if_fail (func != NULL, NULL);

  self = g_object_new (BOUNCE_TYPE_WORKER, NULL);
  self->func = func;
  self->user_data = user_data;
  self->free_item = free_item;
  self->queue = g_ptr_array_new_with_free_func (free_item);
  self->thread = g_thread_new (name, run_worker, self);
  return self;
}

/**
 * bounce_worker_push:
 * @self: the worker
 * @item: (transfer full): for the function; stays the caller's if %FALSE is returned
 *
 * Queues an item. The queue has no limit: whoever pushes waits for answers or is bounded
 * elsewhere.
 *
 * Thread: any.
 * Returns: %FALSE once the worker was shut down
 */
gboolean
bounce_worker_push (BounceWorker *self, gpointer item)
{
  g_autoptr (GMutexLocker) locker = NULL;

  g_return_val_if_fail (BOUNCE_IS_WORKER (self), FALSE);

  locker = g_mutex_locker_new (&self->lock);
  if (self->is_closing)
    return FALSE;
  g_ptr_array_add (self->queue, item);
  g_cond_signal (&self->cond);
  return TRUE;
}

static void
join_worker (GTask *task, gpointer source_object, gpointer task_data, GCancellable *cancellable)
{
  join_thread (source_object);
  g_task_return_boolean (task, TRUE);
}

/**
 * bounce_worker_shutdown_async:
 * @self: the worker
 * @callback: (scope async): called on the caller's context when the thread has ended
 * @user_data: for @callback
 *
 * Refuses further items, lets the function have what is queued, and ends the thread. There is no
 * cancellable: what was queued counts. May be called repeatedly.
 *
 * Thread: any but the worker's own.
 */
void
bounce_worker_shutdown_async (BounceWorker *self, GAsyncReadyCallback callback, gpointer user_data)
{
  g_autoptr (GTask) task = NULL;

  g_return_if_fail (BOUNCE_IS_WORKER (self));

  task = g_task_new (self, NULL, callback, user_data);
  g_task_set_source_tag (task, bounce_worker_shutdown_async);
  close_queue (self);
  g_task_run_in_thread (task, join_worker);
}

/**
 * bounce_worker_shutdown_finish:
 * @self: the worker
 * @result: what the callback got
 * @error: (out) (optional): where to put the error
 *
 * Returns: %TRUE: the thread has ended
 */
gboolean
bounce_worker_shutdown_finish (BounceWorker *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), FALSE);

  return g_task_propagate_boolean (G_TASK (result), error);
}

/**
 * bounce_worker_shutdown_sync:
 * @self: the worker
 *
 * As bounce_worker_shutdown_async(), waiting for the end.
 *
 * Thread: any but the worker's own; blocks.
 */
void
bounce_worker_shutdown_sync (BounceWorker *self)
{
  g_return_if_fail (BOUNCE_IS_WORKER (self));

  close_queue (self);
  join_thread (self);
}
