/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

typedef enum
{
  BOUNCE_LOG_DEBUG,
  BOUNCE_LOG_INFO,
  BOUNCE_LOG_WARNING,
  BOUNCE_LOG_ERROR,
} BounceLogLevel;

/* Thread-safe; never blocks on disk (a bounded ring, drained by the log's own thread, counts what
 * it dropped). The text may hold UIDs and AE titles, never patient data; registered secrets are
 * replaced by asterisks before anything else sees the line. */
void bounce_log (BounceLogLevel level, const char *format, ...) G_GNUC_PRINTF (2, 3);

/* Process-wide. state_dir (nullable): where bounce.log goes, rotated. Also takes over g_log(). */
gboolean bounce_log_start (const char *state_dir, GError **error);
void bounce_log_stop (void); /* drains */
void bounce_log_add_secret (const char *secret);

/* Observers are called on the default main context, in order, in batches. */
typedef void (*BounceLogFunc) (BounceLogLevel level,
                               gint64 wall_us,
                               const char *text,
                               gpointer user_data);
guint bounce_log_add_observer (BounceLogFunc func, gpointer user_data, GDestroyNotify destroy);
void bounce_log_remove_observer (guint id);
char *bounce_log_dup_path (void); /* (nullable): bounce.log in use */

G_END_DECLS
