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

#include "bounce-instance-writer.h"
#include "bounce-log.h"
#include "bounce-refusal.h"
#include "bounce-study-announcer.h"
#include "bounce-wording.h"

struct _BounceIntake
{
  BounceStore *store; /* (owned) */
};

typedef struct
{
  BounceIntake *intake;             /* (unowned) outlives every association */
  gint64 id;                        /* 0: the store could not record it */
  char *calling_ae;                 /* (owned) */
  char *called_ae;                  /* (owned) */
  BounceStudyAnnouncer *announcer;  /* (owned) */
  BounceInstanceWriter *writer;     /* (owned) */
  char *sop_instance_uid;           /* (owned) (nullable) of the instance in progress */
  BounceRefusal refusal;            /* of the instance in progress */
  guint refused[BOUNCE_N_REFUSALS]; /* so far */
} Association;

/* Instances that come in just now, over all associations of the process. (atomic) */
static int n_receiving;

static void
association_free (Association *self)
{
  g_clear_pointer (&self->writer, bounce_instance_writer_free);
  g_clear_pointer (&self->announcer, bounce_study_announcer_free);
  g_free (self->sop_instance_uid);
  g_free (self->calling_ae);
  g_free (self->called_ae);
  g_free (self);
}

static void
refuse (Association *self, BounceRefusal refusal, const GError *error)
{
  GVariantBuilder args;

  bounce_instance_writer_discard (self->writer);
  self->refusal = refusal;
  bounce_log (BOUNCE_LOG_WARNING, "Refused instance %s from %s with %04X: %s",
              self->sop_instance_uid, self->calling_ae, (guint) bounce_refusal_get_status (refusal),
              error != NULL ? error->message : bounce_refusal_get_comment (refusal));
  if (self->refused[refusal]++ > 0)
    return;
  g_variant_builder_init (&args, G_VARIANT_TYPE ("a{ss}"));
  g_variant_builder_add (&args, "{ss}", "reason", bounce_refusal_get_reason (refusal));
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
  self->announcer = bounce_study_announcer_new ();
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

  g_atomic_int_inc (&n_receiving);
  g_free (self->sop_instance_uid);
  self->sop_instance_uid = g_strdup (request->sop_instance_uid);
  self->refusal = BOUNCE_REFUSAL_NONE;
  /* A refused instance keeps its sink, so that the answer can carry a comment. */
  spool = bounce_store_open_spool (self->intake->store, &error);
  if (spool == NULL)
    refuse (self, bounce_refusal_from_error (error), error);
  else
    bounce_instance_writer_begin (self->writer, spool, &meta);
  return self;
}

static gboolean
store_write (gpointer sink, const guint8 *data, gsize size, gpointer user_data)
{
  Association *self = sink;
  g_autoptr (GError) error = NULL;

  if (self->refusal != BOUNCE_REFUSAL_NONE)
    return FALSE;
  if (bounce_store_check_space (self->intake->store, &error)
      && bounce_instance_writer_write (self->writer, data, size, &error))
    return TRUE;
  refuse (self, bounce_refusal_from_error (error), error);
  return FALSE;
}

static gboolean
accept_instance (Association *self, GError **error)
{
  BounceAcceptance acceptance;

  if (!bounce_instance_writer_accept (self->writer, self->intake->store, self->id, &acceptance,
                                      error))
    return FALSE;
  bounce_study_announcer_tell (self->announcer,
                               bounce_instance_writer_get_head (self->writer)->study_uid);
  return TRUE;
}

static BounceStatus
store_end (gpointer sink, gboolean complete, char **comment, gpointer user_data)
{
  Association *self = sink;
  g_autoptr (GError) error = NULL;

  if (complete && self->refusal == BOUNCE_REFUSAL_NONE && !accept_instance (self, &error))
    refuse (self, bounce_refusal_from_error (error), error);
  bounce_instance_writer_discard (self->writer);
  g_atomic_int_add (&n_receiving, -1);
  if (complete)
    *comment = g_strdup (bounce_refusal_get_comment (self->refusal));
  else
    bounce_log (BOUNCE_LOG_WARNING, "Transfer of instance %s from %s broke off",
                self->sop_instance_uid, self->calling_ae);
  return bounce_refusal_get_status (self->refusal);
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
 * bounce_intake_is_receiving:
 *
 * Thread: any
 * Returns: whether an instance comes in just now, for whoever can wait for a better moment
 */
gboolean
bounce_intake_is_receiving (void)
{
  return g_atomic_int_get (&n_receiving) > 0;
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
