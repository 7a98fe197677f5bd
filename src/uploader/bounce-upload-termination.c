/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* TUS DELETE of uploads that nobody will go on with: of a transfer that is abandoned, and of
 * transfers that wait for a retry when their study is deleted. One deadline covers all of it; what
 * it cuts off expires on the server by itself.
 *
 * Thread: main. */

#include "config.h"

#include "bounce-upload-termination.h"

#include "bounce-log.h"
#include "bounce-tus.h"

#define DEADLINE_US (5 * G_USEC_PER_SEC)
/* Newest first: a transfer that may go on is among the last of its study, and a reset does not wait
 * for more than the deadline allows anyway. */
#define MAX_TRANSFERS 200

typedef struct
{
  BounceAurabox *aurabox;    /* (owned) (nullable) when the token is known */
  char *token;               /* (owned) (nullable) until asked for */
  GPtrArray *upload_urls;    /* (owned) (element-type utf8) still to be told */
  GCancellable *cancellable; /* (owned) of the deadline */
  GSource *deadline;         /* (owned) */
} Termination;

static void
termination_free (Termination *self)
{
  g_source_destroy (self->deadline);
  g_source_unref (self->deadline);
  g_object_unref (self->cancellable);
  g_ptr_array_unref (self->upload_urls);
  g_clear_object (&self->aurabox);
  g_free (self->token);
  g_free (self);
}

static gboolean
deadline_reached_cb (gpointer user_data)
{
  g_cancellable_cancel (user_data);
  return G_SOURCE_REMOVE;
}

static GTask *
create_task (BounceHttp *http, BounceClock *clock, GAsyncReadyCallback callback, gpointer user_data)
{
  gint64 at_us = bounce_clock_get_boottime_us (clock) + DEADLINE_US;
  GTask *task = g_task_new (http, NULL, callback, user_data);
  Termination *self = g_new0 (Termination, 1);

  self->upload_urls = g_ptr_array_new_with_free_func (g_free);
  self->cancellable = g_cancellable_new ();
  self->deadline = bounce_clock_call_at (clock, at_us, deadline_reached_cb,
                                         g_object_ref (self->cancellable), g_object_unref);
  g_task_set_task_data (task, self, (GDestroyNotify) termination_free);
  return task;
}

static void terminate_next (GTask *task);

static void
terminated_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  g_autoptr (GError) error = NULL;

  if (!bounce_tus_terminate_finish (BOUNCE_HTTP (source), result, &error))
    bounce_log (BOUNCE_LOG_INFO, "An upload stays on the server until it expires: %s",
                error->message);
  terminate_next (g_steal_pointer (&task));
}

/* Takes task. */
static void
terminate_next (GTask *task)
{
  Termination *self = g_task_get_task_data (task);
  g_autofree char *upload_url = NULL;

  if (self->upload_urls->len == 0 || g_cancellable_is_cancelled (self->cancellable))
    {
      g_task_return_boolean (task, TRUE);
      g_object_unref (task);
      return;
    }
  upload_url = g_ptr_array_steal_index (self->upload_urls, 0);
  bounce_tus_terminate_async (g_task_get_source_object (task), upload_url, self->token,
                              self->cancellable, terminated_cb, task);
}

/**
 * bounce_upload_terminate_async:
 *
 * Thread: main.
 */
void
bounce_upload_terminate_async (BounceHttp *http,
                               BounceClock *clock,
                               const char *upload_url,
                               const char *token,
                               GAsyncReadyCallback callback,
                               gpointer user_data)
{
  GTask *task = create_task (http, clock, callback, user_data);
  Termination *self = g_task_get_task_data (task);

  g_task_set_source_tag (task, bounce_upload_terminate_async);
  self->token = g_strdup (token);
  g_ptr_array_add (self->upload_urls, g_strdup (upload_url));
  terminate_next (task);
}

/**
 * bounce_upload_terminate_finish:
 *
 * It was told, or could not be.
 */
void
bounce_upload_terminate_finish (BounceHttp *http, GAsyncResult *result)
{
  g_return_if_fail (g_task_is_valid (result, http));

  g_task_propagate_boolean (G_TASK (result), NULL);
}

static void
config_fetched_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  Termination *self = g_task_get_task_data (task);
  g_autoptr (BounceUploadConfig) config =
      bounce_aurabox_get_config_finish (BOUNCE_AURABOX (source), result, NULL);

  /* Without a token the server does not listen, and that of another server is none of its business.
   */
  for (guint i = self->upload_urls->len; i > 0; i--)
    if (config == NULL
        || !bounce_tus_is_same_server (config->endpoint,
                                       g_ptr_array_index (self->upload_urls, i - 1)))
      g_ptr_array_remove_index (self->upload_urls, i - 1);
  if (config != NULL)
    self->token = g_strdup (config->token);
  terminate_next (g_steal_pointer (&task));
}

static gboolean
is_left_over (const BounceTransfer *transfer)
{
  return transfer->upload_url != NULL
         && (transfer->state == BOUNCE_TRANSFER_INTERRUPTED
             || transfer->state == BOUNCE_TRANSFER_FAILED);
}

/* Attempts at one upload are rows of their own with the same URL. */
static void
collect_urls (GPtrArray *upload_urls, const GPtrArray *transfers)
{
  for (guint i = 0; i < transfers->len; i++)
    {
      const BounceTransfer *transfer = g_ptr_array_index (transfers, i);

      if (is_left_over (transfer)
          && !g_ptr_array_find_with_equal_func (upload_urls, transfer->upload_url, g_str_equal,
                                                NULL))
        g_ptr_array_add (upload_urls, g_strdup (transfer->upload_url));
    }
}

/* An upload whose last attempt was delivered has no leftovers: its URL is the delivered one's. */
static void
drop_delivered (GPtrArray *upload_urls, const GPtrArray *transfers)
{
  for (guint i = 0; i < transfers->len; i++)
    {
      const BounceTransfer *transfer = g_ptr_array_index (transfers, i);
      guint index;

      if ((transfer->state == BOUNCE_TRANSFER_DELIVERED
           || transfer->state == BOUNCE_TRANSFER_RUNNING)
          && transfer->upload_url != NULL
          && g_ptr_array_find_with_equal_func (upload_urls, transfer->upload_url, g_str_equal,
                                               &index))
        g_ptr_array_remove_index (upload_urls, index);
    }
}

static void
transfers_listed_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  Termination *self = g_task_get_task_data (task);
  g_autoptr (GPtrArray) transfers =
      bounce_store_list_transfers_finish (BOUNCE_STORE (source), result, NULL);

  if (transfers != NULL)
    {
      collect_urls (self->upload_urls, transfers);
      drop_delivered (self->upload_urls, transfers);
    }
  if (self->upload_urls->len == 0)
    terminate_next (g_steal_pointer (&task));
  else
    bounce_aurabox_get_config_async (self->aurabox, self->cancellable, config_fetched_cb,
                                     g_steal_pointer (&task));
}

/**
 * bounce_upload_terminate_leftovers_async:
 * @context: the destination may be paused or without a key; then nobody is told
 *
 * Thread: main.
 */
void
bounce_upload_terminate_leftovers_async (const BounceUploadJobContext *context,
                                         const char *study_uid,
                                         GAsyncReadyCallback callback,
                                         gpointer user_data)
{
  GTask *task = create_task (context->http, context->clock, callback, user_data);
  Termination *self = g_task_get_task_data (task);

  g_task_set_source_tag (task, bounce_upload_terminate_leftovers_async);
  if (bounce_destination_get_paused_reason (context->destination) != NULL)
    {
      terminate_next (task);
      return;
    }
  g_set_object (&self->aurabox, bounce_destination_get_aurabox (context->destination));
  bounce_store_list_transfers_async (context->store, study_uid, MAX_TRANSFERS, transfers_listed_cb,
                                     task);
}

/**
 * bounce_upload_terminate_leftovers_finish:
 *
 * They were told, or could not be.
 */
void
bounce_upload_terminate_leftovers_finish (BounceHttp *http, GAsyncResult *result)
{
  g_return_if_fail (g_task_is_valid (result, http));

  g_task_propagate_boolean (G_TASK (result), NULL);
}
