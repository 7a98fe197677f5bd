/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* An administrator's lock as administrators make it: a dconf database with a locks folder, below
 * a profile. Reading dconf needs no bus. */

#include "config.h"

#include "bounce-config-source.h"
#include "bounce-core-error.h"
#include "bounce-test-dirs.h"

#include <glib/gstdio.h>

static void
write_file (const char *folder, const char *name, const char *text)
{
  g_autofree char *path = g_build_filename (folder, name, NULL);

  g_assert_cmpint (g_mkdir_with_parents (folder, 0700), ==, 0);
  g_assert_true (g_file_set_contents (path, text, -1, NULL));
}

/* The profile with port set to 11112 and locked. */
static void
make_profile (const char *root)
{
  g_autofree char *keys = g_build_filename (root, "keys", NULL);
  g_autofree char *locks = g_build_filename (keys, "locks", NULL);
  g_autofree char *database = g_build_filename (root, "database", NULL);
  g_autofree char *profile = g_build_filename (root, "profile", NULL);
  g_autofree char *text = g_strdup_printf ("user-db:user\nfile-db:%s\n", database);
  const char *const argv[] = { "dconf", "compile", database, keys, NULL };
  g_autoptr (GError) error = NULL;
  int status = -1;

  write_file (keys, "00-bounce", "[cloud/aurabox/Bounce]\nport=uint32 11112\nsend-logs=true\n");
  write_file (locks, "00-bounce", "/cloud/aurabox/Bounce/port\n");
  write_file (root, "profile", text);
  g_spawn_sync (NULL, (char **) argv, NULL, G_SPAWN_SEARCH_PATH, NULL, NULL, NULL, NULL, &status,
                &error);
  g_assert_no_error (error);
  g_assert_true (g_spawn_check_wait_status (status, NULL));
  g_setenv ("DCONF_PROFILE", profile, TRUE);
  g_setenv ("GSETTINGS_BACKEND", "dconf", TRUE);
}

static void
set_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  GAsyncResult **kept = user_data;

  *kept = g_object_ref (result);
}

static void
test_locked (void)
{
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;
  g_autoptr (BounceConfigSource) source = bounce_config_source_open_settings (&error);
  BounceConfig *config;

  g_assert_no_error (error);
  config = bounce_config_source_get_config (source);
  g_assert_cmpuint (bounce_config_get_port (config), ==, 11112);
  g_assert_true (bounce_config_get_send_logs (config));
  g_assert_true (bounce_config_source_is_locked (source, "port"));
  g_assert_false (bounce_config_source_is_locked (source, "send_logs"));
  g_assert_false (bounce_config_source_is_locked (source, "api_key"));

  bounce_config_source_set_async (source, "port", "104", NULL, set_cb, &result);
  while (result == NULL)
    g_main_context_iteration (NULL, TRUE);
  g_assert_false (bounce_config_source_set_finish (source, result, &error));
  g_assert_error (error, BOUNCE_CORE_ERROR, BOUNCE_CORE_ERROR_UNAVAILABLE);
  g_assert_cmpstr (error->message, ==, "port is locked: the administrator has set it");
  g_assert_cmpuint (bounce_config_get_port (config), ==, 11112);
}

int
main (int argc, char **argv)
{
  g_autoptr (BounceTestDirs) dirs = bounce_test_dirs_new ();

  make_profile (bounce_test_dirs_get_root (dirs));
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/config-locks/locked", test_locked);
  return g_test_run ();
}
