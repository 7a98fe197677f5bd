/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* The service on a bus: connects, exports cloud.aurabox.Bounce1 and asks for the name, without
 * queueing and without replacing anyone (design section 2). Everything else about the service goes
 * on without a bus; it is tried again until it works, at the start as well as when the connection
 * is lost.
 *
 * Threads: main; connecting blocks (address look-up, authentication) and so runs on a pool
 * thread. */

#include "config.h"

#include "bounce-service-dbus-private.h"

#include "bounce-log.h"

/* Tried again after 5, 10, 20 … 60 seconds: somebody may start a bus, or give the name free. */
#define FIRST_RETRY_SECONDS 5
#define LAST_RETRY_SECONDS  60
/* org.freedesktop.DBus.RequestName, D-Bus specification "Message Bus Messages" */
#define NAME_FLAG_DO_NOT_QUEUE 4
#define REPLY_PRIMARY_OWNER    1
#define REPLY_ALREADY_OWNER    4

struct _BounceServiceDBus
{
  GObject parent_instance;

  BounceService *service; /* (owned) */
  GBusType bus;
  BounceDBusFace *face;        /* (owned) */
  GDBusConnection *connection; /* (owned) (nullable) */
  GCancellable *cancellable;   /* (owned) of reconnecting */
  gulong closed_handler;
  guint reconnect_timer;
  guint retry_seconds; /* before the next try */
  gboolean is_reachable;
};

G_DEFINE_FINAL_TYPE (BounceServiceDBus, bounce_service_dbus, G_TYPE_OBJECT)

enum
{
  PROP_0,
  PROP_IS_REACHABLE,
  N_PROPS,
};

static GParamSpec *properties[N_PROPS];

static void
set_reachable (BounceServiceDBus *self, gboolean is_reachable)
{
  if (self->is_reachable == is_reachable)
    return;
  self->is_reachable = is_reachable;
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_IS_REACHABLE]);
}

static void
drop_connection (BounceServiceDBus *self)
{
  set_reachable (self, FALSE);
  if (self->connection == NULL)
    return;
  g_clear_signal_handler (&self->closed_handler, self->connection);
  if (g_dbus_interface_skeleton_has_connection (G_DBUS_INTERFACE_SKELETON (self->face),
                                                self->connection))
    g_dbus_interface_skeleton_unexport (G_DBUS_INTERFACE_SKELETON (self->face));
  g_clear_object (&self->connection);
}

static void
bounce_service_dbus_get_property (GObject *object, guint id, GValue *value, GParamSpec *pspec)
{
  BounceServiceDBus *self = BOUNCE_SERVICE_DBUS (object);

  if (id == PROP_IS_REACHABLE)
    g_value_set_boolean (value, self->is_reachable);
  else
    G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
}

static void
bounce_service_dbus_dispose (GObject *object)
{
  BounceServiceDBus *self = BOUNCE_SERVICE_DBUS (object);

  bounce_service_dbus_withdraw (self);
  g_clear_object (&self->face);
  g_clear_object (&self->service);
  g_clear_object (&self->cancellable);
  G_OBJECT_CLASS (bounce_service_dbus_parent_class)->dispose (object);
}

static void
bounce_service_dbus_class_init (BounceServiceDBusClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->get_property = bounce_service_dbus_get_property;
  object_class->dispose = bounce_service_dbus_dispose;
  /**
   * BounceServiceDBus:is-reachable: the name is ours at present.
   */
  properties[PROP_IS_REACHABLE] = g_param_spec_boolean ("is-reachable", NULL, NULL, FALSE,
                                                        G_PARAM_READABLE | G_PARAM_STATIC_STRINGS);
  g_object_class_install_properties (object_class, N_PROPS, properties);
}

static void
bounce_service_dbus_init (BounceServiceDBus *self)
{
  self->cancellable = g_cancellable_new ();
  self->retry_seconds = FIRST_RETRY_SECONDS;
}

/**
 * bounce_service_dbus_new:
 * @service: what to put on the bus
 * @bus: the session or the system bus
 *
 * Prepares the interface; bounce_service_dbus_publish_async() connects it.
 *
 * Thread: main
 * Returns: (transfer full): the service's face on @bus
 */
BounceServiceDBus *
bounce_service_dbus_new (BounceService *service, GBusType bus)
{
  BounceServiceDBus *self;

  g_return_val_if_fail (BOUNCE_IS_SERVICE (service), NULL);

  self = g_object_new (BOUNCE_TYPE_SERVICE_DBUS, NULL);
  self->service = g_object_ref (service);
  self->bus = bus;
  self->face = bounce_dbus_face_skeleton_new ();
  bounce_service_dbus_connect_methods (self->face, service);
  bounce_service_dbus_connect_imports (self->face, service);
  bounce_service_dbus_connect_signals (self->face, service);
  return self;
}

static void republished_cb (GObject *source, GAsyncResult *result, gpointer user_data);

static gboolean
reconnect_cb (gpointer user_data)
{
  BounceServiceDBus *self = user_data;

  self->reconnect_timer = 0;
  bounce_service_dbus_publish_async (self, self->cancellable, republished_cb, NULL);
  return G_SOURCE_REMOVE;
}

static void
reconnect_later (BounceServiceDBus *self)
{
  if (self->reconnect_timer != 0 || g_cancellable_is_cancelled (self->cancellable))
    return;
  self->reconnect_timer = g_timeout_add_seconds (self->retry_seconds, reconnect_cb, self);
  self->retry_seconds = MIN (2 * self->retry_seconds, LAST_RETRY_SECONDS);
}

static void
republished_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  if (bounce_service_dbus_publish_finish (BOUNCE_SERVICE_DBUS (source), result, NULL))
    bounce_log (BOUNCE_LOG_INFO, "On the bus again");
}

/* Fails the task; what it was for is tried again later. */
static void
fail_publishing (GTask *task, GError *error)
{
  BounceServiceDBus *self = g_task_get_source_object (task);

  drop_connection (self);
  g_task_return_error (task, error);
  reconnect_later (self);
}

static void
connection_closed_cb (BounceServiceDBus *self)
{
  bounce_log (BOUNCE_LOG_WARNING, "The bus is gone; receiving and uploading go on");
  drop_connection (self);
  reconnect_later (self);
}

static void
connect_worker (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  BounceServiceDBus *self = source;
  GError *error = NULL;
  g_autofree char *address = g_dbus_address_get_for_bus_sync (self->bus, cancellable, &error);
  GDBusConnection *connection = NULL;

  /* A connection of our own: the shared one of g_bus_get() ends the process when it closes. */
  if (address != NULL)
    connection = g_dbus_connection_new_for_address_sync (
        address,
        G_DBUS_CONNECTION_FLAGS_AUTHENTICATION_CLIENT
            | G_DBUS_CONNECTION_FLAGS_MESSAGE_BUS_CONNECTION,
        NULL, cancellable, &error);
  if (connection != NULL)
    g_task_return_pointer (task, connection, g_object_unref);
  else
    g_task_return_error (task, error);
}

static void
name_answered_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  BounceServiceDBus *self = g_task_get_source_object (task);
  GError *error = NULL;
  g_autoptr (GVariant) reply =
      g_dbus_connection_call_finish (G_DBUS_CONNECTION (source), result, &error);
  guint32 answer = 0;

  if (reply == NULL)
    {
      fail_publishing (task, error);
      return;
    }
  g_variant_get (reply, "(u)", &answer);
  if (answer == REPLY_PRIMARY_OWNER || answer == REPLY_ALREADY_OWNER)
    {
      set_reachable (self, TRUE);
      self->retry_seconds = FIRST_RETRY_SECONDS;
      g_task_return_boolean (task, TRUE);
      return;
    }
  fail_publishing (task,
                   g_error_new_literal (BOUNCE_SERVICE_ERROR, BOUNCE_SERVICE_ERROR_LOCKED,
                                        "another service has the name " BOUNCE_SERVICE_BUS_NAME));
}

/* Takes the connection. */
static gboolean
export_face (BounceServiceDBus *self, GDBusConnection *connection, GError **error)
{
  drop_connection (self);
  self->connection = connection;
  self->closed_handler = g_signal_connect_object (
      connection, "closed", G_CALLBACK (connection_closed_cb), self, G_CONNECT_SWAPPED);
  return g_dbus_interface_skeleton_export (G_DBUS_INTERFACE_SKELETON (self->face), connection,
                                           BOUNCE_SERVICE_OBJECT_PATH, error);
}

static void
connected_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  BounceServiceDBus *self = BOUNCE_SERVICE_DBUS (source);
  GError *error = NULL;
  GDBusConnection *connection = g_task_propagate_pointer (G_TASK (result), &error);

  if (connection == NULL || !export_face (self, connection, &error))
    {
      fail_publishing (task, error);
      return;
    }
  g_dbus_connection_call (connection, "org.freedesktop.DBus", "/org/freedesktop/DBus",
                          "org.freedesktop.DBus", "RequestName",
                          g_variant_new ("(su)", BOUNCE_SERVICE_BUS_NAME, NAME_FLAG_DO_NOT_QUEUE),
                          G_VARIANT_TYPE ("(u)"), G_DBUS_CALL_FLAGS_NONE, -1,
                          g_task_get_cancellable (task), name_answered_cb, g_object_ref (task));
}

/**
 * bounce_service_dbus_publish_async:
 *
 * Connects, exports the interface, asks for the name. What fails, and a connection that is lost
 * later, is tried again by itself until bounce_service_dbus_withdraw().
 *
 * Thread: main
 */
void
bounce_service_dbus_publish_async (BounceServiceDBus *self,
                                   GCancellable *cancellable,
                                   GAsyncReadyCallback callback,
                                   gpointer user_data)
{
  g_autoptr (GTask) connecting = NULL;
  GTask *task;

  g_return_if_fail (BOUNCE_IS_SERVICE_DBUS (self));

  task = g_task_new (self, cancellable, callback, user_data);
  g_task_set_source_tag (task, bounce_service_dbus_publish_async);
  connecting = g_task_new (self, cancellable, connected_cb, task);
  g_task_set_source_tag (connecting, connect_worker);
  g_task_run_in_thread (connecting, connect_worker);
}

/**
 * bounce_service_dbus_publish_finish:
 *
 * Thread: main
 * Errors: %BOUNCE_SERVICE_ERROR_LOCKED when another process has the name; of GIO when there is no
 *   bus
 * Returns: whether the name is ours
 */
gboolean
bounce_service_dbus_publish_finish (BounceServiceDBus *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), FALSE);

  return g_task_propagate_boolean (G_TASK (result), error);
}

static void
flush_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_dbus_connection_close (G_DBUS_CONNECTION (source), NULL, NULL, NULL);
}

/**
 * bounce_service_dbus_withdraw:
 *
 * Gives the name back and ends the connection for good.
 *
 * Thread: main
 */
void
bounce_service_dbus_withdraw (BounceServiceDBus *self)
{
  g_autoptr (GDBusConnection) connection = NULL;

  g_return_if_fail (BOUNCE_IS_SERVICE_DBUS (self));

  g_clear_handle_id (&self->reconnect_timer, g_source_remove);
  if (self->cancellable != NULL)
    g_cancellable_cancel (self->cancellable);
  if (self->connection == NULL)
    return;
  connection = g_object_ref (self->connection);
  drop_connection (self);
  g_dbus_connection_flush (connection, NULL, flush_cb, NULL);
}
