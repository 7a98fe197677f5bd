/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef struct
{
  guint base_seconds;
  guint cap_seconds;
  guint max_attempts; /* past it an event says so; retries go on at the cap */
} BounceRetryPolicy;

/* Delay before attempt number `failures`+1, after `failures` >= 1 failures: base x 2^(n-1), capped,
 * +-10 % by `random` in [0,1); never less than retry_after_seconds (0: none, capped at a day). */
gint64 bounce_retry_delay_us (const BounceRetryPolicy *policy,
                              guint failures,
                              gint64 retry_after_seconds,
                              double random);
gboolean bounce_retry_is_exhausted (const BounceRetryPolicy *policy, guint failures);
/* A stored time may not lie further ahead than one full period (clock jumps, restarts). */
gint64 bounce_time_clamp_ahead (gint64 at_us, gint64 now_us, gint64 period_us);

G_END_DECLS
