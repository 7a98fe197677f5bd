/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* Uploads that are interrupted, and servers that lose, forget or lie. */

#include "config.h"

#include "upload-fixture.h"

#include "bounce-progress.h"
#include "bounce-wording.h"

#include <glib/gstdio.h>
#include <string.h>

#define STUDY         "1.2.3.1"
#define SERIES        "1.2.3.1.1"
#define SOP           "1.2.3.1.1.1"
#define SIZE          (16 * 1024 * 1024) /* about 9 MB packed: two requests and more */
#define SMALL_SIZE    20000
#define QUIET_SECONDS 2
#define SHORT_MS      2000
#define LONG_MS       50000

/* Where a fault acts. */
#define AT_INIT     "\"path\":\"/api/bounce/upload/init\""
#define AT_CREATE   "\"path\":\"/files\",\"method\":\"POST\""
#define AT_PATCH    "\"path\":\"/files\",\"method\":\"PATCH\""
#define AT_HEAD     "\"path\":\"/files\",\"method\":\"HEAD\""
#define AT_COMPLETE "\"path\":\"/api/bounce/upload/complete\""

typedef void (*TestFunc) (UploadFixture *self);

static void
run_with_fixture (gconstpointer data)
{
  UploadFixture *self = upload_fixture_new ();

  ((TestFunc) data) (self);
  upload_fixture_free (self);
}

static void
start_due (UploadFixture *self)
{
  bounce_uploader_start (self->uploader);
  upload_fixture_advance (self, QUIET_SECONDS);
}

static gboolean
is_sending (UploadFixture *self, gpointer data)
{
  return self->n_progress > 0;
}

/* Holds the answer to the first request back: that long the test has for what it wants to do
 * meanwhile. Where the request is cut off, nobody waits for it. */
static void
delay_patch (UploadFixture *self, guint milliseconds)
{
  upload_fixture_add_fault (self,
                            "{\"fault\":\"delay\",\"path\":\"/files\",\"method\":\"PATCH\","
                            "\"milliseconds\":%u,\"count\":1}",
                            milliseconds);
}

/* The bytes of the upload came in order, none twice after it was acknowledged, none left out. */
static void
assert_contiguous (JsonObject *upload)
{
  JsonArray *ranges = json_object_get_array_member (upload, "ranges");
  gint64 expected = 0;

  for (guint i = 0; i < json_array_get_length (ranges); i++)
    {
      JsonArray *range = json_array_get_array_element (ranges, i);

      g_assert_cmpint (json_array_get_int_element (range, 0), ==, expected);
      expected = json_array_get_int_element (range, 1);
    }
  g_assert_cmpint (expected, ==, json_object_get_int_member (upload, "length"));
}

static void
assert_one_upload (UploadFixture *self)
{
  g_autoptr (JsonArray) uploads = upload_fixture_list_uploads (self);

  g_assert_cmpuint (json_array_get_length (uploads), ==, 1);
  assert_contiguous (json_array_get_object_element (uploads, 0));
}

/* Stopped while bytes travel; after the restart the same upload goes on where the server is. */
static void
test_restart (UploadFixture *self)
{
  g_autoptr (BounceTransfer) before = NULL;
  g_autoptr (BounceTransfer) after = NULL;

  upload_fixture_add_instance (self, STUDY, SERIES, SOP, SIZE, 1);
  delay_patch (self, LONG_MS);
  start_due (self);
  upload_fixture_wait (self, is_sending, NULL);
  upload_fixture_stop_uploader (self);
  before = upload_fixture_get_last_transfer (self, STUDY);
  g_assert_cmpint (before->state, ==, BOUNCE_TRANSFER_INTERRUPTED);
  g_assert_nonnull (before->upload_url);
  upload_fixture_restart (self);
  bounce_uploader_start (self->uploader);
  upload_fixture_wait_status (self, STUDY, "SENT");
  after = upload_fixture_get_last_transfer (self, STUDY);
  g_assert_cmpstr (before->upload_id, ==, after->upload_id);
  g_assert_cmpstr (before->assembly_id, ==, after->assembly_id);
  g_assert_cmpstr (before->upload_url, ==, after->upload_url);
  assert_one_upload (self);
  upload_fixture_assert_delivered (self, STUDY, SOP, SIZE, 1);
  g_assert_cmpuint (upload_fixture_count_uploads (self, STUDY), ==, 1);
}

/* A package that is gone or wrong after the restart is built again, to the same bytes. */
static void
test_package_rebuilt (UploadFixture *self)
{
  g_autofree char *path = bounce_store_get_package_path (self->store, STUDY);

  upload_fixture_add_instance (self, STUDY, SERIES, SOP, SIZE, 1);
  delay_patch (self, LONG_MS);
  start_due (self);
  upload_fixture_wait (self, is_sending, NULL);
  upload_fixture_stop_uploader (self);
  g_assert_true (g_file_set_contents (path, "not a package", -1, NULL));
  upload_fixture_restart (self);
  bounce_uploader_start (self->uploader);
  upload_fixture_wait_status (self, STUDY, "SENT");
  assert_one_upload (self);
  upload_fixture_assert_delivered (self, STUDY, SOP, SIZE, 1);
}

/* The connection is cut in the middle of a request. */
static void
test_connection_cut (UploadFixture *self)
{
  upload_fixture_add_instance (self, STUDY, SERIES, SOP, SIZE, 1);
  upload_fixture_add_fault (self, "{\"fault\":\"drop\",\"path\":\"/files\",\"method\":\"PATCH\","
                                  "\"bytes\":1000000}");
  start_due (self);
  upload_fixture_wait_status (self, STUDY, "SENT");
  assert_one_upload (self);
  upload_fixture_assert_delivered (self, STUDY, SOP, SIZE, 1);
}

static gboolean
is_finishing (UploadFixture *self, gpointer data)
{
  return bounce_progress_is_finishing (self->progress_uploaded, self->progress_total);
}

/* Three attempts were in vain, but the fourth brought the bytes: the next is as near as after one
 * failure. */
static void
test_further_each_time (UploadFixture *self)
{
  g_autoptr (BounceStudy) study = NULL;

  upload_fixture_set (self, "retry_base_seconds", "60");
  upload_fixture_add_instance (self, STUDY, SERIES, SOP, SMALL_SIZE, 1);
  upload_fixture_add_fault (self, "{\"fault\":\"status\",\"path\":\"/api/bounce/config\","
                                  "\"status\":500,\"count\":3}");
  upload_fixture_add_fault (self, "{\"fault\":\"status\"," AT_COMPLETE ",\"status\":500}");
  start_due (self);
  for (guint attempt = 1; attempt <= 3; attempt++)
    {
      upload_fixture_wait_attempts (self, STUDY, attempt);
      upload_fixture_advance (self, 60 << attempt);
    }
  upload_fixture_wait_attempts (self, STUDY, 4);
  study = upload_fixture_get_study (self, STUDY);
  g_assert_cmpint (study->next_attempt_at_us - bounce_clock_get_wall_us (self->clock), <=,
                   70 * (gint64) G_USEC_PER_SEC);
  upload_fixture_advance (self, 70);
  upload_fixture_wait_status (self, STUDY, "SENT");
  assert_one_upload (self);
}

/* Everything is there, but `complete` fails until the process ends: only `complete` is repeated,
 * and that is what the progress tells. */
static void
test_completion_repeated (UploadFixture *self)
{
  upload_fixture_add_instance (self, STUDY, SERIES, SOP, SMALL_SIZE, 1);
  upload_fixture_add_fault (
      self, "{\"fault\":\"status\",\"path\":\"/api/bounce/upload/complete\",\"status\":500}");
  start_due (self);
  upload_fixture_wait_attempts (self, STUDY, 1);
  upload_fixture_restart (self);
  self->progress_uploaded = self->progress_total = 0;
  bounce_uploader_start (self->uploader);
  upload_fixture_advance (self, 40);
  upload_fixture_wait_status (self, STUDY, "SENT");
  upload_fixture_wait (self, is_finishing, NULL);
  assert_one_upload (self);
  g_assert_cmpuint (upload_fixture_count_uploads (self, STUDY), ==, 1);
}

/* The first attempt ends at a step. */
static BounceTransfer *
leave_waiting (UploadFixture *self, const char *step)
{
  upload_fixture_add_instance (self, STUDY, SERIES, SOP, SMALL_SIZE, 1);
  upload_fixture_add_fault (self, "{%s,\"fault\":\"status\",\"status\":503,\"retry_after\":\"31\"}",
                            step);
  start_due (self);
  upload_fixture_wait_attempts (self, STUDY, 1);
  upload_fixture_clear_faults (self);
  return upload_fixture_get_last_transfer (self, STUDY);
}

typedef struct
{
  const char *name;
  const char *step;    /* where the first attempt ended */
  const char *refused; /* what the second is refused */
  const char *refusal;
  guint n_tus_uploads;
} ForgottenCase;

/* After a long time, or with the key of another account, the server does not know the upload or its
 * assembly_id: it is made again, instead of being taken for a refusal of the study or of the key.
 */
static void
test_upload_forgotten (gconstpointer data)
{
  const ForgottenCase *row = data;
  UploadFixture *self = upload_fixture_new ();
  g_autoptr (BounceTransfer) before = leave_waiting (self, row->step);
  g_autoptr (BounceTransfer) after = NULL;
  g_autoptr (JsonArray) uploads = NULL;

  upload_fixture_add_fault (self, "{%s,%s}", row->refused, row->refusal);
  upload_fixture_advance (self, 40);
  upload_fixture_wait_status (self, STUDY, "SENT");
  after = upload_fixture_get_last_transfer (self, STUDY);
  g_assert_cmpstr (before->upload_id, !=, after->upload_id);
  uploads = upload_fixture_list_uploads (self);
  g_assert_cmpuint (json_array_get_length (uploads), ==, row->n_tus_uploads);
  g_assert_cmpuint (upload_fixture_count_events (self, BOUNCE_EVENT_UNAUTHORISED), ==, 0);
  upload_fixture_assert_delivered (self, STUDY, SOP, SMALL_SIZE, 1);
  upload_fixture_free (self);
}

/* Made again once: when that one is refused too, it is the study. */
static void
test_made_again_in_vain (UploadFixture *self)
{
  BounceTransfer *before = leave_waiting (self, AT_COMPLETE);
  g_autoptr (JsonArray) uploads = NULL;

  bounce_transfer_free (before);
  upload_fixture_add_fault (self,
                            "{\"fault\":\"status\"," AT_COMPLETE ",\"status\":422,\"count\":9}");
  upload_fixture_advance (self, 40);
  upload_fixture_wait_attempts (self, STUDY, 2);
  upload_fixture_wait_status (self, STUDY, "ERROR");
  uploads = upload_fixture_list_uploads (self);
  g_assert_cmpuint (json_array_get_length (uploads), ==, 2);
  upload_fixture_wait_events (self, BOUNCE_EVENT_STUDY_FAILED, 1);
}

static void
test_token_expired (UploadFixture *self)
{
  g_autofree char *answer = NULL;

  upload_fixture_add_instance (self, STUDY, SERIES, SOP, SIZE, 1);
  delay_patch (self, SHORT_MS);
  start_due (self);
  upload_fixture_wait (self, is_sending, NULL);
  answer = upload_fixture_ask (self, "POST", "/sandbox/expire-tokens", NULL);
  upload_fixture_wait_status (self, STUDY, "SENT");
  assert_one_upload (self);
  g_assert_cmpuint (upload_fixture_count_events (self, BOUNCE_EVENT_UNAUTHORISED), ==, 0);
  upload_fixture_assert_delivered (self, STUDY, SOP, SIZE, 1);
}

/* A token that was renewed for an upload says nothing about the one that takes its place. */
static void
test_token_expired_again (UploadFixture *self)
{
  upload_fixture_add_instance (self, STUDY, SERIES, SOP, SMALL_SIZE, 1);
  upload_fixture_add_fault (self, "{\"fault\":\"status\"," AT_CREATE ",\"status\":401}");
  upload_fixture_add_fault (self, "{\"fault\":\"status\"," AT_PATCH ",\"status\":410}");
  upload_fixture_add_fault (self, "{\"fault\":\"status\"," AT_PATCH ",\"status\":401}");
  start_due (self);
  upload_fixture_wait_status (self, STUDY, "SENT");
  g_assert_cmpuint (upload_fixture_count_events (self, BOUNCE_EVENT_UNAUTHORISED), ==, 0);
  g_assert_cmpuint (upload_fixture_count_transfers (self, STUDY), ==, 1);
  upload_fixture_assert_delivered (self, STUDY, SOP, SMALL_SIZE, 1);
}

/* The URL is spent: another one of the same upload. */
static void
test_upload_gone (UploadFixture *self)
{
  g_autoptr (JsonArray) uploads = NULL;

  upload_fixture_add_instance (self, STUDY, SERIES, SOP, SMALL_SIZE, 1);
  upload_fixture_add_fault (self, "{\"fault\":\"status\",\"path\":\"/files\","
                                  "\"method\":\"PATCH\",\"status\":410}");
  start_due (self);
  upload_fixture_wait_status (self, STUDY, "SENT");
  uploads = upload_fixture_list_uploads (self);
  g_assert_cmpuint (json_array_get_length (uploads), ==, 2);
  g_assert_cmpuint (upload_fixture_count_transfers (self, STUDY), ==, 1);
  g_assert_cmpuint (upload_fixture_count_uploads (self, STUDY), ==, 1);
}

/* Ours or the server's clock is wrong: what it says about the end of an upload that it has just
 * made must not make us ask for one after the other. */
static void
test_expires_in_the_past (UploadFixture *self)
{
  upload_fixture_add_instance (self, STUDY, SERIES, SOP, SMALL_SIZE, 1);
  upload_fixture_add_fault (self, "{\"fault\":\"header\",\"path\":\"/files\","
                                  "\"method\":\"POST\",\"name\":\"Upload-Expires\","
                                  "\"value\":\"Sun, 06 Nov 1994 08:49:37 GMT\",\"count\":20}");
  start_due (self);
  upload_fixture_wait_status (self, STUDY, "SENT");
  assert_one_upload (self);
}

#define ELSEWHERE                                                                                  \
  "{\\\"type\\\":\\\"lift\\\",\\\"mode\\\":\\\"bulk\\\",\\\"lift\\\":{"                            \
  "\\\"endpoint\\\":\\\"http://127.0.0.2:9/files\\\",\\\"token\\\":\\\"elsewhere\\\","             \
  "\\\"bucket\\\":\\\"b\\\",\\\"assembly_id\\\":\\\"a\\\"}}"

static void
move_lift_elsewhere (UploadFixture *self)
{
  upload_fixture_add_fault (
      self, "{\"fault\":\"body\",\"path\":\"/api/bounce/config\",\"body\":\"%s\"}", ELSEWHERE);
}

/* The upload was begun at one server, the token of now is for another: it does not go to the first,
 * and nothing that was told there counts here. */
static void
test_lift_moved (UploadFixture *self)
{
  g_autoptr (BounceTransfer) before = NULL;
  g_autoptr (BounceTransfer) after = NULL;
  g_autoptr (JsonArray) uploads = NULL;

  upload_fixture_add_instance (self, STUDY, SERIES, SOP, SIZE, 1);
  delay_patch (self, LONG_MS);
  start_due (self);
  upload_fixture_wait (self, is_sending, NULL);
  upload_fixture_stop_uploader (self);
  before = upload_fixture_get_last_transfer (self, STUDY);
  move_lift_elsewhere (self);
  bounce_uploader_start (self->uploader);
  upload_fixture_wait_status (self, STUDY, "SENT");
  after = upload_fixture_get_last_transfer (self, STUDY);
  g_assert_cmpstr (before->upload_id, !=, after->upload_id);
  uploads = upload_fixture_list_uploads (self);
  g_assert_cmpuint (json_array_get_length (uploads), ==, 2);
  upload_fixture_assert_delivered (self, STUDY, SOP, SIZE, 1);
}

/* Likewise when the server is told that an upload is not wanted any more. */
static void
test_lift_moved_before_cancel (UploadFixture *self)
{
  g_autofree char *faults = NULL;

  upload_fixture_add_instance (self, STUDY, SERIES, SOP, SMALL_SIZE, 1);
  upload_fixture_add_fault (self, "{\"fault\":\"status\",\"path\":\"/files\",\"method\":\"PATCH\","
                                  "\"status\":503,\"retry_after\":\"600\"}");
  start_due (self);
  upload_fixture_wait_attempts (self, STUDY, 1);
  move_lift_elsewhere (self);
  upload_fixture_add_fault (self, "{\"fault\":\"status\",\"path\":\"/files\","
                                  "\"method\":\"DELETE\",\"status\":204,\"count\":7}");
  upload_fixture_cancel (self, STUDY);
  faults = upload_fixture_ask (self, "GET", "/sandbox/faults", NULL);
  g_assert_nonnull (strstr (faults, "\"count\":7"));
}

/* An offset that runs ahead of what was sent: nothing of that upload can be believed. */
static void
test_offset_lies (UploadFixture *self)
{
  upload_fixture_add_instance (self, STUDY, SERIES, SOP, SMALL_SIZE, 1);
  upload_fixture_add_fault (self, "{\"fault\":\"offset\",\"path\":\"/files\","
                                  "\"method\":\"PATCH\",\"delta\":1000000,\"count\":1}");
  start_due (self);
  upload_fixture_wait_status (self, STUDY, "SENT");
  upload_fixture_assert_delivered (self, STUDY, SOP, SMALL_SIZE, 1);
}

/* A server that lies every time gets a rest, not a storm. */
static void
test_offset_lies_always (UploadFixture *self)
{
  g_autoptr (BounceStudy) study = NULL;
  g_autoptr (BounceTransfer) first = NULL;

  upload_fixture_add_instance (self, STUDY, SERIES, SOP, SMALL_SIZE, 1);
  upload_fixture_add_fault (self, "{\"fault\":\"offset\",\"path\":\"/files\","
                                  "\"delta\":1000000,\"count\":1000}");
  start_due (self);
  upload_fixture_wait_attempts (self, STUDY, 1);
  study = upload_fixture_get_study (self, STUDY);
  g_assert_cmpstr (study->reason, ==, BOUNCE_REASON_SERVER);
  g_assert_cmpint (study->next_attempt_at_us, >, bounce_clock_get_wall_us (self->clock));
  first = upload_fixture_get_last_transfer (self, STUDY);
  g_assert_false (first->is_uploaded);
  upload_fixture_clear_faults (self);
  upload_fixture_advance (self, 40);
  upload_fixture_wait_status (self, STUDY, "SENT");
  upload_fixture_assert_delivered (self, STUDY, SOP, SMALL_SIZE, 1);
}

/* The server keeps less than it was sent, and says so. */
static void
test_stored_less (UploadFixture *self)
{
  upload_fixture_add_instance (self, STUDY, SERIES, SOP, SMALL_SIZE, 1);
  upload_fixture_add_fault (self, "{\"fault\":\"short\",\"path\":\"/files\",\"method\":\"PATCH\","
                                  "\"bytes\":100}");
  start_due (self);
  upload_fixture_wait_status (self, STUDY, "SENT");
  assert_one_upload (self);
  upload_fixture_assert_delivered (self, STUDY, SOP, SMALL_SIZE, 1);
}

/* Replaced while it travels: that transfer is abandoned, the new bytes arrive. */
static void
test_replaced_during_upload (UploadFixture *self)
{
  upload_fixture_add_instance (self, STUDY, SERIES, SOP, SIZE, 1);
  delay_patch (self, LONG_MS);
  start_due (self);
  upload_fixture_wait (self, is_sending, NULL);
  upload_fixture_add_instance (self, STUDY, SERIES, SOP, SIZE, 2);
  upload_fixture_wait_events (self, BOUNCE_EVENT_TRANSFER_ABANDONED, 1);
  upload_fixture_advance (self, QUIET_SECONDS);
  upload_fixture_wait_status (self, STUDY, "SENT");
  upload_fixture_assert_delivered (self, STUDY, SOP, SIZE, 2);
  g_assert_cmpuint (upload_fixture_count_uploads (self, STUDY), ==, 1);
}

/* A new image does not disturb the transfer that runs; it follows. */
static void
test_added_during_upload (UploadFixture *self)
{
  upload_fixture_add_instance (self, STUDY, SERIES, SOP, SIZE, 1);
  delay_patch (self, SHORT_MS);
  start_due (self);
  upload_fixture_wait (self, is_sending, NULL);
  upload_fixture_add_instance (self, STUDY, SERIES, SOP ".9", SMALL_SIZE, 9);
  upload_fixture_wait_status (self, STUDY, "RECEIVED");
  upload_fixture_advance (self, QUIET_SECONDS);
  upload_fixture_wait_status (self, STUDY, "SENT");
  g_assert_cmpuint (upload_fixture_count_events (self, BOUNCE_EVENT_TRANSFER_ABANDONED), ==, 0);
  g_assert_cmpuint (upload_fixture_count_uploads (self, STUDY), ==, 2);
  upload_fixture_assert_delivered (self, STUDY, SOP, SIZE, 1);
  upload_fixture_assert_delivered (self, STUDY, SOP ".9", SMALL_SIZE, 9);
}

static void
add_test (const char *name, TestFunc func)
{
  g_autofree char *path = g_strconcat ("/uploader/resume/", name, NULL);

  g_test_add_data_func (path, func, run_with_fixture);
}

#define STATUS(code)  "\"fault\":\"status\",\"status\":" #code
#define SUCCESS_FALSE "\"fault\":\"body\",\"body\":\"{\\\"success\\\":false}\""

static const ForgottenCase FORGOTTEN[] = {
  { "init-404", AT_INIT, AT_INIT, STATUS (404), 1 },
  { "init-422", AT_INIT, AT_INIT, STATUS (422), 1 },
  { "init-403", AT_INIT, AT_INIT, STATUS (403), 1 },
  { "init-refused", AT_INIT, AT_INIT, SUCCESS_FALSE, 1 },
  { "create-400", AT_CREATE, AT_CREATE, STATUS (400), 1 },
  /* A fresh token is tried first. */
  { "create-403", AT_CREATE, AT_CREATE, STATUS (403) ",\"count\":2", 1 },
  { "offset-400", AT_PATCH, AT_HEAD, STATUS (400), 2 },
  { "404", AT_COMPLETE, AT_COMPLETE, STATUS (404), 2 },
  { "422", AT_COMPLETE, AT_COMPLETE, STATUS (422), 2 },
  { "403", AT_COMPLETE, AT_COMPLETE, STATUS (403), 2 },
  { "refused", AT_COMPLETE, AT_COMPLETE, SUCCESS_FALSE, 2 },
};

static void
add_forgotten (void)
{
  for (gsize i = 0; i < G_N_ELEMENTS (FORGOTTEN); i++)
    {
      g_autofree char *path =
          g_strconcat ("/uploader/resume/upload-forgotten/", FORGOTTEN[i].name, NULL);

      g_test_add_data_func (path, &FORGOTTEN[i], test_upload_forgotten);
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  add_test ("restart", test_restart);
  add_test ("package-rebuilt", test_package_rebuilt);
  add_test ("connection-cut", test_connection_cut);
  add_test ("completion-repeated", test_completion_repeated);
  add_forgotten ();
  add_test ("made-again-in-vain", test_made_again_in_vain);
  add_test ("further-each-time", test_further_each_time);
  add_test ("token-expired", test_token_expired);
  add_test ("token-expired-again", test_token_expired_again);
  add_test ("upload-gone", test_upload_gone);
  add_test ("expires-in-the-past", test_expires_in_the_past);
  add_test ("lift-moved", test_lift_moved);
  add_test ("lift-moved-before-cancel", test_lift_moved_before_cancel);
  add_test ("offset-lies", test_offset_lies);
  add_test ("offset-lies-always", test_offset_lies_always);
  add_test ("stored-less", test_stored_less);
  add_test ("replaced-during-upload", test_replaced_during_upload);
  add_test ("added-during-upload", test_added_during_upload);
  return g_test_run ();
}
