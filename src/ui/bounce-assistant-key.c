/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* See the header. A key that is set already stays when the field is left empty. Main thread. */

#include "config.h"

#include "bounce-assistant-key.h"

#include "bounce-check-result.h"
#include "bounce-check-words.h"
#include "bounce-service-settings.h"

#include <glib/gi18n.h>
#include <string.h>

struct _BounceAssistantKey
{
  BounceAssistantPage parent_instance;

  GtkEditable *key_row;
  BounceCheckResult *result;
  GtkWidget *later_box;
};

G_DEFINE_FINAL_TYPE (BounceAssistantKey, bounce_assistant_key, BOUNCE_TYPE_ASSISTANT_PAGE)

static BounceService *
get_service (BounceAssistantKey *self)
{
  return bounce_assistant_page_get_service (BOUNCE_ASSISTANT_PAGE (self));
}

static char *
dup_text (BounceAssistantKey *self)
{
  return g_strstrip (g_strdup (gtk_editable_get_text (self->key_row)));
}

static void
update_ready (BounceAssistantKey *self)
{
  g_autofree char *text = dup_text (self);
  BounceConfig *config = bounce_service_get_config (get_service (self));
  gboolean has_key = bounce_config_get_api_key (config) != NULL;

  bounce_assistant_page_set_ready (BOUNCE_ASSISTANT_PAGE (self), *text != '\0' || has_key);
  gtk_widget_set_visible (self->later_box, !has_key);
}

/* What is typed has not been checked. */
static void
text_changed_cb (BounceAssistantKey *self)
{
  bounce_check_result_show (self->result, BOUNCE_CHECK_NONE, NULL);
  update_ready (self);
}

static void
entry_activated_cb (BounceAssistantKey *self)
{
  gtk_widget_activate_action (GTK_WIDGET (self), "assistant.continue", NULL);
}

static void
bounce_assistant_key_enter (BounceAssistantPage *page)
{
  BounceAssistantKey *self = BOUNCE_ASSISTANT_KEY (page);
  BounceApiKey *key = bounce_config_get_api_key (bounce_service_get_config (get_service (self)));
  g_autofree char *masked = key != NULL ? bounce_api_key_dup_masked (key) : NULL;
  g_autofree char *text = NULL;
  gboolean is_locked = bounce_service_is_setting_locked (get_service (self), "api_key");

  gtk_widget_set_sensitive (GTK_WIDGET (self->key_row), !is_locked);
  if (is_locked)
    bounce_check_result_show (self->result, BOUNCE_CHECK_WARNING,
                              _ ("The key is given by your administrator and cannot be changed."));
  else if (key != NULL)
    {
      text = g_strdup_printf (_ ("A key is set: %s. Leave the field empty to keep it."), masked);
      bounce_check_result_show (self->result, BOUNCE_CHECK_GOOD, text);
    }
  update_ready (self);
  gtk_widget_grab_focus (GTK_WIDGET (self->key_row));
}

static void
fail (BounceAssistantKey *self, GTask *task, char *sentence)
{
  if (!g_cancellable_is_cancelled (g_task_get_cancellable (task)))
    {
      bounce_check_result_show (self->result, BOUNCE_CHECK_BAD, sentence);
      gtk_widget_grab_focus (GTK_WIDGET (self->key_row));
    }
  g_free (sentence);
  g_task_return_boolean (task, FALSE);
}

/* From here on nobody sees it again. */
static void
key_kept_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  BounceAssistantKey *self = g_task_get_source_object (task);
  g_autoptr (GError) error = NULL;

  if (!bounce_service_set_config_finish (BOUNCE_SERVICE (source), result, NULL, &error))
    {
      fail (self, task, g_strdup_printf (_ ("The key cannot be kept: %s"), error->message));
      return;
    }
  gtk_editable_set_text (self->key_row, "");
  g_task_return_boolean (task, TRUE);
}

/* What was checked, whatever is typed meanwhile. Takes the task. */
static void
keep_key (BounceAssistantKey *self, GTask *task)
{
  bounce_service_set_config_async (get_service (self), "api_key", g_task_get_task_data (task),
                                   g_task_get_cancellable (task), key_kept_cb, task);
}

static void
key_checked_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  BounceAssistantKey *self = g_task_get_source_object (task);
  g_autoptr (GError) error = NULL;

  if (bounce_service_check_key_finish (BOUNCE_SERVICE (source), result, NULL, &error))
    keep_key (self, g_steal_pointer (&task));
  else
    fail (self, task, bounce_check_words_key (error));
}

static void
free_text (gpointer data)
{
  explicit_bzero (data, strlen (data));
  g_free (data);
}

static void
bounce_assistant_key_apply (BounceAssistantPage *page, GTask *task)
{
  BounceAssistantKey *self = BOUNCE_ASSISTANT_KEY (page);
  char *text = dup_text (self);

  g_task_set_task_data (task, text, free_text);
  if (*text == '\0')
    {
      g_task_return_boolean (task, TRUE);
      g_object_unref (task);
      return;
    }
  bounce_check_result_show (self->result, BOUNCE_CHECK_RUNNING, _ ("Asking Aurabox…"));
  bounce_service_check_key_async (get_service (self), text, NULL, g_task_get_cancellable (task),
                                  key_checked_cb, task);
}

static void
bounce_assistant_key_class_init (BounceAssistantKeyClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  g_type_ensure (BOUNCE_TYPE_CHECK_RESULT);
  BOUNCE_ASSISTANT_PAGE_CLASS (klass)->enter = bounce_assistant_key_enter;
  BOUNCE_ASSISTANT_PAGE_CLASS (klass)->apply = bounce_assistant_key_apply;
  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/cloud/aurabox/Bounce/ui/assistant-key.ui");
  gtk_widget_class_bind_template_child (widget_class, BounceAssistantKey, key_row);
  gtk_widget_class_bind_template_child (widget_class, BounceAssistantKey, result);
  gtk_widget_class_bind_template_child (widget_class, BounceAssistantKey, later_box);
}

/* libadwaita 1.2 gives the button that shows the text no name for a screen reader. */
static void
name_buttons (GtkWidget *widget)
{
  if (gtk_accessible_get_accessible_role (GTK_ACCESSIBLE (widget)) == GTK_ACCESSIBLE_ROLE_BUTTON)
    gtk_accessible_update_property (GTK_ACCESSIBLE (widget), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                    _ ("Show the Key"), -1);
  for (GtkWidget *child = gtk_widget_get_first_child (widget); child != NULL;
       child = gtk_widget_get_next_sibling (child))
    name_buttons (child);
}

static void
bounce_assistant_key_init (BounceAssistantKey *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
  name_buttons (GTK_WIDGET (self->key_row));
  g_signal_connect_object (self->key_row, "changed", G_CALLBACK (text_changed_cb), self,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (self->key_row, "entry-activated", G_CALLBACK (entry_activated_cb), self,
                           G_CONNECT_SWAPPED);
}
