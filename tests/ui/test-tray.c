/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* The tray helper and its supervisor on a real panel. This program stands in for the application:
 * it exports the actions that the application has, and looks at the icon and its menu with the
 * eyes of the panel (org.kde.StatusNotifierItem, com.canonical.dbusmenu). */

#include "config.h"

#include "bounce-test-desktop.h"
#include "bounce-test-wait.h"
#include "bounce-tray-supervisor.h"

#include <signal.h>

#define OBJECT_PATH "/cloud/aurabox/Bounce"
#define WATCHER     "org.kde.StatusNotifierWatcher"
#define ITEM        "org.kde.StatusNotifierItem"
#define MENU        "com.canonical.dbusmenu"

typedef struct
{
  BounceTestDesktop *desktop;
  GDBusConnection *bus;
  GSimpleActionGroup *actions;
  guint export_id;
  BounceTraySupervisor *supervisor;
  GString *done; /* what the menu asked for */
  char *item_name;
  char *item_path;
  char *menu_path;
} Fixture;

static void
activated_cb (GSimpleAction *action, GVariant *parameter, gpointer user_data)
{
  Fixture *fixture = user_data;

  g_string_append (fixture->done, g_action_get_name (G_ACTION (action)));
  if (parameter != NULL)
    g_string_append_printf (fixture->done, "(%s)", g_variant_get_string (parameter, NULL));
  g_string_append_c (fixture->done, ' ');
}

static void
change_receiver_cb (GSimpleAction *action, GVariant *value, gpointer user_data)
{
  Fixture *fixture = user_data;

  g_string_append (fixture->done, g_variant_get_boolean (value) ? "start " : "stop ");
  g_simple_action_set_state (action, value);
}

static void
refuse_change_cb (GSimpleAction *action, GVariant *value, gpointer user_data)
{
}

static void
export_actions (Fixture *fixture)
{
  static const GActionEntry entries[] = {
    { .name = "receiver", .state = "false", .change_state = change_receiver_cb },
    { .name = "tray-status", .state = "@a{sv} {}", .change_state = refuse_change_cb },
    { .name = "show-window", .activate = activated_cb },
    { .name = "show-study", .activate = activated_cb, .parameter_type = "s" },
    { .name = "preferences", .activate = activated_cb },
    { .name = "quit", .activate = activated_cb },
  };

  fixture->actions = g_simple_action_group_new ();
  g_action_map_add_action_entries (G_ACTION_MAP (fixture->actions), entries, G_N_ELEMENTS (entries),
                                   fixture);
  fixture->export_id = g_dbus_connection_export_action_group (
      fixture->bus, OBJECT_PATH, G_ACTION_GROUP (fixture->actions), NULL);
  g_assert_cmpuint (fixture->export_id, !=, 0);
}

static void
set_up (Fixture *fixture, gconstpointer data)
{
  fixture->desktop = bounce_test_desktop_new ();
  fixture->bus = g_bus_get_sync (G_BUS_TYPE_SESSION, NULL, NULL);
  g_assert_nonnull (fixture->bus);
  g_dbus_connection_set_exit_on_close (fixture->bus, FALSE);
  fixture->done = g_string_new (NULL);
  export_actions (fixture);
  fixture->supervisor = bounce_tray_supervisor_new (fixture->bus, OBJECT_PATH, BOUNCE_TRAY);
}

static void
tear_down (Fixture *fixture, gconstpointer data)
{
  bounce_tray_supervisor_stop (fixture->supervisor);
  while (g_main_context_iteration (NULL, FALSE))
    ;
  g_assert_finalize_object (fixture->supervisor);
  g_dbus_connection_unexport_action_group (fixture->bus, fixture->export_id);
  g_clear_object (&fixture->actions);
  g_clear_object (&fixture->bus);
  g_string_free (fixture->done, TRUE);
  g_free (fixture->item_name);
  g_free (fixture->item_path);
  g_free (fixture->menu_path);
  bounce_test_desktop_free (fixture->desktop);
}

/* --- the panel's eyes --- */

typedef struct
{
  GVariant *reply;
  gboolean is_done;
} Call;

static void
called_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Call *call = user_data;

  call->reply = g_dbus_connection_call_finish (G_DBUS_CONNECTION (source), result, NULL);
  call->is_done = TRUE;
}

/* Never blocks: the helper asks this very process for its actions meanwhile. */
static GVariant *
call (Fixture *fixture,
      const char *name,
      const char *path,
      const char *interface,
      const char *method,
      GVariant *arguments)
{
  Call call = { 0 };

  g_dbus_connection_call (fixture->bus, name, path, interface, method, arguments, NULL,
                          G_DBUS_CALL_FLAGS_NONE, 5000, NULL, called_cb, &call);
  bounce_test_wait_for (call.is_done);
  return call.reply;
}

static GVariant *
get_property (
    Fixture *fixture, const char *name, const char *path, const char *interface, const char *which)
{
  g_autoptr (GVariant) reply = call (fixture, name, path, "org.freedesktop.DBus.Properties", "Get",
                                     g_variant_new ("(ss)", interface, which));
  GVariant *value = NULL;

  if (reply != NULL)
    g_variant_get (reply, "(v)", &value);
  return value;
}

/* Learns where the panel has our item: "NAME/PATH". */
static gboolean
find_item (Fixture *fixture)
{
  g_autoptr (GVariant) items = get_property (fixture, WATCHER, "/StatusNotifierWatcher", WATCHER,
                                             "RegisteredStatusNotifierItems");
  g_autoptr (GVariant) menu = NULL;
  const char *item, *slash;

  if (items == NULL || g_variant_n_children (items) != 1)
    return FALSE;
  g_variant_get_child (items, 0, "&s", &item);
  slash = strchr (item, '/');
  g_assert_nonnull (slash);
  g_free (fixture->item_name);
  g_free (fixture->item_path);
  g_free (fixture->menu_path);
  fixture->item_name = g_strndup (item, (gsize) (slash - item));
  fixture->item_path = g_strdup (slash);
  menu = get_property (fixture, fixture->item_name, fixture->item_path, ITEM, "Menu");
  fixture->menu_path = menu != NULL ? g_variant_dup_string (menu, NULL) : NULL;
  return fixture->menu_path != NULL;
}

static char *
get_item_text (Fixture *fixture, const char *which)
{
  g_autoptr (GVariant) value =
      get_property (fixture, fixture->item_name, fixture->item_path, ITEM, which);

  return value != NULL ? g_variant_dup_string (value, NULL) : g_strdup ("");
}

static gboolean
is_item_text (Fixture *fixture, const char *which, const char *expected)
{
  g_autofree char *text = get_item_text (fixture, which);

  return g_str_equal (text, expected);
}

/* The visible item with this label (mnemonics as the wire has them), or -1. */
static int
find_menu_item (Fixture *fixture, const char *label, gboolean *is_enabled)
{
  g_autoptr (GVariant) reply = call (fixture, fixture->item_name, fixture->menu_path, MENU,
                                     "GetLayout", g_variant_new_parsed ("(0, -1, @as [])"));
  g_autoptr (GVariant) children = NULL;

  if (reply == NULL)
    return -1;
  g_variant_get (reply, "(u(ia{sv}@av))", NULL, NULL, NULL, &children);
  for (gsize i = 0; i < g_variant_n_children (children); i++)
    {
      g_autoptr (GVariant) boxed = g_variant_get_child_value (children, i);
      g_autoptr (GVariant) child = g_variant_get_variant (boxed);
      g_autoptr (GVariant) values = g_variant_get_child_value (child, 1);
      const char *text = "";
      gboolean is_visible = TRUE;
      int id;

      g_variant_get_child (child, 0, "i", &id);
      g_variant_lookup (values, "label", "&s", &text);
      g_variant_lookup (values, "visible", "b", &is_visible);
      if (is_enabled != NULL && !g_variant_lookup (values, "enabled", "b", is_enabled))
        *is_enabled = TRUE;
      if (is_visible && g_str_equal (text, label))
        return id;
    }
  return -1;
}

static gboolean
has_menu_item (Fixture *fixture, const char *label)
{
  return find_menu_item (fixture, label, NULL) >= 0;
}

static void
click (Fixture *fixture, const char *label)
{
  int id = find_menu_item (fixture, label, NULL);
  g_autoptr (GVariant) reply = NULL;

  g_assert_cmpint (id, >=, 0);
  reply = call (fixture, fixture->item_name, fixture->menu_path, MENU, "Event",
                g_variant_new ("(isvu)", id, "clicked", g_variant_new_int32 (0), 0));
  g_assert_nonnull (reply);
}

static void
set_status (Fixture *fixture, const char *status)
{
  GAction *action = g_action_map_lookup_action (G_ACTION_MAP (fixture->actions), "tray-status");

  g_simple_action_set_state (G_SIMPLE_ACTION (action), g_variant_new_parsed (status));
}

static void
wait_until_shown (Fixture *fixture)
{
  bounce_test_wait_for (bounce_tray_supervisor_get_is_available (fixture->supervisor));
  bounce_test_wait_for (find_item (fixture));
}

static pid_t
get_helper_pid (Fixture *fixture)
{
  g_autoptr (GVariant) reply =
      call (fixture, "org.freedesktop.DBus", "/", "org.freedesktop.DBus",
            "GetConnectionUnixProcessID", g_variant_new ("(s)", fixture->item_name));
  guint32 pid = 0;

  g_assert_nonnull (reply);
  g_variant_get (reply, "(u)", &pid);
  return (pid_t) pid;
}

/* --- tests --- */

static void
test_icon_and_menu (Fixture *fixture, gconstpointer data)
{
  gboolean is_enabled = TRUE;

  bounce_test_desktop_start_panel (fixture->desktop);
  wait_until_shown (fixture);
  bounce_test_wait_for (has_menu_item (fixture, "Starting…"));
  g_assert_true (is_item_text (fixture, "IconName", BOUNCE_APPLICATION_ID "-tray-stopped"));
  set_status (fixture, "{'state': <'uploading'>, 'label': <'Sending 2 studies'>,"
                       " 'studies': <[('1.2', 'Grün_Ä'), ('1.3', '山田')]>}");
  bounce_test_wait_for (has_menu_item (fixture, "Sending 2 studies"));
  find_menu_item (fixture, "Sending 2 studies", &is_enabled);
  g_assert_false (is_enabled);
  g_assert_true (is_item_text (fixture, "IconName", BOUNCE_APPLICATION_ID "-tray-uploading"));
  g_assert_true (is_item_text (fixture, "Title", "Bounce: Sending 2 studies"));
  g_assert_true (is_item_text (fixture, "Status", "Active"));
  g_assert_true (has_menu_item (fixture, "山田"));
  g_assert_true (has_menu_item (fixture, "Bounce " BOUNCE_VERSION));
  set_status (fixture, "{'state': <'attention'>, 'label': <'The disk is full'>}");
  bounce_test_wait_for (has_menu_item (fixture, "The disk is full"));
  g_assert_true (is_item_text (fixture, "Status", "NeedsAttention"));
  g_assert_true (
      is_item_text (fixture, "AttentionIconName", BOUNCE_APPLICATION_ID "-tray-attention"));
  g_assert_false (has_menu_item (fixture, "山田"));
}

static void
test_commands (Fixture *fixture, gconstpointer data)
{
  bounce_test_desktop_start_panel (fixture->desktop);
  wait_until_shown (fixture);
  set_status (fixture, "{'state': <'idle'>, 'label': <'Ready'>, 'studies': <[('1.2', 'One')]>}");
  bounce_test_wait_for (has_menu_item (fixture, "One"));
  click (fixture, "_Start Receiver");
  bounce_test_wait_for (has_menu_item (fixture, "_Stop Receiver"));
  click (fixture, "_Stop Receiver");
  bounce_test_wait_for (has_menu_item (fixture, "_Start Receiver"));
  click (fixture, "S_how Bounce");
  click (fixture, "One");
  click (fixture, "_Preferences");
  click (fixture, "_Quit");
  bounce_test_wait_for (g_str_has_suffix (fixture->done->str, "quit "));
  g_assert_cmpstr (fixture->done->str, ==,
                   "start stop show-window show-study(1.2) preferences quit ");
}

/* What another program sends as a status must not be taken for one. */
static void
test_odd_status (Fixture *fixture, gconstpointer data)
{
  bounce_test_desktop_start_panel (fixture->desktop);
  wait_until_shown (fixture);
  set_status (fixture, "{'state': <7>, 'label': <true>, 'studies': <'none'>}");
  set_status (fixture, "{'state': <'../../evil'>, 'label': <'Odd'>, 'studies': <[('1', 'a'), ('2',"
                       " 'b'), ('3', 'c'), ('4', 'd')]>}");
  bounce_test_wait_for (has_menu_item (fixture, "Odd"));
  g_assert_true (is_item_text (fixture, "IconName", BOUNCE_APPLICATION_ID "-tray-stopped"));
  g_assert_true (has_menu_item (fixture, "c"));
  g_assert_false (has_menu_item (fixture, "d"));
}

static void
test_helper_killed (Fixture *fixture, gconstpointer data)
{
  pid_t first;

  bounce_test_desktop_start_panel (fixture->desktop);
  wait_until_shown (fixture);
  first = get_helper_pid (fixture);
  g_assert_cmpint (kill (first, SIGKILL), ==, 0);
  bounce_test_wait_for (!bounce_tray_supervisor_get_is_available (fixture->supervisor));
  wait_until_shown (fixture);
  g_assert_cmpint (get_helper_pid (fixture), !=, first);
}

static void
test_panel_killed (Fixture *fixture, gconstpointer data)
{
  pid_t helper;

  bounce_test_desktop_start_panel (fixture->desktop);
  wait_until_shown (fixture);
  helper = get_helper_pid (fixture);
  bounce_test_desktop_kill_panel (fixture->desktop);
  bounce_test_wait_for (!bounce_tray_supervisor_get_is_available (fixture->supervisor));
  bounce_test_wait_for (kill (helper, 0) != 0);
  bounce_test_desktop_start_panel (fixture->desktop);
  wait_until_shown (fixture);
}

/* The helper ends with its application, whichever way it learns of that. */
static void
test_ends (Fixture *fixture, gconstpointer data)
{
  pid_t helper;

  bounce_test_desktop_start_panel (fixture->desktop);
  wait_until_shown (fixture);
  helper = get_helper_pid (fixture);
  bounce_tray_supervisor_stop (fixture->supervisor);
  g_assert_false (bounce_tray_supervisor_get_is_available (fixture->supervisor));
  bounce_test_wait_for (kill (helper, 0) != 0);
}

static GSubprocess *
start_helper (const char *bus_name)
{
  g_autoptr (GError) error = NULL;
  GSubprocess *helper =
      g_subprocess_new (G_SUBPROCESS_FLAGS_STDIN_PIPE | G_SUBPROCESS_FLAGS_STDERR_SILENCE, &error,
                        BOUNCE_TRAY, bus_name, OBJECT_PATH, NULL);

  g_assert_no_error (error);
  return helper;
}

static gboolean
has_ended_well (GSubprocess *helper)
{
  return g_subprocess_wait (helper, NULL, NULL) && g_subprocess_get_if_exited (helper)
         && g_subprocess_get_exit_status (helper) == 0;
}

static void
test_each_end (Fixture *fixture, gconstpointer data)
{
  const char *name = g_dbus_connection_get_unique_name (fixture->bus);
  g_autoptr (GSubprocess) by_pipe = start_helper (name);
  g_autoptr (GSubprocess) by_name = start_helper (":1.9999");
  g_autoptr (GSubprocess) by_nonsense = start_helper ("no name");

  g_assert_true (g_output_stream_close (g_subprocess_get_stdin_pipe (by_pipe), NULL, NULL));
  g_assert_true (has_ended_well (by_pipe));
  g_assert_true (has_ended_well (by_name));
  g_assert_false (has_ended_well (by_nonsense));
}

/* Without a tray no helper is started: it would put up a window of its own. */
static void
test_no_tray (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GVariant) reply = NULL;
  g_autofree const char **names = NULL;
  guint others = 0;

  reply = call (fixture, "org.freedesktop.DBus", "/", "org.freedesktop.DBus", "ListNames", NULL);
  g_variant_get (reply, "(^a&s)", &names);
  for (guint i = 0; names[i] != NULL; i++)
    others += names[i][0] == ':'
              && !g_str_equal (names[i], g_dbus_connection_get_unique_name (fixture->bus));
  g_assert_cmpuint (others, ==, 0);
  g_assert_false (bounce_tray_supervisor_get_is_available (fixture->supervisor));
}

int
main (int argc, char **argv)
{
  static const struct
  {
    const char *path;
    void (*test) (Fixture *fixture, gconstpointer data);
  } tests[] = {
    { "/tray/icon-and-menu", test_icon_and_menu }, { "/tray/commands", test_commands },
    { "/tray/odd-status", test_odd_status },       { "/tray/helper-killed", test_helper_killed },
    { "/tray/panel-killed", test_panel_killed },   { "/tray/ends", test_ends },
    { "/tray/each-end", test_each_end },           { "/tray/no-tray", test_no_tray },
  };

  g_test_init (&argc, &argv, NULL);
  for (guint i = 0; i < G_N_ELEMENTS (tests); i++)
    g_test_add (tests[i].path, Fixture, NULL, set_up, tests[i].test, tear_down);
  return g_test_run ();
}
