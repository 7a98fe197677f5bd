/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* Tells of studies at most five times a second, as a set. A study of a thousand images changes a
 * thousand times within seconds, and each signal on the bus wakes everybody who watches. What comes
 * alone is told at once; what follows within the interval waits for its end. Main thread only. */

#include "config.h"

#include "bounce-study-throttle.h"

#define INTERVAL_MS 200

struct _BounceStudyThrottle
{
  BounceStudyThrottleFunc func;
  gpointer user_data;
  GHashTable *waiting; /* (owned) (element-type utf8) */
  gboolean is_all;     /* everything is to be read again: single studies no longer matter */
  guint interval;      /* source id; 0 when the next one may be told at once */
};

/**
 * bounce_study_throttle_new:
 * @func: told of studies
 * @user_data: for @func
 *
 * Returns: (transfer full): a throttle with nothing in it
 */
BounceStudyThrottle *
bounce_study_throttle_new (BounceStudyThrottleFunc func, gpointer user_data)
{
  BounceStudyThrottle *self = g_new0 (BounceStudyThrottle, 1);

  self->func = func;
  self->user_data = user_data;
  self->waiting = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  return self;
}

/**
 * bounce_study_throttle_free:
 *
 * What waits is not told any more.
 */
void
bounce_study_throttle_free (BounceStudyThrottle *self)
{
  g_clear_handle_id (&self->interval, g_source_remove);
  g_hash_table_unref (self->waiting);
  g_free (self);
}

static void
tell (BounceStudyThrottle *self)
{
  g_autoptr (GHashTable) told = g_steal_pointer (&self->waiting);
  g_autofree const char **uids = NULL;

  self->waiting = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  if (self->is_all)
    g_hash_table_remove_all (told);
  self->is_all = FALSE;
  uids = (const char **) g_hash_table_get_keys_as_array (told, NULL);
  self->func (uids, self->user_data);
}

static gboolean
interval_over_cb (gpointer user_data)
{
  BounceStudyThrottle *self = user_data;

  if (!self->is_all && g_hash_table_size (self->waiting) == 0)
    {
      self->interval = 0;
      return G_SOURCE_REMOVE;
    }
  tell (self);
  return G_SOURCE_CONTINUE;
}

/**
 * bounce_study_throttle_add:
 * @study_uids: %NULL-terminated; without any for all studies
 *
 * Tells of the studies now or within a fifth of a second.
 *
 * Thread: main
 */
void
bounce_study_throttle_add (BounceStudyThrottle *self, const char *const *study_uids)
{
  self->is_all |= study_uids[0] == NULL;
  for (guint i = 0; study_uids[i] != NULL; i++)
    g_hash_table_add (self->waiting, g_strdup (study_uids[i]));
  if (self->interval != 0)
    return;
  self->interval = g_timeout_add (INTERVAL_MS, interval_over_cb, self);
  tell (self);
}
