/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "service-fixture.h"

#include "bounce-studies-page.h"

G_BEGIN_DECLS

#define STUDIES_FIXTURE_ROWS 300

/* The studies page in a window, over a service with studies of bounce_study_rows_insert(). */
typedef struct
{
  ServiceFixture service;
  GSettings *settings;          /* (owned) */
  BounceStatusSummary *summary; /* (owned) */
  GtkWindow *window;
  BounceStudiesPage *page;
  GtkColumnView *view;
} StudiesFixture;

typedef gboolean (*StudiesFixtureTest) (GtkWidget *widget);

void studies_fixture_load_style (void);
void studies_fixture_set_up (StudiesFixture *fixture, gconstpointer data);
void studies_fixture_tear_down (StudiesFixture *fixture, gconstpointer data);
GtkWidget *studies_fixture_find_widget (GtkWidget *root, StudiesFixtureTest test);
GListModel *studies_fixture_get_rows (StudiesFixture *fixture);
guint studies_fixture_get_first_number (StudiesFixture *fixture);
void studies_fixture_sort (StudiesFixture *fixture, const char *column, GtkSortType order);

G_END_DECLS
