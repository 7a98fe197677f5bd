/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "bounce-banner.h"
#include "bounce-trial.h"

G_BEGIN_DECLS

/* Says in @banner that this is a trial, and how its cloud is. */
void bounce_trial_banner_follow (BounceBanner *banner, BounceTrial *trial);

G_END_DECLS
