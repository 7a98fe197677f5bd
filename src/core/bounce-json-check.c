/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* The grammar check before json-glib: RFC 8259 to the letter, without recursion, in one pass.
 * Refused beyond the grammar: nesting deeper than BOUNCE_JSON_MAX_DEPTH, numbers that fit neither
 * 64 bits nor double, NUL and unpaired surrogates in strings (C strings would end early, UTF-8
 * would break). An error says what and where, and never quotes the text, which may hold a key or a
 * name. */

#include "config.h"

#include "bounce-json-private.h"

#include "bounce-core-error.h"

#include <math.h>
#include <string.h>

typedef struct
{
  const char *start;
  const char *at;
  const char *end;
  const char *problem; /* (nullable) static text, once something is wrong */
  char closers[BOUNCE_JSON_MAX_DEPTH];
  int depth;
} Scan;

static gboolean
fail (Scan *scan, const char *problem)
{
  if (scan->problem == NULL)
    scan->problem = problem;
  return FALSE;
}

static char
peek (const Scan *scan)
{
  return scan->at < scan->end ? *scan->at : '\0';
}

static void
skip_space (Scan *scan)
{
  while (scan->at < scan->end && memchr (" \t\n\r", *scan->at, 4) != NULL)
    scan->at++;
}

static gboolean
skip_word (Scan *scan, const char *word)
{
  size_t length = strlen (word);

  if ((size_t) (scan->end - scan->at) < length || memcmp (scan->at, word, length) != 0)
    return fail (scan, "unknown word");
  scan->at += length;
  return TRUE;
}

/* The four digits after "\u"; -1 if they are not there. */
static int
read_escaped_unit (Scan *scan)
{
  int unit = 0;

  for (int i = 0; i < 4; i++)
    {
      if (!g_ascii_isxdigit (peek (scan)))
        return -1;
      unit = unit * 16 + g_ascii_xdigit_value (*scan->at++);
    }
  return unit;
}

static gboolean
skip_unicode_escape (Scan *scan)
{
  int unit = read_escaped_unit (scan);

  if (unit <= 0)
    return fail (scan, "bad \\u escape");
  if (unit < 0xD800 || unit > 0xDFFF)
    return TRUE;
  if (unit > 0xDBFF || !skip_word (scan, "\\u"))
    return fail (scan, "unpaired surrogate");
  unit = read_escaped_unit (scan);
  return (unit >= 0xDC00 && unit <= 0xDFFF) || fail (scan, "unpaired surrogate");
}

static gboolean
skip_string (Scan *scan)
{
  if (peek (scan) != '"')
    return fail (scan, "string expected");
  scan->at++;
  while (scan->at < scan->end)
    {
      guchar c = (guchar) *scan->at++;

      if (c == '"')
        return TRUE;
      if (c < 0x20)
        return fail (scan, "control character in a string");
      if (c != '\\')
        continue;
      c = (guchar) peek (scan);
      scan->at += c != '\0';
      if (c == 'u' ? !skip_unicode_escape (scan) : c == '\0' || strchr ("\"\\/bfnrt", c) == NULL)
        return fail (scan, "bad escape");
    }
  return fail (scan, "string without an end");
}

static size_t
skip_digits (Scan *scan)
{
  const char *first = scan->at;

  while (g_ascii_isdigit (peek (scan)))
    scan->at++;
  return (size_t) (scan->at - first);
}

/* Fraction and exponent, each optional. is_integer: neither was there. */
static gboolean
skip_number_tail (Scan *scan, gboolean *is_integer)
{
  *is_integer = TRUE;
  if (peek (scan) == '.')
    {
      *is_integer = FALSE;
      scan->at++;
      if (skip_digits (scan) == 0)
        return fail (scan, "bad number");
    }
  if (peek (scan) == 'e' || peek (scan) == 'E')
    {
      *is_integer = FALSE;
      scan->at++;
      if (peek (scan) == '+' || peek (scan) == '-')
        scan->at++;
      if (skip_digits (scan) == 0)
        return fail (scan, "bad number");
    }
  return TRUE;
}

/* JSON has no limit, double has: what becomes infinite could not be written again. */
static gboolean
is_finite (const char *number, const char *end)
{
  g_autofree char *text = g_strndup (number, (gsize) (end - number));

  return isfinite (g_ascii_strtod (text, NULL));
}

static gboolean
skip_number (Scan *scan)
{
  /* INT64_MAX has 19 digits; one less always fits. */
  const size_t most_digits = 18;
  const char *start = scan->at;
  gboolean is_integer;
  const char *digits;
  size_t n_digits;

  scan->at += peek (scan) == '-';
  digits = scan->at;
  n_digits = skip_digits (scan);
  if (n_digits == 0 || (n_digits > 1 && digits[0] == '0'))
    return fail (scan, "bad number");
  if (!skip_number_tail (scan, &is_integer))
    return FALSE;
  return (is_integer ? n_digits <= most_digits : is_finite (start, scan->at))
         || fail (scan, "number out of range");
}

static gboolean
skip_scalar (Scan *scan)
{
  switch (peek (scan))
    {
    case '"':
      return skip_string (scan);
    case 't':
      return skip_word (scan, "true");
    case 'f':
      return skip_word (scan, "false");
    case 'n':
      return skip_word (scan, "null");
    default:
      if (peek (scan) != '-' && !g_ascii_isdigit (peek (scan)))
        return fail (scan, "value expected");
      return skip_number (scan);
    }
}

static gboolean
skip_member_name (Scan *scan)
{
  skip_space (scan);
  if (!skip_string (scan))
    return FALSE;
  skip_space (scan);
  return skip_word (scan, ":");
}

/* Enters an object or array. has_value: whether a value has to come next. */
static gboolean
open_container (Scan *scan, gboolean *has_value)
{
  gboolean is_object = *scan->at++ == '{';

  if (scan->depth == BOUNCE_JSON_MAX_DEPTH)
    return fail (scan, "nested too deeply");
  scan->closers[scan->depth++] = is_object ? '}' : ']';
  skip_space (scan);
  *has_value = peek (scan) != scan->closers[scan->depth - 1];
  return !*has_value || !is_object || skip_member_name (scan);
}

/* After a value: closes what ends here. has_value: whether another value has to come next. */
static gboolean
close_containers (Scan *scan, gboolean *has_value)
{
  *has_value = FALSE;
  for (;;)
    {
      skip_space (scan);
      if (scan->depth == 0)
        return scan->at == scan->end || fail (scan, "text after the end");
      if (peek (scan) == ',')
        {
          scan->at++;
          *has_value = TRUE;
          return scan->closers[scan->depth - 1] != '}' || skip_member_name (scan);
        }
      if (peek (scan) != scan->closers[scan->depth - 1])
        return fail (scan, "comma or closing bracket expected");
      scan->at++;
      scan->depth--;
    }
}

static gboolean
scan_text (Scan *scan)
{
  gboolean has_value = TRUE;

  while (has_value)
    {
      skip_space (scan);
      if (peek (scan) == '{' || peek (scan) == '[')
        {
          if (!open_container (scan, &has_value))
            return FALSE;
          if (has_value)
            continue;
        }
      else if (!skip_scalar (scan))
        return FALSE;
      if (!close_containers (scan, &has_value))
        return FALSE;
    }
  return TRUE;
}

/* Where, as an editor shows it; columns are bytes. */
static void
set_error (const Scan *scan, GError **error)
{
  const char *line_start = scan->start;
  guint line = 1;

  for (const char *p = scan->start; p < scan->at; p++)
    if (*p == '\n')
      {
        line++;
        line_start = p + 1;
      }
  g_set_error (error, BOUNCE_CORE_ERROR, BOUNCE_CORE_ERROR_INVALID,
               "not JSON: %s in line %u, column %td", scan->problem, line,
               scan->at - line_start + 1);
}

/*
 * bounce_json_check:
 * @data: (array length=size): text from anywhere
 * @size: its length
 * @max_size: the most that is allowed
 *
 * Errors: %BOUNCE_CORE_ERROR_INVALID with what is wrong and where.
 * Returns: whether json-glib may see @data
 */
gboolean
bounce_json_check (const char *data, gsize size, gsize max_size, GError **error)
{
  Scan scan = { .start = data, .at = data, .end = data + size };

  if (size > max_size)
    {
      g_set_error (error, BOUNCE_CORE_ERROR, BOUNCE_CORE_ERROR_INVALID,
                   "the JSON text has %" G_GSIZE_FORMAT " bytes, more than %" G_GSIZE_FORMAT, size,
                   max_size);
      return FALSE;
    }
  if (!g_utf8_validate_len (data, size, NULL))
    {
      g_set_error_literal (error, BOUNCE_CORE_ERROR, BOUNCE_CORE_ERROR_INVALID,
                           "the JSON text is not UTF-8");
      return FALSE;
    }
  if (scan_text (&scan))
    return TRUE;
  set_error (&scan, error);
  return FALSE;
}
