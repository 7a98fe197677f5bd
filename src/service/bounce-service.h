/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "bounce-config-source.h"
#include "bounce-receiver.h"
#include "bounce-service-error.h"
#include "bounce-store-types.h"

#include <gio/gio.h>

G_BEGIN_DECLS

/* The document's defaults of current_studies, and the most rows one call may ask for. */
#define BOUNCE_SERVICE_DEFAULT_LIMIT 10
#define BOUNCE_SERVICE_MAX_LIMIT     10000

#define BOUNCE_TYPE_SERVICE (bounce_service_get_type ())
G_DECLARE_FINAL_TYPE (BounceService, bounce_service, BOUNCE, SERVICE, GObject)

BounceService *
bounce_service_open (BounceConfigSource *source, const char *data_dir, GError **error);
void bounce_service_shutdown_async (BounceService *self,
                                    GAsyncReadyCallback callback,
                                    gpointer user_data);
gboolean bounce_service_shutdown_finish (BounceService *self, GAsyncResult *result, GError **error);

/* --- the documented commands --- */
void bounce_service_receiver_start_async (BounceService *self,
                                          GCancellable *cancellable,
                                          GAsyncReadyCallback callback,
                                          gpointer user_data);
gboolean
bounce_service_receiver_start_finish (BounceService *self, GAsyncResult *result, GError **error);
void bounce_service_receiver_stop_async (BounceService *self,
                                         GCancellable *cancellable,
                                         GAsyncReadyCallback callback,
                                         gpointer user_data);
gboolean
bounce_service_receiver_stop_finish (BounceService *self, GAsyncResult *result, GError **error);
void bounce_service_send_study_async (BounceService *self,
                                      const char *study_uid,
                                      GCancellable *cancellable,
                                      GAsyncReadyCallback callback,
                                      gpointer user_data);
gboolean
bounce_service_send_study_finish (BounceService *self, GAsyncResult *result, GError **error);
void bounce_service_delete_study_async (BounceService *self,
                                        const char *study_uid,
                                        GCancellable *cancellable,
                                        GAsyncReadyCallback callback,
                                        gpointer user_data);
gboolean
bounce_service_delete_study_finish (BounceService *self, GAsyncResult *result, GError **error);
void bounce_service_reset_app_async (BounceService *self,
                                     GCancellable *cancellable,
                                     GAsyncReadyCallback callback,
                                     gpointer user_data);
gboolean
bounce_service_reset_app_finish (BounceService *self, GAsyncResult *result, GError **error);
void bounce_service_current_studies_async (BounceService *self,
                                           const BounceStudyQuery *query,
                                           GCancellable *cancellable,
                                           GAsyncReadyCallback callback,
                                           gpointer user_data);
GPtrArray *bounce_service_current_studies_finish (BounceService *self,
                                                  GAsyncResult *result,
                                                  guint64 *total,
                                                  GError **error);
void bounce_service_api_start_upload_async (BounceService *self,
                                            const char *study_uid,
                                            const char *signature,
                                            const char *upload_id,
                                            const char *assembly_id,
                                            GCancellable *cancellable,
                                            GAsyncReadyCallback callback,
                                            gpointer user_data);
gboolean
bounce_service_api_start_upload_finish (BounceService *self, GAsyncResult *result, GError **error);
gboolean bounce_service_show_window (BounceService *self, GError **error);
gboolean bounce_service_quit (BounceService *self, GError **error);
void bounce_service_send_log (BounceService *self, const char *text);

/* --- what the service is doing --- */

typedef struct
{
  BounceReceiverState receiver;
  char *endpoint; /* (nullable) ADDRESS:PORT while running */
  char *ae_title;
  char *api_endpoint;   /* (nullable) */
  char *uploads_paused; /* (nullable) BOUNCE_REASON_* */
  char *base_dir;
  gboolean receiver_restart_needed; /* port, ip_address, ae_title or max_associations differ */
  gboolean service_restart_needed;  /* base_dir differs */
  BounceStoreCounts counts;
} BounceServiceStatus;

void bounce_service_status_free (BounceServiceStatus *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (BounceServiceStatus, bounce_service_status_free)

void bounce_service_get_status_async (BounceService *self,
                                      GCancellable *cancellable,
                                      GAsyncReadyCallback callback,
                                      gpointer user_data);
BounceServiceStatus *
bounce_service_get_status_finish (BounceService *self, GAsyncResult *result, GError **error);
void bounce_service_list_transfers_async (BounceService *self,
                                          const char *study_uid,
                                          guint limit,
                                          GCancellable *cancellable,
                                          GAsyncReadyCallback callback,
                                          gpointer user_data);
GPtrArray *
bounce_service_list_transfers_finish (BounceService *self, GAsyncResult *result, GError **error);
void bounce_service_list_events_async (BounceService *self,
                                       const char *study_uid,
                                       guint limit,
                                       GCancellable *cancellable,
                                       GAsyncReadyCallback callback,
                                       gpointer user_data);
GPtrArray *
bounce_service_list_events_finish (BounceService *self, GAsyncResult *result, GError **error);
gboolean bounce_service_is_receiver_running (BounceService *self);
guint16 bounce_service_get_receiver_port (BounceService *self);
char *bounce_service_dup_endpoint (BounceService *self);
const char *bounce_service_get_uploads_paused (BounceService *self);

/* --- settings and the connection to Aurabox --- */
BounceConfig *bounce_service_get_config (BounceService *self);
const char *bounce_service_get_base_dir (BounceService *self);
void bounce_service_reload_settings (BounceService *self);
void bounce_service_set_config_async (BounceService *self,
                                      const char *key,
                                      const char *value,
                                      GCancellable *cancellable,
                                      GAsyncReadyCallback callback,
                                      gpointer user_data);
gboolean bounce_service_set_config_finish (BounceService *self,
                                           GAsyncResult *result,
                                           BounceConfigChange *change,
                                           GError **error);
void bounce_service_check_connection_async (BounceService *self,
                                            GCancellable *cancellable,
                                            GAsyncReadyCallback callback,
                                            gpointer user_data);
gboolean
bounce_service_check_connection_finish (BounceService *self, GAsyncResult *result, GError **error);
void bounce_service_resume_uploads (BounceService *self);
void bounce_service_network_returned (BounceService *self);

G_END_DECLS
