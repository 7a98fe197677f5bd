/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* Notifications and the tray's state on a real service. This program stands in for the desktop
 * too: it owns org.freedesktop.Notifications and keeps what is asked of it. */

#include "config.h"

#include "bounce-notifications.h"
#include "bounce-test-wait.h"
#include "bounce-tray-status.h"
#include "bounce-wording.h"
#include "service-fixture.h"

#define SERVER_NAME "org.freedesktop.Notifications"
#define SERVER_PATH "/org/freedesktop/Notifications"

static const char server_xml[] = "<node><interface name='org.freedesktop.Notifications'>"
                                 "<method name='GetCapabilities'>"
                                 "<arg type='as' direction='out'/></method>"
                                 "<method name='Notify'>"
                                 "<arg type='s' direction='in'/><arg type='u' direction='in'/>"
                                 "<arg type='s' direction='in'/><arg type='s' direction='in'/>"
                                 "<arg type='s' direction='in'/><arg type='as' direction='in'/>"
                                 "<arg type='a{sv}' direction='in'/><arg type='i' direction='in'/>"
                                 "<arg type='u' direction='out'/></method>"
                                 "<method name='CloseNotification'>"
                                 "<arg type='u' direction='in'/></method>"
                                 "</interface></node>";

typedef struct
{
  ServiceFixture service;
  GSettings *settings;
  BounceNotifications *notifications;
  GPtrArray *titles;  /* (element-type utf8) in the order of Notify calls */
  GPtrArray *bodies;  /* (element-type utf8) likewise */
  GPtrArray *buttons; /* (element-type utf8) the actions of each */
  guint n_closed;
} Fixture;

/* One of each for the whole run: GLib's notification backend ends in an endless recursion when a
 * bus that it used goes. */
static GTestDBus *dbus;
static GDBusConnection *server;
static GApplication *application;
static Fixture *current; /* whose test it is */

static void
server_called_cb (GDBusConnection *connection,
                  const char *sender,
                  const char *path,
                  const char *interface,
                  const char *method,
                  GVariant *arguments,
                  GDBusMethodInvocation *invocation,
                  gpointer user_data)
{
  Fixture *fixture = current;

  if (g_str_equal (method, "Notify"))
    {
      g_autofree const char **actions = NULL;
      const char *title, *body;

      g_variant_get_child (arguments, 3, "&s", &title);
      g_variant_get_child (arguments, 4, "&s", &body);
      g_variant_get_child (arguments, 5, "^a&s", &actions);
      g_ptr_array_add (fixture->titles, g_strdup (title));
      g_ptr_array_add (fixture->bodies, g_strdup (body));
      g_ptr_array_add (fixture->buttons, g_strjoinv ("|", (char **) actions));
      g_dbus_method_invocation_return_value (invocation,
                                             g_variant_new ("(u)", fixture->titles->len));
      return;
    }
  fixture->n_closed += g_str_equal (method, "CloseNotification");
  g_dbus_method_invocation_return_value (invocation,
                                         g_str_equal (method, "GetCapabilities")
                                             ? g_variant_new_parsed ("(['actions', 'body'],)")
                                             : NULL);
}

static void
start_server (void)
{
  static const GDBusInterfaceVTable vtable = { .method_call = server_called_cb };
  g_autoptr (GDBusNodeInfo) node = g_dbus_node_info_new_for_xml (server_xml, NULL);
  g_autoptr (GVariant) reply = NULL;
  guint id;

  server =
      g_dbus_connection_new_for_address_sync (g_test_dbus_get_bus_address (dbus),
                                              G_DBUS_CONNECTION_FLAGS_AUTHENTICATION_CLIENT
                                                  | G_DBUS_CONNECTION_FLAGS_MESSAGE_BUS_CONNECTION,
                                              NULL, NULL, NULL);
  g_assert_nonnull (server);
  id = g_dbus_connection_register_object (server, SERVER_PATH, node->interfaces[0], &vtable, NULL,
                                          NULL, NULL);
  g_assert_cmpuint (id, !=, 0);
  reply = g_dbus_connection_call_sync (server, "org.freedesktop.DBus", "/", "org.freedesktop.DBus",
                                       "RequestName", g_variant_new ("(su)", SERVER_NAME, 0), NULL,
                                       G_DBUS_CALL_FLAGS_NONE, -1, NULL, NULL);
  g_assert_nonnull (reply);
}

static void
set_up (Fixture *fixture, gconstpointer data)
{
  fixture->titles = g_ptr_array_new_with_free_func (g_free);
  fixture->bodies = g_ptr_array_new_with_free_func (g_free);
  fixture->buttons = g_ptr_array_new_with_free_func (g_free);
  current = fixture;
  service_fixture_set_up (&fixture->service, NULL);
  fixture->settings = g_settings_new (BOUNCE_APPLICATION_ID ".Desktop");
  g_settings_reset (fixture->settings, "notify-delivered");
  g_settings_reset (fixture->settings, "notify-problems");
  fixture->notifications =
      bounce_notifications_new (application, fixture->service.service, fixture->settings);
}

static void
tear_down (Fixture *fixture, gconstpointer data)
{
  g_clear_object (&fixture->notifications);
  g_clear_object (&fixture->settings);
  service_fixture_tear_down (&fixture->service, NULL);
  g_ptr_array_unref (fixture->titles);
  g_ptr_array_unref (fixture->bodies);
  g_ptr_array_unref (fixture->buttons);
}

static void
emit (Fixture *fixture, int code, const char *study_uid, const char *args)
{
  g_autoptr (GVariant) parsed = g_variant_ref_sink (g_variant_new_parsed (args));
  g_autofree char *sentence = bounce_wording_event (code, parsed);
  BounceEvent event = { .code = code, .study_uid = (char *) study_uid, .args = parsed };

  g_signal_emit_by_name (fixture->service.service, "event", &event, sentence);
}

static void
test_failed (Fixture *fixture, gconstpointer data)
{
  emit (fixture, BOUNCE_EVENT_STUDY_FAILED, "1.2", "{'reason': 'rejected'}");
  bounce_test_wait_for (fixture->titles->len == 1);
  g_assert_cmpstr (fixture->titles->pdata[0], ==, "1 study could not be delivered");
  g_assert_nonnull (strstr (fixture->buttons->pdata[0], "app.send::1.2"));
  g_assert_nonnull (strstr (fixture->buttons->pdata[0], "app.show-study::1.2"));
}

/* A hundred studies that failed twice are one notification at once and one more that counts them.
 */
static void
test_no_flood (Fixture *fixture, gconstpointer data)
{
  for (guint i = 0; i < 200; i++)
    {
      g_autofree char *study_uid = g_strdup_printf ("1.2.%u", i / 2);

      emit (fixture, BOUNCE_EVENT_STUDY_FAILED, study_uid, "{'reason': 'rejected'}");
    }
  bounce_test_wait_for (fixture->titles->len == 2);
  g_assert_cmpstr (fixture->titles->pdata[0], ==, "1 study could not be delivered");
  g_assert_cmpstr (fixture->titles->pdata[1], ==, "100 studies could not be delivered");
  g_assert_null (strstr (fixture->buttons->pdata[1], "app.send"));
}

/* GLib forgets a withdrawal that comes before the answer to Notify: lets that arrive. */
static void
settle (void)
{
  GDBusConnection *connection = g_application_get_dbus_connection (application);
  g_autoptr (GVariant) reply = NULL;

  g_assert_true (g_dbus_connection_flush_sync (server, NULL, NULL));
  reply =
      g_dbus_connection_call_sync (connection, "org.freedesktop.DBus", "/", "org.freedesktop.DBus",
                                   "GetId", NULL, NULL, G_DBUS_CALL_FLAGS_NONE, -1, NULL, NULL);
  g_assert_nonnull (reply);
  while (g_main_context_iteration (NULL, FALSE))
    ;
}

/* Delivered after all: nobody needs to look. */
static void
test_taken_back (Fixture *fixture, gconstpointer data)
{
  emit (fixture, BOUNCE_EVENT_STUDY_FAILED, "1.2", "{'reason': 'rejected'}");
  bounce_test_wait_for (fixture->titles->len == 1);
  settle ();
  emit (fixture, BOUNCE_EVENT_STUDY_DELIVERED, "1.3", "@a{ss} {}");
  g_assert_cmpuint (fixture->n_closed, ==, 0);
  emit (fixture, BOUNCE_EVENT_STUDY_DELIVERED, "1.2", "@a{ss} {}");
  bounce_test_wait_for (fixture->n_closed == 1);
}

static void
test_delivered (Fixture *fixture, gconstpointer data)
{
  emit (fixture, BOUNCE_EVENT_STUDY_DELIVERED, "1.2", "@a{ss} {}");
  g_settings_set_boolean (fixture->settings, "notify-delivered", TRUE);
  emit (fixture, BOUNCE_EVENT_STUDY_DELIVERED, "1.3", "@a{ss} {}");
  bounce_test_wait_for (fixture->titles->len == 1);
  g_assert_cmpstr (fixture->titles->pdata[0], ==, "1 study was delivered");
}

/* Problems that ended take their notifications with them. */
static void
test_withdrawn (Fixture *fixture, gconstpointer data)
{
  emit (fixture, BOUNCE_EVENT_UNAUTHORISED, NULL, "{'destination': 'Aurabox'}");
  bounce_test_wait_for (fixture->titles->len == 1);
  g_assert_nonnull (strstr (fixture->buttons->pdata[0], "app.preferences"));
  emit (fixture, BOUNCE_EVENT_DISK_LOW, NULL, "{'bytes': '1000000'}");
  bounce_test_wait_for (fixture->titles->len == 2);
  settle ();
  emit (fixture, BOUNCE_EVENT_AUTHORISED, NULL, "{'destination': 'Aurabox'}");
  bounce_test_wait_for (fixture->n_closed == 1);
  emit (fixture, BOUNCE_EVENT_RECEIVER_FAILED, NULL, "{'reason': 'in use'}");
  bounce_test_wait_for (fixture->titles->len == 3);
  settle ();
  bounce_notifications_seen (fixture->notifications);
  bounce_test_wait_for (fixture->n_closed == 3);
}

/* It says what to do, and offers to do it; somebody who looks has seen it. */
static void
test_database_damaged (Fixture *fixture, gconstpointer data)
{
  emit (fixture, BOUNCE_EVENT_DATABASE_DAMAGED, NULL, "@a{ss} {}");
  bounce_test_wait_for (fixture->titles->len == 1);
  g_assert_cmpstr (fixture->titles->pdata[0], ==, "The database is damaged");
  g_assert_nonnull (strstr (fixture->bodies->pdata[0], "Start Bounce again"));
  g_assert_nonnull (strstr (fixture->buttons->pdata[0], "app.restart|Restart Bounce"));
  settle ();
  bounce_notifications_seen (fixture->notifications);
  bounce_test_wait_for (fixture->n_closed == 1);
}

static void
test_unwanted (Fixture *fixture, gconstpointer data)
{
  g_settings_set_boolean (fixture->settings, "notify-problems", FALSE);
  emit (fixture, BOUNCE_EVENT_RECEIVER_FAILED, NULL, "{'reason': 'in use'}");
  emit (fixture, BOUNCE_EVENT_STUDY_RETRY, "1.2", "{'reason': 'network'}");
  g_settings_set_boolean (fixture->settings, "notify-problems", TRUE);
  emit (fixture, BOUNCE_EVENT_STUDY_RETRY, "1.2", "{'reason': 'network'}");
  emit (fixture, BOUNCE_EVENT_DISK_FULL, NULL, "{'bytes': '1000'}");
  bounce_test_wait_for (fixture->titles->len > 0);
  g_assert_cmpstr (fixture->titles->pdata[0], ==, "Disk space is running low");
}

static void
assert_described_as (BounceServiceStatus *status,
                     gboolean is_trial,
                     const char *state,
                     const char *label)
{
  g_autoptr (GVariant) described =
      g_variant_ref_sink (bounce_tray_status_describe (status, NULL, is_trial));
  const char *text;

  g_assert_true (g_variant_lookup (described, "state", "&s", &text));
  g_assert_cmpstr (text, ==, state);
  g_assert_true (g_variant_lookup (described, "label", "&s", &text));
  g_assert_cmpstr (text, ==, label);
}

static void
assert_described (BounceServiceStatus *status, const char *state, const char *label)
{
  assert_described_as (status, FALSE, state, label);
}

/* Whatever it does, and whatever is wrong, a trial is called one. */
static void
test_trial (void)
{
  BounceServiceStatus status = { .counts = { .free_bytes = G_MAXUINT64 } };

  assert_described_as (&status, TRUE, "stopped", "Trial: The receiver is stopped");
  status.endpoint = (char *) "0.0.0.0:9090";
  assert_described_as (&status, TRUE, "idle", "Trial: Ready at 0.0.0.0:9090");
  status.counts.error = 1;
  assert_described_as (&status, TRUE, "attention", "Trial: 1 study could not be delivered");
}

/* Each state, from the least to the most pressing. */
static void
test_states (void)
{
  BounceServiceStatus status = { .counts = { .free_bytes = G_MAXUINT64 } };

  assert_described (&status, "stopped", "The receiver is stopped");
  status.endpoint = (char *) "0.0.0.0:9090";
  assert_described (&status, "idle", "Ready at 0.0.0.0:9090");
  status.counts.waiting = 2;
  assert_described (&status, "idle", "2 studies are waiting");
  status.counts.uploading = 1;
  assert_described (&status, "uploading", "Uploading 1 study");
  status.counts.receiving = 3;
  assert_described (&status, "receiving", "Receiving 3 studies");
  status.counts.error = 1;
  assert_described (&status, "attention", "1 study could not be delivered");
  status.counts.free_bytes = 0;
  assert_described (&status, "attention", "The disk is almost full: 0 bytes left");
  status.uploads_paused = (char *) BOUNCE_REASON_UNAUTHORISED;
  assert_described (&status, "attention", "Uploads are paused: the server refuses the API key");
}

static gboolean
has_state (GSimpleAction *action, const char *state)
{
  g_autoptr (GVariant) value = g_action_get_state (G_ACTION (action));
  const char *text = "";

  return g_variant_lookup (value, "state", "&s", &text) && g_str_equal (text, state);
}

/* The action follows the service: stopped, started, a study arrives. */
static void
test_follows (Fixture *fixture, gconstpointer data)
{
  BounceService *service = fixture->service.service;
  g_autoptr (GSimpleAction) action =
      g_simple_action_new_stateful ("tray-status", NULL, g_variant_new_parsed ("@a{sv} {}"));
  G_GNUC_UNUSED g_autoptr (BounceTrayStatus) status =
      bounce_tray_status_new (service, action, FALSE);
  g_autoptr (GAsyncResult) result = NULL;
  g_autofree char *study_uid = NULL;

  bounce_test_wait_for (has_state (action, "stopped"));
  bounce_service_receiver_start_async (service, NULL, service_fixture_keep_result_cb, &result);
  bounce_test_wait_for (has_state (action, "idle"));
  study_uid = service_fixture_receive_study (&fixture->service);
  bounce_test_wait_for (has_state (action, "receiving"));
}

static void
start_desktop (void)
{
  g_autoptr (GError) error = NULL;

  dbus = g_test_dbus_new (G_TEST_DBUS_NONE);
  g_test_dbus_up (dbus);
  start_server ();
  application = g_application_new ("cloud.aurabox.Bounce.Test", G_APPLICATION_DEFAULT_FLAGS);
  g_application_register (application, NULL, &error);
  g_assert_no_error (error);
}

int
main (int argc, char **argv)
{
  static const struct
  {
    const char *path;
    void (*test) (Fixture *fixture, gconstpointer data);
  } tests[] = {
    { "/notifications/failed", test_failed },
    { "/notifications/no-flood", test_no_flood },
    { "/notifications/delivered", test_delivered },
    { "/notifications/taken-back", test_taken_back },
    { "/notifications/withdrawn", test_withdrawn },
    { "/notifications/database-damaged", test_database_damaged },
    { "/notifications/unwanted", test_unwanted },
    { "/tray-status/follows", test_follows },
  };

  int exit_status;

  g_test_init (&argc, &argv, NULL);
  start_desktop ();
  g_test_add_func ("/tray-status/states", test_states);
  g_test_add_func ("/tray-status/trial", test_trial);
  for (guint i = 0; i < G_N_ELEMENTS (tests); i++)
    g_test_add (tests[i].path, Fixture, NULL, set_up, tests[i].test, tear_down);
  exit_status = g_test_run ();
  g_dbus_connection_set_exit_on_close (g_application_get_dbus_connection (application), FALSE);
  g_test_dbus_stop (dbus);
  return exit_status;
}
