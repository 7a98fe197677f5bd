/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/* A TUS server from npm in a process of its own. Blocking; for tests. */
typedef struct _BounceNodeServer BounceNodeServer;

BounceNodeServer *bounce_node_server_start (const char *kind, const char *directory);
void bounce_node_server_kill (BounceNodeServer *self);
void bounce_node_server_restart (BounceNodeServer *self);
char *bounce_node_server_dup_endpoint (BounceNodeServer *self);
void bounce_node_server_free (BounceNodeServer *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (BounceNodeServer, bounce_node_server_free)

G_END_DECLS
