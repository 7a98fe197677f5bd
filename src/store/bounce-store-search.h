/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "bounce-store.h"

G_BEGIN_DECLS

/* Transfers and events as a person looks through them, newest first. */

#define BOUNCE_HISTORY_ALL_STATES (-1)

typedef struct
{
  const char *study_uid; /* (nullable) of all */
  const char *search;    /* (nullable) Unicode-folded substring: the study's name, ID, accession,
                            description, UID; for events also their sentence */
  int state;             /* transfers: BounceTransferState or BOUNCE_HISTORY_ALL_STATES */
  const int *codes;      /* (nullable) events: of these codes, ended by 0 */
  guint limit;           /* rows, at least 1 */
} BounceHistoryQuery;

typedef struct
{
  BounceTransfer *transfer;
  char *patient_name; /* (nullable) */
} BounceTransferRow;
void bounce_transfer_row_free (BounceTransferRow *self);

typedef struct
{
  BounceEvent *event;
  char *sentence;     /* bounce_wording_event() */
  char *patient_name; /* (nullable) of the study, while it is there */
} BounceEventRow;
void bounce_event_row_free (BounceEventRow *self);

void bounce_store_search_transfers_async (BounceStore *self,
                                          const BounceHistoryQuery *query,
                                          GCancellable *cancellable,
                                          GAsyncReadyCallback callback,
                                          gpointer user_data);
void bounce_store_search_events_async (BounceStore *self,
                                       const BounceHistoryQuery *query,
                                       GCancellable *cancellable,
                                       GAsyncReadyCallback callback,
                                       gpointer user_data);
/* For both: (transfer full) (element-type BounceTransferRow or BounceEventRow) */
GPtrArray *bounce_store_search_finish (BounceStore *self, GAsyncResult *result, GError **error);

G_END_DECLS
