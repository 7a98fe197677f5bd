/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* The listening socket, for IPv4 and IPv6. Pure functions over system calls; any thread. */

#include "config.h"

#include "bounce-listen-socket-private.h"
#include "bounce-listener.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <string.h>
#include <unistd.h>

#define ALL_ADDRESSES_IPV6 "::"
#define ALL_ADDRESSES_IPV4 "0.0.0.0"

typedef union
{
  struct sockaddr any;
  struct sockaddr_in in;
  struct sockaddr_in6 in6;
} Address;

/* Numeric addresses only: a name could take a resolver's time, and mean several sockets. */
static gboolean
parse_address (const char *text, guint16 port, Address *address, socklen_t *length)
{
  memset (address, 0, sizeof *address);
  if (inet_pton (AF_INET, text, &address->in.sin_addr) == 1)
    {
      address->in.sin_family = AF_INET;
      address->in.sin_port = htons (port);
      *length = sizeof address->in;
      return TRUE;
    }
  if (inet_pton (AF_INET6, text, &address->in6.sin6_addr) == 1)
    {
      address->in6.sin6_family = AF_INET6;
      address->in6.sin6_port = htons (port);
      *length = sizeof address->in6;
      return TRUE;
    }
  errno = EINVAL;
  return FALSE;
}

/* Accepted sockets inherit TCP_NODELAY. "::" listens for IPv4 too. */
static void
set_options (int fd, int family)
{
  int on = 1, off = 0;

  setsockopt (fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  setsockopt (fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  if (family == AF_INET6)
    setsockopt (fd, IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof off);
}

/* Returns the descriptor, non-blocking and CLOEXEC, or -1 with errno set. Port 0: any. */
int
bounce_listen_socket_open (const char *ip_address, guint16 port, guint16 *bound_port)
{
  Address address;
  socklen_t length;
  int fd;

  if (!parse_address (ip_address, port, &address, &length))
    return -1;
  fd = socket (address.any.sa_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (fd < 0 && errno == EAFNOSUPPORT && g_str_equal (ip_address, ALL_ADDRESSES_IPV6))
    return bounce_listen_socket_open (ALL_ADDRESSES_IPV4, port, bound_port);
  if (fd < 0)
    return -1;

  set_options (fd, address.any.sa_family);
  if (bind (fd, &address.any, length) != 0 || listen (fd, SOMAXCONN) != 0
      || getsockname (fd, &address.any, &length) != 0)
    {
      int saved_errno = errno;

      close (fd);
      errno = saved_errno;
      return -1;
    }
  *bound_port =
      ntohs (address.any.sa_family == AF_INET ? address.in.sin_port : address.in6.sin6_port);
  return fd;
}

/**
 * bounce_listener_try_bind:
 * @ip_address: numeric
 * @port: 0 for any
 *
 * Binds, listens and closes again. Does not block.
 *
 * Thread: any
 * Returns: 0 when that worked, else errno: %EADDRINUSE, %EACCES, %EADDRNOTAVAIL, %EINVAL…
 */
int
bounce_listener_try_bind (const char *ip_address, guint16 port)
{
  guint16 bound_port;
  int fd = bounce_listen_socket_open (ip_address, port, &bound_port);

  if (fd < 0)
    return errno;
  close (fd);
  return 0;
}

/* Numeric; IPv4 peers of an IPv6 socket as IPv4. */
void
bounce_listen_socket_format_address (const struct sockaddr_storage *address,
                                     char text[INET6_ADDRSTRLEN])
{
  const struct sockaddr_in6 *in6 = (const struct sockaddr_in6 *) address;

  text[0] = '\0';
  if (address->ss_family == AF_INET)
    inet_ntop (AF_INET, &((const struct sockaddr_in *) address)->sin_addr, text, INET6_ADDRSTRLEN);
  else if (address->ss_family == AF_INET6 && IN6_IS_ADDR_V4MAPPED (&in6->sin6_addr))
    inet_ntop (AF_INET, in6->sin6_addr.s6_addr + 12, text, INET6_ADDRSTRLEN);
  else if (address->ss_family == AF_INET6)
    inet_ntop (AF_INET6, &in6->sin6_addr, text, INET6_ADDRSTRLEN);
}
