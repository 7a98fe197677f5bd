/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "bounce-history-model.h"

G_BEGIN_DECLS

/* One attempt to deliver; the value behind it is exchanged while it runs, and "transfer" notifies.
 */
#define BOUNCE_TYPE_TRANSFER_ENTRY (bounce_transfer_entry_get_type ())
G_DECLARE_FINAL_TYPE (BounceTransferEntry, bounce_transfer_entry, BOUNCE, TRANSFER_ENTRY, GObject)

const BounceTransfer *bounce_transfer_entry_get_transfer (BounceTransferEntry *self);
const char *bounce_transfer_entry_get_patient_name (BounceTransferEntry *self);

#define BOUNCE_TRANSFER_MODEL_ALL BOUNCE_HISTORY_ALL_STATES

/* Attempts, newest first, live. Properties (notify): "loading", "n-items", "has-more" (there are
 * older ones: bounce_transfer_model_load_more()). */
#define BOUNCE_TYPE_TRANSFER_MODEL (bounce_transfer_model_get_type ())
G_DECLARE_FINAL_TYPE (
    BounceTransferModel, bounce_transfer_model, BOUNCE, TRANSFER_MODEL, BounceHistoryModel)

/* study_uid (nullable): of all studies. */
BounceTransferModel *bounce_transfer_model_new (BounceService *service, const char *study_uid);
/* state: a BounceTransferState or BOUNCE_TRANSFER_MODEL_ALL; search (nullable): in the study's
 * name, ID, accession number, description and UID, Unicode-folded. */
void bounce_transfer_model_set_filter (BounceTransferModel *self, int state, const char *search);
void bounce_transfer_model_load_more (BounceTransferModel *self);

G_END_DECLS
