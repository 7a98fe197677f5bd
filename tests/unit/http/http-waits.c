/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* What the tests of HTTP wait for. */

#include "config.h"

#include "http-waits.h"

/* Runs the main loop until callbacks have counted so many, and finds that no more come. */
void
http_wait_for_calls (const guint *n_calls, guint n)
{
  while (*n_calls < n)
    g_main_context_iteration (NULL, TRUE);
  while (g_main_context_iteration (NULL, FALSE))
    ;
  g_assert_cmpuint (*n_calls, ==, n);
}

/* Until the server, which has a thread of its own, has seen so many. */
void
http_wait_for_requests (BounceFaultServer *server, const char *method, guint n)
{
  while (bounce_fault_server_count (server, method) < n)
    {
      g_main_context_iteration (NULL, FALSE);
      g_usleep (1000);
    }
}
