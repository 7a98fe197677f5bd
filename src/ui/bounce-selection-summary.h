/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "bounce-study-selection.h"

#include "bounce-study-model.h"

#include <adwaita.h>

G_BEGIN_DECLS

/* What several selected studies amount to, and whether they have arrived. */
#define BOUNCE_TYPE_SELECTION_SUMMARY (bounce_selection_summary_get_type ())
G_DECLARE_FINAL_TYPE (
    BounceSelectionSummary, bounce_selection_summary, BOUNCE, SELECTION_SUMMARY, AdwBin)

void bounce_selection_summary_show (BounceSelectionSummary *self,
                                    BounceStudyModel *model,
                                    BounceStudySelection *selection);
void bounce_selection_summary_clear (BounceSelectionSummary *self);

G_END_DECLS
