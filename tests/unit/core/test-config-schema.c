/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* Without the schema, or with one of another version, opening fails where GSettings would abort. */

#include "config.h"

#include "bounce-config-source.h"
#include "bounce-core-error.h"
#include "bounce-test-dirs.h"

#include <string.h>

#define OTHER_VERSION                                                                              \
  "<schemalist><schema id='cloud.aurabox.Bounce' path='/cloud/aurabox/Bounce/'>"                   \
  "<key name='api-key-file' type='s'><default>''</default></key>"                                  \
  "<key name='api-endpoint' type='s'><default>''</default></key>"                                  \
  "<key name='port' type='s'><default>'9090'</default></key></schema></schemalist>"

static void
open_without_schema (const char *expected)
{
  g_autoptr (GError) error = NULL;

  g_assert_null (bounce_config_source_open_settings (&error));
  g_assert_error (error, BOUNCE_CORE_ERROR, BOUNCE_CORE_ERROR_NOT_FOUND);
  g_assert_nonnull (strstr (error->message, expected));
}

/* The schema source is read once for each process. */
static void
run_in_process (void)
{
  g_test_trap_subprocess (NULL, 20 * G_USEC_PER_SEC, 0);
  g_test_trap_assert_passed ();
}

static void
compile_other_version (const char *folder)
{
  g_autofree char *path = g_build_filename (folder, "x.gschema.xml", NULL);
  const char *const argv[] = { "glib-compile-schemas", folder, NULL };
  int status = -1;

  g_assert_true (g_file_set_contents (path, OTHER_VERSION, -1, NULL));
  g_assert_true (g_spawn_sync (NULL, (char **) argv, NULL, G_SPAWN_SEARCH_PATH, NULL, NULL, NULL,
                               NULL, &status, NULL));
  g_assert_true (g_spawn_check_wait_status (status, NULL));
}

static void
test_absent (void)
{
  if (g_test_subprocess ())
    {
      open_without_schema ("is not installed");
      return;
    }
  run_in_process ();
}

static void
test_other_version (void)
{
  if (g_test_subprocess ())
    {
      g_autoptr (BounceTestDirs) dirs = bounce_test_dirs_new ();

      compile_other_version (bounce_test_dirs_get_root (dirs));
      g_setenv ("GSETTINGS_SCHEMA_DIR", bounce_test_dirs_get_root (dirs), TRUE);
      open_without_schema ("no fitting key port");
      return;
    }
  run_in_process ();
}

int
main (int argc, char **argv)
{
  g_unsetenv ("GSETTINGS_SCHEMA_DIR");
  g_setenv ("XDG_DATA_DIRS", "/nonexistent", TRUE);
  g_setenv ("XDG_DATA_HOME", "/nonexistent", TRUE);
  g_setenv ("GSETTINGS_BACKEND", "memory", TRUE);
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/config-schema/absent", test_absent);
  g_test_add_func ("/config-schema/other-version", test_other_version);
  return g_test_run ();
}
