/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "bounce-listener.h"

/* A listener on loopback whose handler keeps what it is given, for the tests to look at. */
typedef struct
{
  char *calling_ae;
  char *called_ae;
  char *address;
  BounceAssociationOutcome outcome;
  gboolean is_closed;
} SeenAssociation;

typedef struct
{
  char *sop_class_uid;
  char *sop_instance_uid;
  char *transfer_syntax_uid;
  GByteArray *data;
  gboolean is_ended;
  gboolean is_complete;
} SeenStore;

typedef struct
{
  BounceListener *listener;
  GMutex lock;
  GCond changed;
  GPtrArray *associations; /* (element-type SeenAssociation) (lock lock) */
  GPtrArray *stores;       /* (element-type SeenStore) (lock lock) */

  /* How the handler behaves; set before peers come. */
  gboolean refuses_peers;
  gboolean forgets_sink;     /* store_begin says success and gives none */
  BounceStatus begin_status; /* not success: store_begin refuses */
  BounceStatus end_status;
  gsize refuse_after_bytes; /* 0: never */
  const char *comment;
} Fixture;

Fixture *fixture_new (void);
Fixture *fixture_new_with (const BounceListenerOptions *options);
void fixture_free (Fixture *self);
guint16 fixture_port (Fixture *self);

/* Wait for at most ten seconds and fail the test then. */
SeenAssociation *fixture_wait_closed (Fixture *self, guint index);
SeenStore *fixture_wait_ended (Fixture *self, guint index);
void fixture_stop (Fixture *self, guint drain_ms);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (Fixture, fixture_free)
