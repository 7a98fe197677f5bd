/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* The items of the study table. An item lives while a view holds it or it is one of the last
 * fetched; while it lives it is the only one for its study and follows the database, its upload and
 * the clock.
 *
 * Threads: main only. Rows are read there, a page at a time (design section 9). */

#include "config.h"

#include "bounce-study-model-private.h"

/* Eight pages: what a view shows, twice over in each direction. */
#define MAX_RECENT (8 * BOUNCE_STORE_PAGE_ROWS)

typedef struct
{
  gint64 id;
  BounceStudyItem *item;   /* (not owned): weak */
  BounceStudyModel *model; /* (not owned) */
  gboolean is_unread;      /* the item is empty because it could not be read */
} Row;

static void
item_gone_cb (gpointer user_data, GObject *item)
{
  Row *row = user_data;

  g_hash_table_remove (row->model->rows, &row->id);
}

static void
add_row (BounceStudyModel *self, gint64 id, BounceStudyItem *item)
{
  Row *row = g_new0 (Row, 1);

  row->id = id;
  row->item = item;
  row->model = self;
  g_hash_table_replace (self->rows, &row->id, row);
  g_object_weak_ref (G_OBJECT (item), item_gone_cb, row);
}

/* The value taken over; item is among the recent ones afterwards. */
static void
make_item (BounceStudyModel *self, gint64 id, BounceStudy *study)
{
  BounceStudyItem *item = bounce_study_item_new (study);
  BounceStudyProgress *upload =
      study != NULL ? g_hash_table_lookup (self->uploads, study->study_uid) : NULL;

  if (upload != NULL)
    bounce_study_item_set_progress (item, upload);
  add_row (self, id, item);
  g_queue_push_tail (&self->recent, item);
  while (self->recent.length > MAX_RECENT)
    g_object_unref (g_queue_pop_head (&self->recent));
}

/* The ids of a page that have no item. */
static guint
collect_missing (BounceStudyModel *self, guint position, gint64 *ids)
{
  guint first = position - position % BOUNCE_STORE_PAGE_ROWS;
  guint end = MIN (first + BOUNCE_STORE_PAGE_ROWS, self->ids->len);
  guint n_ids = 0;

  for (guint i = first; i < end; i++)
    {
      gint64 id = g_array_index (self->ids, gint64, i);

      if (!g_hash_table_contains (self->rows, &id))
        ids[n_ids++] = id;
    }
  return n_ids;
}

static GPtrArray *
read_studies (BounceStudyModel *self, const gint64 *ids, guint n_ids, GError **error)
{
  GPtrArray *studies = bounce_store_read_studies_sync (self->store, ids, n_ids, error);

  if (studies != NULL)
    g_ptr_array_set_free_func (studies, NULL);
  return studies;
}

static Row *
find_row (BounceStudyModel *self, gint64 id)
{
  return g_hash_table_lookup (self->rows, &id);
}

/* Makes items of rows that have none. What cannot be read is empty until it can; a view is in the
 * middle of something, so that it is told later. */
static void
fetch (BounceStudyModel *self, const gint64 *ids, guint n_ids)
{
  g_autoptr (GPtrArray) studies = read_studies (self, ids, n_ids, NULL);

  for (guint i = 0; i < n_ids; i++)
    {
      make_item (self, ids[i], studies != NULL ? g_ptr_array_index (studies, i) : NULL);
      if (studies == NULL)
        find_row (self, ids[i])->is_unread = TRUE;
    }
  if (studies == NULL)
    bounce_study_model_read_soon (self);
}

static guint
collect_unread (BounceStudyModel *self, gint64 *ids)
{
  GHashTableIter iter;
  gpointer row;
  guint n_ids = 0;

  g_hash_table_iter_init (&iter, self->rows);
  while (n_ids < BOUNCE_STORE_PAGE_ROWS && g_hash_table_iter_next (&iter, NULL, &row))
    {
      if (((Row *) row)->is_unread)
        ids[n_ids++] = ((Row *) row)->id;
    }
  return n_ids;
}

/* Takes study: (nullable) gone meanwhile. A listener may have dropped the item. */
static void
fill_row (BounceStudyModel *self, gint64 id, BounceStudy *study)
{
  Row *row = find_row (self, id);

  if (row != NULL)
    row->is_unread = FALSE;
  if (study != NULL)
    bounce_study_model_show_study (self, study);
}

/**
 * bounce_study_model_read_unread: (skip)
 *
 * Reads what could not be read when a view asked for it.
 *
 * Errors: #BounceStoreError
 * Returns: whether nothing is missing any more
 */
gboolean
bounce_study_model_read_unread (BounceStudyModel *self, GError **error)
{
  gint64 ids[BOUNCE_STORE_PAGE_ROWS];
  guint n_ids;

  while ((n_ids = collect_unread (self, ids)) > 0)
    {
      g_autoptr (GPtrArray) studies = read_studies (self, ids, n_ids, error);

      if (studies == NULL)
        return FALSE;
      for (guint i = 0; i < n_ids; i++)
        fill_row (self, ids[i], g_ptr_array_index (studies, i));
    }
  return TRUE;
}

/**
 * bounce_study_model_peek:
 * @id: of a study
 *
 * Returns: (transfer none) (nullable): the study's item, if there is one at present
 */
BounceStudyItem *
bounce_study_model_peek (BounceStudyModel *self, gint64 id)
{
  Row *row;

  g_return_val_if_fail (BOUNCE_IS_STUDY_MODEL (self), NULL);

  row = find_row (self, id);
  return row != NULL ? row->item : NULL;
}

/**
 * bounce_study_model_ref_item: (skip)
 * @position: of a row that is there
 *
 * Returns: (transfer full): its item, with its whole page if need be
 */
BounceStudyItem *
bounce_study_model_ref_item (BounceStudyModel *self, guint position)
{
  gint64 id = g_array_index (self->ids, gint64, position);
  gint64 ids[BOUNCE_STORE_PAGE_ROWS];

  if (bounce_study_model_peek (self, id) == NULL)
    fetch (self, ids, collect_missing (self, position, ids));
  return g_object_ref (bounce_study_model_peek (self, id));
}

/**
 * bounce_study_model_ref_study:
 * @id: of a study, among the rows or not
 *
 * Returns: (transfer full): the study's item, read if need be; empty when the study is gone
 */
BounceStudyItem *
bounce_study_model_ref_study (BounceStudyModel *self, gint64 id)
{
  g_return_val_if_fail (BOUNCE_IS_STUDY_MODEL (self), NULL);

  if (bounce_study_model_peek (self, id) == NULL)
    fetch (self, &id, 1);
  return g_object_ref (bounce_study_model_peek (self, id));
}

/**
 * bounce_study_model_forget_rows: (skip)
 *
 * Items that views still hold live on, but follow nothing.
 */
void
bounce_study_model_forget_rows (BounceStudyModel *self)
{
  GHashTableIter iter;
  gpointer row;

  g_hash_table_iter_init (&iter, self->rows);
  while (g_hash_table_iter_next (&iter, NULL, &row))
    g_object_weak_unref (G_OBJECT (((Row *) row)->item), item_gone_cb, row);
  g_hash_table_remove_all (self->rows);
  g_queue_clear_full (&self->recent, g_object_unref);
}

/**
 * bounce_study_model_show_study: (skip)
 * @study: (transfer full): as it is now
 */
void
bounce_study_model_show_study (BounceStudyModel *self, BounceStudy *study)
{
  BounceStudyItem *item = bounce_study_model_peek (self, study->id);
  gboolean is_uploading = g_strcmp0 (study->status, "UPLOADING") == 0;

  if (!is_uploading)
    g_hash_table_remove (self->uploads, study->study_uid);
  if (item == NULL)
    {
      bounce_study_free (study);
      return;
    }
  bounce_study_item_take_study (item, study);
  if (!is_uploading)
    bounce_study_item_set_progress (item, NULL);
}

static BounceStudyItem *
find_item (BounceStudyModel *self, const char *study_uid)
{
  GHashTableIter iter;
  gpointer row;

  g_hash_table_iter_init (&iter, self->rows);
  while (g_hash_table_iter_next (&iter, NULL, &row))
    if (g_strcmp0 (bounce_study_item_get_study (((Row *) row)->item)->study_uid, study_uid) == 0)
      return ((Row *) row)->item;
  return NULL;
}

/**
 * bounce_study_model_take_progress: (skip)
 * @percent: not needed
 *
 * A report of an upload.
 */
void
bounce_study_model_take_progress (
    BounceStudyModel *self, const char *study_uid, guint64 uploaded, guint64 total, double percent)
{
  BounceStudyProgress *upload = g_hash_table_lookup (self->uploads, study_uid);
  BounceStudyItem *item = find_item (self, study_uid);

  if (upload == NULL)
    {
      upload = g_new0 (BounceStudyProgress, 1);
      g_hash_table_insert (self->uploads, g_strdup (study_uid), upload);
    }
  bounce_study_progress_update (upload, uploaded, total, g_get_monotonic_time ());
  if (item != NULL)
    bounce_study_item_set_progress (item, upload);
}

/**
 * bounce_study_model_tick: (skip)
 *
 * Times that lie ahead come nearer.
 */
void
bounce_study_model_tick (BounceStudyModel *self)
{
  gint64 now_us = bounce_clock_get_wall_us (self->service->clock);
  GHashTableIter iter;
  gpointer row;
  g_autoptr (GPtrArray) items = g_ptr_array_new_with_free_func (g_object_unref);

  /* A listener may fetch or drop items: the table is not walked while they are told. */
  g_hash_table_iter_init (&iter, self->rows);
  while (g_hash_table_iter_next (&iter, NULL, &row))
    g_ptr_array_add (items, g_object_ref (((Row *) row)->item));
  for (guint i = 0; i < items->len; i++)
    bounce_study_item_tick (g_ptr_array_index (items, i), now_us);
}
