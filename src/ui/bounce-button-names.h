/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

/* Gives every button with a mnemonic the name for screen readers that it shows. Once in a process.
 */
void bounce_button_names_install (void);

G_END_DECLS
