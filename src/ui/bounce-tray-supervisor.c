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

#include "bounce-log.h"

#define WATCHER_NAME      "org.kde.StatusNotifierWatcher"
#define WATCHER_PATH      "/StatusNotifierWatcher"
#define WATCHER_INTERFACE "org.kde.StatusNotifierWatcher"

/* A helper that ends at once is tried again after 1, 2, 4 … 60 seconds; one that lived a minute
 * starts from the beginning. */
#define FIRST_DELAY_SECONDS 1
#define LAST_DELAY_SECONDS  60
#define LONG_LIFE_US        (60 * G_USEC_PER_SEC)

struct _BounceTraySupervisor
{
  GObject parent_instance;

  GDBusConnection *connection; /* (owned) */
  char *object_path;           /* (owned) */
  char *helper;                /* (owned) */
  GCancellable *cancellable;   /* (owned) of all that is under way; cancelled when stopped */
  GSubprocess *process;        /* (owned) (nullable) the helper while it lives */
  GDataInputStream *output;    /* (owned) (nullable) its stdout */
  gint64 started_at_us;
  guint delay_seconds; /* before the next start */
  guint restart_id;
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

static void start_helper (BounceTraySupervisor *self);
static void read_next_line (BounceTraySupervisor *self);

static void
set_available (BounceTraySupervisor *self, gboolean is_available)
{
  if (self->is_available == is_available)
    return;
  self->is_available = is_available;
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_IS_AVAILABLE]);
}

static gboolean
restart_cb (gpointer user_data)
{
  BounceTraySupervisor *self = user_data;

  self->restart_id = 0;
  start_helper (self);
  return G_SOURCE_REMOVE;
}

static void
schedule_restart (BounceTraySupervisor *self)
{
  if (g_get_monotonic_time () - self->started_at_us > LONG_LIFE_US)
    self->delay_seconds = FIRST_DELAY_SECONDS;
  bounce_log (BOUNCE_LOG_WARNING, "The tray icon ended; it is started again in %u s",
              self->delay_seconds);
  self->restart_id = g_timeout_add_seconds (self->delay_seconds, restart_cb, self);
  self->delay_seconds = MIN (2 * self->delay_seconds, LAST_DELAY_SECONDS);
}

static void
helper_ended_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (BounceTraySupervisor) self = user_data;

  g_subprocess_wait_finish (G_SUBPROCESS (source), result, NULL);
  if (self->process != G_SUBPROCESS (source))
    return;
  g_clear_object (&self->process);
  g_clear_object (&self->output);
  set_available (self, FALSE);
  if (self->has_host && !self->is_stopped && self->restart_id == 0)
    schedule_restart (self);
}

static void
line_read_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (BounceTraySupervisor) self = user_data;
  g_autofree char *line =
      g_data_input_stream_read_line_finish (G_DATA_INPUT_STREAM (source), result, NULL, NULL);

  if (line == NULL || self->output != G_DATA_INPUT_STREAM (source))
    return;
  set_available (self, self->has_host && g_str_equal (line, "shown"));
  read_next_line (self);
}

static void
read_next_line (BounceTraySupervisor *self)
{
  g_data_input_stream_read_line_async (self->output, G_PRIORITY_DEFAULT, self->cancellable,
                                       line_read_cb, g_object_ref (self));
}

static void
start_helper (BounceTraySupervisor *self)
{
  g_autoptr (GError) error = NULL;

  if (!self->has_host || self->is_stopped || self->process != NULL)
    return;
  self->started_at_us = g_get_monotonic_time ();
  self->process = g_subprocess_new (
      G_SUBPROCESS_FLAGS_STDIN_PIPE | G_SUBPROCESS_FLAGS_STDOUT_PIPE, &error, self->helper,
      g_dbus_connection_get_unique_name (self->connection), self->object_path, NULL);
  if (self->process == NULL)
    {
      /* Not installed: the desktop application works without a tray. */
      bounce_log (BOUNCE_LOG_WARNING, "No tray icon: %s", error->message);
      return;
    }
  self->output = g_data_input_stream_new (g_subprocess_get_stdout_pipe (self->process));
  read_next_line (self);
  g_subprocess_wait_async (self->process, self->cancellable, helper_ended_cb, g_object_ref (self));
}

/* Closing its stdin would do; the signal reaches one that is stuck in its menu too. */
static void
end_helper (BounceTraySupervisor *self)
{
  g_clear_handle_id (&self->restart_id, g_source_remove);
  if (self->process != NULL)
    {
      g_subprocess_send_signal (self->process, SIGTERM);
      g_output_stream_close (g_subprocess_get_stdin_pipe (self->process), NULL, NULL);
    }
  g_clear_object (&self->process);
  g_clear_object (&self->output);
  set_available (self, FALSE);
}

static void
set_has_host (BounceTraySupervisor *self, gboolean has_host)
{
  if (self->has_host == has_host)
    return;
  self->has_host = has_host;
  self->delay_seconds = FIRST_DELAY_SECONDS;
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
  g_free (self->object_path);
  g_free (self->helper);
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
  self->delay_seconds = FIRST_DELAY_SECONDS;
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
  self->helper = g_strdup (helper);
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
