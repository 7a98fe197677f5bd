/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "bounce-digest.h"
#include "bounce-study-metadata.h"

#include <glib-object.h>

G_BEGIN_DECLS

/* Values that cross the store's border. Boxed ones are immutable once handed out, any thread. */

#define BOUNCE_DESTINATION_AURABOX 1

/* --- receiving --- */

typedef struct
{
  gint64 association_id;
  const char *study_uid, *series_uid, *sop_instance_uid;
  guint64 size_bytes; /* of the file */
  guint32 crc32;      /* of the file */
  guint8 dataset_sha256[BOUNCE_SHA256_LENGTH];
} BounceArrival;

typedef enum
{
  BOUNCE_ACCEPTED_NEW,
  BOUNCE_ACCEPTED_SAME,     /* same transfer syntax and data set bytes: nothing changed */
  BOUNCE_ACCEPTED_REPLACED, /* other bytes: now undelivered, an event says so */
} BounceAcceptance;

/* --- studies as people see them --- */

#define BOUNCE_TYPE_STUDY (bounce_study_get_type ())
typedef struct
{
  gint64 id;
  char *study_uid;
  char *patient_name; /* (nullable) to modality */
  char *patient_id;
  char *patient_birth_date;
  char *study_date;
  char *study_description;
  char *accession_number;
  char *modality;
  char *status; /* RECEIVED, UPLOADING, SENT, ERROR */
  guint series, instances, undelivered;
  guint64 bytes;
  gint64 created_at_us, updated_at_us;
  gint64 receiving_until_us; /* due_at while RECEIVED and not due yet, else 0 */
  guint attempts;
  gint64 next_attempt_at_us; /* 0: none */
  gboolean hold;
  char *reason;           /* (nullable) BOUNCE_REASON_* of the last failure */
  gint64 delivered_at_us; /* 0: never */
  guint local_instances;  /* files still here */
} BounceStudy;
GType bounce_study_get_type (void);
BounceStudy *bounce_study_copy (const BounceStudy *self);
void bounce_study_free (BounceStudy *self);

typedef struct
{
  guint page;  /* 1-indexed */
  guint limit; /* rows; 0: all */
  const char
      *search; /* (nullable) Unicode-folded substring: name, ID, accession, description, UID */
  const char *status;   /* (nullable) */
  const char *modality; /* (nullable) */
  const char *sort; /* (nullable) patient, id, date, description, modality, images, size, received,
                       status; default received */
  gboolean descending;
} BounceStudyQuery;

typedef struct
{
  guint received, uploading, sent, error; /* studies by status */
  guint receiving, waiting;               /* RECEIVED not due yet; due, not begun */
  guint delivered_today;
  guint64 free_bytes;
} BounceStoreCounts;

/* --- transfers --- */

typedef enum
{
  BOUNCE_TRANSFER_RUNNING = 0,
  BOUNCE_TRANSFER_DELIVERED = 1,
  BOUNCE_TRANSFER_FAILED = 2,
  BOUNCE_TRANSFER_ABANDONED = 3,   /* snapshot replaced or removed, deleted, new upload needed */
  BOUNCE_TRANSFER_INTERRUPTED = 4, /* shutdown or crash: continues under the same upload_id */
} BounceTransferState;

typedef struct
{
  char *series_uid, *sop_instance_uid, *transfer_syntax_uid;
  guint64 size_bytes;
  guint32 crc32;
  gint64 seq;
} BounceTransferItem;

/* One attempt to deliver a snapshot of a study to one destination. */
#define BOUNCE_TYPE_TRANSFER (bounce_transfer_get_type ())
typedef struct
{
  gint64 id;
  char *study_uid;
  int destination;
  guint attempt; /* of the delivery, 1 at first */
  gint64 first_seq, last_seq;
  char *upload_id;
  char *assembly_id; /* (nullable) from here on until the step that sets it */
  char *upload_url;
  char *tus_endpoint;
  gint64 upload_expires_at_us;
  gboolean is_initialised, is_started; /* init / start acknowledged under this upload_id */
  gboolean is_uploaded;                /* server's offset equalled the package's length */
  guint64 package_size;
  guint8 package_sha256[BOUNCE_SHA256_LENGTH];
  guint64 offset;
  gint64 started_at_us, ended_at_us;
  BounceTransferState state;
  char *reason;
  GPtrArray *items;              /* (element-type BounceTransferItem), series then SOP order; only
                                    in claimed transfers */
  BounceStudyMetadata *metadata; /* of exactly the snapshot; only in claimed transfers */
} BounceTransfer;
GType bounce_transfer_get_type (void);
BounceTransfer *bounce_transfer_copy (const BounceTransfer *self);
void bounce_transfer_free (BounceTransfer *self);

typedef struct
{
  gint64 id;
  gint64 at_us;
  int code;        /* BounceEventCode */
  char *study_uid; /* (nullable) */
  GVariant *args;  /* a{ss} */
} BounceEvent;
void bounce_event_free (BounceEvent *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (BounceStudy, bounce_study_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (BounceTransfer, bounce_transfer_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (BounceEvent, bounce_event_free)

G_END_DECLS
