/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "bounce-status-summary.h"

#include <adwaita.h>

G_BEGIN_DECLS

/* What needs a person, above the pages: the banners in order of urgency, two at once at most. */
#define BOUNCE_TYPE_BANNERS (bounce_banners_get_type ())
G_DECLARE_FINAL_TYPE (BounceBanners, bounce_banners, BOUNCE, BANNERS, AdwBin)

void bounce_banners_set_trial (BounceBanners *self, gboolean is_trial);
void bounce_banners_set_summary (BounceBanners *self, BounceStatusSummary *summary);

G_END_DECLS
