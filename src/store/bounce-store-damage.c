/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* Finding out that the database is damaged, and seeing to it that it is rebuilt.
 *
 * quick_check reads every page: seconds, the disk being cold, for a million instances. After an end
 * that was not in order, which is when damage is likely, the start waits for it. After an orderly
 * one it runs beside the work, on a thread and a connection of its own that give way to everybody.
 * What it finds, and what the writer or an arrival runs into, cannot be kept there: a file in
 * data_dir says so, and the next start rebuilds the database from the study files, which were
 * synced before anybody was answered. */

#include "config.h"

#include "bounce-store-private.h"

#include "bounce-file.h"
#include "bounce-log.h"
#include "bounce-wording.h"

#include <fcntl.h>
#include <glib/gstdio.h>
#include <sys/resource.h>
#include <unistd.h>

#define NICE_LEVEL 19
/* More than that may not fit into memory, and would only be read twice. */
#define READ_AHEAD_MAX_BYTES (G_GUINT64_CONSTANT (1024) * 1024 * 1024)
#define BLOCK_BYTES          (1024 * 1024)

static char *
get_note_path (const char *data_dir)
{
  return g_build_filename (data_dir, "damaged", NULL);
}

/* Whether the database of a data directory is known to be damaged. */
gboolean
bounce_store_has_damage_note (const char *data_dir)
{
  g_autofree char *path = get_note_path (data_dir);

  return access (path, F_OK) == 0;
}

/* The database was replaced, durably. A note that came back would have the new one replaced too,
 * and all that was delivered sent again. Errors: IO, NO_SPACE. */
gboolean
bounce_store_remove_damage_note (const char *data_dir, GError **error)
{
  g_autofree char *path = get_note_path (data_dir);

  return bounce_tree_unlink (path, error) && bounce_tree_sync_folder (data_dir, error);
}

/* Errors: as bounce_file_replace(). */
gboolean
bounce_store_write_damage_note (const char *data_dir, GError **error)
{
  g_autofree char *path = get_note_path (data_dir);

  return bounce_file_replace (path, "", 0, 0600, error);
}

/* The next start rebuilds the database. Told once. Thread: any but main. */
void
bounce_store_note_damage (BounceStore *self)
{
  g_autoptr (GError) error = NULL;

  if (!g_atomic_int_compare_and_exchange (&self->is_damaged, FALSE, TRUE))
    return;
  bounce_log (BOUNCE_LOG_ERROR,
              "The database is damaged. The next start of Bounce rebuilds it from "
              "the stored files");
  if (!bounce_store_write_damage_note (self->data_dir, &error))
    bounce_log (BOUNCE_LOG_ERROR, "The damage could not be noted: %s", error->message);
  bounce_store_add_event (self, BOUNCE_EVENT_DATABASE_DAMAGED, NULL, NULL);
}

/* In order, as disks like it: quick_check jumps, takes three times as long on a cold disk, and
 * cannot be cancelled while it does. What goes wrong here is SQLite's to tell. */
static void
read_ahead (const char *path, GCancellable *cancellable)
{
  g_autofree char *block = g_malloc (BLOCK_BYTES);
  int fd = open (path, O_RDONLY | O_CLOEXEC);
  guint64 at = 0;

  while (fd >= 0 && at < READ_AHEAD_MAX_BYTES && !g_cancellable_is_cancelled (cancellable))
    {
      ssize_t size = pread (fd, block, BLOCK_BYTES, (off_t) at);

      if (size <= 0)
        break;
      at += (guint64) size;
    }
  if (fd >= 0)
    close (fd);
}

/* Shape: cancellable (nullable) is looked at until the pages are in memory.
 * Thread: db's, blocking. Errors: CORRUPT, IO, DATABASE, CANCELLED. */
gboolean
bounce_store_check_database (const char *path,
                             BounceDatabase *db,
                             GCancellable *cancellable,
                             GError **error)
{
  read_ahead (path, cancellable);
  return !g_cancellable_set_error_if_cancelled (cancellable, error)
         && bounce_database_check (db, error);
}

static gpointer
check_worker (gpointer data)
{
  BounceStore *self = data;
  g_autofree char *path = bounce_store_get_database_path (self->data_dir);
  g_autoptr (GError) error = NULL;
  g_autoptr (BounceDatabase) db = NULL;

  (void) setpriority (PRIO_PROCESS, 0, NICE_LEVEL); /* of this thread: Linux takes it so */
  db = bounce_database_open (path, BOUNCE_DATABASE_READ, &error);
  if (!db)
    {
      bounce_log (BOUNCE_LOG_WARNING, "The database was not checked: %s", error->message);
      return NULL;
    }
  if (!bounce_store_check_database (path, db, self->check_cancellable, &error)
      && g_error_matches (error, BOUNCE_STORE_ERROR, BOUNCE_STORE_ERROR_CORRUPT))
    bounce_store_note_damage (self);
  return NULL;
}

/* Thread: main. */
void
bounce_store_start_check (BounceStore *self)
{
  self->check_cancellable = g_cancellable_new ();
  self->check = g_thread_new ("store-check", check_worker, self);
}

/* A check that is not done yet begins anew at the next start. */
void
bounce_store_stop_check (BounceStore *self)
{
  if (self->check_cancellable)
    g_cancellable_cancel (self->check_cancellable);
  g_clear_pointer (&self->check, g_thread_join);
  g_clear_object (&self->check_cancellable);
}
