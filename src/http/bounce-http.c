/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* The client: requests are checked and made here, on the caller's thread, and run by the HTTP
 * thread (bounce-http-loop.c). */

#include "config.h"

#include "bounce-http-private.h"

struct _BounceHttp
{
  GObject parent_instance;
  BounceHttpLoop *loop; /* (owned) */
  GThread *thread;      /* (owned) */
};

G_DEFINE_FINAL_TYPE (BounceHttp, bounce_http, G_TYPE_OBJECT)

static void
bounce_http_finalize (GObject *object)
{
  BounceHttp *self = BOUNCE_HTTP (object);

  bounce_http_loop_stop (self->loop, NULL);
  /* The last request's GTask may have held the last reference, on the HTTP thread. */
  if (self->thread == g_thread_self ())
    g_thread_unref (self->thread);
  else
    g_thread_join (self->thread);
  bounce_http_loop_unref (self->loop);
  G_OBJECT_CLASS (bounce_http_parent_class)->finalize (object);
}

static void
bounce_http_class_init (BounceHttpClass *class)
{
  G_OBJECT_CLASS (class)->finalize = bounce_http_finalize;
}

static void
bounce_http_init (BounceHttp *self)
{
  self->loop = bounce_http_loop_new (&self->thread);
}

/**
 * bounce_http_new:
 *
 * Starts the HTTP thread.
 *
 * Returns: (transfer full): a client
 */
BounceHttp *
bounce_http_new (void)
{
  return g_object_new (BOUNCE_TYPE_HTTP, NULL);
}

/**
 * bounce_http_shutdown_async:
 *
 * Ends what still runs with %G_IO_ERROR_CANCELLED, then the thread. What is submitted later is
 * cancelled too. May be called once.
 *
 * Thread: any with a main context.
 */
void
bounce_http_shutdown_async (BounceHttp *self, GAsyncReadyCallback callback, gpointer user_data)
{
  g_autoptr (GTask) task = g_task_new (self, NULL, callback, user_data);

  g_task_set_source_tag (task, bounce_http_shutdown_async);
  bounce_http_loop_stop (self->loop, task);
}

/**
 * bounce_http_shutdown_finish:
 *
 * Returns: %TRUE
 */
gboolean
bounce_http_shutdown_finish (BounceHttp *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), FALSE);

  return g_task_propagate_boolean (G_TASK (result), error);
}

static void
submit (BounceHttp *self,
        const BounceHttpRequest *request,
        const BounceHttpFileBody *body,
        GTask *task)
{
  BounceHttpTransfer *transfer;
  GError *error = NULL;

  /* The reply's fate is settled on the HTTP thread; a late cancellation does not undo it. */
  g_task_set_check_cancellable (task, FALSE);
  g_task_set_task_data (task, g_new0 (guint64, 1), g_free);
  if (g_cancellable_set_error_if_cancelled (g_task_get_cancellable (task), &error)
      || (transfer = bounce_http_transfer_new (task, request, body, &error)) == NULL)
    g_task_return_error (task, error);
  else
    bounce_http_loop_submit (self->loop, transfer);
}

/**
 * bounce_http_send_async:
 * @request: read before the call returns; @request->body is referenced
 *
 * Shape: redirects are not followed; a reply's headers up to 64 KiB, its body up to
 * max_response_bytes
 * Thread: any with a main context; the callback comes there, once.
 * Errors: %BOUNCE_HTTP_ERROR_LATER without a reply (network, TLS, a stall, a reply too large),
 * %BOUNCE_HTTP_ERROR_INVALID for an URL that is none, another scheme than http and https, or a
 * control character in a header; %G_IO_ERROR_CANCELLED, also after shutdown.
 */
void
bounce_http_send_async (BounceHttp *self,
                        const BounceHttpRequest *request,
                        GCancellable *cancellable,
                        GAsyncReadyCallback callback,
                        gpointer user_data)
{
  g_autoptr (GTask) task = g_task_new (self, cancellable, callback, user_data);

  g_task_set_source_tag (task, bounce_http_send_async);
  submit (self, request, NULL, task);
}

/**
 * bounce_http_send_finish:
 *
 * Returns: (transfer full) (nullable): the reply, whatever its status
 */
BounceHttpResponse *
bounce_http_send_finish (BounceHttp *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), NULL);

  return g_task_propagate_pointer (G_TASK (result), error);
}

void
bounce_http_send_file_async (BounceHttp *self,
                             const BounceHttpRequest *request,
                             const BounceHttpFileBody *body,
                             GCancellable *cancellable,
                             GAsyncReadyCallback callback,
                             gpointer user_data)
{
  g_autoptr (GTask) task = g_task_new (self, cancellable, callback, user_data);

  g_task_set_source_tag (task, bounce_http_send_file_async);
  submit (self, request, body, task);
}

BounceHttpResponse *
bounce_http_send_file_finish (BounceHttp *self,
                              GAsyncResult *result,
                              guint64 *sent_bytes,
                              GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), NULL);

  *sent_bytes = *(guint64 *) g_task_get_task_data (G_TASK (result));

  return g_task_propagate_pointer (G_TASK (result), error);
}

gboolean
bounce_http_get_remembered (BounceHttp *self, const char *key, guint64 *value)
{
  return bounce_http_loop_get_remembered (self->loop, key, value);
}

void
bounce_http_remember (BounceHttp *self, const char *key, guint64 value)
{
  bounce_http_loop_remember (self->loop, key, value);
}
