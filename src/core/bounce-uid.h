/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

#define BOUNCE_UID_MAX_LENGTH 64

/* PS3.5 9.1 as far as paths need it: [0-9.], 1-64 characters, no empty component. */
gboolean bounce_uid_is_valid (const char *uid);
char *bounce_uid_generate (void);                         /* 2.25.{UUID as decimal}, PS3.5 B.2 */
char *bounce_upload_id_generate (void);                   /* UUIDv4 */
gboolean bounce_ae_title_is_valid (const char *ae_title); /* PS3.5 6.2 AE, 1-16, not only spaces */

G_END_DECLS
