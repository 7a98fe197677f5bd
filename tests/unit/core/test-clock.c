/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* Both clocks and their timers. */

#include "config.h"

#include "bounce-clock.h"
#include "bounce-core-error.h"

#define WALL_US (G_GINT64_CONSTANT (1769860800) * G_USEC_PER_SEC) /* 2026-01-31T12:00:00Z */

static gboolean
count_cb (gpointer user_data)
{
  int *calls = user_data;

  (*calls)++;
  return G_SOURCE_CONTINUE; /* ignored: a timer fires once */
}

static void
run_pending (void)
{
  while (g_main_context_iteration (NULL, FALSE))
    ;
}

static void
test_fake_moves (void)
{
  g_autoptr (BounceClock) clock = bounce_clock_new_fake (WALL_US);
  gint64 boottime_us = bounce_clock_get_boottime_us (clock);

  g_assert_cmpint (bounce_clock_get_wall_us (clock), ==, WALL_US);
  bounce_clock_advance (clock, 5);
  g_assert_cmpint (bounce_clock_get_wall_us (clock), ==, WALL_US + 5);
  g_assert_cmpint (bounce_clock_get_boottime_us (clock), ==, boottime_us + 5);
  bounce_clock_jump_wall (clock, -G_USEC_PER_SEC);
  g_assert_cmpint (bounce_clock_get_wall_us (clock), ==, WALL_US + 5 - G_USEC_PER_SEC);
  g_assert_cmpint (bounce_clock_get_boottime_us (clock), ==, boottime_us + 5);
}

static void
test_fake_timer (void)
{
  g_autoptr (BounceClock) clock = bounce_clock_new_fake (WALL_US);
  int calls = 0;
  g_autoptr (GSource) timer = bounce_clock_call_at (
      clock, bounce_clock_get_boottime_us (clock) + 100, count_cb, &calls, NULL);

  run_pending ();
  bounce_clock_advance (clock, 99);
  run_pending ();
  bounce_clock_jump_wall (clock, G_USEC_PER_SEC);
  run_pending ();
  g_assert_cmpint (calls, ==, 0);
  bounce_clock_advance (clock, 1);
  run_pending ();
  g_assert_cmpint (calls, ==, 1);
  bounce_clock_advance (clock, 1000);
  run_pending ();
  g_assert_cmpint (calls, ==, 1);
  g_assert_true (g_source_is_destroyed (timer));
}

static void
test_past_deadline (void)
{
  g_autoptr (BounceClock) clock = bounce_clock_new_fake (WALL_US);
  int calls = 0;
  G_GNUC_UNUSED g_autoptr (GSource) timer = bounce_clock_call_at (clock, 0, count_cb, &calls, NULL);

  g_assert_cmpint (calls, ==, 0);
  run_pending ();
  g_assert_cmpint (calls, ==, 1);
}

static void
test_destroyed_timer (void)
{
  g_autoptr (BounceClock) clock = bounce_clock_new_fake (WALL_US);
  int calls = 0;
  int freed = 0;
  GSource *timer = bounce_clock_call_at (clock, bounce_clock_get_boottime_us (clock) + 1, count_cb,
                                         &calls, NULL);
  G_GNUC_UNUSED g_autoptr (GSource) other = bounce_clock_call_at (
      clock, bounce_clock_get_boottime_us (clock) + 1, count_cb, &freed, NULL);

  g_source_destroy (timer);
  g_source_unref (timer);
  bounce_clock_advance (clock, 10);
  run_pending ();
  g_assert_cmpint (calls, ==, 0);
  g_assert_cmpint (freed, ==, 1);
}

static gpointer
run_other_context (gpointer data)
{
  BounceClock *clock = data;
  g_autoptr (GMainContext) context = g_main_context_new ();
  g_autoptr (GSource) timer = NULL;
  int calls = 0;

  g_main_context_push_thread_default (context);
  timer = bounce_clock_call_at (clock, bounce_clock_get_boottime_us (clock) + G_USEC_PER_SEC,
                                count_cb, &calls, NULL);
  bounce_clock_advance (clock, G_USEC_PER_SEC);
  while (calls == 0)
    g_main_context_iteration (context, TRUE);
  g_main_context_pop_thread_default (context);
  return GINT_TO_POINTER (calls);
}

static void
test_thread_default_context (void)
{
  g_autoptr (BounceClock) clock = bounce_clock_new_fake (WALL_US);
  GThread *thread = g_thread_new ("timer", run_other_context, clock);

  g_assert_cmpint (GPOINTER_TO_INT (g_thread_join (thread)), ==, 1);
}

static void
test_system (void)
{
  g_autoptr (BounceClock) clock = bounce_clock_new_system ();
  gint64 start_us = bounce_clock_get_boottime_us (clock);
  gint64 deadline_us = start_us + 20 * 1000;
  int calls = 0;
  g_autoptr (GSource) timer = bounce_clock_call_at (clock, deadline_us, count_cb, &calls, NULL);

  g_assert_cmpint (ABS (bounce_clock_get_wall_us (clock) - g_get_real_time ()), <, G_USEC_PER_SEC);
  while (calls == 0)
    g_main_context_iteration (NULL, TRUE);
  g_assert_cmpint (bounce_clock_get_boottime_us (clock), >=, deadline_us);
  g_assert_true (g_source_is_destroyed (timer));
}

static void
test_system_past_deadline (void)
{
  g_autoptr (BounceClock) clock = bounce_clock_new_system ();
  int calls = 0;
  G_GNUC_UNUSED g_autoptr (GSource) timer =
      bounce_clock_call_at (clock, -5, count_cb, &calls, NULL);

  while (calls == 0)
    g_main_context_iteration (NULL, TRUE);
  g_assert_cmpint (calls, ==, 1);
}

static void
test_iso8601 (void)
{
  g_autofree char *text = bounce_time_to_iso8601 (WALL_US + 999999);
  g_autofree char *impossible = bounce_time_to_iso8601 (G_MAXINT64);

  g_assert_cmpstr (text, ==, "2026-01-31T12:00:00Z");
  g_assert_cmpstr (impossible, !=, NULL);
  g_assert_cmpint (bounce_time_from_iso8601 (text, NULL), ==, WALL_US);
  g_assert_cmpint (bounce_time_from_iso8601 ("2026-01-31T13:00:00+01:00", NULL), ==, WALL_US);
  g_assert_cmpint (bounce_time_from_iso8601 ("2026-01-31T12:00:00", NULL), ==, WALL_US);
  g_assert_cmpint (bounce_time_from_iso8601 ("2026-01-31T12:00:00.25Z", NULL), ==,
                   WALL_US + 250000);
}

static void
test_iso8601_invalid (void)
{
  const char *const invalid[] = { "", "yesterday", "2026-13-01T00:00:00Z", "2026-01-31" };

  for (gsize i = 0; i < G_N_ELEMENTS (invalid); i++)
    {
      g_autoptr (GError) error = NULL;

      g_assert_cmpint (bounce_time_from_iso8601 (invalid[i], &error), ==, -1);
      g_assert_error (error, BOUNCE_CORE_ERROR, BOUNCE_CORE_ERROR_INVALID);
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/clock/fake/moves", test_fake_moves);
  g_test_add_func ("/clock/fake/timer", test_fake_timer);
  g_test_add_func ("/clock/fake/past-deadline", test_past_deadline);
  g_test_add_func ("/clock/fake/destroyed-timer", test_destroyed_timer);
  g_test_add_func ("/clock/fake/thread-default-context", test_thread_default_context);
  g_test_add_func ("/clock/system/timer", test_system);
  g_test_add_func ("/clock/system/past-deadline", test_system_past_deadline);
  g_test_add_func ("/clock/iso8601", test_iso8601);
  g_test_add_func ("/clock/iso8601/invalid", test_iso8601_invalid);
  return g_test_run ();
}
