/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "bounce-fault-server.h"

G_BEGIN_DECLS

#define BOUNCE_FAULT_UPLOAD_PATH "/files/1"
#define BOUNCE_FAULT_READ_BYTES  (64 * 1024)

struct _BounceFaultServer
{
  GSocketService *service; /* (owned) */
  char *endpoint;          /* (owned) */
  char *upload_url;        /* (owned) */

  GMutex lock;
  GQueue faults;       /* (lock lock) (element-type BounceFault) (owned) */
  GHashTable *counts;  /* (lock lock) (element-type char* guint) */
  GByteArray *upload;  /* (lock lock) (owned) */
  guint64 length;      /* (lock lock) */
  char *location;      /* (lock lock) (owned) (nullable) */
  char *last_head;     /* (lock lock) (owned) (nullable) */
  gsize reply_body;    /* (lock lock) */
  guint n_connections; /* (lock lock) open */
  guint n_accepted;    /* (lock lock) ever */
  GCond connection_ended;
};

void bounce_fault_free (gpointer data);
/* One request of a connection and its answer, on a thread of its own; FALSE ends the connection. */
gboolean bounce_fault_server_serve (BounceFaultServer *self,
                                    GSocketConnection *connection,
                                    GInputStream *input);

G_END_DECLS
