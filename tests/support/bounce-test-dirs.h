/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef struct _BounceTestDirs BounceTestDirs;

BounceTestDirs *bounce_test_dirs_new (void);
const char *bounce_test_dirs_get_root (BounceTestDirs *self);
char *bounce_test_dirs_make (BounceTestDirs *self, const char *name);
void bounce_test_dirs_free (BounceTestDirs *self);
void bounce_test_dirs_remove (const char *path);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (BounceTestDirs, bounce_test_dirs_free)

G_END_DECLS
