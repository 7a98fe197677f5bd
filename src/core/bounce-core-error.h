/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

#define BOUNCE_CORE_ERROR (bounce_core_error_quark ())

typedef enum
{
  BOUNCE_CORE_ERROR_INVALID,     /* malformed input: the message names it and the allowed range */
  BOUNCE_CORE_ERROR_NOT_FOUND,   /* a file, key or setting that should exist does not */
  BOUNCE_CORE_ERROR_NO_SPACE,    /* ENOSPC, EDQUOT */
  BOUNCE_CORE_ERROR_IO,          /* any other failure of a file operation */
  BOUNCE_CORE_ERROR_UNAVAILABLE, /* secret service, journal: not here at present */
} BounceCoreError;

GQuark bounce_core_error_quark (void);

/* Maps errno to BOUNCE_CORE_ERROR; message is "WHAT: strerror". */
void bounce_core_set_error_errno (GError **error, int errsv, const char *format, ...)
    G_GNUC_PRINTF (3, 4);

G_END_DECLS
