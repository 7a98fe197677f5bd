/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* The service's signals and properties as those of the D-Bus interface. Everyone on the bus may
 * listen, so nothing here says more than UIDs, sizes and sentences without patient data;
 * current-studies, which does, is only ever the answer to the one who asked. */

#include "config.h"

#include "bounce-service-dbus-private.h"

#include "bounce-service-values.h"

static void
log_cb (BounceService *service, const char *text, gpointer user_data)
{
  bounce_dbus_face_emit_log (user_data, text);
}

static void
queue_study_cb (BounceService *service, const char *study_uid, gpointer user_data)
{
  bounce_dbus_face_emit_queue_study (user_data, study_uid);
}

static void
upload_progress_cb (BounceService *service,
                    const char *study_uid,
                    guint64 uploaded,
                    guint64 total,
                    double percent,
                    gpointer user_data)
{
  bounce_dbus_face_emit_upload_progress (user_data, study_uid, uploaded, total, percent);
}

static void
studies_changed_cb (BounceService *service, const char *const *study_uids, gpointer user_data)
{
  bounce_dbus_face_emit_studies_changed (user_data, study_uids);
}

static void
event_cb (BounceService *service, gpointer event, const char *sentence, gpointer user_data)
{
  bounce_dbus_face_emit_event (user_data, bounce_event_to_variant (event));
}

static void
receiver_running_changed_cb (BounceService *service, GParamSpec *pspec, gpointer user_data)
{
  bounce_dbus_face_set_receiver_running (user_data, bounce_service_is_receiver_running (service));
}

static void
uploads_paused_changed_cb (BounceService *service, GParamSpec *pspec, gpointer user_data)
{
  const char *reason = bounce_service_get_uploads_paused (service);

  bounce_dbus_face_set_uploads_paused (user_data, reason != NULL ? reason : "");
}

/**
 * bounce_service_dbus_connect_signals: (skip)
 *
 * Signals and properties of @service become those of @face while both live.
 */
void
bounce_service_dbus_connect_signals (BounceDBusFace *face, BounceService *service)
{
  static const struct
  {
    const char *name;
    GCallback callback;
  } signals[] = {
    { "log", G_CALLBACK (log_cb) },
    { "queue-study", G_CALLBACK (queue_study_cb) },
    { "upload-progress", G_CALLBACK (upload_progress_cb) },
    { "studies-changed", G_CALLBACK (studies_changed_cb) },
    { "event", G_CALLBACK (event_cb) },
    { "notify::receiver-running", G_CALLBACK (receiver_running_changed_cb) },
    { "notify::uploads-paused", G_CALLBACK (uploads_paused_changed_cb) },
  };

  for (guint i = 0; i < G_N_ELEMENTS (signals); i++)
    g_signal_connect_object (service, signals[i].name, signals[i].callback, face, 0);
  bounce_dbus_face_set_version (face, BOUNCE_VERSION);
  receiver_running_changed_cb (service, NULL, face);
  uploads_paused_changed_cb (service, NULL, face);
}
