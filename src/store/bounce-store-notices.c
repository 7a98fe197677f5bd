/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* What changed, gathered on the writer's thread and told on the main context as a coalescing set: a
 * thousand arrivals of one study between two turns of the main loop are one signal.
 *
 * What is gathered becomes ready only after the commit: main, already on its way for an earlier
 * change, would otherwise take it along, read rows that do not show it yet, and never look again.
 */

#include "config.h"

#include "bounce-store-private.h"

typedef struct
{
  GHashTable *studies; /* (owned) (element-type utf8) */
  GHashTable *queued;  /* (owned) (element-type utf8) */
  gboolean has_queue;
  gboolean has_events;
} Changes;

struct _BounceNotices
{
  GWeakRef store;
  GMainContext *context;

  GMutex mutex;
  Changes gathered; /* (lock mutex) not committed yet */
  Changes ready;    /* (lock mutex) */
  GSource *source;  /* (owned) (nullable) (lock mutex) waiting to be dispatched */
};

static void
init_changes (Changes *self)
{
  self->studies = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  self->queued = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
}

static void
clear_changes (Changes *self)
{
  g_hash_table_unref (self->studies);
  g_hash_table_unref (self->queued);
}

static gboolean
is_any_change (const Changes *self)
{
  return self->has_queue || self->has_events || g_hash_table_size (self->studies) > 0
         || g_hash_table_size (self->queued) > 0;
}

static void
move_uids (GHashTable *to, GHashTable *from)
{
  GHashTableIter iter;
  gpointer uid;

  g_hash_table_iter_init (&iter, from);
  while (g_hash_table_iter_next (&iter, &uid, NULL))
    {
      g_hash_table_iter_steal (&iter);
      g_hash_table_add (to, uid);
    }
}

static void
move_changes (Changes *to, Changes *from)
{
  move_uids (to->studies, from->studies);
  move_uids (to->queued, from->queued);
  to->has_queue |= from->has_queue;
  to->has_events |= from->has_events;
  from->has_queue = from->has_events = FALSE;
}

/* Returns: (transfer full) an empty set that tells the store, on its context. */
BounceNotices *
bounce_notices_new (BounceStore *store)
{
  BounceNotices *self = g_atomic_rc_box_new0 (BounceNotices);

  g_weak_ref_init (&self->store, store);
  self->context = g_main_context_ref (store->context);
  g_mutex_init (&self->mutex);
  init_changes (&self->gathered);
  init_changes (&self->ready);
  return self;
}

static void
clear_notices (gpointer data)
{
  BounceNotices *self = data;

  g_clear_pointer (&self->source, g_source_unref);
  g_weak_ref_clear (&self->store);
  clear_changes (&self->gathered);
  clear_changes (&self->ready);
  g_main_context_unref (self->context);
  g_mutex_clear (&self->mutex);
}

static void
release_notices (gpointer data)
{
  g_atomic_rc_box_release_full (data, clear_notices);
}

/* The writer having ended. What still waits for main to be told is dropped. Thread: any. */
void
bounce_notices_free (BounceNotices *self)
{
  g_autoptr (GSource) source = NULL;

  g_mutex_lock (&self->mutex);
  source = g_steal_pointer (&self->source);
  g_mutex_unlock (&self->mutex);
  if (source)
    g_source_destroy (source);
  release_notices (self);
}

static void
add_uid (BounceNotices *self, GHashTable *set, const char *study_uid)
{
  g_autoptr (GMutexLocker) locker G_GNUC_UNUSED = g_mutex_locker_new (&self->mutex);

  if (!g_hash_table_contains (set, study_uid))
    g_hash_table_add (set, g_strdup (study_uid));
}

/* A row of the study table is to be read again. */
void
bounce_notices_add_study (BounceNotices *self, const char *study_uid)
{
  add_uid (self, self->gathered.studies, study_uid);
}

/* A quiet period was started. */
void
bounce_notices_add_queued (BounceNotices *self, const char *study_uid)
{
  add_uid (self, self->gathered.queued, study_uid);
}

/* Something may be due at another time than thought. */
void
bounce_notices_add_queue (BounceNotices *self)
{
  g_mutex_lock (&self->mutex);
  self->gathered.has_queue = TRUE;
  g_mutex_unlock (&self->mutex);
}

/* An event was added. */
void
bounce_notices_add_events (BounceNotices *self)
{
  g_mutex_lock (&self->mutex);
  self->gathered.has_events = TRUE;
  g_mutex_unlock (&self->mutex);
}

static GStrv
steal_uids (GHashTable *set)
{
  guint length;
  char **keys = (char **) g_hash_table_get_keys_as_array (set, &length);

  g_hash_table_steal_all (set);
  return keys;
}

static gboolean
dispatch_cb (gpointer user_data)
{
  BounceNotices *self = user_data;
  g_autoptr (BounceStore) store = g_weak_ref_get (&self->store);
  g_auto (GStrv) studies = NULL;
  g_auto (GStrv) queued = NULL;
  gboolean has_queue, has_events;

  g_mutex_lock (&self->mutex);
  g_clear_pointer (&self->source, g_source_unref);
  studies = steal_uids (self->ready.studies);
  queued = steal_uids (self->ready.queued);
  has_queue = self->ready.has_queue;
  has_events = self->ready.has_events;
  self->ready.has_queue = self->ready.has_events = FALSE;
  g_mutex_unlock (&self->mutex);
  if (store)
    bounce_store_emit_notices (store, studies, queued, has_queue, has_events);
  return G_SOURCE_REMOVE;
}

/* After a commit: main will hear of what was added. Thread: the writer. */
void
bounce_notices_publish (BounceNotices *self)
{
  g_autoptr (GMutexLocker) locker G_GNUC_UNUSED = g_mutex_locker_new (&self->mutex);

  move_changes (&self->ready, &self->gathered);
  if (self->source || !is_any_change (&self->ready))
    return;
  self->source = g_idle_source_new ();
  g_source_set_priority (self->source, G_PRIORITY_DEFAULT);
  g_source_set_callback (self->source, dispatch_cb, g_atomic_rc_box_acquire (self),
                         release_notices);
  g_source_set_static_name (self->source, "[bounce] store changes");
  g_source_attach (self->source, self->context);
}
