/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* What can be asked of the service beyond the documented commands: its state with the counts of
 * studies, the attempts to deliver, and the events. */

#include "config.h"

#include "bounce-service-private.h"

#include "bounce-service-settings.h"

#include <string.h>

/**
 * bounce_service_is_receiver_running:
 *
 * Returns: whether the port is bound and associations are accepted.
 */
gboolean
bounce_service_is_receiver_running (BounceService *self)
{
  g_return_val_if_fail (BOUNCE_IS_SERVICE (self), FALSE);

  return self->receiver != NULL
         && bounce_receiver_get_state (self->receiver) == BOUNCE_RECEIVER_RUNNING;
}

/**
 * bounce_service_get_receiver_port:
 *
 * Returns: the bound port; 0 while stopped.
 */
guint16
bounce_service_get_receiver_port (BounceService *self)
{
  g_return_val_if_fail (BOUNCE_IS_SERVICE (self), 0);

  return bounce_receiver_get_port (self->receiver);
}

/**
 * bounce_service_get_uploads_paused:
 *
 * Returns: (nullable): why no upload is tried, a BOUNCE_REASON_ text.
 */
const char *
bounce_service_get_uploads_paused (BounceService *self)
{
  g_return_val_if_fail (BOUNCE_IS_SERVICE (self), NULL);

  return self->uploader != NULL ? bounce_uploader_get_paused_reason (self->uploader) : NULL;
}

/**
 * bounce_service_dup_endpoint:
 *
 * ADDRESS:PORT the receiver is bound to, an IPv6 address in brackets.
 *
 * Thread: main
 * Source: RFC 3986 section 3.2.2
 * Returns: (transfer full) (nullable): the endpoint; %NULL while the receiver is not running
 */
char *
bounce_service_dup_endpoint (BounceService *self)
{
  const char *address;
  guint16 port;

  g_return_val_if_fail (BOUNCE_IS_SERVICE (self), NULL);

  if (!bounce_service_is_receiver_running (self) || self->receiver_config == NULL)
    return NULL;
  address = bounce_config_get_ip_address (self->receiver_config);
  port = bounce_receiver_get_port (self->receiver);
  if (strchr (address, ':') != NULL)
    return g_strdup_printf ("[%s]:%u", address, port);
  return g_strdup_printf ("%s:%u", address, port);
}

/**
 * bounce_service_status_free:
 *
 * Frees a status.
 */
void
bounce_service_status_free (BounceServiceStatus *self)
{
  g_free (self->endpoint);
  g_free (self->ae_title);
  g_free (self->api_endpoint);
  g_free (self->uploads_paused);
  g_free (self->base_dir);
  g_free (self);
}

static BounceServiceStatus *
describe (BounceService *self)
{
  BounceServiceStatus *status = g_new0 (BounceServiceStatus, 1);
  gboolean is_running = bounce_service_is_receiver_running (self);
  BounceConfig *receiver_config = is_running ? self->receiver_config : self->config;

  status->receiver = bounce_receiver_get_state (self->receiver);
  status->endpoint = bounce_service_dup_endpoint (self);
  status->ae_title = g_strdup (bounce_config_get_ae_title (receiver_config));
  status->api_endpoint = bounce_config_dup_api_endpoint (self->config);
  status->uploads_paused = g_strdup (bounce_service_get_uploads_paused (self));
  status->base_dir = g_strdup (bounce_store_get_base_dir (self->store));
  status->receiver_restart_needed = bounce_service_is_receiver_restart_needed (self);
  status->service_restart_needed = bounce_service_is_restart_needed (self);
  return status;
}

static void
counts_read_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  g_autoptr (BounceServiceStatus) status = describe (g_task_get_source_object (task));
  GError *error = NULL;

  if (bounce_store_get_counts_finish (BOUNCE_STORE (source), result, &status->counts, &error))
    g_task_return_pointer (task, g_steal_pointer (&status),
                           (GDestroyNotify) bounce_service_status_free);
  else
    g_task_return_error (task, bounce_service_error_wrap (BOUNCE_SERVICE_ERROR_FAILED, error));
}

/**
 * bounce_service_get_status_async:
 *
 * Receiver, settings that matter to it, and the counts of studies by status.
 *
 * Thread: main
 */
void
bounce_service_get_status_async (BounceService *self,
                                 GCancellable *cancellable,
                                 GAsyncReadyCallback callback,
                                 gpointer user_data)
{
  g_autoptr (GTask) task = NULL;

  g_return_if_fail (BOUNCE_IS_SERVICE (self));

  task = g_task_new (self, cancellable, callback, user_data);
  g_task_set_source_tag (task, bounce_service_get_status_async);
  bounce_store_get_counts_async (self->store, counts_read_cb, g_steal_pointer (&task));
}

/**
 * bounce_service_get_status_finish:
 *
 * Thread: main
 * Errors: %BOUNCE_SERVICE_ERROR_FAILED when the database cannot be read
 * Returns: (transfer full): the status
 */
BounceServiceStatus *
bounce_service_get_status_finish (BounceService *self, GAsyncResult *result, GError **error)
{
  return bounce_service_task_finish_value (self, result, error);
}

/* Takes the task, and the list or the error. */
static void
return_list (GTask *task, GPtrArray *list, GError *error)
{
  bounce_service_task_return_value (task, list, (GDestroyNotify) g_ptr_array_unref,
                                    BOUNCE_SERVICE_ERROR_FAILED, error);
  g_object_unref (task);
}

static void
transfers_listed_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  GError *error = NULL;
  GPtrArray *list = bounce_store_list_transfers_finish (BOUNCE_STORE (source), result, &error);

  return_list (user_data, list, error);
}

/**
 * bounce_service_list_transfers_async:
 * @study_uid: (nullable): of this study only
 * @limit: rows
 *
 * Attempts to deliver, newest first.
 *
 * Thread: main
 */
void
bounce_service_list_transfers_async (BounceService *self,
                                     const char *study_uid,
                                     guint limit,
                                     GCancellable *cancellable,
                                     GAsyncReadyCallback callback,
                                     gpointer user_data)
{
  GTask *task;

  g_return_if_fail (BOUNCE_IS_SERVICE (self));

  task = g_task_new (self, cancellable, callback, user_data);
  g_task_set_source_tag (task, bounce_service_list_transfers_async);
  bounce_store_list_transfers_async (self->store, study_uid, limit, transfers_listed_cb, task);
}

/**
 * bounce_service_list_transfers_finish:
 *
 * Thread: main
 * Errors: %BOUNCE_SERVICE_ERROR_FAILED when the database cannot be read
 * Returns: (transfer container) (element-type BounceTransfer): the attempts
 */
GPtrArray *
bounce_service_list_transfers_finish (BounceService *self, GAsyncResult *result, GError **error)
{
  return bounce_service_task_finish_value (self, result, error);
}

static void
events_listed_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  GError *error = NULL;
  GPtrArray *list = bounce_store_list_events_finish (BOUNCE_STORE (source), result, &error);

  return_list (user_data, list, error);
}

/**
 * bounce_service_list_events_async:
 * @study_uid: (nullable): of this study only
 * @limit: rows
 *
 * What happened, newest first.
 *
 * Thread: main
 */
void
bounce_service_list_events_async (BounceService *self,
                                  const char *study_uid,
                                  guint limit,
                                  GCancellable *cancellable,
                                  GAsyncReadyCallback callback,
                                  gpointer user_data)
{
  GTask *task;

  g_return_if_fail (BOUNCE_IS_SERVICE (self));

  task = g_task_new (self, cancellable, callback, user_data);
  g_task_set_source_tag (task, bounce_service_list_events_async);
  bounce_store_list_events_async (self->store, study_uid, limit, events_listed_cb, task);
}

/**
 * bounce_service_list_events_finish:
 *
 * Thread: main
 * Errors: %BOUNCE_SERVICE_ERROR_FAILED when the database cannot be read
 * Returns: (transfer container) (element-type BounceEvent): the events
 */
GPtrArray *
bounce_service_list_events_finish (BounceService *self, GAsyncResult *result, GError **error)
{
  return bounce_service_task_finish_value (self, result, error);
}
