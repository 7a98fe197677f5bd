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
G_DEFINE_AUTOPTR_CLEANUP_FUNC (BounceTableQuery, bounce_table_query_free)

G_END_DECLS
