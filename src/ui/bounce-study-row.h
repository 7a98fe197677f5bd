/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "bounce-study-item.h"

G_BEGIN_DECLS

/* A row of the studies table, which shows now one study, now another. Main thread.
 * Signal "changed": it shows another study, or the study has changed. */
#define BOUNCE_TYPE_STUDY_ROW (bounce_study_row_get_type ())
G_DECLARE_FINAL_TYPE (BounceStudyRow, bounce_study_row, BOUNCE, STUDY_ROW, GObject)

BounceStudyRow *bounce_study_row_new (BounceStudyItem *study);
BounceStudyItem *bounce_study_row_get_study (BounceStudyRow *self);
void bounce_study_row_set_study (BounceStudyRow *self, BounceStudyItem *study);

G_END_DECLS
