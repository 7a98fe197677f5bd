/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* The study table: a vector of row ids in the order of a query, and items made of pages of rows as
 * a view asks for them. A hundred thousand studies are 800 KB of ids and about a thousand items.
 *
 * The items are in -rows.c, queries and changes in -updates.c, small changes of the order in
 * -merge.c.
 *
 * Threads: main only. */

#include "config.h"

#include "bounce-study-model-private.h"

enum
{
  PROP_0,
  PROP_LOADING,
  PROP_N_ITEMS,
  PROP_ERROR_MESSAGE,
  N_PROPS,
};

enum
{
  QUERY_BEGIN,
  QUERY_END,
  N_SIGNALS,
};

static GParamSpec *properties[N_PROPS];
static guint signals[N_SIGNALS];

static void init_list_model (GListModelInterface *iface);

G_DEFINE_FINAL_TYPE_WITH_CODE (BounceStudyModel,
                               bounce_study_model,
                               G_TYPE_OBJECT,
                               G_IMPLEMENT_INTERFACE (G_TYPE_LIST_MODEL, init_list_model))

static gpointer
bounce_study_model_get_item (GListModel *list, guint position)
{
  BounceStudyModel *self = BOUNCE_STUDY_MODEL (list);

  if (position >= self->ids->len)
    return NULL;
  return bounce_study_model_ref_item (self, position);
}

static guint
bounce_study_model_get_n_items (GListModel *list)
{
  return BOUNCE_STUDY_MODEL (list)->ids->len;
}

static GType
bounce_study_model_get_item_type (GListModel *list)
{
  return BOUNCE_TYPE_STUDY_ITEM;
}

static void
init_list_model (GListModelInterface *iface)
{
  iface->get_item = bounce_study_model_get_item;
  iface->get_n_items = bounce_study_model_get_n_items;
  iface->get_item_type = bounce_study_model_get_item_type;
}

static void
bounce_study_model_get_property (GObject *object, guint id, GValue *value, GParamSpec *pspec)
{
  BounceStudyModel *self = BOUNCE_STUDY_MODEL (object);

  switch (id)
    {
    case PROP_LOADING:
      g_value_set_boolean (value, self->is_loading);
      break;
    case PROP_N_ITEMS:
      g_value_set_uint (value, self->ids->len);
      break;
    case PROP_ERROR_MESSAGE:
      g_value_set_string (value, self->error_message);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
    }
}

static void
clear_query (BounceStudyQuery *query)
{
  g_free ((char *) query->search);
  g_free ((char *) query->status);
  g_free ((char *) query->modality);
  g_free ((char *) query->sort);
  *query = (BounceStudyQuery){ 0 };
}

static void
bounce_study_model_dispose (GObject *object)
{
  BounceStudyModel *self = BOUNCE_STUDY_MODEL (object);

  bounce_study_model_stop (self);
  bounce_study_model_forget_rows (self);
  g_clear_object (&self->store);
  g_clear_object (&self->service);
  G_OBJECT_CLASS (bounce_study_model_parent_class)->dispose (object);
}

static void
bounce_study_model_finalize (GObject *object)
{
  BounceStudyModel *self = BOUNCE_STUDY_MODEL (object);

  clear_query (&self->query);
  g_array_unref (self->ids);
  g_hash_table_unref (self->rows);
  g_hash_table_unref (self->uploads);
  g_hash_table_unref (self->changed);
  g_strfreev (self->looked_up);
  g_hash_table_unref (self->places);
  g_hash_table_unref (self->touched);
  g_hash_table_unref (self->asked);
  g_object_unref (self->cancel);
  g_free (self->error_message);
  G_OBJECT_CLASS (bounce_study_model_parent_class)->finalize (object);
}

static void
bounce_study_model_class_init (BounceStudyModelClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GParamFlags flags = G_PARAM_READABLE | G_PARAM_STATIC_STRINGS;

  object_class->get_property = bounce_study_model_get_property;
  object_class->dispose = bounce_study_model_dispose;
  object_class->finalize = bounce_study_model_finalize;
  /**
   * BounceStudyModel:loading: a query that was asked for runs; the rows are those before it.
   */
  properties[PROP_LOADING] = g_param_spec_boolean ("loading", NULL, NULL, FALSE, flags);
  /**
   * BounceStudyModel:n-items: how many studies match.
   */
  properties[PROP_N_ITEMS] = g_param_spec_uint ("n-items", NULL, NULL, 0, G_MAXUINT, 0, flags);
  /**
   * BounceStudyModel:error-message: (nullable): why rows are missing or out of date; it is tried
   * again until it is %NULL.
   */
  properties[PROP_ERROR_MESSAGE] = g_param_spec_string ("error-message", NULL, NULL, NULL, flags);
  g_object_class_install_properties (object_class, N_PROPS, properties);
  /**
   * BounceStudyModel::query-begin: all rows are about to be exchanged.
   */
  signals[QUERY_BEGIN] = g_signal_new ("query-begin", BOUNCE_TYPE_STUDY_MODEL, G_SIGNAL_RUN_LAST, 0,
                                       NULL, NULL, NULL, G_TYPE_NONE, 0);
  /**
   * BounceStudyModel::query-end: all rows have been exchanged.
   */
  signals[QUERY_END] = g_signal_new ("query-end", BOUNCE_TYPE_STUDY_MODEL, G_SIGNAL_RUN_LAST, 0,
                                     NULL, NULL, NULL, G_TYPE_NONE, 0);
}

static void
bounce_study_model_init (BounceStudyModel *self)
{
  self->ids = g_array_new (FALSE, FALSE, sizeof (gint64));
  self->rows = g_hash_table_new_full (g_int64_hash, g_int64_equal, NULL, g_free);
  self->uploads = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  self->changed = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  self->places = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  self->touched = g_hash_table_new_full (g_int64_hash, g_int64_equal, g_free, NULL);
  self->asked = g_hash_table_new_full (g_int64_hash, g_int64_equal, g_free, NULL);
  self->cancel = g_cancellable_new ();
  g_queue_init (&self->recent);
}

/**
 * bounce_study_model_set_loading: (skip)
 */
void
bounce_study_model_set_loading (BounceStudyModel *self, gboolean is_loading)
{
  if (self->is_loading == is_loading)
    return;
  self->is_loading = is_loading;
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_LOADING]);
}

/**
 * bounce_study_model_set_error: (skip)
 * @message: (nullable): none
 */
void
bounce_study_model_set_error (BounceStudyModel *self, const char *message)
{
  if (g_strcmp0 (self->error_message, message) == 0)
    return;
  g_free (self->error_message);
  self->error_message = g_strdup (message);
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_ERROR_MESSAGE]);
}

/**
 * bounce_study_model_replace_ids: (skip)
 * @ids: (transfer none): the rows from now on
 *
 * Exchanges everything, as one change between query-begin and query-end; or row by row, when
 * little is different for another reason than a query.
 */
void
bounce_study_model_replace_ids (BounceStudyModel *self, GArray *ids)
{
  guint before = self->ids->len;

  if (self->is_loading || !bounce_study_model_merge_ids (self, ids))
    {
      g_signal_emit (self, signals[QUERY_BEGIN], 0);
      g_array_unref (self->ids);
      self->ids = g_array_ref (ids);
      g_list_model_items_changed (G_LIST_MODEL (self), 0, before, ids->len);
      g_signal_emit (self, signals[QUERY_END], 0);
    }
  if (before != self->ids->len)
    g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_N_ITEMS]);
}

static gboolean
tick_cb (gpointer user_data)
{
  bounce_study_model_tick (user_data);
  return G_SOURCE_CONTINUE;
}

/**
 * bounce_study_model_new:
 * @service: whose studies
 *
 * All studies, the latest first, once its first query is done; #BounceStudyModel:loading tells.
 *
 * Thread: main
 * Returns: (transfer full): the model
 */
BounceStudyModel *
bounce_study_model_new (BounceService *service)
{
  BounceStudyModel *self;

  g_return_val_if_fail (BOUNCE_IS_SERVICE (service), NULL);

  self = g_object_new (BOUNCE_TYPE_STUDY_MODEL, NULL);
  self->service = g_object_ref (service);
  self->store = g_object_ref (service->store);
  self->query.sort = g_strdup ("received");
  self->query.descending = TRUE;
  self->tick_source = g_timeout_add_seconds (1, tick_cb, self);
  g_signal_connect_object (service, "upload-progress",
                           G_CALLBACK (bounce_study_model_take_progress), self, G_CONNECT_SWAPPED);
  bounce_study_model_follow (self);
  bounce_study_model_start_query (self);
  return self;
}

/**
 * bounce_study_model_set_query:
 * @query: copied; page and limit are not looked at, no sort stands for "received"
 *
 * Starts a query; one that runs is given up. The rows stay until the answer is there.
 *
 * Thread: main
 */
void
bounce_study_model_set_query (BounceStudyModel *self, const BounceStudyQuery *query)
{
  BounceStudyQuery copy = { 0 };

  g_return_if_fail (BOUNCE_IS_STUDY_MODEL (self));
  g_return_if_fail (query != NULL);

  copy.search = g_strdup (query->search);
  copy.status = g_strdup (query->status);
  copy.modality = g_strdup (query->modality);
  copy.sort = g_strdup (query->sort);
  copy.descending = query->descending;
  clear_query (&self->query);
  self->query = copy;
  bounce_study_model_start_query (self);
}

/**
 * bounce_study_model_get_query:
 *
 * Returns: (transfer none): the last one set.
 */
const BounceStudyQuery *
bounce_study_model_get_query (BounceStudyModel *self)
{
  g_return_val_if_fail (BOUNCE_IS_STUDY_MODEL (self), NULL);

  return &self->query;
}

/**
 * bounce_study_model_is_loading:
 *
 * Returns: whether the rows are still those of an earlier query.
 */
gboolean
bounce_study_model_is_loading (BounceStudyModel *self)
{
  g_return_val_if_fail (BOUNCE_IS_STUDY_MODEL (self), FALSE);

  return self->is_loading;
}

/**
 * bounce_study_model_get_id_at:
 * @position: of a row
 *
 * Returns: the study's id, without making an item; 0 when there is no such row.
 */
gint64
bounce_study_model_get_id_at (BounceStudyModel *self, guint position)
{
  g_return_val_if_fail (BOUNCE_IS_STUDY_MODEL (self), 0);

  return position < self->ids->len ? g_array_index (self->ids, gint64, position) : 0;
}

/**
 * bounce_study_model_get_ids:
 * @n_ids: (out): how many
 *
 * Returns: (transfer none) (array length=n_ids): all rows in order, until the next change
 */
const gint64 *
bounce_study_model_get_ids (BounceStudyModel *self, guint *n_ids)
{
  g_return_val_if_fail (BOUNCE_IS_STUDY_MODEL (self), NULL);

  *n_ids = self->ids->len;
  return (const gint64 *) (gpointer) self->ids->data;
}

/**
 * bounce_study_model_find:
 * @id: of a study
 * @position: (out) (optional): its row
 *
 * A walk over the ids: 30 µs for a hundred thousand.
 *
 * Returns: whether the study is among the rows
 */
gboolean
bounce_study_model_find (BounceStudyModel *self, gint64 id, guint *position)
{
  g_return_val_if_fail (BOUNCE_IS_STUDY_MODEL (self), FALSE);

  for (guint i = 0; i < self->ids->len; i++)
    {
      if (g_array_index (self->ids, gint64, i) != id)
        continue;
      if (position != NULL)
        *position = i;
      return TRUE;
    }
  return FALSE;
}

static void
studies_summed_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  GError *error = NULL;
  BounceStudySum *sum = bounce_store_sum_studies_finish (BOUNCE_STORE (source), result, &error);

  if (sum != NULL)
    g_task_return_pointer (task, sum, (GDestroyNotify) bounce_study_sum_free);
  else
    g_task_return_error (task, error);
}

/**
 * bounce_study_model_sum_async:
 * @ids: (array length=n_ids): of studies, copied
 *
 * What the studies amount to and what of them is not delivered, for a confirmation, and their UIDs.
 *
 * Thread: main
 */
void
bounce_study_model_sum_async (BounceStudyModel *self,
                              const gint64 *ids,
                              guint n_ids,
                              GCancellable *cancellable,
                              GAsyncReadyCallback callback,
                              gpointer user_data)
{
  GTask *task;

  g_return_if_fail (BOUNCE_IS_STUDY_MODEL (self));

  task = g_task_new (self, cancellable, callback, user_data);
  g_task_set_source_tag (task, bounce_study_model_sum_async);
  bounce_store_sum_studies_async (self->store, ids, n_ids, cancellable, studies_summed_cb, task);
}

/**
 * bounce_study_model_sum_finish:
 *
 * Thread: main
 * Errors: %G_IO_ERROR_CANCELLED, #BounceStoreError
 * Returns: (transfer full): the sum
 */
BounceStudySum *
bounce_study_model_sum_finish (BounceStudyModel *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), NULL);

  return g_task_propagate_pointer (G_TASK (result), error);
}
