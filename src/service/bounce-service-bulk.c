/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* Commands on many studies, each with its own result; and what a details pane asks about one.
 *
 * A few studies are under way at a time: the writer groups what comes together, and the main loop
 * is not flooded with the answers of a hundred thousand. A cancel begins no more of them; what was
 * begun is brought to its end, so that what is told of it is true. Threads: main. */

#include "config.h"

#include "bounce-service-bulk.h"

#include "bounce-service-private.h"

#include "bounce-uid.h"

#define MAX_UNDER_WAY 8

typedef void (*StartFunc) (BounceService *self,
                           const char *study_uid,
                           GCancellable *cancellable,
                           GAsyncReadyCallback callback,
                           gpointer user_data);
typedef gboolean (*FinishFunc) (BounceService *self, GAsyncResult *result, GError **error);

typedef struct
{
  StartFunc start;
  FinishFunc finish;
  BounceBulkFunc progress; /* (nullable) */
  gpointer progress_data;
  GPtrArray *results; /* (owned) (element-type BounceStudyResult) */
  guint n_started, n_done;
} Bulk;

typedef struct
{
  GTask *task; /* (owned) */
  BounceStudyResult *result;
} Step;

static void continue_bulk (GTask *task);

static void
free_result (gpointer data)
{
  BounceStudyResult *result = data;

  g_free (result->study_uid);
  g_clear_error (&result->error);
  g_free (result);
}

static void
free_bulk (gpointer data)
{
  Bulk *bulk = data;

  g_clear_pointer (&bulk->results, g_ptr_array_unref);
  g_free (bulk);
}

static void
step_done_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autofree Step *step = user_data;
  g_autoptr (GTask) task = step->task;
  Bulk *bulk = g_task_get_task_data (task);

  bulk->finish (BOUNCE_SERVICE (source), result, &step->result->error);
  bulk->n_done++;
  if (bulk->progress != NULL)
    bulk->progress (bulk->n_done, bulk->results->len, bulk->progress_data);
  continue_bulk (task);
}

static void
start_step (GTask *task, BounceStudyResult *result)
{
  Bulk *bulk = g_task_get_task_data (task);
  Step *step = g_new0 (Step, 1);

  step->task = g_object_ref (task);
  step->result = result;
  bulk->start (g_task_get_source_object (task), result->study_uid, NULL, step_done_cb, step);
}

static void
give_up_rest (GTask *task)
{
  Bulk *bulk = g_task_get_task_data (task);

  for (; bulk->n_started < bulk->results->len; bulk->n_started++, bulk->n_done++)
    {
      BounceStudyResult *result = g_ptr_array_index (bulk->results, bulk->n_started);

      g_cancellable_set_error_if_cancelled (g_task_get_cancellable (task), &result->error);
    }
}

static void
continue_bulk (GTask *task)
{
  Bulk *bulk = g_task_get_task_data (task);

  if (g_cancellable_is_cancelled (g_task_get_cancellable (task)))
    give_up_rest (task);
  while (bulk->n_started < bulk->results->len && bulk->n_started - bulk->n_done < MAX_UNDER_WAY)
    start_step (task, g_ptr_array_index (bulk->results, bulk->n_started++));
  if (bulk->n_done == bulk->results->len)
    g_task_return_pointer (task, g_steal_pointer (&bulk->results),
                           (GDestroyNotify) g_ptr_array_unref);
}

static void
run_bulk (GTask *task, const Bulk *options, const char *const *study_uids)
{
  Bulk *bulk = g_memdup2 (options, sizeof *options);

  /* The list of results is the answer also when a cancel left some undone. */
  g_task_set_check_cancellable (task, FALSE);
  g_task_set_task_data (task, bulk, free_bulk);
  bulk->results = g_ptr_array_new_with_free_func (free_result);
  for (; *study_uids != NULL; study_uids++)
    {
      BounceStudyResult *result = g_new0 (BounceStudyResult, 1);

      result->study_uid = g_strdup (*study_uids);
      g_ptr_array_add (bulk->results, result);
    }
  continue_bulk (task);
}

/**
 * bounce_service_send_studies_async:
 * @study_uids: (array zero-terminated=1): copied
 * @progress: (nullable): called after each study
 * @progress_data: for @progress
 *
 * The document's send_study for each of them.
 *
 * Thread: main
 */
void
bounce_service_send_studies_async (BounceService *self,
                                   const char *const *study_uids,
                                   BounceBulkFunc progress,
                                   gpointer progress_data,
                                   GCancellable *cancellable,
                                   GAsyncReadyCallback callback,
                                   gpointer user_data)
{
  g_autoptr (GTask) task = NULL;
  Bulk options = { .start = bounce_service_send_study_async,
                   .finish = bounce_service_send_study_finish,
                   .progress = progress,
                   .progress_data = progress_data };

  g_return_if_fail (BOUNCE_IS_SERVICE (self));
  g_return_if_fail (study_uids != NULL);

  task = g_task_new (self, cancellable, callback, user_data);
  g_task_set_source_tag (task, bounce_service_send_studies_async);
  run_bulk (task, &options, study_uids);
}

/**
 * bounce_service_delete_studies_async:
 * @study_uids: (array zero-terminated=1): copied
 * @progress: (nullable): called after each study
 * @progress_data: for @progress
 *
 * The document's delete_study for each of them.
 *
 * Thread: main
 */
void
bounce_service_delete_studies_async (BounceService *self,
                                     const char *const *study_uids,
                                     BounceBulkFunc progress,
                                     gpointer progress_data,
                                     GCancellable *cancellable,
                                     GAsyncReadyCallback callback,
                                     gpointer user_data)
{
  g_autoptr (GTask) task = NULL;
  Bulk options = { .start = bounce_service_delete_study_async,
                   .finish = bounce_service_delete_study_finish,
                   .progress = progress,
                   .progress_data = progress_data };

  g_return_if_fail (BOUNCE_IS_SERVICE (self));
  g_return_if_fail (study_uids != NULL);

  task = g_task_new (self, cancellable, callback, user_data);
  g_task_set_source_tag (task, bounce_service_delete_studies_async);
  run_bulk (task, &options, study_uids);
}

/**
 * bounce_service_bulk_finish:
 *
 * Thread: main
 * Errors: none; each study's stands in its result, %G_IO_ERROR_CANCELLED for what was not begun
 * Returns: (transfer full) (element-type BounceStudyResult): in the order of the UIDs
 */
GPtrArray *
bounce_service_bulk_finish (BounceService *self, GAsyncResult *result, GError **error)
{
  return bounce_service_task_finish_value (self, result, error);
}

static void
metadata_read_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  GError *error = NULL;
  BounceStudyMetadata *metadata =
      bounce_store_get_metadata_finish (BOUNCE_STORE (source), result, &error);

  bounce_service_task_return_value (task, metadata, (GDestroyNotify) bounce_study_metadata_free,
                                    BOUNCE_SERVICE_ERROR_FAILED, error);
}

/**
 * bounce_service_get_metadata_async:
 * @study_uid: Study Instance UID
 *
 * A study with its series and their counts.
 *
 * Thread: main
 */
void
bounce_service_get_metadata_async (BounceService *self,
                                   const char *study_uid,
                                   GCancellable *cancellable,
                                   GAsyncReadyCallback callback,
                                   gpointer user_data)
{
  g_autoptr (GTask) task = NULL;

  g_return_if_fail (BOUNCE_IS_SERVICE (self));
  g_return_if_fail (study_uid != NULL);

  task = g_task_new (self, cancellable, callback, user_data);
  g_task_set_source_tag (task, bounce_service_get_metadata_async);
  if (!g_task_return_error_if_cancelled (task))
    bounce_store_get_metadata_async (self->store, study_uid, metadata_read_cb,
                                     g_steal_pointer (&task));
}

/**
 * bounce_service_get_metadata_finish:
 *
 * Thread: main
 * Errors: %BOUNCE_SERVICE_ERROR_FAILED, also when there is no such study; %G_IO_ERROR_CANCELLED
 * Returns: (transfer full): the study
 */
BounceStudyMetadata *
bounce_service_get_metadata_finish (BounceService *self, GAsyncResult *result, GError **error)
{
  return bounce_service_task_finish_value (self, result, error);
}

static void
study_read_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  GError *error = NULL;
  BounceStudy *study = bounce_store_get_study_finish (BOUNCE_STORE (source), result, &error);

  bounce_service_task_return_value (task, study, (GDestroyNotify) bounce_study_free,
                                    BOUNCE_SERVICE_ERROR_FAILED, error);
}

/**
 * bounce_service_get_study_async:
 * @study_uid: Study Instance UID
 *
 * A row of the study table with everything, also how many instances are undelivered.
 *
 * Thread: main
 */
void
bounce_service_get_study_async (BounceService *self,
                                const char *study_uid,
                                GCancellable *cancellable,
                                GAsyncReadyCallback callback,
                                gpointer user_data)
{
  GTask *task;

  g_return_if_fail (BOUNCE_IS_SERVICE (self));
  g_return_if_fail (study_uid != NULL);

  task = g_task_new (self, cancellable, callback, user_data);
  g_task_set_source_tag (task, bounce_service_get_study_async);
  bounce_store_get_study_async (self->store, study_uid, cancellable, study_read_cb, task);
}

/**
 * bounce_service_get_study_finish:
 *
 * Thread: main
 * Errors: %BOUNCE_SERVICE_ERROR_FAILED, also when there is no such study; %G_IO_ERROR_CANCELLED
 * Returns: (transfer full): the study
 */
BounceStudy *
bounce_service_get_study_finish (BounceService *self, GAsyncResult *result, GError **error)
{
  return bounce_service_task_finish_value (self, result, error);
}

/**
 * bounce_service_dup_study_folder:
 * @study_uid: Study Instance UID
 *
 * Thread: main
 * Source: the document's layout, base_dir/{StudyInstanceUID}
 * Returns: (transfer full) (nullable): the folder of its files, whether or not it exists; %NULL for
 *   what is no UID
 */
char *
bounce_service_dup_study_folder (BounceService *self, const char *study_uid)
{
  g_return_val_if_fail (BOUNCE_IS_SERVICE (self), NULL);

  if (!bounce_uid_is_valid (study_uid))
    return NULL;
  return g_build_filename (bounce_store_get_base_dir (self->store), study_uid, NULL);
}
