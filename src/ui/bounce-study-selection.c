/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* See the header. A set of ids over a model; a row is selected when its id is in the set. What a
 * search hides stays selected in the set but does not count: commands work on what can be seen.
 * GtkMultiSelection keeps positions and loses them whenever the model is queried again.
 *
 * How many rows are selected is kept up to date while rows are selected one after the other, and
 * counted again, when somebody asks, after the rows have changed.
 *
 * What a view gets are BounceStudyRows. When a query exchanges all studies, the rows stay, each at
 * its place, and show other studies: to the view nothing changes but the length of the list. GTK
 * 4.8 would otherwise fetch every row, and make 200 rows of widgets anew. Main thread. */

#include "config.h"

#include "bounce-study-selection.h"

/* Ids are given one after the other from 1, so they fit: a hundred thousand selected rows without
 * as many allocations. */
#define ID_TO_KEY(id)  ((gpointer) (guintptr) (id))
#define KEY_TO_ID(key) ((gint64) (guintptr) (key))

struct _BounceStudySelection
{
  GObject parent_instance;

  BounceStudyModel *model; /* (owned) */
  GHashTable *ids;         /* (owned) a set of ID_TO_KEY() */
  guint n_selected;        /* of the rows that are there */
  gboolean is_counted;     /* n_selected is right */

  GHashTable *rows; /* (owned) (element-type ID_TO_KEY() BounceStudyRow) rows not owned: weak */
  GArray *placed;   /* (owned) (nullable) (element-type PlacedRow) while studies are exchanged */
  guint n_before;   /* rows that the view knows of meanwhile */
};

typedef struct
{
  BounceStudyRow *row; /* (owned) */
  guint position;
} PlacedRow;

static void list_model_iface_init (GListModelInterface *iface);
static void selection_model_iface_init (GtkSelectionModelInterface *iface);

G_DEFINE_FINAL_TYPE_WITH_CODE (BounceStudySelection,
                               bounce_study_selection,
                               G_TYPE_OBJECT,
                               G_IMPLEMENT_INTERFACE (G_TYPE_LIST_MODEL, list_model_iface_init)
                                   G_IMPLEMENT_INTERFACE (GTK_TYPE_SELECTION_MODEL,
                                                          selection_model_iface_init))

static gpointer
get_key (BounceStudySelection *self, guint position)
{
  return ID_TO_KEY (bounce_study_model_get_id_at (self->model, position));
}

static GType
get_item_type (GListModel *list)
{
  return BOUNCE_TYPE_STUDY_ROW;
}

static guint
get_n_items (GListModel *list)
{
  return g_list_model_get_n_items (G_LIST_MODEL (BOUNCE_STUDY_SELECTION (list)->model));
}

static void
row_gone_cb (gpointer user_data, GObject *row)
{
  BounceStudySelection *self = user_data;
  GHashTableIter iter;
  gpointer each;

  g_hash_table_iter_init (&iter, self->rows);
  while (g_hash_table_iter_next (&iter, NULL, &each))
    if (each == row)
      {
        g_hash_table_iter_remove (&iter);
        return;
      }
}

static gpointer
get_item (GListModel *list, guint position)
{
  BounceStudySelection *self = BOUNCE_STUDY_SELECTION (list);
  g_autoptr (BounceStudyItem) study = g_list_model_get_item (G_LIST_MODEL (self->model), position);
  BounceStudyRow *row;

  if (study == NULL)
    return NULL;
  row = g_hash_table_lookup (self->rows, get_key (self, position));
  if (row != NULL)
    return g_object_ref (row);
  row = bounce_study_row_new (study);
  g_hash_table_insert (self->rows, get_key (self, position), row);
  g_object_weak_ref (G_OBJECT (row), row_gone_cb, self);
  return row;
}

static void
list_model_iface_init (GListModelInterface *iface)
{
  iface->get_item_type = get_item_type;
  iface->get_n_items = get_n_items;
  iface->get_item = get_item;
}

static gboolean
has_id (BounceStudySelection *self, guint position)
{
  return g_hash_table_contains (self->ids, get_key (self, position));
}

static void
change_id (BounceStudySelection *self, guint position, gboolean is_selected)
{
  gpointer key = get_key (self, position);

  if (is_selected)
    self->n_selected += g_hash_table_add (self->ids, key);
  else
    self->n_selected -= g_hash_table_remove (self->ids, key);
}

static void
clear (BounceStudySelection *self)
{
  g_hash_table_remove_all (self->ids);
  self->n_selected = 0;
  self->is_counted = TRUE;
}

static gboolean
is_selected (GtkSelectionModel *model, guint position)
{
  BounceStudySelection *self = BOUNCE_STUDY_SELECTION (model);

  return position < get_n_items (G_LIST_MODEL (model)) && has_id (self, position);
}

static GtkBitset *
get_selection_in_range (GtkSelectionModel *model, guint position, guint n_items)
{
  BounceStudySelection *self = BOUNCE_STUDY_SELECTION (model);
  GtkBitset *set = gtk_bitset_new_empty ();
  guint end = MIN (position + n_items, get_n_items (G_LIST_MODEL (model)));

  if (g_hash_table_size (self->ids) == 0)
    return set;
  for (guint i = position; i < end; i++)
    if (has_id (self, i))
      gtk_bitset_add (set, i);
  return set;
}

static void
tell_all_changed (BounceStudySelection *self)
{
  guint n_items = get_n_items (G_LIST_MODEL (self));

  if (n_items > 0)
    gtk_selection_model_selection_changed (GTK_SELECTION_MODEL (self), 0, n_items);
}

static gboolean
set_selection (GtkSelectionModel *model, GtkBitset *selected, GtkBitset *mask)
{
  BounceStudySelection *self = BOUNCE_STUDY_SELECTION (model);
  guint n_items = get_n_items (G_LIST_MODEL (model));
  GtkBitsetIter iter;
  guint position;

  for (gboolean valid = gtk_bitset_iter_init_first (&iter, mask, &position);
       valid && position < n_items; valid = gtk_bitset_iter_next (&iter, &position))
    change_id (self, position, gtk_bitset_contains (selected, position));
  tell_all_changed (self);
  return TRUE;
}

static gboolean
select_range (GtkSelectionModel *model, guint position, guint n_items, gboolean unselect_rest)
{
  BounceStudySelection *self = BOUNCE_STUDY_SELECTION (model);
  guint end = MIN (position + n_items, get_n_items (G_LIST_MODEL (model)));

  if (unselect_rest)
    clear (self);
  for (guint i = position; i < end; i++)
    change_id (self, i, TRUE);
  tell_all_changed (self);
  return TRUE;
}

static gboolean
select_item (GtkSelectionModel *model, guint position, gboolean unselect_rest)
{
  return select_range (model, position, 1, unselect_rest);
}

static gboolean
unselect_range (GtkSelectionModel *model, guint position, guint n_items)
{
  BounceStudySelection *self = BOUNCE_STUDY_SELECTION (model);
  guint end = MIN (position + n_items, get_n_items (G_LIST_MODEL (model)));

  for (guint i = position; i < end; i++)
    change_id (self, i, FALSE);
  if (end > position)
    gtk_selection_model_selection_changed (model, position, end - position);
  return TRUE;
}

static gboolean
unselect_item (GtkSelectionModel *model, guint position)
{
  return unselect_range (model, position, 1);
}

static gboolean
select_all (GtkSelectionModel *model)
{
  return select_range (model, 0, get_n_items (G_LIST_MODEL (model)), FALSE);
}

static gboolean
unselect_all (GtkSelectionModel *model)
{
  BounceStudySelection *self = BOUNCE_STUDY_SELECTION (model);

  clear (self);
  tell_all_changed (self);
  return TRUE;
}

static void
selection_model_iface_init (GtkSelectionModelInterface *iface)
{
  iface->is_selected = is_selected;
  iface->get_selection_in_range = get_selection_in_range;
  iface->select_item = select_item;
  iface->unselect_item = unselect_item;
  iface->select_range = select_range;
  iface->unselect_range = unselect_range;
  iface->select_all = select_all;
  iface->unselect_all = unselect_all;
  iface->set_selection = set_selection;
}

static void
forget_rows (BounceStudySelection *self)
{
  GHashTableIter iter;
  gpointer row;

  g_hash_table_iter_init (&iter, self->rows);
  while (g_hash_table_iter_next (&iter, NULL, &row))
    g_object_weak_unref (row, row_gone_cb, self);
  g_hash_table_remove_all (self->rows);
}

static void
bounce_study_selection_dispose (GObject *object)
{
  BounceStudySelection *self = BOUNCE_STUDY_SELECTION (object);

  forget_rows (self);
  g_clear_object (&self->model);
  G_OBJECT_CLASS (bounce_study_selection_parent_class)->dispose (object);
}

static void
bounce_study_selection_finalize (GObject *object)
{
  BounceStudySelection *self = BOUNCE_STUDY_SELECTION (object);

  g_hash_table_unref (self->ids);
  g_hash_table_unref (self->rows);
  g_clear_pointer (&self->placed, g_array_unref);
  G_OBJECT_CLASS (bounce_study_selection_parent_class)->finalize (object);
}

static void
bounce_study_selection_class_init (BounceStudySelectionClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = bounce_study_selection_dispose;
  G_OBJECT_CLASS (klass)->finalize = bounce_study_selection_finalize;
}

static void
bounce_study_selection_init (BounceStudySelection *self)
{
  self->ids = g_hash_table_new (g_direct_hash, g_direct_equal);
  self->rows = g_hash_table_new (g_direct_hash, g_direct_equal);
  self->is_counted = TRUE;
}

/* What arrives is counted by itself; of what went nobody knows the ids any more. */
static void
count_change (BounceStudySelection *self, guint position, guint removed, guint added)
{
  if (g_hash_table_size (self->ids) == 0)
    clear (self);
  else if (removed > 0 || self->placed != NULL)
    self->is_counted = FALSE;
  for (guint i = position; self->is_counted && i < position + added; i++)
    self->n_selected += has_id (self, i);
}

static void
items_changed_cb (BounceStudySelection *self, guint position, guint removed, guint added)
{
  count_change (self, position, removed, added);
  if (self->placed == NULL)
    g_list_model_items_changed (G_LIST_MODEL (self), position, removed, added);
}

static void
clear_placed (gpointer data)
{
  g_object_unref (((PlacedRow *) data)->row);
}

/* Notes where each row is that somebody shows. */
static void
query_begin_cb (BounceStudySelection *self)
{
  guint n_left = g_hash_table_size (self->rows);

  self->n_before = get_n_items (G_LIST_MODEL (self));
  self->placed = g_array_new (FALSE, FALSE, sizeof (PlacedRow));
  g_array_set_clear_func (self->placed, clear_placed);
  for (guint i = 0; i < self->n_before && n_left > 0; i++)
    {
      PlacedRow placed = { g_hash_table_lookup (self->rows, get_key (self, i)), i };

      if (placed.row == NULL)
        continue;
      g_object_ref (placed.row);
      g_array_append_val (self->placed, placed);
      n_left--;
    }
}

/* Each row shows the study that is now at its place. */
static void
fill_rows (BounceStudySelection *self, GArray *placed, guint n_rows)
{
  forget_rows (self);
  for (guint i = 0; i < placed->len; i++)
    {
      const PlacedRow *each = &g_array_index (placed, PlacedRow, i);
      g_autoptr (BounceStudyItem) study = NULL;

      if (each->position >= n_rows)
        continue;
      g_hash_table_insert (self->rows, get_key (self, each->position), each->row);
      g_object_weak_ref (G_OBJECT (each->row), row_gone_cb, self);
      study = g_list_model_get_item (G_LIST_MODEL (self->model), each->position);
      bounce_study_row_set_study (each->row, study);
    }
}

static void
query_end_cb (BounceStudySelection *self)
{
  g_autoptr (GArray) placed = g_steal_pointer (&self->placed);
  guint n_rows = get_n_items (G_LIST_MODEL (self));
  guint n_common = MIN (n_rows, self->n_before);

  fill_rows (self, placed, n_rows);
  if (n_rows != self->n_before)
    g_list_model_items_changed (G_LIST_MODEL (self), n_common, self->n_before - n_common,
                                n_rows - n_common);
  if (g_hash_table_size (self->ids) > 0 && n_common > 0)
    gtk_selection_model_selection_changed (GTK_SELECTION_MODEL (self), 0, n_common);
}

/**
 * bounce_study_selection_new:
 * @model: the studies
 *
 * Thread: main
 * Returns: (transfer full): rows of which none is selected
 */
BounceStudySelection *
bounce_study_selection_new (BounceStudyModel *model)
{
  BounceStudySelection *self;

  g_return_val_if_fail (BOUNCE_IS_STUDY_MODEL (model), NULL);

  self = g_object_new (BOUNCE_TYPE_STUDY_SELECTION, NULL);
  self->model = g_object_ref (model);
  g_signal_connect_object (model, "items-changed", G_CALLBACK (items_changed_cb), self,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (model, "query-begin", G_CALLBACK (query_begin_cb), self,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (model, "query-end", G_CALLBACK (query_end_cb), self, G_CONNECT_SWAPPED);
  return self;
}

/**
 * bounce_study_selection_list:
 *
 * Shape: ids in the order of the rows; only of rows that are there.
 * Returns: (transfer full) (element-type gint64): the selected studies
 */
GArray *
bounce_study_selection_list (BounceStudySelection *self)
{
  guint n_left = bounce_study_selection_get_n_selected (self);
  GArray *ids = g_array_sized_new (FALSE, FALSE, sizeof (gint64), n_left);

  for (guint i = 0; n_left > 0; i++)
    {
      gint64 id = bounce_study_model_get_id_at (self->model, i);

      if (!g_hash_table_contains (self->ids, ID_TO_KEY (id)))
        continue;
      g_array_append_val (ids, id);
      n_left--;
    }
  return ids;
}

static void
count_selected (BounceStudySelection *self)
{
  guint n_items = get_n_items (G_LIST_MODEL (self));

  self->n_selected = 0;
  for (guint i = 0; i < n_items; i++)
    self->n_selected += has_id (self, i);
  self->is_counted = TRUE;
}

/**
 * bounce_study_selection_get_n_selected:
 *
 * Returns: how many of the rows are selected
 */
guint
bounce_study_selection_get_n_selected (BounceStudySelection *self)
{
  g_return_val_if_fail (BOUNCE_IS_STUDY_SELECTION (self), 0);

  if (!self->is_counted)
    count_selected (self);
  return self->n_selected;
}

/**
 * bounce_study_selection_get_single:
 *
 * Returns: the id of the selected study, when exactly one of the rows is selected; else 0
 */
gint64
bounce_study_selection_get_single (BounceStudySelection *self)
{
  g_autoptr (GArray) ids = NULL;
  GHashTableIter iter;
  gpointer key = NULL;

  if (bounce_study_selection_get_n_selected (self) != 1)
    return 0;
  if (g_hash_table_size (self->ids) == 1)
    {
      g_hash_table_iter_init (&iter, self->ids);
      g_hash_table_iter_next (&iter, &key, NULL);
      return KEY_TO_ID (key);
    }
  ids = bounce_study_selection_list (self);
  return g_array_index (ids, gint64, 0);
}
