/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/* Keeps bounce-tray running while there is a tray. Main thread.
 *
 * Properties: "is-available" (gboolean): a tray shows our icon now, so that a hidden window can be
 * brought back. */
#define BOUNCE_TYPE_TRAY_SUPERVISOR (bounce_tray_supervisor_get_type ())
G_DECLARE_FINAL_TYPE (
    BounceTraySupervisor, bounce_tray_supervisor, BOUNCE, TRAY_SUPERVISOR, GObject)

BounceTraySupervisor *bounce_tray_supervisor_new (GDBusConnection *connection,
                                                  const char *object_path,
                                                  const char *helper);
gboolean bounce_tray_supervisor_get_is_available (BounceTraySupervisor *self);
void bounce_tray_supervisor_stop (BounceTraySupervisor *self);

G_END_DECLS
