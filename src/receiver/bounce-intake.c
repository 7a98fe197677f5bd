/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* What happens to an association's instances: begin, write, accept, answer.
 *
 * Success is answered only after the store has made the instance durable. Every other answer drops
 * the spool file at once (a full disk gets its space back before the peer has finished sending),
 * leaves a log line, and the first of its kind in an association an event: a peer that sends a
 * thousand unreadable instances must not fill the database.
 *
 * Thread: each association's own; an Association is never shared. */

#include "config.h"

#include "bounce-intake.h"

#include "bounce-core-error.h"
#include "bounce-instance-writer.h"
#include "bounce-log.h"
#include "bounce-wording.h"

/* A peer may send any number of studies in one association; remembering this many keeps the log
 * line "once per study" for every real one. */
#define MAX_REMEMBERED_STUDIES 1024

struct _BounceIntake
{
  BounceStore *store; /* (owned) */
};

/* Why an instance was not kept. The order is that of REFUSALS. */
typedef enum
{
  REFUSAL_NONE,
  REFUSAL_NO_SPACE,
  REFUSAL_STORAGE,
  REFUSAL_MISMATCH,
  REFUSAL_BAD_UID,
  REFUSAL_UNREADABLE,
  REFUSAL_INTERNAL,
  N_REFUSALS,
} Refusal;

/* comment is (0000,0902), LO: at most 64 characters, and never anything that the peer sent. */
static const struct
{
  BounceStatus status;
  const char *reason;
  const char *comment;
} REFUSALS[N_REFUSALS] = {
  [REFUSAL_NONE] = { BOUNCE_STATUS_SUCCESS, NULL, NULL },
  [REFUSAL_NO_SPACE] = { BOUNCE_STATUS_OUT_OF_RESOURCES, BOUNCE_REASON_NO_SPACE,
                         "Not enough storage space" },
  [REFUSAL_STORAGE] = { BOUNCE_STATUS_OUT_OF_RESOURCES, BOUNCE_REASON_STORAGE, "Storage failed" },
  [REFUSAL_MISMATCH] = { BOUNCE_STATUS_DATASET_MISMATCH, BOUNCE_REASON_MISMATCH,
                         "Data set and command name different instances" },
  [REFUSAL_BAD_UID] = { BOUNCE_STATUS_CANNOT_UNDERSTAND, BOUNCE_REASON_BAD_UID,
                        "A UID is not valid" },
  [REFUSAL_UNREADABLE] = { BOUNCE_STATUS_CANNOT_UNDERSTAND, BOUNCE_REASON_UNREADABLE,
                           "Data set cannot be read" },
  [REFUSAL_INTERNAL] = { BOUNCE_STATUS_PROCESSING_FAILURE, BOUNCE_REASON_INTERNAL,
                         "Processing failed" },
};

typedef struct
{
  BounceIntake *intake;          /* (unowned) outlives every association */
  gint64 id;                     /* 0: the store could not record it */
  char *calling_ae;              /* (owned) */
  char *called_ae;               /* (owned) */
  GHashTable *announced_studies; /* (owned) (element-type utf8) */
  BounceInstanceWriter *writer;  /* (owned) */
  char *sop_instance_uid;        /* (owned) (nullable) of the instance in progress */
  Refusal refusal;               /* of the instance in progress */
  guint refused[N_REFUSALS];     /* so far */
} Association;

static void
association_free (Association *self)
{
  g_clear_pointer (&self->writer, bounce_instance_writer_free);
  g_clear_pointer (&self->announced_studies, g_hash_table_unref);
  g_free (self->sop_instance_uid);
  g_free (self->calling_ae);
  g_free (self->called_ae);
  g_free (self);
}

static Refusal
classify_store_error (const GError *error)
{
  switch (error->code)
    {
    case BOUNCE_STORE_ERROR_NO_SPACE:
      return REFUSAL_NO_SPACE;
    case BOUNCE_STORE_ERROR_INVALID:
      return REFUSAL_BAD_UID;
    case BOUNCE_STORE_ERROR_IO:
    case BOUNCE_STORE_ERROR_DATABASE:
    case BOUNCE_STORE_ERROR_CORRUPT:
    case BOUNCE_STORE_ERROR_NOT_MOUNTED:
      return REFUSAL_STORAGE;
    default:
      return REFUSAL_INTERNAL;
    }
}

static Refusal
classify_dicom_error (const GError *error)
{
  switch (error->code)
    {
    case BOUNCE_DICOM_ERROR_MISMATCH:
      return REFUSAL_MISMATCH;
    case BOUNCE_DICOM_ERROR_BAD_UID:
      return REFUSAL_BAD_UID;
    default:
      return REFUSAL_UNREADABLE;
    }
}

static Refusal
classify_error (const GError *error)
{
  if (error->domain == BOUNCE_STORE_ERROR)
    return classify_store_error (error);
  if (error->domain == BOUNCE_DICOM_ERROR)
    return classify_dicom_error (error);
  if (g_error_matches (error, BOUNCE_CORE_ERROR, BOUNCE_CORE_ERROR_NO_SPACE))
    return REFUSAL_NO_SPACE;
  if (error->domain == BOUNCE_CORE_ERROR)
    return REFUSAL_STORAGE;
  return REFUSAL_INTERNAL;
}

static void
refuse (Association *self, Refusal refusal, const GError *error)
{
  GVariantBuilder args;

  bounce_instance_writer_discard (self->writer);
  self->refusal = refusal;
  bounce_log (BOUNCE_LOG_WARNING, "Refused instance %s from %s with %04X: %s",
              self->sop_instance_uid, self->calling_ae, (guint) REFUSALS[refusal].status,
              error != NULL ? error->message : REFUSALS[refusal].comment);
  if (self->refused[refusal]++ > 0)
    return;
  g_variant_builder_init (&args, G_VARIANT_TYPE ("a{ss}"));
  g_variant_builder_add (&args, "{ss}", "reason", REFUSALS[refusal].reason);
  g_variant_builder_add (&args, "{ss}", "sop", self->sop_instance_uid);
  bounce_store_add_event (self->intake->store, BOUNCE_EVENT_INSTANCE_REFUSED, NULL,
                          g_variant_builder_end (&args));
}

static gpointer
association_opened (const BouncePeer *peer, gpointer user_data)
{
  Association *self = g_new0 (Association, 1);
  g_autoptr (GError) error = NULL;

  self->intake = user_data;
  self->calling_ae = g_strdup (peer->calling_ae);
  self->called_ae = g_strdup (peer->called_ae);
  self->announced_studies = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  self->writer = bounce_instance_writer_new ();
  bounce_log (BOUNCE_LOG_INFO, "New association from %s", peer->calling_ae);
  /* A C-ECHO must be answered even when the disk is full; a C-STORE will be refused on its own. */
  if (!bounce_store_begin_association_sync (self->intake->store, peer->address, peer->calling_ae,
                                            peer->called_ae, &self->id, &error))
    bounce_log (BOUNCE_LOG_ERROR, "The association was not recorded: %s", error->message);
  return self;
}

static gpointer
store_begin (gpointer association,
             const BounceStoreRequest *request,
             BounceStatus *status,
             gpointer user_data)
{
  Association *self = association;
  const BouncePart10Meta meta = {
    .sop_class_uid = request->sop_class_uid,
    .sop_instance_uid = request->sop_instance_uid,
    .transfer_syntax_uid = request->transfer_syntax_uid,
    .source_ae = self->calling_ae,
    .sending_ae = self->calling_ae,
    .receiving_ae = self->called_ae,
  };
  g_autoptr (GError) error = NULL;
  BounceSpool *spool;

  g_free (self->sop_instance_uid);
  self->sop_instance_uid = g_strdup (request->sop_instance_uid);
  self->refusal = REFUSAL_NONE;
  /* A refused instance keeps its sink, so that the answer can carry a comment. */
  spool = bounce_store_open_spool (self->intake->store, &error);
  if (spool == NULL)
    refuse (self, classify_error (error), error);
  else
    bounce_instance_writer_begin (self->writer, spool, &meta);
  return self;
}

static gboolean
store_write (gpointer sink, const guint8 *data, gsize size, gpointer user_data)
{
  Association *self = sink;
  g_autoptr (GError) error = NULL;

  if (self->refusal != REFUSAL_NONE)
    return FALSE;
  if (bounce_store_check_space (self->intake->store, &error)
      && bounce_instance_writer_write (self->writer, data, size, &error))
    return TRUE;
  refuse (self, classify_error (error), error);
  return FALSE;
}

static void
announce_study (Association *self, const char *study_uid)
{
  if (g_hash_table_contains (self->announced_studies, study_uid))
    return;
  if (g_hash_table_size (self->announced_studies) >= MAX_REMEMBERED_STUDIES)
    g_hash_table_remove_all (self->announced_studies);
  g_hash_table_add (self->announced_studies, g_strdup (study_uid));
  bounce_log (BOUNCE_LOG_INFO, "Received StudyInstanceUID: %s", study_uid);
}

static gboolean
accept_instance (Association *self, GError **error)
{
  const BounceInstanceHead *head;
  BounceWrittenInstance written;
  BounceAcceptance acceptance;
  BounceArrival arrival = { .association_id = self->id };

  if (!bounce_instance_writer_finish (self->writer, &written, error))
    return FALSE;
  head = bounce_instance_writer_get_head (self->writer);
  arrival.study_uid = head->study_uid;
  arrival.series_uid = head->series_uid;
  arrival.sop_instance_uid = head->sop_instance_uid;
  arrival.size_bytes = written.size_bytes;
  arrival.crc32 = written.crc32;
  memcpy (arrival.dataset_sha256, written.dataset_sha256, sizeof arrival.dataset_sha256);
  if (!bounce_store_accept_sync (self->intake->store,
                                 bounce_instance_writer_steal_spool (self->writer), &arrival, head,
                                 &acceptance, error))
    return FALSE;
  announce_study (self, head->study_uid);
  return TRUE;
}

static BounceStatus
store_end (gpointer sink, gboolean complete, char **comment, gpointer user_data)
{
  Association *self = sink;
  g_autoptr (GError) error = NULL;

  if (complete && self->refusal == REFUSAL_NONE && !accept_instance (self, &error))
    refuse (self, classify_error (error), error);
  bounce_instance_writer_discard (self->writer);
  if (complete)
    *comment = g_strdup (REFUSALS[self->refusal].comment);
  else
    bounce_log (BOUNCE_LOG_WARNING, "Transfer of instance %s from %s broke off",
                self->sop_instance_uid, self->calling_ae);
  return REFUSALS[self->refusal].status;
}

static const char *
outcome_to_word (BounceAssociationOutcome outcome)
{
  switch (outcome)
    {
    case BOUNCE_ASSOCIATION_RELEASED:
      return "released";
    case BOUNCE_ASSOCIATION_ABORTED_BY_PEER:
      return "aborted-by-peer";
    case BOUNCE_ASSOCIATION_ABORTED:
      return "aborted";
    case BOUNCE_ASSOCIATION_LOST:
      return "lost";
    default:
      g_assert_not_reached ();
    }
}

/* For people; the word is for the database. */
static const char *
outcome_to_phrase (BounceAssociationOutcome outcome)
{
  switch (outcome)
    {
    case BOUNCE_ASSOCIATION_ABORTED_BY_PEER:
      return "the sender aborted it";
    case BOUNCE_ASSOCIATION_ABORTED:
      return "aborted";
    default:
      return "the connection was lost";
    }
}

static void
association_closed (gpointer association, BounceAssociationOutcome outcome, gpointer user_data)
{
  Association *self = association;

  if (outcome != BOUNCE_ASSOCIATION_RELEASED)
    bounce_log (BOUNCE_LOG_WARNING, "Association from %s ended: %s", self->calling_ae,
                outcome_to_phrase (outcome));
  if (self->id != 0)
    bounce_store_end_association (self->intake->store, self->id, outcome_to_word (outcome));
  association_free (self);
}

/**
 * bounce_intake_new:
 *
 * Returns: (transfer full): the handler's user data
 */
BounceIntake *
bounce_intake_new (BounceStore *store)
{
  BounceIntake *self = g_new0 (BounceIntake, 1);

  self->store = g_object_ref (store);
  return self;
}

/**
 * bounce_intake_free:
 *
 * After the listener's last association has closed.
 */
void
bounce_intake_free (BounceIntake *self)
{
  g_clear_object (&self->store);
  g_free (self);
}

/**
 * bounce_intake_get_handler:
 *
 * Thread: its functions run on the association's thread.
 * Returns: (transfer none): functions that take a #BounceIntake as their user data
 */
const BounceListenerHandler *
bounce_intake_get_handler (void)
{
  static const BounceListenerHandler handler = {
    .opened = association_opened,
    .store_begin = store_begin,
    .store_write = store_write,
    .store_end = store_end,
    .closed = association_closed,
  };

  return &handler;
}
