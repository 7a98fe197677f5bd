/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "bounce-store.h"

#include <glib-object.h>

G_BEGIN_DECLS

typedef enum
{
  BOUNCE_DISK_OK,
  BOUNCE_DISK_LOW,
  BOUNCE_DISK_FULL,
} BounceDiskLevel;

BounceDiskLevel bounce_disk_level_next (BounceDiskLevel current, guint64 free_bytes);

#define BOUNCE_TYPE_DISK_WATCH (bounce_disk_watch_get_type ())
G_DECLARE_FINAL_TYPE (BounceDiskWatch, bounce_disk_watch, BOUNCE, DISK_WATCH, GObject)

BounceDiskWatch *bounce_disk_watch_new (BounceStore *store);
void bounce_disk_watch_stop (BounceDiskWatch *self);

G_END_DECLS
