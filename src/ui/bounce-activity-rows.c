/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* One row of what happened: an icon that says by its shape how it went, a sentence, the particulars
 * and the time. The row of a transfer follows it while it runs. Main thread. */

#include "config.h"

#include "bounce-activity-rows.h"

#include "bounce-study-words.h"

#include "bounce-event-model.h"
#include "bounce-transfer-model.h"
#include "bounce-wording.h"

#include <glib/gi18n.h>

/* No line begins with the dot. */
#define SEPARATOR "\u00a0· "

struct _BounceActivityRow
{
  AdwBin parent_instance;

  GtkImage *icon;
  GtkLabel *title;
  GtkLabel *subtitle;
  GtkLabel *time;
  GtkButton *copy_button;
  char *upload_id;  /* (owned) (nullable) */
  gboolean is_wide; /* in a list of its own; else among a study's details */
};

G_DEFINE_FINAL_TYPE (BounceActivityRow, bounce_activity_row, ADW_TYPE_BIN)

typedef struct
{
  const char *icon;
  const char *css_class; /* (nullable) */
  const char *words;
} Outcome;

static const Outcome outcomes[] = {
  [BOUNCE_TRANSFER_RUNNING] = { "bounce-uploading-symbolic", "accent", N_ ("Uploading") },
  [BOUNCE_TRANSFER_DELIVERED] = { "emblem-ok-symbolic", "success", N_ ("Delivered") },
  [BOUNCE_TRANSFER_FAILED] = { "dialog-error-symbolic", "error", N_ ("Failed") },
  [BOUNCE_TRANSFER_ABANDONED] = { "edit-clear-symbolic", NULL, N_ ("Abandoned") },
  [BOUNCE_TRANSFER_INTERRUPTED] = { "media-playback-pause-symbolic", NULL, N_ ("Interrupted") },
};

static void
show_icon (BounceActivityRow *self, const char *name, const char *css_class)
{
  static const char *const classes[] = { "accent", "success", "error", "warning" };

  gtk_image_set_from_icon_name (self->icon, name);
  for (gsize i = 0; i < G_N_ELEMENTS (classes); i++)
    gtk_widget_remove_css_class (GTK_WIDGET (self->icon), classes[i]);
  if (css_class != NULL)
    gtk_widget_add_css_class (GTK_WIDGET (self->icon), css_class);
}

/* Where there is little room the time begins the second line, instead of making both narrow.
 * rest: (nullable) the particulars */
static void
show_time (BounceActivityRow *self, gint64 wall_us, const char *rest)
{
  g_autofree char *time = bounce_study_words_time (wall_us);
  g_autofree char *exact = bounce_study_words_exact_time (wall_us);
  g_autofree char *both =
      rest != NULL ? g_strconcat (time, SEPARATOR, rest, NULL) : g_strdup (time);

  gtk_label_set_label (self->time, time);
  gtk_widget_set_tooltip_text (GTK_WIDGET (self->time), exact);
  gtk_widget_set_visible (GTK_WIDGET (self->time), self->is_wide);
  gtk_label_set_label (self->subtitle, self->is_wide && rest != NULL ? rest : both);
  gtk_widget_set_tooltip_text (GTK_WIDGET (self->subtitle), self->is_wide ? NULL : exact);
  gtk_widget_set_visible (GTK_WIDGET (self->subtitle), rest != NULL || !self->is_wide);
}

static char *
describe_duration (const BounceTransfer *transfer)
{
  g_autofree char *duration = NULL;

  if (transfer->ended_at_us == 0 || transfer->ended_at_us < transfer->started_at_us)
    return NULL;
  if (transfer->ended_at_us - transfer->started_at_us < G_USEC_PER_SEC)
    return g_strdup (_ ("took less than a second"));
  duration = bounce_wording_duration (transfer->ended_at_us - transfer->started_at_us);
  /* Translators: %s is a duration */
  return g_strdup_printf (_ ("took %s"), duration);
}

static char *
describe_outcome (const BounceTransfer *transfer)
{
  guint state = (guint) transfer->state < G_N_ELEMENTS (outcomes) ? (guint) transfer->state : 0;
  g_autofree char *reason = NULL;

  if (transfer->reason == NULL)
    return g_strdup (_ (outcomes[state].words));
  reason = bounce_wording_reason (transfer->reason);
  /* Translators: an outcome and its reason, such as "Failed: the server is busy" */
  return g_strdup_printf (_ ("%s: %s"), _ (outcomes[state].words), reason);
}

/* @outcome (nullable): it comes first. */
static char *
describe_transfer (const BounceTransfer *transfer, const char *outcome)
{
  g_autoptr (GStrvBuilder) parts = g_strv_builder_new ();
  g_autofree char *attempt = g_strdup_printf (_ ("Attempt %u"), transfer->attempt);
  g_autofree char *duration = describe_duration (transfer);
  g_autofree char *size = bounce_wording_size (transfer->package_size);
  g_auto (GStrv) list = NULL;

  if (outcome != NULL)
    g_strv_builder_add (parts, outcome);
  g_strv_builder_add (parts, attempt);
  if (transfer->package_size > 0)
    g_strv_builder_add (parts, size);
  if (duration != NULL)
    g_strv_builder_add (parts, duration);
  list = g_strv_builder_end (parts);
  return g_strjoinv (SEPARATOR, list);
}

static void
show_upload_id (BounceActivityRow *self, const char *upload_id)
{
  g_autofree char *tooltip = NULL;

  g_free (self->upload_id);
  self->upload_id = g_strdup (upload_id);
  gtk_widget_set_visible (GTK_WIDGET (self->copy_button), upload_id != NULL);
  if (upload_id == NULL)
    return;
  tooltip = g_strdup_printf (_ ("Copy upload ID %s"), upload_id);
  gtk_widget_set_tooltip_text (GTK_WIDGET (self->copy_button), tooltip);
  gtk_accessible_update_property (GTK_ACCESSIBLE (self->copy_button), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                  tooltip, -1);
}

/* A patient's name stands alone in its line: it may run in another direction than the rest. */
static void
show_transfer (BounceActivityRow *self, BounceTransferEntry *item)
{
  const BounceTransfer *transfer = bounce_transfer_entry_get_transfer (item);
  guint state = (guint) transfer->state < G_N_ELEMENTS (outcomes) ? (guint) transfer->state : 0;
  const char *patient = bounce_study_words_patient (bounce_transfer_entry_get_patient_name (item));
  g_autofree char *outcome = describe_outcome (transfer);
  g_autofree char *subtitle = describe_transfer (transfer, self->is_wide ? outcome : NULL);

  show_icon (self, outcomes[state].icon, outcomes[state].css_class);
  gtk_label_set_label (self->title, self->is_wide ? patient : outcome);
  show_time (self, transfer->started_at_us, subtitle);
  show_upload_id (self, transfer->upload_id);
}

static void
copy_cb (BounceActivityRow *self)
{
  gdk_clipboard_set_text (gtk_widget_get_clipboard (GTK_WIDGET (self)), self->upload_id);
  gtk_widget_activate_action (GTK_WIDGET (self), "win.tell", "s", _ ("Copied"));
}

static void
transfer_changed_cb (BounceTransferEntry *item, GParamSpec *pspec, BounceActivityRow *self)
{
  show_transfer (self, item);
}

/**
 * bounce_activity_create_transfer_row:
 * @item: a #BounceTransferEntry
 * @is_wide: (type gboolean): name the patient; there is room for a column of times
 *
 * Thread: main
 * Returns: (transfer floating): a row that follows the transfer
 */
GtkWidget *
bounce_activity_create_transfer_row (gpointer item, gpointer is_wide)
{
  BounceActivityRow *self = g_object_new (BOUNCE_TYPE_ACTIVITY_ROW, NULL);

  self->is_wide = GPOINTER_TO_INT (is_wide);
  g_signal_connect_object (item, "notify::transfer", G_CALLBACK (transfer_changed_cb), self, 0);
  show_transfer (self, item);
  return GTK_WIDGET (self);
}

static const struct
{
  int code;
  const char *icon;
  const char *css_class;
} event_icons[] = {
  { BOUNCE_EVENT_STUDY_DELIVERED, "emblem-ok-symbolic", "success" },
  { BOUNCE_EVENT_AUTHORISED, "emblem-ok-symbolic", "success" },
  { BOUNCE_EVENT_DISK_OK, "emblem-ok-symbolic", "success" },
  { BOUNCE_EVENT_STORAGE_BACK, "emblem-ok-symbolic", "success" },
  { BOUNCE_EVENT_STUDY_FAILED, "dialog-error-symbolic", "error" },
  { BOUNCE_EVENT_UNAUTHORISED, "dialog-error-symbolic", "error" },
  { BOUNCE_EVENT_DISK_FULL, "dialog-error-symbolic", "error" },
  { BOUNCE_EVENT_STORAGE_GONE, "dialog-error-symbolic", "error" },
  { BOUNCE_EVENT_FILE_DAMAGED, "dialog-error-symbolic", "error" },
  { BOUNCE_EVENT_FILE_MISSING, "dialog-error-symbolic", "error" },
  { BOUNCE_EVENT_RECEIVER_FAILED, "dialog-error-symbolic", "error" },
  { BOUNCE_EVENT_DATABASE_DAMAGED, "dialog-error-symbolic", "error" },
  { BOUNCE_EVENT_FOLDER_UNREADABLE, "dialog-error-symbolic", "error" },
  { BOUNCE_EVENT_INSTANCE_REFUSED, "dialog-warning-symbolic", "warning" },
  { BOUNCE_EVENT_STUDY_RETRY, "view-refresh-symbolic", "warning" },
  { BOUNCE_EVENT_RETRIES_EXHAUSTED, "dialog-warning-symbolic", "warning" },
  { BOUNCE_EVENT_DEPRECATED, "dialog-warning-symbolic", "warning" },
  { BOUNCE_EVENT_DISK_LOW, "dialog-warning-symbolic", "warning" },
  { BOUNCE_EVENT_SETTING_INVALID, "dialog-warning-symbolic", "warning" },
  { BOUNCE_EVENT_SECRET_IN_FILE, "dialog-warning-symbolic", "warning" },
  { BOUNCE_EVENT_STUDY_DELETED, "user-trash-symbolic", NULL },
  { BOUNCE_EVENT_LOCAL_FILES_REMOVED, "user-trash-symbolic", NULL },
  { BOUNCE_EVENT_RESET, "user-trash-symbolic", NULL },
};

static void
show_event_icon (BounceActivityRow *self, int code)
{
  for (gsize i = 0; i < G_N_ELEMENTS (event_icons); i++)
    {
      if (event_icons[i].code != code)
        continue;
      show_icon (self, event_icons[i].icon, event_icons[i].css_class);
      return;
    }
  show_icon (self, "dialog-information-symbolic", NULL);
}

/**
 * bounce_activity_create_event_row:
 * @item: a #BounceEventItem
 * @is_wide: (type gboolean): there is room for a column of times
 *
 * Thread: main
 * Returns: (transfer floating): a row
 */
GtkWidget *
bounce_activity_create_event_row (gpointer item, gpointer is_wide)
{
  BounceActivityRow *self = g_object_new (BOUNCE_TYPE_ACTIVITY_ROW, NULL);
  const BounceEvent *event = bounce_event_item_get_event (item);

  self->is_wide = GPOINTER_TO_INT (is_wide);
  show_event_icon (self, event->code);
  gtk_label_set_label (self->title, bounce_event_item_get_sentence (item));
  show_time (self, event->at_us, NULL);
  return GTK_WIDGET (self);
}

static void
bounce_activity_row_finalize (GObject *object)
{
  g_free (BOUNCE_ACTIVITY_ROW (object)->upload_id);
  G_OBJECT_CLASS (bounce_activity_row_parent_class)->finalize (object);
}

static void
bounce_activity_row_class_init (BounceActivityRowClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->finalize = bounce_activity_row_finalize;
  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/cloud/aurabox/Bounce/ui/activity-row.ui");
  gtk_widget_class_bind_template_child (widget_class, BounceActivityRow, icon);
  gtk_widget_class_bind_template_child (widget_class, BounceActivityRow, title);
  gtk_widget_class_bind_template_child (widget_class, BounceActivityRow, subtitle);
  gtk_widget_class_bind_template_child (widget_class, BounceActivityRow, time);
  gtk_widget_class_bind_template_child (widget_class, BounceActivityRow, copy_button);
}

static void
bounce_activity_row_init (BounceActivityRow *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
  g_signal_connect_object (self->copy_button, "clicked", G_CALLBACK (copy_cb), self,
                           G_CONNECT_SWAPPED);
}
