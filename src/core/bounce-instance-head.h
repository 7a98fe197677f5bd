/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include <glib-object.h>

G_BEGIN_DECLS

/* What the tags of one instance say, as UTF-8; (nullable) where absent. Filled by dicom/ from the
 * head of a dataset, kept by store/. Names raw, with ^ and =. */
#define BOUNCE_TYPE_INSTANCE_HEAD (bounce_instance_head_get_type ())

typedef struct
{
  /* study */
  char *study_uid;
  char *patient_name;
  char *patient_id;
  char *patient_birth_date;
  char *patient_sex;
  char *study_date;
  char *study_time;
  char *study_description;
  char *accession_number;
  char *referring_physician;
  char *institution_name;
  /* series */
  char *series_uid;
  char *series_description;
  gboolean has_series_number;
  int series_number;
  char *modality;
  char *body_part;
  char *protocol_name;
  /* instance */
  char *sop_class_uid;
  char *sop_instance_uid;
  char *transfer_syntax_uid;
} BounceInstanceHead;

GType bounce_instance_head_get_type (void);
BounceInstanceHead *bounce_instance_head_new (void);
BounceInstanceHead *bounce_instance_head_copy (const BounceInstanceHead *self);
void bounce_instance_head_free (BounceInstanceHead *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (BounceInstanceHead, bounce_instance_head_free)

G_END_DECLS
