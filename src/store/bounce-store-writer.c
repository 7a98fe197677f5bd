/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* The one thread that changes the database.
 *
 * Everything that is queued becomes one group: one transaction, synchronous=FULL, with a savepoint
 * for each item, so that a bad item fails alone; then whoever waits is answered. While the disk
 * works on one group the next one gathers, so that grouping grows with the load by itself.
 *
 * The writer waits for nobody: its functions take no lock and do no file work. */

#include "config.h"

#include "bounce-store-private.h"

#include "bounce-log.h"

struct _BounceWrite
{
  BounceWriteFunc func;
  gpointer data;
  GDestroyNotify free_data; /* (nullable) */
  GTask *task;              /* (owned) (nullable) answered by give */
  BounceWriteReturn give;   /* (nullable) TRUE is given */
  gboolean is_waited_for;   /* the three below belong to the waiting thread */
  gboolean is_done;         /* (lock mutex) */
  GMutex mutex;
  GCond done;
  GError *error;
};

static void
run_item (BounceStore *self, BounceWrite *write)
{
  if (write->error || !bounce_database_run (self->writer_db, &write->error, "SAVEPOINT item", ""))
    return;
  if (!write->func (self, self->writer_db, write->data, &write->error))
    {
      g_assert (write->error != NULL);
      bounce_database_run (self->writer_db, NULL, "ROLLBACK TO item", "");
    }
  bounce_database_run (self->writer_db, NULL, "RELEASE item", "");
}

static void
fail_group (GPtrArray *group, const GError *error)
{
  for (guint i = 0; i < group->len; i++)
    {
      BounceWrite *write = g_ptr_array_index (group, i);

      if (!write->error)
        write->error = g_error_copy (error);
    }
}

/* A full disk or a failing one may end the transaction under us; a savepoint would then begin one
 * of its own and commit behind our back, so the group stops there. */
static gboolean
run_items (BounceStore *self, GPtrArray *group, GError **error)
{
  for (guint i = 0; i < group->len; i++)
    {
      BounceWrite *write = g_ptr_array_index (group, i);

      run_item (self, write);
      if (bounce_database_is_in_transaction (self->writer_db))
        continue;
      if (write->error)
        g_propagate_error (error, g_error_copy (write->error));
      else
        g_set_error_literal (error, BOUNCE_STORE_ERROR, BOUNCE_STORE_ERROR_DATABASE,
                             "the transaction was rolled back");
      return FALSE;
    }
  return bounce_database_run (self->writer_db, error, "COMMIT", "");
}

static void
run_transaction (BounceStore *self, GPtrArray *group)
{
  g_autoptr (GHashTable) given_up = bounce_store_take_given_up (self);
  g_autoptr (GError) error = NULL;

  if (bounce_database_run (self->writer_db, &error, "BEGIN IMMEDIATE", "")
      && bounce_store_write_given_up (self->writer_db, given_up, &error)
      && run_items (self, group, &error))
    return;
  if (bounce_database_is_in_transaction (self->writer_db))
    bounce_database_run (self->writer_db, NULL, "ROLLBACK", "");
  bounce_store_keep_given_up (self, given_up);
  fail_group (group, error);
}

static void
free_write (BounceWrite *write)
{
  if (write->free_data)
    write->free_data (write->data);
  g_clear_object (&write->task);
  g_clear_error (&write->error);
  g_free (write);
}

static void
answer (BounceWrite *write)
{
  if (write->is_waited_for)
    {
      g_mutex_lock (&write->mutex);
      write->is_done = TRUE;
      g_cond_signal (&write->done);
      g_mutex_unlock (&write->mutex);
      return;
    }
  if (write->error && write->task)
    g_task_return_error (write->task, g_steal_pointer (&write->error));
  else if (write->error)
    bounce_log (BOUNCE_LOG_WARNING, "A background change was not kept: %s", write->error->message);
  else if (write->give)
    write->give (write->task, write->data);
  else if (write->task)
    g_task_return_boolean (write->task, TRUE);
  free_write (write);
}

static void
note_damage (BounceStore *self, GPtrArray *group)
{
  for (guint i = 0; i < group->len; i++)
    {
      BounceWrite *write = g_ptr_array_index (group, i);

      if (g_error_matches (write->error, BOUNCE_STORE_ERROR, BOUNCE_STORE_ERROR_CORRUPT))
        bounce_store_note_damage (self);
    }
}

static void
write_group_cb (GPtrArray *items, gpointer user_data)
{
  BounceStore *self = user_data;

  run_transaction (self, items);
  note_damage (self, items);
  bounce_notices_publish (self->notices);
  bounce_store_flush_metadata (self);
  for (guint i = 0; i < items->len; i++)
    answer (g_ptr_array_index (items, i));
}

/* Starts the thread; writer_db is its from now on. */
void
bounce_store_start_writer (BounceStore *self)
{
  self->writer = bounce_worker_new ("store-writer", write_group_cb, self, NULL);
}

static void
set_closed (GError **error)
{
  g_set_error_literal (error, BOUNCE_STORE_ERROR, BOUNCE_STORE_ERROR_DATABASE,
                       "the store is closed");
}

/* Runs func in the writer's next transaction and waits until it is committed.
 * Thread: any but main and the writer. Errors: those of func and of the commit. */
gboolean
bounce_store_write_sync (BounceStore *self, BounceWriteFunc func, gpointer data, GError **error)
{
  BounceWrite write = { .func = func, .data = data, .is_waited_for = TRUE };

  g_mutex_init (&write.mutex);
  g_cond_init (&write.done);
  if (bounce_worker_push (self->writer, &write))
    {
      g_mutex_lock (&write.mutex);
      while (!write.is_done)
        g_cond_wait (&write.done, &write.mutex);
      g_mutex_unlock (&write.mutex);
    }
  else
    set_closed (&write.error);
  g_mutex_clear (&write.mutex);
  g_cond_clear (&write.done);
  if (!write.error)
    return TRUE;
  g_propagate_error (error, write.error);
  return FALSE;
}

static void
push_write (BounceStore *self, BounceWrite *write)
{
  if (bounce_worker_push (self->writer, write))
    return;
  set_closed (&write->error);
  answer (write);
}

/* Runs func with the task's data and answers the task once it is committed; give (nullable) answers
 * in another way than TRUE. Thread: any. */
void
bounce_store_write_task (BounceStore *self,
                         GTask *task,
                         BounceWriteFunc func,
                         BounceWriteReturn give)
{
  BounceWrite *write = g_new0 (BounceWrite, 1);

  write->func = func;
  write->data = g_task_get_task_data (task);
  write->task = g_object_ref (task);
  write->give = give;
  push_write (self, write);
}

/* Runs func some time; nobody waits. Thread: any. */
void
bounce_store_write_later (BounceStore *self,
                          BounceWriteFunc func,
                          gpointer data,
                          GDestroyNotify free_data)
{
  BounceWrite *write = g_new0 (BounceWrite, 1);

  write->func = func;
  write->data = data;
  write->free_data = free_data;
  push_write (self, write);
}

/* Runs func in a transaction of its own before the writer is started. */
gboolean
bounce_store_write_at_start (BounceStore *self, BounceWriteFunc func, gpointer data, GError **error)
{
  if (!bounce_database_run (self->writer_db, error, "BEGIN IMMEDIATE", ""))
    return FALSE;
  if (func (self, self->writer_db, data, error)
      && bounce_database_run (self->writer_db, error, "COMMIT", ""))
    return TRUE;
  bounce_database_run (self->writer_db, NULL, "ROLLBACK", "");
  return FALSE;
}
