/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* Sending and deleting studies, many at a time: what would be lost is said before, how far it is
 * meanwhile, what became of each after; why one was left as it is the study itself tells.
 *
 * Main thread. */

#include "config.h"

#include "bounce-studies-page-private.h"

#include "bounce-bulk-bar.h"
#include "bounce-study-words.h"

#include "bounce-service-bulk.h"
#include "bounce-wording.h"

#include <glib/gi18n.h>

/* Failures listed one by one; more are only counted. */
#define MAX_FAILURES_TOLD 8
/* Fewer studies are through before anybody could read how far they are. */
#define MIN_FOR_BAR 10

typedef struct
{
  char *(*tell_progress) (guint n_done, guint n_total);
  char *(*tell_done) (guint n_done);
  char *(*tell_failed) (guint n_failed);
} BulkWords;

typedef struct
{
  BounceStudiesPage *page; /* (owned) */
  GArray *ids;             /* (owned) (element-type gint64) in the order of the results */
  const BulkWords *words;
  GCancellable *cancellable; /* (owned) */
  BounceBulkBar *bar;        /* (owned) (nullable) */
} BulkCall;

/**
 * bounce_studies_page_tell: (skip)
 *
 * Shows @text for a moment.
 */
void
bounce_studies_page_tell (BounceStudiesPage *self, const char *text)
{
  gtk_widget_activate_action (GTK_WIDGET (self), "win.tell", "s", text);
}

static GtkWindow *
get_window (BounceStudiesPage *self)
{
  return GTK_WINDOW (gtk_widget_get_root (GTK_WIDGET (self)));
}

/* --- what became of them --- */

static char *
tell_sent (guint n)
{
  return g_strdup_printf (ngettext ("%u study will be sent", "%u studies will be sent", n), n);
}

static char *
tell_not_sent (guint n)
{
  return g_strdup_printf (
      ngettext ("%u study could not be sent", "%u studies could not be sent", n), n);
}

static char *
tell_deleted (guint n)
{
  return g_strdup_printf (ngettext ("%u study was deleted", "%u studies were deleted", n), n);
}

static char *
tell_not_deleted (guint n)
{
  return g_strdup_printf (
      ngettext ("%u study could not be deleted", "%u studies could not be deleted", n), n);
}

static char *
tell_sending (guint n_done, guint n_total)
{
  /* Translators: numbers of studies, such as "Sending 120 of 800…" */
  return g_strdup_printf (_ ("Sending %u of %u…"), n_done, n_total);
}

static char *
tell_deleting (guint n_done, guint n_total)
{
  /* Translators: numbers of studies, such as "Deleting 120 of 800…" */
  return g_strdup_printf (_ ("Deleting %u of %u…"), n_done, n_total);
}

static const BulkWords send_words = { tell_sending, tell_sent, tell_not_sent };
static const BulkWords delete_words = { tell_deleting, tell_deleted, tell_not_deleted };

static char *
tell_why (BulkCall *call, guint position)
{
  g_autoptr (BounceStudyItem) item =
      bounce_study_model_ref_study (call->page->model, g_array_index (call->ids, gint64, position));

  return bounce_study_words_left (bounce_study_item_get_study (item));
}

static char *
tell_who_and_why (BulkCall *call, const BounceStudyResult *result, guint position)
{
  g_autoptr (BounceStudyItem) item =
      bounce_study_model_ref_study (call->page->model, g_array_index (call->ids, gint64, position));
  g_autofree char *why = tell_why (call, position);
  const char *name = bounce_study_item_get_display_name (item);

  return g_strdup_printf ("%s\n%s", *name != '\0' ? name : result->study_uid, why);
}

static void
show_failures (BulkCall *call, const char *heading, const char *body)
{
  GtkWidget *dialog = adw_message_dialog_new (get_window (call->page), heading, body);

  adw_message_dialog_add_response (ADW_MESSAGE_DIALOG (dialog), "close", _ ("_Close"));
  gtk_window_present (GTK_WINDOW (dialog));
}

static void
list_failures (BulkCall *call, GPtrArray *results, guint n_failed)
{
  g_autofree char *heading = call->words->tell_failed (n_failed);
  g_autoptr (GString) body = g_string_new (NULL);
  guint n_told = 0;

  for (guint i = 0; i < results->len && n_told < MAX_FAILURES_TOLD; i++)
    {
      const BounceStudyResult *result = g_ptr_array_index (results, i);
      g_autofree char *text = NULL;

      if (result->error == NULL)
        continue;
      text = tell_who_and_why (call, result, i);
      g_string_append_printf (body, "%s%s", n_told++ > 0 ? "\n\n" : "", text);
    }
  if (n_failed > n_told)
    {
      g_string_append (body, "\n\n");
      g_string_append_printf (body, ngettext ("and %u more", "and %u more", n_failed - n_told),
                              n_failed - n_told);
    }
  show_failures (call, heading, body->str);
}

static guint
count_failures (GPtrArray *results, guint *first)
{
  guint n_failed = 0;

  for (guint i = 0; i < results->len; i++)
    {
      const BounceStudyResult *result = g_ptr_array_index (results, i);

      if (result->error != NULL && n_failed++ == 0)
        *first = i;
    }
  return n_failed;
}

/* One line for a moment when that says it all; a list that stays when several failed. */
static void
tell_results (BulkCall *call, GPtrArray *results)
{
  guint first = 0;
  guint n_failed = count_failures (results, &first);
  g_autofree char *done = call->words->tell_done (results->len - n_failed);
  g_autofree char *failed = call->words->tell_failed (n_failed);
  g_autofree char *text = NULL;

  if (n_failed == 1)
    {
      g_autofree char *why = tell_why (call, first);

      text = results->len > 1 ? g_strdup_printf ("%s. %s: %s", done, failed, why)
                              : g_strdup_printf ("%s: %s", failed, why);
    }
  else if (n_failed < results->len)
    text = g_steal_pointer (&done);
  if (text != NULL)
    bounce_studies_page_tell (call->page, text);
  if (n_failed > 1)
    list_failures (call, results, n_failed);
}

/* What a cancel kept from being begun is the end of the list; it is neither done nor failed. */
static void
take_out_left (BulkCall *call, GPtrArray *results)
{
  g_autofree char *text = NULL;
  guint n_left = 0;

  while (n_left < results->len)
    {
      const BounceStudyResult *last = g_ptr_array_index (results, results->len - 1 - n_left);

      if (!g_error_matches (last->error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
        break;
      n_left++;
    }
  if (n_left == 0)
    return;
  g_ptr_array_set_size (results, (int) (results->len - n_left));
  text = g_strdup_printf (
      ngettext ("%u study was left as it was", "%u studies were left as they were", n_left),
      n_left);
  bounce_studies_page_tell (call->page, text);
}

static void
bulk_progress_cb (guint n_done, guint n_total, gpointer user_data)
{
  BulkCall *call = user_data;
  g_autofree char *text = call->words->tell_progress (n_done, n_total);

  if (call->bar != NULL)
    bounce_bulk_bar_set_progress (call->bar, text, (double) n_done / n_total);
}

static void
remove_bar (BulkCall *call)
{
  if (call->bar != NULL)
    gtk_box_remove (call->page->bulk_box, GTK_WIDGET (call->bar));
}

static void
bulk_done_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  BulkCall *call = user_data;
  g_autoptr (GPtrArray) results =
      bounce_service_bulk_finish (BOUNCE_SERVICE (source), result, NULL);

  /* Without a service the page is disposed, with all that was in it. */
  if (call->page->service != NULL)
    {
      remove_bar (call);
      take_out_left (call, results);
      tell_results (call, results);
    }
  g_object_unref (call->page);
  g_array_unref (call->ids);
  g_object_unref (call->cancellable);
  g_clear_object (&call->bar);
  g_free (call);
}

static BulkCall *
make_call (BounceStudiesPage *self, GArray *ids, const BulkWords *words)
{
  BulkCall *call = g_new0 (BulkCall, 1);

  call->page = g_object_ref (self);
  call->ids = g_array_ref (ids);
  call->words = words;
  call->cancellable = g_cancellable_new ();
  if (ids->len >= MIN_FOR_BAR)
    {
      call->bar = g_object_ref_sink (bounce_bulk_bar_new (call->cancellable));
      gtk_box_append (self->bulk_box, GTK_WIDGET (call->bar));
      bulk_progress_cb (0, ids->len, call);
    }
  return call;
}

/**
 * bounce_studies_page_send: (skip)
 *
 * Sends all of @sum.
 */
void
bounce_studies_page_send (BounceStudiesPage *self, BounceStudySum *sum)
{
  BulkCall *call = make_call (self, sum->ids, &send_words);

  bounce_service_send_studies_async (self->service, (const char *const *) sum->study_uids,
                                     bulk_progress_cb, call, call->cancellable, bulk_done_cb, call);
}

/* --- deleting --- */

typedef struct
{
  GStrv study_uids; /* (owned) */
  GArray *ids;      /* (owned) */
} Doomed;

static void
free_doomed (gpointer data)
{
  Doomed *doomed = data;

  g_strfreev (doomed->study_uids);
  g_array_unref (doomed->ids);
  g_free (doomed);
}

static void
delete_answered_cb (AdwMessageDialog *dialog, const char *response, BounceStudiesPage *self)
{
  const Doomed *doomed = g_object_get_data (G_OBJECT (dialog), "doomed");
  BulkCall *call;

  if (!g_str_equal (response, "delete") || self->service == NULL)
    return;
  call = make_call (self, doomed->ids, &delete_words);
  bounce_service_delete_studies_async (self->service, (const char *const *) doomed->study_uids,
                                       bulk_progress_cb, call, call->cancellable, bulk_done_cb,
                                       call);
}

static char *
describe_loss (const BounceStudySum *sum)
{
  g_autofree char *size = bounce_wording_size (sum->bytes);
  g_autofree char *freed =
      g_strdup_printf (_ ("%s are removed from this computer. What Aurabox already has stays "
                          "there."),
                       size);
  g_autofree char *images = NULL;
  g_autofree char *loss = NULL;

  if (sum->undelivered_instances == 0)
    return g_strdup_printf ("%s\n\n%s", _ ("All of it was delivered."), freed);
  images = bounce_wording_images (sum->undelivered_instances);
  loss = g_strdup_printf (ngettext ("%u study is not fully delivered: %s would be lost.",
                                    "%u studies are not fully delivered: %s would be lost.",
                                    sum->undelivered_studies),
                          sum->undelivered_studies, images);
  return g_strdup_printf ("%s\n\n%s", loss, freed);
}

/* Of one study, whose it is: rows of the same height look alike, and may have moved meanwhile. */
static char *
describe_study (BounceStudiesPage *self, gint64 id)
{
  g_autoptr (BounceStudyItem) item = bounce_study_model_ref_study (self->model, id);
  const char *name = bounce_study_words_patient (bounce_study_item_get_display_name (item));
  g_autofree char *particulars =
      bounce_study_words_particulars (bounce_study_item_get_study (item));

  return *particulars != '\0' ? g_strdup_printf ("%s\n%s", name, particulars) : g_strdup (name);
}

/* note: (nullable) what else is to be known of them */
static void
ask_delete (BounceStudiesPage *self, BounceStudySum *sum, const char *note)
{
  guint n_studies = g_strv_length (sum->study_uids);
  g_autofree char *heading =
      g_strdup_printf (ngettext ("Delete %u Study?", "Delete %u Studies?", n_studies), n_studies);
  g_autofree char *loss = describe_loss (sum);
  g_autofree char *body = note != NULL ? g_strdup_printf ("%s\n\n%s", note, loss) : g_strdup (loss);
  AdwMessageDialog *dialog =
      ADW_MESSAGE_DIALOG (adw_message_dialog_new (get_window (self), heading, body));
  Doomed *doomed = g_new0 (Doomed, 1);

  doomed->study_uids = g_strdupv (sum->study_uids);
  doomed->ids = g_array_ref (sum->ids);
  g_object_set_data_full (G_OBJECT (dialog), "doomed", doomed, free_doomed);
  adw_message_dialog_add_responses (dialog, "cancel", _ ("_Cancel"), "delete", _ ("_Delete"), NULL);
  adw_message_dialog_set_response_appearance (dialog, "delete", ADW_RESPONSE_DESTRUCTIVE);
  adw_message_dialog_set_default_response (dialog, "cancel");
  adw_message_dialog_set_close_response (dialog, "cancel");
  g_signal_connect_object (dialog, "response", G_CALLBACK (delete_answered_cb), self, 0);
  gtk_window_present (GTK_WINDOW (dialog));
}

/**
 * bounce_studies_page_ask_delete: (skip)
 *
 * Deletes all of @sum if the person who is asked says so.
 */
void
bounce_studies_page_ask_delete (BounceStudiesPage *self, BounceStudySum *sum)
{
  g_autofree char *whose =
      sum->ids->len == 1 ? describe_study (self, g_array_index (sum->ids, gint64, 0)) : NULL;

  ask_delete (self, sum, whose);
}

/**
 * bounce_studies_page_ask_delete_shown: (skip)
 *
 * Likewise; @sum is what a filter shows, which somebody who asked for all may not have in mind.
 */
void
bounce_studies_page_ask_delete_shown (BounceStudiesPage *self, BounceStudySum *sum)
{
  guint n_studies = g_strv_length (sum->study_uids);
  g_autofree char *note = g_strdup_printf (
      ngettext ("A search or filter is on. Only the %u study that it shows is deleted; all others "
                "stay.",
                "A search or filter is on. Only the %u studies that it shows are deleted; all "
                "others stay.",
                n_studies),
      n_studies);

  ask_delete (self, sum, note);
}
