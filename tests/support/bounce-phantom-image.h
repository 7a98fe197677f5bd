/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

guint64 bounce_phantom_mix (guint64 value);
void bounce_phantom_draw (guint16 *pixels, guint columns, guint rows, double z, guint64 seed);

G_END_DECLS
