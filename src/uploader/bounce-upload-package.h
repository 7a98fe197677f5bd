/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "bounce-store.h"

G_BEGIN_DECLS

/* Makes sure that the study's published package is exactly that of the transfer: verified if there
 * is one, else built and published. package_size and package_sha256 of the transfer are set and
 * committed before the file is published. */
void bounce_upload_package_prepare_async (BounceStore *store,
                                          const BounceTransfer *transfer,
                                          GCancellable *cancellable,
                                          GAsyncReadyCallback callback,
                                          gpointer user_data);
/* (transfer full): the transfer with its package; is_changed: not the bytes it had before */
BounceTransfer *bounce_upload_package_prepare_finish (BounceStore *store,
                                                      GAsyncResult *result,
                                                      gboolean *is_changed,
                                                      GError **error);

/* The SOP Instance UID of the item that a package error names; NULL if it names none. */
const char *bounce_upload_package_find_culprit (const BounceTransfer *transfer,
                                                const GError *error);

G_END_DECLS
