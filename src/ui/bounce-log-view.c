/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* See the header. It follows the newest line for as long as the end is in sight; whoever scrolled
 * up keeps the place. Main thread. */

#include "config.h"

#include "bounce-log-view.h"

#include "bounce-log-model.h"

#include <glib/gi18n.h>

/* This near to the end counts as the end. */
#define END_TOLERANCE_PIXELS 40

struct _BounceLogView
{
  AdwBin parent_instance;

  GtkScrolledWindow *scrolled_window;
  GtkListView *view;
  GtkDropDown *level_drop_down;
  GtkToggleButton *pause_button;
  GtkButton *copy_button;
  GtkButton *open_button;

  BounceLogModel *model; /* (owned) */
  gboolean follows;      /* the end was in sight before the lines changed */
  guint follow_source;   /* it is gone to as soon as the lines have their places */
};

G_DEFINE_FINAL_TYPE (BounceLogView, bounce_log_view, ADW_TYPE_BIN)

static const char *
get_level_word (BounceLogLevel level)
{
  static const char *const words[] = { N_ ("Debug"), N_ ("Info"), N_ ("Warning"), N_ ("Error") };

  return _ (words[CLAMP ((int) level, 0, (int) G_N_ELEMENTS (words) - 1)]);
}

static void
setup_cb (GtkSignalListItemFactory *factory, GtkListItem *item, gpointer user_data)
{
  GtkWidget *label = gtk_label_new (NULL);

  gtk_label_set_xalign (GTK_LABEL (label), 0);
  gtk_label_set_wrap (GTK_LABEL (label), TRUE);
  gtk_label_set_wrap_mode (GTK_LABEL (label), PANGO_WRAP_WORD_CHAR);
  gtk_list_item_set_child (item, label);
}

static void
bind_cb (GtkSignalListItemFactory *factory, GtkListItem *item, gpointer user_data)
{
  BounceLogLine *line = gtk_list_item_get_item (item);
  GtkWidget *label = gtk_list_item_get_child (item);
  BounceLogLevel level = bounce_log_line_get_level (line);
  g_autoptr (GDateTime) utc =
      g_date_time_new_from_unix_utc (bounce_log_line_get_time_us (line) / G_USEC_PER_SEC);
  g_autoptr (GDateTime) local = g_date_time_to_local (utc);
  g_autofree char *time = g_date_time_format (local, "%H:%M:%S");
  g_autofree char *text = g_strdup_printf ("%s  %-8s %s", time, get_level_word (level),
                                           bounce_log_line_get_text (line));

  gtk_label_set_label (GTK_LABEL (label), text);
  gtk_widget_remove_css_class (label, "error");
  gtk_widget_remove_css_class (label, "warning");
  if (level == BOUNCE_LOG_ERROR)
    gtk_widget_add_css_class (label, "error");
  else if (level == BOUNCE_LOG_WARNING)
    gtk_widget_add_css_class (label, "warning");
}

static void
scrolled_cb (BounceLogView *self, GtkAdjustment *adjustment)
{
  if (self->follow_source != 0)
    return; /* GTK itself, which keeps the line at the top */
  self->follows = gtk_adjustment_get_value (adjustment) + gtk_adjustment_get_page_size (adjustment)
                  >= gtk_adjustment_get_upper (adjustment) - END_TOLERANCE_PIXELS;
}

static gboolean
follow_cb (gpointer user_data)
{
  BounceLogView *self = user_data;
  guint n_lines = g_list_model_get_n_items (G_LIST_MODEL (self->model));

  if (n_lines > 0)
    gtk_widget_activate_action (GTK_WIDGET (self->view), "list.scroll-to-item", "u", n_lines - 1);
  self->follow_source = 0;
  return G_SOURCE_REMOVE;
}

/* Not at once: the list is just telling its size, and would not notice. */
static void
size_changed_cb (BounceLogView *self, GtkAdjustment *adjustment)
{
  if (self->model != NULL && self->follows && self->follow_source == 0)
    self->follow_source = g_idle_add_full (G_PRIORITY_LOW, follow_cb, self, NULL);
}

static void
level_changed_cb (BounceLogView *self)
{
  bounce_log_model_set_level (
      self->model, (BounceLogLevel) MIN (gtk_drop_down_get_selected (self->level_drop_down),
                                         (guint) BOUNCE_LOG_ERROR));
}

static void
pause_toggled_cb (BounceLogView *self)
{
  bounce_log_model_set_paused (self->model, gtk_toggle_button_get_active (self->pause_button));
}

static void
copy_cb (BounceLogView *self)
{
  g_autofree char *text = bounce_log_model_dup_text (self->model);

  gdk_clipboard_set_text (gtk_widget_get_clipboard (GTK_WIDGET (self)), text);
  gtk_widget_activate_action (GTK_WIDGET (self), "win.tell", "s", _ ("Copied"));
}

static void
open_cb (BounceLogView *self)
{
  g_autofree char *path = bounce_log_dup_path ();
  g_autofree char *uri = path != NULL ? g_filename_to_uri (path, NULL, NULL) : NULL;

  if (uri != NULL)
    gtk_show_uri (GTK_WINDOW (gtk_widget_get_root (GTK_WIDGET (self))), uri, GDK_CURRENT_TIME);
  else
    gtk_widget_activate_action (GTK_WIDGET (self), "win.tell", "s", _ ("There is no log file"));
}

/**
 * bounce_log_view_set_search:
 * @search: (nullable): only lines with this in them
 *
 * Thread: main
 */
void
bounce_log_view_set_search (BounceLogView *self, const char *search)
{
  g_return_if_fail (BOUNCE_IS_LOG_VIEW (self));

  bounce_log_model_set_search (self->model, search);
}

static void
bounce_log_view_dispose (GObject *object)
{
  g_clear_handle_id (&BOUNCE_LOG_VIEW (object)->follow_source, g_source_remove);
  g_clear_object (&BOUNCE_LOG_VIEW (object)->model);
  adw_bin_set_child (ADW_BIN (object), NULL);
  G_OBJECT_CLASS (bounce_log_view_parent_class)->dispose (object);
}

static void
bounce_log_view_class_init (BounceLogViewClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = bounce_log_view_dispose;
  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/cloud/aurabox/Bounce/ui/log-view.ui");
  gtk_widget_class_bind_template_child (widget_class, BounceLogView, scrolled_window);
  gtk_widget_class_bind_template_child (widget_class, BounceLogView, view);
  gtk_widget_class_bind_template_child (widget_class, BounceLogView, level_drop_down);
  gtk_widget_class_bind_template_child (widget_class, BounceLogView, pause_button);
  gtk_widget_class_bind_template_child (widget_class, BounceLogView, copy_button);
  gtk_widget_class_bind_template_child (widget_class, BounceLogView, open_button);
}

static void
connect_buttons (BounceLogView *self)
{
  g_signal_connect_object (self->level_drop_down, "notify::selected", G_CALLBACK (level_changed_cb),
                           self, G_CONNECT_SWAPPED);
  g_signal_connect_object (self->pause_button, "toggled", G_CALLBACK (pause_toggled_cb), self,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (self->copy_button, "clicked", G_CALLBACK (copy_cb), self,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (self->open_button, "clicked", G_CALLBACK (open_cb), self,
                           G_CONNECT_SWAPPED);
}

static void
bounce_log_view_init (BounceLogView *self)
{
  g_autoptr (GtkListItemFactory) factory = gtk_signal_list_item_factory_new ();
  g_autoptr (GtkNoSelection) selection = NULL;
  GtkAdjustment *adjustment;

  gtk_widget_init_template (GTK_WIDGET (self));
  self->model = bounce_log_model_new ();
  self->follows = TRUE;
  selection = gtk_no_selection_new (g_object_ref (G_LIST_MODEL (self->model)));
  g_signal_connect (factory, "setup", G_CALLBACK (setup_cb), NULL);
  g_signal_connect (factory, "bind", G_CALLBACK (bind_cb), NULL);
  gtk_list_view_set_factory (self->view, factory);
  gtk_list_view_set_model (self->view, GTK_SELECTION_MODEL (selection));
  adjustment = gtk_scrolled_window_get_vadjustment (self->scrolled_window);
  g_signal_connect_object (adjustment, "value-changed", G_CALLBACK (scrolled_cb), self,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (adjustment, "changed", G_CALLBACK (size_changed_cb), self,
                           G_CONNECT_SWAPPED);
  connect_buttons (self);
}
