/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* Checks of a key and of an endpoint that are not settings yet; that of a folder is in
 * bounce-service-check-storage.c. The key is asked with the service's own HTTP, so with its proxy
 * and its certificates; the endpoint is really bound for a moment. Main thread. */

#include "config.h"

#include "bounce-service-checks.h"

#include "bounce-aurabox.h"
#include "bounce-listener.h"
#include "bounce-service-private.h"

#include <errno.h>

#define HTTP_STATUS_SERVER_FAULT      500
#define HTTP_STATUS_REQUEST_TIMEOUT   408
#define HTTP_STATUS_LOCKED            423
#define HTTP_STATUS_TOO_EARLY         425
#define HTTP_STATUS_TOO_MANY_REQUESTS 429

typedef struct
{
  gint64 started_us; /* monotonic */
  gint64 elapsed_us;
} Question;

static gboolean
is_fault_of_server (guint status)
{
  return status >= HTTP_STATUS_SERVER_FAULT || status == HTTP_STATUS_REQUEST_TIMEOUT
         || status == HTTP_STATUS_LOCKED || status == HTTP_STATUS_TOO_EARLY
         || status == HTTP_STATUS_TOO_MANY_REQUESTS;
}

static BounceServiceError
classify_http (const GError *error)
{
  guint status = bounce_http_error_get_status (error);

  if (error->code == BOUNCE_HTTP_ERROR_UNAUTHORISED)
    return BOUNCE_SERVICE_ERROR_UNAUTHORISED;
  if (error->code == BOUNCE_HTTP_ERROR_INVALID)
    return BOUNCE_SERVICE_ERROR_INVALID;
  if (bounce_http_error_is_tls (error))
    return BOUNCE_SERVICE_ERROR_UNTRUSTED;
  if (status == 0)
    return BOUNCE_SERVICE_ERROR_UNREACHABLE;
  /* A redirect is a portal's, 404 another server's. */
  return is_fault_of_server (status) ? BOUNCE_SERVICE_ERROR_SERVER
                                     : BOUNCE_SERVICE_ERROR_NOT_AURABOX;
}

static BounceServiceError
classify (const GError *error)
{
  if (error->domain == BOUNCE_HTTP_ERROR)
    return classify_http (error);
  if (g_error_matches (error, BOUNCE_AURABOX_ERROR, BOUNCE_AURABOX_ERROR_INVALID_RESPONSE))
    return BOUNCE_SERVICE_ERROR_NOT_AURABOX;
  return BOUNCE_SERVICE_ERROR_SERVER;
}

static void
answered_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  Question *question = g_task_get_task_data (task);
  GError *error = NULL;
  g_autoptr (BounceUploadConfig) upload =
      bounce_aurabox_get_config_finish (BOUNCE_AURABOX (source), result, &error);

  question->elapsed_us = g_get_monotonic_time () - question->started_us;
  if (upload != NULL)
    g_task_return_boolean (task, TRUE);
  else
    g_task_return_error (task, bounce_service_error_wrap (classify (error), error));
}

/* The settings in effect with another key and, if given, another endpoint. */
static BounceConfig *
try_settings (BounceService *self, const char *key, const char *endpoint, GError **error)
{
  g_autoptr (BounceConfig) config = bounce_config_with_value (self->config, "api_key", key, error);

  if (config == NULL || endpoint == NULL)
    return g_steal_pointer (&config);
  return bounce_config_with_value (config, "api_endpoint", endpoint, error);
}

/**
 * bounce_service_check_key_async:
 * @key: as somebody entered it
 * @endpoint: (nullable): an URL; %NULL for where the key would go with the settings in effect
 *
 * Asks Aurabox for an upload configuration with @key and does nothing with it. The key is not kept.
 *
 * Thread: main
 */
void
bounce_service_check_key_async (BounceService *self,
                                const char *key,
                                const char *endpoint,
                                GCancellable *cancellable,
                                GAsyncReadyCallback callback,
                                gpointer user_data)
{
  g_autoptr (GTask) task = NULL;
  g_autoptr (BounceConfig) config = NULL;
  g_autoptr (BounceAurabox) aurabox = NULL;
  g_autofree char *url = NULL;
  GError *error = NULL;
  Question *question;

  g_return_if_fail (BOUNCE_IS_SERVICE (self));
  g_return_if_fail (key != NULL);

  task = g_task_new (self, cancellable, callback, user_data);
  g_task_set_source_tag (task, bounce_service_check_key_async);
  question = g_new0 (Question, 1);
  question->started_us = g_get_monotonic_time ();
  g_task_set_task_data (task, question, g_free);
  config = try_settings (self, key, endpoint, &error);
  if (config == NULL || bounce_config_get_api_key (config) == NULL)
    {
      if (error == NULL)
        error = g_error_new_literal (BOUNCE_SERVICE_ERROR, BOUNCE_SERVICE_ERROR_INVALID,
                                     "the API key is empty");
      g_task_return_error (task, bounce_service_error_wrap (BOUNCE_SERVICE_ERROR_INVALID, error));
      return;
    }
  url = bounce_config_dup_api_endpoint (config);
  aurabox = bounce_aurabox_new (self->http, url, bounce_config_get_api_key (config));
  bounce_aurabox_get_config_async (aurabox, cancellable, answered_cb, g_steal_pointer (&task));
}

/**
 * bounce_service_check_key_finish:
 * @elapsed_us: (out) (optional): how long the answer took, also when it was no
 *
 * Thread: main
 * Errors: %BOUNCE_SERVICE_ERROR_INVALID: @key or endpoint cannot be;
 *   %BOUNCE_SERVICE_ERROR_UNAUTHORISED, %BOUNCE_SERVICE_ERROR_UNREACHABLE,
 *   %BOUNCE_SERVICE_ERROR_UNTRUSTED, %BOUNCE_SERVICE_ERROR_SERVER,
 *   %BOUNCE_SERVICE_ERROR_NOT_AURABOX; %G_IO_ERROR_CANCELLED
 * Returns: whether Aurabox accepts the key
 */
gboolean
bounce_service_check_key_finish (BounceService *self,
                                 GAsyncResult *result,
                                 gint64 *elapsed_us,
                                 GError **error)
{
  Question *question;

  g_return_val_if_fail (g_task_is_valid (result, self), FALSE);

  question = g_task_get_task_data (G_TASK (result));
  if (elapsed_us != NULL)
    *elapsed_us = question->elapsed_us;
  return g_task_propagate_boolean (G_TASK (result), error);
}

static BounceServiceError
classify_errno (int errsv)
{
  switch (errsv)
    {
    case EADDRINUSE:
      return BOUNCE_SERVICE_ERROR_IN_USE;
    case EACCES:
      return BOUNCE_SERVICE_ERROR_PRIVILEGED;
    case EADDRNOTAVAIL:
      return BOUNCE_SERVICE_ERROR_NOT_LOCAL;
    default:
      return BOUNCE_SERVICE_ERROR_FAILED;
    }
}

static gboolean
is_any_address (const char *ip_address)
{
  g_autoptr (GInetAddress) address = g_inet_address_new_from_string (ip_address);

  return address != NULL && g_inet_address_get_is_any (address);
}

/* Whether what is in the way is our own receiver, which gives the port up before it takes it
 * again. */
static gboolean
is_own (BounceService *self, const char *ip_address, guint port)
{
  const char *own;

  if (!bounce_service_is_receiver_running (self) || bounce_service_get_receiver_port (self) != port)
    return FALSE;
  own = bounce_config_get_ip_address (self->receiver_config);
  return g_str_equal (own, ip_address) || is_any_address (own) || is_any_address (ip_address);
}

/**
 * bounce_service_check_endpoint_async:
 * @ip_address: numeric
 * @port: as somebody entered it
 *
 * Binds @port for a moment; a receiver that runs is not disturbed, and what it has counts as free.
 *
 * Thread: main
 */
void
bounce_service_check_endpoint_async (BounceService *self,
                                     const char *ip_address,
                                     guint port,
                                     GCancellable *cancellable,
                                     GAsyncReadyCallback callback,
                                     gpointer user_data)
{
  g_autoptr (GTask) task = NULL;
  g_autoptr (GInetAddress) address = NULL;
  int errsv;

  g_return_if_fail (BOUNCE_IS_SERVICE (self));
  g_return_if_fail (ip_address != NULL);

  task = g_task_new (self, cancellable, callback, user_data);
  g_task_set_source_tag (task, bounce_service_check_endpoint_async);
  address = g_inet_address_new_from_string (ip_address);
  if (address == NULL || port == 0 || port > G_MAXUINT16)
    {
      g_task_return_new_error (task, BOUNCE_SERVICE_ERROR, BOUNCE_SERVICE_ERROR_INVALID,
                               "%s port %u is no address to listen on", ip_address, port);
      return;
    }
  errsv = bounce_listener_try_bind (ip_address, (guint16) port);
  if (errsv == EADDRINUSE && is_own (self, ip_address, port))
    errsv = bounce_listener_try_bind (ip_address, 0); /* the address is still to be ours */
  if (errsv == 0)
    g_task_return_boolean (task, TRUE);
  else
    g_task_return_new_error (task, BOUNCE_SERVICE_ERROR, classify_errno (errsv), "%s",
                             g_strerror (errsv));
}

/**
 * bounce_service_check_endpoint_finish:
 *
 * Thread: main
 * Errors: %BOUNCE_SERVICE_ERROR_INVALID, %BOUNCE_SERVICE_ERROR_IN_USE,
 *   %BOUNCE_SERVICE_ERROR_PRIVILEGED, %BOUNCE_SERVICE_ERROR_NOT_LOCAL, %BOUNCE_SERVICE_ERROR_FAILED
 *   with the system's reason; %G_IO_ERROR_CANCELLED
 * Returns: whether a receiver could listen there
 */
gboolean
bounce_service_check_endpoint_finish (BounceService *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), FALSE);

  return g_task_propagate_boolean (G_TASK (result), error);
}
