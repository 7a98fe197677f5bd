/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* The retry policy, number by number. */

#include "config.h"

#include "bounce-retry.h"

static const BounceRetryPolicy policy = { .base_seconds = 30,
                                          .cap_seconds = 3600,
                                          .max_attempts = 10 };

static double
delay_seconds (guint failures, gint64 retry_after, double random)
{
  return (double) bounce_retry_delay_us (&policy, failures, retry_after, random) / G_USEC_PER_SEC;
}

static void
test_doubles (void)
{
  const double expected[] = { 30, 60, 120, 240, 480, 960, 1920, 3600, 3600, 3600 };

  for (guint i = 0; i < G_N_ELEMENTS (expected); i++)
    g_assert_cmpfloat_with_epsilon (delay_seconds (i + 1, 0, 0.5), expected[i], 1e-6);
  g_assert_cmpfloat_with_epsilon (delay_seconds (0, 0, 0.5), 30, 1e-6);
  g_assert_cmpfloat_with_epsilon (delay_seconds (G_MAXUINT, 0, 0.5), 3600, 1e-6);
}

static void
test_jitter (void)
{
  g_assert_cmpfloat_with_epsilon (delay_seconds (1, 0, 0.0), 27, 1e-6);
  g_assert_cmpfloat_with_epsilon (delay_seconds (1, 0, 0.25), 28.5, 1e-6);
  g_assert_cmpfloat (delay_seconds (1, 0, 0.999999), <, 33.0);
  g_assert_cmpfloat (delay_seconds (1, 0, 0.999999), >, 32.99);
}

static void
test_retry_after (void)
{
  g_assert_cmpfloat_with_epsilon (delay_seconds (1, 100, 0.5), 100, 1e-6);
  g_assert_cmpfloat_with_epsilon (delay_seconds (1, 10, 0.5), 30, 1e-6);
  g_assert_cmpfloat_with_epsilon (delay_seconds (1, -10, 0.5), 30, 1e-6);
  g_assert_cmpfloat_with_epsilon (delay_seconds (1, 7200, 0.5), 7200, 1e-6);
  g_assert_cmpfloat_with_epsilon (delay_seconds (1, G_MAXINT64, 0.5), 86400, 1e-6);
  g_assert_cmpfloat_with_epsilon (delay_seconds (1, G_MININT64, 0.5), 30, 1e-6);
}

static void
test_cap_below_base (void)
{
  const BounceRetryPolicy odd = { .base_seconds = 100, .cap_seconds = 10, .max_attempts = 1 };

  g_assert_cmpint (bounce_retry_delay_us (&odd, 1, 0, 0.5), ==, 10 * G_USEC_PER_SEC);
  g_assert_cmpint (bounce_retry_delay_us (&odd, 5, 0, 0.5), ==, 10 * G_USEC_PER_SEC);
}

static void
test_exhausted (void)
{
  g_assert_false (bounce_retry_is_exhausted (&policy, 0));
  g_assert_false (bounce_retry_is_exhausted (&policy, 9));
  g_assert_true (bounce_retry_is_exhausted (&policy, 10));
  g_assert_true (bounce_retry_is_exhausted (&policy, 11));
}

static void
test_clamp (void)
{
  g_assert_cmpint (bounce_time_clamp_ahead (150, 100, 60), ==, 150);
  g_assert_cmpint (bounce_time_clamp_ahead (161, 100, 60), ==, 160);
  g_assert_cmpint (bounce_time_clamp_ahead (50, 100, 60), ==, 50);
  g_assert_cmpint (bounce_time_clamp_ahead (G_MAXINT64, 100, 60), ==, 160);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/retry/doubles", test_doubles);
  g_test_add_func ("/retry/jitter", test_jitter);
  g_test_add_func ("/retry/retry-after", test_retry_after);
  g_test_add_func ("/retry/cap-below-base", test_cap_below_base);
  g_test_add_func ("/retry/exhausted", test_exhausted);
  g_test_add_func ("/retry/clamp-ahead", test_clamp);
  return g_test_run ();
}
