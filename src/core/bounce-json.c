/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* Reading JSON that somebody else wrote.
 *
 * json-glib 1.6 recurses without a limit, takes comments and other things that are not JSON, and
 * wraps numbers that do not fit. So it is only ever given text that the grammar check of
 * bounce-json-check.c let through. Pure functions, any thread. */

#include "config.h"

#include "bounce-json-private.h"

#include "bounce-core-error.h"

static JsonNode *
parse_checked (JsonParser *parser, const char *data, gsize size, gsize max_size, GError **error)
{
  if (!bounce_json_check (data, size, MIN (max_size, BOUNCE_JSON_MAX_BYTES), error))
    return NULL;
  if (!json_parser_load_from_data (parser, data, (gssize) size, NULL)
      || json_parser_get_root (parser) == NULL)
    {
      g_set_error_literal (error, BOUNCE_CORE_ERROR, BOUNCE_CORE_ERROR_INVALID,
                           "The text is not JSON");
      return NULL;
    }
  return json_parser_steal_root (parser);
}

/**
 * bounce_json_parse:
 * @data: (array length=size): text from anywhere
 * @size: its length
 * @max_size: the most that makes sense here, at most %BOUNCE_JSON_MAX_BYTES
 * @error: (out) (optional): where to put the error
 *
 * Parses one JSON text after checking size, UTF-8, grammar and depth. Of equal member names the
 * last one counts.
 *
 * Thread: any.
 * Errors: %BOUNCE_CORE_ERROR_INVALID with what is wrong and where, never with the text itself.
 * Source: RFC 8259.
 * Returns: (transfer full): the root
 */
JsonNode *
bounce_json_parse (const char *data, gsize size, gsize max_size, GError **error)
{
  g_autoptr (JsonParser) parser = json_parser_new ();

  g_return_val_if_fail (data != NULL || size == 0, NULL);

  return parse_checked (parser, data, size, max_size, error);
}

typedef struct
{
  GHashTable *seen; /* (owned) (element-type utf8) object and member name */
  char *twice;      /* (owned) (nullable) the first name that occurred again */
} MemberCheck;

/* json-glib reports each member as it is read, but keeps only the last of equal ones. */
static void
member_read_cb (JsonParser *parser, JsonObject *object, const char *name, gpointer user_data)
{
  MemberCheck *check = user_data;

  if (!g_hash_table_add (check->seen, g_strdup_printf ("%p %s", (void *) object, name))
      && check->twice == NULL)
    check->twice = g_strndup (name, 64);
}

/**
 * bounce_json_parse_unique:
 * @data: (array length=size): text from anywhere
 * @size: its length
 * @max_size: the most that makes sense here, at most %BOUNCE_JSON_MAX_BYTES
 * @error: (out) (optional): where to put the error
 *
 * As bounce_json_parse(), for texts by people, where the same name twice is a mistake.
 *
 * Thread: any.
 * Errors: %BOUNCE_CORE_ERROR_INVALID, also when a member occurs twice in one object.
 * Source: RFC 8259 section 4.
 * Returns: (transfer full): the root
 */
JsonNode *
bounce_json_parse_unique (const char *data, gsize size, gsize max_size, GError **error)
{
  g_autoptr (JsonParser) parser = json_parser_new ();
  g_autoptr (GHashTable) seen = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  g_autofree char *twice = NULL;
  g_autoptr (JsonNode) root = NULL;
  MemberCheck check = { .seen = seen };

  g_return_val_if_fail (data != NULL || size == 0, NULL);

  g_signal_connect (parser, "object-member", G_CALLBACK (member_read_cb), &check);
  root = parse_checked (parser, data, size, max_size, error);
  twice = check.twice;
  if (root == NULL || twice == NULL)
    return g_steal_pointer (&root);
  g_set_error (error, BOUNCE_CORE_ERROR, BOUNCE_CORE_ERROR_INVALID, "%s: given twice", twice);
  return NULL;
}

static JsonNode *
find_member (JsonObject *object, const char *member)
{
  return object != NULL ? json_object_get_member (object, member) : NULL;
}

/**
 * bounce_json_get_string:
 * @object: (nullable): an object
 * @member: a name
 *
 * Returns: (transfer none) (nullable): the text, or %NULL if there is none or it is no string
 */
const char *
bounce_json_get_string (JsonObject *object, const char *member)
{
  JsonNode *node = find_member (object, member);

  if (node == NULL || !JSON_NODE_HOLDS_VALUE (node)
      || json_node_get_value_type (node) != G_TYPE_STRING)
    return NULL;
  return json_node_get_string (node);
}

/**
 * bounce_json_get_int:
 * @object: (nullable): an object
 * @member: a name
 * @fallback: what to return otherwise
 *
 * Returns: the number, or @fallback if there is none or it is no integer
 */
gint64
bounce_json_get_int (JsonObject *object, const char *member, gint64 fallback)
{
  JsonNode *node = find_member (object, member);

  if (node == NULL || !JSON_NODE_HOLDS_VALUE (node)
      || json_node_get_value_type (node) != G_TYPE_INT64)
    return fallback;
  return json_node_get_int (node);
}

/**
 * bounce_json_get_object:
 * @object: (nullable): an object
 * @member: a name
 *
 * Returns: (transfer none) (nullable): the object, or %NULL if there is none or it is no object
 */
JsonObject *
bounce_json_get_object (JsonObject *object, const char *member)
{
  JsonNode *node = find_member (object, member);

  return node != NULL && JSON_NODE_HOLDS_OBJECT (node) ? json_node_get_object (node) : NULL;
}

/**
 * bounce_json_get_array:
 * @object: (nullable): an object
 * @member: a name
 *
 * Returns: (transfer none) (nullable): the array, or %NULL if there is none or it is no array
 */
JsonArray *
bounce_json_get_array (JsonObject *object, const char *member)
{
  JsonNode *node = find_member (object, member);

  return node != NULL && JSON_NODE_HOLDS_ARRAY (node) ? json_node_get_array (node) : NULL;
}

/**
 * bounce_json_to_text:
 * @node: what to write
 * @pretty: whether for people
 *
 * Returns: (transfer full): JSON text, UTF-8
 */
char *
bounce_json_to_text (JsonNode *node, gboolean pretty)
{
  g_return_val_if_fail (node != NULL, NULL);

  return json_to_string (node, pretty);
}
