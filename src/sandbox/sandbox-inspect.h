/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "sandbox-server.h"

G_BEGIN_DECLS

/* What people and tests look at, below /sandbox. */
void sandbox_inspect_studies (Sandbox *self, SoupServerMessage *message);
void sandbox_inspect_instance (Sandbox *self, SoupServerMessage *message);
void sandbox_inspect_uploads (Sandbox *self, SoupServerMessage *message);
void sandbox_inspect_faults (Sandbox *self, SoupServerMessage *message);
void sandbox_inspect_expire_tokens (Sandbox *self, SoupServerMessage *message);

G_END_DECLS
