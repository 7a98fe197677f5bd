/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "sandbox-server.h"

G_BEGIN_DECLS

/* TUS 1.0 at SANDBOX_TUS_PATH: creation, termination, expiration. */
#define SANDBOX_TUS_PATH "/files"
#define SANDBOX_BUCKET   "dicom-uploads"

/* Removes what expired while nobody looked, and files of uploads that never came to be. */
void sandbox_tus_sweep (Sandbox *self);
/* The headers of a request are there: answers what is wrong with it already, and makes the body of
 * a PATCH go to the upload's file. */
void sandbox_tus_begin (Sandbox *self, SoupServerMessage *message);
/* The body is there, too, and nothing was wrong. */
void sandbox_tus_handle (Sandbox *self, SoupServerMessage *message);

G_END_DECLS
