/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include <adwaita.h>

G_BEGIN_DECLS

#define BOUNCE_TYPE_ACTIVITY_ROW (bounce_activity_row_get_type ())
G_DECLARE_FINAL_TYPE (BounceActivityRow, bounce_activity_row, BOUNCE, ACTIVITY_ROW, AdwBin)

/* Rows of transfers and events, GtkListBoxCreateWidgetFunc. item: BounceTransferItem or
 * BounceEventItem; with_patient (of transfers): name the patient, for lists of many studies. */
GtkWidget *bounce_activity_create_transfer_row (gpointer item, gpointer with_patient);
GtkWidget *bounce_activity_create_event_row (gpointer item, gpointer unused);

G_END_DECLS
