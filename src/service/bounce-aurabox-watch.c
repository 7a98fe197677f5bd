/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* Knows whether Aurabox can be reached with the key that is set.
 *
 * It is asked at the start, when key or endpoint change, when the network returns, every five
 * minutes, and by hand. A delivery proves it reachable; when uploads meet with something else than
 * the last answer was, it is asked again, so that the two never contradict each other for long.
 *
 * Life: that of the status summary. Threads: main. */

#include "config.h"

#include "bounce-aurabox-watch.h"

#include "bounce-service-private.h"

#include "bounce-wording.h"

#define CHECK_SECONDS 300

struct _BounceAuraboxWatch
{
  GObject parent_instance;

  BounceService *service; /* (owned) */
  GCancellable *checking; /* (owned) (nullable) of the question that is asked */
  BounceAuraboxState state;
  char *message; /* (owned) (nullable) */
  gint64 checked_us;
  guint check_source;
};

G_DEFINE_FINAL_TYPE (BounceAuraboxWatch, bounce_aurabox_watch, G_TYPE_OBJECT)

enum
{
  SIGNAL_CHANGED,
  N_SIGNALS,
};

static guint signals[N_SIGNALS];

/* message: (nullable) why not */
static void
set_state (BounceAuraboxWatch *self, BounceAuraboxState state, const char *message)
{
  self->state = state;
  g_free (self->message);
  self->message = g_strdup (message);
  if (state != BOUNCE_AURABOX_CHECKING)
    self->checked_us = bounce_clock_get_wall_us (self->service->clock);
  g_signal_emit (self, signals[SIGNAL_CHANGED], 0);
}

static void
checked_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (BounceAuraboxWatch) self = user_data;
  g_autoptr (GError) error = NULL;
  gboolean is_reachable =
      bounce_service_check_connection_finish (BOUNCE_SERVICE (source), result, &error);

  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    return; /* asked again with other settings, or nobody wants to know */
  g_clear_object (&self->checking);
  set_state (self, is_reachable ? BOUNCE_AURABOX_REACHABLE : BOUNCE_AURABOX_UNREACHABLE,
             error != NULL ? error->message : NULL);
}

static void
give_up_check (BounceAuraboxWatch *self)
{
  if (self->checking != NULL)
    g_cancellable_cancel (self->checking);
  g_clear_object (&self->checking);
}

/**
 * bounce_aurabox_watch_check:
 *
 * Asks Aurabox now, with the settings as they are; a question on its way is given up.
 *
 * Thread: main
 */
void
bounce_aurabox_watch_check (BounceAuraboxWatch *self)
{
  g_return_if_fail (BOUNCE_IS_AURABOX_WATCH (self));

  if (self->service->is_shutting_down)
    return;
  give_up_check (self);
  self->checking = g_cancellable_new ();
  set_state (self, BOUNCE_AURABOX_CHECKING, NULL);
  bounce_service_check_connection_async (self->service, self->checking, checked_cb,
                                         g_object_ref (self));
}

/**
 * bounce_aurabox_watch_stop:
 *
 * Ends asking by itself; a question on its way is given up.
 *
 * Thread: main
 */
void
bounce_aurabox_watch_stop (BounceAuraboxWatch *self)
{
  g_return_if_fail (BOUNCE_IS_AURABOX_WATCH (self));

  give_up_check (self);
  g_clear_handle_id (&self->check_source, g_source_remove);
}

static gboolean
check_cb (gpointer user_data)
{
  BounceAuraboxWatch *self = user_data;

  if (self->checking == NULL)
    bounce_aurabox_watch_check (self);
  return G_SOURCE_CONTINUE;
}

static void
event_cb (BounceAuraboxWatch *self, const BounceEvent *event)
{
  switch (event->code)
    {
    case BOUNCE_EVENT_STUDY_DELIVERED:
      if (self->checking == NULL)
        set_state (self, BOUNCE_AURABOX_REACHABLE, NULL);
      break;
    case BOUNCE_EVENT_UNAUTHORISED:
    case BOUNCE_EVENT_AUTHORISED:
      bounce_aurabox_watch_check (self);
      break;
    case BOUNCE_EVENT_STUDY_RETRY:
      if (self->state == BOUNCE_AURABOX_REACHABLE)
        bounce_aurabox_watch_check (self);
      break;
    default:
      break;
    }
}

static void
bounce_aurabox_watch_dispose (GObject *object)
{
  BounceAuraboxWatch *self = BOUNCE_AURABOX_WATCH (object);

  bounce_aurabox_watch_stop (self);
  G_OBJECT_CLASS (bounce_aurabox_watch_parent_class)->dispose (object);
}

static void
bounce_aurabox_watch_finalize (GObject *object)
{
  BounceAuraboxWatch *self = BOUNCE_AURABOX_WATCH (object);

  g_clear_object (&self->service);
  g_free (self->message);
  G_OBJECT_CLASS (bounce_aurabox_watch_parent_class)->finalize (object);
}

static void
bounce_aurabox_watch_class_init (BounceAuraboxWatchClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->dispose = bounce_aurabox_watch_dispose;
  object_class->finalize = bounce_aurabox_watch_finalize;
  /* State, message or time are other than before. */
  signals[SIGNAL_CHANGED] = g_signal_new ("changed", BOUNCE_TYPE_AURABOX_WATCH, G_SIGNAL_RUN_LAST,
                                          0, NULL, NULL, NULL, G_TYPE_NONE, 0);
}

static void
bounce_aurabox_watch_init (BounceAuraboxWatch *self)
{
}

/**
 * bounce_aurabox_watch_new:
 * @service: whose key and endpoint
 *
 * Asks at once.
 *
 * Thread: main
 * Returns: (transfer full): the watch
 */
BounceAuraboxWatch *
bounce_aurabox_watch_new (BounceService *service)
{
  BounceAuraboxWatch *self;

  g_return_val_if_fail (BOUNCE_IS_SERVICE (service), NULL);

  self = g_object_new (BOUNCE_TYPE_AURABOX_WATCH, NULL);
  self->service = g_object_ref (service);
  g_signal_connect_object (service, "notify::config", G_CALLBACK (bounce_aurabox_watch_check), self,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (service, "network-returned", G_CALLBACK (bounce_aurabox_watch_check),
                           self, G_CONNECT_SWAPPED);
  g_signal_connect_object (service, "event", G_CALLBACK (event_cb), self, G_CONNECT_SWAPPED);
  self->check_source = g_timeout_add_seconds (CHECK_SECONDS, check_cb, self);
  bounce_aurabox_watch_check (self);
  return self;
}

/**
 * bounce_aurabox_watch_get_state:
 *
 * Returns: what the last question said.
 */
BounceAuraboxState
bounce_aurabox_watch_get_state (BounceAuraboxWatch *self)
{
  g_return_val_if_fail (BOUNCE_IS_AURABOX_WATCH (self), BOUNCE_AURABOX_UNKNOWN);

  return self->state;
}

/**
 * bounce_aurabox_watch_get_message:
 *
 * Returns: (nullable): why Aurabox could not be reached.
 */
const char *
bounce_aurabox_watch_get_message (BounceAuraboxWatch *self)
{
  g_return_val_if_fail (BOUNCE_IS_AURABOX_WATCH (self), NULL);

  return self->message;
}

/**
 * bounce_aurabox_watch_get_checked_us:
 *
 * Units: microseconds since 1970, UTC
 * Returns: when the last answer came; 0: never.
 */
gint64
bounce_aurabox_watch_get_checked_us (BounceAuraboxWatch *self)
{
  g_return_val_if_fail (BOUNCE_IS_AURABOX_WATCH (self), 0);

  return self->checked_us;
}
