/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include <adwaita.h>

G_BEGIN_DECLS

/* The log, live. Main thread. */
#define BOUNCE_TYPE_LOG_VIEW (bounce_log_view_get_type ())
G_DECLARE_FINAL_TYPE (BounceLogView, bounce_log_view, BOUNCE, LOG_VIEW, AdwBin)

void bounce_log_view_set_search (BounceLogView *self, const char *search);

G_END_DECLS
