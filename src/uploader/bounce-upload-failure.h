/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "bounce-retry.h"

G_BEGIN_DECLS

/* What a failed step means for its transfer, design section 5. */
typedef enum
{
  BOUNCE_UPLOAD_LATER,        /* again after a while */
  BOUNCE_UPLOAD_UNAUTHORISED, /* the destination pauses */
  BOUNCE_UPLOAD_REJECTED,     /* ERROR until sent by hand */
  BOUNCE_UPLOAD_NEW_UPLOAD,   /* what the server holds of it is of no use any more */
  BOUNCE_UPLOAD_GONE,         /* the study or the transfer is not there any more */
} BounceUploadFailureClass;

typedef struct
{
  BounceUploadFailureClass class;
  const char *reason; /* BOUNCE_REASON_* */
  gint64 retry_after_seconds;
  gboolean is_url_gone; /* NEW_UPLOAD: only the upload URL is spent */
} BounceUploadFailure;

BounceUploadFailure bounce_upload_failure_classify (const GError *error);
gboolean bounce_upload_failure_may_be_forgotten (const GError *error);
gint64 bounce_upload_failure_delay_us (const BounceUploadFailure *self,
                                       const BounceRetryPolicy *policy,
                                       guint attempt,
                                       double random);

G_END_DECLS
