/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "bounce-database-private.h"
#include "bounce-store.h"
#include "bounce-study-locks-private.h"
#include "bounce-tree-private.h"
#include "bounce-worker.h"

G_BEGIN_DECLS

/* What the files of the store share. See the essay in bounce-store.c for the threads. */

/* instances.state */
typedef enum
{
  BOUNCE_INSTANCE_PRESENT = 0,
  BOUNCE_INSTANCE_REMOVING = 1, /* intent: unlinked, then REMOVED */
  BOUNCE_INSTANCE_REMOVED = 2,  /* after delivery, on purpose */
  BOUNCE_INSTANCE_MISSING = 3,  /* gone or damaged, nobody knows why */
} BounceInstanceState;

/* deliveries.status */
typedef enum
{
  BOUNCE_DELIVERY_PENDING = 0,
  BOUNCE_DELIVERY_UPLOADING = 1,
  BOUNCE_DELIVERY_DELIVERED = 2,
  BOUNCE_DELIVERY_FAILED = 3, /* next_attempt_at 0: only by hand */
} BounceDeliveryStatus;

#define BOUNCE_INTENT_REPLACE "replace"
#define BOUNCE_INTENT_DELETE  "delete"
#define BOUNCE_INTENT_REMOVE  "remove"
#define BOUNCE_INTENT_RESET   "reset"

#define BOUNCE_SECOND_US G_USEC_PER_SEC
/* Of associations and of events the newest are kept, some 10 MB of each: a peer makes as many as it
 * likes. */
#define BOUNCE_HISTORY_MAX 100000

typedef struct _BounceNotices BounceNotices;
typedef struct _BounceWrite BounceWrite;

struct _BounceStore
{
  GObject parent_instance;

  BounceClock *clock;
  GMainContext *context; /* signals are emitted here */
  char *data_dir;
  char *base_dir;
  int lock_fd; /* of data_dir/lock */
  BounceTree *tree;
  GHashTable *former_trees; /* (owned) (element-type utf8) UUIDs; constant once opened */
  BounceStudyLocks *locks;
  BounceNotices *notices;
  BounceStoreReadHead read_head; /* (nullable) */
  gpointer read_head_data;
  int quiet_period_seconds;   /* atomic */
  int retry_cap_seconds;      /* atomic */
  int is_closing;             /* atomic */
  gint64 last_association_id; /* atomic */
  int last_spool;             /* atomic */

  BounceDatabase *writer_db; /* writer thread only, once started */
  BounceDatabase *reader_db; /* reader thread only */
  BounceDatabase *files_db;  /* files thread only */
  BounceDatabase *page_db;   /* main thread only: rows by id */
  BounceDatabase *lookup_db; /* (lock lookup_mutex) */
  GMutex lookup_mutex;

  GHashTable *association_totals; /* writer thread only (element-type gint64 AssociationTotals) */
  GHashTable *metadata_due;       /* writer thread only (element-type utf8) written after commit */
  gint64 last_study_id;           /* writer thread only: given by this process */
  gint64 wall_offset_us;          /* writer thread only: wall minus boottime, to see clock jumps */

  BounceWorker *writer;            /* GROUPs of BounceWrite */
  BounceWorker *reader;            /* GTask */
  BounceWorker *files;             /* BounceFilesJob */
  GThread *recovery;               /* (nullable) */
  GThread *check;                  /* (nullable) */
  GCancellable *check_cancellable; /* (nullable) */
  int is_damaged;                  /* atomic: told already */
  gboolean was_closed;             /* main: the last process ended in order */

  GMutex given_up_mutex;
  GHashTable *given_up; /* (owned) (lock given_up_mutex) (element-type utf8) removals whose intents
                         * must go with the next commit; "" for a reset */
  GMutex receiving_mutex;
  GHashTable *receiving;      /* (lock receiving_mutex) (element-type utf8) noted by this process */
  gboolean is_looked_through; /* main, or recovery until it is joined: no file lacks its row */

  GMutex space_mutex;
  guint64 free_bytes;        /* (lock space_mutex) */
  gint64 free_checked_at_us; /* (lock space_mutex) monotonic */
};

/* --- bounce-store-writer.c --- */
typedef gboolean (*BounceWriteFunc) (BounceStore *self,
                                     BounceDatabase *db,
                                     gpointer data,
                                     GError **error);
typedef void (*BounceWriteReturn) (GTask *task, gpointer data);

void bounce_store_start_writer (BounceStore *self);
gboolean
bounce_store_write_sync (BounceStore *self, BounceWriteFunc func, gpointer data, GError **error);
void bounce_store_write_task (BounceStore *self,
                              GTask *task,
                              BounceWriteFunc func,
                              BounceWriteReturn give);
void bounce_store_write_later (BounceStore *self,
                               BounceWriteFunc func,
                               gpointer data,
                               GDestroyNotify free_data);
gboolean bounce_store_write_at_start (BounceStore *self,
                                      BounceWriteFunc func,
                                      gpointer data,
                                      GError **error);

/* --- bounce-store-notices.c: writer thread notes, main hears --- */
BounceNotices *bounce_notices_new (BounceStore *store);
void bounce_notices_free (BounceNotices *self);
void bounce_notices_add_study (BounceNotices *self, const char *study_uid);
void bounce_notices_add_queued (BounceNotices *self, const char *study_uid);
void bounce_notices_add_queue (BounceNotices *self);
void bounce_notices_add_events (BounceNotices *self);
void bounce_notices_publish (BounceNotices *self);
void bounce_store_emit_notices (
    BounceStore *self, GStrv studies, GStrv queued, gboolean queue, gboolean events);

/* --- bounce-store-files.c: jobs on the files thread --- */
typedef void (*BounceFilesFunc) (BounceStore *self, gpointer data);
void bounce_store_start_files (BounceStore *self);
void bounce_store_run_files_job (BounceStore *self,
                                 BounceFilesFunc func,
                                 gpointer data,
                                 GDestroyNotify free_data);
void bounce_store_run_files_task (BounceStore *self, GTask *task, GTaskThreadFunc func);

/* --- bounce-store-reader.c --- */
typedef gpointer (*BounceReadFunc) (BounceStore *self,
                                    BounceDatabase *db,
                                    gpointer data,
                                    GError **error);
void bounce_store_start_reader (BounceStore *self);
void bounce_store_read_task (BounceStore *self,
                             GTask *task,
                             BounceReadFunc func,
                             GDestroyNotify free_result);

/* --- bounce-store-arrival.c --- */
typedef struct
{
  const BounceArrival *arrival;
  const BounceInstanceHead *head;
  gboolean is_replacement; /* an event says so, and the intent goes */
  gint64 intent_id;        /* 0: none */
} BounceArrivalWrite;
gboolean
bounce_store_write_arrival (BounceStore *self, BounceDatabase *db, gpointer data, GError **error);

/* What a row says about an instance. */
typedef struct
{
  gboolean exists;
  BounceInstanceState state;
  gboolean is_same_dataset;
  guint64 size_bytes;
  guint32 crc32;
} BounceKnownInstance;
gboolean bounce_store_look_up_instance (BounceStore *self,
                                        const BounceArrival *arrival,
                                        const char *transfer_syntax_uid,
                                        BounceKnownInstance *known,
                                        GError **error);

/* --- bounce-store-study-status.c --- */
gboolean bounce_store_derive_status (
    BounceStore *self, BounceDatabase *db, gint64 study_id, const char *study_uid, GError **error);
gboolean bounce_store_find_study (BounceDatabase *db,
                                  const char *study_uid,
                                  gint64 *study_id,
                                  GError **error);
void bounce_store_write_metadata_later (BounceStore *self, const char *study_uid);
void bounce_store_flush_metadata (BounceStore *self);
gboolean bounce_store_find_due_metadata (BounceStore *self, GError **error);

/* --- bounce-store-metadata.c --- */
BounceStudyMetadata *bounce_store_read_metadata (BounceDatabase *db,
                                                 const char *study_uid,
                                                 gint64 snapshot_id,
                                                 GError **error);

/* --- bounce-store-transfer.c --- */
BounceTransfer *bounce_store_read_transfer (BounceDatabase *db, gint64 transfer_id, GError **error);

/* --- bounce-store-events.c --- */
gboolean bounce_store_insert_event (BounceStore *self,
                                    BounceDatabase *db,
                                    int code,
                                    const char *study_uid,
                                    GVariant *args,
                                    GError **error);
gboolean bounce_store_insert_audit (BounceStore *self,
                                    BounceDatabase *db,
                                    const char *action,
                                    const char *study_uid,
                                    const char *detail,
                                    GError **error);

/* --- bounce-store-start.c, -intents.c, -recovery.c --- */
gboolean bounce_store_open_files (BounceStore *self, gboolean *needs_recovery, GError **error);
gboolean bounce_store_resume (BounceStore *self, GError **error);
gboolean bounce_store_finish_intents (BounceStore *self, GError **error);
gboolean bounce_store_check_clock (BounceStore *self, BounceDatabase *db, GError **error);
void bounce_store_start_recovery (BounceStore *self, GPtrArray *studies);

/* --- bounce-store-damage.c --- */
gboolean bounce_store_has_damage_note (const char *data_dir);
gboolean bounce_store_write_damage_note (const char *data_dir, GError **error);
gboolean bounce_store_remove_damage_note (const char *data_dir, GError **error);
void bounce_store_note_damage (BounceStore *self);
gboolean bounce_store_check_database (const char *path,
                                      BounceDatabase *db,
                                      GCancellable *cancellable,
                                      GError **error);
void bounce_store_start_check (BounceStore *self);
void bounce_store_stop_check (BounceStore *self);

/* --- bounce-store-receiving.c --- */
gboolean bounce_store_note_receiving (BounceStore *self, const char *study_uid, GError **error);
void bounce_store_forget_receiving (BounceStore *self, const char *study_uid);
void bounce_store_settle (BounceStore *self, const char *study_uid);
void bounce_store_settle_later (BounceStore *self, const char *study_uid);
void bounce_store_end_in_order (BounceStore *self);
GPtrArray *bounce_store_list_receiving (BounceStore *self, GError **error);
gboolean
bounce_store_write_settled (BounceStore *self, BounceDatabase *db, gpointer data, GError **error);

typedef struct
{
  const BounceArrival *arrival;
  const BounceInstanceHead *head;
  gint64 intent_id; /* (out) */
} BounceReplacementWrite;
gboolean bounce_store_write_replacement_intent (BounceStore *self,
                                                BounceDatabase *db,
                                                gpointer data,
                                                GError **error);
/* data: gint64 intent id */
gboolean bounce_store_write_intent_done (BounceStore *self,
                                         BounceDatabase *db,
                                         gpointer data,
                                         GError **error);

/* --- bounce-store-removal.c --- */
typedef struct
{
  const char *study_uid;
  gint64 removed; /* (out) */
} BounceRemovedWrite;
gboolean bounce_store_check_not_running (BounceDatabase *db, gint64 study_id, GError **error);
gboolean bounce_store_insert_intent (
    BounceStore *self, BounceDatabase *db, const char *kind, const char *study_uid, GError **error);
gboolean bounce_store_write_study_gone (BounceStore *self,
                                        BounceDatabase *db,
                                        gpointer data,
                                        GError **error);
gboolean bounce_store_write_study_deleted (BounceStore *self,
                                           BounceDatabase *db,
                                           gpointer data,
                                           GError **error);
void bounce_store_give_up_removal (BounceStore *self, const char *study_uid);
GHashTable *bounce_store_take_given_up (BounceStore *self);
gboolean bounce_store_write_given_up (BounceDatabase *db, GHashTable *given_up, GError **error);
void bounce_store_keep_given_up (BounceStore *self, GHashTable *given_up);
gboolean bounce_store_unlink_removing (BounceStore *self,
                                       BounceDatabase *db,
                                       const char *study_uid,
                                       GError **error);
gboolean bounce_store_mark_delivered (BounceStore *self,
                                      BounceDatabase *db,
                                      gint64 transfer_id,
                                      const char *study_uid,
                                      GError **error);
gboolean
bounce_store_write_removed (BounceStore *self, BounceDatabase *db, gpointer data, GError **error);

/* --- bounce-store-lost.c --- */
gboolean bounce_store_mark_lost_files (BounceStore *self, const char *study_uid, GError **error);

gboolean bounce_store_tell_removed (BounceStore *self,
                                    BounceDatabase *db,
                                    int code,
                                    const char *study_uid,
                                    gint64 instances,
                                    GError **error);

/* --- bounce-store-reset.c --- */
typedef gboolean (*BounceWriteNow) (BounceStore *self,
                                    BounceWriteFunc func,
                                    gpointer data,
                                    GError **error);
gboolean bounce_store_run_reset (BounceStore *self,
                                 BounceDatabase *db,
                                 BounceWriteNow write_now,
                                 GError **error);

/* --- bounce-store-digest.c --- */
typedef struct
{
  guint64 size_bytes;
  guint32 crc32;
  guint8 dataset_sha256[BOUNCE_SHA256_LENGTH];
} BounceFileDigest;
gboolean
bounce_store_digest_file (int fd, gsize dataset_offset, BounceFileDigest *digest, GError **error);
gsize bounce_store_find_dataset (int fd);

char *bounce_store_get_database_path (const char *data_dir);
gint64 bounce_store_get_quiet_period_us (BounceStore *self);
gint64 bounce_store_get_retry_cap_us (BounceStore *self);
gboolean bounce_store_check_uid (const char *uid, GError **error);

G_END_DECLS
