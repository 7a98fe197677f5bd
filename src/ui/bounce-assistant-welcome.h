/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "bounce-assistant-page.h"

G_BEGIN_DECLS

/* What Bounce is for, and the two ways to begin. */
#define BOUNCE_TYPE_ASSISTANT_WELCOME (bounce_assistant_welcome_get_type ())
G_DECLARE_FINAL_TYPE (BounceAssistantWelcome,
                      bounce_assistant_welcome,
                      BOUNCE,
                      ASSISTANT_WELCOME,
                      BounceAssistantPage)

G_END_DECLS
