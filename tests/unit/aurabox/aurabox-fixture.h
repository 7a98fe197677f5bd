/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "bounce-aurabox.h"
#include "bounce-test-dirs.h"

G_BEGIN_DECLS

#define TEST_KEY "aura_au_bounce_tester_s3cr3t_local"
/* Faults say this; no message may. */
#define SERVER_WORDS "said-by-the-server"

/* A client and a real sandbox in a process of its own. */
typedef struct
{
  BounceTestDirs *dirs;
  GSubprocess *sandbox;
  char *endpoint;
  BounceHttp *http;
  BounceAurabox *aurabox;
  BounceStudyMetadata *study;
  char *assembly_id; /* of a config call */
  char *upload_id;
} Fixture;

Fixture *fixture_new (void);
void fixture_free (Fixture *self);
void fixture_kill_sandbox (Fixture *self);
BounceAurabox *fixture_new_client (Fixture *self, const char *endpoint, const char *key);

/* What a request to the sandbox itself answers. */
GBytes *fixture_ask (Fixture *self, const char *method, const char *path, const char *json);
void fixture_add_fault (Fixture *self, const char *format, ...) G_GNUC_PRINTF (2, 3);
gboolean fixture_has_faults (Fixture *self);

/* The calls of the client, so that a test can go through them all. */
typedef enum
{
  CALL_CONFIG,
  CALL_SIGNATURE,
  CALL_INIT,
  CALL_START,
  CALL_COMPLETE,
  N_CALLS,
} CallKind;

extern const char *const CALL_PATHS[N_CALLS];

void fixture_begin (Fixture *self, CallKind kind, GCancellable *cancellable, GAsyncResult **result);
/* Waits for the result and finishes the call. */
gboolean fixture_end (Fixture *self, CallKind kind, GAsyncResult **result, GError **error);
gboolean fixture_call (Fixture *self, CallKind kind, GError **error);
BounceUploadConfig *fixture_get_config (Fixture *self, GError **error);

G_END_DECLS
