/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "bounce-store.h"

G_BEGIN_DECLS

#define FIXTURE_START_US      G_GINT64_CONSTANT (1800000000000000)
#define FIXTURE_QUIET_SECONDS 10
#define FIXTURE_SECOND        G_USEC_PER_SEC

/* A store in a temporary folder under a fake clock. */
typedef struct
{
  char *root;
  char *data_dir;
  char *base_dir;
  BounceClock *clock;
  BounceStore *store;            /* (nullable) */
  BounceStoreReadHead read_head; /* (nullable) */
  guint retry_cap_seconds;       /* 0: the default */
} StoreFixture;

StoreFixture *store_fixture_new (void);
void store_fixture_free (StoreFixture *self);
void store_fixture_open (StoreFixture *self);
void store_fixture_close (StoreFixture *self);
void store_fixture_fail_open (StoreFixture *self, int code);
void store_fixture_advance (StoreFixture *self, int seconds);

/* An instance whose UIDs are derived from the numbers; content decides the data set's bytes. */
typedef struct
{
  int study, series, sop, content;
  const char *patient_name;
  gsize size_bytes; /* 0: small */
} Instance;

char *fixture_study_uid (int study);
char *fixture_instance_path (StoreFixture *self, const Instance *instance);
GBytes *fixture_make_file (const Instance *instance, BounceArrival *arrival);
BounceInstanceHead *fixture_make_head (const Instance *instance);
gboolean fixture_accept (BounceStore *store,
                         const Instance *instance,
                         BounceAcceptance *acceptance,
                         GError **error);
void fixture_accept_as (StoreFixture *self, const Instance *instance, BounceAcceptance expected);
void fixture_check_file (StoreFixture *self, const Instance *instance);
/* BounceStoreReadHead for files of fixture_make_file(). */
BounceInstanceHead *
fixture_read_head (int fd, gsize *dataset_offset, gpointer user_data, GError **error);

/* Calls that wait on the main context. */
BounceTransfer *fixture_claim (StoreFixture *self);
BounceTransfer *fixture_accept_and_claim (StoreFixture *self, const Instance *instance);
void fixture_end (StoreFixture *self,
                  gint64 transfer_id,
                  BounceTransferState state,
                  const char *reason,
                  gint64 retry_at_us);
void fixture_update (StoreFixture *self, const BounceTransfer *transfer);
gboolean fixture_is_current (StoreFixture *self, gint64 transfer_id);
gint64 fixture_next_due (StoreFixture *self);
guint fixture_remove_delivered (StoreFixture *self, gint64 transfer_id);
gboolean fixture_request_send (StoreFixture *self, int study, GError **error);
gboolean fixture_delete (StoreFixture *self, int study, GError **error);
gboolean fixture_reset (StoreFixture *self, GError **error);
BounceStudy *fixture_study (StoreFixture *self, int study);
GPtrArray *
fixture_list (StoreFixture *self, const BounceStudyQuery *query, guint64 *total, GError **error);
GPtrArray *fixture_transfers (StoreFixture *self, int study);
GPtrArray *fixture_events (StoreFixture *self, int study);
guint fixture_count_events (StoreFixture *self, int study, int code);
void fixture_deliver (StoreFixture *self);
void fixture_run_sql (StoreFixture *self, const char *sql);
gint64 fixture_get_sql (StoreFixture *self, const char *sql);
void fixture_wait_for_file (const char *path, gboolean is_there);
GAsyncResult *fixture_wait (GAsyncResult **result);
void fixture_result_cb (GObject *source, GAsyncResult *result, gpointer user_data);

G_END_DECLS
