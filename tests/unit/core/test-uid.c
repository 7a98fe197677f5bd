/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* UIDs, AE titles and generated identifiers. */

#include "config.h"

#include "bounce-uid.h"

#include <string.h>

static void
test_valid (void)
{
  g_autofree char *longest = g_strnfill (BOUNCE_UID_MAX_LENGTH, '1');
  const char *const valid[] = { "1", "1.2", "1.2.840.10008.5.1.4.1.1.2", "0.0", "1.02.3", longest };

  for (gsize i = 0; i < G_N_ELEMENTS (valid); i++)
    {
      g_test_message ("%s", valid[i]);
      g_assert_true (bounce_uid_is_valid (valid[i]));
    }
}

static void
test_invalid (void)
{
  g_autofree char *too_long = g_strnfill (BOUNCE_UID_MAX_LENGTH + 1, '1');
  const char *const invalid[] = { NULL,     "",      ".",    "..",    ".1",     "1.",
                                  "1..2",   "1.2.",  "../1", "1/2",   "1.2\n",  " 1.2",
                                  "1.2 ",   "1.2a",  "1.-2", "1\\2",  "1.2%00", "１.２",
                                  too_long, "1.2\t", "~",    "1.2;rm" };

  for (gsize i = 0; i < G_N_ELEMENTS (invalid); i++)
    {
      g_test_message ("%s", invalid[i] != NULL ? invalid[i] : "(null)");
      g_assert_false (bounce_uid_is_valid (invalid[i]));
    }
}

static void
test_generate (void)
{
  g_autoptr (GHashTable) seen = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);

  for (int i = 0; i < 1000; i++)
    {
      char *uid = bounce_uid_generate ();

      g_assert_true (bounce_uid_is_valid (uid));
      g_assert_true (g_str_has_prefix (uid, "2.25."));
      g_assert_cmpint (uid[5], !=, '0');
      /* A version 4 UUID is at least 2^78 whatever its first digits: 24 decimal digits or more. */
      g_assert_cmpuint (strlen (uid), >=, strlen ("2.25.") + 24);
      g_assert_cmpuint (strlen (uid), <=, 44);
      g_assert_true (g_hash_table_add (seen, uid));
    }
}

static void
test_upload_id (void)
{
  g_autofree char *first = bounce_upload_id_generate ();
  g_autofree char *second = bounce_upload_id_generate ();

  g_assert_true (g_uuid_string_is_valid (first));
  g_assert_cmpint (first[14], ==, '4');
  g_assert_cmpstr (first, !=, second);
}

static void
test_ae_title (void)
{
  const char *const valid[] = { "A", "BOUNCE", "ANY-SCP 1", "SIXTEEN_CHARS_16", " B " };
  const char *const invalid[] = {
    NULL, "", " ", "                ", "SEVENTEEN_CHARS17", "A\\B", "A\nB", "Ä", "A\x7f"
  };

  for (gsize i = 0; i < G_N_ELEMENTS (valid); i++)
    g_assert_true (bounce_ae_title_is_valid (valid[i]));
  for (gsize i = 0; i < G_N_ELEMENTS (invalid); i++)
    g_assert_false (bounce_ae_title_is_valid (invalid[i]));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/uid/valid", test_valid);
  g_test_add_func ("/uid/invalid", test_invalid);
  g_test_add_func ("/uid/generate", test_generate);
  g_test_add_func ("/uid/upload-id", test_upload_id);
  g_test_add_func ("/uid/ae-title", test_ae_title);
  return g_test_run ();
}
