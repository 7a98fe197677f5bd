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
static gboolean
can_replace (const char *path)
{
  g_autofree char *directory = g_path_get_dirname (path);

  return !g_file_test (directory, G_FILE_TEST_EXISTS) || access (directory, W_OK) == 0;
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

static gboolean
is_api_key_locked (BounceConfigSource *self)
{
  const char *key_file = bounce_config_get_api_key_file (self->loaded);

  if (is_environment_set ())
    return TRUE;
  if (key_file != NULL)
    return !can_replace (key_file);
  return !bounce_config_source_is_key_stored (self) && !can_replace (self->path);
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

  g_return_val_if_fail (BOUNCE_IS_CONFIG_SOURCE (self), TRUE);
  g_return_val_if_fail (key != NULL, TRUE);

  setting = bounce_settings_find (key);
  if (setting == NULL || bounce_config_source_is_overridden (self, key))
    return TRUE;
  if (setting->type == BOUNCE_SETTING_API_KEY)
    return is_api_key_locked (self);
  if (self->settings != NULL)
    return !bounce_config_settings_is_writable (self->settings, setting);
  return !can_replace (self->path);
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
