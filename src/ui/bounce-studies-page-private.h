/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "bounce-studies-page.h"

#include "bounce-banner.h"
#include "bounce-endpoint-box.h"
#include "bounce-study-details.h"
#include "bounce-study-selection.h"

#include "bounce-study-model.h"

G_BEGIN_DECLS

/* What the files of the page share. Main thread only, all of it. */
struct _BounceStudiesPage
{
  AdwBin parent_instance;

  GtkSearchBar *search_bar;
  GtkSearchEntry *search_entry;
  GtkDropDown *status_drop_down;
  GtkDropDown *modality_drop_down;
  BounceBanner *read_banner;
  GtkStack *stack;
  AdwFlap *flap;
  GtkScrolledWindow *scrolled_window;
  GtkColumnView *view;
  GtkActionBar *action_bar;
  GtkLabel *selection_label;
  BounceEndpointBox *endpoint_box;
  BounceStudyDetails *details;
  GtkBox *bulk_box; /* a bar for each long command that runs */
  GtkPopoverMenu *context_popover;

  BounceService *service;          /* (owned) (nullable) from here on, until there is a service */
  BounceStatusSummary *summary;    /* (owned) */
  GSettings *settings;             /* (owned) */
  BounceStudyModel *model;         /* (owned) */
  BounceStudySelection *selection; /* (owned) */
  GCancellable *cancellable;       /* (owned) of commands that read first */
  gint64 top_id;                   /* the study at the top while all rows are exchanged; 0: none */
  double hidden_width;             /* of a mirrored table, right of what is seen */
  guint save_source;               /* columns are to be remembered */
  guint selection_source;          /* what is selected may have gone */
  guint n_selected_shown;          /* what buttons and details were told last */
  gboolean is_exchanging;          /* all rows are being exchanged */
  gboolean is_entering;            /* the table gets the focus once the query is answered */
  gboolean is_choosing;            /* and its first row is selected if none is */
  char *wanted_uid;                /* (owned) (nullable) and this study is selected */
  gboolean is_sort_frozen;         /* the sort is set from settings, not by the user */
};

/* bounce-studies-page-table.c */
void bounce_studies_page_prepare_table (BounceStudiesPage *self);
void bounce_studies_page_fill_table (BounceStudiesPage *self);
void bounce_studies_page_save_columns (BounceStudiesPage *self);
void bounce_studies_page_enter_table (BounceStudiesPage *self);
gboolean bounce_studies_page_popup_menu_at_focus (BounceStudiesPage *self);

/* bounce-studies-page-bulk.c */
void bounce_studies_page_tell (BounceStudiesPage *self, const char *text);
void bounce_studies_page_send (BounceStudiesPage *self, BounceStudySum *sum);
void bounce_studies_page_ask_delete (BounceStudiesPage *self, BounceStudySum *sum);
void bounce_studies_page_ask_delete_shown (BounceStudiesPage *self, BounceStudySum *sum);

/* bounce-studies-page-actions.c */
void bounce_studies_page_install_actions (GtkWidgetClass *widget_class);
void bounce_studies_page_selection_changed (BounceStudiesPage *self);

G_END_DECLS
