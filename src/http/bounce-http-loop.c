/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* The HTTP thread.
 *
 * One thread runs curl multi with curl_multi_poll(); any thread may submit, and wakes it. A request
 * is a GTask, completed once and only by the HTTP thread: with a reply, an error, or cancelled.
 * Connections are kept between requests. The object and the thread share a counted loop, so that
 * the last reference to the object may be dropped anywhere, also on the HTTP thread itself.
 *
 * Locks: lock guards the queues and is never held while calling out. */

#include "config.h"

#include "bounce-http-private.h"

#include <poll.h>
#include <sys/select.h>

/* How often stalls are looked for while requests run. */
#define CHECK_INTERVAL_MS 500
#define IDLE_INTERVAL_MS  (60 * 60 * 1000)

struct _BounceHttpLoop
{
  GMutex lock;
  GQueue submitted;       /* (lock lock) (element-type BounceHttpTransfer) */
  GQueue cancelled;       /* (lock lock) (element-type GTask) (owned) */
  gboolean is_stopping;   /* (lock lock) */
  GTask *shutdown;        /* (lock lock) (owned) (nullable) */
  GHashTable *remembered; /* (lock lock) (element-type char* guint64*) */
  CURLM *multi;           /* (owned) */
  GHashTable *running;    /* (HTTP thread only) (element-type GTask BounceHttpTransfer) */
};

typedef struct
{
  BounceHttpLoop *loop; /* (owned) */
  GTask *task;          /* (unowned) alive while the handler is connected */
} CancelWatch;

static void
clear_loop (gpointer data)
{
  BounceHttpLoop *loop = data;

  g_hash_table_unref (loop->running);
  g_hash_table_unref (loop->remembered);
  curl_multi_cleanup (loop->multi);
  g_mutex_clear (&loop->lock);
}

/* Thread: any. */
void
bounce_http_loop_unref (BounceHttpLoop *loop)
{
  g_atomic_rc_box_release_full (loop, clear_loop);
}

static void
cancelled_cb (GCancellable *cancellable, CancelWatch *watch)
{
  g_mutex_lock (&watch->loop->lock);
  /* A loop that stops cancels everything by itself. */
  if (!watch->loop->is_stopping)
    g_queue_push_tail (&watch->loop->cancelled, g_object_ref (watch->task));
  g_mutex_unlock (&watch->loop->lock);
  curl_multi_wakeup (watch->loop->multi);
}

static void
free_watch (gpointer data)
{
  CancelWatch *watch = data;

  bounce_http_loop_unref (watch->loop);
  g_free (watch);
}

static void
release_transfer (BounceHttpLoop *loop, BounceHttpTransfer *transfer)
{
  GTask *task = bounce_http_transfer_get_task (transfer);
  gulong handler = bounce_http_transfer_get_handler (transfer);

  curl_multi_remove_handle (loop->multi, bounce_http_transfer_get_easy (transfer));
  g_cancellable_disconnect (g_task_get_cancellable (task), handler);
}

/* Takes transfer and, when it failed, error. */
static void
complete_transfer (BounceHttpTransfer *transfer, BounceHttpResponse *response, GError *error)
{
  GTask *task = g_object_ref (bounce_http_transfer_get_task (transfer));
  guint64 *sent = g_task_get_task_data (task);

  *sent = bounce_http_transfer_get_sent_bytes (transfer);
  bounce_http_transfer_free (transfer);
  if (response != NULL)
    g_task_return_pointer (task, response, (GDestroyNotify) bounce_http_response_unref);
  else
    g_task_return_error (task, error);
  g_object_unref (task);
}

static void
finish_transfer (BounceHttpLoop *loop,
                 BounceHttpTransfer *transfer,
                 BounceHttpResponse *response,
                 GError *error)
{
  release_transfer (loop, transfer);
  g_hash_table_remove (loop->running, bounce_http_transfer_get_task (transfer));
  complete_transfer (transfer, response, error);
}

static GError *
new_cancelled_error (void)
{
  return g_error_new_literal (G_IO_ERROR, G_IO_ERROR_CANCELLED, "the request was cancelled");
}

static void
start_transfer (BounceHttpLoop *loop, BounceHttpTransfer *transfer)
{
  GTask *task = bounce_http_transfer_get_task (transfer);
  CURLMcode code;

  g_hash_table_insert (loop->running, task, transfer);
  /* Its order may have been taken, and found nothing to cancel, before the request was queued. */
  if (g_cancellable_is_cancelled (g_task_get_cancellable (task)))
    {
      finish_transfer (loop, transfer, NULL, new_cancelled_error ());
      return;
    }
  code = curl_multi_add_handle (loop->multi, bounce_http_transfer_get_easy (transfer));
  if (code != CURLM_OK)
    finish_transfer (
        loop, transfer, NULL,
        bounce_http_error_new (BOUNCE_HTTP_ERROR_LATER, 0, 0, "%s", curl_multi_strerror (code)));
}

static void
cancel_task (BounceHttpLoop *loop, GTask *task)
{
  BounceHttpTransfer *transfer = g_hash_table_lookup (loop->running, task);

  /* It may have ended by itself just before. */
  if (transfer != NULL)
    finish_transfer (loop, transfer, NULL, new_cancelled_error ());
}

/* FALSE when the loop is to stop. */
static gboolean
take_orders (BounceHttpLoop *loop)
{
  GQueue submitted = G_QUEUE_INIT;
  GQueue cancelled = G_QUEUE_INIT;
  BounceHttpTransfer *transfer;
  gboolean is_stopping;
  GTask *task;

  g_mutex_lock (&loop->lock);
  submitted = loop->submitted;
  cancelled = loop->cancelled;
  g_queue_init (&loop->submitted);
  g_queue_init (&loop->cancelled);
  is_stopping = loop->is_stopping;
  g_mutex_unlock (&loop->lock);

  while ((transfer = g_queue_pop_head (&submitted)) != NULL)
    start_transfer (loop, transfer);
  while ((task = g_queue_pop_head (&cancelled)) != NULL)
    {
      cancel_task (loop, task);
      g_object_unref (task);
    }

  return !is_stopping;
}

static void
take_finished (BounceHttpLoop *loop)
{
  CURLMsg *message;
  int left;

  while ((message = curl_multi_info_read (loop->multi, &left)) != NULL)
    {
      BounceHttpTransfer *transfer;
      BounceHttpResponse *response;
      CURLcode code = message->data.result;
      char *private = NULL;
      GError *error = NULL;

      if (message->msg != CURLMSG_DONE)
        continue;
      curl_easy_getinfo (message->easy_handle, CURLINFO_PRIVATE, &private);
      transfer = (BounceHttpTransfer *) private;
      response = bounce_http_transfer_finish (transfer, code, &error);
      finish_transfer (loop, transfer, response, error);
    }
}

/* Whether a server has ended a connection that we still want to write to. libcurl goes on trying
 * until a reset comes, which a full window can hold back for a minute. It does not tell whose the
 * connection is: those that make no progress are meant. */
static gboolean
is_any_hung_up (BounceHttpLoop *loop)
{
  fd_set reading, writing, failing;
  int last = -1;

  FD_ZERO (&reading);
  FD_ZERO (&writing);
  FD_ZERO (&failing);
  if (curl_multi_fdset (loop->multi, &reading, &writing, &failing, &last) != CURLM_OK)
    return FALSE;
  for (int fd = 0; fd <= last; fd++)
    {
      struct pollfd peer = { .fd = fd, .events = POLLRDHUP };

      if (FD_ISSET (fd, &writing) && poll (&peer, 1, 0) > 0 && (peer.revents & POLLRDHUP) != 0)
        return TRUE;
    }

  return FALSE;
}

static void
end_stalled (BounceHttpLoop *loop)
{
  g_autoptr (GPtrArray) stalled = g_ptr_array_new ();
  gint64 now_us = g_get_monotonic_time ();
  gboolean is_hung_up = is_any_hung_up (loop);
  GHashTableIter iter;
  gpointer transfer;

  g_hash_table_iter_init (&iter, loop->running);
  while (g_hash_table_iter_next (&iter, NULL, &transfer))
    if (bounce_http_transfer_is_stalled (transfer, now_us, is_hung_up))
      g_ptr_array_add (stalled, transfer);
  for (guint i = 0; i < stalled->len; i++)
    {
      transfer = g_ptr_array_index (stalled, i);
      finish_transfer (loop, transfer, NULL, bounce_http_transfer_new_stall_error (transfer));
    }
}

static void
cancel_all (BounceHttpLoop *loop)
{
  g_autoptr (GList) left = g_hash_table_get_values (loop->running);

  for (GList *l = left; l != NULL; l = l->next)
    finish_transfer (loop, l->data, NULL, new_cancelled_error ());
}

static gpointer
run_loop_worker (gpointer data)
{
  BounceHttpLoop *loop = data;
  GQueue cancelled = G_QUEUE_INIT;
  g_autoptr (GTask) shutdown = NULL;

  while (take_orders (loop))
    {
      int running = 0;

      curl_multi_perform (loop->multi, &running);
      take_finished (loop);
      end_stalled (loop);
      curl_multi_poll (loop->multi, NULL, 0,
                       g_hash_table_size (loop->running) > 0 ? CHECK_INTERVAL_MS : IDLE_INTERVAL_MS,
                       NULL);
    }
  cancel_all (loop);

  g_mutex_lock (&loop->lock);
  cancelled = loop->cancelled;
  g_queue_init (&loop->cancelled);
  shutdown = g_steal_pointer (&loop->shutdown);
  g_mutex_unlock (&loop->lock);
  g_queue_clear_full (&cancelled, g_object_unref);
  bounce_http_loop_unref (loop);
  if (shutdown != NULL)
    g_task_return_boolean (shutdown, TRUE);

  return NULL;
}

/* Connected before the request is queued: from then on the request is the HTTP thread's. */
static void
watch_cancellable (BounceHttpLoop *loop, BounceHttpTransfer *transfer)
{
  GTask *task = bounce_http_transfer_get_task (transfer);
  GCancellable *cancellable = g_task_get_cancellable (task);
  CancelWatch *watch;

  if (cancellable == NULL)
    return;
  watch = g_new0 (CancelWatch, 1);
  watch->loop = g_atomic_rc_box_acquire (loop);
  watch->task = task;
  bounce_http_transfer_set_handler (
      transfer, g_cancellable_connect (cancellable, G_CALLBACK (cancelled_cb), watch, free_watch));
}

static gboolean
queue_transfer (BounceHttpLoop *loop, BounceHttpTransfer *transfer)
{
  gboolean is_queued;

  g_mutex_lock (&loop->lock);
  is_queued = !loop->is_stopping;
  if (is_queued)
    g_queue_push_tail (&loop->submitted, transfer);
  g_mutex_unlock (&loop->lock);
  if (is_queued)
    curl_multi_wakeup (loop->multi);

  return is_queued;
}

/* (transfer full) transfer: its task is completed on the loop's thread, or at once, cancelled, when
 * the loop stops. Thread: any. */
void
bounce_http_loop_submit (BounceHttpLoop *loop, BounceHttpTransfer *transfer)
{
  watch_cancellable (loop, transfer);
  if (queue_transfer (loop, transfer))
    return;
  g_cancellable_disconnect (g_task_get_cancellable (bounce_http_transfer_get_task (transfer)),
                            bounce_http_transfer_get_handler (transfer));
  complete_transfer (transfer, NULL, new_cancelled_error ());
}

/* shutdown (nullable) is completed when the thread has ended. Thread: any; does not wait. */
void
bounce_http_loop_stop (BounceHttpLoop *loop, GTask *shutdown)
{
  g_mutex_lock (&loop->lock);
  loop->is_stopping = TRUE;
  g_set_object (&loop->shutdown, shutdown);
  g_mutex_unlock (&loop->lock);
  curl_multi_wakeup (loop->multi);
}

static gpointer
init_curl (gpointer data)
{
  if (curl_global_init (CURL_GLOBAL_DEFAULT) != CURLE_OK)
    g_error ("libcurl cannot be initialised");

  return NULL;
}

/* Shape: thread (out) (transfer full): running until the loop is told to stop.
 * Returns: (transfer full) */
BounceHttpLoop *
bounce_http_loop_new (GThread **thread)
{
  static GOnce once = G_ONCE_INIT;
  BounceHttpLoop *loop;

  g_once (&once, init_curl, NULL);
  loop = g_atomic_rc_box_new0 (BounceHttpLoop);
  g_mutex_init (&loop->lock);
  g_queue_init (&loop->submitted);
  g_queue_init (&loop->cancelled);
  loop->remembered = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  loop->running = g_hash_table_new (NULL, NULL);
  loop->multi = curl_multi_init ();
  *thread = g_thread_new ("bounce-http", run_loop_worker, g_atomic_rc_box_acquire (loop));
  return loop;
}

/* Thread: any. Returns: whether key has a value */
gboolean
bounce_http_loop_get_remembered (BounceHttpLoop *loop, const char *key, guint64 *value)
{
  guint64 *found;

  g_mutex_lock (&loop->lock);
  found = g_hash_table_lookup (loop->remembered, key);
  if (found != NULL)
    *value = *found;
  g_mutex_unlock (&loop->lock);

  return found != NULL;
}

/* Thread: any. */
void
bounce_http_loop_remember (BounceHttpLoop *loop, const char *key, guint64 value)
{
  g_mutex_lock (&loop->lock);
  g_hash_table_insert (loop->remembered, g_strdup (key), g_memdup2 (&value, sizeof value));
  g_mutex_unlock (&loop->lock);
}
