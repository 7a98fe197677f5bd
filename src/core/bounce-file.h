/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/* Durable file operations. All blocking; never on the main thread. */
gboolean bounce_file_replace (const char *path,
                              const void *data,
                              gsize size,
                              mode_t mode,
                              GError **error); /* temp, fdatasync, rename, fsync directory */
gboolean bounce_file_sync_directory (const char *path, GError **error);
gboolean bounce_file_make_directories (const char *path, GError **error); /* 0700, parents synced */
gboolean bounce_file_write_all (int fd, const void *data, gsize size, GError **error);
/* With a NUL after it; more than max_size is an error. */
char *bounce_file_read (const char *path, gsize max_size, gsize *size, GError **error);
/* A regular file or folder for reading, never a device, pipe or socket; -1 with errno. */
int bounce_file_open_at (int folder, const char *name, gboolean follows_link);
gboolean bounce_file_is_medium_index (const char *path); /* a DICOMDIR */
int bounce_file_lock (const char *path, GError **error); /* exclusive; fd to close; -1 when held */
guint64 bounce_file_get_free_bytes (const char *path);   /* statvfs f_bavail; 0 when unknown */
void bounce_file_raise_descriptor_limit (void);          /* at the start of a program */

G_END_DECLS
