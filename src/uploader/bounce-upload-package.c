/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* The package step: verify → or build → commit its size and hash → publish.
 *
 * A package on disk is never trusted: after a restart its bytes are compared with the hash that was
 * committed before the first byte was sent, and when they differ it is built again. The hash is
 * committed before the file is published, so a crash in between costs a rebuild and nothing else.
 *
 * Thread: main; the work is done by archive/ and store/ on theirs. */

#include "config.h"

#include "bounce-upload-package.h"

#include <string.h>

#include "bounce-package.h"

typedef struct
{
  BounceTransfer *transfer; /* (owned) */
  char *outgoing_path;      /* (owned) (nullable) */
  gboolean is_changed;
} Preparation;

static void
preparation_free (Preparation *self)
{
  g_clear_pointer (&self->transfer, bounce_transfer_free);
  g_free (self->outgoing_path);
  g_free (self);
}

static void
package_published_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  GError *error = NULL;

  if (bounce_store_publish_package_finish (BOUNCE_STORE (source), result, &error))
    g_task_return_boolean (task, TRUE);
  else
    g_task_return_error (task, error);
}

static void
transfer_updated_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  Preparation *self = g_task_get_task_data (task);
  GError *error = NULL;

  if (!bounce_store_update_transfer_finish (BOUNCE_STORE (source), result, &error))
    g_task_return_error (task, error);
  else if (!g_task_return_error_if_cancelled (task))
    bounce_store_publish_package_async (BOUNCE_STORE (source), self->transfer, package_published_cb,
                                        g_steal_pointer (&task));
}

static void
package_written_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  Preparation *self = g_task_get_task_data (task);
  BounceTransfer *transfer = self->transfer;
  BounceStore *store = g_task_get_source_object (task);
  BouncePackageInfo info;
  GError *error = NULL;

  if (!bounce_package_write_finish (result, &info, &error))
    {
      g_task_return_error (task, error);
      return;
    }
  self->is_changed =
      transfer->package_size != 0
      && (transfer->package_size != info.size_bytes
          || memcmp (transfer->package_sha256, info.sha256, sizeof info.sha256) != 0);
  transfer->package_size = info.size_bytes;
  memcpy (transfer->package_sha256, info.sha256, sizeof info.sha256);
  bounce_store_update_transfer_async (store, transfer, transfer_updated_cb,
                                      g_steal_pointer (&task));
}

static GPtrArray *
list_entries (BounceStore *store, const BounceTransfer *transfer)
{
  GPtrArray *entries = g_ptr_array_new_with_free_func ((GDestroyNotify) bounce_package_entry_free);

  for (guint i = 0; i < transfer->items->len; i++)
    {
      const BounceTransferItem *item = g_ptr_array_index (transfer->items, i);
      g_autofree char *name =
          g_strdup_printf ("%s/%s.dcm", item->series_uid, item->sop_instance_uid);
      g_autofree char *path = bounce_store_get_instance_path (
          store, transfer->study_uid, item->series_uid, item->sop_instance_uid);

      g_ptr_array_add (entries, bounce_package_entry_new (name, path, item->size_bytes, item->crc32,
                                                          bounce_transfer_syntax_is_compressed (
                                                              item->transfer_syntax_uid)));
    }
  return entries;
}

static void
build_package (GTask *task)
{
  Preparation *self = g_task_get_task_data (task);
  BounceStore *store = g_task_get_source_object (task);
  g_autoptr (GPtrArray) entries = list_entries (store, self->transfer);

  self->outgoing_path = bounce_store_get_outgoing_path (store, self->transfer->id);
  bounce_package_write_async (self->outgoing_path, entries, NULL, g_task_get_cancellable (task),
                              package_written_cb, g_object_ref (task));
}

static void
package_verified_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  g_autoptr (GError) error = NULL;
  gboolean is_same = FALSE;

  /* Whatever kept it from being read, building it again is the answer. */
  if (!bounce_package_verify_finish (result, &is_same, &error)
      && g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    g_task_return_error (task, g_steal_pointer (&error));
  else if (is_same)
    g_task_return_boolean (task, TRUE);
  else
    build_package (task);
}

/**
 * bounce_upload_package_prepare_async:
 * @transfer: a claimed transfer; copied
 *
 * Thread: main.
 */
void
bounce_upload_package_prepare_async (BounceStore *store,
                                     const BounceTransfer *transfer,
                                     GCancellable *cancellable,
                                     GAsyncReadyCallback callback,
                                     gpointer user_data)
{
  g_autoptr (GTask) task = g_task_new (store, cancellable, callback, user_data);
  Preparation *self = g_new0 (Preparation, 1);
  g_autofree char *path = bounce_store_get_package_path (store, transfer->study_uid);
  BouncePackageInfo info = { .size_bytes = transfer->package_size };

  g_task_set_source_tag (task, bounce_upload_package_prepare_async);
  self->transfer = bounce_transfer_copy (transfer);
  g_task_set_task_data (task, self, (GDestroyNotify) preparation_free);
  if (transfer->package_size == 0)
    {
      build_package (task);
      return;
    }
  memcpy (info.sha256, transfer->package_sha256, sizeof info.sha256);
  bounce_package_verify_async (path, &info, cancellable, package_verified_cb,
                               g_steal_pointer (&task));
}

/**
 * bounce_upload_package_prepare_finish:
 * @is_changed: (out): the package is not the one that the transfer had before, so nothing that a
 *   server holds of it can be continued
 *
 * Errors: #BOUNCE_ARCHIVE_ERROR, #BOUNCE_STORE_ERROR, %G_IO_ERROR_CANCELLED.
 * Returns: (transfer full): the transfer with its package's size and hash
 */
BounceTransfer *
bounce_upload_package_prepare_finish (BounceStore *store,
                                      GAsyncResult *result,
                                      gboolean *is_changed,
                                      GError **error)
{
  Preparation *self;

  g_return_val_if_fail (g_task_is_valid (result, store), NULL);

  self = g_task_get_task_data (G_TASK (result));
  if (!g_task_propagate_boolean (G_TASK (result), error))
    return NULL;
  *is_changed = self->is_changed;
  return g_steal_pointer (&self->transfer);
}

/**
 * bounce_upload_package_find_culprit:
 * @error: of bounce_upload_package_prepare_finish()
 *
 * Returns: (transfer none) (nullable): the SOP Instance UID of the file that is missing or damaged
 */
const char *
bounce_upload_package_find_culprit (const BounceTransfer *transfer, const GError *error)
{
  for (guint i = 0; i < transfer->items->len; i++)
    {
      const BounceTransferItem *item = g_ptr_array_index (transfer->items, i);
      g_autofree char *name =
          g_strdup_printf ("%s/%s.dcm", item->series_uid, item->sop_instance_uid);

      if (g_str_has_prefix (error->message, name))
        return item->sop_instance_uid;
    }
  return NULL;
}
