/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "bounce-service.h"

#include <adwaita.h>

G_BEGIN_DECLS

/* A row that is there while an import is under way, whoever began it: how far it is, and Cancel.
 * Main thread. */
#define BOUNCE_TYPE_IMPORT_BAR (bounce_import_bar_get_type ())
G_DECLARE_FINAL_TYPE (BounceImportBar, bounce_import_bar, BOUNCE, IMPORT_BAR, AdwBin)

void bounce_import_bar_set_service (BounceImportBar *self, BounceService *service);

G_END_DECLS
