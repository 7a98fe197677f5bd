/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A fast C-STORE sender for tests and benchmarks. It sends the dataset bytes of Part 10 files as
 * they are, in the transfer syntax they have, one thread per association; on request it misbehaves.
 */

#include "bounce-rawsend.h"
#include "bounce-part10.h"
#include "bounce-rawsend-association.h"

#include <gio/gio.h>
#include <string.h>

enum
{
  MAX_CONTEXTS = 128,
};

typedef struct
{
  GMappedFile *mapped; /* (owned) */
  BouncePart10Meta meta;
  guint context;
} Item;

/* The work of one association; only its own thread writes to it. */
typedef struct
{
  const BounceRawsend *options;
  GPtrArray *items; /* (element-type Item) */
  BounceRawContext contexts[MAX_CONTEXTS];
  guint n_contexts;
  BounceRawsendResult result;
  GError *error; /* (owned) (nullable) */
} Work;

static void
item_free (gpointer data)
{
  Item *item = data;

  g_mapped_file_unref (item->mapped);
  g_free (item);
}

static Item *
open_item (const BounceRawsend *options, const char *path, GError **error)
{
  g_autofree Item *item = g_new0 (Item, 1);
  g_autoptr (GMappedFile) mapped = g_mapped_file_new (path, FALSE, error);

  if (mapped == NULL)
    return NULL;
  if (!bounce_part10_read_meta (g_mapped_file_get_contents (mapped),
                                g_mapped_file_get_length (mapped), &item->meta))
    {
      g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA, "%s has no meta group", path);
      return NULL;
    }
  if (options->sop_class_uid != NULL)
    g_strlcpy (item->meta.sop_class_uid, options->sop_class_uid, 65);
  if (options->sop_instance_uid != NULL)
    g_strlcpy (item->meta.sop_instance_uid, options->sop_instance_uid, 65);
  if (options->transfer_syntax_uid != NULL)
    g_strlcpy (item->meta.transfer_syntax_uid, options->transfer_syntax_uid, 65);
  item->mapped = g_steal_pointer (&mapped);
  return g_steal_pointer (&item);
}

/* Finds or adds the item's presentation context. */
static gboolean
assign_context (Work *work, Item *item)
{
  for (item->context = 0; item->context < work->n_contexts; item->context++)
    {
      const BounceRawContext *context = &work->contexts[item->context];

      if (strcmp (context->sop_class_uid, item->meta.sop_class_uid) == 0
          && strcmp (context->transfer_syntax_uid, item->meta.transfer_syntax_uid) == 0)
        return TRUE;
    }
  if (work->n_contexts == MAX_CONTEXTS)
    return FALSE;
  work->contexts[work->n_contexts++] =
      (BounceRawContext){ item->meta.sop_class_uid, item->meta.transfer_syntax_uid };
  return TRUE;
}

static void
add_command_element (GByteArray *out, guint16 element, gconstpointer value, guint32 size)
{
  static const guint8 padding = 0;
  const guint16 tag[2] = { 0, GUINT16_TO_LE (element) };
  guint32 length = GUINT32_TO_LE (size + (size & 1));

  g_byte_array_append (out, (const guint8 *) tag, sizeof tag);
  g_byte_array_append (out, (const guint8 *) &length, sizeof length);
  g_byte_array_append (out, value, size);
  if (size & 1)
    g_byte_array_append (out, &padding, 1);
}

static void
add_command_us (GByteArray *out, guint16 element, guint16 value)
{
  value = GUINT16_TO_LE (value);
  add_command_element (out, element, &value, sizeof value);
}

/* Source: PS3.7 section 9.3.1.1. */
static GByteArray *
make_store_command (const Item *item, guint16 message_id)
{
  g_autoptr (GByteArray) body = g_byte_array_new ();
  GByteArray *command = g_byte_array_new ();
  guint32 size;

  add_command_element (body, 0x0002, item->meta.sop_class_uid, strlen (item->meta.sop_class_uid));
  add_command_us (body, 0x0100, 0x0001);
  add_command_us (body, 0x0110, message_id);
  add_command_us (body, 0x0700, 0);
  add_command_us (body, 0x0800, 0x0102);
  add_command_element (body, 0x1000, item->meta.sop_instance_uid,
                       strlen (item->meta.sop_instance_uid));
  size = GUINT32_TO_LE (body->len);
  add_command_element (command, 0x0000, &size, sizeof size);
  g_byte_array_append (command, body->data, body->len);
  return command;
}

static gboolean
send_item (Work *work,
           BounceRawAssociation *association,
           const Item *item,
           guint16 message_id,
           GError **error)
{
  const BounceRawsend *options = work->options;
  g_autoptr (GByteArray) command = make_store_command (item, message_id);
  const guint8 *bytes =
      (const guint8 *) g_mapped_file_get_contents (item->mapped) + item->meta.dataset_offset;
  gsize size = g_mapped_file_get_length (item->mapped) - item->meta.dataset_offset;
  gboolean is_stopping = options->stop_after_bytes > 0 && options->stop_after_bytes < size;
  guint16 status = 0;

  if (is_stopping)
    size = options->stop_after_bytes;
  size -= MIN (options->cut_dataset_bytes, size);
  if (!bounce_raw_association_send (association, item->context, TRUE, command->data, command->len,
                                    TRUE, error)
      || !bounce_raw_association_send (association, item->context, FALSE, bytes, size, !is_stopping,
                                       error))
    return FALSE;
  if (is_stopping)
    {
      if (options->is_abort)
        bounce_raw_association_abort (association);
      g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_CANCELLED, "stopped as asked");
      return FALSE;
    }
  if (!bounce_raw_association_read_status (association, &status, error))
    return FALSE;

  work->result.dataset_bytes += size;
  if (status == 0)
    work->result.n_success++;
  else
    {
      work->result.n_refused++;
      work->result.last_refusal = status;
    }
  if (options->answered != NULL)
    options->answered (item->meta.sop_instance_uid, status, options->user_data);
  return TRUE;
}

/* Late ones follow at once, so that the rate holds. */
static void
wait_until (gint64 due_us)
{
  gint64 wait_us = due_us - g_get_monotonic_time ();

  if (wait_us > 0)
    g_usleep (wait_us);
}

static void
send_items (Work *work, BounceRawAssociation *association)
{
  guint n_repeats = MAX (work->options->n_repeats, 1);
  gint64 due_us = g_get_monotonic_time ();
  guint16 message_id = 0;

  for (guint i = 0; i < work->items->len; i++)
    for (guint repeat = 0; repeat < n_repeats; repeat++)
      {
        const Item *item = g_ptr_array_index (work->items, i);

        if (!bounce_raw_association_is_accepted (association, item->context))
          {
            work->result.n_refused++;
            continue;
          }
        due_us += work->options->interval_us;
        wait_until (due_us);
        if (!send_item (work, association, item, ++message_id, &work->error))
          return;
      }
  if (!work->options->is_without_release && !bounce_raw_association_release (association))
    g_set_error_literal (&work->error, G_IO_ERROR, G_IO_ERROR_CONNECTION_CLOSED,
                         "no answer to the release");
}

static gpointer
association_worker (gpointer data)
{
  Work *work = data;
  const BounceRawsend *options = work->options;
  const char *called = options->called_ae != NULL ? options->called_ae : "BOUNCE";
  const char *calling = options->calling_ae != NULL ? options->calling_ae : "RAWSEND";
  BounceRawAssociation *association = bounce_raw_association_open (
      options->host != NULL ? options->host : "127.0.0.1", options->port, called, calling,
      work->contexts, work->n_contexts, &work->error);

  if (association != NULL)
    {
      if (options->pdu_bytes > 0)
        bounce_raw_association_limit_pdu (association, options->pdu_bytes);
      send_items (work, association);
      bounce_raw_association_close (association);
    }
  work->result.n_lost = work->items->len * MAX (options->n_repeats, 1) - work->result.n_success
                        - work->result.n_refused;
  return NULL;
}

static gboolean
distribute (const BounceRawsend *options,
            const char *const *paths,
            Work *works,
            guint n_works,
            GError **error)
{
  for (guint i = 0; i < n_works; i++)
    {
      works[i].options = options;
      works[i].items = g_ptr_array_new_with_free_func (item_free);
    }
  for (guint i = 0; paths[i] != NULL; i++)
    {
      Work *work = &works[i % n_works];
      Item *item = open_item (options, paths[i], error);

      if (item == NULL)
        return FALSE;
      g_ptr_array_add (work->items, item);
      if (!assign_context (work, item))
        {
          g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_FAILED,
                               "more than 128 presentation contexts");
          return FALSE;
        }
    }
  return TRUE;
}

static void
add_result (BounceRawsendResult *sum, const BounceRawsendResult *part)
{
  sum->n_success += part->n_success;
  sum->n_refused += part->n_refused;
  sum->n_lost += part->n_lost;
  sum->dataset_bytes += part->dataset_bytes;
  if (part->last_refusal != 0)
    sum->last_refusal = part->last_refusal;
}

/**
 * bounce_rawsend_run:
 * @paths: (array zero-terminated=1): Part 10 files
 * @result: (out): filled also when an association failed
 *
 * Thread: any; blocks until every association has ended.
 *
 * Errors: %G_IO_ERROR of the first association that failed; %G_IO_ERROR_CANCELLED when it stopped
 *   mid-dataset as asked
 *
 * Returns: whether every association was released in order
 */
gboolean
bounce_rawsend_run (const BounceRawsend *options,
                    const char *const *paths,
                    BounceRawsendResult *result,
                    GError **error)
{
  guint n_works = MAX (options->n_associations, 1);
  g_autofree Work *works = g_new0 (Work, n_works);
  g_autofree GThread **threads = g_new0 (GThread *, n_works);
  g_autoptr (GError) first = NULL;
  gint64 started;
  gboolean is_ready = distribute (options, paths, works, n_works, &first);

  memset (result, 0, sizeof *result);
  started = g_get_monotonic_time ();
  for (guint i = 0; is_ready && i < n_works; i++)
    threads[i] = g_thread_new ("rawsend", association_worker, &works[i]);
  for (guint i = 0; is_ready && i < n_works; i++)
    g_thread_join (threads[i]);
  result->seconds = (g_get_monotonic_time () - started) / 1e6;

  for (guint i = 0; i < n_works; i++)
    {
      add_result (result, &works[i].result);
      if (works[i].error != NULL && first == NULL)
        first = g_steal_pointer (&works[i].error);
      g_clear_error (&works[i].error);
      g_ptr_array_unref (works[i].items);
    }
  if (first == NULL)
    return TRUE;
  g_propagate_error (error, g_steal_pointer (&first));
  return FALSE;
}
