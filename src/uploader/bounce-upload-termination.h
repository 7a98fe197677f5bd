/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "bounce-upload-job.h"

G_BEGIN_DECLS

/* Telling the server that uploads are not wanted any more. A courtesy: it never fails and never
 * takes long. */
void bounce_upload_terminate_async (BounceHttp *http,
                                    BounceClock *clock,
                                    const char *upload_url,
                                    const char *token,
                                    GAsyncReadyCallback callback,
                                    gpointer user_data);
void bounce_upload_terminate_finish (BounceHttp *http, GAsyncResult *result);

/* The same for what earlier transfers of a study (NULL: of all) have left on the server. */
void bounce_upload_terminate_leftovers_async (const BounceUploadJobContext *context,
                                              const char *study_uid,
                                              GAsyncReadyCallback callback,
                                              gpointer user_data);
void bounce_upload_terminate_leftovers_finish (BounceHttp *http, GAsyncResult *result);

G_END_DECLS
