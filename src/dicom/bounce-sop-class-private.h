/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

#define BOUNCE_VERIFICATION_SOP_CLASS "1.2.840.10008.1.1"

gboolean bounce_sop_class_is_storage (const char *uid);

G_END_DECLS
