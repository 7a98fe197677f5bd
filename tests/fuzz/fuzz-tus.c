/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* Headers of TUS replies. The input's first byte picks the header, the rest is its value. Whatever
 * is accepted must keep what the callers rely on. */

#include "bounce-http.h"
#include "bounce-tus-headers.h"

#include <string.h>

int LLVMFuzzerTestOneInput (const guint8 *data, gsize size);

#define ENDPOINT        "https://upload.example:8443/files/"
#define NOW_SECONDS     1700000000
#define SECONDS_PER_DAY 86400

static void
check_location (const char *text)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *url = bounce_tus_resolve_location (ENDPOINT, text, &error);

  g_assert_true ((url != NULL) == (error == NULL));
  if (url != NULL)
    g_assert_true (g_ascii_strncasecmp (url, "https://upload.example:8443", 27) == 0
                   && (url[27] == '/' || url[27] == '?' || url[27] == '\0'));
}

static void
check_length (const char *text)
{
  guint64 value = 0;

  if (bounce_tus_parse_length (text, &value))
    g_assert_cmpuint (value, <=, G_MAXINT64);
}

static void
check_times (const char *text)
{
  gint64 wait = bounce_http_parse_retry_after (text, NOW_SECONDS);

  g_assert_true (wait >= 0 && wait <= SECONDS_PER_DAY);
  g_assert_cmpint (bounce_tus_parse_expires (text), >=, 0);
}

int
LLVMFuzzerTestOneInput (const guint8 *data, gsize size)
{
  g_autofree char *text = NULL;

  if (size == 0)
    return 0;
  text = g_strndup ((const char *) data + 1, size - 1);
  switch (data[0])
    {
    case 'l':
      check_location (text);
      break;
    case 'o':
      check_length (text);
      break;
    default:
      check_times (text);
      break;
    }

  return 0;
}
