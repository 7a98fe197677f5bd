/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "bounce-package.h"

#include <zip.h>

G_BEGIN_DECLS

/* A stranger's archive, checked before libzip reads its directory into memory. */
typedef struct
{
  int fd; /* (unowned) */
  guint64 size_bytes;
  guint64 position;
  zip_error_t error;
} BounceArchiveInput;

gboolean bounce_archive_input_init (BounceArchiveInput *self, int fd, GError **error);
void bounce_archive_input_clear (BounceArchiveInput *self);
zip_source_t *bounce_archive_input_make_source (BounceArchiveInput *self);

G_END_DECLS
