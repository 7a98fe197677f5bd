/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* The table of the studies page: its columns as the user left them, its place while rows come and
 * go, and the menu of a row.
 *
 * Whoever asks for another order or other words looks at the answer from its top, or where the one
 * selected study is now; whatever arrives by itself moves nothing, except that a table which shows
 * the first row goes on showing it. Main thread. */

#include "config.h"

#include "bounce-studies-page-private.h"

#include "bounce-study-cell.h"
#include "bounce-study-columns.h"

/* A column that is being dragged changes with each movement. */
#define SAVE_DELAY_MS 400
/* Rows above the selected study when the table goes to it. */
#define CONTEXT_ROWS 3
/* Among what a search for a UID finds; those of one page of the model. */
#define MAX_SEARCHED_ROWS 128

/* --- columns --- */

/**
 * bounce_studies_page_save_columns: (skip)
 *
 * Remembers the columns now, if they are to be remembered.
 */
void
bounce_studies_page_save_columns (BounceStudiesPage *self)
{
  if (self->save_source == 0)
    return;
  g_clear_handle_id (&self->save_source, g_source_remove);
  bounce_study_columns_save (self->view, self->settings);
}

static gboolean
save_due_cb (gpointer user_data)
{
  bounce_studies_page_save_columns (user_data);
  return G_SOURCE_REMOVE;
}

static void
columns_changed_cb (BounceStudiesPage *self)
{
  if (self->settings == NULL || self->save_source != 0)
    return;
  self->save_source = g_timeout_add (SAVE_DELAY_MS, save_due_cb, self);
}

/* The last column stays: without headers there would be no menu to show the others again. */
static void
column_hidden_cb (BounceStudiesPage *self, GParamSpec *property, GtkColumnViewColumn *column)
{
  GListModel *columns = gtk_column_view_get_columns (self->view);

  columns_changed_cb (self);
  for (guint i = 0; i < g_list_model_get_n_items (columns); i++)
    {
      g_autoptr (GtkColumnViewColumn) each = g_list_model_get_item (columns, i);

      if (gtk_column_view_column_get_visible (each))
        return;
    }
  gtk_column_view_column_set_visible (column, TRUE);
}

static void
reset_columns_cb (GSimpleAction *action, GVariant *parameter, gpointer user_data)
{
  bounce_study_columns_reset (BOUNCE_STUDIES_PAGE (user_data)->view);
}

static void
add_column_actions (BounceStudiesPage *self)
{
  g_autoptr (GSimpleActionGroup) group = g_simple_action_group_new ();
  g_autoptr (GSimpleAction) reset = g_simple_action_new ("reset", NULL);
  GListModel *columns = gtk_column_view_get_columns (self->view);

  for (guint i = 0; i < g_list_model_get_n_items (columns); i++)
    {
      g_autoptr (GtkColumnViewColumn) column = g_list_model_get_item (columns, i);
      g_autoptr (GPropertyAction) action =
          g_property_action_new (bounce_study_columns_get_name (column), column, "visible");

      g_action_map_add_action (G_ACTION_MAP (group), G_ACTION (action));
      g_signal_connect_object (column, "notify::visible", G_CALLBACK (column_hidden_cb), self,
                               G_CONNECT_SWAPPED);
      g_signal_connect_object (column, "notify::fixed-width", G_CALLBACK (columns_changed_cb), self,
                               G_CONNECT_SWAPPED);
    }
  g_signal_connect_object (reset, "activate", G_CALLBACK (reset_columns_cb), self, 0);
  g_action_map_add_action (G_ACTION_MAP (group), G_ACTION (reset));
  gtk_widget_insert_action_group (GTK_WIDGET (self), "columns", G_ACTION_GROUP (group));
  g_signal_connect_object (columns, "items-changed", G_CALLBACK (columns_changed_cb), self,
                           G_CONNECT_SWAPPED);
}

static void
restore_columns (BounceStudiesPage *self)
{
  g_autofree char *sort = g_settings_get_string (self->settings, "sort-column");
  gboolean is_descending = g_settings_get_boolean (self->settings, "sort-descending");

  bounce_study_columns_restore (self->view, self->settings);
  self->is_sort_frozen = TRUE;
  gtk_column_view_sort_by_column (self->view, bounce_study_columns_find (self->view, sort),
                                  is_descending ? GTK_SORT_DESCENDING : GTK_SORT_ASCENDING);
  self->is_sort_frozen = FALSE;
}

/* --- the place --- */

static GtkWidget *
get_list (BounceStudiesPage *self)
{
  GtkWidget *child = gtk_widget_get_first_child (GTK_WIDGET (self->view));

  while (child != NULL && !GTK_IS_LIST_VIEW (child))
    child = gtk_widget_get_next_sibling (child);
  return child;
}

static gboolean
is_at_top (BounceStudiesPage *self)
{
  return gtk_adjustment_get_value (gtk_scrolled_window_get_vadjustment (self->scrolled_window)) < 1;
}

/* GTK 4.8 has no function for it. Right after a change of the rows, when their heights are not
 * known yet, the row becomes the first one that is shown. */
static void
scroll_to (BounceStudiesPage *self, guint position)
{
  gtk_widget_activate_action (get_list (self), "list.scroll-to-item", "u", position);
}

static gboolean
is_mirrored (BounceStudiesPage *self)
{
  return gtk_widget_get_direction (GTK_WIDGET (self)) == GTK_TEXT_DIR_RTL;
}

static double
get_last_value (GtkAdjustment *adjustment)
{
  return gtk_adjustment_get_upper (adjustment) - gtk_adjustment_get_page_size (adjustment);
}

/* GTK counts from the left in every language, so a table that is too wide would show its last
 * columns where lines begin on the right. */
static void
width_changed_cb (BounceStudiesPage *self, GtkAdjustment *adjustment)
{
  if (is_mirrored (self))
    gtk_adjustment_set_value (adjustment, get_last_value (adjustment) - self->hidden_width);
}

static void
scrolled_sideways_cb (BounceStudiesPage *self, GtkAdjustment *adjustment)
{
  self->hidden_width = get_last_value (adjustment) - gtk_adjustment_get_value (adjustment);
}

static void
keep_side (BounceStudiesPage *self)
{
  GtkAdjustment *adjustment = gtk_scrolled_window_get_hadjustment (self->scrolled_window);

  g_signal_connect_object (adjustment, "changed", G_CALLBACK (width_changed_cb), self,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (adjustment, "value-changed", G_CALLBACK (scrolled_sideways_cb), self,
                           G_CONNECT_SWAPPED);
}

static BounceStudyCell *
find_cell (GtkWidget *widget)
{
  for (; widget != NULL; widget = gtk_widget_get_first_child (widget))
    if (BOUNCE_IS_STUDY_CELL (widget))
      return BOUNCE_STUDY_CELL (widget);
  return NULL;
}

/* A cell of the row at a point of the widget; none where there is no row. */
static BounceStudyCell *
pick_cell (GtkWidget *widget, double x, double y)
{
  GtkWidget *picked = gtk_widget_pick (widget, x, y, GTK_PICK_DEFAULT);

  /* Below the rows it is the list itself. */
  if (picked == NULL || GTK_IS_LIST_VIEW (picked) || GTK_IS_COLUMN_VIEW (picked))
    return NULL;
  return find_cell (picked);
}

static guint
get_position (BounceStudyCell *cell)
{
  return gtk_list_item_get_position (bounce_study_cell_get_list_item (cell));
}

static void
query_begin_cb (BounceStudiesPage *self)
{
  BounceStudyCell *top = is_at_top (self) ? NULL : pick_cell (get_list (self), 1, 1);

  self->is_exchanging = TRUE;
  self->top_id = top != NULL ? bounce_study_model_get_id_at (self->model, get_position (top)) : 0;
}

/* Where an answer that somebody asked for is shown from. */
static guint
get_first_shown (BounceStudiesPage *self)
{
  gint64 single = bounce_study_selection_get_single (self->selection);
  guint position;

  if (single == 0 || !bounce_study_model_find (self->model, single, &position))
    return 0;
  return position > CONTEXT_ROWS ? position - CONTEXT_ROWS : 0;
}

static void
query_end_cb (BounceStudiesPage *self)
{
  guint position = 0;

  self->is_exchanging = FALSE;
  if (bounce_study_model_is_loading (self->model))
    scroll_to (self, get_first_shown (self));
  else if (self->top_id == 0 || bounce_study_model_find (self->model, self->top_id, &position))
    scroll_to (self, position);
  bounce_studies_page_selection_changed (self);
}

/* Several studies that stay selected while others come in are not summed up anew. */
static gboolean
selection_due_cb (gpointer user_data)
{
  BounceStudiesPage *self = user_data;
  guint n_selected;

  self->selection_source = 0;
  n_selected = bounce_study_selection_get_n_selected (self->selection);
  if (n_selected < 2 || n_selected != self->n_selected_shown)
    bounce_studies_page_selection_changed (self);
  return G_SOURCE_REMOVE;
}

/* After the table itself, which would keep the row that was the first at its place. */
static void
rows_changed_cb (BounceStudiesPage *self, guint position)
{
  if (self->is_exchanging)
    return;
  if (position == 0 && is_at_top (self))
    scroll_to (self, 0);
  if (self->selection_source == 0)
    self->selection_source = g_idle_add (selection_due_cb, self);
}

static void
focus_row (BounceStudiesPage *self, guint position)
{
  for (GtkWidget *row = gtk_widget_get_first_child (get_list (self)); row != NULL;
       row = gtk_widget_get_next_sibling (row))
    {
      BounceStudyCell *cell = find_cell (row);

      if (cell != NULL && get_position (cell) == position)
        gtk_widget_grab_focus (row);
    }
}

/* A UID may be the beginning of others, which a search for it finds, too. */
static gboolean
find_uid (BounceStudiesPage *self, const char *study_uid, guint *position)
{
  guint n_rows = MIN (g_list_model_get_n_items (G_LIST_MODEL (self->model)), MAX_SEARCHED_ROWS);

  for (*position = 0; *position < n_rows; (*position)++)
    {
      g_autoptr (BounceStudyItem) item =
          g_list_model_get_item (G_LIST_MODEL (self->model), *position);

      if (g_strcmp0 (bounce_study_item_get_study (item)->study_uid, study_uid) == 0)
        return TRUE;
    }
  return FALSE;
}

static void
select_wanted (BounceStudiesPage *self, const char *study_uid, gboolean is_choosing)
{
  guint n_selected = bounce_study_selection_get_n_selected (self->selection);
  guint position = 0;
  gboolean is_found = is_choosing && n_selected == 0;

  if (study_uid != NULL)
    is_found = find_uid (self, study_uid, &position);
  if (is_found)
    gtk_selection_model_select_item (GTK_SELECTION_MODEL (self->selection), position, TRUE);
}

/**
 * bounce_studies_page_enter_table: (skip)
 *
 * Moves the focus from the search to the rows that are its answer, if that is what somebody wants.
 */
void
bounce_studies_page_enter_table (BounceStudiesPage *self)
{
  g_autofree char *study_uid = g_steal_pointer (&self->wanted_uid);
  gboolean is_choosing = self->is_choosing;
  gint64 single;
  guint position = 0;

  if (!self->is_entering)
    return;
  self->is_entering = FALSE;
  self->is_choosing = FALSE;
  if (g_list_model_get_n_items (G_LIST_MODEL (self->model)) == 0)
    return;
  select_wanted (self, study_uid, is_choosing);
  single = bounce_study_selection_get_single (self->selection);
  if (single != 0)
    bounce_study_model_find (self->model, single, &position);
  focus_row (self, position);
}

/* --- the menu of a row --- */

/* at: in coordinates of the page */
static void
popup_menu (BounceStudiesPage *self, BounceStudyCell *cell, const GdkRectangle *at)
{
  GtkSelectionModel *selection = GTK_SELECTION_MODEL (self->selection);
  guint position = get_position (cell);

  if (!gtk_selection_model_is_selected (selection, position))
    gtk_selection_model_select_item (selection, position, TRUE);
  /* As with the first button: keys mean this row once the menu is closed. */
  gtk_widget_grab_focus (gtk_widget_get_parent (gtk_widget_get_parent (GTK_WIDGET (cell))));
  gtk_popover_set_pointing_to (GTK_POPOVER (self->context_popover), at);
  gtk_popover_popup (GTK_POPOVER (self->context_popover));
}

static void
popup_menu_at (BounceStudiesPage *self, double x, double y)
{
  GtkWidget *view = GTK_WIDGET (self->view);
  BounceStudyCell *cell = pick_cell (view, x, y);
  double page_x, page_y;

  if (cell == NULL
      || !gtk_widget_translate_coordinates (view, GTK_WIDGET (self), x, y, &page_x, &page_y))
    return;
  popup_menu (self, cell, &(GdkRectangle){ (int) page_x, (int) page_y, 1, 1 });
}

static void
pressed_cb (BounceStudiesPage *self, int n_press, double x, double y)
{
  popup_menu_at (self, x, y);
}

/**
 * bounce_studies_page_popup_menu_at_focus: (skip)
 *
 * Returns: whether a row has the focus
 */
gboolean
bounce_studies_page_popup_menu_at_focus (BounceStudiesPage *self)
{
  GtkWidget *focus = gtk_root_get_focus (gtk_widget_get_root (GTK_WIDGET (self)));
  BounceStudyCell *cell = NULL;
  graphene_rect_t bounds;

  if (focus != NULL && gtk_widget_is_ancestor (focus, get_list (self)))
    cell = find_cell (focus);
  if (cell == NULL || !gtk_widget_compute_bounds (GTK_WIDGET (cell), GTK_WIDGET (self), &bounds))
    return FALSE;
  popup_menu (self, cell,
              &(GdkRectangle){ (int) (bounds.origin.x + bounds.size.width / 2),
                               (int) (bounds.origin.y + bounds.size.height / 2), 1, 1 });
  return TRUE;
}

static void
add_pointer (BounceStudiesPage *self)
{
  GtkGesture *click = gtk_gesture_click_new ();
  GtkGesture *press = gtk_gesture_long_press_new ();

  gtk_gesture_single_set_button (GTK_GESTURE_SINGLE (click), GDK_BUTTON_SECONDARY);
  gtk_gesture_single_set_touch_only (GTK_GESTURE_SINGLE (press), TRUE);
  g_signal_connect_object (click, "pressed", G_CALLBACK (pressed_cb), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (press, "pressed", G_CALLBACK (popup_menu_at), self, G_CONNECT_SWAPPED);
  gtk_widget_add_controller (GTK_WIDGET (self->view), GTK_EVENT_CONTROLLER (click));
  gtk_widget_add_controller (GTK_WIDGET (self->view), GTK_EVENT_CONTROLLER (press));
}

/* Enter or a double click. */
static void
activated_cb (BounceStudiesPage *self, guint position)
{
  gtk_selection_model_select_item (GTK_SELECTION_MODEL (self->selection), position, TRUE);
  g_object_set (self, "show-details", TRUE, NULL);
}

/**
 * bounce_studies_page_prepare_table: (skip)
 *
 * Part of init: a table with columns and without rows.
 */
void
bounce_studies_page_prepare_table (BounceStudiesPage *self)
{
  bounce_study_columns_add (self->view);
  add_column_actions (self);
  add_pointer (self);
  keep_side (self);
  g_signal_connect_object (self->view, "activate", G_CALLBACK (activated_cb), self,
                           G_CONNECT_SWAPPED);
}

/**
 * bounce_studies_page_fill_table: (skip)
 *
 * Part of set_service: columns as they were left, and rows as soon as a query is answered.
 */
void
bounce_studies_page_fill_table (BounceStudiesPage *self)
{
  restore_columns (self);
  self->model = bounce_study_model_new (self->service);
  self->selection = bounce_study_selection_new (self->model);
  gtk_column_view_set_model (self->view, GTK_SELECTION_MODEL (self->selection));
  g_signal_connect_object (self->model, "query-begin", G_CALLBACK (query_begin_cb), self,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (self->model, "query-end", G_CALLBACK (query_end_cb), self,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (self->selection, "items-changed", G_CALLBACK (rows_changed_cb), self,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (self->selection, "selection-changed",
                           G_CALLBACK (bounce_studies_page_selection_changed), self,
                           G_CONNECT_SWAPPED);
}
