/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "bounce-service.h"

#include <adwaita.h>

G_BEGIN_DECLS

/* Taking over the settings of an earlier version: asks for the file, then tells what became of
 * each. Main thread. */
void bounce_preferences_import (GtkWindow *parent, BounceService *service);
void bounce_preferences_import_file (GtkWindow *parent, BounceService *service, const char *path);

G_END_DECLS
