/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* The check of a folder that may become base_dir. Main thread; the file system is asked on a pool
 * thread, because a dead network mount can hang. */

#include "config.h"

#include "bounce-service-checks.h"

#include "bounce-file.h"
#include "bounce-service-private.h"

#include <linux/magic.h>
#include <sys/vfs.h>

/**
 * bounce_storage_check_free:
 * @self: (transfer full) (nullable): the answer
 */
void
bounce_storage_check_free (BounceStorageCheck *self)
{
  if (self == NULL)
    return;
  g_free (self->path);
  g_free (self);
}

static BounceStorageKind
get_kind (const char *path)
{
  struct statfs status;

  if (statfs (path, &status) != 0)
    return BOUNCE_STORAGE_LOCAL;
  switch ((guint32) status.f_type)
    {
    case NFS_SUPER_MAGIC:
    case SMB_SUPER_MAGIC:
    case SMB2_SUPER_MAGIC:
    case CIFS_SUPER_MAGIC:
    case V9FS_MAGIC:
    case CEPH_SUPER_MAGIC:
    case AFS_SUPER_MAGIC:
      return BOUNCE_STORAGE_NETWORK;
    case TMPFS_MAGIC:
    case RAMFS_MAGIC:
      return BOUNCE_STORAGE_MEMORY;
    case MSDOS_SUPER_MAGIC:
    case EXFAT_SUPER_MAGIC:
      return BOUNCE_STORAGE_REMOVABLE;
    default:
      return BOUNCE_STORAGE_LOCAL;
    }
}

/* The folder itself, or the one that it would be made in. */
static char *
find_existing (const char *path)
{
  char *folder = g_strdup (path);

  while (!g_file_test (folder, G_FILE_TEST_EXISTS))
    {
      char *parent = g_path_get_dirname (folder);

      g_free (folder);
      folder = parent;
    }
  return folder;
}

static BounceServiceError
classify (const GError *error)
{
  switch (error->code)
    {
    case BOUNCE_STORE_ERROR_INVALID:
      return BOUNCE_SERVICE_ERROR_NOT_EMPTY;
    case BOUNCE_STORE_ERROR_LOCKED:
      return BOUNCE_SERVICE_ERROR_TAKEN;
    case BOUNCE_STORE_ERROR_NO_SPACE:
      return BOUNCE_SERVICE_ERROR_NO_SPACE;
    default:
      return BOUNCE_SERVICE_ERROR_NOT_WRITABLE;
    }
}

static void
check_worker (GTask *task, gpointer source_object, gpointer task_data, GCancellable *cancellable)
{
  BounceService *self = source_object;
  const char *path = task_data;
  g_autofree char *existing = find_existing (path);
  g_autoptr (BounceStorageCheck) check = g_new0 (BounceStorageCheck, 1);
  GError *error = NULL;

  check->path = g_strdup (path);
  check->exists = g_str_equal (existing, path);
  check->free_bytes = bounce_file_get_free_bytes (existing);
  check->level = bounce_disk_level_next (BOUNCE_DISK_OK, check->free_bytes);
  check->kind = get_kind (existing);
  if (bounce_store_check_folder_sync (self->store, path, &error))
    g_task_return_pointer (task, g_steal_pointer (&check),
                           (GDestroyNotify) bounce_storage_check_free);
  else
    g_task_return_error (task, bounce_service_error_wrap (classify (error), error));
}

/**
 * bounce_service_check_storage_async:
 * @path: as somebody entered it
 *
 * Whether @path could be base_dir: it exists or can be made, is Bounce's own or empty, in no other
 * data directory, and takes a file that is synced and removed again.
 *
 * Thread: main
 */
void
bounce_service_check_storage_async (BounceService *self,
                                    const char *path,
                                    GCancellable *cancellable,
                                    GAsyncReadyCallback callback,
                                    gpointer user_data)
{
  g_autoptr (GTask) task = NULL;
  g_autoptr (BounceConfig) config = NULL;
  GError *error = NULL;

  g_return_if_fail (BOUNCE_IS_SERVICE (self));
  g_return_if_fail (path != NULL);

  task = g_task_new (self, cancellable, callback, user_data);
  g_task_set_source_tag (task, bounce_service_check_storage_async);
  config = bounce_config_with_value (self->config, "base_dir", path, &error);
  if (config == NULL)
    {
      g_task_return_error (task, bounce_service_error_wrap (BOUNCE_SERVICE_ERROR_INVALID, error));
      return;
    }
  g_task_set_task_data (task, g_strdup (bounce_config_get_base_dir (config)), g_free);
  g_task_run_in_thread (task, check_worker);
}

/**
 * bounce_service_check_storage_finish:
 *
 * Thread: main
 * Errors: %BOUNCE_SERVICE_ERROR_INVALID: not absolute, `/` or a home folder;
 *   %BOUNCE_SERVICE_ERROR_NOT_EMPTY, %BOUNCE_SERVICE_ERROR_TAKEN, %BOUNCE_SERVICE_ERROR_NO_SPACE,
 *   %BOUNCE_SERVICE_ERROR_NOT_WRITABLE; %G_IO_ERROR_CANCELLED
 * Returns: (transfer full): what the folder is like
 */
BounceStorageCheck *
bounce_service_check_storage_finish (BounceService *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), NULL);

  return g_task_propagate_pointer (G_TASK (result), error);
}
