/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "bounce-study-selection.h"

#include "bounce-study-model.h"

#include <adwaita.h>

G_BEGIN_DECLS

/* What there is to know about one study: has it arrived, its series, its transfers, its events. */
#define BOUNCE_TYPE_STUDY_DETAILS (bounce_study_details_get_type ())
G_DECLARE_FINAL_TYPE (BounceStudyDetails, bounce_study_details, BOUNCE, STUDY_DETAILS, AdwBin)

void bounce_study_details_set_service (BounceStudyDetails *self, BounceService *service);
void bounce_study_details_show (BounceStudyDetails *self, BounceStudyItem *item);
void bounce_study_details_show_several (BounceStudyDetails *self,
                                        BounceStudyModel *model,
                                        BounceStudySelection *selection);

G_END_DECLS
