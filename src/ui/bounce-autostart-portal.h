/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/* One question to the Background portal of the session bus. */
void bounce_autostart_portal_request_async (gboolean is_enabled,
                                            GCancellable *cancellable,
                                            GAsyncReadyCallback callback,
                                            gpointer user_data);
gboolean
bounce_autostart_portal_request_finish (GAsyncResult *result, gboolean *is_enabled, GError **error);

G_END_DECLS
