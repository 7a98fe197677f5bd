/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include <json-glib/json-glib.h>
#include <libsoup/soup.h>

G_BEGIN_DECLS

/* Every answer leaves through one of these, so that faults can alter it last. */
void sandbox_reply_empty (SoupServerMessage *message, guint status);
void sandbox_reply_text (SoupServerMessage *message,
                         guint status,
                         const char *content_type,
                         const char *text);
void sandbox_reply_json (SoupServerMessage *message, guint status, JsonNode *body);
void sandbox_reply_object (SoupServerMessage *message, guint status, JsonObject *body);
/* {"success": true|false, "message": …} */
void sandbox_reply_outcome (SoupServerMessage *message, guint status, const char *text);
/* SANDBOX_ERROR as 422 or 500. */
void sandbox_reply_error (SoupServerMessage *message, const GError *error);
void sandbox_reply_bytes (SoupServerMessage *message, const char *content_type, GBytes *bytes);

const char *sandbox_get_header (SoupServerMessage *message, const char *name);
void sandbox_set_header (SoupServerMessage *message, const char *name, const char *value);
/* The token of "Authorization: Bearer …"; NULL without one. */
const char *sandbox_get_bearer (SoupServerMessage *message);
void sandbox_disconnect (SoupServerMessage *message);

/* Answer later: holds a reference; release answers, unless the client is gone by then. */
void sandbox_hold (SoupServerMessage *message);
gboolean sandbox_is_gone (SoupServerMessage *message);
void sandbox_release (SoupServerMessage *message);

G_END_DECLS
