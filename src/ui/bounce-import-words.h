/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "bounce-service-import.h"

G_BEGIN_DECLS

/* What an import does and did, as translated sentences. */
char *bounce_import_words_progress (const BounceImportCounts *counts, double seconds);
char *bounce_import_words_result (const BounceImportCounts *counts);
char *bounce_import_words_heading (const BounceImportSummary *summary);

G_END_DECLS
