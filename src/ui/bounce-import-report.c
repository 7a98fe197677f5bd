/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* See the header. A row for each reason opens to the names; the copy has them all. */

#include "config.h"

#include "bounce-import-report.h"

#include "bounce-import-words.h"
#include "bounce-wording.h"

#include <glib/gi18n.h>

/* More rows help nobody and make the window slow. */
#define MAX_ROWS 100

struct _BounceImportReport
{
  AdwWindow parent_instance;

  GtkLabel *heading;
  GtkLabel *result;
  GtkWidget *list;

  char *text; /* (owned) the copy */
};

G_DEFINE_FINAL_TYPE (BounceImportReport, bounce_import_report, ADW_TYPE_WINDOW)

static void
activate_copy_cb (GtkWidget *widget, const char *name, GVariant *parameter)
{
  BounceImportReport *self = BOUNCE_IMPORT_REPORT (widget);

  gdk_clipboard_set_text (gtk_widget_get_clipboard (widget), self->text);
}

static void
bounce_import_report_dispose (GObject *object)
{
  BounceImportReport *self = BOUNCE_IMPORT_REPORT (object);

  g_clear_pointer (&self->text, g_free);
  G_OBJECT_CLASS (bounce_import_report_parent_class)->dispose (object);
}

static void
bounce_import_report_class_init (BounceImportReportClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = bounce_import_report_dispose;
  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/cloud/aurabox/Bounce/ui/import-report.ui");
  gtk_widget_class_bind_template_child (widget_class, BounceImportReport, heading);
  gtk_widget_class_bind_template_child (widget_class, BounceImportReport, result);
  gtk_widget_class_bind_template_child (widget_class, BounceImportReport, list);
  gtk_widget_class_install_action (widget_class, "report.copy", NULL, activate_copy_cb);
  gtk_widget_class_add_binding_action (widget_class, GDK_KEY_c, GDK_CONTROL_MASK, "report.copy",
                                       NULL);
  gtk_widget_class_add_binding_action (widget_class, GDK_KEY_Escape, 0, "window.close", NULL);
}

static void
bounce_import_report_init (BounceImportReport *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
}

/* Escaped: libadwaita 1.2 reads a title as markup once before it knows that it is none. */
static GtkWidget *
new_name_row (const char *name)
{
  g_autofree char *title = g_markup_escape_text (name, -1);

  return g_object_new (ADW_TYPE_ACTION_ROW, "title", title, "title-lines", 3, "title-selectable",
                       TRUE, NULL);
}

static GtkWidget *
new_reason_row (const char *reason, GPtrArray *names)
{
  g_autofree char *title = bounce_wording_reason_line (reason);
  g_autofree char *count =
      g_strdup_printf (ngettext ("%u file", "%u files", names->len), names->len);
  GtkWidget *row = g_object_new (ADW_TYPE_EXPANDER_ROW, "title", title, "subtitle", count, NULL);

  for (guint i = 0; i < MIN (names->len, MAX_ROWS); i++)
    adw_expander_row_add_row (ADW_EXPANDER_ROW (row), new_name_row (g_ptr_array_index (names, i)));
  if (names->len > MAX_ROWS)
    {
      g_autofree char *more =
          g_strdup_printf (_ ("And %u more; Copy has them all"), names->len - MAX_ROWS);

      adw_expander_row_add_row (ADW_EXPANDER_ROW (row), new_name_row (more));
    }
  return row;
}

/* Names by reason, in the order in which the reasons came up. */
static GHashTable *
group_by_reason (const BounceImportSummary *summary, GPtrArray *reasons)
{
  GHashTable *groups =
      g_hash_table_new_full (g_str_hash, g_str_equal, NULL, (GDestroyNotify) g_ptr_array_unref);

  for (guint i = 0; i < summary->refusals->len; i++)
    {
      const BounceImportRefusal *refusal = g_ptr_array_index (summary->refusals, i);
      GPtrArray *names = g_hash_table_lookup (groups, refusal->reason);

      if (names == NULL)
        {
          names = g_ptr_array_new ();
          g_hash_table_insert (groups, (gpointer) refusal->reason, names);
          g_ptr_array_add (reasons, (gpointer) refusal->reason);
        }
      g_ptr_array_add (names, refusal->name);
    }
  return groups;
}

static void
show_refusals (BounceImportReport *self, const BounceImportSummary *summary)
{
  g_autoptr (GPtrArray) reasons = g_ptr_array_new ();
  g_autoptr (GHashTable) groups = group_by_reason (summary, reasons);

  for (guint i = 0; i < reasons->len; i++)
    {
      const char *reason = g_ptr_array_index (reasons, i);
      GtkWidget *row = new_reason_row (reason, g_hash_table_lookup (groups, reason));

      gtk_list_box_append (GTK_LIST_BOX (self->list), row);
      if (reasons->len == 1)
        adw_expander_row_set_expanded (ADW_EXPANDER_ROW (row), TRUE);
    }
  if (summary->counts.n_refused > summary->refusals->len)
    {
      guint n = summary->counts.n_refused - summary->refusals->len;
      g_autofree char *more =
          g_strdup_printf (ngettext ("And %u file more", "And %u files more", n), n);

      gtk_list_box_append (GTK_LIST_BOX (self->list), new_name_row (more));
    }
  gtk_widget_set_visible (self->list, summary->counts.n_refused > 0);
}

static char *
write_copy (const char *heading, const char *result, const BounceImportSummary *summary)
{
  GString *text = g_string_new (NULL);

  g_string_append_printf (text, "%s\n%s\n", heading, result);
  for (guint i = 0; i < summary->refusals->len; i++)
    {
      const BounceImportRefusal *refusal = g_ptr_array_index (summary->refusals, i);
      g_autofree char *clause = bounce_wording_reason (refusal->reason);

      g_string_append_printf (text, "%s: %s\n", refusal->name, clause);
    }
  return g_string_free (text, FALSE);
}

/**
 * bounce_import_report_new:
 * @parent: (nullable): over which it is shown
 * @summary: of an import that did not take everything
 *
 * Thread: main
 * Returns: (transfer none): a window to present, kept by GTK until it is destroyed
 */
GtkWindow *
bounce_import_report_new (GtkWindow *parent, const BounceImportSummary *summary)
{
  BounceImportReport *self =
      g_object_new (BOUNCE_TYPE_IMPORT_REPORT, "transient-for", parent, NULL);
  g_autofree char *heading = bounce_import_words_heading (summary);
  g_autofree char *result = bounce_import_words_result (&summary->counts);

  gtk_label_set_label (self->heading, heading);
  gtk_label_set_label (self->result, result);
  show_refusals (self, summary);
  self->text = write_copy (heading, result, summary);
  return GTK_WINDOW (self);
}
