/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* See the header. The values are read from the service when another study is shown and whenever
 * its row changes; transfers and events are models of their own that live as long as the study is
 * shown.
 *
 * Main thread. */

#include "config.h"

#include "bounce-study-details.h"

#include "bounce-activity-rows.h"
#include "bounce-selection-summary.h"
#include "bounce-study-words.h"

#include "bounce-event-model.h"
#include "bounce-service-bulk.h"
#include "bounce-transfer-model.h"
#include "bounce-wording.h"

#include <glib/gi18n.h>

struct _BounceStudyDetails
{
  AdwBin parent_instance;

  GtkStack *stack;
  BounceSelectionSummary *selection_summary;
  GtkLabel *name_label;
  GtkLabel *description_label;
  GtkLabel *arrived_label;
  GtkImage *arrived_icon;
  GtkLabel *patient_id_label;
  GtkLabel *birth_date_label;
  GtkLabel *accession_label;
  GtkLabel *received_label;
  GtkLabel *size_label;
  GtkLabel *uid_label;
  GtkButton *copy_uid_button;
  GtkListBox *series_list;
  GtkListBox *transfer_list;
  GtkListBox *event_list;

  BounceService *service;    /* (owned) (nullable) */
  BounceStudyItem *item;     /* (owned) (nullable) what is shown */
  GCancellable *cancellable; /* (owned) (nullable) of what is being read */
};

G_DEFINE_FINAL_TYPE (BounceStudyDetails, bounce_study_details, ADW_TYPE_BIN)

static void
set_text (GtkLabel *label, const char *text)
{
  gtk_label_set_label (label, text != NULL && *text != '\0' ? text : "–");
}

static char *
describe_size (const BounceStudy *study)
{
  g_autofree char *images = bounce_wording_images (study->instances);
  g_autofree char *size = bounce_wording_size (study->bytes);

  return g_strdup_printf ("%s, %s", images, size);
}

/* As in the table: shape and colour. */
static void
show_arrived_icon (BounceStudyDetails *self, const BounceStudy *study)
{
  static const char *const classes[] = { "warning", "error", "success", "accent" };
  const char *color = bounce_study_words_status_color (study);

  for (guint i = 0; i < G_N_ELEMENTS (classes); i++)
    if (color != NULL && g_str_has_prefix (color, classes[i]))
      gtk_widget_add_css_class (GTK_WIDGET (self->arrived_icon), classes[i]);
    else
      gtk_widget_remove_css_class (GTK_WIDGET (self->arrived_icon), classes[i]);
  gtk_image_set_from_icon_name (self->arrived_icon, bounce_study_words_status_icon (study));
}

static void
show_study (BounceStudyDetails *self, const BounceStudy *study)
{
  const char *name = bounce_study_item_get_display_name (self->item);
  g_autofree char *birth_date = bounce_study_words_date (study->patient_birth_date);
  g_autofree char *received = bounce_study_words_time (study->created_at_us);
  g_autofree char *size = describe_size (study);
  g_autofree char *arrived = bounce_study_words_arrived (study, g_get_real_time ());

  gtk_label_set_label (self->name_label, bounce_study_words_patient (name));
  set_text (self->description_label, study->study_description);
  gtk_label_set_label (self->arrived_label, arrived);
  show_arrived_icon (self, study);
  set_text (self->patient_id_label, study->patient_id);
  set_text (self->birth_date_label, birth_date);
  set_text (self->accession_label, study->accession_number);
  set_text (self->received_label, received);
  gtk_label_set_label (self->size_label, size);
  set_text (self->uid_label, study->study_uid);
}

static void
clear_list (GtkListBox *list)
{
  GtkListBoxRow *row;

  while ((row = gtk_list_box_get_row_at_index (list, 0)) != NULL)
    gtk_list_box_remove (list, GTK_WIDGET (row));
}

static GtkWidget *
create_series_row (const BounceSeriesMetadata *series)
{
  GtkWidget *row = adw_action_row_new ();
  g_autofree char *images = bounce_wording_images (series->instances);
  g_autofree char *number =
      series->has_series_number ? g_strdup_printf ("%d", series->series_number) : g_strdup ("–");
  /* Translators: number of a series and its modality */
  g_autofree char *subtitle = g_strdup_printf (_ ("Series %s · %s"), number,
                                               series->modality != NULL ? series->modality : "–");
  GtkWidget *count = gtk_label_new (images);

  adw_preferences_row_set_use_markup (ADW_PREFERENCES_ROW (row), FALSE);
  adw_preferences_row_set_title (ADW_PREFERENCES_ROW (row), series->series_description != NULL
                                                                ? series->series_description
                                                                : _ ("No description"));
  adw_action_row_set_subtitle (ADW_ACTION_ROW (row), subtitle);
  gtk_widget_add_css_class (count, "numeric");
  gtk_widget_add_css_class (count, "dim-label");
  adw_action_row_add_suffix (ADW_ACTION_ROW (row), count);
  return row;
}

static void
metadata_read_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (BounceStudyDetails) self = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (BounceStudyMetadata) metadata =
      bounce_service_get_metadata_finish (BOUNCE_SERVICE (source), result, &error);

  /* A study that was deleted meanwhile has nothing to show. */
  if (metadata == NULL || self->item == NULL)
    return;
  clear_list (self->series_list);
  for (guint i = 0; i < metadata->series->len; i++)
    gtk_list_box_append (self->series_list,
                         create_series_row (g_ptr_array_index (metadata->series, i)));
}

static void
study_read_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (BounceStudyDetails) self = user_data;
  g_autoptr (BounceStudy) study =
      bounce_service_get_study_finish (BOUNCE_SERVICE (source), result, NULL);

  if (study != NULL && self->item != NULL)
    show_study (self, study);
}

/* The row knows no undelivered images and no series: both are read. */
static void
read_study (BounceStudyDetails *self)
{
  const char *uid = bounce_study_item_get_study (self->item)->study_uid;

  g_cancellable_cancel (self->cancellable);
  g_clear_object (&self->cancellable);
  self->cancellable = g_cancellable_new ();
  bounce_service_get_study_async (self->service, uid, self->cancellable, study_read_cb,
                                  g_object_ref (self));
  bounce_service_get_metadata_async (self->service, uid, self->cancellable, metadata_read_cb,
                                     g_object_ref (self));
}

static void
show_models (BounceStudyDetails *self)
{
  const char *uid = bounce_study_item_get_study (self->item)->study_uid;
  g_autoptr (BounceTransferModel) transfers = bounce_transfer_model_new (self->service, uid);
  g_autoptr (BounceEventModel) events = bounce_event_model_new (self->service, uid);

  gtk_list_box_bind_model (self->transfer_list, G_LIST_MODEL (transfers),
                           bounce_activity_create_transfer_row, GINT_TO_POINTER (FALSE), NULL);
  gtk_list_box_bind_model (self->event_list, G_LIST_MODEL (events),
                           bounce_activity_create_event_row, GINT_TO_POINTER (FALSE), NULL);
}

static void
forget_item (BounceStudyDetails *self)
{
  if (self->item != NULL)
    g_signal_handlers_disconnect_by_data (self->item, self);
  g_clear_object (&self->item);
  bounce_selection_summary_clear (self->selection_summary);
  g_cancellable_cancel (self->cancellable);
}

/**
 * bounce_study_details_show:
 * @item: (nullable): the study to show; none when none is selected
 *
 * Thread: main
 */
void
bounce_study_details_show (BounceStudyDetails *self, BounceStudyItem *item)
{
  g_return_if_fail (BOUNCE_IS_STUDY_DETAILS (self));

  if (item != NULL && item == self->item)
    return;
  forget_item (self);
  gtk_stack_set_visible_child_name (self->stack, item != NULL ? "study" : "none");
  if (item == NULL)
    return;
  self->item = g_object_ref (item);
  clear_list (self->series_list);
  show_study (self, bounce_study_item_get_study (item));
  g_signal_connect_swapped (item, "notify::updated-us", G_CALLBACK (read_study), self);
  g_signal_connect_swapped (item, "notify::status", G_CALLBACK (read_study), self);
  g_signal_connect_swapped (item, "notify::next-attempt-us", G_CALLBACK (read_study), self);
  read_study (self);
  show_models (self);
}

/**
 * bounce_study_details_show_several:
 * @model: the studies
 * @selection: which of them are selected: more than one
 *
 * Thread: main
 */
void
bounce_study_details_show_several (BounceStudyDetails *self,
                                   BounceStudyModel *model,
                                   BounceStudySelection *selection)
{
  g_return_if_fail (BOUNCE_IS_STUDY_DETAILS (self));

  forget_item (self);
  bounce_selection_summary_show (self->selection_summary, model, selection);
  gtk_stack_set_visible_child_name (self->stack, "several");
}

/**
 * bounce_study_details_set_service:
 *
 * Once only, before anything is shown.
 *
 * Thread: main
 */
void
bounce_study_details_set_service (BounceStudyDetails *self, BounceService *service)
{
  g_return_if_fail (BOUNCE_IS_STUDY_DETAILS (self));
  g_return_if_fail (self->service == NULL);

  self->service = g_object_ref (service);
  bounce_study_details_show (self, NULL);
}

static void
copy_uid_cb (BounceStudyDetails *self)
{
  gdk_clipboard_set_text (gtk_widget_get_clipboard (GTK_WIDGET (self)),
                          gtk_label_get_label (self->uid_label));
  gtk_widget_activate_action (GTK_WIDGET (self), "win.tell", "s", _ ("Copied"));
}

static void
bounce_study_details_dispose (GObject *object)
{
  BounceStudyDetails *self = BOUNCE_STUDY_DETAILS (object);

  forget_item (self);
  g_clear_object (&self->cancellable);
  g_clear_object (&self->service);
  adw_bin_set_child (ADW_BIN (self), NULL);
  G_OBJECT_CLASS (bounce_study_details_parent_class)->dispose (object);
}

static void
bounce_study_details_class_init (BounceStudyDetailsClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = bounce_study_details_dispose;
  g_type_ensure (BOUNCE_TYPE_SELECTION_SUMMARY);
  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/cloud/aurabox/Bounce/ui/study-details.ui");
  gtk_widget_class_bind_template_child (widget_class, BounceStudyDetails, stack);
  gtk_widget_class_bind_template_child (widget_class, BounceStudyDetails, selection_summary);
  gtk_widget_class_bind_template_child (widget_class, BounceStudyDetails, name_label);
  gtk_widget_class_bind_template_child (widget_class, BounceStudyDetails, description_label);
  gtk_widget_class_bind_template_child (widget_class, BounceStudyDetails, arrived_label);
  gtk_widget_class_bind_template_child (widget_class, BounceStudyDetails, arrived_icon);
  gtk_widget_class_bind_template_child (widget_class, BounceStudyDetails, patient_id_label);
  gtk_widget_class_bind_template_child (widget_class, BounceStudyDetails, birth_date_label);
  gtk_widget_class_bind_template_child (widget_class, BounceStudyDetails, accession_label);
  gtk_widget_class_bind_template_child (widget_class, BounceStudyDetails, received_label);
  gtk_widget_class_bind_template_child (widget_class, BounceStudyDetails, size_label);
  gtk_widget_class_bind_template_child (widget_class, BounceStudyDetails, uid_label);
  gtk_widget_class_bind_template_child (widget_class, BounceStudyDetails, copy_uid_button);
  gtk_widget_class_bind_template_child (widget_class, BounceStudyDetails, series_list);
  gtk_widget_class_bind_template_child (widget_class, BounceStudyDetails, transfer_list);
  gtk_widget_class_bind_template_child (widget_class, BounceStudyDetails, event_list);
}

static void
bounce_study_details_init (BounceStudyDetails *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
  g_signal_connect_object (self->copy_uid_button, "clicked", G_CALLBACK (copy_uid_cb), self,
                           G_CONNECT_SWAPPED);
}
