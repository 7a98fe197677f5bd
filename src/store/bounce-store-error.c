/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* The error domain of the store. */

#include "config.h"

#include "bounce-store-error.h"

G_DEFINE_QUARK (bounce - store - error - quark, bounce_store_error)
