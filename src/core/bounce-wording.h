/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Event codes: stored by number and arguments, told as a sentence only here. The numbers are on
 * disk: append, never renumber. */
typedef enum
{
  BOUNCE_EVENT_INSTANCE_REPLACED = 1, /* study, series, sop */
  BOUNCE_EVENT_INSTANCE_REFUSED,      /* reason */
  BOUNCE_EVENT_STUDY_DELIVERED,       /* study, instances, bytes */
  BOUNCE_EVENT_STUDY_FAILED,          /* study, reason */
  BOUNCE_EVENT_STUDY_RETRY,           /* study, reason, seconds */
  BOUNCE_EVENT_RETRIES_EXHAUSTED,     /* study, attempts */
  BOUNCE_EVENT_UNAUTHORISED,          /* destination */
  BOUNCE_EVENT_AUTHORISED,            /* destination */
  BOUNCE_EVENT_DEPRECATED,            /* endpoint, sunset */
  BOUNCE_EVENT_STUDY_DELETED,         /* study, instances */
  BOUNCE_EVENT_LOCAL_FILES_REMOVED,   /* study, instances: delete_after_success */
  BOUNCE_EVENT_RESET,                 /* */
  BOUNCE_EVENT_DISK_LOW,              /* bytes: free */
  BOUNCE_EVENT_DISK_FULL,             /* bytes: free */
  BOUNCE_EVENT_DISK_OK,               /* bytes: free */
  BOUNCE_EVENT_DATABASE_RECOVERED,    /* adopted */
  BOUNCE_EVENT_FILE_DAMAGED,          /* study, sop */
  BOUNCE_EVENT_FILE_MISSING,          /* study, sop */
  BOUNCE_EVENT_TRANSFER_ABANDONED,    /* study, reason */
  BOUNCE_EVENT_SETTING_INVALID,       /* key, reason */
  BOUNCE_EVENT_SECRET_IN_FILE,        /* the key is kept in a file */
  BOUNCE_EVENT_RECEIVER_FAILED,       /* reason */
  BOUNCE_EVENT_IMPORTED,              /* instances, same, refused */
  BOUNCE_EVENT_DATABASE_DAMAGED,      /* */
  BOUNCE_EVENT_FOLDER_UNREADABLE,     /* study */
  BOUNCE_EVENT_STORAGE_GONE,          /* */
  BOUNCE_EVENT_STORAGE_BACK,          /* */
} BounceEventCode;

/* Why a delivery is in ERROR or waits: stored as text code, told as a sentence here. */
#define BOUNCE_REASON_NETWORK       "network"
#define BOUNCE_REASON_UNTRUSTED     "untrusted"
#define BOUNCE_REASON_SERVER        "server"
#define BOUNCE_REASON_BUSY          "busy"
#define BOUNCE_REASON_UNAUTHORISED  "unauthorised"
#define BOUNCE_REASON_REJECTED      "rejected"
#define BOUNCE_REASON_UNKNOWN_MODE  "unknown-mode"
#define BOUNCE_REASON_NO_KEY        "no-key"
#define BOUNCE_REASON_NO_SPACE      "no-space"
#define BOUNCE_REASON_FILES_REMOVED "files-removed"
#define BOUNCE_REASON_FILE_MISSING  "file-missing"
#define BOUNCE_REASON_FILE_DAMAGED  "file-damaged"
#define BOUNCE_REASON_CHANGED       "changed"
#define BOUNCE_REASON_TOO_LARGE     "too-large"
#define BOUNCE_REASON_INTERNAL      "internal"

/* Why an image was refused, besides NO_SPACE and INTERNAL. */
#define BOUNCE_REASON_STORAGE    "storage"
#define BOUNCE_REASON_MISMATCH   "mismatch"
#define BOUNCE_REASON_BAD_UID    "bad-uid"
#define BOUNCE_REASON_UNREADABLE "unreadable"

/* Why a file or folder was not imported, besides those of an image, or why an import ended early.
 */
#define BOUNCE_REASON_NOT_DICOM       "not-dicom"
#define BOUNCE_REASON_NO_IMAGES       "no-images"
#define BOUNCE_REASON_MISSING         "missing"
#define BOUNCE_REASON_DENIED          "denied"
#define BOUNCE_REASON_LINK            "link"
#define BOUNCE_REASON_SPECIAL_FILE    "special-file"
#define BOUNCE_REASON_READ            "read"
#define BOUNCE_REASON_NESTED          "nested"
#define BOUNCE_REASON_OWN_STORAGE     "own-storage"
#define BOUNCE_REASON_ENCRYPTED       "encrypted"
#define BOUNCE_REASON_ARCHIVE_DAMAGED "archive-damaged"
#define BOUNCE_REASON_ARCHIVE_BOMB    "archive-bomb"
#define BOUNCE_REASON_MEDIUM_INDEX    "medium-index"
#define BOUNCE_REASON_NOT_LOCAL       "not-local"
#define BOUNCE_REASON_CANCELLED       "cancelled"

const char *bounce_reason_from_errno (int saved_errno); /* of opening or reading a file */
const char *bounce_event_code_to_name (int code);
/* args: GVariant a{ss} (nullable). A translated sentence. */
char *bounce_wording_event (int code, GVariant *args);
char *bounce_wording_reason (const char *reason);
char *bounce_wording_reason_line (const char *reason); /* as the beginning of a line */
char *bounce_wording_status (const char *status);
char *bounce_wording_finishing (void);
char *bounce_wording_images (guint64 n);
char *bounce_wording_size (guint64 bytes);
char *bounce_wording_duration (gint64 us);

G_END_DECLS
