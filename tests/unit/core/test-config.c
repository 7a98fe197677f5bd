/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* Settings: defaults, every row of the table with good and bad values, JSON in and out. */

#include "config.h"

#include "bounce-config.h"
#include "bounce-core-error.h"
#include "bounce-json.h"
#include "bounce-paths.h"
#include "bounce-test-dirs.h"

#include <string.h>

#define KEY "aura_au_bounce_jo_SECRET_staging"

static BounceConfig *
read_json (const char *text, GPtrArray **warnings, GError **error)
{
  return bounce_config_new_from_json (text, strlen (text), "/etc/bounce", warnings, error);
}

static void
test_defaults (void)
{
  g_autoptr (BounceConfig) config = bounce_config_new_default ();
  g_autofree char *base_dir = bounce_paths_base_dir ();
  BounceRetryPolicy policy = bounce_config_get_retry_policy (config);

  g_assert_null (bounce_config_get_api_key (config));
  g_assert_null (bounce_config_get_api_key_file (config));
  g_assert_null (bounce_config_dup_api_endpoint (config));
  g_assert_cmpuint (bounce_config_get_port (config), ==, 9090);
  g_assert_cmpstr (bounce_config_get_ip_address (config), ==, "0.0.0.0");
  g_assert_cmpstr (bounce_config_get_ae_title (config), ==, "BOUNCE");
  g_assert_cmpstr (bounce_config_get_base_dir (config), ==, base_dir);
  g_assert_false (bounce_config_get_delete_after_success (config));
  g_assert_false (bounce_config_get_send_logs (config));
  g_assert_cmpuint (bounce_config_get_quiet_period_seconds (config), ==, 10);
  g_assert_cmpuint (bounce_config_get_max_concurrent_uploads (config), ==, 2);
  g_assert_cmpuint (bounce_config_get_max_associations (config), ==, 64);
  g_assert_cmpuint (policy.base_seconds, ==, 30);
  g_assert_cmpuint (policy.cap_seconds, ==, 3600);
  g_assert_cmpuint (policy.max_attempts, ==, 10);
}

typedef struct
{
  const char *key;
  const char *good; /* separated by | */
  const char *bad;
} Range;

static const Range ranges[] = {
  { "port", "1|104|65535|00104", "0|65536|-1|+1|9090 | 9090|9090x|0x50|1e3|99999999999999999999|" },
  { "ip_address", "0.0.0.0|127.0.0.1|::|::1|fe80::1",
    "|localhost|1.2.3|1.2.3.256|1.2.3.4:80|[::1]" },
  { "ae_title", "A|SIXTEEN_CHARS_16| TRIMMED ", "| |SEVENTEEN_CHARS17|A\\B|Ä|A\nB" },
  { "base_dir", "/srv/bounce|/srv/../srv/x", "|relative|./x|~/x|/|//|/srv/..|/a\nb" },
  { "delete_after_success", "yes|no|true|false", "|YES|1|0|on|ja" },
  { "send_logs", "yes|no|true|false", "|Yes|2" },
  { "quiet_period_seconds", "1|3600", "0|3601|1.5" },
  { "max_concurrent_uploads", "1|100", "0|101" },
  { "max_associations", "1|1000", "0|1001" },
  { "retry_base_seconds", "1|86400", "0|86401" },
  { "retry_cap_seconds", "1|86400", "0|86401" },
  { "max_upload_attempts", "1|1000", "0|1001" },
  { "api_key_file", "|/etc/bounce/key", "key|./key" },
  { "api_endpoint",
    "|https://au.aurabox.app|https://h:8443/path/|http://127.0.0.1:8080|http://localhost|"
    "http://[::1]:80|HTTPS://x.example",
    "http://au.aurabox.app|http://127.0.0.1.evil.example|http://localhost.evil.example|ftp://x|"
    "au.aurabox.app|https://|https://user:pw@x|https://x?y|https://x#y|http://10.0.0.1|"
    "file:///etc/passwd|https://x "
    "y|http://0.0.0.0|https://x:99999|https://x:y|https://[::1|http://127.1|http://2130706433|//"
    "x" },
};

static void
test_ranges (void)
{
  g_autoptr (BounceConfig) config = bounce_config_new_default ();

  for (gsize i = 0; i < G_N_ELEMENTS (ranges); i++)
    {
      g_auto (GStrv) good = g_strsplit (ranges[i].good, "|", -1);
      g_auto (GStrv) bad = g_strsplit (ranges[i].bad, "|", -1);

      for (char **value = good; *value != NULL; value++)
        {
          g_autoptr (GError) error = NULL;
          g_autoptr (BounceConfig) changed =
              bounce_config_with_value (config, ranges[i].key, *value, &error);

          g_assert_no_error (error);
          g_assert_nonnull (changed);
        }
      for (char **value = bad; *value != NULL; value++)
        {
          g_autoptr (GError) error = NULL;

          g_test_message ("%s, value %td", ranges[i].key, value - bad);
          g_assert_null (bounce_config_with_value (config, ranges[i].key, *value, &error));
          g_assert_error (error, BOUNCE_CORE_ERROR, BOUNCE_CORE_ERROR_INVALID);
          g_assert_true (g_str_has_prefix (error->message, ranges[i].key));
          g_assert_nonnull (strstr (error->message, "expected "));
        }
    }
}

static void
test_messages (void)
{
  g_autoptr (BounceConfig) config = bounce_config_new_default ();
  g_autoptr (GError) port = NULL;
  g_autoptr (GError) unknown = NULL;
  g_autoptr (GError) key = NULL;

  g_assert_null (bounce_config_with_value (config, "port", "70000", &port));
  g_assert_cmpstr (port->message, ==, "port: \"70000\" is not allowed, expected 1 to 65535");
  g_assert_null (bounce_config_with_value (config, "prot", "1", &unknown));
  g_assert_error (unknown, BOUNCE_CORE_ERROR, BOUNCE_CORE_ERROR_NOT_FOUND);
  g_assert_null (bounce_config_with_value (config, "api_key", "aura_au_SECRET", &key));
  g_assert_error (key, BOUNCE_CORE_ERROR, BOUNCE_CORE_ERROR_INVALID);
  g_assert_true (g_str_has_prefix (key->message, "api_key: "));
  g_assert_null (strstr (key->message, "SECRET"));
}

static void
test_home_refused (void)
{
  g_autoptr (BounceConfig) config = bounce_config_new_default ();
  g_autofree char *slashed = g_strconcat (g_get_home_dir (), "/", NULL);
  g_autoptr (GError) error = NULL;

  g_assert_null (bounce_config_with_value (config, "base_dir", slashed, &error));
  g_assert_error (error, BOUNCE_CORE_ERROR, BOUNCE_CORE_ERROR_INVALID);
}

static void
test_normalized (void)
{
  g_autoptr (BounceConfig) config = bounce_config_new_default ();
  g_autoptr (BounceConfig) title = bounce_config_with_value (config, "ae_title", "  AB ", NULL);
  g_autoptr (BounceConfig) folder =
      bounce_config_with_value (config, "base_dir", "/a//b/../c/", NULL);
  g_autoptr (BounceConfig) endpoint =
      bounce_config_with_value (config, "api_endpoint", "HTTPS://x.example/api//", NULL);
  g_autofree char *url = bounce_config_dup_api_endpoint (endpoint);

  g_assert_cmpstr (bounce_config_get_ae_title (title), ==, "AB");
  g_assert_cmpstr (bounce_config_get_base_dir (folder), ==, "/a/c");
  g_assert_cmpstr (url, ==, "https://x.example/api");
}

static void
test_endpoint_follows_key (void)
{
  g_autoptr (BounceConfig) config = bounce_config_new_default ();
  g_autoptr (BounceApiKey) key = bounce_api_key_parse (KEY, NULL);
  g_autoptr (BounceConfig) with_key = bounce_config_with_api_key (config, key);
  g_autoptr (BounceConfig) with_endpoint =
      bounce_config_with_value (with_key, "api_endpoint", "http://localhost:1", NULL);
  g_autoptr (BounceConfig) without =
      bounce_config_with_value (with_endpoint, "api_endpoint", "", NULL);
  g_autoptr (BounceConfig) no_key = bounce_config_with_value (with_key, "api_key", "", NULL);
  g_autofree char *first = bounce_config_dup_api_endpoint (with_key);
  g_autofree char *second = bounce_config_dup_api_endpoint (with_endpoint);
  g_autofree char *third = bounce_config_dup_api_endpoint (without);

  g_assert_cmpstr (first, ==, "https://au.aurabox.app");
  g_assert_cmpstr (second, ==, "http://localhost:1");
  g_assert_cmpstr (third, ==, "https://au.aurabox.app");
  g_assert_null (bounce_config_get_api_key (no_key));
}

static void
test_json_types (void)
{
  g_autoptr (GPtrArray) warnings = NULL;
  g_autoptr (GError) error = NULL;
  g_autoptr (BounceConfig) config =
      read_json ("{\"api_key\":\"" KEY "\",\"port\":\"104\",\"ip_address\":\"::1\","
                 "\"ae_title\":\"AB\",\"base_dir\":\"/srv/b\",\"delete_after_success\":true,"
                 "\"send_logs\":\"yes\",\"quiet_period_seconds\":60,\"max_associations\":null}",
                 &warnings, &error);

  g_assert_no_error (error);
  g_assert_cmpuint (warnings->len, ==, 0);
  g_assert_cmpstr (bounce_api_key_get_text (bounce_config_get_api_key (config)), ==, KEY);
  g_assert_cmpuint (bounce_config_get_port (config), ==, 104);
  g_assert_cmpstr (bounce_config_get_ip_address (config), ==, "::1");
  g_assert_true (bounce_config_get_delete_after_success (config));
  g_assert_true (bounce_config_get_send_logs (config));
  g_assert_cmpuint (bounce_config_get_quiet_period_seconds (config), ==, 60);
  g_assert_cmpuint (bounce_config_get_max_associations (config), ==, 64);
}

/* What earlier versions wrote: strings throughout, a relative folder, empty where never set. */
static void
test_store_json (void)
{
  g_autoptr (GPtrArray) warnings = NULL;
  g_autoptr (GError) error = NULL;
  g_autoptr (BounceConfig) config =
      read_json ("{\"api_key\":\"\",\"port\":\"9090\",\"ip_address\":\"\",\"ae_title\":\"\","
                 "\"base_dir\":\"./tmp/dicom_storage\",\"delete_after_success\":\"no\","
                 "\"send_logs\":\"no\",\"window\":{\"x\":1}}",
                 &warnings, &error);

  g_assert_no_error (error);
  g_assert_null (bounce_config_get_api_key (config));
  g_assert_cmpstr (bounce_config_get_ae_title (config), ==, "BOUNCE");
  g_assert_cmpstr (bounce_config_get_base_dir (config), ==, "/etc/bounce/tmp/dicom_storage");
  g_assert_cmpuint (warnings->len, ==, 2);
  g_assert_cmpstr (g_ptr_array_index (warnings, 0), ==,
                   "base_dir: the path \"./tmp/dicom_storage\" is relative, taken as "
                   "/etc/bounce/tmp/dicom_storage");
  g_assert_cmpstr (g_ptr_array_index (warnings, 1), ==, "Unknown setting \"window\"");
}

static void
test_json_refused (void)
{
  const struct
  {
    const char *text, *message;
  } wrong[] = {
    { "[]", "the settings are not a JSON object" },
    { "7", "the settings are not a JSON object" },
    { "{", "not JSON: string expected in line 1, column 2" },
    { "{\"port\":0}", "port: \"0\" is not allowed, expected 1 to 65535" },
    { "{\"port\":true}", "port: \"yes\" is not allowed, expected 1 to 65535" },
    { "{\"port\":90.5}", "port: the value has the wrong type, expected 1 to 65535" },
    { "{\"port\":[9090]}", "port: the value has the wrong type, expected 1 to 65535" },
    { "{\"send_logs\":{}}", "send_logs: the value has the wrong type, expected yes or no" },
    { "{\"port\":1,\"port\":2}", "port: given twice" },
    { "{\"ae_title\":\"a\\nb\"}",
      "ae_title: \"a?b\" is not allowed, expected 1 to 16 ASCII characters without backslash" },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (wrong); i++)
    {
      g_autoptr (GError) error = NULL;

      g_assert_null (read_json (wrong[i].text, NULL, &error));
      g_assert_error (error, BOUNCE_CORE_ERROR, BOUNCE_CORE_ERROR_INVALID);
      g_assert_cmpstr (error->message, ==, wrong[i].message);
    }
}

static void
test_json_key_not_quoted (void)
{
  const char *const texts[] = {
    "{\"api_key\":\"aura_au_bounc_jo_SECRET\"}",
    "{\"api_key\":[\"SECRET\"]}",
    "{\"api_key\":\"aura_au_bounce_jo_SECRET\",,}",
    "{\"api_key\":SECRET}",
  };

  for (gsize i = 0; i < G_N_ELEMENTS (texts); i++)
    {
      g_autoptr (GError) error = NULL;

      g_assert_null (read_json (texts[i], NULL, &error));
      g_assert_error (error, BOUNCE_CORE_ERROR, BOUNCE_CORE_ERROR_INVALID);
      g_assert_null (strstr (error->message, "SECRET"));
    }
}

static void
test_to_json (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (BounceConfig) config = read_json (
      "{\"api_key\":\"" KEY "\",\"port\":104,\"base_dir\":\"/srv/b\",\"send_logs\":true}", NULL,
      &error);
  g_autoptr (JsonNode) node = bounce_config_to_json (config);
  g_autofree char *text = bounce_json_to_text (node, FALSE);
  JsonObject *object = json_node_get_object (node);

  g_assert_null (strstr (text, "SECRET"));
  g_assert_cmpstr (bounce_json_get_string (object, "api_key"), ==, "aura_au_bounce_****");
  g_assert_cmpstr (bounce_json_get_string (object, "api_endpoint"), ==, "https://au.aurabox.app");
  g_assert_cmpint (bounce_json_get_int (object, "port", 0), ==, 104);
  g_assert_cmpstr (bounce_json_get_string (object, "send_logs"), ==, "yes");
  g_assert_cmpstr (bounce_json_get_string (object, "delete_after_success"), ==, "no");
  g_assert_false (json_object_has_member (object, "api_key_file"));
}

static void
test_compare (void)
{
  const struct
  {
    const char *key, *value;
    BounceConfigChange change;
  } changes[] = {
    { "port", "9090", BOUNCE_CONFIG_CHANGE_NOTHING },
    { "port", "1", BOUNCE_CONFIG_CHANGE_RECEIVER },
    { "ip_address", "::", BOUNCE_CONFIG_CHANGE_RECEIVER },
    { "ae_title", "X", BOUNCE_CONFIG_CHANGE_RECEIVER },
    { "max_associations", "1", BOUNCE_CONFIG_CHANGE_RECEIVER },
    { "base_dir", "/x", BOUNCE_CONFIG_CHANGE_START },
    { "api_key", KEY, BOUNCE_CONFIG_CHANGE_NOW },
    { "api_endpoint", "https://x", BOUNCE_CONFIG_CHANGE_UPLOADER },
    { "max_concurrent_uploads", "1", BOUNCE_CONFIG_CHANGE_NOW },
    { "retry_base_seconds", "1", BOUNCE_CONFIG_CHANGE_NOW },
    { "retry_cap_seconds", "1", BOUNCE_CONFIG_CHANGE_NOW },
    { "max_upload_attempts", "1", BOUNCE_CONFIG_CHANGE_NOW },
    { "delete_after_success", "yes", BOUNCE_CONFIG_CHANGE_NOW },
    { "send_logs", "yes", BOUNCE_CONFIG_CHANGE_NOW },
    { "quiet_period_seconds", "1", BOUNCE_CONFIG_CHANGE_NOW },
  };
  g_autoptr (BounceConfig) before = bounce_config_new_default ();

  for (gsize i = 0; i < G_N_ELEMENTS (changes); i++)
    {
      g_autoptr (BounceConfig) after =
          bounce_config_with_value (before, changes[i].key, changes[i].value, NULL);

      g_assert_cmpint (bounce_config_compare (before, after), ==, changes[i].change);
      g_assert_cmpint (bounce_config_compare (after, after), ==, BOUNCE_CONFIG_CHANGE_NOTHING);
    }
}

int
main (int argc, char **argv)
{
  G_GNUC_UNUSED g_autoptr (BounceTestDirs) dirs = bounce_test_dirs_new ();

  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/config/defaults", test_defaults);
  g_test_add_func ("/config/ranges", test_ranges);
  g_test_add_func ("/config/messages", test_messages);
  g_test_add_func ("/config/home-refused", test_home_refused);
  g_test_add_func ("/config/normalized", test_normalized);
  g_test_add_func ("/config/endpoint-follows-key", test_endpoint_follows_key);
  g_test_add_func ("/config/json/types", test_json_types);
  g_test_add_func ("/config/json/store-json", test_store_json);
  g_test_add_func ("/config/json/refused", test_json_refused);
  g_test_add_func ("/config/json/key-not-quoted", test_json_key_not_quoted);
  g_test_add_func ("/config/to-json", test_to_json);
  g_test_add_func ("/config/compare", test_compare);
  return g_test_run ();
}
