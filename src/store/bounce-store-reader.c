/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* The reader thread: lists, sorts and searches on a read-only connection, one call after another,
 * each in its own read transaction. */

#include "config.h"

#include "bounce-store-private.h"

typedef struct
{
  GTask *task; /* (owned) */
  BounceReadFunc func;
  GDestroyNotify free_result; /* (nullable) */
} Read;

static void
free_read (gpointer data)
{
  Read *read = data;

  g_object_unref (read->task);
  g_free (read);
}

static void
run_read (BounceStore *self, Read *read)
{
  g_autoptr (GError) error = NULL;
  gpointer result;

  if (g_task_return_error_if_cancelled (read->task))
    return;
  bounce_database_set_cancellable (self->reader_db, g_task_get_cancellable (read->task));
  result = read->func (self, self->reader_db, g_task_get_task_data (read->task), &error);
  bounce_database_set_cancellable (self->reader_db, NULL);
  if (error)
    g_task_return_error (read->task, g_steal_pointer (&error));
  else
    g_task_return_pointer (read->task, result, read->free_result);
}

static void
run_reads_cb (GPtrArray *items, gpointer user_data)
{
  for (guint i = 0; i < items->len; i++)
    {
      run_read (user_data, g_ptr_array_index (items, i));
      free_read (g_ptr_array_index (items, i));
    }
}

/* Starts the thread; reader_db is its from now on. */
void
bounce_store_start_reader (BounceStore *self)
{
  self->reader = bounce_worker_new ("store-reader", run_reads_cb, self, NULL);
}

/* Runs func with the task's data; its result is the task's. Thread: any. */
void
bounce_store_read_task (BounceStore *self,
                        GTask *task,
                        BounceReadFunc func,
                        GDestroyNotify free_result)
{
  Read *read = g_new0 (Read, 1);

  read->task = g_object_ref (task);
  read->func = func;
  read->free_result = free_result;
  if (bounce_worker_push (self->reader, read))
    return;
  g_task_return_new_error (task, BOUNCE_STORE_ERROR, BOUNCE_STORE_ERROR_DATABASE,
                           "the store is closed");
  free_read (read);
}
