/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* Adopting files that no row speaks of, as if they had arrived now: every file in the marked tree
 * that is what its path says, when the database was lost or damaged; those of the noted studies,
 * when the last process was killed (bounce-store-receiving.c). Nobody was answered for the latter,
 * but they are whole, and their sender will find them the same. What arrives meanwhile goes first,
 * an adoption never replaces a row. On a thread of its own while the store works; when it is cut
 * short, the next start begins it again. */

#include "config.h"

#include "bounce-store-private.h"

#include "bounce-log.h"
#include "bounce-uid.h"
#include "bounce-wording.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

typedef struct
{
  BounceStore *store;
  GPtrArray *studies; /* (owned) (nullable) (element-type utf8) all */
  guint64 adopted;
  gboolean is_partial;    /* a folder of this study could not be read or made durable */
  gboolean is_incomplete; /* so with one study at least: the next start tries again */
  gboolean is_stopped;    /* closing, or the store can take no more: another start goes on */
} Recovery;

static BounceInstanceHead *
read_own_head (
    BounceStore *self, int fd, const char *path, BounceArrival *arrival, gsize *dataset_offset)
{
  g_autoptr (BounceInstanceHead) head = NULL;
  g_autoptr (GError) error = NULL;

  head = self->read_head (fd, dataset_offset, self->read_head_data, &error);
  if (head && g_strcmp0 (head->study_uid, arrival->study_uid) == 0
      && g_strcmp0 (head->series_uid, arrival->series_uid) == 0
      && g_strcmp0 (head->sop_instance_uid, arrival->sop_instance_uid) == 0
      && head->transfer_syntax_uid)
    return g_steal_pointer (&head);
  bounce_log (BOUNCE_LOG_WARNING, "%s is not adopted: %s", path,
              error ? error->message : "it is another instance");
  return NULL;
}

/* Nobody was answered for what is noted only; of all others somebody must hear.
 * sop_instance_uid: (nullable) */
static void
tell (Recovery *self, int event, const char *study_uid, const char *sop_instance_uid)
{
  GVariantBuilder args;

  if (self->studies)
    return;
  g_variant_builder_init (&args, G_VARIANT_TYPE ("a{ss}"));
  g_variant_builder_add (&args, "{ss}", "study", study_uid);
  if (sop_instance_uid)
    g_variant_builder_add (&args, "{ss}", "sop", sop_instance_uid);
  bounce_store_add_event (self->store, event, study_uid, g_variant_builder_end (&args));
}

static void
tell_damaged (Recovery *self, const BounceArrival *arrival)
{
  tell (self, BOUNCE_EVENT_FILE_DAMAGED, arrival->study_uid, arrival->sop_instance_uid);
}

/* Of a folder that could not be read or made durable: once for each study. */
static void
set_partial (Recovery *self, const char *study_uid, const char *message)
{
  if (!self->is_partial)
    bounce_log (BOUNCE_LOG_WARNING, "Not all of study %s is adopted: %s", study_uid, message);
  self->is_partial = TRUE;
}

/* A database that takes nothing ends the adoption, a folder that cannot be synced only its own. */
static gboolean
adopt_locked (Recovery *self, const BounceArrival *arrival, const BounceInstanceHead *head)
{
  BounceStore *store = self->store;
  BounceArrivalWrite write = { .arrival = arrival, .head = head };
  BounceKnownInstance known = { 0 };
  g_autoptr (GError) error = NULL;
  gboolean is_adopted = FALSE;

  if (bounce_store_look_up_instance (store, arrival, head->transfer_syntax_uid, &known, &error)
      && !known.exists)
    {
      if (!bounce_tree_sync_series (store->tree, arrival->study_uid, arrival->series_uid, &error))
        {
          set_partial (self, arrival->study_uid, error->message);
          return FALSE;
        }
      is_adopted = bounce_store_write_sync (store, bounce_store_write_arrival, &write, &error);
    }
  if (error)
    bounce_log (BOUNCE_LOG_WARNING, "Adopting files was stopped: %s", error->message);
  self->is_stopped = error != NULL;
  return is_adopted;
}

static void
adopt_file (Recovery *self, BounceArrival *arrival, int fd, const char *path)
{
  BounceStore *store = self->store;
  g_autoptr (BounceInstanceHead) head = NULL;
  g_autofree char *key = NULL;
  BounceFileDigest digest = { 0 };
  gsize dataset_offset = 0;

  head = read_own_head (store, fd, path, arrival, &dataset_offset);
  if (!head || !bounce_store_digest_file (fd, dataset_offset, &digest, NULL))
    {
      tell_damaged (self, arrival);
      return;
    }
  arrival->size_bytes = digest.size_bytes;
  arrival->crc32 = digest.crc32;
  memcpy (arrival->dataset_sha256, digest.dataset_sha256, BOUNCE_SHA256_LENGTH);
  key = g_strconcat (arrival->study_uid, "/", arrival->series_uid, "/", arrival->sop_instance_uid,
                     NULL);
  bounce_study_locks_lock_instance (store->locks, arrival->study_uid, key);
  if (access (path, F_OK) == 0 && adopt_locked (self, arrival, head))
    self->adopted++;
  bounce_study_locks_unlock_instance (store->locks, arrival->study_uid, key);
}

/* Before the file is read: all but a few have one. */
static gboolean
has_row (Recovery *self, const BounceArrival *arrival)
{
  BounceKnownInstance known = { 0 };

  return bounce_store_look_up_instance (self->store, arrival, NULL, &known, NULL) && known.exists;
}

static void
tell_unopened (Recovery *self, const BounceArrival *arrival, const char *path)
{
  int errsv = errno;

  if (errsv == ENOENT)
    return;
  bounce_log (BOUNCE_LOG_WARNING, "%s is not adopted: %s", path, g_strerror (errsv));
  tell_damaged (self, arrival);
}

static void
visit_file (Recovery *self, BounceArrival *arrival, const char *path)
{
  int fd = open (path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);

  if (fd < 0)
    {
      tell_unopened (self, arrival, path);
      return;
    }
  adopt_file (self, arrival, fd, path);
  close (fd);
}

static gboolean
visit_file_cb (const char *study_uid,
               const char *series_uid,
               const char *sop_instance_uid,
               const char *path,
               gpointer user_data)
{
  Recovery *self = user_data;
  BounceArrival arrival = { .study_uid = study_uid,
                            .series_uid = series_uid,
                            .sop_instance_uid = sop_instance_uid };

  if (g_atomic_int_get (&self->store->is_closing))
    self->is_stopped = TRUE;
  else if (!has_row (self, &arrival))
    visit_file (self, &arrival, path);
  return !self->is_stopped;
}

/* Returns: whether all of the study was looked at. */
static gboolean
visit_study (Recovery *self, const char *study_uid)
{
  g_autoptr (GError) error = NULL;

  self->is_partial = FALSE;
  if (!bounce_tree_visit_files (self->store->tree, study_uid, visit_file_cb, self, &error))
    set_partial (self, study_uid, error->message);
  if (self->is_partial)
    tell (self, BOUNCE_EVENT_FOLDER_UNREADABLE, study_uid, NULL);
  self->is_incomplete |= self->is_partial;
  return !self->is_partial && !self->is_stopped;
}

static gboolean
write_recovered (BounceStore *store, BounceDatabase *db, gpointer data, GError **error)
{
  Recovery *self = data;
  g_autofree char *adopted = g_strdup_printf ("%" G_GUINT64_FORMAT, self->adopted);
  GVariantBuilder args;

  if (!self->is_incomplete
      && !bounce_database_run (db, error, "DELETE FROM meta WHERE key = 'recovering'", ""))
    return FALSE;
  g_variant_builder_init (&args, G_VARIANT_TYPE ("a{ss}"));
  g_variant_builder_add (&args, "{ss}", "adopted", adopted);
  return bounce_store_insert_event (store, db, BOUNCE_EVENT_DATABASE_RECOVERED, NULL,
                                    g_variant_builder_end (&args), error);
}

static void
recover_all (Recovery *self)
{
  BounceStore *store = self->store;
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) names = bounce_tree_read_folder (store->base_dir, &error);

  if (!names)
    self->is_stopped = TRUE;
  for (guint i = 0; names && i < names->len && !self->is_stopped; i++)
    if (bounce_uid_is_valid (g_ptr_array_index (names, i)))
      visit_study (self, g_ptr_array_index (names, i));
  if (!self->is_stopped)
    bounce_store_write_sync (store, write_recovered, self, &error);
  if (error)
    bounce_log (BOUNCE_LOG_WARNING, "Adopting files did not come to its end: %s", error->message);
}

static void
recover_noted (Recovery *self)
{
  for (guint i = 0; i < self->studies->len && !self->is_stopped; i++)
    {
      const char *study_uid = g_ptr_array_index (self->studies, i);

      if (visit_study (self, study_uid))
        bounce_store_settle (self->store, study_uid);
    }
  if (self->adopted > 0)
    bounce_log (BOUNCE_LOG_INFO,
                "Took over %" G_GUINT64_FORMAT " files that were kept just before"
                " the last end",
                self->adopted);
}

static gpointer
recover_worker (gpointer data)
{
  g_autofree Recovery *self = data;

  if (self->studies)
    recover_noted (self);
  else
    recover_all (self);
  self->store->is_looked_through = !self->is_stopped && !self->is_incomplete;
  g_clear_pointer (&self->studies, g_ptr_array_unref);
  return NULL;
}

/* Shape: studies (nullable) (transfer full) (element-type utf8): whose files; NULL: all.
 * Thread: main. Without a reader of heads nothing can be adopted, and a later start will. */
void
bounce_store_start_recovery (BounceStore *self, GPtrArray *studies)
{
  Recovery *recovery;

  if (!self->read_head)
    {
      bounce_log (BOUNCE_LOG_WARNING, "The files in %s cannot be adopted here", self->base_dir);
      g_clear_pointer (&studies, g_ptr_array_unref);
      return;
    }
  recovery = g_new0 (Recovery, 1);
  recovery->store = self;
  recovery->studies = studies;
  self->recovery = g_thread_new ("store-recovery", recover_worker, recovery);
}
