/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "bounce-test-port.h"

#include <arpa/inet.h>
#include <stddef.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

/* Below those that the kernel hands out: a connection of somebody's could have one of them the
 * moment that a test wants to listen. */
#define FIRST_PORT 12000
#define END_PORT   32000

/* A name that is this process's until it ends keeps other tests off; as in tests/e2e/harness.py. */
static gboolean
reserve (guint16 port)
{
  struct sockaddr_un name = { .sun_family = AF_UNIX };
  int length =
      g_snprintf (name.sun_path + 1, sizeof name.sun_path - 1, "bounce-test-port-%u", port);
  socklen_t size = (socklen_t) (offsetof (struct sockaddr_un, sun_path) + 1 + (gsize) length);
  int fd = socket (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

  g_assert_cmpint (fd, >=, 0);
  if (bind (fd, (struct sockaddr *) &name, size) == 0)
    return TRUE;
  close (fd);
  return FALSE;
}

static gboolean
is_free (guint16 port)
{
  struct sockaddr_in address = { .sin_family = AF_INET,
                                 .sin_port = htons (port),
                                 .sin_addr.s_addr = htonl (INADDR_LOOPBACK) };
  int on = 1;
  int fd = socket (AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  gboolean is_bound;

  g_assert_cmpint (fd, >=, 0);
  setsockopt (fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  is_bound = bind (fd, (struct sockaddr *) &address, sizeof address) == 0;
  close (fd);
  return is_bound;
}

/**
 * bounce_test_port_take:
 *
 * Returns: a port of loopback that no other test takes before this process ends
 */
guint16
bounce_test_port_take (void)
{
  guint16 port;

  do
    port = (guint16) g_random_int_range (FIRST_PORT, END_PORT);
  while (!reserve (port) || !is_free (port));
  return port;
}
