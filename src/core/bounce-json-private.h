/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "bounce-json.h"

G_BEGIN_DECLS

gboolean bounce_json_check (const char *data, gsize size, gsize max_size, GError **error);

G_END_DECLS
