/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "bounce-log.h"

G_BEGIN_DECLS

/* Longer lines are cut. Below PIPE_BUF, so that a line goes into a pipe as a whole. */
#define BOUNCE_LOG_MAX_LINE 3800

/* bounce-log-redact.c: any thread. */
char *bounce_log_redact (const char *text);

/* bounce-log-sink.c: where lines end, stderr and the rotated file. One thread at a time. */
typedef struct _BounceLogSink BounceLogSink;

BounceLogSink *bounce_log_sink_open (const char *state_dir, GError **error);
void bounce_log_sink_free (BounceLogSink *self);
const char *bounce_log_sink_get_path (BounceLogSink *self); /* (nullable) */
/* Returns FALSE when the line got lost on the way to the file or to stderr. */
gboolean
bounce_log_sink_write (BounceLogSink *self, BounceLogLevel level, gint64 wall_us, const char *text);
void bounce_log_write_stderr (BounceLogLevel level, gint64 wall_us, const char *text);

G_END_DECLS
