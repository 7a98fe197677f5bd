/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* One snapshot of the settings. Built by one thread, then immutable and shared by count between
 * all of them. What a setting may be is in bounce-settings-table.c; here a value goes from its
 * text form into the struct and back. Reading a file is in bounce-config-json.c. */

#include "config.h"

#include "bounce-config-private.h"

#include "bounce-core-error.h"
#include "bounce-paths.h"

#include <string.h>

/* More of a wrong value than this tells nobody anything. */
#define SHOWN_VALUE_CHARACTERS 64

G_DEFINE_BOXED_TYPE (BounceConfig, bounce_config, bounce_config_ref, bounce_config_unref)

static gboolean
refuse_value (const BounceSetting *setting, const char *value, GError **error)
{
  g_autofree char *shown = g_strndup (value, SHOWN_VALUE_CHARACTERS);
  g_autofree char *escaped = g_utf8_make_valid (shown, -1);

  for (char *p = escaped; *p != '\0'; p++)
    {
      if (g_ascii_iscntrl (*p))
        *p = '?';
    }
  g_set_error (error, BOUNCE_CORE_ERROR, BOUNCE_CORE_ERROR_INVALID,
               "%s: \"%s\" is not allowed, expected %s", setting->key, escaped, setting->allowed);
  return FALSE;
}

static gboolean
set_api_key (BounceConfig *self, const BounceSetting *setting, const char *value, GError **error)
{
  BounceApiKey *key = bounce_api_key_parse (value, error);

  if (key == NULL)
    {
      g_prefix_error (error, "%s: ", setting->key);
      return FALSE;
    }
  g_clear_pointer (&self->api_key, bounce_api_key_unref);
  self->api_key = key;
  return TRUE;
}

static gboolean
set_text (BounceConfig *self, const BounceSetting *setting, const char *value, GError **error)
{
  char **field = G_STRUCT_MEMBER_P (self, setting->offset);
  char *text = setting->normalize (value);

  if (text == NULL)
    return refuse_value (setting, value, error);
  g_free (*field);
  *field = text;
  return TRUE;
}

static gboolean
set_uint (BounceConfig *self, const BounceSetting *setting, const char *value, GError **error)
{
  guint64 number;

  if (!g_ascii_string_to_unsigned (value, 10, setting->minimum, setting->maximum, &number, NULL))
    return refuse_value (setting, value, error);
  G_STRUCT_MEMBER (guint, self, setting->offset) = (guint) number;
  return TRUE;
}

static gboolean
set_boolean (BounceConfig *self, const BounceSetting *setting, const char *value, GError **error)
{
  gboolean is_yes = g_str_equal (value, "yes") || g_str_equal (value, "true");

  if (!is_yes && !g_str_equal (value, "no") && !g_str_equal (value, "false"))
    return refuse_value (setting, value, error);
  G_STRUCT_MEMBER (gboolean, self, setting->offset) = is_yes;
  return TRUE;
}

static void
clear_value (BounceConfig *self, const BounceSetting *setting)
{
  if (setting->type == BOUNCE_SETTING_API_KEY)
    g_clear_pointer (&self->api_key, bounce_api_key_unref);
  else
    g_clear_pointer ((char **) G_STRUCT_MEMBER_P (self, setting->offset), g_free);
}

/*
 * bounce_config_set_value:
 * @self: a config that nobody else sees yet
 * @setting: which
 * @value: its text form
 *
 * Errors: %BOUNCE_CORE_ERROR_INVALID with key, value (not of the API key) and range.
 */
gboolean
bounce_config_set_value (BounceConfig *self,
                         const BounceSetting *setting,
                         const char *value,
                         GError **error)
{
  if (*value == '\0' && setting->may_be_empty)
    {
      clear_value (self, setting);
      return TRUE;
    }
  switch (setting->type)
    {
    case BOUNCE_SETTING_API_KEY:
      return set_api_key (self, setting, value, error);
    case BOUNCE_SETTING_TEXT:
      return set_text (self, setting, value, error);
    case BOUNCE_SETTING_UINT:
      return set_uint (self, setting, value, error);
    case BOUNCE_SETTING_BOOLEAN:
      return set_boolean (self, setting, value, error);
    default:
      g_assert_not_reached ();
    }
}

/**
 * bounce_config_new_default:
 *
 * Returns: (transfer full): the defaults, without an API key
 */
BounceConfig *
bounce_config_new_default (void)
{
  BounceConfig *self = g_new0 (BounceConfig, 1);
  const BounceSetting *settings;
  guint n_settings;

  g_atomic_ref_count_init (&self->ref_count);
  settings = bounce_settings_get_table (&n_settings);
  for (guint i = 0; i < n_settings; i++)
    {
      gboolean is_set = settings[i].fallback == NULL
                        || bounce_config_set_value (self, &settings[i], settings[i].fallback, NULL);

      g_assert (is_set);
    }
  self->base_dir = bounce_paths_base_dir ();
  return self;
}

/*
 * bounce_config_copy:
 * @self: a config
 *
 * Returns: (transfer full): a copy of its own, still to be changed
 */
BounceConfig *
bounce_config_copy (BounceConfig *self)
{
  BounceConfig *copy = g_memdup2 (self, sizeof *self);

  g_atomic_ref_count_init (&copy->ref_count);
  if (copy->api_key != NULL)
    bounce_api_key_ref (copy->api_key);
  copy->api_key_file = g_strdup (self->api_key_file);
  copy->api_endpoint = g_strdup (self->api_endpoint);
  copy->ip_address = g_strdup (self->ip_address);
  copy->ae_title = g_strdup (self->ae_title);
  copy->base_dir = g_strdup (self->base_dir);
  return copy;
}

/**
 * bounce_config_ref:
 * @self: a config
 *
 * Returns: (transfer full): @self
 */
BounceConfig *
bounce_config_ref (BounceConfig *self)
{
  g_return_val_if_fail (self != NULL, NULL);

  g_atomic_ref_count_inc (&self->ref_count);
  return self;
}

/**
 * bounce_config_unref:
 * @self: (transfer full): a config
 *
 * Gives a reference back.
 */
void
bounce_config_unref (BounceConfig *self)
{
  g_return_if_fail (self != NULL);

  if (!g_atomic_ref_count_dec (&self->ref_count))
    return;
  g_clear_pointer (&self->api_key, bounce_api_key_unref);
  g_free (self->api_key_file);
  g_free (self->api_endpoint);
  g_free (self->ip_address);
  g_free (self->ae_title);
  g_free (self->base_dir);
  g_free (self);
}

/**
 * bounce_config_with_value:
 * @self: a config
 * @key: a documented name
 * @value: in text form; empty removes what may be absent
 * @error: (out) (optional): where to put the error
 *
 * Thread: any.
 * Errors: %BOUNCE_CORE_ERROR_NOT_FOUND if there is no such setting, %BOUNCE_CORE_ERROR_INVALID
 *   with key, value (not of the API key) and allowed range.
 * Returns: (transfer full): a copy with that one value changed
 */
BounceConfig *
bounce_config_with_value (BounceConfig *self, const char *key, const char *value, GError **error)
{
  g_autoptr (BounceConfig) copy = NULL;
  const BounceSetting *setting;

  g_return_val_if_fail (self != NULL, NULL);
  g_return_val_if_fail (key != NULL && value != NULL, NULL);

  setting = bounce_settings_find (key);
  if (setting == NULL)
    {
      g_set_error (error, BOUNCE_CORE_ERROR, BOUNCE_CORE_ERROR_NOT_FOUND,
                   "there is no setting \"%s\"", key);
      return NULL;
    }
  copy = bounce_config_copy (self);
  if (!bounce_config_set_value (copy, setting, value, error))
    return NULL;
  return g_steal_pointer (&copy);
}

/**
 * bounce_config_with_api_key:
 * @self: a config
 * @key: (nullable): a key
 *
 * Returns: (transfer full): a copy with that key, or with none
 */
BounceConfig *
bounce_config_with_api_key (BounceConfig *self, BounceApiKey *key)
{
  BounceConfig *copy;

  g_return_val_if_fail (self != NULL, NULL);

  copy = bounce_config_copy (self);
  g_clear_pointer (&copy->api_key, bounce_api_key_unref);
  copy->api_key = key != NULL ? bounce_api_key_ref (key) : NULL;
  return copy;
}

/*
 * bounce_config_dup_value:
 * @self: a config
 * @setting: which
 *
 * Returns: (transfer full) (nullable): the value in text form, the API key itself included
 */
char *
bounce_config_dup_value (BounceConfig *self, const BounceSetting *setting)
{
  switch (setting->type)
    {
    case BOUNCE_SETTING_API_KEY:
      return self->api_key != NULL ? g_strdup (bounce_api_key_get_text (self->api_key)) : NULL;
    case BOUNCE_SETTING_TEXT:
      return g_strdup (G_STRUCT_MEMBER (char *, self, setting->offset));
    case BOUNCE_SETTING_UINT:
      return g_strdup_printf ("%u", G_STRUCT_MEMBER (guint, self, setting->offset));
    case BOUNCE_SETTING_BOOLEAN:
      return g_strdup (G_STRUCT_MEMBER (gboolean, self, setting->offset) ? "yes" : "no");
    default:
      g_assert_not_reached ();
    }
}

/**
 * bounce_config_compare:
 * @before: a config
 * @after: a config
 *
 * Returns: what has to be done for @after to take effect
 */
BounceConfigChange
bounce_config_compare (BounceConfig *before, BounceConfig *after)
{
  BounceConfigChange change = BOUNCE_CONFIG_CHANGE_NOTHING;
  const BounceSetting *settings;
  guint n_settings;

  g_return_val_if_fail (before != NULL && after != NULL, change);

  settings = bounce_settings_get_table (&n_settings);
  for (guint i = 0; i < n_settings; i++)
    {
      g_autofree char *old_value = bounce_config_dup_value (before, &settings[i]);
      g_autofree char *new_value = bounce_config_dup_value (after, &settings[i]);

      if (g_strcmp0 (old_value, new_value) != 0)
        change |= settings[i].effect;
    }
  return change;
}
