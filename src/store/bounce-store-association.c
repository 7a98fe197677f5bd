/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* Who sent what, one row per association. The row is written behind the association's back: its
 * number is known at once and everything the writer does comes in order, so no peer waits for it.
 * Counts are kept in memory until the end; after a crash the row says "lost". */

#include "config.h"

#include "bounce-store-association-private.h"

typedef struct
{
  gint64 id;
  gint64 at_us;
  char *address, *calling_ae, *called_ae; /* at the beginning */
  char *outcome;                          /* at the end */
} Association;

typedef struct
{
  gint64 instances, bytes;
} AssociationTotals;

static void
free_association (gpointer data)
{
  Association *association = data;

  g_free (association->address);
  g_free (association->calling_ae);
  g_free (association->called_ae);
  g_free (association->outcome);
  g_free (association);
}

static const char begin_sql[] = "INSERT INTO associations (id, address, calling_ae, called_ae,"
                                " started_at) VALUES (?1, ?2, ?3, ?4, ?5)";
static const char forget_sql[] = "DELETE FROM associations WHERE id <= ?1";

static gboolean
write_begin (BounceStore *self, BounceDatabase *db, gpointer data, GError **error)
{
  Association *association = data;

  return bounce_database_run (db, error, begin_sql, "ittti", association->id, association->address,
                              association->calling_ae, association->called_ae, association->at_us)
         && bounce_database_run (db, error, forget_sql, "i", association->id - BOUNCE_HISTORY_MAX);
}

/**
 * bounce_store_begin_association_sync:
 * @self: the store
 * @address: of the peer
 * @calling_ae: its AE title
 * @called_ae: the AE title it asked for
 * @association_id: (out): for arrivals and the end
 * @error: return location
 *
 * Thread: any; does not wait for the disk.
 */
gboolean
bounce_store_begin_association_sync (BounceStore *self,
                                     const char *address,
                                     const char *calling_ae,
                                     const char *called_ae,
                                     gint64 *association_id,
                                     GError **error)
{
  Association *association = g_new0 (Association, 1);

  association->id = __atomic_add_fetch (&self->last_association_id, 1, __ATOMIC_RELAXED);
  association->at_us = bounce_clock_get_wall_us (self->clock);
  association->address = g_strdup (address);
  association->calling_ae = g_strdup (calling_ae);
  association->called_ae = g_strdup (called_ae);
  *association_id = association->id;
  bounce_store_write_later (self, write_begin, association, free_association);
  return TRUE;
}

/* One more of an association. Thread: the writer. */
void
bounce_store_count_arrival (BounceStore *self, gint64 association_id, guint64 bytes)
{
  AssociationTotals *totals = g_hash_table_lookup (self->association_totals, &association_id);

  if (!totals)
    {
      totals = g_new0 (AssociationTotals, 1);
      g_hash_table_insert (self->association_totals,
                           g_memdup2 (&association_id, sizeof association_id), totals);
    }
  totals->instances++;
  totals->bytes += (gint64) bytes;
}

static const char end_sql[] = "UPDATE associations SET ended_at = ?2, instances = ?3, bytes = ?4,"
                              " outcome = ?5 WHERE id = ?1";

static gboolean
write_end (BounceStore *self, BounceDatabase *db, gpointer data, GError **error)
{
  Association *association = data;
  AssociationTotals *totals = g_hash_table_lookup (self->association_totals, &association->id);
  gint64 instances = totals ? totals->instances : 0;
  gint64 bytes = totals ? totals->bytes : 0;

  g_hash_table_remove (self->association_totals, &association->id);
  return bounce_database_run (db, error, end_sql, "iiiit", association->id, association->at_us,
                              instances, bytes, association->outcome);
}

/**
 * bounce_store_end_association:
 * @self: the store
 * @association_id: from the beginning
 * @outcome: a short word: released, aborted, lost
 *
 * Thread: any; does not wait.
 */
void
bounce_store_end_association (BounceStore *self, gint64 association_id, const char *outcome)
{
  Association *association = g_new0 (Association, 1);

  association->id = association_id;
  association->at_us = bounce_clock_get_wall_us (self->clock);
  association->outcome = g_strdup (outcome);
  bounce_store_write_later (self, write_end, association, free_association);
}
