/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "bounce-dicom-error.h"
#include "bounce-instance-head.h"

#include <gio/gio.h>

G_BEGIN_DECLS

/* Accepts associations and hands what arrives to a handler, on each association's own thread. */
#define BOUNCE_TYPE_LISTENER (bounce_listener_get_type ())
G_DECLARE_FINAL_TYPE (BounceListener, bounce_listener, BOUNCE, LISTENER, GObject)

/* Status codes of C-STORE, PS3.4 B.2.3 and PS3.7 C. */
typedef enum
{
  BOUNCE_STATUS_SUCCESS = 0x0000,
  BOUNCE_STATUS_PROCESSING_FAILURE = 0x0110,
  BOUNCE_STATUS_OUT_OF_RESOURCES = 0xA700,
  BOUNCE_STATUS_DATASET_MISMATCH = 0xA900,
  BOUNCE_STATUS_CANNOT_UNDERSTAND = 0xC000,
} BounceStatus;

typedef struct
{
  const char *address; /* numeric */
  const char *calling_ae;
  const char *called_ae;
} BouncePeer;

typedef struct
{
  const char *sop_class_uid;
  const char *sop_instance_uid;
  const char *transfer_syntax_uid;
} BounceStoreRequest;

typedef enum
{
  BOUNCE_ASSOCIATION_RELEASED,
  BOUNCE_ASSOCIATION_ABORTED_BY_PEER,
  BOUNCE_ASSOCIATION_ABORTED, /* by us: error, deadline, stop */
  BOUNCE_ASSOCIATION_LOST,    /* the connection went away */
} BounceAssociationOutcome;

/* All functions run on the association's thread; no two at a time for one association. */
typedef struct
{
  /* After negotiation, before acknowledging. NULL refuses (calling AE not recognised). The value is
   * given to every later call. */
  gpointer (*opened) (const BouncePeer *peer, gpointer user_data);
  /* A C-STORE begins; the returned sink (NULL: refused with *status) gets the data set bytes
   * exactly as they are on the wire, in order. */
  gpointer (*store_begin) (gpointer association,
                           const BounceStoreRequest *request,
                           BounceStatus *status,
                           gpointer user_data);
  /* Returns FALSE to refuse the rest; it is then read and dropped, store_end is still called. */
  gboolean (*store_write) (gpointer sink, const guint8 *data, gsize size, gpointer user_data);
  /* The last call for this sink: complete TRUE and the answer is what it returns; FALSE: the
   * transfer broke off, drop everything. comment (out) (nullable): (0000,0902). */
  BounceStatus (*store_end) (gpointer sink, gboolean complete, char **comment, gpointer user_data);
  void (*closed) (gpointer association, BounceAssociationOutcome outcome, gpointer user_data);
} BounceListenerHandler;

typedef struct
{
  const char *ip_address;
  guint16 port; /* 0: any */
  const char *ae_title;
  guint max_associations;
  guint request_deadline_ms;  /* for the A-ASSOCIATE-RQ; 0: 10000 */
  guint idle_timeout_seconds; /* between PDUs; 0: 300 */
} BounceListenerOptions;

/* Binds, listens and starts the accepting thread. BIND errors carry strerror's text alone. */
BounceListener *bounce_listener_open (const BounceListenerOptions *options,
                                      const BounceListenerHandler *handler,
                                      gpointer user_data,
                                      GDestroyNotify destroy,
                                      GError **error);
/* 0 when a listener could be opened there now, else errno. */
int bounce_listener_try_bind (const char *ip_address, guint16 port);
guint16 bounce_listener_get_port (BounceListener *self);
guint bounce_listener_get_n_associations (BounceListener *self);
/* Closes the socket at once, drains associations for drain_ms, then aborts them. */
void bounce_listener_stop_async (BounceListener *self,
                                 guint drain_ms,
                                 GAsyncReadyCallback callback,
                                 gpointer user_data);
gboolean bounce_listener_stop_finish (BounceListener *self, GAsyncResult *result, GError **error);

G_END_DECLS
