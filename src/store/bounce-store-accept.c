/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* Accepting an instance, on the thread of its association. In this order (design section 4):
 *
 *   fdatasync of the spool file; a failure is final, the kernel may have dropped the pages
 *   study shared, instance exclusive; compare with the row
 *   [a row is there, of a file to be replaced or one that was removed: an intent is committed;
 *    else, for the first of a study, the study is noted as having files without rows]
 *   rename into the tree; a replaced file takes the spool's place until the end
 *   fsync of the changed folders, shared with who else waits for the same
 *   the writer's COMMIT, shared with everything queued
 *   Success
 *
 * When anything fails the tree is put back as it was, so that neither an unanswered file stays nor
 * an answered one goes.
 *
 * A row whose file was removed after delivery, or is not there, does not make a repetition "the
 * same": the file is kept and delivered again, because sending the study once more from the
 * modality is what a person is told to do when local files are gone. */

#include "config.h"

#include "bounce-store-spool-private.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <sys/stat.h>
#include <unistd.h>

typedef struct
{
  BounceSpool *spool;
  const BounceArrival *arrival;
  const BounceInstanceHead *head;
  char *path;
  gboolean has_row;        /* of whatever state: an intent describes what follows */
  gboolean is_replacement; /* a row with a file */
  gboolean is_exchanged;   /* the spool's name holds the replaced file */
  gint64 intent_id;
} Acceptance;

static void
clear_acceptance (Acceptance *self)
{
  g_free (self->path);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Acceptance, clear_acceptance)

static gboolean
is_file_there (const char *path, guint64 size_bytes)
{
  struct stat status;

  return stat (path, &status) == 0 && S_ISREG (status.st_mode)
         && (guint64) status.st_size == size_bytes;
}

/* Where the file system can do neither (some network ones) the old file is simply replaced. A file
 * may be there without a row: one that is not adopted yet after the database was lost. */
static gboolean
move_into_tree (Acceptance *self, GError **error)
{
  if (!self->is_replacement
      && renameat2 (AT_FDCWD, self->spool->path, AT_FDCWD, self->path, RENAME_NOREPLACE) == 0)
    return TRUE;
  if ((self->is_replacement || errno == EEXIST)
      && renameat2 (AT_FDCWD, self->spool->path, AT_FDCWD, self->path, RENAME_EXCHANGE) == 0)
    {
      self->is_exchanged = TRUE;
      return TRUE;
    }
  if (g_rename (self->spool->path, self->path) == 0)
    return TRUE;
  bounce_store_set_error_errno (error, errno, "renaming to", self->path);
  return FALSE;
}

/* The row was not committed: no file may stay that no row speaks of. FALSE: the new one is in the
 * tree, or may be after a power cut, and the journal must go on knowing it. */
static gboolean
move_back (BounceStore *store, Acceptance *self)
{
  if (self->is_exchanged
          ? renameat2 (AT_FDCWD, self->spool->path, AT_FDCWD, self->path, RENAME_EXCHANGE) != 0
          : self->is_replacement || g_unlink (self->path) != 0)
    return FALSE;
  return self->intent_id == 0
         || bounce_tree_sync_series (store->tree, self->arrival->study_uid,
                                     self->arrival->series_uid, NULL);
}

static gboolean
commit_arrival (BounceStore *store, Acceptance *self, GError **error)
{
  BounceArrivalWrite write = { .arrival = self->arrival,
                               .head = self->head,
                               .is_replacement = self->is_replacement,
                               .intent_id = self->intent_id };

  return bounce_tree_sync_series (store->tree, self->arrival->study_uid, self->arrival->series_uid,
                                  error)
         && bounce_store_write_sync (store, bounce_store_write_arrival, &write, error);
}

static gboolean
begin_replacement (BounceStore *store, Acceptance *self, GError **error)
{
  BounceReplacementWrite write = { .arrival = self->arrival, .head = self->head };

  if (!bounce_store_write_sync (store, bounce_store_write_replacement_intent, &write, error))
    return FALSE;
  self->intent_id = write.intent_id;
  return TRUE;
}

static void
end_replacement (BounceStore *store, Acceptance *self)
{
  if (self->intent_id != 0)
    bounce_store_write_sync (store, bounce_store_write_intent_done, &self->intent_id, NULL);
}

static gboolean
keep (BounceStore *store, Acceptance *self, GError **error)
{
  const BounceArrival *arrival = self->arrival;

  if (!bounce_tree_make_series (store->tree, arrival->study_uid, arrival->series_uid, error))
    return FALSE;
  if (!(self->has_row ? begin_replacement (store, self, error)
                      : bounce_store_note_receiving (store, arrival->study_uid, error)))
    return FALSE;
  if (!move_into_tree (self, error))
    {
      bounce_tree_forget_study (store->tree, arrival->study_uid);
      end_replacement (store, self);
      return FALSE;
    }
  if (commit_arrival (store, self, error))
    return TRUE;
  if (move_back (store, self))
    end_replacement (store, self);
  return FALSE;
}

/* The writer does not get to see what is not accepted because of damage. */
static gboolean
look_up (BounceStore *store, Acceptance *self, BounceKnownInstance *known, GError **error)
{
  g_autoptr (GError) look_up_error = NULL;

  if (bounce_store_look_up_instance (store, self->arrival, self->head->transfer_syntax_uid, known,
                                     &look_up_error))
    return TRUE;
  if (g_error_matches (look_up_error, BOUNCE_STORE_ERROR, BOUNCE_STORE_ERROR_CORRUPT))
    bounce_store_note_damage (store);
  g_propagate_error (error, g_steal_pointer (&look_up_error));
  return FALSE;
}

static gboolean
accept_locked (BounceStore *store, Acceptance *self, BounceAcceptance *acceptance, GError **error)
{
  BounceKnownInstance known = { 0 };
  gboolean has_file;

  if (!look_up (store, self, &known, error))
    return FALSE;
  has_file = known.exists && known.state == BOUNCE_INSTANCE_PRESENT
             && is_file_there (self->path, known.size_bytes);
  if (has_file && known.is_same_dataset)
    {
      *acceptance = BOUNCE_ACCEPTED_SAME;
      return TRUE;
    }
  self->has_row = known.exists;
  self->is_replacement = has_file;
  *acceptance = has_file ? BOUNCE_ACCEPTED_REPLACED : BOUNCE_ACCEPTED_NEW;
  return keep (store, self, error);
}

static gboolean
check_arrival (const BounceArrival *arrival, const BounceInstanceHead *head, GError **error)
{
  if (!bounce_store_check_uid (arrival->study_uid, error)
      || !bounce_store_check_uid (arrival->series_uid, error)
      || !bounce_store_check_uid (arrival->sop_instance_uid, error))
    return FALSE;
  if (head && head->transfer_syntax_uid)
    return TRUE;
  g_set_error_literal (error, BOUNCE_STORE_ERROR, BOUNCE_STORE_ERROR_INVALID,
                       "an instance without a transfer syntax");
  return FALSE;
}

/* The row will say how long the file is; whoever wrote it must have written it all. */
static gboolean
check_size (BounceSpool *spool, guint64 size_bytes, GError **error)
{
  struct stat status;

  if (fstat (spool->fd, &status) == 0 && (guint64) status.st_size == size_bytes)
    return TRUE;
  g_set_error_literal (error, BOUNCE_STORE_ERROR, BOUNCE_STORE_ERROR_CORRUPT,
                       "a spool file is not as long as what arrived");
  return FALSE;
}

static gboolean
sync_spool (BounceSpool *spool, GError **error)
{
  if (fdatasync (spool->fd) == 0)
    return TRUE;
  bounce_store_set_error_errno (error, errno, "syncing", spool->path);
  return FALSE;
}

/**
 * bounce_store_accept_sync:
 * @self: the store
 * @spool: (transfer full): the complete file; gone afterwards, whatever happens
 * @arrival: identity, size and digests
 * @head: its tags
 * @acceptance: (out): what became of it
 * @error: return location
 *
 * When it returns TRUE the instance is on disk and in the database and survives a power cut.
 *
 * Thread: any number of association threads; waits for the disk and the writer.
 * Errors: INVALID (a UID), CORRUPT (the file is not as long as told), NO_SPACE, IO, DATABASE;
 * nothing was kept then. Source: design section 4, PS3.4 B.2.3
 */
gboolean
bounce_store_accept_sync (BounceStore *self,
                          BounceSpool *spool,
                          const BounceArrival *arrival,
                          const BounceInstanceHead *head,
                          BounceAcceptance *acceptance,
                          GError **error)
{
  g_auto (Acceptance) accepting = { .spool = spool, .arrival = arrival, .head = head };
  g_autofree char *key = NULL;
  gboolean is_accepted;

  if (!check_arrival (arrival, head, error) || !check_size (spool, arrival->size_bytes, error)
      || !sync_spool (spool, error) || !bounce_store_check_open (self, error))
    {
      bounce_spool_discard (spool);
      return FALSE;
    }
  accepting.path = bounce_tree_get_instance_path (self->tree, arrival->study_uid,
                                                  arrival->series_uid, arrival->sop_instance_uid);
  key = g_strconcat (arrival->study_uid, "/", arrival->series_uid, "/", arrival->sop_instance_uid,
                     NULL);
  bounce_study_locks_lock_instance (self->locks, arrival->study_uid, key);
  is_accepted = accept_locked (self, &accepting, acceptance, error);
  bounce_study_locks_unlock_instance (self->locks, arrival->study_uid, key);
  /* Unless the file was renamed away, what has the spool's name is refused, repeated or replaced.
   */
  if (is_accepted && *acceptance == BOUNCE_ACCEPTED_NEW && !accepting.is_exchanged)
    bounce_spool_release (spool);
  else
    bounce_spool_discard (spool);
  return is_accepted;
}
