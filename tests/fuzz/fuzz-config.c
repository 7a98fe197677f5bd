/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* A settings file by anybody: what is accepted is in range and can be told, what is not has a
 * message. */

#include "bounce-config.h"
#include "bounce-json.h"

#include <stdint.h>

int LLVMFuzzerTestOneInput (const uint8_t *data, size_t size);

static void
check_config (BounceConfig *config)
{
  g_autoptr (JsonNode) node = bounce_config_to_json (config);
  g_autofree char *text = bounce_json_to_text (node, TRUE);
  g_autofree char *endpoint = bounce_config_dup_api_endpoint (config);

  g_assert_true (g_utf8_validate (text, -1, NULL));
  g_assert_true (g_path_is_absolute (bounce_config_get_base_dir (config)));
  g_assert_cmpstr (bounce_config_get_base_dir (config), !=, "/");
  g_assert_cmpuint (bounce_config_get_port (config), >, 0);
  g_assert_cmpuint (bounce_config_get_max_associations (config), >, 0);
  g_assert_true (endpoint == NULL || g_ascii_strncasecmp (endpoint, "http", 4) == 0);
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  g_autoptr (GPtrArray) warnings = NULL;
  g_autoptr (GError) error = NULL;
  g_autoptr (BounceConfig) config =
      bounce_config_new_from_json ((const char *) data, size, "/etc/bounce", &warnings, &error);

  if (config != NULL)
    check_config (config);
  else
    g_assert_true (error != NULL && g_utf8_validate (error->message, -1, NULL));
  return 0;
}
