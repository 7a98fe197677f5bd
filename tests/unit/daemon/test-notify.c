/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* The service manager's datagram: to a path, to an abstract name, and to addresses that cannot be.
 */

#include "config.h"

#include "bounced-notify.h"

#include <gio/gio.h>
#include <gio/gunixsocketaddress.h>
#include <glib/gstdio.h>

static GSocket *
new_manager (const char *name, GUnixSocketAddressType type)
{
  g_autoptr (GSocketAddress) address = g_unix_socket_address_new_with_type (name, -1, type);
  GError *error = NULL;
  GSocket *socket = g_socket_new (G_SOCKET_FAMILY_UNIX, G_SOCKET_TYPE_DATAGRAM,
                                  G_SOCKET_PROTOCOL_DEFAULT, &error);

  g_assert_no_error (error);
  g_socket_set_blocking (socket, FALSE);
  g_assert_true (g_socket_bind (socket, address, FALSE, &error));
  return socket;
}

/* A datagram between sockets of one machine has arrived when sendto() returns. */
static void
assert_received (GSocket *socket, const char *expected)
{
  char buffer[64] = "";
  GError *error = NULL;

  g_socket_receive (socket, buffer, sizeof buffer - 1, NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpstr (buffer, ==, expected);
}

static void
test_path (void)
{
  g_autofree char *folder = g_dir_make_tmp ("bounce-notify-XXXXXX", NULL);
  g_autofree char *path = g_build_filename (folder, "socket", NULL);
  g_autoptr (GSocket) manager = new_manager (path, G_UNIX_SOCKET_ADDRESS_PATH);

  g_setenv ("NOTIFY_SOCKET", path, TRUE);
  bounced_notify ("READY=1");
  assert_received (manager, "READY=1");
  g_unlink (path);
  g_rmdir (folder);
  bounced_notify ("STOPPING=1"); /* nobody there: no harm */
}

static void
test_abstract (void)
{
  g_autofree char *name = g_strdup_printf ("bounce-notify-%u", g_random_int ());
  g_autofree char *address = g_strconcat ("@", name, NULL);
  g_autoptr (GSocket) manager = new_manager (name, G_UNIX_SOCKET_ADDRESS_ABSTRACT);

  g_setenv ("NOTIFY_SOCKET", address, TRUE);
  bounced_notify ("READY=1");
  assert_received (manager, "READY=1");
}

static void
test_what_is_no_address (void)
{
  g_autofree char *long_path = g_strnfill (200, 'x');

  long_path[0] = '/';
  g_setenv ("NOTIFY_SOCKET", "", TRUE);
  bounced_notify ("READY=1");
  g_setenv ("NOTIFY_SOCKET", "relative", TRUE);
  bounced_notify ("READY=1");
  g_setenv ("NOTIFY_SOCKET", long_path, TRUE);
  bounced_notify ("READY=1");
  g_unsetenv ("NOTIFY_SOCKET");
  bounced_notify ("READY=1");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/daemon/notify/path", test_path);
  g_test_add_func ("/daemon/notify/abstract", test_abstract);
  g_test_add_func ("/daemon/notify/no-address", test_what_is_no_address);
  return g_test_run ();
}
