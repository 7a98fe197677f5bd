/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* Tells a service manager how far bounced is: the notification protocol of sd_notify(3), which is
 * one datagram and so needs no library. Without $NOTIFY_SOCKET nobody wants to know. */

#include "config.h"

#include "bounced-notify.h"

#include <glib.h>

#include <stddef.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

/* Length of the address, or 0 when path is not one. A leading @ is the abstract namespace. */
static socklen_t
fill_address (struct sockaddr_un *address, const char *path)
{
  size_t length = strlen (path);

  if ((path[0] != '/' && path[0] != '@') || length >= sizeof address->sun_path)
    return 0;
  memset (address, 0, sizeof *address);
  address->sun_family = AF_UNIX;
  memcpy (address->sun_path, path, length);
  if (path[0] == '@')
    address->sun_path[0] = '\0';
  return (socklen_t) (offsetof (struct sockaddr_un, sun_path) + length);
}

/**
 * bounced_notify:
 * @state: newline-separated assignments, such as "READY=1"
 *
 * Sends @state to the service manager. A failure is of no consequence to the service: the manager
 * then times out and says so itself.
 *
 * Thread: main
 * Source: sd_notify(3)
 */
void
bounced_notify (const char *state)
{
  const char *path = g_getenv ("NOTIFY_SOCKET");
  struct sockaddr_un address;
  socklen_t length;
  int fd;

  if (path == NULL)
    return;
  length = fill_address (&address, path);
  if (length == 0)
    return;
  fd = socket (AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (fd < 0)
    return;
  if (sendto (fd, state, strlen (state), MSG_NOSIGNAL, (struct sockaddr *) &address, length) < 0)
    g_debug ("The service manager cannot be told %s", state);
  close (fd);
}
