/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include <adwaita.h>

G_BEGIN_DECLS

typedef enum
{
  BOUNCE_CHECK_NONE,
  BOUNCE_CHECK_RUNNING,
  BOUNCE_CHECK_GOOD,
  BOUNCE_CHECK_WARNING,
  BOUNCE_CHECK_BAD,
} BounceCheckState;

/* What a check found, below the field that it is about: an icon and a sentence. Main thread. */
#define BOUNCE_TYPE_CHECK_RESULT (bounce_check_result_get_type ())
G_DECLARE_FINAL_TYPE (BounceCheckResult, bounce_check_result, BOUNCE, CHECK_RESULT, AdwBin)

void bounce_check_result_show (BounceCheckResult *self, BounceCheckState state, const char *text);
BounceCheckState bounce_check_result_get_state (BounceCheckResult *self);
const char *bounce_check_result_get_text (BounceCheckResult *self);

G_END_DECLS
