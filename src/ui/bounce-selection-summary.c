/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* See the header. The number is known at once; the rest is read by the store, a moment after the
 * selection came to rest, because a selection that is being dragged changes with every row. It is
 * read again while it is shown, so that "not yet" becomes "yes" before one's eyes. Main thread. */

#include "config.h"

#include "bounce-selection-summary.h"

#include "bounce-study-words.h"

#include "bounce-wording.h"

#include <glib/gi18n.h>

#define READ_DELAY_MS 150
#define READ_AGAIN_MS 2000
/* A sum of very many studies takes a while, in which the table cannot be sorted: pauses of so many
 * times what it took. */
#define PAUSE_FACTOR 20

struct _BounceSelectionSummary
{
  AdwBin parent_instance;

  GtkLabel *title_label;
  GtkImage *arrived_icon;
  GtkLabel *arrived_label;
  GtkLabel *images_label;
  GtkLabel *size_label;

  BounceStudyModel *model;         /* (owned) (nullable) */
  BounceStudySelection *selection; /* (owned) (nullable) */
  GCancellable *cancellable;       /* (owned) (nullable) of the sum */
  guint read_source;
  gint64 read_started_us; /* monotonic */
};

G_DEFINE_FINAL_TYPE (BounceSelectionSummary, bounce_selection_summary, ADW_TYPE_BIN)

static void schedule_read (BounceSelectionSummary *self, guint delay_ms);

static char *
tell_arrived (const BounceStudySum *sum)
{
  g_autofree char *images = NULL;
  guint n = sum->undelivered_studies;

  if (n == 0 && bounce_study_words_is_trial ())
    return g_strdup (_ ("Yes, in this trial. All of these studies have reached the stand-in for "
                        "Aurabox."));
  if (n == 0)
    return g_strdup (_ ("Yes. All of these studies have reached Aurabox."));
  images = bounce_wording_images (sum->undelivered_instances);
  /* Translators: %s is a number of images, such as "40 images" */
  return g_strdup_printf (ngettext ("Not all. %u study with %s has not reached Aurabox yet.",
                                    "Not all. %u studies with %s have not reached Aurabox yet.", n),
                          n, images);
}

static void
show_sum (BounceSelectionSummary *self, const BounceStudySum *sum)
{
  g_autofree char *arrived = tell_arrived (sum);
  g_autofree char *images = g_strdup_printf ("%" G_GUINT64_FORMAT, sum->instances);
  g_autofree char *size = bounce_wording_size (sum->bytes);

  gtk_label_set_label (self->arrived_label, arrived);
  gtk_image_set_from_icon_name (self->arrived_icon, sum->undelivered_studies == 0
                                                        ? "emblem-ok-symbolic"
                                                        : "content-loading-symbolic");
  gtk_label_set_label (self->images_label, images);
  gtk_label_set_label (self->size_label, size);
}

static void
summed_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (BounceSelectionSummary) self = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (BounceStudySum) sum =
      bounce_study_model_sum_finish (BOUNCE_STUDY_MODEL (source), result, &error);
  guint took_ms;

  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED) || self->model == NULL)
    return;
  if (sum != NULL)
    show_sum (self, sum);
  else
    gtk_label_set_label (self->arrived_label, error->message);
  took_ms = (guint) ((g_get_monotonic_time () - self->read_started_us) / 1000);
  schedule_read (self, MAX (READ_AGAIN_MS, PAUSE_FACTOR * took_ms));
}

static gboolean
read_cb (gpointer user_data)
{
  BounceSelectionSummary *self = user_data;

  self->read_source = 0;
  if (gtk_widget_get_mapped (GTK_WIDGET (self)))
    {
      g_autoptr (GArray) ids = bounce_study_selection_list (self->selection);

      g_clear_object (&self->cancellable);
      self->cancellable = g_cancellable_new ();
      self->read_started_us = g_get_monotonic_time ();
      bounce_study_model_sum_async (self->model, (const gint64 *) ids->data, ids->len,
                                    self->cancellable, summed_cb, g_object_ref (self));
    }
  else
    schedule_read (self, READ_AGAIN_MS);
  return G_SOURCE_REMOVE;
}

static void
schedule_read (BounceSelectionSummary *self, guint delay_ms)
{
  g_clear_handle_id (&self->read_source, g_source_remove);
  self->read_source = g_timeout_add (delay_ms, read_cb, self);
}

/**
 * bounce_selection_summary_clear:
 *
 * Shows and reads nothing any more.
 *
 * Thread: main
 */
void
bounce_selection_summary_clear (BounceSelectionSummary *self)
{
  g_return_if_fail (BOUNCE_IS_SELECTION_SUMMARY (self));

  g_clear_handle_id (&self->read_source, g_source_remove);
  g_cancellable_cancel (self->cancellable);
  g_clear_object (&self->cancellable);
  g_clear_object (&self->model);
  g_clear_object (&self->selection);
}

/**
 * bounce_selection_summary_show:
 * @model: the studies
 * @selection: which of them
 *
 * Thread: main
 */
void
bounce_selection_summary_show (BounceSelectionSummary *self,
                               BounceStudyModel *model,
                               BounceStudySelection *selection)
{
  guint n = bounce_study_selection_get_n_selected (selection);
  g_autofree char *title =
      g_strdup_printf (ngettext ("%u study selected", "%u studies selected", n), n);

  g_return_if_fail (BOUNCE_IS_SELECTION_SUMMARY (self));
  g_return_if_fail (BOUNCE_IS_STUDY_SELECTION (selection));

  bounce_selection_summary_clear (self);
  self->model = g_object_ref (model);
  self->selection = g_object_ref (selection);
  gtk_label_set_label (self->title_label, title);
  gtk_label_set_label (self->arrived_label, "…");
  schedule_read (self, READ_DELAY_MS);
}

static void
bounce_selection_summary_dispose (GObject *object)
{
  bounce_selection_summary_clear (BOUNCE_SELECTION_SUMMARY (object));
  adw_bin_set_child (ADW_BIN (object), NULL);
  G_OBJECT_CLASS (bounce_selection_summary_parent_class)->dispose (object);
}

static void
bounce_selection_summary_class_init (BounceSelectionSummaryClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = bounce_selection_summary_dispose;
  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/cloud/aurabox/Bounce/ui/selection-summary.ui");
  gtk_widget_class_bind_template_child (widget_class, BounceSelectionSummary, title_label);
  gtk_widget_class_bind_template_child (widget_class, BounceSelectionSummary, arrived_icon);
  gtk_widget_class_bind_template_child (widget_class, BounceSelectionSummary, arrived_label);
  gtk_widget_class_bind_template_child (widget_class, BounceSelectionSummary, images_label);
  gtk_widget_class_bind_template_child (widget_class, BounceSelectionSummary, size_label);
}

static void
bounce_selection_summary_init (BounceSelectionSummary *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
}
