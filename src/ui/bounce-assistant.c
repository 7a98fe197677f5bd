/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* The first-run assistant: pages one after the other, each of which checks and keeps its own
 * settings when it is left forwards. So closing the window loses nothing that was passed, and asks
 * nothing; it comes again at the next start until it was finished or put off.
 *
 * Main thread. */

#include "config.h"

#include "bounce-assistant.h"

#include "bounce-assistant-device.h"
#include "bounce-assistant-finish.h"
#include "bounce-assistant-key.h"
#include "bounce-assistant-storage.h"
#include "bounce-assistant-trial.h"
#include "bounce-assistant-welcome.h"

#include <glib/gi18n.h>

struct _BounceAssistant
{
  AdwWindow parent_instance;

  AdwToastOverlay *toast_overlay;
  AdwWindowTitle *window_title;
  GtkWidget *back_button;
  GtkWidget *continue_button;
  GtkSpinner *spinner;
  GtkWidget *later_button;
  GtkStack *stack;

  GSettings *settings;    /* (owned) of the desktop */
  GCancellable *applying; /* (owned) (nullable) while a page checks and keeps */
};

G_DEFINE_FINAL_TYPE (BounceAssistant, bounce_assistant, ADW_TYPE_WINDOW)

/* Where each page leads; NULL: the end. What the trial's button does is an action of the
 * application. */
static const struct
{
  const char *name;
  const char *next, *previous;
} pages[] = {
  { "welcome", "key", NULL },     { "trial", NULL, "welcome" },      { "key", "device", "welcome" },
  { "device", "storage", "key" }, { "storage", "finish", "device" }, { "finish", NULL, "storage" },
};

#define N_STEPS 4 /* key to finish */

static guint
get_index (BounceAssistant *self)
{
  const char *name = gtk_stack_get_visible_child_name (self->stack);

  for (guint i = 0; i < G_N_ELEMENTS (pages); i++)
    {
      if (g_strcmp0 (pages[i].name, name) == 0)
        return i;
    }
  return 0;
}

static BounceAssistantPage *
get_page (BounceAssistant *self)
{
  return BOUNCE_ASSISTANT_PAGE (gtk_stack_get_visible_child (self->stack));
}

static void
update_buttons (BounceAssistant *self)
{
  gboolean is_busy = self->applying != NULL;
  gboolean is_ready;

  g_object_get (get_page (self), "ready", &is_ready, NULL);
  gtk_widget_action_set_enabled (GTK_WIDGET (self), "assistant.continue", is_ready && !is_busy);
  gtk_widget_action_set_enabled (GTK_WIDGET (self), "assistant.skip", !is_busy);
  gtk_spinner_set_spinning (self->spinner, is_busy);
}

static char *
describe_step (guint index)
{
  guint first = G_N_ELEMENTS (pages) - N_STEPS;

  if (index < first)
    return g_strdup ("");
  return g_strdup_printf (_ ("Step %u of %u"), index - first + 1, N_STEPS);
}

static void
page_shown_cb (BounceAssistant *self)
{
  guint index = get_index (self);
  g_autofree char *step = describe_step (index);
  g_autofree char *title = NULL;
  g_autofree char *label = NULL;

  g_object_get (get_page (self), "title", &title, "continue-label", &label, NULL);
  adw_window_title_set_title (self->window_title, title);
  adw_window_title_set_subtitle (self->window_title, step);
  gtk_widget_set_visible (self->back_button, pages[index].previous != NULL);
  gtk_widget_set_visible (self->continue_button, label != NULL);
  gtk_button_set_label (GTK_BUTTON (self->continue_button), label != NULL ? label : "");
  gtk_widget_set_visible (self->later_button, !g_str_equal (pages[index].name, "finish"));
  update_buttons (self);
}

static void
go (BounceAssistant *self, const char *name)
{
  gtk_stack_set_visible_child_name (self->stack, name);
  bounce_assistant_page_enter (get_page (self));
  update_buttons (self);
}

static void
go_on (BounceAssistant *self)
{
  const char *next = pages[get_index (self)].next;

  if (next != NULL)
    go (self, next);
  else
    gtk_window_close (GTK_WINDOW (self));
}

static void
page_applied_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (BounceAssistant) self = user_data;
  gboolean is_applied = bounce_assistant_page_apply_finish (BOUNCE_ASSISTANT_PAGE (source), result);

  if (self->applying == NULL)
    return;
  g_clear_object (&self->applying);
  update_buttons (self);
  if (is_applied)
    go_on (self);
}

static void
give_up (BounceAssistant *self)
{
  if (self->applying != NULL)
    g_cancellable_cancel (self->applying);
  g_clear_object (&self->applying);
}

static void
activate_continue_cb (GtkWidget *widget, const char *name, GVariant *parameter)
{
  BounceAssistant *self = BOUNCE_ASSISTANT (widget);
  gboolean is_ready;

  g_object_get (get_page (self), "ready", &is_ready, NULL);
  if (self->applying != NULL || !is_ready)
    return;
  if (g_str_equal (pages[get_index (self)].name, "trial"))
    {
      gtk_widget_activate_action (widget, "app.start-trial", NULL);
      return;
    }
  self->applying = g_cancellable_new ();
  update_buttons (self);
  bounce_assistant_page_apply_async (get_page (self), self->applying, page_applied_cb,
                                     g_object_ref (self));
}

static void
activate_back_cb (GtkWidget *widget, const char *name, GVariant *parameter)
{
  BounceAssistant *self = BOUNCE_ASSISTANT (widget);
  const char *previous = pages[get_index (self)].previous;

  give_up (self);
  if (previous != NULL)
    go (self, previous);
}

static void
activate_go_cb (GtkWidget *widget, const char *name, GVariant *parameter)
{
  go (BOUNCE_ASSISTANT (widget), g_variant_get_string (parameter, NULL));
}

static void
activate_skip_cb (GtkWidget *widget, const char *name, GVariant *parameter)
{
  go_on (BOUNCE_ASSISTANT (widget));
}

static void
activate_later_cb (GtkWidget *widget, const char *name, GVariant *parameter)
{
  g_settings_set_boolean (BOUNCE_ASSISTANT (widget)->settings, "first-run-done", TRUE);
  gtk_window_close (GTK_WINDOW (widget));
}

static void
activate_tell_cb (GtkWidget *widget, const char *name, GVariant *parameter)
{
  g_autofree char *title = g_markup_escape_text (g_variant_get_string (parameter, NULL), -1);

  adw_toast_overlay_add_toast (BOUNCE_ASSISTANT (widget)->toast_overlay, adw_toast_new (title));
}

static gboolean
bounce_assistant_close_request (GtkWindow *window)
{
  give_up (BOUNCE_ASSISTANT (window));
  return GTK_WINDOW_CLASS (bounce_assistant_parent_class)->close_request (window);
}

static void
bounce_assistant_dispose (GObject *object)
{
  BounceAssistant *self = BOUNCE_ASSISTANT (object);

  give_up (self);
  g_clear_object (&self->settings);
  G_OBJECT_CLASS (bounce_assistant_parent_class)->dispose (object);
}

static void
install_actions (GtkWidgetClass *widget_class)
{
  gtk_widget_class_install_action (widget_class, "assistant.go", "s", activate_go_cb);
  gtk_widget_class_install_action (widget_class, "assistant.continue", NULL, activate_continue_cb);
  gtk_widget_class_install_action (widget_class, "assistant.back", NULL, activate_back_cb);
  gtk_widget_class_install_action (widget_class, "assistant.skip", NULL, activate_skip_cb);
  gtk_widget_class_install_action (widget_class, "assistant.later", NULL, activate_later_cb);
  /* What the endpoint box says that it has copied, and what the application has to say. */
  gtk_widget_class_install_action (widget_class, "win.tell", "s", activate_tell_cb);
  gtk_widget_class_add_binding_action (widget_class, GDK_KEY_Escape, 0, "window.close", NULL);
  gtk_widget_class_add_binding_action (widget_class, GDK_KEY_Left, GDK_ALT_MASK, "assistant.back",
                                       NULL);
}

static void
bounce_assistant_class_init (BounceAssistantClass *klass)
{
  const GType types[] = { BOUNCE_TYPE_ASSISTANT_WELCOME, BOUNCE_TYPE_ASSISTANT_TRIAL,
                          BOUNCE_TYPE_ASSISTANT_KEY,     BOUNCE_TYPE_ASSISTANT_DEVICE,
                          BOUNCE_TYPE_ASSISTANT_STORAGE, BOUNCE_TYPE_ASSISTANT_FINISH };
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  for (gsize i = 0; i < G_N_ELEMENTS (types); i++)
    g_type_ensure (types[i]);
  G_OBJECT_CLASS (klass)->dispose = bounce_assistant_dispose;
  GTK_WINDOW_CLASS (klass)->close_request = bounce_assistant_close_request;
  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/cloud/aurabox/Bounce/ui/assistant.ui");
  gtk_widget_class_bind_template_child (widget_class, BounceAssistant, toast_overlay);
  gtk_widget_class_bind_template_child (widget_class, BounceAssistant, window_title);
  gtk_widget_class_bind_template_child (widget_class, BounceAssistant, back_button);
  gtk_widget_class_bind_template_child (widget_class, BounceAssistant, continue_button);
  gtk_widget_class_bind_template_child (widget_class, BounceAssistant, spinner);
  gtk_widget_class_bind_template_child (widget_class, BounceAssistant, later_button);
  gtk_widget_class_bind_template_child (widget_class, BounceAssistant, stack);
  install_actions (widget_class);
}

static void
bounce_assistant_init (BounceAssistant *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
  g_signal_connect_object (self->stack, "notify::visible-child", G_CALLBACK (page_shown_cb), self,
                           G_CONNECT_SWAPPED);
}

/**
 * bounce_assistant_new:
 * @settings: those of the desktop
 *
 * Thread: main
 * Returns: (transfer none): the window, kept by GTK until it is destroyed
 */
BounceAssistant *
bounce_assistant_new (BounceService *service, GSettings *settings)
{
  BounceAssistant *self;

  g_return_val_if_fail (BOUNCE_IS_SERVICE (service), NULL);
  g_return_val_if_fail (G_IS_SETTINGS (settings), NULL);

  self = g_object_new (BOUNCE_TYPE_ASSISTANT, NULL);
  self->settings = g_object_ref (settings);
  for (guint i = 0; i < G_N_ELEMENTS (pages); i++)
    {
      GtkWidget *page = gtk_stack_get_child_by_name (self->stack, pages[i].name);

      bounce_assistant_page_set_service (BOUNCE_ASSISTANT_PAGE (page), service, settings);
      g_signal_connect_object (page, "notify::ready", G_CALLBACK (update_buttons), self,
                               G_CONNECT_SWAPPED);
    }
  page_shown_cb (self);
  return self;
}

/**
 * bounce_assistant_get_page:
 *
 * Returns: the name of the page in view
 */
const char *
bounce_assistant_get_page (BounceAssistant *self)
{
  g_return_val_if_fail (BOUNCE_IS_ASSISTANT (self), NULL);

  return pages[get_index (self)].name;
}
