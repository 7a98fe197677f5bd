/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* Values on the bus: the document's names in its order, absent rather than empty; and the options
 * of CurrentStudies, which a stranger wrote. */

#include "config.h"

#include "bounce-service-values.h"

#include "bounce-service-error.h"
#include "bounce-wording.h"

static char *
list_keys (GVariant *dict)
{
  GString *keys = g_string_new (NULL);
  GVariantIter iter;
  const char *key;

  g_variant_iter_init (&iter, dict);
  while (g_variant_iter_next (&iter, "{&sv}", &key, NULL))
    g_string_append_printf (keys, "%s%s", keys->len > 0 ? " " : "", key);
  return g_string_free (keys, FALSE);
}

static void
assert_text (GVariant *dict, const char *name, const char *expected)
{
  const char *text = NULL;

  g_variant_lookup (dict, name, "&s", &text);
  g_assert_cmpstr (text, ==, expected);
}

static void
test_study_in_full (void)
{
  BounceStudy study = {
    .id = 7,
    .study_uid = "1.2.3",
    .patient_name = "Yamada^Tarou=山田^太郎",
    .patient_id = "P1",
    .study_date = "20260131",
    .study_description = "Head",
    .modality = "CT",
    .status = "SENT",
    .created_at_us = G_GINT64_CONSTANT (1769860800000000),
    .updated_at_us = G_GINT64_CONSTANT (1769860801000000),
  };
  g_autoptr (GVariant) dict = g_variant_ref_sink (bounce_study_to_variant (&study));

  assert_text (dict, "study_uid", "1.2.3");
  assert_text (dict, "patient_name", "Yamada^Tarou=山田^太郎");
  assert_text (dict, "study_date", "20260131");
  assert_text (dict, "status", "SENT");
  assert_text (dict, "created_at", "2026-01-31T12:00:00Z");
  assert_text (dict, "updated_at", "2026-01-31T12:00:01Z");
}

static void
test_study_with_nothing (void)
{
  BounceStudy study = { .id = 1, .study_uid = "1", .status = "RECEIVED" };
  g_autoptr (GVariant) dict = g_variant_ref_sink (bounce_study_to_variant (&study));
  g_autofree char *keys = list_keys (dict);

  g_assert_cmpstr (keys, ==,
                   "id study_uid status series instances undelivered local_instances bytes "
                   "attempts hold");
}

static void
test_transfer (void)
{
  BounceTransfer transfer = {
    .id = 3,
    .study_uid = "1.2",
    .attempt = 2,
    .upload_id = "u",
    .upload_url = "https://secret.example/files/1",
    .package_size = 10,
    .offset = 5,
    .state = BOUNCE_TRANSFER_INTERRUPTED,
    .reason = "network",
  };
  g_autoptr (GVariant) dict = g_variant_ref_sink (bounce_transfer_to_variant (&transfer));
  g_autofree char *keys = list_keys (dict);

  assert_text (dict, "state", "interrupted");
  g_assert_cmpstr (keys, ==, "id study_uid attempt state upload_id bytes offset reason");
}

static void
test_event (void)
{
  GVariantBuilder args;
  BounceEvent event = { .id = 1, .at_us = G_USEC_PER_SEC, .code = BOUNCE_EVENT_STUDY_FAILED };
  g_autoptr (GVariant) dict = NULL;
  const char *text;

  g_variant_builder_init (&args, G_VARIANT_TYPE ("a{ss}"));
  g_variant_builder_add (&args, "{ss}", "study", "1.2.3");
  g_variant_builder_add (&args, "{ss}", "reason", BOUNCE_REASON_NETWORK);
  event.args = g_variant_ref_sink (g_variant_builder_end (&args));
  dict = g_variant_ref_sink (bounce_event_to_variant (&event));
  assert_text (dict, "code", "study-failed");
  assert_text (dict, "at", "1970-01-01T00:00:01Z");
  assert_text (dict, "study_uid", NULL);
  g_assert_true (g_variant_lookup (dict, "text", "&s", &text));
  g_assert_nonnull (g_strstr_len (text, -1, "1.2.3"));
  g_variant_unref (event.args);
}

static void
test_status (void)
{
  BounceServiceStatus status = {
    .receiver = BOUNCE_RECEIVER_STOPPED,
    .ae_title = "BOUNCE",
    .service_restart_needed = TRUE,
    .counts = { .sent = 4 },
  };
  g_autoptr (GVariant) dict = g_variant_ref_sink (bounce_service_status_to_variant (&status));
  g_autoptr (GVariant) counts = g_variant_lookup_value (dict, "counts", G_VARIANT_TYPE ("a{su}"));
  g_auto (GStrv) restarts = NULL;
  guint32 sent = 0;

  assert_text (dict, "receiver", "stopped");
  assert_text (dict, "endpoint", NULL);
  assert_text (dict, "version", BOUNCE_VERSION);
  g_assert_true (g_variant_lookup (counts, "SENT", "u", &sent));
  g_assert_cmpuint (sent, ==, 4);
  g_assert_true (g_variant_lookup (dict, "restart_needed", "^as", &restarts));
  g_assert_cmpuint (g_strv_length (restarts), ==, 1);
  g_assert_cmpstr (restarts[0], ==, "service");
}

static void
test_config (void)
{
  g_autoptr (BounceConfig) config = bounce_config_new_default ();
  g_autoptr (BounceApiKey) key = bounce_api_key_parse ("aura_au_bounce_user_sesame_local", NULL);
  g_autoptr (BounceConfig) with_key = bounce_config_with_api_key (config, key);
  g_autoptr (GVariant) dict = g_variant_ref_sink (bounce_config_to_variant (with_key));
  g_autofree char *text = g_variant_print (dict, FALSE);
  gint64 port = 0;

  assert_text (dict, "ae_title", "BOUNCE");
  g_assert_true (g_variant_lookup (dict, "port", "x", &port));
  g_assert_cmpint (port, ==, 9090);
  g_assert_null (strstr (text, "sesame"));
}

static void
test_effects (void)
{
  g_assert_cmpstr (bounce_config_change_to_name (BOUNCE_CONFIG_CHANGE_NOTHING), ==, "now");
  g_assert_cmpstr (bounce_config_change_to_name (BOUNCE_CONFIG_CHANGE_NOW), ==, "now");
  g_assert_cmpstr (bounce_config_change_to_name (BOUNCE_CONFIG_CHANGE_UPLOADER), ==,
                   "next-transfer");
  g_assert_cmpstr (bounce_config_change_to_name (BOUNCE_CONFIG_CHANGE_RECEIVER), ==,
                   "receiver-restart");
  g_assert_cmpstr (bounce_config_change_to_name (BOUNCE_CONFIG_CHANGE_START), ==,
                   "service-restart");
}

static GVariant *
parse_options (const char *text)
{
  GError *error = NULL;
  GVariant *options = g_variant_parse (G_VARIANT_TYPE_VARDICT, text, NULL, NULL, &error);

  g_assert_no_error (error);
  return options;
}

static void
test_query (void)
{
  g_autoptr (GVariant) options = parse_options (
      "{'search': <'müller'>, 'status': <'SENT'>, 'sort': <'size'>, 'descending': <true>}");
  BounceStudyQuery query = { .page = 2 };
  GError *error = NULL;

  g_assert_true (bounce_study_query_from_variant (options, &query, &error));
  g_assert_no_error (error);
  g_assert_cmpstr (query.search, ==, "müller");
  g_assert_cmpstr (query.status, ==, "SENT");
  g_assert_cmpstr (query.sort, ==, "size");
  g_assert_null (query.modality);
  g_assert_true (query.descending);
  g_assert_cmpuint (query.page, ==, 2);
}

static void
test_query_refused (void)
{
  static const char *const wrong[] = { "{'colour': <'red'>}", "{'sort': <1>}",
                                       "{'descending': <'yes'>}", "{'': <''>}" };

  for (guint i = 0; i < G_N_ELEMENTS (wrong); i++)
    {
      g_autoptr (GVariant) options = parse_options (wrong[i]);
      g_autoptr (GError) error = NULL;
      BounceStudyQuery query = { .page = 1 };

      g_assert_false (bounce_study_query_from_variant (options, &query, &error));
      g_assert_error (error, BOUNCE_SERVICE_ERROR, BOUNCE_SERVICE_ERROR_INVALID);
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/service/values/study-in-full", test_study_in_full);
  g_test_add_func ("/service/values/study-with-nothing", test_study_with_nothing);
  g_test_add_func ("/service/values/transfer", test_transfer);
  g_test_add_func ("/service/values/event", test_event);
  g_test_add_func ("/service/values/status", test_status);
  g_test_add_func ("/service/values/config", test_config);
  g_test_add_func ("/service/values/effects", test_effects);
  g_test_add_func ("/service/values/query", test_query);
  g_test_add_func ("/service/values/query-refused", test_query_refused);
  return g_test_run ();
}
