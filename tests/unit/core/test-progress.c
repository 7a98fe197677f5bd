/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* Progress: how often, how much, and that the end always arrives. */

#include "config.h"

#include "bounce-progress.h"

#define MEGABYTE ((guint64) 1000 * 1000)

typedef struct
{
  guint calls;
  guint64 done;
  guint64 total;
  gint64 first_us;
  gint64 last_us;
  gboolean is_freed;
} Seen;

static void
progress_cb (guint64 done_bytes, guint64 total_bytes, gpointer user_data)
{
  Seen *seen = user_data;

  seen->calls++;
  seen->done = done_bytes;
  seen->total = total_bytes;
  seen->last_us = g_get_monotonic_time ();
  if (seen->first_us == 0)
    seen->first_us = seen->last_us;
}

static void
free_cb (gpointer data)
{
  ((Seen *) data)->is_freed = TRUE;
}

static void
run_pending (void)
{
  while (g_main_context_iteration (NULL, FALSE))
    ;
}

static void
test_coalesces (void)
{
  Seen seen = { 0 };
  g_autoptr (BounceProgress) progress = bounce_progress_new (progress_cb, &seen, free_cb);

  for (guint64 i = 0; i <= 100; i++)
    bounce_progress_set (progress, i, 1000);
  g_assert_cmpuint (seen.calls, ==, 0);
  run_pending ();
  g_assert_cmpuint (seen.calls, ==, 1);
  g_assert_cmpuint (seen.done, ==, 100);
  g_assert_cmpuint (seen.total, ==, 1000);
}

/* The second value comes 200 ms after the first, not before. */
static void
test_interval (void)
{
  Seen seen = { 0 };
  g_autoptr (BounceProgress) progress = bounce_progress_new (progress_cb, &seen, NULL);

  bounce_progress_set (progress, 1, 10);
  run_pending ();
  bounce_progress_set (progress, 2, 10);
  bounce_progress_set (progress, 3, 10);
  while (seen.calls < 2)
    g_main_context_iteration (NULL, TRUE);
  g_assert_cmpuint (seen.done, ==, 3);
  g_assert_cmpint (seen.last_us - seen.first_us, >=, 195 * 1000);
}

static void
test_large_step (void)
{
  Seen seen = { 0 };
  g_autoptr (BounceProgress) progress = bounce_progress_new (progress_cb, &seen, NULL);

  bounce_progress_set (progress, 0, 1000 * MEGABYTE);
  run_pending ();
  bounce_progress_set (progress, 49 * MEGABYTE, 1000 * MEGABYTE);
  run_pending ();
  g_assert_cmpuint (seen.calls, ==, 1);
  bounce_progress_set (progress, 50 * MEGABYTE, 1000 * MEGABYTE);
  run_pending ();
  g_assert_cmpuint (seen.calls, ==, 2);
  g_assert_cmpuint (seen.done, ==, 50 * MEGABYTE);
}

static void
test_finish (void)
{
  Seen seen = { 0 };
  BounceProgress *progress = bounce_progress_new (progress_cb, &seen, free_cb);

  bounce_progress_set (progress, 1, 10);
  run_pending ();
  bounce_progress_set (progress, 10, 10);
  bounce_progress_finish (progress);
  bounce_progress_set (progress, 5, 10);
  bounce_progress_finish (progress);
  run_pending ();
  g_assert_cmpuint (seen.calls, ==, 2);
  g_assert_cmpuint (seen.done, ==, 10);
  bounce_progress_set (progress, 5, 10);
  run_pending ();
  g_assert_cmpuint (seen.calls, ==, 2);
  g_object_unref (progress);
  g_assert_true (seen.is_freed);
}

typedef struct
{
  BounceProgress *progress;
  Seen *seen;
  guint calls_after_finish;
} InLoop;

static gboolean
finish_in_loop_cb (gpointer user_data)
{
  InLoop *in_loop = user_data;

  bounce_progress_set (in_loop->progress, 10, 10);
  bounce_progress_finish (in_loop->progress);
  in_loop->calls_after_finish = in_loop->seen->calls;
  return G_SOURCE_REMOVE;
}

/* On the context itself the end is told before finish returns, and once. */
static void
test_finish_in_loop (void)
{
  Seen seen = { 0 };
  g_autoptr (BounceProgress) progress = bounce_progress_new (progress_cb, &seen, NULL);
  InLoop in_loop = { .progress = progress, .seen = &seen };

  g_idle_add (finish_in_loop_cb, &in_loop);
  run_pending ();
  g_assert_cmpuint (in_loop.calls_after_finish, ==, 1);
  g_assert_cmpuint (seen.done, ==, 10);
  run_pending ();
  g_assert_cmpuint (seen.calls, ==, 1);
}

/* The owner may go before the main loop comes round. */
static void
test_owner_gone (void)
{
  Seen seen = { 0 };
  BounceProgress *progress = bounce_progress_new (progress_cb, &seen, free_cb);

  bounce_progress_set (progress, 10, 10);
  bounce_progress_finish (progress);
  g_object_unref (progress);
  g_assert_false (seen.is_freed);
  run_pending ();
  g_assert_cmpuint (seen.calls, ==, 1);
  g_assert_true (seen.is_freed);
}

static gpointer
write_progress (gpointer data)
{
  for (guint64 i = 1; i <= 10000; i++)
    bounce_progress_set (data, i, 10000);
  bounce_progress_finish (data);
  return NULL;
}

static void
test_thread (void)
{
  Seen seen = { 0 };
  g_autoptr (BounceProgress) progress = bounce_progress_new (progress_cb, &seen, NULL);
  GThread *thread = g_thread_new ("writer", write_progress, progress);

  while (seen.done != 10000)
    g_main_context_iteration (NULL, TRUE);
  g_thread_join (thread);
  g_assert_cmpuint (seen.total, ==, 10000);
}

/* All of it is 100, and nothing less rounds to it. */
static void
test_confirmed (void)
{
  g_assert_cmpuint (bounce_progress_hold_back (400, 1000), ==, 400);
  g_assert_cmpuint (bounce_progress_hold_back (1000, 1000), ==, 999);
  g_assert_cmpuint (bounce_progress_hold_back (2000, 1000), ==, 999);
  g_assert_cmpuint (bounce_progress_hold_back (0, 0), ==, 0);
  g_assert_false (bounce_progress_is_finishing (0, 0));
  g_assert_false (bounce_progress_is_finishing (998, 1000));
  g_assert_true (bounce_progress_is_finishing (999, 1000));
  g_assert_true (bounce_progress_is_finishing (1000, 1000));
  g_assert_cmpfloat (bounce_progress_percent (0, 0), ==, 0);
  g_assert_cmpfloat (bounce_progress_percent (250, 1000), ==, 25);
  g_assert_cmpfloat (bounce_progress_percent (999, 1000), ==, 99);
  g_assert_cmpfloat (bounce_progress_percent (G_MAXUINT64 - 1, G_MAXUINT64), ==, 99);
  g_assert_cmpfloat (bounce_progress_percent (1000, 1000), ==, 100);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/progress/coalesces", test_coalesces);
  g_test_add_func ("/progress/interval", test_interval);
  g_test_add_func ("/progress/large-step", test_large_step);
  g_test_add_func ("/progress/finish", test_finish);
  g_test_add_func ("/progress/finish/in-loop", test_finish_in_loop);
  g_test_add_func ("/progress/owner-gone", test_owner_gone);
  g_test_add_func ("/progress/thread", test_thread);
  g_test_add_func ("/progress/confirmed", test_confirmed);
  return g_test_run ();
}
