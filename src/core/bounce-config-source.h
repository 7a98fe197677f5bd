/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "bounce-config.h"

#include <gio/gio.h>

G_BEGIN_DECLS

/* Where the settings come from: a JSON file (bounced) or GSettings (bounce), with the key from
 * libsecret, $BOUNCE_API_KEY, api_key_file or a 0600 file. Properties "config" (BounceConfig) and
 * "key-pending" (gboolean), signal "changed" on the main context, signal "problem" (char *message).
 * Main thread only. */
#define BOUNCE_TYPE_CONFIG_SOURCE (bounce_config_source_get_type ())
G_DECLARE_FINAL_TYPE (BounceConfigSource, bounce_config_source, BOUNCE, CONFIG_SOURCE, GObject)

/* path NULL: /etc/bounce/bounce.json, then $XDG_CONFIG_HOME/bounce/bounce.json, then defaults. */
BounceConfigSource *bounce_config_source_open_file (const char *path, GError **error);
BounceConfigSource *bounce_config_source_open_settings (GError **error);
BounceConfig *bounce_config_source_get_config (BounceConfigSource *self); /* (transfer none) */
const char *bounce_config_source_get_path (BounceConfigSource *self);     /* (nullable) */
gboolean bounce_config_source_reload (BounceConfigSource *self, GError **error); /* SIGHUP */
/* Validates, persists (the file is replaced atomically), then emits "changed". */
void bounce_config_source_set_async (BounceConfigSource *self,
                                     const char *key,
                                     const char *value,
                                     GCancellable *cancellable,
                                     GAsyncReadyCallback callback,
                                     gpointer user_data);
gboolean
bounce_config_source_set_finish (BounceConfigSource *self, GAsyncResult *result, GError **error);
gboolean bounce_config_source_is_locked (BounceConfigSource *self, const char *key);
gboolean bounce_config_source_is_overridden (BounceConfigSource *self, const char *key);
/* The keyring has not answered yet: whether there is an API key is not known. */
gboolean bounce_config_source_is_key_pending (BounceConfigSource *self);
/* Where studies are and go, instead of the settings, which stay as they are and are locked. */
gboolean bounce_config_source_override (BounceConfigSource *self,
                                        const char *api_key,
                                        const char *api_endpoint,
                                        const char *base_dir,
                                        GError **error);

typedef enum
{
  BOUNCE_KEY_PLACE_NONE,          /* no key */
  BOUNCE_KEY_PLACE_TRIAL,         /* made up for a trial; kept nowhere */
  BOUNCE_KEY_PLACE_ENVIRONMENT,   /* $BOUNCE_API_KEY */
  BOUNCE_KEY_PLACE_KEY_FILE,      /* the file that api_key_file names */
  BOUNCE_KEY_PLACE_SETTINGS_FILE, /* api_key in the settings file */
  BOUNCE_KEY_PLACE_KEYRING,
  BOUNCE_KEY_PLACE_OWN_FILE, /* for want of a keyring: a 0600 file of ours, to be warned of */
} BounceKeyPlace;

BounceKeyPlace bounce_config_source_get_key_place (BounceConfigSource *self);

G_END_DECLS
