/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

#define BOUNCE_DICOM_ERROR (bounce_dicom_error_quark ())

typedef enum
{
  BOUNCE_DICOM_ERROR_MALFORMED, /* bytes that are not what the standard asks for */
  BOUNCE_DICOM_ERROR_TOO_DEEP,  /* sequences nested deeper than 64 */
  BOUNCE_DICOM_ERROR_MISMATCH,  /* dataset and command name different SOP class/instance */
  BOUNCE_DICOM_ERROR_BAD_UID,   /* a UID that may not become a path */
  BOUNCE_DICOM_ERROR_NETWORK,   /* the peer went away, timed out or aborted */
  BOUNCE_DICOM_ERROR_BIND,      /* the socket could not be bound; message is strerror's text */
} BounceDicomError;

GQuark bounce_dicom_error_quark (void);

G_END_DECLS
