/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* What is selected, and where the keys go, when a search is answered, left or led to from
 * elsewhere; the studies page over a real service. */

#include "config.h"

#include "bounce-test-gtk.h"
#include "bounce-test-wait.h"
#include "studies-fixture.h"

#include "bounce-study-selection.h"

#include "bounce-study-rows.h"

static BounceStudySelection *
get_selection (StudiesFixture *fixture)
{
  return BOUNCE_STUDY_SELECTION (gtk_column_view_get_model (fixture->view));
}

/* By the number that bounce_study_rows_insert() gave it; the database counts from 1. */
static void
check_selected (StudiesFixture *fixture, gint64 number)
{
  g_assert_cmpint (bounce_study_selection_get_single (get_selection (fixture)), ==, number + 1);
}

static void
check_nothing_selected (StudiesFixture *fixture)
{
  g_assert_cmpuint (bounce_study_selection_get_n_selected (get_selection (fixture)), ==, 0);
}

static guint
count_rows (StudiesFixture *fixture)
{
  return g_list_model_get_n_items (studies_fixture_get_rows (fixture));
}

/* From a notification or another page: that study, whatever was filtered before, and none whose UID
 * only begins like that. */
static void
test_show_study (StudiesFixture *fixture, gconstpointer data)
{
  g_autofree char *study_uid = bounce_study_rows_uid (17);

  bounce_studies_page_show_status (fixture->page, "ERROR");
  bounce_test_wait_for (count_rows (fixture) == STUDIES_FIXTURE_ROWS / 10);
  bounce_studies_page_show_study (fixture->page, study_uid);
  bounce_test_wait_for (bounce_study_selection_get_n_selected (get_selection (fixture)) == 1);
  check_selected (fixture, 17);
  bounce_studies_page_show_status (fixture->page, "ERROR"); /* all that a count counts */
  bounce_test_wait_for (count_rows (fixture) == STUDIES_FIXTURE_ROWS / 10);
}

static gboolean
is_search_entry (GtkWidget *widget)
{
  return GTK_IS_SEARCH_ENTRY (widget);
}

static gboolean
has_focus (StudiesFixture *fixture, GtkWidget *widget)
{
  GtkWidget *focus = gtk_window_get_focus (fixture->window);

  return focus != NULL && gtk_widget_is_ancestor (focus, widget);
}

static void
close_search (StudiesFixture *fixture, GtkWidget *entry)
{
  g_assert_true (gtk_widget_grab_focus (entry));
  g_object_set (fixture->page, "search-mode", FALSE, NULL);
  bounce_test_wait_for (has_focus (fixture, GTK_WIDGET (fixture->view)));
}

/* Enter takes nothing of an answer to what stood there before. */
static void
test_enter (StudiesFixture *fixture, gconstpointer data)
{
  GtkWidget *entry = studies_fixture_find_widget (GTK_WIDGET (fixture->page), is_search_entry);

  bounce_studies_page_search_for (fixture->page, "acc289");
  g_signal_emit_by_name (entry, "activate");
  bounce_test_wait_for (bounce_study_selection_get_n_selected (get_selection (fixture)) == 1);
  check_selected (fixture, 289);
  bounce_studies_page_search_for (fixture->page, "nobody at all");
  g_signal_emit_by_name (entry, "activate");
  bounce_test_wait_for (count_rows (fixture) == 0);
  g_object_set (fixture->page, "search-mode", FALSE, NULL);
  bounce_test_wait_for (count_rows (fixture) == STUDIES_FIXTURE_ROWS);
  check_selected (fixture, 289);
}

/* Who closes the search before Enter is answered wants nothing of all studies. */
static void
test_enter_and_close (StudiesFixture *fixture, gconstpointer data)
{
  GtkWidget *entry = studies_fixture_find_widget (GTK_WIDGET (fixture->page), is_search_entry);
  g_autofree char *study_uid = bounce_study_rows_uid (17);

  bounce_studies_page_search_for (fixture->page, "acc28");
  bounce_test_wait_for (count_rows (fixture) < STUDIES_FIXTURE_ROWS);
  g_signal_emit_by_name (entry, "activate");
  close_search (fixture, entry);
  g_assert_cmpuint (count_rows (fixture), ==, STUDIES_FIXTURE_ROWS);
  check_nothing_selected (fixture);
  bounce_studies_page_show_study (fixture->page, study_uid);
  close_search (fixture, entry);
  check_nothing_selected (fixture);
}

int
main (int argc, char **argv)
{
  static const struct
  {
    const char *path;
    void (*func) (StudiesFixture *fixture, gconstpointer data);
  } cases[] = {
    { "/studies-search/show-study", test_show_study },
    { "/studies-search/enter", test_enter },
    { "/studies-search/enter-and-close", test_enter_and_close },
  };

  bounce_test_gtk_init (&argc, &argv);
  studies_fixture_load_style ();
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    g_test_add (cases[i].path, StudiesFixture, NULL, studies_fixture_set_up, cases[i].func,
                studies_fixture_tear_down);
  return g_test_run ();
}
