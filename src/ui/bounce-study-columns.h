/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

/* The columns of the studies table: what they show, their order, width and visibility. */
void bounce_study_columns_add (GtkColumnView *view);
void bounce_study_columns_restore (GtkColumnView *view, GSettings *settings);
void bounce_study_columns_reset (GtkColumnView *view);
void bounce_study_columns_save (GtkColumnView *view, GSettings *settings);
GMenuModel *bounce_study_columns_create_menu (void);
const char *bounce_study_columns_get_name (GtkColumnViewColumn *column);
GtkColumnViewColumn *bounce_study_columns_find (GtkColumnView *view, const char *name);

/* The column and direction that the view's sorter stands for; NULL: none. */
const char *bounce_study_columns_get_sort (GtkColumnView *view, gboolean *is_descending);

G_END_DECLS
