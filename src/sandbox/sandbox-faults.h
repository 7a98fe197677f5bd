/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include <json-glib/json-glib.h>
#include <libsoup/soup.h>

G_BEGIN_DECLS

/* Test behaviours, switched on by POST /sandbox/faults. */
typedef struct _SandboxFaults SandboxFaults;

SandboxFaults *sandbox_faults_new (void);
void sandbox_faults_free (SandboxFaults *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (SandboxFaults, sandbox_faults_free)

/* What --help says about them; free with g_free. */
char *sandbox_faults_describe (void);
/* One fault as JSON; the error names what is wrong with it. */
gboolean sandbox_faults_add (SandboxFaults *self, JsonObject *fault, GError **error);
void sandbox_faults_clear (SandboxFaults *self);
JsonNode *sandbox_faults_to_json (SandboxFaults *self); /* those that are left */

/* Headers of a request are there: takes the faults meant for it. TRUE when one answered it. */
gboolean sandbox_faults_take (SandboxFaults *self, SoupServerMessage *message);
/* How long the answer to be given must wait. */
guint sandbox_faults_get_delay_ms (SoupServerMessage *message);
/* Bytes of the body after which the connection drops, or after which the rest is not stored;
 * G_MAXUINT64: never. */
guint64 sandbox_faults_get_drop_after (SoupServerMessage *message);
guint64 sandbox_faults_get_store_limit (SoupServerMessage *message);
/* The last word on an answer that is otherwise ready. */
void sandbox_faults_alter_reply (SoupServerMessage *message);

G_END_DECLS
