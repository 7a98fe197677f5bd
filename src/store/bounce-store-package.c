/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* Paths for packages and instances, and packages' way from .outgoing to beside their study. A row
 * says that a package is there before it is, so that none outlives a crash unnoticed. None need
 * survive one: after a start it is compared with the SHA-256 of its row, and made anew if it is not
 * that or not there. So nothing here is synced. */

#include "config.h"

#include "bounce-store-transfer-private.h"

#include "bounce-log.h"

#include <errno.h>
#include <glib/gstdio.h>

/**
 * bounce_store_get_instance_path:
 * @self: the store
 * @study_uid: of a row: it was checked when it arrived
 * @series_uid: likewise
 * @sop_instance_uid: likewise
 *
 * Returns: (transfer full): where its file is
 */
char *
bounce_store_get_instance_path (BounceStore *self,
                                const char *study_uid,
                                const char *series_uid,
                                const char *sop_instance_uid)
{
  return bounce_tree_get_instance_path (self->tree, study_uid, series_uid, sop_instance_uid);
}

/**
 * bounce_store_get_package_path:
 * @self: the store
 * @study_uid: of a row
 *
 * Returns: (transfer full): where its published package is
 */
char *
bounce_store_get_package_path (BounceStore *self, const char *study_uid)
{
  return bounce_tree_get_side_path (self->tree, study_uid, ".zip");
}

/**
 * bounce_store_get_outgoing_path:
 * @self: the store
 * @transfer_id: of a running transfer
 *
 * Returns: (transfer full): where its package is built
 */
char *
bounce_store_get_outgoing_path (BounceStore *self, gint64 transfer_id)
{
  return g_strdup_printf ("%s/%s/%" G_GINT64_FORMAT ".zip", self->base_dir, BOUNCE_TREE_OUTGOING,
                          transfer_id);
}

static void
remove_package (BounceStore *self, gpointer data)
{
  g_autofree char *path = bounce_tree_get_side_path (self->tree, data, ".zip");
  g_autoptr (GError) error = NULL;

  if (!bounce_tree_unlink (path, &error))
    bounce_log (BOUNCE_LOG_WARNING, "A package was not removed: %s", error->message);
}

/* Thread: any. */
void
bounce_store_remove_package_later (BounceStore *self, const char *study_uid)
{
  bounce_store_run_files_job (self, remove_package, g_strdup (study_uid), g_free);
}

static void
remove_outgoing (BounceStore *self, gpointer data)
{
  g_autoptr (GError) error = NULL;

  if (!bounce_tree_unlink (data, &error))
    bounce_log (BOUNCE_LOG_WARNING, "An unpublished package was not removed: %s", error->message);
}

/* The transfer has ended for good: its row will not be the running one again, which would build at
 * the same path. Thread: any. */
void
bounce_store_remove_outgoing_later (BounceStore *self, gint64 transfer_id)
{
  bounce_store_run_files_job (self, remove_outgoing,
                              bounce_store_get_outgoing_path (self, transfer_id), g_free);
}

static const char has_package_sql[] =
    "UPDATE transfers SET has_package = 1 WHERE id = ?1 AND state = 0";

static gboolean
write_has_package (BounceStore *self, BounceDatabase *db, gpointer data, GError **error)
{
  const BounceTransfer *transfer = data;

  if (!bounce_database_run (db, error, has_package_sql, "i", transfer->id))
    return FALSE;
  return bounce_database_get_changes (db) > 0 || bounce_store_set_no_transfer (error);
}

static void
publish_worker (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  BounceStore *self = source;
  BounceTransfer *transfer = data;
  g_autofree char *from = bounce_store_get_outgoing_path (self, transfer->id);
  g_autofree char *to = bounce_store_get_package_path (self, transfer->study_uid);
  g_autoptr (GError) error = NULL;

  if (!bounce_store_write_sync (self, write_has_package, transfer, &error))
    {
      g_task_return_error (task, g_steal_pointer (&error));
      return;
    }
  if (g_rename (from, to) != 0)
    {
      bounce_store_set_error_errno (&error, errno, "renaming to", to);
      g_task_return_error (task, g_steal_pointer (&error));
    }
  else
    g_task_return_boolean (task, TRUE);
}

/**
 * bounce_store_publish_package_async:
 * @self: the store
 * @transfer: running, its package complete in .outgoing
 * @callback: called on the caller's context
 * @user_data: for @callback
 *
 * Renames the package to its place beside the study.
 */
void
bounce_store_publish_package_async (BounceStore *self,
                                    const BounceTransfer *transfer,
                                    GAsyncReadyCallback callback,
                                    gpointer user_data)
{
  g_autoptr (GTask) task = g_task_new (self, NULL, callback, user_data);

  g_task_set_source_tag (task, bounce_store_publish_package_async);
  g_task_set_task_data (task, bounce_transfer_copy (transfer),
                        (GDestroyNotify) bounce_transfer_free);
  bounce_store_run_files_task (self, task, publish_worker);
}

/**
 * bounce_store_publish_package_finish:
 *
 * Errors: NOT_FOUND (the transfer does not run), NO_SPACE, IO, DATABASE.
 */
gboolean
bounce_store_publish_package_finish (BounceStore *self, GAsyncResult *result, GError **error)
{
  return g_task_propagate_boolean (G_TASK (result), error);
}
