/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "bounce-service.h"

G_BEGIN_DECLS

/* What a settings window asks beyond the values. Main thread. */
gboolean bounce_service_is_setting_locked (BounceService *self, const char *key);
gboolean bounce_service_is_setting_overridden (BounceService *self, const char *key);
BounceKeyPlace bounce_service_get_key_place (BounceService *self);
gboolean bounce_service_is_receiver_restart_needed (BounceService *self);
gboolean bounce_service_is_restart_needed (BounceService *self);

/* --- the settings file of an earlier version --- */

typedef enum
{
  BOUNCE_IMPORT_TAKEN,
  BOUNCE_IMPORT_SAME,    /* it was so already */
  BOUNCE_IMPORT_UNKNOWN, /* there is no such setting any more */
  BOUNCE_IMPORT_WRONG,   /* the value is not allowed */
  BOUNCE_IMPORT_LOCKED,  /* by an administrator */
  BOUNCE_IMPORT_FAILED,  /* error says why: it could not be kept, or not while studies are stored */
} BounceImportOutcome;

/* What became of one member of the file. */
typedef struct
{
  char *key;
  char *value; /* (nullable) in text form; of the API key what may be shown */
  BounceImportOutcome outcome;
  GError *error; /* (nullable) */
} BounceImportedSetting;

void bounce_service_import_settings_async (BounceService *self,
                                           const char *path,
                                           GCancellable *cancellable,
                                           GAsyncReadyCallback callback,
                                           gpointer user_data);
GPtrArray *
bounce_service_import_settings_finish (BounceService *self, GAsyncResult *result, GError **error);

G_END_DECLS
