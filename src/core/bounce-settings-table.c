/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* The table of settings: key, type, default, range, effect. A new setting is a row here, a field
 * with a getter in bounce-config, a key in the GSettings schema and a line in the manual page. */

#include "config.h"

#include "bounce-config-private.h"

#include "bounce-uid.h"

#include <gio/gio.h>
#include <glib/gi18n-lib.h>
#include <string.h>

/* PATH_MAX without its final NUL, and room for what Bounce puts below base_dir. */
#define MAX_PATH_LENGTH 3500

static gboolean
is_loopback_host (const char *host)
{
  g_autoptr (GInetAddress) address = NULL;

  if (g_ascii_strcasecmp (host, "localhost") == 0)
    return TRUE;
  address = g_inet_address_new_from_string (host);
  return address != NULL && g_inet_address_get_is_loopback (address);
}

static char *
normalize_endpoint (const char *value)
{
  g_autoptr (GUri) uri = g_uri_parse (value, G_URI_FLAGS_NONE, NULL);
  const char *scheme, *host;
  char *endpoint;

  if (uri == NULL || strpbrk (value, " \t\r\n\"\\") != NULL)
    return NULL;
  scheme = g_uri_get_scheme (uri);
  host = g_uri_get_host (uri);
  if (host == NULL || *host == '\0' || g_uri_get_userinfo (uri) != NULL
      || g_uri_get_query (uri) != NULL || g_uri_get_fragment (uri) != NULL)
    return NULL;
  if (!g_str_equal (scheme, "https") && !(g_str_equal (scheme, "http") && is_loopback_host (host)))
    return NULL;
  /* A scheme may come in capitals; whoever compares it later should not have to know. */
  endpoint = g_strconcat (scheme, value + strlen (scheme), NULL);
  while (g_str_has_suffix (endpoint, "/"))
    endpoint[strlen (endpoint) - 1] = '\0';
  return endpoint;
}

static char *
normalize_ip_address (const char *value)
{
  g_autoptr (GInetAddress) address = g_inet_address_new_from_string (value);

  return address != NULL ? g_inet_address_to_string (address) : NULL;
}

/* Leading and trailing spaces are not significant (PS3.5 6.2). */
static char *
normalize_ae_title (const char *value)
{
  g_autofree char *stripped = g_strdup (value);

  g_strchomp (g_strchug (stripped));
  return bounce_ae_title_is_valid (stripped) ? g_steal_pointer (&stripped) : NULL;
}

static gboolean
has_control_character (const char *value)
{
  for (; *value != '\0'; value++)
    {
      if (g_ascii_iscntrl (*value))
        return TRUE;
    }
  return FALSE;
}

static char *
normalize_path (const char *value)
{
  if (!g_path_is_absolute (value) || strlen (value) > MAX_PATH_LENGTH
      || has_control_character (value))
    return NULL;
  /* POSIX lets two slashes at the start mean something else, and GLib keeps them. */
  while (g_str_has_prefix (value, "//"))
    value++;
  return g_canonicalize_filename (value, "/");
}

/* Bounce removes what it wrote: it never gets a directory that is everybody's. */
static char *
normalize_base_dir (const char *value)
{
  g_autofree char *path = normalize_path (value);
  g_autofree char *home = g_canonicalize_filename (g_get_home_dir (), "/");

  if (path == NULL || g_str_equal (path, "/") || g_str_equal (path, home))
    return NULL;
  return g_steal_pointer (&path);
}

#define FIELD(name) .key = #name, .offset = G_STRUCT_OFFSET (BounceConfig, name)
#define RECEIVER    BOUNCE_CONFIG_CHANGE_RECEIVER
#define UPLOADER    BOUNCE_CONFIG_CHANGE_UPLOADER
#define NOW         BOUNCE_CONFIG_CHANGE_NOW
#define UINT(low, high)                                                                            \
  .type = BOUNCE_SETTING_UINT, .minimum = low, .maximum = high, .allowed = #low " to " #high
#define BOOLEAN .type = BOUNCE_SETTING_BOOLEAN, .allowed = "yes or no"

static const BounceSetting settings[] = {
  { FIELD (api_key), .type = BOUNCE_SETTING_API_KEY, .may_be_empty = TRUE, .effect = NOW,
    .allowed = "aura_{region}_bounce_{user}_{token}[_{environment}]" },
  { FIELD (api_key_file), .type = BOUNCE_SETTING_TEXT, .may_be_empty = TRUE, .effect = NOW,
    .allowed = N_ ("the absolute path of a file"), .normalize = normalize_path },
  { FIELD (api_endpoint), .type = BOUNCE_SETTING_TEXT, .may_be_empty = TRUE, .effect = UPLOADER,
    .allowed = N_ ("an https URL, or an http URL of this machine"),
    .normalize = normalize_endpoint },
  { FIELD (port), UINT (1, 65535), .fallback = "9090", .effect = RECEIVER },
  { FIELD (ip_address), .type = BOUNCE_SETTING_TEXT, .fallback = "0.0.0.0", .effect = RECEIVER,
    .allowed = N_ ("an IPv4 or IPv6 address"), .normalize = normalize_ip_address },
  { FIELD (ae_title), .type = BOUNCE_SETTING_TEXT, .fallback = "BOUNCE", .effect = RECEIVER,
    .allowed = N_ ("1 to 16 ASCII characters without backslash"), .normalize = normalize_ae_title },
  { FIELD (base_dir), .type = BOUNCE_SETTING_TEXT, .effect = BOUNCE_CONFIG_CHANGE_START,
    .allowed = N_ ("the absolute path of a directory, neither / nor a home directory"),
    .normalize = normalize_base_dir },
  { FIELD (delete_after_success), BOOLEAN, .fallback = "no", .effect = NOW },
  { FIELD (send_logs), BOOLEAN, .fallback = "no", .effect = NOW },
  { FIELD (quiet_period_seconds), UINT (1, 3600), .fallback = "10", .effect = NOW },
  { FIELD (max_concurrent_uploads), UINT (1, 100), .fallback = "2", .effect = NOW },
  { FIELD (max_associations), UINT (1, 1000), .fallback = "64", .effect = RECEIVER },
  { FIELD (retry_base_seconds), UINT (1, 86400), .fallback = "30", .effect = NOW },
  { FIELD (retry_cap_seconds), UINT (1, 86400), .fallback = "3600", .effect = NOW },
  { FIELD (max_upload_attempts), UINT (1, 1000), .fallback = "10", .effect = NOW },
};

/*
 * bounce_settings_get_table:
 * @n_settings: (out): how many
 *
 * Returns: (array length=n_settings): every setting, in the order of the manual page
 */
const BounceSetting *
bounce_settings_get_table (guint *n_settings)
{
  *n_settings = G_N_ELEMENTS (settings);
  return settings;
}

/*
 * bounce_settings_find:
 * @key: a name
 *
 * Returns: (nullable): the setting of that name
 */
const BounceSetting *
bounce_settings_find (const char *key)
{
  for (gsize i = 0; i < G_N_ELEMENTS (settings); i++)
    {
      if (g_str_equal (settings[i].key, key))
        return &settings[i];
    }
  return NULL;
}
