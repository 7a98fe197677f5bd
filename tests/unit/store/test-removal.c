/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* Deleting, resetting, and what runs into them. */

#include "config.h"

#include "bounce-store-private.h"
#include "bounce-tree-private.h"
#include "store-faults.h"
#include "store-fixture.h"

#include "bounce-wording.h"

#include <glib/gstdio.h>

static const Instance first = { .study = 1, .series = 1, .sop = 1 };
static const Instance second = { .study = 1, .series = 2, .sop = 2 };
static const Instance other = { .study = 2, .series = 3, .sop = 3 };

static char *
make_path (StoreFixture *self, const char *name)
{
  return g_build_filename (self->base_dir, name, NULL);
}

static gboolean
write_nothing (BounceStore *self, BounceDatabase *db, gpointer data, GError **error)
{
  return TRUE;
}

static void
test_delete (void)
{
  StoreFixture *self = store_fixture_new ();
  g_autofree char *folder = make_path (self, "1.2.826.0.1.1");
  g_autofree char *metadata = make_path (self, "1.2.826.0.1.1.json");
  g_autoptr (GError) error = NULL;

  store_fixture_open (self);
  g_assert_false (fixture_delete (self, 1, &error));
  g_assert_error (error, BOUNCE_STORE_ERROR, BOUNCE_STORE_ERROR_NOT_FOUND);
  g_clear_error (&error);
  fixture_accept_as (self, &first, BOUNCE_ACCEPTED_NEW);
  fixture_accept_as (self, &second, BOUNCE_ACCEPTED_NEW);
  fixture_accept_as (self, &other, BOUNCE_ACCEPTED_NEW);
  store_fixture_advance (self, 10);
  fixture_deliver (self);
  fixture_wait_for_file (metadata, TRUE);
  g_assert_true (fixture_delete (self, 1, &error));
  g_assert_no_error (error);
  g_assert_null (fixture_study (self, 1));
  g_assert_false (g_file_test (folder, G_FILE_TEST_EXISTS));
  g_assert_false (g_file_test (metadata, G_FILE_TEST_EXISTS));
  fixture_check_file (self, &other);
  g_assert_cmpint (fixture_get_sql (self, "SELECT COUNT (*) FROM receipts"), ==, 1);
  g_assert_cmpint (fixture_get_sql (self, "SELECT COUNT (*) FROM transfer_items"), ==, 0);
  g_assert_cmpint (fixture_get_sql (self, "SELECT COUNT (*) FROM audit"), ==, 1);
  g_assert_cmpuint (fixture_count_events (self, 1, BOUNCE_EVENT_STUDY_DELETED), ==, 1);
  fixture_accept_as (self, &first, BOUNCE_ACCEPTED_NEW);
  fixture_check_file (self, &first);
  store_fixture_free (self);
}

static void
test_delete_uploading (void)
{
  StoreFixture *self = store_fixture_new ();
  g_autoptr (BounceTransfer) transfer = NULL;
  g_autoptr (BounceTransfer) none = NULL;
  g_autoptr (GError) error = NULL;
  g_autoptr (GAsyncResult) deletion = NULL;

  store_fixture_open (self);
  transfer = fixture_accept_and_claim (self, &first);
  g_assert_false (fixture_delete (self, 1, &error));
  g_assert_error (error, BOUNCE_STORE_ERROR, BOUNCE_STORE_ERROR_BUSY);
  g_clear_error (&error);
  g_assert_false (fixture_reset (self, &error));
  g_assert_error (error, BOUNCE_STORE_ERROR, BOUNCE_STORE_ERROR_BUSY);
  g_clear_error (&error);
  fixture_check_file (self, &first);
  fixture_end (self, transfer->id, BOUNCE_TRANSFER_ABANDONED, NULL, 0);
  /* No claim comes between the call and the deletion. */
  bounce_store_delete_study_async (self->store, "1.2.826.0.1.1", NULL, fixture_result_cb,
                                   &deletion);
  none = fixture_claim (self);
  g_assert_null (none);
  g_assert_true (bounce_store_delete_study_finish (self->store, fixture_wait (&deletion), &error));
  store_fixture_free (self);
}

/* Keeps the files thread until it may go on. */
static void
hold_worker (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  GMutex *held = data;

  g_mutex_lock (held);
  g_mutex_unlock (held);
}

static void
accept_worker (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  BounceAcceptance acceptance;

  g_assert_true (fixture_accept (source, data, &acceptance, NULL));
}

static void
run_files_task (StoreFixture *self, GTaskThreadFunc func, gpointer data)
{
  g_autoptr (GTask) task = g_task_new (self->store, NULL, NULL, NULL);

  g_task_set_task_data (task, data, NULL);
  bounce_store_run_files_task (self->store, task, func);
}

static void
begin_deletion (StoreFixture *self, GAsyncResult **deletion)
{
  gint64 n_before = fixture_get_sql (self, "SELECT COUNT (*) FROM intents");

  bounce_store_delete_study_async (self->store, "1.2.826.0.1.1", NULL, fixture_result_cb, deletion);
  while (fixture_get_sql (self, "SELECT COUNT (*) FROM intents") == n_before)
    g_main_context_iteration (NULL, FALSE);
}

/* Deleted twice, and an image arrives in between: it was not there when somebody asked. */
static void
test_delete_twice (void)
{
  StoreFixture *self = store_fixture_new ();
  g_autoptr (GAsyncResult) once = NULL;
  g_autoptr (GAsyncResult) twice = NULL;
  g_autoptr (GAsyncResult) thrice = NULL;
  g_autoptr (GError) error = NULL;
  GMutex held;

  g_mutex_init (&held);
  store_fixture_open (self);
  fixture_accept_as (self, &first, BOUNCE_ACCEPTED_NEW);
  g_mutex_lock (&held);
  run_files_task (self, hold_worker, &held);
  begin_deletion (self, &once);
  bounce_store_write_sync (self->store, write_nothing, NULL, NULL); /* its files are next */
  begin_deletion (self, &twice);
  bounce_store_write_sync (self->store, write_nothing, NULL, NULL);
  run_files_task (self, accept_worker, (gpointer) &second);
  begin_deletion (self, &thrice);
  g_mutex_unlock (&held);
  g_assert_true (bounce_store_delete_study_finish (self->store, fixture_wait (&once), &error));
  g_assert_no_error (error);
  g_assert_true (bounce_store_delete_study_finish (self->store, fixture_wait (&twice), &error));
  g_assert_no_error (error);
  g_assert_false (bounce_store_delete_study_finish (self->store, fixture_wait (&thrice), &error));
  g_assert_error (error, BOUNCE_STORE_ERROR, BOUNCE_STORE_ERROR_IO);
  fixture_check_file (self, &second);
  g_assert_cmpuint (fixture_count_events (self, 1, BOUNCE_EVENT_STUDY_DELETED), ==, 1);
  g_assert_true (fixture_delete (self, 1, NULL));
  store_fixture_free (self);
  g_mutex_clear (&held);
}

/* Strangers' files, also inside a study's folder, stay. */
static void
test_strangers (void)
{
  StoreFixture *self = store_fixture_new ();
  g_autofree char *beside = make_path (self, "notes.txt");
  g_autofree char *inside = make_path (self, "1.2.826.0.1.1/1.2.826.0.2.1/notes.txt");
  g_autofree char *named = make_path (self, "1.2.826.0.1.1/notes.dcm");
  g_autofree char *file = fixture_instance_path (self, &first);

  store_fixture_open (self);
  fixture_accept_as (self, &first, BOUNCE_ACCEPTED_NEW);
  g_assert_true (g_file_set_contents (beside, "x", 1, NULL));
  g_assert_true (g_file_set_contents (inside, "x", 1, NULL));
  g_assert_true (g_file_set_contents (named, "x", 1, NULL));
  g_assert_true (fixture_delete (self, 1, NULL));
  g_assert_true (fixture_reset (self, NULL));
  g_assert_true (g_file_test (beside, G_FILE_TEST_EXISTS));
  g_assert_true (g_file_test (inside, G_FILE_TEST_EXISTS));
  g_assert_true (g_file_test (named, G_FILE_TEST_EXISTS));
  g_assert_false (g_file_test (file, G_FILE_TEST_EXISTS));
  store_fixture_free (self);
}

static void
test_reset (void)
{
  StoreFixture *self = store_fixture_new ();
  g_autofree char *orphan = make_path (self, "1.2.826.0.1.9.zip");
  g_autoptr (GError) error = NULL;
  BounceStudyQuery query = { .page = 1 };
  g_autoptr (GPtrArray) rows = NULL;
  guint64 total = 7;

  store_fixture_open (self);
  fixture_accept_as (self, &first, BOUNCE_ACCEPTED_NEW);
  fixture_accept_as (self, &other, BOUNCE_ACCEPTED_NEW);
  store_fixture_advance (self, 10);
  fixture_deliver (self);
  g_assert_true (g_file_set_contents (orphan, "x", 1, NULL));
  g_assert_true (fixture_reset (self, &error));
  g_assert_no_error (error);
  rows = fixture_list (self, &query, &total, NULL);
  g_assert_cmpuint (rows->len, ==, 0);
  g_assert_cmpuint (total, ==, 0);
  g_assert_false (g_file_test (orphan, G_FILE_TEST_EXISTS));
  g_assert_false (bounce_tree_may_have_studies (self->base_dir));
  g_assert_cmpint (fixture_get_sql (self, "SELECT COUNT (*) FROM receipts"), ==, 1);
  g_assert_cmpint (fixture_get_sql (self, "SELECT COUNT (*) FROM audit"), ==, 1);
  g_assert_cmpuint (fixture_count_events (self, 0, BOUNCE_EVENT_RESET), ==, 1);
  fixture_accept_as (self, &first, BOUNCE_ACCEPTED_NEW);
  store_fixture_free (self);
}

typedef struct
{
  StoreFixture *fixture;
  int stop; /* atomic */
  int accepted;
} Sender;

static gpointer
send_until_stopped (gpointer data)
{
  Sender *self = data;

  while (!g_atomic_int_get (&self->stop))
    {
      Instance instance = { .study = 1, .series = 1, .sop = self->accepted % 7 };
      BounceAcceptance acceptance;
      g_autoptr (GError) error = NULL;

      fixture_accept (self->fixture->store, &instance, &acceptance, &error);
      g_assert_no_error (error);
      self->accepted++;
    }
  return NULL;
}

/* Whoever goes first, every row has its file and every file its row. */
static void
check_files_and_rows (StoreFixture *self)
{
  g_autoptr (BounceStudy) row = fixture_study (self, 1);
  guint files = 0;

  for (int sop = 0; sop < 7; sop++)
    {
      Instance instance = { .study = 1, .series = 1, .sop = sop };
      g_autofree char *path = fixture_instance_path (self, &instance);

      files += g_file_test (path, G_FILE_TEST_EXISTS);
    }
  g_assert_cmpuint (files, ==, row ? row->local_instances : 0);
}

static void
test_delete_while_receiving (void)
{
  StoreFixture *self = store_fixture_new ();
  Sender senders[4] = { 0 };
  GThread *threads[4];

  store_fixture_open (self);
  for (int i = 0; i < 4; i++)
    {
      senders[i].fixture = self;
      threads[i] = g_thread_new ("sender", send_until_stopped, &senders[i]);
    }
  for (int deleted = 0; deleted < 15;)
    {
      g_autoptr (GError) error = NULL;

      if (fixture_delete (self, 1, &error))
        deleted++;
      else
        g_assert_error (error, BOUNCE_STORE_ERROR, BOUNCE_STORE_ERROR_NOT_FOUND);
    }
  g_assert_true (fixture_reset (self, NULL));
  for (int i = 0; i < 4; i++)
    {
      g_atomic_int_set (&senders[i].stop, TRUE);
      g_thread_join (threads[i]);
    }
  check_files_and_rows (self);
  store_fixture_free (self);
}

/* Nothing is called deleted whose files may be there. */
static void
test_deletion_of_unreadable (void)
{
  static const char *const folders[] = { "/studies", "/1.2.826.0.1.1",
                                         "/1.2.826.0.1.1/1.2.826.0.2.1" };

  for (gsize i = 0; i < G_N_ELEMENTS (folders); i++)
    {
      StoreFixture *self = store_fixture_new ();
      g_autoptr (GError) error = NULL;

      store_fixture_open (self);
      fixture_accept_as (self, &first, BOUNCE_ACCEPTED_NEW);
      faults_set (FAULT_READDIR, folders[i], 1);
      g_assert_false (fixture_delete (self, 1, &error));
      g_assert_error (error, BOUNCE_STORE_ERROR, BOUNCE_STORE_ERROR_IO);
      g_assert_cmpint (faults_get_struck (), ==, 1);
      faults_clear ();
      fixture_check_file (self, &first);
      faults_set (FAULT_READDIR, folders[i], 1);
      g_clear_error (&error);
      g_assert_false (fixture_reset (self, &error));
      g_assert_error (error, BOUNCE_STORE_ERROR, BOUNCE_STORE_ERROR_IO);
      faults_clear ();
      g_assert_true (fixture_delete (self, 1, NULL));
      store_fixture_free (self);
    }
}

/* It fails half-way and says so; what is left stays and can be deleted again. No later start takes
 * it up, which would take what arrived in between. */
static void
test_failing_deletion (void)
{
  StoreFixture *self = store_fixture_new ();
  g_autoptr (GError) error = NULL;

  store_fixture_open (self);
  fixture_accept_as (self, &first, BOUNCE_ACCEPTED_NEW);
  faults_set (FAULT_UNLINK, ".dcm", 1);
  g_assert_false (fixture_delete (self, 1, &error));
  g_assert_error (error, BOUNCE_STORE_ERROR, BOUNCE_STORE_ERROR_IO);
  faults_clear ();
  faults_set (FAULT_UNLINK, ".dcm", 1);
  g_clear_error (&error);
  g_assert_false (fixture_reset (self, &error));
  g_assert_error (error, BOUNCE_STORE_ERROR, BOUNCE_STORE_ERROR_IO);
  faults_clear ();
  store_fixture_close (self);
  store_fixture_open (self);
  fixture_accept_as (self, &first, BOUNCE_ACCEPTED_SAME);
  g_assert_cmpint (fixture_next_due (self), !=, 0);
  g_assert_true (fixture_delete (self, 1, NULL));
  store_fixture_free (self);
}

/* Files that are gone only until the next power cut are not called removed. */
static void
test_unsynced_deletion (void)
{
  static const char *const folders[] = { "1.2.826.0.2.1", "1.2.826.0.1.1", "studies" };

  for (gsize i = 0; i < G_N_ELEMENTS (folders); i++)
    {
      StoreFixture *self = store_fixture_new ();
      g_autoptr (GError) error = NULL;

      store_fixture_open (self);
      fixture_accept_as (self, &first, BOUNCE_ACCEPTED_NEW);
      faults_set (FAULT_FSYNC, folders[i], 1);
      g_assert_false (fixture_delete (self, 1, &error));
      g_assert_error (error, BOUNCE_STORE_ERROR, BOUNCE_STORE_ERROR_IO);
      g_assert_cmpint (faults_get_struck (), ==, 1);
      faults_clear ();
      g_assert_true (fixture_delete (self, 1, NULL));
      g_assert_null (fixture_study (self, 1));
      store_fixture_free (self);
    }
}

/* The disk is taken away while the store works: what cannot be seen is not gone. */
static void
test_not_mounted (void)
{
  StoreFixture *self = store_fixture_new ();
  g_autofree char *elsewhere = g_build_filename (self->root, "elsewhere", NULL);
  g_autoptr (GError) error = NULL;

  store_fixture_open (self);
  fixture_accept_as (self, &first, BOUNCE_ACCEPTED_NEW);
  g_assert_cmpint (g_rename (self->base_dir, elsewhere), ==, 0);
  g_assert_cmpint (g_mkdir (self->base_dir, 0700), ==, 0);
  g_assert_false (fixture_delete (self, 1, &error));
  g_assert_error (error, BOUNCE_STORE_ERROR, BOUNCE_STORE_ERROR_NOT_MOUNTED);
  g_clear_error (&error);
  g_assert_false (fixture_reset (self, &error));
  g_assert_error (error, BOUNCE_STORE_ERROR, BOUNCE_STORE_ERROR_NOT_MOUNTED);
  g_assert_cmpint (g_rmdir (self->base_dir), ==, 0);
  g_assert_cmpint (g_rename (elsewhere, self->base_dir), ==, 0);
  fixture_check_file (self, &first);
  fixture_accept_as (self, &first, BOUNCE_ACCEPTED_SAME);
  g_assert_true (fixture_delete (self, 1, NULL));
  store_fixture_free (self);
}

/* argument: TRUE: a reset. The database takes neither the end of a deletion nor that it was given
 * up: what arrives as soon as it takes anything again must not go at the next start. */
static void
test_unfinished (gconstpointer is_reset)
{
  StoreFixture *self = store_fixture_new ();
  BounceAcceptance acceptance;
  g_autoptr (BounceTransfer) transfer = NULL;
  g_autoptr (GError) error = NULL;

  store_fixture_open (self);
  fixture_accept_as (self, &first, BOUNCE_ACCEPTED_NEW);
  fixture_run_sql (self, "CREATE TRIGGER full_intents BEFORE DELETE ON intents"
                         " BEGIN SELECT RAISE (ABORT, 'full'); END;"
                         "CREATE TRIGGER full_studies BEFORE DELETE ON studies"
                         " BEGIN SELECT RAISE (ABORT, 'full'); END");
  g_assert_false (is_reset ? fixture_reset (self, &error) : fixture_delete (self, 1, &error));
  g_assert_error (error, BOUNCE_STORE_ERROR, BOUNCE_STORE_ERROR_DATABASE);
  g_assert_false (fixture_accept (self->store, &second, &acceptance, NULL));
  fixture_run_sql (self, "DROP TRIGGER full_intents; DROP TRIGGER full_studies");
  fixture_accept_as (self, &second, BOUNCE_ACCEPTED_NEW);
  store_fixture_close (self);
  store_fixture_open (self);
  fixture_check_file (self, &second);
  fixture_accept_as (self, &second, BOUNCE_ACCEPTED_SAME);
  store_fixture_advance (self, 10);
  transfer = fixture_claim (self);
  g_assert_nonnull (transfer);
  store_fixture_free (self);
}

static void
test_cancelled (void)
{
  StoreFixture *self = store_fixture_new ();
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_autoptr (GAsyncResult) deletion = NULL;
  g_autoptr (GAsyncResult) reset = NULL;
  g_autoptr (GAsyncResult) begun = NULL;
  g_autoptr (GError) error = NULL;

  store_fixture_open (self);
  fixture_accept_as (self, &first, BOUNCE_ACCEPTED_NEW);
  g_cancellable_cancel (cancellable);
  bounce_store_delete_study_async (self->store, "1.2.826.0.1.1", cancellable, fixture_result_cb,
                                   &deletion);
  g_assert_false (bounce_store_delete_study_finish (self->store, fixture_wait (&deletion), &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  g_clear_error (&error);
  bounce_store_reset_async (self->store, cancellable, fixture_result_cb, &reset);
  g_assert_false (bounce_store_reset_finish (self->store, fixture_wait (&reset), &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  g_clear_error (&error);
  fixture_check_file (self, &first);
  /* What is begun is carried through, and says so. */
  g_cancellable_reset (cancellable);
  bounce_store_delete_study_async (self->store, "1.2.826.0.1.1", cancellable, fixture_result_cb,
                                   &begun);
  g_cancellable_cancel (cancellable);
  g_assert_true (bounce_store_delete_study_finish (self->store, fixture_wait (&begun), &error));
  g_assert_null (fixture_study (self, 1));
  store_fixture_free (self);
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/store/removal/delete", test_delete);
  g_test_add_func ("/store/removal/delete-uploading", test_delete_uploading);
  g_test_add_func ("/store/removal/delete-twice", test_delete_twice);
  g_test_add_func ("/store/removal/strangers", test_strangers);
  g_test_add_func ("/store/removal/reset", test_reset);
  g_test_add_func ("/store/removal/delete-while-receiving", test_delete_while_receiving);
  g_test_add_func ("/store/removal/failing-deletion", test_failing_deletion);
  g_test_add_func ("/store/removal/deletion-of-unreadable", test_deletion_of_unreadable);
  g_test_add_func ("/store/removal/unsynced-deletion", test_unsynced_deletion);
  g_test_add_data_func ("/store/removal/unfinished/deletion", NULL, test_unfinished);
  g_test_add_data_func ("/store/removal/unfinished/reset", "reset", test_unfinished);
  g_test_add_func ("/store/removal/not-mounted", test_not_mounted);
  g_test_add_func ("/store/removal/cancelled", test_cancelled);
  return g_test_run ();
}
