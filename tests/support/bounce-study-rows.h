/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Rows of studies without files, straight into bounce.db of an open or closed store, numbered from
 * first. All are SENT, but every tenth, which is in ERROR. Names (of several scripts), modalities,
 * dates and counts vary with the number, so that every sort has work to do. */
void bounce_study_rows_insert (const char *data_dir, guint first, guint n_rows);
void bounce_study_rows_run (const char *data_dir, const char *sql);
/* Until it is called with FALSE, what reads studies, transfers or events of the store fails. */
void bounce_study_rows_hide (const char *data_dir, gboolean is_hidden);
char *bounce_study_rows_uid (guint number);

G_END_DECLS
