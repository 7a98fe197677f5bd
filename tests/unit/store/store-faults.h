/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Faults of the disk, by taking libc's place in the test's executable: the code under test is the
 * real one. Paths are matched by substring. */
typedef enum
{
  FAULT_NONE,
  FAULT_FDATASYNC, /* of a file: EIO */
  FAULT_FSYNC,     /* of a folder or file: EIO */
  FAULT_RENAME,    /* to a path: EIO */
  FAULT_UNLINK,    /* of a path: EIO */
  FAULT_WRITE,     /* to a file: ENOSPC */
  FAULT_READDIR,   /* of a folder: EIO */
} FaultKind;

/* times: how often it strikes; G_MAXINT: always. */
void faults_set (FaultKind kind, const char *path, int times);
int faults_get_struck (void);
void faults_clear (void);
/* The process ends at once, as by kill -9, instead of the call or just after it. */
void faults_set_crash (FaultKind kind, const char *path, gboolean is_after);
/* statvfs says so; 0: the truth. */
void faults_set_free_bytes (guint64 bytes);

G_END_DECLS
