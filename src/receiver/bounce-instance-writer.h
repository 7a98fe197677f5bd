/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "bounce-dataset-head.h"
#include "bounce-digest.h"
#include "bounce-store.h"

G_BEGIN_DECLS

/* Streams data sets into spool files, one at a time; each association has one. */
typedef struct _BounceInstanceWriter BounceInstanceWriter;

BounceInstanceWriter *bounce_instance_writer_new (void);
void bounce_instance_writer_free (BounceInstanceWriter *self);
void bounce_instance_writer_begin (BounceInstanceWriter *self,
                                   BounceSpool *spool,
                                   const BouncePart10Meta *meta);
gboolean bounce_instance_writer_write (BounceInstanceWriter *self,
                                       const guint8 *data,
                                       gsize size,
                                       GError **error);
gboolean bounce_instance_writer_accept (BounceInstanceWriter *self,
                                        BounceStore *store,
                                        gint64 association_id,
                                        BounceAcceptance *acceptance,
                                        GError **error);
void bounce_instance_writer_discard (BounceInstanceWriter *self);
const BounceInstanceHead *bounce_instance_writer_get_head (BounceInstanceWriter *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (BounceInstanceWriter, bounce_instance_writer_free)

G_END_DECLS
