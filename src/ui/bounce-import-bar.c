/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* See the header. Several imports are told as one. */

#include "config.h"

#include "bounce-import-bar.h"

#include "bounce-import-words.h"

#include <glib/gi18n.h>

struct _BounceImportBar
{
  AdwBin parent_instance;

  GtkRevealer *revealer;
  GtkSpinner *spinner;
  GtkLabel *label;

  GListModel *imports; /* (owned) (nullable) of BounceImport */
  gint64 started_at_us;
  gboolean is_cancelled;
};

G_DEFINE_FINAL_TYPE (BounceImportBar, bounce_import_bar, ADW_TYPE_BIN)

static BounceImportCounts
sum_counts (BounceImportBar *self)
{
  BounceImportCounts sum = { 0 };
  guint n = g_list_model_get_n_items (self->imports);

  for (guint i = 0; i < n; i++)
    {
      g_autoptr (BounceImport) import = g_list_model_get_item (self->imports, i);
      BounceImportCounts counts;

      bounce_import_get_counts (import, &counts);
      sum.n_accepted += counts.n_accepted;
      sum.n_same += counts.n_same;
      sum.n_replaced += counts.n_replaced;
      sum.n_refused += counts.n_refused;
    }
  return sum;
}

static void
show_progress (BounceImportBar *self)
{
  BounceImportCounts counts = sum_counts (self);
  gint64 elapsed_us = g_get_monotonic_time () - self->started_at_us;
  g_autofree char *text = NULL;

  if (self->is_cancelled)
    text = g_strdup (_ ("Cancelling the import…"));
  else
    text = bounce_import_words_progress (&counts, (double) elapsed_us / G_USEC_PER_SEC);
  gtk_label_set_label (self->label, text);
}

static void
show_imports (BounceImportBar *self)
{
  gboolean is_importing = g_list_model_get_n_items (self->imports) > 0;

  if (is_importing && !gtk_revealer_get_reveal_child (self->revealer))
    self->started_at_us = g_get_monotonic_time ();
  gtk_revealer_set_reveal_child (self->revealer, is_importing);
  gtk_spinner_set_spinning (self->spinner, is_importing);
  if (is_importing)
    show_progress (self);
}

static void
imports_changed_cb (BounceImportBar *self, guint position, guint n_removed, guint n_added)
{
  for (guint i = 0; i < n_added; i++)
    {
      g_autoptr (BounceImport) import = g_list_model_get_item (self->imports, position + i);

      g_signal_connect_object (import, "progress", G_CALLBACK (show_progress), self,
                               G_CONNECT_SWAPPED);
    }
  if (n_added > 0)
    {
      self->is_cancelled = FALSE;
      gtk_widget_action_set_enabled (GTK_WIDGET (self), "import.cancel", TRUE);
    }
  show_imports (self);
}

static void
activate_cancel_cb (GtkWidget *widget, const char *name, GVariant *parameter)
{
  BounceImportBar *self = BOUNCE_IMPORT_BAR (widget);
  guint n = g_list_model_get_n_items (self->imports);

  for (guint i = 0; i < n; i++)
    {
      g_autoptr (BounceImport) import = g_list_model_get_item (self->imports, i);

      bounce_import_cancel (import);
    }
  self->is_cancelled = TRUE;
  gtk_widget_action_set_enabled (widget, "import.cancel", FALSE);
  show_progress (self);
}

static void
bounce_import_bar_dispose (GObject *object)
{
  BounceImportBar *self = BOUNCE_IMPORT_BAR (object);

  g_clear_object (&self->imports);
  adw_bin_set_child (ADW_BIN (object), NULL);
  G_OBJECT_CLASS (bounce_import_bar_parent_class)->dispose (object);
}

static void
bounce_import_bar_class_init (BounceImportBarClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = bounce_import_bar_dispose;
  gtk_widget_class_set_accessible_role (widget_class, GTK_ACCESSIBLE_ROLE_STATUS);
  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/cloud/aurabox/Bounce/ui/import-bar.ui");
  gtk_widget_class_bind_template_child (widget_class, BounceImportBar, revealer);
  gtk_widget_class_bind_template_child (widget_class, BounceImportBar, spinner);
  gtk_widget_class_bind_template_child (widget_class, BounceImportBar, label);
  gtk_widget_class_install_action (widget_class, "import.cancel", NULL, activate_cancel_cb);
}

static void
bounce_import_bar_init (BounceImportBar *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
}

/**
 * bounce_import_bar_set_service:
 * @service: whose imports are shown
 *
 * Once.
 *
 * Thread: main
 */
void
bounce_import_bar_set_service (BounceImportBar *self, BounceService *service)
{
  g_return_if_fail (BOUNCE_IS_IMPORT_BAR (self));
  g_return_if_fail (self->imports == NULL);

  self->imports = g_object_ref (bounce_service_get_imports (service));
  g_signal_connect_object (self->imports, "items-changed", G_CALLBACK (imports_changed_cb), self,
                           G_CONNECT_SWAPPED);
  imports_changed_cb (self, 0, 0, g_list_model_get_n_items (self->imports));
}
