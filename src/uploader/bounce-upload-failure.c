/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* The one place where an error of a step becomes a decision about its transfer. Pure functions. */

#include "config.h"

#include "bounce-upload-failure.h"

#include "bounce-aurabox.h"
#include "bounce-core-error.h"
#include "bounce-http.h"
#include "bounce-package.h"
#include "bounce-store-error.h"
#include "bounce-wording.h"

#define HTTP_STATUS_FORBIDDEN           403
#define HTTP_STATUS_NOT_FOUND           404
#define HTTP_STATUS_GONE                410
#define HTTP_STATUS_REQUEST_TIMEOUT     408
#define HTTP_STATUS_CONTENT_TOO_LARGE   413
#define HTTP_STATUS_LOCKED              423
#define HTTP_STATUS_TOO_MANY_REQUESTS   429
#define HTTP_STATUS_SERVICE_UNAVAILABLE 503

static const char *
get_later_reason (guint status)
{
  switch (status)
    {
    case 0:
      return BOUNCE_REASON_NETWORK;
    case HTTP_STATUS_REQUEST_TIMEOUT:
    case HTTP_STATUS_LOCKED:
    case HTTP_STATUS_TOO_MANY_REQUESTS:
    case HTTP_STATUS_SERVICE_UNAVAILABLE:
      return BOUNCE_REASON_BUSY;
    default:
      return BOUNCE_REASON_SERVER;
    }
}

static BounceUploadFailure
classify_http (const GError *error)
{
  guint status = bounce_http_error_get_status (error);
  BounceUploadFailure failure = { .class = BOUNCE_UPLOAD_REJECTED };

  switch (error->code)
    {
    case BOUNCE_HTTP_ERROR_LATER:
      failure.class = BOUNCE_UPLOAD_LATER;
      failure.reason =
          bounce_http_error_is_tls (error) ? BOUNCE_REASON_UNTRUSTED : get_later_reason (status);
      failure.retry_after_seconds = bounce_http_error_get_retry_after_seconds (error);
      break;
    case BOUNCE_HTTP_ERROR_UNAUTHORISED:
      failure.class = BOUNCE_UPLOAD_UNAUTHORISED;
      failure.reason = BOUNCE_REASON_UNAUTHORISED;
      break;
    case BOUNCE_HTTP_ERROR_NEW_UPLOAD:
      failure.class = BOUNCE_UPLOAD_NEW_UPLOAD;
      failure.reason = BOUNCE_REASON_SERVER;
      failure.is_url_gone = status == HTTP_STATUS_NOT_FOUND || status == HTTP_STATUS_GONE;
      break;
    case BOUNCE_HTTP_ERROR_INVALID:
      /* The package went from under us, or an address will not do: nobody refused anything, and
       * the next attempt builds the one anew and asks for the other again. */
      failure.class = BOUNCE_UPLOAD_LATER;
      failure.reason = BOUNCE_REASON_INTERNAL;
      break;
    default:
      failure.reason = status == HTTP_STATUS_CONTENT_TOO_LARGE ? BOUNCE_REASON_TOO_LARGE
                                                               : BOUNCE_REASON_REJECTED;
    }
  return failure;
}

static BounceUploadFailure
classify_aurabox (const GError *error)
{
  switch (error->code)
    {
    case BOUNCE_AURABOX_ERROR_REFUSED:
      return (BounceUploadFailure){ BOUNCE_UPLOAD_REJECTED, BOUNCE_REASON_REJECTED };
    case BOUNCE_AURABOX_ERROR_UNKNOWN_MODE:
      return (BounceUploadFailure){ BOUNCE_UPLOAD_REJECTED, BOUNCE_REASON_UNKNOWN_MODE };
    default:
      return (BounceUploadFailure){ BOUNCE_UPLOAD_LATER, BOUNCE_REASON_SERVER };
    }
}

static BounceUploadFailure
classify_archive (const GError *error)
{
  switch (error->code)
    {
    case BOUNCE_ARCHIVE_ERROR_NO_SPACE:
      return (BounceUploadFailure){ BOUNCE_UPLOAD_LATER, BOUNCE_REASON_NO_SPACE };
    case BOUNCE_ARCHIVE_ERROR_IO:
      return (BounceUploadFailure){ BOUNCE_UPLOAD_LATER, BOUNCE_REASON_STORAGE };
    case BOUNCE_ARCHIVE_ERROR_MISSING:
      return (BounceUploadFailure){ BOUNCE_UPLOAD_REJECTED, BOUNCE_REASON_FILE_MISSING };
    case BOUNCE_ARCHIVE_ERROR_DAMAGED:
      return (BounceUploadFailure){ BOUNCE_UPLOAD_REJECTED, BOUNCE_REASON_FILE_DAMAGED };
    default:
      return (BounceUploadFailure){ BOUNCE_UPLOAD_LATER, BOUNCE_REASON_INTERNAL };
    }
}

static BounceUploadFailure
classify_store (const GError *error)
{
  switch (error->code)
    {
    case BOUNCE_STORE_ERROR_NO_SPACE:
      return (BounceUploadFailure){ BOUNCE_UPLOAD_LATER, BOUNCE_REASON_NO_SPACE };
    case BOUNCE_STORE_ERROR_NOT_FOUND:
      return (BounceUploadFailure){ BOUNCE_UPLOAD_GONE, BOUNCE_REASON_FILES_REMOVED };
    case BOUNCE_STORE_ERROR_NOT_MOUNTED:
      return (BounceUploadFailure){ BOUNCE_UPLOAD_LATER, BOUNCE_REASON_READ };
    default:
      return (BounceUploadFailure){ BOUNCE_UPLOAD_LATER, BOUNCE_REASON_INTERNAL };
    }
}

/**
 * bounce_upload_failure_classify:
 * @error: of any step; not a cancellation
 *
 * Source: design section 5, failure classes.
 * Returns: what to do about it
 */
BounceUploadFailure
bounce_upload_failure_classify (const GError *error)
{
  if (error->domain == BOUNCE_HTTP_ERROR)
    return classify_http (error);
  if (error->domain == BOUNCE_AURABOX_ERROR)
    return classify_aurabox (error);
  if (error->domain == BOUNCE_ARCHIVE_ERROR)
    return classify_archive (error);
  if (error->domain == BOUNCE_STORE_ERROR)
    return classify_store (error);
  if (g_error_matches (error, BOUNCE_CORE_ERROR, BOUNCE_CORE_ERROR_NO_SPACE))
    return (BounceUploadFailure){ BOUNCE_UPLOAD_LATER, BOUNCE_REASON_NO_SPACE };
  return (BounceUploadFailure){ BOUNCE_UPLOAD_LATER, BOUNCE_REASON_INTERNAL };
}

/**
 * bounce_upload_failure_may_be_forgotten:
 * @error: of a step for an upload that an earlier attempt began, with a key that the server has
 * just accepted
 *
 * After a long time, or for another account, the server does not know the upload any more, for
 * which servers have several answers. They look like a refusal of the study or of the key.
 *
 * Returns: whether it may be the upload that is refused
 */
gboolean
bounce_upload_failure_may_be_forgotten (const GError *error)
{
  return g_error_matches (error, BOUNCE_HTTP_ERROR, BOUNCE_HTTP_ERROR_REJECTED)
         || bounce_http_error_get_status (error) == HTTP_STATUS_FORBIDDEN
         || g_error_matches (error, BOUNCE_AURABOX_ERROR, BOUNCE_AURABOX_ERROR_REFUSED);
}

/**
 * bounce_upload_failure_delay_us:
 * @attempt: the number of the attempt that failed, 1 for the first
 * @random: in [0, 1], spreads clients that failed together
 *
 * Units: microseconds.
 * Returns: how long to wait before the next attempt; at the cap once the attempts are used up
 */
gint64
bounce_upload_failure_delay_us (const BounceUploadFailure *self,
                                const BounceRetryPolicy *policy,
                                guint attempt,
                                double random)
{
  BounceRetryPolicy effective = *policy;

  if (bounce_retry_is_exhausted (policy, attempt))
    effective.base_seconds = policy->cap_seconds;
  return bounce_retry_delay_us (&effective, MAX (attempt, 1), self->retry_after_seconds, random);
}
