/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* See the header. Three lists, one search: transfers and events come from the store through their
 * models, the log from this process since it started.
 *
 * Main thread. */

#include "config.h"

#include "bounce-activity-page.h"

#include "bounce-activity-rows.h"
#include "bounce-log-view.h"
#include "bounce-read-banner.h"

#include "bounce-event-model.h"
#include "bounce-transfer-model.h"
#include "bounce-wording.h"

#include <glib/gi18n.h>

struct _BounceActivityPage
{
  AdwBin parent_instance;

  GtkStack *stack;
  GtkSearchEntry *search_entry;
  GtkDropDown *transfer_drop_down;
  GtkDropDown *event_drop_down;
  GtkListView *transfer_view;
  GtkListView *event_view;
  GtkScrolledWindow *transfer_window;
  GtkScrolledWindow *event_window;
  BounceBanner *transfer_banner;
  BounceBanner *event_banner;
  GtkStack *transfer_stack;
  GtkStack *event_stack;
  BounceLogView *log_view;

  BounceTransferModel *transfers; /* (owned) (nullable) until there is a service */
  BounceEventModel *events;       /* (owned) (nullable) likewise */
};

G_DEFINE_FINAL_TYPE (BounceActivityPage, bounce_activity_page, ADW_TYPE_BIN)

/* In the order of the drop-down's rows. */
static const int transfer_states[] = {
  BOUNCE_TRANSFER_MODEL_ALL, BOUNCE_TRANSFER_RUNNING,   BOUNCE_TRANSFER_DELIVERED,
  BOUNCE_TRANSFER_FAILED,    BOUNCE_TRANSFER_ABANDONED, BOUNCE_TRANSFER_INTERRUPTED,
};

static const int delivery_codes[] = {
  BOUNCE_EVENT_STUDY_DELIVERED,   BOUNCE_EVENT_STUDY_FAILED,       BOUNCE_EVENT_STUDY_RETRY,
  BOUNCE_EVENT_RETRIES_EXHAUSTED, BOUNCE_EVENT_TRANSFER_ABANDONED, 0
};
static const int problem_codes[] = { BOUNCE_EVENT_INSTANCE_REFUSED,
                                     BOUNCE_EVENT_STUDY_FAILED,
                                     BOUNCE_EVENT_STUDY_RETRY,
                                     BOUNCE_EVENT_RETRIES_EXHAUSTED,
                                     BOUNCE_EVENT_UNAUTHORISED,
                                     BOUNCE_EVENT_DEPRECATED,
                                     BOUNCE_EVENT_DISK_LOW,
                                     BOUNCE_EVENT_DISK_FULL,
                                     BOUNCE_EVENT_STORAGE_GONE,
                                     BOUNCE_EVENT_FILE_DAMAGED,
                                     BOUNCE_EVENT_FILE_MISSING,
                                     BOUNCE_EVENT_FOLDER_UNREADABLE,
                                     BOUNCE_EVENT_SETTING_INVALID,
                                     BOUNCE_EVENT_SECRET_IN_FILE,
                                     BOUNCE_EVENT_RECEIVER_FAILED,
                                     BOUNCE_EVENT_DATABASE_DAMAGED,
                                     0 };
static const int removal_codes[] = { BOUNCE_EVENT_STUDY_DELETED, BOUNCE_EVENT_LOCAL_FILES_REMOVED,
                                     BOUNCE_EVENT_RESET, 0 };
static const int *const event_codes[] = { NULL, delivery_codes, problem_codes, removal_codes };

static gboolean
has_search (BounceActivityPage *self)
{
  return *gtk_editable_get_text (GTK_EDITABLE (self->search_entry)) != '\0';
}

/* An empty list says why it is empty, where that is known. */
static void
show_list (GtkStack *stack, GListModel *model, gboolean is_filtered)
{
  gboolean is_loading;
  g_autofree char *error = NULL;
  const char *name = "list";

  g_object_get (model, "loading", &is_loading, "error-message", &error, NULL);
  if (g_list_model_get_n_items (model) == 0)
    {
      if (is_loading)
        return;
      name = is_filtered ? "nothing" : "empty";
      if (error != NULL)
        name = "loading";
    }
  gtk_stack_set_visible_child_name (stack, name);
}

static gboolean
scroll_to_top_cb (gpointer user_data)
{
  GtkWidget *view = user_data;

  if (gtk_widget_get_mapped (view))
    gtk_widget_activate_action (view, "list.scroll-to-item", "u", 0);
  return G_SOURCE_REMOVE;
}

/* Whoever comes to the page wants what is new. */
static void
mapped_cb (GtkWidget *view)
{
  g_idle_add_full (G_PRIORITY_LOW, scroll_to_top_cb, g_object_ref (view), g_object_unref);
}

/* A list view keeps the row at its top where it is, so that what is new would stay out of sight
 * above it. Whoever looks at the newest goes on doing so; whoever scrolled keeps the place. */
static void
follow_top (GtkListView *view, GtkScrolledWindow *window)
{
  GtkAdjustment *adjustment = gtk_scrolled_window_get_vadjustment (window);

  if (gtk_adjustment_get_value (adjustment) < 1)
    g_idle_add_full (G_PRIORITY_LOW, scroll_to_top_cb, g_object_ref (view), g_object_unref);
}

static void
transfers_changed_cb (BounceActivityPage *self)
{
  follow_top (self->transfer_view, self->transfer_window);
  show_list (self->transfer_stack, G_LIST_MODEL (self->transfers),
             has_search (self) || gtk_drop_down_get_selected (self->transfer_drop_down) != 0);
}

static void
events_changed_cb (BounceActivityPage *self)
{
  follow_top (self->event_view, self->event_window);
  show_list (self->event_stack, G_LIST_MODEL (self->events),
             has_search (self) || gtk_drop_down_get_selected (self->event_drop_down) != 0);
}

static void
filter (BounceActivityPage *self)
{
  const char *text = gtk_editable_get_text (GTK_EDITABLE (self->search_entry));
  const char *search = *text != '\0' ? text : NULL;
  guint state = gtk_drop_down_get_selected (self->transfer_drop_down);
  guint codes = gtk_drop_down_get_selected (self->event_drop_down);

  bounce_log_view_set_search (self->log_view, search);
  if (self->transfers == NULL)
    return;
  bounce_transfer_model_set_filter (
      self->transfers, transfer_states[MIN (state, G_N_ELEMENTS (transfer_states) - 1)], search);
  bounce_event_model_set_filter (self->events,
                                 event_codes[MIN (codes, G_N_ELEMENTS (event_codes) - 1)], search);
}

static void
page_changed_cb (BounceActivityPage *self)
{
  const char *name = gtk_stack_get_visible_child_name (self->stack);
  gboolean has_transfers = g_strcmp0 (name, "transfers") == 0;
  gboolean has_events = g_strcmp0 (name, "events") == 0;

  gtk_widget_set_visible (GTK_WIDGET (self->transfer_drop_down), has_transfers);
  gtk_widget_set_visible (GTK_WIDGET (self->transfer_banner), has_transfers);
  gtk_widget_set_visible (GTK_WIDGET (self->event_drop_down), has_events);
  gtk_widget_set_visible (GTK_WIDGET (self->event_banner), has_events);
}

static void
show_study (BounceActivityPage *self, const char *study_uid)
{
  if (study_uid != NULL)
    gtk_widget_activate_action (GTK_WIDGET (self), "app.show-study", "s", study_uid);
}

static void
transfer_activated_cb (BounceActivityPage *self, guint position)
{
  g_autoptr (BounceTransferEntry) entry =
      g_list_model_get_item (G_LIST_MODEL (self->transfers), position);

  if (entry != NULL)
    show_study (self, bounce_transfer_entry_get_transfer (entry)->study_uid);
}

static void
event_activated_cb (BounceActivityPage *self, guint position)
{
  g_autoptr (BounceEventItem) item = g_list_model_get_item (G_LIST_MODEL (self->events), position);

  if (item != NULL)
    show_study (self, bounce_event_item_get_event (item)->study_uid);
}

static void
bind_transfer_cb (GtkSignalListItemFactory *factory, GtkListItem *item, gpointer user_data)
{
  gtk_list_item_set_child (item, bounce_activity_create_transfer_row (gtk_list_item_get_item (item),
                                                                      GINT_TO_POINTER (TRUE)));
}

static void
bind_event_cb (GtkSignalListItemFactory *factory, GtkListItem *item, gpointer user_data)
{
  gtk_list_item_set_child (item, bounce_activity_create_event_row (gtk_list_item_get_item (item),
                                                                   GINT_TO_POINTER (TRUE)));
}

static void
unbind_cb (GtkSignalListItemFactory *factory, GtkListItem *item, gpointer user_data)
{
  gtk_list_item_set_child (item, NULL);
}

static void
fill_view (GtkListView *view, GListModel *model, GCallback bind)
{
  g_autoptr (GtkListItemFactory) factory = gtk_signal_list_item_factory_new ();
  g_autoptr (GtkNoSelection) selection = gtk_no_selection_new (g_object_ref (model));

  g_signal_connect (factory, "bind", bind, NULL);
  g_signal_connect (factory, "unbind", G_CALLBACK (unbind_cb), NULL);
  gtk_list_view_set_factory (view, factory);
  gtk_list_view_set_model (view, GTK_SELECTION_MODEL (selection));
}

static void
edge_reached_cb (BounceActivityPage *self, GtkPositionType edge, GtkScrolledWindow *window)
{
  if (edge != GTK_POS_BOTTOM || self->transfers == NULL)
    return;
  if (window == self->transfer_window)
    bounce_transfer_model_load_more (self->transfers);
  else
    bounce_event_model_load_more (self->events);
}

static const char *const model_signals[] = { "notify::loading", "notify::error-message",
                                             "items-changed" };

/**
 * bounce_activity_page_set_service:
 *
 * Shows what happens in @service from here on. Once only.
 *
 * Thread: main
 */
void
bounce_activity_page_set_service (BounceActivityPage *self, BounceService *service)
{
  g_return_if_fail (BOUNCE_IS_ACTIVITY_PAGE (self));
  g_return_if_fail (self->transfers == NULL);

  self->transfers = bounce_transfer_model_new (service, NULL);
  self->events = bounce_event_model_new (service, NULL);
  for (guint i = 0; i < G_N_ELEMENTS (model_signals); i++)
    {
      g_signal_connect_object (self->transfers, model_signals[i], G_CALLBACK (transfers_changed_cb),
                               self, G_CONNECT_SWAPPED);
      g_signal_connect_object (self->events, model_signals[i], G_CALLBACK (events_changed_cb), self,
                               G_CONNECT_SWAPPED);
    }
  bounce_read_banner_follow (self->transfer_banner, G_OBJECT (self->transfers),
                             _ ("The transfers cannot be read"));
  bounce_read_banner_follow (self->event_banner, G_OBJECT (self->events),
                             _ ("The events cannot be read"));
  fill_view (self->transfer_view, G_LIST_MODEL (self->transfers), G_CALLBACK (bind_transfer_cb));
  fill_view (self->event_view, G_LIST_MODEL (self->events), G_CALLBACK (bind_event_cb));
}

/**
 * bounce_activity_page_show:
 * @name: `transfers`, `events` or `log`
 *
 * Thread: main
 */
void
bounce_activity_page_show (BounceActivityPage *self, const char *name)
{
  g_return_if_fail (BOUNCE_IS_ACTIVITY_PAGE (self));

  gtk_stack_set_visible_child_name (self->stack, name);
}

/**
 * bounce_activity_page_find:
 *
 * Goes to the search.
 *
 * Thread: main
 */
void
bounce_activity_page_find (BounceActivityPage *self)
{
  g_return_if_fail (BOUNCE_IS_ACTIVITY_PAGE (self));

  gtk_widget_grab_focus (GTK_WIDGET (self->search_entry));
}

/* Escape */
static void
search_stopped_cb (BounceActivityPage *self)
{
  gtk_editable_set_text (GTK_EDITABLE (self->search_entry), "");
}

static void
bounce_activity_page_dispose (GObject *object)
{
  BounceActivityPage *self = BOUNCE_ACTIVITY_PAGE (object);

  g_clear_object (&self->transfers);
  g_clear_object (&self->events);
  adw_bin_set_child (ADW_BIN (self), NULL);
  G_OBJECT_CLASS (bounce_activity_page_parent_class)->dispose (object);
}

static void
bounce_activity_page_class_init (BounceActivityPageClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = bounce_activity_page_dispose;
  g_type_ensure (BOUNCE_TYPE_BANNER);
  g_type_ensure (BOUNCE_TYPE_LOG_VIEW);
  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/cloud/aurabox/Bounce/ui/activity-page.ui");
  gtk_widget_class_bind_template_child (widget_class, BounceActivityPage, stack);
  gtk_widget_class_bind_template_child (widget_class, BounceActivityPage, search_entry);
  gtk_widget_class_bind_template_child (widget_class, BounceActivityPage, transfer_drop_down);
  gtk_widget_class_bind_template_child (widget_class, BounceActivityPage, event_drop_down);
  gtk_widget_class_bind_template_child (widget_class, BounceActivityPage, transfer_view);
  gtk_widget_class_bind_template_child (widget_class, BounceActivityPage, event_view);
  gtk_widget_class_bind_template_child (widget_class, BounceActivityPage, transfer_window);
  gtk_widget_class_bind_template_child (widget_class, BounceActivityPage, event_window);
  gtk_widget_class_bind_template_child (widget_class, BounceActivityPage, transfer_banner);
  gtk_widget_class_bind_template_child (widget_class, BounceActivityPage, event_banner);
  gtk_widget_class_bind_template_child (widget_class, BounceActivityPage, transfer_stack);
  gtk_widget_class_bind_template_child (widget_class, BounceActivityPage, event_stack);
  gtk_widget_class_bind_template_child (widget_class, BounceActivityPage, log_view);
}

static void
bounce_activity_page_init (BounceActivityPage *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
  g_signal_connect_object (self->search_entry, "search-changed", G_CALLBACK (filter), self,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (self->search_entry, "stop-search", G_CALLBACK (search_stopped_cb), self,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (self->transfer_drop_down, "notify::selected", G_CALLBACK (filter), self,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (self->event_drop_down, "notify::selected", G_CALLBACK (filter), self,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (self->stack, "notify::visible-child-name", G_CALLBACK (page_changed_cb),
                           self, G_CONNECT_SWAPPED);
  g_signal_connect_object (self->transfer_window, "edge-reached", G_CALLBACK (edge_reached_cb),
                           self, G_CONNECT_SWAPPED);
  g_signal_connect_object (self->event_window, "edge-reached", G_CALLBACK (edge_reached_cb), self,
                           G_CONNECT_SWAPPED);
  g_signal_connect (self->transfer_view, "map", G_CALLBACK (mapped_cb), NULL);
  g_signal_connect (self->event_view, "map", G_CALLBACK (mapped_cb), NULL);
  g_signal_connect_object (self->transfer_view, "activate", G_CALLBACK (transfer_activated_cb),
                           self, G_CONNECT_SWAPPED);
  g_signal_connect_object (self->event_view, "activate", G_CALLBACK (event_activated_cb), self,
                           G_CONNECT_SWAPPED);
  page_changed_cb (self);
}
