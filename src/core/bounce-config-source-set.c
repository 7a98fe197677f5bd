/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* Changing a setting: checked against the table first, then kept where the source has it, then in
 * effect. Main thread; files by a GTask thread. */

#include "config.h"

#include "bounce-config-source-private.h"

#include "bounce-core-error.h"
#include "bounce-file.h"
#include "bounce-secrets.h"

#include <string.h>

typedef struct
{
  const BounceSetting *setting;
  char *value; /* (owned) normalized; empty to remove */
  char *path;  /* (owned) (nullable) of the file to change */
} Change;

static void
free_change (gpointer data)
{
  Change *change = data;

  explicit_bzero (change->value, strlen (change->value));
  g_free (change->value);
  g_free (change->path);
  g_free (change);
}

static gboolean
write_key_file (const char *path, const char *value, GError **error)
{
  g_autofree char *line = g_strconcat (value, *value != '\0' ? "\n" : "", NULL);
  gboolean is_written = bounce_file_replace (path, line, strlen (line), 0600, error);

  explicit_bzero (line, strlen (line));
  return is_written;
}

static void
write_file_worker (GTask *task,
                   gpointer source_object,
                   gpointer task_data,
                   GCancellable *cancellable)
{
  BounceConfigSource *self = source_object;
  Change *change = task_data;
  GError *error = NULL;
  gboolean is_written;

  if (g_cancellable_set_error_if_cancelled (cancellable, &error))
    is_written = FALSE;
  else if (g_strcmp0 (change->path, self->path) == 0)
    is_written = bounce_config_file_write (change->path, change->setting, change->value, &error);
  else
    is_written = write_key_file (change->path, change->value, &error);

  if (is_written)
    g_task_return_boolean (task, TRUE);
  else
    g_task_return_error (task, error);
}

/* What is written counts, also when the caller has lost interest meanwhile. */
static void
file_written_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  GError *error = NULL;

  if (g_task_propagate_boolean (G_TASK (result), &error)
      && bounce_config_source_reload (BOUNCE_CONFIG_SOURCE (source), &error))
    g_task_return_boolean (task, TRUE);
  else
    g_task_return_error (task, error);
}

static void
write_file (BounceConfigSource *self, GTask *task, const char *path)
{
  Change *change = g_task_get_task_data (task);
  Change *copy = g_new0 (Change, 1);
  g_autoptr (GTask) writing =
      g_task_new (self, g_task_get_cancellable (task), file_written_cb, g_object_ref (task));

  copy->setting = change->setting;
  copy->value = g_strdup (change->value);
  copy->path = g_strdup (path);
  g_task_set_source_tag (writing, write_file);
  g_task_set_check_cancellable (writing, FALSE);
  g_task_set_task_data (writing, copy, free_change);
  g_task_run_in_thread (writing, write_file_worker);
}

static void
key_saved_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  BounceConfigSource *self = g_task_get_source_object (task);
  Change *change = g_task_get_task_data (task);
  gboolean is_in_file = FALSE;
  GError *error = NULL;

  if (!bounce_secrets_save_finish (result, &is_in_file, &error))
    {
      g_task_return_error (task, error);
      return;
    }
  g_clear_pointer (&self->stored_key, bounce_api_key_unref);
  if (*change->value != '\0')
    self->stored_key = bounce_api_key_parse (change->value, NULL);
  self->is_stored_key_in_file = is_in_file;
  if (is_in_file)
    bounce_config_source_warn_of_key_in_file (self);
  bounce_config_source_use (self, self->loaded, NULL);
  g_task_return_boolean (task, TRUE);
}

static void
set_api_key (BounceConfigSource *self, GTask *task)
{
  Change *change = g_task_get_task_data (task);
  const char *key_file = bounce_config_get_api_key_file (self->loaded);

  if (key_file != NULL)
    write_file (self, task, key_file);
  else if (bounce_config_source_is_key_stored (self))
    bounce_secrets_save_async (*change->value != '\0' ? change->value : NULL,
                               g_task_get_cancellable (task), key_saved_cb, g_object_ref (task));
  else
    write_file (self, task, self->path);
}

static void
set_in_settings (BounceConfigSource *self, GTask *task, BounceConfig *config)
{
  Change *change = g_task_get_task_data (task);
  GError *error = NULL;

  if (bounce_config_settings_write (self->settings, change->setting, config, &error))
    g_task_return_boolean (task, TRUE);
  else
    g_task_return_error (task, error);
}

/* The config with the new value, if it may be set. What could not be used is not kept, or the next
 * start would fail; only a new key may mend a key file that cannot be read. */
static BounceConfig *
check_change (BounceConfigSource *self, const char *key, const char *value, GError **error)
{
  g_autoptr (BounceConfig) config = bounce_config_with_value (self->loaded, key, value, error);
  g_autofree char *lock = NULL;

  if (config == NULL)
    return NULL;
  if (bounce_config_source_is_overridden (self, key))
    {
      g_set_error (error, BOUNCE_CORE_ERROR, BOUNCE_CORE_ERROR_UNAVAILABLE,
                   "%s cannot change during a trial", key);
      return NULL;
    }
  lock = bounce_config_source_dup_lock (self, bounce_settings_find (key));
  if (lock != NULL)
    {
      g_set_error (error, BOUNCE_CORE_ERROR, BOUNCE_CORE_ERROR_UNAVAILABLE, "%s is locked: %s", key,
                   lock);
      return NULL;
    }
  if (bounce_settings_find (key)->type != BOUNCE_SETTING_API_KEY
      && !bounce_config_source_check (self, config, error))
    return NULL;
  return g_steal_pointer (&config);
}

/**
 * bounce_config_source_set_async:
 * @self: a source
 * @key: a documented name
 * @value: in text form; empty removes what may be absent
 * @cancellable: (nullable): takes it back until writing has begun
 * @callback: (scope async): called on the caller's context
 * @user_data: for @callback
 *
 * Checks a value, keeps it durably, then puts it into effect and emits "changed". The API key
 * goes to wherever the present one comes from, and to the keyring if there is none.
 *
 * Thread: main thread.
 */
void
bounce_config_source_set_async (BounceConfigSource *self,
                                const char *key,
                                const char *value,
                                GCancellable *cancellable,
                                GAsyncReadyCallback callback,
                                gpointer user_data)
{
  g_autoptr (GTask) task = NULL;
  g_autoptr (BounceConfig) config = NULL;
  GError *error = NULL;
  Change *change;

  g_return_if_fail (BOUNCE_IS_CONFIG_SOURCE (self));
  g_return_if_fail (key != NULL && value != NULL);

  task = g_task_new (self, cancellable, callback, user_data);
  g_task_set_source_tag (task, bounce_config_source_set_async);
  g_task_set_check_cancellable (task, FALSE);
  if (g_task_return_error_if_cancelled (task))
    return;
  config = check_change (self, key, value, &error);
  if (config == NULL)
    {
      g_task_return_error (task, error);
      return;
    }
  change = g_new0 (Change, 1);
  change->setting = bounce_settings_find (key);
  change->value = bounce_config_dup_value (config, change->setting);
  if (change->value == NULL)
    change->value = g_strdup ("");
  g_task_set_task_data (task, change, free_change);

  if (change->setting->type == BOUNCE_SETTING_API_KEY)
    set_api_key (self, task);
  else if (self->settings != NULL)
    set_in_settings (self, task, config);
  else
    write_file (self, task, self->path);
}

/**
 * bounce_config_source_set_finish:
 * @self: a source
 * @result: what the callback got
 * @error: (out) (optional): where to put the error
 *
 * Errors: %BOUNCE_CORE_ERROR_NOT_FOUND if there is no such setting, %BOUNCE_CORE_ERROR_INVALID
 *   with key, value (not of the API key) and range, %BOUNCE_CORE_ERROR_UNAVAILABLE if it is
 *   locked, %BOUNCE_CORE_ERROR_NO_SPACE and %BOUNCE_CORE_ERROR_IO from writing,
 *   %G_IO_ERROR_CANCELLED.
 * Returns: %TRUE when the value is kept and in effect
 */
gboolean
bounce_config_source_set_finish (BounceConfigSource *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), FALSE);

  return g_task_propagate_boolean (G_TASK (result), error);
}
