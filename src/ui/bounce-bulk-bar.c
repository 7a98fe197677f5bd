/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* See the header. Its role is that of a status line. Main thread. */

#include "config.h"

#include "bounce-bulk-bar.h"

#include <glib/gi18n.h>

struct _BounceBulkBar
{
  AdwBin parent_instance;

  GtkLabel *label;
  GtkProgressBar *progress_bar;

  GCancellable *cancellable; /* (owned) */
};

G_DEFINE_FINAL_TYPE (BounceBulkBar, bounce_bulk_bar, ADW_TYPE_BIN)

static void
activate_cancel_cb (GtkWidget *widget, const char *name, GVariant *parameter)
{
  BounceBulkBar *self = BOUNCE_BULK_BAR (widget);

  gtk_widget_action_set_enabled (widget, "bulk.cancel", FALSE);
  gtk_label_set_label (self->label, _ ("Cancelling…"));
  g_cancellable_cancel (self->cancellable);
}

static void
bounce_bulk_bar_dispose (GObject *object)
{
  BounceBulkBar *self = BOUNCE_BULK_BAR (object);

  g_clear_object (&self->cancellable);
  adw_bin_set_child (ADW_BIN (object), NULL);
  G_OBJECT_CLASS (bounce_bulk_bar_parent_class)->dispose (object);
}

static void
bounce_bulk_bar_class_init (BounceBulkBarClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = bounce_bulk_bar_dispose;
  gtk_widget_class_set_accessible_role (widget_class, GTK_ACCESSIBLE_ROLE_STATUS);
  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/cloud/aurabox/Bounce/ui/bulk-bar.ui");
  gtk_widget_class_bind_template_child (widget_class, BounceBulkBar, label);
  gtk_widget_class_bind_template_child (widget_class, BounceBulkBar, progress_bar);
  gtk_widget_class_install_action (widget_class, "bulk.cancel", NULL, activate_cancel_cb);
}

static void
bounce_bulk_bar_init (BounceBulkBar *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
}

/**
 * bounce_bulk_bar_new:
 * @cancellable: of the command
 *
 * Thread: main
 * Returns: (transfer floating): a bar for one command
 */
BounceBulkBar *
bounce_bulk_bar_new (GCancellable *cancellable)
{
  BounceBulkBar *self = g_object_new (BOUNCE_TYPE_BULK_BAR, NULL);

  self->cancellable = g_object_ref (cancellable);
  return self;
}

/**
 * bounce_bulk_bar_set_progress:
 * @text: how far it is, in words
 * @fraction: from 0 to 1
 *
 * Thread: main
 */
void
bounce_bulk_bar_set_progress (BounceBulkBar *self, const char *text, double fraction)
{
  g_return_if_fail (BOUNCE_IS_BULK_BAR (self));

  gtk_progress_bar_set_fraction (self->progress_bar, fraction);
  if (self->cancellable != NULL && !g_cancellable_is_cancelled (self->cancellable))
    gtk_label_set_label (self->label, text);
}
