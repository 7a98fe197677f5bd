/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "bounce-study-item.h"

G_BEGIN_DECLS

/* How far an upload is; kept by the model, because rows come and go. */
typedef struct
{
  guint64 uploaded, total; /* bytes; total 0: no upload */
  double rate;             /* bytes a second, smoothed; 0: not known yet */
  gint64 measured_at_us;   /* monotonic, of the last look at the rate */
  guint64 measured_bytes;
} BounceStudyProgress;

void bounce_study_progress_update (BounceStudyProgress *self,
                                   guint64 uploaded,
                                   guint64 total,
                                   gint64 now_us);

BounceStudyItem *bounce_study_item_new (BounceStudy *study);
void bounce_study_item_take_study (BounceStudyItem *self, BounceStudy *study);
void bounce_study_item_set_progress (BounceStudyItem *self, const BounceStudyProgress *progress);
void bounce_study_item_tick (BounceStudyItem *self, gint64 now_us);

G_END_DECLS
