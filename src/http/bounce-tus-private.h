/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "bounce-tus.h"

G_BEGIN_DECLS

#define BOUNCE_TUS_VERSION_HEADER "Tus-Resumable: 1.0.0"

G_END_DECLS
