/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* Crashes: a child process dies at a given call, as by kill -9; the next one finds all in order. */

#include "config.h"

#include "store-faults.h"
#include "store-fixture.h"

#include "bounce-wording.h"

#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static const Instance first = { .study = 1, .series = 1, .sop = 1 };
static const Instance second = { .study = 1, .series = 1, .sop = 2 };
static const Instance changed = { .study = 1, .series = 1, .sop = 1, .content = 7 };

typedef void (*CrashFunc) (StoreFixture *self);

/* The parent must not have threads of its own when it forks. */
static void
crash_in_child (
    StoreFixture *self, CrashFunc func, FaultKind kind, const char *path, gboolean is_after)
{
  int status = 0;
  pid_t child = fork ();

  if (child == 0)
    {
      store_fixture_open (self);
      faults_set_crash (kind, path, is_after);
      func (self);
      _exit (1);
    }
  g_assert_cmpint (waitpid (child, &status, 0), ==, child);
  g_assert_true (WIFEXITED (status));
  g_assert_cmpint (WEXITSTATUS (status), ==, 77);
}

/* The function opens what it wants. */
static void
in_bare_child (StoreFixture *self, CrashFunc func)
{
  int status = 0;
  pid_t child = fork ();

  if (child == 0)
    {
      func (self);
      if (self->store)
        store_fixture_close (self);
      _exit (0);
    }
  g_assert_cmpint (waitpid (child, &status, 0), ==, child);
  g_assert_true (WIFEXITED (status) && WEXITSTATUS (status) == 0);
}

static void
in_child (StoreFixture *self, CrashFunc func)
{
  int status = 0;
  pid_t child = fork ();

  if (child == 0)
    {
      store_fixture_open (self);
      func (self);
      store_fixture_close (self);
      _exit (0);
    }
  g_assert_cmpint (waitpid (child, &status, 0), ==, child);
  g_assert_true (WIFEXITED (status) && WEXITSTATUS (status) == 0);
}

static void
accept_first (StoreFixture *self)
{
  fixture_accept_as (self, &first, BOUNCE_ACCEPTED_NEW);
}

static void
accept_none (StoreFixture *self)
{
}

static void
accept_changed (StoreFixture *self)
{
  fixture_accept_as (self, &changed, BOUNCE_ACCEPTED_REPLACED);
}

static void
check_first_is_there (StoreFixture *self)
{
  g_assert_cmpint (fixture_get_sql (self, "SELECT COUNT (*) FROM intents"), ==, 0);
  fixture_check_file (self, &first);
  fixture_accept_as (self, &first, BOUNCE_ACCEPTED_SAME);
}

static void
check_changed_is_there (StoreFixture *self)
{
  g_autoptr (BounceStudy) row = fixture_study (self, 1);

  g_assert_cmpint (fixture_get_sql (self, "SELECT COUNT (*) FROM intents"), ==, 0);
  fixture_check_file (self, &changed);
  g_assert_cmpuint (row->undelivered, ==, 1);
  g_assert_cmpuint (row->instances, ==, 1);
  g_assert_cmpuint (fixture_count_events (self, 1, BOUNCE_EVENT_INSTANCE_REPLACED), ==, 1);
  fixture_accept_as (self, &changed, BOUNCE_ACCEPTED_SAME);
}

/* argument: TRUE: after the rename. */
static void
test_crash_replacing (gconstpointer is_after)
{
  StoreFixture *self = store_fixture_new ();

  in_child (self, accept_first);
  crash_in_child (self, accept_changed, FAULT_RENAME, ".dcm", is_after != NULL);
  in_child (self, is_after ? check_changed_is_there : check_first_is_there);
  store_fixture_free (self);
}

/* The replaced file's folder is synced, the row is not committed. */
static void
test_crash_before_commit (void)
{
  StoreFixture *self = store_fixture_new ();

  in_child (self, accept_first);
  crash_in_child (self, accept_changed, FAULT_FSYNC, "1.2.826.0.2.1", TRUE);
  in_child (self, check_changed_is_there);
  store_fixture_free (self);
}

/* A file without a row was never answered: it is taken over by its next arrival. */
static void
test_crash_accepting (void)
{
  StoreFixture *self = store_fixture_new ();

  crash_in_child (self, accept_first, FAULT_RENAME, ".dcm", TRUE);
  in_child (self, accept_first);
  in_child (self, check_first_is_there);
  store_fixture_free (self);
}

static void
check_first_was_adopted (StoreFixture *self)
{
  g_autoptr (BounceStudy) row = NULL;

  while (!(row = fixture_study (self, 1)))
    g_main_context_iteration (NULL, FALSE);
  g_assert_cmpuint (row->undelivered, ==, 1);
  fixture_check_file (self, &first);
  fixture_accept_as (self, &first, BOUNCE_ACCEPTED_SAME);
}

static void
check_second_was_adopted (StoreFixture *self)
{
  while (fixture_get_sql (self, "SELECT COUNT (*) FROM instances") < 2)
    g_main_context_iteration (NULL, FALSE);
  fixture_check_file (self, &second);
  fixture_accept_as (self, &second, BOUNCE_ACCEPTED_SAME);
}

static void
accept_second (StoreFixture *self)
{
  fixture_accept_as (self, &second, BOUNCE_ACCEPTED_NEW);
}

static gint64
count_noted (StoreFixture *self)
{
  return fixture_get_sql (self, "SELECT COUNT (*) FROM receiving");
}

/* Neither answered nor recorded, and nobody sends it again: the next start takes it over. */
static void
test_crash_orphan (void)
{
  StoreFixture *self = store_fixture_new ();

  self->read_head = fixture_read_head;
  crash_in_child (self, accept_first, FAULT_RENAME, ".dcm", TRUE);
  g_assert_cmpint (count_noted (self), ==, 1);
  in_child (self, check_first_was_adopted);
  g_assert_cmpint (count_noted (self), ==, 0);
  /* The same in a study that has rows already, with a start in between that cannot read files. */
  crash_in_child (self, accept_second, FAULT_RENAME, ".dcm", TRUE);
  self->read_head = NULL;
  in_child (self, accept_none);
  g_assert_cmpint (count_noted (self), ==, 1);
  self->read_head = fixture_read_head;
  in_child (self, check_second_was_adopted);
  g_assert_cmpint (count_noted (self), ==, 0);
  store_fixture_free (self);
}

static void
open_without_sync (StoreFixture *self)
{
  faults_set (FAULT_FSYNC, "1.2.826.0.2.1", 1);
  store_fixture_open (self);
  while (faults_get_struck () == 0)
    g_main_context_iteration (NULL, FALSE);
}

/* What is taken over may be answered as "the same" at once: it has to be on the disk before. */
static void
test_orphan_unsynced (void)
{
  StoreFixture *self = store_fixture_new ();

  self->read_head = fixture_read_head;
  crash_in_child (self, accept_first, FAULT_RENAME, ".dcm", TRUE);
  in_bare_child (self, open_without_sync);
  g_assert_cmpint (fixture_get_sql (self, "SELECT COUNT (*) FROM instances"), ==, 0);
  g_assert_cmpint (count_noted (self), ==, 1);
  in_child (self, check_first_was_adopted);
  store_fixture_free (self);
}

static void
fail_to_open_without_sync (StoreFixture *self)
{
  faults_set (FAULT_FSYNC, "1.2.826.0.2.1", 1);
  store_fixture_fail_open (self, BOUNCE_STORE_ERROR_IO);
}

static void
test_replacement_unsynced (void)
{
  StoreFixture *self = store_fixture_new ();

  in_child (self, accept_first);
  crash_in_child (self, accept_changed, FAULT_RENAME, ".dcm", TRUE);
  in_bare_child (self, fail_to_open_without_sync);
  in_child (self, check_changed_is_there);
  store_fixture_free (self);
}

static void
accept_two (StoreFixture *self)
{
  fixture_accept_as (self, &first, BOUNCE_ACCEPTED_NEW);
  fixture_accept_as (self, &second, BOUNCE_ACCEPTED_NEW);
}

static void
delete_study (StoreFixture *self)
{
  fixture_delete (self, 1, NULL);
}

static void
reset_all (StoreFixture *self)
{
  fixture_reset (self, NULL);
}

static void
deliver_and_remove (StoreFixture *self)
{
  g_autoptr (BounceTransfer) transfer = NULL;

  store_fixture_advance (self, 10);
  transfer = fixture_claim (self);
  fixture_end (self, transfer->id, BOUNCE_TRANSFER_DELIVERED, NULL, 0);
  fixture_remove_delivered (self, transfer->id);
}

/* The uploader dies after the delivery is recorded and before it asks for the removal. */
static void
deliver_and_die (StoreFixture *self)
{
  g_autoptr (BounceTransfer) transfer = NULL;
  g_autoptr (GAsyncResult) result = NULL;

  store_fixture_advance (self, 10);
  transfer = fixture_claim (self);
  bounce_store_end_transfer_async (self->store, transfer->id, BOUNCE_TRANSFER_DELIVERED, NULL, 0,
                                   TRUE, fixture_result_cb, &result);
  g_assert_true (bounce_store_end_transfer_finish (self->store, fixture_wait (&result), NULL));
}

static void
check_all_gone (StoreFixture *self)
{
  g_autofree char *folder = g_build_filename (self->base_dir, "1.2.826.0.1.1", NULL);

  g_assert_cmpint (fixture_get_sql (self, "SELECT COUNT (*) FROM intents"), ==, 0);
  g_assert_null (fixture_study (self, 1));
  g_assert_false (g_file_test (folder, G_FILE_TEST_EXISTS));
}

static void
check_removed (StoreFixture *self)
{
  g_autofree char *folder = g_build_filename (self->base_dir, "1.2.826.0.1.1", NULL);
  g_autoptr (BounceStudy) row = fixture_study (self, 1);

  g_assert_cmpint (fixture_get_sql (self, "SELECT COUNT (*) FROM intents"), ==, 0);
  g_assert_cmpint (fixture_get_sql (self, "SELECT COUNT (*) FROM instances WHERE state = 2"), ==,
                   2);
  g_assert_cmpuint (row->local_instances, ==, 0);
  g_assert_cmpstr (row->status, ==, "SENT");
  g_assert_cmpint (fixture_next_due (self), ==, 0);
  g_assert_false (g_file_test (folder, G_FILE_TEST_EXISTS));
}

static const struct
{
  const char *path;
  CrashFunc func, check;
} removals[] = {
  { "/store/crash/deleting", delete_study, check_all_gone },
  { "/store/crash/resetting", reset_all, check_all_gone },
  { "/store/crash/removing", deliver_and_remove, check_removed },
};

static void
test_crash_removing (gconstpointer data)
{
  gsize i = GPOINTER_TO_SIZE (data);

  for (int is_after = 0; is_after < 2; is_after++)
    {
      StoreFixture *self = store_fixture_new ();

      in_child (self, accept_two);
      crash_in_child (self, removals[i].func, FAULT_UNLINK, "1.2.826.0.3.1.dcm", is_after);
      in_child (self, removals[i].check);
      store_fixture_free (self);
    }
}

static void
test_crash_before_removing (void)
{
  StoreFixture *self = store_fixture_new ();

  in_child (self, accept_two);
  in_child (self, deliver_and_die);
  in_child (self, check_removed);
  store_fixture_free (self);
}

static char *
make_metadata_path (StoreFixture *self)
{
  return g_build_filename (self->base_dir, "1.2.826.0.1.1.json", NULL);
}

static gboolean
does_metadata_say (StoreFixture *self, const char *status)
{
  g_autofree char *path = make_metadata_path (self);
  g_autofree char *text = NULL;

  return g_file_get_contents (path, &text, NULL, NULL) && strstr (text, status) != NULL;
}

/* Dies when the metadata file is to tell of the delivery. */
static void
deliver_and_die_writing_metadata (StoreFixture *self)
{
  g_autoptr (BounceTransfer) transfer = NULL;

  transfer = fixture_accept_and_claim (self, &first);
  while (!does_metadata_say (self, "\"UPLOADING\"")
         || fixture_get_sql (self, "SELECT metadata_due FROM studies") != 0)
    g_main_context_iteration (NULL, FALSE);
  faults_set_crash (FAULT_RENAME, ".json", FALSE);
  fixture_end (self, transfer->id, BOUNCE_TRANSFER_DELIVERED, NULL, 0);
  while (TRUE)
    g_main_context_iteration (NULL, TRUE);
}

static void
wait_for_sent_metadata (StoreFixture *self)
{
  while (!does_metadata_say (self, "\"SENT\""))
    g_main_context_iteration (NULL, FALSE);
}

static void
test_crash_metadata (void)
{
  StoreFixture *self = store_fixture_new ();

  crash_in_child (self, deliver_and_die_writing_metadata, FAULT_NONE, "", FALSE);
  g_assert_cmpint (fixture_get_sql (self, "SELECT status = 'SENT' FROM studies"), ==, 1);
  g_assert_true (does_metadata_say (self, "\"UPLOADING\""));
  in_child (self, wait_for_sent_metadata);
  g_assert_cmpint (fixture_get_sql (self, "SELECT metadata_due FROM studies"), ==, 0);
  store_fixture_free (self);
}

/* A removed instance comes again, and the row still says removed. */
static void
test_crash_receiving_removed (void)
{
  StoreFixture *self = store_fixture_new ();

  in_child (self, accept_first);
  in_child (self, deliver_and_remove);
  crash_in_child (self, accept_first, FAULT_FSYNC, "1.2.826.0.2.1", TRUE);
  in_child (self, check_first_is_there);
  g_assert_cmpint (fixture_get_sql (self, "SELECT local_instances FROM studies"), ==, 1);
  g_assert_cmpint (fixture_get_sql (self, "SELECT COUNT (*) FROM events WHERE code = 1"), ==, 0);
  store_fixture_free (self);
}

static void
check_recovered_once (StoreFixture *self)
{
  while (fixture_count_events (self, 0, BOUNCE_EVENT_DATABASE_RECOVERED) == 0)
    g_main_context_iteration (NULL, FALSE);
  fixture_accept_as (self, &first, BOUNCE_ACCEPTED_SAME);
}

/* A damaged database was moved aside, and nothing is synced yet: the next start must know, for what
 * of that is on the disk after a power cut nobody can tell. */
static void
test_crash_replacing_database (void)
{
  StoreFixture *self = store_fixture_new ();
  g_autofree char *note = g_build_filename (self->data_dir, "damaged", NULL);
  int status = 0;
  pid_t child;

  self->read_head = fixture_read_head;
  in_child (self, accept_first);
  g_assert_true (g_file_set_contents (note, "", 0, NULL));
  child = fork ();
  if (child == 0)
    {
      faults_set_crash (FAULT_FDATASYNC, self->data_dir, FALSE);
      store_fixture_open (self);
      _exit (1);
    }
  g_assert_cmpint (waitpid (child, &status, 0), ==, child);
  g_assert_true (WIFEXITED (status) && WEXITSTATUS (status) == 77);
  g_assert_true (g_file_test (note, G_FILE_TEST_EXISTS));
  in_child (self, check_recovered_once);
  g_assert_false (g_file_test (note, G_FILE_TEST_EXISTS));
  store_fixture_free (self);
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_data_func ("/store/crash/replacing/before", NULL, test_crash_replacing);
  g_test_add_data_func ("/store/crash/replacing/after", "after", test_crash_replacing);
  g_test_add_func ("/store/crash/before-commit", test_crash_before_commit);
  g_test_add_func ("/store/crash/accepting", test_crash_accepting);
  g_test_add_func ("/store/crash/orphan", test_crash_orphan);
  g_test_add_func ("/store/crash/metadata", test_crash_metadata);
  g_test_add_func ("/store/crash/orphan-unsynced", test_orphan_unsynced);
  g_test_add_func ("/store/crash/replacement-unsynced", test_replacement_unsynced);
  for (gsize i = 0; i < G_N_ELEMENTS (removals); i++)
    g_test_add_data_func (removals[i].path, GSIZE_TO_POINTER (i), test_crash_removing);
  g_test_add_func ("/store/crash/before-removing", test_crash_before_removing);
  g_test_add_func ("/store/crash/receiving-removed", test_crash_receiving_removed);
  g_test_add_func ("/store/crash/replacing-database", test_crash_replacing_database);
  return g_test_run ();
}
