/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "bounce-service.h"

#include <adwaita.h>

G_BEGIN_DECLS

/* Asks for a word to be typed before everything is removed. Main thread. Its response `reset` comes
 * only after that word. */
#define BOUNCE_TYPE_RESET_DIALOG (bounce_reset_dialog_get_type ())
G_DECLARE_FINAL_TYPE (
    BounceResetDialog, bounce_reset_dialog, BOUNCE, RESET_DIALOG, AdwMessageDialog)

BounceResetDialog *bounce_reset_dialog_new (GtkWindow *parent, BounceService *service);

G_END_DECLS
