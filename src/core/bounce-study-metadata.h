/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include <glib-object.h>
#include <json-glib/json-glib.h>

G_BEGIN_DECLS

/* A study with its series as the reference document's StudyMetadata shows it; immutable once
 * built. store/ fills it from rows, aurabox/ encodes it for init. */
#define BOUNCE_TYPE_STUDY_METADATA (bounce_study_metadata_get_type ())

typedef struct
{
  char *series_uid;
  char *series_description; /* (nullable) from here on */
  gboolean has_series_number;
  int series_number;
  char *modality;
  char *body_part;
  char *protocol_name;
  guint instances;
} BounceSeriesMetadata;

typedef struct
{
  char *study_uid;
  char *patient_name; /* (nullable) from here on */
  char *patient_id;
  char *patient_birth_date;
  char *patient_sex;
  char *study_date;
  char *study_time;
  char *study_description;
  char *accession_number;
  char *referring_physician;
  char *institution_name;
  char *modality;    /* primary: that of the first series */
  GPtrArray *series; /* (element-type BounceSeriesMetadata) by series_number, then UID */
  char *status;      /* RECEIVED, UPLOADING, SENT, ERROR */
  gint64 received_at_us;
  gint64 uploaded_at_us; /* 0: never */
} BounceStudyMetadata;

GType bounce_study_metadata_get_type (void);
BounceStudyMetadata *bounce_study_metadata_new (void);
BounceStudyMetadata *bounce_study_metadata_copy (const BounceStudyMetadata *self);
void bounce_study_metadata_free (BounceStudyMetadata *self);
BounceSeriesMetadata *bounce_study_metadata_add_series (BounceStudyMetadata *self,
                                                        const char *series_uid);
/* The document's StudyMetadata (the file beside the study). Absent rather than null. */
JsonNode *bounce_study_metadata_to_json (const BounceStudyMetadata *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (BounceStudyMetadata, bounce_study_metadata_free)

G_END_DECLS
