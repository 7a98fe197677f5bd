/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* The keyring for real: a private session bus with gnome-keyring on it; and the file for when
 * there is none. */

#include "config.h"

#include "bounce-core-error.h"
#include "bounce-secrets.h"
#include "bounce-test-dirs.h"

#include <glib/gstdio.h>
#include <sys/stat.h>

#define KEY "aura_au_bounce_jo_SECRET"

static void
finished_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  GAsyncResult **kept = user_data;

  *kept = g_object_ref (result);
}

static gboolean
save (const char *text, gboolean *is_in_file, GCancellable *cancellable, GError **error)
{
  g_autoptr (GAsyncResult) result = NULL;

  bounce_secrets_save_async (text, cancellable, finished_cb, &result);
  while (result == NULL)
    g_main_context_iteration (NULL, TRUE);
  return bounce_secrets_save_finish (result, is_in_file, error);
}

static char *
load (gboolean *is_in_file, GCancellable *cancellable, GError **error)
{
  g_autoptr (GAsyncResult) result = NULL;

  bounce_secrets_load_async (cancellable, finished_cb, &result);
  while (result == NULL)
    g_main_context_iteration (NULL, TRUE);
  return bounce_secrets_load_finish (result, is_in_file, error);
}

static void
assert_kept (const char *expected, gboolean expected_in_file)
{
  g_autoptr (GError) error = NULL;
  gboolean is_in_file = !expected_in_file;
  g_autofree char *text = load (&is_in_file, NULL, &error);

  g_assert_no_error (error);
  g_assert_cmpstr (text, ==, expected);
  g_assert_cmpint (is_in_file, ==, expected_in_file);
}

static void
test_file (void)
{
  g_autofree char *path = bounce_secrets_dup_file_path ();
  g_autofree char *content = NULL;
  g_autoptr (GError) error = NULL;
  gboolean is_in_file = FALSE;
  struct stat status;

  assert_kept (NULL, FALSE);
  g_assert_true (save (KEY, &is_in_file, NULL, &error));
  g_assert_no_error (error);
  g_assert_true (is_in_file);
  g_assert_cmpint (stat (path, &status), ==, 0);
  g_assert_cmpint (status.st_mode & 0777, ==, 0600);
  g_assert_true (g_file_get_contents (path, &content, NULL, NULL));
  g_assert_cmpstr (content, ==, KEY);
  assert_kept (KEY, TRUE);
  g_assert_true (save (NULL, &is_in_file, NULL, &error));
  g_assert_false (g_file_test (path, G_FILE_TEST_EXISTS));
  assert_kept (NULL, FALSE);
}

static void
test_file_errors (void)
{
  g_autofree char *path = bounce_secrets_dup_file_path ();
  g_autofree char *directory = g_path_get_dirname (path);
  g_autofree char *too_long = g_strnfill (5000, 'x');
  g_autoptr (GError) error = NULL;

  g_assert_cmpint (g_mkdir_with_parents (directory, 0700), ==, 0);
  g_assert_true (g_file_set_contents (path, too_long, -1, NULL));
  g_assert_null (load (NULL, NULL, &error));
  g_assert_error (error, BOUNCE_CORE_ERROR, BOUNCE_CORE_ERROR_INVALID);
  g_clear_error (&error);
  g_unlink (path);
  g_assert_cmpint (g_mkdir (path, 0700), ==, 0);
  g_assert_null (load (NULL, NULL, &error));
  g_assert_error (error, BOUNCE_CORE_ERROR, BOUNCE_CORE_ERROR_IO);
  g_clear_error (&error);
  g_assert_false (save (KEY, NULL, NULL, &error));
  g_assert_error (error, BOUNCE_CORE_ERROR, BOUNCE_CORE_ERROR_IO);
  g_clear_error (&error);
  g_assert_false (save (NULL, NULL, NULL, &error));
  g_assert_error (error, BOUNCE_CORE_ERROR, BOUNCE_CORE_ERROR_IO);
  g_rmdir (path);
}

static void
test_cancelled (void)
{
  g_autoptr (GCancellable) before = g_cancellable_new ();
  g_autoptr (GCancellable) during = g_cancellable_new ();
  g_autoptr (GCancellable) afterwards = g_cancellable_new ();
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;
  g_autofree char *text = NULL;

  g_cancellable_cancel (before);
  g_assert_null (load (NULL, before, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  g_clear_error (&error);
  g_assert_false (save (KEY, NULL, before, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  g_clear_error (&error);
  assert_kept (NULL, FALSE);

  bounce_secrets_load_async (during, finished_cb, &result);
  g_cancellable_cancel (during);
  while (result == NULL)
    g_main_context_iteration (NULL, TRUE);
  g_assert_null (bounce_secrets_load_finish (result, NULL, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  g_clear_error (&error);

  text = load (NULL, afterwards, &error);
  g_cancellable_cancel (afterwards);
  g_assert_no_error (error);
  g_assert_null (text);
}

/* The service is there and has its default collection. */
static gboolean
has_keyring (GDBusConnection *connection)
{
  G_GNUC_UNUSED g_autoptr (GVariant) reply = g_dbus_connection_call_sync (
      connection, "org.freedesktop.secrets", "/org/freedesktop/secrets",
      "org.freedesktop.Secret.Service", "ReadAlias", g_variant_new ("(s)", "default"),
      G_VARIANT_TYPE ("(o)"), G_DBUS_CALL_FLAGS_NONE, -1, NULL, NULL);
  const char *path = "/";

  if (reply != NULL)
    g_variant_get (reply, "(&o)", &path);
  return !g_str_equal (path, "/");
}

/* gnome-keyring takes the password of the new login keyring from stdin, up to its end. */
static GSubprocess *
start_keyring (void)
{
  g_autoptr (GDBusConnection) connection = NULL;
  g_autoptr (GError) error = NULL;
  GOutputStream *stdin_pipe;
  GSubprocess *keyring;

  keyring = g_subprocess_new (G_SUBPROCESS_FLAGS_STDIN_PIPE | G_SUBPROCESS_FLAGS_STDOUT_SILENCE
                                  | G_SUBPROCESS_FLAGS_STDERR_SILENCE,
                              &error, "gnome-keyring-daemon", "--foreground", "--unlock",
                              "--components=secrets", NULL);
  g_assert_no_error (error);
  stdin_pipe = g_subprocess_get_stdin_pipe (keyring);
  g_assert_true (g_output_stream_write_all (stdin_pipe, "password", 8, NULL, NULL, NULL));
  g_assert_true (g_output_stream_close (stdin_pipe, NULL, NULL));
  connection = g_bus_get_sync (G_BUS_TYPE_SESSION, NULL, &error);
  g_assert_no_error (error);
  while (!has_keyring (connection))
    g_thread_yield ();
  return keyring;
}

static void
lock_keyring (void)
{
  const char *const paths[] = { "/org/freedesktop/secrets/collection/login", NULL };
  g_autoptr (GDBusConnection) connection = g_bus_get_sync (G_BUS_TYPE_SESSION, NULL, NULL);
  g_autoptr (GError) error = NULL;
  G_GNUC_UNUSED g_autoptr (GVariant) reply = g_dbus_connection_call_sync (
      connection, "org.freedesktop.secrets", "/org/freedesktop/secrets",
      "org.freedesktop.Secret.Service", "Lock", g_variant_new ("(^ao)", paths), NULL,
      G_DBUS_CALL_FLAGS_NONE, -1, NULL, &error);

  g_assert_no_error (error);
}

/* A key that was in the file for want of a keyring leaves it when one takes over. */
static void
test_keyring (void)
{
  g_autofree char *path = bounce_secrets_dup_file_path ();
  g_autoptr (GError) error = NULL;
  gboolean is_in_file = FALSE;
  g_autoptr (GSubprocess) keyring = NULL;

  g_assert_true (save ("aura_eu_bounce_old_SECRET", &is_in_file, NULL, &error));
  g_assert_true (is_in_file);

  keyring = start_keyring ();
  assert_kept ("aura_eu_bounce_old_SECRET", TRUE);
  g_assert_true (save (KEY, &is_in_file, NULL, &error));
  g_assert_no_error (error);
  g_assert_false (is_in_file);
  g_assert_false (g_file_test (path, G_FILE_TEST_EXISTS));
  assert_kept (KEY, FALSE);
  g_assert_true (save ("aura_us_bounce_jo_NEWER", &is_in_file, NULL, &error));
  assert_kept ("aura_us_bounce_jo_NEWER", FALSE);
  g_assert_true (save (NULL, &is_in_file, NULL, &error));
  assert_kept (NULL, FALSE);

  /* Locked, and nobody there to type the password. */
  g_assert_true (save (KEY, &is_in_file, NULL, &error));
  g_assert_false (is_in_file);
  lock_keyring ();
  g_assert_false (save (NULL, &is_in_file, NULL, &error));
  g_assert_error (error, BOUNCE_CORE_ERROR, BOUNCE_CORE_ERROR_UNAVAILABLE);
  g_clear_error (&error);
  g_assert_true (save ("aura_eu_bounce_jo_NEWEST", &is_in_file, NULL, &error));
  g_assert_true (is_in_file);
  assert_kept ("aura_eu_bounce_jo_NEWEST", TRUE);

  g_subprocess_force_exit (keyring);
  g_subprocess_wait (keyring, NULL, NULL);
}

/* No service folders: nothing starts a keyring but the test. */
#define BUS_CONFIG                                                                                 \
  "<busconfig><type>session</type><listen>unix:tmpdir=/tmp</listen>"                               \
  "<policy context='default'><allow send_destination='*' eavesdrop='true'/>"                       \
  "<allow eavesdrop='true'/><allow own='*'/></policy></busconfig>"

/* A session bus without any service to activate. GTestDBus is of no use here: it waits for
 * everybody to let go of the connection, and libsecret never does. */
static GSubprocess *
start_bus (const char *folder)
{
  g_autofree char *path = g_build_filename (folder, "bus.conf", NULL);
  g_autofree char *option = g_strconcat ("--config-file=", path, NULL);
  g_autoptr (GError) error = NULL;
  g_autoptr (GDataInputStream) output = NULL;
  g_autofree char *address = NULL;
  GSubprocess *bus;

  g_assert_true (g_file_set_contents (path, BUS_CONFIG, -1, NULL));
  bus = g_subprocess_new (G_SUBPROCESS_FLAGS_STDOUT_PIPE | G_SUBPROCESS_FLAGS_STDERR_SILENCE,
                          &error, "dbus-daemon", option, "--nofork", "--print-address", NULL);

  g_assert_no_error (error);
  output = g_data_input_stream_new (g_subprocess_get_stdout_pipe (bus));
  address = g_data_input_stream_read_line (output, NULL, NULL, &error);
  g_assert_no_error (error);
  g_setenv ("DBUS_SESSION_BUS_ADDRESS", address, TRUE);
  return bus;
}

int
main (int argc, char **argv)
{
  g_autoptr (BounceTestDirs) dirs = bounce_test_dirs_new ();
  g_autoptr (GSubprocess) bus = NULL;
  g_autoptr (GDBusConnection) connection = NULL;
  int status;

  bus = start_bus (bounce_test_dirs_get_root (dirs));
  connection = g_bus_get_sync (G_BUS_TYPE_SESSION, NULL, NULL);
  g_assert_nonnull (connection);
  g_dbus_connection_set_exit_on_close (connection, FALSE);
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/secrets/file", test_file);
  g_test_add_func ("/secrets/file/errors", test_file_errors);
  g_test_add_func ("/secrets/cancelled", test_cancelled);
  g_test_add_func ("/secrets/keyring", test_keyring);
  status = g_test_run ();
  g_subprocess_force_exit (bus);
  g_subprocess_wait (bus, NULL, NULL);
  return status;
}
