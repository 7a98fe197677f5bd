/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* Small changes of the study table's order, row by row, so that a view keeps what it shows. One
 * walk over both lists, which differ in few places: those of studies that are known to have changed
 * are taken out and put in, anything else is looked for right beside. What is not that simple is
 * left to a full exchange. */

#include "config.h"

#include "bounce-study-model-private.h"

/* A row that moves costs a view about 0.1 ms; more than these and exchanging all is faster. */
#define MAX_EDITS 256

typedef enum
{
  EDIT_NONE,
  EDIT_REMOVE,
  EDIT_INSERT,
  EDIT_UNKNOWN,
} Edit;

static gint64
get_id (GArray *ids, guint position)
{
  return position < ids->len ? g_array_index (ids, gint64, position) : 0;
}

static gboolean
is_known_to_move (BounceStudyModel *self, gint64 id)
{
  return g_hash_table_contains (self->asked, &id) || g_hash_table_contains (self->touched, &id);
}

/* What brings old, from position i, one step nearer to new, from position j. Ids are above 0. */
static Edit
find_edit (BounceStudyModel *self, GArray *old, guint i, GArray *new, guint j)
{
  gint64 here = get_id (old, i), wanted = get_id (new, j);

  if (here == wanted)
    return EDIT_NONE;
  if (wanted == 0)
    return EDIT_REMOVE;
  if (here == 0)
    return EDIT_INSERT;
  if (is_known_to_move (self, here))
    return EDIT_REMOVE;
  if (is_known_to_move (self, wanted))
    return EDIT_INSERT;
  if (get_id (old, i + 1) == wanted)
    return EDIT_REMOVE;
  if (get_id (new, j + 1) == here)
    return EDIT_INSERT;
  return EDIT_UNKNOWN;
}

/* Returns: the number of edits; MAX_EDITS + 1 when there are more or no simple ones. */
static guint
count_edits (BounceStudyModel *self, GArray *new)
{
  guint n_edits = 0, i = 0, j = 0;

  while ((i < self->ids->len || j < new->len) && n_edits <= MAX_EDITS)
    switch (find_edit (self, self->ids, i, new, j))
      {
      case EDIT_NONE:
        i++;
        j++;
        break;
      case EDIT_REMOVE:
        i++;
        n_edits++;
        break;
      case EDIT_INSERT:
        j++;
        n_edits++;
        break;
      case EDIT_UNKNOWN:
      default:
        return MAX_EDITS + 1;
      }
  return n_edits;
}

/* Edits right beside each other are one change to listeners: each change costs a view a look at all
 * the rows it has widgets for. The vector is edited where it is, so that it and what listeners were
 * told always agree. */
static void
make_edits (BounceStudyModel *self, GArray *new)
{
  guint i = 0;

  while (i < self->ids->len || i < new->len)
    {
      guint n_removed = 0, n_added = 0;
      Edit edit;

      while ((edit = find_edit (self, self->ids, i + n_removed, new, i + n_added)) != EDIT_NONE)
        if (edit == EDIT_REMOVE)
          n_removed++;
        else
          n_added++;
      if (n_removed > 0)
        g_array_remove_range (self->ids, i, n_removed);
      if (n_added > 0)
        g_array_insert_vals (self->ids, i, &g_array_index (new, gint64, i), n_added);
      if (n_removed + n_added > 0)
        g_list_model_items_changed (G_LIST_MODEL (self), i, n_removed, n_added);
      i += n_added + 1;
    }
}

/**
 * bounce_study_model_merge_ids: (skip)
 * @ids: the rows from now on
 *
 * Returns: whether it was done; %FALSE when there is too much of it
 */
gboolean
bounce_study_model_merge_ids (BounceStudyModel *self, GArray *ids)
{
  gboolean is_small = count_edits (self, ids) <= MAX_EDITS;

  if (is_small)
    make_edits (self, ids);
  g_hash_table_remove_all (self->asked);
  return is_small;
}
