/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* Where Bounce keeps its things, after the XDG base directory specification. */

#include "config.h"

#include "bounce-paths.h"

#define DIRECTORY_NAME "bounce"

/**
 * bounce_paths_data_dir:
 *
 * The default directory of the database.
 *
 * Thread: any.
 * Returns: (transfer full): `$XDG_DATA_HOME/bounce`
 */
char *
bounce_paths_data_dir (void)
{
  return g_build_filename (g_get_user_data_dir (), DIRECTORY_NAME, NULL);
}

/**
 * bounce_paths_state_dir:
 *
 * The directory of the log. systemd's `StateDirectory` has no part in it: a unit sets
 * `$XDG_STATE_HOME`.
 *
 * Thread: any.
 * Returns: (transfer full): `$XDG_STATE_HOME/bounce`
 */
char *
bounce_paths_state_dir (void)
{
  return g_build_filename (g_get_user_state_dir (), DIRECTORY_NAME, NULL);
}

/**
 * bounce_paths_config_dir:
 *
 * The directory of the settings file and of the key when no keyring is there.
 *
 * Thread: any.
 * Returns: (transfer full): `$XDG_CONFIG_HOME/bounce`
 */
char *
bounce_paths_config_dir (void)
{
  return g_build_filename (g_get_user_config_dir (), DIRECTORY_NAME, NULL);
}

/**
 * bounce_paths_base_dir:
 *
 * The default of the setting `base_dir`.
 *
 * Thread: any.
 * Returns: (transfer full): `$XDG_DATA_HOME/bounce/studies`
 */
char *
bounce_paths_base_dir (void)
{
  return g_build_filename (g_get_user_data_dir (), DIRECTORY_NAME, "studies", NULL);
}

/**
 * bounce_paths_locale_dir:
 *
 * Where the translations are: installed, or of the build tree that `./run app` names.
 *
 * Thread: any.
 * Returns: (transfer none): `$BOUNCE_LOCALEDIR`, else where they are installed
 */
const char *
bounce_paths_locale_dir (void)
{
  const char *override = g_getenv ("BOUNCE_LOCALEDIR");

  return override != NULL ? override : BOUNCE_LOCALEDIR;
}
