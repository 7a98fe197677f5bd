/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* Spool files, and the room there is for them.
 *
 * A spool file has a name in .incoming from the start (O_TMPFILE is missing on several network and
 * overlay file systems, and linking can not replace a file). The folder is emptied at start, so
 * its entries need no sync. Below the reserve nothing is received, so that deliveries, which free
 * space, can always be recorded. */

#include "config.h"

#include "bounce-store-spool-private.h"

#include "bounce-file.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <unistd.h>

#define RESERVE_BYTES (64 * 1024 * 1024)
/* How old the free space may be: at 1 GB/s, less than the reserve arrives in it. */
#define SPACE_AGE_US (50 * 1000)

static guint64
refresh_free_bytes (BounceStore *self)
{
  gint64 now_us = g_get_monotonic_time ();

  if (self->free_checked_at_us == 0 || now_us - self->free_checked_at_us > SPACE_AGE_US)
    {
      self->free_bytes = MIN (bounce_file_get_free_bytes (self->base_dir),
                              bounce_file_get_free_bytes (self->data_dir));
      self->free_checked_at_us = now_us;
    }
  return self->free_bytes;
}

/**
 * bounce_store_get_free_bytes:
 *
 * Thread: any. Returns: what is free where the studies and the database are, the lesser of both, at
 * most 50 ms old
 */
guint64
bounce_store_get_free_bytes (BounceStore *self)
{
  g_autoptr (GMutexLocker) locker G_GNUC_UNUSED = g_mutex_locker_new (&self->space_mutex);

  return refresh_free_bytes (self);
}

/* An import that hung on a disk comes back when the store has been closed without it (the service
 * waits for a while only). Errors: DATABASE. */
gboolean
bounce_store_check_open (BounceStore *self, GError **error)
{
  if (!g_atomic_int_get (&self->is_closing))
    return TRUE;
  g_set_error_literal (error, BOUNCE_STORE_ERROR, BOUNCE_STORE_ERROR_DATABASE,
                       "the store is closed");
  return FALSE;
}

/**
 * bounce_store_check_space:
 *
 * For whoever writes to a spool file: one instance alone may be larger than what is free.
 *
 * Thread: any. Errors: NO_SPACE below 64 MB free, NOT_MOUNTED when the storage is not there to ask,
 * DATABASE once the store is closed.
 * Returns: whether writing may go on
 */
gboolean
bounce_store_check_space (BounceStore *self, GError **error)
{
  if (bounce_store_get_free_bytes (self) >= RESERVE_BYTES)
    return TRUE;
  if (!bounce_store_check_open (self, error) || !bounce_tree_check_mounted (self->tree, error))
    return FALSE;
  g_set_error (error, BOUNCE_STORE_ERROR, BOUNCE_STORE_ERROR_NO_SPACE, "less than %d MB are free",
               RESERVE_BYTES / 1024 / 1024);
  return FALSE;
}

/**
 * bounce_store_open_spool:
 *
 * Only in the tree that was opened: in another one, mounted over it meanwhile, the file would be
 * kept where this database is not believed after the next start.
 *
 * Thread: any. Errors: NOT_MOUNTED; NO_SPACE below 64 MB free or when the disk says so; IO.
 *
 * Returns: (transfer full): an empty file to write to
 */
BounceSpool *
bounce_store_open_spool (BounceStore *self, GError **error)
{
  BounceSpool *spool;
  g_autofree char *path = NULL;
  int fd;

  if (!bounce_store_check_open (self, error) || !bounce_tree_check_mounted (self->tree, error)
      || !bounce_store_check_space (self, error))
    return NULL;
  path = g_strdup_printf ("%s/%s/%d", self->base_dir, BOUNCE_TREE_INCOMING,
                          g_atomic_int_add (&self->last_spool, 1));
  fd = open (path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  if (fd < 0)
    {
      bounce_store_set_error_errno (error, errno, "making", path);
      return NULL;
    }
  spool = g_new0 (BounceSpool, 1);
  spool->fd = fd;
  spool->path = g_steal_pointer (&path);
  return spool;
}

/**
 * bounce_spool_get_fd:
 * @spool: an open one
 *
 * Returns: the descriptor to write to; it stays the spool's
 */
int
bounce_spool_get_fd (BounceSpool *spool)
{
  return spool->fd;
}

/* Closes the file and keeps it: it has another name now. */
void
bounce_spool_release (BounceSpool *spool)
{
  close (spool->fd);
  g_free (spool->path);
  g_free (spool);
}

/**
 * bounce_spool_discard:
 * @spool: (transfer full): what was written is thrown away
 */
void
bounce_spool_discard (BounceSpool *spool)
{
  g_unlink (spool->path);
  bounce_spool_release (spool);
}
