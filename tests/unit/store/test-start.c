/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* Opening: whose folder it is, a lost database, older databases, the clock. */

#include "config.h"

#include "bounce-database-private.h"
#include "store-faults.h"
#include "store-fixture.h"

#include "bounce-wording.h"

#include <fcntl.h>
#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>

static const Instance first = { .study = 1, .series = 1, .sop = 1 };
static const Instance second = { .study = 1, .series = 1, .sop = 2 };

static void
test_locked (void)
{
  StoreFixture *self = store_fixture_new ();
  g_autofree char *data_dir = g_steal_pointer (&self->data_dir);
  BounceStore *store;

  self->data_dir = g_strdup (data_dir);
  store_fixture_open (self);
  store = g_steal_pointer (&self->store);
  store_fixture_fail_open (self, BOUNCE_STORE_ERROR_LOCKED);
  /* Another data directory with the same tree: a stranger's, whether it runs or not. */
  g_free (self->data_dir);
  self->data_dir = g_build_filename (self->root, "other", NULL);
  store_fixture_fail_open (self, BOUNCE_STORE_ERROR_LOCKED);
  g_free (self->data_dir);
  self->data_dir = g_steal_pointer (&data_dir);
  self->store = store;
  store_fixture_free (self);
}

static void
test_refused_folders (void)
{
  static const char *const paths[] = { "/", "/..", "studies", "/root", "/home" };
  StoreFixture *self = store_fixture_new ();
  g_autofree char *base_dir = g_steal_pointer (&self->base_dir);
  g_autofree char *stranger = g_build_filename (base_dir, "thesis.txt", NULL);
  g_autofree char *link = g_build_filename (self->root, "link", NULL);

  for (gsize i = 0; i < G_N_ELEMENTS (paths); i++)
    {
      self->base_dir = (char *) paths[i];
      store_fixture_fail_open (self, BOUNCE_STORE_ERROR_INVALID);
    }
  self->base_dir = (char *) g_get_home_dir ();
  store_fixture_fail_open (self, BOUNCE_STORE_ERROR_INVALID);
  g_assert_cmpint (symlink ("/", link), ==, 0);
  self->base_dir = link;
  store_fixture_fail_open (self, BOUNCE_STORE_ERROR_INVALID);
  self->base_dir = g_steal_pointer (&base_dir);
  g_assert_cmpint (g_mkdir (self->base_dir, 0700), ==, 0);
  g_assert_true (g_file_set_contents (stranger, "x", 1, NULL));
  store_fixture_fail_open (self, BOUNCE_STORE_ERROR_INVALID);
  g_assert_true (g_file_test (stranger, G_FILE_TEST_EXISTS));
  store_fixture_free (self);
}

static void
test_unsyncable_folder (void)
{
  StoreFixture *self = store_fixture_new ();

  faults_set (FAULT_FSYNC, "/studies", G_MAXINT);
  store_fixture_fail_open (self, BOUNCE_STORE_ERROR_IO);
  faults_clear ();
  store_fixture_open (self);
  store_fixture_free (self);
}

static void
test_not_mounted (void)
{
  StoreFixture *self = store_fixture_new ();
  g_autofree char *mounted = g_build_filename (self->root, "mounted", NULL);
  g_autofree char *marker = g_build_filename (self->base_dir, ".bounce", NULL);

  store_fixture_open (self);
  fixture_accept_as (self, &first, BOUNCE_ACCEPTED_NEW);
  store_fixture_close (self);
  g_assert_cmpint (g_rename (self->base_dir, mounted), ==, 0);
  store_fixture_fail_open (self, BOUNCE_STORE_ERROR_NOT_MOUNTED);
  g_assert_false (g_file_test (self->base_dir, G_FILE_TEST_EXISTS));
  g_assert_cmpint (g_mkdir (self->base_dir, 0700), ==, 0);
  store_fixture_fail_open (self, BOUNCE_STORE_ERROR_NOT_MOUNTED);
  g_assert_true (g_file_set_contents (marker, "5e33bb8a-9bd6-4a39-a5e5-0d2a4a3f8c11\n", -1, NULL));
  store_fixture_fail_open (self, BOUNCE_STORE_ERROR_NOT_MOUNTED);
  g_assert_cmpint (g_unlink (marker), ==, 0);
  g_assert_cmpint (g_rmdir (self->base_dir), ==, 0);
  g_assert_cmpint (g_rename (mounted, self->base_dir), ==, 0);
  store_fixture_open (self);
  fixture_check_file (self, &first);
  store_fixture_free (self);
}

static void
deliver_and_remove (StoreFixture *self)
{
  g_autoptr (BounceTransfer) transfer = NULL;

  store_fixture_advance (self, 10);
  transfer = fixture_claim (self);
  g_assert_nonnull (transfer);
  fixture_end (self, transfer->id, BOUNCE_TRANSFER_DELIVERED, NULL, 0);
  g_assert_cmpuint (fixture_remove_delivered (self, transfer->id), ==, 1);
}

static void
use_folder (StoreFixture *self, const char *base_dir)
{
  g_free (self->base_dir);
  self->base_dir = g_strdup (base_dir);
}

/* Without files the database may go to another folder, and back. With files in one, the other is
 * not taken for it, although it is a tree of ours: they would pass for lost. */
static void
test_other_folder (void)
{
  StoreFixture *self = store_fixture_new ();
  g_autofree char *old = g_strdup (self->base_dir);
  g_autofree char *new = g_build_filename (self->root, "new", NULL);
  g_autofree char *away = g_build_filename (self->root, "away", NULL);
  g_autoptr (GError) error = NULL;

  store_fixture_open (self);
  fixture_accept_as (self, &first, BOUNCE_ACCEPTED_NEW);
  deliver_and_remove (self);
  store_fixture_close (self);

  use_folder (self, new);
  store_fixture_open (self);
  g_assert_true (bounce_store_check_folder_sync (self->store, old, &error));
  fixture_accept_as (self, &second, BOUNCE_ACCEPTED_NEW);
  store_fixture_close (self);
  g_assert_cmpint (g_rename (new, away), ==, 0);
  use_folder (self, old);
  store_fixture_fail_open (self, BOUNCE_STORE_ERROR_NOT_MOUNTED);

  g_assert_cmpint (g_rename (away, new), ==, 0);
  use_folder (self, new);
  store_fixture_open (self);
  fixture_check_file (self, &second);
  deliver_and_remove (self);
  store_fixture_close (self);
  use_folder (self, old);
  store_fixture_open (self);
  fixture_accept_as (self, &first, BOUNCE_ACCEPTED_NEW);
  store_fixture_close (self);
  g_assert_cmpint (g_rename (old, away), ==, 0);
  use_folder (self, new);
  store_fixture_fail_open (self, BOUNCE_STORE_ERROR_NOT_MOUNTED);
  store_fixture_free (self);
}

/* Another folder was set, and then something came: it is not left behind, and what comes next is
 * received too. The other folder is used once nothing is left. */
static void
test_stays_with_files (void)
{
  StoreFixture *self = store_fixture_new ();
  g_autofree char *old = g_strdup (self->base_dir);
  g_autofree char *new = g_build_filename (self->root, "new", NULL);

  store_fixture_open (self);
  fixture_accept_as (self, &first, BOUNCE_ACCEPTED_NEW);
  store_fixture_close (self);
  use_folder (self, new);
  store_fixture_open (self);
  g_assert_cmpstr (bounce_store_get_base_dir (self->store), ==, old);
  g_assert_false (g_file_test (new, G_FILE_TEST_EXISTS));
  deliver_and_remove (self);
  store_fixture_close (self);
  store_fixture_open (self);
  g_assert_cmpstr (bounce_store_get_base_dir (self->store), ==, new);
  fixture_accept_as (self, &second, BOUNCE_ACCEPTED_NEW);
  fixture_check_file (self, &second);
  store_fixture_free (self);
}

static void
test_working_folders (void)
{
  StoreFixture *self = store_fixture_new ();
  g_autofree char *incoming = g_build_filename (self->base_dir, ".incoming", "7", NULL);
  g_autofree char *outgoing = g_build_filename (self->base_dir, ".outgoing", "7.zip", NULL);

  store_fixture_open (self);
  store_fixture_close (self);
  g_assert_true (g_file_set_contents (incoming, "x", 1, NULL));
  g_assert_true (g_file_set_contents (outgoing, "x", 1, NULL));
  store_fixture_open (self);
  g_assert_false (g_file_test (incoming, G_FILE_TEST_EXISTS));
  g_assert_false (g_file_test (outgoing, G_FILE_TEST_EXISTS));
  store_fixture_free (self);
}

static void
wait_for_events (StoreFixture *self, int code, guint count)
{
  while (fixture_count_events (self, 0, code) < count)
    g_main_context_iteration (NULL, FALSE);
}

static void
wait_for_event (StoreFixture *self, int code)
{
  wait_for_events (self, code, 1);
}

static void
check_recovered (StoreFixture *self)
{
  g_autoptr (BounceStudy) row = NULL;
  g_autoptr (BounceTransfer) transfer = NULL;

  wait_for_event (self, BOUNCE_EVENT_DATABASE_RECOVERED);
  row = fixture_study (self, 1);
  g_assert_nonnull (row);
  g_assert_cmpuint (row->instances, ==, 2);
  g_assert_cmpstr (row->patient_name, ==, "DOE^JOHN");
  fixture_accept_as (self, &first, BOUNCE_ACCEPTED_SAME);
  store_fixture_advance (self, 10);
  transfer = fixture_claim (self);
  g_assert_cmpuint (transfer->items->len, ==, 2);
}

static void
prepare_recovery (StoreFixture *self)
{
  self->read_head = fixture_read_head;
  store_fixture_open (self);
  fixture_accept_as (self, &first, BOUNCE_ACCEPTED_NEW);
  fixture_accept_as (self, &second, BOUNCE_ACCEPTED_NEW);
  store_fixture_advance (self, 10);
  fixture_deliver (self);
  store_fixture_close (self);
}

static void
test_lost_database (void)
{
  StoreFixture *self = store_fixture_new ();
  g_autofree char *path = g_build_filename (self->data_dir, "bounce.db", NULL);
  g_autofree char *foreign =
      g_build_filename (self->base_dir, "1.2.826.0.1.1", "1.2.826.0.2.1", "1.2.3.dcm", NULL);

  prepare_recovery (self);
  g_assert_true (g_file_set_contents (foreign, "no DICOM", -1, NULL));
  g_assert_cmpint (g_unlink (path), ==, 0);
  store_fixture_open (self);
  check_recovered (self);
  g_assert_cmpuint (fixture_count_events (self, 1, BOUNCE_EVENT_FILE_DAMAGED), ==, 1);
  store_fixture_close (self);
  store_fixture_open (self);
  g_assert_cmpuint (fixture_count_events (self, 0, BOUNCE_EVENT_DATABASE_RECOVERED), ==, 1);
  store_fixture_free (self);
}

/* Nor are the files left behind when another folder was set before the database was lost. */
static void
test_lost_database_other_folder (void)
{
  StoreFixture *self = store_fixture_new ();
  g_autofree char *path = g_build_filename (self->data_dir, "bounce.db", NULL);
  g_autofree char *old = g_strdup (self->base_dir);
  g_autofree char *new = g_build_filename (self->root, "new", NULL);

  prepare_recovery (self);
  g_assert_cmpint (g_unlink (path), ==, 0);
  use_folder (self, new);
  store_fixture_open (self);
  g_assert_cmpstr (bounce_store_get_base_dir (self->store), ==, old);
  check_recovered (self);
  store_fixture_free (self);
}

/* What cannot be opened is told, as what cannot be understood is. */
static void
test_lost_database_and_file (void)
{
  StoreFixture *self = store_fixture_new ();
  g_autofree char *database = g_build_filename (self->data_dir, "bounce.db", NULL);
  g_autofree char *path = fixture_instance_path (self, &second);

  prepare_recovery (self);
  g_assert_cmpint (g_unlink (path), ==, 0);
  g_assert_cmpint (symlink ("nowhere", path), ==, 0);
  g_assert_cmpint (g_unlink (database), ==, 0);
  store_fixture_open (self);
  wait_for_event (self, BOUNCE_EVENT_DATABASE_RECOVERED);
  g_assert_cmpuint (fixture_count_events (self, 1, BOUNCE_EVENT_FILE_DAMAGED), ==, 1);
  store_fixture_free (self);
}

/* What is in a folder that cannot be read is told, and looked for again by the next start. */
static void
test_lost_database_and_folder (void)
{
  static const struct
  {
    FaultKind kind;
    const char *path;
  } faults[] = {
    { FAULT_READDIR, "/1.2.826.0.1.1" },
    { FAULT_READDIR, "/1.2.826.0.1.1/1.2.826.0.2.1" },
    { FAULT_FSYNC, "/1.2.826.0.1.1/1.2.826.0.2.1" },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (faults); i++)
    {
      StoreFixture *self = store_fixture_new ();
      g_autofree char *database = g_build_filename (self->data_dir, "bounce.db", NULL);

      prepare_recovery (self);
      g_assert_cmpint (g_unlink (database), ==, 0);
      faults_set (faults[i].kind, faults[i].path, G_MAXINT);
      store_fixture_open (self);
      wait_for_event (self, BOUNCE_EVENT_DATABASE_RECOVERED);
      g_assert_cmpuint (fixture_count_events (self, 1, BOUNCE_EVENT_FOLDER_UNREADABLE), ==, 1);
      g_assert_cmpint (faults_get_struck (), >, 0);
      g_assert_null (fixture_study (self, 1));
      faults_clear ();
      store_fixture_close (self);
      store_fixture_open (self);
      wait_for_events (self, BOUNCE_EVENT_DATABASE_RECOVERED, 2);
      check_recovered (self);
      g_assert_cmpuint (fixture_count_events (self, 1, BOUNCE_EVENT_FOLDER_UNREADABLE), ==, 1);
      store_fixture_free (self);
    }
}

static void
damage (const char *path, gsize at)
{
  g_autofree char *data = NULL;
  gsize size;

  g_assert_true (g_file_get_contents (path, &data, &size, NULL));
  g_assert_cmpuint (size, >, at);
  for (gsize i = at; i < size; i++)
    data[i] = (char) 0xa5;
  g_assert_true (g_file_set_contents (path, data, (gssize) size, NULL));
}

static void
test_damaged_database (void)
{
  static const gsize places[] = { 0, 4096, 40000 };

  for (gsize i = 0; i < G_N_ELEMENTS (places); i++)
    {
      StoreFixture *self = store_fixture_new ();
      g_autofree char *path = g_build_filename (self->data_dir, "bounce.db", NULL);

      prepare_recovery (self);
      damage (path, places[i]);
      store_fixture_open (self);
      check_recovered (self);
      store_fixture_free (self);
    }
}

/* Writes over the first page of a table or an index. */
static void
damage_root (StoreFixture *self, const char *name)
{
  g_autofree char *path = g_build_filename (self->data_dir, "bounce.db", NULL);
  g_autofree char *sql =
      g_strdup_printf ("SELECT rootpage FROM sqlite_schema WHERE name = '%s'", name);
  gint64 page = fixture_get_sql (self, sql);
  gint64 size = fixture_get_sql (self, "PRAGMA page_size");
  g_autofree char *rubbish = g_malloc (size);
  int fd = open (path, O_WRONLY | O_CLOEXEC);

  memset (rubbish, 0xa5, size);
  g_assert_cmpint (pwrite (fd, rubbish, size, (page - 1) * size), ==, size);
  close (fd);
}

static gboolean
is_damage_noted (StoreFixture *self)
{
  g_autofree char *path = g_build_filename (self->data_dir, "damaged", NULL);

  return g_file_test (path, G_FILE_TEST_EXISTS);
}

static void
check_recovered_once (StoreFixture *self)
{
  store_fixture_open (self);
  check_recovered (self);
  g_assert_false (is_damage_noted (self));
  store_fixture_close (self);
  store_fixture_open (self);
  g_assert_cmpuint (fixture_count_events (self, 0, BOUNCE_EVENT_DATABASE_RECOVERED), ==, 1);
  g_assert_cmpuint (fixture_count_events (self, 0, BOUNCE_EVENT_DATABASE_DAMAGED), ==, 0);
  store_fixture_free (self);
}

/* After an orderly end the check runs beside the work, which goes on; the next start rebuilds. */
static void
test_damage_found_beside (void)
{
  StoreFixture *self = store_fixture_new ();

  prepare_recovery (self);
  damage_root (self, "receipts_by_time");
  store_fixture_open (self);
  wait_for_event (self, BOUNCE_EVENT_DATABASE_DAMAGED);
  fixture_accept_as (self, &first, BOUNCE_ACCEPTED_SAME);
  g_assert_cmpuint (fixture_count_events (self, 0, BOUNCE_EVENT_DATABASE_RECOVERED), ==, 0);
  g_assert_true (is_damage_noted (self));
  store_fixture_close (self);
  check_recovered_once (self);
}

/* After any other end the start waits for the check. */
static void
test_damage_found_at_start (void)
{
  StoreFixture *self = store_fixture_new ();

  prepare_recovery (self);
  fixture_run_sql (self, "DELETE FROM meta WHERE key = 'closed'");
  damage_root (self, "receipts_by_time");
  check_recovered_once (self);
}

/* The page is damaged after the check. */
static void
test_damage_met (void)
{
  StoreFixture *self = store_fixture_new ();
  g_autoptr (GError) error = NULL;

  prepare_recovery (self);
  fixture_run_sql (self, "DELETE FROM meta WHERE key = 'closed'");
  store_fixture_open (self);
  /* A change by somebody else empties the writer's cache. */
  fixture_run_sql (self, "INSERT INTO audit (at, action) VALUES (1, 'test');"
                         "PRAGMA wal_checkpoint (TRUNCATE)");
  damage_root (self, "audit");
  g_assert_false (fixture_request_send (self, 1, &error));
  g_assert_error (error, BOUNCE_STORE_ERROR, BOUNCE_STORE_ERROR_CORRUPT);
  wait_for_event (self, BOUNCE_EVENT_DATABASE_DAMAGED);
  g_assert_true (is_damage_noted (self));
  store_fixture_close (self);
  check_recovered_once (self);
}

/* A page that accepting reads and nobody writes: nothing is taken any more, and somebody must hear
 * of what helps. */
static void
test_damage_met_by_arrival (void)
{
  StoreFixture *self = store_fixture_new ();
  g_autoptr (GError) error = NULL;
  BounceAcceptance acceptance;

  prepare_recovery (self);
  fixture_run_sql (self, "DELETE FROM meta WHERE key = 'closed'");
  store_fixture_open (self);
  fixture_run_sql (self, "INSERT INTO audit (at, action) VALUES (1, 'test');"
                         "PRAGMA wal_checkpoint (TRUNCATE)");
  damage_root (self, "sqlite_autoindex_instances_1");
  g_assert_false (fixture_accept (self->store, &first, &acceptance, &error));
  g_assert_error (error, BOUNCE_STORE_ERROR, BOUNCE_STORE_ERROR_CORRUPT);
  g_assert_true (is_damage_noted (self));
  wait_for_event (self, BOUNCE_EVENT_DATABASE_DAMAGED);
  store_fixture_close (self);
  check_recovered_once (self);
}

/* A recovery that was cut short is begun again. */
static void
test_recovery_goes_on (void)
{
  StoreFixture *self = store_fixture_new ();
  g_autofree char *path = g_build_filename (self->data_dir, "bounce.db", NULL);
  g_autofree char *base_dir = g_strdup (self->base_dir);
  g_autofree char *other = g_build_filename (self->root, "other", NULL);

  prepare_recovery (self);
  g_assert_cmpint (g_unlink (path), ==, 0);
  self->read_head = NULL;
  store_fixture_open (self);
  store_fixture_close (self);
  /* Files that no row speaks of yet are not left behind. */
  use_folder (self, other);
  store_fixture_open (self);
  g_assert_cmpstr (bounce_store_get_base_dir (self->store), ==, base_dir);
  store_fixture_close (self);
  use_folder (self, base_dir);
  self->read_head = fixture_read_head;
  store_fixture_open (self);
  check_recovered (self);
  store_fixture_free (self);
}

static void
test_migrations (void)
{
  for (int version = 1; version < bounce_database_get_latest_version (); version++)
    {
      StoreFixture *self = store_fixture_new ();
      g_autofree char *path = g_build_filename (self->data_dir, "bounce.db", NULL);
      g_autoptr (BounceStudy) row = NULL;
      g_autoptr (GError) error = NULL;
      BounceDatabase *db;

      g_assert_cmpint (g_mkdir (self->data_dir, 0700), ==, 0);
      db = bounce_database_open (path, BOUNCE_DATABASE_WRITE, &error);
      g_assert_no_error (error);
      g_assert_true (bounce_database_migrate_to (db, version, &error));
      g_assert_true (bounce_database_run_script (
          db,
          "INSERT INTO studies (study_uid, received_at, updated_at, due_at)"
          " VALUES ('1.2.826.0.1.1', 1, 1, 1);"
          "INSERT INTO deliveries (study_id, destination_id) VALUES (1, 1);",
          &error));
      bounce_database_free (db);
      store_fixture_open (self);
      g_assert_cmpint (fixture_get_sql (self, "PRAGMA user_version"), ==,
                       bounce_database_get_latest_version ());
      row = fixture_study (self, 1);
      g_assert_cmpstr (row->status, ==, "RECEIVED");
      store_fixture_free (self);
    }
}

static void
test_newer_database (void)
{
  StoreFixture *self = store_fixture_new ();

  store_fixture_open (self);
  store_fixture_close (self);
  fixture_run_sql (self, "PRAGMA user_version = 999");
  store_fixture_fail_open (self, BOUNCE_STORE_ERROR_DATABASE);
  g_assert_cmpint (fixture_get_sql (self, "PRAGMA user_version"), ==, 999);
  store_fixture_free (self);
}

static void
test_corrupt (void)
{
  StoreFixture *self = store_fixture_new ();
  g_autofree char *path = g_build_filename (self->root, "garbage.db", NULL);
  g_autoptr (GError) error = NULL;

  g_assert_true (
      g_file_set_contents (path, "this is not a database, whatever it is called", -1, NULL));
  g_assert_null (bounce_database_open (path, BOUNCE_DATABASE_WRITE, &error));
  g_assert_error (error, BOUNCE_STORE_ERROR, BOUNCE_STORE_ERROR_CORRUPT);
  store_fixture_free (self);
}

/* The clock stood ten days ahead when the study came and when its upload failed. */
static void
test_clock_jumps (void)
{
  StoreFixture *self = store_fixture_new ();
  gint64 days_us = 10 * 24 * 3600 * (gint64) FIXTURE_SECOND;
  g_autoptr (BounceTransfer) transfer = NULL;

  store_fixture_open (self);
  bounce_clock_jump_wall (self->clock, days_us);
  fixture_accept_as (self, &first, BOUNCE_ACCEPTED_NEW);
  bounce_clock_jump_wall (self->clock, -days_us);
  g_assert_cmpint (fixture_next_due (self), ==, FIXTURE_START_US + 10 * (gint64) FIXTURE_SECOND);
  store_fixture_advance (self, 10);
  transfer = fixture_claim (self);
  g_assert_nonnull (transfer);
  fixture_end (self, transfer->id, BOUNCE_TRANSFER_FAILED, BOUNCE_REASON_NETWORK,
               bounce_clock_get_wall_us (self->clock) + days_us);
  store_fixture_close (self);
  store_fixture_open (self);
  g_assert_cmpint (fixture_next_due (self), ==,
                   bounce_clock_get_wall_us (self->clock) + 3600 * (gint64) FIXTURE_SECOND);
  store_fixture_free (self);
}

/* A retry may lie as far ahead as the settings allow, and no further. */
static void
test_retry_cap (void)
{
  StoreFixture *self = store_fixture_new ();
  gint64 day_us = 24 * 3600 * (gint64) FIXTURE_SECOND;
  gint64 retry_at_us;
  g_autoptr (BounceTransfer) transfer = NULL;

  self->retry_cap_seconds = 86400;
  store_fixture_open (self);
  transfer = fixture_accept_and_claim (self, &first);
  retry_at_us = bounce_clock_get_wall_us (self->clock) + day_us;
  fixture_end (self, transfer->id, BOUNCE_TRANSFER_FAILED, BOUNCE_REASON_NETWORK, retry_at_us);
  store_fixture_close (self);
  store_fixture_open (self);
  g_assert_cmpint (fixture_next_due (self), ==, retry_at_us);
  bounce_store_set_retry_cap (self->store, 60);
  bounce_clock_jump_wall (self->clock, -day_us);
  g_assert_cmpint (fixture_next_due (self), ==,
                   bounce_clock_get_wall_us (self->clock) + 60 * (gint64) FIXTURE_SECOND);
  store_fixture_free (self);
}

/* What cannot be removed at start keeps nobody from working. */
static void
test_unremovable (void)
{
  StoreFixture *self = store_fixture_new ();

  store_fixture_open (self);
  fixture_accept_as (self, &first, BOUNCE_ACCEPTED_NEW);
  fixture_accept_as (self, &second, BOUNCE_ACCEPTED_NEW);
  store_fixture_close (self);
  fixture_run_sql (self, "INSERT INTO intents (kind, study_uid, created_at)"
                         " VALUES ('delete', '1.2.826.0.1.1', 1), ('reset', NULL, 1);"
                         "INSERT INTO intents (kind, study_uid, created_at)"
                         " VALUES ('remove', '1.2.826.0.1.1', 1);"
                         "UPDATE instances SET state = 1 WHERE sop_instance_uid LIKE '%.2'");
  faults_set (FAULT_UNLINK, ".dcm", G_MAXINT);
  store_fixture_open (self);
  faults_clear ();
  fixture_accept_as (self, &first, BOUNCE_ACCEPTED_SAME);
  g_assert_cmpint (fixture_get_sql (self, "SELECT COUNT (*) FROM intents"), ==, 1);
  /* The same instance, come again meanwhile, is not taken by the next attempt. */
  fixture_accept_as (self, &second, BOUNCE_ACCEPTED_NEW);
  store_fixture_close (self);
  store_fixture_open (self);
  fixture_check_file (self, &second);
  g_assert_cmpint (fixture_get_sql (self, "SELECT local_instances FROM studies"), ==, 2);
  g_assert_cmpint (fixture_get_sql (self, "SELECT COUNT (*) FROM intents"), ==, 0);
  store_fixture_free (self);
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/store/start/locked", test_locked);
  g_test_add_func ("/store/start/refused-folders", test_refused_folders);
  g_test_add_func ("/store/start/unsyncable-folder", test_unsyncable_folder);
  g_test_add_func ("/store/start/not-mounted", test_not_mounted);
  g_test_add_func ("/store/start/other-folder", test_other_folder);
  g_test_add_func ("/store/start/stays-with-files", test_stays_with_files);
  g_test_add_func ("/store/start/working-folders", test_working_folders);
  g_test_add_func ("/store/start/lost-database", test_lost_database);
  g_test_add_func ("/store/start/lost-database-other-folder", test_lost_database_other_folder);
  g_test_add_func ("/store/start/lost-database-and-file", test_lost_database_and_file);
  g_test_add_func ("/store/start/damaged-database", test_damaged_database);
  g_test_add_func ("/store/start/damage-found-beside", test_damage_found_beside);
  g_test_add_func ("/store/start/damage-found-at-start", test_damage_found_at_start);
  g_test_add_func ("/store/start/damage-met", test_damage_met);
  g_test_add_func ("/store/start/damage-met-by-arrival", test_damage_met_by_arrival);
  g_test_add_func ("/store/start/recovery-goes-on", test_recovery_goes_on);
  g_test_add_func ("/store/start/lost-database-and-folder", test_lost_database_and_folder);
  g_test_add_func ("/store/start/migrations", test_migrations);
  g_test_add_func ("/store/start/newer-database", test_newer_database);
  g_test_add_func ("/store/start/corrupt", test_corrupt);
  g_test_add_func ("/store/start/unremovable", test_unremovable);
  g_test_add_func ("/store/start/clock-jumps", test_clock_jumps);
  g_test_add_func ("/store/start/retry-cap", test_retry_cap);
  return g_test_run ();
}
