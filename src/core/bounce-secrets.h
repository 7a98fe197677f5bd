/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/* Where the API key rests between runs: in the keyring, or, when there is none, in a file that
 * only its owner can read. is_in_file tells the caller to say so. */
void bounce_secrets_load_async (GCancellable *cancellable,
                                GAsyncReadyCallback callback,
                                gpointer user_data);
char *bounce_secrets_load_finish (GAsyncResult *result, gboolean *is_in_file, GError **error);
/* text NULL: forget it. */
void bounce_secrets_save_async (const char *text,
                                GCancellable *cancellable,
                                GAsyncReadyCallback callback,
                                gpointer user_data);
gboolean bounce_secrets_save_finish (GAsyncResult *result, gboolean *is_in_file, GError **error);
char *bounce_secrets_dup_file_path (void);

G_END_DECLS
