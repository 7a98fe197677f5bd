/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "bounce-service.h"

G_BEGIN_DECLS

typedef enum
{
  BOUNCE_AURABOX_UNKNOWN, /* not asked yet */
  BOUNCE_AURABOX_CHECKING,
  BOUNCE_AURABOX_REACHABLE,
  BOUNCE_AURABOX_UNREACHABLE, /* the message says why */
} BounceAuraboxState;

/* Whether Aurabox can be reached. Main thread. Signal: changed, of any of the three below. */
#define BOUNCE_TYPE_AURABOX_WATCH (bounce_aurabox_watch_get_type ())
G_DECLARE_FINAL_TYPE (BounceAuraboxWatch, bounce_aurabox_watch, BOUNCE, AURABOX_WATCH, GObject)

BounceAuraboxWatch *bounce_aurabox_watch_new (BounceService *service);
void bounce_aurabox_watch_check (BounceAuraboxWatch *self);
void bounce_aurabox_watch_stop (BounceAuraboxWatch *self);
BounceAuraboxState bounce_aurabox_watch_get_state (BounceAuraboxWatch *self);
const char *bounce_aurabox_watch_get_message (BounceAuraboxWatch *self);
gint64 bounce_aurabox_watch_get_checked_us (BounceAuraboxWatch *self);

G_END_DECLS
