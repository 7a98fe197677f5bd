/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include <adwaita.h>

G_BEGIN_DECLS

/* How far a command on many studies is, and a button that ends it. Main thread. */
#define BOUNCE_TYPE_BULK_BAR (bounce_bulk_bar_get_type ())
G_DECLARE_FINAL_TYPE (BounceBulkBar, bounce_bulk_bar, BOUNCE, BULK_BAR, AdwBin)

BounceBulkBar *bounce_bulk_bar_new (GCancellable *cancellable);
void bounce_bulk_bar_set_progress (BounceBulkBar *self, const char *text, double fraction);

G_END_DECLS
