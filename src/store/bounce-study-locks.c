/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* Locks by UID, see the header. One mutex guards both tables and is held for a few lookups only; a
 * study's entry lives as long as somebody holds or awaits it. Who wants a study for itself goes
 * before newcomers that would share it, so that a busy modality cannot put off a deletion. */

#include "config.h"

#include "bounce-study-locks-private.h"

typedef struct
{
  guint sharers;
  guint waiting; /* for the study exclusively */
  guint users;   /* holding or waiting in any way */
  gboolean is_exclusive;
} StudyEntry;

struct _BounceStudyLocks
{
  GMutex mutex;
  GCond changed;
  guint waiters;         /* (lock mutex) on the condition */
  GHashTable *studies;   /* (owned) (lock mutex) (element-type utf8 StudyEntry) */
  GHashTable *instances; /* (owned) (lock mutex) (element-type utf8) held exclusively */
};

/* An empty set of locks. Returns: (transfer full) */
BounceStudyLocks *
bounce_study_locks_new (void)
{
  BounceStudyLocks *self = g_new0 (BounceStudyLocks, 1);

  g_mutex_init (&self->mutex);
  g_cond_init (&self->changed);
  self->studies = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  self->instances = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  return self;
}

/* Nothing may be held any more. */
void
bounce_study_locks_free (BounceStudyLocks *self)
{
  g_hash_table_unref (self->studies);
  g_hash_table_unref (self->instances);
  g_mutex_clear (&self->mutex);
  g_cond_clear (&self->changed);
  g_free (self);
}

static StudyEntry *
use_entry (BounceStudyLocks *self, const char *study_uid)
{
  StudyEntry *entry = g_hash_table_lookup (self->studies, study_uid);

  if (!entry)
    {
      entry = g_new0 (StudyEntry, 1);
      g_hash_table_insert (self->studies, g_strdup (study_uid), entry);
    }
  entry->users++;
  return entry;
}

static void
release_entry (BounceStudyLocks *self, const char *study_uid, StudyEntry *entry)
{
  if (--entry->users == 0)
    g_hash_table_remove (self->studies, study_uid);
  if (self->waiters > 0)
    g_cond_broadcast (&self->changed);
}

static void
wait_for_change (BounceStudyLocks *self)
{
  self->waiters++;
  g_cond_wait (&self->changed, &self->mutex);
  self->waiters--;
}

/* Thread: blocks until nobody has the study for itself and nobody else has the instance. */
void
bounce_study_locks_lock_instance (BounceStudyLocks *self,
                                  const char *study_uid,
                                  const char *instance_key)
{
  g_autoptr (GMutexLocker) locker G_GNUC_UNUSED = g_mutex_locker_new (&self->mutex);
  StudyEntry *entry = use_entry (self, study_uid);

  while (entry->is_exclusive || entry->waiting > 0)
    wait_for_change (self);
  entry->sharers++;
  while (g_hash_table_contains (self->instances, instance_key))
    wait_for_change (self);
  g_hash_table_add (self->instances, g_strdup (instance_key));
}

/* The other half of bounce_study_locks_lock_instance(). */
void
bounce_study_locks_unlock_instance (BounceStudyLocks *self,
                                    const char *study_uid,
                                    const char *instance_key)
{
  g_autoptr (GMutexLocker) locker G_GNUC_UNUSED = g_mutex_locker_new (&self->mutex);
  StudyEntry *entry = g_hash_table_lookup (self->studies, study_uid);

  g_assert (entry && entry->sharers > 0);
  g_hash_table_remove (self->instances, instance_key);
  entry->sharers--;
  release_entry (self, study_uid, entry);
}

/* Thread: blocks until nobody holds the study in any way. */
void
bounce_study_locks_lock_study (BounceStudyLocks *self, const char *study_uid)
{
  g_autoptr (GMutexLocker) locker G_GNUC_UNUSED = g_mutex_locker_new (&self->mutex);
  StudyEntry *entry = use_entry (self, study_uid);

  entry->waiting++;
  while (entry->is_exclusive || entry->sharers > 0)
    wait_for_change (self);
  entry->waiting--;
  entry->is_exclusive = TRUE;
}

/* The other half of bounce_study_locks_lock_study(). */
void
bounce_study_locks_unlock_study (BounceStudyLocks *self, const char *study_uid)
{
  g_autoptr (GMutexLocker) locker G_GNUC_UNUSED = g_mutex_locker_new (&self->mutex);
  StudyEntry *entry = g_hash_table_lookup (self->studies, study_uid);

  g_assert (entry && entry->is_exclusive);
  entry->is_exclusive = FALSE;
  release_entry (self, study_uid, entry);
}

/* Whether somebody waits to have the study for itself. */
gboolean
bounce_study_locks_is_awaited (BounceStudyLocks *self, const char *study_uid)
{
  g_autoptr (GMutexLocker) locker G_GNUC_UNUSED = g_mutex_locker_new (&self->mutex);
  StudyEntry *entry = g_hash_table_lookup (self->studies, study_uid);

  return entry && entry->waiting > 0;
}
