/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* Watches the disk below the studies: whether it is still there, and how much is free. A change of
 * either is an event that people see, of free space before C-STORE has to be refused.
 *
 * Life: from opening the service to its shutdown. Threads: main; each look at the file system runs
 * on another thread, because a dead network mount can hang. */

#include "config.h"

#include "bounce-disk-watch.h"

#include "bounce-wording.h"

#include <gio/gio.h>

#define MIB        ((guint64) 1024 * 1024)
#define LOW_BYTES  (2048 * MIB)
#define FULL_BYTES (512 * MIB)
/* A level is left only this far above its threshold, or one study would make the level flap. */
#define MARGIN_BYTES   (64 * MIB)
#define PERIOD_SECONDS 10

struct _BounceDiskWatch
{
  GObject parent_instance;

  BounceStore *store;        /* (owned) */
  GCancellable *cancellable; /* (owned) */
  BounceDiskLevel level;
  guint timer;
  gboolean is_looking;
  gboolean is_gone; /* the disk */
};

G_DEFINE_FINAL_TYPE (BounceDiskWatch, bounce_disk_watch, G_TYPE_OBJECT)

enum
{
  SIGNAL_RETURNED,
  N_SIGNALS,
};

static guint signals[N_SIGNALS];

static const int level_events[] = {
  [BOUNCE_DISK_OK] = BOUNCE_EVENT_DISK_OK,
  [BOUNCE_DISK_LOW] = BOUNCE_EVENT_DISK_LOW,
  [BOUNCE_DISK_FULL] = BOUNCE_EVENT_DISK_FULL,
};

/**
 * bounce_disk_level_next:
 * @current: the level so far
 * @free_bytes: free now
 *
 * The level that @free_bytes means: low below 2048 MiB, full below 512 MiB; better again only
 * 64 MiB above the threshold.
 *
 * Thread: any
 */
BounceDiskLevel
bounce_disk_level_next (BounceDiskLevel current, guint64 free_bytes)
{
  guint64 full = FULL_BYTES + (current == BOUNCE_DISK_FULL ? MARGIN_BYTES : 0);
  guint64 low = LOW_BYTES + (current != BOUNCE_DISK_OK ? MARGIN_BYTES : 0);

  if (free_bytes < full)
    return BOUNCE_DISK_FULL;
  return free_bytes < low ? BOUNCE_DISK_LOW : BOUNCE_DISK_OK;
}

static void
report_level (BounceDiskWatch *self, guint64 free_bytes)
{
  g_autofree char *text = g_strdup_printf ("%" G_GUINT64_FORMAT, free_bytes);
  GVariantBuilder args;

  g_variant_builder_init (&args, G_VARIANT_TYPE ("a{ss}"));
  g_variant_builder_add (&args, "{ss}", "bytes", text);
  bounce_store_add_event (self->store, level_events[self->level], NULL,
                          g_variant_builder_end (&args));
}

static void
read_free_bytes_worker (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  guint64 *free_bytes = g_new (guint64, 1);

  *free_bytes = bounce_store_get_free_bytes (data);
  g_task_return_pointer (task, free_bytes, g_free);
}

static void
free_bytes_read_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  BounceDiskWatch *self = BOUNCE_DISK_WATCH (source);
  g_autofree guint64 *free_bytes = g_task_propagate_pointer (G_TASK (result), NULL);
  BounceDiskLevel level;

  self->is_looking = FALSE;
  if (free_bytes == NULL)
    return; /* stopped meanwhile */
  level = bounce_disk_level_next (self->level, *free_bytes);
  if (level == self->level)
    return;
  self->level = level;
  report_level (self, *free_bytes);
}

static void
read_free_bytes (BounceDiskWatch *self)
{
  g_autoptr (GTask) task = g_task_new (self, self->cancellable, free_bytes_read_cb, NULL);

  g_task_set_source_tag (task, read_free_bytes);
  g_task_set_task_data (task, g_object_ref (self->store), g_object_unref);
  g_task_run_in_thread (task, read_free_bytes_worker);
}

static void
set_gone (BounceDiskWatch *self, gboolean is_gone)
{
  if (self->is_gone == is_gone)
    return;
  self->is_gone = is_gone;
  bounce_store_add_event (self->store,
                          is_gone ? BOUNCE_EVENT_STORAGE_GONE : BOUNCE_EVENT_STORAGE_BACK, NULL,
                          g_variant_new_array (G_VARIANT_TYPE ("{ss}"), NULL, 0));
  if (!is_gone)
    g_signal_emit (self, signals[SIGNAL_RETURNED], 0);
}

/* What is free on a disk that is not there says nothing. */
static void
storage_checked_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (BounceDiskWatch) self = user_data;
  g_autoptr (GError) error = NULL;

  if (bounce_store_check_storage_finish (BOUNCE_STORE (source), result, &error))
    {
      set_gone (self, FALSE);
      read_free_bytes (self);
      return;
    }
  self->is_looking = FALSE;
  if (g_error_matches (error, BOUNCE_STORE_ERROR, BOUNCE_STORE_ERROR_NOT_MOUNTED))
    set_gone (self, TRUE);
}

static gboolean
look_cb (gpointer user_data)
{
  BounceDiskWatch *self = user_data;

  if (self->is_looking)
    return G_SOURCE_CONTINUE;
  self->is_looking = TRUE;
  bounce_store_check_storage_async (self->store, self->cancellable, storage_checked_cb,
                                    g_object_ref (self));
  return G_SOURCE_CONTINUE;
}

static void
bounce_disk_watch_dispose (GObject *object)
{
  BounceDiskWatch *self = BOUNCE_DISK_WATCH (object);

  bounce_disk_watch_stop (self);
  g_clear_object (&self->store);
  g_clear_object (&self->cancellable);
  G_OBJECT_CLASS (bounce_disk_watch_parent_class)->dispose (object);
}

static void
bounce_disk_watch_class_init (BounceDiskWatchClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = bounce_disk_watch_dispose;
  /**
   * BounceDiskWatch::returned: the disk was gone and is there again.
   */
  signals[SIGNAL_RETURNED] = g_signal_new ("returned", G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_LAST,
                                           0, NULL, NULL, NULL, G_TYPE_NONE, 0);
}

static void
bounce_disk_watch_init (BounceDiskWatch *self)
{
  self->cancellable = g_cancellable_new ();
}

/**
 * bounce_disk_watch_new:
 * @store: whose storage to watch
 *
 * Looks at once and then every ten seconds; a change becomes an event of @store.
 *
 * Thread: main
 * Returns: (transfer full): the watch
 */
BounceDiskWatch *
bounce_disk_watch_new (BounceStore *store)
{
  BounceDiskWatch *self;

  g_return_val_if_fail (BOUNCE_IS_STORE (store), NULL);

  self = g_object_new (BOUNCE_TYPE_DISK_WATCH, NULL);
  self->store = g_object_ref (store);
  self->timer = g_timeout_add_seconds (PERIOD_SECONDS, look_cb, self);
  look_cb (self);
  return self;
}

/**
 * bounce_disk_watch_stop:
 *
 * Ends watching; a look in progress is forgotten.
 *
 * Thread: main
 */
void
bounce_disk_watch_stop (BounceDiskWatch *self)
{
  g_return_if_fail (BOUNCE_IS_DISK_WATCH (self));

  g_clear_handle_id (&self->timer, g_source_remove);
  if (self->cancellable != NULL)
    g_cancellable_cancel (self->cancellable);
}
