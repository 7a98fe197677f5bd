/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* Starting, stopping, and what becomes of the instances that real senders send. */

#include "config.h"

#include "receiver-fixture.h"

#include "bounce-dicom-error.h"
#include "bounce-wording.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

static const BouncePhantom SMALL = {
  .kind = BOUNCE_PHANTOM_SMALL, .seed = 1, .n_instances = 3, .n_series = 1
};

typedef void (*TestFunc) (ReceiverFixture *self);

static void
run_with_fixture (gconstpointer data)
{
  ReceiverFixture *self = receiver_fixture_new ();

  ((TestFunc) data) (self);
  receiver_fixture_free (self);
}

static void
start (ReceiverFixture *self)
{
  g_autoptr (GError) error = NULL;

  receiver_fixture_start (self, &error);
  g_assert_no_error (error);
}

static void
test_start_and_stop (ReceiverFixture *self)
{
  g_autoptr (GError) error = NULL;

  g_assert_cmpint (bounce_receiver_get_state (self->receiver), ==, BOUNCE_RECEIVER_STOPPED);
  g_assert_cmpuint (bounce_receiver_get_port (self->receiver), ==, 0);
  for (guint round = 1; round <= 2; round++)
    {
      start (self);
      g_assert_cmpint (bounce_receiver_get_state (self->receiver), ==, BOUNCE_RECEIVER_RUNNING);
      g_assert_cmpuint (bounce_receiver_get_port (self->receiver), ==, self->port);
      receiver_fixture_wait_log (self, "Starting server", round);
      start (self); /* again: nothing to do */
      g_assert_true (receiver_fixture_stop (self, &error));
      g_assert_cmpint (bounce_receiver_get_state (self->receiver), ==, BOUNCE_RECEIVER_STOPPED);
      receiver_fixture_wait_log (self, "Stopping server", round);
    }
}

static void
test_port_in_use (ReceiverFixture *self)
{
  BounceReceiver *other = bounce_receiver_new (self->store, self->config);
  BounceReceiver *first = self->receiver;
  g_autoptr (GError) error = NULL;

  start (self);
  self->receiver = other;
  g_assert_false (receiver_fixture_start (self, &error));
  g_assert_error (error, BOUNCE_RECEIVER_ERROR, BOUNCE_RECEIVER_ERROR_START);
  g_assert_cmpstr (error->message, ==, "Address already in use");
  g_assert_cmpint (bounce_receiver_get_state (other), ==, BOUNCE_RECEIVER_STOPPED);
  self->receiver = first;
  g_object_unref (other);
}

static void
result_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  *(GAsyncResult **) user_data = g_object_ref (result);
}

static void
test_start_cancelled (ReceiverFixture *self)
{
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_autoptr (GAsyncResult) before = NULL;
  g_autoptr (GAsyncResult) during = NULL;
  g_autoptr (GError) error = NULL;

  g_cancellable_cancel (cancellable);
  bounce_receiver_start_async (self->receiver, cancellable, result_cb, &before);
  while (before == NULL)
    g_main_context_iteration (NULL, TRUE);
  g_assert_false (bounce_receiver_start_finish (self->receiver, before, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  g_assert_cmpint (bounce_receiver_get_state (self->receiver), ==, BOUNCE_RECEIVER_STOPPED);

  /* During: the socket is bound by then, and that is what the caller is told. After: nothing. */
  g_cancellable_reset (cancellable);
  bounce_receiver_start_async (self->receiver, cancellable, result_cb, &during);
  g_cancellable_cancel (cancellable);
  while (during == NULL)
    g_main_context_iteration (NULL, TRUE);
  g_assert_true (bounce_receiver_start_finish (self->receiver, during, NULL));
  g_cancellable_cancel (cancellable);
  g_assert_cmpint (bounce_receiver_get_state (self->receiver), ==, BOUNCE_RECEIVER_RUNNING);
}

static void
test_stop_cancelled (ReceiverFixture *self)
{
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_autoptr (GAsyncResult) before = NULL;
  g_autoptr (GAsyncResult) during = NULL;
  g_autoptr (GError) error = NULL;

  start (self);
  g_cancellable_cancel (cancellable);
  bounce_receiver_stop_async (self->receiver, cancellable, result_cb, &before);
  while (before == NULL)
    g_main_context_iteration (NULL, TRUE);
  g_assert_false (bounce_receiver_stop_finish (self->receiver, before, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  g_assert_cmpint (bounce_receiver_get_state (self->receiver), ==, BOUNCE_RECEIVER_RUNNING);

  g_clear_error (&error);
  g_cancellable_reset (cancellable);
  bounce_receiver_stop_async (self->receiver, cancellable, result_cb, &during);
  g_cancellable_cancel (cancellable);
  while (during == NULL)
    g_main_context_iteration (NULL, TRUE);
  g_assert_false (bounce_receiver_stop_finish (self->receiver, during, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  while (bounce_receiver_get_state (self->receiver) != BOUNCE_RECEIVER_STOPPED)
    g_main_context_iteration (NULL, TRUE);
  /* After the end, and while another stop is under way, see test_start_and_stop. */
  g_cancellable_cancel (cancellable);
}

static void
test_start_while_stopping (ReceiverFixture *self)
{
  g_autoptr (GAsyncResult) first = NULL;
  g_autoptr (GAsyncResult) second = NULL;
  g_autoptr (GAsyncResult) started = NULL;
  g_autoptr (GError) error = NULL;

  start (self);
  bounce_receiver_stop_async (self->receiver, NULL, result_cb, &first);
  bounce_receiver_stop_async (self->receiver, NULL, result_cb, &second);
  bounce_receiver_start_async (self->receiver, NULL, result_cb, &started);
  while (first == NULL || second == NULL || started == NULL)
    g_main_context_iteration (NULL, TRUE);
  g_assert_true (bounce_receiver_stop_finish (self->receiver, first, NULL));
  g_assert_true (bounce_receiver_stop_finish (self->receiver, second, NULL));
  g_assert_false (bounce_receiver_start_finish (self->receiver, started, &error));
  g_assert_error (error, BOUNCE_RECEIVER_ERROR, BOUNCE_RECEIVER_ERROR_START);
}

/* --- instances --- */

static void
test_received (ReceiverFixture *self)
{
  g_autofree char *study_uid = bounce_phantom_study_uid (&SMALL);
  g_autofree char *line = g_strdup_printf ("Received StudyInstanceUID: %s", study_uid);
  g_autoptr (GPtrArray) paths = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (BounceStudy) study = NULL;
  g_autoptr (GError) error = NULL;
  BounceRawsend options = { .port = self->port, .calling_ae = "CT_ROOM_1" };
  BounceRawsendResult result;

  start (self);
  for (guint i = 0; i < SMALL.n_instances; i++)
    g_ptr_array_add (paths, receiver_fixture_make_file (self, &SMALL, i));
  g_ptr_array_add (paths, NULL);
  g_assert_true (
      bounce_rawsend_run (&options, (const char *const *) paths->pdata, &result, &error));
  g_assert_cmpuint (result.n_success, ==, SMALL.n_instances);
  study = receiver_fixture_get_study (self, study_uid);
  g_assert_nonnull (study);
  g_assert_cmpuint (study->instances, ==, SMALL.n_instances);
  g_assert_cmpstr (study->status, ==, "RECEIVED");
  g_assert_cmpstr (study->patient_name, ==, bounce_phantom_patient_name (&SMALL));
  for (guint i = 0; i < SMALL.n_instances; i++)
    receiver_fixture_assert_same_dataset (self, &SMALL, i, g_ptr_array_index (paths, i));
  receiver_fixture_wait_log (self, "New association from CT_ROOM_1", 1);
  receiver_fixture_wait_log (self, line, 1);
  /* Another association announces the study again, however many instances it brings. */
  g_assert_true (
      bounce_rawsend_run (&options, (const char *const *) paths->pdata, &result, &error));
  receiver_fixture_wait_log (self, line, 2);
  g_assert_cmpuint (receiver_fixture_count_spool_files (self), ==, 0);
}

/* Larger than any buffer, so that the file is written in pieces. */
static void
test_large (ReceiverFixture *self)
{
  const BouncePhantom phantom = {
    .kind = BOUNCE_PHANTOM_MULTIFRAME, .seed = 3, .n_instances = 1, .multiframe_mb = 5
  };
  g_autofree char *path = receiver_fixture_make_file (self, &phantom, 0);

  start (self);
  g_assert_cmphex (receiver_fixture_send (self, NULL, path), ==, 0);
  receiver_fixture_assert_same_dataset (self, &phantom, 0, path);
}

static void
test_repeated (ReceiverFixture *self)
{
  g_autofree char *study_uid = bounce_phantom_study_uid (&SMALL);
  g_autofree char *path = receiver_fixture_make_file (self, &SMALL, 0);
  g_autoptr (BounceStudy) study = NULL;

  start (self);
  for (guint i = 0; i < 3; i++)
    g_assert_cmphex (receiver_fixture_send (self, NULL, path), ==, 0);
  study = receiver_fixture_get_study (self, study_uid);
  g_assert_cmpuint (study->instances, ==, 1);
  g_assert_cmpuint (receiver_fixture_count_events (self, BOUNCE_EVENT_INSTANCE_REPLACED), ==, 0);
  g_assert_cmpuint (receiver_fixture_count_spool_files (self), ==, 0);
}

/* The same UIDs with other pixels: the last byte is a pixel's. */
static void
test_changed (ReceiverFixture *self)
{
  g_autofree char *study_uid = bounce_phantom_study_uid (&SMALL);
  g_autofree char *path = receiver_fixture_make_file (self, &SMALL, 0);
  g_autofree char *content = NULL;
  g_autoptr (BounceStudy) study = NULL;
  gsize size;

  start (self);
  g_assert_cmphex (receiver_fixture_send (self, NULL, path), ==, 0);
  g_assert_true (g_file_get_contents (path, &content, &size, NULL));
  content[size - 1] ^= 0x55;
  g_assert_true (g_file_set_contents (path, content, size, NULL));
  g_assert_cmphex (receiver_fixture_send (self, NULL, path), ==, 0);
  receiver_fixture_assert_same_dataset (self, &SMALL, 0, path);
  study = receiver_fixture_get_study (self, study_uid);
  g_assert_cmpuint (study->instances, ==, 1);
  receiver_fixture_wait_events (self, BOUNCE_EVENT_INSTANCE_REPLACED, 1);
}

static void
assert_nothing_kept (ReceiverFixture *self)
{
  g_autofree char *study_uid = bounce_phantom_study_uid (&SMALL);
  g_autoptr (BounceStudy) study = receiver_fixture_get_study (self, study_uid);

  g_assert_null (study);
  g_assert_cmpuint (receiver_fixture_count_spool_files (self), ==, 0);
}

static void
assert_refused_once (ReceiverFixture *self)
{
  assert_nothing_kept (self);
  receiver_fixture_wait_events (self, BOUNCE_EVENT_INSTANCE_REFUSED, 1);
}

static void
test_mismatch (ReceiverFixture *self)
{
  const BounceRawsend other_instance = { .sop_instance_uid = "1.2.3.4" };
  const BounceRawsend other_class = { .sop_class_uid = "1.2.840.10008.5.1.4.1.1.4" };
  g_autofree char *path = receiver_fixture_make_file (self, &SMALL, 0);

  start (self);
  g_assert_cmphex (receiver_fixture_send (self, &other_instance, path), ==, 0xA900);
  assert_refused_once (self);
  g_assert_cmphex (receiver_fixture_send (self, &other_class, path), ==, 0xA900);
  assert_nothing_kept (self);
}

/* Cut before the UIDs: there is nothing to file it under. */
static void
test_unreadable (ReceiverFixture *self)
{
  g_autofree char *path = receiver_fixture_make_file (self, &SMALL, 0);
  g_autofree char *content = NULL;
  BounceRawsend cut = { NULL };
  gsize size;

  g_assert_true (g_file_get_contents (path, &content, &size, NULL));
  cut.cut_dataset_bytes = size - 500;
  start (self);
  g_assert_cmphex (receiver_fixture_send (self, &cut, path), ==, 0xC000);
  assert_refused_once (self);
}

/* One refusal is an event, the next of its kind in the same association only a line. */
static void
test_refusals_do_not_flood (ReceiverFixture *self)
{
  g_autofree char *path = receiver_fixture_make_file (self, &SMALL, 0);
  const char *const paths[] = { path, NULL };
  BounceRawsend options = { .port = self->port, .sop_instance_uid = "1.2.3.4", .n_repeats = 20 };
  BounceRawsendResult result;

  start (self);
  bounce_rawsend_run (&options, paths, &result, NULL);
  g_assert_cmpuint (result.n_refused, ==, 20);
  assert_refused_once (self);
}

static void
test_broken_off (ReceiverFixture *self)
{
  g_autofree char *path = receiver_fixture_make_file (self, &SMALL, 0);
  const char *const paths[] = { path, NULL };
  g_autofree char *line = NULL;
  g_autofree char *sop = bounce_phantom_sop_uid (&SMALL, 0);

  start (self);
  line = g_strdup_printf ("Transfer of instance %s from RAWSEND broke off", sop);
  for (guint i = 0; i < 2; i++)
    {
      BounceRawsend options = { .port = self->port, .stop_after_bytes = 10000, .is_abort = i == 1 };
      BounceRawsendResult result;

      bounce_rawsend_run (&options, paths, &result, NULL);
      g_assert_cmpuint (result.n_success, ==, 0);
      receiver_fixture_wait_log (self, line, i + 1);
    }
  assert_nothing_kept (self);
  /* And nothing is amiss afterwards. */
  g_assert_cmphex (receiver_fixture_send (self, NULL, path), ==, 0);
}

static void
run_program (const char *const *argv)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GSubprocess) program =
      g_subprocess_newv (argv, G_SUBPROCESS_FLAGS_STDOUT_SILENCE, &error);

  g_assert_no_error (error);
  g_subprocess_wait_check (program, NULL, &error);
  g_assert_no_error (error);
}

static void
test_dcmtk_senders (ReceiverFixture *self)
{
  g_autofree char *port = g_strdup_printf ("%u", self->port);
  g_autofree char *first = receiver_fixture_make_file (self, &SMALL, 0);
  g_autofree char *second = receiver_fixture_make_file (self, &SMALL, 1);
  const char *const storescu[] = { "storescu",  "-R", "-aec", "BOUNCE",
                                   "127.0.0.1", port, first,  NULL };
  const char *const dcmsend[] = { "dcmsend", "-aec", "BOUNCE", "127.0.0.1", port, second, NULL };

  start (self);
  run_program (storescu);
  run_program (dcmsend);
  receiver_fixture_assert_same_dataset (self, &SMALL, 0, first);
  receiver_fixture_assert_same_dataset (self, &SMALL, 1, second);
}

/* What the store needs when its database is lost: the tags out of a file that is in the tree. */
static void
test_read_head (ReceiverFixture *self)
{
  g_autofree char *path = receiver_fixture_make_file (self, &SMALL, 0);
  g_autofree char *sop = bounce_phantom_sop_uid (&SMALL, 0);
  g_autofree char *study = bounce_phantom_study_uid (&SMALL);
  g_autoptr (GError) error = NULL;
  g_autoptr (BounceInstanceHead) head = NULL;
  gsize dataset_offset = 0;
  int fd = open (path, O_RDONLY | O_CLOEXEC);

  head = bounce_receiver_read_head (fd, &dataset_offset, NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpstr (head->sop_instance_uid, ==, sop);
  g_assert_cmpstr (head->study_uid, ==, study);
  g_assert_cmpstr (head->transfer_syntax_uid, ==, "1.2.840.10008.1.2.1");
  g_assert_cmpuint (dataset_offset, >, 132);
  close (fd);

  fd = open ("/dev/null", O_RDONLY | O_CLOEXEC);
  g_assert_null (bounce_receiver_read_head (fd, &dataset_offset, NULL, &error));
  g_assert_error (error, BOUNCE_DICOM_ERROR, BOUNCE_DICOM_ERROR_MALFORMED);
  close (fd);
}

/* What was received is found again, however much stands before its UIDs. */
static void
test_read_long_head (ReceiverFixture *self)
{
  static const guint8 private_head[] = { 9, 0, 1, 0x10, 'O', 'B', 0, 0, 0, 0, 0x30, 0 };
  g_autofree char *path = receiver_fixture_make_file (self, &SMALL, 0);
  g_autofree char *study = bounce_phantom_study_uid (&SMALL);
  g_autofree char *bytes = NULL;
  g_autofree guint8 *private_bytes = g_malloc0 (0x300000);
  g_autoptr (GByteArray) longer = g_byte_array_new ();
  g_autoptr (BounceInstanceHead) head = NULL;
  g_autoptr (GError) error = NULL;
  gsize size, dataset_offset = 0;
  const char *patient;
  int fd;

  g_assert_true (g_file_get_contents (path, &bytes, &size, NULL));
  patient = memmem (bytes, size, "\x10\0\x10\0PN", 6);
  g_assert_nonnull (patient);
  g_byte_array_append (longer, (guint8 *) bytes, (guint) (patient - bytes));
  g_byte_array_append (longer, private_head, sizeof private_head);
  g_byte_array_append (longer, private_bytes, 0x300000);
  g_byte_array_append (longer, (guint8 *) patient, (guint) (size - (patient - bytes)));
  g_assert_true (g_file_set_contents (path, (char *) longer->data, longer->len, NULL));

  fd = open (path, O_RDONLY | O_CLOEXEC);
  head = bounce_receiver_read_head (fd, &dataset_offset, NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpstr (head->study_uid, ==, study);
  close (fd);
}

/* An association that is open when the receiver stops may finish what it is sending. */
static gpointer
send_slowly (gpointer data)
{
  ReceiverFixture *self = data;
  g_autofree char *first = receiver_fixture_make_file (self, &SMALL, 0);
  g_autofree char *second = receiver_fixture_make_file (self, &SMALL, 1);
  const char *const paths[] = { first, second, NULL };
  BounceRawsend options = { .port = self->port, .interval_us = 300000 };
  BounceRawsendResult result;

  bounce_rawsend_run (&options, paths, &result, NULL);
  return GUINT_TO_POINTER (result.n_success);
}

static void
test_stop_drains (ReceiverFixture *self)
{
  g_autoptr (GError) error = NULL;
  GThread *sender;

  start (self);
  sender = g_thread_new ("sender", send_slowly, self);
  receiver_fixture_wait_log (self, "New association from RAWSEND", 1);
  g_assert_true (receiver_fixture_stop (self, &error));
  g_assert_cmpuint (GPOINTER_TO_UINT (g_thread_join (sender)), ==, 2);
}

static void
add_test (const char *name, TestFunc func)
{
  g_autofree char *path = g_strconcat ("/receiver/", name, NULL);

  g_test_add_data_func (path, func, run_with_fixture);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  add_test ("start-and-stop", test_start_and_stop);
  add_test ("port-in-use", test_port_in_use);
  add_test ("start-cancelled", test_start_cancelled);
  add_test ("stop-cancelled", test_stop_cancelled);
  add_test ("start-while-stopping", test_start_while_stopping);
  add_test ("received", test_received);
  add_test ("large", test_large);
  add_test ("repeated", test_repeated);
  add_test ("changed", test_changed);
  add_test ("mismatch", test_mismatch);
  add_test ("unreadable", test_unreadable);
  add_test ("refusals-do-not-flood", test_refusals_do_not_flood);
  add_test ("broken-off", test_broken_off);
  add_test ("dcmtk-senders", test_dcmtk_senders);
  add_test ("read-head", test_read_head);
  add_test ("read-long-head", test_read_long_head);
  add_test ("stop-drains", test_stop_drains);
  return g_test_run ();
}
