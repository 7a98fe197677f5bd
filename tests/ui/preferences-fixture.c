/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "preferences-fixture.h"

#include "bounce-service-settings.h"
#include "bounce-test-port.h"
#include "bounce-test-wait.h"

#include <string.h>

static guint n_fixtures;

static void
reset_settings (GSettings *settings)
{
  g_autoptr (GSettingsSchema) schema = NULL;
  g_auto (GStrv) keys = NULL;

  g_object_get (settings, "settings-schema", &schema, NULL);
  keys = g_settings_schema_list_keys (schema);
  for (char **key = keys; *key != NULL; key++)
    g_settings_reset (settings, *key);
}

static void
write_settings (PreferencesFixture *fixture)
{
  reset_settings (fixture->settings);
  reset_settings (fixture->desktop_settings);
  g_settings_set_string (fixture->settings, "base-dir", fixture->base_dir);
  g_settings_set_string (fixture->settings, "ip-address", "127.0.0.1");
  g_settings_set_string (fixture->settings, "api-endpoint", "http://127.0.0.1:9");
  g_settings_set_uint (fixture->settings, "port", fixture->port);
}

void
preferences_fixture_open (PreferencesFixture *fixture, const char *place)
{
  g_autofree char *data_dir = g_build_filename (place, "data", NULL);
  g_autoptr (GError) error = NULL;

  fixture->source = bounce_config_source_open_settings (&error);
  g_assert_no_error (error);
  fixture->service = bounce_service_open (fixture->source, data_dir, &error);
  g_assert_no_error (error);
  fixture->summary = bounce_status_summary_new (fixture->service);
  fixture->window =
      bounce_preferences_new (fixture->service, fixture->summary, fixture->desktop_settings);
  gtk_window_present (GTK_WINDOW (fixture->window));
}

void
preferences_fixture_set_up (PreferencesFixture *fixture, gconstpointer data)
{
  g_autofree char *name = g_strdup_printf ("place-%u", n_fixtures++);
  g_autofree char *place = bounce_test_dirs_make ((BounceTestDirs *) data, name);

  fixture->settings = g_settings_new ("cloud.aurabox.Bounce");
  fixture->desktop_settings = g_settings_new ("cloud.aurabox.Bounce.Desktop");
  fixture->base_dir = g_build_filename (place, "studies", NULL);
  fixture->port = bounce_test_port_take ();
  write_settings (fixture);
  preferences_fixture_open (fixture, place);
}

static void
shut_down_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_assert_true (bounce_service_shutdown_finish (BOUNCE_SERVICE (source), result, NULL));
  *(gboolean *) user_data = TRUE;
}

static void
keep_result_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  *(GAsyncResult **) user_data = g_object_ref (result);
}

/* Or the next test would have it. */
static void
forget_key (PreferencesFixture *fixture)
{
  g_autoptr (GAsyncResult) result = NULL;

  bounce_service_set_config_async (fixture->service, "api_key", "", NULL, keep_result_cb, &result);
  bounce_test_wait_for (result != NULL);
  g_assert_true (bounce_service_set_config_finish (fixture->service, result, NULL, NULL));
}

void
preferences_fixture_tear_down (PreferencesFixture *fixture, gconstpointer data)
{
  gboolean is_shut_down = FALSE;

  if (bounce_service_get_key_place (fixture->service) == BOUNCE_KEY_PLACE_OWN_FILE)
    forget_key (fixture);
  if (fixture->window != NULL)
    gtk_window_destroy (GTK_WINDOW (fixture->window));
  g_clear_object (&fixture->summary);
  bounce_service_shutdown_async (fixture->service, shut_down_cb, &is_shut_down);
  bounce_test_wait_for (is_shut_down);
  g_clear_object (&fixture->service);
  g_clear_object (&fixture->source);
  g_clear_object (&fixture->settings);
  g_clear_object (&fixture->desktop_settings);
  g_free (fixture->base_dir);
}

BounceConfig *
preferences_fixture_get_config (PreferencesFixture *fixture)
{
  return bounce_service_get_config (fixture->service);
}

typedef gboolean (*WidgetTest) (GtkWidget *widget, gconstpointer data);

static GtkWidget *
find_widget (GtkWidget *root, WidgetTest test, gconstpointer data)
{
  if (test (root, data))
    return root;
  for (GtkWidget *child = gtk_widget_get_first_child (root); child != NULL;
       child = gtk_widget_get_next_sibling (child))
    {
      GtkWidget *found = find_widget (child, test, data);

      if (found != NULL)
        return found;
    }
  return NULL;
}

/* What there has to be: @kind and @name tell the reader of a failure what was not there. */
static GtkWidget *
find (GtkWidget *root, WidgetTest test, gconstpointer data, const char *kind, const char *name)
{
  GtkWidget *widget = find_widget (root, test, data);

  if (widget == NULL)
    g_error ("there is no %s \"%s\"", kind, name);
  return widget;
}

static gboolean
is_row (GtkWidget *widget, gconstpointer title)
{
  return ADW_IS_PREFERENCES_ROW (widget)
         && g_strcmp0 (adw_preferences_row_get_title (ADW_PREFERENCES_ROW (widget)), title) == 0;
}

GtkWidget *
preferences_fixture_find_row (GtkWidget *root, const char *title)
{
  return find (root, is_row, title, "row", title);
}

static gboolean
is_type (GtkWidget *widget, gconstpointer type)
{
  return g_type_is_a (G_OBJECT_TYPE (widget), GPOINTER_TO_SIZE (type));
}

GtkWidget *
preferences_fixture_find_type (GtkWidget *root, GType type)
{
  return find (root, is_type, GSIZE_TO_POINTER (type), "widget of type", g_type_name (type));
}

static gboolean
is_button (GtkWidget *widget, gconstpointer label)
{
  return GTK_IS_BUTTON (widget)
         && g_strcmp0 (gtk_button_get_label (GTK_BUTTON (widget)), label) == 0;
}

GtkWidget *
preferences_fixture_find_button (GtkWidget *root, const char *label)
{
  return find (root, is_button, label, "button", label);
}

static gboolean
has_text (GtkWidget *widget, gconstpointer text)
{
  if (GTK_IS_LABEL (widget))
    return strstr (gtk_label_get_text (GTK_LABEL (widget)), text) != NULL;
  if (GTK_IS_EDITABLE (widget))
    return strstr (gtk_editable_get_text (GTK_EDITABLE (widget)), text) != NULL;
  return FALSE;
}

gboolean
preferences_fixture_has_text (GtkWidget *root, const char *text)
{
  return find_widget (root, has_text, text) != NULL;
}

GtkWindow *
preferences_fixture_find_window (GType type)
{
  GListModel *windows = gtk_window_get_toplevels ();

  for (guint i = 0; i < g_list_model_get_n_items (windows); i++)
    {
      g_autoptr (GtkWindow) window = g_list_model_get_item (windows, i);

      if (g_type_is_a (G_OBJECT_TYPE (window), type)
          && gtk_widget_get_visible (GTK_WIDGET (window)))
        return window;
    }
  return NULL;
}
