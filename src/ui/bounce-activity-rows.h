/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include <adwaita.h>

G_BEGIN_DECLS

#define BOUNCE_TYPE_ACTIVITY_ROW (bounce_activity_row_get_type ())
G_DECLARE_FINAL_TYPE (BounceActivityRow, bounce_activity_row, BOUNCE, ACTIVITY_ROW, AdwBin)

/* Rows of transfers and events, GtkListBoxCreateWidgetFunc. item: BounceTransferEntry or
 * BounceEventItem; is_wide: for lists of many studies, which name the patient and have room for a
 * column of times; else for the details of one. */
GtkWidget *bounce_activity_create_transfer_row (gpointer item, gpointer is_wide);
GtkWidget *bounce_activity_create_event_row (gpointer item, gpointer is_wide);

G_END_DECLS
