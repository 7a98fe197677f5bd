/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "bounce-api-key.h"
#include "bounce-http.h"
#include "bounce-study-metadata.h"

G_BEGIN_DECLS

#define BOUNCE_AURABOX_ERROR (bounce_aurabox_error_quark ())

/* What HTTP cannot tell; everything else comes as BOUNCE_HTTP_ERROR. */
typedef enum
{
  BOUNCE_AURABOX_ERROR_INVALID_RESPONSE, /* a 2xx that is not the JSON asked for: treat as later */
  BOUNCE_AURABOX_ERROR_REFUSED,          /* success: false with 2xx: rejected */
  BOUNCE_AURABOX_ERROR_UNKNOWN_MODE,     /* config with a type or mode that is unknown: rejected */
} BounceAuraboxError;

GQuark bounce_aurabox_error_quark (void);

/* Client of the Bounce API. Main thread. Signal "deprecated" (char *path, char *sunset) at most
 * once per path. */
#define BOUNCE_TYPE_AURABOX (bounce_aurabox_get_type ())
G_DECLARE_FINAL_TYPE (BounceAurabox, bounce_aurabox, BOUNCE, AURABOX, GObject)

BounceAurabox *bounce_aurabox_new (BounceHttp *http, const char *endpoint, BounceApiKey *key);

/* How `init` lists studies and series. */
typedef enum
{
  BOUNCE_STUDIES_AS_ARRAYS, /* as the reference document shows it */
  BOUNCE_STUDIES_BY_UID,    /* as the product in the field sends it */
} BounceStudiesShape;
void bounce_aurabox_set_studies_shape (BounceAurabox *self, BounceStudiesShape shape);

typedef struct
{
  char *type;
  char *mode;
  char *endpoint;
  char *token;
  char *bucket;
  char *assembly_id;
} BounceUploadConfig;
BounceUploadConfig *bounce_upload_config_copy (const BounceUploadConfig *self);
void bounce_upload_config_free (BounceUploadConfig *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (BounceUploadConfig, bounce_upload_config_free)

void bounce_aurabox_get_config_async (BounceAurabox *self,
                                      GCancellable *cancellable,
                                      GAsyncReadyCallback callback,
                                      gpointer user_data);
BounceUploadConfig *
bounce_aurabox_get_config_finish (BounceAurabox *self, GAsyncResult *result, GError **error);

typedef struct
{
  const BounceStudyMetadata *study;
  const char *mode;
  const char *type;
  const char *signature; /* the assembly_id */
  const char *upload_id;
} BounceUploadInit;
void bounce_aurabox_init_async (BounceAurabox *self,
                                const BounceUploadInit *init,
                                GCancellable *cancellable,
                                GAsyncReadyCallback callback,
                                gpointer user_data);
gboolean bounce_aurabox_init_finish (BounceAurabox *self, GAsyncResult *result, GError **error);

typedef enum
{
  BOUNCE_UPLOAD_START,
  BOUNCE_UPLOAD_COMPLETE,
} BounceUploadStep;
void bounce_aurabox_step_async (BounceAurabox *self,
                                BounceUploadStep step,
                                const char *assembly_id,
                                const char *type,
                                const char *upload_id,
                                GCancellable *cancellable,
                                GAsyncReadyCallback callback,
                                gpointer user_data);
gboolean bounce_aurabox_step_finish (BounceAurabox *self, GAsyncResult *result, GError **error);

/* Legacy; nothing of ours needs it. */
void bounce_aurabox_get_signature_async (BounceAurabox *self,
                                         GCancellable *cancellable,
                                         GAsyncReadyCallback callback,
                                         gpointer user_data);
char *
bounce_aurabox_get_signature_finish (BounceAurabox *self, GAsyncResult *result, GError **error);

G_END_DECLS
