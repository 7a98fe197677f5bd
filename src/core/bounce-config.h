/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "bounce-api-key.h"
#include "bounce-retry.h"

#include <json-glib/json-glib.h>

G_BEGIN_DECLS

/* One immutable typed snapshot of the settings (design section 7). Boxed, atomically counted,
 * readable from any thread. */
#define BOUNCE_TYPE_CONFIG (bounce_config_get_type ())
typedef struct _BounceConfig BounceConfig;

GType bounce_config_get_type (void);
BounceConfig *bounce_config_new_default (void);
/* directory: of the file, for a relative base_dir. warnings (out, element-type char*): unknown keys
 * and the like. Numbers and booleans may be strings, as in store.json. */
BounceConfig *bounce_config_new_from_json (
    const char *data, gsize size, const char *directory, GPtrArray **warnings, GError **error);
/* A copy with one value changed from its text form (as `bouncectl config set` gives it); the error
 * names the key, the value (not of a secret) and the allowed range. */
BounceConfig *
bounce_config_with_value (BounceConfig *self, const char *key, const char *value, GError **error);
BounceConfig *bounce_config_with_api_key (BounceConfig *self, BounceApiKey *key);
/* One member of a settings file. */
typedef struct
{
  char *key;
  char *value; /* (nullable) in text form; NULL: of a type that no setting has. May be a secret */
  gboolean is_known; /* there is such a setting */
} BounceConfigMember;

void bounce_config_member_free (BounceConfigMember *self);
GPtrArray *
bounce_config_list_json (const char *data, gsize size, const char *directory, GError **error);
BounceConfig *bounce_config_ref (BounceConfig *self);
void bounce_config_unref (BounceConfig *self);

/* Effective settings, documented names, key masked. */
JsonNode *bounce_config_to_json (BounceConfig *self);

BounceApiKey *bounce_config_get_api_key (BounceConfig *self);    /* (transfer none) (nullable) */
const char *bounce_config_get_api_key_file (BounceConfig *self); /* (nullable) */
char *bounce_config_dup_api_endpoint (BounceConfig *self); /* (nullable) without a key or value */
guint16 bounce_config_get_port (BounceConfig *self);
const char *bounce_config_get_ip_address (BounceConfig *self);
const char *bounce_config_get_ae_title (BounceConfig *self);
const char *bounce_config_get_base_dir (BounceConfig *self);
gboolean bounce_config_get_delete_after_success (BounceConfig *self);
gboolean bounce_config_get_send_logs (BounceConfig *self);
guint bounce_config_get_quiet_period_seconds (BounceConfig *self);
guint bounce_config_get_max_concurrent_uploads (BounceConfig *self);
guint bounce_config_get_max_associations (BounceConfig *self);
BounceRetryPolicy bounce_config_get_retry_policy (BounceConfig *self);

typedef enum
{
  BOUNCE_CONFIG_CHANGE_NOTHING = 0,
  BOUNCE_CONFIG_CHANGE_NOW = 1 << 0,
  BOUNCE_CONFIG_CHANGE_RECEIVER = 1 << 1, /* port, ip_address, ae_title, max_associations */
  BOUNCE_CONFIG_CHANGE_UPLOADER = 1 << 2, /* api_endpoint: from the next transfer */
  BOUNCE_CONFIG_CHANGE_START = 1 << 3,    /* base_dir */
} BounceConfigChange;

BounceConfigChange bounce_config_compare (BounceConfig *before, BounceConfig *after);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (BounceConfig, bounce_config_unref)

G_END_DECLS
