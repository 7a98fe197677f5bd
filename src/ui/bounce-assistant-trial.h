/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "bounce-assistant-page.h"

G_BEGIN_DECLS

/* What a trial is, before it begins. */
#define BOUNCE_TYPE_ASSISTANT_TRIAL (bounce_assistant_trial_get_type ())
G_DECLARE_FINAL_TYPE (
    BounceAssistantTrial, bounce_assistant_trial, BOUNCE, ASSISTANT_TRIAL, BounceAssistantPage)

G_END_DECLS
