/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* See the header. It names what goes with numbers, counted when it opens, and what stays. Who gets
 * here by mistake cannot go on by mistake: Cancel is what Enter and Escape mean until the word is
 * there. Main thread. */

#include "config.h"

#include "bounce-reset-dialog.h"

#include "bounce-service-bulk.h"

#include "bounce-wording.h"

#include <glib/gi18n.h>

struct _BounceResetDialog
{
  AdwMessageDialog parent_instance;

  AdwActionRow *studies_row;
  AdwActionRow *undelivered_row;
  AdwEntryRow *entry_row;

  GCancellable *cancellable; /* (owned) of counting */
};

G_DEFINE_FINAL_TYPE (BounceResetDialog, bounce_reset_dialog, ADW_TYPE_MESSAGE_DIALOG)

static const char *
get_word (void)
{
  /* Translators: the word that a person types to confirm that everything is to be removed */
  return C_ ("confirmation", "reset");
}

static gboolean
is_word (const char *text)
{
  g_autofree char *stripped = g_strstrip (g_strdup (text));
  g_autofree char *typed = g_utf8_casefold (stripped, -1);
  g_autofree char *wanted = g_utf8_casefold (get_word (), -1);

  return g_utf8_collate (typed, wanted) == 0;
}

static void
text_changed_cb (BounceResetDialog *self)
{
  AdwMessageDialog *dialog = ADW_MESSAGE_DIALOG (self);
  gboolean is_confirmed = is_word (gtk_editable_get_text (GTK_EDITABLE (self->entry_row)));

  adw_message_dialog_set_response_enabled (dialog, "reset", is_confirmed);
  adw_message_dialog_set_default_response (dialog, is_confirmed ? "reset" : "cancel");
}

static void
show_undelivered (BounceResetDialog *self, const BounceStudySum *sum)
{
  g_autofree char *title =
      g_strdup_printf (ngettext ("%u study is not fully delivered",
                                 "%u studies are not fully delivered", sum->undelivered_studies),
                       sum->undelivered_studies);
  g_autofree char *subtitle =
      g_strdup_printf (ngettext ("%u image would be lost", "%u images would be lost",
                                 (gulong) sum->undelivered_instances),
                       (guint) sum->undelivered_instances);

  adw_preferences_row_set_title (ADW_PREFERENCES_ROW (self->undelivered_row), title);
  adw_action_row_set_subtitle (self->undelivered_row, subtitle);
  gtk_widget_set_visible (GTK_WIDGET (self->undelivered_row), sum->undelivered_studies > 0);
}

static void
show_sum (BounceResetDialog *self, const BounceStudySum *sum)
{
  guint n_studies = g_strv_length (sum->study_uids);
  g_autofree char *size = bounce_wording_size (sum->bytes);
  g_autofree char *title = g_strdup_printf (
      ngettext ("%u study is removed", "%u studies are removed", n_studies), n_studies);
  g_autofree char *subtitle =
      g_strdup_printf (ngettext ("%u image, %s", "%u images, %s", (gulong) sum->instances),
                       (guint) sum->instances, size);

  adw_preferences_row_set_title (ADW_PREFERENCES_ROW (self->studies_row),
                                 n_studies > 0 ? title : _ ("There is no study here"));
  adw_action_row_set_subtitle (self->studies_row, n_studies > 0 ? subtitle : "");
  show_undelivered (self, sum);
}

static void
studies_summed_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  BounceResetDialog *self = user_data; /* gone if cancelled */
  g_autoptr (GError) error = NULL;
  g_autoptr (BounceStudySum) sum =
      bounce_service_sum_studies_finish (BOUNCE_SERVICE (source), result, &error);

  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    return;
  if (sum != NULL)
    {
      show_sum (self, sum);
      return;
    }
  adw_preferences_row_set_title (ADW_PREFERENCES_ROW (self->studies_row),
                                 _ ("Every study goes; they could not be counted"));
  adw_action_row_set_subtitle (self->studies_row, error->message);
}

/* After the parent, which gives the focus to the default button. */
static void
bounce_reset_dialog_map (GtkWidget *widget)
{
  GTK_WIDGET_CLASS (bounce_reset_dialog_parent_class)->map (widget);
  gtk_widget_grab_focus (GTK_WIDGET (BOUNCE_RESET_DIALOG (widget)->entry_row));
}

static void
bounce_reset_dialog_dispose (GObject *object)
{
  g_cancellable_cancel (BOUNCE_RESET_DIALOG (object)->cancellable);
  G_OBJECT_CLASS (bounce_reset_dialog_parent_class)->dispose (object);
}

static void
bounce_reset_dialog_finalize (GObject *object)
{
  g_object_unref (BOUNCE_RESET_DIALOG (object)->cancellable);
  G_OBJECT_CLASS (bounce_reset_dialog_parent_class)->finalize (object);
}

static void
bounce_reset_dialog_class_init (BounceResetDialogClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = bounce_reset_dialog_dispose;
  G_OBJECT_CLASS (klass)->finalize = bounce_reset_dialog_finalize;
  widget_class->map = bounce_reset_dialog_map;
  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/cloud/aurabox/Bounce/ui/reset-dialog.ui");
  gtk_widget_class_bind_template_child (widget_class, BounceResetDialog, studies_row);
  gtk_widget_class_bind_template_child (widget_class, BounceResetDialog, undelivered_row);
  gtk_widget_class_bind_template_child (widget_class, BounceResetDialog, entry_row);
}

static void
bounce_reset_dialog_init (BounceResetDialog *self)
{
  g_autofree char *prompt = NULL;

  self->cancellable = g_cancellable_new ();
  gtk_widget_init_template (GTK_WIDGET (self));
  /* Translators: %s is the word to be typed */
  prompt = g_strdup_printf (_ ("Type “%s” to confirm"), get_word ());
  adw_preferences_row_set_title (ADW_PREFERENCES_ROW (self->entry_row), prompt);
  g_signal_connect_object (self->entry_row, "changed", G_CALLBACK (text_changed_cb), self,
                           G_CONNECT_SWAPPED);
}

/**
 * bounce_reset_dialog_new:
 * @parent: (nullable): the window that it is about
 * @service: whose studies are counted
 *
 * Thread: main
 * Returns: (transfer none): the dialog, kept by GTK until it is answered
 */
BounceResetDialog *
bounce_reset_dialog_new (GtkWindow *parent, BounceService *service)
{
  BounceResetDialog *self;

  g_return_val_if_fail (BOUNCE_IS_SERVICE (service), NULL);

  self = g_object_new (BOUNCE_TYPE_RESET_DIALOG, "transient-for", parent, NULL);
  bounce_service_sum_studies_async (service, self->cancellable, studies_summed_cb, self);
  return self;
}
