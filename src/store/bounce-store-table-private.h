/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "bounce-store-study-row-private.h"
#include "bounce-store-table.h"

G_BEGIN_DECLS

/* A copy of a query for the reader thread. */
typedef struct
{
  char *search, *status, *modality; /* (nullable) search is folded */
  int sort;                         /* which row of the sorts */
  gboolean descending;
  GStrv study_uids; /* (owned) (nullable) for a look-up */
} BounceTableQuery;

BounceTableQuery *bounce_table_query_new (const BounceStudyQuery *query, GError **error);
void bounce_table_query_free (BounceTableQuery *self);
const char *bounce_table_query_get_sql (const BounceTableQuery *query);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (BounceTableQuery, bounce_table_query_free)

/* bounce-store-table-lookup.c: the statements of the other calls */
extern const char bounce_table_look_up_sql[], bounce_table_sum_sql[], bounce_table_modalities_sql[];

G_END_DECLS
