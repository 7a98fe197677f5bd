/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* The worker: order, grouping, draining, refusing. */

#include "config.h"

#include "bounce-worker.h"

typedef struct
{
  GMutex lock;
  GCond cond;
  gboolean is_open; /* the gate */
  gboolean is_in;   /* the function waits at the gate */
  GArray *seen;
  guint batches;
  guint largest_batch;
  GThread *thread;
} Log;

static void
log_init (Log *log, gboolean is_open)
{
  *log = (Log){ .is_open = is_open, .seen = g_array_new (FALSE, FALSE, sizeof (int)) };
  g_mutex_init (&log->lock);
  g_cond_init (&log->cond);
}

static void
log_clear (Log *log)
{
  g_array_unref (log->seen);
  g_cond_clear (&log->cond);
  g_mutex_clear (&log->lock);
}

static void
take_items (GPtrArray *items, gpointer user_data)
{
  Log *log = user_data;

  g_mutex_lock (&log->lock);
  log->is_in = TRUE;
  g_cond_broadcast (&log->cond);
  while (!log->is_open)
    g_cond_wait (&log->cond, &log->lock);
  log->thread = g_thread_self ();
  log->batches++;
  log->largest_batch = MAX (log->largest_batch, items->len);
  for (guint i = 0; i < items->len; i++)
    g_array_append_val (log->seen, *(int *) g_ptr_array_index (items, i));
  g_mutex_unlock (&log->lock);
}

static void
push_number (BounceWorker *worker, int number)
{
  int *item = g_new (int, 1);

  *item = number;
  g_assert_true (bounce_worker_push (worker, item));
}

static void
wait_until_in (Log *log)
{
  g_mutex_lock (&log->lock);
  while (!log->is_in)
    g_cond_wait (&log->cond, &log->lock);
  g_mutex_unlock (&log->lock);
}

static void
open_gate (Log *log)
{
  g_mutex_lock (&log->lock);
  log->is_open = TRUE;
  g_cond_broadcast (&log->cond);
  g_mutex_unlock (&log->lock);
}

/* What is pushed while the function is busy comes together. */
static void
test_groups (void)
{
  g_autoptr (BounceWorker) worker = NULL;
  Log log;

  log_init (&log, FALSE);
  worker = bounce_worker_new ("test", take_items, &log, g_free);
  push_number (worker, 0);
  wait_until_in (&log);
  for (int i = 1; i <= 100; i++)
    push_number (worker, i);
  open_gate (&log);
  bounce_worker_shutdown_sync (worker);

  g_assert_cmpuint (log.batches, ==, 2);
  g_assert_cmpuint (log.largest_batch, ==, 100);
  g_assert_cmpuint (log.seen->len, ==, 101);
  for (int i = 0; i <= 100; i++)
    g_assert_cmpint (g_array_index (log.seen, int, i), ==, i);
  g_assert_true (log.thread != g_thread_self ());
  log_clear (&log);
}

static void
test_refuses_after_shutdown (void)
{
  g_autoptr (BounceWorker) worker = NULL;
  int item = 0;
  Log log;

  log_init (&log, TRUE);
  worker = bounce_worker_new ("test", take_items, &log, NULL);
  bounce_worker_shutdown_sync (worker);
  g_assert_false (bounce_worker_push (worker, &item));
  bounce_worker_shutdown_sync (worker);
  g_assert_cmpuint (log.seen->len, ==, 0);
  log_clear (&log);
}

static void
shut_down_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GError) error = NULL;
  int *calls = user_data;

  g_assert_true (bounce_worker_shutdown_finish (BOUNCE_WORKER (source), result, &error));
  g_assert_no_error (error);
  (*calls)++;
}

static void
test_shutdown_async (void)
{
  g_autoptr (BounceWorker) worker = NULL;
  int calls = 0;
  Log log;

  log_init (&log, FALSE);
  worker = bounce_worker_new ("test", take_items, &log, g_free);
  push_number (worker, 7);
  wait_until_in (&log);
  push_number (worker, 8);
  bounce_worker_shutdown_async (worker, shut_down_cb, &calls);
  bounce_worker_shutdown_async (worker, shut_down_cb, &calls);
  while (g_main_context_iteration (NULL, FALSE))
    ;
  g_assert_cmpint (calls, ==, 0);
  open_gate (&log);
  while (calls < 2)
    g_main_context_iteration (NULL, TRUE);
  g_assert_cmpuint (log.seen->len, ==, 2);
  log_clear (&log);
}

/* Dropping the last reference drains as well. */
static void
test_finalize (void)
{
  BounceWorker *worker;
  Log log;

  log_init (&log, TRUE);
  worker = bounce_worker_new ("test", take_items, &log, g_free);
  for (int i = 0; i < 10; i++)
    push_number (worker, i);
  g_object_unref (worker);
  g_assert_cmpuint (log.seen->len, ==, 10);
  log_clear (&log);
}

static gpointer
push_many (gpointer data)
{
  for (int i = 0; i < 1000; i++)
    push_number (data, i);
  return NULL;
}

static void
test_many_threads (void)
{
  g_autoptr (BounceWorker) worker = NULL;
  GThread *threads[4];
  Log log;

  log_init (&log, TRUE);
  worker = bounce_worker_new ("test", take_items, &log, g_free);
  for (gsize i = 0; i < G_N_ELEMENTS (threads); i++)
    threads[i] = g_thread_new ("pusher", push_many, worker);
  for (gsize i = 0; i < G_N_ELEMENTS (threads); i++)
    g_thread_join (threads[i]);
  bounce_worker_shutdown_sync (worker);
  g_assert_cmpuint (log.seen->len, ==, 4000);
  log_clear (&log);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/worker/groups", test_groups);
  g_test_add_func ("/worker/refuses-after-shutdown", test_refuses_after_shutdown);
  g_test_add_func ("/worker/shutdown-async", test_shutdown_async);
  g_test_add_func ("/worker/finalize", test_finalize);
  g_test_add_func ("/worker/many-threads", test_many_threads);
  return g_test_run ();
}
