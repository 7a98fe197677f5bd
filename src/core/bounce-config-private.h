/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "bounce-config.h"

G_BEGIN_DECLS

typedef enum
{
  BOUNCE_SETTING_TEXT,
  BOUNCE_SETTING_UINT,
  BOUNCE_SETTING_BOOLEAN,
  BOUNCE_SETTING_API_KEY,
} BounceSettingType;

/* Returns the text to keep (transfer full), or NULL when value is not in the range. */
typedef char *(*BounceSettingNormalize) (const char *value);

/* One row for each setting: design section 7. */
typedef struct
{
  const char *key;
  BounceSettingType type;
  const char *fallback; /* (nullable) the default in text form */
  guint minimum;        /* of numbers */
  guint maximum;
  const char *allowed;              /* the range in words; of texts to be translated */
  BounceSettingNormalize normalize; /* (nullable) of texts */
  gboolean may_be_empty;            /* empty means: not set */
  BounceConfigChange effect;
  gsize offset; /* in BounceConfig */
} BounceSetting;

const BounceSetting *bounce_settings_get_table (guint *n_settings);
const BounceSetting *bounce_settings_find (const char *key); /* (nullable) */

gboolean bounce_config_set_value (BounceConfig *self,
                                  const BounceSetting *setting,
                                  const char *value,
                                  GError **error);
char *bounce_config_dup_value (BounceConfig *self, const BounceSetting *setting);
BounceConfig *bounce_config_copy (BounceConfig *self);

struct _BounceConfig
{
  gatomicrefcount ref_count;
  BounceApiKey *api_key; /* (owned) (nullable) */
  char *api_key_file;    /* (owned) (nullable) */
  char *api_endpoint;    /* (owned) (nullable) as set */
  char *ip_address;      /* (owned) */
  char *ae_title;        /* (owned) */
  char *base_dir;        /* (owned) */
  guint port;
  guint quiet_period_seconds;
  guint max_concurrent_uploads;
  guint max_associations;
  guint retry_base_seconds;
  guint retry_cap_seconds;
  guint max_upload_attempts;
  gboolean delete_after_success;
  gboolean send_logs;
};

G_END_DECLS
