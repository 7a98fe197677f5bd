/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* Values that hold instead of the settings while something is tried out. They are never kept, the
 * settings below them stay as they are, and as long as they hold nobody can change those. Main
 * thread only. */

#include "config.h"

#include "bounce-config-source-private.h"

/* Where studies are and where they go. */
static const char *const overridden[] = { "api_key", "api_key_file", "api_endpoint", "base_dir" };

/**
 * bounce_config_source_is_overridden:
 * @self: a source
 * @key: a setting
 *
 * Thread: main thread.
 * Returns: whether the setting is out of effect at present
 */
gboolean
bounce_config_source_is_overridden (BounceConfigSource *self, const char *key)
{
  if (self->override == NULL)
    return FALSE;
  for (gsize i = 0; i < G_N_ELEMENTS (overridden); i++)
    {
      if (g_str_equal (overridden[i], key))
        return TRUE;
    }
  return FALSE;
}

static BounceConfig *
replace_value (BounceConfig *config, const char *key, const char *value, GError **error)
{
  g_autoptr (BounceConfig) before = config;

  return bounce_config_with_value (before, key, value != NULL ? value : "", error);
}

/*
 * bounce_config_source_apply_override:
 * @self: a source
 * @config: (transfer full): what the settings say
 *
 * Returns: (transfer full): what is in effect
 */
BounceConfig *
bounce_config_source_apply_override (BounceConfigSource *self, BounceConfig *config)
{
  g_autoptr (BounceConfig) before = config;
  BounceConfig *override = self->override;
  g_autofree char *endpoint = NULL;

  if (override == NULL)
    return g_steal_pointer (&before);
  endpoint = bounce_config_dup_api_endpoint (override);
  config = bounce_config_with_api_key (before, bounce_config_get_api_key (override));
  config = replace_value (config, "api_key_file", NULL, NULL);
  config = replace_value (config, "api_endpoint", endpoint, NULL);
  return replace_value (config, "base_dir", bounce_config_get_base_dir (override), NULL);
}

/**
 * bounce_config_source_override:
 * @self: a source
 * @api_key: (nullable): %NULL for none, whatever keyring or environment have
 * @api_endpoint: (nullable): %NULL for none
 * @base_dir: the folder of the studies
 * @error: (out) (optional): where to put the error
 *
 * Puts these values into effect instead of the settings, until the source is gone or other values
 * are given. Emits "changed" if they are others than before.
 *
 * Thread: main thread.
 * Errors: %BOUNCE_CORE_ERROR_INVALID; then nothing changes.
 * Returns: whether they are in effect
 */
gboolean
bounce_config_source_override (BounceConfigSource *self,
                               const char *api_key,
                               const char *api_endpoint,
                               const char *base_dir,
                               GError **error)
{
  g_autoptr (BounceConfig) override = NULL;

  g_return_val_if_fail (BOUNCE_IS_CONFIG_SOURCE (self), FALSE);
  g_return_val_if_fail (base_dir != NULL, FALSE);

  override = replace_value (bounce_config_new_default (), "api_key", api_key, error);
  if (override != NULL)
    override = replace_value (g_steal_pointer (&override), "api_endpoint", api_endpoint, error);
  if (override != NULL)
    override = replace_value (g_steal_pointer (&override), "base_dir", base_dir, error);
  if (override == NULL)
    return FALSE;
  g_clear_pointer (&self->override, bounce_config_unref);
  self->override = g_steal_pointer (&override);
  return bounce_config_source_use (self, self->loaded, error);
}
