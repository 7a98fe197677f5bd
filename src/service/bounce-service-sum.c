/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* All studies together: what a command that is about everything has to name before it is given.
 * Main thread. */

#include "config.h"

#include "bounce-service-bulk.h"

#include "bounce-service-private.h"
#include "bounce-store-table.h"

static void
studies_summed_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  GError *error = NULL;
  BounceStudySum *sum = bounce_store_sum_studies_finish (BOUNCE_STORE (source), result, &error);

  if (sum != NULL)
    g_task_return_pointer (task, sum, (GDestroyNotify) bounce_study_sum_free);
  else
    g_task_return_error (task, bounce_service_error_wrap (BOUNCE_SERVICE_ERROR_FAILED, error));
}

static void
studies_listed_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  GError *error = NULL;
  g_autoptr (GArray) ids =
      bounce_store_list_study_ids_finish (BOUNCE_STORE (source), result, &error);

  if (ids != NULL)
    bounce_store_sum_studies_async (BOUNCE_STORE (source), (const gint64 *) (gpointer) ids->data,
                                    ids->len, g_task_get_cancellable (task), studies_summed_cb,
                                    g_object_ref (task));
  else
    g_task_return_error (task, bounce_service_error_wrap (BOUNCE_SERVICE_ERROR_FAILED, error));
}

/**
 * bounce_service_sum_studies_async:
 *
 * Counts every study with its images and bytes, and what of it is not delivered yet.
 *
 * Thread: main
 */
void
bounce_service_sum_studies_async (BounceService *self,
                                  GCancellable *cancellable,
                                  GAsyncReadyCallback callback,
                                  gpointer user_data)
{
  static const BounceStudyQuery all = { .page = 1 };
  GTask *task;

  g_return_if_fail (BOUNCE_IS_SERVICE (self));

  task = g_task_new (self, cancellable, callback, user_data);
  g_task_set_source_tag (task, bounce_service_sum_studies_async);
  bounce_store_list_study_ids_async (self->store, &all, cancellable, studies_listed_cb, task);
}

/**
 * bounce_service_sum_studies_finish:
 *
 * Thread: main
 * Errors: %BOUNCE_SERVICE_ERROR_FAILED when the database cannot be read
 * Returns: (transfer full): the sum
 */
BounceStudySum *
bounce_service_sum_studies_finish (BounceService *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), NULL);

  return g_task_propagate_pointer (G_TASK (result), error);
}
