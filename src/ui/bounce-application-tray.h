/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "bounce-application.h"

G_BEGIN_DECLS

void bounce_application_start_tray (BounceApplication *self);

G_END_DECLS
