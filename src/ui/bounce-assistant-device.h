/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "bounce-assistant-page.h"

G_BEGIN_DECLS

/* What modalities connect to: AE title and port. */
#define BOUNCE_TYPE_ASSISTANT_DEVICE (bounce_assistant_device_get_type ())
G_DECLARE_FINAL_TYPE (
    BounceAssistantDevice, bounce_assistant_device, BOUNCE, ASSISTANT_DEVICE, BounceAssistantPage)

G_END_DECLS
