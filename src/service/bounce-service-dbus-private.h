/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "bounce-service-dbus.h"

#include "bounce-dbus.h"

G_BEGIN_DECLS

/* A method of the interface and what answers it. */
typedef struct
{
  const char *signal;
  GCallback handle;
} BounceDBusMethod;

/* bounce-service-dbus-import.c */
void bounce_service_dbus_connect_imports (BounceDBusFace *face, BounceService *service);
/* bounce-service-dbus-methods.c */
void bounce_service_dbus_connect_methods (BounceDBusFace *face, BounceService *service);
/* bounce-service-dbus-signals.c */
void bounce_service_dbus_connect_signals (BounceDBusFace *face, BounceService *service);

G_END_DECLS
