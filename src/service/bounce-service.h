/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "bounce-config-source.h"
#include "bounce-store-types.h"

#include <gio/gio.h>

G_BEGIN_DECLS

#define BOUNCE_SERVICE_ERROR (bounce_service_error_quark ())

/* Also the D-Bus errors cloud.aurabox.Bounce1.Error.*; messages are the document's. */
typedef enum
{
  BOUNCE_SERVICE_ERROR_START_FAILED,  /* Failed to start server: … */
  BOUNCE_SERVICE_ERROR_STOP_FAILED,   /* Failed to stop server: … */
  BOUNCE_SERVICE_ERROR_SEND_FAILED,   /* send study panic: … */
  BOUNCE_SERVICE_ERROR_DELETE_FAILED, /* delete study panic: … */
  BOUNCE_SERVICE_ERROR_CLEAR_STUDIES, /* clear studies panic: … */
  BOUNCE_SERVICE_ERROR_CLEAR_STUDY,   /* clear study panic: … */
  BOUNCE_SERVICE_ERROR_INVALID,       /* an argument or setting that cannot be */
  BOUNCE_SERVICE_ERROR_LOCKED,        /* another process serves this data directory */
  BOUNCE_SERVICE_ERROR_NOT_MOUNTED,
  BOUNCE_SERVICE_ERROR_FAILED,
} BounceServiceError;

GQuark bounce_service_error_quark (void);

/* Composition root. Main thread. Properties: "receiver-running" (bool), "config" (BounceConfig).
 * Signals: "log" (char *text), "current-studies" (GPtrArray of BounceStudy), "queue-study"
 * (char *uid), "upload-progress" (char *uid, guint64 uploaded, guint64 total, double percent),
 * "studies-changed" (GStrv), "event" (int code, char *sentence), "show-window" (). */
#define BOUNCE_TYPE_SERVICE (bounce_service_get_type ())
G_DECLARE_FINAL_TYPE (BounceService, bounce_service, BOUNCE, SERVICE, GObject)

/* Blocking start: locks, opens the store, starts HTTP and uploads; the receiver is started by
 * receiver_start. */
BounceService *bounce_service_open (BounceConfigSource *source, const char *data_dir,
                                    GError **error);
void bounce_service_shutdown_async (BounceService *self, GAsyncReadyCallback callback,
                                    gpointer user_data);
gboolean bounce_service_shutdown_finish (BounceService *self, GAsyncResult *result, GError **error);

/* The rest (receiver_start_async … send_log) as in design section 6. */

G_END_DECLS
