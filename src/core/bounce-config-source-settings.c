/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* The GSettings side of a config source. The schema has the same keys as the table, with dashes,
 * and no ranges: a value out of range would silently become the default there, and we want to say
 * so. The API key is never in GSettings. Main thread only. */

#include "config.h"

#include "bounce-config-source-private.h"

#include "bounce-core-error.h"

/* What GSettings holds for a setting of each type. */
static const char *const variant_types[] = {
  [BOUNCE_SETTING_TEXT] = "s",
  [BOUNCE_SETTING_UINT] = "u",
  [BOUNCE_SETTING_BOOLEAN] = "b",
};

static char *
dup_settings_key (const BounceSetting *setting)
{
  return g_strdelimit (g_strdup (setting->key), "_", '-');
}

/* An installation of another version may lack a key, and GSettings aborts on a missing one. */
static gboolean
check_key (GSettingsSchema *schema, const BounceSetting *setting, GError **error)
{
  g_autofree char *key = dup_settings_key (setting);
  g_autoptr (GSettingsSchemaKey) schema_key = NULL;

  if (g_settings_schema_has_key (schema, key))
    {
      schema_key = g_settings_schema_get_key (schema, key);
      if (g_str_equal (
              g_variant_type_peek_string (g_settings_schema_key_get_value_type (schema_key)),
              variant_types[setting->type]))
        return TRUE;
    }
  g_set_error (error, BOUNCE_CORE_ERROR, BOUNCE_CORE_ERROR_NOT_FOUND,
               "The installed settings schema %s has no fitting key %s", BOUNCE_APPLICATION_ID,
               key);
  return FALSE;
}

/*
 * bounce_config_settings_open:
 *
 * Errors: %BOUNCE_CORE_ERROR_NOT_FOUND if the schema is not installed or lacks a key.
 * Returns: (transfer full): the settings
 */
GSettings *
bounce_config_settings_open (GError **error)
{
  GSettingsSchemaSource *source = g_settings_schema_source_get_default ();
  g_autoptr (GSettingsSchema) schema = NULL;
  const BounceSetting *settings;
  guint n_settings;

  if (source != NULL)
    schema = g_settings_schema_source_lookup (source, BOUNCE_APPLICATION_ID, TRUE);
  if (schema == NULL)
    {
      g_set_error (error, BOUNCE_CORE_ERROR, BOUNCE_CORE_ERROR_NOT_FOUND,
                   "The settings schema %s is not installed", BOUNCE_APPLICATION_ID);
      return NULL;
    }
  settings = bounce_settings_get_table (&n_settings);
  for (guint i = 0; i < n_settings; i++)
    {
      if (settings[i].type != BOUNCE_SETTING_API_KEY && !check_key (schema, &settings[i], error))
        return NULL;
    }
  return g_settings_new_full (schema, NULL, NULL);
}

static char *
dup_text (GSettings *settings, const BounceSetting *setting)
{
  g_autofree char *key = dup_settings_key (setting);

  switch (setting->type)
    {
    case BOUNCE_SETTING_TEXT:
      return g_settings_get_string (settings, key);
    case BOUNCE_SETTING_UINT:
      return g_strdup_printf ("%u", g_settings_get_uint (settings, key));
    case BOUNCE_SETTING_BOOLEAN:
      return g_strdup (g_settings_get_boolean (settings, key) ? "yes" : "no");
    case BOUNCE_SETTING_API_KEY:
    default:
      g_assert_not_reached ();
    }
}

static void
load_value (BounceConfigSource *self, BounceConfig *config, const BounceSetting *setting)
{
  g_autofree char *text = dup_text (self->settings, setting);
  g_autoptr (GError) error = NULL;

  /* The schema cannot express a default that depends on the user: it has an empty text. */
  if (*text == '\0')
    return;
  if (!bounce_config_set_value (config, setting, text, &error))
    bounce_config_source_add_problem (self, "%s; the default is used", error->message);
}

/*
 * bounce_config_settings_load:
 * @self: a source with settings
 *
 * Reads everything; a wrong value is left at its default and becomes a problem.
 *
 * Returns: (transfer full): the settings, without the API key
 */
BounceConfig *
bounce_config_settings_load (BounceConfigSource *self)
{
  BounceConfig *config = bounce_config_new_default ();
  const BounceSetting *settings;
  guint n_settings;

  settings = bounce_settings_get_table (&n_settings);
  for (guint i = 0; i < n_settings; i++)
    {
      if (settings[i].type != BOUNCE_SETTING_API_KEY)
        load_value (self, config, &settings[i]);
    }
  return config;
}

/*
 * bounce_config_settings_is_writable:
 * @settings: the settings
 * @setting: which, not the API key
 *
 * Returns: %FALSE if an administrator locked it
 */
gboolean
bounce_config_settings_is_writable (GSettings *settings, const BounceSetting *setting)
{
  g_autofree char *key = dup_settings_key (setting);

  return g_settings_is_writable (settings, key);
}

static GVariant *
new_variant (const BounceSetting *setting, BounceConfig *config)
{
  const char *text;

  switch (setting->type)
    {
    case BOUNCE_SETTING_UINT:
      return g_variant_new_uint32 (G_STRUCT_MEMBER (guint, config, setting->offset));
    case BOUNCE_SETTING_BOOLEAN:
      return g_variant_new_boolean (G_STRUCT_MEMBER (gboolean, config, setting->offset));
    default:
      text = G_STRUCT_MEMBER (char *, config, setting->offset);
      return g_variant_new_string (text != NULL ? text : "");
    }
}

/*
 * bounce_config_settings_write:
 * @settings: the settings
 * @setting: which, not the API key
 * @config: has the new value
 *
 * Errors: %BOUNCE_CORE_ERROR_UNAVAILABLE if an administrator locked it.
 * Returns: %TRUE when GSettings took it
 */
gboolean
bounce_config_settings_write (GSettings *settings,
                              const BounceSetting *setting,
                              BounceConfig *config,
                              GError **error)
{
  g_autofree char *key = dup_settings_key (setting);

  if (g_settings_set_value (settings, key, new_variant (setting, config)))
    return TRUE;
  g_set_error (error, BOUNCE_CORE_ERROR, BOUNCE_CORE_ERROR_UNAVAILABLE,
               "%s is locked by the administrator", setting->key);
  return FALSE;
}
