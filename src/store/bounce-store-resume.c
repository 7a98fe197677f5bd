/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* Taking up again after a stop or a crash: working folders are emptied, intents finished, running
 * transfers interrupted, times brought near, packages that nobody goes on with removed, metadata
 * files that are behind their rows found. */

#include "config.h"

#include "bounce-store-private.h"

#include "bounce-uid.h"

#include <string.h>

/* Less is the slewing and stepping of a time service. */
#define CLOCK_JUMP_US (2 * (gint64) BOUNCE_SECOND_US)

/* What is delivered is not due. The states spare a walk over all studies at each start. */
static const char clamp_due_sql[] =
    "UPDATE studies SET due_at = ?1 WHERE status IN ('RECEIVED', 'UPLOADING', 'ERROR')"
    " AND due_at > ?1";
/* A Retry-After that is longer than the cap is asked again, which harms nobody. */
static const char clamp_retry_sql[] =
    "UPDATE deliveries SET next_attempt_at = ?1 WHERE is_waiting = 1 AND next_attempt_at > ?1";

static gboolean
clamp_times (BounceStore *self, BounceDatabase *db, GError **error)
{
  gint64 now_us = bounce_clock_get_wall_us (self->clock);

  self->wall_offset_us = now_us - bounce_clock_get_boottime_us (self->clock);
  bounce_notices_add_queue (self->notices);
  return bounce_database_run (db, error, clamp_due_sql, "i",
                              now_us + bounce_store_get_quiet_period_us (self))
         && bounce_database_run (db, error, clamp_retry_sql, "i",
                                 now_us + bounce_store_get_retry_cap_us (self));
}

/* After a jump of the wall clock, stored times lie at most one full period ahead.
 * Thread: the writer. */
gboolean
bounce_store_check_clock (BounceStore *self, BounceDatabase *db, GError **error)
{
  gint64 offset_us =
      bounce_clock_get_wall_us (self->clock) - bounce_clock_get_boottime_us (self->clock);

  return ABS (offset_us - self->wall_offset_us) <= CLOCK_JUMP_US || clamp_times (self, db, error);
}

static const char uploading_sql[] = "SELECT id, study_uid FROM studies WHERE status = 'UPLOADING'";
static const char interrupt_sql[] =
    "UPDATE transfers SET state = 4, ended_at = ?1, can_continue = 1 WHERE state = 0";
static const char pending_sql[] =
    "UPDATE deliveries SET status = 0, is_waiting = NOT hold WHERE status = 1"
    " AND study_id IN (SELECT id FROM studies WHERE status = 'UPLOADING')";

static gboolean
derive_uploading (BounceStore *self, BounceDatabase *db, GError **error)
{
  g_autoptr (GArray) ids = g_array_new (FALSE, FALSE, sizeof (gint64));
  g_autoptr (GPtrArray) uids = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (GError) step_error = NULL;
  sqlite3_stmt *row = bounce_database_query (db, error, uploading_sql, "");

  if (!row)
    return FALSE;
  while (bounce_database_next (db, row, &step_error))
    {
      gint64 id = sqlite3_column_int64 (row, 0);

      g_array_append_val (ids, id);
      g_ptr_array_add (uids, bounce_database_dup_text (row, 1));
    }
  if (step_error)
    {
      g_propagate_error (error, g_steal_pointer (&step_error));
      return FALSE;
    }
  for (guint i = 0; i < ids->len; i++)
    if (!bounce_store_derive_status (self, db, g_array_index (ids, gint64, i),
                                     g_ptr_array_index (uids, i), error))
      return FALSE;
  return TRUE;
}

static const char lost_sql[] =
    "UPDATE associations SET ended_at = ?1, outcome = 'lost' WHERE ended_at = 0";
static const char not_closed_sql[] = "DELETE FROM meta WHERE key = 'closed'";
static const char last_association_sql[] = "SELECT MAX (id) FROM associations";

static gboolean
write_resume (BounceStore *self, BounceDatabase *db, gpointer data, GError **error)
{
  gint64 now_us = bounce_clock_get_wall_us (self->clock);

  return bounce_database_run (db, error, not_closed_sql, "")
         && bounce_database_run (db, error, interrupt_sql, "i", now_us)
         && bounce_database_run (db, error, pending_sql, "") && derive_uploading (self, db, error)
         && bounce_database_run (db, error, lost_sql, "i", now_us)
         && bounce_database_get_int (db, &self->last_association_id, error, last_association_sql,
                                     "")
         && clamp_times (self, db, error);
}

static const char wanted_package_sql[] =
    "SELECT COUNT (*) FROM transfers t JOIN deliveries d ON d.id = t.delivery_id"
    " JOIN studies s ON s.id = d.study_id"
    " WHERE s.study_uid = ?1 AND t.has_package = 1 AND t.can_continue = 1";

static gboolean
remove_unless_wanted (BounceStore *self, const char *name, GError **error)
{
  g_autofree char *study_uid = NULL;
  g_autofree char *path = g_build_filename (self->base_dir, name, NULL);
  gint64 wanted = 0;

  if (!g_str_has_suffix (name, ".zip"))
    return TRUE;
  study_uid = g_strndup (name, strlen (name) - strlen (".zip"));
  if (!bounce_uid_is_valid (study_uid))
    return TRUE;
  return bounce_database_get_int (self->writer_db, &wanted, error, wanted_package_sql, "t",
                                  study_uid)
         && (wanted > 0 || bounce_tree_unlink (path, error));
}

/* A package is removed after the row that ends its transfer, so a crash may leave one. */
static gboolean
remove_unwanted_packages (BounceStore *self, GError **error)
{
  g_autoptr (GPtrArray) names = bounce_tree_read_folder (self->base_dir, error);

  for (guint i = 0; names && i < names->len; i++)
    if (!remove_unless_wanted (self, g_ptr_array_index (names, i), error))
      return FALSE;
  return names != NULL;
}

/* Thread: main, before any other runs. Errors: IO, NO_SPACE, DATABASE. */
gboolean
bounce_store_resume (BounceStore *self, GError **error)
{
  return bounce_tree_empty_working_folders (self->tree, error)
         && bounce_store_write_at_start (self, write_resume, NULL, error)
         && bounce_store_finish_intents (self, error) && remove_unwanted_packages (self, error)
         && bounce_store_find_due_metadata (self, error);
}
