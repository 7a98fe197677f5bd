/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "bounce-store-private.h"

G_BEGIN_DECLS

/* What bounce_study_new_from_row() reads; undelivered is an expression. */
#define BOUNCE_STUDY_COLUMNS(undelivered)                                                          \
  " s.id, s.study_uid, s.patient_name, s.patient_id, s.patient_birth_date, s.study_date,"          \
  " s.study_description, s.accession_number, s.modality, s.status, s.series, s.instances,"         \
  " " undelivered ", s.bytes, s.received_at, s.updated_at, s.due_at, d.attempts,"                  \
  " d.next_attempt_at, d.hold, d.reason, d.delivered_at, s.local_instances"
#define BOUNCE_STUDY_N_COLUMNS 23
#define BOUNCE_STUDY_TABLES                                                                        \
  " FROM studies s JOIN deliveries d ON d.study_id = s.id AND d.destination_id = 1"
/* Walks the undelivered instances: not for a thread that must not wait. */
#define BOUNCE_STUDY_UNDELIVERED                                                                   \
  "(SELECT COUNT (*) FROM instances i WHERE i.study_id = s.id AND i.seq > d.delivered_seq"         \
  " AND i.state <> 2)"
/* Parameters 1 to 3: folded search, status, modality; each may be NULL. */
#define BOUNCE_STUDY_MATCH                                                                         \
  "(?1 IS NULL OR instr (s.search_text, ?1) > 0) AND (?2 IS NULL OR s.status = ?2)"                \
  " AND (?3 IS NULL OR s.modality = ?3)"

BounceStudy *bounce_study_new_from_row (BounceStore *self, sqlite3_stmt *row);
gboolean bounce_store_is_status (const char *status);

G_END_DECLS
