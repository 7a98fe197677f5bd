/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* Runs tests/support/servers/tus-server.mjs, whose folder $BOUNCE_TEST_SERVERS names. A server that
 * does not start fails the test. */

#include "bounce-node-server.h"

#include "bounce-test-process.h"

#include <stdlib.h>

struct _BounceNodeServer
{
  char *kind;           /* (owned) */
  char *directory;      /* (owned) */
  GSubprocess *process; /* (owned) (nullable) */
  guint port;           /* 0 until it is known */
};

static void
start_process (BounceNodeServer *self)
{
  const char *servers = g_getenv ("BOUNCE_TEST_SERVERS");
  g_autofree char *script = NULL;
  g_autofree char *port = g_strdup_printf ("%u", self->port);
  g_autofree char *listening = NULL;
  const char *command[] = { "node", NULL, self->kind, self->directory, port, NULL };

  g_assert_nonnull (servers);
  command[1] = script = g_build_filename (servers, "tus-server.mjs", NULL);
  self->process = bounce_test_process_start (command, "listening on ", &listening);
  self->port = (guint) atoi (listening);
}

/**
 * bounce_node_server_start:
 * @kind: `tus` or `uploadx`
 * @directory: where it keeps uploads
 *
 * Returns: (transfer full): a server that listens
 */
BounceNodeServer *
bounce_node_server_start (const char *kind, const char *directory)
{
  BounceNodeServer *self = g_new0 (BounceNodeServer, 1);

  self->kind = g_strdup (kind);
  self->directory = g_strdup (directory);
  start_process (self);

  return self;
}

/**
 * bounce_node_server_kill:
 *
 * As kill -9, and waits for the end.
 */
void
bounce_node_server_kill (BounceNodeServer *self)
{
  g_clear_pointer (&self->process, bounce_test_process_end);
}

/**
 * bounce_node_server_restart:
 *
 * Kills the server if it runs and starts it at the same port with the same uploads.
 */
void
bounce_node_server_restart (BounceNodeServer *self)
{
  bounce_node_server_kill (self);
  start_process (self);
}

/**
 * bounce_node_server_dup_endpoint:
 *
 * Returns: (transfer full): where uploads are made
 */
char *
bounce_node_server_dup_endpoint (BounceNodeServer *self)
{
  return g_strdup_printf ("http://127.0.0.1:%u/files", self->port);
}

/**
 * bounce_node_server_free:
 * @self: (transfer full): a server, killed if it runs
 */
void
bounce_node_server_free (BounceNodeServer *self)
{
  bounce_node_server_kill (self);
  g_free (self->kind);
  g_free (self->directory);
  g_free (self);
}
