/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "bounce-listener.h"

G_BEGIN_DECLS

/* Why an instance was not kept, whichever way it came. */
typedef enum
{
  BOUNCE_REFUSAL_NONE,
  BOUNCE_REFUSAL_NO_SPACE,
  BOUNCE_REFUSAL_STORAGE,
  BOUNCE_REFUSAL_MISMATCH,
  BOUNCE_REFUSAL_BAD_UID,
  BOUNCE_REFUSAL_UNREADABLE,
  BOUNCE_REFUSAL_INTERNAL,
  BOUNCE_N_REFUSALS,
} BounceRefusal;

BounceRefusal bounce_refusal_from_error (const GError *error);
BounceStatus bounce_refusal_get_status (BounceRefusal refusal);
const char *bounce_refusal_get_reason (BounceRefusal refusal);
const char *bounce_refusal_get_comment (BounceRefusal refusal);

G_END_DECLS
