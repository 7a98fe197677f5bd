/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

#define BOUNCE_SERVICE_ERROR (bounce_service_error_quark ())

/* Also the D-Bus errors cloud.aurabox.Bounce1.Error.*; messages are the document's. */
typedef enum
{
  BOUNCE_SERVICE_ERROR_START_FAILED,  /* Failed to start server: … */
  BOUNCE_SERVICE_ERROR_STOP_FAILED,   /* Failed to stop server: … */
  BOUNCE_SERVICE_ERROR_SEND_FAILED,   /* send study panic: … */
  BOUNCE_SERVICE_ERROR_DELETE_FAILED, /* delete study panic: … */
  BOUNCE_SERVICE_ERROR_CLEAR_STUDIES, /* clear studies panic: … (the database) */
  BOUNCE_SERVICE_ERROR_CLEAR_STUDY,   /* clear study panic: … (the files) */
  BOUNCE_SERVICE_ERROR_INVALID,       /* an argument or setting that cannot be */
  BOUNCE_SERVICE_ERROR_LOCKED,        /* another process serves this data directory */
  BOUNCE_SERVICE_ERROR_NOT_MOUNTED,   /* the studies' storage is not there */
  BOUNCE_SERVICE_ERROR_FAILED,        /* anything else: the message says what */
} BounceServiceError;

GQuark bounce_service_error_quark (void);
GError *bounce_service_error_wrap (BounceServiceError code, GError *cause);

G_END_DECLS
