/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "bounce-service.h"

#include <adwaita.h>

G_BEGIN_DECLS

/* What a modality engineer has to enter: IP address, port, AE title, with a copy button. */
#define BOUNCE_TYPE_ENDPOINT_BOX (bounce_endpoint_box_get_type ())
G_DECLARE_FINAL_TYPE (BounceEndpointBox, bounce_endpoint_box, BOUNCE, ENDPOINT_BOX, AdwBin)

void bounce_endpoint_box_set_service (BounceEndpointBox *self, BounceService *service);
void bounce_endpoint_box_preview (BounceEndpointBox *self, guint port, const char *ae_title);

G_END_DECLS
