/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "bounce-assistant-page.h"

G_BEGIN_DECLS

/* The API key: checked against the server, kept, never shown again. */
#define BOUNCE_TYPE_ASSISTANT_KEY (bounce_assistant_key_get_type ())
G_DECLARE_FINAL_TYPE (
    BounceAssistantKey, bounce_assistant_key, BOUNCE, ASSISTANT_KEY, BounceAssistantPage)

G_END_DECLS
