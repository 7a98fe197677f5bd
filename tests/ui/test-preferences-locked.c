/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* What an administrator locked, as administrators do it (a dconf database with a locks folder below
 * a profile), is shown and cannot be touched, and the window says why. Reading dconf needs no bus;
 * nothing is written. */

#include "config.h"

#include "bounce-test-gtk.h"
#include "preferences-fixture.h"

#define WHY "Set by your administrator"

static void
write_file (const char *folder, const char *name, const char *text)
{
  g_autofree char *path = g_build_filename (folder, name, NULL);

  g_assert_cmpint (g_mkdir_with_parents (folder, 0700), ==, 0);
  g_assert_true (g_file_set_contents (path, text, -1, NULL));
}

static void
compile_database (const char *keys, const char *database)
{
  const char *const argv[] = { "dconf", "compile", database, keys, NULL };
  g_autoptr (GError) error = NULL;
  int status = -1;

  g_spawn_sync (NULL, (char **) argv, NULL, G_SPAWN_SEARCH_PATH, NULL, NULL, NULL, NULL, &status,
                &error);
  g_assert_no_error (error);
  g_assert_true (g_spawn_check_wait_status (status, NULL));
}

static void
make_profile (const char *root)
{
  g_autofree char *keys = g_build_filename (root, "keys", NULL);
  g_autofree char *locks = g_build_filename (keys, "locks", NULL);
  g_autofree char *database = g_build_filename (root, "database", NULL);
  g_autofree char *profile = g_build_filename (root, "profile", NULL);
  g_autofree char *text = g_strdup_printf ("user-db:user\nfile-db:%s\n", database);
  g_autofree char *values =
      g_strdup_printf ("[cloud/aurabox/Bounce]\nport=uint32 11112\nsend-logs=true\n"
                       "base-dir='%s/studies'\n",
                       root);

  write_file (keys, "00-bounce", values);
  write_file (locks, "00-bounce",
              "/cloud/aurabox/Bounce/port\n/cloud/aurabox/Bounce/send-logs\n"
              "/cloud/aurabox/Bounce/base-dir\n"
              "/cloud/aurabox/Bounce/desktop/notify-delivered\n");
  write_file (root, "profile", text);
  compile_database (keys, database);
  g_setenv ("DCONF_PROFILE", profile, TRUE);
  g_setenv ("GSETTINGS_BACKEND", "dconf", TRUE);
  g_setenv ("BOUNCE_API_KEY", "aura_au_bounce_jo_SECRET_local", TRUE);
}

static void
assert_locked (PreferencesFixture *fixture, const char *title, GType type)
{
  GtkWidget *row = preferences_fixture_find_row (GTK_WIDGET (fixture->window), title);

  g_test_message ("%s", title);
  g_assert_false (gtk_widget_is_sensitive (preferences_fixture_find_type (row, type)));
  g_assert_true (preferences_fixture_has_text (row, WHY));
}

static void
assert_free (PreferencesFixture *fixture, const char *title, GType type)
{
  GtkWidget *row = preferences_fixture_find_row (GTK_WIDGET (fixture->window), title);

  g_test_message ("%s", title);
  g_assert_true (gtk_widget_is_sensitive (preferences_fixture_find_type (row, type)));
  g_assert_false (preferences_fixture_has_text (row, WHY));
}

static void
set_up (PreferencesFixture *fixture, gconstpointer root)
{
  fixture->desktop_settings = g_settings_new ("cloud.aurabox.Bounce.Desktop");
  preferences_fixture_open (fixture, root);
}

static void
test_rows (PreferencesFixture *fixture, gconstpointer data)
{
  GtkWidget *port = preferences_fixture_find_row (GTK_WIDGET (fixture->window), "Port");

  assert_locked (fixture, "Port", GTK_TYPE_ENTRY);
  assert_locked (fixture, "Send logs to Aurabox", GTK_TYPE_SWITCH);
  assert_locked (fixture, "Folder for received studies", GTK_TYPE_BUTTON);
  assert_locked (fixture, "Delivered studies", GTK_TYPE_SWITCH);
  assert_free (fixture, "AE title", GTK_TYPE_ENTRY);
  assert_free (fixture, "Delete after delivery", GTK_TYPE_SWITCH);
  assert_free (fixture, "Problems", GTK_TYPE_SWITCH);
  g_assert_cmpstr (
      gtk_editable_get_text (GTK_EDITABLE (preferences_fixture_find_type (port, GTK_TYPE_ENTRY))),
      ==, "11112");
  gtk_test_accessible_assert_property (preferences_fixture_find_type (port, GTK_TYPE_ENTRY),
                                       GTK_ACCESSIBLE_PROPERTY_DESCRIPTION, WHY);
}

/* The environment comes before whatever could be entered here. */
static void
test_key (PreferencesFixture *fixture, gconstpointer data)
{
  GtkWidget *window = GTK_WIDGET (fixture->window);
  GtkWidget *entry = preferences_fixture_find_type (window, GTK_TYPE_PASSWORD_ENTRY);

  g_assert_true (
      preferences_fixture_has_text (window, "Given by the environment variable BOUNCE_API_KEY"));
  g_assert_false (gtk_widget_is_drawable (entry));
  g_assert_false (gtk_widget_get_visible (preferences_fixture_find_button (window, "_Remove…")));
  g_assert_false (preferences_fixture_has_text (window, "SECRET"));
}

int
main (int argc, char **argv)
{
  g_autoptr (BounceTestDirs) dirs = bounce_test_dirs_new ();
  const char *root = bounce_test_dirs_get_root (dirs);

  make_profile (root);
  bounce_test_gtk_init (&argc, &argv);
  g_test_add ("/preferences-locked/rows", PreferencesFixture, root, set_up, test_rows,
              preferences_fixture_tear_down);
  g_test_add ("/preferences-locked/key", PreferencesFixture, root, set_up, test_key,
              preferences_fixture_tear_down);
  return g_test_run ();
}
