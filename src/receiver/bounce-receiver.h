/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "bounce-config.h"
#include "bounce-store.h"

#include <gio/gio.h>

G_BEGIN_DECLS

#define BOUNCE_RECEIVER_ERROR (bounce_receiver_error_quark ())

typedef enum
{
  BOUNCE_RECEIVER_ERROR_START, /* message: strerror's text alone, e.g. Address already in use */
} BounceReceiverError;

GQuark bounce_receiver_error_quark (void);

typedef enum
{
  BOUNCE_RECEIVER_STOPPED,
  BOUNCE_RECEIVER_STARTING,
  BOUNCE_RECEIVER_RUNNING,
  BOUNCE_RECEIVER_STOPPING,
} BounceReceiverState;

/* Admits peers and keeps what they send. Main thread. Properties: "state" (int, notify),
 * "n-associations". Logs the document's messages word for word. */
#define BOUNCE_TYPE_RECEIVER (bounce_receiver_get_type ())
G_DECLARE_FINAL_TYPE (BounceReceiver, bounce_receiver, BOUNCE, RECEIVER, GObject)

BounceReceiver *bounce_receiver_new (BounceStore *store, BounceConfig *config);
void bounce_receiver_set_config (BounceReceiver *self, BounceConfig *config); /* at next start */
BounceReceiverState bounce_receiver_get_state (BounceReceiver *self);
guint16 bounce_receiver_get_port (BounceReceiver *self); /* bound port; 0 when stopped */
void bounce_receiver_start_async (BounceReceiver *self,
                                  GCancellable *cancellable,
                                  GAsyncReadyCallback callback,
                                  gpointer user_data);
gboolean bounce_receiver_start_finish (BounceReceiver *self, GAsyncResult *result, GError **error);
void bounce_receiver_stop_async (BounceReceiver *self,
                                 GCancellable *cancellable,
                                 GAsyncReadyCallback callback,
                                 gpointer user_data);
gboolean bounce_receiver_stop_finish (BounceReceiver *self, GAsyncResult *result, GError **error);

/* BounceStoreReadHead over dicom/, for bounce_store_open. */
BounceInstanceHead *
bounce_receiver_read_head (int fd, gsize *dataset_offset, gpointer user_data, GError **error);

G_END_DECLS
