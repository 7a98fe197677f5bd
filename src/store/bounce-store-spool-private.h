/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "bounce-store-private.h"

G_BEGIN_DECLS

struct _BounceSpool
{
  int fd;
  char *path;
};

void bounce_spool_release (BounceSpool *spool);
gboolean bounce_store_check_open (BounceStore *self, GError **error);

G_END_DECLS
