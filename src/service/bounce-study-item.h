/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "bounce-service.h"

G_BEGIN_DECLS

/* A row of the study table. Main thread. Every field of BounceStudy but "undelivered" is a property
 * that notifies: id, study-uid, patient-name (raw), patient-id, birth-date, study-date,
 * description, accession-number, modality, status, reason, series, instances, local-instances,
 * bytes, received-us, updated-us, receiving-until-us, next-attempt-us, attempts, hold,
 * delivered-us. Besides: display-name, is-uploading, uploaded-bytes, total-bytes, progress (0 to
 * 1), rate (bytes a second, 0: not known yet), time-left-us (-1: not known). While a time in the
 * future stands in receiving-until-us or next-attempt-us, its property notifies each second, so
 * that sentences made of it stay true.
 * Signal "changed": once after the notifications of a change, for what is made of several. */
#define BOUNCE_TYPE_STUDY_ITEM (bounce_study_item_get_type ())
G_DECLARE_FINAL_TYPE (BounceStudyItem, bounce_study_item, BOUNCE, STUDY_ITEM, GObject)

const BounceStudy *bounce_study_item_get_study (BounceStudyItem *self);
const char *bounce_study_item_get_display_name (BounceStudyItem *self);
gboolean bounce_study_item_is_uploading (BounceStudyItem *self);
gboolean bounce_study_item_is_finishing (BounceStudyItem *self);
double bounce_study_item_get_progress (BounceStudyItem *self);
guint64 bounce_study_item_get_uploaded_bytes (BounceStudyItem *self);
guint64 bounce_study_item_get_total_bytes (BounceStudyItem *self);
double bounce_study_item_get_rate (BounceStudyItem *self);
gint64 bounce_study_item_get_time_left_us (BounceStudyItem *self);

G_END_DECLS
