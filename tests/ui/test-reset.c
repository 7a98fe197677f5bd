/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* The reset dialog: it says what goes, and gives its response only for the word. */

#include "config.h"

#include "bounce-reset-dialog.h"

#include "bounce-test-gtk.h"
#include "bounce-test-wait.h"
#include "preferences-fixture.h"
#include "service-fixture.h"

static GtkEditable *
find_entry (BounceResetDialog *dialog)
{
  return GTK_EDITABLE (preferences_fixture_find_type (GTK_WIDGET (dialog), ADW_TYPE_ENTRY_ROW));
}

static void
assert_enabled (BounceResetDialog *dialog, const char *text, gboolean is_enabled)
{
  AdwMessageDialog *message = ADW_MESSAGE_DIALOG (dialog);

  g_test_message ("\"%s\"", text);
  gtk_editable_set_text (find_entry (dialog), text);
  g_assert_cmpint (adw_message_dialog_get_response_enabled (message, "reset"), ==, is_enabled);
  g_assert_cmpstr (adw_message_dialog_get_default_response (message), ==,
                   is_enabled ? "reset" : "cancel");
}

static void
test_word (ServiceFixture *fixture, gconstpointer data)
{
  BounceResetDialog *dialog = bounce_reset_dialog_new (NULL, fixture->service);

  assert_enabled (dialog, "", FALSE);
  assert_enabled (dialog, "rese", FALSE);
  assert_enabled (dialog, "reset", TRUE);
  assert_enabled (dialog, "resett", FALSE);
  assert_enabled (dialog, " RESET ", TRUE);
  assert_enabled (dialog, "re set", FALSE);
  bounce_test_wait_for (
      preferences_fixture_has_text (GTK_WIDGET (dialog), "There is no study here"));
  gtk_window_destroy (GTK_WINDOW (dialog));
}

/* What has to be typed can be typed at once. */
static void
test_focus (ServiceFixture *fixture, gconstpointer data)
{
  BounceResetDialog *dialog = bounce_reset_dialog_new (NULL, fixture->service);

  gtk_window_present (GTK_WINDOW (dialog));
  g_assert_true (gtk_widget_is_ancestor (gtk_window_get_focus (GTK_WINDOW (dialog)),
                                         GTK_WIDGET (find_entry (dialog))));
  gtk_window_destroy (GTK_WINDOW (dialog));
}

static void
test_counts (ServiceFixture *fixture, gconstpointer data)
{
  g_autofree char *uid = service_fixture_receive_study (fixture);
  BounceResetDialog *dialog = bounce_reset_dialog_new (NULL, fixture->service);
  GtkWidget *widget = GTK_WIDGET (dialog);

  g_assert_nonnull (uid);
  bounce_test_wait_for (preferences_fixture_has_text (widget, "1 study is removed"));
  g_assert_true (preferences_fixture_has_text (widget, "2 images, "));
  g_assert_true (preferences_fixture_has_text (widget, "1 study is not fully delivered"));
  g_assert_true (preferences_fixture_has_text (widget, "2 images would be lost"));
  g_assert_true (preferences_fixture_has_text (widget, "Settings, API key"));
  gtk_window_destroy (GTK_WINDOW (dialog));
}

/* Closed before the studies were counted. */
static void
test_early_close (ServiceFixture *fixture, gconstpointer data)
{
  BounceResetDialog *dialog = bounce_reset_dialog_new (NULL, fixture->service);

  g_object_add_weak_pointer (G_OBJECT (dialog), (gpointer *) &dialog);
  gtk_window_destroy (GTK_WINDOW (dialog));
  bounce_test_wait_for (dialog == NULL);
  g_assert_cmpuint (service_fixture_count_studies (fixture), ==, 0);
}

#define ADD(path, func)                                                                            \
  g_test_add (path, ServiceFixture, NULL, service_fixture_set_up, func, service_fixture_tear_down)

int
main (int argc, char **argv)
{
  bounce_test_gtk_init (&argc, &argv);
  ADD ("/reset/word", test_word);
  ADD ("/reset/focus", test_focus);
  ADD ("/reset/counts", test_counts);
  ADD ("/reset/early-close", test_early_close);
  return g_test_run ();
}
