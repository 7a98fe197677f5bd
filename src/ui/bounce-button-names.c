/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* GTK 4.8 makes the label of a button, as it was written, a part of its accessible name, and the
 * text that it shows the other: a screen reader says "_Send Send". Without the first part it says
 * "Send". Here for all buttons at once, also those that Adwaita makes for dialogs: each is seen
 * when it is realized, and again when its label changes.
 *
 * So what a button with a label is for beyond its words is its accessible description, not a label
 * of its own. Main thread. */

#include "config.h"

#include "bounce-button-names.h"

static void
name_button (GtkButton *button)
{
  if (gtk_button_get_label (button) != NULL)
    gtk_accessible_reset_property (GTK_ACCESSIBLE (button), GTK_ACCESSIBLE_PROPERTY_LABEL);
}

static gboolean
realized_cb (GSignalInvocationHint *hint, guint n_values, const GValue *values, gpointer user_data)
{
  GObject *widget = g_value_get_object (values);

  if (!GTK_IS_BUTTON (widget))
    return G_SOURCE_CONTINUE;
  g_signal_handlers_disconnect_by_func (widget, name_button, NULL); /* of an earlier time */
  g_signal_connect (widget, "notify::label", G_CALLBACK (name_button), NULL);
  name_button (GTK_BUTTON (widget));
  return G_SOURCE_CONTINUE;
}

/**
 * bounce_button_names_install:
 *
 * Thread: main, after GTK was initialised
 */
void
bounce_button_names_install (void)
{
  /* The signal is there only with its class. */
  g_autoptr (GTypeClass) widget_class = g_type_class_ref (GTK_TYPE_WIDGET);

  g_signal_add_emission_hook (g_signal_lookup ("realize", G_TYPE_FROM_CLASS (widget_class)), 0,
                              realized_cb, NULL, NULL);
}
