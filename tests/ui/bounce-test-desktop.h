/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/* A display and a session bus of one's own, and on request a panel with a tray. Environment
 * variables (DISPLAY, DBUS_SESSION_BUS_ADDRESS, XDG_…) are set for the whole process. */
typedef struct _BounceTestDesktop BounceTestDesktop;

BounceTestDesktop *bounce_test_desktop_new (void);
void bounce_test_desktop_start_panel (BounceTestDesktop *self);
void bounce_test_desktop_kill_panel (BounceTestDesktop *self);
void bounce_test_desktop_free (BounceTestDesktop *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (BounceTestDesktop, bounce_test_desktop_free)

G_END_DECLS
