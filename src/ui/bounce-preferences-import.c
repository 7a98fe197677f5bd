/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* See the header. The report is a list: first what was passed over and why, then what was taken. A
 * key is told of, never shown. Main thread. */

#include "config.h"

#include "bounce-preferences-import.h"

#include "bounce-service-settings.h"
#include "bounce-setting.h"

#include <glib/gi18n.h>

#define REPORT_HEIGHT 320

static const struct
{
  const char *key;
  const char *name;
} names[] = {
  { "api_key", N_ ("API key") },
  { "api_key_file", N_ ("File of the API key") },
  { "api_endpoint", N_ ("Address of Aurabox") },
  { "port", N_ ("Port") },
  { "ip_address", N_ ("IP address") },
  { "ae_title", N_ ("AE title") },
  { "base_dir", N_ ("Folder for received studies") },
  { "delete_after_success", N_ ("Delete after delivery") },
  { "send_logs", N_ ("Send logs to Aurabox") },
  { "quiet_period_seconds", N_ ("Seconds until a study is complete") },
  { "max_concurrent_uploads", N_ ("Uploads at the same time") },
  { "max_associations", N_ ("Connections at the same time") },
  { "retry_base_seconds", N_ ("First delay after a failure") },
  { "retry_cap_seconds", N_ ("Longest delay after a failure") },
  { "max_upload_attempts", N_ ("Attempts before a warning") },
};

static const char *
get_name (const char *key)
{
  for (gsize i = 0; i < G_N_ELEMENTS (names); i++)
    {
      if (g_str_equal (names[i].key, key))
        return _ (names[i].name);
    }
  return key;
}

/* What is shown of a value; of the key only that there is one. */
static char *
describe_value (const BounceImportedSetting *setting)
{
  if (g_str_equal (setting->key, "api_key"))
    return g_strdup (_ ("A key"));
  if (g_str_equal (setting->value, "yes"))
    return g_strdup (_ ("On"));
  if (g_str_equal (setting->value, "no"))
    return g_strdup (_ ("Off"));
  return g_strdup (setting->value);
}

static char *
describe_failure (const BounceImportedSetting *setting)
{
  gboolean is_folder = g_str_equal (setting->key, "base_dir");

  if (is_folder
      && g_error_matches (setting->error, BOUNCE_SERVICE_ERROR, BOUNCE_SERVICE_ERROR_INVALID))
    return g_strdup (_ ("not while studies are stored in the present folder"));
  return g_strdup (setting->error->message);
}

static char *
describe_outcome (const BounceImportedSetting *setting)
{
  g_autofree char *reason = NULL;

  switch (setting->outcome)
    {
    case BOUNCE_IMPORT_TAKEN:
      return describe_value (setting);
    case BOUNCE_IMPORT_SAME:
      return g_strdup (_ ("It was so already"));
    case BOUNCE_IMPORT_UNKNOWN:
      return g_strdup (_ ("Passed over: there is no such setting"));
    case BOUNCE_IMPORT_WRONG:
      return g_strdup (_ ("Passed over: the value is not allowed"));
    case BOUNCE_IMPORT_LOCKED:
      return g_strdup (_ ("Passed over: set by your administrator"));
    case BOUNCE_IMPORT_FAILED:
    default:
      reason = describe_failure (setting);
      return g_strdup_printf (_ ("Passed over: %s"), reason);
    }
}

static gboolean
is_fine (const BounceImportedSetting *setting)
{
  return setting->outcome == BOUNCE_IMPORT_TAKEN || setting->outcome == BOUNCE_IMPORT_SAME;
}

static GtkWidget *
new_row (const BounceImportedSetting *setting)
{
  GtkWidget *row = adw_action_row_new ();
  GtkWidget *icon = gtk_image_new_from_icon_name (is_fine (setting) ? "emblem-ok-symbolic"
                                                                    : "dialog-warning-symbolic");
  g_autofree char *outcome = describe_outcome (setting);

  adw_preferences_row_set_use_markup (ADW_PREFERENCES_ROW (row), FALSE);
  adw_preferences_row_set_title (ADW_PREFERENCES_ROW (row), get_name (setting->key));
  adw_action_row_set_subtitle (ADW_ACTION_ROW (row), outcome);
  adw_action_row_add_prefix (ADW_ACTION_ROW (row), icon);
  return row;
}

static void
append_rows (GtkListBox *list, GPtrArray *settings, gboolean is_wanted_fine)
{
  for (guint i = 0; i < settings->len; i++)
    {
      const BounceImportedSetting *setting = g_ptr_array_index (settings, i);

      if (is_fine (setting) == is_wanted_fine)
        gtk_list_box_append (list, new_row (setting));
    }
}

static GtkWidget *
new_report (GPtrArray *settings)
{
  GtkWidget *list = gtk_list_box_new ();
  GtkWidget *scroller = gtk_scrolled_window_new ();

  gtk_list_box_set_selection_mode (GTK_LIST_BOX (list), GTK_SELECTION_NONE);
  gtk_widget_add_css_class (list, "boxed-list");
  gtk_accessible_update_property (GTK_ACCESSIBLE (list), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                  _ ("What was imported"), -1);
  append_rows (GTK_LIST_BOX (list), settings, FALSE);
  append_rows (GTK_LIST_BOX (list), settings, TRUE);
  gtk_scrolled_window_set_policy (GTK_SCROLLED_WINDOW (scroller), GTK_POLICY_NEVER,
                                  GTK_POLICY_AUTOMATIC);
  gtk_scrolled_window_set_propagate_natural_height (GTK_SCROLLED_WINDOW (scroller), TRUE);
  gtk_scrolled_window_set_propagate_natural_width (GTK_SCROLLED_WINDOW (scroller), TRUE);
  gtk_scrolled_window_set_max_content_height (GTK_SCROLLED_WINDOW (scroller), REPORT_HEIGHT);
  gtk_scrolled_window_set_child (GTK_SCROLLED_WINDOW (scroller), list);
  return scroller;
}

static void
show_dialog (GtkWindow *parent, const char *heading, const char *body, GtkWidget *report)
{
  AdwMessageDialog *dialog = ADW_MESSAGE_DIALOG (adw_message_dialog_new (parent, heading, body));

  if (report != NULL)
    adw_message_dialog_set_extra_child (dialog, report);
  adw_message_dialog_add_response (dialog, "close", _ ("_Close"));
  adw_message_dialog_set_default_response (dialog, "close");
  gtk_window_present (GTK_WINDOW (dialog));
}

static char *
describe_result (guint n_passed_over)
{
  g_autofree char *passed_over = NULL;

  if (n_passed_over == 0)
    return g_strdup (_ ("The file was not changed."));
  passed_over = g_strdup_printf (
      ngettext ("%u setting was passed over.", "%u settings were passed over.", n_passed_over),
      n_passed_over);
  return g_strdup_printf ("%s %s", passed_over, _ ("The file was not changed."));
}

static void
show_report (GtkWindow *parent, GPtrArray *settings)
{
  guint n_taken = 0;
  guint n_passed_over = 0;
  g_autofree char *heading = NULL;
  g_autofree char *body = NULL;

  for (guint i = 0; i < settings->len; i++)
    {
      const BounceImportedSetting *setting = g_ptr_array_index (settings, i);

      n_taken += setting->outcome == BOUNCE_IMPORT_TAKEN;
      n_passed_over += !is_fine (setting);
    }
  heading = g_strdup_printf (ngettext ("%u Setting Taken Over", "%u Settings Taken Over", n_taken),
                             n_taken);
  body = describe_result (n_passed_over);
  show_dialog (parent, n_taken > 0 ? heading : _ ("Nothing Taken Over"), body,
               settings->len > 0 ? new_report (settings) : NULL);
}

static void
imported_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  GWeakRef *window = user_data;
  g_autoptr (GtkWindow) parent = g_weak_ref_get (window);
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) settings =
      bounce_service_import_settings_finish (BOUNCE_SERVICE (source), result, &error);

  g_weak_ref_clear (window);
  g_free (window);
  if (settings != NULL)
    show_report (parent, settings);
  else
    show_dialog (parent, _ ("This Is Not a Settings File"), error->message, NULL);
}

/**
 * bounce_preferences_import_file:
 * @parent: the window that shows the report
 * @service: whose settings change
 * @path: (type filename): the file
 *
 * Thread: main
 */
void
bounce_preferences_import_file (GtkWindow *parent, BounceService *service, const char *path)
{
  GWeakRef *window;

  g_return_if_fail (GTK_IS_WINDOW (parent));
  g_return_if_fail (path != NULL);

  /* The report is shown in any case, but must not keep a window that was closed meanwhile. */
  window = g_new0 (GWeakRef, 1);
  g_weak_ref_init (window, parent);
  bounce_service_import_settings_async (service, path, NULL, imported_cb, window);
}

static void
chosen_cb (GtkFileChooserNative *chooser, int response, BounceService *service)
{
  GtkWindow *parent = gtk_native_dialog_get_transient_for (GTK_NATIVE_DIALOG (chooser));
  g_autoptr (GFile) file = gtk_file_chooser_get_file (GTK_FILE_CHOOSER (chooser));
  g_autofree char *path = file != NULL ? g_file_get_path (file) : NULL;

  if (response == GTK_RESPONSE_ACCEPT && path != NULL)
    bounce_preferences_import_file (parent, service, path);
  g_object_unref (chooser);
}

/**
 * bounce_preferences_import:
 * @parent: the window that asks
 * @service: whose settings change
 *
 * Asks for the file, takes over what is right, and reports.
 *
 * Thread: main
 */
void
bounce_preferences_import (GtkWindow *parent, BounceService *service)
{
  GtkFileChooserNative *chooser;
  GtkFileFilter *filter;

  g_return_if_fail (GTK_IS_WINDOW (parent));
  g_return_if_fail (BOUNCE_IS_SERVICE (service));

  chooser =
      gtk_file_chooser_native_new (_ ("Settings of an Earlier Version"), parent,
                                   GTK_FILE_CHOOSER_ACTION_OPEN, _ ("_Import"), _ ("_Cancel"));
  filter = gtk_file_filter_new ();
  gtk_file_filter_set_name (filter, _ ("Settings files (store.json)"));
  gtk_file_filter_add_suffix (filter, "json");
  gtk_file_chooser_add_filter (GTK_FILE_CHOOSER (chooser), filter);
  gtk_native_dialog_set_modal (GTK_NATIVE_DIALOG (chooser), TRUE);
  g_signal_connect_object (chooser, "response", G_CALLBACK (chosen_cb), service, 0);
  gtk_native_dialog_show (GTK_NATIVE_DIALOG (chooser));
}
