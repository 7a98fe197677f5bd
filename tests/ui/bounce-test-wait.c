/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "bounce-test-wait.h"

static gboolean
tick_cb (gpointer user_data)
{
  return G_SOURCE_CONTINUE;
}

/**
 * bounce_test_wait_tick:
 *
 * Wakes the main context now and then, for conditions that no source announces.
 *
 * Returns: the source's id
 */
guint
bounce_test_wait_tick (void)
{
  return g_timeout_add (20, tick_cb, NULL);
}
