/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* Deliveries against a real sandbox: the way there, and every way it can fail. */

#include "config.h"

#include "upload-fixture.h"

#include "bounce-wording.h"

#include <glib/gstdio.h>

#define STUDY         "1.2.3.1"
#define OTHER_STUDY   "1.2.3.2"
#define SERIES        "1.2.3.1.1"
#define SOP           "1.2.3.1.1.1"
#define SOP_2         "1.2.3.1.1.2"
#define SIZE          20000
#define QUIET_SECONDS 2 /* surely past the fixture's quiet period */

typedef void (*TestFunc) (UploadFixture *self);

static void
run_with_fixture (gconstpointer data)
{
  UploadFixture *self = upload_fixture_new ();

  ((TestFunc) data) (self);
  upload_fixture_free (self);
}

static void
add_study (UploadFixture *self)
{
  upload_fixture_add_instance (self, STUDY, SERIES, SOP, SIZE, 1);
}

static void
start_due (UploadFixture *self)
{
  bounce_uploader_start (self->uploader);
  upload_fixture_advance (self, QUIET_SECONDS);
}

static gboolean
is_progress_complete (UploadFixture *self, gpointer data)
{
  return self->progress_total > 0 && self->progress_uploaded == self->progress_total;
}

static void
test_delivered (UploadFixture *self)
{
  add_study (self);
  upload_fixture_add_instance (self, STUDY, SERIES, SOP_2, 3 * SIZE, 2);
  start_due (self);
  upload_fixture_wait_status (self, STUDY, "SENT");
  upload_fixture_assert_delivered (self, STUDY, SOP, SIZE, 1);
  upload_fixture_assert_delivered (self, STUDY, SOP_2, 3 * SIZE, 2);
  g_assert_cmpuint (upload_fixture_count_uploads (self, STUDY), ==, 1);
  upload_fixture_wait_events (self, BOUNCE_EVENT_STUDY_DELIVERED, 1);
  upload_fixture_wait (self, is_progress_complete, NULL);
}

static void
test_not_before_due (UploadFixture *self)
{
  g_autoptr (BounceStudy) study = NULL;

  add_study (self);
  bounce_uploader_start (self->uploader);
  upload_fixture_settle (self);
  study = upload_fixture_get_study (self, STUDY);
  g_assert_cmpstr (study->status, ==, "RECEIVED");
  g_assert_cmpuint (upload_fixture_count_transfers (self, STUDY), ==, 0);
}

static void
test_sent_by_hand_before_due (UploadFixture *self)
{
  add_study (self);
  bounce_uploader_start (self->uploader);
  upload_fixture_send_by_hand (self, STUDY);
  upload_fixture_wait_status (self, STUDY, "SENT");
}

static void
test_sent_again (UploadFixture *self)
{
  g_autoptr (BounceTransfer) first = NULL;
  g_autoptr (BounceTransfer) second = NULL;

  add_study (self);
  start_due (self);
  upload_fixture_wait_status (self, STUDY, "SENT");
  first = upload_fixture_get_last_transfer (self, STUDY);
  upload_fixture_send_by_hand (self, STUDY);
  upload_fixture_wait_status (self, STUDY, "SENT");
  second = upload_fixture_get_last_transfer (self, STUDY);
  g_assert_cmpstr (first->upload_id, !=, second->upload_id);
  g_assert_cmpuint (upload_fixture_count_uploads (self, STUDY), ==, 2);
}

static void
test_late_instance (UploadFixture *self)
{
  add_study (self);
  start_due (self);
  upload_fixture_wait_status (self, STUDY, "SENT");
  upload_fixture_add_instance (self, STUDY, SERIES, SOP_2, SIZE, 2);
  upload_fixture_advance (self, QUIET_SECONDS);
  upload_fixture_wait_status (self, STUDY, "SENT");
  upload_fixture_assert_delivered (self, STUDY, SOP, SIZE, 1);
  upload_fixture_assert_delivered (self, STUDY, SOP_2, SIZE, 2);
}

static void
test_delete_after_success (UploadFixture *self)
{
  g_autofree char *path = bounce_store_get_instance_path (self->store, STUDY, SERIES, SOP);
  g_autoptr (BounceStudy) study = NULL;

  upload_fixture_set (self, "delete_after_success", "yes");
  add_study (self);
  g_assert_true (g_file_test (path, G_FILE_TEST_EXISTS));
  start_due (self);
  upload_fixture_wait_events (self, BOUNCE_EVENT_LOCAL_FILES_REMOVED, 1);
  upload_fixture_advance (self, 7200);
  study = upload_fixture_get_study (self, STUDY);
  g_assert_cmpstr (study->status, ==, "SENT");
  g_assert_false (g_file_test (path, G_FILE_TEST_EXISTS));
  g_assert_cmpuint (upload_fixture_count_uploads (self, STUDY), ==, 1);
}

/* --- later --- */

typedef struct
{
  const char *name;
  const char *fault;
  const char *reason;
} LaterCase;

static const LaterCase LATER_CASES[] = {
  { "config-500", "{\"fault\":\"status\",\"path\":\"/api/bounce/config\",\"status\":500}",
    BOUNCE_REASON_SERVER },
  { "config-not-json", "{\"fault\":\"body\",\"path\":\"/api/bounce/config\",\"body\":\"<html>\"}",
    BOUNCE_REASON_SERVER },
  { "config-nested", "{\"fault\":\"nested\",\"path\":\"/api/bounce/config\",\"depth\":100000}",
    BOUNCE_REASON_SERVER },
  { "config-cut", "{\"fault\":\"lose\",\"path\":\"/api/bounce/config\",\"count\":2}",
    BOUNCE_REASON_NETWORK },
  { "init-503", "{\"fault\":\"status\",\"path\":\"/api/bounce/upload/init\",\"status\":503}",
    BOUNCE_REASON_BUSY },
  { "init-lost", "{\"fault\":\"lose\",\"path\":\"/api/bounce/upload/init\",\"count\":2}",
    BOUNCE_REASON_NETWORK },
  { "start-429", "{\"fault\":\"status\",\"path\":\"/api/bounce/upload/start\",\"status\":429}",
    BOUNCE_REASON_BUSY },
  { "start-lost", "{\"fault\":\"lose\",\"path\":\"/api/bounce/upload/start\",\"count\":2}",
    BOUNCE_REASON_NETWORK },
  { "create-500", "{\"fault\":\"status\",\"path\":\"/files\",\"method\":\"POST\",\"status\":500}",
    BOUNCE_REASON_SERVER },
  { "complete-500",
    "{\"fault\":\"status\",\"path\":\"/api/bounce/upload/complete\",\"status\":500}",
    BOUNCE_REASON_SERVER },
  { "complete-lost", "{\"fault\":\"lose\",\"path\":\"/api/bounce/upload/complete\",\"count\":2}",
    BOUNCE_REASON_NETWORK },
  { "complete-not-json",
    "{\"fault\":\"body\",\"path\":\"/api/bounce/upload/complete\",\"body\":\"done\"}",
    BOUNCE_REASON_SERVER },
};

/* Fails once, waits, and is delivered at the second attempt, under the same upload_id. */
static void
test_later (gconstpointer data)
{
  const LaterCase *row = data;
  UploadFixture *self = upload_fixture_new ();
  g_autoptr (BounceStudy) study = NULL;
  g_autoptr (BounceTransfer) first = NULL;
  g_autoptr (BounceTransfer) second = NULL;

  upload_fixture_add_fault (self, "%s", row->fault);
  add_study (self);
  start_due (self);
  upload_fixture_wait_attempts (self, STUDY, 1);
  study = upload_fixture_get_study (self, STUDY);
  g_assert_cmpstr (study->reason, ==, row->reason);
  g_assert_cmpint (study->next_attempt_at_us, >, bounce_clock_get_wall_us (self->clock));
  first = upload_fixture_get_last_transfer (self, STUDY);
  upload_fixture_wait_events (self, BOUNCE_EVENT_STUDY_RETRY, 1);
  upload_fixture_advance (self, 40);
  upload_fixture_wait_status (self, STUDY, "SENT");
  second = upload_fixture_get_last_transfer (self, STUDY);
  g_assert_cmpstr (first->upload_id, ==, second->upload_id);
  upload_fixture_assert_delivered (self, STUDY, SOP, SIZE, 1);
  g_assert_cmpuint (upload_fixture_count_uploads (self, STUDY), ==, 1);
  upload_fixture_free (self);
}

static void
test_retry_after (UploadFixture *self)
{
  g_autoptr (BounceStudy) study = NULL;

  upload_fixture_add_fault (self, "{\"fault\":\"status\",\"path\":\"/api/bounce/config\","
                                  "\"status\":503,\"retry_after\":\"500\"}");
  add_study (self);
  start_due (self);
  upload_fixture_wait_attempts (self, STUDY, 1);
  study = upload_fixture_get_study (self, STUDY);
  g_assert_cmpint (study->next_attempt_at_us - bounce_clock_get_wall_us (self->clock), >=,
                   490 * (gint64) G_USEC_PER_SEC);
  upload_fixture_advance (self, 400);
  g_assert_cmpuint (upload_fixture_count_transfers (self, STUDY), ==, 1);
  upload_fixture_advance (self, 120);
  upload_fixture_wait_status (self, STUDY, "SENT");
}

static void
test_never_given_up (UploadFixture *self)
{
  upload_fixture_set (self, "max_upload_attempts", "3");
  upload_fixture_add_fault (
      self, "{\"fault\":\"status\",\"path\":\"/api/bounce/config\",\"status\":500,\"count\":5}");
  add_study (self);
  start_due (self);
  for (guint attempt = 1; attempt <= 5; attempt++)
    {
      upload_fixture_wait_attempts (self, STUDY, attempt);
      upload_fixture_wait_events (self, BOUNCE_EVENT_RETRIES_EXHAUSTED, attempt < 3 ? 0 : 1);
      upload_fixture_advance (self, 4000);
    }
  upload_fixture_wait_status (self, STUDY, "SENT");
}

/* --- rejected --- */

static const LaterCase REJECTED_CASES[] = {
  { "init-422", "{\"fault\":\"status\",\"path\":\"/api/bounce/upload/init\",\"status\":422}",
    BOUNCE_REASON_REJECTED },
  { "start-400", "{\"fault\":\"status\",\"path\":\"/api/bounce/upload/start\",\"status\":400}",
    BOUNCE_REASON_REJECTED },
  { "success-false",
    "{\"fault\":\"body\",\"path\":\"/api/bounce/upload/complete\",\"body\":"
    "\"{\\\"success\\\":false}\"}",
    BOUNCE_REASON_REJECTED },
  { "unknown-mode",
    "{\"fault\":\"body\",\"path\":\"/api/bounce/config\",\"body\":\"{\\\"type\\\":\\\"pigeon\\\","
    "\\\"mode\\\":\\\"bulk\\\",\\\"lift\\\":{\\\"endpoint\\\":\\\"http://127.0.0.1:1/files\\\","
    "\\\"token\\\":\\\"t\\\",\\\"bucket\\\":\\\"b\\\",\\\"assembly_id\\\":\\\"a\\\"}}\"}",
    BOUNCE_REASON_UNKNOWN_MODE },
  { "location-elsewhere",
    "{\"fault\":\"header\",\"path\":\"/files\",\"method\":\"POST\",\"name\":\"Location\","
    "\"value\":\"http://192.0.2.1/files/1\"}",
    BOUNCE_REASON_REJECTED },
};

static void
test_rejected (gconstpointer data)
{
  const LaterCase *row = data;
  UploadFixture *self = upload_fixture_new ();
  g_autoptr (BounceStudy) study = NULL;

  upload_fixture_add_fault (self, "%s", row->fault);
  add_study (self);
  start_due (self);
  upload_fixture_wait_attempts (self, STUDY, 1);
  study = upload_fixture_get_study (self, STUDY);
  g_assert_cmpstr (study->reason, ==, row->reason);
  g_assert_cmpint (study->next_attempt_at_us, ==, 0);
  upload_fixture_wait_events (self, BOUNCE_EVENT_STUDY_FAILED, 1);
  upload_fixture_advance (self, 100000);
  g_assert_cmpuint (upload_fixture_count_transfers (self, STUDY), ==, 1);
  upload_fixture_send_by_hand (self, STUDY);
  upload_fixture_wait_status (self, STUDY, "SENT");
  upload_fixture_assert_delivered (self, STUDY, SOP, SIZE, 1);
  upload_fixture_free (self);
}

static void
test_missing_file (UploadFixture *self)
{
  g_autofree char *path = bounce_store_get_instance_path (self->store, STUDY, SERIES, SOP);
  g_autoptr (BounceStudy) study = NULL;

  add_study (self);
  g_assert_cmpint (g_unlink (path), ==, 0);
  start_due (self);
  upload_fixture_wait_attempts (self, STUDY, 1);
  study = upload_fixture_get_study (self, STUDY);
  g_assert_cmpstr (study->reason, ==, BOUNCE_REASON_FILE_MISSING);
  g_assert_cmpint (study->next_attempt_at_us, ==, 0);
  upload_fixture_wait_events (self, BOUNCE_EVENT_FILE_MISSING, 1);
}

/* Another disk is mounted in the storage's place for a while: what is not on it is not lost. */
static void
test_other_disk (UploadFixture *self)
{
  const char *base_dir = bounce_store_get_base_dir (self->store);
  g_autofree char *outgoing = g_build_filename (base_dir, ".outgoing", NULL);
  g_autofree char *elsewhere = g_strconcat (base_dir, "-elsewhere", NULL);
  g_autofree char *other = g_strconcat (base_dir, "-other", NULL);
  g_autoptr (BounceStudy) study = NULL;

  add_study (self);
  g_assert_cmpint (g_rename (base_dir, elsewhere), ==, 0);
  g_assert_cmpint (g_mkdir_with_parents (outgoing, 0700), ==, 0);
  start_due (self);
  upload_fixture_wait_attempts (self, STUDY, 1);
  study = upload_fixture_get_study (self, STUDY);
  g_assert_cmpstr (study->reason, ==, BOUNCE_REASON_READ);
  g_assert_cmpint (study->next_attempt_at_us, >, 0);
  g_assert_cmpuint (upload_fixture_count_events (self, BOUNCE_EVENT_FILE_MISSING), ==, 0);
  g_assert_cmpint (g_rename (base_dir, other), ==, 0);
  g_assert_cmpint (g_rename (elsewhere, base_dir), ==, 0);
  bounce_uploader_storage_returned (self->uploader);
  upload_fixture_wait_status (self, STUDY, "SENT");
  upload_fixture_assert_delivered (self, STUDY, SOP, SIZE, 1);
}

/* The disk is away altogether, so not even a package can be written. */
static void
test_no_disk (UploadFixture *self)
{
  const char *base_dir = bounce_store_get_base_dir (self->store);
  g_autofree char *elsewhere = g_strconcat (base_dir, "-elsewhere", NULL);
  g_autoptr (BounceStudy) study = NULL;

  add_study (self);
  g_assert_cmpint (g_rename (base_dir, elsewhere), ==, 0);
  start_due (self);
  upload_fixture_wait_attempts (self, STUDY, 1);
  study = upload_fixture_get_study (self, STUDY);
  g_assert_cmpstr (study->reason, ==, BOUNCE_REASON_STORAGE);
  g_assert_cmpint (g_rename (elsewhere, base_dir), ==, 0);
  bounce_uploader_storage_returned (self->uploader);
  upload_fixture_wait_status (self, STUDY, "SENT");
  upload_fixture_assert_delivered (self, STUDY, SOP, SIZE, 1);
}

static void
test_damaged_file (UploadFixture *self)
{
  g_autofree char *path = bounce_store_get_instance_path (self->store, STUDY, SERIES, SOP);
  g_autofree char *content = g_strnfill (SIZE, 'x');
  g_autoptr (BounceStudy) study = NULL;

  add_study (self);
  g_assert_true (g_file_set_contents (path, content, SIZE, NULL));
  start_due (self);
  upload_fixture_wait_attempts (self, STUDY, 1);
  study = upload_fixture_get_study (self, STUDY);
  g_assert_cmpstr (study->reason, ==, BOUNCE_REASON_FILE_DAMAGED);
  upload_fixture_wait_events (self, BOUNCE_EVENT_FILE_DAMAGED, 1);
}

/* One bad study must not hold up the others. */
static void
test_failure_blocks_nobody (UploadFixture *self)
{
  g_autofree char *path = bounce_store_get_instance_path (self->store, STUDY, SERIES, SOP);

  upload_fixture_set (self, "max_concurrent_uploads", "1");
  add_study (self);
  g_assert_cmpint (g_unlink (path), ==, 0);
  upload_fixture_add_instance (self, OTHER_STUDY, "1.2.3.2.1", "1.2.3.2.1.1", SIZE, 7);
  start_due (self);
  upload_fixture_wait_status (self, OTHER_STUDY, "SENT");
  upload_fixture_wait_status (self, STUDY, "ERROR");
}

static void
test_deprecated (UploadFixture *self)
{
  upload_fixture_add_fault (self, "{\"fault\":\"deprecated\",\"path\":\"/api/bounce/config\","
                                  "\"sunset\":\"Sat, 31 Oct 2026 23:59:59 GMT\",\"count\":2}");
  add_study (self);
  start_due (self);
  upload_fixture_wait_status (self, STUDY, "SENT");
  upload_fixture_send_by_hand (self, STUDY);
  upload_fixture_wait_status (self, STUDY, "SENT");
  upload_fixture_wait_events (self, BOUNCE_EVENT_DEPRECATED, 1);
}

static void
add_test (const char *name, TestFunc func)
{
  g_autofree char *path = g_strconcat ("/uploader/", name, NULL);

  g_test_add_data_func (path, func, run_with_fixture);
}

static void
add_cases (const char *name, const LaterCase *cases, guint n_cases, GTestDataFunc func)
{
  for (guint i = 0; i < n_cases; i++)
    {
      g_autofree char *path = g_strdup_printf ("/uploader/%s/%s", name, cases[i].name);

      g_test_add_data_func (path, &cases[i], func);
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  add_test ("delivered", test_delivered);
  add_test ("not-before-due", test_not_before_due);
  add_test ("sent-by-hand-before-due", test_sent_by_hand_before_due);
  add_test ("sent-again", test_sent_again);
  add_test ("late-instance", test_late_instance);
  add_test ("delete-after-success", test_delete_after_success);
  add_cases ("later", LATER_CASES, G_N_ELEMENTS (LATER_CASES), test_later);
  add_test ("retry-after", test_retry_after);
  add_test ("never-given-up", test_never_given_up);
  add_cases ("rejected", REJECTED_CASES, G_N_ELEMENTS (REJECTED_CASES), test_rejected);
  add_test ("missing-file", test_missing_file);
  add_test ("other-disk", test_other_disk);
  add_test ("no-disk", test_no_disk);
  add_test ("damaged-file", test_damaged_file);
  add_test ("failure-blocks-nobody", test_failure_blocks_nobody);
  add_test ("deprecated", test_deprecated);
  return g_test_run ();
}
