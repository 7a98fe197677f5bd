/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "sandbox-server.h"

G_BEGIN_DECLS

/* One PATCH whose headers were in order: takes the body as it comes. @upload: (transfer full) */
void sandbox_patch_begin (Sandbox *sandbox, SoupServerMessage *message, SandboxUpload *upload);
/* The whole body came: sync, remember, answer. */
void sandbox_patch_finish (SoupServerMessage *message);

typedef void (*SandboxPatchFunc) (Sandbox *sandbox, SoupServerMessage *message);

/* If the upload is receiving, cuts that off, keeps what arrived and calls func with @message after
 * that. FALSE when there is nothing to wait for. */
gboolean sandbox_patch_interrupt (Sandbox *sandbox,
                                  const char *id,
                                  SoupServerMessage *message,
                                  SandboxPatchFunc func);
void sandbox_patch_interrupt_all (Sandbox *sandbox);

G_END_DECLS
