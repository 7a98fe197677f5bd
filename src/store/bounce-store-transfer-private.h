/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "bounce-store-private.h"

G_BEGIN_DECLS

/* What bounce_transfer_new_from_row() reads. */
#define BOUNCE_TRANSFER_COLUMNS                                                                    \
  " t.id, s.study_uid, d.destination_id, t.attempt, t.first_seq, t.last_seq, t.upload_id,"         \
  " t.assembly_id, t.upload_url, t.tus_endpoint, t.upload_expires_at, t.is_initialised,"           \
  " t.is_started, t.is_uploaded, t.package_size, t.package_sha256, t.\"offset\", t.started_at,"    \
  " t.ended_at, t.state, t.reason, t.snapshot_id, d.id, s.id"
#define BOUNCE_TRANSFER_TABLES                                                                     \
  " FROM transfers t JOIN deliveries d ON d.id = t.delivery_id JOIN studies s ON s.id = "          \
  "d.study_id"
#define BOUNCE_TRANSFER_SELECT          "SELECT" BOUNCE_TRANSFER_COLUMNS BOUNCE_TRANSFER_TABLES
#define BOUNCE_TRANSFER_COLUMN_SNAPSHOT 21
#define BOUNCE_TRANSFER_COLUMN_DELIVERY 22
#define BOUNCE_TRANSFER_COLUMN_STUDY    23
#define BOUNCE_TRANSFER_N_COLUMNS       24

BounceTransfer *bounce_transfer_new_from_row (sqlite3_stmt *row);
/* A row that begins with id, at, code, study_uid, args. */
BounceEvent *bounce_event_new_from_row (sqlite3_stmt *row);
gboolean bounce_store_set_no_transfer (GError **error);
gboolean bounce_store_is_snapshot_current (BounceDatabase *db,
                                           gint64 snapshot_id,
                                           gboolean *is_current,
                                           GError **error);
void bounce_store_remove_package_later (BounceStore *self, const char *study_uid);
void bounce_store_remove_outgoing_later (BounceStore *self, gint64 transfer_id);

G_END_DECLS
