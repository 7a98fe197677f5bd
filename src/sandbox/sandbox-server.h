/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "sandbox-database.h"
#include "sandbox-faults.h"

#include <libsoup/soup.h>

G_BEGIN_DECLS

/* How the sandbox was asked to run; immutable after start. */
typedef struct
{
  char *listen_address;
  guint16 port;
  char *data_dir;
  char *api_key;
  char *public_url;      /* (nullable) what clients are told; default: where it listens */
  gboolean is_protected; /* /sandbox/ asks for the key on loopback, too */
  gint64 token_lifetime_us;
  gint64 upload_lifetime_us;
  guint64 max_upload_bytes;
  guint64 max_unpacked_bytes;
} SandboxOptions;

/* The parts of a running sandbox. Main thread only. */
typedef struct
{
  const SandboxOptions *options;
  SoupServer *soup;          /* (owned) */
  SandboxDatabase *database; /* (owned) */
  SandboxFaults *faults;     /* (owned) */
  char *listen_url;          /* (owned) where it listens */
  char *base_url;            /* (owned) what clients are told, without a slash at the end */
  gboolean is_open;          /* /sandbox/ asks for no key */
  gboolean is_stopping;
  GHashTable *patches;     /* (owned) TUS id → SandboxPatch that receives or syncs */
  GHashTable *completions; /* (owned) upload_id → messages waiting for its unpacking */
  GHashTable *delays;      /* (owned) requests that a fault lets wait */
  guint jobs;              /* threads at work for us; stopping waits for them */
  int lock_fd;
} Sandbox;

Sandbox *sandbox_new (const SandboxOptions *options, GError **error);
void sandbox_stop (Sandbox *self);
gboolean sandbox_is_idle (Sandbox *self);
void sandbox_free (Sandbox *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Sandbox, sandbox_free)

char *sandbox_path_of_upload (Sandbox *self, const char *id);
char *sandbox_path_of_instance (Sandbox *self, const SandboxInstance *instance);

G_END_DECLS
