/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* Xvfb, a bus without service files (so that nothing of the machine is activated), and xfce4-panel
 * with its tray plugin and nothing else. */

#include "config.h"

#include "bounce-test-desktop.h"

#include "bounce-test-dirs.h"

struct _BounceTestDesktop
{
  BounceTestDirs *dirs;
  GTestDBus *bus;
  GSubprocess *display;
  GSubprocess *settings; /* xfconfd, which the panel asks for its layout */
  GSubprocess *panel;    /* (nullable) */
};

static const char panel_layout[] =
    "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
    "<channel name=\"xfce4-panel\" version=\"1.0\">\n"
    "  <property name=\"configver\" type=\"int\" value=\"2\"/>\n"
    "  <property name=\"panels\" type=\"array\">\n"
    "    <value type=\"int\" value=\"1\"/>\n"
    "    <property name=\"panel-1\" type=\"empty\">\n"
    "      <property name=\"position\" type=\"string\" value=\"p=6;x=0;y=0\"/>\n"
    "      <property name=\"size\" type=\"uint\" value=\"30\"/>\n"
    "      <property name=\"length\" type=\"uint\" value=\"100\"/>\n"
    "      <property name=\"plugin-ids\" type=\"array\">\n"
    "        <value type=\"int\" value=\"1\"/>\n"
    "      </property>\n"
    "    </property>\n"
    "  </property>\n"
    "  <property name=\"plugins\" type=\"empty\">\n"
    "    <property name=\"plugin-1\" type=\"string\" value=\"systray\"/>\n"
    "  </property>\n"
    "</channel>\n";

static GSubprocess *
spawn (GSubprocessFlags flags, const char *const *arguments)
{
  g_autoptr (GError) error = NULL;
  GSubprocess *process = g_subprocess_newv (arguments, flags, &error);

  g_assert_no_error (error);
  return process;
}

static void
start_display (BounceTestDesktop *self)
{
  static const char *const arguments[] = { "Xvfb",       "-displayfd", "1",   "-screen", "0",
                                           "800x600x24", "-nolisten",  "tcp", NULL };
  g_autoptr (GDataInputStream) output = NULL;
  g_autofree char *number = NULL;
  g_autofree char *name = NULL;

  self->display =
      spawn (G_SUBPROCESS_FLAGS_STDOUT_PIPE | G_SUBPROCESS_FLAGS_STDERR_SILENCE, arguments);
  output = g_data_input_stream_new (g_subprocess_get_stdout_pipe (self->display));
  number = g_data_input_stream_read_line (output, NULL, NULL, NULL);
  g_assert_nonnull (number);
  name = g_strconcat (":", number, NULL);
  g_setenv ("DISPLAY", name, TRUE);
  g_setenv ("GDK_BACKEND", "x11", TRUE);
}

static void
write_panel_layout (void)
{
  g_autofree char *folder = g_build_filename (g_getenv ("XDG_CONFIG_HOME"), "xfce4", "xfconf",
                                              "xfce-perchannel-xml", NULL);
  g_autofree char *path = g_build_filename (folder, "xfce4-panel.xml", NULL);

  g_assert_cmpint (g_mkdir_with_parents (folder, 0700), ==, 0);
  g_assert_true (g_file_set_contents (path, panel_layout, -1, NULL));
}

/**
 * bounce_test_desktop_new:
 *
 * Returns: (transfer full): a desktop with nothing on it
 */
BounceTestDesktop *
bounce_test_desktop_new (void)
{
  BounceTestDesktop *self = g_new0 (BounceTestDesktop, 1);

  /* GTK 3's accessibility bridge would look for the machine's services, and leaks. */
  g_setenv ("NO_AT_BRIDGE", "1", TRUE);
  self->dirs = bounce_test_dirs_new ();
  self->bus = g_test_dbus_new (G_TEST_DBUS_NONE);
  g_test_dbus_up (self->bus);
  start_display (self);
  write_panel_layout ();
  return self;
}

/* Its name on the bus says that it is ready; a panel that finds no settings makes up its own. */
static void
start_settings (BounceTestDesktop *self)
{
  static const char *const arguments[] = { XFCONFD, NULL };
  g_autoptr (GDBusConnection) connection = g_bus_get_sync (G_BUS_TYPE_SESSION, NULL, NULL);
  gboolean is_ready = FALSE;

  self->settings = spawn (G_SUBPROCESS_FLAGS_NONE, arguments);
  while (!is_ready)
    {
      g_autoptr (GVariant) reply = g_dbus_connection_call_sync (
          connection, "org.freedesktop.DBus", "/", "org.freedesktop.DBus", "NameHasOwner",
          g_variant_new ("(s)", "org.xfce.Xfconf"), G_VARIANT_TYPE ("(b)"), G_DBUS_CALL_FLAGS_NONE,
          -1, NULL, NULL);

      g_assert_nonnull (reply);
      g_variant_get (reply, "(b)", &is_ready);
    }
}

/**
 * bounce_test_desktop_start_panel:
 *
 * Starts the panel; its tray appears on the bus when it is ready.
 */
void
bounce_test_desktop_start_panel (BounceTestDesktop *self)
{
  static const char *const arguments[] = { "xfce4-panel", "--disable-wm-check", NULL };

  g_assert_null (self->panel);
  if (self->settings == NULL)
    start_settings (self);
  self->panel = spawn (G_SUBPROCESS_FLAGS_STDERR_SILENCE, arguments);
}

static void
kill_process (GSubprocess **process)
{
  if (*process == NULL)
    return;
  g_subprocess_force_exit (*process);
  g_subprocess_wait (*process, NULL, NULL);
  g_clear_object (process);
}

/**
 * bounce_test_desktop_kill_panel:
 *
 * Ends the panel without a word.
 */
void
bounce_test_desktop_kill_panel (BounceTestDesktop *self)
{
  kill_process (&self->panel);
}

/**
 * bounce_test_desktop_free:
 *
 * Ends everything and removes its folders.
 */
void
bounce_test_desktop_free (BounceTestDesktop *self)
{
  kill_process (&self->panel);
  kill_process (&self->settings);
  g_test_dbus_stop (self->bus);
  g_clear_object (&self->bus);
  kill_process (&self->display);
  bounce_test_dirs_free (self->dirs);
  g_free (self);
}
