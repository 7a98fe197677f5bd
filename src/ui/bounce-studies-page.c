/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* The page of the studies: search and filters make a query, the model answers it, the table shows
 * it. The table is in bounce-studies-page-table.c, what can be done with the selection in
 * bounce-studies-page-actions.c.
 *
 * Main thread. */

#include "config.h"

#include "bounce-studies-page-private.h"

#include "bounce-read-banner.h"
#include "bounce-study-columns.h"

#include <glib/gi18n.h>

G_DEFINE_FINAL_TYPE (BounceStudiesPage, bounce_studies_page, ADW_TYPE_BIN)

enum
{
  PROP_0,
  PROP_SEARCH_MODE,
  PROP_SHOW_DETAILS,
  N_PROPS,
};

static GParamSpec *properties[N_PROPS];

/* In the order of the drop-down's rows. */
static const char *const statuses[] = { NULL, "RECEIVED", "UPLOADING", "SENT", "ERROR" };

static const char *
get_modality (BounceStudiesPage *self)
{
  GtkStringObject *selected = gtk_drop_down_get_selected_item (self->modality_drop_down);

  if (selected == NULL || gtk_drop_down_get_selected (self->modality_drop_down) == 0)
    return NULL;
  return gtk_string_object_get_string (selected);
}

static const char *
get_search (BounceStudiesPage *self)
{
  const char *text = gtk_editable_get_text (GTK_EDITABLE (self->search_entry));

  return *text != '\0' ? text : NULL;
}

static gboolean
has_filter (BounceStudiesPage *self)
{
  return get_search (self) != NULL || get_modality (self) != NULL
         || gtk_drop_down_get_selected (self->status_drop_down) != 0;
}

static void
run_query (BounceStudiesPage *self)
{
  guint status = gtk_drop_down_get_selected (self->status_drop_down);
  BounceStudyQuery query = {
    .search = get_search (self),
    .modality = get_modality (self),
    .status = status < G_N_ELEMENTS (statuses) ? statuses[status] : NULL,
  };
  g_autofree char *sort = NULL;

  if (self->model == NULL)
    return;
  sort = g_settings_get_string (self->settings, "sort-column");
  query.sort = sort;
  query.descending = g_settings_get_boolean (self->settings, "sort-descending");
  bounce_study_model_set_query (self->model, &query);
}

static void
sort_changed_cb (BounceStudiesPage *self)
{
  gboolean is_descending = FALSE;
  const char *column = bounce_study_columns_get_sort (self->view, &is_descending);

  if (column == NULL || self->is_sort_frozen)
    return;
  g_settings_set_string (self->settings, "sort-column", column);
  g_settings_set_boolean (self->settings, "sort-descending", is_descending);
  run_query (self);
}

/* What was to happen with an answer does not. */
static void
stay_outside (BounceStudiesPage *self)
{
  self->is_entering = FALSE;
  self->is_choosing = FALSE;
  g_clear_pointer (&self->wanted_uid, g_free);
}

static void
show_stack_page (BounceStudiesPage *self)
{
  guint n_items = g_list_model_get_n_items (G_LIST_MODEL (self->model));
  const char *name = "table";
  g_autofree char *error = NULL;

  g_object_get (self->model, "error-message", &error, NULL);
  if (n_items == 0 && bounce_study_model_is_loading (self->model))
    name = gtk_stack_get_visible_child_name (self->stack);
  else if (n_items == 0 && error != NULL)
    name = "loading"; /* nobody knows whether there are none */
  else if (n_items == 0)
    name = has_filter (self) ? "nothing" : "empty";
  gtk_stack_set_visible_child_name (self->stack, name);
  if (bounce_study_model_is_loading (self->model))
    return;
  if (error != NULL)
    stay_outside (self); /* the rows are no answer */
  else
    bounce_studies_page_enter_table (self);
}

static void
modalities_changed_cb (BounceStudiesPage *self)
{
  g_auto (GStrv) modalities = NULL;
  g_autofree char *selected = g_strdup (get_modality (self));
  g_autoptr (GtkStringList) list = gtk_string_list_new (NULL);
  guint position = 0;

  g_object_get (self->summary, "modalities", &modalities, NULL);
  gtk_string_list_append (list, _ ("All Modalities"));
  for (guint i = 0; modalities != NULL && modalities[i] != NULL; i++)
    {
      gtk_string_list_append (list, modalities[i]);
      if (g_strcmp0 (modalities[i], selected) == 0)
        position = i + 1;
    }
  gtk_drop_down_set_model (self->modality_drop_down, G_LIST_MODEL (list));
  gtk_drop_down_set_selected (self->modality_drop_down, position);
}

/**
 * bounce_studies_page_set_service:
 * @settings: what the window remembers
 *
 * Shows the studies of @service from here on. Once only.
 *
 * Thread: main
 */
void
bounce_studies_page_set_service (BounceStudiesPage *self,
                                 BounceService *service,
                                 BounceStatusSummary *summary,
                                 GSettings *settings)
{
  g_return_if_fail (BOUNCE_IS_STUDIES_PAGE (self));
  g_return_if_fail (self->service == NULL);

  self->service = g_object_ref (service);
  self->summary = g_object_ref (summary);
  self->settings = g_object_ref (settings);
  bounce_studies_page_fill_table (self);
  g_signal_connect_object (self->model, "notify::n-items", G_CALLBACK (show_stack_page), self,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (self->model, "notify::loading", G_CALLBACK (show_stack_page), self,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (self->model, "notify::error-message", G_CALLBACK (show_stack_page), self,
                           G_CONNECT_SWAPPED);
  bounce_read_banner_follow (self->read_banner, G_OBJECT (self->model),
                             _ ("The studies cannot be read"));
  g_signal_connect_object (summary, "notify::modalities", G_CALLBACK (modalities_changed_cb), self,
                           G_CONNECT_SWAPPED);
  modalities_changed_cb (self);
  bounce_endpoint_box_set_service (self->endpoint_box, service);
  bounce_study_details_set_service (self->details, service);
  g_settings_bind (settings, "show-details", self, "show-details", G_SETTINGS_BIND_DEFAULT);
  run_query (self);
}

/**
 * bounce_studies_page_set_key_capture:
 * @widget: what is typed there goes to the search
 *
 * Thread: main
 */
void
bounce_studies_page_set_key_capture (BounceStudiesPage *self, GtkWidget *widget)
{
  g_return_if_fail (BOUNCE_IS_STUDIES_PAGE (self));

  gtk_search_bar_set_key_capture_widget (self->search_bar, widget);
}

static void
clear_filters (BounceStudiesPage *self)
{
  gtk_drop_down_set_selected (self->status_drop_down, 0);
  gtk_drop_down_set_selected (self->modality_drop_down, 0);
  gtk_editable_set_text (GTK_EDITABLE (self->search_entry), "");
}

static gboolean
has_focus (BounceStudiesPage *self, GtkWidget *widget)
{
  GtkRoot *root = gtk_widget_get_root (GTK_WIDGET (self));
  GtkWidget *focus = root != NULL ? gtk_root_get_focus (root) : NULL;

  return focus != NULL && (focus == widget || gtk_widget_is_ancestor (focus, widget));
}

/**
 * bounce_studies_page_find:
 *
 * Opens the search; goes to one that is open, and closes it if that is where one is.
 *
 * Thread: main
 */
void
bounce_studies_page_find (BounceStudiesPage *self)
{
  g_return_if_fail (BOUNCE_IS_STUDIES_PAGE (self));

  if (!gtk_search_bar_get_search_mode (self->search_bar))
    gtk_search_bar_set_search_mode (self->search_bar, TRUE);
  else if (has_focus (self, GTK_WIDGET (self->search_entry)))
    gtk_search_bar_set_search_mode (self->search_bar, FALSE);
  else
    gtk_widget_grab_focus (GTK_WIDGET (self->search_entry));
}

/* Enter: on to what was found. The answer to the last letters may not be there yet. */
static void
search_activated_cb (BounceStudiesPage *self)
{
  self->is_entering = TRUE;
  self->is_choosing = TRUE;
  run_query (self);
}

/**
 * bounce_studies_page_search_for:
 *
 * Opens the search with @text in it.
 *
 * Thread: main
 */
void
bounce_studies_page_search_for (BounceStudiesPage *self, const char *text)
{
  g_return_if_fail (BOUNCE_IS_STUDIES_PAGE (self));

  gtk_search_bar_set_search_mode (self->search_bar, TRUE);
  gtk_editable_set_text (GTK_EDITABLE (self->search_entry), text);
}

/**
 * bounce_studies_page_show_study:
 *
 * Searches for @study_uid and selects it, whatever was searched for before.
 *
 * Thread: main
 */
void
bounce_studies_page_show_study (BounceStudiesPage *self, const char *study_uid)
{
  g_return_if_fail (BOUNCE_IS_STUDIES_PAGE (self));
  g_return_if_fail (study_uid != NULL);

  clear_filters (self);
  bounce_studies_page_search_for (self, study_uid);
  g_free (self->wanted_uid);
  self->wanted_uid = g_strdup (study_uid);
  self->is_entering = TRUE;
  run_query (self);
}

/**
 * bounce_studies_page_show_status:
 * @status: `RECEIVED`, `UPLOADING`, `SENT` or `ERROR`
 *
 * Opens the filters with only the studies of that status, all of them.
 *
 * Thread: main
 */
void
bounce_studies_page_show_status (BounceStudiesPage *self, const char *status)
{
  g_return_if_fail (BOUNCE_IS_STUDIES_PAGE (self));

  clear_filters (self);
  gtk_search_bar_set_search_mode (self->search_bar, TRUE);
  for (guint i = 0; i < G_N_ELEMENTS (statuses); i++)
    {
      if (g_strcmp0 (statuses[i], status) == 0)
        gtk_drop_down_set_selected (self->status_drop_down, i);
    }
}

static void
activate_clear_filters_cb (GtkWidget *widget, const char *name, GVariant *parameter)
{
  clear_filters (BOUNCE_STUDIES_PAGE (widget));
}

static void
search_mode_changed_cb (BounceStudiesPage *self)
{
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_SEARCH_MODE]);
  if (gtk_search_bar_get_search_mode (self->search_bar))
    return;
  stay_outside (self);
  /* Rows keep their places, not their studies: the focus has to follow from the table as well. */
  self->is_entering =
      has_focus (self, GTK_WIDGET (self->search_bar)) || has_focus (self, GTK_WIDGET (self->view));
  /* A filter that cannot be seen would hide studies without a word. */
  clear_filters (self);
  if (self->is_entering)
    run_query (self);
}

static void
reveal_flap_changed_cb (BounceStudiesPage *self)
{
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_SHOW_DETAILS]);
}

static void
bounce_studies_page_get_property (GObject *object, guint id, GValue *value, GParamSpec *pspec)
{
  BounceStudiesPage *self = BOUNCE_STUDIES_PAGE (object);

  if (id == PROP_SEARCH_MODE)
    g_value_set_boolean (value, gtk_search_bar_get_search_mode (self->search_bar));
  else if (id == PROP_SHOW_DETAILS)
    g_value_set_boolean (value, adw_flap_get_reveal_flap (self->flap));
  else
    G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
}

static void
bounce_studies_page_set_property (GObject *object, guint id, const GValue *value, GParamSpec *pspec)
{
  BounceStudiesPage *self = BOUNCE_STUDIES_PAGE (object);

  if (id == PROP_SEARCH_MODE)
    gtk_search_bar_set_search_mode (self->search_bar, g_value_get_boolean (value));
  else if (id == PROP_SHOW_DETAILS)
    adw_flap_set_reveal_flap (self->flap, g_value_get_boolean (value));
  else
    G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
}

static void
bounce_studies_page_dispose (GObject *object)
{
  BounceStudiesPage *self = BOUNCE_STUDIES_PAGE (object);

  bounce_studies_page_save_columns (self);
  g_clear_handle_id (&self->selection_source, g_source_remove);
  g_cancellable_cancel (self->cancellable);
  if (self->model != NULL)
    gtk_column_view_set_model (self->view, NULL);
  g_clear_object (&self->cancellable);
  g_clear_pointer (&self->wanted_uid, g_free);
  g_clear_object (&self->selection);
  g_clear_object (&self->model);
  g_clear_object (&self->settings);
  g_clear_object (&self->summary);
  g_clear_object (&self->service);
  adw_bin_set_child (ADW_BIN (self), NULL);
  G_OBJECT_CLASS (bounce_studies_page_parent_class)->dispose (object);
}

static void
bind_template (GtkWidgetClass *widget_class)
{
  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/cloud/aurabox/Bounce/ui/studies-page.ui");
  gtk_widget_class_bind_template_child (widget_class, BounceStudiesPage, search_bar);
  gtk_widget_class_bind_template_child (widget_class, BounceStudiesPage, search_entry);
  gtk_widget_class_bind_template_child (widget_class, BounceStudiesPage, status_drop_down);
  gtk_widget_class_bind_template_child (widget_class, BounceStudiesPage, modality_drop_down);
  gtk_widget_class_bind_template_child (widget_class, BounceStudiesPage, read_banner);
  gtk_widget_class_bind_template_child (widget_class, BounceStudiesPage, stack);
  gtk_widget_class_bind_template_child (widget_class, BounceStudiesPage, flap);
  gtk_widget_class_bind_template_child (widget_class, BounceStudiesPage, scrolled_window);
  gtk_widget_class_bind_template_child (widget_class, BounceStudiesPage, view);
  gtk_widget_class_bind_template_child (widget_class, BounceStudiesPage, action_bar);
  gtk_widget_class_bind_template_child (widget_class, BounceStudiesPage, selection_label);
  gtk_widget_class_bind_template_child (widget_class, BounceStudiesPage, endpoint_box);
  gtk_widget_class_bind_template_child (widget_class, BounceStudiesPage, details);
  gtk_widget_class_bind_template_child (widget_class, BounceStudiesPage, bulk_box);
  gtk_widget_class_bind_template_child (widget_class, BounceStudiesPage, context_popover);
}

static void
bounce_studies_page_class_init (BounceStudiesPageClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);
  const GParamFlags flags = G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS;

  object_class->get_property = bounce_studies_page_get_property;
  object_class->set_property = bounce_studies_page_set_property;
  object_class->dispose = bounce_studies_page_dispose;
  /**
   * BounceStudiesPage:search-mode: search and filters can be seen.
   */
  properties[PROP_SEARCH_MODE] = g_param_spec_boolean ("search-mode", NULL, NULL, FALSE, flags);
  /**
   * BounceStudiesPage:show-details: the details pane can be seen.
   */
  properties[PROP_SHOW_DETAILS] = g_param_spec_boolean ("show-details", NULL, NULL, TRUE, flags);
  g_object_class_install_properties (object_class, N_PROPS, properties);

  g_type_ensure (BOUNCE_TYPE_BANNER);
  g_type_ensure (BOUNCE_TYPE_ENDPOINT_BOX);
  g_type_ensure (BOUNCE_TYPE_STUDY_DETAILS);
  bind_template (widget_class);
  gtk_widget_class_install_action (widget_class, "studies.clear-filters", NULL,
                                   activate_clear_filters_cb);
  bounce_studies_page_install_actions (widget_class);
}

static void
bounce_studies_page_init (BounceStudiesPage *self)
{
  self->cancellable = g_cancellable_new ();
  gtk_widget_init_template (GTK_WIDGET (self));
  gtk_search_bar_connect_entry (self->search_bar, GTK_EDITABLE (self->search_entry));
  bounce_studies_page_prepare_table (self);
  g_signal_connect_object (gtk_column_view_get_sorter (self->view), "changed",
                           G_CALLBACK (sort_changed_cb), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (self->search_entry, "search-changed", G_CALLBACK (run_query), self,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (self->search_entry, "activate", G_CALLBACK (search_activated_cb), self,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (self->status_drop_down, "notify::selected", G_CALLBACK (run_query), self,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (self->modality_drop_down, "notify::selected", G_CALLBACK (run_query),
                           self, G_CONNECT_SWAPPED);
  g_signal_connect_object (self->search_bar, "notify::search-mode-enabled",
                           G_CALLBACK (search_mode_changed_cb), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (self->flap, "notify::reveal-flap", G_CALLBACK (reveal_flap_changed_cb),
                           self, G_CONNECT_SWAPPED);
  /* GTK would give the focus to whatever comes after the menu in the window. */
  g_signal_connect_object (self->context_popover, "closed", G_CALLBACK (gtk_widget_grab_focus),
                           self->view, G_CONNECT_SWAPPED);
}
