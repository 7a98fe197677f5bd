/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include <glib.h>

#include <stdio.h>

G_BEGIN_DECLS

typedef struct
{
  const char *title;  /* (nullable) in every column: no heading */
  gboolean is_number; /* flush right */
} BounceCtlColumn;

/* Rows of text in columns that line up, whatever script the text is in. */
typedef struct _BounceCtlTable BounceCtlTable;

BounceCtlTable *bounce_ctl_table_new (const BounceCtlColumn *columns, guint n_columns);
void bounce_ctl_table_free (BounceCtlTable *self);
void bounce_ctl_table_add (BounceCtlTable *self, const char *const *cells);
void bounce_ctl_table_print (BounceCtlTable *self, FILE *stream);
guint bounce_ctl_text_width (const char *text);
char *bounce_ctl_text_clean (const char *text);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (BounceCtlTable, bounce_ctl_table_free)

G_END_DECLS
