/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* Time, in one place so that tests can hold it still.
 *
 * The wall clock dates what is stored. CLOCK_BOOTTIME drives what waits: it neither jumps when
 * somebody sets the clock nor stops while the machine sleeps. GLib's own timeouts run on
 * CLOCK_MONOTONIC, which does stop, so that a system clock's timer is a timerfd.
 *
 * The clock is safe to use from any thread. A timer belongs to the thread-default main context of
 * the thread that asked for it. */

#include "config.h"

#include "bounce-clock.h"

#include "bounce-core-error.h"

#include <glib-unix.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

struct _BounceClock
{
  GObject parent_instance;

  gboolean is_fake;
  GMutex lock;
  gint64 wall_us;     /* (lock lock) fake only */
  gint64 boottime_us; /* (lock lock) fake only */
  GPtrArray *timers;  /* (owned) (element-type Timer) (lock lock) not owning; fake only */
};

G_DEFINE_FINAL_TYPE (BounceClock, bounce_clock, G_TYPE_OBJECT)

typedef struct
{
  GSource source;
  BounceClock *clock; /* (owned) */
  gint64 deadline_us;
  int fd; /* timerfd of a system clock, or -1 */
} Timer;

static gint64
read_clock_us (clockid_t id)
{
  struct timespec now;

  clock_gettime (id, &now);
  return (gint64) now.tv_sec * G_USEC_PER_SEC + now.tv_nsec / 1000;
}

static gboolean
dispatch_timer (GSource *source, GSourceFunc callback, gpointer user_data)
{
  if (callback != NULL)
    callback (user_data);
  return G_SOURCE_REMOVE;
}

static void
finalize_timer (GSource *source)
{
  Timer *timer = (Timer *) source;

  g_mutex_lock (&timer->clock->lock);
  g_ptr_array_remove_fast (timer->clock->timers, timer);
  g_mutex_unlock (&timer->clock->lock);
  g_clear_object (&timer->clock);
  if (timer->fd >= 0)
    close (timer->fd);
}

static GSourceFuncs timer_funcs = {
  .dispatch = dispatch_timer,
  .finalize = finalize_timer,
};

/* Without a descriptor to spare the timer still runs, only on CLOCK_MONOTONIC. */
static void
arm_system_timer (Timer *timer)
{
  gint64 deadline_us = MAX (timer->deadline_us, 1);
  struct itimerspec spec = {
    .it_value = { .tv_sec = deadline_us / G_USEC_PER_SEC,
                  .tv_nsec = deadline_us % G_USEC_PER_SEC * 1000 },
  };

  timer->fd = timerfd_create (CLOCK_BOOTTIME, TFD_CLOEXEC | TFD_NONBLOCK);
  if (timer->fd >= 0 && timerfd_settime (timer->fd, TFD_TIMER_ABSTIME, &spec, NULL) == 0)
    g_source_add_unix_fd (&timer->source, timer->fd, G_IO_IN);
  else
    g_source_set_ready_time (&timer->source, timer->deadline_us - read_clock_us (CLOCK_BOOTTIME)
                                                 + g_get_monotonic_time ());
}

static void
arm_fake_timer (Timer *timer)
{
  BounceClock *self = timer->clock;

  g_mutex_lock (&self->lock);
  g_ptr_array_add (self->timers, timer);
  if (timer->deadline_us <= self->boottime_us)
    g_source_set_ready_time (&timer->source, 0);
  g_mutex_unlock (&self->lock);
}

static void
bounce_clock_finalize (GObject *object)
{
  BounceClock *self = BOUNCE_CLOCK (object);

  g_ptr_array_unref (self->timers);
  g_mutex_clear (&self->lock);
  G_OBJECT_CLASS (bounce_clock_parent_class)->finalize (object);
}

static void
bounce_clock_class_init (BounceClockClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = bounce_clock_finalize;
}

static void
bounce_clock_init (BounceClock *self)
{
  g_mutex_init (&self->lock);
  self->timers = g_ptr_array_new ();
}

/**
 * bounce_clock_new_system:
 *
 * Returns: (transfer full): the clock of the machine
 */
BounceClock *
bounce_clock_new_system (void)
{
  return g_object_new (BOUNCE_TYPE_CLOCK, NULL);
}

/**
 * bounce_clock_new_fake:
 * @wall_us: what the wall clock shows at first
 *
 * Makes a clock that moves only by bounce_clock_advance() and bounce_clock_jump_wall(). Its boot
 * time starts at one second.
 *
 * Units: microseconds since the epoch, UTC.
 * Returns: (transfer full): the clock
 */
BounceClock *
bounce_clock_new_fake (gint64 wall_us)
{
  BounceClock *self = g_object_new (BOUNCE_TYPE_CLOCK, NULL);

  self->is_fake = TRUE;
  self->wall_us = wall_us;
  self->boottime_us = G_USEC_PER_SEC;
  return self;
}

/**
 * bounce_clock_get_wall_us:
 * @self: the clock
 *
 * Units: microseconds since the epoch, UTC.
 * Thread: any.
 * Returns: the wall time
 */
gint64
bounce_clock_get_wall_us (BounceClock *self)
{
  gint64 wall_us;

  g_return_val_if_fail (BOUNCE_IS_CLOCK (self), 0);

  if (!self->is_fake)
    return read_clock_us (CLOCK_REALTIME);
  g_mutex_lock (&self->lock);
  wall_us = self->wall_us;
  g_mutex_unlock (&self->lock);
  return wall_us;
}

/**
 * bounce_clock_get_boottime_us:
 * @self: the clock
 *
 * Units: microseconds since boot, sleep included.
 * Thread: any.
 * Returns: the time that timers run on
 */
gint64
bounce_clock_get_boottime_us (BounceClock *self)
{
  gint64 boottime_us;

  g_return_val_if_fail (BOUNCE_IS_CLOCK (self), 0);

  if (!self->is_fake)
    return read_clock_us (CLOCK_BOOTTIME);
  g_mutex_lock (&self->lock);
  boottime_us = self->boottime_us;
  g_mutex_unlock (&self->lock);
  return boottime_us;
}

/**
 * bounce_clock_advance:
 * @self: a fake clock
 * @by_us: how far, not negative
 *
 * Moves both clocks; timers that are reached become ready on their main contexts.
 *
 * Units: microseconds.
 * Thread: any.
 */
void
bounce_clock_advance (BounceClock *self, gint64 by_us)
{
  g_return_if_fail (BOUNCE_IS_CLOCK (self) && self->is_fake);
  g_return_if_fail (by_us >= 0);

  g_mutex_lock (&self->lock);
  self->wall_us += by_us;
  self->boottime_us += by_us;
  for (guint i = 0; i < self->timers->len; i++)
    {
      Timer *timer = g_ptr_array_index (self->timers, i);

      if (timer->deadline_us <= self->boottime_us)
        g_source_set_ready_time (&timer->source, 0);
    }
  g_mutex_unlock (&self->lock);
}

/**
 * bounce_clock_jump_wall:
 * @self: a fake clock
 * @by_us: how far, back if negative
 *
 * Does what a person or a time server does who sets the clock: timers do not notice.
 *
 * Units: microseconds.
 * Thread: any.
 */
void
bounce_clock_jump_wall (BounceClock *self, gint64 by_us)
{
  g_return_if_fail (BOUNCE_IS_CLOCK (self) && self->is_fake);

  g_mutex_lock (&self->lock);
  self->wall_us += by_us;
  g_mutex_unlock (&self->lock);
}

/**
 * bounce_clock_call_at:
 * @self: the clock
 * @boottime_us: when, by bounce_clock_get_boottime_us(); the past means soon
 * @func: called once, whatever it returns
 * @user_data: for @func
 * @destroy: (nullable): frees @user_data
 *
 * Calls @func on the caller's thread-default main context. To take it back, g_source_destroy().
 *
 * Units: microseconds.
 * Thread: any.
 * Returns: (transfer full): the attached source, to be unreferenced by the caller
 */
GSource *
bounce_clock_call_at (BounceClock *self,
                      gint64 boottime_us,
                      GSourceFunc func,
                      gpointer user_data,
                      GDestroyNotify destroy)
{
  Timer *timer;

  g_return_val_if_fail (BOUNCE_IS_CLOCK (self), NULL);
  g_return_val_if_fail (func != NULL, NULL);

  timer = (Timer *) g_source_new (&timer_funcs, sizeof (Timer));
  g_source_set_static_name (&timer->source, "BounceClock timer");
  g_source_set_callback (&timer->source, func, user_data, destroy);
  timer->clock = g_object_ref (self);
  timer->deadline_us = boottime_us;
  timer->fd = -1;
  if (self->is_fake)
    arm_fake_timer (timer);
  else
    arm_system_timer (timer);
  g_source_attach (&timer->source, g_main_context_get_thread_default ());
  return &timer->source;
}

/**
 * bounce_time_to_iso8601:
 * @wall_us: a wall time
 *
 * Units: microseconds since the epoch, UTC.
 * Thread: any.
 * Returns: (transfer full): such as `2026-01-31T12:00:00Z`; the epoch for a time that no calendar
 *   knows
 */
char *
bounce_time_to_iso8601 (gint64 wall_us)
{
  g_autoptr (GDateTime) time = g_date_time_new_from_unix_utc (wall_us / G_USEC_PER_SEC);

  if (time == NULL)
    time = g_date_time_new_from_unix_utc (0);
  return g_date_time_format (time, "%Y-%m-%dT%H:%M:%SZ");
}

/**
 * bounce_time_from_iso8601:
 * @text: a time with a zone, or in UTC without one
 * @error: (out) (optional): where to put the error
 *
 * Units: microseconds since the epoch, UTC.
 * Thread: any.
 * Errors: %BOUNCE_CORE_ERROR_INVALID if @text is no such time.
 * Returns: the wall time, or -1 with @error set
 */
gint64
bounce_time_from_iso8601 (const char *text, GError **error)
{
  g_autoptr (GTimeZone) utc = g_time_zone_new_utc ();
  g_autoptr (GDateTime) time = NULL;

  g_return_val_if_fail (text != NULL, -1);

  time = g_date_time_new_from_iso8601 (text, utc);
  if (time == NULL)
    {
      g_set_error_literal (error, BOUNCE_CORE_ERROR, BOUNCE_CORE_ERROR_INVALID,
                           "Not an ISO 8601 time");
      return -1;
    }
  return g_date_time_to_unix (time) * G_USEC_PER_SEC + g_date_time_get_microsecond (time);
}
