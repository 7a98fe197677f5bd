/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* The studies page over a real service: what is clicked and typed reaches the database, and what is
 * there reaches the cells. */

#include "config.h"

#include "bounce-test-gtk.h"
#include "bounce-test-wait.h"
#include "studies-fixture.h"

#include "bounce-bulk-bar.h"
#include "bounce-selection-summary.h"
#include "bounce-study-cell.h"
#include "bounce-study-columns.h"
#include "bounce-study-selection.h"
#include "bounce-study-words.h"

#include "bounce-study-model.h"
#include "bounce-study-rows.h"

#include <libintl.h>

static void
test_sort (StudiesFixture *fixture, gconstpointer data)
{
  g_autofree char *remembered = NULL;

  g_assert_cmpuint (studies_fixture_get_first_number (fixture), ==,
                    STUDIES_FIXTURE_ROWS - 1); /* the latest */
  studies_fixture_sort (fixture, "images", GTK_SORT_ASCENDING);
  bounce_test_wait_for (studies_fixture_get_first_number (fixture) == 0);
  remembered = g_settings_get_string (fixture->settings, "sort-column");
  g_assert_cmpstr (remembered, ==, "images");
  g_assert_false (g_settings_get_boolean (fixture->settings, "sort-descending"));
  studies_fixture_sort (fixture, "images", GTK_SORT_DESCENDING);
  bounce_test_wait_for (studies_fixture_get_first_number (fixture) == STUDIES_FIXTURE_ROWS - 1);
  g_assert_true (g_settings_get_boolean (fixture->settings, "sort-descending"));
}

/* --- selection --- */

static BounceStudySelection *
get_selection (StudiesFixture *fixture)
{
  return BOUNCE_STUDY_SELECTION (gtk_column_view_get_model (fixture->view));
}

/* The numbers of the selected studies, in the order of the rows. */
static char *
tell_selected (StudiesFixture *fixture)
{
  GListModel *rows = studies_fixture_get_rows (fixture);
  g_autoptr (GtkBitset) selected = gtk_selection_model_get_selection (GTK_SELECTION_MODEL (rows));
  GString *told = g_string_new (NULL);
  GtkBitsetIter iter;
  guint position;

  for (gboolean valid = gtk_bitset_iter_init_first (&iter, selected, &position); valid;
       valid = gtk_bitset_iter_next (&iter, &position))
    {
      g_autoptr (BounceStudyRow) row = g_list_model_get_item (rows, position);
      const BounceStudy *study = bounce_study_item_get_study (bounce_study_row_get_study (row));

      g_string_append_printf (told, "%s ", strrchr (study->study_uid, '.') + 1);
    }
  return g_string_free (told, FALSE);
}

static void
check_selected (StudiesFixture *fixture, const char *expected)
{
  g_autofree char *told = tell_selected (fixture);
  guint n_selected = 0;

  g_assert_cmpstr (told, ==, expected);
  for (const char *at = told; *at != '\0'; at++)
    n_selected += *at == ' ';
  g_assert_cmpuint (bounce_study_selection_get_n_selected (get_selection (fixture)), ==,
                    n_selected);
}

static void
test_selection (StudiesFixture *fixture, gconstpointer data)
{
  GtkSelectionModel *model = GTK_SELECTION_MODEL (studies_fixture_get_rows (fixture));
  g_autoptr (GtkBitset) mask = gtk_bitset_new_range (3, 2);
  g_autoptr (GtkBitset) chosen = gtk_bitset_new_range (4, 1);

  gtk_selection_model_select_item (model, 0, TRUE); /* a click */
  check_selected (fixture, "299 ");
  g_assert_cmpint (bounce_study_selection_get_single (get_selection (fixture)), ==, 300);
  gtk_selection_model_select_item (model, 2, FALSE); /* Ctrl */
  check_selected (fixture, "299 297 ");
  g_assert_cmpint (bounce_study_selection_get_single (get_selection (fixture)), ==, 0);
  gtk_selection_model_select_range (model, 1, 3, TRUE); /* Shift */
  check_selected (fixture, "298 297 296 ");
  gtk_selection_model_set_selection (model, chosen, mask);
  check_selected (fixture, "298 297 295 ");
  gtk_selection_model_unselect_item (model, 1);
  check_selected (fixture, "297 295 ");
  gtk_selection_model_select_all (model);
  g_assert_cmpuint (bounce_study_selection_get_n_selected (get_selection (fixture)), ==,
                    STUDIES_FIXTURE_ROWS);
  gtk_selection_model_unselect_range (model, 1, STUDIES_FIXTURE_ROWS - 2);
  check_selected (fixture, "299 0 ");
  gtk_selection_model_unselect_all (model);
  check_selected (fixture, "");
}

static guint
count_rows (StudiesFixture *fixture)
{
  return g_list_model_get_n_items (studies_fixture_get_rows (fixture));
}

/* Sorted, hidden by a search and back: what is selected is told by what it is, not where. */
static void
test_selection_survives (StudiesFixture *fixture, gconstpointer data)
{
  GtkSelectionModel *model = GTK_SELECTION_MODEL (studies_fixture_get_rows (fixture));

  gtk_selection_model_select_item (model, 0, FALSE);  /* 299 */
  gtk_selection_model_select_item (model, 10, FALSE); /* 289 */
  studies_fixture_sort (fixture, "received", GTK_SORT_ASCENDING);
  bounce_test_wait_for (studies_fixture_get_first_number (fixture) == 0);
  check_selected (fixture, "289 299 ");
  bounce_studies_page_search_for (fixture->page, "acc289");
  bounce_test_wait_for (count_rows (fixture) == 1);
  check_selected (fixture, "289 ");
  bounce_studies_page_search_for (fixture->page, "");
  bounce_test_wait_for (count_rows (fixture) == STUDIES_FIXTURE_ROWS);
  check_selected (fixture, "289 299 ");
  bounce_study_rows_run (fixture->service.data_dir,
                         "DELETE FROM studies WHERE study_uid LIKE '%.289';");
  g_signal_emit_by_name (fixture->service.service, "studies-changed", (const char *[]){ NULL });
  bounce_test_wait_for (count_rows (fixture) == STUDIES_FIXTURE_ROWS - 1);
  check_selected (fixture, "299 ");
}

/* GTK keeps its widgets because the items of the list are the same. */
static void
test_rows_stay (StudiesFixture *fixture, gconstpointer data)
{
  g_autoptr (BounceStudyRow) first = g_list_model_get_item (studies_fixture_get_rows (fixture), 0);
  g_autoptr (BounceStudyRow) last =
      g_list_model_get_item (studies_fixture_get_rows (fixture), STUDIES_FIXTURE_ROWS - 1);
  g_autoptr (BounceStudyRow) again = NULL;
  guint n_changes = 0;

  g_signal_connect_swapped (studies_fixture_get_rows (fixture), "items-changed",
                            G_CALLBACK (g_atomic_int_inc), &n_changes);
  studies_fixture_sort (fixture, "images", GTK_SORT_ASCENDING);
  bounce_test_wait_for (studies_fixture_get_first_number (fixture) == 0);
  again = g_list_model_get_item (studies_fixture_get_rows (fixture), 0);
  g_assert_true (again == first);
  g_assert_cmpuint (n_changes, ==, 0);
  g_assert_cmpuint (bounce_study_item_get_study (bounce_study_row_get_study (last))->instances, ==,
                    STUDIES_FIXTURE_ROWS);
  bounce_studies_page_search_for (fixture->page, "acc17");
  bounce_test_wait_for (count_rows (fixture) == 11);
  g_assert_cmpuint (n_changes, ==, 1);
  g_signal_handlers_disconnect_by_data (studies_fixture_get_rows (fixture), &n_changes);
}

/* --- the place --- */

static gboolean
is_scrolled_window (GtkWidget *widget)
{
  return GTK_IS_SCROLLED_WINDOW (widget)
         && GTK_IS_COLUMN_VIEW (gtk_scrolled_window_get_child (GTK_SCROLLED_WINDOW (widget)));
}

static GtkAdjustment *
get_place (StudiesFixture *fixture)
{
  return gtk_scrolled_window_get_vadjustment (GTK_SCROLLED_WINDOW (
      studies_fixture_find_widget (GTK_WIDGET (fixture->page), is_scrolled_window)));
}

static gboolean
is_cell (GtkWidget *widget)
{
  return BOUNCE_IS_STUDY_CELL (widget);
}

static gboolean
is_list_view (GtkWidget *widget)
{
  return GTK_IS_LIST_VIEW (widget);
}

/* The number of the study at the top of what can be seen; G_MAXUINT before it is drawn. */
static guint
get_shown_number (StudiesFixture *fixture)
{
  GtkWidget *list = studies_fixture_find_widget (GTK_WIDGET (fixture->view), is_list_view);
  GtkWidget *cell = gtk_widget_pick (list, 20, 20, GTK_PICK_DEFAULT);
  BounceStudyRow *row;

  if (cell == NULL || !is_cell (cell))
    return G_MAXUINT;
  row = gtk_list_item_get_item (bounce_study_cell_get_list_item (BOUNCE_STUDY_CELL (cell)));
  return (guint) g_ascii_strtoull (
      strrchr (bounce_study_item_get_study (bounce_study_row_get_study (row))->study_uid, '.') + 1,
      NULL, 10);
}

static void
add_studies (StudiesFixture *fixture, guint first, guint n)
{
  for (guint i = first; i < first + n; i++)
    {
      g_autofree char *study_uid = bounce_study_rows_uid (i);
      const char *study_uids[] = { study_uid, NULL };

      bounce_study_rows_insert (fixture->service.data_dir, i, 1);
      g_signal_emit_by_name (fixture->service.service, "studies-changed", study_uids);
    }
  bounce_test_wait_for (count_rows (fixture) == first + n);
}

/* At the top new studies show themselves; further down nothing moves. */
static void
test_place (StudiesFixture *fixture, gconstpointer data)
{
  GtkAdjustment *place = get_place (fixture);
  guint shown;

  bounce_test_wait_for (get_shown_number (fixture) == STUDIES_FIXTURE_ROWS - 1);
  gtk_selection_model_select_all (GTK_SELECTION_MODEL (get_selection (fixture)));
  add_studies (fixture, STUDIES_FIXTURE_ROWS, 2);
  g_assert_cmpuint (bounce_study_selection_get_n_selected (get_selection (fixture)), ==,
                    STUDIES_FIXTURE_ROWS);
  gtk_selection_model_unselect_all (GTK_SELECTION_MODEL (get_selection (fixture)));
  bounce_test_wait_for (get_shown_number (fixture) == STUDIES_FIXTURE_ROWS + 1);
  gtk_adjustment_set_value (place, 3000);
  bounce_test_wait_for (get_shown_number (fixture) > STUDIES_FIXTURE_ROWS - 90
                        && get_shown_number (fixture) < STUDIES_FIXTURE_ROWS - 30);
  shown = get_shown_number (fixture);
  add_studies (fixture, STUDIES_FIXTURE_ROWS + 2, 2);
  bounce_test_wait_for (gtk_adjustment_get_value (place) > 3040);
  g_assert_cmpuint (get_shown_number (fixture), ==, shown);
  studies_fixture_sort (fixture, "images", GTK_SORT_ASCENDING);
  bounce_test_wait_for (get_shown_number (fixture) == 0);
}

/* --- several studies in the details --- */

static gboolean
is_selection_summary (GtkWidget *widget)
{
  return BOUNCE_IS_SELECTION_SUMMARY (widget);
}

static GtkLabel *
get_arrived_label (StudiesFixture *fixture)
{
  GtkWidget *summary =
      studies_fixture_find_widget (GTK_WIDGET (fixture->page), is_selection_summary);

  return GTK_LABEL (
      gtk_widget_get_template_child (summary, BOUNCE_TYPE_SELECTION_SUMMARY, "arrived_label"));
}

static gboolean
is_summed (GtkLabel *label)
{
  return strlen (gtk_label_get_label (label)) > strlen ("…");
}

static void
count_unread_cb (GtkLabel *label, GParamSpec *pspec, guint *n_unread)
{
  *n_unread += !is_summed (label);
}

/* Studies that come in are none of the selected ones: their sum stays to be read. */
static void
test_summary_stays (StudiesFixture *fixture, gconstpointer data)
{
  GtkSelectionModel *model = GTK_SELECTION_MODEL (get_selection (fixture));
  GtkLabel *label = get_arrived_label (fixture);
  guint n_unread = 0;

  g_object_set (fixture->page, "show-details", TRUE, NULL);
  gtk_selection_model_select_range (model, 2, 3, TRUE);
  bounce_test_wait_for (is_summed (label));
  g_signal_connect (label, "notify::label", G_CALLBACK (count_unread_cb), &n_unread);
  for (guint i = 0; i < 5; i++)
    add_studies (fixture, STUDIES_FIXTURE_ROWS + i, 1);
  while (g_main_context_iteration (NULL, FALSE))
    continue;
  g_assert_cmpuint (n_unread, ==, 0);
  gtk_selection_model_select_range (model, 2, 3, FALSE);
  g_assert_cmpuint (n_unread, ==, 1);
  bounce_test_wait_for (is_summed (label));
  g_signal_handlers_disconnect_by_data (label, &n_unread);
}

/* --- filters --- */

static gboolean
is_drop_down (GtkWidget *widget)
{
  return GTK_IS_DROP_DOWN (widget);
}

static gboolean
has_empty_result (GtkWidget *widget)
{
  return GTK_IS_STACK (widget)
         && g_strcmp0 (gtk_stack_get_visible_child_name (GTK_STACK (widget)), "nothing") == 0;
}

static void
test_filters (StudiesFixture *fixture, gconstpointer data)
{
  GtkWidget *page = GTK_WIDGET (fixture->page);
  GtkDropDown *status = GTK_DROP_DOWN (studies_fixture_find_widget (page, is_drop_down));

  bounce_studies_page_show_status (fixture->page, "ERROR");
  bounce_test_wait_for (count_rows (fixture) == STUDIES_FIXTURE_ROWS / 10);
  bounce_studies_page_search_for (fixture->page, "ИВАНОВА АННА");
  bounce_test_wait_for (count_rows (fixture) == 1 || count_rows (fixture) == 2);
  bounce_studies_page_search_for (fixture->page, "nobody at all");
  bounce_test_wait_for (studies_fixture_find_widget (page, has_empty_result) != NULL);
  gtk_widget_activate_action (page, "studies.clear-filters", NULL);
  bounce_test_wait_for (count_rows (fixture) == STUDIES_FIXTURE_ROWS);
  g_assert_null (studies_fixture_find_widget (page, has_empty_result));
  g_assert_cmpuint (gtk_drop_down_get_selected (status), ==, 0);
  bounce_studies_page_search_for (fixture->page, "muller jurgen"); /* Müller^Jürgen */
  bounce_test_wait_for (count_rows (fixture) > 5 && count_rows (fixture) < 20);
  g_object_set (page, "search-mode", FALSE, NULL); /* what cannot be seen filters nothing */
  bounce_test_wait_for (count_rows (fixture) == STUDIES_FIXTURE_ROWS);
}

/* --- columns --- */

static char *
tell_columns (GtkColumnView *view)
{
  GListModel *columns = gtk_column_view_get_columns (view);
  GString *told = g_string_new (NULL);

  for (guint i = 0; i < g_list_model_get_n_items (columns); i++)
    {
      g_autoptr (GtkColumnViewColumn) column = g_list_model_get_item (columns, i);

      if (gtk_column_view_column_get_visible (column))
        g_string_append_printf (told, "%s ", bounce_study_columns_get_name (column));
    }
  return g_string_free (told, FALSE);
}

static gboolean
is_remembered (StudiesFixture *fixture, const char *expected)
{
  g_autoptr (GtkWidget) widget = g_object_ref_sink (gtk_column_view_new (NULL));
  GtkColumnView *other = GTK_COLUMN_VIEW (widget);
  g_autofree char *told = NULL;

  bounce_study_columns_add (other);
  bounce_study_columns_restore (other, fixture->settings);
  told = tell_columns (other);
  return g_str_equal (told, expected);
}

static void
test_columns (StudiesFixture *fixture, gconstpointer data)
{
  GtkWidget *page = GTK_WIDGET (fixture->page);
  GtkColumnViewColumn *size = bounce_study_columns_find (fixture->view, "size");
  g_autoptr (GtkColumnViewColumn) status =
      g_object_ref (bounce_study_columns_find (fixture->view, "status"));

  gtk_widget_activate_action (page, "columns.id", NULL); /* the header's menu */
  gtk_column_view_insert_column (fixture->view, 0, status);
  gtk_column_view_column_set_fixed_width (size, 123);
  bounce_test_wait_for (
      is_remembered (fixture, "status patient date description modality images size received "));
  gtk_widget_activate_action (page, "columns.reset", NULL);
  g_assert_cmpint (gtk_column_view_column_get_fixed_width (size), !=, 123);
  bounce_test_wait_for (
      is_remembered (fixture, "patient status id date description modality images size received "));
}

/* Somebody who hides everything still has a header to click on. */
static void
test_last_column (StudiesFixture *fixture, gconstpointer data)
{
  GListModel *columns = gtk_column_view_get_columns (fixture->view);
  g_autofree char *told = NULL;

  for (guint i = 0; i < g_list_model_get_n_items (columns); i++)
    {
      g_autoptr (GtkColumnViewColumn) column = g_list_model_get_item (columns, i);

      gtk_column_view_column_set_visible (column, FALSE);
    }
  told = tell_columns (fixture->view);
  g_assert_cmpstr (told, ==, "received ");
}

/* --- cells --- */

static char *
find_words (GtkWidget *root, const char *words)
{
  g_autofree char *here =
      is_cell (root) ? bounce_study_cell_dup_words (BOUNCE_STUDY_CELL (root)) : NULL;

  if (here != NULL && strstr (here, words) != NULL)
    return g_steal_pointer (&here);
  for (GtkWidget *child = gtk_widget_get_first_child (root); child != NULL;
       child = gtk_widget_get_next_sibling (child))
    {
      char *found = find_words (child, words);

      if (found != NULL)
        return found;
    }
  return NULL;
}

static gboolean
shows (StudiesFixture *fixture, const char *words)
{
  g_autofree char *found = find_words (GTK_WIDGET (fixture->view), words);

  return found != NULL;
}

static void
change_study (StudiesFixture *fixture, guint number, const char *set, const char *delivery)
{
  g_autofree char *study_uid = bounce_study_rows_uid (number);
  g_autofree char *script = g_strdup_printf (
      "UPDATE studies SET %s WHERE study_uid = '%s';"
      "UPDATE deliveries SET %s WHERE study_id = (SELECT id FROM studies WHERE study_uid = '%s');",
      set, study_uid, delivery, study_uid);
  const char *study_uids[] = { study_uid, NULL };

  bounce_study_rows_run (fixture->service.data_dir, script);
  g_signal_emit_by_name (fixture->service.service, "studies-changed", study_uids);
}

/* Each state as it comes about in the database, in the row that shows it. */
static void
test_states (StudiesFixture *fixture, gconstpointer data)
{
  g_autofree char *study_uid = bounce_study_rows_uid (299);
  g_autofree char *later =
      g_strdup_printf ("next_attempt_at = %" G_GINT64_FORMAT ", status = 3, reason = 'busy'",
                       g_get_real_time () + 300 * G_USEC_PER_SEC);
  g_autofree char *due = g_strdup_printf ("status = 'RECEIVED', due_at = %" G_GINT64_FORMAT,
                                          g_get_real_time () + 30 * 60 * G_USEC_PER_SEC);

  bounce_test_wait_for (shows (fixture, "Delivered"));
  change_study (fixture, 299, due, "status = 0");
  bounce_test_wait_for (shows (fixture, "Receiving, Complete in 30 minutes"));
  change_study (fixture, 299, "due_at = 1", "status = 0");
  bounce_test_wait_for (shows (fixture, "Waiting"));
  change_study (fixture, 299, "status = 'UPLOADING'", "status = 1");
  bounce_test_wait_for (shows (fixture, "Uploading, 0 %, Starting"));
  g_signal_emit_by_name (fixture->service.service, "upload-progress", study_uid, (guint64) 450,
                         (guint64) 1000, 45.0);
  g_assert_true (shows (fixture, "Uploading, 45 %"));
  g_signal_emit_by_name (fixture->service.service, "upload-progress", study_uid, (guint64) 999,
                         (guint64) 1000, 99.0);
  g_assert_true (shows (fixture, "Finishing, Waiting for confirmation"));
  g_signal_emit_by_name (fixture->service.service, "upload-progress", study_uid, (guint64) 1000,
                         (guint64) 1000, 100.0);
  g_assert_true (shows (fixture, "Finishing, Waiting for confirmation"));
  change_study (fixture, 299, "status = 'ERROR'", later);
  bounce_test_wait_for (shows (fixture, "Will retry in 5 minutes, The server is busy"));
  change_study (fixture, 299, "status = 'ERROR'",
                "next_attempt_at = 0, status = 3, reason = 'rejected'");
  bounce_test_wait_for (shows (fixture, "Not delivered, The server rejected the study"));
  change_study (fixture, 299, "status = 'SENT', local_instances = 0", "status = 2");
  bounce_test_wait_for (shows (fixture, "Delivered, Local files removed"));
}

/* What is in the other columns, of a study whose name has another script. */
static void
test_texts (StudiesFixture *fixture, gconstpointer data)
{
  g_autofree char *date = bounce_study_words_date ("20240229");

  change_study (fixture, 299,
                "patient_name = 'Yamada^Tarou=山田^太郎', study_date = '20240229',"
                " modality = 'MR', instances = 1234, bytes = 5000000",
                "hold = 0");
  bounce_test_wait_for (shows (fixture, "Yamada, Tarou (山田 太郎)"));
  bounce_test_wait_for (shows (fixture, date));
  bounce_test_wait_for (shows (fixture, "1234"));
  bounce_test_wait_for (shows (fixture, "5.0"));
}

static void
told_cb (GSimpleAction *action, GVariant *parameter, gpointer user_data)
{
  g_string_append_printf (user_data, "%s\n", g_variant_get_string (parameter, NULL));
}

/* Keeps what the window would show for a moment. */
static void
record_told (StudiesFixture *fixture, GString *told)
{
  static const GActionEntry entry = { .name = "tell", .activate = told_cb, .parameter_type = "s" };
  g_autoptr (GSimpleActionGroup) actions = g_simple_action_group_new ();

  g_action_map_add_action_entries (G_ACTION_MAP (actions), &entry, 1, told);
  gtk_widget_insert_action_group (GTK_WIDGET (fixture->window), "win", G_ACTION_GROUP (actions));
}

static GtkWindow *
find_dialog (void)
{
  GListModel *windows = gtk_window_get_toplevels ();

  for (guint i = 0; i < g_list_model_get_n_items (windows); i++)
    {
      g_autoptr (GtkWindow) window = g_list_model_get_item (windows, i);

      if (ADW_IS_MESSAGE_DIALOG (window))
        return window;
    }
  return NULL;
}

/* Asks to delete all that is shown and says yes; the bar that comes then. */
static GtkWidget *
delete_all (StudiesFixture *fixture)
{
  GtkWidget *box;

  gtk_widget_activate_action (GTK_WIDGET (fixture->page), "studies.delete-all", NULL);
  bounce_test_wait_for (find_dialog () != NULL);
  adw_message_dialog_response (ADW_MESSAGE_DIALOG (find_dialog ()), "delete");
  gtk_window_destroy (find_dialog ());
  box = GTK_WIDGET (gtk_widget_get_template_child (GTK_WIDGET (fixture->page),
                                                   BOUNCE_TYPE_STUDIES_PAGE, "bulk_box"));
  return gtk_widget_get_first_child (box);
}

static double
get_progress (GtkWidget *bar)
{
  return gtk_progress_bar_get_fraction (
      GTK_PROGRESS_BAR (gtk_widget_get_template_child (bar, BOUNCE_TYPE_BULK_BAR, "progress_bar")));
}

/* Many at a time tell how far they are; a cancel leaves the rest, and what was left is told. */
static void
test_bulk (StudiesFixture *fixture, gconstpointer data)
{
  g_autoptr (GString) told = g_string_new (NULL);
  g_autofree char *deleted = NULL;
  GtkWidget *bar;
  guint n_left;

  record_told (fixture, told);
  bar = delete_all (fixture);
  g_assert_true (BOUNCE_IS_BULK_BAR (bar));
  g_assert_cmpfloat (get_progress (bar), <, 1);
  gtk_widget_activate_action (bar, "bulk.cancel", NULL);
  g_object_add_weak_pointer (G_OBJECT (bar), (gpointer *) &bar);
  bounce_test_wait_for (bar == NULL);
  g_assert_nonnull (strstr (told->str, "studies were left as they were\n"));
  g_assert_null (strstr (told->str, "could not"));
  n_left = (guint) g_ascii_strtoull (told->str, NULL, 10);
  g_assert_cmpuint (n_left, >, 0);
  g_assert_cmpuint (n_left, <, STUDIES_FIXTURE_ROWS);
  bounce_test_wait_for (count_rows (fixture) == n_left);
  deleted = g_strdup_printf ("%u studies were deleted\n", n_left);
  bar = delete_all (fixture);
  g_object_add_weak_pointer (G_OBJECT (bar), (gpointer *) &bar);
  bounce_test_wait_for (get_progress (bar) > 0);
  bounce_test_wait_for (bar == NULL && count_rows (fixture) == 0);
  g_assert_nonnull (strstr (told->str, deleted));
}

/* The same in German: titles of columns, a state with its reason, a duration. */
static void
test_german (StudiesFixture *fixture, gconstpointer data)
{
  g_autofree char *later =
      g_strdup_printf ("next_attempt_at = %" G_GINT64_FORMAT ", status = 3, reason = 'busy'",
                       g_get_real_time () + 300 * G_USEC_PER_SEC);

  g_assert_cmpstr (
      gtk_column_view_column_get_title (bounce_study_columns_find (fixture->view, "images")), ==,
      "Bilder");
  bounce_test_wait_for (shows (fixture, "Geliefert"));
  change_study (fixture, 299, "status = 'ERROR'", later);
  bounce_test_wait_for (shows (fixture, "5 Minuten"));
  g_assert_true (shows (fixture, "Der Server"));
}

/* A screen reader hears the whole row when it gets the focus. */
static void
test_accessible_names (StudiesFixture *fixture, gconstpointer data)
{
  GtkWidget *cell;
  GtkWidget *row;

  bounce_test_wait_for (shows (fixture, "Delivered"));
  cell = studies_fixture_find_widget (GTK_WIDGET (fixture->view), is_cell);
  row = gtk_widget_get_parent (gtk_widget_get_parent (cell));
  gtk_test_accessible_assert_role (cell, GTK_ACCESSIBLE_ROLE_LABEL);
  g_assert_true (
      gtk_test_accessible_has_property (GTK_ACCESSIBLE (row), GTK_ACCESSIBLE_PROPERTY_LABEL));
}

int
main (int argc, char **argv)
{
  static const struct
  {
    const char *path;
    void (*func) (StudiesFixture *fixture, gconstpointer data);
  } cases[] = {
    { "/studies/sort", test_sort },
    { "/studies/selection", test_selection },
    { "/studies/selection-survives", test_selection_survives },
    { "/studies/rows-stay", test_rows_stay },
    { "/studies/place", test_place },
    { "/studies/summary-stays", test_summary_stays },
    { "/studies/filters", test_filters },
    { "/studies/columns", test_columns },
    { "/studies/last-column", test_last_column },
    { "/studies/states", test_states },
    { "/studies/texts", test_texts },
    { "/studies/accessible-names", test_accessible_names },
    { "/studies/bulk", test_bulk },
  };

  bounce_test_gtk_init (&argc, &argv);
  studies_fixture_load_style ();
  if (g_getenv ("BOUNCE_LOCALEDIR") != NULL)
    {
      bindtextdomain (GETTEXT_PACKAGE, g_getenv ("BOUNCE_LOCALEDIR"));
      textdomain (GETTEXT_PACKAGE);
      g_test_add ("/studies/german", StudiesFixture, NULL, studies_fixture_set_up, test_german,
                  studies_fixture_tear_down);
      return g_test_run ();
    }
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    g_test_add (cases[i].path, StudiesFixture, NULL, studies_fixture_set_up, cases[i].func,
                studies_fixture_tear_down);
  return g_test_run ();
}
