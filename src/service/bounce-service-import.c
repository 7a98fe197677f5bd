/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* Imports as a command. The service knows those under way, so that there are never too many, a
 * window can show them all, and its shutdown can end them: the store must outlive their threads.
 * Threads: main. */

#include "config.h"

#include "bounce-service-import.h"

#include "bounce-log.h"
#include "bounce-service-private.h"

/* A thread that waits for a disk or a file server which does not answer cannot be stopped; it must
 * not keep the service from stopping. */
#define SHUTDOWN_LIMIT_SECONDS 10

/**
 * bounce_service_begin_import:
 *
 * Begins an import, to which files are added and which is then ended.
 *
 * Thread: main
 * Errors: %BOUNCE_SERVICE_ERROR_FAILED when too many are under way or the service stops
 * Returns: (transfer full): the import
 */
BounceImport *
bounce_service_begin_import (BounceService *self, GError **error)
{
  g_autoptr (BounceImport) import = NULL;

  g_return_val_if_fail (BOUNCE_IS_SERVICE (self), NULL);

  if (self->is_shutting_down)
    {
      g_set_error_literal (error, BOUNCE_SERVICE_ERROR, BOUNCE_SERVICE_ERROR_FAILED,
                           "the service is being stopped");
      return NULL;
    }
  if (g_list_model_get_n_items (G_LIST_MODEL (self->imports)) >= BOUNCE_SERVICE_MAX_IMPORTS)
    {
      g_set_error (error, BOUNCE_SERVICE_ERROR, BOUNCE_SERVICE_ERROR_FAILED,
                   "%d imports are under way already", BOUNCE_SERVICE_MAX_IMPORTS);
      return NULL;
    }
  import = bounce_import_new (self->store);
  g_list_store_append (self->imports, import);
  return g_steal_pointer (&import);
}

/**
 * bounce_service_get_imports:
 *
 * Returns: (transfer none): those under way, of #BounceImport
 */
GListModel *
bounce_service_get_imports (BounceService *self)
{
  g_return_val_if_fail (BOUNCE_IS_SERVICE (self), NULL);

  return G_LIST_MODEL (self->imports);
}

static void
forget_import (BounceService *self, BounceImport *import)
{
  guint position;

  if (g_list_store_find (self->imports, import, &position))
    g_list_store_remove (self->imports, position);
  if (g_list_model_get_n_items (G_LIST_MODEL (self->imports)) == 0)
    bounce_service_imports_ended (self);
}

static void
import_ended_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  GError *error = NULL;
  BounceImportSummary *summary = bounce_import_end_finish (BOUNCE_IMPORT (source), result, &error);

  forget_import (g_task_get_source_object (task), BOUNCE_IMPORT (source));
  if (summary != NULL)
    g_task_return_pointer (task, summary, (GDestroyNotify) bounce_import_summary_free);
  else
    g_task_return_error (task, error);
}

/**
 * bounce_service_end_import_async:
 * @import: of bounce_service_begin_import()
 *
 * The callback comes when everything in it was looked at.
 *
 * Thread: main
 */
void
bounce_service_end_import_async (BounceService *self,
                                 BounceImport *import,
                                 GAsyncReadyCallback callback,
                                 gpointer user_data)
{
  g_autoptr (GTask) task = NULL;

  g_return_if_fail (BOUNCE_IS_SERVICE (self));

  task = g_task_new (self, NULL, callback, user_data);
  g_task_set_source_tag (task, bounce_service_end_import_async);
  if (bounce_import_is_ended (import))
    g_task_return_new_error (task, BOUNCE_SERVICE_ERROR, BOUNCE_SERVICE_ERROR_FAILED,
                             "the service is being stopped");
  else
    bounce_import_end_async (import, import_ended_cb, g_object_ref (task));
}

/**
 * bounce_service_end_import_finish:
 *
 * Thread: main
 * Errors: %BOUNCE_SERVICE_ERROR_FAILED when the service's shutdown ended it before
 * Returns: (transfer full): what was taken and what not
 */
BounceImportSummary *
bounce_service_end_import_finish (BounceService *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), NULL);

  return g_task_propagate_pointer (G_TASK (result), error);
}

static gboolean
give_up_cb (gpointer user_data)
{
  BounceService *self = user_data;

  self->imports_timer = 0;
  bounce_log (BOUNCE_LOG_ERROR, "An import waits for a disk that does not answer");
  bounce_service_imports_ended (self);
  return G_SOURCE_REMOVE;
}

/**
 * bounce_service_cancel_imports: (skip)
 *
 * Asks all to end; bounce_service_imports_ended() is called once they have, or after a limit.
 */
void
bounce_service_cancel_imports (BounceService *self)
{
  guint n = g_list_model_get_n_items (G_LIST_MODEL (self->imports));

  self->imports_timer = g_timeout_add_seconds (SHUTDOWN_LIMIT_SECONDS, give_up_cb, self);
  for (guint i = 0; i < n; i++)
    {
      g_autoptr (BounceImport) import = g_list_model_get_item (G_LIST_MODEL (self->imports), i);

      bounce_import_cancel (import);
      if (!bounce_import_is_ended (import))
        bounce_service_end_import_async (self, import, NULL, NULL);
    }
}
