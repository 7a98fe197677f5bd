/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* The status at a glance, and commands on many studies. */

#include "config.h"

#include "service-fixture.h"

#include "bounce-service-bulk.h"
#include "bounce-status-summary.h"
#include "bounce-study-rows.h"
#include "bounce-wording.h"

#include <glib/gstdio.h>

typedef struct
{
  ServiceFixture service;
  BounceStatusSummary *summary; /* (owned) */
} Fixture;

static void
set_up (Fixture *fixture, gconstpointer data)
{
  service_fixture_set_up (&fixture->service, NULL);
  bounce_study_rows_insert (fixture->service.data_dir, 0, 20);
  fixture->summary = bounce_status_summary_new (fixture->service.service);
}

static void
tear_down (Fixture *fixture, gconstpointer data)
{
  g_object_run_dispose (G_OBJECT (fixture->summary));
  g_clear_object (&fixture->summary);
  service_fixture_tear_down (&fixture->service, NULL);
}

static guint
get_count (Fixture *fixture, const char *name)
{
  guint count;

  g_object_get (fixture->summary, name, &count, NULL);
  return count;
}

/* Returns: (transfer full) (nullable): none before they are read */
static GStrv
get_modalities (Fixture *fixture)
{
  g_auto (GStrv) modalities = NULL;

  g_object_get (fixture->summary, "modalities", &modalities, NULL);
  return *modalities != NULL ? g_steal_pointer (&modalities) : NULL;
}

static void
test_counts (Fixture *fixture, gconstpointer data)
{
  const char *none[] = { NULL };
  g_auto (GStrv) modalities = NULL;

  g_assert_cmpuint (get_count (fixture, "n-studies"), ==, 0);
  while (get_count (fixture, "n-studies") != 20)
    g_main_context_iteration (NULL, TRUE);
  g_assert_cmpuint (get_count (fixture, "n-error"), ==, 2);
  g_assert_cmpuint (get_count (fixture, "n-uploading"), ==, 0);
  g_assert_cmpuint (bounce_status_summary_get_counts (fixture->summary)->free_bytes, >, 0);
  while ((modalities = get_modalities (fixture)) == NULL)
    g_main_context_iteration (NULL, TRUE);
  g_assert_cmpstr (modalities[0], ==, "CT");
  g_assert_cmpuint (g_strv_length (modalities), ==, 5);
  bounce_study_rows_insert (fixture->service.data_dir, 20, 5);
  g_signal_emit_by_name (fixture->service.service, "studies-changed", none);
  while (get_count (fixture, "n-studies") != 25)
    g_main_context_iteration (NULL, TRUE);
}

static gboolean
has_read_error (Fixture *fixture)
{
  g_autofree char *error = NULL;

  g_object_get (fixture->summary, "read-error", &error, NULL);
  return error != NULL;
}

/* Counts that cannot be read stay as they were and are said to be out of date, until they can. */
static void
test_unreadable (Fixture *fixture, gconstpointer data)
{
  const char *none[] = { NULL };

  while (get_count (fixture, "n-studies") != 20)
    g_main_context_iteration (NULL, TRUE);
  g_assert_false (has_read_error (fixture));
  bounce_study_rows_hide (fixture->service.data_dir, TRUE);
  g_signal_emit_by_name (fixture->service.service, "studies-changed", none);
  while (!has_read_error (fixture))
    g_main_context_iteration (NULL, TRUE);
  g_assert_cmpuint (get_count (fixture, "n-studies"), ==, 20);
  bounce_study_rows_hide (fixture->service.data_dir, FALSE);
  while (has_read_error (fixture))
    g_main_context_iteration (NULL, TRUE);
}

/* Nobody listens where the fixture's settings point. */
static void
test_aurabox (Fixture *fixture, gconstpointer data)
{
  g_autofree char *message = NULL;
  gint64 checked_us;

  g_assert_cmpint (bounce_status_summary_get_aurabox_state (fixture->summary), ==,
                   BOUNCE_AURABOX_CHECKING);
  while (bounce_status_summary_get_aurabox_state (fixture->summary) == BOUNCE_AURABOX_CHECKING)
    g_main_context_iteration (NULL, TRUE);
  g_assert_cmpint (bounce_status_summary_get_aurabox_state (fixture->summary), ==,
                   BOUNCE_AURABOX_UNREACHABLE);
  g_object_get (fixture->summary, "aurabox-message", &message, "aurabox-checked-us", &checked_us,
                NULL);
  g_assert_nonnull (message);
  g_assert_cmpint (checked_us, >, 0);
  bounce_status_summary_check_aurabox (fixture->summary);
  bounce_status_summary_check_aurabox (fixture->summary); /* gives up the one before */
  while (bounce_status_summary_get_aurabox_state (fixture->summary) == BOUNCE_AURABOX_CHECKING)
    g_main_context_iteration (NULL, TRUE);
}

static void
emit (Fixture *fixture, int code)
{
  BounceEvent event = { .code = code };

  g_signal_emit_by_name (fixture->service.service, "event", &event, "");
}

static void
wait_for_answer (Fixture *fixture)
{
  while (bounce_status_summary_get_aurabox_state (fixture->summary) == BOUNCE_AURABOX_CHECKING)
    g_main_context_iteration (NULL, TRUE);
}

/* What uploads meet with is not contradicted for minutes by an answer from before it. */
static void
test_aurabox_by_uploads (Fixture *fixture, gconstpointer data)
{
  const int doubts[] = { BOUNCE_EVENT_UNAUTHORISED, BOUNCE_EVENT_AUTHORISED,
                         BOUNCE_EVENT_STUDY_RETRY };

  wait_for_answer (fixture);
  for (gsize i = 0; i < G_N_ELEMENTS (doubts); i++)
    {
      emit (fixture, BOUNCE_EVENT_STUDY_DELIVERED);
      g_assert_cmpint (bounce_status_summary_get_aurabox_state (fixture->summary), ==,
                       BOUNCE_AURABOX_REACHABLE);
      emit (fixture, doubts[i]);
      g_assert_cmpint (bounce_status_summary_get_aurabox_state (fixture->summary), ==,
                       BOUNCE_AURABOX_CHECKING);
      wait_for_answer (fixture);
      g_assert_cmpint (bounce_status_summary_get_aurabox_state (fixture->summary), ==,
                       BOUNCE_AURABOX_UNREACHABLE);
    }
  emit (fixture, BOUNCE_EVENT_STUDY_RETRY); /* it is known already */
  g_assert_cmpint (bounce_status_summary_get_aurabox_state (fixture->summary), ==,
                   BOUNCE_AURABOX_UNREACHABLE);
}

static void
test_receiver (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;
  g_autofree char *endpoint = NULL;

  g_object_get (fixture->summary, "endpoint", &endpoint, NULL);
  g_assert_null (endpoint);
  bounce_service_receiver_start_async (fixture->service.service, NULL,
                                       service_fixture_keep_result_cb, &result);
  bounce_service_receiver_start_finish (fixture->service.service, service_fixture_wait (&result),
                                        &error);
  g_assert_no_error (error);
  g_assert_cmpint (bounce_status_summary_get_receiver_state (fixture->summary), ==,
                   BOUNCE_RECEIVER_RUNNING);
  g_object_get (fixture->summary, "endpoint", &endpoint, NULL);
  g_assert_true (g_str_has_prefix (endpoint, "127.0.0.1:"));
}

/* The storage is looked at when the summary is made. */
static void
test_storage (Fixture *fixture, gconstpointer data)
{
  g_autofree char *marker = g_build_filename (fixture->service.base_dir, ".bounce", NULL);
  g_autofree char *aside = g_build_filename (fixture->service.base_dir, ".aside", NULL);
  g_autofree char *problem = NULL;
  BounceStatusSummary *summary;

  g_assert_cmpint (g_rename (marker, aside), ==, 0);
  summary = bounce_status_summary_new (fixture->service.service);
  while (problem == NULL)
    {
      g_main_context_iteration (NULL, TRUE);
      g_object_get (summary, "storage-problem", &problem, NULL);
    }
  g_assert_cmpstr (problem, ==, "not-mounted");
  g_assert_cmpint (g_rename (aside, marker), ==, 0);
  g_object_run_dispose (G_OBJECT (summary));
  g_object_unref (summary);
}

static void
count_cb (guint n_done, guint n_total, gpointer user_data)
{
  guint *n_calls = user_data;

  g_assert_cmpuint (n_done, ==, ++*n_calls);
  g_assert_cmpuint (n_total, ==, 4);
}

/* Two that exist, one that does not, one that is no UID. */
static void
test_delete_many (Fixture *fixture, gconstpointer data)
{
  g_autofree char *first = bounce_study_rows_uid (3);
  g_autofree char *second = bounce_study_rows_uid (4);
  const char *study_uids[] = { first, "1.2.3", "../etc", second, NULL };
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GPtrArray) results = NULL;
  g_autoptr (GError) error = NULL;
  guint n_calls = 0;

  bounce_service_delete_studies_async (fixture->service.service, study_uids, count_cb, &n_calls,
                                       NULL, service_fixture_keep_result_cb, &result);
  results =
      bounce_service_bulk_finish (fixture->service.service, service_fixture_wait (&result), &error);
  g_assert_no_error (error);
  g_assert_cmpuint (n_calls, ==, 4);
  g_assert_cmpuint (results->len, ==, 4);
  for (guint i = 0; i < results->len; i++)
    {
      const BounceStudyResult *study = g_ptr_array_index (results, i);

      g_assert_cmpstr (study->study_uid, ==, study_uids[i]);
      if (i == 0 || i == 3)
        g_assert_no_error (study->error);
      else
        g_assert_error (study->error, BOUNCE_SERVICE_ERROR, BOUNCE_SERVICE_ERROR_DELETE_FAILED);
    }
  g_assert_cmpuint (service_fixture_count_studies (&fixture->service), ==, 18);
}

static void
cancel_cb (guint n_done, guint n_total, gpointer user_data)
{
  g_cancellable_cancel (user_data);
}

/* What was begun when the cancel came is done and told as done; the rest is there. */
static void
test_delete_many_cancelled (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GStrvBuilder) builder = g_strv_builder_new ();
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GPtrArray) results = NULL;
  g_auto (GStrv) study_uids = NULL;
  guint n_deleted = 0;

  for (guint i = 0; i < 20; i++)
    {
      g_autofree char *study_uid = bounce_study_rows_uid (i);

      g_strv_builder_add (builder, study_uid);
    }
  study_uids = g_strv_builder_end (builder);
  bounce_service_delete_studies_async (fixture->service.service, (const char *const *) study_uids,
                                       cancel_cb, cancellable, cancellable,
                                       service_fixture_keep_result_cb, &result);
  results =
      bounce_service_bulk_finish (fixture->service.service, service_fixture_wait (&result), NULL);
  g_assert_cmpuint (results->len, ==, 20);
  for (guint i = 0; i < results->len; i++)
    {
      const GError *error = ((BounceStudyResult *) g_ptr_array_index (results, i))->error;

      n_deleted += error == NULL;
      if (error != NULL)
        g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
    }
  g_assert_cmpuint (n_deleted, >, 0);
  g_assert_cmpuint (n_deleted, <, 20);
  g_assert_cmpuint (service_fixture_count_studies (&fixture->service), ==, 20 - n_deleted);
}

static void
test_send_many_cancelled (Fixture *fixture, gconstpointer data)
{
  const char *study_uids[] = { "1.2.3", "1.2.4", NULL };
  const char *none[] = { NULL };
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GAsyncResult) empty = NULL;
  g_autoptr (GPtrArray) results = NULL;
  g_autoptr (GPtrArray) no_results = NULL;

  g_cancellable_cancel (cancellable);
  bounce_service_send_studies_async (fixture->service.service, study_uids, NULL, NULL, cancellable,
                                     service_fixture_keep_result_cb, &result);
  results =
      bounce_service_bulk_finish (fixture->service.service, service_fixture_wait (&result), NULL);
  g_assert_cmpuint (results->len, ==, 2);
  for (guint i = 0; i < results->len; i++)
    g_assert_error (((BounceStudyResult *) g_ptr_array_index (results, i))->error, G_IO_ERROR,
                    G_IO_ERROR_CANCELLED);
  bounce_service_send_studies_async (fixture->service.service, none, NULL, NULL, NULL,
                                     service_fixture_keep_result_cb, &empty);
  no_results =
      bounce_service_bulk_finish (fixture->service.service, service_fixture_wait (&empty), NULL);
  g_assert_cmpuint (no_results->len, ==, 0);
}

static void
test_one_study (Fixture *fixture, gconstpointer data)
{
  g_autofree char *study_uid = bounce_study_rows_uid (3);
  g_autofree char *folder = bounce_service_dup_study_folder (fixture->service.service, study_uid);
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GAsyncResult) missing = NULL;
  g_autoptr (GAsyncResult) described = NULL;
  g_autoptr (BounceStudy) study = NULL;
  g_autoptr (BounceStudyMetadata) metadata = NULL;
  g_autoptr (GError) error = NULL;
  BounceService *service = fixture->service.service;

  g_assert_true (g_str_has_prefix (folder, fixture->service.base_dir));
  g_assert_null (bounce_service_dup_study_folder (service, "../etc"));
  bounce_service_get_study_async (service, study_uid, NULL, service_fixture_keep_result_cb,
                                  &result);
  study = bounce_service_get_study_finish (service, service_fixture_wait (&result), &error);
  g_assert_no_error (error);
  g_assert_cmpuint (study->instances, ==, 4);
  bounce_service_get_metadata_async (service, study_uid, NULL, service_fixture_keep_result_cb,
                                     &described);
  metadata =
      bounce_service_get_metadata_finish (service, service_fixture_wait (&described), &error);
  g_assert_no_error (error);
  g_assert_cmpstr (metadata->study_uid, ==, study_uid);
  bounce_service_get_study_async (service, "1.2.3", NULL, service_fixture_keep_result_cb, &missing);
  g_assert_null (
      bounce_service_get_study_finish (service, service_fixture_wait (&missing), &error));
  g_assert_error (error, BOUNCE_SERVICE_ERROR, BOUNCE_SERVICE_ERROR_FAILED);
}

int
main (int argc, char **argv)
{
  static const struct
  {
    const char *path;
    void (*func) (Fixture *fixture, gconstpointer data);
  } cases[] = {
    { "/summary/counts", test_counts },
    { "/summary/unreadable", test_unreadable },
    { "/summary/aurabox", test_aurabox },
    { "/summary/aurabox-by-uploads", test_aurabox_by_uploads },
    { "/summary/receiver", test_receiver },
    { "/summary/storage", test_storage },
    { "/bulk/delete", test_delete_many },
    { "/bulk/delete-cancelled", test_delete_many_cancelled },
    { "/bulk/send-cancelled", test_send_many_cancelled },
    { "/bulk/one-study", test_one_study },
  };

  g_test_init (&argc, &argv, NULL);
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    g_test_add (cases[i].path, Fixture, NULL, set_up, cases[i].func, tear_down);
  return g_test_run ();
}
