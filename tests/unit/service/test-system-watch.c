/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* The watch on network and power. No machine goes to sleep for a test, so this program stands in
 * for logind on a system bus of its own, and for the monitor of the network. */

#include "config.h"

#include "bounce-system-watch.h"
#include "service-fixture.h"

#include <string.h>

#define LOGIND_PATH "/org/freedesktop/login1"

/* A network that is what the test says. */
#define TEST_TYPE_MONITOR (test_monitor_get_type ())
G_DECLARE_FINAL_TYPE (TestMonitor, test_monitor, TEST, MONITOR, GObject)

struct _TestMonitor
{
  GObject parent_instance;

  GNetworkConnectivity connectivity;
  gboolean is_available;
};

enum
{
  PROP_0,
  PROP_AVAILABLE,
  PROP_METERED,
  PROP_CONNECTIVITY,
};

static gboolean
test_monitor_initable_init (GInitable *initable, GCancellable *cancellable, GError **error)
{
  return TRUE;
}

static void
test_monitor_initable_iface_init (GInitableIface *iface)
{
  iface->init = test_monitor_initable_init;
}

static void
test_monitor_iface_init (GNetworkMonitorInterface *iface)
{
}

G_DEFINE_FINAL_TYPE_WITH_CODE (TestMonitor,
                               test_monitor,
                               G_TYPE_OBJECT,
                               G_IMPLEMENT_INTERFACE (G_TYPE_INITABLE,
                                                      test_monitor_initable_iface_init)
                                   G_IMPLEMENT_INTERFACE (G_TYPE_NETWORK_MONITOR,
                                                          test_monitor_iface_init))

static void
test_monitor_get_property (GObject *object, guint id, GValue *value, GParamSpec *pspec)
{
  TestMonitor *self = TEST_MONITOR (object);

  if (id == PROP_CONNECTIVITY)
    g_value_set_enum (value, (int) self->connectivity);
  else
    g_value_set_boolean (value, id == PROP_AVAILABLE && self->is_available);
}

static void
test_monitor_class_init (TestMonitorClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->get_property = test_monitor_get_property;
  g_object_class_override_property (object_class, PROP_AVAILABLE, "network-available");
  g_object_class_override_property (object_class, PROP_METERED, "network-metered");
  g_object_class_override_property (object_class, PROP_CONNECTIVITY, "connectivity");
}

static void
test_monitor_init (TestMonitor *self)
{
}

static void
test_monitor_set (TestMonitor *self, gboolean is_available, GNetworkConnectivity connectivity)
{
  self->is_available = is_available;
  self->connectivity = connectivity;
  g_signal_emit_by_name (self, "network-changed", is_available);
}

typedef struct
{
  ServiceFixture service;
  TestMonitor *monitor;
  BounceSystemWatch *watch;
  guint n_returned, n_shutting_down;
} Fixture;

static GTestDBus *bus;
static GDBusConnection *logind;

static void
count_cb (guint *count)
{
  (*count)++;
}

static void
set_up (Fixture *fixture, gconstpointer data)
{
  service_fixture_set_up (&fixture->service, NULL);
  fixture->monitor = g_object_new (TEST_TYPE_MONITOR, NULL);
  fixture->monitor->connectivity = G_NETWORK_CONNECTIVITY_LOCAL;
  fixture->watch =
      bounce_system_watch_new (fixture->service.service, G_NETWORK_MONITOR (fixture->monitor));
  g_signal_connect_swapped (fixture->service.service, "network-returned", G_CALLBACK (count_cb),
                            &fixture->n_returned);
  g_signal_connect_swapped (fixture->watch, "shutting-down", G_CALLBACK (count_cb),
                            &fixture->n_shutting_down);
}

static void
tear_down (Fixture *fixture, gconstpointer data)
{
  g_assert_finalize_object (fixture->watch);
  g_clear_object (&fixture->monitor);
  service_fixture_tear_down (&fixture->service, NULL);
}

static void
wait_until (guint *count, guint n)
{
  while (*count < n)
    g_main_context_iteration (NULL, TRUE);
  g_assert_cmpuint (*count, ==, n);
}

/* Comes back and flaps: one attempt. Less of it, or the same again: none. */
static void
test_network (Fixture *fixture, gconstpointer data)
{
  test_monitor_set (fixture->monitor, TRUE, G_NETWORK_CONNECTIVITY_LIMITED);
  test_monitor_set (fixture->monitor, FALSE, G_NETWORK_CONNECTIVITY_LOCAL);
  test_monitor_set (fixture->monitor, TRUE, G_NETWORK_CONNECTIVITY_FULL);
  wait_until (&fixture->n_returned, 1);
  test_monitor_set (fixture->monitor, TRUE, G_NETWORK_CONNECTIVITY_FULL);
  test_monitor_set (fixture->monitor, FALSE, G_NETWORK_CONNECTIVITY_LOCAL);
  g_assert_cmpuint (fixture->n_returned, ==, 1);
  test_monitor_set (fixture->monitor, TRUE, G_NETWORK_CONNECTIVITY_LIMITED);
  wait_until (&fixture->n_returned, 2);
}

static void
say (const char *signal, gboolean is_beginning)
{
  GError *error = NULL;

  g_dbus_connection_emit_signal (logind, NULL, LOGIND_PATH, "org.freedesktop.login1.Manager",
                                 signal, g_variant_new ("(b)", is_beginning), &error);
  g_assert_no_error (error);
  g_dbus_connection_flush_sync (logind, NULL, &error);
  g_assert_no_error (error);
}

/* The watch subscribes when it is connected; says it until it is heard. */
static void
say_until (const char *signal, gboolean is_beginning, guint *count)
{
  while (*count == 0)
    {
      gint64 until_us = g_get_monotonic_time () + G_USEC_PER_SEC / 10;

      say (signal, is_beginning);
      while (*count == 0 && g_get_monotonic_time () < until_us)
        g_main_context_iteration (NULL, FALSE);
    }
}

static void
test_sleep (Fixture *fixture, gconstpointer data)
{
  say_until ("PrepareForSleep", FALSE, &fixture->n_returned);
  g_assert_cmpuint (fixture->n_shutting_down, ==, 0);
}

/* A shutdown that is called off says FALSE. The order on the bus makes the first one harmless. */
static void
test_shutdown (Fixture *fixture, gconstpointer data)
{
  say ("PrepareForShutdown", FALSE);
  say ("PrepareForSleep", TRUE);
  say_until ("PrepareForShutdown", TRUE, &fixture->n_shutting_down);
  g_assert_cmpuint (fixture->n_returned, ==, 0);
}

/* Only what has that name on the bus is believed. */
static void
test_stranger (Fixture *fixture, gconstpointer data)
{
  GError *error = NULL;
  g_autoptr (GDBusConnection) stranger =
      g_dbus_connection_new_for_address_sync (g_test_dbus_get_bus_address (bus),
                                              G_DBUS_CONNECTION_FLAGS_AUTHENTICATION_CLIENT
                                                  | G_DBUS_CONNECTION_FLAGS_MESSAGE_BUS_CONNECTION,
                                              NULL, NULL, &error);

  g_assert_no_error (error);
  for (guint i = 0; i < 10; i++)
    g_dbus_connection_emit_signal (stranger, NULL, LOGIND_PATH, "org.freedesktop.login1.Manager",
                                   "PrepareForShutdown", g_variant_new ("(b)", TRUE), NULL);
  g_dbus_connection_flush_sync (stranger, NULL, &error);
  g_assert_no_error (error);
  say_until ("PrepareForSleep", FALSE, &fixture->n_returned);
  g_assert_cmpuint (fixture->n_shutting_down, ==, 0);
}

static void
start_logind (void)
{
  g_autoptr (GVariant) reply = NULL;
  GError *error = NULL;

  bus = g_test_dbus_new (G_TEST_DBUS_NONE);
  g_test_dbus_up (bus);
  g_setenv ("DBUS_SYSTEM_BUS_ADDRESS", g_test_dbus_get_bus_address (bus), TRUE);
  logind =
      g_dbus_connection_new_for_address_sync (g_test_dbus_get_bus_address (bus),
                                              G_DBUS_CONNECTION_FLAGS_AUTHENTICATION_CLIENT
                                                  | G_DBUS_CONNECTION_FLAGS_MESSAGE_BUS_CONNECTION,
                                              NULL, NULL, &error);
  g_assert_no_error (error);
  reply = g_dbus_connection_call_sync (logind, "org.freedesktop.DBus", "/", "org.freedesktop.DBus",
                                       "RequestName",
                                       g_variant_new ("(su)", "org.freedesktop.login1", 0), NULL,
                                       G_DBUS_CALL_FLAGS_NONE, -1, NULL, &error);
  g_assert_no_error (error);
}

int
main (int argc, char **argv)
{
  int status;

  g_test_init (&argc, &argv, NULL);
  start_logind ();
  g_test_add ("/system-watch/network", Fixture, NULL, set_up, test_network, tear_down);
  g_test_add ("/system-watch/sleep", Fixture, NULL, set_up, test_sleep, tear_down);
  g_test_add ("/system-watch/shutdown", Fixture, NULL, set_up, test_shutdown, tear_down);
  g_test_add ("/system-watch/stranger", Fixture, NULL, set_up, test_stranger, tear_down);
  status = g_test_run ();
  g_clear_object (&logind);
  /* Others of GIO may keep the shared connection. */
  g_test_dbus_stop (bus);
  g_clear_object (&bus);
  return status;
}
