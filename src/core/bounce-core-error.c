/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* The error domain of core/. A code says what the caller can do about it; errno is mapped here
 * and nowhere else. */

#include "config.h"

#include "bounce-core-error.h"

#include <errno.h>

G_DEFINE_QUARK (bounce - core - error - quark, bounce_core_error)

static BounceCoreError
map_errno (int errsv)
{
  switch (errsv)
    {
    case ENOSPC:
    case EDQUOT:
      return BOUNCE_CORE_ERROR_NO_SPACE;
    case ENOENT:
    case ENOTDIR:
      return BOUNCE_CORE_ERROR_NOT_FOUND;
    default:
      return BOUNCE_CORE_ERROR_IO;
    }
}

/**
 * bounce_core_set_error_errno:
 * @error: (out) (optional): where to put the error
 * @errsv: a saved `errno`
 * @format: what was attempted, printf style
 * @...: its arguments
 *
 * Turns the failure of a system call into an error with the message "WHAT: strerror".
 *
 * Thread: any.
 * Errors: %BOUNCE_CORE_ERROR_NO_SPACE for ENOSPC and EDQUOT, %BOUNCE_CORE_ERROR_NOT_FOUND for
 *   ENOENT and ENOTDIR, %BOUNCE_CORE_ERROR_IO for the rest.
 */
void
bounce_core_set_error_errno (GError **error, int errsv, const char *format, ...)
{
  g_autofree char *what = NULL;
  va_list args;

  va_start (args, format);
  what = g_strdup_vprintf (format, args);
  va_end (args);

  g_set_error (error, BOUNCE_CORE_ERROR, map_errno (errsv), "%s: %s", what, g_strerror (errsv));
}
