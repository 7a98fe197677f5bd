/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* What the window is made of: a banner speaks and gives way, and a study's state is told in words.
 * Templates as such are in test-templates.c. */

#include "config.h"

#include "bounce-test-gtk.h"

#include "bounce-banner.h"
#include "bounce-banners.h"
#include "bounce-study-words.h"

static void
test_banner (void)
{
  GtkWidget *banner = g_object_ref_sink (
      g_object_new (BOUNCE_TYPE_BANNER, "title", "The disk is full", "revealed", TRUE, NULL));

  gtk_test_accessible_assert_role (banner, GTK_ACCESSIBLE_ROLE_ALERT);
  gtk_test_accessible_assert_property (banner, GTK_ACCESSIBLE_PROPERTY_LABEL, "The disk is full");
  g_assert_finalize_object (banner);
}

static gboolean
is_seen (GtkWidget *banner)
{
  return gtk_revealer_get_reveal_child (GTK_REVEALER (adw_bin_get_child (ADW_BIN (banner))));
}

/* However much there is to say, the two most urgent are seen; when one is settled the next comes.
 */
static void
test_banners (void)
{
  GtkWidget *banners = g_object_ref_sink (g_object_new (BOUNCE_TYPE_BANNERS, NULL));
  GtkWidget *first = gtk_widget_get_first_child (adw_bin_get_child (ADW_BIN (banners)));
  GtkWidget *second = gtk_widget_get_next_sibling (first);
  GtkWidget *third = gtk_widget_get_next_sibling (second);

  for (GtkWidget *each = third; each != NULL; each = gtk_widget_get_next_sibling (each))
    bounce_banner_set_revealed (BOUNCE_BANNER (each), TRUE);
  g_assert_true (is_seen (third));
  bounce_banner_set_revealed (BOUNCE_BANNER (first), TRUE);
  bounce_banner_set_revealed (BOUNCE_BANNER (second), TRUE);
  g_assert_true (is_seen (first) && is_seen (second) && !is_seen (third));
  g_assert_true (bounce_banner_get_revealed (BOUNCE_BANNER (third)));
  bounce_banner_set_revealed (BOUNCE_BANNER (first), FALSE);
  g_assert_true (!is_seen (first) && is_seen (second) && is_seen (third));
  g_assert_finalize_object (banners);
}

static void
test_words (void)
{
  const gint64 now = 1000 * (gint64) G_USEC_PER_SEC;
  const struct
  {
    BounceStudy study;
    const char *status;
  } cases[] = {
    { { .status = (char *) "RECEIVED", .receiving_until_us = now + 1 }, "Receiving" },
    { { .status = (char *) "RECEIVED" }, "Waiting" },
    { { .status = (char *) "UPLOADING" }, "Uploading" },
    { { .status = (char *) "SENT", .local_instances = 1 }, "Delivered" },
    { { .status = (char *) "ERROR" }, "Not delivered" },
    { { .status = (char *) "ERROR", .next_attempt_at_us = now + 120 * G_USEC_PER_SEC },
      "Will retry in 2 minutes" },
    { { .status = (char *) "ERROR", .next_attempt_at_us = now }, "Will retry now" },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *status = bounce_study_words_status (&cases[i].study, now);
      g_autofree char *arrived = bounce_study_words_arrived (&cases[i].study, now);

      g_assert_cmpstr (status, ==, cases[i].status);
      g_assert_cmpuint (strlen (arrived), >, 10);
    }
}

static void
test_patient (void)
{
  g_assert_cmpstr (bounce_study_words_patient ("Müller, Änne"), ==, "Müller, Änne");
  g_assert_cmpstr (bounce_study_words_patient (""), ==, "Unnamed patient");
  g_assert_cmpstr (bounce_study_words_patient (NULL), ==, "Unnamed patient");
}

/* What is not known leaves no gap. */
static void
test_particulars (void)
{
  const struct
  {
    BounceStudy study;
    const char *text;
  } cases[] = {
    { { .patient_id = (char *) "ID1", .study_description = (char *) "CT", .study_date = NULL },
      "ID1 · CT" },
    { { .patient_id = (char *) "", .study_description = (char *) "CT" }, "CT" },
    { { .study_date = (char *) "unknown" }, "unknown" },
    { { 0 }, "" },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *text = bounce_study_words_particulars (&cases[i].study);

      g_assert_cmpstr (text, ==, cases[i].text);
    }
}

static void
test_dates (void)
{
  g_autofree char *old = bounce_study_words_date ("19240229");
  g_autofree char *young = bounce_study_words_date ("20240229");
  g_autofree char *none = bounce_study_words_date (NULL);
  g_autofree char *broken = bounce_study_words_date ("2024-02-30");
  g_autofree char *impossible = bounce_study_words_date ("20240230");
  g_autofree char *never = bounce_study_words_time (0);

  g_assert_cmpstr (none, ==, "");
  g_assert_cmpstr (broken, ==, "2024-02-30");
  g_assert_cmpstr (impossible, ==, "20240230");
  g_assert_cmpstr (never, ==, "");
  /* Many locales write two digits of the year. */
  g_assert_nonnull (strstr (old, "1924"));
  g_assert_nonnull (strstr (young, "2024"));
}

int
main (int argc, char **argv)
{
  bounce_test_gtk_init (&argc, &argv);
  g_test_add_func ("/window/banner", test_banner);
  g_test_add_func ("/window/banners", test_banners);
  g_test_add_func ("/window/words", test_words);
  g_test_add_func ("/window/patient", test_patient);
  g_test_add_func ("/window/particulars", test_particulars);
  g_test_add_func ("/window/dates", test_dates);
  return g_test_run ();
}
