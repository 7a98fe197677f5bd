/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* One Part 10 file becomes an instance in the same way as a received one: its data set bytes pass
 * unchanged through the instance writer into a spool file, behind a file meta group of ours, and
 * the store accepts it. Thread: the import's. */

#include "config.h"

#include "bounce-import-private.h"

#include "bounce-dicom-error.h"
#include "bounce-intake.h"

#include <string.h>

#define IMPORT_AE      "IMPORT"
#define PREAMBLE_BYTES 128 /* PS3.10 7.1 */
#define MAX_WAIT_MS    20  /* so that 50 files a second are still looked at */

static gssize
read_some (
    BounceImportRun *self, BounceImportRead read, gpointer source, gsize offset, GError **error)
{
  gssize n;

  if (g_cancellable_set_error_if_cancelled (self->cancellable, error))
    return -1;
  n = read (source, self->buffer + offset, BOUNCE_IMPORT_BUFFER_BYTES - offset, error);
  if (n > 0)
    bounce_import_count_read (self->import, (gsize) n);
  return n;
}

static gboolean
fill_buffer (
    BounceImportRun *self, BounceImportRead read, gpointer source, gsize *size, GError **error)
{
  gssize n = 1;

  for (*size = 0; *size < BOUNCE_IMPORT_BUFFER_BYTES && n > 0; *size += (gsize) MAX (n, 0))
    n = read_some (self, read, source, *size, error);
  return n >= 0;
}

/* PS3.10 8.6: a media directory has no study; its class stands in the file meta group, as Media
 * Storage SOP Class UID (0002,0002). */
static gboolean
is_media_directory (const guint8 *meta, gsize size)
{
  static const char element[] = "\2\0\2\0UI\24\0001.2.840.10008.1.3.10";

  return memmem (meta, size, element, sizeof element - 1) != NULL;
}

static gboolean
has_magic (const guint8 *data, gsize size)
{
  return size >= PREAMBLE_BYTES + 4 && memcmp (data + PREAMBLE_BYTES, "DICM", 4) == 0;
}

static BounceInstanceHead *
parse_head (BounceImportRun *self,
            gsize offset,
            gsize size,
            const char *transfer_syntax_uid,
            GError **error)
{
  g_autoptr (BounceInstanceHead) head = bounce_dataset_head_parse (
      self->buffer + offset, MIN (size - offset, BOUNCE_DATASET_HEAD_MAX_BYTES),
      transfer_syntax_uid, error);

  if (head == NULL)
    return NULL;
  if (head->sop_class_uid == NULL)
    {
      g_set_error_literal (error, BOUNCE_DICOM_ERROR, BOUNCE_DICOM_ERROR_BAD_UID,
                           "the file has no SOP class");
      return NULL;
    }
  if (head->transfer_syntax_uid == NULL)
    head->transfer_syntax_uid = g_strdup (transfer_syntax_uid);
  return g_steal_pointer (&head);
}

/* Nothing was sent, so the file meta group names no sender and receiver (PS3.10 7.1). */
static gboolean
begin_instance (BounceImportRun *self, const BounceInstanceHead *head, GError **error)
{
  BouncePart10Meta meta = { .sop_class_uid = head->sop_class_uid,
                            .sop_instance_uid = head->sop_instance_uid,
                            .transfer_syntax_uid = head->transfer_syntax_uid,
                            .source_ae = IMPORT_AE };
  BounceSpool *spool = bounce_store_open_spool (self->store, error);

  if (spool == NULL)
    return FALSE;
  bounce_instance_writer_begin (self->writer, spool, &meta);
  return TRUE;
}

/* What is in the buffer from offset to size, and all that follows. */
static gboolean
copy_dataset (BounceImportRun *self,
              BounceImportRead read,
              gpointer source,
              gsize offset,
              gsize size,
              GError **error)
{
  gssize n = (gssize) (size - offset);

  while (n > 0)
    {
      if (!bounce_store_check_space (self->store, error)
          || !bounce_instance_writer_write (self->writer, self->buffer + offset, (gsize) n, error))
        return FALSE;
      offset = 0;
      n = read_some (self, read, source, 0, error);
    }
  return n == 0;
}

static gboolean
accept_instance (BounceImportRun *self, GError **error)
{
  BounceAcceptance acceptance;

  if (!bounce_instance_writer_accept (self->writer, self->store, self->association_id, &acceptance,
                                      error))
    return FALSE;
  bounce_study_announcer_tell (self->announcer,
                               bounce_instance_writer_get_head (self->writer)->study_uid);
  bounce_import_count_taken (self->import, acceptance);
  return TRUE;
}

static BounceImportResult
take_dataset (
    BounceImportRun *self, BounceImportRead read, gpointer source, gsize size, GError **error)
{
  g_autofree char *transfer_syntax_uid = NULL;
  g_autoptr (BounceInstanceHead) head = NULL;
  gsize offset;
  gboolean is_taken;

  if (!bounce_part10_find_dataset (self->buffer, size, &offset, &transfer_syntax_uid, error))
    return BOUNCE_IMPORT_FAILED;
  if (is_media_directory (self->buffer, offset))
    return BOUNCE_IMPORT_DIRECTORY;
  head = parse_head (self, offset, size, transfer_syntax_uid, error);
  if (head == NULL)
    return BOUNCE_IMPORT_FAILED;
  is_taken = begin_instance (self, head, error)
             && copy_dataset (self, read, source, offset, size, error)
             && accept_instance (self, error);
  bounce_instance_writer_discard (self->writer);
  return is_taken ? BOUNCE_IMPORT_TAKEN : BOUNCE_IMPORT_FAILED;
}

/* A sender waits for its answers, a folder for nothing: what comes in by network goes first, as
 * long as an import still gets on. */
static void
give_way (void)
{
  for (guint i = 0; i < MAX_WAIT_MS && bounce_intake_is_receiving (); i++)
    g_usleep (1000);
}

/**
 * bounce_import_run_instance: (skip)
 * @read: gives the bytes of one file
 *
 * Thread: the import's; blocks
 * Errors: %G_IO_ERROR_CANCELLED, those of @read, #BounceDicomError, #BounceStoreError,
 *   #BounceCoreError for what is not durable
 */
BounceImportResult
bounce_import_run_instance (BounceImportRun *self,
                            BounceImportRead read,
                            gpointer source,
                            GError **error)
{
  g_autoptr (GError) cause = NULL;
  BounceImportResult result;
  gsize size;

  give_way ();
  if (!fill_buffer (self, read, source, &size, error))
    return BOUNCE_IMPORT_FAILED;
  result = take_dataset (self, read, source, size, &cause);
  if (result != BOUNCE_IMPORT_FAILED)
    return result;
  /* Without its mark, what cannot be read need not be DICOM at all. */
  if (g_error_matches (cause, BOUNCE_DICOM_ERROR, BOUNCE_DICOM_ERROR_MALFORMED)
      && !has_magic (self->buffer, size))
    return BOUNCE_IMPORT_NO_DICOM;
  g_propagate_error (error, g_steal_pointer (&cause));
  return BOUNCE_IMPORT_FAILED;
}
