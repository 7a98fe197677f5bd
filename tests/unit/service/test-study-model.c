/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* The study table: few rows exactly, and a hundred thousand of them fast enough. */

#include "config.h"

#include "service-fixture.h"

#include "bounce-person-name.h"
#include "bounce-study-model.h"
#include "bounce-study-rows.h"

#define N_MANY 100000

typedef struct
{
  ServiceFixture service;
  BounceStudyModel *model; /* (owned) */
  GArray *mirror;          /* (owned) (element-type gint64) what a listener believes */
  guint n_begun, n_ended;
  guint n_changes; /* of the list, in either way */
} Fixture;

static void
items_changed_cb (GListModel *list, guint position, guint removed, guint added, gpointer user_data)
{
  Fixture *fixture = user_data;

  fixture->n_changes++;
  if (removed > 0)
    g_array_remove_range (fixture->mirror, position, removed);
  for (guint i = 0; i < added; i++)
    {
      gint64 id = bounce_study_model_get_id_at (BOUNCE_STUDY_MODEL (list), position + i);

      g_array_insert_val (fixture->mirror, position + i, id);
    }
}

static void
query_begin_cb (BounceStudyModel *model, gpointer user_data)
{
  ((Fixture *) user_data)->n_begun++;
}

static void
query_end_cb (BounceStudyModel *model, gpointer user_data)
{
  ((Fixture *) user_data)->n_ended++;
}

static void
wait_for_query (Fixture *fixture)
{
  while (bounce_study_model_is_loading (fixture->model))
    g_main_context_iteration (NULL, TRUE);
}

static void
start_model (Fixture *fixture)
{
  fixture->model = bounce_study_model_new (fixture->service.service);
  fixture->mirror = g_array_new (FALSE, FALSE, sizeof (gint64));
  g_signal_connect (fixture->model, "items-changed", G_CALLBACK (items_changed_cb), fixture);
  g_signal_connect (fixture->model, "query-begin", G_CALLBACK (query_begin_cb), fixture);
  g_signal_connect (fixture->model, "query-end", G_CALLBACK (query_end_cb), fixture);
  wait_for_query (fixture);
}

static void
set_up (Fixture *fixture, gconstpointer n_rows)
{
  service_fixture_set_up (&fixture->service, NULL);
  if (GPOINTER_TO_UINT (n_rows) > 0)
    bounce_study_rows_insert (fixture->service.data_dir, 0, GPOINTER_TO_UINT (n_rows));
  start_model (fixture);
}

static void
tear_down (Fixture *fixture, gconstpointer data)
{
  g_assert_finalize_object (fixture->model);
  g_array_unref (fixture->mirror);
  service_fixture_tear_down (&fixture->service, NULL);
}

static BounceStudyItem *
get_item (Fixture *fixture, guint position)
{
  return g_list_model_get_item (G_LIST_MODEL (fixture->model), position);
}

static void
check_mirror (Fixture *fixture)
{
  guint n_ids;
  const gint64 *ids = bounce_study_model_get_ids (fixture->model, &n_ids);

  g_assert_cmpmem (ids, n_ids * sizeof *ids, fixture->mirror->data,
                   fixture->mirror->len * sizeof *ids);
  g_assert_cmpuint (fixture->n_begun, ==, fixture->n_ended);
}

static void
tell_changed (Fixture *fixture, guint number)
{
  g_autofree char *study_uid = bounce_study_rows_uid (number);
  const char *study_uids[] = { study_uid, NULL };

  g_signal_emit_by_name (fixture->service.service, "studies-changed", study_uids);
}

static void
test_names (void)
{
  static const struct
  {
    const char *name, *display;
  } cases[] = {
    { NULL, "" },
    { "", "" },
    { "ADAMS^Ann^Mary^Dr", "ADAMS, Ann Mary" },
    { "Müller", "Müller" },
    { "^Ann", "Ann" },
    { "Yamada^Tarou=山田^太郎=やまだ^たろう", "Yamada, Tarou (山田 太郎)" },
    { "=山田^太郎", "山田 太郎" },
    { "==", "" },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *display = bounce_person_name_to_display (cases[i].name);

      g_assert_cmpstr (display, ==, cases[i].display);
    }
}

static void
test_empty (Fixture *fixture, gconstpointer data)
{
  g_assert_cmpuint (g_list_model_get_n_items (G_LIST_MODEL (fixture->model)), ==, 0);
  g_assert_null (get_item (fixture, 0));
  g_assert_cmpint (bounce_study_model_get_id_at (fixture->model, 0), ==, 0);
  g_assert_false (bounce_study_model_find (fixture->model, 1, NULL));
}

static void
test_rows (Fixture *fixture, gconstpointer data)
{
  g_autoptr (BounceStudyItem) item = get_item (fixture, 0);
  g_autoptr (BounceStudyItem) again = get_item (fixture, 0);
  g_autofree char *study_uid = bounce_study_rows_uid (299);
  g_autofree char *shown = NULL;
  guint instances, position;
  gint64 id;

  check_mirror (fixture);
  g_assert_cmpuint (fixture->n_begun, ==, 1);
  g_assert_true (item == again);
  g_object_get (item, "study-uid", &shown, "instances", &instances, "id", &id, NULL);
  g_assert_cmpstr (shown, ==, study_uid); /* the latest first */
  g_assert_cmpuint (instances, ==, 300);
  g_assert_true (bounce_study_model_find (fixture->model, id, &position));
  g_assert_cmpuint (position, ==, 0);
  g_assert_true (bounce_study_model_peek (fixture->model, id) == item);
}

/* Each sort against a sort of the same rows in C, by SQLite's own comparison of the ids. */
static void
test_sorts (Fixture *fixture, gconstpointer data)
{
  static const char *const sorts[] = { "received", "patient", "id",   "date",  "description",
                                       "modality", "images",  "size", "status" };

  for (gsize i = 0; i < G_N_ELEMENTS (sorts); i++)
    {
      BounceStudyQuery query = { .sort = sorts[i] };
      g_autoptr (GArray) up = NULL;
      guint n_up, n_down;
      const gint64 *down;

      bounce_study_model_set_query (fixture->model, &query);
      g_assert_true (bounce_study_model_is_loading (fixture->model));
      wait_for_query (fixture);
      check_mirror (fixture);
      bounce_study_model_get_ids (fixture->model, &n_up);
      up = g_array_copy (fixture->mirror);
      query.descending = TRUE;
      bounce_study_model_set_query (fixture->model, &query);
      wait_for_query (fixture);
      down = bounce_study_model_get_ids (fixture->model, &n_down);
      g_assert_cmpuint (n_up, ==, n_down);
      for (guint j = 0; j < n_up; j++)
        g_assert_cmpint (g_array_index (up, gint64, j), ==, down[n_down - 1 - j]);
    }
}

static void
test_filters (Fixture *fixture, gconstpointer data)
{
  static const struct
  {
    BounceStudyQuery query;
    guint n_rows;
  } cases[] = {
    { { .status = "ERROR" }, 30 },        { { .status = "RECEIVED" }, 0 },
    { { .modality = "CT" }, 60 },         { { .modality = "CT", .status = "ERROR" }, 30 },
    { { .search = "ACC17" }, 11 },        { { .search = "Acc299", .status = "SENT" }, 1 },
    { { .search = "nobody at all" }, 0 },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      bounce_study_model_set_query (fixture->model, &cases[i].query);
      wait_for_query (fixture);
      check_mirror (fixture);
      g_assert_cmpuint (fixture->mirror->len, ==, cases[i].n_rows);
    }
}

/* A query that cannot be leaves the rows; the next one clears the message. */
static void
test_wrong_query (Fixture *fixture, gconstpointer data)
{
  BounceStudyQuery query = { .sort = "shoe size" };
  g_autofree char *message = NULL;

  bounce_study_model_set_query (fixture->model, &query);
  wait_for_query (fixture);
  g_object_get (fixture->model, "error-message", &message, NULL);
  g_assert_nonnull (message);
  g_assert_cmpuint (fixture->mirror->len, ==, 300);
  query.sort = NULL;
  bounce_study_model_set_query (fixture->model, &query);
  wait_for_query (fixture);
  g_clear_pointer (&message, g_free);
  g_object_get (fixture->model, "error-message", &message, NULL);
  g_assert_null (message);
}

static gboolean
has_error (Fixture *fixture)
{
  g_autofree char *message = NULL;

  g_object_get (fixture->model, "error-message", &message, NULL);
  return message != NULL;
}

static void
hide_studies (Fixture *fixture, gboolean is_hidden)
{
  bounce_study_rows_hide (fixture->service.data_dir, is_hidden);
}

/* A database that cannot be read is told, and by itself all is well again once it can: rows that a
 * view asked for meanwhile, and what changed. */
static void
test_unreadable_rows (Fixture *fixture, gconstpointer data)
{
  g_autoptr (BounceStudyItem) item = NULL;

  g_assert_false (has_error (fixture));
  hide_studies (fixture, TRUE);
  item = g_list_model_get_item (G_LIST_MODEL (fixture->model), 200);
  g_assert_null (bounce_study_item_get_study (item)->study_uid);
  g_assert_false (has_error (fixture)); /* not in the middle of a view's work */
  while (!has_error (fixture))
    g_main_context_iteration (NULL, TRUE);
  hide_studies (fixture, FALSE);
  while (has_error (fixture))
    g_main_context_iteration (NULL, TRUE);
  g_assert_nonnull (bounce_study_item_get_study (item)->study_uid);
}

static void
test_unreadable_changes (Fixture *fixture, gconstpointer data)
{
  g_autoptr (BounceStudyItem) item = g_list_model_get_item (G_LIST_MODEL (fixture->model), 7);
  g_autofree char *study_uid = g_strdup (bounce_study_item_get_study (item)->study_uid);
  g_autofree char *sql =
      g_strdup_printf ("UPDATE studies SET series = 99 WHERE study_uid = '%s';", study_uid);
  const char *changed[] = { study_uid, NULL };

  bounce_study_rows_run (fixture->service.data_dir, sql);
  hide_studies (fixture, TRUE);
  g_signal_emit_by_name (fixture->service.service, "studies-changed", changed);
  while (!has_error (fixture))
    g_main_context_iteration (NULL, TRUE);
  g_assert_cmpuint (bounce_study_item_get_study (item)->series, !=, 99);
  hide_studies (fixture, FALSE);
  while (has_error (fixture))
    g_main_context_iteration (NULL, TRUE);
  while (bounce_study_item_get_study (item)->series != 99)
    g_main_context_iteration (NULL, TRUE);
}

static void
test_unreadable_query (Fixture *fixture, gconstpointer data)
{
  BounceStudyQuery query = { .status = "ERROR" };

  hide_studies (fixture, TRUE);
  bounce_study_model_set_query (fixture->model, &query);
  wait_for_query (fixture);
  g_assert_true (has_error (fixture));
  g_assert_cmpuint (fixture->mirror->len, ==, 300);
  hide_studies (fixture, FALSE);
  while (has_error (fixture))
    g_main_context_iteration (NULL, TRUE);
  check_mirror (fixture);
  g_assert_cmpuint (fixture->mirror->len, ==, 30);
}

/* Typing: each letter gives up the query before; only the last answer is shown. */
static void
test_typing (Fixture *fixture, gconstpointer data)
{
  static const char *const typed[] = { "a", "ac", "acc", "acc1", "acc17", "acc171" };

  for (gsize i = 0; i < G_N_ELEMENTS (typed); i++)
    {
      BounceStudyQuery query = { .search = typed[i] };

      bounce_study_model_set_query (fixture->model, &query);
    }
  wait_for_query (fixture);
  g_assert_cmpuint (fixture->mirror->len, ==, 1);
  g_assert_cmpuint (fixture->n_begun, ==, 2);
}

/* A changed row notifies and stays; nothing else moves. */
static void
test_change_in_place (Fixture *fixture, gconstpointer data)
{
  g_autoptr (BounceStudyItem) item = get_item (fixture, 0);

  bounce_study_rows_run (fixture->service.data_dir,
                         "UPDATE studies SET instances = 4711, patient_name = 'New^Name'"
                         " WHERE study_uid LIKE '%.299';");
  tell_changed (fixture, 299);
  while (bounce_study_item_get_study (item)->instances != 4711)
    g_main_context_iteration (NULL, TRUE);
  g_assert_cmpstr (bounce_study_item_get_display_name (item), ==, "New, Name");
  check_mirror (fixture);
  g_assert_cmpuint (fixture->n_begun, ==, 1); /* no exchange */
}

static gboolean
shows_images (BounceStudyItem *item, guint n, gint64 patience_us)
{
  gint64 end_us = g_get_monotonic_time () + patience_us;

  while (bounce_study_item_get_study (item)->instances != n && g_get_monotonic_time () < end_us)
    g_main_context_iteration (NULL, FALSE);
  return bounce_study_item_get_study (item)->instances == n;
}

/* A query that takes over gives up the look-up under way, not the studies it was about. */
static void
test_change_while_asked (Fixture *fixture, gconstpointer data)
{
  static const char *const sorts[] = { "received", "images" };
  g_autoptr (BounceStudyItem) item = get_item (fixture, 0);

  for (guint i = 0; i < 20; i++)
    {
      g_autofree char *sql = g_strdup_printf (
          "UPDATE studies SET instances = %u WHERE study_uid LIKE '%%.299';", 5000 + i);

      bounce_study_rows_run (fixture->service.data_dir, sql);
      tell_changed (fixture, 299);
      for (guint turn = 0; turn < 40 && !shows_images (item, 5000 + i, 5000); turn++)
        {
          BounceStudyQuery query = { .sort = sorts[turn % 2], .descending = TRUE };

          bounce_study_model_set_query (fixture->model, &query);
        }
      g_assert_true (shows_images (item, 5000 + i, 10 * G_USEC_PER_SEC));
    }
}

static void
wait_for_first (Fixture *fixture, guint number)
{
  g_autofree char *study_uid = bounce_study_rows_uid (number);

  while (TRUE)
    {
      g_autoptr (BounceStudyItem) item = get_item (fixture, 0);

      if (g_strcmp0 (bounce_study_item_get_study (item)->study_uid, study_uid) == 0)
        return;
      g_main_context_iteration (NULL, TRUE);
    }
}

static void
test_move_insert_remove (Fixture *fixture, gconstpointer data)
{
  BounceStudyQuery query = { .sort = "images", .descending = TRUE };
  const char *data_dir = fixture->service.data_dir;
  g_autoptr (BounceStudyItem) item = NULL;
  guint n_changes;

  bounce_study_model_set_query (fixture->model, &query);
  wait_for_query (fixture);
  item = get_item (fixture, 199); /* number 100 */
  bounce_study_rows_run (data_dir, "UPDATE studies SET instances = 5000"
                                   " WHERE study_uid LIKE '%.100';");
  tell_changed (fixture, 100);
  wait_for_first (fixture, 100);
  g_assert_true (bounce_study_model_peek (fixture->model, bounce_study_item_get_study (item)->id)
                 == item);
  bounce_study_rows_insert (data_dir, 690, 5);
  for (guint i = 690; i < 695; i++)
    tell_changed (fixture, i);
  n_changes = fixture->n_changes;
  while (fixture->mirror->len != 305)
    g_main_context_iteration (NULL, TRUE);
  g_assert_cmpuint (fixture->n_changes, ==, n_changes + 1); /* side by side: one change */
  bounce_study_rows_run (data_dir, "DELETE FROM studies WHERE study_uid LIKE '%.100';");
  tell_changed (fixture, 100);
  wait_for_first (fixture, 694);
  g_assert_cmpuint (fixture->mirror->len, ==, 304);
  check_mirror (fixture);
  g_assert_cmpuint (fixture->n_begun, ==, 2); /* the two queries, no exchange */
}

/* What no longer matches goes, although its sort key is the same. */
static void
test_leaves_filter (Fixture *fixture, gconstpointer data)
{
  BounceStudyQuery query = { .status = "ERROR" };

  bounce_study_model_set_query (fixture->model, &query);
  wait_for_query (fixture);
  bounce_study_rows_run (fixture->service.data_dir,
                         "UPDATE studies SET status = 'SENT' WHERE study_uid LIKE '%.100';");
  tell_changed (fixture, 100);
  while (fixture->mirror->len != 29)
    g_main_context_iteration (NULL, TRUE);
  check_mirror (fixture);
}

static void
test_progress (Fixture *fixture, gconstpointer data)
{
  g_autoptr (BounceStudyItem) item = NULL;
  g_autofree char *study_uid = bounce_study_rows_uid (299);

  bounce_study_rows_run (fixture->service.data_dir,
                         "UPDATE studies SET status = 'UPLOADING' WHERE study_uid LIKE '%.299';");
  g_signal_emit_by_name (fixture->service.service, "upload-progress", study_uid, (guint64) 250,
                         (guint64) 1000, 25.0);
  item = get_item (fixture, 0); /* made after the report */
  g_assert_true (bounce_study_item_is_uploading (item));
  g_assert_cmpfloat (bounce_study_item_get_progress (item), ==, 0.25);
  g_assert_cmpint (bounce_study_item_get_time_left_us (item), ==, -1);
  g_signal_emit_by_name (fixture->service.service, "upload-progress", study_uid, (guint64) 500,
                         (guint64) 1000, 50.0);
  g_assert_cmpfloat (bounce_study_item_get_progress (item), ==, 0.5);
  g_assert_false (bounce_study_item_is_finishing (item));
  g_signal_emit_by_name (fixture->service.service, "upload-progress", study_uid, (guint64) 999,
                         (guint64) 1000, 99.0);
  g_assert_true (bounce_study_item_is_finishing (item));
  bounce_study_rows_run (fixture->service.data_dir,
                         "UPDATE studies SET status = 'SENT' WHERE study_uid LIKE '%.299';");
  tell_changed (fixture, 299);
  while (bounce_study_item_is_uploading (item))
    g_main_context_iteration (NULL, TRUE);
  g_assert_cmpuint (bounce_study_item_get_total_bytes (item), ==, 0);
  g_assert_false (bounce_study_item_is_finishing (item));
}

static void
test_sum (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GAsyncResult) cancelled = NULL;
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_autoptr (BounceStudySum) sum = NULL;
  g_autoptr (GError) error = NULL;
  guint n_ids;
  const gint64 *ids = bounce_study_model_get_ids (fixture->model, &n_ids);

  bounce_study_model_sum_async (fixture->model, ids, n_ids, NULL, service_fixture_keep_result_cb,
                                &result);
  sum = bounce_study_model_sum_finish (fixture->model, service_fixture_wait (&result), &error);
  g_assert_no_error (error);
  g_assert_cmpuint (g_strv_length (sum->study_uids), ==, 300);
  g_assert_cmpuint (sum->instances, ==, 300 * 301 / 2);
  g_assert_cmpuint (sum->undelivered_studies, ==, 0);
  g_cancellable_cancel (cancellable);
  bounce_study_model_sum_async (fixture->model, ids, n_ids, cancellable,
                                service_fixture_keep_result_cb, &cancelled);
  g_assert_null (
      bounce_study_model_sum_finish (fixture->model, service_fixture_wait (&cancelled), &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
}

static double
measure_query (Fixture *fixture, const BounceStudyQuery *query)
{
  gint64 start_us = g_get_monotonic_time ();

  bounce_study_model_set_query (fixture->model, query);
  wait_for_query (fixture);
  return (double) (g_get_monotonic_time () - start_us) / 1000;
}

/* The limits leave room for a loaded machine; what it took is printed. */
static void
test_many (Fixture *fixture, gconstpointer data)
{
  static const BounceStudyQuery queries[] = {
    { .sort = "patient" },
    { .sort = "size", .descending = TRUE },
    { .sort = "date", .descending = TRUE },
    { .sort = "patient", .search = "acc9999" },
    { .sort = "received", .descending = TRUE, .search = "a" },
    { .sort = "patient", .status = "ERROR" },
  };
  gint64 start_us;
  double page_ms;

  for (gsize i = 0; i < G_N_ELEMENTS (queries); i++)
    {
      double ms = measure_query (fixture, &queries[i]);

      g_test_message ("%s, search %s: %.0f ms, %u rows", queries[i].sort, queries[i].search, ms,
                      fixture->mirror->len);
      g_assert_cmpfloat (ms, <, 5000);
    }
  start_us = g_get_monotonic_time ();
  for (guint i = 0; i < fixture->mirror->len; i += BOUNCE_STORE_PAGE_ROWS)
    g_object_unref (get_item (fixture, i));
  page_ms = (double) (g_get_monotonic_time () - start_us) / 1000
            / (fixture->mirror->len / BOUNCE_STORE_PAGE_ROWS + 1);
  g_test_message ("a page of rows: %.2f ms", page_ms);
  g_assert_cmpfloat (page_ms, <, 50);
}

/* A page of the main loop while changes come must be short. */
static void
test_many_changes (Fixture *fixture, gconstpointer data)
{
  BounceStudyQuery query = { .sort = "patient" };
  double longest_ms = 0;
  guint first = N_MANY;

  bounce_study_model_set_query (fixture->model, &query);
  wait_for_query (fixture);
  g_signal_handlers_disconnect_by_func (fixture->model, items_changed_cb, fixture);
  for (guint round = 0; round < 5; round++)
    {
      bounce_study_rows_insert (fixture->service.data_dir, first, 50);
      for (guint i = 0; i < 50; i++)
        tell_changed (fixture, first + i);
      first += 50;
      while (g_list_model_get_n_items (G_LIST_MODEL (fixture->model)) != first)
        {
          gint64 start_us;

          while (!g_main_context_pending (NULL))
            g_usleep (500);
          start_us = g_get_monotonic_time ();
          g_main_context_iteration (NULL, FALSE);
          longest_ms = MAX (longest_ms, (double) (g_get_monotonic_time () - start_us) / 1000);
        }
    }
  g_test_message ("longest turn of the main loop: %.1f ms", longest_ms);
  g_assert_cmpfloat (longest_ms, <, 200);
  g_assert_cmpuint (fixture->n_begun, ==, 2);
}

int
main (int argc, char **argv)
{
  static const struct
  {
    const char *path;
    guint n_rows;
    void (*func) (Fixture *fixture, gconstpointer data);
  } cases[] = {
    { "/study-model/empty", 0, test_empty },
    { "/study-model/rows", 300, test_rows },
    { "/study-model/sorts", 300, test_sorts },
    { "/study-model/filters", 300, test_filters },
    { "/study-model/wrong-query", 300, test_wrong_query },
    { "/study-model/unreadable-rows", 300, test_unreadable_rows },
    { "/study-model/unreadable-changes", 300, test_unreadable_changes },
    { "/study-model/unreadable-query", 300, test_unreadable_query },
    { "/study-model/typing", 300, test_typing },
    { "/study-model/change-in-place", 300, test_change_in_place },
    { "/study-model/change-while-asked", 300, test_change_while_asked },
    { "/study-model/move-insert-remove", 300, test_move_insert_remove },
    { "/study-model/leaves-filter", 300, test_leaves_filter },
    { "/study-model/progress", 300, test_progress },
    { "/study-model/sum", 300, test_sum },
    { "/study-model/many", N_MANY, test_many },
    { "/study-model/many-changes", N_MANY, test_many_changes },
  };

  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/study-model/names", test_names);
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    g_test_add (cases[i].path, Fixture, GUINT_TO_POINTER (cases[i].n_rows), set_up, cases[i].func,
                tear_down);
  return g_test_run ();
}
