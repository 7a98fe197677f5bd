/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "bounce-study-item.h"

#include <adwaita.h>

G_BEGIN_DECLS

/* A cell of the studies table: text, or the status with icon, words and progress. A secondary
 * click anywhere in it opens the menu of the page. Main thread. */
#define BOUNCE_TYPE_STUDY_CELL (bounce_study_cell_get_type ())
G_DECLARE_FINAL_TYPE (BounceStudyCell, bounce_study_cell, BOUNCE, STUDY_CELL, AdwBin)

GtkWidget *bounce_study_cell_new_text (GtkListItem *item, gboolean is_number);
GtkWidget *bounce_study_cell_new_status (GtkListItem *item);
void bounce_study_cell_show_text (BounceStudyCell *self, const char *text);
void bounce_study_cell_show_status (BounceStudyCell *self, BounceStudyItem *study);

G_END_DECLS
