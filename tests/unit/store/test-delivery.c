/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* Deliveries and transfers: the states of a study, design section 5. */

#include "config.h"

#include "store-fixture.h"

#include "bounce-wording.h"

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
  fixture_accept_as (self, &first, BOUNCE_ACCEPTED_NEW);
  store_fixture_advance (self, 10);
  transfer = fixture_claim (self);
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
  fixture_accept_as (self, &first, BOUNCE_ACCEPTED_NEW);
  store_fixture_advance (self, 10);
  transfer = fixture_claim (self);
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
  fixture_accept_as (self, &first, BOUNCE_ACCEPTED_NEW);
  store_fixture_advance (self, 10);
  transfer = fixture_claim (self);
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
  fixture_accept_as (self, &first, BOUNCE_ACCEPTED_NEW);
  store_fixture_advance (self, 10);
  transfer = fixture_claim (self);
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
  fixture_accept_as (self, &second, BOUNCE_ACCEPTED_NEW);
  store_fixture_advance (self, 10);
  transfer = fixture_claim (self);
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
  return g_test_run ();
}
