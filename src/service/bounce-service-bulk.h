/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "bounce-service.h"
#include "bounce-store-table.h"

G_BEGIN_DECLS

/* What became of one study of a bulk command. */
typedef struct
{
  char *study_uid;
  GError *error; /* (nullable) done */
} BounceStudyResult;

/* Called on the main context after each study. */
typedef void (*BounceBulkFunc) (guint n_done, guint n_total, gpointer user_data);

/* Both commands go on after a failure; what a cancel left undone has G_IO_ERROR_CANCELLED. The
 * call itself never fails. */
void bounce_service_send_studies_async (BounceService *self,
                                        const char *const *study_uids,
                                        BounceBulkFunc progress,
                                        gpointer progress_data,
                                        GCancellable *cancellable,
                                        GAsyncReadyCallback callback,
                                        gpointer user_data);
void bounce_service_delete_studies_async (BounceService *self,
                                          const char *const *study_uids,
                                          BounceBulkFunc progress,
                                          gpointer progress_data,
                                          GCancellable *cancellable,
                                          GAsyncReadyCallback callback,
                                          gpointer user_data);
/* (transfer full) (element-type BounceStudyResult) in the order of the UIDs */
GPtrArray *bounce_service_bulk_finish (BounceService *self, GAsyncResult *result, GError **error);

/* All studies together, before a command that is about everything. */
void bounce_service_sum_studies_async (BounceService *self,
                                       GCancellable *cancellable,
                                       GAsyncReadyCallback callback,
                                       gpointer user_data);
BounceStudySum *
bounce_service_sum_studies_finish (BounceService *self, GAsyncResult *result, GError **error);

/* A study with its series, for a details pane. */
void bounce_service_get_metadata_async (BounceService *self,
                                        const char *study_uid,
                                        GCancellable *cancellable,
                                        GAsyncReadyCallback callback,
                                        gpointer user_data);
BounceStudyMetadata *
bounce_service_get_metadata_finish (BounceService *self, GAsyncResult *result, GError **error);
void bounce_service_get_study_async (BounceService *self,
                                     const char *study_uid,
                                     GCancellable *cancellable,
                                     GAsyncReadyCallback callback,
                                     gpointer user_data);
BounceStudy *
bounce_service_get_study_finish (BounceService *self, GAsyncResult *result, GError **error);
/* base_dir/{StudyInstanceUID}, for a file manager. */
char *bounce_service_dup_study_folder (BounceService *self, const char *study_uid);

G_END_DECLS
