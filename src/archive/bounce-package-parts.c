/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* The parts of one package, in the archive's order.
 *
 * Parts for LOOK_AHEAD_BYTES of input are under way, so that the pool always has work and memory
 * stays bounded however large an entry is. One thread takes them; any thread may stop it. */

#include "config.h"

#include "bounce-package-parts-private.h"

/* Of input whose output may wait for libzip; enough for 40 CT images or 20 blocks. */
#define LOOK_AHEAD_BYTES (20 * 1024 * 1024)

struct _BouncePackageParts
{
  GPtrArray *entries; /* (unowned) (element-type BouncePackageEntry) */
  GQueue pushed;      /* (element-type BouncePackagePart) (owned) not taken yet */
  gsize ahead_bytes;
  guint next_entry; /* where the next part to push is */
  guint64 next_offset;

  GMutex lock;
  GCond changed;
  gboolean is_stopped; /* (lock lock) */
};

static void
part_done_cb (BouncePackagePart *part)
{
  BouncePackageParts *self = part->owner;

  g_mutex_lock (&self->lock);
  part->is_done = TRUE;
  g_cond_broadcast (&self->changed);
  g_mutex_unlock (&self->lock);
}

static gboolean
part_is_unwanted_cb (BouncePackagePart *part)
{
  BouncePackageParts *self = part->owner;
  gboolean is_stopped;

  g_mutex_lock (&self->lock);
  is_stopped = self->is_stopped;
  g_mutex_unlock (&self->lock);

  return is_stopped;
}

static void
push_next_part (BouncePackageParts *self)
{
  BouncePackageEntry *entry = g_ptr_array_index (self->entries, self->next_entry);
  BouncePackagePart *part = bounce_package_part_new (entry, self->next_offset);

  part->owner = self;
  part->done = part_done_cb;
  part->is_unwanted = part_is_unwanted_cb;
  self->next_offset += part->size_bytes;
  if (part->is_last)
    {
      self->next_entry++;
      self->next_offset = 0;
    }
  self->ahead_bytes += part->size_bytes;
  g_queue_push_tail (&self->pushed, part);
  bounce_package_pool_push (part);
}

static void
look_ahead (BouncePackageParts *self)
{
  while (self->next_entry < self->entries->len
         && (g_queue_is_empty (&self->pushed) || self->ahead_bytes < LOOK_AHEAD_BYTES))
    push_next_part (self);
}

/* TRUE with the part done; FALSE when stopped first, unless even then its end is waited for. */
static gboolean
wait_for_part (BouncePackageParts *self, BouncePackagePart *part, gboolean even_stopped)
{
  gboolean is_usable;

  g_mutex_lock (&self->lock);
  while (!part->is_done && (even_stopped || !self->is_stopped))
    g_cond_wait (&self->changed, &self->lock);
  is_usable = even_stopped || !self->is_stopped;
  g_mutex_unlock (&self->lock);

  return is_usable;
}

/**
 * bounce_package_parts_new:
 * @entries: (element-type BouncePackageEntry): must outlive the parts
 *
 * Returns: (transfer full): the parts of @entries
 */
BouncePackageParts *
bounce_package_parts_new (GPtrArray *entries)
{
  BouncePackageParts *self = g_new0 (BouncePackageParts, 1);

  self->entries = entries;
  g_mutex_init (&self->lock);
  g_cond_init (&self->changed);
  g_queue_init (&self->pushed);

  return self;
}

/**
 * bounce_package_parts_take:
 *
 * Waits for the next part. Called no more often than there are parts.
 *
 * Thread: one only; blocks.
 * Returns: (transfer full) (nullable): it, perhaps with an error; %NULL once stopped
 */
BouncePackagePart *
bounce_package_parts_take (BouncePackageParts *self)
{
  BouncePackagePart *part;

  look_ahead (self);
  part = g_queue_peek_head (&self->pushed);
  g_assert (part != NULL);
  if (!wait_for_part (self, part, FALSE))
    return NULL;
  g_queue_pop_head (&self->pushed);
  self->ahead_bytes -= part->size_bytes;
  look_ahead (self);

  return part;
}

/**
 * bounce_package_parts_stop:
 *
 * Nothing is compressed or handed out from now on.
 *
 * Thread: any.
 */
void
bounce_package_parts_stop (BouncePackageParts *self)
{
  g_mutex_lock (&self->lock);
  self->is_stopped = TRUE;
  g_cond_broadcast (&self->changed);
  g_mutex_unlock (&self->lock);
}

/**
 * bounce_package_parts_free:
 * @self: (transfer full): parts; those under way are waited for, for milliseconds when stopped
 */
void
bounce_package_parts_free (BouncePackageParts *self)
{
  BouncePackagePart *part;

  while ((part = g_queue_pop_head (&self->pushed)) != NULL)
    {
      wait_for_part (self, part, TRUE);
      bounce_package_part_free (part);
    }
  g_cond_clear (&self->changed);
  g_mutex_clear (&self->lock);
  g_free (self);
}
