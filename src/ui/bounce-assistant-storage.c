/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* See the header. A folder that has other files in it gets one of Bounce's own inside, because that
 * is what people mean who choose a disk or their documents. Main thread. */

#include "config.h"

#include "bounce-assistant-storage.h"

#include "bounce-check-result.h"
#include "bounce-check-words.h"
#include "bounce-service-settings.h"

#include <glib/gi18n.h>

#define OWN_FOLDER_NAME "bounce-studies"

struct _BounceAssistantStorage
{
  BounceAssistantPage parent_instance;

  AdwActionRow *folder_row;
  GtkButton *choose_button;
  BounceCheckResult *result;

  GtkNativeDialog *chooser; /* (owned) (nullable) */
  GCancellable *checking;   /* (owned) (nullable) of the check that is under way */
  char *path;               /* (owned) (nullable) what is shown */
};

G_DEFINE_FINAL_TYPE (BounceAssistantStorage, bounce_assistant_storage, BOUNCE_TYPE_ASSISTANT_PAGE)

static void check (BounceAssistantStorage *self, const char *path);

static BounceService *
get_service (BounceAssistantStorage *self)
{
  return bounce_assistant_page_get_service (BOUNCE_ASSISTANT_PAGE (self));
}

static void
give_up_check (BounceAssistantStorage *self)
{
  if (self->checking != NULL)
    g_cancellable_cancel (self->checking);
  g_clear_object (&self->checking);
}

static void
show_problem (BounceAssistantStorage *self, const char *sentence)
{
  bounce_assistant_page_set_ready (BOUNCE_ASSISTANT_PAGE (self), FALSE);
  bounce_check_result_show (self->result, BOUNCE_CHECK_BAD, sentence);
}

static void
show_found (BounceAssistantStorage *self, const BounceStorageCheck *found)
{
  gboolean is_warning;
  g_autofree char *sentence = bounce_check_words_found (found, &is_warning);

  bounce_assistant_page_set_ready (BOUNCE_ASSISTANT_PAGE (self), TRUE);
  bounce_check_result_show (self->result, is_warning ? BOUNCE_CHECK_WARNING : BOUNCE_CHECK_GOOD,
                            sentence);
}

static void
checked_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (BounceAssistantStorage) self = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (BounceStorageCheck) found =
      bounce_service_check_storage_finish (BOUNCE_SERVICE (source), result, &error);
  g_autofree char *name = NULL;
  g_autofree char *inside = NULL;
  g_autofree char *sentence = NULL;

  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    return;
  g_clear_object (&self->checking);
  name = g_path_get_basename (self->path);
  if (found != NULL)
    show_found (self, found);
  else if (!g_str_equal (name, OWN_FOLDER_NAME)
           && (g_error_matches (error, BOUNCE_SERVICE_ERROR, BOUNCE_SERVICE_ERROR_NOT_EMPTY)
               || g_str_equal (self->path, g_get_home_dir ())))
    {
      inside = g_build_filename (self->path, OWN_FOLDER_NAME, NULL);
      check (self, inside);
    }
  else
    {
      sentence = bounce_check_words_storage (error);
      show_problem (self, sentence);
    }
}

static void
check (BounceAssistantStorage *self, const char *path)
{
  g_autofree char *shown = g_filename_display_name (path);
  g_autofree char *text = g_markup_escape_text (shown, -1);
  char *copy = g_strdup (path);

  give_up_check (self);
  g_free (self->path);
  self->path = copy;
  adw_action_row_set_subtitle (self->folder_row, text);
  bounce_assistant_page_set_ready (BOUNCE_ASSISTANT_PAGE (self), FALSE);
  bounce_check_result_show (self->result, BOUNCE_CHECK_RUNNING, _ ("Checking the folder…"));
  self->checking = g_cancellable_new ();
  bounce_service_check_storage_async (get_service (self), path, self->checking, checked_cb,
                                      g_object_ref (self));
}

/**
 * bounce_assistant_storage_choose:
 * @path: a folder, as somebody chose it
 *
 * Shows @path, or a folder of Bounce's own in it, and checks it.
 *
 * Thread: main
 */
void
bounce_assistant_storage_choose (BounceAssistantStorage *self, const char *path)
{
  g_return_if_fail (BOUNCE_IS_ASSISTANT_STORAGE (self));
  g_return_if_fail (path != NULL);

  check (self, path);
}

static void
chosen_cb (BounceAssistantStorage *self, int response)
{
  g_autoptr (GFile) file = NULL;
  g_autofree char *path = NULL;

  if (response == GTK_RESPONSE_ACCEPT)
    file = gtk_file_chooser_get_file (GTK_FILE_CHOOSER (self->chooser));
  if (file != NULL)
    path = g_file_get_path (file);
  g_clear_object (&self->chooser);
  if (path != NULL)
    check (self, path);
  else if (file != NULL)
    show_problem (self, _ ("Only folders of this computer can be used."));
}

static void
choose_cb (BounceAssistantStorage *self)
{
  GtkWindow *window = GTK_WINDOW (gtk_widget_get_root (GTK_WIDGET (self)));

  g_clear_object (&self->chooser);
  self->chooser = GTK_NATIVE_DIALOG (
      gtk_file_chooser_native_new (_ ("Folder of the Studies"), window,
                                   GTK_FILE_CHOOSER_ACTION_SELECT_FOLDER, _ ("_Choose"), NULL));
  gtk_native_dialog_set_modal (self->chooser, TRUE);
  g_signal_connect_object (self->chooser, "response", G_CALLBACK (chosen_cb), self,
                           G_CONNECT_SWAPPED);
  gtk_native_dialog_show (self->chooser);
}

static void
bounce_assistant_storage_enter (BounceAssistantPage *page)
{
  BounceAssistantStorage *self = BOUNCE_ASSISTANT_STORAGE (page);

  check (self, bounce_config_get_base_dir (bounce_service_get_config (get_service (self))));
  gtk_widget_set_sensitive (GTK_WIDGET (self->choose_button),
                            !bounce_service_is_setting_locked (get_service (self), "base_dir"));
  gtk_widget_grab_focus (GTK_WIDGET (self->choose_button));
}

static void
folder_kept_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  BounceAssistantStorage *self = g_task_get_source_object (task);
  g_autoptr (GError) error = NULL;

  if (bounce_service_set_config_finish (BOUNCE_SERVICE (source), result, NULL, &error))
    {
      g_task_return_boolean (task, TRUE);
      return;
    }
  /* The path itself was checked, so it is the studies that are in the way. */
  if (g_error_matches (error, BOUNCE_SERVICE_ERROR, BOUNCE_SERVICE_ERROR_INVALID))
    show_problem (self, _ ("There are studies in the present folder. It can change once they are "
                           "deleted."));
  else if (!g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    show_problem (self, error->message);
  g_task_return_boolean (task, FALSE);
}

static void
bounce_assistant_storage_apply (BounceAssistantPage *page, GTask *task)
{
  BounceAssistantStorage *self = BOUNCE_ASSISTANT_STORAGE (page);
  BounceConfig *config = bounce_service_get_config (get_service (self));

  if (g_strcmp0 (self->path, bounce_config_get_base_dir (config)) == 0)
    {
      g_task_return_boolean (task, TRUE);
      g_object_unref (task);
      return;
    }
  bounce_service_set_config_async (get_service (self), "base_dir", self->path,
                                   g_task_get_cancellable (task), folder_kept_cb, task);
}

static void
bounce_assistant_storage_dispose (GObject *object)
{
  BounceAssistantStorage *self = BOUNCE_ASSISTANT_STORAGE (object);

  give_up_check (self);
  g_clear_object (&self->chooser);
  g_clear_pointer (&self->path, g_free);
  G_OBJECT_CLASS (bounce_assistant_storage_parent_class)->dispose (object);
}

static void
bounce_assistant_storage_class_init (BounceAssistantStorageClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  g_type_ensure (BOUNCE_TYPE_CHECK_RESULT);
  G_OBJECT_CLASS (klass)->dispose = bounce_assistant_storage_dispose;
  BOUNCE_ASSISTANT_PAGE_CLASS (klass)->enter = bounce_assistant_storage_enter;
  BOUNCE_ASSISTANT_PAGE_CLASS (klass)->apply = bounce_assistant_storage_apply;
  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/cloud/aurabox/Bounce/ui/assistant-storage.ui");
  gtk_widget_class_bind_template_child (widget_class, BounceAssistantStorage, folder_row);
  gtk_widget_class_bind_template_child (widget_class, BounceAssistantStorage, choose_button);
  gtk_widget_class_bind_template_child (widget_class, BounceAssistantStorage, result);
}

static void
bounce_assistant_storage_init (BounceAssistantStorage *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
  g_signal_connect_object (self->choose_button, "clicked", G_CALLBACK (choose_cb), self,
                           G_CONNECT_SWAPPED);
}
