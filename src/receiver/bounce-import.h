/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "bounce-store.h"

#include <gio/gio.h>

G_BEGIN_DECLS

typedef struct
{
  guint n_accepted; /* new images */
  guint n_same;     /* already here, same bytes */
  guint n_replaced; /* already here, other bytes */
  guint n_refused;  /* files and folders */
  guint n_skipped;  /* files in folders and archives that are no DICOM */
  guint64 bytes;    /* read so far */
} BounceImportCounts;

/* Something that was not taken. */
typedef struct
{
  char *name;         /* as the caller named it, and what lies in it; UTF-8 */
  const char *reason; /* BOUNCE_REASON_…, see bounce_wording_reason() */
} BounceImportRefusal;

/* Refusals that are kept by name; counts.n_refused counts on. */
#define BOUNCE_IMPORT_MAX_REFUSALS 1000

typedef struct
{
  BounceImportCounts counts;
  const char *end_reason; /* (nullable) BOUNCE_REASON_…: why it ended before all was done */
  GPtrArray *refusals;    /* (owned) (element-type BounceImportRefusal) */
} BounceImportSummary;

void bounce_import_summary_refuse (BounceImportSummary *self, const char *name, const char *reason);
void bounce_import_summary_free (BounceImportSummary *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (BounceImportSummary, bounce_import_summary_free)

/* Takes files, folders with all that is in them, and ZIP archives of files, as if they had been
 * received. Main thread. Signal: "progress" (), five times a second at most.
 *
 * Whoever makes one has to end it, also after cancelling. */
#define BOUNCE_TYPE_IMPORT (bounce_import_get_type ())
G_DECLARE_FINAL_TYPE (BounceImport, bounce_import, BOUNCE, IMPORT, GObject)

BounceImport *bounce_import_new (BounceStore *store);
void bounce_import_add_fds_async (BounceImport *self,
                                  const int *fds,
                                  const char *const *names,
                                  GAsyncReadyCallback callback,
                                  gpointer user_data);
void bounce_import_add_medium_async (BounceImport *self,
                                     int folder,
                                     const char *name,
                                     GAsyncReadyCallback callback,
                                     gpointer user_data);
void bounce_import_add_paths_async (BounceImport *self,
                                    const char *const *paths,
                                    GAsyncReadyCallback callback,
                                    gpointer user_data);
gboolean bounce_import_add_finish (BounceImport *self, GAsyncResult *result, GError **error);
void bounce_import_cancel (BounceImport *self);
gboolean bounce_import_is_ended (BounceImport *self); /* the end was asked for */
void bounce_import_get_counts (BounceImport *self, BounceImportCounts *counts);
void bounce_import_end_async (BounceImport *self, GAsyncReadyCallback callback, gpointer user_data);
BounceImportSummary *
bounce_import_end_finish (BounceImport *self, GAsyncResult *result, GError **error);

G_END_DECLS
