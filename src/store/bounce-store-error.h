/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

#define BOUNCE_STORE_ERROR (bounce_store_error_quark ())

typedef enum
{
  BOUNCE_STORE_ERROR_NO_SPACE,    /* disk full or below the reserve: refuse, try later */
  BOUNCE_STORE_ERROR_IO,          /* a file operation or sync failed */
  BOUNCE_STORE_ERROR_DATABASE,    /* SQLite said no */
  BOUNCE_STORE_ERROR_CORRUPT,     /* the database or a file is not what was written */
  BOUNCE_STORE_ERROR_NOT_MOUNTED, /* marker absent or another store's */
  BOUNCE_STORE_ERROR_LOCKED,      /* another process owns the data directory or the tree */
  BOUNCE_STORE_ERROR_NOT_FOUND,   /* no such study or transfer */
  BOUNCE_STORE_ERROR_BUSY,        /* study is uploading: refused */
  BOUNCE_STORE_ERROR_REMOVED,     /* files were removed after delivery */
  BOUNCE_STORE_ERROR_INVALID,     /* a UID that may not become a path, a bad page, a bad sort */
} BounceStoreError;

GQuark bounce_store_error_quark (void);

G_END_DECLS
