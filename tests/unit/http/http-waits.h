/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "bounce-fault-server.h"

G_BEGIN_DECLS

void http_wait_for_calls (const guint *n_calls, guint n);
void http_wait_for_requests (BounceFaultServer *server, const char *method, guint n);

G_END_DECLS
