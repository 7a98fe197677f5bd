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
#include "bounce-endpoint-box.h"
#include "bounce-status-bar.h"
#include "bounce-studies-page.h"

#include "bounce-status-summary.h"
#include "bounce-wording.h"

#include <glib/gi18n.h>

struct _BounceWindow
{
  AdwApplicationWindow parent_instance;

  AdwToastOverlay *toast_overlay;
  GtkWidget *search_button;
  GtkWidget *details_button;
  GtkMenuButton *receiver_button;
  GtkMenuButton *menu_button;
  GtkLabel *receiver_label;
  BounceEndpointBox *endpoint_box;
  BounceBanner *disk_banner;
  BounceBanner *key_banner;
  BounceBanner *receiver_banner;
  BounceBanner *restart_banner;
  BounceBanner *storage_banner;
  AdwViewStack *stack;
  BounceStudiesPage *studies_page;
  BounceActivityPage *activity_page;
  BounceStatusBar *status_bar;

  BounceStatusSummary *summary; /* (owned) */
  GSettings *settings;          /* (owned) */
};

G_DEFINE_FINAL_TYPE (BounceWindow, bounce_window, ADW_TYPE_APPLICATION_WINDOW)

static void
show_receiver (BounceWindow *self)
{
  g_autofree char *endpoint = NULL;
  g_autofree char *ae_title = NULL;
  g_autofree char *sentence = NULL;
  gboolean is_restart_needed;
  BounceReceiverState state = bounce_status_summary_get_receiver_state (self->summary);
  gboolean is_running = state == BOUNCE_RECEIVER_RUNNING;

  g_object_get (self->summary, "endpoint", &endpoint, "ae-title", &ae_title,
                "receiver-restart-needed", &is_restart_needed, NULL);
  if (is_running)
    sentence =
        g_strdup_printf (_ ("Receiving on %s as %s. Enter at the modality:"), endpoint, ae_title);
  else
    sentence = g_strdup (_ ("The receiver is off. Once it is on, enter at the modality:"));
  gtk_label_set_label (self->receiver_label, sentence);
  gtk_menu_button_set_label (self->receiver_button, is_running ? _ ("Receiving") : _ ("Stopped"));
  bounce_banner_set_revealed (self->receiver_banner, state == BOUNCE_RECEIVER_STOPPED);
  bounce_banner_set_revealed (self->restart_banner, is_running && is_restart_needed);
}

static void
show_disk (BounceWindow *self)
{
  BounceDiskLevel level = bounce_status_summary_get_disk_level (self->summary);
  guint64 free_bytes;
  g_autofree char *size = NULL;
  g_autofree char *text = NULL;

  g_object_get (self->summary, "free-bytes", &free_bytes, NULL);
  size = bounce_wording_size (free_bytes);
  if (level == BOUNCE_DISK_FULL)
    text = g_strdup_printf (_ ("The disk is almost full: %s left. Images will be refused soon."),
                            size);
  else
    text = g_strdup_printf (_ ("Disk space is running low: %s left."), size);
  bounce_banner_set_title (self->disk_banner, text);
  if (level == BOUNCE_DISK_FULL)
    gtk_widget_add_css_class (GTK_WIDGET (self->disk_banner), "critical");
  else
    gtk_widget_remove_css_class (GTK_WIDGET (self->disk_banner), "critical");
  bounce_banner_set_revealed (self->disk_banner, level != BOUNCE_DISK_OK);
}

static void
show_key (BounceWindow *self)
{
  g_autofree char *paused_reason = NULL;
  g_autofree char *reason = NULL;
  g_autofree char *text = NULL;

  g_object_get (self->summary, "paused-reason", &paused_reason, NULL);
  if (paused_reason != NULL)
    {
      reason = bounce_wording_reason (paused_reason);
      text = g_strdup_printf (_ ("Uploads are paused: %s."), reason);
      bounce_banner_set_title (self->key_banner, text);
    }
  bounce_banner_set_revealed (self->key_banner, paused_reason != NULL);
}

static void
show_storage (BounceWindow *self)
{
  g_autofree char *problem = NULL;

  g_object_get (self->summary, "storage-problem", &problem, NULL);
  bounce_banner_set_revealed (self->storage_banner, problem != NULL);
}

static const struct
{
  const char *signal;
  void (*show) (BounceWindow *self);
} followed[] = {
  { "notify::receiver-state", show_receiver }, { "notify::endpoint", show_receiver },
  { "notify::ae-title", show_receiver },       { "notify::receiver-restart-needed", show_receiver },
  { "notify::free-bytes", show_disk },         { "notify::disk-level", show_disk },
  { "notify::paused-reason", show_key },       { "notify::storage-problem", show_storage },
};

static void
connect_service (BounceWindow *self, BounceService *service)
{
  self->summary = bounce_status_summary_new (service);
  for (gsize i = 0; i < G_N_ELEMENTS (followed); i++)
    {
      g_signal_connect_object (self->summary, followed[i].signal, G_CALLBACK (followed[i].show),
                               self, G_CONNECT_SWAPPED);
      followed[i].show (self);
    }
  bounce_endpoint_box_set_service (self->endpoint_box, service);
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
activate_tell_cb (GtkWidget *widget, const char *name, GVariant *parameter)
{
  bounce_window_add_toast (BOUNCE_WINDOW (widget), g_variant_get_string (parameter, NULL));
}

static void
activate_menu_cb (GtkWidget *widget, const char *name, GVariant *parameter)
{
  gtk_menu_button_popup (BOUNCE_WINDOW (widget)->menu_button);
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

static void
bounce_window_dispose (GObject *object)
{
  BounceWindow *self = BOUNCE_WINDOW (object);

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
  gtk_widget_class_bind_template_child (widget_class, BounceWindow, search_button);
  gtk_widget_class_bind_template_child (widget_class, BounceWindow, details_button);
  gtk_widget_class_bind_template_child (widget_class, BounceWindow, menu_button);
  gtk_widget_class_bind_template_child (widget_class, BounceWindow, receiver_label);
  gtk_widget_class_bind_template_child (widget_class, BounceWindow, endpoint_box);
  gtk_widget_class_bind_template_child (widget_class, BounceWindow, disk_banner);
  gtk_widget_class_bind_template_child (widget_class, BounceWindow, key_banner);
  gtk_widget_class_bind_template_child (widget_class, BounceWindow, receiver_banner);
  gtk_widget_class_bind_template_child (widget_class, BounceWindow, restart_banner);
  gtk_widget_class_bind_template_child (widget_class, BounceWindow, storage_banner);
  gtk_widget_class_bind_template_child (widget_class, BounceWindow, stack);
  gtk_widget_class_bind_template_child (widget_class, BounceWindow, studies_page);
  gtk_widget_class_bind_template_child (widget_class, BounceWindow, activity_page);
  gtk_widget_class_bind_template_child (widget_class, BounceWindow, status_bar);
}

static void
bounce_window_class_init (BounceWindowClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  object_class->dispose = bounce_window_dispose;
  GTK_WINDOW_CLASS (klass)->close_request = bounce_window_close_request;
  g_type_ensure (BOUNCE_TYPE_BANNER);
  g_type_ensure (BOUNCE_TYPE_ENDPOINT_BOX);
  g_type_ensure (BOUNCE_TYPE_STATUS_BAR);
  g_type_ensure (BOUNCE_TYPE_STUDIES_PAGE);
  g_type_ensure (BOUNCE_TYPE_ACTIVITY_PAGE);
  bind_template (widget_class);
  gtk_widget_class_install_action (widget_class, "win.show-page", "s", activate_show_page_cb);
  gtk_widget_class_install_action (widget_class, "win.tell", "s", activate_tell_cb);
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
  bounce_studies_page_set_key_capture (self->studies_page, GTK_WIDGET (self));
  add_page_actions (self);
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
  connect_service (self, bounce_application_get_service (application));
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
 * Shows the studies and searches for @study_uid.
 *
 * Thread: main
 */
void
bounce_window_show_study (BounceWindow *self, const char *study_uid)
{
  g_return_if_fail (BOUNCE_IS_WINDOW (self));

  bounce_window_show_page (self, "studies");
  bounce_studies_page_search_for (self->studies_page, study_uid);
}
