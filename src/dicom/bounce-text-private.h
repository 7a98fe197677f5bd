/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

char *bounce_text_to_utf8 (const guint8 *data, gsize size, const char *character_sets);

G_END_DECLS
