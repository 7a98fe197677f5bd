/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* Main hears of a change only when it is committed: on its way for an earlier one, it would read
 * rows without the later and never look again. */

#include "config.h"

#include "bounce-store-private.h"
#include "store-fixture.h"

/* A change that stays uncommitted until it is told to go on. */
typedef struct
{
  GMutex mutex;
  GCond changed;
  gboolean is_held; /* (lock mutex) */
  gboolean may_end; /* (lock mutex) */
} HeldWrite;

typedef struct
{
  GHashTable *studies; /* (element-type utf8) */
  guint events, queue;
} Heard;

static gboolean
write_held (BounceStore *store, BounceDatabase *db, gpointer data, GError **error)
{
  HeldWrite *self = data;

  bounce_notices_add_study (store->notices, "1.2.2");
  bounce_notices_add_events (store->notices);
  bounce_notices_add_queue (store->notices);
  g_mutex_lock (&self->mutex);
  self->is_held = TRUE;
  g_cond_signal (&self->changed);
  while (!self->may_end)
    g_cond_wait (&self->changed, &self->mutex);
  g_mutex_unlock (&self->mutex);
  return TRUE;
}

static gboolean
write_study (BounceStore *store, BounceDatabase *db, gpointer data, GError **error)
{
  bounce_notices_add_study (store->notices, data);
  return TRUE;
}

static void
studies_changed_cb (BounceStore *store, GStrv study_uids, Heard *heard)
{
  for (; *study_uids; study_uids++)
    g_hash_table_add (heard->studies, g_strdup (*study_uids));
}

static void
count_cb (BounceStore *store, guint *count)
{
  (*count)++;
}

static void
begin_held (BounceStore *store, HeldWrite *held)
{
  g_mutex_init (&held->mutex);
  g_cond_init (&held->changed);
  bounce_store_write_later (store, write_held, held, NULL);
  g_mutex_lock (&held->mutex);
  while (!held->is_held)
    g_cond_wait (&held->changed, &held->mutex);
  g_mutex_unlock (&held->mutex);
}

static void
end_held (HeldWrite *held)
{
  g_mutex_lock (&held->mutex);
  held->may_end = TRUE;
  g_cond_signal (&held->changed);
  g_mutex_unlock (&held->mutex);
}

static void
wait_to_hear (Heard *heard, const char *study_uid)
{
  while (!g_hash_table_contains (heard->studies, study_uid))
    g_main_context_iteration (NULL, TRUE);
}

static void
test_after_commit (void)
{
  StoreFixture *self = store_fixture_new ();
  HeldWrite held = { 0 };
  Heard heard = { 0 };

  heard.studies = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  store_fixture_open (self);
  g_signal_connect (self->store, "studies-changed", G_CALLBACK (studies_changed_cb), &heard);
  g_signal_connect (self->store, "events-changed", G_CALLBACK (count_cb), &heard.events);
  g_signal_connect (self->store, "queue-changed", G_CALLBACK (count_cb), &heard.queue);
  /* What the start itself has to tell goes with the first change. */
  g_assert_true (bounce_store_write_sync (self->store, write_study, (gpointer) "1.2.0", NULL));
  wait_to_hear (&heard, "1.2.0");
  heard.queue = heard.events = 0;
  /* Committed: main is to hear of it, and has not yet. */
  g_assert_true (bounce_store_write_sync (self->store, write_study, (gpointer) "1.2.1", NULL));
  begin_held (self->store, &held);
  wait_to_hear (&heard, "1.2.1");
  while (g_main_context_iteration (NULL, FALSE))
    ;
  g_assert_cmpuint (g_hash_table_size (heard.studies), ==, 2);
  g_assert_cmpuint (heard.events, ==, 0);
  g_assert_cmpuint (heard.queue, ==, 0);
  end_held (&held);
  wait_to_hear (&heard, "1.2.2");
  g_assert_cmpuint (heard.events, ==, 1);
  g_assert_cmpuint (heard.queue, ==, 1);
  store_fixture_free (self);
  g_hash_table_unref (heard.studies);
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/store/notices/after-commit", test_after_commit);
  return g_test_run ();
}
