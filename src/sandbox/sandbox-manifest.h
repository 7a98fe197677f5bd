/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "bounce-study-metadata.h"

G_BEGIN_DECLS

/* The member `studies` of `upload/init`, in either of the two shapes on the wire, as
 * BounceStudyMetadata. problems: field path → array of sentences, as a 422 answer shows them; the
 * result is only meaningful while it stays empty. */
GPtrArray *sandbox_manifest_parse (JsonNode *studies, JsonObject *problems);
void sandbox_problem_add (JsonObject *problems, const char *field, const char *text);
guint sandbox_manifest_count_instances (GPtrArray *manifest);

G_END_DECLS
