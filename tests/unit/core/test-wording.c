/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* Sentences: every code has one, arguments land where they belong. */

#include "config.h"

#include "bounce-wording.h"

#include <errno.h>
#include <string.h>

static GVariant *new_args (const char *first, ...) G_GNUC_NULL_TERMINATED;

static GVariant *
new_args (const char *first, ...)
{
  GVariantBuilder builder;
  va_list args;

  g_variant_builder_init (&builder, G_VARIANT_TYPE ("a{ss}"));
  va_start (args, first);
  for (const char *name = first; name != NULL; name = va_arg (args, const char *))
    {
      const char *value = va_arg (args, const char *);

      g_variant_builder_add (&builder, "{ss}", name, value);
    }
  va_end (args);
  return g_variant_ref_sink (g_variant_builder_end (&builder));
}

static void
test_every_code (void)
{
  g_autoptr (GHashTable) names = g_hash_table_new (g_str_hash, g_str_equal);

  for (int code = BOUNCE_EVENT_INSTANCE_REPLACED; code <= BOUNCE_EVENT_STORAGE_BACK; code++)
    {
      const char *name = bounce_event_code_to_name (code);
      g_autofree char *sentence = bounce_wording_event (code, NULL);

      g_assert_cmpstr (name, !=, "unknown");
      g_assert_true (g_hash_table_add (names, (gpointer) name));
      g_assert_null (strchr (sentence, '{'));
      g_assert_false (g_str_has_prefix (sentence, "Event "));
    }
}

static void
test_unknown_code (void)
{
  g_autofree char *sentence = bounce_wording_event (9999, NULL);

  g_assert_cmpstr (bounce_event_code_to_name (9999), ==, "unknown");
  g_assert_cmpstr (sentence, ==, "Event 9999");
}

static void
test_numbers (void)
{
  g_autoptr (GVariant) one =
      new_args ("study", "1.2", "instances", "1", "bytes", "1500000000", NULL);
  g_autoptr (GVariant) many = new_args ("study", "1.2", "instances", "30", "bytes", "7", NULL);
  g_autoptr (GVariant) odd = new_args ("study", "1.2", "instances", "many", NULL);
  g_autofree char *first = bounce_wording_event (BOUNCE_EVENT_STUDY_DELIVERED, one);
  g_autofree char *second = bounce_wording_event (BOUNCE_EVENT_STUDY_DELIVERED, many);
  g_autofree char *third = bounce_wording_event (BOUNCE_EVENT_STUDY_DELIVERED, odd);

  g_assert_cmpstr (first, ==, "Study 1.2 was delivered: 1 image, 1.5\xc2\xa0GB");
  g_assert_cmpstr (second, ==, "Study 1.2 was delivered: 30 images, 7 bytes");
  g_assert_cmpstr (third, ==, "Study 1.2 was delivered: many, unknown");
}

static void
test_attempts (void)
{
  g_autoptr (GVariant) args = new_args ("study", "1.2", "attempts", "10", NULL);
  g_autofree char *sentence = bounce_wording_event (BOUNCE_EVENT_RETRIES_EXHAUSTED, args);

  g_assert_cmpstr (sentence, ==,
                   "Study 1.2 has failed 10 times; attempts go on, but somebody should look");
}

static void
test_reasons (void)
{
  g_autoptr (GVariant) args =
      new_args ("study", "1.2", "reason", BOUNCE_REASON_NETWORK, "seconds", "120", NULL);
  g_autofree char *sentence = bounce_wording_event (BOUNCE_EVENT_STUDY_RETRY, args);
  const char *const codes[] = { BOUNCE_REASON_NETWORK,
                                BOUNCE_REASON_SERVER,
                                BOUNCE_REASON_BUSY,
                                BOUNCE_REASON_UNAUTHORISED,
                                BOUNCE_REASON_REJECTED,
                                BOUNCE_REASON_UNKNOWN_MODE,
                                BOUNCE_REASON_NO_KEY,
                                BOUNCE_REASON_NO_SPACE,
                                BOUNCE_REASON_FILES_REMOVED,
                                BOUNCE_REASON_FILE_MISSING,
                                BOUNCE_REASON_FILE_DAMAGED,
                                BOUNCE_REASON_TOO_LARGE,
                                BOUNCE_REASON_CHANGED,
                                BOUNCE_REASON_INTERNAL,
                                BOUNCE_REASON_STORAGE,
                                BOUNCE_REASON_MISMATCH,
                                BOUNCE_REASON_BAD_UID,
                                BOUNCE_REASON_UNREADABLE,
                                BOUNCE_REASON_NOT_DICOM,
                                BOUNCE_REASON_NO_IMAGES,
                                BOUNCE_REASON_MISSING,
                                BOUNCE_REASON_DENIED,
                                BOUNCE_REASON_LINK,
                                BOUNCE_REASON_SPECIAL_FILE,
                                BOUNCE_REASON_READ,
                                BOUNCE_REASON_NESTED,
                                BOUNCE_REASON_OWN_STORAGE,
                                BOUNCE_REASON_ENCRYPTED,
                                BOUNCE_REASON_ARCHIVE_DAMAGED,
                                BOUNCE_REASON_ARCHIVE_BOMB,
                                BOUNCE_REASON_MEDIUM_INDEX,
                                BOUNCE_REASON_NOT_LOCAL,
                                BOUNCE_REASON_CANCELLED };

  g_assert_cmpstr (sentence, ==,
                   "Study 1.2 could not be delivered: the server cannot be reached. Next attempt "
                   "in 2 minutes");
  for (gsize i = 0; i < G_N_ELEMENTS (codes); i++)
    {
      g_autofree char *reason = bounce_wording_reason (codes[i]);

      g_assert_cmpstr (reason, !=, codes[i]);
    }
}

static void
test_reason_line (void)
{
  g_autofree char *line = bounce_wording_reason_line (BOUNCE_REASON_LINK);
  g_autofree char *none = bounce_wording_reason_line ("");

  g_assert_cmpstr (line, ==, "Symbolic links are not followed");
  g_assert_cmpstr (none, ==, "");
}

static void
test_errno (void)
{
  g_assert_cmpstr (bounce_reason_from_errno (ENOENT), ==, BOUNCE_REASON_MISSING);
  g_assert_cmpstr (bounce_reason_from_errno (ENOTDIR), ==, BOUNCE_REASON_MISSING);
  g_assert_cmpstr (bounce_reason_from_errno (EACCES), ==, BOUNCE_REASON_DENIED);
  g_assert_cmpstr (bounce_reason_from_errno (ELOOP), ==, BOUNCE_REASON_LINK);
  g_assert_cmpstr (bounce_reason_from_errno (ENOTSUP), ==, BOUNCE_REASON_SPECIAL_FILE);
  g_assert_cmpstr (bounce_reason_from_errno (EIO), ==, BOUNCE_REASON_READ);
}

static void
test_imported (void)
{
  g_autoptr (GVariant) args = new_args ("instances", "3", "same", "1", "refused", "2", NULL);
  g_autofree char *sentence = bounce_wording_event (BOUNCE_EVENT_IMPORTED, args);

  g_assert_cmpstr (sentence, ==,
                   "An import ended: 3 images taken, 1 already here, 2 files refused");
}

/* What an argument brings is text, whatever it looks like. */
static void
test_hostile_argument (void)
{
  g_autoptr (GVariant) args = new_args ("reason", "{study} %s {", "study", "1.2", NULL);
  g_autofree char *sentence = bounce_wording_event (BOUNCE_EVENT_INSTANCE_REFUSED, args);

  g_assert_cmpstr (sentence, ==, "An image was refused: {study} %s {");
}

static void
test_statuses (void)
{
  g_autofree char *sent = bounce_wording_status ("SENT");
  g_autofree char *other = bounce_wording_status ("PAUSED");

  g_assert_cmpstr (sent, ==, "Sent");
  g_assert_cmpstr (other, ==, "PAUSED");
}

static void
test_durations (void)
{
  const struct
  {
    gint64 seconds;
    const char *text;
  } durations[] = {
    { -5, "0 seconds" },   { 1, "1 second" },         { 89, "89 seconds" },
    { 90, "2 minutes" },   { 60 * 60, "60 minutes" }, { 5400, "2 hours" },
    { 86400, "24 hours" }, { 36 * 3600, "2 days" },   { 864000, "10 days" },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (durations); i++)
    {
      g_autofree char *text = bounce_wording_duration (durations[i].seconds * G_USEC_PER_SEC);

      g_assert_cmpstr (text, ==, durations[i].text);
    }
}

static void
test_durations_extreme (void)
{
  g_autofree char *longest = bounce_wording_duration (G_MAXINT64);
  g_autofree char *shortest = bounce_wording_duration (G_MININT64);
  g_autofree char *rounded = bounce_wording_duration (1500 * 1000);

  g_assert_true (g_str_has_suffix (longest, " days"));
  g_assert_cmpstr (shortest, ==, "0 seconds");
  g_assert_cmpstr (rounded, ==, "2 seconds");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/wording/every-code", test_every_code);
  g_test_add_func ("/wording/unknown-code", test_unknown_code);
  g_test_add_func ("/wording/numbers", test_numbers);
  g_test_add_func ("/wording/attempts", test_attempts);
  g_test_add_func ("/wording/reasons", test_reasons);
  g_test_add_func ("/wording/reason-line", test_reason_line);
  g_test_add_func ("/wording/errno", test_errno);
  g_test_add_func ("/wording/imported", test_imported);
  g_test_add_func ("/wording/hostile-argument", test_hostile_argument);
  g_test_add_func ("/wording/statuses", test_statuses);
  g_test_add_func ("/wording/durations", test_durations);
  g_test_add_func ("/wording/durations/extreme", test_durations_extreme);
  return g_test_run ();
}
