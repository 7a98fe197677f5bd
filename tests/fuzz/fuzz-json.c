/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* JSON from a server: the grammar check, json-glib behind it, and the reads that the clients do.
 * Whatever was let through has to survive being written and read again. */

#include "bounce-json.h"

#include <stdint.h>
#include <string.h>

int LLVMFuzzerTestOneInput (const uint8_t *data, size_t size);

static const char *const members[] = { "type",    "mode",  "lift", "endpoint", "token",
                                       "bucket",  "data",  "url",  "success",  "message",
                                       "studies", "items", "id",   "signature" };

static void
read_members (JsonObject *object)
{
  for (gsize i = 0; i < G_N_ELEMENTS (members); i++)
    {
      const char *text = bounce_json_get_string (object, members[i]);
      JsonObject *inner = bounce_json_get_object (object, members[i]);
      JsonArray *array = bounce_json_get_array (object, members[i]);

      g_assert_true (text == NULL || g_utf8_validate (text, -1, NULL));
      bounce_json_get_int (object, members[i], -1);
      if (inner != NULL)
        read_members (inner);
      for (guint j = 0; array != NULL && j < json_array_get_length (array); j++)
        {
          JsonNode *element = json_array_get_element (array, j);

          if (JSON_NODE_HOLDS_OBJECT (element))
            read_members (json_node_get_object (element));
        }
    }
}

/* json-glib 1.6 writes 5e88 as 5e+88.0, which nobody reads. */
static gboolean
has_exponent (const char *text)
{
  return strstr (text, "e+") != NULL || strstr (text, "e-") != NULL;
}

static void
check_round_trip (JsonNode *node)
{
  g_autofree char *text = bounce_json_to_text (node, FALSE);
  g_autoptr (JsonNode) again = NULL;

  again = bounce_json_parse (text, strlen (text), BOUNCE_JSON_MAX_BYTES, NULL);
  g_assert_true (again != NULL || has_exponent (text));
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  g_autoptr (JsonNode) node =
      bounce_json_parse ((const char *) data, size, BOUNCE_JSON_MAX_BYTES, NULL);
  g_autoptr (JsonNode) unique =
      bounce_json_parse_unique ((const char *) data, size, BOUNCE_JSON_MAX_BYTES, NULL);

  g_assert_true (unique == NULL || node != NULL);
  if (node == NULL)
    return 0;
  if (JSON_NODE_HOLDS_OBJECT (node))
    read_members (json_node_get_object (node));
  check_round_trip (node);
  return 0;
}
