/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* One instance on its way from the wire to its spool file.
 *
 * The file meta group goes first; it needs nothing but the C-STORE command. The data set bytes
 * follow exactly as they came. Both pass through one buffer that is reused for every instance of
 * the association: few write calls, flat memory. The digests are taken as the bytes arrive, while
 * they are in the cache, and the tags are read as they pass: once the last one wanted is there, a
 * data set that cannot be kept is refused without waiting for its end.
 *
 * Thread: an association's own. Nothing here is shared. */

#include "config.h"

#include "bounce-instance-writer.h"

#include <string.h>

#include "bounce-file.h"

/* Small enough for the second-level cache and for a hundred associations at once. */
#define BUFFER_BYTES (256 * 1024)

struct _BounceInstanceWriter
{
  BounceSpool *spool;            /* (owned) (nullable) */
  BounceDigest *digest;          /* (owned) (nullable) */
  BounceHeadReader *head_reader; /* (owned) (nullable) until the last tag wanted was read */
  BounceInstanceHead *head;      /* (owned) (nullable) from then on */
  char *transfer_syntax_uid;     /* (owned) of the presentation context */
  char *sop_class_uid;           /* (owned) of the command */
  char *sop_instance_uid;        /* (owned) of the command */
  guint8 *buffer;                /* (owned) BUFFER_BYTES long */
  gsize used_bytes;
  guint64 size_bytes; /* of the file so far, buffered or written */
};

/**
 * bounce_instance_writer_new:
 *
 * Returns: (transfer full): a writer for the instances of one association
 */
BounceInstanceWriter *
bounce_instance_writer_new (void)
{
  BounceInstanceWriter *self = g_new0 (BounceInstanceWriter, 1);

  self->buffer = g_malloc (BUFFER_BYTES);
  return self;
}

/**
 * bounce_instance_writer_discard:
 *
 * Drops the instance in progress, and its file with it. Does nothing when there is none.
 */
void
bounce_instance_writer_discard (BounceInstanceWriter *self)
{
  g_clear_pointer (&self->spool, bounce_spool_discard);
  g_clear_pointer (&self->digest, bounce_digest_free);
  g_clear_pointer (&self->head_reader, bounce_head_reader_free);
  g_clear_pointer (&self->head, bounce_instance_head_free);
  g_clear_pointer (&self->transfer_syntax_uid, g_free);
  g_clear_pointer (&self->sop_class_uid, g_free);
  g_clear_pointer (&self->sop_instance_uid, g_free);
  self->used_bytes = 0;
  self->size_bytes = 0;
}

/**
 * bounce_instance_writer_free:
 *
 * Discards what is in progress and frees the writer.
 */
void
bounce_instance_writer_free (BounceInstanceWriter *self)
{
  bounce_instance_writer_discard (self);
  g_free (self->buffer);
  g_free (self);
}

/**
 * bounce_instance_writer_begin:
 * @spool: (transfer full): an empty spool file
 * @meta: what the command and the association say of the instance
 *
 * Begins an instance with its Part 10 header.
 *
 * Source: PS3.10 7.1.
 */
void
bounce_instance_writer_begin (BounceInstanceWriter *self,
                              BounceSpool *spool,
                              const BouncePart10Meta *meta)
{
  g_autoptr (GBytes) header = bounce_part10_header_new (meta);
  gsize size;
  const guint8 *data = g_bytes_get_data (header, &size);

  g_assert (size <= BUFFER_BYTES);
  bounce_instance_writer_discard (self);
  self->spool = spool;
  self->digest = bounce_digest_new ();
  self->head_reader = bounce_head_reader_new (meta->transfer_syntax_uid);
  self->transfer_syntax_uid = g_strdup (meta->transfer_syntax_uid);
  self->sop_class_uid = g_strdup (meta->sop_class_uid);
  self->sop_instance_uid = g_strdup (meta->sop_instance_uid);
  memcpy (self->buffer, data, size);
  bounce_digest_update_header (self->digest, data, size);
  self->used_bytes = self->size_bytes = size;
}

/* The command is what the answer refers to; a data set that names another instance would be kept
 * under a name that nobody asked for (PS3.4 B.2.3, status A900). */
static gboolean
check_head (BounceInstanceWriter *self, const BounceInstanceHead *head, GError **error)
{
  /* The data set may leave the class out; then it is the command's. */
  if ((head->sop_class_uid != NULL && !g_str_equal (head->sop_class_uid, self->sop_class_uid))
      || g_strcmp0 (head->sop_instance_uid, self->sop_instance_uid) != 0)
    {
      g_set_error_literal (error, BOUNCE_DICOM_ERROR, BOUNCE_DICOM_ERROR_MISMATCH,
                           "Data set and command name different instances");
      return FALSE;
    }
  return TRUE;
}

static void
replace_string (char **location, const char *value)
{
  g_free (*location);
  *location = g_strdup (value);
}

static gboolean
finish_head (BounceInstanceWriter *self, GError **error)
{
  g_autoptr (BounceInstanceHead) head = bounce_head_reader_finish (self->head_reader, error);

  g_clear_pointer (&self->head_reader, bounce_head_reader_free);
  if (head == NULL || !check_head (self, head, error))
    return FALSE;
  replace_string (&head->sop_class_uid, self->sop_class_uid);
  replace_string (&head->transfer_syntax_uid, self->transfer_syntax_uid);
  self->head = g_steal_pointer (&head);
  return TRUE;
}

static gboolean
empty_buffer (BounceInstanceWriter *self, GError **error)
{
  if (!bounce_file_write_all (bounce_spool_get_fd (self->spool), self->buffer, self->used_bytes,
                              error))
    return FALSE;
  self->used_bytes = 0;
  return TRUE;
}

/**
 * bounce_instance_writer_write:
 * @data: data set bytes as they were on the wire
 *
 * Shape: any piece of the data set, in order.
 * Errors: as bounce_head_reader_finish(); #BOUNCE_DICOM_ERROR_MISMATCH when the data set is not
 *   what the command says; #BOUNCE_CORE_ERROR from the file.
 * Returns: %FALSE when the instance cannot be kept
 */
gboolean
bounce_instance_writer_write (BounceInstanceWriter *self,
                              const guint8 *data,
                              gsize size,
                              GError **error)
{
  bounce_digest_update (self->digest, data, size);
  self->size_bytes += size;
  if (self->head_reader != NULL && !bounce_head_reader_feed (self->head_reader, data, size)
      && !finish_head (self, error))
    return FALSE;
  while (size > 0)
    {
      gsize part = MIN (size, BUFFER_BYTES - self->used_bytes);

      memcpy (self->buffer + self->used_bytes, data, part);
      self->used_bytes += part;
      data += part;
      size -= part;
      if (self->used_bytes == BUFFER_BYTES && !empty_buffer (self, error))
        return FALSE;
    }
  return TRUE;
}

/**
 * bounce_instance_writer_accept:
 * @association_id: of the store, where it came from
 * @acceptance: (out): what became of it
 *
 * Writes what is buffered and has the store accept the file.
 *
 * Thread: waits for the disk and the store's writer
 * Errors: as bounce_instance_writer_write() and bounce_store_accept_sync(); nothing was kept then
 * Returns: whether the instance is durable
 */
gboolean
bounce_instance_writer_accept (BounceInstanceWriter *self,
                               BounceStore *store,
                               gint64 association_id,
                               BounceAcceptance *acceptance,
                               GError **error)
{
  BounceArrival arrival = { .association_id = association_id };

  if ((self->head_reader != NULL && !finish_head (self, error)) || !empty_buffer (self, error))
    return FALSE;
  arrival.study_uid = self->head->study_uid;
  arrival.series_uid = self->head->series_uid;
  arrival.sop_instance_uid = self->head->sop_instance_uid;
  arrival.size_bytes = self->size_bytes;
  bounce_digest_finish (self->digest, &arrival.crc32, arrival.dataset_sha256);
  return bounce_store_accept_sync (store, g_steal_pointer (&self->spool), &arrival, self->head,
                                   acceptance, error);
}

/**
 * bounce_instance_writer_get_head:
 *
 * Returns: (transfer none) (nullable): the tags, once enough has arrived
 */
const BounceInstanceHead *
bounce_instance_writer_get_head (BounceInstanceWriter *self)
{
  return self->head;
}
