/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* What the window is made of: every template can be instantiated (a warning of GtkBuilder ends the
 * test), what needs a label has one, a selection outlives a change of the rows, and a study's state
 * is told in words. */

#include "config.h"

#include "bounce-activity-page.h"
#include "bounce-activity-rows.h"
#include "bounce-banner.h"
#include "bounce-endpoint-box.h"
#include "bounce-log-view.h"
#include "bounce-status-bar.h"
#include "bounce-studies-page.h"
#include "bounce-study-details.h"
#include "bounce-study-selection.h"
#include "bounce-study-words.h"

static void
test_templates (void)
{
  const GType types[] = { BOUNCE_TYPE_BANNER,       BOUNCE_TYPE_ENDPOINT_BOX,
                          BOUNCE_TYPE_STATUS_BAR,   BOUNCE_TYPE_STUDY_DETAILS,
                          BOUNCE_TYPE_STUDIES_PAGE, BOUNCE_TYPE_ACTIVITY_ROW,
                          BOUNCE_TYPE_LOG_VIEW,     BOUNCE_TYPE_ACTIVITY_PAGE };

  for (gsize i = 0; i < G_N_ELEMENTS (types); i++)
    {
      GtkWidget *widget = g_object_ref_sink (g_object_new (types[i], NULL));

      g_assert_nonnull (gtk_widget_get_first_child (widget));
      g_assert_finalize_object (widget);
    }
}

static void
test_shortcuts (void)
{
  g_autoptr (GtkBuilder) builder =
      gtk_builder_new_from_resource ("/cloud/aurabox/Bounce/gtk/help-overlay.ui");
  GObject *window = gtk_builder_get_object (builder, "help_overlay");

  g_assert_true (GTK_IS_SHORTCUTS_WINDOW (window));
  gtk_window_destroy (GTK_WINDOW (window));
}

static void
test_banner (void)
{
  GtkWidget *banner = g_object_ref_sink (
      g_object_new (BOUNCE_TYPE_BANNER, "title", "The disk is full", "revealed", TRUE, NULL));

  gtk_test_accessible_assert_role (banner, GTK_ACCESSIBLE_ROLE_ALERT);
  gtk_test_accessible_assert_property (banner, GTK_ACCESSIBLE_PROPERTY_LABEL, "The disk is full");
  g_assert_finalize_object (banner);
}

/* Rows of the selection test: the id is the text. */
static gint64
get_id (GListModel *model, guint position)
{
  g_autoptr (GtkStringObject) row = g_list_model_get_item (model, position);

  return g_ascii_strtoll (gtk_string_object_get_string (row), NULL, 10);
}

static void
test_selection (void)
{
  const char *const rows[] = { "10", "20", "30", NULL };
  const char *const sorted[] = { "30", "20", "40", "10", NULL };
  g_autoptr (GtkStringList) list = gtk_string_list_new (rows);
  g_autoptr (BounceStudySelection) self = bounce_study_selection_new (G_LIST_MODEL (list), get_id);
  GtkSelectionModel *model = GTK_SELECTION_MODEL (self);
  g_autoptr (GArray) ids = NULL;

  gtk_selection_model_select_item (model, 0, TRUE);
  gtk_selection_model_select_item (model, 2, FALSE);
  g_assert_cmpuint (bounce_study_selection_get_n_selected (self), ==, 2);
  gtk_string_list_splice (list, 0, 3, sorted);
  g_assert_true (gtk_selection_model_is_selected (model, 0));
  g_assert_false (gtk_selection_model_is_selected (model, 1));
  g_assert_true (gtk_selection_model_is_selected (model, 3));
  ids = bounce_study_selection_list (self);
  g_assert_cmpint (g_array_index (ids, gint64, 0), ==, 30);
  g_assert_cmpint (g_array_index (ids, gint64, 1), ==, 10);
  gtk_selection_model_select_all (model);
  g_assert_cmpuint (bounce_study_selection_get_n_selected (self), ==, 4);
  gtk_selection_model_unselect_range (model, 1, 2);
  g_assert_cmpuint (bounce_study_selection_get_n_selected (self), ==, 2);
  gtk_selection_model_unselect_all (model);
  g_assert_cmpuint (bounce_study_selection_get_n_selected (self), ==, 0);
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
test_dates (void)
{
  g_autofree char *none = bounce_study_words_date (NULL);
  g_autofree char *broken = bounce_study_words_date ("2024-02-30");
  g_autofree char *impossible = bounce_study_words_date ("20240230");
  g_autofree char *never = bounce_study_words_time (0);

  g_assert_cmpstr (none, ==, "");
  g_assert_cmpstr (broken, ==, "2024-02-30");
  g_assert_cmpstr (impossible, ==, "20240230");
  g_assert_cmpstr (never, ==, "");
}

int
main (int argc, char **argv)
{
  gtk_test_init (&argc, &argv, NULL);
  adw_init ();
  g_test_add_func ("/window/templates", test_templates);
  g_test_add_func ("/window/shortcuts", test_shortcuts);
  g_test_add_func ("/window/banner", test_banner);
  g_test_add_func ("/window/selection", test_selection);
  g_test_add_func ("/window/words", test_words);
  g_test_add_func ("/window/dates", test_dates);
  return g_test_run ();
}
