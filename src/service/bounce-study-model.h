/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "bounce-service.h"
#include "bounce-store-table.h"
#include "bounce-study-item.h"

G_BEGIN_DECLS

/* The study table: a GListModel of BounceStudyItem for any number of studies. Main thread.
 *
 * Properties (notify): "loading" (a query runs; the rows shown are those of the one before),
 * "n-items", "error-message" (nullable: what cannot be read at present).
 * Signals: "query-begin" and "query-end" stand around the items-changed in which all rows are
 * exchanged: a view of GTK 4.8 must not see it, because it would fetch every row and make new
 * widgets for those that it shows. Small changes between come as plain items-changed. */
#define BOUNCE_TYPE_STUDY_MODEL (bounce_study_model_get_type ())
G_DECLARE_FINAL_TYPE (BounceStudyModel, bounce_study_model, BOUNCE, STUDY_MODEL, GObject)

BounceStudyModel *bounce_study_model_new (BounceService *service);
void bounce_study_model_set_query (BounceStudyModel *self, const BounceStudyQuery *query);
const BounceStudyQuery *bounce_study_model_get_query (BounceStudyModel *self);
gboolean bounce_study_model_is_loading (BounceStudyModel *self);
gint64 bounce_study_model_get_id_at (BounceStudyModel *self, guint position);
const gint64 *bounce_study_model_get_ids (BounceStudyModel *self, guint *n_ids);
gboolean bounce_study_model_find (BounceStudyModel *self, gint64 id, guint *position);
BounceStudyItem *bounce_study_model_peek (BounceStudyModel *self, gint64 id);
BounceStudyItem *bounce_study_model_ref_study (BounceStudyModel *self, gint64 id);

/* What studies amount to, and their UIDs for a bulk command (also of rows never shown). */
void bounce_study_model_sum_async (BounceStudyModel *self,
                                   const gint64 *ids,
                                   guint n_ids,
                                   GCancellable *cancellable,
                                   GAsyncReadyCallback callback,
                                   gpointer user_data);
BounceStudySum *
bounce_study_model_sum_finish (BounceStudyModel *self, GAsyncResult *result, GError **error);

G_END_DECLS
