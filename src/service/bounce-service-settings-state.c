/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* What is to be said of settings besides their values: whether they can be changed, where the key
 * is, and what waits for a restart. Main thread. */

#include "config.h"

#include "bounce-service-settings.h"

#include "bounce-service-private.h"

/**
 * bounce_service_is_setting_locked:
 * @key: the documented name of a setting
 *
 * Thread: main
 * Returns: whether changing it would be refused, whatever the value
 */
gboolean
bounce_service_is_setting_locked (BounceService *self, const char *key)
{
  g_return_val_if_fail (BOUNCE_IS_SERVICE (self), TRUE);

  return bounce_config_source_is_locked (self->source, key);
}

/**
 * bounce_service_is_setting_overridden:
 * @key: the documented name of a setting
 *
 * Thread: main
 * Returns: whether it is locked because a trial stands in for it
 */
gboolean
bounce_service_is_setting_overridden (BounceService *self, const char *key)
{
  g_return_val_if_fail (BOUNCE_IS_SERVICE (self), FALSE);

  return bounce_config_source_is_overridden (self->source, key);
}

/**
 * bounce_service_get_key_place:
 *
 * Thread: main
 * Returns: where the API key in effect comes from
 */
BounceKeyPlace
bounce_service_get_key_place (BounceService *self)
{
  g_return_val_if_fail (BOUNCE_IS_SERVICE (self), BOUNCE_KEY_PLACE_NONE);

  return bounce_config_source_get_key_place (self->source);
}

/**
 * bounce_service_is_receiver_restart_needed:
 *
 * Thread: main
 * Returns: whether the receiver runs with other settings than those in effect
 */
gboolean
bounce_service_is_receiver_restart_needed (BounceService *self)
{
  g_return_val_if_fail (BOUNCE_IS_SERVICE (self), FALSE);

  return bounce_service_is_receiver_running (self)
         && (bounce_config_compare (self->receiver_config, self->config)
             & BOUNCE_CONFIG_CHANGE_RECEIVER)
                != 0;
}

/**
 * bounce_service_is_restart_needed:
 *
 * Thread: main
 * Returns: whether a setting was changed that only the next start of the program brings into effect
 */
gboolean
bounce_service_is_restart_needed (BounceService *self)
{
  g_return_val_if_fail (BOUNCE_IS_SERVICE (self), FALSE);

  return (bounce_config_compare (self->opened_config, self->config) & BOUNCE_CONFIG_CHANGE_START)
         != 0;
}
