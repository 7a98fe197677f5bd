/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "sandbox-database.h"

G_BEGIN_DECLS

typedef struct
{
  const char *archive;     /* the ZIP */
  const char *scratch;     /* a directory of our own, emptied before and after */
  const char *studies_dir; /* where {study}/{series}/{sop}.dcm goes */
  GPtrArray *manifest;     /* (element-type BounceStudyMetadata) what init announced */
  guint64 max_unpacked_bytes;
} SandboxUnpacking;

GPtrArray *sandbox_archive_unpack (const SandboxUnpacking *job, GError **error);

G_END_DECLS
