/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* The codec alone: what goes out, byte for byte, and what is accepted from outside. */

#include "config.h"

#include "bounce-aurabox-json.h"

#include "bounce-json.h"

#include <string.h>

#define API       "https://au.aurabox.app"
#define LOCAL_API "http://127.0.0.1:8080"

static BounceStudyMetadata *
make_study (void)
{
  BounceStudyMetadata *study = bounce_study_metadata_new ();
  BounceSeriesMetadata *series;

  study->study_uid = g_strdup ("1.2.840.113619.2.55.3.12345678.987");
  study->patient_name = g_strdup ("DOE^JOHN");
  study->patient_id = g_strdup ("12345");
  study->study_date = g_strdup ("20240115");
  study->study_description = g_strdup ("CT CHEST W/CONTRAST");
  study->modality = g_strdup ("CT");
  study->accession_number = g_strdup ("A1");
  study->patient_sex = g_strdup ("M");
  series = bounce_study_metadata_add_series (study, "1.2.840.113619.2.55.3.12345678.987.1");
  series->series_description = g_strdup ("Chest");
  series->has_series_number = TRUE;
  series->series_number = 1;
  series->instances = 120;
  return study;
}

static void
assert_init (BounceStudyMetadata *study, BounceStudiesShape shape, const char *expected)
{
  const BounceUploadInit init = { study, "bulk", "lift", "asm_abc123def456",
                                  "550e8400-e29b-41d4-a716-446655440000" };
  g_autoptr (GBytes) body = bounce_aurabox_json_encode_init (&init, shape);
  g_autofree char *text = g_strndup (g_bytes_get_data (body, NULL), g_bytes_get_size (body));

  g_assert_cmpstr (text, ==, expected);
}

/* The reference document's example. */
static void
test_init_as_arrays (void)
{
  g_autoptr (BounceStudyMetadata) study = make_study ();

  assert_init (study, BOUNCE_STUDIES_AS_ARRAYS,
               "{\"studies\":[{\"study_uid\":\"1.2.840.113619.2.55.3.12345678.987\","
               "\"patient_name\":\"DOE^JOHN\",\"patient_id\":\"12345\",\"study_date\":\"20240115\","
               "\"study_description\":\"CT CHEST W/CONTRAST\",\"modality\":\"CT\","
               "\"series\":[{\"series_uid\":\"1.2.840.113619.2.55.3.12345678.987.1\","
               "\"series_description\":\"Chest\",\"series_number\":1,\"instances\":120}]}],"
               "\"mode\":\"bulk\",\"type\":\"lift\",\"signature\":\"asm_abc123def456\","
               "\"upload_id\":\"550e8400-e29b-41d4-a716-446655440000\"}");
}

static void
test_init_by_uid (void)
{
  g_autoptr (BounceStudyMetadata) study = make_study ();

  assert_init (
      study, BOUNCE_STUDIES_BY_UID,
      "{\"studies\":{\"1.2.840.113619.2.55.3.12345678.987\":"
      "{\"study_uid\":\"1.2.840.113619.2.55.3.12345678.987\","
      "\"patient_name\":\"DOE^JOHN\",\"patient_id\":\"12345\",\"study_date\":\"20240115\","
      "\"study_description\":\"CT CHEST W/CONTRAST\",\"modality\":\"CT\",\"accession_no\":\"A1\","
      "\"series\":{\"1.2.840.113619.2.55.3.12345678.987.1\":"
      "{\"series_uid\":\"1.2.840.113619.2.55.3.12345678.987.1\","
      "\"series_description\":\"Chest\",\"series_number\":1,\"instances\":120}}}},"
      "\"mode\":\"bulk\",\"type\":\"lift\",\"signature\":\"asm_abc123def456\","
      "\"upload_id\":\"550e8400-e29b-41d4-a716-446655440000\"}");
}

static void
test_init_leaves_out_what_is_absent (void)
{
  g_autoptr (BounceStudyMetadata) study = bounce_study_metadata_new ();

  study->study_uid = g_strdup ("1.2");
  study->patient_name = g_strdup ("\"\\^\n山田");
  bounce_study_metadata_add_series (study, "1.3")->instances = 1;
  assert_init (study, BOUNCE_STUDIES_AS_ARRAYS,
               "{\"studies\":[{\"study_uid\":\"1.2\",\"patient_name\":\"\\\"\\\\^\\n山田\","
               "\"series\":[{\"series_uid\":\"1.3\",\"instances\":1}]}],"
               "\"mode\":\"bulk\",\"type\":\"lift\",\"signature\":\"asm_abc123def456\","
               "\"upload_id\":\"550e8400-e29b-41d4-a716-446655440000\"}");
}

static void
test_step (void)
{
  g_autoptr (GBytes) body = bounce_aurabox_json_encode_step ("asm_1", "lift", "550e");
  g_autofree char *text = g_strndup (g_bytes_get_data (body, NULL), g_bytes_get_size (body));

  g_assert_cmpstr (text, ==,
                   "{\"assembly_id\":\"asm_1\",\"type\":\"lift\",\"upload_id\":\"550e\"}");
}

/* --- replies --- */

static JsonObject *
read_text (const char *text, GError **error)
{
  g_autoptr (GBytes) body = g_bytes_new (text, strlen (text));

  return bounce_aurabox_json_read_reply (body, "what", error);
}

static void
test_reply_outcomes (void)
{
  static const struct
  {
    const char *text;
    int code; /* -1: accepted */
  } CASES[] = {
    { "{}", -1 },
    { "{\"success\":true}", -1 },
    { "{\"success\":null}", -1 },
    { "{\"success\":\"false\"}", BOUNCE_AURABOX_ERROR_INVALID_RESPONSE },
    { "{\"success\":0}", BOUNCE_AURABOX_ERROR_INVALID_RESPONSE },
    { "{\"success\":[]}", BOUNCE_AURABOX_ERROR_INVALID_RESPONSE },
    { " {\"message\":\"x\"} ", -1 },
    { "{\"success\":false}", BOUNCE_AURABOX_ERROR_REFUSED },
    { "{\"message\":\"x\",\"success\":false}", BOUNCE_AURABOX_ERROR_REFUSED },
    { "", BOUNCE_AURABOX_ERROR_INVALID_RESPONSE },
    { "true", BOUNCE_AURABOX_ERROR_INVALID_RESPONSE },
    { "[{\"success\":true}]", BOUNCE_AURABOX_ERROR_INVALID_RESPONSE },
    { "{\"success\":tru", BOUNCE_AURABOX_ERROR_INVALID_RESPONSE },
    { "{\"a\":\"\xff\"}", BOUNCE_AURABOX_ERROR_INVALID_RESPONSE },
  };

  for (guint i = 0; i < G_N_ELEMENTS (CASES); i++)
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (JsonObject) reply = read_text (CASES[i].text, &error);

      if (CASES[i].code < 0)
        {
          g_assert_no_error (error);
          g_assert_nonnull (reply);
          continue;
        }
      g_assert_error (error, BOUNCE_AURABOX_ERROR, CASES[i].code);
      g_assert_null (reply);
    }
}

static void
test_reply_size (void)
{
  g_autoptr (GString) text = g_string_new ("{}");
  g_autoptr (GError) error = NULL;
  g_autoptr (JsonObject) fits = NULL;
  g_autoptr (JsonObject) exceeds = NULL;

  while (text->len < BOUNCE_AURABOX_MAX_REPLY_BYTES)
    g_string_append_c (text, ' ');
  fits = read_text (text->str, &error);
  g_assert_no_error (error);
  g_assert_nonnull (fits);
  g_string_append_c (text, ' ');
  exceeds = read_text (text->str, &error);
  g_assert_error (error, BOUNCE_AURABOX_ERROR, BOUNCE_AURABOX_ERROR_INVALID_RESPONSE);
  g_assert_null (exceeds);
}

/* --- config --- */

#define CONFIG(type, mode, lift) "{\"type\":" type ",\"mode\":" mode ",\"lift\":" lift "}"
#define LIFT(endpoint, token, bucket, assembly)                                                    \
  "{\"endpoint\":" endpoint ",\"token\":" token ",\"bucket\":" bucket ",\"assembly_id\":" assembly \
  "}"
#define GOOD_LIFT LIFT ("\"https://lift.aurabox.cloud/files\"", "\"t\"", "\"b\"", "\"a\"")

static BounceUploadConfig *
decode (const char *text, const char *api_endpoint, GError **error)
{
  g_autoptr (JsonObject) reply = read_text (text, error);

  return reply != NULL ? bounce_aurabox_json_decode_config (reply, api_endpoint, error) : NULL;
}

static void
test_config_of_the_document (void)
{
  static const char TEXT[] =
      CONFIG ("\"lift\"", "\"bulk\"",
              LIFT ("\"https://lift.aurabox.cloud/files\"", "\"eyJhbGci...\"", "\"dicom-uploads\"",
                    "\"asm_abc123def456\""));
  g_autoptr (GError) error = NULL;
  g_autoptr (BounceUploadConfig) config = decode (TEXT, API, &error);

  g_assert_no_error (error);
  g_assert_cmpstr (config->type, ==, "lift");
  g_assert_cmpstr (config->mode, ==, "bulk");
  g_assert_cmpstr (config->endpoint, ==, "https://lift.aurabox.cloud/files");
  g_assert_cmpstr (config->token, ==, "eyJhbGci...");
  g_assert_cmpstr (config->bucket, ==, "dicom-uploads");
  g_assert_cmpstr (config->assembly_id, ==, "asm_abc123def456");
}

static void
test_config_lacks_something (void)
{
  static const char *const TEXTS[] = {
    "{}",
    "{\"type\":\"lift\"}",
    "{\"type\":\"lift\",\"mode\":\"bulk\"}",
    CONFIG ("1", "\"bulk\"", GOOD_LIFT),
    CONFIG ("\"\"", "\"bulk\"", GOOD_LIFT),
    CONFIG ("\"lift\"", "null", GOOD_LIFT),
    CONFIG ("\"lift\"", "\"bulk\"", "null"),
    CONFIG ("\"lift\"", "\"bulk\"", "[]"),
    CONFIG ("\"lift\"", "\"bulk\"", "{}"),
    CONFIG ("\"lift\"", "\"bulk\"", LIFT ("null", "\"t\"", "\"b\"", "\"a\"")),
    CONFIG ("\"lift\"", "\"bulk\"", LIFT ("\"https://x/\"", "null", "\"b\"", "\"a\"")),
    CONFIG ("\"lift\"", "\"bulk\"", LIFT ("\"https://x/\"", "\"\"", "\"b\"", "\"a\"")),
    CONFIG ("\"lift\"", "\"bulk\"", LIFT ("\"https://x/\"", "\"t\"", "7", "\"a\"")),
    CONFIG ("\"lift\"", "\"bulk\"", LIFT ("\"https://x/\"", "\"t\"", "\"b\"", "{}")),
    /* What could become another header line, or none at all. */
    CONFIG ("\"lift\"", "\"bulk\"", LIFT ("\"https://x/\"", "\"t\\r\\nX: y\"", "\"b\"", "\"a\"")),
    CONFIG ("\"lift\"", "\"bulk\"", LIFT ("\"https://x/\"", "\"t\\u0000\"", "\"b\"", "\"a\"")),
    CONFIG ("\"lift\"", "\"bulk\"", LIFT ("\"https://x/\"", "\"ü\"", "\"b\"", "\"a\"")),
    CONFIG ("\"lift\"", "\"bulk\"", LIFT ("\"https://x/\"", "\"t t\"", "\"b\"", "\"a\"")),
  };

  for (guint i = 0; i < G_N_ELEMENTS (TEXTS); i++)
    {
      g_autoptr (GError) error = NULL;

      g_assert_null (decode (TEXTS[i], API, &error));
      g_assert_error (error, BOUNCE_AURABOX_ERROR, BOUNCE_AURABOX_ERROR_INVALID_RESPONSE);
    }
}

static void
test_config_unknown_mode (void)
{
  static const char *const TEXTS[] = {
    CONFIG ("\"other\"", "\"bulk\"", GOOD_LIFT),
    CONFIG ("\"lift\"", "\"single\"", GOOD_LIFT),
    CONFIG ("\"LIFT\"", "\"bulk\"", GOOD_LIFT),
    "{\"type\":\"other\"}",
  };

  for (guint i = 0; i < G_N_ELEMENTS (TEXTS); i++)
    {
      g_autoptr (GError) error = NULL;

      g_assert_null (decode (TEXTS[i], API, &error));
      g_assert_error (error, BOUNCE_AURABOX_ERROR, BOUNCE_AURABOX_ERROR_UNKNOWN_MODE);
    }
}

static gboolean
accepts_endpoint (const char *endpoint, const char *api_endpoint)
{
  g_autofree char *text = g_strdup_printf (
      CONFIG ("\"lift\"", "\"bulk\"", LIFT ("\"%s\"", "\"t\"", "\"b\"", "\"a\"")), endpoint);
  g_autoptr (GError) error = NULL;
  g_autoptr (BounceUploadConfig) config = decode (text, api_endpoint, &error);

  if (config == NULL)
    g_assert_error (error, BOUNCE_AURABOX_ERROR, BOUNCE_AURABOX_ERROR_INVALID_RESPONSE);
  return config != NULL;
}

static void
test_config_endpoint (void)
{
  static const char *const BAD[] = { "files",           "/files",         "ftp://x/files",
                                     "file:///etc",     "https://",       "https:///files",
                                     "javascript:x",    "https://u:p@x/", "https://u@x/files",
                                     "https://x:99999/" };

  for (guint i = 0; i < G_N_ELEMENTS (BAD); i++)
    {
      g_assert_false (accepts_endpoint (BAD[i], API));
      g_assert_false (accepts_endpoint (BAD[i], LOCAL_API));
    }
  g_assert_true (accepts_endpoint ("https://x/files", API));
  g_assert_true (accepts_endpoint ("HTTPS://x/files", API));
  g_assert_true (accepts_endpoint ("https://x:8443/files?a=b", LOCAL_API));
  g_assert_true (accepts_endpoint ("http://[::1]:8080/files", LOCAL_API));
  /* Images do not leave a secure API over an insecure line. */
  g_assert_false (accepts_endpoint ("http://x/files", API));
  g_assert_false (accepts_endpoint ("HTTP://x/files", "HTTPS://au.aurabox.app"));
}

static void
test_signature (void)
{
  static const char *const BAD[] = { "{}", "{\"signature\":1}", "{\"signature\":\"\"}",
                                     "{\"signature\":\"a\\nb\"}" };
  g_autoptr (JsonObject) good = read_text ("{\"signature\":\"asm_1\"}", NULL);
  g_autofree char *signature = bounce_aurabox_json_decode_signature (good, NULL);

  g_assert_cmpstr (signature, ==, "asm_1");
  for (guint i = 0; i < G_N_ELEMENTS (BAD); i++)
    {
      g_autoptr (JsonObject) reply = read_text (BAD[i], NULL);
      g_autoptr (GError) error = NULL;

      g_assert_null (bounce_aurabox_json_decode_signature (reply, &error));
      g_assert_error (error, BOUNCE_AURABOX_ERROR, BOUNCE_AURABOX_ERROR_INVALID_RESPONSE);
    }
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/aurabox-json/init/arrays", test_init_as_arrays);
  g_test_add_func ("/aurabox-json/init/by-uid", test_init_by_uid);
  g_test_add_func ("/aurabox-json/init/absent", test_init_leaves_out_what_is_absent);
  g_test_add_func ("/aurabox-json/step", test_step);
  g_test_add_func ("/aurabox-json/reply/outcomes", test_reply_outcomes);
  g_test_add_func ("/aurabox-json/reply/size", test_reply_size);
  g_test_add_func ("/aurabox-json/config/document", test_config_of_the_document);
  g_test_add_func ("/aurabox-json/config/lacks", test_config_lacks_something);
  g_test_add_func ("/aurabox-json/config/unknown-mode", test_config_unknown_mode);
  g_test_add_func ("/aurabox-json/config/endpoint", test_config_endpoint);
  g_test_add_func ("/aurabox-json/signature", test_signature);
  return g_test_run ();
}
