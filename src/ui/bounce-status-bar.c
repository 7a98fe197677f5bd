/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* See the header. A click on the connection asks Aurabox again. Main thread. */

#include "config.h"

#include "bounce-status-bar.h"

#include "bounce-study-words.h"

#include "bounce-wording.h"

#include <glib/gi18n.h>

struct _BounceStatusBar
{
  AdwBin parent_instance;

  GtkButton *connection_button;
  GtkImage *connection_icon;
  GtkLabel *connection_label;
  GtkLabel *counts_label;
  GtkLabel *disk_label;

  BounceStatusSummary *summary; /* (owned) (nullable) */
};

G_DEFINE_FINAL_TYPE (BounceStatusBar, bounce_status_bar, ADW_TYPE_BIN)

static void
show_connection (BounceStatusBar *self, const char *icon, const char *text, const char *detail)
{
  g_autofree char *tooltip = NULL;

  gtk_image_set_from_icon_name (self->connection_icon, icon);
  gtk_label_set_label (self->connection_label, text);
  tooltip = detail != NULL ? g_strdup_printf ("%s\n%s", detail, _ ("Click to check again"))
                           : g_strdup (_ ("Check the connection to Aurabox again"));
  gtk_widget_set_tooltip_text (GTK_WIDGET (self->connection_button), tooltip);
  gtk_accessible_update_property (GTK_ACCESSIBLE (self->connection_button),
                                  GTK_ACCESSIBLE_PROPERTY_LABEL, text, -1);
}

static void
show_aurabox (BounceStatusBar *self)
{
  static const char *const icons[] = {
    [BOUNCE_AURABOX_UNKNOWN] = "content-loading-symbolic",
    [BOUNCE_AURABOX_CHECKING] = "content-loading-symbolic",
    [BOUNCE_AURABOX_REACHABLE] = "emblem-ok-symbolic",
    [BOUNCE_AURABOX_UNREACHABLE] = "dialog-warning-symbolic",
  };
  BounceAuraboxState state = bounce_status_summary_get_aurabox_state (self->summary);
  g_autofree char *message = NULL;
  g_autofree char *time = NULL;
  g_autofree char *text = NULL;
  gint64 checked_us;

  g_object_get (self->summary, "aurabox-message", &message, "aurabox-checked-us", &checked_us,
                NULL);
  time = bounce_study_words_time (checked_us);
  if (state == BOUNCE_AURABOX_REACHABLE)
    text = g_strdup_printf (_ ("Aurabox is reachable (%s)"), time);
  else if (state == BOUNCE_AURABOX_UNREACHABLE)
    text = g_strdup_printf (_ ("Aurabox cannot be used (%s)"), time);
  else
    text = g_strdup (state == BOUNCE_AURABOX_CHECKING ? _ ("Checking Aurabox…")
                                                      : _ ("Aurabox: not checked yet"));
  show_connection (self, icons[state], text, message);
}

/* Takes @part; what is zero is left out. */
static void
append_count (GString *text, guint n, char *part)
{
  if (n > 0)
    g_string_append_printf (text, "%s%s", text->len > 0 ? "  ·  " : "", part);
  g_free (part);
}

static void
show_counts (BounceStatusBar *self)
{
  const BounceStoreCounts *counts = bounce_status_summary_get_counts (self->summary);
  g_autofree char *size = bounce_wording_size (counts->free_bytes);
  g_autofree char *disk = g_strdup_printf (_ ("%s free"), size);
  GString *text = g_string_new (NULL);
  g_autofree char *sentence = NULL;

  append_count (text, counts->receiving, g_strdup_printf (_ ("%u receiving"), counts->receiving));
  append_count (text, counts->waiting, g_strdup_printf (_ ("%u waiting"), counts->waiting));
  append_count (text, counts->uploading, g_strdup_printf (_ ("%u uploading"), counts->uploading));
  append_count (text, counts->error, g_strdup_printf (_ ("%u in error"), counts->error));
  append_count (text, counts->delivered_today,
                g_strdup_printf (_ ("%u delivered today"), counts->delivered_today));
  if (text->len == 0)
    g_string_append (text, _ ("Nothing waits"));
  sentence = g_string_free (text, FALSE);
  gtk_label_set_label (self->counts_label, sentence);
  gtk_label_set_label (self->disk_label, disk);
}

static void
summary_changed_cb (BounceStatusBar *self, GParamSpec *pspec)
{
  if (g_str_has_prefix (pspec->name, "aurabox-"))
    show_aurabox (self);
  else
    show_counts (self);
}

static void
check_cb (BounceStatusBar *self)
{
  if (self->summary != NULL)
    bounce_status_summary_check_aurabox (self->summary);
}

/**
 * bounce_status_bar_set_summary:
 *
 * Follows @summary from here on. Once only.
 *
 * Thread: main
 */
void
bounce_status_bar_set_summary (BounceStatusBar *self, BounceStatusSummary *summary)
{
  g_return_if_fail (BOUNCE_IS_STATUS_BAR (self));
  g_return_if_fail (self->summary == NULL);

  self->summary = g_object_ref (summary);
  g_signal_connect_object (summary, "notify", G_CALLBACK (summary_changed_cb), self,
                           G_CONNECT_SWAPPED);
  show_aurabox (self);
  show_counts (self);
}

static void
bounce_status_bar_dispose (GObject *object)
{
  BounceStatusBar *self = BOUNCE_STATUS_BAR (object);

  g_clear_object (&self->summary);
  adw_bin_set_child (ADW_BIN (object), NULL);
  G_OBJECT_CLASS (bounce_status_bar_parent_class)->dispose (object);
}

static void
bounce_status_bar_class_init (BounceStatusBarClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = bounce_status_bar_dispose;
  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/cloud/aurabox/Bounce/ui/status-bar.ui");
  gtk_widget_class_bind_template_child (widget_class, BounceStatusBar, connection_button);
  gtk_widget_class_bind_template_child (widget_class, BounceStatusBar, connection_icon);
  gtk_widget_class_bind_template_child (widget_class, BounceStatusBar, connection_label);
  gtk_widget_class_bind_template_child (widget_class, BounceStatusBar, counts_label);
  gtk_widget_class_bind_template_child (widget_class, BounceStatusBar, disk_label);
}

static void
bounce_status_bar_init (BounceStatusBar *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
  g_signal_connect_object (self->connection_button, "clicked", G_CALLBACK (check_cb), self,
                           G_CONNECT_SWAPPED);
}
