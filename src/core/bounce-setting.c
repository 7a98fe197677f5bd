/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* What a form asks about one setting while somebody fills it in. The rules are those of the table
 * of settings; only the words are made here, because those of an error are for logs and English.
 * Any thread. */

#include "config.h"

#include "bounce-setting.h"

#include "bounce-config-private.h"

#include <glib/gi18n-lib.h>

/**
 * bounce_setting_dup_text:
 * @config: the settings
 * @key: a documented name
 *
 * Shape: the form that bounce_config_with_value() takes; of the API key what may be shown of it.
 * Returns: (transfer full): the value as it was set; empty if it was not
 */
char *
bounce_setting_dup_text (BounceConfig *config, const char *key)
{
  const BounceSetting *setting;
  char *text;

  g_return_val_if_fail (config != NULL && key != NULL, NULL);

  setting = bounce_settings_find (key);
  g_return_val_if_fail (setting != NULL, NULL);

  if (setting->type == BOUNCE_SETTING_API_KEY)
    text = config->api_key != NULL ? bounce_api_key_dup_masked (config->api_key) : NULL;
  else
    text = bounce_config_dup_value (config, setting);
  return text != NULL ? text : g_strdup ("");
}

static char *
describe_allowed (const BounceSetting *setting)
{
  if (setting->type == BOUNCE_SETTING_UINT)
    return g_strdup_printf (_ ("Enter a number from %u to %u"), setting->minimum, setting->maximum);
  /* Translators: %s is one of the phrases "an IPv4 or IPv6 address", "1 to 16 ASCII …" */
  return g_strdup_printf (_ ("Enter %s"), _ (setting->allowed));
}

/**
 * bounce_setting_dup_problem:
 * @key: a documented name
 * @value: what somebody has typed
 *
 * Whether @value would be refused, told with the allowed range as a sentence without a full stop.
 *
 * Thread: any.
 * Returns: (transfer full) (nullable): the reason, translated; %NULL if the value is allowed
 */
char *
bounce_setting_dup_problem (const char *key, const char *value)
{
  g_autoptr (BounceConfig) scratch = NULL;
  const BounceSetting *setting;

  g_return_val_if_fail (key != NULL && value != NULL, NULL);

  setting = bounce_settings_find (key);
  g_return_val_if_fail (setting != NULL, NULL);

  scratch = bounce_config_new_default ();
  if (bounce_config_set_value (scratch, setting, value, NULL))
    return NULL;
  if (setting->type == BOUNCE_SETTING_API_KEY)
    return bounce_api_key_dup_problem (value);
  return describe_allowed (setting);
}
