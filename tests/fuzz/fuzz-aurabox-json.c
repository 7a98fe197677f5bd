/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* What a server may answer, through the codec. The first byte chooses the API's endpoint. */

#include "config.h"

#include "bounce-aurabox-json.h"

int LLVMFuzzerTestOneInput (const guint8 *data, gsize size);

static void
check_config (JsonObject *reply, const char *api_endpoint)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (BounceUploadConfig) config =
      bounce_aurabox_json_decode_config (reply, api_endpoint, &error);

  if (config == NULL)
    {
      g_assert_true (error != NULL && error->domain == BOUNCE_AURABOX_ERROR);
      return;
    }
  g_assert_true (config->type != NULL && config->mode != NULL && config->bucket != NULL);
  g_assert_null (strpbrk (config->token, " \r\n"));
  g_assert_null (strpbrk (config->endpoint, " \r\n"));
  g_assert_cmpuint (strlen (config->assembly_id), >, 0);
  if (g_str_has_prefix (api_endpoint, "https"))
    g_assert_true (g_ascii_strncasecmp (config->endpoint, "https://", 8) == 0);
}

int
LLVMFuzzerTestOneInput (const guint8 *data, gsize size)
{
  g_autoptr (GBytes) body = NULL;
  g_autoptr (JsonObject) reply = NULL;
  g_autofree char *signature = NULL;
  const char *api_endpoint;

  if (size == 0)
    return 0;
  api_endpoint = data[0] == 's' ? "https://au.aurabox.app" : "http://127.0.0.1:8080";
  body = g_bytes_new_static (data + 1, size - 1);
  reply = bounce_aurabox_json_read_reply (body, "fuzz", NULL);
  if (reply == NULL)
    return 0;
  check_config (reply, api_endpoint);
  signature = bounce_aurabox_json_decode_signature (reply, NULL);

  return 0;
}
