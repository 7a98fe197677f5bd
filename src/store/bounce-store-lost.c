/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* Files that are gone or damaged before they were delivered. Each is told as an event and marked,
 * so that the rest of the study can travel; it stays undelivered until the modality sends it again
 * or the study is deleted.
 *
 * Reading thousands of files takes long, so nobody is kept waiting for it: the study is held only
 * to make sure that what was found lost has not come again meanwhile. */

#include "config.h"

#include "bounce-store-private.h"

#include "bounce-wording.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

typedef struct
{
  gint64 id, seq;
  char *sop_instance_uid;
  char *path;
  BounceFileDigest digest; /* as the row has it */
  int event;               /* 0: it is sound */
  struct stat status;      /* of a damaged file when it was opened */
} Suspect;

typedef struct
{
  const char *study_uid;
  GPtrArray *suspects;
} LostWrite;

static void
free_suspect (gpointer data)
{
  Suspect *suspect = data;

  g_free (suspect->sop_instance_uid);
  g_free (suspect->path);
  g_free (suspect);
}

static const char undelivered_sql[] =
    "SELECT i.id, e.series_uid, i.sop_instance_uid, i.size_bytes, i.crc32, i.dataset_sha256, i.seq"
    " FROM studies s JOIN instances i ON i.study_id = s.id JOIN series e ON e.id = i.series_id"
    " WHERE s.study_uid = ?1 AND i.state = 0"
    " AND i.seq > (SELECT MIN (delivered_seq) FROM deliveries d WHERE d.study_id = s.id)";

static Suspect *
make_suspect (BounceStore *self, const char *study_uid, sqlite3_stmt *row)
{
  Suspect *suspect = g_new0 (Suspect, 1);

  suspect->id = sqlite3_column_int64 (row, 0);
  suspect->seq = sqlite3_column_int64 (row, 6);
  suspect->sop_instance_uid = bounce_database_dup_text (row, 2);
  suspect->path = bounce_tree_get_instance_path (self->tree, study_uid,
                                                 (const char *) sqlite3_column_text (row, 1),
                                                 suspect->sop_instance_uid);
  suspect->digest.size_bytes = (guint64) sqlite3_column_int64 (row, 3);
  suspect->digest.crc32 = (guint32) sqlite3_column_int64 (row, 4);
  if (sqlite3_column_bytes (row, 5) == BOUNCE_SHA256_LENGTH)
    memcpy (suspect->digest.dataset_sha256, sqlite3_column_blob (row, 5), BOUNCE_SHA256_LENGTH);
  return suspect;
}

static GPtrArray *
list_undelivered (BounceStore *self, const char *study_uid, GError **error)
{
  g_autoptr (GPtrArray) suspects = g_ptr_array_new_with_free_func (free_suspect);
  g_autoptr (GError) step_error = NULL;
  sqlite3_stmt *row =
      bounce_database_query (self->files_db, error, undelivered_sql, "t", study_uid);

  if (!row)
    return NULL;
  while (bounce_database_next (self->files_db, row, &step_error))
    g_ptr_array_add (suspects, make_suspect (self, study_uid, row));
  if (!step_error)
    return g_steal_pointer (&suspects);
  g_propagate_error (error, g_steal_pointer (&step_error));
  return NULL;
}

/* A file that cannot be read at the moment (no ENOENT) is not called lost. */
static gboolean
look_at (Suspect *suspect, GError **error)
{
  BounceFileDigest digest = { 0 };
  int fd = open (suspect->path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
  gboolean is_read;

  if (fd < 0)
    {
      suspect->event = BOUNCE_EVENT_FILE_MISSING;
      if (errno == ENOENT || errno == ENOTDIR)
        return TRUE;
      bounce_store_set_error_errno (error, errno, "opening", suspect->path);
      return FALSE;
    }
  fstat (fd, &suspect->status);
  is_read = bounce_store_digest_file (fd, bounce_store_find_dataset (fd), &digest, error);
  close (fd);
  if (is_read
      && (digest.size_bytes != suspect->digest.size_bytes || digest.crc32 != suspect->digest.crc32))
    suspect->event = BOUNCE_EVENT_FILE_DAMAGED;
  return is_read;
}

/* Whether the path holds what was looked at, or still nothing. */
static gboolean
is_unchanged (const Suspect *suspect)
{
  struct stat status;

  if (lstat (suspect->path, &status) != 0)
    return suspect->event == BOUNCE_EVENT_FILE_MISSING;
  return suspect->event == BOUNCE_EVENT_FILE_DAMAGED && status.st_ino == suspect->status.st_ino
         && status.st_size == suspect->status.st_size
         && status.st_mtim.tv_sec == suspect->status.st_mtim.tv_sec
         && status.st_mtim.tv_nsec == suspect->status.st_mtim.tv_nsec;
}

static const char lost_sql[] =
    "UPDATE instances SET state = 3 WHERE id = ?1 AND seq = ?2 AND state = 0";
static const char fewer_sql[] =
    "UPDATE studies SET local_instances = local_instances - 1 WHERE study_uid = ?1";

static gboolean
write_one_lost (BounceStore *self,
                BounceDatabase *db,
                const char *study_uid,
                const Suspect *suspect,
                GError **error)
{
  GVariantBuilder args;

  if (!bounce_database_run (db, error, lost_sql, "ii", suspect->id, suspect->seq))
    return FALSE;
  if (bounce_database_get_changes (db) == 0)
    return TRUE; /* replaced or removed meanwhile */
  g_variant_builder_init (&args, G_VARIANT_TYPE ("a{ss}"));
  g_variant_builder_add (&args, "{ss}", "study", study_uid);
  g_variant_builder_add (&args, "{ss}", "sop", suspect->sop_instance_uid);
  return bounce_store_insert_event (self, db, suspect->event, study_uid,
                                    g_variant_builder_end (&args), error)
         && bounce_database_run (db, error, fewer_sql, "t", study_uid);
}

static gboolean
write_lost (BounceStore *self, BounceDatabase *db, gpointer data, GError **error)
{
  LostWrite *write = data;

  for (guint i = 0; i < write->suspects->len; i++)
    if (!write_one_lost (self, db, write->study_uid, g_ptr_array_index (write->suspects, i), error))
      return FALSE;
  return TRUE;
}

static gboolean
mark_locked (BounceStore *self, const char *study_uid, GPtrArray *lost, GError **error)
{
  LostWrite write = { .study_uid = study_uid, .suspects = lost };

  for (guint i = lost->len; i > 0; i--)
    if (!is_unchanged (g_ptr_array_index (lost, i - 1)))
      g_ptr_array_remove_index (lost, i - 1);
  return lost->len == 0
         || (bounce_tree_check_mounted (self->tree, error)
             && bounce_store_write_sync (self, write_lost, &write, error));
}

/* Looks at every undelivered file of a study. Thread: files. Errors: IO, NO_SPACE,
 * NOT_MOUNTED, DATABASE. */
gboolean
bounce_store_mark_lost_files (BounceStore *self, const char *study_uid, GError **error)
{
  g_autoptr (GPtrArray) suspects = list_undelivered (self, study_uid, error);
  gboolean is_marked;

  if (!suspects)
    return FALSE;
  for (guint i = suspects->len; i > 0; i--)
    {
      Suspect *suspect = g_ptr_array_index (suspects, i - 1);

      if (!look_at (suspect, error))
        return FALSE;
      if (suspect->event == 0)
        g_ptr_array_remove_index (suspects, i - 1);
    }
  bounce_study_locks_lock_study (self->locks, study_uid);
  is_marked = mark_locked (self, study_uid, suspects, error);
  bounce_study_locks_unlock_study (self->locks, study_uid);
  return is_marked;
}
