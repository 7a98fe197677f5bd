/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* See the header. A set of ids over a model; a row is selected when its id is in the set. What a
 * search hides stays selected in the set but does not count: commands work on what can be seen.
 * GtkMultiSelection keeps positions and loses them whenever the model is queried again.
 *
 * Main thread. */

#include "config.h"

#include "bounce-study-selection.h"

struct _BounceStudySelection
{
  GObject parent_instance;

  GListModel *model; /* (owned) */
  BounceStudyIdAt id_at;
  GHashTable *ids; /* (owned) (element-type gint64) a set */
};

static void list_model_iface_init (GListModelInterface *iface);
static void selection_model_iface_init (GtkSelectionModelInterface *iface);

G_DEFINE_FINAL_TYPE_WITH_CODE (BounceStudySelection,
                               bounce_study_selection,
                               G_TYPE_OBJECT,
                               G_IMPLEMENT_INTERFACE (G_TYPE_LIST_MODEL, list_model_iface_init)
                                   G_IMPLEMENT_INTERFACE (GTK_TYPE_SELECTION_MODEL,
                                                          selection_model_iface_init))

static GType
get_item_type (GListModel *list)
{
  return g_list_model_get_item_type (BOUNCE_STUDY_SELECTION (list)->model);
}

static guint
get_n_items (GListModel *list)
{
  return g_list_model_get_n_items (BOUNCE_STUDY_SELECTION (list)->model);
}

static gpointer
get_item (GListModel *list, guint position)
{
  return g_list_model_get_item (BOUNCE_STUDY_SELECTION (list)->model, position);
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
  gint64 id = self->id_at (self->model, position);

  return g_hash_table_contains (self->ids, &id);
}

static void
change_id (BounceStudySelection *self, guint position, gboolean is_selected)
{
  gint64 id = self->id_at (self->model, position);

  if (is_selected)
    g_hash_table_add (self->ids, g_memdup2 (&id, sizeof id));
  else
    g_hash_table_remove (self->ids, &id);
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
    g_hash_table_remove_all (self->ids);
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

  g_hash_table_remove_all (self->ids);
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
bounce_study_selection_dispose (GObject *object)
{
  g_clear_object (&BOUNCE_STUDY_SELECTION (object)->model);
  G_OBJECT_CLASS (bounce_study_selection_parent_class)->dispose (object);
}

static void
bounce_study_selection_finalize (GObject *object)
{
  g_hash_table_unref (BOUNCE_STUDY_SELECTION (object)->ids);
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
  self->ids = g_hash_table_new_full (g_int64_hash, g_int64_equal, g_free, NULL);
}

static void
items_changed_cb (BounceStudySelection *self, guint position, guint removed, guint added)
{
  g_list_model_items_changed (G_LIST_MODEL (self), position, removed, added);
}

/**
 * bounce_study_selection_new:
 * @model: the studies
 * @id_at: tells the id of a row of @model
 *
 * Thread: main
 * Returns: (transfer full): a selection with nothing selected
 */
BounceStudySelection *
bounce_study_selection_new (GListModel *model, BounceStudyIdAt id_at)
{
  BounceStudySelection *self;

  g_return_val_if_fail (G_IS_LIST_MODEL (model), NULL);
  g_return_val_if_fail (id_at != NULL, NULL);

  self = g_object_new (BOUNCE_TYPE_STUDY_SELECTION, NULL);
  self->model = g_object_ref (model);
  self->id_at = id_at;
  g_signal_connect_object (model, "items-changed", G_CALLBACK (items_changed_cb), self,
                           G_CONNECT_SWAPPED);
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
  GArray *ids = g_array_new (FALSE, FALSE, sizeof (gint64));
  guint n_items = get_n_items (G_LIST_MODEL (self));
  guint n_left = g_hash_table_size (self->ids);

  for (guint i = 0; i < n_items && n_left > 0; i++)
    {
      gint64 id = self->id_at (self->model, i);

      if (!g_hash_table_contains (self->ids, &id))
        continue;
      g_array_append_val (ids, id);
      n_left--;
    }
  return ids;
}

/**
 * bounce_study_selection_get_n_selected:
 *
 * Returns: how many of the rows are selected
 */
guint
bounce_study_selection_get_n_selected (BounceStudySelection *self)
{
  g_autoptr (GArray) ids = NULL;

  g_return_val_if_fail (BOUNCE_IS_STUDY_SELECTION (self), 0);

  ids = bounce_study_selection_list (self);
  return ids->len;
}
