/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

/* A cell of the studies table: a line of text, and for the state also an icon, a bar and a second
 * line. Main thread. */
#define BOUNCE_TYPE_STUDY_CELL (bounce_study_cell_get_type ())
G_DECLARE_FINAL_TYPE (BounceStudyCell, bounce_study_cell, BOUNCE, STUDY_CELL, GtkWidget)

/* What the cell of a state shows; copied. */
typedef struct
{
  const char *icon_name;
  const char *color; /* (nullable) of the icon: a colour's name in the style sheet */
  const char *text;
  const char *detail; /* (nullable) the second line */
  double fraction;    /* of the bar; negative: none */
} BounceStudyState;

GtkWidget *bounce_study_cell_new (GtkListItem *item, gboolean is_number);
void bounce_study_cell_show_text (BounceStudyCell *self, const char *text);
void bounce_study_cell_show_state (BounceStudyCell *self, const BounceStudyState *state);
void bounce_study_cell_set_tooltip (BounceStudyCell *self, char *(*tell) (gpointer item));
char *bounce_study_cell_dup_words (BounceStudyCell *self);
GtkListItem *bounce_study_cell_get_list_item (BounceStudyCell *self);

G_END_DECLS
