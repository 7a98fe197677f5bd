/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* Accepting instances: identity, concurrency, and what a failing disk does. */

#include "config.h"

#include "store-faults.h"
#include "store-fixture.h"

#include "bounce-wording.h"

#include <glib/gstdio.h>
#include <unistd.h>

#define THREADS    16
#define PER_THREAD 25

static const Instance first = { .study = 1, .series = 1, .sop = 1 };
static const Instance changed = { .study = 1, .series = 1, .sop = 1, .content = 7 };

static void
test_identity (void)
{
  StoreFixture *self = store_fixture_new ();
  Instance elsewhere = { .study = 1, .series = 2, .sop = 1 };
  g_autoptr (BounceStudy) row = NULL;

  store_fixture_open (self);
  fixture_accept_as (self, &first, BOUNCE_ACCEPTED_NEW);
  store_fixture_advance (self, 20);
  fixture_deliver (self);
  fixture_accept_as (self, &first, BOUNCE_ACCEPTED_SAME);
  row = fixture_study (self, 1);
  g_assert_cmpstr (row->status, ==, "SENT");
  g_assert_cmpint (row->updated_at_us, ==, FIXTURE_START_US + 20 * (gint64) FIXTURE_SECOND);
  fixture_accept_as (self, &elsewhere, BOUNCE_ACCEPTED_NEW);
  fixture_accept_as (self, &changed, BOUNCE_ACCEPTED_REPLACED);
  fixture_check_file (self, &changed);
  fixture_check_file (self, &elsewhere);
  bounce_study_free (row);
  row = fixture_study (self, 1);
  g_assert_cmpuint (row->instances, ==, 2);
  g_assert_cmpuint (row->local_instances, ==, 2);
  g_assert_cmpuint (row->series, ==, 2);
  g_assert_cmpuint (row->undelivered, ==, 2);
  g_assert_cmpstr (row->status, ==, "RECEIVED");
  g_assert_cmpuint (fixture_count_events (self, 1, BOUNCE_EVENT_INSTANCE_REPLACED), ==, 1);
  g_assert_cmpint (fixture_get_sql (self, "SELECT COUNT (*) FROM intents"), ==, 0);
  store_fixture_free (self);
}

/* A row without its file does not make a repetition the same. */
static void
test_file_gone (void)
{
  StoreFixture *self = store_fixture_new ();
  g_autofree char *path = fixture_instance_path (self, &first);

  store_fixture_open (self);
  fixture_accept_as (self, &first, BOUNCE_ACCEPTED_NEW);
  g_assert_cmpint (g_unlink (path), ==, 0);
  fixture_accept_as (self, &first, BOUNCE_ACCEPTED_NEW);
  fixture_check_file (self, &first);
  g_assert_cmpint (fixture_get_sql (self, "SELECT local_instances FROM studies"), ==, 1);
  store_fixture_free (self);
}

static void
test_invalid (void)
{
  static const char *const uids[] = {
    "",
    ".",
    "..",
    "1..2",
    "1.2/../3",
    "1.2.a",
    "1234567890.1234567890.1234567890.1234567890.1234567890.12345678901"
  };
  StoreFixture *self = store_fixture_new ();

  store_fixture_open (self);
  for (gsize i = 0; i < G_N_ELEMENTS (uids) * 3; i++)
    {
      g_autoptr (BounceInstanceHead) head = fixture_make_head (&first);
      g_autoptr (GError) error = NULL;
      const char *bad = uids[i / 3];
      BounceArrival arrival = { .study_uid = i % 3 == 0 ? bad : "1.2",
                                .series_uid = i % 3 == 1 ? bad : "1.2",
                                .sop_instance_uid = i % 3 == 2 ? bad : "1.2" };
      BounceAcceptance acceptance;

      g_assert_false (bounce_store_accept_sync (self->store,
                                                bounce_store_open_spool (self->store, NULL),
                                                &arrival, head, &acceptance, &error));
      g_assert_error (error, BOUNCE_STORE_ERROR, BOUNCE_STORE_ERROR_INVALID);
    }
  g_assert_cmpint (fixture_get_sql (self, "SELECT COUNT (*) FROM studies"), ==, 0);
  store_fixture_free (self);
}

static void
test_short_file (void)
{
  StoreFixture *self = store_fixture_new ();
  g_autoptr (BounceInstanceHead) head = fixture_make_head (&first);
  BounceArrival arrival = { .study_uid = head->study_uid,
                            .series_uid = head->series_uid,
                            .sop_instance_uid = head->sop_instance_uid,
                            .size_bytes = 10 };
  BounceAcceptance acceptance;
  g_autoptr (GError) error = NULL;

  store_fixture_open (self);
  g_assert_false (bounce_store_accept_sync (self->store,
                                            bounce_store_open_spool (self->store, NULL), &arrival,
                                            head, &acceptance, &error));
  g_assert_error (error, BOUNCE_STORE_ERROR, BOUNCE_STORE_ERROR_CORRUPT);
  g_assert_null (fixture_study (self, 1));
  store_fixture_free (self);
}

typedef struct
{
  StoreFixture *fixture;
  int number;
  gboolean is_same_instance;
  int counts[3]; /* by BounceAcceptance */
} Sender;

static gpointer
send_instances (gpointer data)
{
  Sender *self = data;

  for (int i = 0; i < PER_THREAD; i++)
    {
      Instance instance = { .study = 1, .series = self->number % 3, .sop = i };
      BounceAcceptance acceptance;
      g_autoptr (GError) error = NULL;

      if (self->is_same_instance)
        instance = (Instance){ .study = 1, .series = 1, .sop = 1, .content = self->number % 2 };
      else
        instance.sop += self->number * PER_THREAD;
      fixture_accept (self->fixture->store, &instance, &acceptance, &error);
      g_assert_no_error (error);
      self->counts[acceptance]++;
    }
  return NULL;
}

static void
send_from_threads (StoreFixture *self, gboolean is_same_instance, int counts[3])
{
  Sender senders[THREADS] = { 0 };
  GThread *threads[THREADS];

  for (int i = 0; i < THREADS; i++)
    {
      senders[i] = (Sender){ self, i, is_same_instance, { 0 } };
      threads[i] = g_thread_new ("sender", send_instances, &senders[i]);
    }
  for (int i = 0; i < THREADS; i++)
    {
      g_thread_join (threads[i]);
      for (int j = 0; j < 3; j++)
        counts[j] += senders[i].counts[j];
    }
}

static void
test_same_study (void)
{
  StoreFixture *self = store_fixture_new ();
  int counts[3] = { 0 };
  g_autoptr (BounceStudy) row = NULL;
  g_autoptr (BounceTransfer) transfer = NULL;

  store_fixture_open (self);
  send_from_threads (self, FALSE, counts);
  g_assert_cmpint (counts[BOUNCE_ACCEPTED_NEW], ==, THREADS * PER_THREAD);
  row = fixture_study (self, 1);
  g_assert_cmpuint (row->instances, ==, THREADS * PER_THREAD);
  g_assert_cmpuint (row->series, ==, 3);
  store_fixture_advance (self, 10);
  transfer = fixture_claim (self);
  g_assert_cmpuint (transfer->items->len, ==, THREADS * PER_THREAD);
  for (guint i = 0; i < transfer->items->len; i++)
    {
      BounceTransferItem *item = g_ptr_array_index (transfer->items, i);
      g_autofree char *path = bounce_store_get_instance_path (
          self->store, transfer->study_uid, item->series_uid, item->sop_instance_uid);

      g_assert_true (g_file_test (path, G_FILE_TEST_EXISTS));
    }
  store_fixture_free (self);
}

/* However sixteen threads take turns, the row describes the file that is there. */
static void
test_same_instance (void)
{
  StoreFixture *self = store_fixture_new ();
  Instance instances[2] = { { .study = 1, .series = 1, .sop = 1 },
                            { .study = 1, .series = 1, .sop = 1, .content = 1 } };
  int counts[3] = { 0 };
  BounceAcceptance acceptance;
  g_autoptr (GError) error = NULL;
  g_autofree char *incoming = g_build_filename (self->base_dir, ".incoming", NULL);

  store_fixture_open (self);
  send_from_threads (self, TRUE, counts);
  g_assert_cmpint (counts[BOUNCE_ACCEPTED_NEW], ==, 1);
  g_assert_cmpint (counts[BOUNCE_ACCEPTED_REPLACED], >=, 1);
  g_assert_cmpuint (fixture_count_events (self, 1, BOUNCE_EVENT_INSTANCE_REPLACED), ==,
                    counts[BOUNCE_ACCEPTED_REPLACED]);
  fixture_accept (self->store, &instances[0], &acceptance, &error);
  fixture_check_file (self, &instances[0]);
  fixture_accept_as (self, &instances[0], BOUNCE_ACCEPTED_SAME);
  fixture_accept_as (self, &instances[1], BOUNCE_ACCEPTED_REPLACED);
  fixture_check_file (self, &instances[1]);
  g_assert_cmpint (fixture_get_sql (self, "SELECT local_instances FROM studies"), ==, 1);
  g_assert_cmpint (g_rmdir (incoming), ==, 0);
  store_fixture_free (self);
}

static void
check_refused (StoreFixture *self, const Instance *instance, int code)
{
  g_autoptr (GError) error = NULL;
  BounceAcceptance acceptance;

  g_assert_false (fixture_accept (self->store, instance, &acceptance, &error));
  g_assert_error (error, BOUNCE_STORE_ERROR, code);
}

/* A sync that failed is asked for once, and nothing is left; the next one is accepted. */
static void
test_failing_sync (void)
{
  StoreFixture *self = store_fixture_new ();
  g_autofree char *path = fixture_instance_path (self, &first);
  g_autofree char *incoming = g_build_filename (self->base_dir, ".incoming", NULL);

  store_fixture_open (self);
  faults_set (FAULT_FDATASYNC, ".incoming/", G_MAXINT);
  check_refused (self, &first, BOUNCE_STORE_ERROR_IO);
  g_assert_cmpint (faults_get_struck (), ==, 1);
  faults_set (FAULT_FSYNC, "1.2.826.0.2.1", G_MAXINT);
  check_refused (self, &first, BOUNCE_STORE_ERROR_IO);
  g_assert_cmpint (faults_get_struck (), ==, 1);
  faults_set (FAULT_RENAME, ".dcm", G_MAXINT);
  check_refused (self, &first, BOUNCE_STORE_ERROR_IO);
  g_assert_false (g_file_test (path, G_FILE_TEST_EXISTS));
  g_assert_cmpint (fixture_get_sql (self, "SELECT COUNT (*) FROM studies"), ==, 0);
  faults_clear ();
  fixture_accept_as (self, &first, BOUNCE_ACCEPTED_NEW);
  g_assert_cmpint (g_rmdir (incoming), ==, 0);
  store_fixture_free (self);
}

static gpointer
send_one (gpointer data)
{
  Sender *self = data;
  Instance instance = { .study = 1, .series = 1, .sop = self->number };
  g_autofree char *path = fixture_instance_path (self->fixture, &instance);
  BounceAcceptance acceptance;
  gboolean is_accepted = fixture_accept (self->fixture->store, &instance, &acceptance, NULL);

  self->counts[0] = is_accepted;
  g_assert_cmpint (is_accepted, ==, g_file_test (path, G_FILE_TEST_EXISTS));
  return NULL;
}

/* Everybody whose rename a failed sync was to serve is refused, and nobody else. */
static void
test_failing_shared_sync (void)
{
  StoreFixture *self = store_fixture_new ();
  Sender senders[THREADS] = { 0 };
  GThread *threads[THREADS];
  int accepted = 0;

  store_fixture_open (self);
  faults_set (FAULT_FSYNC, "1.2.826.0.2.1", 1);
  for (int i = 0; i < THREADS; i++)
    {
      senders[i] = (Sender){ .fixture = self, .number = i };
      threads[i] = g_thread_new ("sender", send_one, &senders[i]);
    }
  for (int i = 0; i < THREADS; i++)
    {
      g_thread_join (threads[i]);
      accepted += senders[i].counts[0];
    }
  g_assert_cmpint (faults_get_struck (), ==, 1);
  g_assert_cmpint (accepted, <, THREADS);
  g_assert_cmpint (fixture_get_sql (self, "SELECT COUNT (*) FROM instances"), ==, accepted);
  faults_clear ();
  store_fixture_free (self);
}

/* What was answered with Success stays when its replacement cannot be kept. */
static void
test_failing_replacement (void)
{
  StoreFixture *self = store_fixture_new ();

  store_fixture_open (self);
  fixture_accept_as (self, &first, BOUNCE_ACCEPTED_NEW);
  faults_set (FAULT_FSYNC, "1.2.826.0.2.1", 1);
  check_refused (self, &changed, BOUNCE_STORE_ERROR_IO);
  fixture_check_file (self, &first);
  faults_set (FAULT_RENAME, ".dcm", 2);
  check_refused (self, &changed, BOUNCE_STORE_ERROR_IO);
  fixture_check_file (self, &first);
  faults_clear ();
  g_assert_cmpint (fixture_get_sql (self, "SELECT COUNT (*) FROM intents"), ==, 0);
  fixture_accept_as (self, &first, BOUNCE_ACCEPTED_SAME);
  fixture_accept_as (self, &changed, BOUNCE_ACCEPTED_REPLACED);
  store_fixture_free (self);
}

/* Going back is on disk before the journal forgets: a power cut could bring the new file back, and
 * the old one would be gone without a word. */
static void
test_failing_return (void)
{
  StoreFixture *self = store_fixture_new ();

  store_fixture_open (self);
  fixture_accept_as (self, &first, BOUNCE_ACCEPTED_NEW);
  faults_set (FAULT_FSYNC, "1.2.826.0.2.1", 2);
  check_refused (self, &changed, BOUNCE_STORE_ERROR_IO);
  g_assert_cmpint (faults_get_struck (), ==, 2);
  faults_clear ();
  fixture_check_file (self, &first);
  g_assert_cmpint (fixture_get_sql (self, "SELECT COUNT (*) FROM intents"), ==, 1);
  store_fixture_close (self);
  store_fixture_open (self);
  fixture_check_file (self, &first);
  g_assert_cmpint (fixture_get_sql (self, "SELECT COUNT (*) FROM intents"), ==, 0);
  store_fixture_free (self);
}

/* A file that no row speaks of yet (the database was lost, adopting goes on) was answered with
 * Success once: it stays when another one cannot be kept in its place. */
static void
test_failing_over_unknown_file (void)
{
  StoreFixture *self = store_fixture_new ();

  store_fixture_open (self);
  fixture_accept_as (self, &first, BOUNCE_ACCEPTED_NEW);
  fixture_run_sql (self, "DELETE FROM instances");
  faults_set (FAULT_FSYNC, "1.2.826.0.2.1", 1);
  check_refused (self, &changed, BOUNCE_STORE_ERROR_IO);
  faults_clear ();
  fixture_check_file (self, &first);
  fixture_accept_as (self, &changed, BOUNCE_ACCEPTED_NEW);
  fixture_check_file (self, &changed);
  store_fixture_free (self);
}

/* The database's disk is full: refused, no file stays, and it works again afterwards. */
static void
test_failing_commit (void)
{
  StoreFixture *self = store_fixture_new ();
  g_autofree char *path = fixture_instance_path (self, &first);

  store_fixture_open (self);
  faults_set (FAULT_WRITE, "bounce.db", G_MAXINT);
  check_refused (self, &first, BOUNCE_STORE_ERROR_NO_SPACE);
  g_assert_cmpint (faults_get_struck (), >=, 1);
  g_assert_false (g_file_test (path, G_FILE_TEST_EXISTS));
  faults_clear ();
  fixture_accept_as (self, &first, BOUNCE_ACCEPTED_NEW);
  store_fixture_free (self);
}

static void
test_no_space (void)
{
  StoreFixture *self = store_fixture_new ();
  g_autoptr (GError) error = NULL;

  faults_set_free_bytes (64 * 1024 * 1024 - 4096);
  store_fixture_open (self);
  g_assert_cmpuint (bounce_store_get_free_bytes (self->store), <, 64 * 1024 * 1024);
  g_assert_null (bounce_store_open_spool (self->store, &error));
  g_assert_error (error, BOUNCE_STORE_ERROR, BOUNCE_STORE_ERROR_NO_SPACE);
  g_clear_error (&error);
  g_assert_null (bounce_store_open_spool (self->store, &error));
  faults_set_free_bytes (65 * 1024 * 1024);
  while (bounce_store_get_free_bytes (self->store) < 64 * 1024 * 1024)
    g_thread_yield ();
  fixture_accept_as (self, &first, BOUNCE_ACCEPTED_NEW);
  faults_clear ();
  store_fixture_free (self);
}

/* The disk is gone, or another is mounted in its place: nothing is kept there, and it is not called
 * full. */
static void
test_other_disk (void)
{
  StoreFixture *self = store_fixture_new ();
  g_autofree char *elsewhere = g_build_filename (self->root, "elsewhere", NULL);
  g_autofree char *incoming = g_build_filename (self->base_dir, ".incoming", NULL);
  g_autoptr (GError) error = NULL;

  store_fixture_open (self);
  g_assert_cmpint (g_rename (self->base_dir, elsewhere), ==, 0);
  while (bounce_store_get_free_bytes (self->store) > 0)
    g_thread_yield ();
  g_assert_false (bounce_store_check_space (self->store, &error));
  g_assert_error (error, BOUNCE_STORE_ERROR, BOUNCE_STORE_ERROR_NOT_MOUNTED);
  g_clear_error (&error);
  g_assert_cmpint (g_mkdir_with_parents (incoming, 0700), ==, 0);
  while (bounce_store_get_free_bytes (self->store) == 0)
    g_thread_yield ();
  check_refused (self, &first, BOUNCE_STORE_ERROR_NOT_MOUNTED);
  g_assert_cmpint (g_rmdir (incoming), ==, 0);
  g_assert_cmpint (g_rmdir (self->base_dir), ==, 0);
  g_assert_cmpint (g_rename (elsewhere, self->base_dir), ==, 0);
  fixture_accept_as (self, &first, BOUNCE_ACCEPTED_NEW);
  store_fixture_free (self);
}

/* The same disk, connected again: its files have other numbers, and it is the same all the same. */
static void
test_disk_again (void)
{
  const Instance next = { .study = 1, .series = 1, .sop = 2 };
  StoreFixture *self = store_fixture_new ();
  g_autofree char *elsewhere = g_build_filename (self->root, "elsewhere", NULL);
  const char *copy[] = { "cp", "-a", elsewhere, self->base_dir, NULL };
  StoreFixture *other = store_fixture_new ();
  g_autoptr (GError) error = NULL;

  store_fixture_open (self);
  fixture_accept_as (self, &first, BOUNCE_ACCEPTED_NEW);
  g_assert_cmpint (g_rename (self->base_dir, elsewhere), ==, 0);
  check_refused (self, &next, BOUNCE_STORE_ERROR_NOT_MOUNTED);
  g_assert_true (g_spawn_sync (NULL, (char **) copy, NULL, G_SPAWN_SEARCH_PATH, NULL, NULL, NULL,
                               NULL, NULL, &error));
  g_assert_no_error (error);
  fixture_accept_as (self, &next, BOUNCE_ACCEPTED_NEW);
  fixture_check_file (self, &first);
  fixture_check_file (self, &next);
  g_free (other->base_dir);
  other->base_dir = g_strdup (self->base_dir);
  store_fixture_fail_open (other, BOUNCE_STORE_ERROR_LOCKED);
  store_fixture_free (other);
  store_fixture_free (self);
}

/* An import that hung on a disk may come back when the store has been closed without it. */
static void
test_too_late (void)
{
  StoreFixture *self = store_fixture_new ();
  g_autofree char *path = fixture_instance_path (self, &first);
  g_autofree char *incoming = g_build_filename (self->base_dir, ".incoming", NULL);
  BounceArrival arrival = { 0 };
  g_autoptr (GBytes) file = fixture_make_file (&first, &arrival);
  g_autoptr (BounceInstanceHead) head = fixture_make_head (&first);
  g_autoptr (BounceStore) store = NULL;
  g_autoptr (GError) error = NULL;
  BounceAcceptance acceptance;
  BounceSpool *spool;

  store_fixture_open (self);
  store = g_object_ref (self->store);
  spool = bounce_store_open_spool (store, &error);
  g_assert_no_error (error);
  g_assert_cmpint (
      write (bounce_spool_get_fd (spool), g_bytes_get_data (file, NULL), g_bytes_get_size (file)),
      ==, g_bytes_get_size (file));
  store_fixture_close (self);
  faults_set_free_bytes (1);
  while (bounce_store_get_free_bytes (store) > 1)
    g_thread_yield ();
  g_assert_false (bounce_store_check_space (store, &error));
  g_assert_error (error, BOUNCE_STORE_ERROR, BOUNCE_STORE_ERROR_DATABASE);
  g_clear_error (&error);
  faults_clear ();
  arrival.study_uid = head->study_uid;
  arrival.series_uid = head->series_uid;
  arrival.sop_instance_uid = head->sop_instance_uid;
  g_assert_false (bounce_store_accept_sync (store, spool, &arrival, head, &acceptance, &error));
  g_assert_error (error, BOUNCE_STORE_ERROR, BOUNCE_STORE_ERROR_DATABASE);
  g_assert_false (g_file_test (path, G_FILE_TEST_EXISTS));
  g_assert_cmpint (g_rmdir (incoming), ==, 0);
  store_fixture_free (self);
}

static void
count_cb (BounceStore *store, gpointer value, int *count)
{
  (*count)++;
}

static void
count_plain_cb (BounceStore *store, int *count)
{
  (*count)++;
}

/* A burst is one signal of each kind. */
static void
test_signals (void)
{
  StoreFixture *self = store_fixture_new ();
  int studies = 0, queued = 0, queue = 0;

  store_fixture_open (self);
  while (g_main_context_iteration (NULL, FALSE))
    ;
  g_signal_connect (self->store, "studies-changed", G_CALLBACK (count_cb), &studies);
  g_signal_connect (self->store, "study-queued", G_CALLBACK (count_cb), &queued);
  g_signal_connect (self->store, "queue-changed", G_CALLBACK (count_plain_cb), &queue);
  for (int i = 0; i < 20; i++)
    fixture_accept_as (self, &(Instance){ .study = 1, .series = 1, .sop = i }, BOUNCE_ACCEPTED_NEW);
  while (studies == 0)
    g_main_context_iteration (NULL, TRUE);
  g_assert_cmpint (studies, ==, 1);
  g_assert_cmpint (queued, ==, 1);
  g_assert_cmpint (queue, ==, 1);
  store_fixture_free (self);
}

static void
test_association (void)
{
  StoreFixture *self = store_fixture_new ();
  gint64 id = 0;

  store_fixture_open (self);
  bounce_store_begin_association_sync (self->store, "192.0.2.1", "CT1", "BOUNCE", &id, NULL);
  g_assert_cmpint (id, ==, 1);
  bounce_store_end_association (self->store, id, "released");
  bounce_store_begin_association_sync (self->store, "192.0.2.1", "CT1", "BOUNCE", &id, NULL);
  store_fixture_close (self);
  g_assert_cmpint (fixture_get_sql (self, "SELECT COUNT (*) FROM associations WHERE ended_at > 0"
                                          " AND outcome = 'released'"),
                   ==, 1);
  store_fixture_open (self);
  g_assert_cmpint (
      fixture_get_sql (self, "SELECT COUNT (*) FROM associations WHERE outcome = 'lost'"), ==, 1);
  bounce_store_begin_association_sync (self->store, "192.0.2.1", "CT1", "BOUNCE", &id, NULL);
  g_assert_cmpint (id, ==, 3);
  store_fixture_free (self);
}

/* A peer that connects all day long, each time with something to refuse, must not fill the disk. */
static void
test_history_is_bounded (void)
{
  StoreFixture *self = store_fixture_new ();
  gint64 id = 0;

  store_fixture_open (self);
  fixture_run_sql (self, "INSERT INTO associations (id, started_at) VALUES (9, 0), (200000, 0)");
  fixture_run_sql (self, "INSERT INTO events (id, at, code) VALUES (9, 0, 0), (200000, 0, 0)");
  store_fixture_close (self);
  store_fixture_open (self);
  g_assert_true (
      bounce_store_begin_association_sync (self->store, "192.0.2.1", "CT1", "BOUNCE", &id, NULL));
  g_assert_cmpint (id, ==, 200001);
  bounce_store_add_event (self->store, BOUNCE_EVENT_INSTANCE_REFUSED, NULL, NULL);
  fixture_accept_as (self, &first, BOUNCE_ACCEPTED_NEW);
  g_assert_cmpint (fixture_get_sql (self, "SELECT SUM (id) FROM associations"), ==, 400001);
  g_assert_cmpint (fixture_get_sql (self, "SELECT SUM (id) FROM events"), ==, 400001);
  store_fixture_free (self);
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/store/accept/identity", test_identity);
  g_test_add_func ("/store/accept/file-gone", test_file_gone);
  g_test_add_func ("/store/accept/invalid", test_invalid);
  g_test_add_func ("/store/accept/short-file", test_short_file);
  g_test_add_func ("/store/accept/same-study", test_same_study);
  g_test_add_func ("/store/accept/same-instance", test_same_instance);
  g_test_add_func ("/store/accept/failing-sync", test_failing_sync);
  g_test_add_func ("/store/accept/failing-shared-sync", test_failing_shared_sync);
  g_test_add_func ("/store/accept/failing-replacement", test_failing_replacement);
  g_test_add_func ("/store/accept/failing-return", test_failing_return);
  g_test_add_func ("/store/accept/failing-over-unknown-file", test_failing_over_unknown_file);
  g_test_add_func ("/store/accept/failing-commit", test_failing_commit);
  g_test_add_func ("/store/accept/no-space", test_no_space);
  g_test_add_func ("/store/accept/other-disk", test_other_disk);
  g_test_add_func ("/store/accept/disk-again", test_disk_again);
  g_test_add_func ("/store/accept/too-late", test_too_late);
  g_test_add_func ("/store/accept/signals", test_signals);
  g_test_add_func ("/store/accept/association", test_association);
  g_test_add_func ("/store/accept/history-is-bounded", test_history_is_bounded);
  return g_test_run ();
}
