/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* What may reach json-glib, and what is read out of it. */

#include "config.h"

#include "bounce-core-error.h"
#include "bounce-json.h"

#include <string.h>

static JsonNode *
parse (const char *text, GError **error)
{
  return bounce_json_parse (text, strlen (text), BOUNCE_JSON_MAX_BYTES, error);
}

static const char *const accepted_texts[] = {
  "{}",
  "[]",
  " [ ] ",
  "null",
  "true",
  "false",
  "0",
  "-0",
  "-1.5e+10",
  "1E5",
  "\"\"",
  "\"a\\\"\\\\\\/\\b\\f\\n\\r\\t\\u00e4\"",
  "\"\\ud83d\\ude00\"",
  "\"Müller^Ж\"",
  "{\"a\":[1,{\"b\":null},[]],\"c\":{}}",
  "[[],[[]],{}]",
  "\t\r\n{\"a\" : 1 }\n",
  "123456789012345678",
  "[\"]\",\"}\",\"{[\"]",
  "12345678901234567890.5",
};

static void
test_accepted (void)
{

  for (gsize i = 0; i < G_N_ELEMENTS (accepted_texts); i++)
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (JsonNode) node = parse (accepted_texts[i], &error);

      g_test_message ("text %" G_GSIZE_FORMAT, i);
      g_assert_no_error (error);
      g_assert_nonnull (node);
    }
}

static const char *const refused_texts[] = {
  "",
  " ",
  "{",
  "}",
  "[",
  "]",
  "[1,]",
  "[,1]",
  "[1 2]",
  "{\"a\"}",
  "{\"a\":}",
  "{\"a\":1,}",
  "{,}",
  "{a:1}",
  "{'a':1}",
  "{1:1}",
  "{\"a\" 1}",
  "[1}",
  "{\"a\":1]",
  "[]]",
  "{} {}",
  "[] x",
  "nul",
  "nulll",
  "True",
  "undefined",
  "NaN",
  "Infinity",
  "+1",
  ".5",
  "1.",
  "1e",
  "1e+",
  "01",
  "-",
  "--1",
  "0x10",
  "1_000",
  "'a'",
  "\"",
  "\"a",
  "\"\\",
  "\"\\x\"",
  "\"\\u12\"",
  "\"\\u12g4\"",
  "\"\\u0000\"",
  "\"\\ud800\"",
  "\"\\ud800x\"",
  "\"\\ud800\\u0041\"",
  "\"\\udc00\"",
  "\"\n\"",
  "\"\t\"",
  "// a\n[]",
  "/* \" */ []",
  "[] // a",
  "var a = [];",
  "[\"\x7f\xff\"]",
  "[\"\xc3\"]",
  "1234567890123456789",
  "1e999",
  "[-5e860]",
  "-99999999999999999999",
  "[18446744073709560706]",
  "\"\xed\xa0\x80\"",
  "\xef\xbb\xbf[]",
};

static void
test_refused (void)
{

  for (gsize i = 0; i < G_N_ELEMENTS (refused_texts); i++)
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (JsonNode) node = parse (refused_texts[i], &error);

      g_test_message ("text %" G_GSIZE_FORMAT, i);
      g_assert_null (node);
      g_assert_error (error, BOUNCE_CORE_ERROR, BOUNCE_CORE_ERROR_INVALID);
    }
}

/* What is wrong is said, what was read is not. */
static void
test_error_text (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (JsonNode) node = parse ("{\"api_key\": secret}", &error);

  g_assert_null (node);
  g_assert_cmpstr (error->message, ==, "not JSON: value expected in line 1, column 13");
}

static void
test_nul_inside (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (JsonNode) node = bounce_json_parse ("[1]\0[2]", 7, BOUNCE_JSON_MAX_BYTES, &error);

  g_assert_null (node);
  g_assert_error (error, BOUNCE_CORE_ERROR, BOUNCE_CORE_ERROR_INVALID);
}

static char *
nest (int depth, const char *open, const char *close)
{
  GString *text = g_string_new (NULL);

  for (int i = 0; i < depth; i++)
    g_string_append (text, open);
  g_string_append (text, "1");
  for (int i = 0; i < depth; i++)
    g_string_append (text, close);
  return g_string_free (text, FALSE);
}

static void
test_depth (void)
{
  g_autofree char *deepest = nest (BOUNCE_JSON_MAX_DEPTH, "[", "]");
  g_autofree char *too_deep = nest (BOUNCE_JSON_MAX_DEPTH + 1, "[", "]");
  g_autofree char *objects = nest (BOUNCE_JSON_MAX_DEPTH + 1, "{\"a\":", "}");
  g_autofree char *bomb = g_strnfill (1000 * 1000, '[');
  const char *const refused[] = { too_deep, objects, bomb };
  g_autoptr (JsonNode) node = parse (deepest, NULL);

  g_assert_nonnull (node);
  for (gsize i = 0; i < G_N_ELEMENTS (refused); i++)
    {
      g_autoptr (GError) error = NULL;

      g_assert_null (parse (refused[i], &error));
      g_assert_error (error, BOUNCE_CORE_ERROR, BOUNCE_CORE_ERROR_INVALID);
      g_assert_nonnull (strstr (error->message, "nested too deeply"));
    }
}

static void
test_size (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (JsonNode) fits = bounce_json_parse ("[1]", 3, 3, NULL);
  g_autoptr (JsonNode) too_long = bounce_json_parse ("[12]", 4, 3, &error);

  g_assert_nonnull (fits);
  g_assert_null (too_long);
  g_assert_error (error, BOUNCE_CORE_ERROR, BOUNCE_CORE_ERROR_INVALID);
}

static void
test_size_limit_of_all (void)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *text = g_strnfill (BOUNCE_JSON_MAX_BYTES + 1, ' ');

  g_assert_null (bounce_json_parse (text, BOUNCE_JSON_MAX_BYTES + 1, G_MAXSIZE, &error));
  g_assert_error (error, BOUNCE_CORE_ERROR, BOUNCE_CORE_ERROR_INVALID);
}

static void
test_typed_reads (void)
{
  g_autoptr (JsonNode) node = parse (
      "{\"s\":\"text\",\"i\":7,\"d\":1.5,\"b\":true,\"n\":null,\"o\":{\"x\":1},\"a\":[1]}", NULL);
  JsonObject *object = json_node_get_object (node);
  const char *const names[] = { "s", "i", "d", "b", "n", "o", "a", "absent" };

  for (gsize i = 0; i < G_N_ELEMENTS (names); i++)
    {
      const char *name = names[i];

      g_assert_cmpstr (bounce_json_get_string (object, name), ==,
                       g_str_equal (name, "s") ? "text" : NULL);
      g_assert_cmpint (bounce_json_get_int (object, name, -3), ==,
                       g_str_equal (name, "i") ? 7 : -3);
      g_assert_cmpint (bounce_json_get_object (object, name) != NULL, ==, g_str_equal (name, "o"));
      g_assert_cmpint (bounce_json_get_array (object, name) != NULL, ==, g_str_equal (name, "a"));
    }
  g_assert_null (bounce_json_get_string (NULL, "s"));
  g_assert_cmpint (bounce_json_get_int (NULL, "i", 5), ==, 5);
}

static void
test_equal_members (void)
{
  const char *text = "{\"a\":1,\"b\":{\"a\":2},\"\\u0061\":3}";
  const char *fine = "{\"a\":1,\"b\":{\"a\":2},\"c\":{\"a\":3}}";
  g_autoptr (GError) error = NULL;
  g_autoptr (JsonNode) last = parse (text, NULL);
  g_autoptr (JsonNode) unique =
      bounce_json_parse_unique (fine, strlen (fine), BOUNCE_JSON_MAX_BYTES, &error);

  g_assert_cmpint (bounce_json_get_int (json_node_get_object (last), "a", 0), ==, 3);
  g_assert_no_error (error);
  g_assert_nonnull (unique);
  g_assert_null (bounce_json_parse_unique (text, strlen (text), BOUNCE_JSON_MAX_BYTES, &error));
  g_assert_error (error, BOUNCE_CORE_ERROR, BOUNCE_CORE_ERROR_INVALID);
  g_assert_cmpstr (error->message, ==, "a: given twice");
}

static void
test_to_text (void)
{
  g_autoptr (JsonNode) node = parse ("{\"a\":[1,\"ä\"]}", NULL);
  g_autofree char *flat = bounce_json_to_text (node, FALSE);
  g_autofree char *pretty = bounce_json_to_text (node, TRUE);
  g_autoptr (JsonNode) again = parse (pretty, NULL);

  g_assert_cmpstr (flat, ==, "{\"a\":[1,\"ä\"]}");
  g_assert_nonnull (strchr (pretty, '\n'));
  g_assert_true (json_node_equal (node, again));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/json/accepted", test_accepted);
  g_test_add_func ("/json/refused", test_refused);
  g_test_add_func ("/json/error-text", test_error_text);
  g_test_add_func ("/json/nul-inside", test_nul_inside);
  g_test_add_func ("/json/depth", test_depth);
  g_test_add_func ("/json/size", test_size);
  g_test_add_func ("/json/size-limit-of-all", test_size_limit_of_all);
  g_test_add_func ("/json/typed-reads", test_typed_reads);
  g_test_add_func ("/json/equal-members", test_equal_members);
  g_test_add_func ("/json/to-text", test_to_text);
  return g_test_run ();
}
