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

  /* Of the checks (bounce-service-checks.h). */
  BOUNCE_SERVICE_ERROR_UNAUTHORISED, /* Aurabox does not accept this key */
  BOUNCE_SERVICE_ERROR_UNREACHABLE,  /* no answer: no network, no such name, a firewall */
  BOUNCE_SERVICE_ERROR_UNTRUSTED,    /* no trusted connection: certificate, clock, proxy */
  BOUNCE_SERVICE_ERROR_SERVER,       /* it answers with a fault of its own: later */
  BOUNCE_SERVICE_ERROR_NOT_AURABOX,  /* what answers is no Aurabox */
  BOUNCE_SERVICE_ERROR_IN_USE,       /* another program has the port */
  BOUNCE_SERVICE_ERROR_PRIVILEGED,   /* a port that only an administrator may bind */
  BOUNCE_SERVICE_ERROR_NOT_LOCAL,    /* an address that this machine does not have */
  BOUNCE_SERVICE_ERROR_NOT_EMPTY,    /* a folder with files that are not Bounce's */
  BOUNCE_SERVICE_ERROR_TAKEN,        /* a folder of another Bounce, or inside of one */
  BOUNCE_SERVICE_ERROR_NO_SPACE,     /* the disk is full */
  BOUNCE_SERVICE_ERROR_NOT_WRITABLE, /* a folder that cannot be made, written or synced */
} BounceServiceError;

GQuark bounce_service_error_quark (void);
GError *bounce_service_error_wrap (BounceServiceError code, GError *cause);

G_END_DECLS
