/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "bounce-assistant-page.h"

G_BEGIN_DECLS

/* The folder of the studies. */
#define BOUNCE_TYPE_ASSISTANT_STORAGE (bounce_assistant_storage_get_type ())
G_DECLARE_FINAL_TYPE (BounceAssistantStorage,
                      bounce_assistant_storage,
                      BOUNCE,
                      ASSISTANT_STORAGE,
                      BounceAssistantPage)

void bounce_assistant_storage_choose (BounceAssistantStorage *self, const char *path);

G_END_DECLS
