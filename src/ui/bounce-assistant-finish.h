/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "bounce-assistant-page.h"

G_BEGIN_DECLS

/* What was set up, and whether to receive from now on. */
#define BOUNCE_TYPE_ASSISTANT_FINISH (bounce_assistant_finish_get_type ())
G_DECLARE_FINAL_TYPE (
    BounceAssistantFinish, bounce_assistant_finish, BOUNCE, ASSISTANT_FINISH, BounceAssistantPage)

G_END_DECLS
