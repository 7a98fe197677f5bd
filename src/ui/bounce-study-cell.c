/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* See the header. GTK keeps 200 rows of a table, of which 20 can be seen, makes all of them at the
 * start and measures all of them again when one changes. So a cell is one widget without children:
 * its height comes from the style sheet and is the same for all, its text is shaped when it is
 * first drawn, and other text is a matter of drawing alone.
 *
 * Main thread. */

#include "config.h"

#include "bounce-study-cell.h"

#define ICON_SIZE    16
#define ICON_SPACING 8
#define BAR_HEIGHT   4
#define BAR_SPACING  2
/* Of the second line, against the first. */
#define DETAIL_SCALE 0.85
#define DETAIL_ALPHA 0.75f
#define TROUGH_ALPHA 0.15f
/* A column whose width nobody has chosen. */
#define NATURAL_WIDTH 160

enum
{
  LINE_TEXT,
  LINE_DETAIL,
  N_LINES,
};

struct _BounceStudyCell
{
  GtkWidget parent_instance;

  GtkListItem *item; /* not owned: it owns the cell */
  gboolean is_number;
  char *lines[N_LINES];          /* (owned) (nullable) none */
  PangoLayout *layouts[N_LINES]; /* (owned) (nullable) not drawn yet */
  char *icon_name;               /* (owned) (nullable) none */
  char *color;                   /* (owned) (nullable) the text's */
  double fraction;               /* negative: no bar */
  char *(*tell_tooltip) (gpointer item);
};

G_DEFINE_FINAL_TYPE (BounceStudyCell, bounce_study_cell, GTK_TYPE_WIDGET)

static void
forget_layouts (BounceStudyCell *self)
{
  for (guint i = 0; i < N_LINES; i++)
    g_clear_object (&self->layouts[i]);
}

static PangoLayout *
get_layout (BounceStudyCell *self, guint line)
{
  PangoAttrList *attributes;

  if (self->layouts[line] != NULL)
    return self->layouts[line];
  self->layouts[line] = gtk_widget_create_pango_layout (GTK_WIDGET (self), self->lines[line]);
  attributes = pango_attr_list_new ();
  if (self->is_number || self->icon_name != NULL)
    pango_attr_list_insert (attributes, pango_attr_font_features_new ("tnum=1"));
  if (line == LINE_DETAIL)
    pango_attr_list_insert (attributes, pango_attr_scale_new (DETAIL_SCALE));
  pango_layout_set_attributes (self->layouts[line], attributes);
  pango_layout_set_ellipsize (self->layouts[line], PANGO_ELLIPSIZE_END);
  pango_layout_set_single_paragraph_mode (self->layouts[line], TRUE);
  pango_attr_list_unref (attributes);
  return self->layouts[line];
}

/* Returns: the line's height; it is as wide as it may be. */
static int
fit_line (BounceStudyCell *self, guint line, int width)
{
  PangoLayout *layout;
  PangoRectangle logical;

  if (self->lines[line] == NULL)
    return 0;
  layout = get_layout (self, line);
  pango_layout_set_width (layout, -1);
  pango_layout_get_pixel_extents (layout, NULL, &logical);
  if (logical.width > width)
    pango_layout_set_width (layout, width * PANGO_SCALE);
  return logical.height;
}

static gboolean
is_mirrored (BounceStudyCell *self)
{
  return gtk_widget_get_direction (GTK_WIDGET (self)) == GTK_TEXT_DIR_RTL;
}

static void
draw_line (BounceStudyCell *self, GtkSnapshot *snapshot, guint line, const graphene_rect_t *area)
{
  GtkStyleContext *style = gtk_widget_get_style_context (GTK_WIDGET (self));
  PangoRectangle logical;
  GdkRGBA color;
  float align = self->is_number != is_mirrored (self) ? 1 : 0;

  if (self->lines[line] == NULL)
    return;
  pango_layout_get_pixel_extents (self->layouts[line], NULL, &logical);
  gtk_style_context_get_color (style, &color);
  if (line == LINE_DETAIL)
    color.alpha *= DETAIL_ALPHA;
  gtk_snapshot_save (snapshot);
  gtk_snapshot_translate (
      snapshot,
      &GRAPHENE_POINT_INIT (area->origin.x + align * (area->size.width - (float) logical.width)
                                - (float) logical.x,
                            area->origin.y));
  gtk_snapshot_append_layout (snapshot, self->layouts[line], &color);
  gtk_snapshot_restore (snapshot);
}

static void
draw_rounded (GtkSnapshot *snapshot, const graphene_rect_t *area, const GdkRGBA *color)
{
  GskRoundedRect outline;

  gsk_rounded_rect_init_from_rect (&outline, area, BAR_HEIGHT / 2.0f);
  gtk_snapshot_push_rounded_clip (snapshot, &outline);
  gtk_snapshot_append_color (snapshot, color, area);
  gtk_snapshot_pop (snapshot);
}

static void
draw_bar (BounceStudyCell *self, GtkSnapshot *snapshot, const graphene_rect_t *area)
{
  GtkStyleContext *style = gtk_widget_get_style_context (GTK_WIDGET (self));
  float done = area->size.width * (float) MIN (self->fraction, 1);
  graphene_rect_t part = *area;
  GdkRGBA trough, fill;

  gtk_style_context_get_color (style, &trough);
  if (!gtk_style_context_lookup_color (style, "accent_bg_color", &fill))
    fill = trough;
  trough.alpha *= TROUGH_ALPHA;
  draw_rounded (snapshot, area, &trough);
  if (is_mirrored (self))
    part.origin.x += area->size.width - done;
  part.size.width = done;
  draw_rounded (snapshot, &part, &fill);
}

static void
draw_icon (BounceStudyCell *self, GtkSnapshot *snapshot, int width, int height)
{
  GtkWidget *widget = GTK_WIDGET (self);
  GtkStyleContext *style = gtk_widget_get_style_context (widget);
  GtkIconTheme *theme = gtk_icon_theme_get_for_display (gtk_widget_get_display (widget));
  g_autoptr (GtkIconPaintable) icon = gtk_icon_theme_lookup_icon (
      theme, self->icon_name, NULL, ICON_SIZE, gtk_widget_get_scale_factor (widget),
      gtk_widget_get_direction (widget), 0);
  GdkRGBA color;

  gtk_style_context_get_color (style, &color);
  if (self->color != NULL)
    gtk_style_context_lookup_color (style, self->color, &color);
  gtk_snapshot_save (snapshot);
  gtk_snapshot_translate (snapshot,
                          &GRAPHENE_POINT_INIT (is_mirrored (self) ? (float) width - ICON_SIZE : 0,
                                                (float) ((height - ICON_SIZE) / 2)));
  gtk_symbolic_paintable_snapshot_symbolic (GTK_SYMBOLIC_PAINTABLE (icon), snapshot, ICON_SIZE,
                                            ICON_SIZE, &color, 1);
  gtk_snapshot_restore (snapshot);
}

static void
bounce_study_cell_snapshot (GtkWidget *widget, GtkSnapshot *snapshot)
{
  BounceStudyCell *self = BOUNCE_STUDY_CELL (widget);
  int width = gtk_widget_get_width (widget), height = gtk_widget_get_height (widget);
  int indent = self->icon_name != NULL ? ICON_SIZE + ICON_SPACING : 0;
  int bar = self->fraction >= 0 ? BAR_HEIGHT + 2 * BAR_SPACING : 0;
  int text = fit_line (self, LINE_TEXT, width - indent);
  int detail = fit_line (self, LINE_DETAIL, width - indent);
  graphene_rect_t area = GRAPHENE_RECT_INIT (is_mirrored (self) ? 0 : (float) indent,
                                             (float) ((height - text - bar - detail) / 2),
                                             (float) (width - indent), BAR_HEIGHT);

  if (width <= indent)
    return;
  if (self->icon_name != NULL)
    draw_icon (self, snapshot, width, height);
  draw_line (self, snapshot, LINE_TEXT, &area);
  area.origin.y += (float) (text + BAR_SPACING);
  if (self->fraction >= 0)
    draw_bar (self, snapshot, &area);
  area.origin.y += (float) (bar - BAR_SPACING);
  draw_line (self, snapshot, LINE_DETAIL, &area);
}

/* The height is the style sheet's min-height, which follows the size of the font. */
static void
bounce_study_cell_measure (GtkWidget *widget,
                           GtkOrientation orientation,
                           int for_size,
                           int *minimum,
                           int *natural,
                           int *minimum_baseline,
                           int *natural_baseline)
{
  *minimum = 0;
  *natural = orientation == GTK_ORIENTATION_HORIZONTAL ? NATURAL_WIDTH : 0;
}

static void
bounce_study_cell_css_changed (GtkWidget *widget, GtkCssStyleChange *change)
{
  GTK_WIDGET_CLASS (bounce_study_cell_parent_class)->css_changed (widget, change);
  forget_layouts (BOUNCE_STUDY_CELL (widget));
}

static void
bounce_study_cell_system_setting_changed (GtkWidget *widget, GtkSystemSetting setting)
{
  GTK_WIDGET_CLASS (bounce_study_cell_parent_class)->system_setting_changed (widget, setting);
  forget_layouts (BOUNCE_STUDY_CELL (widget));
  gtk_widget_queue_draw (widget);
}

static gboolean
is_ellipsized (BounceStudyCell *self)
{
  return self->layouts[LINE_TEXT] != NULL && pango_layout_is_ellipsized (self->layouts[LINE_TEXT]);
}

static gboolean
bounce_study_cell_query_tooltip (
    GtkWidget *widget, int x, int y, gboolean is_keyboard, GtkTooltip *tooltip)
{
  BounceStudyCell *self = BOUNCE_STUDY_CELL (widget);
  gpointer item = gtk_list_item_get_item (self->item);
  g_autofree char *told = NULL;

  if (self->tell_tooltip != NULL && item != NULL)
    told = self->tell_tooltip (item);
  else if (is_ellipsized (self))
    told = g_strdup (self->lines[LINE_TEXT]);
  gtk_tooltip_set_text (tooltip, told);
  return told != NULL;
}

static void
bounce_study_cell_finalize (GObject *object)
{
  BounceStudyCell *self = BOUNCE_STUDY_CELL (object);

  forget_layouts (self);
  for (guint i = 0; i < N_LINES; i++)
    g_free (self->lines[i]);
  g_free (self->icon_name);
  g_free (self->color);
  G_OBJECT_CLASS (bounce_study_cell_parent_class)->finalize (object);
}

static void
bounce_study_cell_class_init (BounceStudyCellClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->finalize = bounce_study_cell_finalize;
  widget_class->snapshot = bounce_study_cell_snapshot;
  widget_class->measure = bounce_study_cell_measure;
  widget_class->css_changed = bounce_study_cell_css_changed;
  widget_class->system_setting_changed = bounce_study_cell_system_setting_changed;
  widget_class->query_tooltip = bounce_study_cell_query_tooltip;
  gtk_widget_class_set_css_name (widget_class, "studycell");
  gtk_widget_class_set_accessible_role (widget_class, GTK_ACCESSIBLE_ROLE_LABEL);
}

static void
bounce_study_cell_init (BounceStudyCell *self)
{
  self->fraction = -1;
  gtk_widget_set_has_tooltip (GTK_WIDGET (self), TRUE);
}

/**
 * bounce_study_cell_new:
 * @item: whose child the cell will be
 * @is_number: at the end of the cell, figures of one width
 *
 * Returns: (transfer floating): an empty cell
 */
GtkWidget *
bounce_study_cell_new (GtkListItem *item, gboolean is_number)
{
  BounceStudyCell *self = g_object_new (BOUNCE_TYPE_STUDY_CELL, NULL);

  self->item = item;
  self->is_number = is_number;
  return GTK_WIDGET (self);
}

/* Returns: whether it is another */
static gboolean
set_line (BounceStudyCell *self, guint line, const char *text)
{
  if (g_strcmp0 (self->lines[line], text) == 0)
    return FALSE;
  g_free (self->lines[line]);
  self->lines[line] = g_strdup (text);
  g_clear_object (&self->layouts[line]);
  return TRUE;
}

static void
tell_words (BounceStudyCell *self)
{
  g_autofree char *words = bounce_study_cell_dup_words (self);

  gtk_accessible_update_property (GTK_ACCESSIBLE (self), GTK_ACCESSIBLE_PROPERTY_LABEL, words, -1);
  gtk_widget_queue_draw (GTK_WIDGET (self));
}

/**
 * bounce_study_cell_show_text:
 *
 * Thread: main
 */
void
bounce_study_cell_show_text (BounceStudyCell *self, const char *text)
{
  g_return_if_fail (BOUNCE_IS_STUDY_CELL (self));

  if (set_line (self, LINE_TEXT, text))
    tell_words (self);
}

/**
 * bounce_study_cell_show_state:
 *
 * Draws nothing anew when it already shows that.
 *
 * Thread: main
 */
void
bounce_study_cell_show_state (BounceStudyCell *self, const BounceStudyState *state)
{
  gboolean is_other;

  g_return_if_fail (BOUNCE_IS_STUDY_CELL (self));

  is_other = set_line (self, LINE_TEXT, state->text);
  is_other |= set_line (self, LINE_DETAIL, state->detail);
  is_other |= g_strcmp0 (self->icon_name, state->icon_name) != 0;
  is_other |= g_strcmp0 (self->color, state->color) != 0;
  is_other |= ABS (self->fraction - state->fraction) > 0;
  if (!is_other)
    return;
  g_free (self->icon_name);
  self->icon_name = g_strdup (state->icon_name);
  g_free (self->color);
  self->color = g_strdup (state->color);
  self->fraction = state->fraction;
  tell_words (self);
}

/**
 * bounce_study_cell_set_tooltip:
 * @tell: (scope forever): makes the tooltip when it is asked for; gets the list item's item
 *
 * Without it a text that is cut off is its own tooltip.
 */
void
bounce_study_cell_set_tooltip (BounceStudyCell *self, char *(*tell) (gpointer item))
{
  g_return_if_fail (BOUNCE_IS_STUDY_CELL (self));

  self->tell_tooltip = tell;
}

/**
 * bounce_study_cell_dup_words:
 *
 * Returns: (transfer full): all that it shows, as a screen reader says it
 */
char *
bounce_study_cell_dup_words (BounceStudyCell *self)
{
  g_return_val_if_fail (BOUNCE_IS_STUDY_CELL (self), NULL);

  if (self->lines[LINE_DETAIL] == NULL)
    return g_strdup (self->lines[LINE_TEXT] != NULL ? self->lines[LINE_TEXT] : "");
  return g_strdup_printf ("%s, %s", self->lines[LINE_TEXT], self->lines[LINE_DETAIL]);
}

/**
 * bounce_study_cell_get_list_item:
 *
 * Returns: (transfer none): whose child it is: tells position and study
 */
GtkListItem *
bounce_study_cell_get_list_item (BounceStudyCell *self)
{
  g_return_val_if_fail (BOUNCE_IS_STUDY_CELL (self), NULL);

  return self->item;
}
