/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* The study table: what its calls answer, and by which index. */

#include "config.h"

#include "store-fixture.h"

#include "bounce-database-private.h"
#include "bounce-store-table-private.h"

#include <string.h>

static const Instance instances[] = {
  { .study = 1, .series = 1, .sop = 1, .patient_name = "Müller^Jürgen" },
  { .study = 2, .series = 2, .sop = 2, .patient_name = "Иванов^Пётр" },
  { .study = 3, .series = 3, .sop = 3, .patient_name = "ADAMS^Ann=亜^子" },
  { .study = 3, .series = 3, .sop = 4, .patient_name = "ADAMS^Ann=亜^子" },
};

static StoreFixture *
make_studies (void)
{
  StoreFixture *self = store_fixture_new ();

  store_fixture_open (self);
  for (gsize i = 0; i < G_N_ELEMENTS (instances); i++)
    {
      fixture_accept_as (self, &instances[i], BOUNCE_ACCEPTED_NEW);
      store_fixture_advance (self, 1);
    }
  return self;
}

static GArray *
list_ids (StoreFixture *self, const BounceStudyQuery *query, GError **error)
{
  g_autoptr (GAsyncResult) result = NULL;

  bounce_store_list_study_ids_async (self->store, query, NULL, fixture_result_cb, &result);
  return bounce_store_list_study_ids_finish (self->store, fixture_wait (&result), error);
}

static void
check_ids (StoreFixture *self, const BounceStudyQuery *query, const char *expected)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GArray) ids = list_ids (self, query, &error);
  g_autoptr (GString) told = g_string_new (NULL);

  g_assert_no_error (error);
  for (guint i = 0; i < ids->len; i++)
    g_string_append_printf (told, "%" G_GINT64_FORMAT, g_array_index (ids, gint64, i));
  g_assert_cmpstr (told->str, ==, expected);
}

static void
test_ids (void)
{
  static const struct
  {
    BounceStudyQuery query;
    const char *ids;
  } cases[] = {
    { { .sort = NULL }, "123" },
    { { .sort = "received", .descending = TRUE }, "321" },
    { { .sort = "patient" }, "312" },
    { { .sort = "patient", .descending = TRUE }, "213" },
    { { .sort = "images", .descending = TRUE }, "321" },
    { { .search = "MULLER" }, "1" },
    { { .search = "иванов петр" }, "2" },
    { { .search = "1.2.826.0.1.3" }, "3" },
    { { .search = "nobody" }, "" },
    { { .status = "RECEIVED", .sort = "patient" }, "312" },
    { { .status = "SENT" }, "" },
    { { .modality = "XX" }, "" },
  };
  StoreFixture *self = make_studies ();

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    check_ids (self, &cases[i].query, cases[i].ids);
  store_fixture_free (self);
}

static void
test_invalid (void)
{
  static const BounceStudyQuery cases[] = { { .sort = "shoe size" }, { .status = "LOST" } };
  StoreFixture *self = make_studies ();

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (GError) error = NULL;

      g_assert_null (list_ids (self, &cases[i], &error));
      g_assert_error (error, BOUNCE_STORE_ERROR, BOUNCE_STORE_ERROR_INVALID);
    }
  store_fixture_free (self);
}

static void
test_rows (void)
{
  StoreFixture *self = make_studies ();
  const gint64 ids[] = { 3, 99, 1 };
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) rows = NULL;
  const BounceStudy *study;

  rows = bounce_store_read_studies_sync (self->store, ids, G_N_ELEMENTS (ids), &error);
  g_assert_no_error (error);
  g_assert_cmpuint (rows->len, ==, 3);
  study = g_ptr_array_index (rows, 0);
  g_assert_cmpuint (study->instances, ==, 2);
  g_assert_null (g_ptr_array_index (rows, 1));
  study = g_ptr_array_index (rows, 2);
  g_assert_cmpstr (study->patient_name, ==, "Müller^Jürgen");
  store_fixture_close (self);
  g_assert_null (self->store);
  store_fixture_free (self);
}

static void
test_look_up (void)
{
  StoreFixture *self = make_studies ();
  g_autofree char *here = fixture_study_uid (1);
  g_autofree char *gone = fixture_study_uid (7);
  const char *const study_uids[] = { here, gone, NULL };
  const BounceStudyQuery query = { .search = "muller", .sort = "patient" };
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GPtrArray) standings = NULL;
  g_autoptr (GError) error = NULL;
  const BounceStudyStanding *standing;

  bounce_store_look_up_studies_async (self->store, &query, study_uids, NULL, fixture_result_cb,
                                      &result);
  standings = bounce_store_look_up_studies_finish (self->store, fixture_wait (&result), &error);
  g_assert_no_error (error);
  g_assert_cmpuint (standings->len, ==, 2);
  standing = g_ptr_array_index (standings, 0);
  g_assert_true (standing->is_match);
  g_assert_cmpstr (standing->sort_key, ==, "muller jurgen");
  standing = g_ptr_array_index (standings, 1);
  g_assert_cmpstr (standing->study_uid, ==, gone);
  g_assert_null (standing->study);
  store_fixture_free (self);
}

static void
test_sum (void)
{
  StoreFixture *self = make_studies ();
  const gint64 ids[] = { 3, 99, 1 };
  g_autofree char *first = fixture_study_uid (3);
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (BounceStudySum) sum = NULL;
  g_autoptr (GError) error = NULL;

  bounce_store_sum_studies_async (self->store, ids, G_N_ELEMENTS (ids), NULL, fixture_result_cb,
                                  &result);
  sum = bounce_store_sum_studies_finish (self->store, fixture_wait (&result), &error);
  g_assert_no_error (error);
  g_assert_cmpuint (g_strv_length (sum->study_uids), ==, 2);
  g_assert_cmpstr (sum->study_uids[0], ==, first);
  g_assert_cmpuint (sum->ids->len, ==, 2);
  g_assert_cmpint (g_array_index (sum->ids, gint64, 1), ==, 1);
  g_assert_cmpuint (sum->instances, ==, 3);
  g_assert_cmpuint (sum->undelivered_studies, ==, 2);
  g_assert_cmpuint (sum->undelivered_instances, ==, 3);
  store_fixture_free (self);
}

/* Somebody who remembers a study by its id must not find another one. */
static void
test_ids_are_not_given_again (void)
{
  static const Instance later = { .study = 4, .series = 4, .sop = 5 };
  StoreFixture *self = make_studies ();

  g_assert_true (fixture_delete (self, 3, NULL));
  check_ids (self, &(BounceStudyQuery){ .sort = NULL }, "12");
  fixture_accept_as (self, &later, BOUNCE_ACCEPTED_NEW);
  check_ids (self, &(BounceStudyQuery){ .sort = NULL }, "124");
  store_fixture_free (self);
}

/* --- plans --- */

/* What SQLite would do, one step a line. The connection knows its statements by where their text
 * lies, so each question has one of its own. */
static char *
explain (StoreFixture *self, const char *sql)
{
  g_autofree char *path = g_build_filename (self->data_dir, "bounce.db", NULL);
  g_autofree char *question = g_strconcat ("EXPLAIN QUERY PLAN ", sql, NULL);
  g_autoptr (GError) error = NULL;
  BounceDatabase *db = bounce_database_open (path, BOUNCE_DATABASE_READ, &error);
  GString *plan = g_string_new (NULL);
  sqlite3_stmt *row;

  g_assert_no_error (error);
  row = bounce_database_query (db, &error, question, "");
  g_assert_no_error (error);
  while (bounce_database_next (db, row, &error))
    g_string_append_printf (plan, "%s\n", (const char *) sqlite3_column_text (row, 3));
  g_assert_no_error (error);
  bounce_database_free (db);
  return g_string_free (plan, FALSE);
}

static void
check_plan (StoreFixture *self, const char *sql, const char *step)
{
  g_autofree char *plan = explain (self, sql);

  if (strstr (plan, step) == NULL || strstr (plan, "TEMP B-TREE") != NULL)
    g_error ("%s\nis not done by \"%s\" but by\n%s", sql, step, plan);
}

/* Without a filter each sort walks its index and nothing else. */
static void
test_sort_plans (void)
{
  static const struct
  {
    const char *sort, *index;
  } cases[] = {
    { "received", "studies_by_received" },       { "patient", "studies_by_name" },
    { "id", "studies_by_patient_id" },           { "date", "studies_by_date" },
    { "description", "studies_by_description" }, { "modality", "studies_by_modality" },
    { "images", "studies_by_images" },           { "size", "studies_by_size" },
    { "status", "studies_by_status" },
  };
  StoreFixture *self = make_studies ();

  for (gsize i = 0; i < 2 * G_N_ELEMENTS (cases); i++)
    {
      const BounceStudyQuery query = { .sort = cases[i / 2].sort, .descending = i % 2 };
      g_autoptr (BounceTableQuery) copy = bounce_table_query_new (&query, NULL);
      g_autofree char *step =
          g_strconcat ("SCAN s USING COVERING INDEX ", cases[i / 2].index, NULL);

      check_plan (self, bounce_table_query_get_sql (copy), step);
    }
  store_fixture_free (self);
}

/* Whatever runs while images come in looks at the rows that it is about. */
static void
test_other_plans (void)
{
  StoreFixture *self = make_studies ();

  check_plan (self, bounce_table_look_up_sql, "SEARCH s USING INDEX sqlite_autoindex_studies_1");
  check_plan (self, bounce_table_look_up_sql, "SEARCH d USING INDEX sqlite_autoindex_deliveries_1");
  check_plan (self, bounce_table_sum_sql, "SEARCH s USING INTEGER PRIMARY KEY");
  check_plan (self, bounce_table_sum_sql, "SEARCH i USING INDEX instances_by_seq");
  check_plan (self, bounce_table_modalities_sql,
              "SEARCH studies USING COVERING INDEX studies_by_modality");
  store_fixture_free (self);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/store/table/ids", test_ids);
  g_test_add_func ("/store/table/invalid", test_invalid);
  g_test_add_func ("/store/table/rows", test_rows);
  g_test_add_func ("/store/table/look-up", test_look_up);
  g_test_add_func ("/store/table/sum", test_sum);
  g_test_add_func ("/store/table/ids-are-not-given-again", test_ids_are_not_given_again);
  g_test_add_func ("/store/table/sort-plans", test_sort_plans);
  g_test_add_func ("/store/table/other-plans", test_other_plans);
  return g_test_run ();
}
