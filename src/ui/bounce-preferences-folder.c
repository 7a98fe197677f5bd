/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* See the header. A folder is tried before it is taken, and the service refuses another one while
 * studies are stored. What it took is used from the next start of Bounce, and the row says so. Main
 * thread. */

#include "config.h"

#include "bounce-preferences-folder.h"

#include "bounce-check-words.h"
#include "bounce-preferences-lock.h"

#include "bounce-service-checks.h"
#include "bounce-service-settings.h"
#include "bounce-setting.h"

#include <glib/gi18n.h>

#define KEY "base_dir"

struct _BouncePreferencesFolder
{
  AdwActionRow parent_instance;

  GtkImage *lock_icon;
  GtkButton *restart_button;
  GtkButton *button;

  BounceService *service;        /* (owned) (nullable) */
  char *wanted;                  /* (owned) (nullable) while it is being tried */
  GtkFileChooserNative *chooser; /* (owned) (nullable) while it is open */
};

G_DEFINE_FINAL_TYPE (BouncePreferencesFolder, bounce_preferences_folder, ADW_TYPE_ACTION_ROW)

static void
show_subtitle (BouncePreferencesFolder *self, const char *remark)
{
  const char *path = bounce_config_get_base_dir (bounce_service_get_config (self->service));
  g_autofree char *shown = g_filename_display_name (path);
  g_autofree char *text =
      remark != NULL ? g_strdup_printf ("%s\n%s", shown, remark) : g_strdup (shown);

  adw_action_row_set_subtitle (ADW_ACTION_ROW (self), text);
}

static void
show_value (BouncePreferencesFolder *self)
{
  const char *remark = bounce_preferences_lock_reason (self->service, KEY);
  gboolean is_restart_needed = bounce_service_is_restart_needed (self->service);

  gtk_widget_remove_css_class (GTK_WIDGET (self), "bounce-wrong");
  gtk_widget_set_visible (GTK_WIDGET (self->lock_icon), remark != NULL);
  gtk_widget_set_sensitive (GTK_WIDGET (self->button), remark == NULL);
  if (remark == NULL && is_restart_needed)
    remark = _ ("Used when Bounce is started again");
  gtk_widget_set_visible (GTK_WIDGET (self->restart_button), is_restart_needed);
  show_subtitle (self, remark);
}

static void
show_problem (BouncePreferencesFolder *self, const char *problem)
{
  gtk_widget_add_css_class (GTK_WIDGET (self), "bounce-wrong");
  show_subtitle (self, problem);
}

static void
folder_kept_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (BouncePreferencesFolder) self = user_data;
  g_autoptr (GError) error = NULL;
  g_autofree char *problem = NULL;

  if (self->service == NULL)
    return;
  if (bounce_service_set_config_finish (BOUNCE_SERVICE (source), result, NULL, &error))
    {
      show_value (self);
      return;
    }
  /* That the path itself is allowed was checked before it was given to the service. */
  if (g_error_matches (error, BOUNCE_SERVICE_ERROR, BOUNCE_SERVICE_ERROR_INVALID))
    problem = g_strdup (_ ("The folder cannot be changed while studies are stored in it. Delete "
                           "them first, or use Reset"));
  else
    problem = g_strdup_printf (_ ("This could not be kept: %s"), error->message);
  show_problem (self, problem);
}

static void
folder_tried_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (BouncePreferencesFolder) self = user_data;
  g_autofree char *path = g_steal_pointer (&self->wanted);
  g_autoptr (GError) error = NULL;
  g_autoptr (BounceStorageCheck) check =
      bounce_service_check_storage_finish (BOUNCE_SERVICE (source), result, &error);
  g_autofree char *problem = NULL;

  if (self->service == NULL)
    return;
  gtk_widget_set_sensitive (GTK_WIDGET (self->button), TRUE);
  if (check != NULL)
    {
      bounce_service_set_config_async (self->service, KEY, path, NULL, folder_kept_cb,
                                       g_object_ref (self));
      return;
    }
  problem = bounce_check_words_storage (error);
  show_problem (self, problem);
}

/**
 * bounce_preferences_folder_set_folder:
 * @path: (type filename): the folder that somebody chose
 *
 * Keeps @path if it may be the folder and can be written to, else says why not.
 *
 * Thread: main
 */
void
bounce_preferences_folder_set_folder (BouncePreferencesFolder *self, const char *path)
{
  g_autofree char *problem = NULL;

  g_return_if_fail (BOUNCE_IS_PREFERENCES_FOLDER (self));
  g_return_if_fail (self->service != NULL);

  problem = bounce_setting_dup_problem (KEY, path);
  if (problem != NULL)
    {
      show_problem (self, problem);
      return;
    }
  gtk_widget_set_sensitive (GTK_WIDGET (self->button), FALSE);
  g_free (self->wanted);
  self->wanted = g_strdup (path);
  bounce_service_check_storage_async (self->service, path, NULL, folder_tried_cb,
                                      g_object_ref (self));
}

static void
chosen_cb (BouncePreferencesFolder *self, int response)
{
  g_autoptr (GtkFileChooserNative) chooser = g_steal_pointer (&self->chooser);
  g_autoptr (GFile) folder = NULL;
  g_autofree char *path = NULL;

  if (response != GTK_RESPONSE_ACCEPT || self->service == NULL)
    return;
  folder = gtk_file_chooser_get_file (GTK_FILE_CHOOSER (chooser));
  path = folder != NULL ? g_file_get_path (folder) : NULL;
  if (path != NULL)
    bounce_preferences_folder_set_folder (self, path);
  else
    show_problem (self, _ ("This folder is not on a disk of this computer"));
}

static void
choose_cb (BouncePreferencesFolder *self)
{
  const char *path = bounce_config_get_base_dir (bounce_service_get_config (self->service));
  GtkWindow *parent = GTK_WINDOW (gtk_widget_get_root (GTK_WIDGET (self)));
  g_autoptr (GFile) folder = g_file_new_for_path (path);

  if (self->chooser != NULL)
    return;
  self->chooser = gtk_file_chooser_native_new (_ ("Folder for Received Studies"), parent,
                                               GTK_FILE_CHOOSER_ACTION_SELECT_FOLDER,
                                               _ ("_Use This Folder"), _ ("_Cancel"));
  gtk_native_dialog_set_modal (GTK_NATIVE_DIALOG (self->chooser), TRUE);
  gtk_file_chooser_set_current_folder (GTK_FILE_CHOOSER (self->chooser), folder, NULL);
  g_signal_connect_object (self->chooser, "response", G_CALLBACK (chosen_cb), self,
                           G_CONNECT_SWAPPED);
  gtk_native_dialog_show (GTK_NATIVE_DIALOG (self->chooser));
}

static gboolean
bounce_preferences_folder_grab_focus (GtkWidget *widget)
{
  return gtk_widget_grab_focus (GTK_WIDGET (BOUNCE_PREFERENCES_FOLDER (widget)->button));
}

static void
bounce_preferences_folder_dispose (GObject *object)
{
  BouncePreferencesFolder *self = BOUNCE_PREFERENCES_FOLDER (object);

  g_clear_object (&self->chooser);
  g_clear_object (&self->service);
  g_clear_pointer (&self->wanted, g_free);
  G_OBJECT_CLASS (bounce_preferences_folder_parent_class)->dispose (object);
}

static void
bounce_preferences_folder_class_init (BouncePreferencesFolderClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = bounce_preferences_folder_dispose;
  widget_class->grab_focus = bounce_preferences_folder_grab_focus;
  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/cloud/aurabox/Bounce/ui/preferences-folder.ui");
  gtk_widget_class_bind_template_child (widget_class, BouncePreferencesFolder, lock_icon);
  gtk_widget_class_bind_template_child (widget_class, BouncePreferencesFolder, restart_button);
  gtk_widget_class_bind_template_child (widget_class, BouncePreferencesFolder, button);
}

static void
bounce_preferences_folder_init (BouncePreferencesFolder *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
  g_signal_connect_object (self->button, "clicked", G_CALLBACK (choose_cb), self,
                           G_CONNECT_SWAPPED);
}

/**
 * bounce_preferences_folder_set_service:
 *
 * Shows and changes the folder of @service from here on. Once only.
 *
 * Thread: main
 */
void
bounce_preferences_folder_set_service (BouncePreferencesFolder *self, BounceService *service)
{
  g_return_if_fail (BOUNCE_IS_PREFERENCES_FOLDER (self));
  g_return_if_fail (self->service == NULL);

  self->service = g_object_ref (service);
  g_signal_connect_object (service, "notify::config", G_CALLBACK (show_value), self,
                           G_CONNECT_SWAPPED);
  show_value (self);
}
