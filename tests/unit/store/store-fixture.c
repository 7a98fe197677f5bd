/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* What the store's tests share: a temporary store, instances made from numbers, and the async calls
 * as one line each. */

#include "config.h"

#include "store-fixture.h"

#include "bounce-file.h"

#include <errno.h>
#include <glib/gstdio.h>
#include <sqlite3.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define SMALL_BYTES     300
#define META_BYTES      32
#define DATASET_OFFSET  (128 + 4 + 12 + META_BYTES)
#define TRANSFER_SYNTAX "1.2.840.10008.1.2.1"

static void
remove_tree (const char *path)
{
  g_autoptr (GDir) folder = g_dir_open (path, 0, NULL);
  const char *name;

  while (folder && (name = g_dir_read_name (folder)))
    {
      g_autofree char *child = g_build_filename (path, name, NULL);

      if (g_file_test (child, G_FILE_TEST_IS_DIR) && !g_file_test (child, G_FILE_TEST_IS_SYMLINK))
        remove_tree (child);
      else
        g_unlink (child);
    }
  g_rmdir (path);
}

StoreFixture *
store_fixture_new (void)
{
  StoreFixture *self = g_new0 (StoreFixture, 1);

  self->root = g_dir_make_tmp ("bounce-store-XXXXXX", NULL);
  g_assert_nonnull (self->root);
  self->data_dir = g_build_filename (self->root, "data", NULL);
  self->base_dir = g_build_filename (self->root, "studies", NULL);
  self->clock = bounce_clock_new_fake (FIXTURE_START_US);
  return self;
}

void
store_fixture_free (StoreFixture *self)
{
  if (self->store)
    store_fixture_close (self);
  remove_tree (self->root);
  g_object_unref (self->clock);
  g_free (self->root);
  g_free (self->data_dir);
  g_free (self->base_dir);
  g_free (self);
}

static BounceStore *
try_open (StoreFixture *self, GError **error)
{
  BounceStoreOptions options = { .data_dir = self->data_dir,
                                 .base_dir = self->base_dir,
                                 .clock = self->clock,
                                 .quiet_period_seconds = FIXTURE_QUIET_SECONDS,
                                 .retry_cap_seconds = self->retry_cap_seconds,
                                 .read_head = self->read_head };

  return bounce_store_open (&options, error);
}

void
store_fixture_open (StoreFixture *self)
{
  g_autoptr (GError) error = NULL;

  g_assert_null (self->store);
  self->store = try_open (self, &error);
  g_assert_no_error (error);
  g_assert_nonnull (self->store);
}

void
store_fixture_fail_open (StoreFixture *self, int code)
{
  g_autoptr (GError) error = NULL;
  BounceStore *store = try_open (self, &error);

  g_assert_error (error, BOUNCE_STORE_ERROR, code);
  g_assert_null (store);
}

void
fixture_result_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  *(GAsyncResult **) user_data = g_object_ref (result);
}

GAsyncResult *
fixture_wait (GAsyncResult **result)
{
  while (!*result)
    g_main_context_iteration (NULL, TRUE);
  return *result;
}

void
store_fixture_close (StoreFixture *self)
{
  g_autoptr (GAsyncResult) result = NULL;

  bounce_store_close_async (self->store, fixture_result_cb, &result);
  g_assert_true (bounce_store_close_finish (self->store, fixture_wait (&result), NULL));
  g_clear_object (&self->store);
}

void
store_fixture_advance (StoreFixture *self, int seconds)
{
  bounce_clock_advance (self->clock, seconds * (gint64) FIXTURE_SECOND);
}

char *
fixture_study_uid (int study)
{
  return g_strdup_printf ("1.2.826.0.1.%d", study);
}

char *
fixture_instance_path (StoreFixture *self, const Instance *instance)
{
  return g_strdup_printf ("%s/1.2.826.0.1.%d/1.2.826.0.2.%d/1.2.826.0.3.%d.dcm", self->base_dir,
                          instance->study, instance->series, instance->sop);
}

/* A file as the receiver writes it: preamble, file meta group, data set. The meta group holds the
 * numbers, so that fixture_read_head() can read them. arrival's UIDs are not set. */
GBytes *
fixture_make_file (const Instance *instance, BounceArrival *arrival)
{
  static const guint8 group_length[] = { 'D', 'I', 'C', 'M', 2,          0, 0, 0,
                                         'U', 'L', 4,   0,   META_BYTES, 0, 0, 0 };
  gsize size = DATASET_OFFSET + (instance->size_bytes ? instance->size_bytes : SMALL_BYTES);
  guint8 *data = g_malloc0 (size);
  g_autoptr (BounceDigest) digest = bounce_digest_new ();
  g_autoptr (GRand) random =
      g_rand_new_with_seed ((guint32) (instance->sop * 1000 + instance->content));

  memcpy (data + 128, group_length, sizeof group_length);
  g_snprintf ((char *) data + DATASET_OFFSET - META_BYTES, META_BYTES, "%d %d %d", instance->study,
              instance->series, instance->sop);
  for (gsize i = DATASET_OFFSET; i + 4 <= size; i += 4)
    {
      guint32 value = g_rand_int (random);

      memcpy (data + i, &value, 4);
    }
  arrival->size_bytes = size;
  bounce_digest_update_header (digest, data, DATASET_OFFSET);
  bounce_digest_update (digest, data + DATASET_OFFSET, size - DATASET_OFFSET);
  bounce_digest_finish (digest, &arrival->crc32, arrival->dataset_sha256);
  return g_bytes_new_take (data, size);
}

BounceInstanceHead *
fixture_make_head (const Instance *instance)
{
  BounceInstanceHead *head = bounce_instance_head_new ();

  head->study_uid = fixture_study_uid (instance->study);
  head->series_uid = g_strdup_printf ("1.2.826.0.2.%d", instance->series);
  head->sop_instance_uid = g_strdup_printf ("1.2.826.0.3.%d", instance->sop);
  head->sop_class_uid = g_strdup ("1.2.840.10008.5.1.4.1.1.2");
  head->transfer_syntax_uid = g_strdup (TRANSFER_SYNTAX);
  head->patient_name = g_strdup (instance->patient_name ? instance->patient_name : "DOE^JOHN");
  head->patient_id = g_strdup_printf ("ID%d", instance->study);
  head->study_date = g_strdup_printf ("2026%04d", instance->study);
  head->study_description = g_strdup ("Phantom");
  head->accession_number = g_strdup_printf ("ACC%d", instance->study);
  head->modality = g_strdup ("CT");
  head->has_series_number = TRUE;
  head->series_number = instance->series;
  return head;
}

BounceInstanceHead *
fixture_read_head (int fd, gsize *dataset_offset, gpointer user_data, GError **error)
{
  char text[META_BYTES + 1] = { 0 };
  Instance instance = { 0 };

  *dataset_offset = DATASET_OFFSET;
  if (pread (fd, text, META_BYTES, DATASET_OFFSET - META_BYTES) == META_BYTES
      && sscanf (text, "%d %d %d", &instance.study, &instance.series, &instance.sop) == 3)
    return fixture_make_head (&instance);
  g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA, "Not a file of the fixture");
  return NULL;
}

gboolean
fixture_accept (BounceStore *store,
                const Instance *instance,
                BounceAcceptance *acceptance,
                GError **error)
{
  BounceArrival arrival = { 0 };
  g_autoptr (GBytes) file = fixture_make_file (instance, &arrival);
  g_autoptr (BounceInstanceHead) head = fixture_make_head (instance);
  BounceSpool *spool = bounce_store_open_spool (store, error);

  if (!spool)
    return FALSE;
  if (!bounce_file_write_all (bounce_spool_get_fd (spool), g_bytes_get_data (file, NULL),
                              g_bytes_get_size (file), error))
    {
      bounce_spool_discard (spool);
      return FALSE;
    }
  arrival.study_uid = head->study_uid;
  arrival.series_uid = head->series_uid;
  arrival.sop_instance_uid = head->sop_instance_uid;
  return bounce_store_accept_sync (store, spool, &arrival, head, acceptance, error);
}

void
fixture_accept_as (StoreFixture *self, const Instance *instance, BounceAcceptance expected)
{
  g_autoptr (GError) error = NULL;
  BounceAcceptance acceptance = -1;

  fixture_accept (self->store, instance, &acceptance, &error);
  g_assert_no_error (error);
  g_assert_cmpint (acceptance, ==, expected);
}

void
fixture_check_file (StoreFixture *self, const Instance *instance)
{
  BounceArrival arrival;
  g_autoptr (GBytes) expected = fixture_make_file (instance, &arrival);
  g_autofree char *path = fixture_instance_path (self, instance);
  g_autofree char *data = NULL;
  gsize size;

  g_assert_true (g_file_get_contents (path, &data, &size, NULL));
  g_assert_cmpmem (data, size, g_bytes_get_data (expected, NULL), g_bytes_get_size (expected));
}

BounceTransfer *
fixture_claim (StoreFixture *self)
{
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;
  BounceTransfer *transfer;

  bounce_store_claim_transfer_async (self->store, BOUNCE_DESTINATION_AURABOX, NULL,
                                     fixture_result_cb, &result);
  transfer = bounce_store_claim_transfer_finish (self->store, fixture_wait (&result), &error);
  g_assert_no_error (error);
  return transfer;
}

/* A new instance whose quiet period is over, on its way. */
BounceTransfer *
fixture_accept_and_claim (StoreFixture *self, const Instance *instance)
{
  fixture_accept_as (self, instance, BOUNCE_ACCEPTED_NEW);
  store_fixture_advance (self, FIXTURE_QUIET_SECONDS);
  return fixture_claim (self);
}

void
fixture_end (StoreFixture *self,
             gint64 transfer_id,
             BounceTransferState state,
             const char *reason,
             gint64 retry_at_us)
{
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;

  bounce_store_end_transfer_async (self->store, transfer_id, state, reason, retry_at_us, FALSE,
                                   fixture_result_cb, &result);
  bounce_store_end_transfer_finish (self->store, fixture_wait (&result), &error);
  g_assert_no_error (error);
}

void
fixture_update (StoreFixture *self, const BounceTransfer *transfer)
{
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;

  bounce_store_update_transfer_async (self->store, transfer, fixture_result_cb, &result);
  bounce_store_update_transfer_finish (self->store, fixture_wait (&result), &error);
  g_assert_no_error (error);
}

gboolean
fixture_is_current (StoreFixture *self, gint64 transfer_id)
{
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;
  gboolean is_current = FALSE;

  bounce_store_check_transfer_async (self->store, transfer_id, fixture_result_cb, &result);
  bounce_store_check_transfer_finish (self->store, fixture_wait (&result), &is_current, &error);
  g_assert_no_error (error);
  return is_current;
}

gint64
fixture_next_due (StoreFixture *self)
{
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;
  gint64 due_us;

  bounce_store_get_next_due_async (self->store, BOUNCE_DESTINATION_AURABOX, fixture_result_cb,
                                   &result);
  due_us = bounce_store_get_next_due_finish (self->store, fixture_wait (&result), &error);
  g_assert_no_error (error);
  return due_us;
}

guint
fixture_remove_delivered (StoreFixture *self, gint64 transfer_id)
{
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;
  guint removed = 0;

  bounce_store_remove_delivered_async (self->store, transfer_id, fixture_result_cb, &result);
  bounce_store_remove_delivered_finish (self->store, fixture_wait (&result), &removed, &error);
  g_assert_no_error (error);
  return removed;
}

gboolean
fixture_request_send (StoreFixture *self, int study, GError **error)
{
  g_autoptr (GAsyncResult) result = NULL;
  g_autofree char *study_uid = fixture_study_uid (study);

  bounce_store_request_send_async (self->store, study_uid, BOUNCE_DESTINATION_AURABOX,
                                   fixture_result_cb, &result);
  return bounce_store_request_send_finish (self->store, fixture_wait (&result), error);
}

gboolean
fixture_delete (StoreFixture *self, int study, GError **error)
{
  g_autoptr (GAsyncResult) result = NULL;
  g_autofree char *study_uid = fixture_study_uid (study);

  bounce_store_delete_study_async (self->store, study_uid, NULL, fixture_result_cb, &result);
  return bounce_store_delete_study_finish (self->store, fixture_wait (&result), error);
}

gboolean
fixture_reset (StoreFixture *self, GError **error)
{
  g_autoptr (GAsyncResult) result = NULL;

  bounce_store_reset_async (self->store, NULL, fixture_result_cb, &result);
  return bounce_store_reset_finish (self->store, fixture_wait (&result), error);
}

BounceStudy *
fixture_study (StoreFixture *self, int study)
{
  g_autoptr (GAsyncResult) result = NULL;
  g_autofree char *study_uid = fixture_study_uid (study);
  g_autoptr (GError) error = NULL;
  BounceStudy *row;

  bounce_store_get_study_async (self->store, study_uid, NULL, fixture_result_cb, &result);
  row = bounce_store_get_study_finish (self->store, fixture_wait (&result), &error);
  if (!row)
    g_assert_error (error, BOUNCE_STORE_ERROR, BOUNCE_STORE_ERROR_NOT_FOUND);
  return row;
}

GPtrArray *
fixture_list (StoreFixture *self, const BounceStudyQuery *query, guint64 *total, GError **error)
{
  g_autoptr (GAsyncResult) result = NULL;

  bounce_store_list_studies_async (self->store, query, NULL, fixture_result_cb, &result);
  return bounce_store_list_studies_finish (self->store, fixture_wait (&result), total, error);
}

GPtrArray *
fixture_transfers (StoreFixture *self, int study)
{
  g_autoptr (GAsyncResult) result = NULL;
  g_autofree char *study_uid = study ? fixture_study_uid (study) : NULL;

  bounce_store_list_transfers_async (self->store, study_uid, 0, fixture_result_cb, &result);
  return bounce_store_list_transfers_finish (self->store, fixture_wait (&result), NULL);
}

GPtrArray *
fixture_events (StoreFixture *self, int study)
{
  g_autoptr (GAsyncResult) result = NULL;
  g_autofree char *study_uid = study ? fixture_study_uid (study) : NULL;

  bounce_store_list_events_async (self->store, study_uid, 0, fixture_result_cb, &result);
  return bounce_store_list_events_finish (self->store, fixture_wait (&result), NULL);
}

guint
fixture_count_events (StoreFixture *self, int study, int code)
{
  g_autoptr (GPtrArray) events = fixture_events (self, study);
  guint count = 0;

  for (guint i = 0; i < events->len; i++)
    count += ((BounceEvent *) g_ptr_array_index (events, i))->code == code;
  return count;
}

/* Claims what is due and says it was delivered. */
void
fixture_deliver (StoreFixture *self)
{
  g_autoptr (BounceTransfer) transfer = fixture_claim (self);

  g_assert_nonnull (transfer);
  fixture_end (self, transfer->id, BOUNCE_TRANSFER_DELIVERED, NULL, 0);
}

static sqlite3 *
open_beside (StoreFixture *self)
{
  g_autofree char *path = g_build_filename (self->data_dir, "bounce.db", NULL);
  sqlite3 *db = NULL;

  g_assert_cmpint (sqlite3_open (path, &db), ==, SQLITE_OK);
  sqlite3_busy_timeout (db, 5000);
  return db;
}

void
fixture_run_sql (StoreFixture *self, const char *sql)
{
  sqlite3 *db = open_beside (self);

  g_assert_cmpint (sqlite3_exec (db, sql, NULL, NULL, NULL), ==, SQLITE_OK);
  sqlite3_close (db);
}

gint64
fixture_get_sql (StoreFixture *self, const char *sql)
{
  sqlite3 *db = open_beside (self);
  sqlite3_stmt *statement = NULL;
  gint64 value;

  g_assert_cmpint (sqlite3_prepare_v2 (db, sql, -1, &statement, NULL), ==, SQLITE_OK);
  g_assert_cmpint (sqlite3_step (statement), ==, SQLITE_ROW);
  value = sqlite3_column_int64 (statement, 0);
  sqlite3_finalize (statement);
  sqlite3_close (db);
  return value;
}

/* For what happens on the files thread without an answer; the test's timeout is the limit. */
void
fixture_wait_for_file (const char *path, gboolean is_there)
{
  while (g_file_test (path, G_FILE_TEST_EXISTS) != is_there)
    g_usleep (1000);
}
