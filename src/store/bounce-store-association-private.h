/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "bounce-store-private.h"

G_BEGIN_DECLS

void bounce_store_count_arrival (BounceStore *self, gint64 association_id, guint64 bytes);

G_END_DECLS
