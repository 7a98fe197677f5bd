/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

/* The study behind a position, without reading its row. */
typedef gint64 (*BounceStudyIdAt) (GListModel *model, guint position);

/* Several studies selected by their ids, so that a selection survives sorting, searching and
 * everything that arrives. Main thread. */
#define BOUNCE_TYPE_STUDY_SELECTION (bounce_study_selection_get_type ())
G_DECLARE_FINAL_TYPE (
    BounceStudySelection, bounce_study_selection, BOUNCE, STUDY_SELECTION, GObject)

BounceStudySelection *bounce_study_selection_new (GListModel *model, BounceStudyIdAt id_at);
guint bounce_study_selection_get_n_selected (BounceStudySelection *self);
GArray *bounce_study_selection_list (BounceStudySelection *self);

G_END_DECLS
