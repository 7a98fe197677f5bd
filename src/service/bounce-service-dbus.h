/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "bounce-service.h"

G_BEGIN_DECLS

#define BOUNCE_SERVICE_BUS_NAME    "cloud.aurabox.Bounce.Service"
#define BOUNCE_SERVICE_OBJECT_PATH "/cloud/aurabox/Bounce"

/* The service on a bus. Main thread. Property "is-reachable": the name is ours at present. */
#define BOUNCE_TYPE_SERVICE_DBUS (bounce_service_dbus_get_type ())
G_DECLARE_FINAL_TYPE (BounceServiceDBus, bounce_service_dbus, BOUNCE, SERVICE_DBUS, GObject)

BounceServiceDBus *bounce_service_dbus_new (BounceService *service, GBusType bus);
void bounce_service_dbus_publish_async (BounceServiceDBus *self,
                                        GCancellable *cancellable,
                                        GAsyncReadyCallback callback,
                                        gpointer user_data);
gboolean
bounce_service_dbus_publish_finish (BounceServiceDBus *self, GAsyncResult *result, GError **error);
void bounce_service_dbus_withdraw (BounceServiceDBus *self);

G_END_DECLS
