/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* Lists: sorts, pages, search, counts, metadata, events. */

#include "config.h"

#include "store-fixture.h"

#include "bounce-json.h"
#include "bounce-wording.h"

#include <glib/gstdio.h>
#include <string.h>

static const Instance instances[] = {
  { .study = 1, .series = 1, .sop = 1, .patient_name = "Müller^Jürgen" },
  { .study = 2, .series = 2, .sop = 2, .patient_name = "Иванов^Пётр" },
  { .study = 3, .series = 3, .sop = 3, .patient_name = "ADAMS^Ann=亜^子" },
  { .study = 3, .series = 3, .sop = 4, .patient_name = "ADAMS^Ann=亜^子" },
  { .study = 4, .series = 4, .sop = 5, .patient_name = "mulder^Fox", .size_bytes = 5000 },
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

/* The studies of a page as their last digits. */
static char *
list_numbers (StoreFixture *self, const BounceStudyQuery *query, guint64 *total)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) rows = fixture_list (self, query, total, &error);
  GString *numbers = g_string_new (NULL);

  g_assert_no_error (error);
  for (guint i = 0; i < rows->len; i++)
    {
      BounceStudy *row = g_ptr_array_index (rows, i);

      g_string_append_c (numbers, row->study_uid[strlen (row->study_uid) - 1]);
    }
  return g_string_free (numbers, FALSE);
}

static void
test_sorts (void)
{
  static const struct
  {
    const char *sort, *ascending;
  } cases[] = {
    { NULL, "1234" },   { "received", "1234" },    { "patient", "3412" },  { "id", "1234" },
    { "date", "1234" }, { "description", "1234" }, { "modality", "1234" }, { "images", "1243" },
    { "size", "1234" }, { "status", "2341" },
  };
  StoreFixture *self = make_studies ();

  store_fixture_advance (self, 10);
  fixture_deliver (self);
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      BounceStudyQuery query = { .page = 1, .sort = cases[i].sort };
      g_autofree char *ascending = list_numbers (self, &query, NULL);
      g_autofree char *descending = NULL;

      query.descending = TRUE;
      descending = list_numbers (self, &query, NULL);
      g_strreverse (descending);
      if (g_strcmp0 (cases[i].sort, "size") == 0)
        g_assert_cmpint (ascending[3], ==, '4');
      else
        g_assert_cmpstr (ascending, ==, cases[i].ascending);
      g_assert_cmpstr (descending, ==, ascending);
    }
  store_fixture_free (self);
}

static void
test_pages (void)
{
  static const char *const pages[] = { "123", "4", "" };
  StoreFixture *self = make_studies ();

  for (guint i = 0; i < G_N_ELEMENTS (pages); i++)
    {
      BounceStudyQuery query = { .page = i + 1, .limit = 3 };
      guint64 total = 0;
      g_autofree char *numbers = list_numbers (self, &query, &total);

      g_assert_cmpstr (numbers, ==, pages[i]);
      g_assert_cmpuint (total, ==, 4);
    }
  store_fixture_free (self);
}

static void
test_search (void)
{
  static const struct
  {
    const char *search, *found;
  } cases[] = {
    { "muller", "1" },        { "MÜLLER", "1" },    { "mu", "14" },
    { "иванов", "2" },        { "ПЁТР", "2" },      { "петр", "2" },
    { "adams ann", "3" },     { "ADAMS^ANN", "3" }, { "亜", "3" },
    { "ACC4", "4" },          { "id2", "2" },       { "phantom", "1234" },
    { "1.2.826.0.1.3", "3" }, { "%", "" },          { "nobody", "" },
    { "", "1234" },
  };
  StoreFixture *self = make_studies ();

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      BounceStudyQuery query = { .page = 1, .limit = 10, .search = cases[i].search };
      guint64 total = 99;
      g_autofree char *numbers = list_numbers (self, &query, &total);

      g_assert_cmpstr (numbers, ==, cases[i].found);
      g_assert_cmpuint (total, ==, strlen (cases[i].found));
    }
  store_fixture_free (self);
}

static void
test_filters (void)
{
  StoreFixture *self = make_studies ();
  BounceStudyQuery query = { .page = 1, .status = "SENT" };
  g_autofree char *none = list_numbers (self, &query, NULL);
  g_autofree char *sent = NULL;
  g_autofree char *ct = NULL;

  g_assert_cmpstr (none, ==, "");
  store_fixture_advance (self, 10);
  fixture_deliver (self);
  sent = list_numbers (self, &query, NULL);
  g_assert_cmpstr (sent, ==, "1");
  query.modality = "CT";
  ct = list_numbers (self, &query, NULL);
  g_assert_cmpstr (ct, ==, "1");
  query.modality = "MR";
  g_free (ct);
  ct = list_numbers (self, &query, NULL);
  g_assert_cmpstr (ct, ==, "");
  store_fixture_free (self);
}

static void
test_invalid (void)
{
  static const BounceStudyQuery queries[] = {
    { .page = 0 },
    { .page = 1, .sort = "received; DROP TABLE studies" },
    { .page = 1, .status = "LOST" },
  };
  StoreFixture *self = make_studies ();

  for (gsize i = 0; i < G_N_ELEMENTS (queries); i++)
    {
      g_autoptr (GError) error = NULL;

      g_assert_null (fixture_list (self, &queries[i], NULL, &error));
      g_assert_error (error, BOUNCE_STORE_ERROR, BOUNCE_STORE_ERROR_INVALID);
    }
  g_assert_null (fixture_study (self, 77));
  store_fixture_free (self);
}

static void
list_cancelled (StoreFixture *self, GCancellable *cancellable, gboolean is_before)
{
  BounceStudyQuery query = { .page = 1 };
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;

  if (is_before)
    g_cancellable_cancel (cancellable);
  bounce_store_list_studies_async (self->store, &query, cancellable, fixture_result_cb, &result);
  g_cancellable_cancel (cancellable);
  g_assert_null (
      bounce_store_list_studies_finish (self->store, fixture_wait (&result), NULL, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
}

static void
test_cancelled (void)
{
  StoreFixture *self = make_studies ();
  g_autoptr (GCancellable) before = g_cancellable_new ();
  g_autoptr (GCancellable) during = g_cancellable_new ();
  g_autoptr (GCancellable) after = g_cancellable_new ();
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (BounceStudy) row = NULL;
  g_autoptr (GError) error = NULL;

  list_cancelled (self, before, TRUE);
  list_cancelled (self, during, FALSE);
  bounce_store_get_study_async (self->store, "1.2.826.0.1.1", after, fixture_result_cb, &result);
  row = bounce_store_get_study_finish (self->store, fixture_wait (&result), &error);
  g_cancellable_cancel (after);
  g_assert_nonnull (row);
  g_clear_object (&result);
  /* A claim is not made for a caller that has gone. */
  store_fixture_advance (self, 20);
  bounce_store_claim_transfer_async (self->store, BOUNCE_DESTINATION_AURABOX, before,
                                     fixture_result_cb, &result);
  g_assert_null (bounce_store_claim_transfer_finish (self->store, fixture_wait (&result), &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  g_assert_cmpint (fixture_get_sql (self, "SELECT COUNT (*) FROM transfers"), ==, 0);
  store_fixture_free (self);
}

static void
test_counts (void)
{
  StoreFixture *self = make_studies ();
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (BounceTransfer) uploading = NULL;
  g_autoptr (BounceTransfer) failing = NULL;
  BounceStoreCounts counts;

  store_fixture_advance (self, 7);
  fixture_deliver (self);
  uploading = fixture_claim (self);
  bounce_store_get_counts_async (self->store, fixture_result_cb, &result);
  g_assert_true (
      bounce_store_get_counts_finish (self->store, fixture_wait (&result), &counts, NULL));
  g_assert_cmpuint (counts.sent, ==, 1);
  g_assert_cmpuint (counts.uploading, ==, 1);
  g_assert_cmpuint (counts.received, ==, 2);
  g_assert_cmpuint (counts.receiving, ==, 2);
  g_assert_cmpuint (counts.waiting, ==, 0);
  g_assert_cmpuint (counts.delivered_today, ==, 1);
  g_assert_cmpuint (counts.free_bytes, >, 0);
  store_fixture_advance (self, 48 * 3600);
  failing = fixture_claim (self);
  fixture_end (self, failing->id, BOUNCE_TRANSFER_FAILED, BOUNCE_REASON_REJECTED, 0);
  g_clear_object (&result);
  bounce_store_get_counts_async (self->store, fixture_result_cb, &result);
  bounce_store_get_counts_finish (self->store, fixture_wait (&result), &counts, NULL);
  g_assert_cmpuint (counts.error, ==, 1);
  g_assert_cmpuint (counts.waiting, ==, 1);
  g_assert_cmpuint (counts.delivered_today, ==, 0);
  store_fixture_free (self);
}

static void
test_metadata (void)
{
  StoreFixture *self = make_studies ();
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (BounceStudyMetadata) metadata = NULL;
  g_autofree char *path = g_build_filename (self->base_dir, "1.2.826.0.1.1.json", NULL);
  g_autofree char *text = NULL;
  g_autoptr (GError) error = NULL;
  gboolean is_sent = FALSE;

  bounce_store_get_metadata_async (self->store, "1.2.826.0.1.3", fixture_result_cb, &result);
  metadata = bounce_store_get_metadata_finish (self->store, fixture_wait (&result), &error);
  g_assert_no_error (error);
  g_assert_cmpstr (metadata->patient_name, ==, "ADAMS^Ann=亜^子");
  g_assert_cmpuint (metadata->series->len, ==, 1);
  g_assert_cmpuint (((BounceSeriesMetadata *) metadata->series->pdata[0])->instances, ==, 2);
  g_clear_object (&result);
  bounce_store_get_metadata_async (self->store, "1.2.3", fixture_result_cb, &result);
  g_assert_null (bounce_store_get_metadata_finish (self->store, fixture_wait (&result), &error));
  g_assert_error (error, BOUNCE_STORE_ERROR, BOUNCE_STORE_ERROR_NOT_FOUND);
  /* The file beside the study follows its status. */
  store_fixture_advance (self, 10);
  fixture_deliver (self);
  while (!is_sent)
    {
      g_clear_pointer (&text, g_free);
      is_sent = g_file_get_contents (path, &text, NULL, NULL) && strstr (text, "\"SENT\"");
    }
  g_assert_nonnull (strstr (text, "Müller^Jürgen"));
  g_assert_nonnull (strstr (text, "uploaded_at"));
  store_fixture_free (self);
}

static void
test_events (void)
{
  StoreFixture *self = make_studies ();
  g_autoptr (GPtrArray) events = NULL;
  BounceEvent *event;
  GVariantBuilder args;
  g_autofree char *reason = NULL;

  g_variant_builder_init (&args, G_VARIANT_TYPE ("a{ss}"));
  g_variant_builder_add (&args, "{ss}", "reason", "it's \"odd\" – ü");
  bounce_store_add_event (self->store, BOUNCE_EVENT_STUDY_FAILED, "1.2.826.0.1.1",
                          g_variant_builder_end (&args));
  bounce_store_add_event (self->store, BOUNCE_EVENT_AUTHORISED, NULL, NULL);
  fixture_next_due (self); /* behind both in the writer's queue */
  events = fixture_events (self, 0);
  g_assert_cmpuint (events->len, ==, 2);
  event = g_ptr_array_index (events, 0);
  g_assert_cmpint (event->code, ==, BOUNCE_EVENT_AUTHORISED);
  g_assert_null (event->args);
  event = g_ptr_array_index (events, 1);
  g_assert_cmpstr (event->study_uid, ==, "1.2.826.0.1.1");
  g_assert_true (g_variant_lookup (event->args, "reason", "s", &reason));
  g_assert_cmpstr (reason, ==, "it's \"odd\" – ü");
  g_ptr_array_unref (events);
  events = fixture_events (self, 2);
  g_assert_cmpuint (events->len, ==, 0);
  store_fixture_free (self);
}

static void
test_closed (void)
{
  StoreFixture *self = make_studies ();
  g_autoptr (BounceStore) store = g_object_ref (self->store);
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GAsyncResult) claim = NULL;
  g_autoptr (GError) error = NULL;
  BounceStudyQuery query = { .page = 1 };

  store_fixture_close (self);
  bounce_store_list_studies_async (store, &query, NULL, fixture_result_cb, &result);
  g_assert_null (bounce_store_list_studies_finish (store, fixture_wait (&result), NULL, &error));
  g_assert_error (error, BOUNCE_STORE_ERROR, BOUNCE_STORE_ERROR_DATABASE);
  g_clear_error (&error);
  bounce_store_claim_transfer_async (store, BOUNCE_DESTINATION_AURABOX, NULL, fixture_result_cb,
                                     &claim);
  g_assert_null (bounce_store_claim_transfer_finish (store, fixture_wait (&claim), &error));
  g_assert_error (error, BOUNCE_STORE_ERROR, BOUNCE_STORE_ERROR_DATABASE);
  store_fixture_free (self);
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/store/list/sorts", test_sorts);
  g_test_add_func ("/store/list/pages", test_pages);
  g_test_add_func ("/store/list/search", test_search);
  g_test_add_func ("/store/list/filters", test_filters);
  g_test_add_func ("/store/list/invalid", test_invalid);
  g_test_add_func ("/store/list/cancelled", test_cancelled);
  g_test_add_func ("/store/list/counts", test_counts);
  g_test_add_func ("/store/list/metadata", test_metadata);
  g_test_add_func ("/store/list/events", test_events);
  g_test_add_func ("/store/list/closed", test_closed);
  return g_test_run ();
}
