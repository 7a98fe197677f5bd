/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "bounce-config-private.h"
#include "bounce-config-source.h"

G_BEGIN_DECLS

#define BOUNCE_CONFIG_SOURCE_ENVIRONMENT "BOUNCE_API_KEY"

struct _BounceConfigSource
{
  GObject parent_instance;

  char *path;              /* (owned) (nullable) the JSON file */
  GSettings *settings;     /* (owned) (nullable) the other kind of source */
  gboolean has_stored_key; /* the key may rest in the keyring or its file */

  BounceConfig *loaded;     /* (owned) as file or GSettings have it */
  BounceConfig *config;     /* (owned) in effect: with the key from wherever it is */
  BounceApiKey *stored_key; /* (owned) (nullable) from keyring or its file */
  gboolean is_stored_key_in_file;
  BounceConfig *override;  /* (owned) (nullable) where studies are and go, instead of the above */
  gboolean is_key_pending; /* the keyring has not answered yet */

  GPtrArray *problems;       /* (owned) (element-type utf8) not emitted yet */
  guint problems_source;     /* emits them once the main loop runs */
  GCancellable *cancellable; /* (owned) ends with the source */
};

/* bounce-config-source.c */
void bounce_config_source_add_problem (BounceConfigSource *self, const char *format, ...)
    G_GNUC_PRINTF (2, 3);
void bounce_config_source_warn_of_key_in_file (BounceConfigSource *self);
gboolean
bounce_config_source_check (BounceConfigSource *self, BounceConfig *loaded, GError **error);
gboolean bounce_config_source_use (BounceConfigSource *self, BounceConfig *loaded, GError **error);

/* bounce-config-source-place.c */
gboolean bounce_config_source_is_key_stored (BounceConfigSource *self);
char *bounce_config_source_dup_lock (BounceConfigSource *self, const BounceSetting *setting);

/* bounce-config-source-override.c */
BounceConfig *bounce_config_source_apply_override (BounceConfigSource *self, BounceConfig *config);

/* bounce-config-source-file.c */
char *bounce_config_file_find (gboolean *is_own);
BounceConfig *bounce_config_file_load (BounceConfigSource *self, GError **error);
gboolean bounce_config_file_write (const char *path,
                                   const BounceSetting *setting,
                                   const char *value,
                                   GError **error);
char *bounce_api_key_file_read (const char *path, gboolean *is_open_to_others, GError **error);

/* bounce-config-source-settings.c */
GSettings *bounce_config_settings_open (GError **error);
BounceConfig *bounce_config_settings_load (BounceConfigSource *self);
gboolean bounce_config_settings_is_writable (GSettings *settings, const BounceSetting *setting);
gboolean bounce_config_settings_write (GSettings *settings,
                                       const BounceSetting *setting,
                                       BounceConfig *config,
                                       GError **error);

G_END_DECLS
