/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* UIDs and AE titles: the checks that stand between a name from the network and a path, and the
 * making of new identifiers. Pure functions, any thread. */

#include "config.h"

#include "bounce-uid.h"

#include <string.h>

#define AE_TITLE_MAX_LENGTH 16

/* A UUID is a 128-bit number: at most 39 decimal digits. */
#define UUID_DECIMAL_DIGITS 39

/**
 * bounce_uid_is_valid:
 * @uid: (nullable): text from anywhere
 *
 * Whether @uid may become a path component: digits and dots, 1 to 64 characters, no component
 * empty. Leading zeroes within a component are let through, because devices write them.
 *
 * Thread: any.
 * Source: PS3.5 9.1.
 * Returns: %TRUE if it is
 */
gboolean
bounce_uid_is_valid (const char *uid)
{
  size_t length;

  if (uid == NULL)
    return FALSE;
  length = strspn (uid, "0123456789.");
  if (length == 0 || length > BOUNCE_UID_MAX_LENGTH || uid[length] != '\0')
    return FALSE;
  return uid[0] != '.' && uid[length - 1] != '.' && strstr (uid, "..") == NULL;
}

/* Multiplies the decimal number in digits (least significant first) by 16 and adds nibble. */
static void
append_nibble (guint8 *digits, size_t n_digits, int nibble)
{
  int carry = nibble;

  for (size_t i = 0; i < n_digits; i++)
    {
      int value = digits[i] * 16 + carry;

      digits[i] = (guint8) (value % 10);
      carry = value / 10;
    }
  g_assert (carry == 0);
}

/**
 * bounce_uid_generate:
 *
 * Makes a UID from a random UUID.
 *
 * Shape: `2.25.` and the UUID as a decimal number, at most 44 characters.
 * Thread: any.
 * Source: PS3.5 B.2.
 * Returns: (transfer full): the UID
 */
char *
bounce_uid_generate (void)
{
  g_autofree char *uuid = g_uuid_string_random ();
  guint8 digits[UUID_DECIMAL_DIGITS] = { 0 };
  size_t n_digits = UUID_DECIMAL_DIGITS;
  GString *uid = g_string_new ("2.25.");

  for (const char *p = uuid; *p != '\0'; p++)
    {
      if (g_ascii_isxdigit (*p))
        append_nibble (digits, G_N_ELEMENTS (digits), g_ascii_xdigit_value (*p));
    }
  while (n_digits > 1 && digits[n_digits - 1] == 0)
    n_digits--;
  while (n_digits > 0)
    g_string_append_c (uid, (char) ('0' + digits[--n_digits]));
  return g_string_free (uid, FALSE);
}

/**
 * bounce_upload_id_generate:
 *
 * Makes an `upload_id`: a version 4 UUID.
 *
 * Thread: any.
 * Source: the reference document, `upload_id` of init.
 * Returns: (transfer full): 36 characters, lower case
 */
char *
bounce_upload_id_generate (void)
{
  return g_uuid_string_random ();
}

/**
 * bounce_ae_title_is_valid:
 * @ae_title: (nullable): text from anywhere
 *
 * Whether @ae_title is an application entity title: 1 to 16 characters of the default repertoire
 * without backslash and control characters, and not only spaces.
 *
 * Thread: any.
 * Source: PS3.5 6.2, value representation AE.
 * Returns: %TRUE if it is
 */
gboolean
bounce_ae_title_is_valid (const char *ae_title)
{
  gboolean has_text = FALSE;
  size_t length = 0;

  if (ae_title == NULL)
    return FALSE;
  for (; ae_title[length] != '\0'; length++)
    {
      if (length >= AE_TITLE_MAX_LENGTH || !g_ascii_isprint (ae_title[length])
          || ae_title[length] == '\\')
        return FALSE;
      has_text = has_text || ae_title[length] != ' ';
    }
  return has_text;
}
