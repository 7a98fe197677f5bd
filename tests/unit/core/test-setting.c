/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* What a form asks: the answer is always that of the settings table, in words for people, and never
 * holds an API key. And what is said of each member of a settings file. */

#include "config.h"

#include "bounce-core-error.h"
#include "bounce-setting.h"

#include <string.h>

#define KEY "aura_au_bounce_user_SECRET_local"

static const struct
{
  const char *key;
  const char *value;
  const char *problem; /* (nullable) it is right */
} typed[] = {
  { "port", "1", NULL },
  { "port", "65535", NULL },
  { "port", "0", "Enter a number from 1 to 65535" },
  { "port", "65536", "Enter a number from 1 to 65535" },
  { "port", "104 ", "Enter a number from 1 to 65535" },
  { "port", "", "Enter a number from 1 to 65535" },
  { "port", "４２", "Enter a number from 1 to 65535" },
  { "port", "99999999999999999999999", "Enter a number from 1 to 65535" },
  { "quiet_period_seconds", "3601", "Enter a number from 1 to 3600" },
  { "ip_address", "::1", NULL },
  { "ip_address", "localhost", "Enter an IPv4 or IPv6 address" },
  { "ae_title", " STORE ", NULL },
  { "ae_title", "A\\B", "Enter 1 to 16 ASCII characters without backslash" },
  { "ae_title", "12345678901234567", "Enter 1 to 16 ASCII characters without backslash" },
  { "ae_title", "Größe", "Enter 1 to 16 ASCII characters without backslash" },
  { "api_endpoint", "", NULL },
  { "api_endpoint", "http://127.0.0.1:8080", NULL },
  { "api_endpoint", "http://example.org", "Enter an https URL, or an http URL of this machine" },
  { "base_dir", "/", "Enter the absolute path of a directory, neither / nor a home directory" },
  { "base_dir", "x", "Enter the absolute path of a directory, neither / nor a home directory" },
  { "api_key", KEY, NULL },
  { "api_key", " " KEY "\n", NULL },
  { "api_key", "", NULL },
  { "api_key", "aura_au_SECRET", "parts are missing" },
  { "api_key", "aura_AU_bounce_user_SECRET", "the region is not 2 to 8 small letters" },
  { "api_key", "aura_au_lift_user_SECRET", "it is not a key for Bounce" },
  { "api_key", "aura_au_bounce__SECRET", "the user is missing" },
  { "api_key", "aura_au_bounce_user_local", "the token is missing" },
  { "api_key", "aura_au_bounce_user_SEC RET", "it has characters that no key has, or too many" },
};

static void
test_problems (void)
{
  g_autoptr (BounceConfig) config = bounce_config_new_default ();

  for (gsize i = 0; i < G_N_ELEMENTS (typed); i++)
    {
      g_autofree char *problem = bounce_setting_dup_problem (typed[i].key, typed[i].value);
      g_autoptr (BounceConfig) changed =
          bounce_config_with_value (config, typed[i].key, typed[i].value, NULL);

      g_test_message ("%s, row %" G_GSIZE_FORMAT, typed[i].key, i);
      g_assert_cmpstr (problem, ==, typed[i].problem);
      g_assert_true ((changed != NULL) == (problem == NULL));
    }
}

/* What is shown can be given back. */
static void
test_texts (void)
{
  static const char *const keys[] = { "port",     "ip_address",           "ae_title",
                                      "base_dir", "delete_after_success", "quiet_period_seconds" };
  g_autoptr (BounceConfig) config = bounce_config_new_default ();
  g_autoptr (BounceConfig) with_key = bounce_config_with_value (config, "api_key", KEY, NULL);
  g_autofree char *endpoint = bounce_setting_dup_text (with_key, "api_endpoint");
  g_autofree char *none = bounce_setting_dup_text (config, "api_key");
  g_autofree char *masked = bounce_setting_dup_text (with_key, "api_key");

  for (gsize i = 0; i < G_N_ELEMENTS (keys); i++)
    {
      g_autofree char *text = bounce_setting_dup_text (config, keys[i]);
      g_autoptr (BounceConfig) same = bounce_config_with_value (config, keys[i], text, NULL);

      g_assert_nonnull (same);
      g_assert_cmpint (bounce_config_compare (config, same), ==, BOUNCE_CONFIG_CHANGE_NOTHING);
    }
  g_assert_cmpstr (endpoint, ==, ""); /* as it was set, not as it follows from the key */
  g_assert_cmpstr (none, ==, "");
  g_assert_null (strstr (masked, "SECRET"));
}

static const BounceConfigMember *
get_member (GPtrArray *members, guint index, const char *key)
{
  const BounceConfigMember *member = g_ptr_array_index (members, index);

  g_assert_cmpstr (member->key, ==, key);
  return member;
}

/* A store.json with something of everything: each member is told by itself. */
static void
test_members (void)
{
  static const char text[] = "{\"api_key\":\"" KEY "\",\"port\":\"104\",\"ae_title\":\"\","
                             "\"base_dir\":\"./tmp\",\"ip_address\":null,\"send_logs\":true,"
                             "\"max_associations\":[1],\"window\":{\"x\":1},\"retry\":7}";
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) members = bounce_config_list_json (text, strlen (text), "/srv/b", &error);

  g_assert_no_error (error);
  g_assert_cmpuint (members->len, ==, 7);
  g_assert_cmpstr (get_member (members, 0, "api_key")->value, ==, KEY);
  g_assert_cmpstr (get_member (members, 1, "port")->value, ==, "104");
  g_assert_cmpstr (get_member (members, 2, "base_dir")->value, ==, "/srv/b/tmp");
  g_assert_cmpstr (get_member (members, 3, "send_logs")->value, ==, "yes");
  g_assert_null (get_member (members, 4, "max_associations")->value);
  g_assert_true (get_member (members, 4, "max_associations")->is_known);
  g_assert_false (get_member (members, 5, "window")->is_known);
  g_assert_null (get_member (members, 6, "retry")->value);
}

static void
test_members_refused (void)
{
  static const char *const wrong[] = { "", "7", "[]", "{", "{\"port\":1,\"port\":2}", "\xff\xfe" };
  GString *deep = g_string_new ("{\"a\":");
  g_autofree char *text = NULL;

  for (gsize i = 0; i < G_N_ELEMENTS (wrong); i++)
    {
      g_autoptr (GError) error = NULL;

      g_assert_null (bounce_config_list_json (wrong[i], strlen (wrong[i]), NULL, &error));
      g_assert_error (error, BOUNCE_CORE_ERROR, BOUNCE_CORE_ERROR_INVALID);
    }
  for (guint i = 0; i < 100000; i++)
    g_string_append_c (deep, '[');
  text = g_string_free (deep, FALSE);
  g_assert_null (bounce_config_list_json (text, strlen (text), NULL, NULL));
}

/* A name is shown to people: not all of it, and not half a character. */
static void
test_members_long_name (void)
{
  g_autofree char *name = g_strnfill (5000, 'x');
  g_autofree char *text = g_strdup_printf ("{\"%s\":1,\"%sä\":2}", name, name + 5000 - 63);
  g_autoptr (GPtrArray) members = bounce_config_list_json (text, strlen (text), NULL, NULL);

  g_assert_cmpuint (members->len, ==, 2);
  for (guint i = 0; i < members->len; i++)
    {
      const BounceConfigMember *member = g_ptr_array_index (members, i);

      g_assert_cmpint (g_utf8_strlen (member->key, -1), <=, 64);
      g_assert_true (g_utf8_validate (member->key, -1, NULL));
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/setting/problems", test_problems);
  g_test_add_func ("/setting/texts", test_texts);
  g_test_add_func ("/setting/members", test_members);
  g_test_add_func ("/setting/members-refused", test_members_refused);
  g_test_add_func ("/setting/members-long-name", test_members_long_name);
  return g_test_run ();
}
