/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "bounce-aurabox.h"
#include "bounce-config.h"
#include "bounce-store.h"

G_BEGIN_DECLS

/* Where uploads go, and whether they may at present. Main thread. Property "paused-reason"
 * (nullable string); signal "resumed" () after a pause has ended. */
#define BOUNCE_TYPE_DESTINATION (bounce_destination_get_type ())
G_DECLARE_FINAL_TYPE (BounceDestination, bounce_destination, BOUNCE, DESTINATION, GObject)

BounceDestination *bounce_destination_new (BounceStore *store,
                                           BounceHttp *http,
                                           BounceClock *clock,
                                           BounceConfig *config);
void bounce_destination_set_config (BounceDestination *self, BounceConfig *config);
BounceConfig *bounce_destination_get_config (BounceDestination *self);
BounceAurabox *bounce_destination_get_aurabox (BounceDestination *self);
const char *bounce_destination_get_paused_reason (BounceDestination *self);
void bounce_destination_report_unauthorised (BounceDestination *self, BounceAurabox *with);
void bounce_destination_report_delivered (BounceDestination *self, BounceAurabox *with);
void bounce_destination_resume (BounceDestination *self);
void bounce_destination_close (BounceDestination *self);

G_END_DECLS
