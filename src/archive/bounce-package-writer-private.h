/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "bounce-package.h"

G_BEGIN_DECLS

gboolean bounce_package_write_sync (const char *path,
                                    GPtrArray *entries,
                                    BounceProgress *progress,
                                    GCancellable *cancellable,
                                    BouncePackageInfo *info,
                                    GError **error);
gboolean bounce_package_measure_sync (int fd,
                                      GCancellable *cancellable,
                                      BouncePackageInfo *info,
                                      GError **error);

G_END_DECLS
