/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "bounce-disk-watch.h"
#include "bounce-service.h"

G_BEGIN_DECLS

/* Whether a setting would work, before it is set: nothing is changed by asking. All errors are of
 * BOUNCE_SERVICE_ERROR or G_IO_ERROR_CANCELLED. Main thread. */

/* endpoint NULL: where this key would go with the settings in effect. INVALID, UNAUTHORISED,
 * UNREACHABLE, UNTRUSTED, SERVER, NOT_AURABOX. */
void bounce_service_check_key_async (BounceService *self,
                                     const char *key,
                                     const char *endpoint,
                                     GCancellable *cancellable,
                                     GAsyncReadyCallback callback,
                                     gpointer user_data);
/* elapsed_us (out) (optional): how long the answer took, also when it was no */
gboolean bounce_service_check_key_finish (BounceService *self,
                                          GAsyncResult *result,
                                          gint64 *elapsed_us,
                                          GError **error);

/* INVALID, IN_USE, PRIVILEGED, NOT_LOCAL, FAILED. What our own receiver has counts as free. */
void bounce_service_check_endpoint_async (BounceService *self,
                                          const char *ip_address,
                                          guint port,
                                          GCancellable *cancellable,
                                          GAsyncReadyCallback callback,
                                          gpointer user_data);
gboolean
bounce_service_check_endpoint_finish (BounceService *self, GAsyncResult *result, GError **error);

typedef enum
{
  BOUNCE_STORAGE_LOCAL,
  BOUNCE_STORAGE_NETWORK,   /* NFS, SMB…: as safe as the server and the line to it */
  BOUNCE_STORAGE_MEMORY,    /* tmpfs: nothing outlives a restart of the machine */
  BOUNCE_STORAGE_REMOVABLE, /* FAT, exFAT: no permissions, no journal */
} BounceStorageKind;

typedef struct
{
  char *path; /* as the setting would be kept */
  gboolean exists;
  guint64 free_bytes;
  BounceDiskLevel level;
  BounceStorageKind kind;
} BounceStorageCheck;

void bounce_storage_check_free (BounceStorageCheck *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (BounceStorageCheck, bounce_storage_check_free)

/* INVALID, NOT_EMPTY, TAKEN, NO_SPACE, NOT_WRITABLE. A low level is no error. */
void bounce_service_check_storage_async (BounceService *self,
                                         const char *path,
                                         GCancellable *cancellable,
                                         GAsyncReadyCallback callback,
                                         gpointer user_data);
BounceStorageCheck *
bounce_service_check_storage_finish (BounceService *self, GAsyncResult *result, GError **error);

G_END_DECLS
