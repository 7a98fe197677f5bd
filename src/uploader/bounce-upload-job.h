/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "bounce-destination.h"

G_BEGIN_DECLS

/* One transfer from its claim to its end. Main thread. Signal "progress" (guint64 uploaded,
 * guint64 total). */
#define BOUNCE_TYPE_UPLOAD_JOB (bounce_upload_job_get_type ())
G_DECLARE_FINAL_TYPE (BounceUploadJob, bounce_upload_job, BOUNCE, UPLOAD_JOB, GObject)

/* Why a job is told to stop; a later one counts only if it is higher. */
typedef enum
{
  BOUNCE_UPLOAD_JOB_GO_ON,
  BOUNCE_UPLOAD_JOB_ABANDON,   /* the snapshot is no longer what is kept */
  BOUNCE_UPLOAD_JOB_CANCEL,    /* the study is going to be deleted */
  BOUNCE_UPLOAD_JOB_INTERRUPT, /* shutdown: continues after the next start */
} BounceUploadJobStop;

typedef struct
{
  BounceStore *store;
  BounceHttp *http;
  BounceClock *clock;
  BounceDestination *destination;
} BounceUploadJobContext;

BounceUploadJob *bounce_upload_job_new (const BounceUploadJobContext *context,
                                        const BounceTransfer *transfer);
const char *bounce_upload_job_get_study_uid (BounceUploadJob *self);
const char *bounce_upload_job_get_failure_reason (BounceUploadJob *self); /* (nullable) */
/* Ends when the transfer's end is in the store; how it ended is the store's knowledge. */
void bounce_upload_job_run_async (BounceUploadJob *self,
                                  GAsyncReadyCallback callback,
                                  gpointer user_data);
void bounce_upload_job_run_finish (BounceUploadJob *self, GAsyncResult *result);
void bounce_upload_job_stop (BounceUploadJob *self, BounceUploadJobStop stop);
void bounce_upload_job_check_snapshot (BounceUploadJob *self);

G_END_DECLS
