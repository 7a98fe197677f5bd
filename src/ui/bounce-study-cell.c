/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* See the header. Main thread. */

#include "config.h"

#include "bounce-study-cell.h"

#include "bounce-studies-page.h"
#include "bounce-study-words.h"

#include <glib/gi18n.h>

struct _BounceStudyCell
{
  AdwBin parent_instance;

  GtkListItem *item; /* not owned: it owns the cell */
  GtkLabel *label;   /* of either kind */
  GtkImage *icon;    /* (nullable) from here on: of the status only */
  GtkLabel *detail;
  GtkProgressBar *progress;
};

G_DEFINE_FINAL_TYPE (BounceStudyCell, bounce_study_cell, ADW_TYPE_BIN)

static void
pressed_cb (BounceStudyCell *self, int n_press, double x, double y)
{
  GtkWidget *page = gtk_widget_get_ancestor (GTK_WIDGET (self), BOUNCE_TYPE_STUDIES_PAGE);
  double page_x, page_y;

  if (page == NULL
      || !gtk_widget_translate_coordinates (GTK_WIDGET (self), page, x, y, &page_x, &page_y))
    return;
  bounce_studies_page_popup_menu (BOUNCE_STUDIES_PAGE (page),
                                  gtk_list_item_get_position (self->item), page_x, page_y);
}

static void
bounce_study_cell_class_init (BounceStudyCellClass *klass)
{
}

static void
bounce_study_cell_init (BounceStudyCell *self)
{
  GtkGesture *gesture = gtk_gesture_click_new ();

  gtk_gesture_single_set_button (GTK_GESTURE_SINGLE (gesture), GDK_BUTTON_SECONDARY);
  g_signal_connect_swapped (gesture, "pressed", G_CALLBACK (pressed_cb), self);
  gtk_widget_add_controller (GTK_WIDGET (self), GTK_EVENT_CONTROLLER (gesture));
  gtk_widget_add_css_class (GTK_WIDGET (self), "study-cell");
}

/**
 * bounce_study_cell_new_text:
 * @item: whose child the cell will be
 * @is_number: right-aligned, figures of one width
 *
 * Returns: (transfer floating): an empty cell
 */
GtkWidget *
bounce_study_cell_new_text (GtkListItem *item, gboolean is_number)
{
  BounceStudyCell *self = g_object_new (BOUNCE_TYPE_STUDY_CELL, NULL);

  self->item = item;
  self->label = GTK_LABEL (gtk_label_new (NULL));
  gtk_label_set_ellipsize (self->label, PANGO_ELLIPSIZE_END);
  gtk_label_set_xalign (self->label, is_number ? 1 : 0);
  if (is_number)
    gtk_widget_add_css_class (GTK_WIDGET (self->label), "numeric");
  adw_bin_set_child (ADW_BIN (self), GTK_WIDGET (self->label));
  return GTK_WIDGET (self);
}

/**
 * bounce_study_cell_new_status:
 * @item: whose child the cell will be
 *
 * Returns: (transfer floating): an empty cell
 */
GtkWidget *
bounce_study_cell_new_status (GtkListItem *item)
{
  BounceStudyCell *self = g_object_new (BOUNCE_TYPE_STUDY_CELL, NULL);
  g_autoptr (GtkBuilder) builder =
      gtk_builder_new_from_resource ("/cloud/aurabox/Bounce/ui/study-cell.ui");

  self->item = item;
  self->label = GTK_LABEL (gtk_builder_get_object (builder, "label"));
  self->icon = GTK_IMAGE (gtk_builder_get_object (builder, "icon"));
  self->detail = GTK_LABEL (gtk_builder_get_object (builder, "detail"));
  self->progress = GTK_PROGRESS_BAR (gtk_builder_get_object (builder, "progress"));
  adw_bin_set_child (ADW_BIN (self), GTK_WIDGET (gtk_builder_get_object (builder, "status_box")));
  return GTK_WIDGET (self);
}

/**
 * bounce_study_cell_show_text:
 *
 * Thread: main
 */
void
bounce_study_cell_show_text (BounceStudyCell *self, const char *text)
{
  g_return_if_fail (BOUNCE_IS_STUDY_CELL (self));

  gtk_label_set_label (self->label, text);
}

static void
show_progress (BounceStudyCell *self, BounceStudyItem *study)
{
  gboolean is_uploading = bounce_study_item_is_uploading (study);
  double fraction = CLAMP (bounce_study_item_get_progress (study), 0, 1);
  g_autofree char *text = NULL;

  gtk_widget_set_visible (GTK_WIDGET (self->progress), is_uploading);
  if (!is_uploading)
    return;
  text = g_strdup_printf (_ ("%.0f %% uploaded"), fraction * 100);
  gtk_progress_bar_set_fraction (self->progress, fraction);
  gtk_accessible_update_property (GTK_ACCESSIBLE (self->progress),
                                  GTK_ACCESSIBLE_PROPERTY_VALUE_TEXT, text, -1);
}

/* The icon's shape tells the states apart; colour only helps. */
static void
show_icon (BounceStudyCell *self, const BounceStudy *study)
{
  static const char *const classes[][2] = {
    { "ERROR", "error" },
    { "SENT", "success" },
    { "UPLOADING", "accent" },
  };

  gtk_image_set_from_icon_name (self->icon, bounce_study_words_status_icon (study));
  for (gsize i = 0; i < G_N_ELEMENTS (classes); i++)
    {
      if (g_strcmp0 (study->status, classes[i][0]) == 0)
        gtk_widget_add_css_class (GTK_WIDGET (self->icon), classes[i][1]);
      else
        gtk_widget_remove_css_class (GTK_WIDGET (self->icon), classes[i][1]);
    }
}

/**
 * bounce_study_cell_show_status:
 *
 * Thread: main
 */
void
bounce_study_cell_show_status (BounceStudyCell *self, BounceStudyItem *item)
{
  const BounceStudy *study = bounce_study_item_get_study (item);
  gint64 now = g_get_real_time ();
  g_autofree char *words = bounce_study_words_status (study, now);
  g_autofree char *arrived = bounce_study_words_arrived (study, now);
  g_autofree char *detail = NULL;

  g_return_if_fail (BOUNCE_IS_STUDY_CELL (self));
  g_return_if_fail (self->icon != NULL);

  if (bounce_study_item_is_uploading (item))
    detail = bounce_study_words_progress (bounce_study_item_get_rate (item),
                                          bounce_study_item_get_time_left_us (item));
  else
    detail = bounce_study_words_status_detail (study, now);
  gtk_label_set_label (self->label, words);
  gtk_label_set_label (self->detail, detail != NULL ? detail : "");
  gtk_widget_set_visible (GTK_WIDGET (self->detail), detail != NULL);
  gtk_widget_set_tooltip_text (GTK_WIDGET (self), arrived);
  show_icon (self, study);
  show_progress (self, item);
}
