/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include <gio/gio.h>
#include <json-glib/json-glib.h>

G_BEGIN_DECLS

#define BOUNCE_JSON_MAX_DEPTH 64
#define BOUNCE_JSON_MAX_BYTES (16 * 1024 * 1024)

/* The only way JSON from outside is read: size, UTF-8 and depth are checked before json-glib. */
JsonNode *bounce_json_parse (const char *data, gsize size, gsize max_size, GError **error);
/* The same, and an error when a member occurs twice in one object. */
JsonNode *bounce_json_parse_unique (const char *data, gsize size, gsize max_size, GError **error);
/* Typed reads that never assert: NULL / fallback when absent or of another type. */
const char *bounce_json_get_string (JsonObject *object, const char *member);
gint64 bounce_json_get_int (JsonObject *object, const char *member, gint64 fallback);
JsonObject *bounce_json_get_object (JsonObject *object, const char *member);
JsonArray *bounce_json_get_array (JsonObject *object, const char *member);
char *bounce_json_to_text (JsonNode *node, gboolean pretty);

G_END_DECLS
