/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* The columns of the studies table, from one table of names, titles and texts.
 *
 * Sorting is done by the database. GTK 4.8 has no GtkColumnViewSorter to ask which column was
 * clicked, so each column has a custom sorter that compares nothing and notes that it was asked:
 * probing the view's sorter asks the first column, and the sign of the answer is the direction.
 *
 * GTK 4.8.3 toggles a row twice at Ctrl+click; cells that are not selectable and not activatable
 * avoid it there. Main thread. */

#include "config.h"

#include "bounce-study-columns.h"

#include "bounce-study-cell.h"
#include "bounce-study-row.h"
#include "bounce-study-words.h"

#include "bounce-wording.h"

#include <glib/gi18n.h>

#define NAME_KEY "bounce-column-name"

typedef char *(*StudyText) (BounceStudyItem *item);

typedef struct
{
  const char *name; /* also the name by which the service sorts */
  const char *title;
  StudyText text; /* NULL: the state */
  int width;      /* -1: natural */
  gboolean expands;
  gboolean is_number;
} StudyColumn;

/* Nothing as long as the row is not read: nobody knows yet whether there is a name. */
static const char *
name_patient (BounceStudyItem *item)
{
  if (bounce_study_item_get_study (item)->study_uid == NULL)
    return "";
  return bounce_study_words_patient (bounce_study_item_get_display_name (item));
}

static char *
get_patient (BounceStudyItem *item)
{
  return g_strdup (name_patient (item));
}

static char *
get_id (BounceStudyItem *item)
{
  return g_strdup (bounce_study_item_get_study (item)->patient_id);
}

static char *
get_date (BounceStudyItem *item)
{
  return bounce_study_words_date (bounce_study_item_get_study (item)->study_date);
}

static char *
get_description (BounceStudyItem *item)
{
  return g_strdup (bounce_study_item_get_study (item)->study_description);
}

static char *
get_modality (BounceStudyItem *item)
{
  return g_strdup (bounce_study_item_get_study (item)->modality);
}

static char *
get_images (BounceStudyItem *item)
{
  return g_strdup_printf ("%u", bounce_study_item_get_study (item)->instances);
}

static char *
get_size (BounceStudyItem *item)
{
  return bounce_wording_size (bounce_study_item_get_study (item)->bytes);
}

static char *
get_received (BounceStudyItem *item)
{
  return bounce_study_words_time (bounce_study_item_get_study (item)->created_at_us);
}

/* The state beside the name, where a narrow window shows it, too. */
static const StudyColumn columns[] = {
  { "patient", N_ ("Patient"), get_patient, 188, FALSE, FALSE },
  { "status", N_ ("Status"), NULL, 204, FALSE, FALSE },
  { "id", N_ ("ID"), get_id, 96, FALSE, FALSE },
  { "date", N_ ("Date"), get_date, 88, FALSE, FALSE },
  { "description", N_ ("Description"), get_description, -1, TRUE, FALSE },
  { "modality", N_ ("Modality"), get_modality, 74, FALSE, FALSE },
  { "images", N_ ("Images"), get_images, 62, FALSE, TRUE },
  { "size", N_ ("Size"), get_size, 80, FALSE, TRUE },
  { "received", N_ ("Received"), get_received, 108, FALSE, FALSE },
};

static void
prepare_item (GtkListItem *item)
{
  if (gtk_check_version (4, 10, 0) != NULL)
    {
      gtk_list_item_set_selectable (item, FALSE);
      gtk_list_item_set_activatable (item, FALSE);
    }
}

static char *
tell_arrived (gpointer row)
{
  return bounce_study_words_arrived (bounce_study_item_get_study (bounce_study_row_get_study (row)),
                                     g_get_real_time ());
}

static void
setup_cb (GtkSignalListItemFactory *factory, GtkListItem *item, const StudyColumn *column)
{
  GtkWidget *cell = bounce_study_cell_new (item, column->is_number);

  prepare_item (item);
  g_object_set_data (G_OBJECT (item), NAME_KEY, (gpointer) column);
  if (column->text == NULL)
    bounce_study_cell_set_tooltip (BOUNCE_STUDY_CELL (cell), tell_arrived);
  gtk_list_item_set_child (item, cell);
}

/* GTK 4.8 has no name for a row, which is what a screen reader says when it gets the focus. */
static void
name_row (BounceStudyCell *cell, BounceStudyItem *study)
{
  GtkWidget *row = gtk_widget_get_parent (gtk_widget_get_parent (GTK_WIDGET (cell)));
  const char *description = bounce_study_item_get_study (study)->study_description;
  g_autofree char *state = bounce_study_cell_dup_words (cell);
  const char *patient = name_patient (study);
  g_autofree char *words =
      g_strjoin (", ", patient, state, description /* may end the list */, NULL);

  if (row != NULL)
    gtk_accessible_update_property (GTK_ACCESSIBLE (row), GTK_ACCESSIBLE_PROPERTY_LABEL, words, -1);
}

static char *
tell_upload (BounceStudyItem *item)
{
  if (bounce_study_item_is_finishing (item))
    return bounce_wording_finishing ();
  return bounce_study_words_uploading (bounce_study_item_get_progress (item));
}

static char *
tell_upload_detail (BounceStudyItem *item)
{
  if (bounce_study_item_is_finishing (item))
    return bounce_study_words_finishing ();
  return bounce_study_words_progress (bounce_study_item_get_rate (item),
                                      bounce_study_item_get_time_left_us (item));
}

static void
show_state (BounceStudyCell *cell, BounceStudyItem *item)
{
  const BounceStudy *study = bounce_study_item_get_study (item);
  gint64 now_us = g_get_real_time ();
  gboolean is_uploading = bounce_study_item_is_uploading (item);
  double fraction = is_uploading ? bounce_study_item_get_progress (item) : -1;
  g_autofree char *text =
      is_uploading ? tell_upload (item) : bounce_study_words_status (study, now_us);
  g_autofree char *detail =
      is_uploading ? tell_upload_detail (item) : bounce_study_words_status_detail (study, now_us);
  const BounceStudyState state = { bounce_study_words_status_icon (study),
                                   bounce_study_words_status_color (study), text, detail,
                                   fraction };

  bounce_study_cell_show_state (cell, &state);
  name_row (cell, item);
}

static void
show_study (GtkListItem *item)
{
  const StudyColumn *column = g_object_get_data (G_OBJECT (item), NAME_KEY);
  BounceStudyCell *cell = BOUNCE_STUDY_CELL (gtk_list_item_get_child (item));
  BounceStudyItem *study = bounce_study_row_get_study (gtk_list_item_get_item (item));
  g_autofree char *text = NULL;

  if (column->text == NULL)
    {
      show_state (cell, study);
      return;
    }
  text = column->text (study);
  bounce_study_cell_show_text (cell, text != NULL ? text : "");
}

static void
bind_cb (GtkSignalListItemFactory *factory, GtkListItem *item, const StudyColumn *column)
{
  g_signal_connect_swapped (gtk_list_item_get_item (item), "changed", G_CALLBACK (show_study),
                            item);
  show_study (item);
}

static void
unbind_cb (GtkSignalListItemFactory *factory, GtkListItem *item, const StudyColumn *column)
{
  g_signal_handlers_disconnect_by_func (gtk_list_item_get_item (item), show_study, item);
}

/* Which column was asked last, for bounce_study_columns_get_sort(). */
static const StudyColumn *asked_column;

static int
note_column_cb (gconstpointer a, gconstpointer b, gpointer user_data)
{
  asked_column = user_data;
  return GTK_ORDERING_SMALLER;
}

/* Over its numbers: GTK 4.8 puts every title at the start of the column. */
static void
align_last_title (GtkColumnView *view)
{
  GtkWidget *titles = gtk_widget_get_first_child (GTK_WIDGET (view));
  GtkWidget *last = gtk_widget_get_last_child (titles);

  gtk_widget_set_halign (gtk_widget_get_first_child (last), GTK_ALIGN_END);
}

static void
add_column (GtkColumnView *view, const StudyColumn *each)
{
  GtkListItemFactory *factory = gtk_signal_list_item_factory_new ();
  g_autoptr (GtkColumnViewColumn) column = gtk_column_view_column_new (_ (each->title), factory);
  g_autoptr (GtkSorter) sorter =
      GTK_SORTER (gtk_custom_sorter_new (note_column_cb, (gpointer) each, NULL));
  g_autoptr (GMenuModel) menu = bounce_study_columns_create_menu ();

  g_signal_connect (factory, "setup", G_CALLBACK (setup_cb), (gpointer) each);
  g_signal_connect (factory, "bind", G_CALLBACK (bind_cb), (gpointer) each);
  g_signal_connect (factory, "unbind", G_CALLBACK (unbind_cb), (gpointer) each);
  g_object_set_data (G_OBJECT (column), NAME_KEY, (gpointer) each->name);
  gtk_column_view_column_set_sorter (column, sorter);
  gtk_column_view_column_set_resizable (column, TRUE);
  gtk_column_view_column_set_expand (column, each->expands);
  gtk_column_view_column_set_fixed_width (column, each->width);
  gtk_column_view_column_set_header_menu (column, menu);
  gtk_column_view_append_column (view, column);
  if (each->is_number)
    align_last_title (view);
}

/**
 * bounce_study_columns_add:
 *
 * Adds all columns in their first order.
 *
 * Thread: main
 */
void
bounce_study_columns_add (GtkColumnView *view)
{
  for (gsize i = 0; i < G_N_ELEMENTS (columns); i++)
    add_column (view, &columns[i]);
}

/**
 * bounce_study_columns_get_name:
 *
 * Returns: the name by which settings and the service know @column
 */
const char *
bounce_study_columns_get_name (GtkColumnViewColumn *column)
{
  return g_object_get_data (G_OBJECT (column), NAME_KEY);
}

/**
 * bounce_study_columns_find:
 *
 * Returns: (transfer none) (nullable): the column of that name
 */
GtkColumnViewColumn *
bounce_study_columns_find (GtkColumnView *view, const char *name)
{
  GListModel *list = gtk_column_view_get_columns (view);

  for (guint i = 0; i < g_list_model_get_n_items (list); i++)
    {
      g_autoptr (GtkColumnViewColumn) column = g_list_model_get_item (list, i);

      if (g_strcmp0 (bounce_study_columns_get_name (column), name) == 0)
        return column; /* the view holds it */
    }
  return NULL;
}

/**
 * bounce_study_columns_get_sort:
 * @is_descending: (out): the direction
 *
 * Returns: (nullable): the name of the column that the user sorts by
 */
const char *
bounce_study_columns_get_sort (GtkColumnView *view, gboolean *is_descending)
{
  GtkSorter *sorter = gtk_column_view_get_sorter (view);
  GtkOrdering ordering;

  asked_column = NULL;
  /* Any two objects will do; one with itself is equal without a question. */
  ordering = gtk_sorter_compare (sorter, view, sorter);
  if (asked_column == NULL)
    return NULL;
  *is_descending = ordering == GTK_ORDERING_LARGER;
  return asked_column->name;
}

/**
 * bounce_study_columns_create_menu:
 *
 * Returns: (transfer full): a menu that shows and hides columns by the actions `columns.NAME`
 */
GMenuModel *
bounce_study_columns_create_menu (void)
{
  GMenu *menu = g_menu_new ();
  g_autoptr (GMenu) reset = g_menu_new ();

  for (gsize i = 0; i < G_N_ELEMENTS (columns); i++)
    {
      g_autofree char *action = g_strdup_printf ("columns.%s", columns[i].name);

      g_menu_append (menu, _ (columns[i].title), action);
    }
  g_menu_append (reset, _ ("_Reset Columns"), "columns.reset");
  g_menu_append_section (menu, NULL, G_MENU_MODEL (reset));
  return G_MENU_MODEL (menu);
}

/**
 * bounce_study_columns_restore:
 *
 * Puts the columns as they were left. Names that no longer exist are passed over, columns that are
 * new keep their place at the end.
 *
 * Thread: main
 */
void
bounce_study_columns_restore (GtkColumnView *view, GSettings *settings)
{
  g_autoptr (GVariant) saved = g_settings_get_value (settings, "columns");
  GVariantIter iter;
  const char *name;
  gboolean is_visible;
  int width;
  guint position = 0;

  g_variant_iter_init (&iter, saved);
  while (g_variant_iter_next (&iter, "(&sbi)", &name, &is_visible, &width))
    {
      GtkColumnViewColumn *found = bounce_study_columns_find (view, name);
      g_autoptr (GtkColumnViewColumn) column = found != NULL ? g_object_ref (found) : NULL;

      if (column == NULL)
        continue;
      gtk_column_view_column_set_visible (column, is_visible);
      gtk_column_view_column_set_fixed_width (column, width);
      gtk_column_view_insert_column (view, position++, column);
    }
}

/**
 * bounce_study_columns_reset:
 *
 * Puts the columns as they were at first.
 *
 * Thread: main
 */
void
bounce_study_columns_reset (GtkColumnView *view)
{
  for (guint i = 0; i < G_N_ELEMENTS (columns); i++)
    {
      g_autoptr (GtkColumnViewColumn) column =
          g_object_ref (bounce_study_columns_find (view, columns[i].name));

      gtk_column_view_column_set_visible (column, TRUE);
      gtk_column_view_column_set_fixed_width (column, columns[i].width);
      gtk_column_view_insert_column (view, i, column);
    }
}

/**
 * bounce_study_columns_save:
 *
 * Remembers order, visibility and widths.
 *
 * Thread: main
 */
void
bounce_study_columns_save (GtkColumnView *view, GSettings *settings)
{
  GListModel *list = gtk_column_view_get_columns (view);
  GVariantBuilder saved;

  g_variant_builder_init (&saved, G_VARIANT_TYPE ("a(sbi)"));
  for (guint i = 0; i < g_list_model_get_n_items (list); i++)
    {
      g_autoptr (GtkColumnViewColumn) column = g_list_model_get_item (list, i);

      g_variant_builder_add (&saved, "(sbi)", bounce_study_columns_get_name (column),
                             gtk_column_view_column_get_visible (column),
                             gtk_column_view_column_get_fixed_width (column));
    }
  g_settings_set_value (settings, "columns", g_variant_builder_end (&saved));
}
