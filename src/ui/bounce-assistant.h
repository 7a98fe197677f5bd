/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "bounce-service.h"

#include <adwaita.h>

G_BEGIN_DECLS

/* The first-run assistant. Main thread. Actions: "assistant.go" (s: a page), ".continue", ".back",
 * ".skip", ".later". */
#define BOUNCE_TYPE_ASSISTANT (bounce_assistant_get_type ())
G_DECLARE_FINAL_TYPE (BounceAssistant, bounce_assistant, BOUNCE, ASSISTANT, AdwWindow)

BounceAssistant *bounce_assistant_new (BounceService *service, GSettings *settings);
const char *bounce_assistant_get_page (BounceAssistant *self);

G_END_DECLS
