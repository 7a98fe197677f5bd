/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* A flood becomes a few sets, and nothing is lost in them. */

#include "config.h"

#include "bounce-study-throttle.h"

typedef struct
{
  guint n_calls;
  guint n_all;
  GHashTable *told; /* (owned) */
} Listener;

static void
told_cb (const char *const *study_uids, gpointer user_data)
{
  Listener *listener = user_data;

  listener->n_calls++;
  listener->n_all += study_uids[0] == NULL;
  for (guint i = 0; study_uids[i] != NULL; i++)
    g_hash_table_add (listener->told, g_strdup (study_uids[i]));
}

static void
listen (Listener *listener)
{
  *listener = (Listener){ .told = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL) };
}

static void
wait_for_calls (Listener *listener, guint n)
{
  while (listener->n_calls < n)
    g_main_context_iteration (NULL, TRUE);
}

static void
test_flood (void)
{
  Listener listener;
  g_autoptr (BounceStudyThrottle) throttle = NULL;

  listen (&listener);
  throttle = bounce_study_throttle_new (told_cb, &listener);
  for (guint i = 0; i < 1000; i++)
    {
      g_autofree char *uid = g_strdup_printf ("1.2.%u", i % 20);
      const char *uids[] = { uid, NULL };

      bounce_study_throttle_add (throttle, uids);
    }
  g_assert_cmpuint (listener.n_calls, ==, 1); /* the first at once */
  g_assert_cmpuint (g_hash_table_size (listener.told), ==, 1);
  wait_for_calls (&listener, 2);
  g_assert_cmpuint (g_hash_table_size (listener.told), ==, 20);
  g_assert_cmpuint (listener.n_all, ==, 0);
  g_hash_table_unref (listener.told);
}

/* After a quiet interval the next one is told at once again. */
static void
test_alone (void)
{
  Listener listener;
  g_autoptr (BounceStudyThrottle) throttle = NULL;
  const char *uids[] = { "1.2.3", NULL };

  listen (&listener);
  throttle = bounce_study_throttle_new (told_cb, &listener);
  bounce_study_throttle_add (throttle, uids);
  while (!g_main_context_iteration (NULL, TRUE))
    ; /* until the interval ends, and says nothing */
  g_assert_cmpuint (listener.n_calls, ==, 1);
  bounce_study_throttle_add (throttle, uids);
  g_assert_cmpuint (listener.n_calls, ==, 2);
  g_hash_table_unref (listener.told);
}

/* All studies is more than any of them. */
static void
test_all (void)
{
  Listener listener;
  g_autoptr (BounceStudyThrottle) throttle = NULL;
  const char *uids[] = { "1.2.3", NULL };
  const char *all[] = { NULL };

  listen (&listener);
  throttle = bounce_study_throttle_new (told_cb, &listener);
  bounce_study_throttle_add (throttle, uids);
  bounce_study_throttle_add (throttle, uids);
  bounce_study_throttle_add (throttle, all);
  wait_for_calls (&listener, 2);
  g_assert_cmpuint (listener.n_all, ==, 1);
  g_hash_table_unref (listener.told);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/service/study-throttle/flood", test_flood);
  g_test_add_func ("/service/study-throttle/alone", test_alone);
  g_test_add_func ("/service/study-throttle/all", test_all);
  return g_test_run ();
}
