/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* See the header. The entry is empty whenever it is shown, and emptied when a key was saved;
 * leaving it saves nothing, because a key is pasted as a whole and half of one must not stop the
 * uploads. Aurabox is asked first: a key that it refuses does not replace one that works. When it
 * cannot be asked the key is kept, since networks come and go. Main thread. */

#include "config.h"

#include "bounce-preferences-key.h"

#include "bounce-check-words.h"

#include "bounce-secrets.h"
#include "bounce-service-checks.h"
#include "bounce-service-settings.h"
#include "bounce-setting.h"

#include <glib/gi18n.h>

#define KEY "api_key"

struct _BouncePreferencesKey
{
  AdwPreferencesGroup parent_instance;

  AdwActionRow *stored_row;
  GtkImage *stored_icon;
  GtkButton *remove_button;
  AdwActionRow *entry_row;
  GtkPasswordEntry *entry;
  GtkSpinner *spinner;
  GtkButton *save_button;

  BounceService *service; /* (owned) (nullable) */
};

G_DEFINE_FINAL_TYPE (BouncePreferencesKey, bounce_preferences_key, ADW_TYPE_PREFERENCES_GROUP)

static const char *
get_text (BouncePreferencesKey *self)
{
  return gtk_editable_get_text (GTK_EDITABLE (self->entry));
}

static char *
describe_own_file (void)
{
  g_autofree char *path = bounce_secrets_dup_file_path ();

  return g_strdup_printf (_ ("There is no keyring here, so the key is kept in the file %s, which "
                             "only you can read"),
                          path);
}

static char *
describe_place (BouncePreferencesKey *self)
{
  BounceConfig *config = bounce_service_get_config (self->service);

  switch (bounce_service_get_key_place (self->service))
    {
    case BOUNCE_KEY_PLACE_TRIAL:
      return g_strdup (_ ("Only for the trial; your own key stays as it is"));
    case BOUNCE_KEY_PLACE_ENVIRONMENT:
      return g_strdup (_ ("Given by the environment variable BOUNCE_API_KEY"));
    case BOUNCE_KEY_PLACE_KEY_FILE:
      return g_strdup_printf (_ ("Kept in the file %s that your administrator chose"),
                              bounce_config_get_api_key_file (config));
    case BOUNCE_KEY_PLACE_SETTINGS_FILE:
      return g_strdup (_ ("Kept in the settings file"));
    case BOUNCE_KEY_PLACE_OWN_FILE:
      return describe_own_file ();
    case BOUNCE_KEY_PLACE_KEYRING:
      return g_strdup (_ ("Kept in the keyring of your session"));
    case BOUNCE_KEY_PLACE_NONE:
    default:
      return g_strdup (_ ("Studies are received and kept; they wait until there is a key"));
    }
}

static char *
describe_key (BouncePreferencesKey *self)
{
  BounceApiKey *key = bounce_config_get_api_key (bounce_service_get_config (self->service));
  const char *environment;

  if (key == NULL)
    return g_strdup (_ ("No key is stored"));
  environment = bounce_api_key_get_environment (key);
  if (environment != NULL)
    return g_strdup_printf (_ ("A key is stored: region %s, %s"), bounce_api_key_get_region (key),
                            environment);
  return g_strdup_printf (_ ("A key is stored: region %s"), bounce_api_key_get_region (key));
}

static void
set_problem (BouncePreferencesKey *self, const char *problem)
{
  gtk_accessible_update_state (
      GTK_ACCESSIBLE (self->entry), GTK_ACCESSIBLE_STATE_INVALID,
      problem != NULL ? GTK_ACCESSIBLE_INVALID_TRUE : GTK_ACCESSIBLE_INVALID_FALSE, -1);
  gtk_accessible_update_property (GTK_ACCESSIBLE (self->entry), GTK_ACCESSIBLE_PROPERTY_DESCRIPTION,
                                  problem != NULL ? problem : "", -1);
  adw_action_row_set_subtitle (self->entry_row, problem != NULL ? problem : "");
  if (problem != NULL)
    gtk_widget_add_css_class (GTK_WIDGET (self->entry_row), "bounce-wrong");
  else
    gtk_widget_remove_css_class (GTK_WIDGET (self->entry_row), "bounce-wrong");
}

static void
text_changed_cb (BouncePreferencesKey *self)
{
  const char *text = get_text (self);
  g_autofree char *reason = *text != '\0' ? bounce_setting_dup_problem (KEY, text) : NULL;
  g_autofree char *problem =
      reason != NULL ? g_strdup_printf (_ ("This is not a key: %s"), reason) : NULL;

  set_problem (self, problem);
  gtk_widget_set_sensitive (GTK_WIDGET (self->save_button), *text != '\0' && problem == NULL);
}

static void
show_key (BouncePreferencesKey *self)
{
  BounceKeyPlace place = bounce_service_get_key_place (self->service);
  gboolean is_locked = bounce_service_is_setting_locked (self->service, KEY);
  gboolean has_key = place != BOUNCE_KEY_PLACE_NONE;
  gboolean is_warning = !has_key || place == BOUNCE_KEY_PLACE_OWN_FILE;
  const char *title = has_key ? _ ("New API key") : _ ("API key");
  g_autofree char *what = describe_key (self);
  g_autofree char *where = describe_place (self);

  adw_preferences_row_set_title (ADW_PREFERENCES_ROW (self->stored_row), what);
  adw_action_row_set_subtitle (self->stored_row, where);
  gtk_image_set_from_icon_name (self->stored_icon, is_warning ? "dialog-warning-symbolic"
                                                              : "dialog-password-symbolic");
  gtk_widget_set_visible (GTK_WIDGET (self->remove_button), has_key && !is_locked);
  gtk_widget_set_visible (GTK_WIDGET (self->entry_row), !is_locked);
  adw_preferences_row_set_title (ADW_PREFERENCES_ROW (self->entry_row), title);
}

static void
set_busy (BouncePreferencesKey *self, gboolean is_busy)
{
  gtk_widget_set_sensitive (GTK_WIDGET (self->entry), !is_busy);
  gtk_widget_set_sensitive (GTK_WIDGET (self->save_button), !is_busy);
  gtk_widget_set_visible (GTK_WIDGET (self->spinner), is_busy);
  /* Who entered a key goes on there; what is insensitive had lost the focus. */
  if (!is_busy)
    gtk_widget_grab_focus (GTK_WIDGET (self->entry));
}

static void
key_kept_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (BouncePreferencesKey) self = user_data;
  g_autoptr (GError) error = NULL;
  g_autofree char *problem = NULL;

  if (self->service == NULL)
    return;
  set_busy (self, FALSE);
  if (bounce_service_set_config_finish (BOUNCE_SERVICE (source), result, NULL, &error))
    {
      gtk_editable_set_text (GTK_EDITABLE (self->entry), "");
      show_key (self); /* the same key may now be kept elsewhere */
      return;
    }
  problem = g_strdup_printf (_ ("This could not be kept: %s"), error->message);
  set_problem (self, problem);
}

static void
set_key (BouncePreferencesKey *self, const char *text)
{
  set_busy (self, TRUE);
  bounce_service_set_config_async (self->service, KEY, text, NULL, key_kept_cb,
                                   g_object_ref (self));
}

static void
key_checked_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (BouncePreferencesKey) self = user_data;
  g_autoptr (GError) error = NULL;
  g_autofree char *problem = NULL;

  if (self->service == NULL)
    return;
  if (bounce_service_check_key_finish (BOUNCE_SERVICE (source), result, NULL, &error)
      || !g_error_matches (error, BOUNCE_SERVICE_ERROR, BOUNCE_SERVICE_ERROR_UNAUTHORISED))
    {
      set_key (self, get_text (self));
      return;
    }
  problem = bounce_check_words_key (error);
  set_busy (self, FALSE);
  set_problem (self, problem);
}

static void
save_cb (BouncePreferencesKey *self)
{
  if (!gtk_widget_get_sensitive (GTK_WIDGET (self->save_button)))
    return;
  set_busy (self, TRUE);
  bounce_service_check_key_async (self->service, get_text (self), NULL, NULL, key_checked_cb,
                                  g_object_ref (self));
}

static void
remove_answered_cb (BouncePreferencesKey *self, const char *response)
{
  if (g_str_equal (response, "remove") && self->service != NULL)
    set_key (self, "");
}

static void
remove_cb (BouncePreferencesKey *self)
{
  GtkWindow *parent = GTK_WINDOW (gtk_widget_get_root (GTK_WIDGET (self)));
  AdwMessageDialog *dialog = ADW_MESSAGE_DIALOG (adw_message_dialog_new (
      parent, _ ("Remove the API Key?"),
      _ ("Uploads stop until another key is entered. Studies are still received and wait.")));

  adw_message_dialog_add_responses (dialog, "cancel", _ ("_Cancel"), "remove", _ ("_Remove"), NULL);
  adw_message_dialog_set_response_appearance (dialog, "remove", ADW_RESPONSE_DESTRUCTIVE);
  adw_message_dialog_set_default_response (dialog, "cancel");
  adw_message_dialog_set_close_response (dialog, "cancel");
  g_signal_connect_object (dialog, "response", G_CALLBACK (remove_answered_cb), self,
                           G_CONNECT_SWAPPED);
  gtk_window_present (GTK_WINDOW (dialog));
}

static void
bounce_preferences_key_dispose (GObject *object)
{
  g_clear_object (&BOUNCE_PREFERENCES_KEY (object)->service);
  G_OBJECT_CLASS (bounce_preferences_key_parent_class)->dispose (object);
}

static void
bounce_preferences_key_class_init (BouncePreferencesKeyClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = bounce_preferences_key_dispose;
  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/cloud/aurabox/Bounce/ui/preferences-key.ui");
  gtk_widget_class_bind_template_child (widget_class, BouncePreferencesKey, stored_row);
  gtk_widget_class_bind_template_child (widget_class, BouncePreferencesKey, stored_icon);
  gtk_widget_class_bind_template_child (widget_class, BouncePreferencesKey, remove_button);
  gtk_widget_class_bind_template_child (widget_class, BouncePreferencesKey, entry_row);
  gtk_widget_class_bind_template_child (widget_class, BouncePreferencesKey, entry);
  gtk_widget_class_bind_template_child (widget_class, BouncePreferencesKey, spinner);
  gtk_widget_class_bind_template_child (widget_class, BouncePreferencesKey, save_button);
}

static void
bounce_preferences_key_init (BouncePreferencesKey *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
  g_signal_connect_object (self->entry, "changed", G_CALLBACK (text_changed_cb), self,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (self->entry, "activate", G_CALLBACK (save_cb), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (self->save_button, "clicked", G_CALLBACK (save_cb), self,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (self->remove_button, "clicked", G_CALLBACK (remove_cb), self,
                           G_CONNECT_SWAPPED);
}

/**
 * bounce_preferences_key_set_service:
 *
 * Shows and changes the key of @service from here on. Once only.
 *
 * Thread: main
 */
void
bounce_preferences_key_set_service (BouncePreferencesKey *self, BounceService *service)
{
  g_return_if_fail (BOUNCE_IS_PREFERENCES_KEY (self));
  g_return_if_fail (self->service == NULL);

  self->service = g_object_ref (service);
  g_signal_connect_object (service, "notify::config", G_CALLBACK (show_key), self,
                           G_CONNECT_SWAPPED);
  show_key (self);
}

/**
 * bounce_preferences_key_focus:
 *
 * Puts the cursor where a key is entered.
 *
 * Thread: main
 */
void
bounce_preferences_key_focus (BouncePreferencesKey *self)
{
  g_return_if_fail (BOUNCE_IS_PREFERENCES_KEY (self));

  gtk_widget_grab_focus (GTK_WIDGET (self->entry));
}
