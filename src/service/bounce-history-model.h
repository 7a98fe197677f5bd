/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "bounce-service.h"
#include "bounce-store-search.h"

G_BEGIN_DECLS

/* What the models of transfers and of events have in common; a view uses those. Properties:
 * "loading", "n-items", "has-more", "error-message" (nullable: what cannot be read at present). */
#define BOUNCE_TYPE_HISTORY_MODEL (bounce_history_model_get_type ())
G_DECLARE_DERIVABLE_TYPE (BounceHistoryModel, bounce_history_model, BOUNCE, HISTORY_MODEL, GObject)

struct _BounceHistoryModelClass
{
  GObjectClass parent_class;

  GType item_type;
  void (*search_async) (BounceStore *store,
                        const BounceHistoryQuery *query,
                        GCancellable *cancellable,
                        GAsyncReadyCallback callback,
                        gpointer user_data);
  gint64 (*get_row_id) (gconstpointer row);
  gint64 (*get_item_id) (gpointer item);
  gpointer (*make_item) (gpointer row);              /* takes the row */
  void (*update_item) (gpointer item, gpointer row); /* takes the row */
};

void bounce_history_model_start (BounceHistoryModel *self,
                                 BounceService *service,
                                 const char *study_uid);
void bounce_history_model_set_filter (BounceHistoryModel *self,
                                      int state,
                                      const int *codes,
                                      const char *search);
void bounce_history_model_load_more (BounceHistoryModel *self);
void bounce_history_model_refresh (BounceHistoryModel *self);
const char *bounce_history_model_get_study_uid (BounceHistoryModel *self);

G_END_DECLS
