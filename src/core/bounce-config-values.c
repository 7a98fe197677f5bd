/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* The values of a config, one getter each. Any thread. */

#include "config.h"

#include "bounce-config-private.h"

/**
 * bounce_config_get_api_key:
 * @self: a config
 *
 * Returns: (transfer none) (nullable): the API key
 */
BounceApiKey *
bounce_config_get_api_key (BounceConfig *self)
{
  g_return_val_if_fail (self != NULL, NULL);

  return self->api_key;
}

/**
 * bounce_config_get_api_key_file:
 * @self: a config
 *
 * Returns: (nullable): the file that holds the API key, when the settings name one
 */
const char *
bounce_config_get_api_key_file (BounceConfig *self)
{
  g_return_val_if_fail (self != NULL, NULL);

  return self->api_key_file;
}

/**
 * bounce_config_dup_api_endpoint:
 * @self: a config
 *
 * Returns: (transfer full) (nullable): the endpoint that was set, else that of the key's region,
 *   without a slash at the end
 */
char *
bounce_config_dup_api_endpoint (BounceConfig *self)
{
  g_return_val_if_fail (self != NULL, NULL);

  if (self->api_endpoint != NULL)
    return g_strdup (self->api_endpoint);
  return self->api_key != NULL ? bounce_api_key_dup_endpoint (self->api_key) : NULL;
}

/**
 * bounce_config_get_port:
 * @self: a config
 *
 * Returns: the TCP port to listen on
 */
guint16
bounce_config_get_port (BounceConfig *self)
{
  g_return_val_if_fail (self != NULL, 0);

  return (guint16) self->port;
}

/**
 * bounce_config_get_ip_address:
 * @self: a config
 *
 * Returns: the address to listen on, numeric
 */
const char *
bounce_config_get_ip_address (BounceConfig *self)
{
  g_return_val_if_fail (self != NULL, NULL);

  return self->ip_address;
}

/**
 * bounce_config_get_ae_title:
 * @self: a config
 *
 * Returns: the own AE title, without spaces around it
 */
const char *
bounce_config_get_ae_title (BounceConfig *self)
{
  g_return_val_if_fail (self != NULL, NULL);

  return self->ae_title;
}

/**
 * bounce_config_get_base_dir:
 * @self: a config
 *
 * Returns: (type filename): the absolute path of the study tree
 */
const char *
bounce_config_get_base_dir (BounceConfig *self)
{
  g_return_val_if_fail (self != NULL, NULL);

  return self->base_dir;
}

/**
 * bounce_config_get_delete_after_success:
 * @self: a config
 *
 * Returns: whether local files go once they are delivered
 */
gboolean
bounce_config_get_delete_after_success (BounceConfig *self)
{
  g_return_val_if_fail (self != NULL, FALSE);

  return self->delete_after_success;
}

/**
 * bounce_config_get_send_logs:
 * @self: a config
 *
 * Returns: whether log lines may be sent to Aurabox
 */
gboolean
bounce_config_get_send_logs (BounceConfig *self)
{
  g_return_val_if_fail (self != NULL, FALSE);

  return self->send_logs;
}

/**
 * bounce_config_get_quiet_period_seconds:
 * @self: a config
 *
 * Returns: how long after the last instance a study is due, in seconds
 */
guint
bounce_config_get_quiet_period_seconds (BounceConfig *self)
{
  g_return_val_if_fail (self != NULL, 0);

  return self->quiet_period_seconds;
}

/**
 * bounce_config_get_max_concurrent_uploads:
 * @self: a config
 *
 * Returns: how many studies are uploaded at once
 */
guint
bounce_config_get_max_concurrent_uploads (BounceConfig *self)
{
  g_return_val_if_fail (self != NULL, 0);

  return self->max_concurrent_uploads;
}

/**
 * bounce_config_get_max_associations:
 * @self: a config
 *
 * Returns: how many associations are served at once
 */
guint
bounce_config_get_max_associations (BounceConfig *self)
{
  g_return_val_if_fail (self != NULL, 0);

  return self->max_associations;
}

/**
 * bounce_config_get_retry_policy:
 * @self: a config
 *
 * Returns: when a failed upload is tried again
 */
BounceRetryPolicy
bounce_config_get_retry_policy (BounceConfig *self)
{
  BounceRetryPolicy policy = { 0 };

  g_return_val_if_fail (self != NULL, policy);

  policy.base_seconds = self->retry_base_seconds;
  policy.cap_seconds = self->retry_cap_seconds;
  policy.max_attempts = self->max_upload_attempts;
  return policy;
}
