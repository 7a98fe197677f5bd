/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include <glib-object.h>

G_BEGIN_DECLS

/* aura_{region}_bounce_{user}_{token}[_{env}]; the token may hold '_'. Boxed, immutable. */
#define BOUNCE_TYPE_API_KEY (bounce_api_key_get_type ())
typedef struct _BounceApiKey BounceApiKey;

GType bounce_api_key_get_type (void);
/* The error names what is wrong, never the key. */
BounceApiKey *bounce_api_key_parse (const char *text, GError **error);
char *bounce_api_key_dup_problem (const char *text); /* (nullable) translated, for a form */
BounceApiKey *bounce_api_key_ref (BounceApiKey *self);
void bounce_api_key_unref (BounceApiKey *self);
const char *bounce_api_key_get_text (const BounceApiKey *self);
const char *bounce_api_key_get_region (const BounceApiKey *self);
const char *bounce_api_key_get_environment (const BounceApiKey *self); /* (nullable) */
char *bounce_api_key_dup_endpoint (const BounceApiKey *self); /* https://{region}.aurabox.app */
char *bounce_api_key_dup_masked (const BounceApiKey *self);   /* aura_au_bounce_**** */

G_DEFINE_AUTOPTR_CLEANUP_FUNC (BounceApiKey, bounce_api_key_unref)

G_END_DECLS
