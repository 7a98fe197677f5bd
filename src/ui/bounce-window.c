/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* The window: header with the receiver, pages, banners, status line.
 *
 * What it shows comes from the service's status summary and list models. Closing hides the window
 * while a tray icon leads back to it; without one closing asks whether to quit, so that nobody
 * loses a running application.
 *
 * Main thread. */

#include "config.h"

#include "bounce-window.h"

#include "bounce-activity-page.h"
#include "bounce-banner.h"
#include "bounce-banners.h"
#include "bounce-endpoint-box.h"
#include "bounce-import-area.h"
#include "bounce-import-bar.h"
#include "bounce-status-bar.h"
#include "bounce-studies-page.h"
#include "bounce-trial-banner.h"

#include "bounce-status-summary.h"

#include <glib/gi18n.h>

struct _BounceWindow
{
  AdwApplicationWindow parent_instance;

  AdwToastOverlay *toast_overlay;
  GtkWidget *search_button;
  GtkWidget *details_button;
  GtkMenuButton *receiver_button;
  GtkLabel *receiver_state_label;
  GtkMenuButton *menu_button;
  GtkLabel *receiver_label;
  BounceEndpointBox *endpoint_box;
  BounceBanner *trial_banner;
  BounceBanners *banners;
  AdwViewStack *stack;
  BounceStudiesPage *studies_page;
  BounceActivityPage *activity_page;
  BounceImportBar *import_bar;
  BounceStatusBar *status_bar;

  BounceStatusSummary *summary; /* (owned) */
  GSettings *settings;          /* (owned) */
  GtkWidget *focus_before_menu; /* (nullable) a weak pointer; while the menu is open */
};

G_DEFINE_FINAL_TYPE (BounceWindow, bounce_window, ADW_TYPE_APPLICATION_WINDOW)

static void
show_receiver (BounceWindow *self)
{
  BounceReceiverState state = bounce_status_summary_get_receiver_state (self->summary);
  gboolean is_running = state == BOUNCE_RECEIVER_RUNNING;
  const char *state_words = is_running ? _ ("Receiver On") : _ ("Receiver Off");

  gtk_label_set_label (self->receiver_label,
                       is_running ? _ ("Enter this at the modality or PACS:")
                                  : _ ("The receiver is off. Once it is on, enter this at the "
                                       "modality or PACS:"));
  gtk_label_set_label (self->receiver_state_label, state_words);
  gtk_accessible_update_property (GTK_ACCESSIBLE (self->receiver_button),
                                  GTK_ACCESSIBLE_PROPERTY_LABEL, state_words, -1);
}

static void
connect_service (BounceWindow *self, BounceApplication *application)
{
  BounceService *service = bounce_application_get_service (application);
  BounceTrial *trial = bounce_application_get_trial (application);

  self->summary = g_object_ref (bounce_application_get_summary (application));
  g_signal_connect_object (self->summary, "notify::receiver-state", G_CALLBACK (show_receiver),
                           self, G_CONNECT_SWAPPED);
  show_receiver (self);
  if (trial != NULL)
    bounce_trial_banner_follow (self->trial_banner, trial);
  bounce_status_bar_set_trial (self->status_bar, trial != NULL);
  bounce_banners_set_trial (self->banners, trial != NULL);
  bounce_banners_set_summary (self->banners, self->summary);
  bounce_endpoint_box_set_service (self->endpoint_box, service);
  bounce_import_bar_set_service (self->import_bar, service);
  bounce_status_bar_set_summary (self->status_bar, self->summary);
  bounce_studies_page_set_service (self->studies_page, service, self->summary, self->settings);
  bounce_activity_page_set_service (self->activity_page, service);
}

/* Search and details in the header are those of the studies; the other page has its own search. */
static void
page_changed_cb (BounceWindow *self)
{
  const char *name = adw_view_stack_get_visible_child_name (self->stack);
  gboolean has_studies = g_strcmp0 (name, "studies") == 0;

  gtk_widget_set_visible (self->search_button, has_studies);
  gtk_widget_set_visible (self->details_button, has_studies);
}

static void
bind_settings (BounceWindow *self)
{
  g_settings_bind (self->settings, "window-width", self, "default-width", G_SETTINGS_BIND_DEFAULT);
  g_settings_bind (self->settings, "window-height", self, "default-height",
                   G_SETTINGS_BIND_DEFAULT);
  g_settings_bind (self->settings, "window-maximized", self, "maximized", G_SETTINGS_BIND_DEFAULT);
  g_settings_bind (self->settings, "page", self->stack, "visible-child-name",
                   G_SETTINGS_BIND_DEFAULT);
}

static void
activate_show_page_cb (GtkWidget *widget, const char *name, GVariant *parameter)
{
  bounce_window_show_page (BOUNCE_WINDOW (widget), g_variant_get_string (parameter, NULL));
}

static void
activate_show_status_cb (GtkWidget *widget, const char *name, GVariant *parameter)
{
  BounceWindow *self = BOUNCE_WINDOW (widget);

  bounce_window_show_page (self, "studies");
  bounce_studies_page_show_status (self->studies_page, g_variant_get_string (parameter, NULL));
}

static void
activate_tell_cb (GtkWidget *widget, const char *name, GVariant *parameter)
{
  bounce_window_add_toast (BOUNCE_WINDOW (widget), g_variant_get_string (parameter, NULL));
}

/* Each page has a search of its own. */
static void
activate_find_cb (GtkWidget *widget, const char *name, GVariant *parameter)
{
  BounceWindow *self = BOUNCE_WINDOW (widget);

  if (g_strcmp0 (adw_view_stack_get_visible_child_name (self->stack), "studies") == 0)
    bounce_studies_page_find (self->studies_page);
  else
    bounce_activity_page_find (self->activity_page);
}

static void
activate_menu_cb (GtkWidget *widget, const char *name, GVariant *parameter)
{
  gtk_menu_button_popup (BOUNCE_WINDOW (widget)->menu_button);
}

/* Whoever opens the menu by F10 goes on where the keys were before, not at its button. */
static void
menu_opens_cb (GtkMenuButton *button, gpointer user_data)
{
  BounceWindow *self = user_data;

  g_set_weak_pointer (&self->focus_before_menu, gtk_window_get_focus (GTK_WINDOW (self)));
}

static void
menu_closed_cb (BounceWindow *self)
{
  if (self->focus_before_menu != NULL)
    gtk_widget_grab_focus (self->focus_before_menu);
  g_clear_weak_pointer (&self->focus_before_menu);
}

static void
activate_delete_all_cb (GtkWidget *widget, const char *name, GVariant *parameter)
{
  gtk_widget_activate_action (GTK_WIDGET (BOUNCE_WINDOW (widget)->studies_page),
                              "studies.delete-all", NULL);
}

static void
activate_close_cb (GtkWidget *widget, const char *name, GVariant *parameter)
{
  gtk_window_close (GTK_WINDOW (widget));
}

static gboolean
bounce_window_close_request (GtkWindow *window)
{
  BounceApplication *application = BOUNCE_APPLICATION (gtk_window_get_application (window));

  if (bounce_application_get_tray_present (application))
    gtk_widget_set_visible (GTK_WIDGET (window), FALSE);
  else
    bounce_application_ask_quit (application);
  return GDK_EVENT_STOP;
}

/* GTK gives the focus to the first control there is: Space must not stop the receiver. */
static void
bounce_window_show (GtkWidget *widget)
{
  gboolean had_focus = gtk_window_get_focus (GTK_WINDOW (widget)) != NULL;

  GTK_WIDGET_CLASS (bounce_window_parent_class)->show (widget);
  if (!had_focus)
    gtk_window_set_focus (GTK_WINDOW (widget), NULL);
}

static void
bounce_window_dispose (GObject *object)
{
  BounceWindow *self = BOUNCE_WINDOW (object);

  g_clear_weak_pointer (&self->focus_before_menu);
  g_clear_object (&self->summary);
  g_clear_object (&self->settings);
  G_OBJECT_CLASS (bounce_window_parent_class)->dispose (object);
}

static void
bind_template (GtkWidgetClass *widget_class)
{
  gtk_widget_class_set_template_from_resource (widget_class, "/cloud/aurabox/Bounce/ui/window.ui");
  gtk_widget_class_bind_template_child (widget_class, BounceWindow, toast_overlay);
  gtk_widget_class_bind_template_child (widget_class, BounceWindow, receiver_button);
  gtk_widget_class_bind_template_child (widget_class, BounceWindow, receiver_state_label);
  gtk_widget_class_bind_template_child (widget_class, BounceWindow, search_button);
  gtk_widget_class_bind_template_child (widget_class, BounceWindow, details_button);
  gtk_widget_class_bind_template_child (widget_class, BounceWindow, menu_button);
  gtk_widget_class_bind_template_child (widget_class, BounceWindow, receiver_label);
  gtk_widget_class_bind_template_child (widget_class, BounceWindow, endpoint_box);
  gtk_widget_class_bind_template_child (widget_class, BounceWindow, trial_banner);
  gtk_widget_class_bind_template_child (widget_class, BounceWindow, banners);
  gtk_widget_class_bind_template_child (widget_class, BounceWindow, stack);
  gtk_widget_class_bind_template_child (widget_class, BounceWindow, studies_page);
  gtk_widget_class_bind_template_child (widget_class, BounceWindow, activity_page);
  gtk_widget_class_bind_template_child (widget_class, BounceWindow, import_bar);
  gtk_widget_class_bind_template_child (widget_class, BounceWindow, status_bar);
}

static void
bounce_window_class_init (BounceWindowClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  object_class->dispose = bounce_window_dispose;
  widget_class->show = bounce_window_show;
  GTK_WINDOW_CLASS (klass)->close_request = bounce_window_close_request;
  g_type_ensure (BOUNCE_TYPE_BANNER);
  g_type_ensure (BOUNCE_TYPE_BANNERS);
  g_type_ensure (BOUNCE_TYPE_ENDPOINT_BOX);
  g_type_ensure (BOUNCE_TYPE_IMPORT_BAR);
  g_type_ensure (BOUNCE_TYPE_STATUS_BAR);
  g_type_ensure (BOUNCE_TYPE_STUDIES_PAGE);
  g_type_ensure (BOUNCE_TYPE_ACTIVITY_PAGE);
  bind_template (widget_class);
  gtk_widget_class_install_action (widget_class, "win.show-page", "s", activate_show_page_cb);
  gtk_widget_class_install_action (widget_class, "win.show-status", "s", activate_show_status_cb);
  gtk_widget_class_install_action (widget_class, "win.tell", "s", activate_tell_cb);
  gtk_widget_class_install_action (widget_class, "win.find", NULL, activate_find_cb);
  gtk_widget_class_install_action (widget_class, "win.menu", NULL, activate_menu_cb);
  gtk_widget_class_install_action (widget_class, "win.delete-all", NULL, activate_delete_all_cb);
  gtk_widget_class_install_action (widget_class, "win.close", NULL, activate_close_cb);
}

static void
add_page_actions (BounceWindow *self)
{
  g_autoptr (GPropertyAction) search =
      g_property_action_new ("search", self->studies_page, "search-mode");
  g_autoptr (GPropertyAction) details =
      g_property_action_new ("details", self->studies_page, "show-details");

  g_action_map_add_action (G_ACTION_MAP (self), G_ACTION (search));
  g_action_map_add_action (G_ACTION_MAP (self), G_ACTION (details));
}

static void
bounce_window_init (BounceWindow *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
  bounce_import_area_wrap (ADW_APPLICATION_WINDOW (self));
  bounce_studies_page_set_key_capture (self->studies_page, GTK_WIDGET (self));
  add_page_actions (self);
  gtk_menu_button_set_create_popup_func (self->menu_button, menu_opens_cb, self, NULL);
  g_signal_connect_object (gtk_menu_button_get_popover (self->menu_button), "closed",
                           G_CALLBACK (menu_closed_cb), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (self->stack, "notify::visible-child-name", G_CALLBACK (page_changed_cb),
                           self, G_CONNECT_SWAPPED);
}

/**
 * bounce_window_new:
 * @application: it has a service
 *
 * Thread: main
 * Returns: (transfer none): the window, kept by GTK until it is destroyed
 */
BounceWindow *
bounce_window_new (BounceApplication *application)
{
  BounceWindow *self;

  g_return_val_if_fail (BOUNCE_IS_APPLICATION (application), NULL);

  self = g_object_new (BOUNCE_TYPE_WINDOW, "application", application, NULL);
  self->settings = g_object_ref (bounce_application_get_desktop_settings (application));
  bind_settings (self);
  connect_service (self, application);
  return self;
}

/**
 * bounce_window_add_toast:
 * @text: a translated sentence
 *
 * Shows @text for a moment.
 *
 * Thread: main
 */
void
bounce_window_add_toast (BounceWindow *self, const char *text)
{
  g_autofree char *title = NULL;

  g_return_if_fail (BOUNCE_IS_WINDOW (self));
  g_return_if_fail (text != NULL);

  title = g_markup_escape_text (text, -1);
  adw_toast_overlay_add_toast (self->toast_overlay, adw_toast_new (title));
}

/**
 * bounce_window_show_page:
 * @name: `studies`, `activity`, or one of the lists of the latter: `transfers`, `events`, `log`
 *
 * Thread: main
 */
void
bounce_window_show_page (BounceWindow *self, const char *name)
{
  g_return_if_fail (BOUNCE_IS_WINDOW (self));

  if (adw_view_stack_get_child_by_name (self->stack, name) != NULL)
    {
      adw_view_stack_set_visible_child_name (self->stack, name);
      return;
    }
  adw_view_stack_set_visible_child_name (self->stack, "activity");
  bounce_activity_page_show (self->activity_page, name);
}

/**
 * bounce_window_show_study:
 *
 * Shows the studies, of them only @study_uid, and its details.
 *
 * Thread: main
 */
void
bounce_window_show_study (BounceWindow *self, const char *study_uid)
{
  g_return_if_fail (BOUNCE_IS_WINDOW (self));

  bounce_window_show_page (self, "studies");
  bounce_studies_page_show_study (self->studies_page, study_uid);
}

/**
 * bounce_window_delete_study:
 *
 * Shows the studies and asks whether to delete @study_uid.
 *
 * Thread: main
 */
void
bounce_window_delete_study (BounceWindow *self, const char *study_uid)
{
  g_return_if_fail (BOUNCE_IS_WINDOW (self));

  bounce_window_show_page (self, "studies");
  bounce_studies_page_delete_study (self->studies_page, study_uid);
}
