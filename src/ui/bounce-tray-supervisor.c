/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* The tray's supervisor: finds out whether the desktop has a tray, and keeps the helper running
 * while it has one.
 *
 * A tray is there when org.kde.StatusNotifierWatcher has an owner and its property
 * IsStatusNotifierHostRegistered is true; the property is read again whenever the watcher says that
 * hosts came or went. The helper says on its stdout when the icon is shown or hidden; is-available
 * is the last word of a helper that lives. A helper that ends while there is a host is started
 * again, later each time; it ends by itself when its stdin closes.
 *
 * Main thread. No GTK here. */

#include "config.h"

#include "bounce-tray-supervisor.h"

#include "bounce-child.h"
#include "bounce-log.h"

#define WATCHER_NAME      "org.kde.StatusNotifierWatcher"
#define WATCHER_PATH      "/StatusNotifierWatcher"
#define WATCHER_INTERFACE "org.kde.StatusNotifierWatcher"

struct _BounceTraySupervisor
{
  GObject parent_instance;

  GDBusConnection *connection; /* (owned) */
  char *object_path;           /* (owned) */
  char *program;               /* (owned) */
  GCancellable *cancellable;   /* (owned) of all that is under way; cancelled when stopped */
  BounceChild *helper;         /* (owned) */
  guint watch_id;
  guint signal_id;
  gboolean has_host;
  gboolean is_available;
  gboolean is_stopped;
};

G_DEFINE_FINAL_TYPE (BounceTraySupervisor, bounce_tray_supervisor, G_TYPE_OBJECT)

enum
{
  PROP_0,
  PROP_IS_AVAILABLE,
  N_PROPS,
};

static GParamSpec *properties[N_PROPS];

static void
set_available (BounceTraySupervisor *self, gboolean is_available)
{
  if (self->is_available == is_available)
    return;
  self->is_available = is_available;
  bounce_log (BOUNCE_LOG_INFO, "The tray icon is %s", is_available ? "shown" : "gone");
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_IS_AVAILABLE]);
}

static void
start_helper (BounceTraySupervisor *self)
{
  g_autoptr (GError) error = NULL;

  /* Not installed: the desktop application works without a tray. */
  if (!bounce_child_start (self->helper,
                           (const char *[]){ self->program,
                                             g_dbus_connection_get_unique_name (self->connection),
                                             self->object_path, NULL },
                           &error))
    bounce_log (BOUNCE_LOG_WARNING, "No tray icon: %s", error->message);
}

static void
end_helper (BounceTraySupervisor *self)
{
  bounce_child_end (self->helper);
  set_available (self, FALSE);
}

static void
helper_ended_cb (BounceTraySupervisor *self, guint delay_seconds)
{
  bounce_log (BOUNCE_LOG_WARNING, "The tray icon ended; it is started again in %u s",
              delay_seconds);
  set_available (self, FALSE);
}

static void
line_cb (BounceTraySupervisor *self, const char *line)
{
  set_available (self, self->has_host && g_str_equal (line, "shown"));
}

static void
set_has_host (BounceTraySupervisor *self, gboolean has_host)
{
  if (self->has_host == has_host)
    return;
  self->has_host = has_host;
  if (has_host)
    start_helper (self);
  else
    end_helper (self);
}

static void
host_read_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (BounceTraySupervisor) self = user_data;
  g_autoptr (GVariant) reply =
      g_dbus_connection_call_finish (G_DBUS_CONNECTION (source), result, NULL);
  g_autoptr (GVariant) value = NULL;

  if (self->is_stopped)
    return;
  if (reply != NULL)
    g_variant_get (reply, "(v)", &value);
  set_has_host (self, value != NULL && g_variant_is_of_type (value, G_VARIANT_TYPE_BOOLEAN)
                          && g_variant_get_boolean (value));
}

static void
read_host (BounceTraySupervisor *self)
{
  g_dbus_connection_call (
      self->connection, WATCHER_NAME, WATCHER_PATH, "org.freedesktop.DBus.Properties", "Get",
      g_variant_new ("(ss)", WATCHER_INTERFACE, "IsStatusNotifierHostRegistered"),
      G_VARIANT_TYPE ("(v)"), G_DBUS_CALL_FLAGS_NO_AUTO_START, -1, self->cancellable, host_read_cb,
      g_object_ref (self));
}

static void
watcher_appeared_cb (GDBusConnection *connection,
                     const char *name,
                     const char *owner,
                     gpointer user_data)
{
  read_host (user_data);
}

static void
watcher_vanished_cb (GDBusConnection *connection, const char *name, gpointer user_data)
{
  set_has_host (user_data, FALSE);
}

/* Any signal of the watcher; items that come and go cost one small call. */
static void
watcher_signal_cb (GDBusConnection *connection,
                   const char *sender,
                   const char *path,
                   const char *interface,
                   const char *signal,
                   GVariant *parameters,
                   gpointer user_data)
{
  if (g_str_has_prefix (signal, "StatusNotifierHost"))
    read_host (user_data);
}

static void
watch (BounceTraySupervisor *self)
{
  self->signal_id = g_dbus_connection_signal_subscribe (
      self->connection, WATCHER_NAME, WATCHER_INTERFACE, NULL, WATCHER_PATH, NULL,
      G_DBUS_SIGNAL_FLAGS_NONE, watcher_signal_cb, self, NULL);
  self->watch_id =
      g_bus_watch_name_on_connection (self->connection, WATCHER_NAME, G_BUS_NAME_WATCHER_FLAGS_NONE,
                                      watcher_appeared_cb, watcher_vanished_cb, self, NULL);
}

static void
bounce_tray_supervisor_get_property (GObject *object, guint id, GValue *value, GParamSpec *pspec)
{
  BounceTraySupervisor *self = BOUNCE_TRAY_SUPERVISOR (object);

  if (id == PROP_IS_AVAILABLE)
    g_value_set_boolean (value, self->is_available);
  else
    G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
}

static void
bounce_tray_supervisor_dispose (GObject *object)
{
  BounceTraySupervisor *self = BOUNCE_TRAY_SUPERVISOR (object);

  bounce_tray_supervisor_stop (self);
  G_OBJECT_CLASS (bounce_tray_supervisor_parent_class)->dispose (object);
}

static void
bounce_tray_supervisor_finalize (GObject *object)
{
  BounceTraySupervisor *self = BOUNCE_TRAY_SUPERVISOR (object);

  g_clear_object (&self->connection);
  g_clear_object (&self->cancellable);
  g_clear_object (&self->helper);
  g_free (self->object_path);
  g_free (self->program);
  G_OBJECT_CLASS (bounce_tray_supervisor_parent_class)->finalize (object);
}

static void
bounce_tray_supervisor_class_init (BounceTraySupervisorClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->get_property = bounce_tray_supervisor_get_property;
  object_class->dispose = bounce_tray_supervisor_dispose;
  object_class->finalize = bounce_tray_supervisor_finalize;
  /**
   * BounceTraySupervisor:is-available: a tray shows our icon now.
   */
  properties[PROP_IS_AVAILABLE] = g_param_spec_boolean ("is-available", NULL, NULL, FALSE,
                                                        G_PARAM_READABLE | G_PARAM_STATIC_STRINGS);
  g_object_class_install_properties (object_class, N_PROPS, properties);
}

static void
bounce_tray_supervisor_init (BounceTraySupervisor *self)
{
  self->cancellable = g_cancellable_new ();
  self->helper = bounce_child_new ();
  g_signal_connect_object (self->helper, "line", G_CALLBACK (line_cb), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (self->helper, "ended", G_CALLBACK (helper_ended_cb), self,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (self->helper, "due", G_CALLBACK (start_helper), self, G_CONNECT_SWAPPED);
}

/**
 * bounce_tray_supervisor_new:
 * @connection: the session bus, where the application exports its actions
 * @object_path: the object that has them
 * @helper: (nullable): path of bounce-tray; %NULL for the installed one, or what the environment
 *   names as BOUNCE_TRAY_HELPER
 *
 * Starts to look for a tray. What is under way holds a reference: call
 * bounce_tray_supervisor_stop() in the end.
 *
 * Thread: main
 * Returns: (transfer full): the supervisor
 */
BounceTraySupervisor *
bounce_tray_supervisor_new (GDBusConnection *connection,
                            const char *object_path,
                            const char *helper)
{
  BounceTraySupervisor *self;

  g_return_val_if_fail (G_IS_DBUS_CONNECTION (connection), NULL);
  g_return_val_if_fail (g_variant_is_object_path (object_path), NULL);

  if (helper == NULL)
    helper = g_getenv ("BOUNCE_TRAY_HELPER");
  if (helper == NULL)
    helper = BOUNCE_LIBEXECDIR "/bounce-tray";
  self = g_object_new (BOUNCE_TYPE_TRAY_SUPERVISOR, NULL);
  self->connection = g_object_ref (connection);
  self->object_path = g_strdup (object_path);
  self->program = g_strdup (helper);
  watch (self);
  return self;
}

/**
 * bounce_tray_supervisor_get_is_available:
 *
 * Returns: whether a tray shows our icon now
 */
gboolean
bounce_tray_supervisor_get_is_available (BounceTraySupervisor *self)
{
  g_return_val_if_fail (BOUNCE_IS_TRAY_SUPERVISOR (self), FALSE);

  return self->is_available;
}

/**
 * bounce_tray_supervisor_stop:
 *
 * Ends the helper and looks no further. May be called twice.
 *
 * Thread: main
 */
void
bounce_tray_supervisor_stop (BounceTraySupervisor *self)
{
  g_return_if_fail (BOUNCE_IS_TRAY_SUPERVISOR (self));

  self->is_stopped = TRUE;
  g_cancellable_cancel (self->cancellable);
  g_clear_handle_id (&self->watch_id, g_bus_unwatch_name);
  if (self->signal_id != 0)
    g_dbus_connection_signal_unsubscribe (self->connection, self->signal_id);
  self->signal_id = 0;
  end_helper (self);
}
