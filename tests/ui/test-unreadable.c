/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* A database that cannot be read for a while: each place that shows something of it says so instead
 * of "nothing there", and is as it was once it can be read again. */

#include "config.h"

#include "bounce-activity-page.h"
#include "bounce-banner.h"
#include "bounce-status-bar.h"
#include "bounce-studies-page.h"
#include "bounce-study-cell.h"
#include "bounce-study-columns.h"
#include "bounce-study-row.h"
#include "bounce-test-wait.h"
#include "service-fixture.h"

#include "bounce-study-model.h"
#include "bounce-study-rows.h"

#define N_STUDIES 20

typedef struct
{
  ServiceFixture service;
  GSettings *settings;
  BounceStatusSummary *summary;
  GtkWindow *window;
  GtkWidget *part; /* what is tested */
  char *told;      /* (nullable) in a toast, the last */
} Fixture;

static void
set_up (Fixture *fixture, gconstpointer data)
{
  service_fixture_set_up (&fixture->service, NULL);
  bounce_study_rows_insert (fixture->service.data_dir, 0, N_STUDIES);
  fixture->settings = g_settings_new (BOUNCE_APPLICATION_ID ".Desktop");
  fixture->summary = bounce_status_summary_new (fixture->service.service);
  fixture->window = GTK_WINDOW (gtk_window_new ());
}

static void
tear_down (Fixture *fixture, gconstpointer data)
{
  gtk_window_destroy (fixture->window);
  g_object_run_dispose (G_OBJECT (fixture->summary));
  g_clear_object (&fixture->summary);
  g_clear_object (&fixture->settings);
  g_free (fixture->told);
  service_fixture_tear_down (&fixture->service, NULL);
}

static void
hide (Fixture *fixture, gboolean is_hidden)
{
  bounce_study_rows_hide (fixture->service.data_dir, is_hidden);
}

static void
tell_cb (GSimpleAction *action, GVariant *parameter, gpointer user_data)
{
  Fixture *fixture = user_data;

  g_free (fixture->told);
  fixture->told = g_variant_dup_string (parameter, NULL);
}

/* The window's action for toasts. */
static void
add_tell (Fixture *fixture)
{
  static const GActionEntry entry = { .name = "tell", .activate = tell_cb, .parameter_type = "s" };
  g_autoptr (GSimpleActionGroup) actions = g_simple_action_group_new ();

  g_action_map_add_action_entries (G_ACTION_MAP (actions), &entry, 1, fixture);
  gtk_widget_insert_action_group (GTK_WIDGET (fixture->window), "win", G_ACTION_GROUP (actions));
}

static void
show (Fixture *fixture, GType type)
{
  fixture->part = g_object_new (type, NULL);
  gtk_window_set_child (fixture->window, fixture->part);
  gtk_window_present (fixture->window);
}

/* Something changed, so that all is read again. */
static void
change (Fixture *fixture)
{
  const char *all[] = { NULL };

  g_signal_emit_by_name (fixture->service.service, "studies-changed", all);
}

static gpointer
get_part (Fixture *fixture, const char *name)
{
  GObject *part =
      gtk_widget_get_template_child (fixture->part, G_OBJECT_TYPE (fixture->part), name);

  g_assert_nonnull (part);
  return part;
}

static gboolean
is_told (Fixture *fixture, const char *banner)
{
  return bounce_banner_get_revealed (get_part (fixture, banner));
}

static gboolean
is_page (Fixture *fixture, const char *stack, const char *page)
{
  return g_strcmp0 (gtk_stack_get_visible_child_name (get_part (fixture, stack)), page) == 0;
}

static char *
dup_words (GtkWidget *widget)
{
  if (BOUNCE_IS_STUDY_CELL (widget))
    return bounce_study_cell_dup_words (BOUNCE_STUDY_CELL (widget));
  if (GTK_IS_LABEL (widget) && gtk_widget_get_visible (widget))
    return g_strdup (gtk_label_get_text (GTK_LABEL (widget)));
  return g_strdup ("");
}

static gboolean
has_words (GtkWidget *widget, const char *words)
{
  g_autofree char *here = dup_words (widget);

  if (strstr (here, words) != NULL)
    return TRUE;
  for (GtkWidget *each = gtk_widget_get_first_child (widget); each != NULL;
       each = gtk_widget_get_next_sibling (each))
    {
      if (has_words (each, words))
        return TRUE;
    }
  return FALSE;
}

static void
show_studies (Fixture *fixture)
{
  show (fixture, BOUNCE_TYPE_STUDIES_PAGE);
  bounce_studies_page_set_service (BOUNCE_STUDIES_PAGE (fixture->part), fixture->service.service,
                                   fixture->summary, fixture->settings);
}

static void
test_studies (Fixture *fixture, gconstpointer data)
{
  show_studies (fixture);
  bounce_test_wait_for (is_page (fixture, "stack", "table"));
  g_assert_false (is_told (fixture, "read_banner"));
  hide (fixture, TRUE);
  change (fixture);
  bounce_test_wait_for (is_told (fixture, "read_banner"));
  g_assert_true (has_words (get_part (fixture, "read_banner"), "The studies cannot be read"));
  g_assert_true (is_page (fixture, "stack", "table"));
  hide (fixture, FALSE);
  bounce_test_wait_for (!is_told (fixture, "read_banner"));
}

/* What is shown may not be what the filter says: nobody may delete "all" of that. */
static void
test_delete_all (Fixture *fixture, gconstpointer data)
{
  add_tell (fixture);
  show_studies (fixture);
  bounce_test_wait_for (is_page (fixture, "stack", "table"));
  hide (fixture, TRUE);
  bounce_studies_page_show_status (BOUNCE_STUDIES_PAGE (fixture->part), "ERROR");
  gtk_widget_activate_action (fixture->part, "studies.delete-all", NULL);
  g_assert_nonnull (fixture->told); /* not answered yet */
  g_clear_pointer (&fixture->told, g_free);
  bounce_test_wait_for (is_told (fixture, "read_banner"));
  gtk_widget_activate_action (fixture->part, "studies.delete-all", NULL);
  g_assert_nonnull (fixture->told); /* not to be had */
  hide (fixture, FALSE);
  bounce_test_wait_for (!is_told (fixture, "read_banner"));
}

static guint
count_selected (Fixture *fixture)
{
  GtkColumnView *view = get_part (fixture, "view");
  g_autoptr (GtkBitset) selected =
      gtk_selection_model_get_selection (gtk_column_view_get_model (view));

  return (guint) gtk_bitset_get_size (selected);
}

/* The rows that stay are no answer to what was searched. */
static void
test_enter (Fixture *fixture, gconstpointer data)
{
  show_studies (fixture);
  bounce_test_wait_for (is_page (fixture, "stack", "table"));
  hide (fixture, TRUE);
  bounce_studies_page_search_for (BOUNCE_STUDIES_PAGE (fixture->part), "nobody at all");
  g_signal_emit_by_name (get_part (fixture, "search_entry"), "activate");
  bounce_test_wait_for (is_told (fixture, "read_banner"));
  g_assert_cmpuint (count_selected (fixture), ==, 0);
  hide (fixture, FALSE);
  bounce_test_wait_for (!is_told (fixture, "read_banner"));
  g_assert_cmpuint (count_selected (fixture), ==, 0);
}

/* A row that is not read shows no words for what may be there. */
static void
test_unread_rows (Fixture *fixture, gconstpointer data)
{
  g_autoptr (BounceStudyModel) model = bounce_study_model_new (fixture->service.service);
  g_autoptr (GListStore) rows = g_list_store_new (BOUNCE_TYPE_STUDY_ROW);
  GtkWidget *view = gtk_column_view_new (NULL);
  g_autoptr (GtkNoSelection) selection = gtk_no_selection_new (g_object_ref (G_LIST_MODEL (rows)));
  g_autoptr (BounceStudyItem) item = NULL;
  g_autoptr (BounceStudyRow) row = NULL;

  bounce_test_wait_for (g_list_model_get_n_items (G_LIST_MODEL (model)) == N_STUDIES);
  hide (fixture, TRUE);
  item = g_list_model_get_item (G_LIST_MODEL (model), N_STUDIES - 1);
  g_assert_null (bounce_study_item_get_study (item)->study_uid);
  row = bounce_study_row_new (item);
  g_list_store_append (rows, row);
  bounce_study_columns_add (GTK_COLUMN_VIEW (view));
  gtk_column_view_set_model (GTK_COLUMN_VIEW (view), GTK_SELECTION_MODEL (selection));
  gtk_window_set_child (fixture->window, view);
  gtk_window_present (fixture->window);
  bounce_test_wait_for (has_words (view, "0")); /* images */
  g_assert_false (has_words (view, "Unnamed patient"));
  hide (fixture, FALSE);
}

/* "No Studies Yet" would be a lie. */
static void
test_no_studies_known (Fixture *fixture, gconstpointer data)
{
  hide (fixture, TRUE);
  show_studies (fixture);
  bounce_test_wait_for (is_told (fixture, "read_banner"));
  g_assert_true (is_page (fixture, "stack", "loading"));
  hide (fixture, FALSE);
  bounce_test_wait_for (!is_told (fixture, "read_banner"));
  g_assert_true (is_page (fixture, "stack", "table"));
}

static void
test_activity (Fixture *fixture, gconstpointer data)
{
  hide (fixture, TRUE);
  show (fixture, BOUNCE_TYPE_ACTIVITY_PAGE);
  bounce_activity_page_set_service (BOUNCE_ACTIVITY_PAGE (fixture->part), fixture->service.service);
  bounce_test_wait_for (is_told (fixture, "transfer_banner") && is_told (fixture, "event_banner"));
  g_assert_true (has_words (get_part (fixture, "transfer_banner"), "The transfers cannot be read"));
  g_assert_true (is_page (fixture, "transfer_stack", "loading"));
  g_assert_true (is_page (fixture, "event_stack", "loading"));
  /* Only what belongs to the list that is seen. */
  g_assert_true (gtk_widget_get_visible (get_part (fixture, "transfer_banner")));
  g_assert_false (gtk_widget_get_visible (get_part (fixture, "event_banner")));
  bounce_activity_page_show (BOUNCE_ACTIVITY_PAGE (fixture->part), "events");
  g_assert_true (gtk_widget_get_visible (get_part (fixture, "event_banner")));
  hide (fixture, FALSE);
  bounce_test_wait_for (!is_told (fixture, "transfer_banner")
                        && !is_told (fixture, "event_banner"));
  g_assert_true (is_page (fixture, "transfer_stack", "empty"));
}

static void
test_counts (Fixture *fixture, gconstpointer data)
{
  const char *unknown = "The counts cannot be read";

  show (fixture, BOUNCE_TYPE_STATUS_BAR);
  bounce_status_bar_set_summary (BOUNCE_STATUS_BAR (fixture->part), fixture->summary);
  bounce_test_wait_for (has_words (fixture->part, "2 not delivered"));
  g_assert_false (has_words (fixture->part, unknown));
  hide (fixture, TRUE);
  change (fixture);
  bounce_test_wait_for (has_words (fixture->part, unknown));
  hide (fixture, FALSE);
  bounce_test_wait_for (!has_words (fixture->part, unknown));
}

static const struct
{
  const char *path;
  void (*test) (Fixture *fixture, gconstpointer data);
} tests[] = {
  { "/unreadable/studies", test_studies },
  { "/unreadable/enter", test_enter },
  { "/unreadable/unread-rows", test_unread_rows },
  { "/unreadable/no-studies-known", test_no_studies_known },
  { "/unreadable/delete-all", test_delete_all },
  { "/unreadable/activity", test_activity },
  { "/unreadable/counts", test_counts },
};

int
main (int argc, char **argv)
{
  g_autoptr (BounceTestDirs) dirs G_GNUC_UNUSED = bounce_test_dirs_new ();

  gtk_test_init (&argc, &argv, NULL);
  adw_init ();
  for (guint i = 0; i < G_N_ELEMENTS (tests); i++)
    g_test_add (tests[i].path, Fixture, NULL, set_up, tests[i].test, tear_down);
  return g_test_run ();
}
