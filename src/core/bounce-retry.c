/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* When to try again: pure functions of their arguments, any thread. */

#include "config.h"

#include "bounce-retry.h"

/* A server may ask for a pause, but not take a study hostage. */
#define RETRY_AFTER_MAX_SECONDS (24 * 60 * 60)
#define JITTER_FRACTION         0.1

static gint64
calculate_seconds (const BounceRetryPolicy *policy, guint failures)
{
  gint64 seconds = policy->base_seconds;

  for (guint i = 1; i < failures && seconds < policy->cap_seconds; i++)
    seconds *= 2;
  return MIN (seconds, (gint64) policy->cap_seconds);
}

/**
 * bounce_retry_delay_us:
 * @policy: base, cap
 * @failures: failures so far; 0 counts as 1
 * @retry_after_seconds: what the server asked for, 0 for nothing
 * @random: in [0, 1), the jitter: 0.5 is none
 *
 * The delay before the next attempt: base x 2^(failures - 1), at most the cap, plus or minus 10 %,
 * and never less than what the server asked for (which counts for at most a day).
 *
 * Units: microseconds.
 * Thread: any.
 * Returns: the delay
 */
gint64
bounce_retry_delay_us (const BounceRetryPolicy *policy,
                       guint failures,
                       gint64 retry_after_seconds,
                       double random)
{
  double seconds;
  gint64 delay_us;
  gint64 asked_us = CLAMP (retry_after_seconds, 0, RETRY_AFTER_MAX_SECONDS) * G_USEC_PER_SEC;

  g_return_val_if_fail (policy != NULL, 0);
  g_return_val_if_fail (random >= 0.0 && random < 1.0, 0);

  seconds = (double) calculate_seconds (policy, failures);
  delay_us = (gint64) (seconds * (1.0 + JITTER_FRACTION * (2.0 * random - 1.0)) * G_USEC_PER_SEC);
  return MAX (delay_us, asked_us);
}

/**
 * bounce_retry_is_exhausted:
 * @policy: the policy
 * @failures: failures so far
 *
 * Whether a person should be told that it keeps failing. Retries go on nevertheless.
 *
 * Thread: any.
 * Returns: %TRUE from `max_attempts` failures on
 */
gboolean
bounce_retry_is_exhausted (const BounceRetryPolicy *policy, guint failures)
{
  g_return_val_if_fail (policy != NULL, FALSE);

  return failures >= policy->max_attempts;
}

/**
 * bounce_time_clamp_ahead:
 * @at_us: a stored time
 * @now_us: the time now, of the same clock
 * @period_us: one full period
 *
 * Keeps a stored time from lying further ahead than one period, as it does after the wall clock
 * was set back.
 *
 * Units: microseconds.
 * Thread: any.
 * Returns: @at_us, or @now_us + @period_us if that is earlier
 */
gint64
bounce_time_clamp_ahead (gint64 at_us, gint64 now_us, gint64 period_us)
{
  return MIN (at_us, now_us + period_us);
}
