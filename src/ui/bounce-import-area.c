/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* See the header. Files are passed on as URIs, because not everything that can be dropped has a
 * path; the action refuses with words what it cannot read. */

#include "config.h"

#include "bounce-import-area.h"

struct _BounceImportArea
{
  AdwBin parent_instance;

  GtkOverlay *overlay;
  GtkRevealer *hint;
};

G_DEFINE_FINAL_TYPE (BounceImportArea, bounce_import_area, ADW_TYPE_BIN)

static GdkDragAction
entered_cb (BounceImportArea *self, double x, double y)
{
  gtk_revealer_set_reveal_child (self->hint, TRUE);
  return GDK_ACTION_COPY;
}

static void
left_cb (BounceImportArea *self)
{
  gtk_revealer_set_reveal_child (self->hint, FALSE);
}

static gboolean
dropped_cb (BounceImportArea *self, const GValue *value, double x, double y)
{
  g_autoptr (GSList) files = gdk_file_list_get_files (g_value_get_boxed (value));
  GVariantBuilder uris;

  gtk_revealer_set_reveal_child (self->hint, FALSE);
  if (files == NULL)
    return FALSE;
  g_variant_builder_init (&uris, G_VARIANT_TYPE_STRING_ARRAY);
  for (GSList *file = files; file != NULL; file = file->next)
    g_variant_builder_add_value (&uris, g_variant_new_take_string (g_file_get_uri (file->data)));
  return gtk_widget_activate_action_variant (GTK_WIDGET (self), "app.import",
                                             g_variant_builder_end (&uris));
}

static void
bounce_import_area_dispose (GObject *object)
{
  adw_bin_set_child (ADW_BIN (object), NULL);
  G_OBJECT_CLASS (bounce_import_area_parent_class)->dispose (object);
}

static void
bounce_import_area_class_init (BounceImportAreaClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = bounce_import_area_dispose;
  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/cloud/aurabox/Bounce/ui/import-area.ui");
  gtk_widget_class_bind_template_child (widget_class, BounceImportArea, overlay);
  gtk_widget_class_bind_template_child (widget_class, BounceImportArea, hint);
}

static void
bounce_import_area_init (BounceImportArea *self)
{
  GtkDropTarget *target = gtk_drop_target_new (GDK_TYPE_FILE_LIST, GDK_ACTION_COPY);

  gtk_widget_init_template (GTK_WIDGET (self));
  g_signal_connect_swapped (target, "enter", G_CALLBACK (entered_cb), self);
  g_signal_connect_swapped (target, "leave", G_CALLBACK (left_cb), self);
  g_signal_connect_swapped (target, "drop", G_CALLBACK (dropped_cb), self);
  gtk_widget_add_controller (GTK_WIDGET (self), GTK_EVENT_CONTROLLER (target));
}

/**
 * bounce_import_area_wrap:
 * @window: has its content
 *
 * Puts an area around the content of @window.
 *
 * Thread: main
 */
void
bounce_import_area_wrap (AdwApplicationWindow *window)
{
  g_autoptr (GtkWidget) content = NULL;
  BounceImportArea *area;

  g_return_if_fail (ADW_IS_APPLICATION_WINDOW (window));

  content = g_object_ref (adw_application_window_get_content (window));
  area = g_object_new (BOUNCE_TYPE_IMPORT_AREA, NULL);
  adw_application_window_set_content (window, NULL);
  gtk_overlay_set_child (area->overlay, content);
  adw_application_window_set_content (window, GTK_WIDGET (area));
}
