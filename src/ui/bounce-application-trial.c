/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* Trying Bounce out: with the desktop setting `trial` the service is opened on a folder of its own
 * and pointed at a cloud on this machine. Studies and key that are real are not touched, so nothing
 * of a trial can reach Aurabox and nothing real can end in a trial. Both ways lead through a
 * restart of the application, and what a trial leaves is removed at the start that follows its end.
 *
 * Main thread. */

#include "config.h"

#include "bounce-application-private.h"

#include "bounce-log.h"
#include "bounce-study-words.h"

#include <glib/gi18n.h>

#define TRIAL_KEY      "trial"
#define TRIAL_PORT_KEY "trial-port"

/* Takes body: one that was not shown yet is out of date. */
static void
take_notice (BounceApplication *self, BounceTrialNotice notice, char *body)
{
  g_free (self->trial_notices[notice]);
  self->trial_notices[notice] = body;
}

static void
show_notice (BounceApplication *self, BounceTrialNotice notice)
{
  static const char *const headings[BOUNCE_N_TRIAL_NOTICES] = {
    [BOUNCE_TRIAL_NOT_OPENED] = N_ ("The Trial Has Ended"),
    [BOUNCE_TRIAL_NOT_REMOVED] = N_ ("Not All of the Trial Was Removed"),
  };
  g_autofree char *body = g_steal_pointer (&self->trial_notices[notice]);
  GtkWidget *dialog = adw_message_dialog_new (
      gtk_application_get_active_window (GTK_APPLICATION (self)), _ (headings[notice]), body);

  adw_message_dialog_add_response (ADW_MESSAGE_DIALOG (dialog), "close", _ ("_Close"));
  gtk_window_present (GTK_WINDOW (dialog));
}

/**
 * bounce_application_show_trial_notices: (skip)
 *
 * Tells what a trial left to be told, once there is a window to tell it in.
 */
void
bounce_application_show_trial_notices (BounceApplication *self)
{
  if (self->window == NULL || !gtk_widget_get_visible (GTK_WIDGET (self->window)))
    return;
  for (guint i = 0; i < BOUNCE_N_TRIAL_NOTICES; i++)
    {
      if (self->trial_notices[i] != NULL)
        show_notice (self, (BounceTrialNotice) i);
    }
}

/**
 * bounce_application_prepare_trial: (skip)
 * @data_dir: (inout): where the database is
 *
 * Points source and @data_dir at the trial, if there is one. Before the service is opened.
 *
 * Errors: those of bounce_trial_make_folder() and bounce_trial_open()
 * Returns: whether the service can be opened
 */
gboolean
bounce_application_prepare_trial (BounceApplication *self, char **data_dir, GError **error)
{
  g_autofree char *folder = NULL;

  g_clear_object (&self->trial);
  if (!g_settings_get_boolean (self->desktop_settings, TRIAL_KEY))
    return TRUE;
  folder = bounce_trial_dup_folder ();
  if (!bounce_trial_make_folder (folder, error))
    return FALSE;
  self->trial = bounce_trial_open (
      self->source, folder, g_settings_get_uint (self->desktop_settings, TRIAL_PORT_KEY), error);
  if (self->trial == NULL)
    return FALSE;
  g_free (*data_dir);
  *data_dir = bounce_trial_dup_data_dir (folder);
  return TRUE;
}

/**
 * bounce_application_give_up_trial: (skip)
 * @error: why the service cannot be opened
 *
 * Ends a trial that cannot be opened, so that it keeps nobody from what is real.
 *
 * Returns: whether it is worth trying again
 */
gboolean
bounce_application_give_up_trial (BounceApplication *self, const GError *error)
{
  if (g_error_matches (error, BOUNCE_SERVICE_ERROR, BOUNCE_SERVICE_ERROR_LOCKED)
      || !g_settings_get_boolean (self->desktop_settings, TRIAL_KEY)
      || !g_settings_set_boolean (self->desktop_settings, TRIAL_KEY, FALSE))
    return FALSE;
  bounce_log (BOUNCE_LOG_WARNING, "The trial cannot be opened and has ended: %s", error->message);
  take_notice (self, BOUNCE_TRIAL_NOT_OPENED,
               g_strdup_printf (_ ("It could not be opened: %s\n\nWhat you see now are your own "
                                   "settings and studies."),
                                error->message));
  g_clear_object (&self->trial);
  return TRUE;
}

static void
folder_removed_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (BounceApplication) self = user_data;
  g_autoptr (GError) error = NULL;

  if (bounce_trial_remove_folder_finish (result, &error))
    return;
  bounce_log (BOUNCE_LOG_WARNING, "What a trial left is removed at the next start: %s",
              error->message);
  take_notice (
      self, BOUNCE_TRIAL_NOT_REMOVED,
      g_strdup_printf (_ ("%s\n\nBounce tries again the next time it starts."), error->message));
  bounce_application_show_trial_notices (self);
}

/**
 * bounce_application_follow_trial: (skip)
 *
 * Brings the trial's cloud up, or removes what a trial left. Once the service is open.
 */
void
bounce_application_follow_trial (BounceApplication *self)
{
  g_autofree char *folder = NULL;

  if (self->trial == NULL)
    {
      folder = bounce_trial_dup_folder ();
      bounce_trial_remove_folder_async (folder, NULL, folder_removed_cb, g_object_ref (self));
      return;
    }
  bounce_study_words_set_trial (TRUE);
  bounce_log (BOUNCE_LOG_INFO, "This is a trial: nothing leaves this computer");
  g_settings_bind (self->desktop_settings, TRIAL_PORT_KEY, self->trial, "port",
                   G_SETTINGS_BIND_SET);
  g_signal_connect_object (self, "shutdown", G_CALLBACK (bounce_trial_stop), self->trial,
                           G_CONNECT_SWAPPED);
  bounce_trial_start (self->trial);
}

/**
 * bounce_application_get_trial:
 *
 * Returns: (transfer none) (nullable): the trial, while Bounce is only tried out
 */
BounceTrial *
bounce_application_get_trial (BounceApplication *self)
{
  g_return_val_if_fail (BOUNCE_IS_APPLICATION (self), NULL);

  return self->trial;
}

static void
set_trial (BounceApplication *self, gboolean is_trial)
{
  if (!g_settings_set_boolean (self->desktop_settings, TRIAL_KEY, is_trial))
    {
      bounce_application_tell (self, _ ("The administrator does not allow this"));
      return;
    }
  bounce_application_restart (self);
}

static void
end_answered_cb (BounceApplication *self, const char *response)
{
  if (g_str_equal (response, "end"))
    set_trial (self, FALSE);
}

static void
activate_start_trial_cb (GSimpleAction *action, GVariant *parameter, gpointer user_data)
{
  set_trial (user_data, TRUE);
}

static void
activate_end_trial_cb (GSimpleAction *action, GVariant *parameter, gpointer user_data)
{
  BounceApplication *self = user_data;
  AdwMessageDialog *dialog = ADW_MESSAGE_DIALOG (adw_message_dialog_new (
      gtk_application_get_active_window (GTK_APPLICATION (self)), _ ("End the Trial?"), NULL));

  adw_message_dialog_set_body (
      dialog, _ ("All studies of the trial are removed from this computer. Nobody else has them. "
                 "Your own settings and studies are as they were before it."));
  adw_message_dialog_add_responses (dialog, "cancel", _ ("_Cancel"), "end", _ ("_End Trial"), NULL);
  adw_message_dialog_set_response_appearance (dialog, "end", ADW_RESPONSE_DESTRUCTIVE);
  adw_message_dialog_set_default_response (dialog, "cancel");
  adw_message_dialog_set_close_response (dialog, "cancel");
  g_signal_connect_object (dialog, "response", G_CALLBACK (end_answered_cb), self,
                           G_CONNECT_SWAPPED);
  gtk_window_present (GTK_WINDOW (dialog));
}

/**
 * bounce_application_add_trial_actions: (skip)
 *
 * Adds the way that leads into a trial, or the one that leads out. Once the service is open.
 */
void
bounce_application_add_trial_actions (BounceApplication *self)
{
  static const GActionEntry start[] = { { .name = "start-trial",
                                          .activate = activate_start_trial_cb } };
  static const GActionEntry end[] = { { .name = "end-trial", .activate = activate_end_trial_cb } };

  g_action_map_add_action_entries (G_ACTION_MAP (self), self->trial != NULL ? end : start, 1, self);
}
