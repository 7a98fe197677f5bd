/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "bounce-banner.h"

G_BEGIN_DECLS

/* A banner that says that what is listed below it cannot be read at present. model has a property
 * "error-message" (nullable); what is a translated clause, such as "The studies cannot be read". */
void bounce_read_banner_follow (BounceBanner *banner, GObject *model, const char *what);

G_END_DECLS
