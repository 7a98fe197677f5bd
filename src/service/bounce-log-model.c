/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* The log as a list that follows it. Lines come in bursts, so they are shown ten times a second.
 * All lines within the bound are kept, so that a looser filter brings them back.
 *
 * Threads: main. */

#include "config.h"

#include "bounce-log-model.h"

#include "bounce-clock.h"

#include <string.h>

#define SHOW_PERIOD_MS 100

struct _BounceLogLine
{
  GObject parent_instance;

  BounceLogLevel level;
  gint64 time_us;
  char *text; /* (owned) */
};

struct _BounceLogModel
{
  GObject parent_instance;

  GQueue lines;     /* (element-type BounceLogLine) (owned) shown or not, oldest first */
  GQueue waiting;   /* (element-type BounceLogLine) (owned) came since the last look */
  GPtrArray *shown; /* (owned) (element-type BounceLogLine) */
  BounceLogLevel level;
  char *search; /* (owned) (nullable) as it was set */
  char *folded; /* (owned) (nullable) */
  gboolean is_paused;
  guint observer, show_source;
};

static void init_list_model (GListModelInterface *iface);

G_DEFINE_FINAL_TYPE (BounceLogLine, bounce_log_line, G_TYPE_OBJECT)
G_DEFINE_FINAL_TYPE_WITH_CODE (BounceLogModel,
                               bounce_log_model,
                               G_TYPE_OBJECT,
                               G_IMPLEMENT_INTERFACE (G_TYPE_LIST_MODEL, init_list_model))

enum
{
  LINE_PROP_0,
  LINE_PROP_LEVEL,
  LINE_PROP_TIME_US,
  LINE_PROP_TEXT,
  LINE_N_PROPS,
};

enum
{
  PROP_0,
  PROP_LEVEL,
  PROP_SEARCH,
  PROP_PAUSED,
  PROP_N_ITEMS,
  N_PROPS,
};

static GParamSpec *line_properties[LINE_N_PROPS];
static GParamSpec *properties[N_PROPS];

static void
bounce_log_line_get_property (GObject *object, guint id, GValue *value, GParamSpec *pspec)
{
  BounceLogLine *self = BOUNCE_LOG_LINE (object);

  if (id == LINE_PROP_LEVEL)
    g_value_set_int (value, (int) self->level);
  else if (id == LINE_PROP_TIME_US)
    g_value_set_int64 (value, self->time_us);
  else
    g_value_set_string (value, self->text);
}

static void
bounce_log_line_finalize (GObject *object)
{
  g_free (BOUNCE_LOG_LINE (object)->text);
  G_OBJECT_CLASS (bounce_log_line_parent_class)->finalize (object);
}

static void
bounce_log_line_class_init (BounceLogLineClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GParamFlags flags = G_PARAM_READABLE | G_PARAM_STATIC_STRINGS;

  object_class->get_property = bounce_log_line_get_property;
  object_class->finalize = bounce_log_line_finalize;
  line_properties[LINE_PROP_LEVEL] =
      g_param_spec_int ("level", NULL, NULL, 0, BOUNCE_LOG_ERROR, 0, flags);
  line_properties[LINE_PROP_TIME_US] =
      g_param_spec_int64 ("time-us", NULL, NULL, G_MININT64, G_MAXINT64, 0, flags);
  line_properties[LINE_PROP_TEXT] = g_param_spec_string ("text", NULL, NULL, NULL, flags);
  g_object_class_install_properties (object_class, LINE_N_PROPS, line_properties);
}

static void
bounce_log_line_init (BounceLogLine *self)
{
}

/**
 * bounce_log_line_get_level:
 *
 * Returns: how grave it is.
 */
BounceLogLevel
bounce_log_line_get_level (BounceLogLine *self)
{
  g_return_val_if_fail (BOUNCE_IS_LOG_LINE (self), BOUNCE_LOG_DEBUG);

  return self->level;
}

/**
 * bounce_log_line_get_time_us:
 *
 * Returns: when it was written, wall time.
 */
gint64
bounce_log_line_get_time_us (BounceLogLine *self)
{
  g_return_val_if_fail (BOUNCE_IS_LOG_LINE (self), 0);

  return self->time_us;
}

/**
 * bounce_log_line_get_text:
 *
 * Returns: what it says.
 */
const char *
bounce_log_line_get_text (BounceLogLine *self)
{
  g_return_val_if_fail (BOUNCE_IS_LOG_LINE (self), NULL);

  return self->text;
}

static gpointer
bounce_log_model_get_item (GListModel *list, guint position)
{
  GPtrArray *shown = BOUNCE_LOG_MODEL (list)->shown;

  return position < shown->len ? g_object_ref (g_ptr_array_index (shown, position)) : NULL;
}

static guint
bounce_log_model_get_n_items (GListModel *list)
{
  return BOUNCE_LOG_MODEL (list)->shown->len;
}

static GType
bounce_log_model_get_item_type (GListModel *list)
{
  return BOUNCE_TYPE_LOG_LINE;
}

static void
init_list_model (GListModelInterface *iface)
{
  iface->get_item = bounce_log_model_get_item;
  iface->get_n_items = bounce_log_model_get_n_items;
  iface->get_item_type = bounce_log_model_get_item_type;
}

static gboolean
is_shown (BounceLogModel *self, const BounceLogLine *line)
{
  g_autofree char *folded = NULL;

  if (line->level < self->level)
    return FALSE;
  if (self->folded == NULL)
    return TRUE;
  folded = g_utf8_casefold (line->text, -1);
  return strstr (folded, self->folded) != NULL;
}

static void
notify_n_items (BounceLogModel *self)
{
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_N_ITEMS]);
}

/* Drops the oldest lines beyond the bound. */
static void
trim (BounceLogModel *self)
{
  guint n_gone = 0;

  while (self->lines.length > BOUNCE_LOG_MODEL_MAX_LINES)
    {
      g_autoptr (BounceLogLine) line = g_queue_pop_head (&self->lines);

      if (n_gone < self->shown->len && g_ptr_array_index (self->shown, n_gone) == line)
        n_gone++;
    }
  if (n_gone == 0)
    return;
  g_ptr_array_remove_range (self->shown, 0, n_gone);
  g_list_model_items_changed (G_LIST_MODEL (self), 0, n_gone, 0);
}

static void
show_waiting (BounceLogModel *self)
{
  guint before = self->shown->len, added;
  BounceLogLine *line;

  while ((line = g_queue_pop_head (&self->waiting)) != NULL)
    {
      g_queue_push_tail (&self->lines, line);
      if (is_shown (self, line))
        g_ptr_array_add (self->shown, g_object_ref (line));
    }
  added = self->shown->len - before;
  if (added > 0)
    g_list_model_items_changed (G_LIST_MODEL (self), before, 0, added);
  trim (self);
  if (added > 0)
    notify_n_items (self);
}

static gboolean
show_cb (gpointer user_data)
{
  BounceLogModel *self = user_data;

  self->show_source = 0;
  show_waiting (self);
  return G_SOURCE_REMOVE;
}

static void
schedule_show (BounceLogModel *self)
{
  if (self->show_source == 0 && !self->is_paused)
    self->show_source = g_timeout_add (SHOW_PERIOD_MS, show_cb, self);
}

static void
line_written_cb (BounceLogLevel level, gint64 wall_us, const char *text, gpointer user_data)
{
  BounceLogModel *self = user_data;
  BounceLogLine *line = g_object_new (BOUNCE_TYPE_LOG_LINE, NULL);

  line->level = level;
  line->time_us = wall_us;
  line->text = g_utf8_make_valid (text, -1);
  g_queue_push_tail (&self->waiting, line);
  while (self->waiting.length > BOUNCE_LOG_MODEL_MAX_LINES)
    g_object_unref (g_queue_pop_head (&self->waiting));
  schedule_show (self);
}

/* The filter has changed. */
static void
show_again (BounceLogModel *self)
{
  guint before = self->shown->len;

  g_ptr_array_set_size (self->shown, 0);
  for (GList *at = self->lines.head; at != NULL; at = at->next)
    if (is_shown (self, at->data))
      g_ptr_array_add (self->shown, g_object_ref (at->data));
  g_list_model_items_changed (G_LIST_MODEL (self), 0, before, self->shown->len);
  if (before != self->shown->len)
    notify_n_items (self);
}

static void
bounce_log_model_get_property (GObject *object, guint id, GValue *value, GParamSpec *pspec)
{
  BounceLogModel *self = BOUNCE_LOG_MODEL (object);

  switch (id)
    {
    case PROP_LEVEL:
      g_value_set_int (value, (int) self->level);
      break;
    case PROP_SEARCH:
      g_value_set_string (value, self->search);
      break;
    case PROP_PAUSED:
      g_value_set_boolean (value, self->is_paused);
      break;
    case PROP_N_ITEMS:
      g_value_set_uint (value, self->shown->len);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
    }
}

static void
bounce_log_model_set_property (GObject *object, guint id, const GValue *value, GParamSpec *pspec)
{
  BounceLogModel *self = BOUNCE_LOG_MODEL (object);

  switch (id)
    {
    case PROP_LEVEL:
      bounce_log_model_set_level (self, (BounceLogLevel) g_value_get_int (value));
      break;
    case PROP_SEARCH:
      bounce_log_model_set_search (self, g_value_get_string (value));
      break;
    case PROP_PAUSED:
      bounce_log_model_set_paused (self, g_value_get_boolean (value));
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
    }
}

static void
bounce_log_model_dispose (GObject *object)
{
  BounceLogModel *self = BOUNCE_LOG_MODEL (object);

  g_clear_handle_id (&self->observer, bounce_log_remove_observer);
  g_clear_handle_id (&self->show_source, g_source_remove);
  G_OBJECT_CLASS (bounce_log_model_parent_class)->dispose (object);
}

static void
bounce_log_model_finalize (GObject *object)
{
  BounceLogModel *self = BOUNCE_LOG_MODEL (object);

  g_queue_clear_full (&self->lines, g_object_unref);
  g_queue_clear_full (&self->waiting, g_object_unref);
  g_ptr_array_unref (self->shown);
  g_free (self->search);
  g_free (self->folded);
  G_OBJECT_CLASS (bounce_log_model_parent_class)->finalize (object);
}

static void
bounce_log_model_class_init (BounceLogModelClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GParamFlags flags = G_PARAM_READWRITE | G_PARAM_EXPLICIT_NOTIFY | G_PARAM_STATIC_STRINGS;

  object_class->get_property = bounce_log_model_get_property;
  object_class->set_property = bounce_log_model_set_property;
  object_class->dispose = bounce_log_model_dispose;
  object_class->finalize = bounce_log_model_finalize;
  /**
   * BounceLogModel:level: the least #BounceLogLevel that is shown.
   */
  properties[PROP_LEVEL] = g_param_spec_int ("level", NULL, NULL, BOUNCE_LOG_DEBUG,
                                             BOUNCE_LOG_ERROR, BOUNCE_LOG_DEBUG, flags);
  /**
   * BounceLogModel:search: (nullable): what a line must hold, in whatever case.
   */
  properties[PROP_SEARCH] = g_param_spec_string ("search", NULL, NULL, NULL, flags);
  /**
   * BounceLogModel:paused: the list stands still.
   */
  properties[PROP_PAUSED] = g_param_spec_boolean ("paused", NULL, NULL, FALSE, flags);
  /**
   * BounceLogModel:n-items: lines shown.
   */
  properties[PROP_N_ITEMS] = g_param_spec_uint ("n-items", NULL, NULL, 0, G_MAXUINT, 0,
                                                G_PARAM_READABLE | G_PARAM_STATIC_STRINGS);
  g_object_class_install_properties (object_class, N_PROPS, properties);
}

static void
bounce_log_model_init (BounceLogModel *self)
{
  g_queue_init (&self->lines);
  g_queue_init (&self->waiting);
  self->shown = g_ptr_array_new_with_free_func (g_object_unref);
}

/**
 * bounce_log_model_new:
 *
 * Lines from now on; what was written before is in the file.
 *
 * Thread: main
 * Returns: (transfer full): the model
 */
BounceLogModel *
bounce_log_model_new (void)
{
  BounceLogModel *self = g_object_new (BOUNCE_TYPE_LOG_MODEL, NULL);

  self->observer = bounce_log_add_observer (line_written_cb, self, NULL);
  return self;
}

/**
 * bounce_log_model_set_level:
 * @level: the least that is shown
 */
void
bounce_log_model_set_level (BounceLogModel *self, BounceLogLevel level)
{
  g_return_if_fail (BOUNCE_IS_LOG_MODEL (self));

  if (self->level == level)
    return;
  self->level = level;
  show_again (self);
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_LEVEL]);
}

/**
 * bounce_log_model_set_search:
 * @search: (nullable): what a line must hold, in whatever case
 */
void
bounce_log_model_set_search (BounceLogModel *self, const char *search)
{
  g_return_if_fail (BOUNCE_IS_LOG_MODEL (self));

  if (g_strcmp0 (self->search, search) == 0)
    return;
  g_free (self->search);
  g_free (self->folded);
  self->search = g_strdup (search);
  self->folded = search != NULL && *search != '\0' ? g_utf8_casefold (search, -1) : NULL;
  show_again (self);
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_SEARCH]);
}

/**
 * bounce_log_model_set_paused:
 * @is_paused: whether the list stands still; what comes meanwhile is shown afterwards
 */
void
bounce_log_model_set_paused (BounceLogModel *self, gboolean is_paused)
{
  g_return_if_fail (BOUNCE_IS_LOG_MODEL (self));

  is_paused = is_paused ? TRUE : FALSE;
  if (self->is_paused == is_paused)
    return;
  self->is_paused = is_paused;
  if (is_paused)
    g_clear_handle_id (&self->show_source, g_source_remove);
  else
    show_waiting (self);
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_PAUSED]);
}

/**
 * bounce_log_model_get_paused:
 *
 * Returns: whether the list stands still.
 */
gboolean
bounce_log_model_get_paused (BounceLogModel *self)
{
  g_return_val_if_fail (BOUNCE_IS_LOG_MODEL (self), FALSE);

  return self->is_paused;
}

/**
 * bounce_log_model_clear:
 *
 * Empties the list; the file stays.
 */
void
bounce_log_model_clear (BounceLogModel *self)
{
  g_return_if_fail (BOUNCE_IS_LOG_MODEL (self));

  g_queue_clear_full (&self->lines, g_object_unref);
  g_queue_clear_full (&self->waiting, g_object_unref);
  show_again (self);
}

/**
 * bounce_log_model_dup_text:
 *
 * Returns: (transfer full): what is shown, one line each with its time.
 */
char *
bounce_log_model_dup_text (BounceLogModel *self)
{
  GString *text = g_string_new (NULL);

  g_return_val_if_fail (BOUNCE_IS_LOG_MODEL (self), g_string_free (text, FALSE));

  for (guint i = 0; i < self->shown->len; i++)
    {
      const BounceLogLine *line = g_ptr_array_index (self->shown, i);
      g_autofree char *time = bounce_time_to_iso8601 (line->time_us);

      g_string_append_printf (text, "%s %s\n", time, line->text);
    }
  return g_string_free (text, FALSE);
}
