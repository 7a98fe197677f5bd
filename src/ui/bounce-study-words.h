/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "bounce-service.h"

#include <glib.h>

G_BEGIN_DECLS

/* What the table and the details say about a study, for people. Any thread.
 * Texts are (transfer full). */
const char *bounce_study_words_patient (const char *name);
char *bounce_study_words_date (const char *dicom_date);
char *bounce_study_words_time (gint64 wall_us);
char *bounce_study_words_time_within (gint64 wall_us);
char *bounce_study_words_exact_time (gint64 wall_us);
char *bounce_study_words_status (const BounceStudy *study, gint64 now_us);
char *bounce_study_words_status_detail (const BounceStudy *study, gint64 now_us);
void bounce_study_words_set_trial (gboolean value);
gboolean bounce_study_words_is_trial (void);
char *bounce_study_words_arrived (const BounceStudy *study, gint64 now_us);
char *bounce_study_words_particulars (const BounceStudy *study);
char *bounce_study_words_left (const BounceStudy *study);
const char *bounce_study_words_status_icon (const BounceStudy *study);
const char *bounce_study_words_status_color (const BounceStudy *study);
char *bounce_study_words_uploading (double fraction);
char *bounce_study_words_finishing (void);
char *bounce_study_words_progress (double rate_bytes_per_second, gint64 time_left_us);

G_END_DECLS
