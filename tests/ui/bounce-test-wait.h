/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Runs the main context until the condition holds; fails the test after half a minute. */
#define bounce_test_wait_for(condition)                                                            \
  G_STMT_START                                                                                     \
  {                                                                                                \
    gint64 deadline_us = g_get_monotonic_time () + 30 * G_USEC_PER_SEC;                            \
    guint tick_id = bounce_test_wait_tick ();                                                      \
    while (!(condition))                                                                           \
      {                                                                                            \
        if (g_get_monotonic_time () > deadline_us)                                                 \
          g_error ("%s:%d: not within 30 s: %s", __FILE__, __LINE__, #condition);                  \
        g_main_context_iteration (NULL, TRUE);                                                     \
      }                                                                                            \
    g_source_remove (tick_id);                                                                     \
  }                                                                                                \
  G_STMT_END

guint bounce_test_wait_tick (void);

G_END_DECLS
