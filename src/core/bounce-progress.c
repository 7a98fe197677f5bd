/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* Byte progress from a working thread to the main context that shows it.
 *
 * A writer only stores two numbers under a lock, and adds a source if none is pending, so that a
 * slow main loop gets the newest numbers and never a backlog. Deliveries are 200 ms apart; 50 MB
 * since the last one are worth telling at once, which is the reference document's own rule. */

#include "config.h"

#include "bounce-progress.h"

#define INTERVAL_US (G_USEC_PER_SEC / 5)
#define STEP_BYTES  ((guint64) 50 * 1000 * 1000)

struct _BounceProgress
{
  GObject parent_instance;

  GMainContext *context; /* (owned) */

  GMutex lock;
  BounceProgressFunc func; /* (lock lock) NULL once finished and delivered */
  gpointer user_data;
  GDestroyNotify destroy;  /* (nullable) */
  GSource *source;         /* (owned) (nullable) (lock lock) the pending delivery */
  guint64 done_bytes;      /* (lock lock) */
  guint64 total_bytes;     /* (lock lock) */
  guint64 delivered_bytes; /* (lock lock) */
  gint64 delivered_at_us;  /* (lock lock) CLOCK_MONOTONIC; 0: never */
  gboolean is_finished;    /* (lock lock) */
};

G_DEFINE_FINAL_TYPE (BounceProgress, bounce_progress, G_TYPE_OBJECT)

static gboolean
deliver_cb (gpointer user_data)
{
  BounceProgress *self = user_data;
  guint64 done_bytes, total_bytes;
  gboolean is_finished;

  g_mutex_lock (&self->lock);
  g_clear_pointer (&self->source, g_source_unref);
  done_bytes = self->delivered_bytes = self->done_bytes;
  total_bytes = self->total_bytes;
  is_finished = self->is_finished;
  self->delivered_at_us = g_get_monotonic_time ();
  g_mutex_unlock (&self->lock);

  self->func (done_bytes, total_bytes, self->user_data);
  if (is_finished && self->destroy != NULL)
    g_steal_pointer (&self->destroy) (self->user_data);
  return G_SOURCE_REMOVE;
}

/* When the next delivery may happen; 0 is at once. Call with the lock held. */
static gint64
calculate_ready_time (BounceProgress *self)
{
  if (self->is_finished || self->delivered_at_us == 0
      || self->done_bytes >= self->delivered_bytes + STEP_BYTES)
    return 0;
  return self->delivered_at_us + INTERVAL_US;
}

/* Call with the lock held. */
static void
cancel_delivery (BounceProgress *self)
{
  if (self->source != NULL)
    g_source_destroy (self->source);
  g_clear_pointer (&self->source, g_source_unref);
}

/* Call with the lock held. */
static void
schedule_delivery (BounceProgress *self)
{
  if (self->source == NULL)
    {
      self->source = g_timeout_source_new (G_MAXUINT);
      g_source_set_static_name (self->source, "BounceProgress delivery");
      g_source_set_priority (self->source, G_PRIORITY_DEFAULT);
      g_source_set_callback (self->source, deliver_cb, g_object_ref (self), g_object_unref);
      g_source_set_ready_time (self->source, calculate_ready_time (self));
      g_source_attach (self->source, self->context);
    }
  else
    g_source_set_ready_time (self->source, calculate_ready_time (self));
}

static void
bounce_progress_finalize (GObject *object)
{
  BounceProgress *self = BOUNCE_PROGRESS (object);

  if (self->destroy != NULL)
    self->destroy (self->user_data);
  g_clear_pointer (&self->source, g_source_unref);
  g_main_context_unref (self->context);
  g_mutex_clear (&self->lock);
  G_OBJECT_CLASS (bounce_progress_parent_class)->finalize (object);
}

static void
bounce_progress_class_init (BounceProgressClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = bounce_progress_finalize;
}

static void
bounce_progress_init (BounceProgress *self)
{
  g_mutex_init (&self->lock);
}

/**
 * bounce_progress_new:
 * @func: called on the caller's thread-default main context
 * @user_data: for @func
 * @destroy: (nullable): frees @user_data after the last call
 *
 * Units: bytes.
 * Returns: (transfer full): a progress at nothing
 */
BounceProgress *
bounce_progress_new (BounceProgressFunc func, gpointer user_data, GDestroyNotify destroy)
{
  BounceProgress *self;

  g_return_val_if_fail (func != NULL, NULL);

  self = g_object_new (BOUNCE_TYPE_PROGRESS, NULL);
  self->context = g_main_context_ref_thread_default ();
  self->func = func;
  self->user_data = user_data;
  self->destroy = destroy;
  return self;
}

/**
 * bounce_progress_set:
 * @self: the progress
 * @done_bytes: how much is done; may go back, when a server lost something
 * @total_bytes: of how much
 *
 * Stores the progress; it is delivered soon. Without effect after bounce_progress_finish().
 *
 * Units: bytes.
 * Thread: any; never blocks.
 */
void
bounce_progress_set (BounceProgress *self, guint64 done_bytes, guint64 total_bytes)
{
  g_return_if_fail (BOUNCE_IS_PROGRESS (self));

  g_mutex_lock (&self->lock);
  if (!self->is_finished)
    {
      self->done_bytes = done_bytes;
      self->total_bytes = total_bytes;
      schedule_delivery (self);
    }
  g_mutex_unlock (&self->lock);
}

/**
 * bounce_progress_finish:
 * @self: the progress
 *
 * Delivers the last value at once, and nothing afterwards; before it returns when the caller owns
 * the context of the deliveries, so that whoever ends a job may forget it right away.
 *
 * Thread: any; never blocks.
 */
void
bounce_progress_finish (BounceProgress *self)
{
  gboolean is_here;

  g_return_if_fail (BOUNCE_IS_PROGRESS (self));

  g_mutex_lock (&self->lock);
  is_here = !self->is_finished && g_main_context_is_owner (self->context);
  if (is_here)
    {
      self->is_finished = TRUE;
      cancel_delivery (self);
    }
  else if (!self->is_finished)
    {
      self->is_finished = TRUE;
      schedule_delivery (self);
    }
  g_mutex_unlock (&self->lock);
  if (is_here)
    deliver_cb (self);
}

/**
 * bounce_progress_hold_back:
 * @done_bytes: how much of an upload has left, confirmed or not
 * @total_bytes: of how much
 *
 * Units: bytes.
 * Thread: any.
 * Returns: @done_bytes, but never all of it: one byte is missing until all of it was confirmed
 */
guint64
bounce_progress_hold_back (guint64 done_bytes, guint64 total_bytes)
{
  return total_bytes > 0 ? MIN (done_bytes, total_bytes - 1) : 0;
}

/**
 * bounce_progress_is_finishing:
 * @done_bytes: of an upload that has not ended
 * @total_bytes: 0 when not known yet
 *
 * Thread: any.
 * Returns: whether nothing is left to send, so that only the other side's answer is missing
 */
gboolean
bounce_progress_is_finishing (guint64 done_bytes, guint64 total_bytes)
{
  return total_bytes > 0 && done_bytes >= total_bytes - 1;
}

/**
 * bounce_progress_percent:
 * @done_bytes: of an upload
 * @total_bytes: 0 when not known yet
 *
 * Thread: any.
 * Returns: 0 to 100, and above 99 only when all of it was confirmed
 */
double
bounce_progress_percent (guint64 done_bytes, guint64 total_bytes)
{
  if (total_bytes == 0)
    return 0;
  if (done_bytes >= total_bytes)
    return 100;
  return MIN (100.0 * (double) done_bytes / (double) total_bytes, 99.0);
}
