/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "bounce-config-source.h"

G_BEGIN_DECLS

typedef enum
{
  BOUNCE_TRIAL_STARTING,
  BOUNCE_TRIAL_RUNNING,
  BOUNCE_TRIAL_WAITING, /* the cloud ended; it is started again after "retry-seconds" */
} BounceTrialState;

/* A trial: keeps bounce-sandbox running and points the settings' source at it. Main thread.
 * Properties: "state" (int, BounceTrialState), "port" (uint, 0: any), "retry-seconds" (uint). */
#define BOUNCE_TYPE_TRIAL (bounce_trial_get_type ())
G_DECLARE_FINAL_TYPE (BounceTrial, bounce_trial, BOUNCE, TRIAL, GObject)

BounceTrial *
bounce_trial_open (BounceConfigSource *source, const char *folder, guint port, GError **error);
void bounce_trial_start (BounceTrial *self);
BounceTrialState bounce_trial_get_state (BounceTrial *self);
guint bounce_trial_get_retry_seconds (BounceTrial *self);
void bounce_trial_stop (BounceTrial *self);

/* Its folder, apart from everything that is real. */
char *bounce_trial_dup_folder (void);
char *bounce_trial_dup_data_dir (const char *folder);
char *bounce_trial_dup_base_dir (const char *folder);
gboolean bounce_trial_make_folder (const char *folder, GError **error);
void bounce_trial_remove_folder_async (const char *folder,
                                       GCancellable *cancellable,
                                       GAsyncReadyCallback callback,
                                       gpointer user_data);
gboolean bounce_trial_remove_folder_finish (GAsyncResult *result, GError **error);

G_END_DECLS
