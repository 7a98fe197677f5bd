/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "sandbox-server.h"

G_BEGIN_DECLS

/* The Bounce API of the reference document. The key was checked; the body is there. */
void sandbox_api_config (Sandbox *self, SoupServerMessage *message);
void sandbox_api_signature (Sandbox *self, SoupServerMessage *message);
void sandbox_api_init (Sandbox *self, SoupServerMessage *message);
void sandbox_api_start (Sandbox *self, SoupServerMessage *message);
void sandbox_api_complete (Sandbox *self, SoupServerMessage *message);

/* The session that start and complete name, or NULL after answering. */
SandboxSession *sandbox_api_read_step (Sandbox *self, SoupServerMessage *message);
/* The body as an object, or NULL after answering 400. */
JsonObject *sandbox_api_read_body (SoupServerMessage *message);

G_END_DECLS
