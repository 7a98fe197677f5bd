/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include <glib.h>
#include <netinet/in.h>
#include <sys/socket.h>

G_BEGIN_DECLS

int bounce_listen_socket_open (const char *ip_address, guint16 port, guint16 *bound_port);
void bounce_listen_socket_format_address (const struct sockaddr_storage *address,
                                          char text[INET6_ADDRSTRLEN]);

G_END_DECLS
