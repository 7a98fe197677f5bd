/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* The files thread: what takes the file system's time and holds no answer to a modality up, one job
 * after another. It removes studies and packages, publishes packages and writes metadata files. It
 * may wait for study locks and for the writer; nobody but tasks waits for it. */

#include "config.h"

#include "bounce-store-private.h"

typedef struct
{
  BounceFilesFunc func;
  gpointer data;
  GDestroyNotify free_data; /* (nullable) */
  GTask *task;              /* (owned) (nullable) */
  GTaskThreadFunc task_func;
} FilesJob;

static void
free_job (gpointer data)
{
  FilesJob *job = data;

  if (job->free_data)
    job->free_data (job->data);
  g_clear_object (&job->task);
  g_free (job);
}

static void
run_jobs_cb (GPtrArray *items, gpointer user_data)
{
  BounceStore *self = user_data;

  for (guint i = 0; i < items->len; i++)
    {
      FilesJob *job = g_ptr_array_index (items, i);

      if (!job->task)
        job->func (self, job->data);
      else
        job->task_func (job->task, self, g_task_get_task_data (job->task),
                        g_task_get_cancellable (job->task));
      free_job (job);
    }
}

/* Starts the thread; files_db is its from now on. */
void
bounce_store_start_files (BounceStore *self)
{
  self->files = bounce_worker_new ("store-files", run_jobs_cb, self, NULL);
}

/* Runs func some time; nobody waits. Thread: any. */
void
bounce_store_run_files_job (BounceStore *self,
                            BounceFilesFunc func,
                            gpointer data,
                            GDestroyNotify free_data)
{
  FilesJob *job = g_new0 (FilesJob, 1);

  job->func = func;
  job->data = data;
  job->free_data = free_data;
  if (!self->files || !bounce_worker_push (self->files, job))
    free_job (job);
}

/* Runs func, which returns the task. Thread: any. */
void
bounce_store_run_files_task (BounceStore *self, GTask *task, GTaskThreadFunc func)
{
  FilesJob *job = g_new0 (FilesJob, 1);

  job->task = g_object_ref (task);
  job->task_func = func;
  if (bounce_worker_push (self->files, job))
    return;
  g_task_return_new_error (task, BOUNCE_STORE_ERROR, BOUNCE_STORE_ERROR_DATABASE,
                           "the store is closed");
  free_job (job);
}
