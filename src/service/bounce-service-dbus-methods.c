/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* The methods of cloud.aurabox.Bounce1: each hands its arguments to one command of the service and
 * answers when that has ended. Callers are not trusted: what D-Bus itself does not check (UIDs,
 * limits, options) the service refuses with an error of its domain, which has a name on the bus. */

#include "config.h"

#include "bounce-service-dbus-private.h"

#include "bounce-service-values.h"

#include "bounce-uid.h"

#define DEFAULT_HISTORY_LIMIT 50
#define MAX_HISTORY_LIMIT     1000

typedef gboolean (*FinishCommand) (BounceService *service, GAsyncResult *result, GError **error);

/* One call in progress. */
typedef struct
{
  GDBusMethodInvocation *invocation; /* (owned) until answered */
  FinishCommand finish;              /* (nullable) for commands without an answer of their own */
} Call;

static Call *
new_call (GDBusMethodInvocation *invocation, FinishCommand finish)
{
  Call *call = g_new0 (Call, 1);

  call->invocation = invocation;
  call->finish = finish;
  return call;
}

/* Frees the call; takes the answer (nullable, floating) or the error. */
static void
answer (Call *call, GVariant *values, GError *error)
{
  if (error != NULL)
    g_dbus_method_invocation_take_error (call->invocation, error);
  else
    g_dbus_method_invocation_return_value (call->invocation, values);
  g_free (call);
}

static void
command_ended_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Call *call = user_data;
  GError *error = NULL;

  call->finish (BOUNCE_SERVICE (source), result, &error);
  answer (call, NULL, error);
}

static gboolean
handle_receiver_start (BounceDBusFace *face,
                       GDBusMethodInvocation *invocation,
                       BounceService *service)
{
  bounce_service_receiver_start_async (service, NULL, command_ended_cb,
                                       new_call (invocation, bounce_service_receiver_start_finish));
  return G_DBUS_METHOD_INVOCATION_HANDLED;
}

static gboolean
handle_receiver_stop (BounceDBusFace *face,
                      GDBusMethodInvocation *invocation,
                      BounceService *service)
{
  bounce_service_receiver_stop_async (service, NULL, command_ended_cb,
                                      new_call (invocation, bounce_service_receiver_stop_finish));
  return G_DBUS_METHOD_INVOCATION_HANDLED;
}

static gboolean
handle_send_study (BounceDBusFace *face,
                   GDBusMethodInvocation *invocation,
                   const char *study_uid,
                   BounceService *service)
{
  bounce_service_send_study_async (service, study_uid, NULL, command_ended_cb,
                                   new_call (invocation, bounce_service_send_study_finish));
  return G_DBUS_METHOD_INVOCATION_HANDLED;
}

static gboolean
handle_delete_study (BounceDBusFace *face,
                     GDBusMethodInvocation *invocation,
                     const char *study_uid,
                     BounceService *service)
{
  bounce_service_delete_study_async (service, study_uid, NULL, command_ended_cb,
                                     new_call (invocation, bounce_service_delete_study_finish));
  return G_DBUS_METHOD_INVOCATION_HANDLED;
}

static gboolean
handle_reset_app (BounceDBusFace *face, GDBusMethodInvocation *invocation, BounceService *service)
{
  bounce_service_reset_app_async (service, NULL, command_ended_cb,
                                  new_call (invocation, bounce_service_reset_app_finish));
  return G_DBUS_METHOD_INVOCATION_HANDLED;
}

static gboolean
handle_api_start_upload (BounceDBusFace *face,
                         GDBusMethodInvocation *invocation,
                         const char *study_uid,
                         const char *signature,
                         const char *upload_id,
                         const char *assembly_id,
                         BounceService *service)
{
  bounce_service_api_start_upload_async (
      service, study_uid, signature, upload_id, assembly_id, NULL, command_ended_cb,
      new_call (invocation, bounce_service_api_start_upload_finish));
  return G_DBUS_METHOD_INVOCATION_HANDLED;
}

static gboolean
handle_check_connection (BounceDBusFace *face,
                         GDBusMethodInvocation *invocation,
                         BounceService *service)
{
  bounce_service_check_connection_async (
      service, NULL, command_ended_cb,
      new_call (invocation, bounce_service_check_connection_finish));
  return G_DBUS_METHOD_INVOCATION_HANDLED;
}

static gboolean
handle_show_window (BounceDBusFace *face, GDBusMethodInvocation *invocation, BounceService *service)
{
  GError *error = NULL;

  bounce_service_show_window (service, &error);
  answer (new_call (invocation, NULL), NULL, error);
  return G_DBUS_METHOD_INVOCATION_HANDLED;
}

static gboolean
handle_quit (BounceDBusFace *face, GDBusMethodInvocation *invocation, BounceService *service)
{
  GError *error = NULL;

  bounce_service_quit (service, &error);
  answer (new_call (invocation, NULL), NULL, error);
  return G_DBUS_METHOD_INVOCATION_HANDLED;
}

static gboolean
handle_send_log (BounceDBusFace *face,
                 GDBusMethodInvocation *invocation,
                 const char *log,
                 BounceService *service)
{
  bounce_service_send_log (service, log);
  bounce_dbus_face_complete_send_log (face, invocation);
  return G_DBUS_METHOD_INVOCATION_HANDLED;
}

static gboolean
handle_resume_uploads (BounceDBusFace *face,
                       GDBusMethodInvocation *invocation,
                       BounceService *service)
{
  bounce_service_resume_uploads (service);
  bounce_dbus_face_complete_resume_uploads (face, invocation);
  return G_DBUS_METHOD_INVOCATION_HANDLED;
}

static void
studies_listed_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  GError *error = NULL;
  guint64 total = 0;
  g_autoptr (GPtrArray) studies =
      bounce_service_current_studies_finish (BOUNCE_SERVICE (source), result, &total, &error);
  GVariant *values = NULL;

  if (studies != NULL)
    values = g_variant_new (
        "(@aa{sv}t)", bounce_list_to_variant (studies, (BounceToVariant) bounce_study_to_variant),
        total);
  answer (user_data, values, error);
}

static gboolean
handle_current_studies (BounceDBusFace *face,
                        GDBusMethodInvocation *invocation,
                        guint page,
                        guint limit,
                        GVariant *options,
                        BounceService *service)
{
  BounceStudyQuery query = { .page = page, .limit = limit };
  GError *error = NULL;

  if (bounce_study_query_from_variant (options, &query, &error))
    bounce_service_current_studies_async (service, &query, NULL, studies_listed_cb,
                                          new_call (invocation, NULL));
  else
    answer (new_call (invocation, NULL), NULL, error);
  return G_DBUS_METHOD_INVOCATION_HANDLED;
}

static void
status_described_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  GError *error = NULL;
  g_autoptr (BounceServiceStatus) status =
      bounce_service_get_status_finish (BOUNCE_SERVICE (source), result, &error);
  GVariant *values = NULL;

  if (status != NULL)
    values = g_variant_new ("(@a{sv})", bounce_service_status_to_variant (status));
  answer (user_data, values, error);
}

static gboolean
handle_get_status (BounceDBusFace *face, GDBusMethodInvocation *invocation, BounceService *service)
{
  bounce_service_get_status_async (service, NULL, status_described_cb, new_call (invocation, NULL));
  return G_DBUS_METHOD_INVOCATION_HANDLED;
}

/* The rows asked for, or 0 with the call answered. A study may be forgotten and still have a
 * history; what cannot be a study's UID is a slip, which an empty list would not tell. */
static guint
check_history (GDBusMethodInvocation *invocation, const char *study_uid, guint limit)
{
  if (*study_uid != '\0' && !bounce_uid_is_valid (study_uid))
    {
      g_dbus_method_invocation_return_error_literal (invocation, BOUNCE_SERVICE_ERROR,
                                                     BOUNCE_SERVICE_ERROR_INVALID,
                                                     "not a Study Instance UID");
      return 0;
    }
  if (limit == 0)
    return DEFAULT_HISTORY_LIMIT;
  if (limit <= MAX_HISTORY_LIMIT)
    return limit;
  g_dbus_method_invocation_return_error (
      invocation, BOUNCE_SERVICE_ERROR, BOUNCE_SERVICE_ERROR_INVALID,
      "limit %u is not between 1 and %u", limit, MAX_HISTORY_LIMIT);
  return 0;
}

static const char *
empty_to_null (const char *text)
{
  return *text != '\0' ? text : NULL;
}

/* Takes the list (nullable) or the error. */
static void
answer_list (Call *call, GPtrArray *list, BounceToVariant to_variant, GError *error)
{
  g_autoptr (GPtrArray) owned = list;
  GVariant *values = NULL;

  if (owned != NULL)
    values = g_variant_new ("(@aa{sv})", bounce_list_to_variant (owned, to_variant));
  answer (call, values, error);
}

static void
transfers_listed_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  GError *error = NULL;
  GPtrArray *transfers =
      bounce_service_list_transfers_finish (BOUNCE_SERVICE (source), result, &error);

  answer_list (user_data, transfers, (BounceToVariant) bounce_transfer_to_variant, error);
}

static gboolean
handle_transfers (BounceDBusFace *face,
                  GDBusMethodInvocation *invocation,
                  const char *study_uid,
                  guint limit,
                  BounceService *service)
{
  guint rows = check_history (invocation, study_uid, limit);

  if (rows > 0)
    bounce_service_list_transfers_async (service, empty_to_null (study_uid), rows, NULL,
                                         transfers_listed_cb, new_call (invocation, NULL));
  return G_DBUS_METHOD_INVOCATION_HANDLED;
}

static void
events_listed_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  GError *error = NULL;
  GPtrArray *events = bounce_service_list_events_finish (BOUNCE_SERVICE (source), result, &error);

  answer_list (user_data, events, (BounceToVariant) bounce_event_to_variant, error);
}

static gboolean
handle_events (BounceDBusFace *face,
               GDBusMethodInvocation *invocation,
               const char *study_uid,
               guint limit,
               BounceService *service)
{
  guint rows = check_history (invocation, study_uid, limit);

  if (rows > 0)
    bounce_service_list_events_async (service, empty_to_null (study_uid), rows, NULL,
                                      events_listed_cb, new_call (invocation, NULL));
  return G_DBUS_METHOD_INVOCATION_HANDLED;
}

static gboolean
handle_config_get (BounceDBusFace *face, GDBusMethodInvocation *invocation, BounceService *service)
{
  bounce_dbus_face_complete_config_get (
      face, invocation, bounce_config_to_variant (bounce_service_get_config (service)));
  return G_DBUS_METHOD_INVOCATION_HANDLED;
}

static void
setting_kept_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  GError *error = NULL;
  BounceConfigChange change = BOUNCE_CONFIG_CHANGE_NOTHING;
  GVariant *values = NULL;

  if (bounce_service_set_config_finish (BOUNCE_SERVICE (source), result, &change, &error))
    values = g_variant_new ("(s)", bounce_config_change_to_name (change));
  answer (user_data, values, error);
}

static gboolean
handle_config_set (BounceDBusFace *face,
                   GDBusMethodInvocation *invocation,
                   const char *key,
                   const char *value,
                   BounceService *service)
{
  bounce_service_set_config_async (service, key, value, NULL, setting_kept_cb,
                                   new_call (invocation, NULL));
  return G_DBUS_METHOD_INVOCATION_HANDLED;
}

/**
 * bounce_service_dbus_connect_methods: (skip)
 *
 * Calls of @face become commands to @service while both live.
 */
void
bounce_service_dbus_connect_methods (BounceDBusFace *face, BounceService *service)
{
  static const BounceDBusMethod methods[] = {
    { "handle-receiver-start", G_CALLBACK (handle_receiver_start) },
    { "handle-receiver-stop", G_CALLBACK (handle_receiver_stop) },
    { "handle-send-study", G_CALLBACK (handle_send_study) },
    { "handle-delete-study", G_CALLBACK (handle_delete_study) },
    { "handle-reset-app", G_CALLBACK (handle_reset_app) },
    { "handle-current-studies", G_CALLBACK (handle_current_studies) },
    { "handle-api-start-upload", G_CALLBACK (handle_api_start_upload) },
    { "handle-show-window", G_CALLBACK (handle_show_window) },
    { "handle-quit", G_CALLBACK (handle_quit) },
    { "handle-send-log", G_CALLBACK (handle_send_log) },
    { "handle-get-status", G_CALLBACK (handle_get_status) },
    { "handle-transfers", G_CALLBACK (handle_transfers) },
    { "handle-events", G_CALLBACK (handle_events) },
    { "handle-config-get", G_CALLBACK (handle_config_get) },
    { "handle-config-set", G_CALLBACK (handle_config_set) },
    { "handle-check-connection", G_CALLBACK (handle_check_connection) },
    { "handle-resume-uploads", G_CALLBACK (handle_resume_uploads) },
  };

  for (guint i = 0; i < G_N_ELEMENTS (methods); i++)
    g_signal_connect_object (face, methods[i].signal, methods[i].handle, service, 0);
}
