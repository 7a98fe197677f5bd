/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "bounce-service.h"
#include "bounce-status-summary.h"

#include <adwaita.h>

G_BEGIN_DECLS

/* The studies: search, table, details, and what can be done with a selection. Main thread.
 * Properties: "search-mode", "show-details". */
#define BOUNCE_TYPE_STUDIES_PAGE (bounce_studies_page_get_type ())
G_DECLARE_FINAL_TYPE (BounceStudiesPage, bounce_studies_page, BOUNCE, STUDIES_PAGE, AdwBin)

void bounce_studies_page_set_service (BounceStudiesPage *self,
                                      BounceService *service,
                                      BounceStatusSummary *summary,
                                      GSettings *settings);
void bounce_studies_page_set_key_capture (BounceStudiesPage *self, GtkWidget *widget);
void bounce_studies_page_find (BounceStudiesPage *self);
void bounce_studies_page_search_for (BounceStudiesPage *self, const char *text);
void bounce_studies_page_show_study (BounceStudiesPage *self, const char *study_uid);
void bounce_studies_page_delete_study (BounceStudiesPage *self, const char *study_uid);
void bounce_studies_page_show_status (BounceStudiesPage *self, const char *status);

G_END_DECLS
