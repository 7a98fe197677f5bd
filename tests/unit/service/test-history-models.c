/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* The lists of transfers, events and log lines. */

#include "config.h"

#include "service-fixture.h"

#include "bounce-event-model.h"
#include "bounce-log-model.h"
#include "bounce-study-rows.h"
#include "bounce-transfer-model.h"
#include "bounce-wording.h"

typedef struct
{
  ServiceFixture service;
  GListModel *model; /* (owned) (nullable) */
} Fixture;

/* Two attempts for each of ten studies: the first failed, the second delivered. */
static const char transfers_sql[] =
    "INSERT INTO transfers (delivery_id, snapshot_id, attempt, first_seq, last_seq, upload_id,"
    " started_at, state, reason) SELECT id, 1, 1, 0, 1, 'u' || id, 1, 2, 'network' FROM deliveries;"
    "INSERT INTO transfers (delivery_id, snapshot_id, attempt, first_seq, last_seq, upload_id,"
    " started_at, state) SELECT id, 1, 2, 0, 1, 'u' || id, 2, 1 FROM deliveries;";

static void
set_up (Fixture *fixture, gconstpointer data)
{
  service_fixture_set_up (&fixture->service, NULL);
  bounce_study_rows_insert (fixture->service.data_dir, 0, 10);
  bounce_study_rows_run (fixture->service.data_dir, transfers_sql);
}

static void
tear_down (Fixture *fixture, gconstpointer data)
{
  if (fixture->model != NULL)
    g_object_run_dispose (G_OBJECT (fixture->model));
  g_clear_object (&fixture->model);
  service_fixture_tear_down (&fixture->service, NULL);
}

static void
wait_for_rows (GListModel *model, guint n_rows)
{
  gboolean is_loading;

  do
    {
      g_main_context_iteration (NULL, TRUE);
      g_object_get (model, "loading", &is_loading, NULL);
    }
  while (is_loading || g_list_model_get_n_items (model) != n_rows);
}

static void
check_falling (GListModel *model)
{
  gint64 last = G_MAXINT64;

  for (guint i = 0; i < g_list_model_get_n_items (model); i++)
    {
      g_autoptr (BounceTransferEntry) entry = g_list_model_get_item (model, i);
      gint64 id = bounce_transfer_entry_get_transfer (entry)->id;

      g_assert_cmpint (id, <, last);
      last = id;
    }
}

static void
count_notify_cb (GObject *object, GParamSpec *pspec, gpointer user_data)
{
  ++*(guint *) user_data;
}

static void
test_transfers (Fixture *fixture, gconstpointer data)
{
  g_autofree char *study_uid = bounce_study_rows_uid (3);
  const char *changed[] = { study_uid, NULL };
  BounceTransferModel *model = bounce_transfer_model_new (fixture->service.service, NULL);
  g_autoptr (BounceTransferEntry) newest = NULL;
  guint n_notified = 0;

  fixture->model = G_LIST_MODEL (model);
  wait_for_rows (fixture->model, 20);
  check_falling (fixture->model);
  newest = g_list_model_get_item (fixture->model, 0);
  g_assert_cmpstr (bounce_transfer_entry_get_patient_name (newest), !=, "");
  g_signal_connect (newest, "notify::transfer", G_CALLBACK (count_notify_cb), &n_notified);
  /* One goes, the newest changes, one comes. */
  bounce_study_rows_run (
      fixture->service.data_dir,
      "DELETE FROM transfers WHERE id = 5;"
      "UPDATE transfers SET state = 0, \"offset\" = 7 WHERE id = 20;"
      "INSERT INTO transfers (delivery_id, snapshot_id, attempt, first_seq,"
      " last_seq, upload_id, started_at, state) VALUES (1, 1, 3, 0, 1, 'x', 3, 0);"
      "INSERT INTO transfers (delivery_id, snapshot_id, attempt, first_seq,"
      " last_seq, upload_id, started_at, state) VALUES (1, 1, 4, 0, 1, 'y', 3, 0);");
  g_signal_emit_by_name (fixture->service.service, "studies-changed", changed);
  wait_for_rows (fixture->model, 21);
  check_falling (fixture->model);
  g_assert_cmpuint (n_notified, ==, 1);
  g_assert_cmpint (bounce_transfer_entry_get_transfer (newest)->state, ==, BOUNCE_TRANSFER_RUNNING);
  bounce_transfer_model_set_filter (model, BOUNCE_TRANSFER_FAILED, NULL);
  wait_for_rows (fixture->model, 9);
  bounce_transfer_model_set_filter (model, BOUNCE_TRANSFER_MODEL_ALL, "ACC3");
  wait_for_rows (fixture->model, 2);
}

static gboolean
has_error (Fixture *fixture)
{
  g_autofree char *message = NULL;

  g_object_get (fixture->model, "error-message", &message, NULL);
  return message != NULL;
}

/* A list that cannot be read keeps what it had and says so, until it can be again. */
static void
test_unreadable (Fixture *fixture, gconstpointer data)
{
  BounceTransferModel *model = bounce_transfer_model_new (fixture->service.service, NULL);

  fixture->model = G_LIST_MODEL (model);
  wait_for_rows (fixture->model, 20);
  g_assert_false (has_error (fixture));
  bounce_study_rows_hide (fixture->service.data_dir, TRUE);
  bounce_transfer_model_set_filter (model, BOUNCE_TRANSFER_FAILED, NULL);
  while (!has_error (fixture))
    g_main_context_iteration (NULL, TRUE);
  wait_for_rows (fixture->model, 20); /* no longer loading */
  bounce_study_rows_hide (fixture->service.data_dir, FALSE);
  while (has_error (fixture))
    g_main_context_iteration (NULL, TRUE);
  g_assert_cmpuint (g_list_model_get_n_items (fixture->model), ==, 10);
}

static void
test_transfers_of_study (Fixture *fixture, gconstpointer data)
{
  g_autofree char *study_uid = bounce_study_rows_uid (3);

  fixture->model = G_LIST_MODEL (bounce_transfer_model_new (fixture->service.service, study_uid));
  wait_for_rows (fixture->model, 2);
}

/* Pages of 500. */
static void
test_load_more (Fixture *fixture, gconstpointer data)
{
  BounceTransferModel *model;
  gboolean has_more;

  for (guint i = 0; i < 7; i++) /* 20 rows become 2560 */
    bounce_study_rows_run (
        fixture->service.data_dir,
        "INSERT INTO transfers (delivery_id, snapshot_id, attempt, first_seq,"
        " last_seq, upload_id, started_at, state) SELECT delivery_id, 1, 1, 0, 1,"
        " 'u', 1, 1 FROM transfers;");
  model = bounce_transfer_model_new (fixture->service.service, NULL);
  fixture->model = G_LIST_MODEL (model);
  for (guint n_rows = 500; n_rows <= 2500; n_rows += 500)
    {
      wait_for_rows (fixture->model, n_rows);
      g_object_get (model, "has-more", &has_more, NULL);
      g_assert_true (has_more);
      bounce_transfer_model_load_more (model);
    }
  wait_for_rows (fixture->model, 2560);
  check_falling (fixture->model);
  g_object_get (model, "has-more", &has_more, NULL);
  g_assert_false (has_more);
}

static const char events_sql[] =
    "INSERT INTO events (at, code, study_uid, args) VALUES (1, 10, '1.2.826.0.1.3680043.10.1234.3',"
    " '{''instances'': ''4711''}'), (2, 12, NULL, NULL), (3, 13, NULL, '{''bytes'': ''100''}');";

static void
test_events (Fixture *fixture, gconstpointer data)
{
  static const int codes[] = { BOUNCE_EVENT_RESET, BOUNCE_EVENT_DISK_LOW, 0 };
  BounceEventModel *model;
  g_autoptr (BounceEventItem) item = NULL;
  g_autofree char *sentence = bounce_wording_event (BOUNCE_EVENT_RESET, NULL);

  bounce_study_rows_run (fixture->service.data_dir, "DELETE FROM events;");
  bounce_study_rows_run (fixture->service.data_dir, events_sql);
  model = bounce_event_model_new (fixture->service.service, NULL);
  fixture->model = G_LIST_MODEL (model);
  wait_for_rows (fixture->model, 3);
  bounce_event_model_set_filter (model, codes, NULL);
  wait_for_rows (fixture->model, 2);
  item = g_list_model_get_item (fixture->model, 1);
  g_assert_cmpstr (bounce_event_item_get_sentence (item), ==, sentence);
  g_assert_cmpint (bounce_event_item_get_event (item)->code, ==, BOUNCE_EVENT_RESET);
  bounce_event_model_set_filter (model, NULL, sentence); /* what a person reads */
  wait_for_rows (fixture->model, 1);
  bounce_event_model_set_filter (model, NULL, "acc3"); /* the study's accession number */
  wait_for_rows (fixture->model, 1);
  bounce_event_model_set_filter (model, NULL, "nothing like it");
  wait_for_rows (fixture->model, 0);
}

static void
wait_for_lines (BounceLogModel *model, guint n_lines)
{
  while (g_list_model_get_n_items (G_LIST_MODEL (model)) != n_lines)
    g_main_context_iteration (NULL, TRUE);
}

static void
test_log (void)
{
  g_autoptr (BounceLogModel) model = NULL;
  g_autoptr (BounceLogLine) line = NULL;
  g_autofree char *text = NULL;

  bounce_log_start (NULL, NULL);
  model = bounce_log_model_new ();
  bounce_log (BOUNCE_LOG_INFO, "Ärger one");
  bounce_log (BOUNCE_LOG_WARNING, "two");
  wait_for_lines (model, 2);
  line = g_list_model_get_item (G_LIST_MODEL (model), 1);
  g_assert_cmpstr (bounce_log_line_get_text (line), ==, "two");
  g_assert_cmpint (bounce_log_line_get_level (line), ==, BOUNCE_LOG_WARNING);
  g_assert_cmpint (bounce_log_line_get_time_us (line), >, 0);
  bounce_log_model_set_level (model, BOUNCE_LOG_WARNING);
  g_assert_cmpuint (g_list_model_get_n_items (G_LIST_MODEL (model)), ==, 1);
  bounce_log_model_set_level (model, BOUNCE_LOG_DEBUG);
  bounce_log_model_set_search (model, "ÄRGER");
  g_assert_cmpuint (g_list_model_get_n_items (G_LIST_MODEL (model)), ==, 1);
  text = bounce_log_model_dup_text (model);
  g_assert_true (g_str_has_suffix (text, "Z Ärger one\n"));
  bounce_log_model_set_search (model, NULL);
  bounce_log_model_clear (model);
  g_assert_cmpuint (g_list_model_get_n_items (G_LIST_MODEL (model)), ==, 0);
}

static void
count_line_cb (BounceLogLevel level, gint64 wall_us, const char *text, gpointer user_data)
{
  ++*(guint *) user_data;
}

/* A hundred at a time: the log's ring is bounded and drops what comes faster than it is read. */
static void
write_lines (const char *word, guint n_lines, const guint *n_seen)
{
  guint before = *n_seen;

  for (guint i = 0; i < n_lines; i++)
    {
      bounce_log (BOUNCE_LOG_INFO, "%s %u", word, i);
      while ((i % 100 == 99 || i == n_lines - 1) && *n_seen < before + i + 1)
        g_main_context_iteration (NULL, TRUE);
    }
}

static void
test_log_bounds (void)
{
  g_autoptr (BounceLogModel) model = bounce_log_model_new ();
  g_autoptr (BounceLogLine) first = NULL;
  guint n_seen = 0;
  guint observer = bounce_log_add_observer (count_line_cb, &n_seen, NULL);

  bounce_log_model_set_paused (model, TRUE);
  write_lines ("paused", 10, &n_seen);
  g_assert_cmpuint (g_list_model_get_n_items (G_LIST_MODEL (model)), ==, 0);
  bounce_log_model_set_paused (model, FALSE);
  g_assert_cmpuint (g_list_model_get_n_items (G_LIST_MODEL (model)), ==, 10);
  write_lines ("many", BOUNCE_LOG_MODEL_MAX_LINES, &n_seen);
  wait_for_lines (model, BOUNCE_LOG_MODEL_MAX_LINES);
  first = g_list_model_get_item (G_LIST_MODEL (model), 0);
  while (!g_str_has_prefix (bounce_log_line_get_text (first), "many"))
    {
      g_main_context_iteration (NULL, TRUE);
      g_clear_object (&first);
      first = g_list_model_get_item (G_LIST_MODEL (model), 0);
    }
  g_assert_cmpstr (bounce_log_line_get_text (first), ==, "many 0");
  bounce_log_remove_observer (observer);
}

int
main (int argc, char **argv)
{
  static const struct
  {
    const char *path;
    void (*func) (Fixture *fixture, gconstpointer data);
  } cases[] = {
    { "/history/transfers", test_transfers },
    { "/history/unreadable", test_unreadable },
    { "/history/transfers-of-study", test_transfers_of_study },
    { "/history/load-more", test_load_more },
    { "/history/events", test_events },
  };

  g_test_init (&argc, &argv, NULL);
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    g_test_add (cases[i].path, Fixture, NULL, set_up, cases[i].func, tear_down);
  g_test_add_func ("/log-model/lines", test_log);
  g_test_add_func ("/log-model/bounds", test_log_bounds);
  return g_test_run ();
}
