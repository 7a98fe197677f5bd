/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/* What may go wrong with one request. */
typedef enum
{
  BOUNCE_FAULT_STATUS,     /* reads the body, keeps nothing, answers status and headers */
  BOUNCE_FAULT_EARLY,      /* answers status and headers without reading the body, and closes */
  BOUNCE_FAULT_RESET,      /* keeps `bytes` of the body, then resets the connection */
  BOUNCE_FAULT_REPLY_LOST, /* does what was asked, then resets instead of answering */
  BOUNCE_FAULT_STORE_LESS, /* keeps `bytes` of the body and says so */
  BOUNCE_FAULT_STALL,      /* neither reads nor answers until the peer goes away */
  BOUNCE_FAULT_HANG_UP,    /* ends its side, neither reads nor answers before a HEAD comes */
  BOUNCE_FAULT_HEADERS,    /* does what was asked, with `headers` instead of its own */
  BOUNCE_FAULT_RAW,        /* reads the body, answers with exactly `headers`, and closes */
  BOUNCE_FAULT_DRIP,       /* the same, a byte every 20 ms */
} BounceFaultKind;

typedef struct
{
  const char *method;
  BounceFaultKind kind;
  guint status;
  const char *headers; /* (nullable) lines ending in \r\n */
  guint64 bytes;
  guint times; /* 0: once */
} BounceFault;

/* A TUS server on loopback that does as told, for one upload at a time. Its connections have
 * threads; its accepting needs the default main context to run. */
typedef struct _BounceFaultServer BounceFaultServer;

BounceFaultServer *bounce_fault_server_new (void);
void bounce_fault_server_add (BounceFaultServer *self, const BounceFault *fault);
void bounce_fault_server_set_upload (BounceFaultServer *self,
                                     const void *data,
                                     gsize size,
                                     guint64 length);
void bounce_fault_server_set_location (BounceFaultServer *self, const char *location);
void bounce_fault_server_set_reply_body (BounceFaultServer *self, gsize size);
const char *bounce_fault_server_get_endpoint (BounceFaultServer *self);
const char *bounce_fault_server_get_upload_url (BounceFaultServer *self);
GBytes *bounce_fault_server_dup_upload (BounceFaultServer *self);
guint bounce_fault_server_count (BounceFaultServer *self, const char *method);
guint bounce_fault_server_count_connections (BounceFaultServer *self);
char *bounce_fault_server_dup_last_head (BounceFaultServer *self);
void bounce_fault_server_free (BounceFaultServer *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (BounceFaultServer, bounce_fault_server_free)

G_END_DECLS
