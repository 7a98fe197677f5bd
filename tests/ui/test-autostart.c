/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* Starting at login: the desktop file comes and goes, what others do to it is seen; and the
 * Background portal, played by this test on a bus of its own, is asked as its interface says. */

#include "config.h"

#include "bounce-autostart-portal.h"
#include "bounce-autostart.h"
#include "bounce-test-dirs.h"
#include "bounce-test-wait.h"

#include <glib/gstdio.h>
#include <string.h>

static void
keep_result_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  GAsyncResult **kept = user_data;

  g_assert_null (*kept);
  *kept = g_object_ref (result);
}

static char *
get_path (void)
{
  return g_build_filename (g_get_user_config_dir (), "autostart", "cloud.aurabox.Bounce.desktop",
                           NULL);
}

static gboolean
set_enabled (BounceAutostart *autostart,
             gboolean is_enabled,
             GCancellable *cancellable,
             GError **error)
{
  g_autoptr (GAsyncResult) result = NULL;

  bounce_autostart_set_async (autostart, is_enabled, cancellable, keep_result_cb, &result);
  bounce_test_wait_for (result != NULL);
  return bounce_autostart_set_finish (autostart, result, error);
}

static void
write_entry (const char *text)
{
  g_autofree char *path = get_path ();

  g_assert_true (g_file_set_contents (path, text, -1, NULL));
}

static void
test_file (void)
{
  g_autoptr (GSettings) settings = g_settings_new ("cloud.aurabox.Bounce.Desktop");
  g_autoptr (BounceAutostart) autostart = bounce_autostart_new (settings);
  g_autofree char *path = get_path ();
  g_autoptr (GKeyFile) file = g_key_file_new ();
  g_autofree char *command = NULL;
  g_autofree char *type = NULL;
  g_autoptr (GError) error = NULL;

  g_assert_false (bounce_autostart_is_enabled (autostart));
  g_assert_true (set_enabled (autostart, TRUE, NULL, &error));
  g_assert_no_error (error);
  g_assert_true (bounce_autostart_is_enabled (autostart));
  g_assert_true (g_key_file_load_from_file (file, path, G_KEY_FILE_NONE, &error));
  command = g_key_file_get_string (file, "Desktop Entry", "Exec", NULL);
  type = g_key_file_get_string (file, "Desktop Entry", "Type", NULL);
  g_assert_cmpstr (command, ==, "bounce --background");
  g_assert_cmpstr (type, ==, "Application");
  g_assert_true (set_enabled (autostart, FALSE, NULL, &error));
  g_assert_false (bounce_autostart_is_enabled (autostart));
  g_assert_false (g_file_test (path, G_FILE_TEST_EXISTS));
  g_assert_true (set_enabled (autostart, FALSE, NULL, &error)); /* it is so already */
}

/* A desktop's own settings switch entries off in one of two ways, or remove them. */
static void
test_file_outside (void)
{
  g_autoptr (GSettings) settings = g_settings_new ("cloud.aurabox.Bounce.Desktop");
  g_autoptr (BounceAutostart) autostart = bounce_autostart_new (settings);
  g_autofree char *path = get_path ();

  g_assert_true (set_enabled (autostart, TRUE, NULL, NULL));
  write_entry ("[Desktop Entry]\nType=Application\nExec=bounce\nHidden=true\n");
  bounce_test_wait_for (!bounce_autostart_is_enabled (autostart));
  write_entry ("[Desktop Entry]\nType=Application\nExec=bounce\n");
  bounce_test_wait_for (bounce_autostart_is_enabled (autostart));
  write_entry ("[Desktop Entry]\nType=Application\nX-GNOME-Autostart-enabled=false\n");
  bounce_test_wait_for (!bounce_autostart_is_enabled (autostart));
  write_entry ("[Desktop Entry]\nType=Application\n");
  bounce_test_wait_for (bounce_autostart_is_enabled (autostart));
  g_assert_cmpint (g_unlink (path), ==, 0);
  bounce_test_wait_for (!bounce_autostart_is_enabled (autostart));
  write_entry ("nonsense");
  g_assert_true (set_enabled (autostart, TRUE, NULL, NULL));
  g_assert_true (set_enabled (autostart, FALSE, NULL, NULL));
}

static void
test_file_failed (void)
{
  g_autoptr (GSettings) settings = g_settings_new ("cloud.aurabox.Bounce.Desktop");
  g_autoptr (BounceAutostart) autostart = bounce_autostart_new (settings);
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_autofree char *path = get_path ();
  g_autoptr (GError) error = NULL;

  g_cancellable_cancel (cancellable);
  g_assert_false (set_enabled (autostart, TRUE, cancellable, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  g_clear_error (&error);
  g_unlink (path);
  g_assert_cmpint (g_mkdir (path, 0700), ==, 0); /* a folder cannot be replaced by a file */
  g_assert_false (set_enabled (autostart, TRUE, NULL, &error));
  g_assert_nonnull (error);
  g_assert_false (bounce_autostart_is_enabled (autostart));
  g_assert_cmpint (g_rmdir (path), ==, 0);
}

/* --- the portal --- */

static const char interface_xml[] =
    "<node><interface name='org.freedesktop.portal.Background'><method name='RequestBackground'>"
    "<arg type='s' direction='in'/><arg type='a{sv}' direction='in'/>"
    "<arg type='o' direction='out'/></method></interface></node>";

typedef struct
{
  GTestDBus *bus;
  GDBusConnection *connection; /* of the portal */
  GVariant *options;           /* (nullable) of the last request */
  guint32 response;            /* what is answered */
  gboolean is_autostart;
  gboolean is_silent; /* never answers */
} Portal;

static void
respond (Portal *portal, GDBusMethodInvocation *invocation)
{
  const char *sender = g_dbus_method_invocation_get_sender (invocation);
  g_autofree char *name = g_strdelimit (g_strdup (sender + 1), ".", '_');
  g_autofree char *path = NULL;
  const char *token;
  GVariantBuilder results;

  g_assert_true (g_variant_lookup (portal->options, "handle_token", "&s", &token));
  path = g_strdup_printf ("/org/freedesktop/portal/desktop/request/%s/%s", name, token);
  g_variant_builder_init (&results, G_VARIANT_TYPE_VARDICT);
  g_variant_builder_add (&results, "{sv}", "background", g_variant_new_boolean (TRUE));
  g_variant_builder_add (&results, "{sv}", "autostart",
                         g_variant_new_boolean (portal->is_autostart));
  /* Before the call returns: the portal may be that quick. */
  if (!portal->is_silent)
    g_assert_true (g_dbus_connection_emit_signal (
        portal->connection, sender, path, "org.freedesktop.portal.Request", "Response",
        g_variant_new ("(ua{sv})", portal->response, &results), NULL));
  else
    g_variant_builder_clear (&results);
  g_dbus_method_invocation_return_value (invocation, g_variant_new ("(o)", path));
}

static void
call_cb (GDBusConnection *connection,
         const char *sender,
         const char *path,
         const char *interface,
         const char *method,
         GVariant *parameters,
         GDBusMethodInvocation *invocation,
         gpointer user_data)
{
  Portal *portal = user_data;

  g_clear_pointer (&portal->options, g_variant_unref);
  portal->options = g_variant_get_child_value (parameters, 1);
  respond (portal, invocation);
}

static void
set_up (Portal *portal, gconstpointer data)
{
  static const GDBusInterfaceVTable vtable = { .method_call = call_cb };
  g_autoptr (GDBusNodeInfo) node = g_dbus_node_info_new_for_xml (interface_xml, NULL);
  g_autoptr (GVariant) reply = NULL;
  GDBusConnectionFlags flags = G_DBUS_CONNECTION_FLAGS_AUTHENTICATION_CLIENT
                               | G_DBUS_CONNECTION_FLAGS_MESSAGE_BUS_CONNECTION;
  GError *error = NULL;

  portal->bus = g_test_dbus_new (G_TEST_DBUS_NONE);
  g_test_dbus_up (portal->bus);
  portal->connection = g_dbus_connection_new_for_address_sync (
      g_test_dbus_get_bus_address (portal->bus), flags, NULL, NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (
      g_dbus_connection_register_object (portal->connection, "/org/freedesktop/portal/desktop",
                                         node->interfaces[0], &vtable, portal, NULL, NULL),
      !=, 0);
  if (data != NULL)
    return; /* nobody is the portal */
  reply = g_dbus_connection_call_sync (
      portal->connection, "org.freedesktop.DBus", "/", "org.freedesktop.DBus", "RequestName",
      g_variant_new ("(su)", "org.freedesktop.portal.Desktop", 0), NULL, 0, -1, NULL, &error);
  g_assert_no_error (error);
}

static void
tear_down (Portal *portal, gconstpointer data)
{
  g_clear_pointer (&portal->options, g_variant_unref);
  g_clear_object (&portal->connection);
  g_test_dbus_down (portal->bus);
  g_clear_object (&portal->bus);
}

static gboolean
request (gboolean *is_enabled, GCancellable *cancellable, GError **error)
{
  g_autoptr (GAsyncResult) result = NULL;

  bounce_autostart_portal_request_async (*is_enabled, cancellable, keep_result_cb, &result);
  bounce_test_wait_for (result != NULL);
  return bounce_autostart_portal_request_finish (result, is_enabled, error);
}

static void
test_portal (Portal *portal, gconstpointer data)
{
  g_autofree const char **command = NULL;
  gboolean is_wanted = FALSE;
  gboolean is_enabled = TRUE;
  g_autoptr (GError) error = NULL;

  portal->is_autostart = TRUE;
  g_assert_true (request (&is_enabled, NULL, &error));
  g_assert_no_error (error);
  g_assert_true (is_enabled);
  g_assert_true (g_variant_lookup (portal->options, "autostart", "b", &is_wanted));
  g_assert_true (is_wanted);
  g_assert_true (g_variant_lookup (portal->options, "commandline", "^a&s", &command));
  g_assert_cmpstr (command[0], ==, "bounce");
  g_assert_cmpstr (command[1], ==, "--background");
  g_assert_null (command[2]);
  portal->is_autostart = FALSE;
  is_enabled = FALSE;
  g_assert_true (request (&is_enabled, NULL, &error));
  g_assert_false (is_enabled);
}

static void
test_portal_refused (Portal *portal, gconstpointer data)
{
  gboolean is_enabled = TRUE;
  g_autoptr (GError) error = NULL;

  portal->response = 1; /* the user said no */
  g_assert_false (request (&is_enabled, NULL, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_PERMISSION_DENIED);
  g_clear_error (&error);
  portal->response = 0; /* allowed to run, not to start */
  is_enabled = TRUE;
  g_assert_false (request (&is_enabled, NULL, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_PERMISSION_DENIED);
}

static void
test_portal_absent (Portal *portal, gconstpointer data)
{
  gboolean is_enabled = TRUE;
  g_autoptr (GError) error = NULL;

  g_assert_false (request (&is_enabled, NULL, &error));
  g_assert_error (error, G_DBUS_ERROR, G_DBUS_ERROR_SERVICE_UNKNOWN);
}

static void
test_portal_cancelled (Portal *portal, gconstpointer data)
{
  g_autoptr (GCancellable) before = g_cancellable_new ();
  g_autoptr (GCancellable) during = g_cancellable_new ();
  g_autoptr (GAsyncResult) result = NULL;
  gboolean is_enabled = TRUE;
  g_autoptr (GError) error = NULL;

  g_cancellable_cancel (before);
  g_assert_false (request (&is_enabled, before, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  g_clear_error (&error);
  portal->is_silent = TRUE;
  bounce_autostart_portal_request_async (TRUE, during, keep_result_cb, &result);
  bounce_test_wait_for (portal->options != NULL);
  g_assert_null (result);
  g_cancellable_cancel (during);
  bounce_test_wait_for (result != NULL);
  g_assert_false (bounce_autostart_portal_request_finish (result, &is_enabled, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
}

int
main (int argc, char **argv)
{
  g_autoptr (BounceTestDirs) dirs G_GNUC_UNUSED = bounce_test_dirs_new ();

  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/autostart/file", test_file);
  g_test_add_func ("/autostart/file-outside", test_file_outside);
  g_test_add_func ("/autostart/file-failed", test_file_failed);
  g_test_add ("/autostart/portal", Portal, NULL, set_up, test_portal, tear_down);
  g_test_add ("/autostart/portal-refused", Portal, NULL, set_up, test_portal_refused, tear_down);
  g_test_add ("/autostart/portal-absent", Portal, "absent", set_up, test_portal_absent, tear_down);
  g_test_add ("/autostart/portal-cancelled", Portal, NULL, set_up, test_portal_cancelled,
              tear_down);
  return g_test_run ();
}
