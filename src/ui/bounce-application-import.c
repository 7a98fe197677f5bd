/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* Importing: choosing what, beginning it with the service, and telling how it went. A toast when
 * all went well, a report when something was refused. What has no path on this computer is refused
 * in the same way as a file that cannot be read. Main thread. */

#include "config.h"

#include "bounce-application-private.h"

#include "bounce-import-report.h"
#include "bounce-import-words.h"
#include "bounce-service-import.h"
#include "bounce-wording.h"

#include <glib/gi18n.h>

/* One import on its way. */
typedef struct
{
  BounceApplication *application; /* (owned) */
  GPtrArray *refused;             /* (owned) (element-type utf8) names without a path */
} Request;

static void
free_request (Request *request)
{
  g_ptr_array_unref (request->refused);
  g_object_unref (request->application);
  g_free (request);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (Request, free_request)

static void
tell_well (BounceApplication *self, const BounceImportSummary *summary)
{
  g_autofree char *result = bounce_import_words_result (&summary->counts);
  g_autofree char *text = NULL;

  if (summary->end_reason != NULL)
    text = g_strdup_printf (_ ("Import cancelled: %s"), result);
  bounce_application_tell (self, text != NULL ? text : result);
}

static void
tell_summary (Request *request, BounceImportSummary *summary)
{
  BounceApplication *self = request->application;
  gboolean is_well;

  for (guint i = 0; i < request->refused->len; i++)
    bounce_import_summary_refuse (summary, g_ptr_array_index (request->refused, i),
                                  BOUNCE_REASON_NOT_LOCAL);
  is_well = summary->counts.n_refused == 0
            && (summary->end_reason == NULL
                || g_str_equal (summary->end_reason, BOUNCE_REASON_CANCELLED));
  if (self->is_quitting)
    return;
  if (is_well)
    tell_well (self, summary);
  else
    gtk_window_present (bounce_import_report_new (GTK_WINDOW (self->window), summary));
}

static void
import_ended_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (Request) request = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (BounceImportSummary) summary =
      bounce_service_end_import_finish (BOUNCE_SERVICE (source), result, &error);

  if (summary != NULL)
    tell_summary (request, summary);
  else
    bounce_application_tell_error (request->application, NULL, error);
}

static void
run_request (Request *taken, const char *const *paths)
{
  g_autoptr (Request) request = taken;
  BounceService *service = request->application->service;
  g_autoptr (GError) error = NULL;
  g_autoptr (BounceImport) import = bounce_service_begin_import (service, &error);

  if (import == NULL)
    {
      bounce_application_tell_error (request->application, _ ("Nothing was imported"), error);
      return;
    }
  bounce_import_add_paths_async (import, paths, NULL, NULL);
  bounce_service_end_import_async (service, import, import_ended_cb, g_steal_pointer (&request));
}

/**
 * bounce_application_import: (skip)
 * @files: (element-type GFile): what to import
 *
 * Imports what has a path and refuses the rest.
 */
void
bounce_application_import (BounceApplication *self, GListModel *files)
{
  Request *request = g_new0 (Request, 1);
  g_autoptr (GPtrArray) paths = g_ptr_array_new_with_free_func (g_free);
  guint n = g_list_model_get_n_items (files);

  request->application = g_object_ref (self);
  request->refused = g_ptr_array_new_with_free_func (g_free);
  for (guint i = 0; i < n; i++)
    {
      g_autoptr (GFile) file = g_list_model_get_item (files, i);
      char *path = g_file_get_path (file);

      g_ptr_array_add (path != NULL ? paths : request->refused,
                       path != NULL ? path : g_file_get_parse_name (file));
    }
  g_ptr_array_add (paths, NULL);
  run_request (request, (const char *const *) paths->pdata);
}

static void
files_chosen_cb (BounceApplication *self, int response, GtkNativeDialog *chooser)
{
  if (response == GTK_RESPONSE_ACCEPT)
    {
      g_autoptr (GListModel) files = gtk_file_chooser_get_files (GTK_FILE_CHOOSER (chooser));

      bounce_application_import (self, files);
    }
  g_object_unref (chooser);
}

/**
 * bounce_application_choose_import: (skip)
 * @is_folder: whether folders are chosen, not files
 *
 * Asks what to import, and does.
 */
void
bounce_application_choose_import (BounceApplication *self, gboolean is_folder)
{
  GtkFileChooserNative *chooser;

  bounce_application_show_window (self);
  chooser = gtk_file_chooser_native_new (
      is_folder ? _ ("Import Folders") : _ ("Import Files"), GTK_WINDOW (self->window),
      is_folder ? GTK_FILE_CHOOSER_ACTION_SELECT_FOLDER : GTK_FILE_CHOOSER_ACTION_OPEN,
      _ ("_Import"), NULL);
  gtk_native_dialog_set_modal (GTK_NATIVE_DIALOG (chooser), TRUE);
  gtk_file_chooser_set_select_multiple (GTK_FILE_CHOOSER (chooser), TRUE);
  g_signal_connect_object (chooser, "response", G_CALLBACK (files_chosen_cb), self,
                           G_CONNECT_SWAPPED);
  gtk_native_dialog_show (GTK_NATIVE_DIALOG (chooser));
}
