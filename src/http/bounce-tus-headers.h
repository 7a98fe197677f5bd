/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Pure parsing of what a server writes into headers; every text is hostile. */
gboolean bounce_tus_parse_length (const char *text, guint64 *value);
gint64 bounce_http_parse_retry_after (const char *text, gint64 now_seconds);
gint64 bounce_tus_parse_expires (const char *text);
char *bounce_tus_resolve_location (const char *endpoint, const char *location, GError **error);

G_END_DECLS
