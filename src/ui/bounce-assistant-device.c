/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* See the header. What is typed is checked at once: the AE title against the standard, the port by
 * binding it. Main thread. */

#include "config.h"

#include "bounce-assistant-device.h"

#include "bounce-check-result.h"
#include "bounce-check-words.h"
#include "bounce-endpoint-box.h"
#include "bounce-service-settings.h"

#include <glib/gi18n.h>

/* Binding waits for a pause in typing. */
#define PAUSE_MS 300

struct _BounceAssistantDevice
{
  BounceAssistantPage parent_instance;

  GtkEditable *ae_title_row;
  BounceCheckResult *ae_title_result;
  GtkEditable *port_row;
  BounceCheckResult *port_result;
  BounceEndpointBox *endpoint_box;

  GCancellable *checking; /* (owned) (nullable) of the check that is under way */
  guint check_source;     /* waits for a pause in typing */
  gboolean is_ae_title_valid;
  gboolean is_port_valid; /* not bound yet, perhaps */
  gboolean was_entered;
};

G_DEFINE_FINAL_TYPE (BounceAssistantDevice, bounce_assistant_device, BOUNCE_TYPE_ASSISTANT_PAGE)

/* What is checked and kept, whatever is typed meanwhile. */
typedef struct
{
  char *ae_title;
  guint port;
} Wanted;

static void
free_wanted (gpointer data)
{
  Wanted *wanted = data;

  g_free (wanted->ae_title);
  g_free (wanted);
}

static BounceService *
get_service (BounceAssistantDevice *self)
{
  return bounce_assistant_page_get_service (BOUNCE_ASSISTANT_PAGE (self));
}

static char *
dup_text (GtkEditable *row)
{
  return g_strstrip (g_strdup (gtk_editable_get_text (row)));
}

/* 0 for what is no port. */
static guint
get_port (BounceAssistantDevice *self)
{
  g_autofree char *text = dup_text (self->port_row);
  guint64 port;

  return g_ascii_string_to_unsigned (text, 10, 1, G_MAXUINT16, &port, NULL) ? (guint) port : 0;
}

static void
update_ready (BounceAssistantDevice *self)
{
  g_autofree char *ae_title = dup_text (self->ae_title_row);
  gboolean is_ready = self->is_ae_title_valid && self->is_port_valid;

  bounce_assistant_page_set_ready (BOUNCE_ASSISTANT_PAGE (self), is_ready);
  if (is_ready)
    bounce_endpoint_box_preview (self->endpoint_box, get_port (self), ae_title);
}

static void
mark (GtkEditable *row, gboolean is_valid)
{
  if (is_valid)
    gtk_widget_remove_css_class (GTK_WIDGET (row), "error");
  else
    gtk_widget_add_css_class (GTK_WIDGET (row), "error");
}

static void
ae_title_changed_cb (BounceAssistantDevice *self)
{
  g_autofree char *text = dup_text (self->ae_title_row);
  g_autoptr (BounceConfig) config = bounce_config_with_value (
      bounce_service_get_config (get_service (self)), "ae_title", text, NULL);

  self->is_ae_title_valid = config != NULL && *text != '\0';
  mark (self->ae_title_row, self->is_ae_title_valid);
  if (self->is_ae_title_valid)
    bounce_check_result_show (self->ae_title_result, BOUNCE_CHECK_NONE, NULL);
  else
    bounce_check_result_show (
        self->ae_title_result, BOUNCE_CHECK_BAD,
        _ ("An AE title has 1 to 16 letters, digits and signs, without backslash."));
  update_ready (self);
}

static void
show_port (BounceAssistantDevice *self, const GError *error)
{
  g_autofree char *sentence = NULL;

  self->is_port_valid = error == NULL;
  mark (self->port_row, error == NULL);
  sentence = error != NULL ? bounce_check_words_endpoint (error) : g_strdup (_ ("Port is free"));
  bounce_check_result_show (self->port_result, error != NULL ? BOUNCE_CHECK_BAD : BOUNCE_CHECK_GOOD,
                            sentence);
  update_ready (self);
}

static void
port_checked_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (BounceAssistantDevice) self = user_data;
  g_autoptr (GError) error = NULL;

  bounce_service_check_endpoint_finish (BOUNCE_SERVICE (source), result, &error);
  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    return;
  g_clear_object (&self->checking);
  show_port (self, error);
}

static void
give_up_check (BounceAssistantDevice *self)
{
  g_clear_handle_id (&self->check_source, g_source_remove);
  if (self->checking != NULL)
    g_cancellable_cancel (self->checking);
  g_clear_object (&self->checking);
}

static void
check_port (BounceAssistantDevice *self,
            GCancellable *cancellable,
            GAsyncReadyCallback callback,
            gpointer user_data)
{
  BounceConfig *config = bounce_service_get_config (get_service (self));

  bounce_service_check_endpoint_async (get_service (self), bounce_config_get_ip_address (config),
                                       get_port (self), cancellable, callback, user_data);
}

static gboolean
pause_cb (gpointer user_data)
{
  BounceAssistantDevice *self = user_data;

  self->check_source = 0;
  self->checking = g_cancellable_new ();
  check_port (self, self->checking, port_checked_cb, g_object_ref (self));
  return G_SOURCE_REMOVE;
}

/* What is no port is told at once, the rest after a pause. */
static void
port_changed_cb (BounceAssistantDevice *self)
{
  g_autoptr (GError) error = NULL;

  give_up_check (self);
  if (get_port (self) == 0)
    {
      error = g_error_new_literal (BOUNCE_SERVICE_ERROR, BOUNCE_SERVICE_ERROR_INVALID, "");
      show_port (self, error);
      return;
    }
  self->is_port_valid = TRUE;
  mark (self->port_row, TRUE);
  bounce_check_result_show (self->port_result, BOUNCE_CHECK_NONE, NULL);
  update_ready (self);
  self->check_source = g_timeout_add (PAUSE_MS, pause_cb, self);
}

static void
entry_activated_cb (BounceAssistantDevice *self)
{
  gtk_widget_activate_action (GTK_WIDGET (self), "assistant.continue", NULL);
}

/* What an administrator set cannot be changed here either. */
static void
show_locks (BounceAssistantDevice *self)
{
  BounceService *service = get_service (self);

  gtk_widget_set_sensitive (GTK_WIDGET (self->ae_title_row),
                            !bounce_service_is_setting_locked (service, "ae_title"));
  gtk_widget_set_sensitive (GTK_WIDGET (self->port_row),
                            !bounce_service_is_setting_locked (service, "port"));
}

static void
bounce_assistant_device_enter (BounceAssistantPage *page)
{
  BounceAssistantDevice *self = BOUNCE_ASSISTANT_DEVICE (page);
  BounceConfig *config = bounce_service_get_config (get_service (self));
  g_autofree char *port = g_strdup_printf ("%u", bounce_config_get_port (config));

  if (!self->was_entered)
    bounce_endpoint_box_set_service (self->endpoint_box, get_service (self));
  self->was_entered = TRUE;
  show_locks (self);
  gtk_editable_set_text (self->ae_title_row, bounce_config_get_ae_title (config));
  gtk_editable_set_text (self->port_row, port);
  ae_title_changed_cb (self);
  port_changed_cb (self);
  gtk_widget_grab_focus (GTK_WIDGET (self->ae_title_row));
}

/* Keeping what was checked a moment ago fails only where it may not be changed. */
static gboolean
is_kept (BounceAssistantDevice *self,
         BounceCheckResult *view,
         GObject *source,
         GAsyncResult *result)
{
  g_autoptr (GError) error = NULL;

  if (bounce_service_set_config_finish (BOUNCE_SERVICE (source), result, NULL, &error))
    return TRUE;
  if (!g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    bounce_check_result_show (view, BOUNCE_CHECK_BAD, error->message);
  return FALSE;
}

static void
port_kept_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  BounceAssistantDevice *self = g_task_get_source_object (task);

  g_task_return_boolean (task, is_kept (self, self->port_result, source, result));
}

/* What stays as it is may be locked. Takes the task. */
static void
keep_port (BounceAssistantDevice *self, GTask *task)
{
  const Wanted *wanted = g_task_get_task_data (task);
  g_autofree char *text = g_strdup_printf ("%u", wanted->port);

  if (wanted->port != bounce_config_get_port (bounce_service_get_config (get_service (self))))
    {
      bounce_service_set_config_async (get_service (self), "port", text,
                                       g_task_get_cancellable (task), port_kept_cb, task);
      return;
    }
  g_task_return_boolean (task, TRUE);
  g_object_unref (task);
}

static void
ae_title_kept_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  BounceAssistantDevice *self = g_task_get_source_object (task);

  if (is_kept (self, self->ae_title_result, source, result))
    keep_port (self, g_steal_pointer (&task));
  else
    g_task_return_boolean (task, FALSE);
}

/* Takes the task. */
static void
keep_ae_title (BounceAssistantDevice *self, GTask *task)
{
  const Wanted *wanted = g_task_get_task_data (task);
  BounceConfig *config = bounce_service_get_config (get_service (self));

  if (g_str_equal (wanted->ae_title, bounce_config_get_ae_title (config)))
    keep_port (self, task);
  else
    bounce_service_set_config_async (get_service (self), "ae_title", wanted->ae_title,
                                     g_task_get_cancellable (task), ae_title_kept_cb, task);
}

static void
port_bound_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  BounceAssistantDevice *self = g_task_get_source_object (task);
  g_autoptr (GError) error = NULL;

  if (!bounce_service_check_endpoint_finish (BOUNCE_SERVICE (source), result, &error))
    {
      if (!g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
        {
          show_port (self, error);
          gtk_widget_grab_focus (GTK_WIDGET (self->port_row));
        }
      g_task_return_boolean (task, FALSE);
      return;
    }
  keep_ae_title (self, g_steal_pointer (&task));
}

/* Bound once more: the check of what was typed may be old, or not have come yet. */
static void
bounce_assistant_device_apply (BounceAssistantPage *page, GTask *task)
{
  BounceAssistantDevice *self = BOUNCE_ASSISTANT_DEVICE (page);
  Wanted *wanted = g_new0 (Wanted, 1);

  wanted->ae_title = dup_text (self->ae_title_row);
  wanted->port = get_port (self);
  g_task_set_task_data (task, wanted, free_wanted);
  give_up_check (self);
  check_port (self, g_task_get_cancellable (task), port_bound_cb, task);
}

static void
bounce_assistant_device_dispose (GObject *object)
{
  give_up_check (BOUNCE_ASSISTANT_DEVICE (object));
  G_OBJECT_CLASS (bounce_assistant_device_parent_class)->dispose (object);
}

static void
bounce_assistant_device_class_init (BounceAssistantDeviceClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  g_type_ensure (BOUNCE_TYPE_CHECK_RESULT);
  g_type_ensure (BOUNCE_TYPE_ENDPOINT_BOX);
  G_OBJECT_CLASS (klass)->dispose = bounce_assistant_device_dispose;
  BOUNCE_ASSISTANT_PAGE_CLASS (klass)->enter = bounce_assistant_device_enter;
  BOUNCE_ASSISTANT_PAGE_CLASS (klass)->apply = bounce_assistant_device_apply;
  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/cloud/aurabox/Bounce/ui/assistant-device.ui");
  gtk_widget_class_bind_template_child (widget_class, BounceAssistantDevice, ae_title_row);
  gtk_widget_class_bind_template_child (widget_class, BounceAssistantDevice, ae_title_result);
  gtk_widget_class_bind_template_child (widget_class, BounceAssistantDevice, port_row);
  gtk_widget_class_bind_template_child (widget_class, BounceAssistantDevice, port_result);
  gtk_widget_class_bind_template_child (widget_class, BounceAssistantDevice, endpoint_box);
}

static void
bounce_assistant_device_init (BounceAssistantDevice *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
  g_signal_connect_object (self->ae_title_row, "changed", G_CALLBACK (ae_title_changed_cb), self,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (self->port_row, "changed", G_CALLBACK (port_changed_cb), self,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (self->ae_title_row, "entry-activated", G_CALLBACK (entry_activated_cb),
                           self, G_CONNECT_SWAPPED);
  g_signal_connect_object (self->port_row, "entry-activated", G_CALLBACK (entry_activated_cb), self,
                           G_CONNECT_SWAPPED);
}
