/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* What can be done with the selected studies. Each command first asks the model what the selection
 * amounts to, because rows that were never shown are not in memory. What is done to many studies is
 * in bounce-studies-page-bulk.c.
 *
 * Main thread. */

#include "config.h"

#include "bounce-studies-page-private.h"

#include "bounce-service-bulk.h"
#include "bounce-wording.h"

#include <glib/gi18n.h>

typedef void (*SumFunc) (BounceStudiesPage *self, BounceStudySum *sum);

typedef struct
{
  BounceStudiesPage *page; /* (owned) */
  SumFunc func;
} SumCall;

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
    bounce_studies_page_tell (self, error->message);
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

static void
copy_sum (BounceStudiesPage *self, BounceStudySum *sum)
{
  g_autofree char *text = g_strjoinv ("\n", sum->study_uids);

  gdk_clipboard_set_text (gtk_widget_get_clipboard (GTK_WIDGET (self)), text);
  bounce_studies_page_tell (self, _ ("Copied"));
}

typedef struct
{
  BounceStudiesPage *page; /* (owned) */
  char *uri;               /* (owned) */
} FolderCall;

/* Whether it is there is asked for beside the main loop: the disk may be slow, or gone. */
static void
folder_found_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autofree FolderCall *call = user_data;
  g_autoptr (BounceStudiesPage) self = call->page;
  g_autofree char *uri = call->uri;
  g_autoptr (GFileInfo) info = g_file_query_info_finish (G_FILE (source), result, NULL);
  GtkRoot *root = gtk_widget_get_root (GTK_WIDGET (self));

  if (self->service == NULL)
    return;
  if (info != NULL && g_file_info_get_file_type (info) == G_FILE_TYPE_DIRECTORY)
    gtk_show_uri (GTK_WINDOW (root), uri, GDK_CURRENT_TIME);
  else
    bounce_studies_page_tell (self, _ ("The files of this study are no longer on this computer"));
}

static void
open_sum_folder (BounceStudiesPage *self, BounceStudySum *sum)
{
  g_autofree char *path = bounce_service_dup_study_folder (self->service, sum->study_uids[0]);
  g_autoptr (GFile) folder = g_file_new_for_path (path);
  FolderCall *call = g_new0 (FolderCall, 1);

  call->page = g_object_ref (self);
  call->uri = g_file_get_uri (folder);
  g_file_query_info_async (folder, G_FILE_ATTRIBUTE_STANDARD_TYPE, G_FILE_QUERY_INFO_NONE,
                           G_PRIORITY_DEFAULT, self->cancellable, folder_found_cb, call);
}

static void
activate_send_cb (GtkWidget *widget, const char *name, GVariant *parameter)
{
  sum_selection (BOUNCE_STUDIES_PAGE (widget), bounce_studies_page_send);
}

static void
activate_delete_cb (GtkWidget *widget, const char *name, GVariant *parameter)
{
  sum_selection (BOUNCE_STUDIES_PAGE (widget), bounce_studies_page_ask_delete);
}

/* Whether the rows are what the search and the filters say: "all" may mean no others. */
static gboolean
has_answer (BounceStudiesPage *self)
{
  g_autofree char *error = NULL;

  g_object_get (self->model, "error-message", &error, NULL);
  return error == NULL && !bounce_study_model_is_loading (self->model);
}

static void
activate_delete_all_cb (GtkWidget *widget, const char *name, GVariant *parameter)
{
  BounceStudiesPage *self = BOUNCE_STUDIES_PAGE (widget);
  const BounceStudyQuery *query = bounce_study_model_get_query (self->model);
  gboolean is_filtered = query->search || query->status || query->modality;
  guint n_ids;
  const gint64 *ids = bounce_study_model_get_ids (self->model, &n_ids);

  if (has_answer (self))
    sum_ids (self, ids, n_ids,
             is_filtered ? bounce_studies_page_ask_delete_shown : bounce_studies_page_ask_delete);
  else
    bounce_studies_page_tell (self, _ ("The studies are still being read. Try again in a moment."));
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

typedef struct
{
  BounceStudiesPage *page; /* (owned) */
  char *study_uid;         /* (owned) */
} DeleteCall;

static void
study_found_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autofree DeleteCall *call = user_data;
  g_autoptr (BounceStudiesPage) self = call->page;
  g_autofree char *study_uid = call->study_uid;
  g_autoptr (GPtrArray) studies =
      bounce_service_current_studies_finish (BOUNCE_SERVICE (source), result, NULL, NULL);

  if (self->service == NULL)
    return;
  for (guint i = 0; studies != NULL && i < studies->len; i++)
    {
      const BounceStudy *study = g_ptr_array_index (studies, i);

      if (g_str_equal (study->study_uid, study_uid))
        {
          sum_ids (self, &study->id, 1, bounce_studies_page_ask_delete);
          return;
        }
    }
  bounce_studies_page_tell (self, _ ("There is no such study"));
}

/**
 * bounce_studies_page_delete_study:
 *
 * Asks whether to delete @study_uid, whether or not the table shows it.
 *
 * Thread: main
 */
void
bounce_studies_page_delete_study (BounceStudiesPage *self, const char *study_uid)
{
  const BounceStudyQuery query = { .page = 1,
                                   .limit = BOUNCE_SERVICE_DEFAULT_LIMIT,
                                   .search = (char *) study_uid };
  DeleteCall *call;

  g_return_if_fail (BOUNCE_IS_STUDIES_PAGE (self));
  g_return_if_fail (study_uid != NULL);

  call = g_new0 (DeleteCall, 1);
  call->page = g_object_ref (self);
  call->study_uid = g_strdup (study_uid);
  bounce_service_current_studies_async (self->service, &query, self->cancellable, study_found_cb,
                                        call);
}

/**
 * bounce_studies_page_selection_changed: (skip)
 *
 * Brings buttons and details in line with the selection.
 */
void
bounce_studies_page_selection_changed (BounceStudiesPage *self)
{
  guint n_selected = bounce_study_selection_get_n_selected (self->selection);
  gint64 single = bounce_study_selection_get_single (self->selection);
  g_autoptr (BounceStudyItem) item =
      single != 0 ? bounce_study_model_ref_study (self->model, single) : NULL;
  g_autofree char *text = g_strdup_printf (
      ngettext ("%u study selected", "%u studies selected", n_selected), n_selected);
  static const char *const actions[] = { "studies.send", "studies.delete", "studies.copy-uid" };

  for (gsize i = 0; i < G_N_ELEMENTS (actions); i++)
    gtk_widget_action_set_enabled (GTK_WIDGET (self), actions[i], n_selected > 0);
  gtk_widget_action_set_enabled (GTK_WIDGET (self), "studies.open-folder", n_selected == 1);
  gtk_label_set_label (self->selection_label, text);
  gtk_action_bar_set_revealed (self->action_bar, n_selected > 0);
  self->n_selected_shown = n_selected;
  if (n_selected > 1)
    bounce_study_details_show_several (self->details, self->model, self->selection);
  else
    bounce_study_details_show (self->details, item);
}

static gboolean
menu_key_cb (GtkWidget *widget, GVariant *args, gpointer user_data)
{
  return bounce_studies_page_popup_menu_at_focus (BOUNCE_STUDIES_PAGE (widget));
}

static gboolean
escape_key_cb (GtkWidget *widget, GVariant *args, gpointer user_data)
{
  gboolean is_searching;

  g_object_get (widget, "search-mode", &is_searching, NULL);
  if (is_searching)
    g_object_set (widget, "search-mode", FALSE, NULL);
  return is_searching;
}

static void
add_keys (GtkWidgetClass *widget_class)
{
  const GdkModifierType control = GDK_CONTROL_MASK;

  /* The last key of an action is the one that menus show. */
  gtk_widget_class_add_binding_action (widget_class, GDK_KEY_KP_Enter, control, "studies.send",
                                       NULL);
  gtk_widget_class_add_binding_action (widget_class, GDK_KEY_Return, control, "studies.send", NULL);
  gtk_widget_class_add_binding_action (widget_class, GDK_KEY_KP_Delete, 0, "studies.delete", NULL);
  gtk_widget_class_add_binding_action (widget_class, GDK_KEY_Delete, 0, "studies.delete", NULL);
  gtk_widget_class_add_binding_action (widget_class, GDK_KEY_O, control | GDK_SHIFT_MASK,
                                       "studies.open-folder", NULL);
  gtk_widget_class_add_binding_action (widget_class, GDK_KEY_c, control, "studies.copy-uid", NULL);
  gtk_widget_class_add_binding (widget_class, GDK_KEY_Escape, 0, escape_key_cb, NULL);
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
