/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* See the header. Main thread. */

#include "config.h"

#include "bounce-preferences-connection.h"

#include "bounce-study-words.h"

#include <glib/gi18n.h>
#include <string.h>

struct _BouncePreferencesConnection
{
  AdwActionRow parent_instance;

  GtkImage *icon;
  GtkSpinner *spinner;
  GtkButton *button;

  BounceStatusSummary *summary; /* (owned) (nullable) */
};

G_DEFINE_FINAL_TYPE (BouncePreferencesConnection,
                     bounce_preferences_connection,
                     ADW_TYPE_ACTION_ROW)

static const struct
{
  const char *title;
  const char *icon;
} states[] = {
  [BOUNCE_AURABOX_UNKNOWN] = { N_ ("Not checked yet"), "content-loading-symbolic" },
  [BOUNCE_AURABOX_CHECKING] = { N_ ("Checking…"), "content-loading-symbolic" },
  [BOUNCE_AURABOX_REACHABLE] = { N_ ("Aurabox is reachable and accepts the key"),
                                 "emblem-ok-symbolic" },
  [BOUNCE_AURABOX_UNREACHABLE] = { N_ ("Aurabox cannot be used"), "dialog-warning-symbolic" },
};

/* A reason is told within a sentence elsewhere, and begins one here. */
static char *
capitalize (const char *text)
{
  g_autofree char *first = g_utf8_substring (text, 0, 1);
  g_autofree char *capital = g_utf8_strup (first, -1);

  return g_strconcat (capital, text + strlen (first), NULL);
}

/* What was said, and when. */
static char *
describe (const char *message, gint64 checked_us)
{
  g_autofree char *time = NULL;
  g_autofree char *when = NULL;
  g_autofree char *what = NULL;

  if (checked_us == 0)
    return g_strdup ("");
  time = bounce_study_words_time_within (checked_us);
  when = g_strdup_printf (_ ("Last check: %s"), time);
  if (message == NULL || *message == '\0')
    return g_steal_pointer (&when);
  what = capitalize (message);
  return g_strdup_printf ("%s\n%s", what, when);
}

static void
show_state (BouncePreferencesConnection *self)
{
  BounceAuraboxState state = bounce_status_summary_get_aurabox_state (self->summary);
  gboolean is_checking = state == BOUNCE_AURABOX_CHECKING;
  g_autofree char *message = NULL;
  g_autofree char *detail = NULL;
  gint64 checked_us;

  g_object_get (self->summary, "aurabox-message", &message, "aurabox-checked-us", &checked_us,
                NULL);
  detail = describe (message, checked_us);
  adw_preferences_row_set_title (ADW_PREFERENCES_ROW (self), _ (states[state].title));
  adw_action_row_set_subtitle (ADW_ACTION_ROW (self), detail);
  gtk_image_set_from_icon_name (self->icon, states[state].icon);
  gtk_widget_set_visible (GTK_WIDGET (self->spinner), is_checking);
  gtk_widget_set_sensitive (GTK_WIDGET (self->button), !is_checking);
}

static void
check_cb (BouncePreferencesConnection *self)
{
  if (self->summary != NULL)
    bounce_status_summary_check_aurabox (self->summary);
}

static void
bounce_preferences_connection_dispose (GObject *object)
{
  g_clear_object (&BOUNCE_PREFERENCES_CONNECTION (object)->summary);
  G_OBJECT_CLASS (bounce_preferences_connection_parent_class)->dispose (object);
}

static void
bounce_preferences_connection_class_init (BouncePreferencesConnectionClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = bounce_preferences_connection_dispose;
  gtk_widget_class_set_template_from_resource (
      widget_class, "/cloud/aurabox/Bounce/ui/preferences-connection.ui");
  gtk_widget_class_bind_template_child (widget_class, BouncePreferencesConnection, icon);
  gtk_widget_class_bind_template_child (widget_class, BouncePreferencesConnection, spinner);
  gtk_widget_class_bind_template_child (widget_class, BouncePreferencesConnection, button);
}

static void
bounce_preferences_connection_init (BouncePreferencesConnection *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
  g_signal_connect_object (self->button, "clicked", G_CALLBACK (check_cb), self, G_CONNECT_SWAPPED);
}

/**
 * bounce_preferences_connection_set_summary:
 *
 * Follows @summary from here on. Once only.
 *
 * Thread: main
 */
void
bounce_preferences_connection_set_summary (BouncePreferencesConnection *self,
                                           BounceStatusSummary *summary)
{
  g_return_if_fail (BOUNCE_IS_PREFERENCES_CONNECTION (self));
  g_return_if_fail (self->summary == NULL);

  self->summary = g_object_ref (summary);
  g_signal_connect_object (summary, "notify::aurabox-state", G_CALLBACK (show_state), self,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (summary, "notify::aurabox-checked-us", G_CALLBACK (show_state), self,
                           G_CONNECT_SWAPPED);
  show_state (self);
}
