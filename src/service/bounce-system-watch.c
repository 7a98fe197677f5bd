/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* What the machine says of its network and its power, and what follows for the service.
 *
 * The network: GIO's monitor (NetworkManager where there is one, else the kernel's routes). When
 * more of it can be reached than before, uploads that wait for it are tried at once; changes that
 * only take something away, or flap, are not worth an attempt. Power: logind's signals on the
 * system bus. After sleep, deadlines of the network are stale in any case, so uploads are tried
 * too. A moment is left first, for addresses and names to settle; whatever comes in it counts once.
 *
 * Desktops without a session manager that can be asked not to suspend leave that to logind, too:
 * bounce_system_watch_keep_awake() holds its inhibitor.
 *
 * Without a system bus or without logind (containers, other init systems) only the network counts.
 *
 * Threads: main. */

#include "config.h"

#include "bounce-system-watch.h"

#include "bounce-log.h"

#include <gio/gunixfdlist.h>

#include <unistd.h>

#define LOGIND_NAME      "org.freedesktop.login1"
#define LOGIND_PATH      "/org/freedesktop/login1"
#define LOGIND_INTERFACE "org.freedesktop.login1.Manager"

/* From a link that is up to one that has an address and can resolve names. */
#define SETTLE_MS 1500

struct _BounceSystemWatch
{
  GObject parent_instance;

  BounceService *service;      /* (owned) */
  GNetworkMonitor *monitor;    /* (owned) */
  GDBusConnection *system_bus; /* (owned) (nullable) */
  GCancellable *cancellable;   /* (owned) of connecting to it */
  GCancellable *inhibiting;    /* (owned) (nullable) of asking logind not to sleep */
  char *awake_reason;          /* (owned) (nullable) why it must not */
  int awake_fd;                /* keeps the machine awake while it is open; -1: none */
  guint logind_signals;
  guint settle_timer;
  guint reach; /* how much of the network can be reached; 0: nothing */
};

G_DEFINE_FINAL_TYPE (BounceSystemWatch, bounce_system_watch, G_TYPE_OBJECT)

enum
{
  SIGNAL_SHUTTING_DOWN,
  N_SIGNALS,
};

static guint signals[N_SIGNALS];

static guint
measure_reach (GNetworkMonitor *monitor)
{
  if (!g_network_monitor_get_network_available (monitor))
    return 0;
  return g_network_monitor_get_connectivity (monitor);
}

static gboolean
settled_cb (gpointer user_data)
{
  BounceSystemWatch *self = user_data;

  self->settle_timer = 0;
  bounce_service_network_returned (self->service);
  return G_SOURCE_REMOVE;
}

static void
let_settle (BounceSystemWatch *self)
{
  if (self->settle_timer == 0)
    self->settle_timer = g_timeout_add (SETTLE_MS, settled_cb, self);
}

static void
network_changed_cb (BounceSystemWatch *self)
{
  guint before = self->reach;

  self->reach = measure_reach (self->monitor);
  if (self->reach > before)
    let_settle (self);
}

static void
logind_signal_cb (GDBusConnection *connection,
                  const char *sender,
                  const char *path,
                  const char *interface,
                  const char *signal,
                  GVariant *parameters,
                  gpointer user_data)
{
  BounceSystemWatch *self = user_data;
  gboolean is_beginning;

  if (!g_variant_is_of_type (parameters, G_VARIANT_TYPE ("(b)")))
    return;
  g_variant_get (parameters, "(b)", &is_beginning);
  if (g_str_equal (signal, "PrepareForSleep") && !is_beginning)
    {
      bounce_log (BOUNCE_LOG_INFO, "Awake again");
      let_settle (self);
    }
  else if (g_str_equal (signal, "PrepareForShutdown") && is_beginning)
    g_signal_emit (self, signals[SIGNAL_SHUTTING_DOWN], 0);
}

/* One who does not want it any more has cancelled; then the descriptor closes with the list. */
static void
inhibited_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (BounceSystemWatch) self = user_data;
  g_autoptr (GUnixFDList) fds = NULL;
  g_autoptr (GError) error = NULL;
  g_autoptr (GVariant) reply = g_dbus_connection_call_with_unix_fd_list_finish (
      G_DBUS_CONNECTION (source), &fds, result, &error);

  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    return;
  g_clear_object (&self->inhibiting);
  if (reply != NULL && fds != NULL)
    self->awake_fd = g_unix_fd_list_get (fds, 0, NULL);
}

static void
inhibit (BounceSystemWatch *self)
{
  self->inhibiting = g_cancellable_new ();
  g_dbus_connection_call_with_unix_fd_list (
      self->system_bus, LOGIND_NAME, LOGIND_PATH, LOGIND_INTERFACE, "Inhibit",
      g_variant_new ("(ssss)", "sleep", "Bounce", self->awake_reason, "block"),
      G_VARIANT_TYPE ("(h)"), G_DBUS_CALL_FLAGS_NO_AUTO_START, -1, NULL, self->inhibiting,
      inhibited_cb, g_object_ref (self));
}

static void
system_bus_connected_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (BounceSystemWatch) self = user_data;
  g_autoptr (GDBusConnection) connection = g_bus_get_finish (result, NULL);

  if (connection == NULL || g_cancellable_is_cancelled (self->cancellable))
    return;
  /* GIO would end the process with the bus; we can do without. */
  g_dbus_connection_set_exit_on_close (connection, FALSE);
  self->logind_signals = g_dbus_connection_signal_subscribe (
      connection, LOGIND_NAME, LOGIND_INTERFACE, NULL, LOGIND_PATH, NULL, G_DBUS_SIGNAL_FLAGS_NONE,
      logind_signal_cb, self, NULL);
  self->system_bus = g_steal_pointer (&connection);
  if (self->awake_reason != NULL)
    inhibit (self);
}

static void
bounce_system_watch_dispose (GObject *object)
{
  BounceSystemWatch *self = BOUNCE_SYSTEM_WATCH (object);

  g_cancellable_cancel (self->cancellable);
  bounce_system_watch_let_sleep (self);
  g_clear_handle_id (&self->settle_timer, g_source_remove);
  if (self->logind_signals != 0)
    g_dbus_connection_signal_unsubscribe (self->system_bus, self->logind_signals);
  self->logind_signals = 0;
  g_clear_object (&self->system_bus);
  g_clear_object (&self->monitor);
  g_clear_object (&self->service);
  G_OBJECT_CLASS (bounce_system_watch_parent_class)->dispose (object);
}

static void
bounce_system_watch_finalize (GObject *object)
{
  BounceSystemWatch *self = BOUNCE_SYSTEM_WATCH (object);

  g_clear_object (&self->cancellable);
  G_OBJECT_CLASS (bounce_system_watch_parent_class)->finalize (object);
}

static void
bounce_system_watch_class_init (BounceSystemWatchClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = bounce_system_watch_dispose;
  G_OBJECT_CLASS (klass)->finalize = bounce_system_watch_finalize;
  /**
   * BounceSystemWatch::shutting-down:
   *
   * The machine is about to power off or restart.
   */
  signals[SIGNAL_SHUTTING_DOWN] =
      g_signal_new ("shutting-down", G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_LAST, 0, NULL, NULL,
                    NULL, G_TYPE_NONE, 0);
}

static void
bounce_system_watch_init (BounceSystemWatch *self)
{
  self->cancellable = g_cancellable_new ();
  self->awake_fd = -1;
}

/**
 * bounce_system_watch_new:
 * @service: is told when the network returns
 * @monitor: (nullable): %NULL for that of this machine
 *
 * The first one of a process may ask the system bus for a network manager and wait for the answer,
 * so it belongs before the main loop.
 *
 * Thread: main
 * Returns: (transfer full): watches until it goes
 */
BounceSystemWatch *
bounce_system_watch_new (BounceService *service, GNetworkMonitor *monitor)
{
  BounceSystemWatch *self;

  g_return_val_if_fail (BOUNCE_IS_SERVICE (service), NULL);

  self = g_object_new (BOUNCE_TYPE_SYSTEM_WATCH, NULL);
  self->service = g_object_ref (service);
  self->monitor = g_object_ref (monitor != NULL ? monitor : g_network_monitor_get_default ());
  self->reach = measure_reach (self->monitor);
  g_signal_connect_object (self->monitor, "network-changed", G_CALLBACK (network_changed_cb), self,
                           G_CONNECT_SWAPPED);
  g_bus_get (G_BUS_TYPE_SYSTEM, self->cancellable, system_bus_connected_cb, g_object_ref (self));
  return self;
}

/**
 * bounce_system_watch_keep_awake:
 * @reason: a translated sentence for whoever asks what keeps the machine awake
 *
 * Asks logind not to sleep until bounce_system_watch_let_sleep(). Whether it agrees is not told: a
 * refusal is its policy.
 *
 * Thread: main
 * Source: org.freedesktop.login1(5), Inhibit()
 */
void
bounce_system_watch_keep_awake (BounceSystemWatch *self, const char *reason)
{
  g_return_if_fail (BOUNCE_IS_SYSTEM_WATCH (self));
  g_return_if_fail (reason != NULL);

  if (self->awake_reason != NULL)
    return;
  self->awake_reason = g_strdup (reason);
  if (self->system_bus != NULL)
    inhibit (self);
}

/**
 * bounce_system_watch_let_sleep:
 *
 * Takes back bounce_system_watch_keep_awake(). May be called without it.
 *
 * Thread: main
 */
void
bounce_system_watch_let_sleep (BounceSystemWatch *self)
{
  g_return_if_fail (BOUNCE_IS_SYSTEM_WATCH (self));

  g_clear_pointer (&self->awake_reason, g_free);
  g_cancellable_cancel (self->inhibiting);
  g_clear_object (&self->inhibiting);
  if (self->awake_fd >= 0)
    close (self->awake_fd);
  self->awake_fd = -1;
}
