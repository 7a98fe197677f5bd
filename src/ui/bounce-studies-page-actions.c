/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* What can be done with the selected studies. Each command first asks the model what the selection
 * amounts to, because rows that were never shown are not in memory; deleting says what would be
 * lost before it does anything; each result is told, failures one by one.
 *
 * Main thread. */

#include "config.h"

#include "bounce-studies-page-private.h"

#include "bounce-service-bulk.h"
#include "bounce-wording.h"

#include <glib/gi18n.h>

/* Failures listed one by one; more are only counted. */
#define MAX_FAILURES_TOLD 8

typedef void (*SumFunc) (BounceStudiesPage *self, BounceStudySum *sum);

typedef struct
{
  BounceStudiesPage *page; /* (owned) */
  SumFunc func;
} SumCall;

static void
tell (BounceStudiesPage *self, const char *text)
{
  gtk_widget_activate_action (GTK_WIDGET (self), "win.tell", "s", text);
}

static void
summed_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autofree SumCall *call = user_data;
  g_autoptr (BounceStudiesPage) self = call->page;
  g_autoptr (GError) error = NULL;
  g_autoptr (BounceStudySum) sum =
      bounce_study_model_sum_finish (BOUNCE_STUDY_MODEL (source), result, &error);

  if (self->service == NULL || g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    return;
  if (sum == NULL)
    tell (self, error->message);
  else if (sum->study_uids[0] != NULL)
    call->func (self, sum);
}

static void
sum_ids (BounceStudiesPage *self, const gint64 *ids, guint n_ids, SumFunc func)
{
  SumCall *call;

  if (n_ids == 0)
    return;
  call = g_new0 (SumCall, 1);
  call->page = g_object_ref (self);
  call->func = func;
  bounce_study_model_sum_async (self->model, ids, n_ids, self->cancellable, summed_cb, call);
}

static void
sum_selection (BounceStudiesPage *self, SumFunc func)
{
  g_autoptr (GArray) ids = bounce_study_selection_list (self->selection);

  sum_ids (self, (const gint64 *) ids->data, ids->len, func);
}

static GtkWindow *
get_window (BounceStudiesPage *self)
{
  return GTK_WINDOW (gtk_widget_get_root (GTK_WIDGET (self)));
}

static guint
list_failures (GPtrArray *results, GString *text)
{
  guint n_failed = 0;

  for (guint i = 0; i < results->len; i++)
    {
      const BounceStudyResult *result = g_ptr_array_index (results, i);

      if (result->error == NULL)
        continue;
      if (n_failed++ < MAX_FAILURES_TOLD)
        g_string_append_printf (text, "%s\n%s\n\n", result->study_uid, result->error->message);
    }
  if (n_failed > MAX_FAILURES_TOLD)
    g_string_append_printf (text,
                            ngettext ("and %u more", "and %u more", n_failed - MAX_FAILURES_TOLD),
                            n_failed - MAX_FAILURES_TOLD);
  return n_failed;
}

static guint
count_done (GPtrArray *results)
{
  guint n_done = 0;

  for (guint i = 0; i < results->len; i++)
    {
      const BounceStudyResult *result = g_ptr_array_index (results, i);

      n_done += result->error == NULL;
    }
  return n_done;
}

/* done: what became of the others. */
static void
tell_results (BounceStudiesPage *self, GPtrArray *results, const char *done)
{
  g_autoptr (GString) failures = g_string_new (NULL);
  guint n_failed = list_failures (results, failures);
  g_autofree char *heading = NULL;
  GtkWidget *dialog;

  if (self->service == NULL)
    return;
  if (n_failed < results->len)
    tell (self, done);
  if (n_failed == 0)
    return;
  heading = g_strdup_printf (
      ngettext ("%u Study Was Left as It Is", "%u Studies Were Left as They Are", n_failed),
      n_failed);
  dialog = adw_message_dialog_new (get_window (self), heading, failures->str);
  adw_message_dialog_add_response (ADW_MESSAGE_DIALOG (dialog), "close", _ ("_Close"));
  gtk_window_present (GTK_WINDOW (dialog));
}

static void
sent_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (BounceStudiesPage) self = user_data;
  g_autoptr (GPtrArray) results =
      bounce_service_bulk_finish (BOUNCE_SERVICE (source), result, NULL);
  guint n_done = count_done (results);
  g_autofree char *done = g_strdup_printf (
      ngettext ("%u study will be sent", "%u studies will be sent", n_done), n_done);

  tell_results (self, results, done);
}

static void
send_sum (BounceStudiesPage *self, BounceStudySum *sum)
{
  bounce_service_send_studies_async (self->service, (const char *const *) sum->study_uids, NULL,
                                     NULL, NULL, sent_cb, g_object_ref (self));
}

static void
deleted_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (BounceStudiesPage) self = user_data;
  g_autoptr (GPtrArray) results =
      bounce_service_bulk_finish (BOUNCE_SERVICE (source), result, NULL);
  guint n_done = count_done (results);
  g_autofree char *done = g_strdup_printf (
      ngettext ("%u study was deleted", "%u studies were deleted", n_done), n_done);

  tell_results (self, results, done);
}

static void
delete_answered_cb (AdwMessageDialog *dialog, const char *response, BounceStudiesPage *self)
{
  const char *const *uids = g_object_get_data (G_OBJECT (dialog), "study-uids");

  if (g_str_equal (response, "delete") && self->service != NULL)
    bounce_service_delete_studies_async (self->service, uids, NULL, NULL, NULL, deleted_cb,
                                         g_object_ref (self));
}

static char *
describe_loss (const BounceStudySum *sum)
{
  g_autofree char *size = bounce_wording_size (sum->bytes);
  g_autofree char *freed =
      g_strdup_printf (_ ("%s are removed from this computer. What Aurabox already has stays "
                          "there."),
                       size);
  g_autofree char *images = NULL;
  g_autofree char *loss = NULL;

  if (sum->undelivered_instances == 0)
    return g_strdup_printf ("%s\n\n%s", _ ("All of it was delivered."), freed);
  images = g_strdup_printf (ngettext ("%u image", "%u images", (gulong) sum->undelivered_instances),
                            (guint) sum->undelivered_instances);
  loss = g_strdup_printf (ngettext ("%u study is not fully delivered: %s would be lost.",
                                    "%u studies are not fully delivered: %s would be lost.",
                                    sum->undelivered_studies),
                          sum->undelivered_studies, images);
  return g_strdup_printf ("%s\n\n%s", loss, freed);
}

static void
ask_delete (BounceStudiesPage *self, BounceStudySum *sum)
{
  guint n_studies = g_strv_length (sum->study_uids);
  g_autofree char *heading =
      g_strdup_printf (ngettext ("Delete %u Study?", "Delete %u Studies?", n_studies), n_studies);
  g_autofree char *body = describe_loss (sum);
  AdwMessageDialog *dialog =
      ADW_MESSAGE_DIALOG (adw_message_dialog_new (get_window (self), heading, body));

  adw_message_dialog_add_responses (dialog, "cancel", _ ("_Cancel"), "delete", _ ("_Delete"), NULL);
  adw_message_dialog_set_response_appearance (dialog, "delete", ADW_RESPONSE_DESTRUCTIVE);
  adw_message_dialog_set_default_response (dialog, "cancel");
  adw_message_dialog_set_close_response (dialog, "cancel");
  g_object_set_data_full (G_OBJECT (dialog), "study-uids", g_strdupv (sum->study_uids),
                          (GDestroyNotify) g_strfreev);
  g_signal_connect_object (dialog, "response", G_CALLBACK (delete_answered_cb), self, 0);
  gtk_window_present (GTK_WINDOW (dialog));
}

static void
copy_sum (BounceStudiesPage *self, BounceStudySum *sum)
{
  g_autofree char *text = g_strjoinv ("\n", sum->study_uids);

  gdk_clipboard_set_text (gtk_widget_get_clipboard (GTK_WIDGET (self)), text);
  tell (self, _ ("Copied"));
}

static void
open_sum_folder (BounceStudiesPage *self, BounceStudySum *sum)
{
  g_autofree char *folder = bounce_service_dup_study_folder (self->service, sum->study_uids[0]);
  g_autofree char *uri = g_filename_to_uri (folder, NULL, NULL);

  if (g_file_test (folder, G_FILE_TEST_IS_DIR))
    gtk_show_uri (get_window (self), uri, GDK_CURRENT_TIME);
  else
    tell (self, _ ("The files of this study are no longer on this computer"));
}

static void
activate_send_cb (GtkWidget *widget, const char *name, GVariant *parameter)
{
  sum_selection (BOUNCE_STUDIES_PAGE (widget), send_sum);
}

static void
activate_delete_cb (GtkWidget *widget, const char *name, GVariant *parameter)
{
  sum_selection (BOUNCE_STUDIES_PAGE (widget), ask_delete);
}

static void
activate_delete_all_cb (GtkWidget *widget, const char *name, GVariant *parameter)
{
  BounceStudiesPage *self = BOUNCE_STUDIES_PAGE (widget);
  guint n_ids;
  const gint64 *ids = bounce_study_model_get_ids (self->model, &n_ids);

  sum_ids (self, ids, n_ids, ask_delete);
}

static void
activate_copy_uid_cb (GtkWidget *widget, const char *name, GVariant *parameter)
{
  sum_selection (BOUNCE_STUDIES_PAGE (widget), copy_sum);
}

static void
activate_open_folder_cb (GtkWidget *widget, const char *name, GVariant *parameter)
{
  sum_selection (BOUNCE_STUDIES_PAGE (widget), open_sum_folder);
}

static void
show_details (BounceStudiesPage *self, GArray *ids)
{
  BounceStudyItem *item = NULL;

  if (ids->len == 1)
    item = bounce_study_model_peek (self->model, g_array_index (ids, gint64, 0));
  bounce_study_details_show (self->details, item, ids->len);
}

/**
 * bounce_studies_page_selection_changed: (skip)
 *
 * Brings buttons and details in line with the selection.
 */
void
bounce_studies_page_selection_changed (BounceStudiesPage *self)
{
  g_autoptr (GArray) ids = bounce_study_selection_list (self->selection);
  g_autofree char *text =
      g_strdup_printf (ngettext ("%u study selected", "%u studies selected", ids->len), ids->len);
  static const char *const actions[] = { "studies.send", "studies.delete", "studies.copy-uid" };

  for (gsize i = 0; i < G_N_ELEMENTS (actions); i++)
    gtk_widget_action_set_enabled (GTK_WIDGET (self), actions[i], ids->len > 0);
  gtk_widget_action_set_enabled (GTK_WIDGET (self), "studies.open-folder", ids->len == 1);
  gtk_label_set_label (self->selection_label, text);
  gtk_action_bar_set_revealed (self->action_bar, ids->len > 0);
  show_details (self, ids);
}

/**
 * bounce_studies_page_popup_menu:
 * @position: the row that was clicked
 * @x: of the page
 * @y: of the page
 *
 * Opens the menu of the selection, which the row becomes unless it is part of it.
 *
 * Thread: main
 */
void
bounce_studies_page_popup_menu (BounceStudiesPage *self, guint position, double x, double y)
{
  GtkSelectionModel *selection = GTK_SELECTION_MODEL (self->selection);
  const GdkRectangle at = { (int) x, (int) y, 1, 1 };

  g_return_if_fail (BOUNCE_IS_STUDIES_PAGE (self));

  if (!gtk_selection_model_is_selected (selection, position))
    gtk_selection_model_select_item (selection, position, TRUE);
  gtk_popover_set_pointing_to (GTK_POPOVER (self->context_popover), &at);
  gtk_popover_popup (GTK_POPOVER (self->context_popover));
}

static gboolean
menu_key_cb (GtkWidget *widget, GVariant *args, gpointer user_data)
{
  BounceStudiesPage *self = BOUNCE_STUDIES_PAGE (widget);
  const GdkRectangle at = { gtk_widget_get_width (widget) / 3, 60, 1, 1 };

  if (self->selection == NULL || bounce_study_selection_get_n_selected (self->selection) == 0)
    return FALSE;
  gtk_popover_set_pointing_to (GTK_POPOVER (self->context_popover), &at);
  gtk_popover_popup (GTK_POPOVER (self->context_popover));
  return TRUE;
}

static void
add_keys (GtkWidgetClass *widget_class)
{
  const GdkModifierType control = GDK_CONTROL_MASK;

  gtk_widget_class_add_binding_action (widget_class, GDK_KEY_Return, control, "studies.send", NULL);
  gtk_widget_class_add_binding_action (widget_class, GDK_KEY_KP_Enter, control, "studies.send",
                                       NULL);
  gtk_widget_class_add_binding_action (widget_class, GDK_KEY_Delete, 0, "studies.delete", NULL);
  gtk_widget_class_add_binding_action (widget_class, GDK_KEY_KP_Delete, 0, "studies.delete", NULL);
  gtk_widget_class_add_binding_action (widget_class, GDK_KEY_o, control, "studies.open-folder",
                                       NULL);
  gtk_widget_class_add_binding_action (widget_class, GDK_KEY_C, control | GDK_SHIFT_MASK,
                                       "studies.copy-uid", NULL);
  gtk_widget_class_add_binding (widget_class, GDK_KEY_Menu, 0, menu_key_cb, NULL);
  gtk_widget_class_add_binding (widget_class, GDK_KEY_F10, GDK_SHIFT_MASK, menu_key_cb, NULL);
}

/**
 * bounce_studies_page_install_actions: (skip)
 *
 * Part of class_init.
 */
void
bounce_studies_page_install_actions (GtkWidgetClass *widget_class)
{
  static const struct
  {
    const char *name;
    GtkWidgetActionActivateFunc activate;
  } actions[] = {
    { "studies.send", activate_send_cb },
    { "studies.delete", activate_delete_cb },
    { "studies.copy-uid", activate_copy_uid_cb },
    { "studies.open-folder", activate_open_folder_cb },
    { "studies.delete-all", activate_delete_all_cb },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (actions); i++)
    gtk_widget_class_install_action (widget_class, actions[i].name, NULL, actions[i].activate);
  add_keys (widget_class);
}
