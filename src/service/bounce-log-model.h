/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "bounce-log.h"

#include <gio/gio.h>

G_BEGIN_DECLS

/* Lines kept; the oldest go first. */
#define BOUNCE_LOG_MODEL_MAX_LINES 10000

/* A line of the log. Immutable. Properties: "level" (int), "time-us" (int64), "text". */
#define BOUNCE_TYPE_LOG_LINE (bounce_log_line_get_type ())
G_DECLARE_FINAL_TYPE (BounceLogLine, bounce_log_line, BOUNCE, LOG_LINE, GObject)

BounceLogLevel bounce_log_line_get_level (BounceLogLine *self);
gint64 bounce_log_line_get_time_us (BounceLogLine *self);
const char *bounce_log_line_get_text (BounceLogLine *self);

/* The log from now on, oldest first. Main thread. Properties (read and write, notify): "level"
 * (int, the least that is shown), "search" (nullable), "paused" (the list stands still; what comes
 * meanwhile is kept and shown afterwards), "n-items". */
#define BOUNCE_TYPE_LOG_MODEL (bounce_log_model_get_type ())
G_DECLARE_FINAL_TYPE (BounceLogModel, bounce_log_model, BOUNCE, LOG_MODEL, GObject)

BounceLogModel *bounce_log_model_new (void);
void bounce_log_model_set_level (BounceLogModel *self, BounceLogLevel level);
void bounce_log_model_set_search (BounceLogModel *self, const char *search);
void bounce_log_model_set_paused (BounceLogModel *self, gboolean is_paused);
gboolean bounce_log_model_get_paused (BounceLogModel *self);
void bounce_log_model_clear (BounceLogModel *self);
char *bounce_log_model_dup_text (BounceLogModel *self); /* what is shown, for the clipboard */

G_END_DECLS
