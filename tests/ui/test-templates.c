/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* Every template of the resources, found by itself so that none can be forgotten: it can be made
 * (a warning of GtkBuilder ends the test), what takes the focus has a name for a screen reader, and
 * it fits a narrow window. Colours of our own keep their contrast; the shortcuts window lists the
 * keys that there are, each once. */

#include "config.h"

#include "bounce-test-gtk.h"

#include "bounce-application-private.h"
#include "bounce-studies-page.h"

#include <gmodule.h>

#define PREFIX "/cloud/aurabox/Bounce"
/* A phone's screen; on a desktop windows have a frame and three buttons instead of one. */
#define MAX_WIDTH_PIXELS  360
#define MAX_WINDOW_PIXELS 400

/* WCAG 2.1, 1.4.3 and 1.4.11. */
#define MIN_TEXT_CONTRAST 4.5
#define MIN_ICON_CONTRAST 3.0

typedef void (*Visit) (GtkWidget *widget, const char *where);

static void
walk (GtkWidget *widget, const char *where, Visit visit)
{
  visit (widget, where);
  for (GtkWidget *each = gtk_widget_get_first_child (widget); each != NULL;
       each = gtk_widget_get_next_sibling (each))
    walk (each, where, visit);
}

/* "BounceStudyCell" → bounce_study_cell_get_type, as GtkBuilder does it. */
static GType
find_type (const char *class_name)
{
  g_autoptr (GtkBuilder) builder = gtk_builder_new ();
  GType type = gtk_builder_get_type_from_name (builder, class_name);

  if (type == G_TYPE_INVALID)
    g_error ("%s has a template but no type", class_name);
  return type;
}

static char *
find_template_class (const char *path)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GBytes) bytes = g_resources_lookup_data (path, 0, &error);
  g_autoptr (GRegex) regex = g_regex_new ("<template class=\"(\\w+)\"", 0, 0, NULL);
  g_autoptr (GMatchInfo) match = NULL;

  g_assert_no_error (error);
  g_regex_match_full (regex, g_bytes_get_data (bytes, NULL), (gssize) g_bytes_get_size (bytes), 0,
                      0, &match, &error);
  g_assert_no_error (error);
  return g_match_info_fetch (match, 1);
}

/* --- names for screen readers --- */

static gboolean
has_text (GtkWidget *widget)
{
  if (GTK_IS_LABEL (widget))
    return *gtk_label_get_text (GTK_LABEL (widget)) != '\0';
  for (GtkWidget *each = gtk_widget_get_first_child (widget); each != NULL;
       each = gtk_widget_get_next_sibling (each))
    {
      if (has_text (each))
        return TRUE;
    }
  return FALSE;
}

/* A property that is not set reads as nothing at all or as an empty string. */
static gboolean
has_label (GtkAccessible *accessible)
{
  g_autofree char *found = gtk_test_accessible_check_property (
      accessible, GTK_ACCESSIBLE_PROPERTY_LABEL, "what nobody would call it");

  return found != NULL && *found != '\0' && strcmp (found, "<unset>") != 0
         && strcmp (found, "(null)") != 0;
}

static gboolean
is_named (GtkWidget *widget)
{
  GtkAccessible *accessible = GTK_ACCESSIBLE (widget);

  return has_label (accessible)
         || gtk_test_accessible_has_relation (accessible, GTK_ACCESSIBLE_RELATION_LABELLED_BY)
         || has_text (widget);
}

/* What a person sets or presses; lists and texts are named by what is in them. */
static gboolean
is_control (GtkWidget *widget)
{
  return GTK_IS_BUTTON (widget) || GTK_IS_MENU_BUTTON (widget) || GTK_IS_SWITCH (widget)
         || GTK_IS_DROP_DOWN (widget) || GTK_IS_SEARCH_ENTRY (widget) || GTK_IS_ENTRY (widget)
         || GTK_IS_SPIN_BUTTON (widget) || GTK_IS_CHECK_BUTTON (widget) || GTK_IS_LIST_VIEW (widget)
         || GTK_IS_COLUMN_VIEW (widget) || GTK_IS_TEXT_VIEW (widget);
}

/* The parts of GTK's and Adwaita's own widgets have their names from there. */
static gboolean
is_part_of_library (GtkWidget *widget)
{
  for (GtkWidget *parent = gtk_widget_get_parent (widget); parent != NULL;
       parent = gtk_widget_get_parent (parent))
    {
      if (GTK_IS_SEARCH_ENTRY (parent) || GTK_IS_SPIN_BUTTON (parent) || GTK_IS_DROP_DOWN (parent)
          || GTK_IS_MENU_BUTTON (parent) || GTK_IS_ENTRY (parent) || ADW_IS_ENTRY_ROW (parent)
          || ADW_IS_COMBO_ROW (parent) || GTK_IS_WINDOW_CONTROLS (parent)
          || GTK_IS_COLUMN_VIEW (parent) || GTK_IS_STACK_SWITCHER (parent)
          || ADW_IS_VIEW_SWITCHER_TITLE (parent) || ADW_IS_VIEW_SWITCHER_BAR (parent)
          || GTK_IS_SHORTCUTS_WINDOW (parent) || ADW_IS_ABOUT_WINDOW (parent))
        return TRUE;
    }
  return FALSE;
}

/* Ids are how a template speaks of its widgets; without one the place in the tree has to do. */
static char *
describe (GtkWidget *widget)
{
  GString *path = g_string_new (NULL);

  for (; widget != NULL; widget = gtk_widget_get_parent (widget))
    {
      const char *id = gtk_buildable_get_buildable_id (GTK_BUILDABLE (widget));

      g_string_prepend (path, id != NULL ? id : G_OBJECT_TYPE_NAME (widget));
      g_string_prepend_c (path, '/');
    }
  return g_string_free (path, FALSE);
}

static void
check_name (GtkWidget *widget, const char *where)
{
  g_autofree char *path = NULL;

  if (!is_control (widget) || is_part_of_library (widget) || !gtk_widget_get_focusable (widget))
    return;
  path = describe (widget);
  if (!is_named (widget))
    {
      g_test_message ("%s: %s has no name for a screen reader", where, path);
      g_test_fail ();
    }
  /* An icon alone says too little to those who see it, too. */
  if (GTK_IS_BUTTON (widget) && !has_text (widget) && gtk_widget_get_visible (widget)
      && gtk_widget_get_tooltip_text (widget) == NULL)
    {
      g_test_message ("%s: %s has neither text nor tooltip", where, path);
      g_test_fail ();
    }
}

/* --- templates --- */

static void
check_width (GtkWidget *widget, const char *class_name)
{
  int minimum;

  gtk_widget_measure (widget, GTK_ORIENTATION_HORIZONTAL, -1, &minimum, NULL, NULL, NULL);
  if (minimum <= (GTK_IS_WINDOW (widget) ? MAX_WINDOW_PIXELS : MAX_WIDTH_PIXELS))
    return;
  g_test_message ("%s is at least %d pixels wide", class_name, minimum);
  g_test_fail ();
}

static void
check_template (const char *class_name)
{
  GtkWidget *widget = g_object_new (find_type (class_name), NULL);
  gboolean is_window = GTK_IS_WINDOW (widget);

  if (!is_window)
    g_object_ref_sink (widget);
  g_assert_nonnull (gtk_widget_get_first_child (widget));
  walk (widget, class_name, check_name);
  check_width (widget, class_name);
  if (is_window)
    gtk_window_destroy (GTK_WINDOW (widget));
  else
    g_assert_finalize_object (widget);
}

/* Not a template: made of objects. */
static void
check_objects (const char *path)
{
  g_autoptr (GtkBuilder) builder = gtk_builder_new_from_resource (path);
  GSList *objects = gtk_builder_get_objects (builder);

  g_assert_nonnull (objects);
  for (GSList *each = objects; each != NULL; each = each->next)
    {
      if (GTK_IS_WIDGET (each->data) && gtk_widget_get_parent (each->data) == NULL)
        walk (each->data, path, check_name);
    }
  for (GSList *each = objects; each != NULL; each = each->next)
    {
      if (GTK_IS_WINDOW (each->data))
        gtk_window_destroy (each->data);
    }
  g_slist_free (objects);
}

static void
test_template (gconstpointer data)
{
  const char *path = data;
  g_autofree char *class_name = find_template_class (path);

  if (class_name != NULL && *class_name != '\0')
    check_template (class_name);
  else
    check_objects (path);
}

static void
add_templates (const char *folder)
{
  g_autofree char *path = g_strconcat (PREFIX, folder, NULL);
  g_auto (GStrv) names = g_resources_enumerate_children (path, 0, NULL);

  g_assert_nonnull (names);
  for (guint i = 0; names[i] != NULL; i++)
    {
      g_autofree char *name = g_strconcat ("/templates/", names[i], NULL);

      g_test_add_data_func_full (name, g_strconcat (path, names[i], NULL), test_template, g_free);
    }
}

/* --- contrast --- */

static double
get_linear (double channel)
{
  return channel <= 0.04045 ? channel / 12.92 : pow ((channel + 0.055) / 1.055, 2.4);
}

static double
get_luminance (const GdkRGBA *color)
{
  return 0.2126 * get_linear (color->red) + 0.7152 * get_linear (color->green)
         + 0.0722 * get_linear (color->blue);
}

static double
get_contrast (const GdkRGBA *a, const GdkRGBA *b)
{
  double first = get_luminance (a), second = get_luminance (b);

  return (MAX (first, second) + 0.05) / (MIN (first, second) + 0.05);
}

static GdkRGBA
lay_over (const GdkRGBA *over, float alpha, const GdkRGBA *under)
{
  float share = over->alpha * alpha;

  return (GdkRGBA){ over->red * share + under->red * (1 - share),
                    over->green * share + under->green * (1 - share),
                    over->blue * share + under->blue * (1 - share), 1 };
}

static GdkRGBA
look_up (GtkWidget *widget, const char *name)
{
  GdkRGBA color;

  G_GNUC_BEGIN_IGNORE_DEPRECATIONS
  g_assert_true (
      gtk_style_context_lookup_color (gtk_widget_get_style_context (widget), name, &color));
  G_GNUC_END_IGNORE_DEPRECATIONS
  return color;
}

/* What style.css and the widgets put on what: text or icon, its opacity, a tint of the ground. */
static const struct
{
  const char *text;
  float opacity;
  const char *tint; /* (nullable) */
  float tint_alpha;
  const char *ground;
  double minimum;
} pairs[] = {
  { "window_fg_color", 1, "warning_bg_color", 0.2F, "window_bg_color", MIN_TEXT_CONTRAST },
  { "window_fg_color", 1, "error_bg_color", 0.2F, "window_bg_color", MIN_TEXT_CONTRAST },
  { "window_fg_color", 0.75F, NULL, 0, "window_bg_color", MIN_TEXT_CONTRAST },
  { "card_fg_color", 0.75F, "card_bg_color", 1, "window_bg_color", MIN_TEXT_CONTRAST },
  { "view_fg_color", 0.75F, NULL, 0, "view_bg_color", MIN_TEXT_CONTRAST },
  { "error_color", 1, NULL, 0, "view_bg_color", MIN_TEXT_CONTRAST },
  { "warning_color", 1, NULL, 0, "view_bg_color", MIN_TEXT_CONTRAST },
  { "success_color", 1, NULL, 0, "window_bg_color", MIN_ICON_CONTRAST },
  { "warning_color", 1, NULL, 0, "window_bg_color", MIN_ICON_CONTRAST },
  { "error_color", 1, NULL, 0, "window_bg_color", MIN_ICON_CONTRAST },
  { "accent_color", 1, NULL, 0, "window_bg_color", MIN_ICON_CONTRAST },
};

static void
test_contrast (gconstpointer scheme)
{
  GtkWidget *widget = g_object_ref_sink (gtk_label_new (NULL));

  adw_style_manager_set_color_scheme (adw_style_manager_get_default (),
                                      (AdwColorScheme) GPOINTER_TO_INT (scheme));
  for (guint i = 0; i < G_N_ELEMENTS (pairs); i++)
    {
      GdkRGBA ground = look_up (widget, pairs[i].ground);
      GdkRGBA text = look_up (widget, pairs[i].text);
      double contrast;

      if (pairs[i].tint != NULL)
        {
          GdkRGBA tint = look_up (widget, pairs[i].tint);

          ground = lay_over (&tint, pairs[i].tint_alpha, &ground);
        }
      text = lay_over (&text, pairs[i].opacity, &ground);
      contrast = get_contrast (&text, &ground);
      g_test_message ("%s on %s: %.1f", pairs[i].text, pairs[i].ground, contrast);
      g_assert_cmpfloat (contrast, >=, pairs[i].minimum);
    }
  g_object_unref (widget);
}

/* --- keys --- */

/* A key as it is compared: "<Control>q". */
static char *
get_key_name (const char *accelerator)
{
  guint key;
  GdkModifierType modifiers;

  g_assert_true (gtk_accelerator_parse (accelerator, &key, &modifiers));
  return gtk_accelerator_name (gdk_keyval_to_lower (key), modifiers);
}

static void
add_key (GHashTable *keys, const char *accelerator, const char *what)
{
  char *name = get_key_name (accelerator);

  if (g_hash_table_contains (keys, name))
    {
      g_test_message ("%s is there twice: %s", name, what);
      g_test_fail ();
    }
  g_hash_table_replace (keys, name, g_strdup (what));
}

static void
add_listed_key (GHashTable *keys, GtkWidget *widget)
{
  if (GTK_IS_SHORTCUTS_SHORTCUT (widget))
    {
      g_autofree char *accelerator = NULL;
      g_autofree char *title = NULL;

      g_object_get (widget, "accelerator", &accelerator, "title", &title, NULL);
      g_assert_nonnull (title);
      add_key (keys, accelerator, title);
    }
  for (GtkWidget *each = gtk_widget_get_first_child (widget); each != NULL;
       each = gtk_widget_get_next_sibling (each))
    add_listed_key (keys, each);
}

static GHashTable *
list_shown_keys (void)
{
  GHashTable *keys = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  g_autoptr (GtkBuilder) builder = gtk_builder_new_from_resource (PREFIX "/gtk/help-overlay.ui");
  GSList *objects = gtk_builder_get_objects (builder);

  for (GSList *each = objects; each != NULL; each = each->next)
    {
      if (GTK_IS_SHORTCUTS_SHORTCUT (each->data))
        add_listed_key (keys, each->data);
    }
  g_slist_free (objects);
  gtk_window_destroy (GTK_WINDOW (gtk_builder_get_object (builder, "help_overlay")));
  return keys;
}

static void
add_application_keys (GHashTable *keys)
{
  g_autoptr (GtkApplication) application = gtk_application_new (NULL, G_APPLICATION_DEFAULT_FLAGS);
  g_auto (GStrv) actions = NULL;

  bounce_application_set_accelerators (application);
  actions = gtk_application_list_action_descriptions (application);
  for (guint i = 0; actions[i] != NULL; i++)
    {
      g_auto (GStrv) accels = gtk_application_get_accels_for_action (application, actions[i]);

      for (guint k = 0; accels[k] != NULL; k++)
        add_key (keys, accels[k], actions[i]);
    }
}

/* Keys of the number pad are the same ones for people; the menu key is everybody's. */
static gboolean
is_another_name (guint key)
{
  return key == GDK_KEY_KP_Enter || key == GDK_KEY_KP_Delete || key == GDK_KEY_Menu;
}

static void
add_shortcut (GHashTable *keys, GtkShortcut *shortcut)
{
  GtkShortcutTrigger *trigger = gtk_shortcut_get_trigger (shortcut);
  GtkShortcutAction *action = gtk_shortcut_get_action (shortcut);
  g_autofree char *name = NULL;
  g_autofree char *what = NULL;

  if (!GTK_IS_KEYVAL_TRIGGER (trigger)
      || is_another_name (gtk_keyval_trigger_get_keyval (GTK_KEYVAL_TRIGGER (trigger))))
    return;
  name = gtk_accelerator_name (gtk_keyval_trigger_get_keyval (GTK_KEYVAL_TRIGGER (trigger)),
                               gtk_keyval_trigger_get_modifiers (GTK_KEYVAL_TRIGGER (trigger)));
  what = gtk_shortcut_action_to_string (action);
  add_key (keys, name, what);
}

static void
add_page_keys (GHashTable *keys)
{
  GtkWidget *page = g_object_ref_sink (g_object_new (BOUNCE_TYPE_STUDIES_PAGE, NULL));
  g_autoptr (GListModel) controllers = gtk_widget_observe_controllers (page);

  for (guint i = 0; i < g_list_model_get_n_items (controllers); i++)
    {
      g_autoptr (GObject) controller = g_list_model_get_item (controllers, i);

      if (!GTK_IS_SHORTCUT_CONTROLLER (controller))
        continue;
      for (guint k = 0; k < g_list_model_get_n_items (G_LIST_MODEL (controller)); k++)
        {
          g_autoptr (GtkShortcut) shortcut = g_list_model_get_item (G_LIST_MODEL (controller), k);

          add_shortcut (keys, shortcut);
        }
    }
  g_object_unref (page);
}

static void
check_all_in (GHashTable *keys, GHashTable *others, const char *complaint)
{
  GHashTableIter iter;
  gpointer key, what;

  g_hash_table_iter_init (&iter, keys);
  while (g_hash_table_iter_next (&iter, &key, &what))
    {
      if (g_hash_table_contains (others, key))
        continue;
      g_test_message ("%s (%s) %s", (char *) key, (char *) what, complaint);
      g_test_fail ();
    }
}

static void
test_keys (void)
{
  g_autoptr (GHashTable) shown = list_shown_keys ();
  g_autoptr (GHashTable) keys = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);

  g_assert_cmpuint (g_hash_table_size (shown), >, 5);
  add_application_keys (keys);
  add_page_keys (keys);
  /* GtkColumnView's own. */
  add_key (keys, "<Control>a", "select all");
  check_all_in (keys, shown, "is not in the shortcuts window");
  check_all_in (shown, keys, "is in the shortcuts window and does nothing");
}

static void
load_style (void)
{
  g_autoptr (GtkCssProvider) provider = gtk_css_provider_new ();

  gtk_css_provider_load_from_resource (provider, PREFIX "/style.css");
  gtk_style_context_add_provider_for_display (gdk_display_get_default (),
                                              GTK_STYLE_PROVIDER (provider),
                                              GTK_STYLE_PROVIDER_PRIORITY_APPLICATION);
}

int
main (int argc, char **argv)
{
  bounce_test_gtk_init (&argc, &argv);
  load_style ();
  add_templates ("/ui/");
  add_templates ("/gtk/");
  g_test_add_data_func ("/contrast/light", GINT_TO_POINTER (ADW_COLOR_SCHEME_FORCE_LIGHT),
                        test_contrast);
  g_test_add_data_func ("/contrast/dark", GINT_TO_POINTER (ADW_COLOR_SCHEME_FORCE_DARK),
                        test_contrast);
  g_test_add_func ("/keys", test_keys);
  return g_test_run ();
}
