/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "bounce-aurabox.h"

#include <json-glib/json-glib.h>

G_BEGIN_DECLS

/* Answers of the Bounce API are a few hundred bytes. */
#define BOUNCE_AURABOX_MAX_REPLY_BYTES (1024 * 1024)

GBytes *bounce_aurabox_json_encode_init (const BounceUploadInit *init, BounceStudiesShape shape);
GBytes *
bounce_aurabox_json_encode_step (const char *assembly_id, const char *type, const char *upload_id);

/* what: names the request in messages. */
JsonObject *bounce_aurabox_json_read_reply (GBytes *body, const char *what, GError **error);
BounceUploadConfig *
bounce_aurabox_json_decode_config (JsonObject *reply, const char *api_endpoint, GError **error);
char *bounce_aurabox_json_decode_signature (JsonObject *reply, GError **error);

G_END_DECLS
