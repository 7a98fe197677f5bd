/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* API key, instance head, study metadata, paths. */

#include "config.h"

#include "bounce-api-key.h"
#include "bounce-core-error.h"
#include "bounce-instance-head.h"
#include "bounce-json.h"
#include "bounce-paths.h"
#include "bounce-study-metadata.h"
#include "bounce-test-dirs.h"

#include <string.h>

static void
test_api_key_valid (void)
{
  const struct
  {
    const char *text, *region, *environment, *endpoint, *masked;
  } keys[] = {
    { "aura_au_bounce_jo_s3cret", "au", NULL, "https://au.aurabox.app", "aura_au_bounce_****" },
    { "aura_us_bounce_jo_s3cret_production", "us", "production", "https://us.aurabox.app",
      "aura_us_bounce_****" },
    { "aura_eu_bounce_jo_a_b_c_staging", "eu", "staging", "https://eu.aurabox.app",
      "aura_eu_bounce_****" },
    { "aura_eu_bounce_jo_a_b_c_other", "eu", NULL, "https://eu.aurabox.app",
      "aura_eu_bounce_****" },
    { "aura_abcdefgh_bounce_u_dev_x_local", "abcdefgh", "local", "https://abcdefgh.aurabox.app",
      "aura_abcdefgh_bounce_****" },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (keys); i++)
    {
      g_autoptr (GError) error = NULL;
      g_autofree char *spaced = g_strdup_printf (" %s\n", keys[i].text);
      g_autoptr (BounceApiKey) key = bounce_api_key_parse (spaced, &error);
      g_autofree char *endpoint = NULL;
      g_autofree char *masked = NULL;

      g_assert_no_error (error);
      endpoint = bounce_api_key_dup_endpoint (key);
      masked = bounce_api_key_dup_masked (key);
      g_assert_cmpstr (bounce_api_key_get_text (key), ==, keys[i].text);
      g_assert_cmpstr (bounce_api_key_get_region (key), ==, keys[i].region);
      g_assert_cmpstr (bounce_api_key_get_environment (key), ==, keys[i].environment);
      g_assert_cmpstr (endpoint, ==, keys[i].endpoint);
      g_assert_cmpstr (masked, ==, keys[i].masked);
    }
}

static void
test_api_key_invalid (void)
{
  g_autofree char *filler = g_strnfill (600, 'x');
  g_autofree char *long_key = g_strconcat ("aura_au_bounce_jo_SECRET", filler, NULL);
  const char *const keys[] = {
    "",
    "SECRET",
    "aura_au_bounce_SECRET",
    "aura_au_bounce__SECRET",
    "aura_AU_bounce_jo_SECRET",
    "aura_a_bounce_jo_SECRET",
    "aura_abcdefghi_bounce_jo_SECRET",
    "aura_a1_bounce_jo_SECRET",
    "aura_au_Bounce_jo_SECRET",
    "Aura_au_bounce_jo_SECRET",
    "aura_au_bounce_jo_",
    "aura_au_bounce_jo_dev",
    "aura_au_bounce_jo_SEC RET",
    "aura_au_bounce_jo_SEC\nRET",
    "aura_au_bounce_jo_SECRET\r\nX: y",
    "aura_au_bounce_jo_SECRÉT",
    "aura_au_bounce_jo_\"SECRET\"",
    "aura__bounce_jo_SECRET",
    "_au_bounce_jo_SECRET",
    long_key,
  };

  for (gsize i = 0; i < G_N_ELEMENTS (keys); i++)
    {
      g_autoptr (GError) error = NULL;

      g_test_message ("key %" G_GSIZE_FORMAT, i);
      g_assert_null (bounce_api_key_parse (keys[i], &error));
      g_assert_error (error, BOUNCE_CORE_ERROR, BOUNCE_CORE_ERROR_INVALID);
      g_assert_null (strstr (error->message, "SEC"));
    }
}

static void
test_api_key_boxed (void)
{
  g_autoptr (BounceApiKey) key = bounce_api_key_parse ("aura_au_bounce_jo_s3cret", NULL);
  BounceApiKey *copy = g_boxed_copy (BOUNCE_TYPE_API_KEY, key);

  g_assert_true (copy == key);
  g_boxed_free (BOUNCE_TYPE_API_KEY, copy);
  g_assert_cmpstr (bounce_api_key_get_region (key), ==, "au");
}

/* Every text field, set to a value of its own, survives a copy as a copy. */
static void
test_instance_head (void)
{
  g_autoptr (BounceInstanceHead) head = bounce_instance_head_new ();
  g_autoptr (BounceInstanceHead) copy = NULL;

  head->study_uid = g_strdup ("1.1");
  head->patient_name = g_strdup ("Müller^Zoë=Ж");
  head->institution_name = g_strdup ("X");
  head->series_uid = g_strdup ("1.2");
  head->protocol_name = g_strdup ("P");
  head->transfer_syntax_uid = g_strdup ("1.2.840.10008.1.2.1");
  head->has_series_number = TRUE;
  head->series_number = -4;
  copy = g_boxed_copy (BOUNCE_TYPE_INSTANCE_HEAD, head);

  g_assert_true (copy->patient_name != head->patient_name);
  g_assert_cmpstr (copy->study_uid, ==, "1.1");
  g_assert_cmpstr (copy->patient_name, ==, "Müller^Zoë=Ж");
  g_assert_cmpstr (copy->institution_name, ==, "X");
  g_assert_cmpstr (copy->series_uid, ==, "1.2");
  g_assert_cmpstr (copy->protocol_name, ==, "P");
  g_assert_cmpstr (copy->transfer_syntax_uid, ==, "1.2.840.10008.1.2.1");
  g_assert_true (copy->has_series_number);
  g_assert_cmpint (copy->series_number, ==, -4);
  g_assert_null (copy->patient_id);
  g_assert_null (bounce_instance_head_copy (NULL));
  bounce_instance_head_free (NULL);
}

static BounceStudyMetadata *
new_study (void)
{
  BounceStudyMetadata *study = bounce_study_metadata_new ();
  BounceSeriesMetadata *series;

  study->study_uid = g_strdup ("1.2.3");
  study->patient_name = g_strdup ("DOE^JÖRG=Х");
  study->study_time = g_strdup ("120000.5");
  study->institution_name = g_strdup ("Clinic");
  study->modality = g_strdup ("CT");
  study->status = g_strdup ("RECEIVED");
  study->received_at_us = G_GINT64_CONSTANT (1769860800) * G_USEC_PER_SEC;
  series = bounce_study_metadata_add_series (study, "1.2.3.1");
  series->has_series_number = TRUE;
  series->series_number = 2;
  series->body_part = g_strdup ("CHEST");
  series->instances = 12;
  bounce_study_metadata_add_series (study, "1.2.3.2");
  return study;
}

static void
test_study_metadata (void)
{
  g_autoptr (BounceStudyMetadata) study = new_study ();
  g_autoptr (BounceStudyMetadata) copy = g_boxed_copy (BOUNCE_TYPE_STUDY_METADATA, study);
  g_autoptr (JsonNode) node = bounce_study_metadata_to_json (copy);
  g_autofree char *text = bounce_json_to_text (node, FALSE);

  g_assert_true (copy->series != study->series);
  g_assert_cmpstr (text, ==,
                   "{\"studies\":[{\"study_uid\":\"1.2.3\",\"patient_name\":\"DOE^JÖRG=Х\","
                   "\"study_time\":\"120000.5\",\"institution_name\":\"Clinic\",\"series\":["
                   "{\"series_uid\":\"1.2.3.1\",\"body_part\":\"CHEST\",\"series_number\":2,"
                   "\"instances\":12},{\"series_uid\":\"1.2.3.2\",\"instances\":0}]}],"
                   "\"status\":\"RECEIVED\",\"received_at\":\"2026-01-31T12:00:00Z\"}");
  g_assert_null (bounce_study_metadata_copy (NULL));
  bounce_study_metadata_free (NULL);
}

static void
test_study_metadata_sent (void)
{
  g_autoptr (BounceStudyMetadata) study = new_study ();
  g_autoptr (JsonNode) node = NULL;

  g_free (study->status);
  study->status = g_strdup ("SENT");
  study->uploaded_at_us = study->received_at_us + G_USEC_PER_SEC;
  node = bounce_study_metadata_to_json (study);
  g_assert_cmpstr (bounce_json_get_string (json_node_get_object (node), "status"), ==, "SENT");
  g_assert_cmpstr (bounce_json_get_string (json_node_get_object (node), "uploaded_at"), ==,
                   "2026-01-31T12:00:01Z");
}

static void
test_paths (void)
{
  g_autofree char *data = bounce_paths_data_dir ();
  g_autofree char *state = bounce_paths_state_dir ();
  g_autofree char *config = bounce_paths_config_dir ();
  g_autofree char *base = bounce_paths_base_dir ();
  g_autofree char *studies = g_build_filename (data, "studies", NULL);

  g_assert_true (g_str_has_prefix (data, g_get_user_data_dir ()));
  g_assert_true (g_str_has_prefix (state, g_get_user_state_dir ()));
  g_assert_true (g_str_has_prefix (config, g_get_user_config_dir ()));
  g_assert_true (g_str_has_suffix (data, "/bounce"));
  g_assert_true (g_str_has_suffix (state, "/bounce"));
  g_assert_true (g_str_has_suffix (config, "/bounce"));
  g_assert_cmpstr (base, ==, studies);
}

int
main (int argc, char **argv)
{
  G_GNUC_UNUSED g_autoptr (BounceTestDirs) dirs = bounce_test_dirs_new ();

  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/api-key/valid", test_api_key_valid);
  g_test_add_func ("/api-key/invalid", test_api_key_invalid);
  g_test_add_func ("/api-key/boxed", test_api_key_boxed);
  g_test_add_func ("/instance-head", test_instance_head);
  g_test_add_func ("/study-metadata", test_study_metadata);
  g_test_add_func ("/study-metadata/sent", test_study_metadata_sent);
  g_test_add_func ("/paths", test_paths);
  return g_test_run ();
}
