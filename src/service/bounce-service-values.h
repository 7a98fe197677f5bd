/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "bounce-service.h"

G_BEGIN_DECLS

GVariant *bounce_study_to_variant (const BounceStudy *study);
GVariant *bounce_transfer_to_variant (const BounceTransfer *transfer);
GVariant *bounce_event_to_variant (const BounceEvent *event);
GVariant *bounce_service_status_to_variant (const BounceServiceStatus *status);
GVariant *bounce_config_to_variant (BounceConfig *config);
const char *bounce_config_change_to_name (BounceConfigChange change);

typedef GVariant *(*BounceToVariant) (gconstpointer value);

GVariant *bounce_list_to_variant (GPtrArray *list, BounceToVariant to_variant);
gboolean
bounce_study_query_from_variant (GVariant *options, BounceStudyQuery *query, GError **error);

G_END_DECLS
