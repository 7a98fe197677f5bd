/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "bounce-tus.h"
#include "bounce-upload-failure.h"
#include "bounce-upload-job.h"

G_BEGIN_DECLS

/* Shared by bounce-upload-job.c (life), -steps.c (towards the server) and -end.c (into the store).
 * Everything is for the main thread only. */
struct _BounceUploadJob
{
  GObject parent_instance;

  BounceStore *store;             /* (owned) */
  BounceHttp *http;               /* (owned) */
  BounceClock *clock;             /* (owned) */
  BounceDestination *destination; /* (owned) */
  BounceAurabox *aurabox;         /* (owned) the client of the key that the job began with */
  BounceTransfer *transfer;       /* (owned) what the store has, or is just being told */
  GCancellable *cancellable;      /* (owned) of the step in progress; cancelled by a stop */
  BounceProgress *progress;       /* (owned) (nullable) once finished */
  GTask *task;                    /* (owned) (nullable) before and after running */
  BounceUploadJobStop stop;

  BounceUploadConfig *upload_config; /* (owned) (nullable) until asked for; fresh token */
  gboolean is_resumed;               /* begun by an earlier attempt, and not made anew since */
  guint64 begun_at_offset;           /* what the server had of it then */
  gboolean is_package_ready;
  gboolean is_url_new; /* the upload was created by this job, and nothing was sent to it */
  gboolean is_snapshot_checked;
  gboolean is_checking_snapshot;
  gboolean is_saving_offset;
  gint64 offset_saved_at_us; /* CLOCK_BOOTTIME */
  guint64 saved_offset;
  gboolean is_token_renewed;
  guint64 renewed_at_offset; /* where a 401 made us ask for a new token last */
  guint n_new_uploads;

  gboolean is_ending;
  BounceTransferState end_state;
  const char *end_reason; /* (nullable) BOUNCE_REASON_* */
  gint64 end_retry_at_us;
  gboolean removes_files; /* delete_after_success, as it was at the end */
  char *culprit_uid;      /* (owned) (nullable) SOP Instance UID of a missing or damaged file */
  GSource *end_timer;     /* (owned) (nullable) while the store could not take the end */
};

void bounce_upload_job_advance (BounceUploadJob *self);
void bounce_upload_job_save_and_advance (BounceUploadJob *self);
void bounce_upload_job_fail (BounceUploadJob *self, const GError *error);
void bounce_upload_job_finish (BounceUploadJob *self);

void bounce_upload_job_get_config (BounceUploadJob *self);
void bounce_upload_job_prepare_package (BounceUploadJob *self);
void bounce_upload_job_send_init (BounceUploadJob *self);
void bounce_upload_job_send_start (BounceUploadJob *self);
void bounce_upload_job_create_upload (BounceUploadJob *self);
void bounce_upload_job_send_package (BounceUploadJob *self);
void bounce_upload_job_complete (BounceUploadJob *self);

void bounce_upload_job_end (BounceUploadJob *self,
                            BounceTransferState state,
                            const char *reason,
                            gint64 retry_at_us);
void bounce_upload_job_end_failed (BounceUploadJob *self, const BounceUploadFailure *failure);
void bounce_upload_job_end_stopped (BounceUploadJob *self);
void bounce_upload_job_interrupt_end (BounceUploadJob *self);

G_END_DECLS
