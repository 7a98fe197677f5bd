/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* Where settings rest, and what follows from it: whether they can be changed, and what is to be
 * said of the API key. What locks a setting is an administrator's GSettings lock, $BOUNCE_API_KEY,
 * or a folder that this process may not write. Main thread. */

#include "config.h"

#include "bounce-config-source-private.h"

#include <unistd.h>

static gboolean
is_environment_set (void)
{
  const char *text = g_getenv (BOUNCE_CONFIG_SOURCE_ENVIRONMENT);

  return text != NULL && *text != '\0';
}

/* A file is replaced, so that its folder counts. One that is missing can be made. */
static char *
dup_folder_lock (const char *path)
{
  g_autofree char *directory = g_path_get_dirname (path);

  if (!g_file_test (directory, G_FILE_TEST_EXISTS) || access (directory, W_OK) == 0)
    return NULL;
  return g_strdup_printf ("the folder %s cannot be written", directory);
}

/*
 * bounce_config_source_is_key_stored:
 * @self: a source
 *
 * Returns: whether the key belongs into the keyring: nothing that comes before it has one
 */
gboolean
bounce_config_source_is_key_stored (BounceConfigSource *self)
{
  return self->has_stored_key && bounce_config_get_api_key (self->loaded) == NULL;
}

static char *
dup_api_key_lock (BounceConfigSource *self)
{
  const char *key_file = bounce_config_get_api_key_file (self->loaded);

  if (is_environment_set ())
    return g_strdup ("$" BOUNCE_CONFIG_SOURCE_ENVIRONMENT " is set");
  if (key_file != NULL)
    return dup_folder_lock (key_file);
  return bounce_config_source_is_key_stored (self) ? NULL : dup_folder_lock (self->path);
}

/*
 * bounce_config_source_dup_lock:
 * @self: a source
 * @setting: which
 *
 * Returns: (transfer full) (nullable): what keeps the setting from being changed, for a log or a
 *   terminal; %NULL if nothing does
 */
char *
bounce_config_source_dup_lock (BounceConfigSource *self, const BounceSetting *setting)
{
  if (setting->type == BOUNCE_SETTING_API_KEY)
    return dup_api_key_lock (self);
  if (self->settings == NULL)
    return dup_folder_lock (self->path);
  return bounce_config_settings_is_writable (self->settings, setting)
             ? NULL
             : g_strdup ("the administrator has set it");
}

/**
 * bounce_config_source_is_locked:
 * @self: a source
 * @key: a setting
 *
 * Whether bounce_config_source_set_async() would be refused, whatever the value.
 *
 * Thread: main thread.
 * Returns: %TRUE if an administrator, the environment, a trial or a folder's permissions forbid it,
 *   or if there is no such setting
 */
gboolean
bounce_config_source_is_locked (BounceConfigSource *self, const char *key)
{
  const BounceSetting *setting;
  g_autofree char *lock = NULL;

  g_return_val_if_fail (BOUNCE_IS_CONFIG_SOURCE (self), TRUE);
  g_return_val_if_fail (key != NULL, TRUE);

  setting = bounce_settings_find (key);
  if (setting == NULL || bounce_config_source_is_overridden (self, key))
    return TRUE;
  lock = bounce_config_source_dup_lock (self, setting);
  return lock != NULL;
}

/**
 * bounce_config_source_get_path:
 * @self: a source
 *
 * Returns: (nullable): the settings file, which may not be there yet; %NULL for GSettings
 */
const char *
bounce_config_source_get_path (BounceConfigSource *self)
{
  g_return_val_if_fail (BOUNCE_IS_CONFIG_SOURCE (self), NULL);

  return self->path;
}

/**
 * bounce_config_source_get_key_place:
 * @self: a source
 *
 * Where the API key in effect comes from: the first of these places that has one.
 *
 * Thread: main thread.
 * Returns: the place; %BOUNCE_KEY_PLACE_NONE without a key, also while the keyring is being asked
 */
BounceKeyPlace
bounce_config_source_get_key_place (BounceConfigSource *self)
{
  g_return_val_if_fail (BOUNCE_IS_CONFIG_SOURCE (self), BOUNCE_KEY_PLACE_NONE);

  if (bounce_config_get_api_key (self->config) == NULL)
    return BOUNCE_KEY_PLACE_NONE;
  if (bounce_config_source_is_overridden (self, "api_key"))
    return BOUNCE_KEY_PLACE_TRIAL;
  if (is_environment_set ())
    return BOUNCE_KEY_PLACE_ENVIRONMENT;
  if (bounce_config_get_api_key_file (self->loaded) != NULL)
    return BOUNCE_KEY_PLACE_KEY_FILE;
  if (!bounce_config_source_is_key_stored (self))
    return BOUNCE_KEY_PLACE_SETTINGS_FILE;
  return self->is_stored_key_in_file ? BOUNCE_KEY_PLACE_OWN_FILE : BOUNCE_KEY_PLACE_KEYRING;
}
