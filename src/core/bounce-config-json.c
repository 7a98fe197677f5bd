/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* A config from and to JSON: the document's Config shape with further members, and the store.json
 * of earlier versions, which has strings throughout, a relative base_dir, and empty strings for
 * what was never set. */

#include "config.h"

#include "bounce-config-private.h"

#include "bounce-core-error.h"
#include "bounce-json.h"

#include <string.h>

/* Settings are a page of text. */
#define MAX_FILE_BYTES (1024 * 1024)
/* More of an unknown name than this tells nobody anything. */
#define MAX_NAME_BYTES 64

/* The text form of a JSON value; NULL if it is nothing a setting can be. */
static char *
dup_node_text (JsonNode *node)
{
  if (!JSON_NODE_HOLDS_VALUE (node))
    return NULL;
  switch (json_node_get_value_type (node))
    {
    case G_TYPE_STRING:
      return json_node_dup_string (node);
    case G_TYPE_INT64:
      return g_strdup_printf ("%" G_GINT64_FORMAT, json_node_get_int (node));
    case G_TYPE_BOOLEAN:
      return g_strdup (json_node_get_boolean (node) ? "yes" : "no");
    default:
      return NULL;
    }
}

static void warn (GPtrArray *warnings, const char *format, ...) G_GNUC_PRINTF (2, 3);

static void
warn (GPtrArray *warnings, const char *format, ...)
{
  va_list args;

  va_start (args, format);
  g_ptr_array_add (warnings, g_strdup_vprintf (format, args));
  va_end (args);
}

/* A path of a file means: from the folder of the file. */
static char *
resolve_path (const BounceSetting *setting, char *value, const char *directory, GPtrArray *warnings)
{
  g_autofree char *relative = value;
  char *path;

  if (*relative == '\0' || g_path_is_absolute (relative) || directory == NULL)
    return g_steal_pointer (&relative);
  path = g_canonicalize_filename (relative, directory);
  warn (warnings, "%s: the path \"%s\" is relative, taken as %s", setting->key, relative, path);
  return path;
}

/* NULL if it is nothing a setting can be; a path is absolute then. */
static char *
dup_member_text (const BounceSetting *setting,
                 JsonNode *node,
                 const char *directory,
                 GPtrArray *warnings)
{
  char *value = dup_node_text (node);

  if (value == NULL
      || (!g_str_equal (setting->key, "base_dir") && !g_str_equal (setting->key, "api_key_file")))
    return value;
  return resolve_path (setting, value, directory, warnings);
}

static gboolean
read_member (BounceConfig *self,
             const BounceSetting *setting,
             JsonNode *node,
             const char *directory,
             GPtrArray *warnings,
             GError **error)
{
  g_autofree char *value = dup_member_text (setting, node, directory, warnings);

  if (value == NULL)
    {
      g_set_error (error, BOUNCE_CORE_ERROR, BOUNCE_CORE_ERROR_INVALID,
                   "%s: the value has the wrong type, expected %s", setting->key, setting->allowed);
      return FALSE;
    }
  if (*value == '\0')
    return TRUE;
  return bounce_config_set_value (self, setting, value, error);
}

static gboolean
read_object (BounceConfig *self,
             JsonObject *object,
             const char *directory,
             GPtrArray *warnings,
             GError **error)
{
  g_autoptr (GList) names = json_object_get_members (object);

  for (GList *l = names; l != NULL; l = l->next)
    {
      const BounceSetting *setting = bounce_settings_find (l->data);
      JsonNode *node = json_object_get_member (object, l->data);

      if (setting == NULL)
        warn (warnings, "Unknown setting \"%.64s\"", (const char *) l->data);
      else if (!JSON_NODE_HOLDS_NULL (node)
               && !read_member (self, setting, node, directory, warnings, error))
        return FALSE;
    }
  return TRUE;
}

/* The object of a settings file. */
static JsonNode *
parse_object (const char *data, gsize size, GError **error)
{
  g_autoptr (JsonNode) root = bounce_json_parse_unique (data, size, MAX_FILE_BYTES, error);

  if (root == NULL || JSON_NODE_HOLDS_OBJECT (root))
    return g_steal_pointer (&root);
  g_set_error_literal (error, BOUNCE_CORE_ERROR, BOUNCE_CORE_ERROR_INVALID,
                       "the settings are not a JSON object");
  return NULL;
}

/**
 * bounce_config_new_from_json:
 * @data: (array length=size): the content of a settings file
 * @size: its length
 * @directory: (nullable): the folder of the file, for relative paths
 * @warnings: (out) (optional) (transfer full) (element-type utf8): sentences about what was passed
 *   over or reinterpreted; empty if all is well
 * @error: (out) (optional): where to put the error
 *
 * Reads settings; what is absent, null or an empty string has its default.
 *
 * Shape: an object; numbers and booleans may be strings, booleans are `yes`, `no`, `true` or
 *   `false`.
 * Thread: any.
 * Errors: %BOUNCE_CORE_ERROR_INVALID if it is not JSON, a member occurs twice, or a value is
 *   wrong: then with key, value (not of the API key) and allowed range.
 * Source: the reference document, Config.
 * Returns: (transfer full): the config
 */
BounceConfig *
bounce_config_new_from_json (
    const char *data, gsize size, const char *directory, GPtrArray **warnings, GError **error)
{
  g_autoptr (JsonNode) root = NULL;
  g_autoptr (BounceConfig) self = NULL;
  g_autoptr (GPtrArray) found = g_ptr_array_new_with_free_func (g_free);

  root = parse_object (data, size, error);
  if (root == NULL)
    return NULL;
  self = bounce_config_new_default ();
  if (!read_object (self, json_node_get_object (root), directory, found, error))
    return NULL;
  if (warnings != NULL)
    *warnings = g_steal_pointer (&found);
  return g_steal_pointer (&self);
}

static char *
dup_name (const char *name)
{
  g_autofree char *cut = g_strndup (name, MAX_NAME_BYTES);

  return g_utf8_make_valid (cut, -1);
}

/**
 * bounce_config_member_free:
 *
 * Frees a member; what may be a secret is cleared first.
 */
void
bounce_config_member_free (BounceConfigMember *self)
{
  if (self->value != NULL)
    explicit_bzero (self->value, strlen (self->value));
  g_free (self->value);
  g_free (self->key);
  g_free (self);
}

/**
 * bounce_config_list_json:
 * @data: (array length=size): the content of a settings file
 * @size: its length
 * @directory: (nullable): the folder of the file, for relative paths
 * @error: (out) (optional): where to put the error
 *
 * The members of a settings file one by one, for somebody who takes what is right and tells about
 * the rest. What is null or an empty string was never set and is left out.
 *
 * Thread: any.
 * Errors: %BOUNCE_CORE_ERROR_INVALID if it is not a JSON object, or a member occurs twice.
 * Returns: (transfer full) (element-type BounceConfigMember): in the order of the file
 */
GPtrArray *
bounce_config_list_json (const char *data, gsize size, const char *directory, GError **error)
{
  g_autoptr (JsonNode) root = parse_object (data, size, error);
  g_autoptr (GPtrArray) found = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (GPtrArray) members = NULL;
  g_autoptr (GList) names = NULL;

  if (root == NULL)
    return NULL;
  members = g_ptr_array_new_with_free_func ((GDestroyNotify) bounce_config_member_free);
  names = json_object_get_members (json_node_get_object (root));
  for (GList *l = names; l != NULL; l = l->next)
    {
      JsonNode *node = json_object_get_member (json_node_get_object (root), l->data);
      const BounceSetting *setting = bounce_settings_find (l->data);
      BounceConfigMember *member;

      if (JSON_NODE_HOLDS_NULL (node)
          || (JSON_NODE_HOLDS_VALUE (node) && g_strcmp0 (json_node_get_string (node), "") == 0))
        continue;
      member = g_new0 (BounceConfigMember, 1);
      member->key = dup_name (l->data);
      member->is_known = setting != NULL;
      if (setting != NULL)
        member->value = dup_member_text (setting, node, directory, found);
      g_ptr_array_add (members, member);
    }
  return g_steal_pointer (&members);
}

static void
add_setting (JsonBuilder *builder, BounceConfig *self, const BounceSetting *setting)
{
  g_autofree char *value = NULL;

  if (setting->type == BOUNCE_SETTING_API_KEY)
    value = self->api_key != NULL ? bounce_api_key_dup_masked (self->api_key) : NULL;
  else if (g_str_equal (setting->key, "api_endpoint"))
    value = bounce_config_dup_api_endpoint (self);
  else
    value = bounce_config_dup_value (self, setting);
  if (value == NULL)
    return;
  json_builder_set_member_name (builder, setting->key);
  if (setting->type == BOUNCE_SETTING_UINT)
    json_builder_add_int_value (builder, G_STRUCT_MEMBER (guint, self, setting->offset));
  else
    json_builder_add_string_value (builder, value);
}

/**
 * bounce_config_to_json:
 * @self: a config
 *
 * The settings in effect, for people and programs to read: the endpoint is the one in use, the
 * key is masked, what is not set is absent.
 *
 * Source: the reference document, Config (`yes` and `no` are strings there).
 * Returns: (transfer full): an object
 */
JsonNode *
bounce_config_to_json (BounceConfig *self)
{
  g_autoptr (JsonBuilder) builder = json_builder_new ();
  const BounceSetting *settings;
  guint n_settings;

  g_return_val_if_fail (self != NULL, NULL);

  settings = bounce_settings_get_table (&n_settings);
  json_builder_begin_object (builder);
  for (guint i = 0; i < n_settings; i++)
    add_setting (builder, self, &settings[i]);
  json_builder_end_object (builder);
  return json_builder_get_root (builder);
}
