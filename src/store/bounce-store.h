/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "bounce-clock.h"
#include "bounce-instance-head.h"
#include "bounce-store-error.h"
#include "bounce-store-types.h"

#include <gio/gio.h>

G_BEGIN_DECLS

/* The truth about studies. One writer thread, one reader thread; see design sections 4 and 5.
 * Signals, on the main context the store was opened on:
 *   "studies-changed" (GStrv study_uids)  coalesced; read them again
 *   "queue-changed" ()                    something may be due now or at another time
 *   "events-changed" ()
 *   "study-queued" (char *study_uid)      its quiet period was (re)started
 */
#define BOUNCE_TYPE_STORE (bounce_store_get_type ())
G_DECLARE_FINAL_TYPE (BounceStore, bounce_store, BOUNCE, STORE, GObject)

typedef struct _BounceSpool BounceSpool; /* a working file in .incoming or .outgoing */

/* Tags of a Part 10 file for adoption after a lost database; store/ itself cannot read DICOM. */
typedef BounceInstanceHead *(*BounceStoreReadHead) (int fd,
                                                    gsize *dataset_offset,
                                                    gpointer user_data,
                                                    GError **error);

typedef struct
{
  const char *data_dir;
  const char *base_dir;
  BounceClock *clock; /* (nullable) system */
  guint quiet_period_seconds;
  guint retry_cap_seconds;       /* 0: 3600 */
  BounceStoreReadHead read_head; /* (nullable) */
  gpointer read_head_data;
} BounceStoreOptions;

/* Blocking: locks, migrates, finishes journalled intents, interrupts running transfers. */
BounceStore *bounce_store_open (const BounceStoreOptions *options, GError **error);
void bounce_store_close_async (BounceStore *self, GAsyncReadyCallback callback, gpointer user_data);
gboolean bounce_store_close_finish (BounceStore *self, GAsyncResult *result, GError **error);
void bounce_store_set_quiet_period (BounceStore *self, guint seconds);
void bounce_store_set_retry_cap (BounceStore *self, guint seconds);
const char *bounce_store_get_base_dir (BounceStore *self);
guint64 bounce_store_get_free_bytes (BounceStore *self);
/* Any thread but main: whether path could be base_dir. INVALID, LOCKED, NO_SPACE, IO. */
gboolean bounce_store_check_folder_sync (BounceStore *self, const char *path, GError **error);
void bounce_store_check_storage_async (BounceStore *self,
                                       GCancellable *cancellable,
                                       GAsyncReadyCallback callback,
                                       gpointer user_data);
gboolean
bounce_store_check_storage_finish (BounceStore *self, GAsyncResult *result, GError **error);

/* --- receiving: worker threads, blocking --- */
gboolean bounce_store_begin_association_sync (BounceStore *self,
                                              const char *address,
                                              const char *calling_ae,
                                              const char *called_ae,
                                              gint64 *association_id,
                                              GError **error);
/* outcome: short word (released, aborted, lost) */
void bounce_store_end_association (BounceStore *self, gint64 association_id, const char *outcome);
BounceSpool *bounce_store_open_spool (BounceStore *self, GError **error); /* NO_SPACE below 64 MB */
gboolean bounce_store_check_space (BounceStore *self, GError **error);    /* NO_SPACE below 64 MB */
int bounce_spool_get_fd (BounceSpool *spool);
void bounce_spool_discard (BounceSpool *spool); /* closes, unlinks, frees */
/* fdatasync, compare, rename, directory fsync, committed row, in that order; consumes the spool. */
gboolean bounce_store_accept_sync (BounceStore *self,
                                   BounceSpool *spool,
                                   const BounceArrival *arrival,
                                   const BounceInstanceHead *head,
                                   BounceAcceptance *acceptance,
                                   GError **error);

/* --- delivering: async, on the caller's context --- */
/* The next due delivery becomes a running transfer; NULL without error when none is due. A transfer
 * that was interrupted comes back with its upload_id and URL. */
void bounce_store_claim_transfer_async (BounceStore *self,
                                        int destination,
                                        GCancellable *cancellable,
                                        GAsyncReadyCallback callback,
                                        gpointer user_data);
BounceTransfer *
bounce_store_claim_transfer_finish (BounceStore *self, GAsyncResult *result, GError **error);
/* Wall time of the next moment something of this destination becomes due; 0: nothing waits. */
void bounce_store_get_next_due_async (BounceStore *self,
                                      int destination,
                                      GAsyncReadyCallback callback,
                                      gpointer user_data);
gint64 bounce_store_get_next_due_finish (BounceStore *self, GAsyncResult *result, GError **error);
/* Writes upload_id .. offset, package_* and the is_ flags of the value; committed when it returns.
 */
void bounce_store_update_transfer_async (BounceStore *self,
                                         const BounceTransfer *transfer,
                                         GAsyncReadyCallback callback,
                                         gpointer user_data);
gboolean
bounce_store_update_transfer_finish (BounceStore *self, GAsyncResult *result, GError **error);
/* DELIVERED: delivered-through seq, status derived; FAILED: reason and retry_at_us (0: only by
 * hand); ABANDONED: a new one may start at once; INTERRUPTED. Removes the package unless
 * INTERRUPTED or FAILED with a retry. remove_files, with DELIVERED only: the removal of what was
 * delivered is journalled in the same transaction; bounce_store_remove_delivered_async() does it,
 * or the next start. */
void bounce_store_end_transfer_async (BounceStore *self,
                                      gint64 transfer_id,
                                      BounceTransferState state,
                                      const char *reason,
                                      gint64 retry_at_us,
                                      gboolean remove_files,
                                      GAsyncReadyCallback callback,
                                      gpointer user_data);
gboolean bounce_store_end_transfer_finish (BounceStore *self, GAsyncResult *result, GError **error);
/* Still exactly the snapshot? FALSE when an item was replaced or removed since. */
void bounce_store_check_transfer_async (BounceStore *self,
                                        gint64 transfer_id,
                                        GAsyncReadyCallback callback,
                                        gpointer user_data);
void bounce_store_doubt_transfer_async (BounceStore *self,
                                        gint64 transfer_id,
                                        GAsyncReadyCallback callback,
                                        gpointer user_data);
gboolean bounce_store_check_transfer_finish (BounceStore *self,
                                             GAsyncResult *result,
                                             gboolean *is_current,
                                             GError **error);
/* delete_after_success: removes the files of the delivered, unchanged instances of this transfer.
 */
void bounce_store_remove_delivered_async (BounceStore *self,
                                          gint64 transfer_id,
                                          GAsyncReadyCallback callback,
                                          gpointer user_data);
gboolean bounce_store_remove_delivered_finish (BounceStore *self,
                                               GAsyncResult *result,
                                               guint *removed,
                                               GError **error);
/* Sending by hand (design section 5): BUSY while uploading, REMOVED, NOT_FOUND. */
void bounce_store_request_send_async (BounceStore *self,
                                      const char *study_uid,
                                      int destination,
                                      GAsyncReadyCallback callback,
                                      gpointer user_data);
gboolean bounce_store_request_send_finish (BounceStore *self, GAsyncResult *result, GError **error);
/* Retries of the destination that wait (for one reason; NULL: all) become due now: the key was
 * changed, the network is back. */
void bounce_store_release_retries_async (BounceStore *self,
                                         int destination,
                                         const char *reason,
                                         GAsyncReadyCallback callback,
                                         gpointer user_data);
gboolean
bounce_store_release_retries_finish (BounceStore *self, GAsyncResult *result, GError **error);

/* --- package files (in .outgoing, then {study}.zip) --- */
char *bounce_store_get_instance_path (BounceStore *self,
                                      const char *study_uid,
                                      const char *series_uid,
                                      const char *sop_instance_uid);
char *bounce_store_get_package_path (BounceStore *self, const char *study_uid);
/* A path in .outgoing for archive/ to write to. */
char *bounce_store_get_outgoing_path (BounceStore *self, gint64 transfer_id);
void bounce_store_publish_package_async (BounceStore *self,
                                         const BounceTransfer *transfer,
                                         GAsyncReadyCallback callback,
                                         gpointer user_data);
gboolean
bounce_store_publish_package_finish (BounceStore *self, GAsyncResult *result, GError **error);

/* --- commands; the uploader has let go of the study before --- */
void bounce_store_delete_study_async (BounceStore *self,
                                      const char *study_uid,
                                      GCancellable *cancellable,
                                      GAsyncReadyCallback callback,
                                      gpointer user_data);
gboolean bounce_store_delete_study_finish (BounceStore *self, GAsyncResult *result, GError **error);
void bounce_store_reset_async (BounceStore *self,
                               GCancellable *cancellable,
                               GAsyncReadyCallback callback,
                               gpointer user_data);
gboolean bounce_store_reset_finish (BounceStore *self, GAsyncResult *result, GError **error);
/* Thread-safe, never blocks. args (nullable): a{ss}, floating is taken. */
void bounce_store_add_event (BounceStore *self, int code, const char *study_uid, GVariant *args);

/* --- reading: on the reader thread --- */
void bounce_store_list_studies_async (BounceStore *self,
                                      const BounceStudyQuery *query,
                                      GCancellable *cancellable,
                                      GAsyncReadyCallback callback,
                                      gpointer user_data);
/* (transfer container) (element-type BounceStudy); total: rows without page and limit */
GPtrArray *bounce_store_list_studies_finish (BounceStore *self,
                                             GAsyncResult *result,
                                             guint64 *total,
                                             GError **error);
void bounce_store_get_study_async (BounceStore *self,
                                   const char *study_uid,
                                   GCancellable *cancellable,
                                   GAsyncReadyCallback callback,
                                   gpointer user_data);
BounceStudy *
bounce_store_get_study_finish (BounceStore *self, GAsyncResult *result, GError **error);
void bounce_store_get_metadata_async (BounceStore *self,
                                      const char *study_uid,
                                      GAsyncReadyCallback callback,
                                      gpointer user_data);
BounceStudyMetadata *
bounce_store_get_metadata_finish (BounceStore *self, GAsyncResult *result, GError **error);
/* study_uid (nullable): of all; newest first */
void bounce_store_list_transfers_async (BounceStore *self,
                                        const char *study_uid,
                                        guint limit,
                                        GAsyncReadyCallback callback,
                                        gpointer user_data);
GPtrArray *
bounce_store_list_transfers_finish (BounceStore *self, GAsyncResult *result, GError **error);
void bounce_store_list_events_async (BounceStore *self,
                                     const char *study_uid,
                                     guint limit,
                                     GAsyncReadyCallback callback,
                                     gpointer user_data);
GPtrArray *
bounce_store_list_events_finish (BounceStore *self, GAsyncResult *result, GError **error);
void
bounce_store_get_counts_async (BounceStore *self, GAsyncReadyCallback callback, gpointer user_data);
gboolean bounce_store_get_counts_finish (BounceStore *self,
                                         GAsyncResult *result,
                                         BounceStoreCounts *counts,
                                         GError **error);

G_END_DECLS
