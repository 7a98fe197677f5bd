/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* The digest against published values and against GChecksum. */

#include "config.h"

#include "bounce-digest.h"

#include <string.h>

static void
assert_digest (BounceDigest *digest, guint32 expected_crc32, const char *expected_sha256)
{
  guint8 sha256[BOUNCE_SHA256_LENGTH];
  guint32 crc32 = 0;
  g_autofree char *hex = NULL;

  g_assert_cmphex (bounce_digest_get_crc32 (digest), ==, expected_crc32);
  bounce_digest_finish (digest, &crc32, sha256);
  hex = bounce_sha256_to_hex (sha256);
  g_assert_cmphex (crc32, ==, expected_crc32);
  g_assert_cmpstr (hex, ==, expected_sha256);
}

static void
test_nothing (void)
{
  g_autoptr (BounceDigest) digest = bounce_digest_new ();

  bounce_digest_update (digest, NULL, 0);
  bounce_digest_update_header (digest, NULL, 0);
  assert_digest (digest, 0, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
}

/* FIPS 180-4's example and the check value of CRC-32/ISO-HDLC. */
static void
test_published (void)
{
  g_autoptr (BounceDigest) abc = bounce_digest_new ();
  g_autoptr (BounceDigest) check = bounce_digest_new ();

  bounce_digest_update (abc, "abc", 3);
  assert_digest (abc, 0x352441c2,
                 "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  bounce_digest_update (check, "123456789", 9);
  assert_digest (check, 0xcbf43926,
                 "15e2b0d3c33891ebb0f1ef609ec419420c20e320ce94c65fbc8c3312448eb225");
}

static void
test_header (void)
{
  g_autoptr (BounceDigest) digest = bounce_digest_new ();

  bounce_digest_update_header (digest, "123456", 6);
  bounce_digest_update (digest, "789", 3);
  assert_digest (digest, 0xcbf43926,
                 "35a9e381b1a27567549b5f8a6f783c167ebf809f1c4d6a9e367240484d8ce281");
}

/* Whatever the pieces, the result is that of the whole. */
static void
test_pieces (void)
{
  const gsize size = 200 * 1000 + 7;
  const gsize pieces[] = { 1, 13, 4096, 16 * 1024 - 1, 16 * 1024, 16 * 1024 + 1, 200 * 1000 + 7 };
  g_autofree guint8 *data = g_malloc (size);
  g_autofree char *expected = NULL;
  guint32 crc32 = 0;

  for (gsize i = 0; i < size; i++)
    data[i] = (guint8) g_test_rand_int ();
  expected = g_compute_checksum_for_data (G_CHECKSUM_SHA256, data, size);
  for (gsize i = 0; i < G_N_ELEMENTS (pieces); i++)
    {
      g_autoptr (BounceDigest) digest = bounce_digest_new ();

      for (gsize at = 0; at < size; at += pieces[i])
        bounce_digest_update (digest, data + at, MIN (pieces[i], size - at));
      if (i == 0)
        crc32 = bounce_digest_get_crc32 (digest);
      assert_digest (digest, crc32, expected);
    }
}

static void
test_unfinished (void)
{
  BounceDigest *digest = bounce_digest_new ();

  bounce_digest_update (digest, "abc", 3);
  bounce_digest_free (digest);
  bounce_digest_free (NULL);
}

static void
test_partial_results (void)
{
  g_autoptr (BounceDigest) digest = bounce_digest_new ();
  guint32 crc32 = 0;

  bounce_digest_update (digest, "123456789", 9);
  bounce_digest_finish (digest, &crc32, NULL);
  g_assert_cmphex (crc32, ==, 0xcbf43926);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/digest/nothing", test_nothing);
  g_test_add_func ("/digest/published", test_published);
  g_test_add_func ("/digest/header", test_header);
  g_test_add_func ("/digest/pieces", test_pieces);
  g_test_add_func ("/digest/unfinished", test_unfinished);
  g_test_add_func ("/digest/partial-results", test_partial_results);
  return g_test_run ();
}
