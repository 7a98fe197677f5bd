/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* The receiver as the rest of the program sees it: started, stopped, where it listens.
 *
 * Starting binds before it succeeds. Stopping closes the socket at once, lets associations finish
 * for a while and then aborts them; callers that stop while a stop is under way wait for the same
 * end. What arrives is the intake's business.
 *
 * Thread: main only; the associations run on threads of the listener. */

#include "config.h"

#include "bounce-receiver.h"

#include <errno.h>

#include "bounce-dicom-error.h"
#include "bounce-intake.h"
#include "bounce-log.h"

/* Design section 9: associations drain, limit 30 s, then abort. */
#define DRAIN_MS (30 * 1000)

struct _BounceReceiver
{
  GObject parent_instance;

  BounceStore *store;       /* (owned) */
  BounceConfig *config;     /* (owned) */
  BounceListener *listener; /* (owned) (nullable) while not stopped */
  GPtrArray *stopping;      /* (owned) (element-type GTask) waiting for the listener's end */
  BounceReceiverState state;
};

G_DEFINE_QUARK (bounce - receiver - error - quark, bounce_receiver_error)
G_DEFINE_FINAL_TYPE (BounceReceiver, bounce_receiver, G_TYPE_OBJECT)

enum
{
  PROP_STATE = 1,
  PROP_N_ASSOCIATIONS,
  N_PROPS,
};

static GParamSpec *properties[N_PROPS];

static void
set_state (BounceReceiver *self, BounceReceiverState state)
{
  if (self->state == state)
    return;
  self->state = state;
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_STATE]);
}

static BounceListener *
open_listener (BounceReceiver *self, GError **error)
{
  const BounceListenerOptions options = {
    .ip_address = bounce_config_get_ip_address (self->config),
    .port = bounce_config_get_port (self->config),
    .ae_title = bounce_config_get_ae_title (self->config),
    .max_associations = bounce_config_get_max_associations (self->config),
  };

  return bounce_listener_open (&options, bounce_intake_get_handler (),
                               bounce_intake_new (self->store), (GDestroyNotify) bounce_intake_free,
                               error);
}

static void
listener_stopped_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (BounceReceiver) self = user_data;
  g_autoptr (GPtrArray) tasks = g_steal_pointer (&self->stopping);

  bounce_listener_stop_finish (BOUNCE_LISTENER (source), result, NULL); /* does not fail */
  self->stopping = g_ptr_array_new_with_free_func (g_object_unref);
  g_clear_object (&self->listener);
  set_state (self, BOUNCE_RECEIVER_STOPPED);
  for (guint i = 0; i < tasks->len; i++)
    g_task_return_boolean (g_ptr_array_index (tasks, i), TRUE);
}

static void
bounce_receiver_get_property (GObject *object, guint id, GValue *value, GParamSpec *pspec)
{
  BounceReceiver *self = BOUNCE_RECEIVER (object);

  switch (id)
    {
    case PROP_STATE:
      g_value_set_int (value, self->state);
      break;
    case PROP_N_ASSOCIATIONS:
      g_value_set_uint (
          value, self->listener != NULL ? bounce_listener_get_n_associations (self->listener) : 0);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
    }
}

static void
bounce_receiver_dispose (GObject *object)
{
  BounceReceiver *self = BOUNCE_RECEIVER (object);

  g_clear_object (&self->listener);
  g_clear_pointer (&self->stopping, g_ptr_array_unref);
  g_clear_pointer (&self->config, bounce_config_unref);
  g_clear_object (&self->store);
  G_OBJECT_CLASS (bounce_receiver_parent_class)->dispose (object);
}

static void
bounce_receiver_class_init (BounceReceiverClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->get_property = bounce_receiver_get_property;
  object_class->dispose = bounce_receiver_dispose;
  /**
   * BounceReceiver:state:
   *
   * A #BounceReceiverState.
   */
  properties[PROP_STATE] =
      g_param_spec_int ("state", NULL, NULL, BOUNCE_RECEIVER_STOPPED, BOUNCE_RECEIVER_STOPPING,
                        BOUNCE_RECEIVER_STOPPED, G_PARAM_READABLE | G_PARAM_STATIC_STRINGS);
  /**
   * BounceReceiver:n-associations:
   *
   * Open associations; read when asked for, not notified.
   */
  properties[PROP_N_ASSOCIATIONS] = g_param_spec_uint (
      "n-associations", NULL, NULL, 0, G_MAXUINT, 0, G_PARAM_READABLE | G_PARAM_STATIC_STRINGS);
  g_object_class_install_properties (object_class, N_PROPS, properties);
}

static void
bounce_receiver_init (BounceReceiver *self)
{
  self->stopping = g_ptr_array_new_with_free_func (g_object_unref);
}

/**
 * bounce_receiver_new:
 * @store: where everything goes
 * @config: address, port, AE title and association limit are taken from it at the next start
 *
 * Thread: main.
 * Returns: (transfer full): a receiver that is stopped
 */
BounceReceiver *
bounce_receiver_new (BounceStore *store, BounceConfig *config)
{
  BounceReceiver *self = g_object_new (BOUNCE_TYPE_RECEIVER, NULL);

  self->store = g_object_ref (store);
  self->config = bounce_config_ref (config);
  return self;
}

/**
 * bounce_receiver_set_config:
 *
 * What the next start will use.
 */
void
bounce_receiver_set_config (BounceReceiver *self, BounceConfig *config)
{
  g_return_if_fail (BOUNCE_IS_RECEIVER (self));

  bounce_config_ref (config);
  bounce_config_unref (self->config);
  self->config = config;
}

/**
 * bounce_receiver_get_state:
 *
 * Returns: the value of #BounceReceiver:state
 */
BounceReceiverState
bounce_receiver_get_state (BounceReceiver *self)
{
  g_return_val_if_fail (BOUNCE_IS_RECEIVER (self), BOUNCE_RECEIVER_STOPPED);

  return self->state;
}

/**
 * bounce_receiver_get_port:
 *
 * Returns: the port that is listened on; 0 when there is none
 */
guint16
bounce_receiver_get_port (BounceReceiver *self)
{
  g_return_val_if_fail (BOUNCE_IS_RECEIVER (self), 0);

  return self->listener != NULL ? bounce_listener_get_port (self->listener) : 0;
}

/**
 * bounce_receiver_start_async:
 * @cancellable: (nullable): looked at before anything is bound
 *
 * Starts to listen. Succeeds at once when it already does.
 *
 * Thread: main.
 */
void
bounce_receiver_start_async (BounceReceiver *self,
                             GCancellable *cancellable,
                             GAsyncReadyCallback callback,
                             gpointer user_data)
{
  g_autoptr (GTask) task = NULL;
  g_autoptr (GError) error = NULL;

  g_return_if_fail (BOUNCE_IS_RECEIVER (self));

  task = g_task_new (self, cancellable, callback, user_data);
  g_task_set_source_tag (task, bounce_receiver_start_async);
  /* Once the socket is bound the start has happened, whatever the cancellable says then. */
  g_task_set_check_cancellable (task, FALSE);
  if (g_task_return_error_if_cancelled (task))
    return;
  if (self->state == BOUNCE_RECEIVER_RUNNING)
    {
      g_task_return_boolean (task, TRUE);
      return;
    }
  if (self->state != BOUNCE_RECEIVER_STOPPED)
    {
      g_task_return_new_error (task, BOUNCE_RECEIVER_ERROR, BOUNCE_RECEIVER_ERROR_START, "%s",
                               g_strerror (EALREADY));
      return;
    }
  set_state (self, BOUNCE_RECEIVER_STARTING);
  bounce_log (BOUNCE_LOG_INFO, "Starting server");
  self->listener = open_listener (self, &error);
  set_state (self, self->listener != NULL ? BOUNCE_RECEIVER_RUNNING : BOUNCE_RECEIVER_STOPPED);
  if (self->listener != NULL)
    g_task_return_boolean (task, TRUE);
  else
    g_task_return_new_error (task, BOUNCE_RECEIVER_ERROR, BOUNCE_RECEIVER_ERROR_START, "%s",
                             error->message);
}

/**
 * bounce_receiver_start_finish:
 *
 * Errors: #BOUNCE_RECEIVER_ERROR_START with strerror's text alone; %G_IO_ERROR_CANCELLED.
 * Returns: %TRUE once the socket is bound
 */
gboolean
bounce_receiver_start_finish (BounceReceiver *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), FALSE);

  return g_task_propagate_boolean (G_TASK (result), error);
}

/**
 * bounce_receiver_stop_async:
 * @cancellable: (nullable): cancelled beforehand nothing is stopped; later the caller is told so,
 *   but the stop goes on
 *
 * Closes the socket at once and waits up to 30 s for associations. Succeeds when it is stopped.
 *
 * Thread: main.
 */
void
bounce_receiver_stop_async (BounceReceiver *self,
                            GCancellable *cancellable,
                            GAsyncReadyCallback callback,
                            gpointer user_data)
{
  g_autoptr (GTask) task = NULL;

  g_return_if_fail (BOUNCE_IS_RECEIVER (self));

  task = g_task_new (self, cancellable, callback, user_data);
  g_task_set_source_tag (task, bounce_receiver_stop_async);
  if (g_task_return_error_if_cancelled (task))
    return;
  if (self->listener == NULL)
    {
      g_task_return_boolean (task, TRUE);
      return;
    }
  g_ptr_array_add (self->stopping, g_steal_pointer (&task));
  if (self->state == BOUNCE_RECEIVER_STOPPING)
    return;
  set_state (self, BOUNCE_RECEIVER_STOPPING);
  bounce_log (BOUNCE_LOG_INFO, "Stopping server");
  bounce_listener_stop_async (self->listener, DRAIN_MS, listener_stopped_cb, g_object_ref (self));
}

/**
 * bounce_receiver_stop_finish:
 *
 * Errors: %G_IO_ERROR_CANCELLED.
 * Returns: %TRUE when no association is left
 */
gboolean
bounce_receiver_stop_finish (BounceReceiver *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), FALSE);

  return g_task_propagate_boolean (G_TASK (result), error);
}
