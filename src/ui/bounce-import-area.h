/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include <adwaita.h>

G_BEGIN_DECLS

/* Lies around what a window shows, takes files that are dropped anywhere on it and hands them to
 * the action `app.import`; says so while they hover. Main thread. */
#define BOUNCE_TYPE_IMPORT_AREA (bounce_import_area_get_type ())
G_DECLARE_FINAL_TYPE (BounceImportArea, bounce_import_area, BOUNCE, IMPORT_AREA, AdwBin)

void bounce_import_area_wrap (AdwApplicationWindow *window);

G_END_DECLS
