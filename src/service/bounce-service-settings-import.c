/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* Taking over the settings file of an earlier version (store.json), or any file that bounced reads.
 *
 * Each member goes the way of a setting that a person changes, one after the other: checked, kept
 * where that setting is kept (the API key in the keyring), put into effect. What is wrong, unknown
 * or locked is passed over and reported; the file itself is only read. Main thread; the file is
 * read by a GTask thread. */

#include "config.h"

#include "bounce-service-settings.h"

#include "bounce-service-private.h"

#include "bounce-core-error.h"
#include "bounce-file.h"
#include "bounce-log.h"
#include "bounce-setting.h"

#include <string.h>

#define MAX_FILE_BYTES (1024 * 1024)

typedef struct
{
  char *path;         /* (owned) */
  GPtrArray *members; /* (owned) (nullable) (element-type BounceConfigMember) once it was read */
  guint n_done;
  GPtrArray *settings; /* (owned) (element-type BounceImportedSetting) */
} Import;

static void import_next (GTask *task);

static void
free_import (Import *import)
{
  g_free (import->path);
  g_clear_pointer (&import->members, g_ptr_array_unref);
  g_clear_pointer (&import->settings, g_ptr_array_unref);
  g_free (import);
}

static void
free_setting (BounceImportedSetting *setting)
{
  g_free (setting->key);
  g_free (setting->value);
  g_clear_error (&setting->error);
  g_free (setting);
}

static void
read_worker (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  const char *path = data;
  g_autofree char *directory = g_path_get_dirname (path);
  g_autofree char *text = NULL;
  GError *error = NULL;
  GPtrArray *members = NULL;
  gsize size = 0;

  /* A pipe would keep this thread for ever. */
  if (g_file_test (path, G_FILE_TEST_EXISTS) && !g_file_test (path, G_FILE_TEST_IS_REGULAR))
    g_set_error_literal (&error, BOUNCE_CORE_ERROR, BOUNCE_CORE_ERROR_INVALID,
                         "this is not a regular file");
  else
    text = bounce_file_read (path, MAX_FILE_BYTES, &size, &error);
  if (text != NULL)
    {
      members = bounce_config_list_json (text, size, directory, &error);
      explicit_bzero (text, size);
    }
  if (members != NULL)
    g_task_return_pointer (task, members, (GDestroyNotify) g_ptr_array_unref);
  else
    g_task_return_error (task, error);
}

static BounceImportedSetting *
add_setting (Import *import, const BounceConfigMember *member)
{
  BounceImportedSetting *setting = g_new0 (BounceImportedSetting, 1);

  setting->key = g_strdup (member->key);
  g_ptr_array_add (import->settings, setting);
  return setting;
}

static gboolean
is_same_config (BounceConfig *before, BounceConfig *after)
{
  return bounce_config_compare (before, after) == BOUNCE_CONFIG_CHANGE_NOTHING;
}

static void
setting_kept_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  GTask *task = user_data;
  Import *import = g_task_get_task_data (task);
  BounceImportedSetting *setting = g_ptr_array_index (import->settings, import->settings->len - 1);

  if (!bounce_service_set_config_finish (BOUNCE_SERVICE (source), result, NULL, &setting->error))
    setting->outcome = BOUNCE_IMPORT_FAILED;
  import_next (task);
}

/* Takes the task if it begins to keep a setting; then it goes on in the callback. */
static gboolean
begin_setting (BounceService *self, GTask *task, const BounceConfigMember *member)
{
  BounceImportedSetting *setting = add_setting (g_task_get_task_data (task), member);
  g_autoptr (BounceConfig) after = NULL;

  if (!member->is_known)
    {
      setting->outcome = BOUNCE_IMPORT_UNKNOWN;
      return FALSE;
    }
  if (member->value != NULL)
    after = bounce_config_with_value (self->config, member->key, member->value, NULL);
  if (after == NULL)
    {
      setting->outcome = BOUNCE_IMPORT_WRONG;
      return FALSE;
    }
  setting->value = bounce_setting_dup_text (after, member->key);
  if (is_same_config (self->config, after))
    setting->outcome = BOUNCE_IMPORT_SAME;
  else if (bounce_config_source_is_locked (self->source, member->key))
    setting->outcome = BOUNCE_IMPORT_LOCKED;
  else
    {
      bounce_service_set_config_async (self, member->key, member->value,
                                       g_task_get_cancellable (task), setting_kept_cb, task);
      return TRUE;
    }
  return FALSE;
}

/* Takes the task. */
static void
import_next (GTask *task)
{
  BounceService *self = g_task_get_source_object (task);
  Import *import = g_task_get_task_data (task);
  gboolean is_ended = g_task_return_error_if_cancelled (task);

  while (!is_ended && import->n_done < import->members->len)
    {
      if (begin_setting (self, task, g_ptr_array_index (import->members, import->n_done++)))
        return;
      is_ended = g_task_return_error_if_cancelled (task);
    }
  if (!is_ended)
    g_task_return_pointer (task, g_steal_pointer (&import->settings),
                           (GDestroyNotify) g_ptr_array_unref);
  g_object_unref (task);
}

static void
file_read_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  GTask *task = user_data;
  Import *import = g_task_get_task_data (task);
  GError *error = NULL;

  import->members = g_task_propagate_pointer (G_TASK (result), &error);
  if (import->members == NULL)
    {
      g_task_return_error (task, bounce_service_error_wrap (BOUNCE_SERVICE_ERROR_INVALID, error));
      g_object_unref (task);
      return;
    }
  bounce_log (BOUNCE_LOG_INFO, "Settings are imported from a file");
  import_next (task);
}

/**
 * bounce_service_import_settings_async:
 * @path: (type filename): a settings file of an earlier version, or of bounced
 * @cancellable: (nullable): stops between two settings; those that were taken stay
 *
 * Takes over every setting of the file that is right and may be changed. Relative paths in it mean:
 * from the folder of the file. The file is not modified.
 *
 * Thread: main
 */
void
bounce_service_import_settings_async (BounceService *self,
                                      const char *path,
                                      GCancellable *cancellable,
                                      GAsyncReadyCallback callback,
                                      gpointer user_data)
{
  g_autoptr (GTask) reading = NULL;
  Import *import;
  GTask *task;

  g_return_if_fail (BOUNCE_IS_SERVICE (self));
  g_return_if_fail (path != NULL);

  task = g_task_new (self, cancellable, callback, user_data);
  g_task_set_source_tag (task, bounce_service_import_settings_async);
  import = g_new0 (Import, 1);
  import->path = g_strdup (path);
  import->settings = g_ptr_array_new_with_free_func ((GDestroyNotify) free_setting);
  g_task_set_task_data (task, import, (GDestroyNotify) free_import);
  reading = g_task_new (self, cancellable, file_read_cb, task);
  g_task_set_source_tag (reading, read_worker);
  g_task_set_task_data (reading, import->path, NULL);
  g_task_run_in_thread (reading, read_worker);
}

/**
 * bounce_service_import_settings_finish:
 *
 * Shape: one element for each member of the file that has a value, in the order of the file.
 * Thread: main
 * Errors: %BOUNCE_SERVICE_ERROR_INVALID if the file cannot be read or is no settings file; then
 *   nothing was taken
 * Returns: (transfer full) (element-type BounceImportedSetting): what became of each
 */
GPtrArray *
bounce_service_import_settings_finish (BounceService *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), NULL);

  return g_task_propagate_pointer (G_TASK (result), error);
}
