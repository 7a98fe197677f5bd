/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* The log of the process.
 *
 * A line is finished and redacted by whoever logs it, goes into a bounded ring, and the log's own
 * thread takes it to file and stderr and hands it on to the observers, in batches, on the default
 * main context. When the ring is full a line is dropped and counted, and the count becomes a line
 * of its own. Before bounce_log_start() and after bounce_log_stop() lines go to stderr directly.
 *
 * Locks: `lock` for the ring, `observers_lock` for observers and their batch; never both. */

#include "config.h"

#include "bounce-log-private.h"

#include "bounce-clock.h"

#include <stdlib.h>

/* Some seconds of the busiest receiving, 1 MB or so. */
#define RING_LINES 4096

typedef struct
{
  BounceLogLevel level;
  gint64 wall_us;
  char *text; /* (owned) redacted */
} Line;

typedef struct
{
  gatomicrefcount ref_count;
  guint id;
  BounceLogFunc func;
  gpointer user_data;
  GDestroyNotify destroy; /* (nullable) */
  gint is_removed;        /* atomic */
} Observer;

static struct
{
  GMutex lock;
  GCond cond;
  GPtrArray *ring;     /* (owned) (nullable) (element-type Line) (lock lock) NULL: not running */
  guint64 dropped;     /* (lock lock) */
  gboolean is_closing; /* (lock lock) */
  char *path;          /* (owned) (nullable) (lock lock) */
  GThread *thread;     /* (owned) whoever starts and stops */
  BounceLogSink *sink; /* (owned) log thread, while it runs */

  GMutex observers_lock;
  GPtrArray *observers; /* (owned) (nullable) (element-type Observer) (lock observers_lock) */
  guint last_id;        /* (lock observers_lock) */
  GPtrArray *batch;     /* (owned) (nullable) (element-type Line) (lock observers_lock) */
} state;

static void
free_line (gpointer data)
{
  Line *line = data;

  g_free (line->text);
  g_free (line);
}

static Line *
new_line (BounceLogLevel level, gint64 wall_us, const char *text)
{
  Line *line = g_new0 (Line, 1);

  line->level = level;
  line->wall_us = wall_us;
  line->text = g_strdup (text);
  return line;
}

static gpointer
ref_observer (gconstpointer data, gpointer user_data)
{
  Observer *observer = (Observer *) data;

  g_atomic_ref_count_inc (&observer->ref_count);
  return observer;
}

static void
unref_observer (gpointer data)
{
  Observer *observer = data;

  if (!g_atomic_ref_count_dec (&observer->ref_count))
    return;
  if (observer->destroy != NULL)
    observer->destroy (observer->user_data);
  g_free (observer);
}

static void
tell_observer (Observer *observer, GPtrArray *lines)
{
  for (guint i = 0; i < lines->len && !g_atomic_int_get (&observer->is_removed); i++)
    {
      Line *line = g_ptr_array_index (lines, i);

      observer->func (line->level, line->wall_us, line->text, observer->user_data);
    }
}

/* On the default main context: gives the batch to every observer. */
static gboolean
deliver_batch_cb (gpointer user_data)
{
  g_autoptr (GPtrArray) lines = NULL;
  g_autoptr (GPtrArray) observers = NULL;

  g_mutex_lock (&state.observers_lock);
  lines = g_steal_pointer (&state.batch);
  if (state.observers != NULL)
    {
      observers = g_ptr_array_copy (state.observers, (GCopyFunc) ref_observer, NULL);
      g_ptr_array_set_free_func (observers, unref_observer);
    }
  g_mutex_unlock (&state.observers_lock);

  for (guint i = 0; lines != NULL && observers != NULL && i < observers->len; i++)
    tell_observer (g_ptr_array_index (observers, i), lines);
  return G_SOURCE_REMOVE;
}

/* Adds a line to the batch, which a main loop that does not run must not let grow for ever. */
static void
add_to_batch (const Line *line)
{
  g_mutex_lock (&state.observers_lock);
  if (state.observers != NULL && state.observers->len > 0)
    {
      if (state.batch == NULL)
        {
          state.batch = g_ptr_array_new_with_free_func (free_line);
          g_idle_add_full (G_PRIORITY_DEFAULT, deliver_batch_cb, NULL, NULL);
        }
      if (state.batch->len < RING_LINES)
        g_ptr_array_add (state.batch, new_line (line->level, line->wall_us, line->text));
    }
  g_mutex_unlock (&state.observers_lock);
}

/* Waits for lines; NULL when the log is closing and nothing is left. */
static GPtrArray *
take_lines (guint64 *dropped)
{
  G_GNUC_UNUSED g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&state.lock);
  GPtrArray *lines;

  while (state.ring->len == 0 && state.dropped == 0 && !state.is_closing)
    g_cond_wait (&state.cond, &state.lock);
  if (state.ring->len == 0 && state.dropped == 0)
    return NULL;
  lines = state.ring;
  state.ring = g_ptr_array_new_with_free_func (free_line);
  *dropped = state.dropped;
  state.dropped = 0;
  return lines;
}

static gboolean
write_line (const Line *line)
{
  add_to_batch (line);
  return bounce_log_sink_write (state.sink, line->level, line->wall_us, line->text);
}

static gboolean
write_dropped (guint64 dropped)
{
  g_autofree char *text = g_strdup_printf ("%" G_GUINT64_FORMAT " log lines were dropped", dropped);
  Line line = { .level = BOUNCE_LOG_WARNING, .wall_us = g_get_real_time (), .text = text };

  return write_line (&line);
}

static gpointer
run_log (gpointer data)
{
  guint64 lost = 0; /* on the way out: a full disk, a stuck stderr */

  for (;;)
    {
      guint64 dropped = 0;
      g_autoptr (GPtrArray) lines = take_lines (&dropped);

      if (lines == NULL)
        return NULL;
      for (guint i = 0; i < lines->len; i++)
        lost += !write_line (g_ptr_array_index (lines, i));
      if (dropped + lost > 0 && write_dropped (dropped + lost))
        lost = 0;
      else
        lost += dropped;
    }
}

/* TRUE when the log took the line or counted it as dropped. */
static gboolean
push_line (BounceLogLevel level, gint64 wall_us, const char *text)
{
  G_GNUC_UNUSED g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&state.lock);

  if (state.ring == NULL)
    return FALSE;
  if (state.ring->len < RING_LINES)
    g_ptr_array_add (state.ring, new_line (level, wall_us, text));
  else
    state.dropped++;
  g_cond_signal (&state.cond);
  return TRUE;
}

static void
log_text (BounceLogLevel level, const char *text)
{
  g_autofree char *redacted = bounce_log_redact (text);
  gint64 wall_us = g_get_real_time ();

  if (!push_line (level, wall_us, redacted))
    bounce_log_write_stderr (level, wall_us, redacted);
}

/**
 * bounce_log:
 * @level: how important it is; debug lines are dropped unless `$G_MESSAGES_DEBUG` asks for
 *   `bounce` or `all`
 * @format: the message, printf style, without a line break; UIDs and AE titles are allowed,
 *   patient data is not
 * @...: its arguments
 *
 * Logs one line.
 *
 * Thread: any; never waits for a disk.
 */
void
bounce_log (BounceLogLevel level, const char *format, ...)
{
  g_autofree char *text = NULL;
  va_list args;

  if (level == BOUNCE_LOG_DEBUG
      && g_log_writer_default_would_drop (G_LOG_LEVEL_DEBUG, GETTEXT_PACKAGE))
    return;
  va_start (args, format);
  text = g_strdup_vprintf (format, args);
  va_end (args);
  log_text (level, text);
}

static const char *
find_field (const GLogField *fields, gsize n_fields, const char *key)
{
  for (gsize i = 0; i < n_fields; i++)
    {
      if (g_str_equal (fields[i].key, key) && fields[i].length < 0)
        return fields[i].value;
    }
  return NULL;
}

static BounceLogLevel
map_level (GLogLevelFlags flags)
{
  if (flags & (G_LOG_LEVEL_ERROR | G_LOG_LEVEL_CRITICAL))
    return BOUNCE_LOG_ERROR;
  if (flags & G_LOG_LEVEL_WARNING)
    return BOUNCE_LOG_WARNING;
  return flags & G_LOG_LEVEL_DEBUG ? BOUNCE_LOG_DEBUG : BOUNCE_LOG_INFO;
}

/* Takes what GLib and the libraries on it log. Before a fatal message ends the process there is
 * no time for the ring. */
static GLogWriterOutput
write_glib_log (GLogLevelFlags flags, const GLogField *fields, gsize n_fields, gpointer user_data)
{
  const char *domain = find_field (fields, n_fields, "GLIB_DOMAIN");
  const char *message = find_field (fields, n_fields, "MESSAGE");
  g_autofree char *text = NULL;

  if (g_log_writer_default_would_drop (flags, domain) || message == NULL)
    return G_LOG_WRITER_HANDLED;
  text = domain != NULL ? g_strdup_printf ("%s: %s", domain, message) : g_strdup (message);
  if (flags & (G_LOG_FLAG_FATAL | G_LOG_LEVEL_ERROR))
    {
      g_autofree char *redacted = bounce_log_redact (text);

      bounce_log_write_stderr (map_level (flags), g_get_real_time (), redacted);
    }
  else
    log_text (map_level (flags), text);
  return G_LOG_WRITER_HANDLED;
}

/**
 * bounce_log_start:
 * @state_dir: (nullable): where bounce.log goes; %NULL for stderr only
 * @error: (out) (optional): where to put the error
 *
 * Starts the log's thread and takes over g_log(), for the rest of the process.
 *
 * Thread: main thread, once before bounce_log_stop().
 * Errors: those of making the directory and opening the file.
 * Returns: %TRUE when it runs
 */
gboolean
bounce_log_start (const char *state_dir, GError **error)
{
  static gsize has_writer;

  g_return_val_if_fail (state.thread == NULL, FALSE);

  state.sink = bounce_log_sink_open (state_dir, error);
  if (state.sink == NULL)
    return FALSE;
  g_mutex_lock (&state.lock);
  state.ring = g_ptr_array_new_with_free_func (free_line);
  state.path = g_strdup (bounce_log_sink_get_path (state.sink));
  state.is_closing = FALSE;
  g_mutex_unlock (&state.lock);
  state.thread = g_thread_new ("bounce-log", run_log, NULL);
  if (g_once_init_enter (&has_writer))
    {
      g_log_set_writer_func (write_glib_log, NULL, NULL);
      g_once_init_leave (&has_writer, 1);
    }
  return TRUE;
}

/**
 * bounce_log_stop:
 *
 * Writes what is in the ring and ends the thread. Later lines go to stderr directly.
 *
 * Thread: main thread.
 */
void
bounce_log_stop (void)
{
  if (state.thread == NULL)
    return;
  g_mutex_lock (&state.lock);
  state.is_closing = TRUE;
  g_cond_signal (&state.cond);
  g_mutex_unlock (&state.lock);
  g_clear_pointer (&state.thread, g_thread_join);

  g_mutex_lock (&state.lock);
  g_clear_pointer (&state.ring, g_ptr_array_unref);
  g_clear_pointer (&state.path, g_free);
  g_mutex_unlock (&state.lock);
  g_clear_pointer (&state.sink, bounce_log_sink_free);
}

/**
 * bounce_log_add_observer:
 * @func: called on the default main context with each line, redacted, in order
 * @user_data: for @func
 * @destroy: (nullable): frees @user_data once the observer is removed
 *
 * Thread: any.
 * Returns: for bounce_log_remove_observer()
 */
guint
bounce_log_add_observer (BounceLogFunc func, gpointer user_data, GDestroyNotify destroy)
{
  Observer *observer;
  guint id;

  g_return_val_if_fail (func != NULL, 0);

  observer = g_new0 (Observer, 1);
  g_atomic_ref_count_init (&observer->ref_count);
  observer->func = func;
  observer->user_data = user_data;
  observer->destroy = destroy;
  g_mutex_lock (&state.observers_lock);
  if (state.observers == NULL)
    state.observers = g_ptr_array_new ();
  id = observer->id = ++state.last_id;
  g_ptr_array_add (state.observers, observer);
  g_mutex_unlock (&state.observers_lock);
  return id;
}

/**
 * bounce_log_remove_observer:
 * @id: of bounce_log_add_observer()
 *
 * Removes an observer; on the main thread it is not called again after this.
 *
 * Thread: any.
 */
void
bounce_log_remove_observer (guint id)
{
  Observer *removed = NULL;

  g_mutex_lock (&state.observers_lock);
  for (guint i = 0; state.observers != NULL && i < state.observers->len && removed == NULL; i++)
    {
      Observer *observer = g_ptr_array_index (state.observers, i);

      if (observer->id == id)
        removed = g_ptr_array_remove_index (state.observers, i);
    }
  g_mutex_unlock (&state.observers_lock);
  if (removed == NULL)
    return;
  g_atomic_int_set (&removed->is_removed, TRUE);
  unref_observer (removed);
}

/**
 * bounce_log_dup_path:
 *
 * Thread: any.
 * Returns: (transfer full) (nullable): the path of bounce.log, while it is written
 */
char *
bounce_log_dup_path (void)
{
  G_GNUC_UNUSED g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&state.lock);

  return g_strdup (state.path);
}
