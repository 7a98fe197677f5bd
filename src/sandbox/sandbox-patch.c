/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* The body of one PATCH on its way to the disk. Chunks are written as they come, never gathered.
 * At the end, be it the end of the body or of the connection, the file is synced in a thread, then
 * the new offset is committed, and only then the answer says so. A patch lives from the request's
 * headers until that is done; the upload is busy meanwhile. Main thread, but for the sync. */

#include "config.h"

#include "sandbox-patch.h"

#include "sandbox-reply.h"

#include "bounce-core-error.h"
#include "bounce-file.h"

#include <fcntl.h>
#include <glib/gstdio.h>
#include <unistd.h>

#define PATCH_KEY "sandbox-patch"

typedef struct
{
  Sandbox *sandbox;
  SoupServerMessage *message; /* (owned) */
  SandboxUpload *upload;      /* (owned) */
  int fd;
  guint64 received_bytes;
  guint64 stored_bytes;
  guint64 room_bytes; /* what may be stored: the rest of the upload, or less by a fault */
  guint64 drop_after; /* by a fault */
  gboolean is_settling;
  gboolean is_whole; /* the body came to its end */
  gboolean is_too_long;
  GError *error;              /* (owned) (nullable) of writing or syncing */
  SoupServerMessage *waiting; /* (owned) (nullable) held: a request for the same upload */
  SandboxPatchFunc waiting_func;
} SandboxPatch;

static void
free_patch (SandboxPatch *self)
{
  if (self->fd >= 0)
    close (self->fd);
  g_clear_error (&self->error);
  sandbox_upload_free (self->upload);
  g_signal_handlers_disconnect_by_data (self->message, self);
  g_object_set_data (G_OBJECT (self->message), PATCH_KEY, NULL);
  g_object_unref (self->message);
  g_free (self);
}

static void
answer (SandboxPatch *self)
{
  g_autofree char *offset =
      g_strdup_printf ("%" G_GUINT64_FORMAT, self->upload->offset_bytes + self->stored_bytes);

  if (self->error != NULL)
    {
      sandbox_reply_error (self->message, self->error);
      return;
    }
  sandbox_set_header (self->message, "Upload-Offset", offset);
  if (self->is_too_long)
    sandbox_reply_empty (self->message, SOUP_STATUS_REQUEST_ENTITY_TOO_LARGE);
  else
    sandbox_reply_empty (self->message, SOUP_STATUS_NO_CONTENT);
}

static void
remember (SandboxPatch *self)
{
  SandboxDatabase *database = self->sandbox->database;
  SandboxRange range = {
    .from = self->upload->offset_bytes,
    .to = self->upload->offset_bytes + self->stored_bytes,
    .is_acknowledged = self->is_whole && !sandbox_is_gone (self->message),
  };
  gint64 expires_at_us = g_get_real_time () + self->sandbox->options->upload_lifetime_us;

  if (self->error == NULL)
    sandbox_database_add_range (database, self->upload->id, &range, expires_at_us, &self->error);
}

static void
synced_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  SandboxPatch *self = user_data;

  if (!g_task_propagate_boolean (G_TASK (result), self->error == NULL ? &self->error : NULL))
    self->stored_bytes = 0;
  self->sandbox->jobs--;
  remember (self);
  g_hash_table_remove (self->sandbox->patches, self->upload->id);
  if (self->is_whole)
    {
      answer (self);
      sandbox_release (self->message);
    }
  if (self->waiting != NULL)
    {
      self->waiting_func (self->sandbox, self->waiting);
      sandbox_release (self->waiting);
    }
  free_patch (self);
}

static void
sync_worker (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  if (fdatasync (GPOINTER_TO_INT (data)) == 0)
    g_task_return_boolean (task, TRUE);
  else
    g_task_return_new_error (task, SANDBOX_ERROR, SANDBOX_ERROR_STORAGE, "sync: %s",
                             g_strerror (errno));
}

static void
settle (SandboxPatch *self)
{
  g_autoptr (GTask) task = g_task_new (NULL, NULL, synced_cb, self);

  g_task_set_source_tag (task, settle);
  self->is_settling = TRUE;
  self->sandbox->jobs++;
  g_task_set_task_data (task, GINT_TO_POINTER (self->fd), NULL);
  g_task_run_in_thread (task, sync_worker);
}

static void
cut_off (SandboxPatch *self)
{
  if (self->is_settling)
    return;
  sandbox_disconnect (self->message);
  settle (self);
}

static void
got_chunk_cb (SoupServerMessage *message, GBytes *chunk, gpointer user_data)
{
  SandboxPatch *self = user_data;
  gsize size;
  const void *data = g_bytes_get_data (chunk, &size);
  guint64 room = self->room_bytes - self->stored_bytes;
  gsize taken = MIN (MIN (size, room), self->drop_after - self->received_bytes);

  if (self->is_settling || self->error != NULL)
    return;
  self->received_bytes += size;
  self->is_too_long |=
      self->received_bytes > self->upload->length_bytes - self->upload->offset_bytes;
  if (bounce_file_write_all (self->fd, data, taken, &self->error))
    self->stored_bytes += taken;
  if (self->received_bytes >= self->drop_after)
    cut_off (self);
}

static void
message_finished_cb (SoupServerMessage *message, gpointer user_data)
{
  SandboxPatch *self = user_data;

  if (!self->is_settling)
    settle (self);
}

static int
open_at_offset (Sandbox *sandbox, const SandboxUpload *upload, GError **error)
{
  g_autofree char *path = sandbox_path_of_upload (sandbox, upload->id);
  int fd = g_open (path, O_WRONLY | O_CLOEXEC | O_NOFOLLOW, 0);

  /* Bytes beyond the offset were never acknowledged: left by a crash or a failed sync. */
  if (fd >= 0 && ftruncate (fd, upload->offset_bytes) == 0
      && lseek (fd, upload->offset_bytes, SEEK_SET) >= 0)
    return fd;
  g_set_error (error, SANDBOX_ERROR, SANDBOX_ERROR_STORAGE, "upload: %s", g_strerror (errno));
  if (fd >= 0)
    close (fd);
  return -1;
}

/**
 * sandbox_patch_begin:
 * @message: a PATCH whose headers were checked; its body has not come yet
 * @upload: (transfer full): where the bytes go
 *
 * Thread: main
 * Source: TUS 1.0 PATCH: a server should keep as much of a broken request as possible
 */
void
sandbox_patch_begin (Sandbox *sandbox, SoupServerMessage *message, SandboxUpload *upload)
{
  g_autoptr (GError) error = NULL;
  SandboxPatch *self = g_new0 (SandboxPatch, 1);

  self->sandbox = sandbox;
  self->message = g_object_ref (message);
  self->upload = upload;
  self->room_bytes =
      MIN (upload->length_bytes - upload->offset_bytes, sandbox_faults_get_store_limit (message));
  self->drop_after = sandbox_faults_get_drop_after (message);
  self->fd = open_at_offset (sandbox, upload, &error);
  if (self->fd < 0)
    {
      sandbox_reply_error (message, error);
      free_patch (self);
      return;
    }
  g_hash_table_insert (sandbox->patches, self->upload->id, self);
  g_object_set_data (G_OBJECT (message), PATCH_KEY, self);
  g_signal_connect (message, "got-chunk", G_CALLBACK (got_chunk_cb), self);
  g_signal_connect (message, "finished", G_CALLBACK (message_finished_cb), self);
}

/**
 * sandbox_patch_finish:
 *
 * The whole body of @message came.
 */
void
sandbox_patch_finish (SoupServerMessage *message)
{
  SandboxPatch *self = g_object_get_data (G_OBJECT (message), PATCH_KEY);

  /* Cut off meanwhile: nobody is there to read an answer. */
  if (self == NULL || self->is_settling)
    {
      sandbox_reply_empty (message, SOUP_STATUS_CONFLICT);
      return;
    }
  self->is_whole = TRUE;
  sandbox_hold (message);
  settle (self);
}

/**
 * sandbox_patch_interrupt_all:
 *
 * Cuts off every PATCH; what arrived is being kept.
 */
void
sandbox_patch_interrupt_all (Sandbox *sandbox)
{
  GHashTableIter iter;
  gpointer patch;

  g_hash_table_iter_init (&iter, sandbox->patches);
  while (g_hash_table_iter_next (&iter, NULL, &patch))
    cut_off (patch);
}

/**
 * sandbox_patch_interrupt:
 * @id: of a TUS upload
 * @message: a request that needs to know where that upload stands
 * @func: called with @message when the bytes that arrived so far are safe
 *
 * A client that lost its connection asks before we have noticed: what it left behind must be
 * counted before it is told an offset.
 *
 * Returns: FALSE when the upload is not receiving, or another request waits for it already
 */
gboolean
sandbox_patch_interrupt (Sandbox *sandbox,
                         const char *id,
                         SoupServerMessage *message,
                         SandboxPatchFunc func)
{
  SandboxPatch *self = g_hash_table_lookup (sandbox->patches, id);

  if (self == NULL || self->waiting != NULL)
    return FALSE;
  sandbox_hold (message);
  self->waiting = message;
  self->waiting_func = func;
  cut_off (self);
  return TRUE;
}
