/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* Where log lines end: stderr, and bounce.log in the state directory, rotated by size. Under
 * systemd stderr is the journal; then a line begins with its priority in angle brackets
 * (sd-daemon(3)) and leaves the time to the journal. */

#include "config.h"

#include "bounce-log-private.h"

#include "bounce-clock.h"
#include "bounce-core-error.h"
#include "bounce-file.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define FILE_NAME      "bounce.log"
#define MAX_FILE_BYTES ((goffset) 5 * 1024 * 1024)
#define KEPT_FILES     4 /* bounce.log.1 to .4 */

/* A terminal that was stopped or a reader that is gone must not hold the log up for long. */
#define STDERR_WAIT_MS 100

struct _BounceLogSink
{
  char *path; /* (owned) (nullable) */
  int fd;     /* or -1 */
  goffset size_bytes;
};

static const struct
{
  const char *name;
  int priority; /* syslog(3) */
} levels[] = {
  [BOUNCE_LOG_DEBUG] = { "DEBUG", 7 },
  [BOUNCE_LOG_INFO] = { "INFO", 6 },
  [BOUNCE_LOG_WARNING] = { "WARNING", 4 },
  [BOUNCE_LOG_ERROR] = { "ERROR", 3 },
};

/* systemd.exec(5): $JOURNAL_STREAM is device and inode of the stream that is the journal. */
static gboolean
is_journal (int fd)
{
  const char *stream = g_getenv ("JOURNAL_STREAM");
  g_autofree char *own = NULL;
  struct stat status;

  if (stream == NULL || fstat (fd, &status) != 0)
    return FALSE;
  own = g_strdup_printf ("%" G_GUINT64_FORMAT ":%" G_GUINT64_FORMAT, (guint64) status.st_dev,
                         (guint64) status.st_ino);
  return g_str_equal (stream, own);
}

static char *
format_line (BounceLogLevel level, gint64 wall_us, const char *text)
{
  g_autofree char *time = bounce_time_to_iso8601 (wall_us);

  return g_strdup_printf ("%s %s %s\n", time, levels[level].name, text);
}

static gboolean
write_stderr (BounceLogLevel level, gint64 wall_us, const char *text)
{
  g_autofree char *line = is_journal (STDERR_FILENO)
                              ? g_strdup_printf ("<%d>%s\n", levels[level].priority, text)
                              : format_line (level, wall_us, text);
  struct pollfd pollfd = { .fd = STDERR_FILENO, .events = POLLOUT };

  if (poll (&pollfd, 1, STDERR_WAIT_MS) != 1 || (pollfd.revents & POLLOUT) == 0)
    return FALSE;
  return bounce_file_write_all (STDERR_FILENO, line, strlen (line), NULL);
}

/*
 * bounce_log_write_stderr:
 *
 * For the time before the log was started and after it was stopped.
 */
void
bounce_log_write_stderr (BounceLogLevel level, gint64 wall_us, const char *text)
{
  write_stderr (level, wall_us, text);
}

static void
close_file (BounceLogSink *self)
{
  if (self->fd >= 0)
    close (self->fd);
  self->fd = -1;
}

static gboolean
open_file (BounceLogSink *self, GError **error)
{
  struct stat status;

  self->fd = open (self->path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
  if (self->fd < 0 || fchmod (self->fd, 0600) != 0 || fstat (self->fd, &status) != 0)
    {
      bounce_core_set_error_errno (error, errno, "Failed to open %s", self->path);
      close_file (self);
      return FALSE;
    }
  self->size_bytes = status.st_size;
  return TRUE;
}

static void
rotate_files (BounceLogSink *self)
{
  close_file (self);
  for (int i = KEPT_FILES; i > 0; i--)
    {
      g_autofree char *from =
          i > 1 ? g_strdup_printf ("%s.%d", self->path, i - 1) : g_strdup (self->path);
      g_autofree char *to = g_strdup_printf ("%s.%d", self->path, i);

      rename (from, to);
    }
  open_file (self, NULL);
}

static gboolean
write_file (BounceLogSink *self, BounceLogLevel level, gint64 wall_us, const char *text)
{
  g_autofree char *line = format_line (level, wall_us, text);
  size_t length = strlen (line);

  if (self->fd >= 0 && self->size_bytes + (goffset) length > MAX_FILE_BYTES)
    rotate_files (self);
  if (self->fd < 0 && !open_file (self, NULL))
    return FALSE;
  if (!bounce_file_write_all (self->fd, line, length, NULL))
    return FALSE;
  self->size_bytes += (goffset) length;
  return TRUE;
}

/*
 * bounce_log_sink_open:
 * @state_dir: (nullable): the directory of bounce.log, made if need be; %NULL for stderr only
 *
 * Errors: those of bounce_file_make_directories(), and of opening the file.
 * Returns: (transfer full): the sink
 */
BounceLogSink *
bounce_log_sink_open (const char *state_dir, GError **error)
{
  BounceLogSink *self = g_new0 (BounceLogSink, 1);

  self->fd = -1;
  if (state_dir == NULL)
    return self;
  self->path = g_build_filename (state_dir, FILE_NAME, NULL);
  if (!bounce_file_make_directories (state_dir, error) || !open_file (self, error))
    g_clear_pointer (&self, bounce_log_sink_free);
  return self;
}

/*
 * bounce_log_sink_free:
 * @self: (transfer full): the sink
 */
void
bounce_log_sink_free (BounceLogSink *self)
{
  close_file (self);
  g_free (self->path);
  g_free (self);
}

/*
 * bounce_log_sink_get_path:
 *
 * Returns: (nullable): the path of bounce.log
 */
const char *
bounce_log_sink_get_path (BounceLogSink *self)
{
  return self->path;
}

/*
 * bounce_log_sink_write:
 *
 * Returns: %FALSE when the line got lost: the disk is full, nobody reads stderr
 */
gboolean
bounce_log_sink_write (BounceLogSink *self, BounceLogLevel level, gint64 wall_us, const char *text)
{
  gboolean is_kept = self->path == NULL || write_file (self, level, wall_us, text);

  return write_stderr (level, wall_us, text) && is_kept;
}
