/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "bounce-import.h"
#include "bounce-service.h"

G_BEGIN_DECLS

/* So many at a time: each is a thread that writes to the disk. */
#define BOUNCE_SERVICE_MAX_IMPORTS 4

/* Works whether or not the receiver runs. What is begun has to be ended here, also after
 * cancelling; shutting the service down cancels and ends it. */
BounceImport *bounce_service_begin_import (BounceService *self, GError **error);
void bounce_service_end_import_async (BounceService *self,
                                      BounceImport *import,
                                      GAsyncReadyCallback callback,
                                      gpointer user_data);
BounceImportSummary *
bounce_service_end_import_finish (BounceService *self, GAsyncResult *result, GError **error);
/* Those under way, (element-type BounceImport). */
GListModel *bounce_service_get_imports (BounceService *self);

G_END_DECLS
