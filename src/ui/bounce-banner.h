/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include <adwaita.h>

G_BEGIN_DECLS

/* A line above the pages that says what needs attention, with one or two buttons that help.
 * libadwaita 1.2 has none. Properties: "title", "button-label", "action-name", "second-label",
 * "second-action-name", "icon-name", "revealed". */
#define BOUNCE_TYPE_BANNER (bounce_banner_get_type ())
G_DECLARE_FINAL_TYPE (BounceBanner, bounce_banner, BOUNCE, BANNER, AdwBin)

void bounce_banner_set_title (BounceBanner *self, const char *title);
void bounce_banner_set_revealed (BounceBanner *self, gboolean is_revealed);
gboolean bounce_banner_get_revealed (BounceBanner *self);
void bounce_banner_set_held_back (BounceBanner *self, gboolean is_held_back);

G_END_DECLS
