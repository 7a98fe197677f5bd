/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* Locks by UID: who waits for whom. */

#include "config.h"

#include "bounce-study-locks-private.h"

typedef struct
{
  BounceStudyLocks *locks;
  const char *study, *instance; /* instance NULL: the study for itself */
  int has_it;                   /* atomic */
} Locker;

static gpointer
lock_and_unlock (gpointer data)
{
  Locker *self = data;

  if (self->instance)
    bounce_study_locks_lock_instance (self->locks, self->study, self->instance);
  else
    bounce_study_locks_lock_study (self->locks, self->study);
  g_atomic_int_set (&self->has_it, TRUE);
  if (self->instance)
    bounce_study_locks_unlock_instance (self->locks, self->study, self->instance);
  else
    bounce_study_locks_unlock_study (self->locks, self->study);
  return NULL;
}

static GThread *
start (Locker *locker, BounceStudyLocks *locks, const char *study, const char *instance)
{
  *locker = (Locker){ .locks = locks, .study = study, .instance = instance };
  return g_thread_new ("locker", lock_and_unlock, locker);
}

/* One that gets it at once: what waits had its chance before. */
static void
pass (BounceStudyLocks *locks, const char *study, const char *instance)
{
  Locker locker;

  g_thread_join (start (&locker, locks, study, instance));
  g_assert_true (locker.has_it);
}

static void
test_shared (void)
{
  g_autoptr (BounceStudyLocks) locks = bounce_study_locks_new ();
  Locker same;
  GThread *thread;

  bounce_study_locks_lock_instance (locks, "1", "1/1/1");
  pass (locks, "1", "1/1/2");
  pass (locks, "2", "2/1/1");
  pass (locks, "2", NULL);
  thread = start (&same, locks, "1", "1/1/1");
  pass (locks, "1", "1/1/3");
  g_assert_false (g_atomic_int_get (&same.has_it));
  bounce_study_locks_unlock_instance (locks, "1", "1/1/1");
  g_thread_join (thread);
  g_assert_true (same.has_it);
}

/* A deletion waits for who is accepting, and those who come later wait for it. */
static void
test_exclusive (void)
{
  g_autoptr (BounceStudyLocks) locks = bounce_study_locks_new ();
  Locker deletion, later;
  GThread *deleting, *accepting;

  bounce_study_locks_lock_instance (locks, "1", "1/1/1");
  deleting = start (&deletion, locks, "1", NULL);
  while (!bounce_study_locks_is_awaited (locks, "1"))
    g_thread_yield ();
  accepting = start (&later, locks, "1", "1/1/2");
  pass (locks, "2", "2/1/1");
  g_assert_false (g_atomic_int_get (&deletion.has_it));
  g_assert_false (g_atomic_int_get (&later.has_it));
  bounce_study_locks_unlock_instance (locks, "1", "1/1/1");
  g_thread_join (deleting);
  g_thread_join (accepting);
  bounce_study_locks_lock_study (locks, "1");
  accepting = start (&later, locks, "1", "1/1/2");
  pass (locks, "2", NULL);
  g_assert_false (g_atomic_int_get (&later.has_it));
  bounce_study_locks_unlock_study (locks, "1");
  g_thread_join (accepting);
  g_assert_true (later.has_it);
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/store/locks/shared", test_shared);
  g_test_add_func ("/store/locks/exclusive", test_exclusive);
  return g_test_run ();
}
