/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "studies-fixture.h"

#include "bounce-test-wait.h"

#include "bounce-study-columns.h"
#include "bounce-study-row.h"

#include "bounce-study-rows.h"

GtkWidget *
studies_fixture_find_widget (GtkWidget *root, StudiesFixtureTest test)
{
  if (test (root))
    return root;
  for (GtkWidget *child = gtk_widget_get_first_child (root); child != NULL;
       child = gtk_widget_get_next_sibling (child))
    {
      GtkWidget *found = studies_fixture_find_widget (child, test);

      if (found != NULL)
        return found;
    }
  return NULL;
}

static gboolean
is_column_view (GtkWidget *widget)
{
  return GTK_IS_COLUMN_VIEW (widget);
}

GListModel *
studies_fixture_get_rows (StudiesFixture *fixture)
{
  return G_LIST_MODEL (gtk_column_view_get_model (fixture->view));
}

static gboolean
has_rows (StudiesFixture *fixture)
{
  return studies_fixture_get_rows (fixture) != NULL
         && g_list_model_get_n_items (studies_fixture_get_rows (fixture)) == STUDIES_FIXTURE_ROWS;
}

void
studies_fixture_set_up (StudiesFixture *fixture, gconstpointer data)
{
  service_fixture_set_up (&fixture->service, NULL);
  bounce_study_rows_insert (fixture->service.data_dir, 0, STUDIES_FIXTURE_ROWS);
  fixture->settings = g_settings_new ("cloud.aurabox.Bounce.Desktop");
  fixture->summary = bounce_status_summary_new (fixture->service.service);
  fixture->window = GTK_WINDOW (gtk_window_new ());
  fixture->page = g_object_new (BOUNCE_TYPE_STUDIES_PAGE, NULL);
  gtk_window_set_default_size (fixture->window, 1300, 700);
  gtk_window_set_child (fixture->window, GTK_WIDGET (fixture->page));
  fixture->view =
      GTK_COLUMN_VIEW (studies_fixture_find_widget (GTK_WIDGET (fixture->page), is_column_view));
  bounce_studies_page_set_service (fixture->page, fixture->service.service, fixture->summary,
                                   fixture->settings);
  gtk_window_present (fixture->window);
  bounce_test_wait_for (has_rows (fixture));
}

void
studies_fixture_tear_down (StudiesFixture *fixture, gconstpointer data)
{
  gtk_window_destroy (fixture->window);
  g_clear_object (&fixture->summary);
  g_settings_reset (fixture->settings, "columns");
  g_settings_reset (fixture->settings, "sort-column");
  g_settings_reset (fixture->settings, "sort-descending");
  g_clear_object (&fixture->settings);
  service_fixture_tear_down (&fixture->service, NULL);
}

/* The study at the top, by the number that bounce_study_rows_insert() gave it. */
guint
studies_fixture_get_first_number (StudiesFixture *fixture)
{
  g_autoptr (BounceStudyRow) row = NULL;
  BounceStudyItem *item;

  if (!has_rows (fixture))
    return G_MAXUINT;
  row = g_list_model_get_item (studies_fixture_get_rows (fixture), 0);
  item = bounce_study_row_get_study (row);
  return (guint) g_ascii_strtoull (strrchr (bounce_study_item_get_study (item)->study_uid, '.') + 1,
                                   NULL, 10);
}

void
studies_fixture_sort (StudiesFixture *fixture, const char *column, GtkSortType order)
{
  gtk_column_view_sort_by_column (fixture->view, bounce_study_columns_find (fixture->view, column),
                                  order);
}

/* As the application does: the height of the rows is there. */
void
studies_fixture_load_style (void)
{
  g_autoptr (GtkCssProvider) style = gtk_css_provider_new ();

  gtk_css_provider_load_from_resource (style, "/cloud/aurabox/Bounce/style.css");
  gtk_style_context_add_provider_for_display (gdk_display_get_default (),
                                              GTK_STYLE_PROVIDER (style),
                                              GTK_STYLE_PROVIDER_PRIORITY_APPLICATION);
}
