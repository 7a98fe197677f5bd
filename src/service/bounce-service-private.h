/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "bounce-service.h"

#include "bounce-disk-watch.h"
#include "bounce-http.h"
#include "bounce-store.h"
#include "bounce-study-throttle.h"
#include "bounce-uploader.h"

G_BEGIN_DECLS

/* Main thread only, all of it. */
struct _BounceService
{
  GObject parent_instance;

  BounceConfigSource *source;    /* (owned) */
  BounceConfig *config;          /* (owned) in effect */
  BounceConfig *opened_config;   /* (owned) of open: what a restart of the service would change */
  BounceConfig *receiver_config; /* (owned) (nullable) of the receiver's last start */
  BounceClock *clock;            /* (owned) */
  BounceStore *store;            /* (owned) */
  BounceHttp *http;              /* (owned) */
  BounceReceiver *receiver;      /* (owned) */
  BounceUploader *uploader;      /* (owned) */
  BounceDiskWatch *disk_watch;   /* (owned) */

  BounceStudyThrottle *changed_studies; /* (owned) */
  BounceStudyThrottle *queued_studies;  /* (owned) */

  guint n_stops; /* of the receiver that were asked for */

  GListStore *imports;  /* (owned) (element-type BounceImport) under way */
  GTask *shutdown_task; /* (owned) (nullable) waits for them */
  guint imports_timer;  /* how long it does */

  guint log_observer;
  gint64 opened_at_us;  /* wall time; events from then on are news */
  gint64 last_event_id; /* events up to here were told; -1: not known yet */
  gboolean is_reading_events;
  gboolean has_more_events;     /* the store spoke while they were being read */
  gboolean is_missing_key_told; /* since uploads were paused */
  gboolean is_shutting_down;
};

enum
{
  BOUNCE_SERVICE_SIGNAL_LOG,
  BOUNCE_SERVICE_SIGNAL_CURRENT_STUDIES,
  BOUNCE_SERVICE_SIGNAL_QUEUE_STUDY,
  BOUNCE_SERVICE_SIGNAL_UPLOAD_PROGRESS,
  BOUNCE_SERVICE_SIGNAL_STUDIES_CHANGED,
  BOUNCE_SERVICE_SIGNAL_EVENT,
  BOUNCE_SERVICE_SIGNAL_SHOW_WINDOW,
  BOUNCE_SERVICE_SIGNAL_QUIT,
  BOUNCE_SERVICE_SIGNAL_NETWORK_RETURNED,
  BOUNCE_SERVICE_N_SIGNALS,
};

extern guint bounce_service_signals[BOUNCE_SERVICE_N_SIGNALS];

/* bounce-service-events.c */
void bounce_service_connect_parts (BounceService *self);
void bounce_service_disconnect_parts (BounceService *self);

/* bounce-service-import.c */
void bounce_service_cancel_imports (BounceService *self);
/* bounce-service.c */
void bounce_service_imports_ended (BounceService *self);

/* bounce-service-task.c */
void bounce_service_task_return (GTask *task, BounceServiceError code, GError *error);
void bounce_service_task_return_value (
    GTask *task, gpointer value, GDestroyNotify free_value, BounceServiceError code, GError *error);
gboolean bounce_service_task_finish (BounceService *self, GAsyncResult *result, GError **error);
gpointer
bounce_service_task_finish_value (BounceService *self, GAsyncResult *result, GError **error);

/* bounce-service-settings.c */
void bounce_service_watch_settings (BounceService *self);
void bounce_service_tell_setting (BounceService *self, const char *message);

G_END_DECLS
