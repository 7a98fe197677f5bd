/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "bounce-service.h"

#include <adwaita.h>

G_BEGIN_DECLS

/* What happened: every transfer, every event, the log. Main thread. */
#define BOUNCE_TYPE_ACTIVITY_PAGE (bounce_activity_page_get_type ())
G_DECLARE_FINAL_TYPE (BounceActivityPage, bounce_activity_page, BOUNCE, ACTIVITY_PAGE, AdwBin)

void bounce_activity_page_set_service (BounceActivityPage *self, BounceService *service);
void bounce_activity_page_show (BounceActivityPage *self, const char *name);
void bounce_activity_page_find (BounceActivityPage *self);

G_END_DECLS
