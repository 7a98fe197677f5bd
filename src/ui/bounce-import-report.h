/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "bounce-service-import.h"

#include <adwaita.h>

G_BEGIN_DECLS

/* What an import did not take and why, by reason, to be read and copied. Main thread. */
#define BOUNCE_TYPE_IMPORT_REPORT (bounce_import_report_get_type ())
G_DECLARE_FINAL_TYPE (BounceImportReport, bounce_import_report, BOUNCE, IMPORT_REPORT, AdwWindow)

GtkWindow *bounce_import_report_new (GtkWindow *parent, const BounceImportSummary *summary);

G_END_DECLS
