/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* The service's error domain, its names on the bus, and the document's texts: every failure of a
 * command starts with the words the API document gives that command, then the reason. */

#include "config.h"

#include "bounce-service-error.h"

#include <gio/gio.h>

static const GDBusErrorEntry error_names[] = {
  { BOUNCE_SERVICE_ERROR_START_FAILED, "cloud.aurabox.Bounce1.Error.StartFailed" },
  { BOUNCE_SERVICE_ERROR_STOP_FAILED, "cloud.aurabox.Bounce1.Error.StopFailed" },
  { BOUNCE_SERVICE_ERROR_SEND_FAILED, "cloud.aurabox.Bounce1.Error.SendFailed" },
  { BOUNCE_SERVICE_ERROR_DELETE_FAILED, "cloud.aurabox.Bounce1.Error.DeleteFailed" },
  { BOUNCE_SERVICE_ERROR_CLEAR_STUDIES, "cloud.aurabox.Bounce1.Error.ClearStudies" },
  { BOUNCE_SERVICE_ERROR_CLEAR_STUDY, "cloud.aurabox.Bounce1.Error.ClearStudy" },
  { BOUNCE_SERVICE_ERROR_INVALID, "cloud.aurabox.Bounce1.Error.Invalid" },
  { BOUNCE_SERVICE_ERROR_LOCKED, "cloud.aurabox.Bounce1.Error.Locked" },
  { BOUNCE_SERVICE_ERROR_NOT_MOUNTED, "cloud.aurabox.Bounce1.Error.NotMounted" },
  { BOUNCE_SERVICE_ERROR_FAILED, "cloud.aurabox.Bounce1.Error.Failed" },
  { BOUNCE_SERVICE_ERROR_UNAUTHORISED, "cloud.aurabox.Bounce1.Error.Unauthorised" },
  { BOUNCE_SERVICE_ERROR_UNREACHABLE, "cloud.aurabox.Bounce1.Error.Unreachable" },
  { BOUNCE_SERVICE_ERROR_UNTRUSTED, "cloud.aurabox.Bounce1.Error.Untrusted" },
  { BOUNCE_SERVICE_ERROR_SERVER, "cloud.aurabox.Bounce1.Error.Server" },
  { BOUNCE_SERVICE_ERROR_NOT_AURABOX, "cloud.aurabox.Bounce1.Error.NotAurabox" },
  { BOUNCE_SERVICE_ERROR_IN_USE, "cloud.aurabox.Bounce1.Error.InUse" },
  { BOUNCE_SERVICE_ERROR_PRIVILEGED, "cloud.aurabox.Bounce1.Error.Privileged" },
  { BOUNCE_SERVICE_ERROR_NOT_LOCAL, "cloud.aurabox.Bounce1.Error.NotLocal" },
  { BOUNCE_SERVICE_ERROR_NOT_EMPTY, "cloud.aurabox.Bounce1.Error.NotEmpty" },
  { BOUNCE_SERVICE_ERROR_TAKEN, "cloud.aurabox.Bounce1.Error.Taken" },
  { BOUNCE_SERVICE_ERROR_NO_SPACE, "cloud.aurabox.Bounce1.Error.NoSpace" },
  { BOUNCE_SERVICE_ERROR_NOT_WRITABLE, "cloud.aurabox.Bounce1.Error.NotWritable" },
};

/* (nullable) where the document has no words of its own. */
static const char *const error_prefixes[] = {
  [BOUNCE_SERVICE_ERROR_START_FAILED] = "Failed to start server: ",
  [BOUNCE_SERVICE_ERROR_STOP_FAILED] = "Failed to stop server: ",
  [BOUNCE_SERVICE_ERROR_SEND_FAILED] = "send study panic: ",
  [BOUNCE_SERVICE_ERROR_DELETE_FAILED] = "delete study panic: ",
  [BOUNCE_SERVICE_ERROR_CLEAR_STUDIES] = "clear studies panic: ",
  [BOUNCE_SERVICE_ERROR_CLEAR_STUDY] = "clear study panic: ",
  [BOUNCE_SERVICE_ERROR_NOT_WRITABLE] = NULL, /* the last code */
};

/**
 * bounce_service_error_quark:
 *
 * The domain of #BounceServiceError. Asking for it also registers the D-Bus names.
 *
 * Thread: any
 */
GQuark
bounce_service_error_quark (void)
{
  static gsize quark = 0;

  g_dbus_error_register_error_domain ("bounce-service-error-quark", &quark, error_names,
                                      G_N_ELEMENTS (error_names));
  return (GQuark) quark;
}

/**
 * bounce_service_error_wrap:
 * @code: what failed
 * @cause: (transfer full): why, in the words of the layer below
 *
 * Puts the document's words for @code before the reason. A cancelled call stays
 * %G_IO_ERROR_CANCELLED.
 *
 * Thread: any
 * Source: API document, "Possible Errors" of each command
 * Returns: (transfer full): the error to hand to the caller
 */
GError *
bounce_service_error_wrap (BounceServiceError code, GError *cause)
{
  const char *prefix;
  GError *wrapped;

  g_return_val_if_fail (cause != NULL, NULL);

  if (g_error_matches (cause, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    return cause;
  prefix = error_prefixes[code];
  wrapped = g_error_new (BOUNCE_SERVICE_ERROR, code, "%s%s", prefix != NULL ? prefix : "",
                         cause->message);
  g_error_free (cause);
  return wrapped;
}
