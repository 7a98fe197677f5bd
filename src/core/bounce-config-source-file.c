/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* The settings file of a config source, and the file of the key that it may name. Reading happens
 * at start and on SIGHUP and takes a page of text; writing is for a GTask thread. */

#include "config.h"

#include "bounce-config-source-private.h"
#include "bounce-json-private.h"

#include "bounce-core-error.h"
#include "bounce-file.h"
#include "bounce-paths.h"

#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>

#define SYSTEM_FILE        "/etc/bounce/bounce.json"
#define FILE_NAME          "bounce.json"
#define MAX_FILE_BYTES     (1024 * 1024)
#define MAX_KEY_FILE_BYTES 4096

/* Reading, changing and replacing is one step for everybody in this process. */
static GMutex write_lock;

/*
 * bounce_config_file_find:
 * @is_own: (out): whether it is the user's file
 *
 * Returns: (transfer full): the path of the settings file, which may not be there yet
 */
char *
bounce_config_file_find (gboolean *is_own)
{
  g_autofree char *directory = bounce_paths_config_dir ();

  *is_own = !g_file_test (SYSTEM_FILE, G_FILE_TEST_EXISTS);
  return *is_own ? g_build_filename (directory, FILE_NAME, NULL) : g_strdup (SYSTEM_FILE);
}

static gboolean
is_open_to_others (const char *path)
{
  struct stat status;

  return stat (path, &status) == 0 && (status.st_mode & (S_IROTH | S_IWOTH)) != 0;
}

static void
add_problems (BounceConfigSource *self, GPtrArray *warnings)
{
  for (guint i = 0; i < warnings->len; i++)
    bounce_config_source_add_problem (self, "%s", (char *) g_ptr_array_index (warnings, i));
}

/*
 * bounce_config_file_load:
 * @self: a source with a path
 *
 * Reads the file; adds warnings as problems.
 *
 * Errors: those of bounce_file_read() and bounce_config_new_from_json().
 * Returns: (transfer full): its settings
 */
BounceConfig *
bounce_config_file_load (BounceConfigSource *self, GError **error)
{
  g_autofree char *directory = g_path_get_dirname (self->path);
  g_autoptr (GPtrArray) warnings = NULL;
  g_autoptr (BounceConfig) config = NULL;
  gsize size = 0;
  g_autofree char *data = bounce_file_read (self->path, MAX_FILE_BYTES, &size, error);

  if (data == NULL)
    return NULL;
  config = bounce_config_new_from_json (data, size, directory, &warnings, error);
  explicit_bzero (data, size);
  if (config == NULL)
    {
      g_prefix_error (error, "%s: ", self->path);
      return NULL;
    }
  add_problems (self, warnings);
  if (bounce_config_get_api_key (config) != NULL && is_open_to_others (self->path))
    bounce_config_source_add_problem (self, "%s holds the API key and others can read it",
                                      self->path);
  return g_steal_pointer (&config);
}

/*
 * bounce_api_key_file_read:
 * @path: what `api_key_file` says
 * @is_open: (out): whether other users can read it
 *
 * Errors: those of bounce_file_read().
 * Returns: (transfer full): the content without white space around it
 */
char *
bounce_api_key_file_read (const char *path, gboolean *is_open, GError **error)
{
  char *text = bounce_file_read (path, MAX_KEY_FILE_BYTES, NULL, error);

  if (text == NULL)
    return NULL;
  *is_open = is_open_to_others (path);
  return g_strstrip (text);
}

/* The object in the file; a new one if there is no file. */
static JsonNode *
read_object (const char *path, GError **error)
{
  g_autoptr (GError) local_error = NULL;
  g_autoptr (JsonNode) root = NULL;
  gsize size = 0;
  g_autofree char *data = bounce_file_read (path, MAX_FILE_BYTES, &size, &local_error);

  if (g_error_matches (local_error, BOUNCE_CORE_ERROR, BOUNCE_CORE_ERROR_NOT_FOUND))
    {
      root = json_node_new (JSON_NODE_OBJECT);
      json_node_take_object (root, json_object_new ());
      return g_steal_pointer (&root);
    }
  if (data == NULL)
    {
      g_propagate_error (error, g_steal_pointer (&local_error));
      return NULL;
    }
  root = bounce_json_parse_unique (data, size, MAX_FILE_BYTES, error);
  if (root != NULL && JSON_NODE_HOLDS_OBJECT (root))
    return g_steal_pointer (&root);
  if (root != NULL)
    g_set_error_literal (error, BOUNCE_CORE_ERROR, BOUNCE_CORE_ERROR_INVALID,
                         "the settings are not a JSON object");
  g_prefix_error (error, "%s: ", path);
  return NULL;
}

static void
set_member (JsonObject *object, const BounceSetting *setting, const char *value)
{
  if (*value == '\0')
    json_object_remove_member (object, setting->key);
  else if (setting->type == BOUNCE_SETTING_UINT)
    json_object_set_int_member (object, setting->key, g_ascii_strtoll (value, NULL, 10));
  else
    json_object_set_string_member (object, setting->key, value);
}

/* A file with a key in it is for its owner alone; else it stays as open as it was. */
static mode_t
choose_mode (const char *path, JsonObject *object)
{
  const char *key = bounce_json_get_string (object, "api_key");
  struct stat status;

  if ((key != NULL && *key != '\0') || stat (path, &status) != 0)
    return 0600;
  return status.st_mode & 0777;
}

/* Replaces what a link points to, not the link. What cannot be read again is not written: a member
 * that is not ours may hold a number that json-glib 1.6 writes wrongly. */
static gboolean
replace_file (const char *path, JsonNode *root, GError **error)
{
  g_autofree char *text = bounce_json_to_text (root, TRUE);
  g_autofree char *line = g_strconcat (text, "\n", NULL);
  g_autofree char *directory = g_path_get_dirname (path);
  char *real = realpath (path, NULL);
  mode_t mode = choose_mode (path, json_node_get_object (root));
  gboolean is_written =
      bounce_json_check (line, strlen (line), MAX_FILE_BYTES, error)
      && bounce_file_make_directories (directory, error)
      && bounce_file_replace (real != NULL ? real : path, line, strlen (line), mode, error);

  free (real);
  return is_written;
}

/*
 * bounce_config_file_write:
 * @path: the settings file
 * @setting: which
 * @value: the value, normalized; empty to remove the member
 *
 * Changes one member of the file and leaves the others as they are, unknown ones included.
 *
 * Thread: any but the main one; one after the other.
 * Errors: those of reading and replacing.
 * Returns: %TRUE when the file has it
 */
gboolean
bounce_config_file_write (const char *path,
                          const BounceSetting *setting,
                          const char *value,
                          GError **error)
{
  G_GNUC_UNUSED g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&write_lock);
  g_autoptr (JsonNode) root = read_object (path, error);

  if (root == NULL)
    return FALSE;
  set_member (json_node_get_object (root), setting, value);
  return replace_file (path, root, error);
}
