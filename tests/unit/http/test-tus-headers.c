/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* What servers write into headers, as values. */

#include "config.h"

#include "bounce-http.h"
#include "bounce-tus-headers.h"

/* Sun, 06 Nov 1994 08:49:37 GMT, the date of RFC 9110. */
#define RFC_DATE G_GINT64_CONSTANT (784111777)

static void
test_length (void)
{
  static const struct
  {
    const char *text;
    gboolean is_valid;
    guint64 value;
  } rows[] = {
    { "0", TRUE, 0 },
    { "007", TRUE, 7 },
    { "524288000", TRUE, 524288000 },
    { "9223372036854775807", TRUE, G_MAXINT64 },
    { "9223372036854775808", FALSE, 0 },
    { "99999999999999999999", FALSE, 0 },
    { "18446744073709551616", FALSE, 0 },
    { NULL, FALSE, 0 },
    { "", FALSE, 0 },
    { " 1", FALSE, 0 },
    { "-1", FALSE, 0 },
    { "+1", FALSE, 0 },
    { "1.0", FALSE, 0 },
    { "0x10", FALSE, 0 },
    { "1, 1", FALSE, 0 },
    { "\xd9\xa1", FALSE, 0 },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      guint64 value = 42;

      g_assert_true (bounce_tus_parse_length (rows[i].text, &value) == rows[i].is_valid);
      g_assert_cmpuint (value, ==, rows[i].is_valid ? rows[i].value : 42);
    }
}

static void
test_retry_after (void)
{
  static const struct
  {
    const char *text;
    gint64 seconds;
  } rows[] = {
    { "120", 120 },
    { "0", 0 },
    { "86401", 86400 },
    { "9999999999999999999", 0 },
    { "Sun, 06 Nov 1994 08:49:37 GMT", 37 },
    { "Sunday, 06-Nov-94 08:49:37 GMT", 37 },
    { "Sun Nov  6 08:49:37 1994", 37 },
    { "Sun, 06 Nov 1994 08:00:00 GMT", 0 },
    { "Sun, 06 Nov 2094 08:49:37 GMT", 86400 },
    { "-5", 0 },
    { "soon", 0 },
    { "", 0 },
    { NULL, 0 },
    { "Sun, 06 Nov 1994 08:49:37 GMT and a text far longer than any date could ever be", 0 },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++)
    g_assert_cmpint (bounce_http_parse_retry_after (rows[i].text, RFC_DATE - 37), ==,
                     rows[i].seconds);
}

static void
test_expires (void)
{
  g_assert_cmpint (bounce_tus_parse_expires ("Sun, 06 Nov 1994 08:49:37 GMT"), ==,
                   RFC_DATE * G_USEC_PER_SEC);
  g_assert_cmpint (bounce_tus_parse_expires (NULL), ==, 0);
  g_assert_cmpint (bounce_tus_parse_expires (""), ==, 0);
  g_assert_cmpint (bounce_tus_parse_expires ("never"), ==, 0);
}

static void
test_location (void)
{
  static const struct
  {
    const char *endpoint;
    const char *location;
    const char *url; /* NULL: the error */
    int code;
  } rows[] = {
    { "https://a.example/files", "https://a.example/files/1", "https://a.example/files/1" },
    { "https://a.example/files", "//a.example/files/1", "https://a.example/files/1" },
    { "https://a.example/files", "/up/1", "https://a.example/up/1" },
    { "https://a.example/files/", "1?x=y", "https://a.example/files/1?x=y" },
    { "https://a.example/files", "1", "https://a.example/1" },
    { "https://a.example/files", "https://A.EXAMPLE:443/1", "https://A.EXAMPLE:443/1" },
    { "https://a.example:8443/files", "//a.example:8443/1", "https://a.example:8443/1" },
    { "https://a.example/files", "/1#part", "https://a.example/1" },
    { "http://127.0.0.1:8080/files", "https://127.0.0.1/1", "https://127.0.0.1/1" },
    { "http://[::1]:80/files", "/1", "http://[::1]:80/1" },
    { "https://a.example/files", "https://b.example/1", NULL, BOUNCE_HTTP_ERROR_REJECTED },
    { "https://a.example/files", "//b.example/1", NULL, BOUNCE_HTTP_ERROR_REJECTED },
    { "https://a.example/files", "https://a.example.evil/1", NULL, BOUNCE_HTTP_ERROR_REJECTED },
    { "https://a.example/files", "https://a.example@b.example/1", NULL,
      BOUNCE_HTTP_ERROR_REJECTED },
    { "https://a.example/files", "https://me:pass@a.example/1", NULL, BOUNCE_HTTP_ERROR_REJECTED },
    { "https://a.example/files", "http://a.example/1", NULL, BOUNCE_HTTP_ERROR_REJECTED },
    { "https://a.example/files", "https://a.example:444/1", NULL, BOUNCE_HTTP_ERROR_REJECTED },
    { "https://a.example/files", "ftp://a.example/1", NULL, BOUNCE_HTTP_ERROR_REJECTED },
    { "https://a.example/files", "file:///etc/passwd", NULL, BOUNCE_HTTP_ERROR_REJECTED },
    { "https://a.example/files", "", NULL, BOUNCE_HTTP_ERROR_LATER },
    { "https://a.example/files", "https://a b/1", NULL, BOUNCE_HTTP_ERROR_LATER },
    { "", "/1", NULL, BOUNCE_HTTP_ERROR_INVALID },
    { "not an url", "/1", NULL, BOUNCE_HTTP_ERROR_INVALID },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autoptr (GError) error = NULL;
      g_autofree char *url =
          bounce_tus_resolve_location (rows[i].endpoint, rows[i].location, &error);

      g_test_message ("%s + %s", rows[i].endpoint, rows[i].location);
      g_assert_cmpstr (url, ==, rows[i].url);
      if (rows[i].url == NULL)
        g_assert_error (error, BOUNCE_HTTP_ERROR, rows[i].code);
      else
        g_assert_no_error (error);
    }
}

static void
test_location_too_long (void)
{
  g_autofree char *location = g_strnfill (10000, 'a');
  g_autoptr (GError) error = NULL;

  g_assert_null (bounce_tus_resolve_location ("https://a.example/files", location, &error));
  g_assert_error (error, BOUNCE_HTTP_ERROR, BOUNCE_HTTP_ERROR_LATER);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/http/tus-headers/length", test_length);
  g_test_add_func ("/http/tus-headers/retry-after", test_retry_after);
  g_test_add_func ("/http/tus-headers/expires", test_expires);
  g_test_add_func ("/http/tus-headers/location", test_location);
  g_test_add_func ("/http/tus-headers/location-too-long", test_location_too_long);

  return g_test_run ();
}
