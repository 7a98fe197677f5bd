/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* A list of what was, newest first: the newest few hundred, more when a view asks for them. It is
 * read again half a second after something changed and merged by id, so that rows stay.
 *
 * Threads: main; reading is on the store's reader thread. */

#include "config.h"

#include "bounce-history-model.h"

#include "bounce-service-private.h"

#include "bounce-log.h"

#define PAGE_ROWS        500
#define MAX_ROWS         10000
#define REFRESH_DELAY_MS 500
/* Until what failed is tried again. */
#define RETRY_MS 2000

typedef struct
{
  BounceService *service; /* (owned) */
  char *study_uid;        /* (owned) (nullable) of all */
  char *search;           /* (owned) (nullable) */
  int state;
  GArray *codes;             /* (owned) (nullable) (element-type int) ended by 0 */
  GPtrArray *items;          /* (owned) newest first */
  GCancellable *cancellable; /* (owned) of the reading under way */
  char *error_message;       /* (owned) (nullable) of the last reading */
  guint limit, refresh_source;
  gboolean is_loading, has_more, is_replacing;
} BounceHistoryModelPrivate;

static void init_list_model (GListModelInterface *iface);

G_DEFINE_ABSTRACT_TYPE_WITH_CODE (BounceHistoryModel,
                                  bounce_history_model,
                                  G_TYPE_OBJECT,
                                  G_ADD_PRIVATE (BounceHistoryModel)
                                      G_IMPLEMENT_INTERFACE (G_TYPE_LIST_MODEL, init_list_model))

enum
{
  PROP_0,
  PROP_LOADING,
  PROP_N_ITEMS,
  PROP_HAS_MORE,
  PROP_ERROR_MESSAGE,
  N_PROPS,
};

static GParamSpec *properties[N_PROPS];

#define PRIVATE(self)                                                                              \
  ((BounceHistoryModelPrivate *) bounce_history_model_get_instance_private (self))

static gpointer
bounce_history_model_get_item (GListModel *list, guint position)
{
  BounceHistoryModelPrivate *priv = PRIVATE (BOUNCE_HISTORY_MODEL (list));

  return position < priv->items->len ? g_object_ref (g_ptr_array_index (priv->items, position))
                                     : NULL;
}

static guint
bounce_history_model_get_n_items (GListModel *list)
{
  return PRIVATE (BOUNCE_HISTORY_MODEL (list))->items->len;
}

static GType
bounce_history_model_get_item_type (GListModel *list)
{
  return BOUNCE_HISTORY_MODEL_GET_CLASS (list)->item_type;
}

static void
init_list_model (GListModelInterface *iface)
{
  iface->get_item = bounce_history_model_get_item;
  iface->get_n_items = bounce_history_model_get_n_items;
  iface->get_item_type = bounce_history_model_get_item_type;
}

static void
bounce_history_model_get_property (GObject *object, guint id, GValue *value, GParamSpec *pspec)
{
  BounceHistoryModelPrivate *priv = PRIVATE (BOUNCE_HISTORY_MODEL (object));

  switch (id)
    {
    case PROP_LOADING:
      g_value_set_boolean (value, priv->is_loading);
      break;
    case PROP_N_ITEMS:
      g_value_set_uint (value, priv->items->len);
      break;
    case PROP_HAS_MORE:
      g_value_set_boolean (value, priv->has_more);
      break;
    case PROP_ERROR_MESSAGE:
      g_value_set_string (value, priv->error_message);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
    }
}

static void
bounce_history_model_dispose (GObject *object)
{
  BounceHistoryModelPrivate *priv = PRIVATE (BOUNCE_HISTORY_MODEL (object));

  g_cancellable_cancel (priv->cancellable);
  g_clear_handle_id (&priv->refresh_source, g_source_remove);
  G_OBJECT_CLASS (bounce_history_model_parent_class)->dispose (object);
}

static void
bounce_history_model_finalize (GObject *object)
{
  BounceHistoryModelPrivate *priv = PRIVATE (BOUNCE_HISTORY_MODEL (object));

  g_clear_object (&priv->service);
  g_clear_object (&priv->cancellable);
  g_free (priv->study_uid);
  g_free (priv->search);
  g_free (priv->error_message);
  g_clear_pointer (&priv->codes, g_array_unref);
  g_ptr_array_unref (priv->items);
  G_OBJECT_CLASS (bounce_history_model_parent_class)->finalize (object);
}

static void
bounce_history_model_class_init (BounceHistoryModelClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GParamFlags flags = G_PARAM_READABLE | G_PARAM_STATIC_STRINGS;

  object_class->get_property = bounce_history_model_get_property;
  object_class->dispose = bounce_history_model_dispose;
  object_class->finalize = bounce_history_model_finalize;
  /**
   * BounceHistoryModel:loading: rows are being read for another filter or for more of them.
   */
  properties[PROP_LOADING] = g_param_spec_boolean ("loading", NULL, NULL, FALSE, flags);
  /**
   * BounceHistoryModel:n-items: rows so far.
   */
  properties[PROP_N_ITEMS] = g_param_spec_uint ("n-items", NULL, NULL, 0, G_MAXUINT, 0, flags);
  /**
   * BounceHistoryModel:has-more: there are older ones.
   */
  properties[PROP_HAS_MORE] = g_param_spec_boolean ("has-more", NULL, NULL, FALSE, flags);
  /**
   * BounceHistoryModel:error-message: (nullable): why rows are missing or out of date; it is tried
   * again until it is %NULL.
   */
  properties[PROP_ERROR_MESSAGE] = g_param_spec_string ("error-message", NULL, NULL, NULL, flags);
  g_object_class_install_properties (object_class, N_PROPS, properties);
}

static void
bounce_history_model_init (BounceHistoryModel *self)
{
  BounceHistoryModelPrivate *priv = PRIVATE (self);

  priv->items = g_ptr_array_new_with_free_func (g_object_unref);
  priv->cancellable = g_cancellable_new ();
  priv->state = BOUNCE_HISTORY_ALL_STATES;
  priv->limit = PAGE_ROWS;
}

static gboolean refresh_cb (gpointer user_data);

static void
replace_rows (BounceHistoryModel *self, GPtrArray *rows)
{
  BounceHistoryModelPrivate *priv = PRIVATE (self);
  BounceHistoryModelClass *klass = BOUNCE_HISTORY_MODEL_GET_CLASS (self);
  guint before = priv->items->len;

  g_ptr_array_set_size (priv->items, 0);
  for (guint i = 0; i < rows->len; i++)
    g_ptr_array_add (priv->items, klass->make_item (g_ptr_array_index (rows, i)));
  g_list_model_items_changed (G_LIST_MODEL (self), 0, before, rows->len);
}

/* Both lists have falling ids. */
static void
merge_rows (BounceHistoryModel *self, GPtrArray *rows)
{
  BounceHistoryModelPrivate *priv = PRIVATE (self);
  BounceHistoryModelClass *klass = BOUNCE_HISTORY_MODEL_GET_CLASS (self);
  guint position = 0, next = 0;

  while (position < priv->items->len || next < rows->len)
    {
      gpointer item =
          position < priv->items->len ? g_ptr_array_index (priv->items, position) : NULL;
      gpointer row = next < rows->len ? g_ptr_array_index (rows, next) : NULL;

      if (item != NULL && row != NULL && klass->get_item_id (item) == klass->get_row_id (row))
        {
          klass->update_item (item, row);
          position++;
          next++;
        }
      else if (row == NULL || (item != NULL && klass->get_item_id (item) > klass->get_row_id (row)))
        {
          g_ptr_array_remove_index (priv->items, position);
          g_list_model_items_changed (G_LIST_MODEL (self), position, 1, 0);
        }
      else
        {
          g_ptr_array_insert (priv->items, (int) position, klass->make_item (row));
          g_list_model_items_changed (G_LIST_MODEL (self), position++, 0, 1);
          next++;
        }
    }
}

static void
set_flag (BounceHistoryModel *self, gboolean *flag, gboolean value, guint property)
{
  if (*flag == value)
    return;
  *flag = value;
  g_object_notify_by_pspec (G_OBJECT (self), properties[property]);
}

static void
take_rows (BounceHistoryModel *self, GPtrArray *rows)
{
  BounceHistoryModelPrivate *priv = PRIVATE (self);
  guint before = priv->items->len;
  gboolean has_more = rows->len > priv->limit;

  if (has_more)
    g_ptr_array_set_size (rows, (int) priv->limit);
  g_ptr_array_set_free_func (rows, NULL);
  if (priv->is_replacing)
    replace_rows (self, rows);
  else
    merge_rows (self, rows);
  priv->is_replacing = FALSE;
  set_flag (self, &priv->has_more, has_more && priv->limit < MAX_ROWS, PROP_HAS_MORE);
  if (before != priv->items->len)
    g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_N_ITEMS]);
}

static void
schedule_read (BounceHistoryModel *self, guint delay_ms)
{
  BounceHistoryModelPrivate *priv = PRIVATE (self);

  if (priv->refresh_source == 0)
    priv->refresh_source = g_timeout_add (delay_ms, refresh_cb, self);
}

/* Told once, until reading works again. */
static void
take_outcome (BounceHistoryModel *self, const GError *error)
{
  BounceHistoryModelPrivate *priv = PRIVATE (self);

  if (error != NULL)
    schedule_read (self, RETRY_MS);
  if (error != NULL && priv->error_message == NULL)
    bounce_log (BOUNCE_LOG_WARNING, "The activity cannot be read: %s", error->message);
  if (g_strcmp0 (priv->error_message, error != NULL ? error->message : NULL) == 0)
    return;
  g_free (priv->error_message);
  priv->error_message = error != NULL ? g_strdup (error->message) : NULL;
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_ERROR_MESSAGE]);
}

static void
rows_read_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (BounceHistoryModel) self = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) rows = bounce_store_search_finish (BOUNCE_STORE (source), result, &error);

  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    return; /* another reading has taken over */
  if (rows != NULL)
    take_rows (self, rows);
  take_outcome (self, error);
  set_flag (self, &PRIVATE (self)->is_loading, FALSE, PROP_LOADING);
}

static void
read_rows (BounceHistoryModel *self)
{
  BounceHistoryModelPrivate *priv = PRIVATE (self);
  /* One more than shown tells whether there are more. */
  BounceHistoryQuery query = { .study_uid = priv->study_uid,
                               .search = priv->search,
                               .state = priv->state,
                               .codes =
                                   priv->codes ? (const int *) (gpointer) priv->codes->data : NULL,
                               .limit = priv->limit + 1 };

  g_cancellable_cancel (priv->cancellable);
  g_object_unref (priv->cancellable);
  priv->cancellable = g_cancellable_new ();
  BOUNCE_HISTORY_MODEL_GET_CLASS (self)->search_async (
      priv->service->store, &query, priv->cancellable, rows_read_cb, g_object_ref (self));
}

static gboolean
refresh_cb (gpointer user_data)
{
  BounceHistoryModel *self = user_data;

  PRIVATE (self)->refresh_source = 0;
  read_rows (self);
  return G_SOURCE_REMOVE;
}

/**
 * bounce_history_model_refresh: (skip)
 *
 * Something changed: reads again soon.
 */
void
bounce_history_model_refresh (BounceHistoryModel *self)
{
  schedule_read (self, REFRESH_DELAY_MS);
}

/**
 * bounce_history_model_start: (skip)
 * @study_uid: (nullable): of all
 *
 * Reads for the first time.
 */
void
bounce_history_model_start (BounceHistoryModel *self, BounceService *service, const char *study_uid)
{
  BounceHistoryModelPrivate *priv = PRIVATE (self);

  priv->service = g_object_ref (service);
  priv->study_uid = g_strdup (study_uid);
  priv->is_loading = priv->is_replacing = TRUE;
  read_rows (self);
}

/**
 * bounce_history_model_set_filter: (skip)
 * @codes: (nullable): ended by 0
 * @search: (nullable): not folded
 */
void
bounce_history_model_set_filter (BounceHistoryModel *self,
                                 int state,
                                 const int *codes,
                                 const char *search)
{
  BounceHistoryModelPrivate *priv = PRIVATE (self);

  priv->state = state;
  g_free (priv->search);
  priv->search = g_strdup (search);
  g_clear_pointer (&priv->codes, g_array_unref);
  if (codes != NULL)
    {
      priv->codes = g_array_new (TRUE, FALSE, sizeof (int));
      for (; *codes != 0; codes++)
        g_array_append_val (priv->codes, *codes);
    }
  priv->limit = PAGE_ROWS;
  priv->is_replacing = TRUE;
  set_flag (self, &priv->is_loading, TRUE, PROP_LOADING);
  read_rows (self);
}

/**
 * bounce_history_model_load_more: (skip)
 *
 * Reads older rows, too.
 */
void
bounce_history_model_load_more (BounceHistoryModel *self)
{
  BounceHistoryModelPrivate *priv = PRIVATE (self);

  if (!priv->has_more || priv->is_loading)
    return;
  priv->limit = MIN (priv->limit + PAGE_ROWS, MAX_ROWS);
  set_flag (self, &priv->is_loading, TRUE, PROP_LOADING);
  read_rows (self);
}

/**
 * bounce_history_model_get_study_uid: (skip)
 *
 * Returns: (nullable): whose history; %NULL: of all
 */
const char *
bounce_history_model_get_study_uid (BounceHistoryModel *self)
{
  return PRIVATE (self)->study_uid;
}
