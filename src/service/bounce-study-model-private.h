/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "bounce-study-model.h"

#include "bounce-service-private.h"
#include "bounce-study-item-private.h"

G_BEGIN_DECLS

/* What is read, each for itself: that one of them works says nothing of the others. */
typedef enum
{
  BOUNCE_STUDY_READ_IDS = 1 << 0,
  BOUNCE_STUDY_READ_ROWS = 1 << 1,
  BOUNCE_STUDY_READ_CHANGES = 1 << 2,
} BounceStudyRead;

/* Main thread only, all of it. */
struct _BounceStudyModel
{
  GObject parent_instance;

  BounceService *service; /* (owned) */
  BounceStore *store;     /* (owned) */
  BounceStudyQuery query; /* its texts are owned */
  GArray *ids;            /* (owned) (element-type gint64) the rows in order */

  GHashTable *rows;    /* (owned) (element-type gint64 Row) items that exist, of -rows.c */
  GQueue recent;       /* (element-type BounceStudyItem) (owned) the last ones fetched */
  GHashTable *uploads; /* (owned) (element-type utf8 BounceStudyProgress) */

  GHashTable *changed;  /* (owned) (element-type utf8) to be looked up */
  GStrv looked_up;      /* (owned) (nullable) those of the look-up under way */
  GHashTable *places;   /* (owned) (element-type utf8 utf8) known since the query was set */
  GHashTable *touched;  /* (owned) (element-type gint64) may be elsewhere in the next answer */
  GHashTable *asked;    /* (owned) (element-type gint64) those of the answer under way */
  GCancellable *cancel; /* (owned) of the running query and look-up */
  char *error_message;  /* (owned) (nullable) */
  guint failed;         /* of BounceStudyRead: what could not be read the last time */
  guint update_source, tick_source, retry_source;
  gint64 query_started_at_us, query_took_us; /* monotonic */
  gboolean is_loading, is_querying, is_looking_up, needs_query;
};

/* bounce-study-model.c */
void bounce_study_model_replace_ids (BounceStudyModel *self, GArray *ids);
void bounce_study_model_set_loading (BounceStudyModel *self, gboolean is_loading);
void bounce_study_model_set_error (BounceStudyModel *self, const char *message);

/* bounce-study-model-rows.c */
BounceStudyItem *bounce_study_model_ref_item (BounceStudyModel *self, guint position);
void bounce_study_model_forget_rows (BounceStudyModel *self);
void bounce_study_model_show_study (BounceStudyModel *self, BounceStudy *study);
void bounce_study_model_take_progress (
    BounceStudyModel *self, const char *study_uid, guint64 uploaded, guint64 total, double percent);
void bounce_study_model_tick (BounceStudyModel *self);
gboolean bounce_study_model_read_unread (BounceStudyModel *self, GError **error);

/* bounce-study-model-updates.c */
void bounce_study_model_start_query (BounceStudyModel *self);
void bounce_study_model_follow (BounceStudyModel *self);
void bounce_study_model_read_soon (BounceStudyModel *self);
void bounce_study_model_stop (BounceStudyModel *self);

/* bounce-study-model-merge.c */
gboolean bounce_study_model_merge_ids (BounceStudyModel *self, GArray *ids);

G_END_DECLS
