/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* delete_study and reset_app. Both go the same way: the uploader lets go (cancels, terminates the
 * upload at the server, waits), then the store removes. An upload that began in between makes the
 * store answer "busy"; then both steps are done again, a bounded number of times. */

#include "config.h"

#include "bounce-service-private.h"

#include "bounce-log.h"
#include "bounce-uid.h"

#define MAX_ROUNDS 5

typedef struct
{
  char *study_uid; /* (nullable) everything */
  guint n_rounds;
} Removal;

static void remove_from_queue (GTask *task);

static void
free_removal (Removal *removal)
{
  g_free (removal->study_uid);
  g_free (removal);
}

/* A reset that fails in the database has cleared no study, one that fails in the files may have. */
static BounceServiceError
find_reset_code (const GError *error)
{
  if (g_error_matches (error, BOUNCE_STORE_ERROR, BOUNCE_STORE_ERROR_IO)
      || g_error_matches (error, BOUNCE_STORE_ERROR, BOUNCE_STORE_ERROR_NOT_MOUNTED))
    return BOUNCE_SERVICE_ERROR_CLEAR_STUDY;
  return BOUNCE_SERVICE_ERROR_CLEAR_STUDIES;
}

/* Takes the error and the task. */
static void
finish_removal (GTask *task, GError *error)
{
  Removal *removal = g_task_get_task_data (task);

  if (error != NULL && g_error_matches (error, BOUNCE_STORE_ERROR, BOUNCE_STORE_ERROR_BUSY)
      && ++removal->n_rounds < MAX_ROUNDS)
    {
      g_error_free (error);
      remove_from_queue (task);
      return;
    }
  if (error == NULL)
    g_task_return_boolean (task, TRUE);
  else if (removal->study_uid != NULL)
    g_task_return_error (task,
                         bounce_service_error_wrap (BOUNCE_SERVICE_ERROR_DELETE_FAILED, error));
  else
    g_task_return_error (task, bounce_service_error_wrap (find_reset_code (error), error));
  g_object_unref (task);
}

static void
study_deleted_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  GError *error = NULL;

  bounce_store_delete_study_finish (BOUNCE_STORE (source), result, &error);
  finish_removal (user_data, error);
}

static void
store_reset_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  GError *error = NULL;

  bounce_store_reset_finish (BOUNCE_STORE (source), result, &error);
  finish_removal (user_data, error);
}

static void
remove_from_store (GTask *task)
{
  BounceService *self = g_task_get_source_object (task);
  Removal *removal = g_task_get_task_data (task);
  GCancellable *cancellable = g_task_get_cancellable (task);

  if (removal->study_uid != NULL)
    bounce_store_delete_study_async (self->store, removal->study_uid, cancellable, study_deleted_cb,
                                     task);
  else
    bounce_store_reset_async (self->store, cancellable, store_reset_cb, task);
}

static void
uploads_cancelled_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  GError *error = NULL;

  if (!bounce_uploader_cancel_finish (BOUNCE_UPLOADER (source), result, &error))
    finish_removal (g_steal_pointer (&task), error);
  else if (!g_task_return_error_if_cancelled (task))
    remove_from_store (g_steal_pointer (&task));
}

/* Takes the task. */
static void
remove_from_queue (GTask *task)
{
  BounceService *self = g_task_get_source_object (task);
  Removal *removal = g_task_get_task_data (task);

  bounce_uploader_cancel_async (self->uploader, removal->study_uid, uploads_cancelled_cb, task);
}

static GTask *
new_removal (BounceService *self,
             const char *study_uid,
             gpointer tag,
             GCancellable *cancellable,
             GAsyncReadyCallback callback,
             gpointer user_data)
{
  GTask *task = g_task_new (self, cancellable, callback, user_data);
  Removal *removal = g_new0 (Removal, 1);

  removal->study_uid = g_strdup (study_uid);
  g_task_set_source_tag (task, tag);
  g_task_set_task_data (task, removal, (GDestroyNotify) free_removal);
  /* Once files are gone "cancelled" would be a lie: the store decides up to when it can stop. */
  g_task_set_check_cancellable (task, FALSE);
  return task;
}

/**
 * bounce_service_delete_study_async:
 * @study_uid: Study Instance UID
 *
 * The document's delete_study: cancels the study's uploads, waits for them to end, removes files,
 * package and metadata and forgets the study. Receipts and the audit trail stay.
 *
 * Thread: main
 */
void
bounce_service_delete_study_async (BounceService *self,
                                   const char *study_uid,
                                   GCancellable *cancellable,
                                   GAsyncReadyCallback callback,
                                   gpointer user_data)
{
  g_autoptr (GTask) task = NULL;

  g_return_if_fail (BOUNCE_IS_SERVICE (self));

  task = new_removal (self, study_uid, bounce_service_delete_study_async, cancellable, callback,
                      user_data);
  if (g_task_return_error_if_cancelled (task))
    return;
  if (!bounce_uid_is_valid (study_uid))
    g_task_return_error (
        task, bounce_service_error_wrap (BOUNCE_SERVICE_ERROR_DELETE_FAILED,
                                         g_error_new_literal (BOUNCE_SERVICE_ERROR,
                                                              BOUNCE_SERVICE_ERROR_INVALID,
                                                              "not a Study Instance UID")));
  else
    remove_from_queue (g_steal_pointer (&task));
}

/**
 * bounce_service_delete_study_finish:
 *
 * Thread: main
 * Errors: %BOUNCE_SERVICE_ERROR_DELETE_FAILED, "delete study panic: …"
 * Source: API document, delete_study
 * Returns: whether nothing of the study is left
 */
gboolean
bounce_service_delete_study_finish (BounceService *self, GAsyncResult *result, GError **error)
{
  return bounce_service_task_finish (self, result, error);
}

/**
 * bounce_service_reset_app_async:
 *
 * The document's reset_app: cancels all uploads, empties studies and queue and removes the files
 * Bounce wrote. Settings and the API key stay, and so do receipts and the audit trail.
 *
 * Thread: main
 */
void
bounce_service_reset_app_async (BounceService *self,
                                GCancellable *cancellable,
                                GAsyncReadyCallback callback,
                                gpointer user_data)
{
  g_autoptr (GTask) task = NULL;

  g_return_if_fail (BOUNCE_IS_SERVICE (self));

  task = new_removal (self, NULL, bounce_service_reset_app_async, cancellable, callback, user_data);
  if (!g_task_return_error_if_cancelled (task))
    remove_from_queue (g_steal_pointer (&task));
}

/**
 * bounce_service_reset_app_finish:
 *
 * Thread: main
 * Errors: %BOUNCE_SERVICE_ERROR_CLEAR_STUDIES, "clear studies panic: …" (the database);
 *   %BOUNCE_SERVICE_ERROR_CLEAR_STUDY, "clear study panic: …" (the files)
 * Source: API document, reset_app
 * Returns: whether the store is empty
 */
gboolean
bounce_service_reset_app_finish (BounceService *self, GAsyncResult *result, GError **error)
{
  return bounce_service_task_finish (self, result, error);
}
