/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* bounce-tray: the tray icon of a running bounce, in a process of its own because GTK 3 and GTK 4
 * cannot share one. It has no state and no settings: it shows and activates the actions that the
 * application exports on the session bus.
 *
 * Life: started by the application with its unique bus name, its object path and a pipe on stdin.
 * It ends when the pipe closes, the name vanishes, the bus goes, or on SIGTERM. On stdout it says
 * "shown" and "hidden" as a tray takes the icon or loses it. */

#include "config.h"

#include "bounce-tray-icon.h"

#include <gio/gio.h>
#include <glib-unix.h>
#include <glib/gi18n.h>
#include <gtk/gtk.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static gboolean has_given_up;

static gboolean
input_ready_cb (int fd, GIOCondition condition, gpointer user_data)
{
  char ignored[256];

  if (read (fd, ignored, sizeof ignored) > 0)
    return G_SOURCE_CONTINUE;
  g_main_loop_quit (user_data);
  return G_SOURCE_REMOVE;
}

static gboolean
terminate_cb (gpointer user_data)
{
  g_main_loop_quit (user_data);
  return G_SOURCE_CONTINUE;
}

static void
name_vanished_cb (GDBusConnection *connection, const char *name, gpointer user_data)
{
  g_main_loop_quit (user_data);
}

static void
host_changed_cb (BounceTrayIcon *icon, gboolean is_shown)
{
  puts (is_shown ? "shown" : "hidden");
  fflush (stdout);
}

/* Whoever started this starts it again. */
static void
given_up_cb (BounceTrayIcon *icon, gpointer user_data)
{
  GMainLoop *loop = user_data;

  has_given_up = TRUE;
  g_main_loop_quit (loop);
}

/* In a sandbox the path would mean nothing to the host, which has the icons under their names. */
static const char *
get_icon_path (void)
{
  const char *path = g_getenv ("BOUNCE_TRAY_ICONS");

  if (g_file_test ("/.flatpak-info", G_FILE_TEST_EXISTS))
    return NULL;
  return path != NULL ? path : BOUNCE_ICONDIR;
}

static int
run (GDBusConnection *connection, const char *bus_name, const char *object_path)
{
  g_autoptr (GMainLoop) loop = g_main_loop_new (NULL, FALSE);
  g_autoptr (GDBusActionGroup) actions =
      g_dbus_action_group_get (connection, bus_name, object_path);
  g_autoptr (BounceTrayIcon) icon = NULL;
  guint watch_id;

  g_unix_fd_add (STDIN_FILENO, G_IO_IN | G_IO_HUP | G_IO_ERR, input_ready_cb, loop);
  g_unix_signal_add (SIGTERM, terminate_cb, loop);
  g_unix_signal_add (SIGINT, terminate_cb, loop);
  watch_id = g_bus_watch_name_on_connection (connection, bus_name, G_BUS_NAME_WATCHER_FLAGS_NONE,
                                             NULL, name_vanished_cb, loop, NULL);
  icon = bounce_tray_icon_new (G_ACTION_GROUP (actions), get_icon_path ());
  g_signal_connect (icon, "host-changed", G_CALLBACK (host_changed_cb), NULL);
  g_signal_connect (icon, "given-up", G_CALLBACK (given_up_cb), loop);
  g_main_loop_run (loop);
  g_bus_unwatch_name (watch_id);
  return has_given_up ? EXIT_FAILURE : EXIT_SUCCESS;
}

static gboolean
parse_arguments (gboolean *is_version, int *argc, char ***argv, GError **error)
{
  g_autoptr (GOptionContext) context = g_option_context_new (_ ("BUS_NAME OBJECT_PATH"));
  const GOptionEntry entries[] = {
    { "version", 0, 0, G_OPTION_ARG_NONE, is_version, N_ ("Print the version and exit"), NULL },
    { NULL },
  };

  g_option_context_set_summary (context, _ ("The tray icon of a running Bounce, which starts it."));
  g_option_context_add_main_entries (context, entries, GETTEXT_PACKAGE);
  if (!g_option_context_parse (context, argc, argv, error))
    return FALSE;
  if (*is_version || *argc == 3)
    return TRUE;
  g_set_error_literal (error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE,
                       _ ("the application's bus name and object path are needed"));
  return FALSE;
}

static gboolean
check_arguments (const char *bus_name, const char *object_path)
{
  if (g_dbus_is_name (bus_name) && g_variant_is_object_path (object_path))
    return TRUE;
  fprintf (stderr, "bounce-tray: %s\n", _ ("this is no bus name and object path"));
  return FALSE;
}

int
main (int argc, char **argv)
{
  gboolean is_version = FALSE;
  g_autoptr (GError) error = NULL;
  g_autoptr (GDBusConnection) connection = NULL;
  const char *locale_dir = g_getenv ("BOUNCE_LOCALEDIR"); /* of a build tree */

  setlocale (LC_ALL, "");
  bindtextdomain (GETTEXT_PACKAGE, locale_dir != NULL ? locale_dir : BOUNCE_LOCALEDIR);
  bind_textdomain_codeset (GETTEXT_PACKAGE, "UTF-8");
  textdomain (GETTEXT_PACKAGE);
  g_set_prgname ("bounce-tray");
  if (!parse_arguments (&is_version, &argc, &argv, &error))
    {
      fprintf (stderr, "bounce-tray: %s\n", error->message);
      return 2;
    }
  if (is_version)
    {
      printf ("bounce-tray %s\n", BOUNCE_VERSION);
      return EXIT_SUCCESS;
    }
  if (!check_arguments (argv[1], argv[2]))
    return 2;
  if (!gtk_init_check (&argc, &argv))
    {
      fprintf (stderr, "bounce-tray: %s\n", _ ("there is no display"));
      return EXIT_FAILURE;
    }
  connection = g_bus_get_sync (G_BUS_TYPE_SESSION, NULL, &error);
  if (connection == NULL)
    {
      fprintf (stderr, "bounce-tray: %s\n", error->message);
      return EXIT_FAILURE;
    }
  return run (connection, argv[1], argv[2]);
}
