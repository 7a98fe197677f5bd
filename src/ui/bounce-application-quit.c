/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* Quitting: asks when something would stop that the user may count on. Uploads that run are told
 * of, and that they continue at the next start; without uploads only a receiver that is on is worth
 * a question. Main thread. */

#include "config.h"

#include "bounce-application-private.h"

#include "bounce-service-import.h"

#include <glib/gi18n.h>

static void
answered_cb (BounceApplication *self, const char *response)
{
  self->quit_dialog = NULL;
  if (g_str_equal (response, "quit"))
    bounce_application_close_service (self);
}

static gboolean
is_importing (BounceApplication *self)
{
  return g_list_model_get_n_items (bounce_service_get_imports (self->service)) > 0;
}

static char *
describe_quit (const BounceServiceStatus *status)
{
  g_autofree char *uploads = NULL;

  if (status->counts.uploading == 0)
    return g_strdup (_ ("No images are received while Bounce is closed."));
  uploads = g_strdup_printf (ngettext ("%u study is being uploaded.",
                                       "%u studies are being "
                                       "uploaded.",
                                       status->counts.uploading),
                             status->counts.uploading);
  return g_strdup_printf ("%s %s", uploads,
                          _ ("Uploads continue where they are at the next start. No images are "
                             "received while Bounce is closed."));
}

static void
ask (BounceApplication *self, const BounceServiceStatus *status)
{
  GtkWindow *parent = self->window != NULL ? GTK_WINDOW (self->window) : NULL;
  g_autofree char *quit = describe_quit (status);
  g_autofree char *body =
      g_strconcat (is_importing (self) ? _ ("An import is under way; what is not imported yet will "
                                            "be left out.")
                                       : "",
                   is_importing (self) ? " " : "", quit, NULL);
  AdwMessageDialog *dialog =
      ADW_MESSAGE_DIALOG (adw_message_dialog_new (parent, _ ("Quit Bounce?"), body));

  adw_message_dialog_add_responses (dialog, "cancel", _ ("_Cancel"), "quit", _ ("_Quit"), NULL);
  adw_message_dialog_set_response_appearance (dialog, "quit", ADW_RESPONSE_DESTRUCTIVE);
  adw_message_dialog_set_default_response (dialog, "cancel");
  adw_message_dialog_set_close_response (dialog, "cancel");
  gtk_window_set_application (GTK_WINDOW (dialog), GTK_APPLICATION (self));
  g_signal_connect_object (dialog, "response", G_CALLBACK (answered_cb), self, G_CONNECT_SWAPPED);
  self->quit_dialog = GTK_WINDOW (dialog);
  gtk_window_present (self->quit_dialog);
}

static void
status_read_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (BounceApplication) self = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (BounceServiceStatus) status =
      bounce_service_get_status_finish (BOUNCE_SERVICE (source), result, &error);

  /* A status that cannot be read must not keep anyone from quitting. */
  if (status == NULL
      || (status->receiver == BOUNCE_RECEIVER_STOPPED && status->counts.uploading == 0
          && !is_importing (self)))
    bounce_application_close_service (self);
  else if (self->quit_dialog == NULL)
    ask (self, status);
}

/**
 * bounce_application_ask_quit:
 *
 * Quits, after a question when uploads run or the receiver is on.
 *
 * Thread: main
 */
void
bounce_application_ask_quit (BounceApplication *self)
{
  g_return_if_fail (BOUNCE_IS_APPLICATION (self));

  if (self->quit_dialog != NULL)
    gtk_window_present (self->quit_dialog);
  else if (self->service == NULL)
    bounce_application_close_service (self);
  else
    bounce_service_get_status_async (self->service, NULL, status_read_cb, g_object_ref (self));
}
