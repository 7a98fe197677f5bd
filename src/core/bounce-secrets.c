/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* Where the API key rests between runs.
 *
 * First the keyring, by libsecret: it may ask the user to unlock it, so that every call is
 * asynchronous. When the keyring does not answer (no session bus, no secret service, no desktop)
 * the key goes into `api-key` in the configuration directory, mode 0600, and the caller is told.
 * A key that reached the keyring leaves no copy in the file; so a key in the file is newer than
 * what a locked keyring may still have, and is looked for first. Main thread; files by a GTask
 * thread. */

#include "config.h"

#include "bounce-secrets.h"

#include "bounce-core-error.h"
#include "bounce-file.h"
#include "bounce-log.h"
#include "bounce-paths.h"

#include <errno.h>
#include <glib/gi18n-lib.h>
#include <glib/gstdio.h>
#include <libsecret/secret.h>
#include <string.h>

#define FILE_NAME      "api-key"
#define MAX_FILE_BYTES 4096

static const SecretSchema schema = {
  .name = BOUNCE_APPLICATION_ID ".ApiKey",
  .flags = SECRET_SCHEMA_NONE,
  .attributes = { { "purpose", SECRET_SCHEMA_ATTRIBUTE_STRING } },
};

typedef struct
{
  char *text; /* (owned) (nullable) what to save */
  gboolean is_in_file;
} Work;

static void
free_text (char *text)
{
  if (text != NULL)
    explicit_bzero (text, strlen (text));
  g_free (text);
}

static void
free_work (gpointer data)
{
  Work *work = data;

  free_text (work->text);
  g_free (work);
}

static GTask *
new_task (const char *text,
          GCancellable *cancellable,
          GAsyncReadyCallback callback,
          gpointer user_data)
{
  GTask *task = g_task_new (NULL, cancellable, callback, user_data);
  Work *work = g_new0 (Work, 1);

  work->text = g_strdup (text);
  g_task_set_task_data (task, work, free_work);
  return task;
}

/**
 * bounce_secrets_dup_file_path:
 *
 * Returns: (transfer full): the file that holds the key when there is no keyring
 */
char *
bounce_secrets_dup_file_path (void)
{
  g_autofree char *directory = bounce_paths_config_dir ();

  return g_build_filename (directory, FILE_NAME, NULL);
}

static void
read_file_worker (GTask *task,
                  gpointer source_object,
                  gpointer task_data,
                  GCancellable *cancellable)
{
  g_autofree char *path = bounce_secrets_dup_file_path ();
  GError *error = NULL;
  char *text = bounce_file_read (path, MAX_FILE_BYTES, NULL, &error);

  if (text != NULL || g_error_matches (error, BOUNCE_CORE_ERROR, BOUNCE_CORE_ERROR_NOT_FOUND))
    g_task_return_pointer (task, text != NULL ? g_strstrip (text) : NULL,
                           (GDestroyNotify) free_text);
  else
    g_task_return_error (task, g_steal_pointer (&error));
  g_clear_error (&error);
}

static void
keyring_searched_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  g_autoptr (GError) error = NULL;
  char *found = secret_password_lookup_finish (result, &error);

  if (error != NULL)
    bounce_log (BOUNCE_LOG_DEBUG, "No keyring: %s", error->message);
  if (!g_task_return_error_if_cancelled (task))
    g_task_return_pointer (task, g_strdup (found), (GDestroyNotify) free_text);
  secret_password_free (found);
}

static void
file_read_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  Work *work = g_task_get_task_data (task);
  GError *error = NULL;
  char *text = g_task_propagate_pointer (G_TASK (result), &error);

  work->is_in_file = text != NULL;
  if (error != NULL)
    g_task_return_error (task, error);
  else if (text != NULL)
    g_task_return_pointer (task, text, (GDestroyNotify) free_text);
  else
    secret_password_lookup (&schema, g_task_get_cancellable (task), keyring_searched_cb,
                            g_object_ref (task), "purpose", "api-key", NULL);
}

/**
 * bounce_secrets_load_async:
 * @cancellable: (nullable): to give up, also on a question to the user
 * @callback: (scope async): called on the caller's context
 * @user_data: for @callback
 *
 * Looks for the API key in the file, then in the keyring.
 *
 * Thread: main thread.
 */
void
bounce_secrets_load_async (GCancellable *cancellable,
                           GAsyncReadyCallback callback,
                           gpointer user_data)
{
  GTask *task = new_task (NULL, cancellable, callback, user_data);
  g_autoptr (GTask) reading = g_task_new (NULL, cancellable, file_read_cb, task);

  g_task_set_source_tag (task, bounce_secrets_load_async);
  g_task_set_source_tag (reading, bounce_secrets_load_async);
  g_task_run_in_thread (reading, read_file_worker);
}

/**
 * bounce_secrets_load_finish:
 * @result: what the callback got
 * @is_in_file: (out) (optional): whether it was found in the file
 * @error: (out) (optional): where to put the error
 *
 * Errors: %G_IO_ERROR_CANCELLED; %BOUNCE_CORE_ERROR_IO and %BOUNCE_CORE_ERROR_INVALID if the file
 *   is there and cannot be read.
 * Returns: (transfer full) (nullable): the key, unchecked; %NULL without error if none is kept
 */
char *
bounce_secrets_load_finish (GAsyncResult *result, gboolean *is_in_file, GError **error)
{
  GTask *task;

  g_return_val_if_fail (g_task_is_valid (result, NULL), NULL);

  task = G_TASK (result);
  if (is_in_file != NULL)
    *is_in_file = ((Work *) g_task_get_task_data (task))->is_in_file;
  return g_task_propagate_pointer (task, error);
}

static gboolean
write_file (const char *text, GError **error)
{
  g_autofree char *path = bounce_secrets_dup_file_path ();
  g_autofree char *directory = g_path_get_dirname (path);

  return bounce_file_make_directories (directory, error)
         && bounce_file_replace (path, text, strlen (text), 0600, error);
}

static gboolean
remove_file (GError **error)
{
  g_autofree char *path = bounce_secrets_dup_file_path ();

  if (g_unlink (path) == 0 || errno == ENOENT || errno == ENOTDIR)
    return TRUE;
  bounce_core_set_error_errno (error, errno, "Failed to remove %s", path);
  return FALSE;
}

/* With is_in_file the keyring was of no use and the file takes the key, otherwise a copy goes. */
static void
save_file_worker (GTask *task,
                  gpointer source_object,
                  gpointer task_data,
                  GCancellable *cancellable)
{
  Work *work = task_data;
  GError *error = NULL;

  if (work->is_in_file ? write_file (work->text, &error) : remove_file (&error))
    g_task_return_boolean (task, TRUE);
  else
    g_task_return_error (task, error);
}

static void
keyring_stored_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  Work *work = g_task_get_task_data (task);
  g_autoptr (GError) error = NULL;

  work->is_in_file = !secret_password_store_finish (result, &error);
  if (g_task_return_error_if_cancelled (task))
    return;
  if (work->is_in_file)
    bounce_log (BOUNCE_LOG_DEBUG, "No keyring: %s", error->message);
  g_task_run_in_thread (task, save_file_worker);
}

static void
rest_searched_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  GList *rest = secret_password_search_finish (result, NULL);

  if (rest != NULL)
    g_task_return_new_error (task, BOUNCE_CORE_ERROR, BOUNCE_CORE_ERROR_UNAVAILABLE,
                             "The keyring is locked and still has the API key");
  else if (!g_task_return_error_if_cancelled (task))
    g_task_run_in_thread (task, save_file_worker);
  g_list_free_full (rest, g_object_unref);
}

/* libsecret tells "there was none" and "it is locked" apart by nothing. A keyring that is not
 * there has none either. */
static void
keyring_cleared_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  g_autoptr (GError) error = NULL;

  secret_password_clear_finish (result, &error);
  if (g_task_return_error_if_cancelled (task))
    return;
  if (error != NULL)
    {
      bounce_log (BOUNCE_LOG_DEBUG, "No keyring: %s", error->message);
      g_task_run_in_thread (task, save_file_worker);
      return;
    }
  secret_password_search (&schema, SECRET_SEARCH_ALL, g_task_get_cancellable (task),
                          rest_searched_cb, g_object_ref (task), "purpose", "api-key", NULL);
}

/**
 * bounce_secrets_save_async:
 * @text: (nullable): the key; %NULL to forget the one that is kept
 * @cancellable: (nullable): to give up, also on a question to the user
 * @callback: (scope async): called on the caller's context
 * @user_data: for @callback
 *
 * Keeps the API key in the keyring, or in the file when there is none.
 *
 * Thread: main thread.
 */
void
bounce_secrets_save_async (const char *text,
                           GCancellable *cancellable,
                           GAsyncReadyCallback callback,
                           gpointer user_data)
{
  GTask *task = new_task (text, cancellable, callback, user_data);

  g_task_set_source_tag (task, bounce_secrets_save_async);
  if (text != NULL)
    secret_password_store (&schema, SECRET_COLLECTION_DEFAULT, _ ("Aurabox key of Bounce"), text,
                           cancellable, keyring_stored_cb, task, "purpose", "api-key", NULL);
  else
    secret_password_clear (&schema, cancellable, keyring_cleared_cb, task, "purpose", "api-key",
                           NULL);
}

/**
 * bounce_secrets_save_finish:
 * @result: what the callback got
 * @is_in_file: (out) (optional): whether it had to go into the file
 * @error: (out) (optional): where to put the error
 *
 * Errors: %G_IO_ERROR_CANCELLED; %BOUNCE_CORE_ERROR_UNAVAILABLE if a locked keyring keeps it;
 *   those of bounce_file_replace() when the file was needed.
 * Returns: %TRUE when the key is kept, or forgotten
 */
gboolean
bounce_secrets_save_finish (GAsyncResult *result, gboolean *is_in_file, GError **error)
{
  GTask *task;

  g_return_val_if_fail (g_task_is_valid (result, NULL), FALSE);

  task = G_TASK (result);
  if (is_in_file != NULL)
    *is_in_file = ((Work *) g_task_get_task_data (task))->is_in_file;
  return g_task_propagate_boolean (task, error);
}
