/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "bounce-dicom-error.h"

G_BEGIN_DECLS

#define BOUNCE_PDU_HEADER_BYTES 6
/* DCMTK's own limit; a request with 128 contexts of 50 syntaxes is a quarter of it. */
#define BOUNCE_ASSOCIATE_REQUEST_MAX_BYTES (1024 * 1024)

gboolean bounce_associate_request_check (const guint8 *pdu, gsize size, GError **error);

G_END_DECLS
