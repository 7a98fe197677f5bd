/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "bounce-listener.h"

#include <netinet/in.h>

G_BEGIN_DECLS

/* A-ABORT, PS3.8 9.3.8: who gives up, and why. */
typedef enum
{
  BOUNCE_ABORT_BY_USER = 0x0000,
  BOUNCE_ABORT_UNRECOGNISED_PDU = 0x0201, /* source (provider) << 8 | reason */
  BOUNCE_ABORT_UNEXPECTED_PDU = 0x0202,
  BOUNCE_ABORT_INVALID_PARAMETER = 0x0206,
} BounceAbort;

/* One accepted TCP connection and its thread. */
typedef struct
{
  int fd;                               /* (owned) */
  char address[INET6_ADDRSTRLEN];       /* numeric */
  BounceListener *listener;             /* (unowned): joins the thread before it goes */
  const BounceListenerHandler *handler; /* (unowned): the listener's copy */
  gpointer user_data;                   /* (unowned) */
  guint request_deadline_ms;
  guint idle_timeout_seconds;
  GThread *thread;        /* (owned) (lock listener) */
  gboolean has_slot;      /* counts as an association (lock listener) */
  int is_closing;         /* atomic: reads end; set by the listener */
  int idle_since_seconds; /* atomic: waits for a command since then (monotonic); 0: serves one */
  gboolean is_timed_out;  /* (own thread only) */
  gint64 pdu_deadline_us; /* (own thread only); 0 between PDUs */
  gboolean is_at_end;     /* (own thread only): nothing more can be read */
} BounceConnection;

BounceConnection *bounce_connection_new (BounceListener *listener, int fd, const char *address);
void bounce_connection_free (BounceConnection *self);
void bounce_connection_set_timeouts (BounceConnection *self);
gboolean bounce_connection_is_closing (BounceConnection *self);
void bounce_connection_close (BounceConnection *self, gboolean at_once);

GByteArray *
bounce_connection_read_request (BounceConnection *self, BounceAbort *answer, GError **error);
gssize bounce_connection_read (BounceConnection *self, void *buffer, gsize size);
gssize bounce_connection_write (BounceConnection *self, const void *buffer, gsize size);
void bounce_connection_begin_pdu (BounceConnection *self);
void bounce_connection_set_idle (BounceConnection *self, gboolean is_idle);
guint bounce_connection_get_idle_seconds (BounceConnection *self);
void bounce_connection_reject_local_limit (BounceConnection *self);
void bounce_connection_abort (BounceConnection *self, BounceAbort abort);
void bounce_connection_linger (BounceConnection *self);

/* What the association's thread runs; bounce-association.cc. */
void bounce_association_serve (BounceConnection *connection);

/* bounce-listener.c */
gboolean bounce_listener_take_slot (BounceListener *self, BounceConnection *connection);
void bounce_listener_release_slot (BounceListener *self, BounceConnection *connection);

G_END_DECLS
