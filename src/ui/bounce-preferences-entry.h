/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "bounce-service.h"

#include <adwaita.h>

G_BEGIN_DECLS

/* A row for a setting that is typed: checked with each key, kept when the entry is left or by
 * Enter, and only if it is right. Main thread. Properties: "key", "hint", "digits". */
#define BOUNCE_TYPE_PREFERENCES_ENTRY (bounce_preferences_entry_get_type ())
G_DECLARE_FINAL_TYPE (
    BouncePreferencesEntry, bounce_preferences_entry, BOUNCE, PREFERENCES_ENTRY, AdwActionRow)

void bounce_preferences_entry_set_service (BouncePreferencesEntry *self, BounceService *service);
void bounce_preferences_entry_set_placeholder (BouncePreferencesEntry *self, const char *text);
void bounce_preferences_entry_commit (BouncePreferencesEntry *self);

G_END_DECLS
