/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "bounce-study-row.h"

#include "bounce-study-model.h"

#include <gtk/gtk.h>

G_BEGIN_DECLS

/* The rows of the studies table, of which several are selected by the ids of their studies, so that
 * a selection survives sorting, searching and everything that arrives. Its items are
 * BounceStudyRows. Main thread. */
#define BOUNCE_TYPE_STUDY_SELECTION (bounce_study_selection_get_type ())
G_DECLARE_FINAL_TYPE (
    BounceStudySelection, bounce_study_selection, BOUNCE, STUDY_SELECTION, GObject)

BounceStudySelection *bounce_study_selection_new (BounceStudyModel *model);
guint bounce_study_selection_get_n_selected (BounceStudySelection *self);
gint64 bounce_study_selection_get_single (BounceStudySelection *self);
GArray *bounce_study_selection_list (BounceStudySelection *self);

G_END_DECLS
