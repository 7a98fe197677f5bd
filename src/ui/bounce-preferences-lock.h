/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "bounce-service.h"

G_BEGIN_DECLS

/* Why a row of the settings cannot be changed, beside what it says anyway. Main thread. */
const char *bounce_preferences_lock_reason (BounceService *service, const char *key);
char *bounce_preferences_lock_words (const char *hint, const char *reason);

G_END_DECLS
