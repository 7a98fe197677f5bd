/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "bounce-status-summary.h"

#include <adwaita.h>

G_BEGIN_DECLS

/* The line below the pages: is Aurabox reachable, how many studies are where, what is free on the
 * disk. Main thread. */
#define BOUNCE_TYPE_STATUS_BAR (bounce_status_bar_get_type ())
G_DECLARE_FINAL_TYPE (BounceStatusBar, bounce_status_bar, BOUNCE, STATUS_BAR, AdwBin)

void bounce_status_bar_set_summary (BounceStatusBar *self, BounceStatusSummary *summary);

void bounce_status_bar_set_trial (BounceStatusBar *self, gboolean is_trial);

G_END_DECLS
