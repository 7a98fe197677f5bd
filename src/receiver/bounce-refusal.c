/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* From the error of a layer below to what a sender, an event and a person are told. No state, any
 * thread. */

#include "config.h"

#include "bounce-refusal.h"

#include "bounce-core-error.h"
#include "bounce-dicom-error.h"
#include "bounce-store-error.h"
#include "bounce-wording.h"

/* comment is (0000,0902), LO: at most 64 characters, and never anything that the peer sent. */
static const struct
{
  BounceStatus status;
  const char *reason;
  const char *comment;
} refusals[BOUNCE_N_REFUSALS] = {
  [BOUNCE_REFUSAL_NONE] = { BOUNCE_STATUS_SUCCESS, NULL, NULL },
  [BOUNCE_REFUSAL_NO_SPACE] = { BOUNCE_STATUS_OUT_OF_RESOURCES, BOUNCE_REASON_NO_SPACE,
                                "Not enough storage space" },
  [BOUNCE_REFUSAL_STORAGE] = { BOUNCE_STATUS_OUT_OF_RESOURCES, BOUNCE_REASON_STORAGE,
                               "Storage failed" },
  [BOUNCE_REFUSAL_MISMATCH] = { BOUNCE_STATUS_DATASET_MISMATCH, BOUNCE_REASON_MISMATCH,
                                "Data set and command name different instances" },
  [BOUNCE_REFUSAL_BAD_UID] = { BOUNCE_STATUS_CANNOT_UNDERSTAND, BOUNCE_REASON_BAD_UID,
                               "A UID is not valid" },
  [BOUNCE_REFUSAL_UNREADABLE] = { BOUNCE_STATUS_CANNOT_UNDERSTAND, BOUNCE_REASON_UNREADABLE,
                                  "Data set cannot be read" },
  [BOUNCE_REFUSAL_INTERNAL] = { BOUNCE_STATUS_PROCESSING_FAILURE, BOUNCE_REASON_INTERNAL,
                                "Processing failed" },
};

static BounceRefusal
classify_store_error (const GError *error)
{
  switch (error->code)
    {
    case BOUNCE_STORE_ERROR_NO_SPACE:
      return BOUNCE_REFUSAL_NO_SPACE;
    case BOUNCE_STORE_ERROR_INVALID:
      return BOUNCE_REFUSAL_BAD_UID;
    case BOUNCE_STORE_ERROR_IO:
    case BOUNCE_STORE_ERROR_DATABASE:
    case BOUNCE_STORE_ERROR_CORRUPT:
    case BOUNCE_STORE_ERROR_NOT_MOUNTED:
      return BOUNCE_REFUSAL_STORAGE;
    default:
      return BOUNCE_REFUSAL_INTERNAL;
    }
}

static BounceRefusal
classify_dicom_error (const GError *error)
{
  switch (error->code)
    {
    case BOUNCE_DICOM_ERROR_MISMATCH:
      return BOUNCE_REFUSAL_MISMATCH;
    case BOUNCE_DICOM_ERROR_BAD_UID:
      return BOUNCE_REFUSAL_BAD_UID;
    default:
      return BOUNCE_REFUSAL_UNREADABLE;
    }
}

/**
 * bounce_refusal_from_error:
 * @error: of dicom/, store/ or core/
 *
 * Thread: any
 * Returns: what it means for the instance
 */
BounceRefusal
bounce_refusal_from_error (const GError *error)
{
  if (error->domain == BOUNCE_STORE_ERROR)
    return classify_store_error (error);
  if (error->domain == BOUNCE_DICOM_ERROR)
    return classify_dicom_error (error);
  if (g_error_matches (error, BOUNCE_CORE_ERROR, BOUNCE_CORE_ERROR_NO_SPACE))
    return BOUNCE_REFUSAL_NO_SPACE;
  if (error->domain == BOUNCE_CORE_ERROR)
    return BOUNCE_REFUSAL_STORAGE;
  return BOUNCE_REFUSAL_INTERNAL;
}

/**
 * bounce_refusal_get_status:
 *
 * Source: PS3.4 B.2.3
 * Returns: the status of a C-STORE response
 */
BounceStatus
bounce_refusal_get_status (BounceRefusal refusal)
{
  return refusals[refusal].status;
}

/**
 * bounce_refusal_get_reason:
 *
 * Returns: (nullable): a `BOUNCE_REASON_…`; none for %BOUNCE_REFUSAL_NONE
 */
const char *
bounce_refusal_get_reason (BounceRefusal refusal)
{
  return refusals[refusal].reason;
}

/**
 * bounce_refusal_get_comment:
 *
 * Source: PS3.7 C.4, Error Comment
 * Returns: (nullable): for the sender's log
 */
const char *
bounce_refusal_get_comment (BounceRefusal refusal)
{
  return refusals[refusal].comment;
}
