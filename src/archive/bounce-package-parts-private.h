/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "bounce-package-pool-private.h"

G_BEGIN_DECLS

/* The parts of a package in order, some of them always under way in the pool. */
typedef struct _BouncePackageParts BouncePackageParts;

BouncePackageParts *bounce_package_parts_new (GPtrArray *entries);
BouncePackagePart *bounce_package_parts_take (BouncePackageParts *self);
void bounce_package_parts_stop (BouncePackageParts *self);
void bounce_package_parts_free (BouncePackageParts *self);

G_END_DECLS
