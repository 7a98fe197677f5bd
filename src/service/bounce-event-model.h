/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "bounce-history-model.h"

G_BEGIN_DECLS

/* Something that happened. Immutable. */
#define BOUNCE_TYPE_EVENT_ITEM (bounce_event_item_get_type ())
G_DECLARE_FINAL_TYPE (BounceEventItem, bounce_event_item, BOUNCE, EVENT_ITEM, GObject)

const BounceEvent *bounce_event_item_get_event (BounceEventItem *self);
const char *bounce_event_item_get_sentence (BounceEventItem *self); /* translated */

/* Events, newest first, live. Properties (notify): "loading", "n-items", "has-more",
 * "error-message" (nullable). */
#define BOUNCE_TYPE_EVENT_MODEL (bounce_event_model_get_type ())
G_DECLARE_FINAL_TYPE (BounceEventModel, bounce_event_model, BOUNCE, EVENT_MODEL, BounceHistoryModel)

/* study_uid (nullable): about all. */
BounceEventModel *bounce_event_model_new (BounceService *service, const char *study_uid);
/* codes: BounceEventCode values, 0-terminated, NULL for all; search (nullable): in the sentence and
 * in the study's name, ID, accession number, description and UID, Unicode-folded. */
void bounce_event_model_set_filter (BounceEventModel *self, const int *codes, const char *search);
void bounce_event_model_load_more (BounceEventModel *self);

G_END_DECLS
