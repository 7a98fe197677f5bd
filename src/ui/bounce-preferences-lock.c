/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* See the header. Main thread. */

#include "config.h"

#include "bounce-preferences-lock.h"

#include "bounce-service-settings.h"

#include <glib/gi18n.h>

/**
 * bounce_preferences_lock_reason:
 * @service: (nullable): whose setting; %NULL for one of the window, which only an administrator
 * locks
 * @key: its name
 *
 * Returns: (nullable): why the setting cannot be changed; %NULL if it can
 */
const char *
bounce_preferences_lock_reason (BounceService *service, const char *key)
{
  g_return_val_if_fail (key != NULL, NULL);

  if (service != NULL && bounce_service_is_setting_overridden (service, key))
    return _ ("Set for the trial");
  if (service == NULL || bounce_service_is_setting_locked (service, key))
    return _ ("Set by your administrator");
  return NULL;
}

/**
 * bounce_preferences_lock_words:
 * @hint: (nullable): what the row says anyway
 * @reason: (nullable): why it is locked
 *
 * Returns: (transfer full): both, or what there is
 */
char *
bounce_preferences_lock_words (const char *hint, const char *reason)
{
  gboolean has_hint = hint != NULL && *hint != '\0';

  if (has_hint && reason != NULL)
    return g_strdup_printf ("%s\n%s", hint, reason);
  if (reason != NULL)
    return g_strdup (reason);
  return g_strdup (has_hint ? hint : "");
}
