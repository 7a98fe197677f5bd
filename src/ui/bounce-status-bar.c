/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* See the header. A click on the connection asks Aurabox again, one on a count shows the studies it
 * counts. Where there is no room for words the counts are icons and figures. Main thread. */

#include "config.h"

#include "bounce-status-bar.h"

#include "bounce-study-words.h"

#include "bounce-wording.h"

#include <glib/gi18n.h>

#include <string.h>

typedef enum
{
  COUNT_RECEIVING,
  COUNT_WAITING,
  COUNT_UPLOADING,
  COUNT_ERROR,
  COUNT_DELIVERED,
  N_COUNTS,
} Count;

typedef struct
{
  GtkWidget *button;
  GtkWidget *label;
} CountButton;

struct _BounceStatusBar
{
  AdwBin parent_instance;

  GtkButton *connection_button;
  GtkImage *connection_icon;
  GtkLabel *connection_label;
  GtkBox *wide_box;
  GtkBox *narrow_box;
  GtkLabel *disk_label;
  CountButton wide[N_COUNTS];
  CountButton narrow[N_COUNTS];
  GtkWidget *nothing_label; /* stands in the wide box when all counts are zero */

  BounceStatusSummary *summary; /* (owned) (nullable) */
  gboolean is_trial;            /* what is asked is no Aurabox */
};

G_DEFINE_FINAL_TYPE (BounceStatusBar, bounce_status_bar, ADW_TYPE_BIN)

static const struct
{
  const char *icon;
  const char *css_class; /* (nullable) of the icon */
  const char *status;    /* what the studies page filters by */
  const char *tooltip;
} looks[N_COUNTS] = {
  [COUNT_RECEIVING] = { "bounce-receiving-symbolic", NULL, "RECEIVED",
                        N_ ("Images of these studies are coming in") },
  [COUNT_WAITING] = { "content-loading-symbolic", NULL, "RECEIVED",
                      N_ ("These studies are complete and wait to be uploaded") },
  [COUNT_UPLOADING] = { "bounce-uploading-symbolic", "accent", "UPLOADING",
                        N_ ("These studies are being uploaded") },
  [COUNT_ERROR] = { "dialog-error-symbolic", "error", "ERROR",
                    N_ ("These studies could not be delivered") },
  [COUNT_DELIVERED] = { "emblem-ok-symbolic", "success", "SENT",
                        N_ ("These studies were delivered today") },
};

static void
show_connection (BounceStatusBar *self, const char *text, const char *message)
{
  const char *hint = _ ("Click to check the connection to Aurabox again");
  g_autofree char *tooltip = NULL;

  gtk_label_set_label (self->connection_label, text);
  tooltip = message != NULL ? g_strdup_printf ("%s\n%s", message, hint) : g_strdup (hint);
  gtk_widget_set_tooltip_text (GTK_WIDGET (self->connection_button), tooltip);
  gtk_accessible_update_property (GTK_ACCESSIBLE (self->connection_button),
                                  GTK_ACCESSIBLE_PROPERTY_LABEL, text, -1);
}

/* Its shape says how it is, its colour only helps. */
static void
show_connection_icon (BounceStatusBar *self, BounceAuraboxState state)
{
  GtkWidget *icon = GTK_WIDGET (self->connection_icon);
  const char *name = "content-loading-symbolic";

  gtk_widget_remove_css_class (icon, "success");
  gtk_widget_remove_css_class (icon, "warning");
  if (state == BOUNCE_AURABOX_REACHABLE)
    {
      name = "emblem-ok-symbolic";
      gtk_widget_add_css_class (icon, "success");
    }
  else if (state == BOUNCE_AURABOX_UNREACHABLE)
    {
      name = "dialog-warning-symbolic";
      gtk_widget_add_css_class (icon, "warning");
    }
  gtk_image_set_from_icon_name (self->connection_icon, name);
}

/* @time: when that was found out */
static char *
tell_connection (BounceAuraboxState state, gboolean is_trial, const char *time)
{
  if (state == BOUNCE_AURABOX_REACHABLE && is_trial)
    return g_strdup (_ ("Trial on this computer, without Aurabox"));
  if (state == BOUNCE_AURABOX_UNREACHABLE && is_trial)
    return g_strdup (_ ("Trial: its stand-in for Aurabox does not answer"));
  if (state == BOUNCE_AURABOX_REACHABLE)
    /* Translators: %s is when that was checked, such as "today 09:41" */
    return g_strdup_printf (_ ("Aurabox is reachable (%s)"), time);
  if (state == BOUNCE_AURABOX_UNREACHABLE)
    /* Translators: %s is when that was checked, such as "today 09:41" */
    return g_strdup_printf (_ ("Aurabox cannot be used (%s)"), time);
  if (state == BOUNCE_AURABOX_CHECKING)
    return g_strdup (is_trial ? _ ("Trial on this computer…") : _ ("Checking Aurabox…"));
  return g_strdup (_ ("Aurabox was not checked yet"));
}

static void
show_aurabox (BounceStatusBar *self)
{
  BounceAuraboxState state = bounce_status_summary_get_aurabox_state (self->summary);
  g_autofree char *message = NULL;
  g_autofree char *time = NULL;
  g_autofree char *text = NULL;
  gint64 checked_us;

  g_object_get (self->summary, "aurabox-message", &message, "aurabox-checked-us", &checked_us,
                NULL);
  time = bounce_study_words_time_within (checked_us);
  text = tell_connection (state, self->is_trial, time);
  show_connection_icon (self, state);
  show_connection (self, text, message);
}

static char *
tell_count (Count count, guint n)
{
  switch (count)
    {
    case COUNT_RECEIVING:
      return g_strdup_printf (ngettext ("%u receiving", "%u receiving", n), n);
    case COUNT_WAITING:
      return g_strdup_printf (ngettext ("%u waiting", "%u waiting", n), n);
    case COUNT_UPLOADING:
      return g_strdup_printf (ngettext ("%u uploading", "%u uploading", n), n);
    case COUNT_ERROR:
      return g_strdup_printf (ngettext ("%u not delivered", "%u not delivered", n), n);
    case COUNT_DELIVERED:
      return g_strdup_printf (ngettext ("%u delivered today", "%u delivered today", n), n);
    case N_COUNTS:
    default:
      g_return_val_if_reached (NULL);
    }
}

static void
show_count (BounceStatusBar *self, Count count, guint n)
{
  g_autofree char *words = tell_count (count, n);
  g_autofree char *figure = g_strdup_printf ("%u", n);

  gtk_label_set_label (GTK_LABEL (self->wide[count].label), words);
  gtk_label_set_label (GTK_LABEL (self->narrow[count].label), figure);
  gtk_accessible_update_property (GTK_ACCESSIBLE (self->wide[count].button),
                                  GTK_ACCESSIBLE_PROPERTY_LABEL, words, -1);
  gtk_accessible_update_property (GTK_ACCESSIBLE (self->narrow[count].button),
                                  GTK_ACCESSIBLE_PROPERTY_LABEL, words, -1);
  gtk_widget_set_visible (self->wide[count].button, n > 0);
  gtk_widget_set_visible (self->narrow[count].button, n > 0);
}

/* error: (nullable) why nobody knows how many there are */
static void
show_nothing (BounceStatusBar *self, const char *error)
{
  gtk_label_set_label (GTK_LABEL (self->nothing_label),
                       error != NULL ? _ ("The counts cannot be read") : _ ("All quiet"));
  gtk_widget_set_tooltip_text (self->nothing_label, error);
  gtk_widget_remove_css_class (self->nothing_label, error != NULL ? "dim-label" : "error");
  gtk_widget_add_css_class (self->nothing_label, error != NULL ? "error" : "dim-label");
}

static void
show_counts (BounceStatusBar *self)
{
  const BounceStoreCounts *counts = bounce_status_summary_get_counts (self->summary);
  const guint figures[N_COUNTS] = {
    [COUNT_RECEIVING] = counts->receiving,       [COUNT_WAITING] = counts->waiting,
    [COUNT_UPLOADING] = counts->uploading,       [COUNT_ERROR] = counts->error,
    [COUNT_DELIVERED] = counts->delivered_today,
  };
  g_autofree char *size = bounce_wording_size (counts->free_bytes);
  /* Translators: %s is the free space of a disk, such as "120 GB" */
  g_autofree char *disk = g_strdup_printf (_ ("%s free"), size);
  g_autofree char *error = NULL;
  g_autofree char *storage_problem = NULL;
  gboolean is_any = FALSE;

  g_object_get (self->summary, "read-error", &error, "storage-problem", &storage_problem, NULL);
  for (guint i = 0; i < N_COUNTS; i++)
    {
      guint n = error == NULL ? figures[i] : 0;

      show_count (self, (Count) i, n);
      is_any = is_any || n > 0;
    }
  show_nothing (self, error);
  gtk_widget_set_visible (self->nothing_label, !is_any);
  /* On a disk that is not there nothing is free, and nothing full. */
  gtk_label_set_label (self->disk_label, error == NULL && storage_problem == NULL ? disk : "");
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
 * bounce_status_bar_set_trial:
 *
 * Whether what the summary calls Aurabox is only a stand-in for it. Before the summary is set.
 *
 * Thread: main
 */
void
bounce_status_bar_set_trial (BounceStatusBar *self, gboolean is_trial)
{
  g_return_if_fail (BOUNCE_IS_STATUS_BAR (self));

  self->is_trial = is_trial;
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
  gtk_widget_class_bind_template_child (widget_class, BounceStatusBar, wide_box);
  gtk_widget_class_bind_template_child (widget_class, BounceStatusBar, narrow_box);
  gtk_widget_class_bind_template_child (widget_class, BounceStatusBar, disk_label);
}

static CountButton
create_count (Count count)
{
  CountButton made = { gtk_button_new (), gtk_label_new (NULL) };
  GtkWidget *box = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 6);
  GtkWidget *icon = gtk_image_new_from_icon_name (looks[count].icon);

  if (looks[count].css_class != NULL)
    gtk_widget_add_css_class (icon, looks[count].css_class);
  gtk_widget_add_css_class (made.label, "numeric");
  gtk_widget_add_css_class (made.button, "flat");
  gtk_box_append (GTK_BOX (box), icon);
  gtk_box_append (GTK_BOX (box), made.label);
  gtk_button_set_child (GTK_BUTTON (made.button), box);
  gtk_widget_set_tooltip_text (made.button, _ (looks[count].tooltip));
  gtk_widget_set_visible (made.button, FALSE);
  gtk_actionable_set_action_name (GTK_ACTIONABLE (made.button), "win.show-status");
  gtk_actionable_set_action_target (GTK_ACTIONABLE (made.button), "s", looks[count].status);
  return made;
}

static void
bounce_status_bar_init (BounceStatusBar *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
  for (guint i = 0; i < N_COUNTS; i++)
    {
      self->wide[i] = create_count ((Count) i);
      self->narrow[i] = create_count ((Count) i);
      gtk_box_append (self->wide_box, self->wide[i].button);
      gtk_box_append (self->narrow_box, self->narrow[i].button);
    }
  self->nothing_label = gtk_label_new (NULL);
  show_nothing (self, NULL);
  gtk_box_append (self->wide_box, self->nothing_label);
  g_signal_connect_object (self->connection_button, "clicked", G_CALLBACK (check_cb), self,
                           G_CONNECT_SWAPPED);
}
