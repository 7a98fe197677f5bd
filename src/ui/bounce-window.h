/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "bounce-application.h"

G_BEGIN_DECLS

/* The one window. Main thread. */
#define BOUNCE_TYPE_WINDOW (bounce_window_get_type ())
G_DECLARE_FINAL_TYPE (BounceWindow, bounce_window, BOUNCE, WINDOW, AdwApplicationWindow)

BounceWindow *bounce_window_new (BounceApplication *application);
void bounce_window_add_toast (BounceWindow *self, const char *text);
void bounce_window_show_page (BounceWindow *self, const char *name);
void bounce_window_show_study (BounceWindow *self, const char *study_uid);
void bounce_window_delete_study (BounceWindow *self, const char *study_uid);

G_END_DECLS
