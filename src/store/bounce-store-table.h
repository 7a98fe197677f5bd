/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "bounce-store.h"

G_BEGIN_DECLS

/* The study table of a window: ids in the order of a query from the reader thread, rows by id. */

/* Rows that one call of bounce_store_read_studies_sync() may ask for (design section 9). */
#define BOUNCE_STORE_PAGE_ROWS 128

/* query: page and limit are not looked at. */
void bounce_store_list_study_ids_async (BounceStore *self,
                                        const BounceStudyQuery *query,
                                        GCancellable *cancellable,
                                        GAsyncReadyCallback callback,
                                        gpointer user_data);
GArray *
bounce_store_list_study_ids_finish (BounceStore *self, GAsyncResult *result, GError **error);
GPtrArray *
bounce_store_read_studies_sync (BounceStore *self, const gint64 *ids, guint n_ids, GError **error);

/* How a study stands in a query now. */
typedef struct
{
  char *study_uid;
  BounceStudy *study; /* (nullable) it was removed */
  gboolean is_match;  /* the query's filters let it through */
  char *sort_key;     /* (nullable) equal text: it has not moved against its neighbours */
} BounceStudyStanding;

void bounce_store_look_up_studies_async (BounceStore *self,
                                         const BounceStudyQuery *query,
                                         const char *const *study_uids,
                                         GCancellable *cancellable,
                                         GAsyncReadyCallback callback,
                                         gpointer user_data);
GPtrArray *
bounce_store_look_up_studies_finish (BounceStore *self, GAsyncResult *result, GError **error);

/* Studies together, for a command that is about all of them. */
typedef struct
{
  char **study_uids; /* in the order of the ids; those that are gone are left out */
  GArray *ids;       /* (element-type gint64) of study_uids */
  guint64 instances, bytes;
  guint undelivered_studies;
  guint64 undelivered_instances;
} BounceStudySum;

void bounce_study_sum_free (BounceStudySum *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (BounceStudySum, bounce_study_sum_free)

void bounce_store_sum_studies_async (BounceStore *self,
                                     const gint64 *ids,
                                     guint n_ids,
                                     GCancellable *cancellable,
                                     GAsyncReadyCallback callback,
                                     gpointer user_data);
BounceStudySum *
bounce_store_sum_studies_finish (BounceStore *self, GAsyncResult *result, GError **error);

void bounce_store_list_modalities_async (BounceStore *self,
                                         GCancellable *cancellable,
                                         GAsyncReadyCallback callback,
                                         gpointer user_data);
GStrv bounce_store_list_modalities_finish (BounceStore *self, GAsyncResult *result, GError **error);

G_END_DECLS
