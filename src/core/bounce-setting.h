/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "bounce-config.h"

G_BEGIN_DECLS

/* One setting as a form needs it: its text, and what is wrong with what somebody types. */
char *bounce_setting_dup_text (BounceConfig *config, const char *key);
char *bounce_setting_dup_problem (const char *key, const char *value);

G_END_DECLS
