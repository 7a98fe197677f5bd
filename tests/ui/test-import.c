/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* Import in the window: what is dropped reaches the action, a hint shows meanwhile, the bar follows
 * a real import and cancels it, and the report has everything that was refused. */

#include "config.h"

#include "service-fixture.h"

#include "bounce-import-area.h"
#include "bounce-import-bar.h"
#include "bounce-import-report.h"
#include "bounce-import-words.h"
#include "bounce-phantom.h"
#include "bounce-test-gtk.h"
#include "bounce-test-wait.h"
#include "bounce-wording.h"

typedef struct
{
  GtkWindow *window;        /* (owned) */
  GVariant *imported;       /* (owned) (nullable) what the action got */
  GtkEventController *drop; /* (unowned) */
} DropFixture;

static void
activate_import_cb (GSimpleAction *action, GVariant *parameter, gpointer user_data)
{
  DropFixture *fixture = user_data;

  fixture->imported = g_variant_ref (parameter);
}

static GtkWidget *
find_widget (GtkWidget *widget, GType type)
{
  if (g_type_is_a (G_OBJECT_TYPE (widget), type))
    return widget;
  for (GtkWidget *child = gtk_widget_get_first_child (widget); child != NULL;
       child = gtk_widget_get_next_sibling (child))
    {
      GtkWidget *found = find_widget (child, type);

      if (found != NULL)
        return found;
    }
  return NULL;
}

static void
set_up_drop (DropFixture *fixture, gconstpointer data)
{
  static const GActionEntry entries[] = {
    { .name = "import", .activate = activate_import_cb, .parameter_type = "as" },
  };
  g_autoptr (GSimpleActionGroup) actions = g_simple_action_group_new ();
  g_autoptr (GListModel) controllers = NULL;
  AdwApplicationWindow *window = g_object_new (ADW_TYPE_APPLICATION_WINDOW, NULL);

  fixture->window = GTK_WINDOW (window);
  g_action_map_add_action_entries (G_ACTION_MAP (actions), entries, 1, fixture);
  gtk_widget_insert_action_group (GTK_WIDGET (window), "app", G_ACTION_GROUP (actions));
  adw_application_window_set_content (window, gtk_label_new ("studies"));
  bounce_import_area_wrap (window);
  controllers = gtk_widget_observe_controllers (adw_application_window_get_content (window));
  for (guint i = 0; i < g_list_model_get_n_items (controllers); i++)
    {
      g_autoptr (GtkEventController) controller = g_list_model_get_item (controllers, i);

      if (GTK_IS_DROP_TARGET (controller))
        fixture->drop = controller;
    }
  g_assert_nonnull (fixture->drop);
}

static void
tear_down_drop (DropFixture *fixture, gconstpointer data)
{
  gtk_window_destroy (fixture->window);
  g_clear_pointer (&fixture->imported, g_variant_unref);
}

static gboolean
is_hint_shown (DropFixture *fixture)
{
  GtkWidget *hint = find_widget (GTK_WIDGET (fixture->window), GTK_TYPE_REVEALER);

  return gtk_revealer_get_reveal_child (GTK_REVEALER (hint));
}

static gboolean
drop_files (DropFixture *fixture, GFile **files, gsize n)
{
  g_auto (GValue) value = G_VALUE_INIT;
  gboolean is_taken = FALSE;

  g_value_init (&value, GDK_TYPE_FILE_LIST);
  g_value_take_boxed (&value, gdk_file_list_new_from_array (files, n));
  g_signal_emit_by_name (fixture->drop, "drop", &value, 10.0, 10.0, &is_taken);
  return is_taken;
}

static void
test_drop (DropFixture *fixture, gconstpointer data)
{
  g_autoptr (GFile) local = g_file_new_for_path ("/media/CD 1");
  g_autoptr (GFile) remote = g_file_new_for_uri ("sftp://server/a.dcm");
  GFile *files[] = { local, remote };
  g_autofree const char **uris = NULL;

  g_assert_true (drop_files (fixture, files, 2));
  uris = g_variant_get_strv (fixture->imported, NULL);
  g_assert_cmpstr (uris[0], ==, "file:///media/CD%201");
  g_assert_cmpstr (uris[1], ==, "sftp://server/a.dcm");
  g_assert_null (uris[2]);
}

static void
test_drop_nothing (DropFixture *fixture, gconstpointer data)
{
  g_assert_false (drop_files (fixture, NULL, 0));
  g_assert_null (fixture->imported);
}

static void
test_hint (DropFixture *fixture, gconstpointer data)
{
  g_autoptr (GFile) file = g_file_new_for_path ("/media/CD");
  GdkDragAction action = 0;

  g_assert_false (is_hint_shown (fixture));
  g_signal_emit_by_name (fixture->drop, "enter", 10.0, 10.0, &action);
  g_assert_cmpint (action, ==, GDK_ACTION_COPY);
  g_assert_true (is_hint_shown (fixture));
  g_signal_emit_by_name (fixture->drop, "leave");
  g_assert_false (is_hint_shown (fixture));
  g_signal_emit_by_name (fixture->drop, "enter", 10.0, 10.0, &action);
  drop_files (fixture, &file, 1);
  g_assert_false (is_hint_shown (fixture));
}

static const char *
get_label (GtkWidget *widget)
{
  return gtk_label_get_label (GTK_LABEL (find_widget (widget, GTK_TYPE_LABEL)));
}

static gboolean
is_revealed (GtkWidget *bar)
{
  return gtk_revealer_get_reveal_child (GTK_REVEALER (find_widget (bar, GTK_TYPE_REVEALER)));
}

/* From nothing over a real import to nothing again; then one that is cancelled on the bar. */
static void
test_bar (ServiceFixture *fixture, gconstpointer data)
{
  BouncePhantom phantom = { .kind = BOUNCE_PHANTOM_SMALL, .n_instances = 20 };
  g_autofree char *folder = bounce_test_dirs_make (fixture->dirs, "media");
  const char *const paths[] = { folder, NULL };
  GtkWidget *bar = g_object_ref_sink (g_object_new (BOUNCE_TYPE_IMPORT_BAR, NULL));
  g_autoptr (BounceImport) import = NULL;
  g_autoptr (BounceImport) second = NULL;
  g_autoptr (GAsyncResult) ended = NULL;
  g_autoptr (BounceImportSummary) summary = NULL;

  g_assert_true (bounce_phantom_write (&phantom, folder, NULL));
  bounce_import_bar_set_service (BOUNCE_IMPORT_BAR (bar), fixture->service);
  g_assert_false (is_revealed (bar));
  import = bounce_service_begin_import (fixture->service, NULL);
  g_assert_true (is_revealed (bar));
  g_assert_cmpstr (get_label (bar), ==, "Importing: 0 images");
  bounce_import_add_paths_async (import, paths, NULL, NULL);
  bounce_test_wait_for (g_str_has_prefix (get_label (bar), "Importing: 20 images"));
  second = bounce_service_begin_import (fixture->service, NULL);
  g_assert_true (gtk_widget_activate_action (bar, "import.cancel", NULL));
  g_assert_cmpstr (get_label (bar), ==, "Cancelling the import…");
  bounce_service_end_import_async (fixture->service, second, NULL, NULL);
  bounce_service_end_import_async (fixture->service, import, service_fixture_keep_result_cb,
                                   &ended);
  summary =
      bounce_service_end_import_finish (fixture->service, service_fixture_wait (&ended), NULL);
  g_assert_cmpuint (summary->counts.n_accepted, ==, 20);
  bounce_test_wait_for (!is_revealed (bar));
  g_assert_finalize_object (bar);
}

static BounceImportSummary *
new_summary (void)
{
  BounceImportSummary *summary = g_new0 (BounceImportSummary, 1);

  summary->refusals = g_ptr_array_new ();
  summary->counts.n_accepted = 7;
  return summary;
}

static void
free_summary (BounceImportSummary *summary)
{
  for (guint i = 0; i < summary->refusals->len; i++)
    {
      BounceImportRefusal *refusal = g_ptr_array_index (summary->refusals, i);

      g_free (refusal->name);
      g_free (refusal);
    }
  bounce_import_summary_free (summary);
}

static void
copied_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  char **text = user_data;

  *text = gdk_clipboard_read_text_finish (GDK_CLIPBOARD (source), result, NULL);
}

/* Names from outside are no markup, reasons are told once each, the copy has it all. */
static void
test_report (void)
{
  BounceImportSummary *summary = new_summary ();
  GtkWidget *list;
  GtkWindow *report;
  g_autofree char *text = NULL;

  bounce_import_summary_refuse (summary, "CD/<b>", BOUNCE_REASON_LINK);
  bounce_import_summary_refuse (summary, "CD/&", BOUNCE_REASON_LINK);
  bounce_import_summary_refuse (summary, "nowhere", BOUNCE_REASON_MISSING);
  summary->counts.n_refused += 2; /* those without a name */
  report = bounce_import_report_new (NULL, summary);
  list = find_widget (GTK_WIDGET (report), GTK_TYPE_LIST_BOX);
  g_assert_nonnull (gtk_list_box_get_row_at_index (GTK_LIST_BOX (list), 2));
  g_assert_null (gtk_list_box_get_row_at_index (GTK_LIST_BOX (list), 3));
  gtk_window_present (report);
  g_assert_true (gtk_widget_activate_action (GTK_WIDGET (report), "report.copy", NULL));
  gdk_clipboard_read_text_async (gtk_widget_get_clipboard (GTK_WIDGET (report)), NULL, copied_cb,
                                 &text);
  bounce_test_wait_for (text != NULL);
  g_assert_cmpstr (text, ==,
                   "5 Files Were Not Imported\n7 images imported\n"
                   "CD/<b>: symbolic links are not followed\n"
                   "CD/&: symbolic links are not followed\n"
                   "nowhere: there is no such file or folder\n");
  gtk_window_destroy (report);
  free_summary (summary);
}

static void
test_words (void)
{
  const struct
  {
    BounceImportCounts counts;
    const char *result;
  } cases[] = {
    { { 0 }, "0 images imported" },
    { { .n_accepted = 1 }, "1 image imported" },
    { { .n_accepted = 2, .n_replaced = 1, .n_same = 4 },
      "3 images imported, 4 images were already here" },
    { { .n_same = 1, .n_skipped = 1 }, "1 image was already here, 1 file without images skipped" },
  };
  const BounceImportCounts counts = { .n_accepted = 30, .n_same = 30, .n_refused = 2 };
  g_autofree char *progress = bounce_import_words_progress (&counts, 4);
  g_autofree char *early = bounce_import_words_progress (&counts, 0.1);

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *result = bounce_import_words_result (&cases[i].counts);

      g_assert_cmpstr (result, ==, cases[i].result);
    }
  g_assert_cmpstr (progress, ==, "Importing: 60 images  ·  15 per second  ·  2 refused");
  g_assert_cmpstr (early, ==, "Importing: 60 images  ·  2 refused");
}

int
main (int argc, char **argv)
{
  bounce_test_gtk_init (&argc, &argv);
  g_test_add ("/import/drop", DropFixture, NULL, set_up_drop, test_drop, tear_down_drop);
  g_test_add ("/import/drop-nothing", DropFixture, NULL, set_up_drop, test_drop_nothing,
              tear_down_drop);
  g_test_add ("/import/hint", DropFixture, NULL, set_up_drop, test_hint, tear_down_drop);
  g_test_add ("/import/bar", ServiceFixture, NULL, service_fixture_set_up, test_bar,
              service_fixture_tear_down);
  g_test_add_func ("/import/report", test_report);
  g_test_add_func ("/import/words", test_words);
  return g_test_run ();
}
