/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "bounce-package.h"

#include <zip.h>

G_BEGIN_DECLS

/* The file that libzip writes into. */
typedef struct _BouncePackageOutput BouncePackageOutput;

BouncePackageOutput *bounce_package_output_open (const char *path, GError **error);
void bounce_package_output_free (BouncePackageOutput *self);
zip_source_t *bounce_package_output_create_source (BouncePackageOutput *self, zip_error_t *error);
int bounce_package_output_get_errno (BouncePackageOutput *self);
int bounce_package_output_get_fd (BouncePackageOutput *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (BouncePackageOutput, bounce_package_output_free)

G_END_DECLS
