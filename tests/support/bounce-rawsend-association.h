/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef struct _BounceRawAssociation BounceRawAssociation;

typedef struct
{
  const char *sop_class_uid;
  const char *transfer_syntax_uid;
} BounceRawContext;

BounceRawAssociation *bounce_raw_association_open (const char *host,
                                                   guint16 port,
                                                   const char *called_ae,
                                                   const char *calling_ae,
                                                   const BounceRawContext *contexts,
                                                   guint n_contexts,
                                                   GError **error);
gboolean bounce_raw_association_is_accepted (BounceRawAssociation *self, guint context);
void bounce_raw_association_limit_pdu (BounceRawAssociation *self, guint bytes);
gboolean bounce_raw_association_send (BounceRawAssociation *self,
                                      guint context,
                                      gboolean is_command,
                                      const guint8 *bytes,
                                      gsize size,
                                      gboolean is_last,
                                      GError **error);
gboolean
bounce_raw_association_read_status (BounceRawAssociation *self, guint16 *status, GError **error);
void bounce_raw_association_abort (BounceRawAssociation *self);
gboolean bounce_raw_association_release (BounceRawAssociation *self);
void bounce_raw_association_close (BounceRawAssociation *self);

G_END_DECLS
