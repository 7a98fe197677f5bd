/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "bounce-listener.h"
#include "bounce-store.h"

G_BEGIN_DECLS

/* What a listener's handler keeps: the store that everything goes to. Shared by all associations,
 * immutable. */
typedef struct _BounceIntake BounceIntake;

BounceIntake *bounce_intake_new (BounceStore *store);
void bounce_intake_free (BounceIntake *self);
gboolean bounce_intake_is_receiving (void);
const BounceListenerHandler *bounce_intake_get_handler (void);

G_END_DECLS
