/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "bounce-service.h"

#include <adwaita.h>

G_BEGIN_DECLS

/* A row for the folder that holds the studies. Main thread. */
#define BOUNCE_TYPE_PREFERENCES_FOLDER (bounce_preferences_folder_get_type ())
G_DECLARE_FINAL_TYPE (
    BouncePreferencesFolder, bounce_preferences_folder, BOUNCE, PREFERENCES_FOLDER, AdwActionRow)

void bounce_preferences_folder_set_service (BouncePreferencesFolder *self, BounceService *service);
void bounce_preferences_folder_set_folder (BouncePreferencesFolder *self, const char *path);

G_END_DECLS
