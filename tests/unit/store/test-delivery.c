/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* Deliveries and transfers: the states of a study, design section 5. */

#include "config.h"

#include "store-fixture.h"

#include "bounce-wording.h"

#include <fcntl.h>
#include <glib/gstdio.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

static const Instance first = { .study = 1, .series = 1, .sop = 1 };
static const Instance second = { .study = 1, .series = 1, .sop = 2 };
static const Instance changed = { .study = 1, .series = 1, .sop = 1, .content = 7 };

static void
check_status (StoreFixture *self, int study, const char *status, guint undelivered)
{
  g_autoptr (BounceStudy) row = fixture_study (self, study);

  g_assert_nonnull (row);
  g_assert_cmpstr (row->status, ==, status);
  g_assert_cmpuint (row->undelivered, ==, undelivered);
}

static void
test_quiet_period (void)
{
  StoreFixture *self = store_fixture_new ();
  g_autoptr (BounceStudy) row = NULL;
  g_autoptr (BounceTransfer) early = NULL;
  g_autoptr (BounceTransfer) transfer = NULL;

  store_fixture_open (self);
  g_assert_cmpint (fixture_next_due (self), ==, 0);
  fixture_accept_as (self, &first, BOUNCE_ACCEPTED_NEW);
  store_fixture_advance (self, 6);
  fixture_accept_as (self, &second, BOUNCE_ACCEPTED_NEW);
  row = fixture_study (self, 1);
  g_assert_cmpint (row->receiving_until_us, ==, FIXTURE_START_US + 16 * (gint64) FIXTURE_SECOND);
  g_assert_cmpint (fixture_next_due (self), ==, row->receiving_until_us);
  store_fixture_advance (self, 9);
  early = fixture_claim (self);
  g_assert_null (early);
  store_fixture_advance (self, 1);
  transfer = fixture_claim (self);
  g_assert_nonnull (transfer);
  g_assert_cmpuint (transfer->items->len, ==, 2);
  g_assert_cmpuint (transfer->attempt, ==, 1);
  g_assert_cmpuint (transfer->metadata->series->len, ==, 1);
  check_status (self, 1, "UPLOADING", 2);
  fixture_end (self, transfer->id, BOUNCE_TRANSFER_DELIVERED, NULL, 0);
  check_status (self, 1, "SENT", 0);
  g_assert_cmpint (fixture_next_due (self), ==, 0);
  store_fixture_free (self);
}

static void
test_later_images (void)
{
  StoreFixture *self = store_fixture_new ();
  g_autoptr (BounceTransfer) transfer = NULL;
  g_autoptr (BounceTransfer) none = NULL;
  g_autoptr (BounceTransfer) later = NULL;

  store_fixture_open (self);
  transfer = fixture_accept_and_claim (self, &first);
  fixture_accept_as (self, &second, BOUNCE_ACCEPTED_NEW);
  g_assert_true (fixture_is_current (self, transfer->id));
  fixture_end (self, transfer->id, BOUNCE_TRANSFER_DELIVERED, NULL, 0);
  check_status (self, 1, "RECEIVED", 1);
  none = fixture_claim (self);
  g_assert_null (none);
  store_fixture_advance (self, 10);
  later = fixture_claim (self);
  g_assert_cmpuint (later->items->len, ==, 1);
  g_assert_cmpstr (((BounceTransferItem *) later->items->pdata[0])->sop_instance_uid, ==,
                   "1.2.826.0.3.2");
  g_assert_cmpstr (later->upload_id, !=, transfer->upload_id);
  store_fixture_free (self);
}

static void
test_failure_goes_on (void)
{
  StoreFixture *self = store_fixture_new ();
  g_autoptr (BounceTransfer) transfer = NULL;
  g_autoptr (BounceTransfer) again = NULL;
  g_autoptr (GPtrArray) attempts = NULL;
  gint64 retry_us = FIXTURE_START_US + 40 * (gint64) FIXTURE_SECOND;

  store_fixture_open (self);
  transfer = fixture_accept_and_claim (self, &first);
  transfer->assembly_id = g_strdup ("asm_1");
  transfer->upload_url = g_strdup ("http://127.0.0.1/files/1");
  transfer->is_initialised = TRUE;
  transfer->package_size = 1000;
  transfer->offset = 500;
  fixture_update (self, transfer);
  fixture_end (self, transfer->id, BOUNCE_TRANSFER_FAILED, BOUNCE_REASON_NETWORK, retry_us);
  check_status (self, 1, "ERROR", 1);
  g_assert_cmpint (fixture_next_due (self), ==, retry_us);
  fixture_accept_as (self, &second, BOUNCE_ACCEPTED_NEW);
  store_fixture_advance (self, 30);
  again = fixture_claim (self);
  g_assert_cmpint (again->id, !=, transfer->id);
  g_assert_cmpuint (again->attempt, ==, 2);
  g_assert_cmpstr (again->upload_id, ==, transfer->upload_id);
  g_assert_cmpstr (again->assembly_id, ==, "asm_1");
  g_assert_cmpstr (again->upload_url, ==, transfer->upload_url);
  g_assert_cmpuint (again->offset, ==, 500);
  g_assert_cmpuint (again->package_size, ==, 1000);
  g_assert_true (again->is_initialised);
  g_assert_cmpuint (again->items->len, ==, 1);
  attempts = fixture_transfers (self, 1);
  g_assert_cmpuint (attempts->len, ==, 2);
  fixture_end (self, again->id, BOUNCE_TRANSFER_DELIVERED, NULL, 0);
  check_status (self, 1, "RECEIVED", 1);
  store_fixture_free (self);
}

static void
test_replaced_meanwhile (void)
{
  StoreFixture *self = store_fixture_new ();
  g_autoptr (BounceTransfer) transfer = NULL;
  g_autoptr (BounceTransfer) again = NULL;

  store_fixture_open (self);
  transfer = fixture_accept_and_claim (self, &first);
  g_assert_true (fixture_is_current (self, transfer->id));
  fixture_accept_as (self, &changed, BOUNCE_ACCEPTED_REPLACED);
  g_assert_false (fixture_is_current (self, transfer->id));
  fixture_end (self, transfer->id, BOUNCE_TRANSFER_ABANDONED, NULL, 0);
  store_fixture_advance (self, 10);
  again = fixture_claim (self);
  g_assert_cmpstr (again->upload_id, !=, transfer->upload_id);
  g_assert_cmpuint (again->items->len, ==, 1);
  store_fixture_free (self);
}

static void
test_interrupted (void)
{
  StoreFixture *self = store_fixture_new ();
  g_autoptr (BounceTransfer) transfer = NULL;
  g_autoptr (BounceTransfer) again = NULL;

  store_fixture_open (self);
  transfer = fixture_accept_and_claim (self, &first);
  store_fixture_close (self);
  store_fixture_open (self);
  check_status (self, 1, "RECEIVED", 1);
  again = fixture_claim (self);
  g_assert_cmpint (again->id, ==, transfer->id);
  g_assert_cmpuint (again->attempt, ==, 1);
  g_assert_cmpstr (again->upload_id, ==, transfer->upload_id);
  store_fixture_free (self);
}

static void
test_send_by_hand (void)
{
  StoreFixture *self = store_fixture_new ();
  g_autoptr (GError) error = NULL;
  g_autoptr (BounceTransfer) transfer = NULL;
  g_autoptr (BounceTransfer) rejected = NULL;
  g_autoptr (BounceTransfer) again = NULL;

  store_fixture_open (self);
  g_assert_false (fixture_request_send (self, 1, &error));
  g_assert_error (error, BOUNCE_STORE_ERROR, BOUNCE_STORE_ERROR_NOT_FOUND);
  g_clear_error (&error);
  fixture_accept_as (self, &first, BOUNCE_ACCEPTED_NEW);
  g_assert_true (fixture_request_send (self, 1, &error));
  transfer = fixture_claim (self);
  g_assert_nonnull (transfer);
  g_assert_false (fixture_request_send (self, 1, &error));
  g_assert_error (error, BOUNCE_STORE_ERROR, BOUNCE_STORE_ERROR_BUSY);
  g_clear_error (&error);
  fixture_end (self, transfer->id, BOUNCE_TRANSFER_FAILED, BOUNCE_REASON_REJECTED, 0);
  check_status (self, 1, "ERROR", 1);
  g_assert_cmpint (fixture_next_due (self), ==, 0);
  g_assert_true (fixture_request_send (self, 1, &error));
  rejected = fixture_claim (self);
  g_assert_cmpuint (rejected->attempt, ==, 1);
  g_assert_cmpstr (rejected->upload_id, !=, transfer->upload_id);
  fixture_end (self, rejected->id, BOUNCE_TRANSFER_DELIVERED, NULL, 0);
  g_assert_true (fixture_request_send (self, 1, &error));
  check_status (self, 1, "RECEIVED", 1);
  again = fixture_claim (self);
  g_assert_cmpstr (again->upload_id, !=, rejected->upload_id);
  g_assert_cmpuint (again->items->len, ==, 1);
  g_assert_no_error (error);
  store_fixture_free (self);
}

static void
test_remove_delivered (void)
{
  StoreFixture *self = store_fixture_new ();
  g_autoptr (GError) error = NULL;
  g_autoptr (BounceTransfer) transfer = NULL;
  g_autoptr (BounceTransfer) none = NULL;
  g_autofree char *path = fixture_instance_path (self, &second);

  store_fixture_open (self);
  fixture_accept_as (self, &first, BOUNCE_ACCEPTED_NEW);
  transfer = fixture_accept_and_claim (self, &second);
  g_assert_cmpuint (fixture_remove_delivered (self, transfer->id), ==, 0);
  fixture_accept_as (self, &changed, BOUNCE_ACCEPTED_REPLACED);
  fixture_end (self, transfer->id, BOUNCE_TRANSFER_DELIVERED, NULL, 0);
  g_assert_cmpuint (fixture_remove_delivered (self, transfer->id), ==, 1);
  g_assert_false (g_file_test (path, G_FILE_TEST_EXISTS));
  fixture_check_file (self, &changed);
  check_status (self, 1, "RECEIVED", 1);
  store_fixture_advance (self, 10);
  bounce_transfer_free (transfer);
  transfer = fixture_claim (self);
  g_assert_cmpuint (transfer->items->len, ==, 1);
  fixture_end (self, transfer->id, BOUNCE_TRANSFER_DELIVERED, NULL, 0);
  g_assert_cmpuint (fixture_remove_delivered (self, transfer->id), ==, 1);
  check_status (self, 1, "SENT", 0);
  none = fixture_claim (self);
  g_assert_null (none);
  g_assert_false (fixture_request_send (self, 1, &error));
  g_assert_error (error, BOUNCE_STORE_ERROR, BOUNCE_STORE_ERROR_REMOVED);
  g_assert_nonnull (strstr (error->message, "2027-01-15T"));
  g_assert_cmpuint (fixture_count_events (self, 1, BOUNCE_EVENT_LOCAL_FILES_REMOVED), ==, 2);
  /* The way back that the message names. */
  fixture_accept_as (self, &second, BOUNCE_ACCEPTED_NEW);
  fixture_check_file (self, &second);
  check_status (self, 1, "RECEIVED", 1);
  store_fixture_free (self);
}

static char *
publish (StoreFixture *self, const BounceTransfer *transfer)
{
  g_autofree char *outgoing = bounce_store_get_outgoing_path (self->store, transfer->id);
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;

  g_assert_true (g_file_set_contents (outgoing, "zip", 3, NULL));
  bounce_store_publish_package_async (self->store, transfer, fixture_result_cb, &result);
  g_assert_true (bounce_store_publish_package_finish (self->store, fixture_wait (&result), &error));
  g_assert_false (g_file_test (outgoing, G_FILE_TEST_EXISTS));
  return bounce_store_get_package_path (self->store, transfer->study_uid);
}

/* A package stays while its upload can go on, over a restart too, and goes with its end. */
static void
test_package (void)
{
  StoreFixture *self = store_fixture_new ();
  g_autoptr (BounceTransfer) transfer = NULL;
  g_autoptr (BounceTransfer) again = NULL;
  g_autofree char *path = NULL;
  g_autofree char *stray = g_build_filename (self->base_dir, "1.2.826.0.1.5.zip", NULL);

  store_fixture_open (self);
  transfer = fixture_accept_and_claim (self, &first);
  path = publish (self, transfer);
  g_assert_true (g_file_test (path, G_FILE_TEST_EXISTS));
  fixture_end (self, transfer->id, BOUNCE_TRANSFER_FAILED, BOUNCE_REASON_NETWORK,
               bounce_clock_get_wall_us (self->clock));
  again = fixture_claim (self);
  g_assert_true (g_file_set_contents (stray, "zip", 3, NULL));
  store_fixture_close (self);
  store_fixture_open (self);
  g_assert_true (g_file_test (path, G_FILE_TEST_EXISTS));
  g_assert_false (g_file_test (stray, G_FILE_TEST_EXISTS));
  fixture_deliver (self);
  fixture_wait_for_file (path, FALSE);
  store_fixture_free (self);
}

/* A package that was built and could not be published goes with its attempt, or each attempt would
 * leave one until the disk is full. */
static void
test_package_unpublished (void)
{
  StoreFixture *self = store_fixture_new ();
  g_autoptr (BounceTransfer) transfer = NULL;
  g_autofree char *outgoing = NULL;

  store_fixture_open (self);
  transfer = fixture_accept_and_claim (self, &first);
  outgoing = bounce_store_get_outgoing_path (self->store, transfer->id);
  g_assert_true (g_file_set_contents (outgoing, "zip", 3, NULL));
  fixture_end (self, transfer->id, BOUNCE_TRANSFER_FAILED, BOUNCE_REASON_NO_SPACE,
               bounce_clock_get_wall_us (self->clock) + G_USEC_PER_SEC);
  fixture_wait_for_file (outgoing, FALSE);
  store_fixture_free (self);
}

static void
test_no_running_transfer (void)
{
  StoreFixture *self = store_fixture_new ();
  g_autoptr (BounceTransfer) transfer = NULL;
  g_autoptr (GAsyncResult) update = NULL;
  g_autoptr (GAsyncResult) end = NULL;
  g_autoptr (GAsyncResult) check = NULL;
  g_autoptr (GAsyncResult) removal = NULL;
  g_autoptr (GAsyncResult) package = NULL;
  g_autoptr (GAsyncResult) running = NULL;
  g_autoptr (GError) error = NULL;
  gboolean is_current;

  store_fixture_open (self);
  transfer = fixture_accept_and_claim (self, &first);
  bounce_store_end_transfer_async (self->store, transfer->id, BOUNCE_TRANSFER_RUNNING, NULL, 0,
                                   FALSE, fixture_result_cb, &running);
  g_assert_false (bounce_store_end_transfer_finish (self->store, fixture_wait (&running), &error));
  g_assert_error (error, BOUNCE_STORE_ERROR, BOUNCE_STORE_ERROR_INVALID);
  g_clear_error (&error);
  fixture_end (self, transfer->id, BOUNCE_TRANSFER_DELIVERED, NULL, 0);
  bounce_store_update_transfer_async (self->store, transfer, fixture_result_cb, &update);
  g_assert_false (
      bounce_store_update_transfer_finish (self->store, fixture_wait (&update), &error));
  g_assert_error (error, BOUNCE_STORE_ERROR, BOUNCE_STORE_ERROR_NOT_FOUND);
  g_clear_error (&error);
  bounce_store_end_transfer_async (self->store, transfer->id, BOUNCE_TRANSFER_FAILED, NULL, 0,
                                   FALSE, fixture_result_cb, &end);
  g_assert_false (bounce_store_end_transfer_finish (self->store, fixture_wait (&end), &error));
  g_assert_error (error, BOUNCE_STORE_ERROR, BOUNCE_STORE_ERROR_NOT_FOUND);
  g_clear_error (&error);
  bounce_store_publish_package_async (self->store, transfer, fixture_result_cb, &package);
  g_assert_false (
      bounce_store_publish_package_finish (self->store, fixture_wait (&package), &error));
  g_assert_error (error, BOUNCE_STORE_ERROR, BOUNCE_STORE_ERROR_NOT_FOUND);
  g_clear_error (&error);
  bounce_store_check_transfer_async (self->store, 4711, fixture_result_cb, &check);
  g_assert_false (
      bounce_store_check_transfer_finish (self->store, fixture_wait (&check), &is_current, &error));
  g_assert_error (error, BOUNCE_STORE_ERROR, BOUNCE_STORE_ERROR_NOT_FOUND);
  g_clear_error (&error);
  bounce_store_remove_delivered_async (self->store, 4711, fixture_result_cb, &removal);
  g_assert_false (
      bounce_store_remove_delivered_finish (self->store, fixture_wait (&removal), NULL, &error));
  g_assert_error (error, BOUNCE_STORE_ERROR, BOUNCE_STORE_ERROR_NOT_FOUND);
  check_status (self, 1, "SENT", 0);
  store_fixture_free (self);
}

/* One lost file does not keep the rest back, and SENT means all of it. */
static void
test_lost_files (void)
{
  StoreFixture *self = store_fixture_new ();
  Instance third = { .study = 1, .series = 1, .sop = 3 };
  g_autofree char *gone = fixture_instance_path (self, &first);
  g_autofree char *damaged = fixture_instance_path (self, &third);
  g_autoptr (BounceTransfer) transfer = NULL;
  g_autoptr (BounceTransfer) again = NULL;
  g_autoptr (BounceTransfer) last = NULL;
  g_autoptr (BounceStudy) row = NULL;
  g_autoptr (GError) error = NULL;

  store_fixture_open (self);
  fixture_accept_as (self, &first, BOUNCE_ACCEPTED_NEW);
  fixture_accept_as (self, &second, BOUNCE_ACCEPTED_NEW);
  transfer = fixture_accept_and_claim (self, &third);
  g_assert_cmpint (g_unlink (gone), ==, 0);
  g_assert_true (g_file_set_contents (damaged, "x", 1, NULL));
  fixture_end (self, transfer->id, BOUNCE_TRANSFER_FAILED, BOUNCE_REASON_FILE_MISSING, 0);
  g_assert_true (fixture_request_send (self, 1, &error));
  g_assert_cmpuint (fixture_count_events (self, 1, BOUNCE_EVENT_FILE_MISSING), ==, 1);
  g_assert_cmpuint (fixture_count_events (self, 1, BOUNCE_EVENT_FILE_DAMAGED), ==, 1);
  again = fixture_claim (self);
  g_assert_cmpuint (again->items->len, ==, 1);
  fixture_end (self, again->id, BOUNCE_TRANSFER_DELIVERED, NULL, 0);
  row = fixture_study (self, 1);
  g_assert_cmpstr (row->status, ==, "ERROR");
  g_assert_cmpstr (row->reason, ==, BOUNCE_REASON_FILE_MISSING);
  g_assert_cmpuint (row->local_instances, ==, 1);
  /* Nothing more can be sent: it says so again. */
  g_assert_true (fixture_request_send (self, 1, &error));
  last = fixture_claim (self);
  g_assert_null (last);
  check_status (self, 1, "ERROR", 0);
  /* The modality sends them once more. */
  fixture_accept_as (self, &first, BOUNCE_ACCEPTED_NEW);
  fixture_accept_as (self, &third, BOUNCE_ACCEPTED_NEW);
  check_status (self, 1, "RECEIVED", 2);
  store_fixture_advance (self, 10);
  fixture_deliver (self);
  check_status (self, 1, "SENT", 0);
  store_fixture_free (self);
}

/* The disk is taken away: no file of it is called lost. */
static void
test_lost_disk (void)
{
  StoreFixture *self = store_fixture_new ();
  g_autofree char *elsewhere = g_build_filename (self->root, "elsewhere", NULL);
  g_autoptr (BounceTransfer) transfer = NULL;
  g_autoptr (BounceTransfer) again = NULL;
  g_autoptr (GError) error = NULL;

  store_fixture_open (self);
  transfer = fixture_accept_and_claim (self, &first);
  g_assert_cmpint (g_rename (self->base_dir, elsewhere), ==, 0);
  g_assert_cmpint (g_mkdir (self->base_dir, 0700), ==, 0);
  fixture_end (self, transfer->id, BOUNCE_TRANSFER_FAILED, BOUNCE_REASON_FILE_MISSING, 0);
  g_assert_false (fixture_request_send (self, 1, &error));
  g_assert_error (error, BOUNCE_STORE_ERROR, BOUNCE_STORE_ERROR_NOT_MOUNTED);
  g_assert_cmpint (g_rmdir (self->base_dir), ==, 0);
  g_assert_cmpint (g_rename (elsewhere, self->base_dir), ==, 0);
  g_clear_error (&error);
  g_assert_true (fixture_request_send (self, 1, &error));
  again = fixture_claim (self);
  g_assert_cmpuint (again->items->len, ==, 1);
  store_fixture_free (self);
}

/* Files of the delivered that could not be seen are removed when they can. */
static void
test_removal_without_disk (void)
{
  StoreFixture *self = store_fixture_new ();
  g_autofree char *elsewhere = g_build_filename (self->root, "elsewhere", NULL);
  g_autofree char *path = fixture_instance_path (self, &first);
  g_autoptr (BounceTransfer) transfer = NULL;
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;

  store_fixture_open (self);
  transfer = fixture_accept_and_claim (self, &first);
  fixture_end (self, transfer->id, BOUNCE_TRANSFER_DELIVERED, NULL, 0);
  g_assert_cmpint (g_rename (self->base_dir, elsewhere), ==, 0);
  g_assert_cmpint (g_mkdir (self->base_dir, 0700), ==, 0);
  bounce_store_remove_delivered_async (self->store, transfer->id, fixture_result_cb, &result);
  g_assert_false (
      bounce_store_remove_delivered_finish (self->store, fixture_wait (&result), NULL, &error));
  g_assert_error (error, BOUNCE_STORE_ERROR, BOUNCE_STORE_ERROR_NOT_MOUNTED);
  g_assert_cmpint (g_rmdir (self->base_dir), ==, 0);
  g_assert_cmpint (g_rename (elsewhere, self->base_dir), ==, 0);
  store_fixture_close (self);
  g_assert_true (g_file_test (path, G_FILE_TEST_EXISTS));
  store_fixture_open (self);
  g_assert_false (g_file_test (path, G_FILE_TEST_EXISTS));
  store_fixture_free (self);
}

/* Whoever opens the file now waits until lend_back(). */
static int
lend (const char *path)
{
  int fd = open (path, O_RDWR | O_CLOEXEC);

  signal (SIGIO, SIG_IGN);
  g_assert_cmpint (fcntl (fd, F_SETLEASE, F_WRLCK), ==, 0);
  return fd;
}

static void
lend_back (int fd)
{
  g_assert_cmpint (fcntl (fd, F_SETLEASE, F_UNLCK), ==, 0);
  close (fd);
}

/* Looking at files keeps nobody from accepting more of the study, and what comes again meanwhile is
 * not lost. */
static void
test_lost_while_receiving (void)
{
  StoreFixture *self = store_fixture_new ();
  g_autofree char *damaged = fixture_instance_path (self, &first);
  g_autofree char *gone = fixture_instance_path (self, &second);
  Instance third = { .study = 1, .series = 1, .sop = 3 };
  g_autoptr (BounceTransfer) transfer = NULL;
  g_autoptr (BounceTransfer) again = NULL;
  g_autoptr (GAsyncResult) result = NULL;
  int lent;

  store_fixture_open (self);
  fixture_accept_as (self, &first, BOUNCE_ACCEPTED_NEW);
  transfer = fixture_accept_and_claim (self, &second);
  g_assert_true (g_file_set_contents (damaged, "x", 1, NULL));
  g_assert_cmpint (g_unlink (gone), ==, 0);
  fixture_end (self, transfer->id, BOUNCE_TRANSFER_FAILED, BOUNCE_REASON_FILE_MISSING, 0);
  lent = lend (damaged);
  bounce_store_request_send_async (self->store, "1.2.826.0.1.1", BOUNCE_DESTINATION_AURABOX,
                                   fixture_result_cb, &result);
  while (fcntl (lent, F_GETLEASE) == F_WRLCK)
    g_main_context_iteration (NULL, FALSE);
  fixture_accept_as (self, &third, BOUNCE_ACCEPTED_NEW);
  fixture_accept_as (self, &second, BOUNCE_ACCEPTED_NEW);
  lend_back (lent);
  g_assert_true (bounce_store_request_send_finish (self->store, fixture_wait (&result), NULL));
  g_assert_cmpuint (fixture_count_events (self, 1, BOUNCE_EVENT_FILE_MISSING), ==, 0);
  g_assert_cmpuint (fixture_count_events (self, 1, BOUNCE_EVENT_FILE_DAMAGED), ==, 1);
  store_fixture_advance (self, 10);
  again = fixture_claim (self);
  g_assert_cmpuint (again->items->len, ==, 2);
  store_fixture_free (self);
}

/* A study is noted while it may have files without rows, and no longer. */
static void
test_noted (void)
{
  static const char count_sql[] = "SELECT COUNT (*) FROM receiving";
  StoreFixture *self = store_fixture_new ();

  store_fixture_open (self);
  fixture_accept_as (self, &first, BOUNCE_ACCEPTED_NEW);
  fixture_accept_as (self, &second, BOUNCE_ACCEPTED_NEW);
  g_assert_cmpint (fixture_get_sql (self, count_sql), ==, 1);
  store_fixture_advance (self, 10);
  fixture_deliver (self);
  while (fixture_get_sql (self, count_sql) > 0)
    g_main_context_iteration (NULL, FALSE);
  fixture_accept_as (self, &(Instance){ .study = 1, .series = 1, .sop = 3 }, BOUNCE_ACCEPTED_NEW);
  g_assert_cmpint (fixture_get_sql (self, count_sql), ==, 1);
  g_assert_true (fixture_delete (self, 1, NULL));
  g_assert_cmpint (fixture_get_sql (self, count_sql), ==, 0);
  fixture_accept_as (self, &first, BOUNCE_ACCEPTED_NEW);
  g_assert_cmpint (fixture_get_sql (self, count_sql), ==, 1);
  store_fixture_close (self);
  g_assert_cmpint (fixture_get_sql (self, count_sql), ==, 0);
  store_fixture_free (self);
}

static void
release_retries (StoreFixture *self, const char *reason)
{
  g_autoptr (GAsyncResult) result = NULL;

  bounce_store_release_retries_async (self->store, BOUNCE_DESTINATION_AURABOX, reason,
                                      fixture_result_cb, &result);
  g_assert_true (bounce_store_release_retries_finish (self->store, fixture_wait (&result), NULL));
}

/* All of them, or those that wait for one reason only. */
static void
test_release_retries (void)
{
  StoreFixture *self = store_fixture_new ();
  g_autoptr (BounceTransfer) transfer = NULL;
  g_autoptr (BounceTransfer) again = NULL;
  g_autoptr (BounceTransfer) last = NULL;

  store_fixture_open (self);
  transfer = fixture_accept_and_claim (self, &first);
  fixture_end (self, transfer->id, BOUNCE_TRANSFER_FAILED, BOUNCE_REASON_UNAUTHORISED,
               bounce_clock_get_wall_us (self->clock) + 3600 * (gint64) FIXTURE_SECOND);
  again = fixture_claim (self);
  g_assert_null (again);
  release_retries (self, BOUNCE_REASON_NETWORK);
  again = fixture_claim (self);
  g_assert_null (again);
  release_retries (self, NULL);
  again = fixture_claim (self);
  g_assert_nonnull (again);
  fixture_end (self, again->id, BOUNCE_TRANSFER_FAILED, BOUNCE_REASON_NETWORK,
               bounce_clock_get_wall_us (self->clock) + 3600 * (gint64) FIXTURE_SECOND);
  release_retries (self, BOUNCE_REASON_NETWORK);
  last = fixture_claim (self);
  g_assert_nonnull (last);
  store_fixture_free (self);
}

/* Priority first, then what has been due longest; a held delivery waits. */
static void
test_order (void)
{
  StoreFixture *self = store_fixture_new ();
  static const char *const expected[] = { "1.2.826.0.1.3", "1.2.826.0.1.1", "1.2.826.0.1.4" };

  store_fixture_open (self);
  for (int study = 1; study <= 4; study++)
    {
      fixture_accept_as (self, &(Instance){ .study = study, .series = study, .sop = study },
                         BOUNCE_ACCEPTED_NEW);
      store_fixture_advance (self, 1);
    }
  fixture_run_sql (self, "UPDATE deliveries SET priority = 5 WHERE study_id = 3;"
                         "UPDATE deliveries SET hold = 1, is_waiting = 0 WHERE study_id = 2");
  store_fixture_advance (self, 10);
  for (gsize i = 0; i < G_N_ELEMENTS (expected); i++)
    {
      g_autoptr (BounceTransfer) transfer = fixture_claim (self);

      g_assert_cmpstr (transfer->study_uid, ==, expected[i]);
    }
  g_assert_null (fixture_claim (self));
  store_fixture_free (self);
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/store/delivery/quiet-period", test_quiet_period);
  g_test_add_func ("/store/delivery/later-images", test_later_images);
  g_test_add_func ("/store/delivery/failure-goes-on", test_failure_goes_on);
  g_test_add_func ("/store/delivery/replaced-meanwhile", test_replaced_meanwhile);
  g_test_add_func ("/store/delivery/interrupted", test_interrupted);
  g_test_add_func ("/store/delivery/send-by-hand", test_send_by_hand);
  g_test_add_func ("/store/delivery/remove-delivered", test_remove_delivered);
  g_test_add_func ("/store/delivery/package", test_package);
  g_test_add_func ("/store/delivery/package-unpublished", test_package_unpublished);
  g_test_add_func ("/store/delivery/no-running-transfer", test_no_running_transfer);
  g_test_add_func ("/store/delivery/lost-files", test_lost_files);
  g_test_add_func ("/store/delivery/lost-disk", test_lost_disk);
  g_test_add_func ("/store/delivery/removal-without-disk", test_removal_without_disk);
  g_test_add_func ("/store/delivery/lost-while-receiving", test_lost_while_receiving);
  g_test_add_func ("/store/delivery/noted", test_noted);
  g_test_add_func ("/store/delivery/release-retries", test_release_retries);
  g_test_add_func ("/store/delivery/order", test_order);
  return g_test_run ();
}
