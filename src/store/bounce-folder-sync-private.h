/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Folder syncs, shared by whoever waits for the same folder. Any thread. */
typedef struct _BounceFolderSync BounceFolderSync;

BounceFolderSync *bounce_folder_sync_new (void);
void bounce_folder_sync_free (BounceFolderSync *self);
gboolean bounce_folder_sync_run (BounceFolderSync *self, const char *path, GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (BounceFolderSync, bounce_folder_sync_free)

G_END_DECLS
