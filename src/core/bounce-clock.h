/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include <glib-object.h>

G_BEGIN_DECLS

/* Two clocks: wall time (UTC, microseconds since the epoch; stored) and CLOCK_BOOTTIME
 * (microseconds; running timers). Immutable for the system clock; a fake one is for tests. */
#define BOUNCE_TYPE_CLOCK (bounce_clock_get_type ())
G_DECLARE_FINAL_TYPE (BounceClock, bounce_clock, BOUNCE, CLOCK, GObject)

BounceClock *bounce_clock_new_system (void);
BounceClock *bounce_clock_new_fake (gint64 wall_us);
gint64 bounce_clock_get_wall_us (BounceClock *self);
gint64 bounce_clock_get_boottime_us (BounceClock *self);
void bounce_clock_advance (BounceClock *self, gint64 by_us);   /* fake only: both clocks */
void bounce_clock_jump_wall (BounceClock *self, gint64 by_us); /* fake only: wall only */

/* Calls func once on the thread-default main context of the caller when boottime reaches
 * deadline_us (also driven by advance() of a fake clock). Returns a GSource, already attached. */
GSource *bounce_clock_call_at (BounceClock *self,
                               gint64 boottime_us,
                               GSourceFunc func,
                               gpointer user_data,
                               GDestroyNotify destroy);

char *bounce_time_to_iso8601 (gint64 wall_us); /* 2026-01-31T12:00:00Z */
gint64 bounce_time_from_iso8601 (const char *text, GError **error);

G_END_DECLS
