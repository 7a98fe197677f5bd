/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* Puts the parts together and leads each request to its handler. libsoup calls us twice for one: at
 * the headers, where faults act, TUS requests are checked and bodies are limited, and at the end of
 * the body. Main thread only; what blocks for long runs in GTask threads counted in `jobs`. */

#include "config.h"

#include "sandbox-server.h"

#include "sandbox-api.h"
#include "sandbox-inspect.h"
#include "sandbox-patch.h"
#include "sandbox-reply.h"
#include "sandbox-tus.h"

#include "bounce-file.h"
#include "bounce-json.h"

#include <glib/gstdio.h>
#include <unistd.h>

#define CONTROL_PREFIX "/sandbox/"

typedef enum
{
  ACCESS_KEY,   /* Authorization: Bearer {api_key} */
  ACCESS_LOCAL, /* anyone on this machine; the key when listening wider */
} Access;

typedef struct
{
  const char *method;
  const char *path;
  gboolean is_prefix;
  Access access;
  void (*handle) (Sandbox *self, SoupServerMessage *message);
} Route;

static const Route ROUTES[] = {
  { "GET", "/api/bounce/config", FALSE, ACCESS_KEY, sandbox_api_config },
  { "GET", "/api/bounce/signature", FALSE, ACCESS_KEY, sandbox_api_signature },
  { "POST", "/api/bounce/upload/init", FALSE, ACCESS_KEY, sandbox_api_init },
  { "POST", "/api/bounce/upload/start", FALSE, ACCESS_KEY, sandbox_api_start },
  { "POST", "/api/bounce/upload/complete", FALSE, ACCESS_KEY, sandbox_api_complete },
  { "GET", "/sandbox/studies", FALSE, ACCESS_LOCAL, sandbox_inspect_studies },
  { "GET", "/sandbox/studies/", TRUE, ACCESS_LOCAL, sandbox_inspect_instance },
  { "GET", "/sandbox/uploads", FALSE, ACCESS_LOCAL, sandbox_inspect_uploads },
  { "POST", "/sandbox/faults", FALSE, ACCESS_LOCAL, sandbox_inspect_faults },
  { "GET", "/sandbox/faults", FALSE, ACCESS_LOCAL, sandbox_inspect_faults },
  { "DELETE", "/sandbox/faults", FALSE, ACCESS_LOCAL, sandbox_inspect_faults },
  { "POST", "/sandbox/expire-tokens", FALSE, ACCESS_LOCAL, sandbox_inspect_expire_tokens },
};

static gboolean
is_at (const Route *route, const char *path)
{
  return route->is_prefix ? g_str_has_prefix (path, route->path) : g_str_equal (path, route->path);
}

/* NULL after answering 404 or 405. */
static const Route *
find_route (SoupServerMessage *message, const char *path)
{
  const char *method = soup_server_message_get_method (message);
  gboolean is_known = FALSE;

  for (guint i = 0; i < G_N_ELEMENTS (ROUTES); i++)
    {
      if (!is_at (&ROUTES[i], path))
        continue;
      if (g_str_equal (ROUTES[i].method, method))
        return &ROUTES[i];
      is_known = TRUE;
    }
  sandbox_reply_outcome (message, is_known ? SOUP_STATUS_METHOD_NOT_ALLOWED : SOUP_STATUS_NOT_FOUND,
                         is_known ? "Method not allowed" : "Not found");
  return NULL;
}

static gboolean
is_tus (const char *path)
{
  return g_str_equal (path, SANDBOX_TUS_PATH) || g_str_has_prefix (path, SANDBOX_TUS_PATH "/");
}

/* Announced or counted, a body beyond the limit is not gathered. */
static void
limit_body_cb (SoupServerMessage *message, GBytes *chunk, gpointer user_data)
{
  SoupMessageBody *body = soup_server_message_get_request_body (message);

  if (body->length <= BOUNCE_JSON_MAX_BYTES)
    return;
  soup_message_body_set_accumulate (body, FALSE);
  if (soup_server_message_get_status (message) == 0)
    sandbox_reply_outcome (message, SOUP_STATUS_REQUEST_ENTITY_TOO_LARGE, "Request too large");
}

static void
begin_request (Sandbox *self, SoupServerMessage *message, const char *path)
{
  const Route *route;

  if (is_tus (path))
    {
      sandbox_tus_begin (self, message);
      return;
    }
  route = find_route (message, path);
  if (route == NULL)
    return;
  g_signal_connect (message, "got-chunk", G_CALLBACK (limit_body_cb), NULL);
  if ((route->access == ACCESS_KEY || !self->is_open)
      && g_strcmp0 (sandbox_get_bearer (message), self->options->api_key) != 0)
    sandbox_reply_outcome (message, SOUP_STATUS_UNAUTHORIZED, "Invalid API key");
}

/* Answered, so that it is not handled; the answer goes nowhere. */
static void
drop_request (SoupServerMessage *message)
{
  sandbox_reply_empty (message, SOUP_STATUS_SERVICE_UNAVAILABLE);
  sandbox_disconnect (message);
}

static void
headers_came_cb (SoupServer *server,
                 SoupServerMessage *message,
                 const char *path,
                 GHashTable *query,
                 gpointer user_data)
{
  Sandbox *self = user_data;
  gboolean is_patch = g_str_equal (soup_server_message_get_method (message), "PATCH");

  if (self->is_stopping)
    drop_request (message);
  else if (!g_str_has_prefix (path, CONTROL_PREFIX) && sandbox_faults_take (self->faults, message))
    soup_message_body_set_accumulate (soup_server_message_get_request_body (message), FALSE);
  else if (!is_patch && sandbox_faults_get_drop_after (message) != G_MAXUINT64)
    drop_request (message);
  else
    begin_request (self, message, path);
}

static void
handle_request (Sandbox *self, SoupServerMessage *message)
{
  const char *path = g_uri_get_path (soup_server_message_get_uri (message));

  if (is_tus (path))
    sandbox_tus_handle (self, message);
  else
    find_route (message, path)->handle (self, message);
}

/* A request that a fault lets wait at the end of its body. */
typedef struct
{
  Sandbox *sandbox;
  SoupServerMessage *message; /* held */
  guint source_id;            /* 0 once it is over */
} Delay;

static void
free_delay (Delay *self)
{
  if (self->source_id != 0)
    {
      g_source_remove (self->source_id);
      sandbox_disconnect (self->message);
    }
  sandbox_release (self->message);
  g_free (self);
}

static gboolean
delay_over_cb (gpointer user_data)
{
  Delay *delay = user_data;

  delay->source_id = 0;
  if (!sandbox_is_gone (delay->message))
    handle_request (delay->sandbox, delay->message);
  g_hash_table_remove (delay->sandbox->delays, delay);
  return G_SOURCE_REMOVE;
}

static void
body_came_cb (SoupServer *server,
              SoupServerMessage *message,
              const char *path,
              GHashTable *query,
              gpointer user_data)
{
  Sandbox *self = user_data;
  guint delay_ms = sandbox_faults_get_delay_ms (message);
  Delay *delay;

  if (delay_ms == 0)
    {
      handle_request (self, message);
      return;
    }
  delay = g_new0 (Delay, 1);
  delay->sandbox = self;
  delay->message = message;
  sandbox_hold (message);
  delay->source_id = g_timeout_add (delay_ms, delay_over_cb, delay);
  g_hash_table_add (self->delays, delay);
}

/**
 * sandbox_path_of_upload:
 *
 * Returns: (transfer full): where the bytes of a TUS upload are
 */
char *
sandbox_path_of_upload (Sandbox *self, const char *id)
{
  return g_build_filename (self->options->data_dir, "uploads", id, NULL);
}

/**
 * sandbox_path_of_instance:
 *
 * Returns: (transfer full): where an unpacked instance is
 */
char *
sandbox_path_of_instance (Sandbox *self, const SandboxInstance *instance)
{
  g_autofree char *name = g_strconcat (instance->sop_uid, ".dcm", NULL);

  return g_build_filename (self->options->data_dir, "studies", instance->study_uid,
                           instance->series_uid, name, NULL);
}

static gboolean
open_data (Sandbox *self, GError **error)
{
  static const char *const DIRECTORIES[] = { "uploads", "studies", "scratch" };
  const char *data_dir = self->options->data_dir;
  g_autofree char *lock_path = g_build_filename (data_dir, "lock", NULL);
  g_autofree char *database_path = g_build_filename (data_dir, "sandbox.db", NULL);

  for (guint i = 0; i < G_N_ELEMENTS (DIRECTORIES); i++)
    {
      g_autofree char *path = g_build_filename (data_dir, DIRECTORIES[i], NULL);

      if (!bounce_file_make_directories (path, error))
        return FALSE;
    }
  self->lock_fd = bounce_file_lock (lock_path, error);
  if (self->lock_fd < 0)
    return FALSE;
  self->database = sandbox_database_open (database_path, error);
  return self->database != NULL;
}

static gboolean
listen_at (Sandbox *self, GError **error)
{
  g_autoptr (GInetAddress) address = g_inet_address_new_from_string (self->options->listen_address);
  g_autoptr (GSocketAddress) socket_address = NULL;
  GSList *uris;

  if (address == NULL)
    {
      g_set_error (error, SANDBOX_ERROR, SANDBOX_ERROR_INVALID, "“%s” is not an IP address",
                   self->options->listen_address);
      return FALSE;
    }
  self->is_open = g_inet_address_get_is_loopback (address) && !self->options->is_protected;
  socket_address = g_inet_socket_address_new (address, self->options->port);
  if (!soup_server_listen (self->soup, socket_address, 0, error))
    return FALSE;
  uris = soup_server_get_uris (self->soup);
  self->listen_url = g_uri_to_string (uris->data);
  if (g_str_has_suffix (self->listen_url, "/"))
    self->listen_url[strlen (self->listen_url) - 1] = '\0';
  g_slist_free_full (uris, (GDestroyNotify) g_uri_unref);
  self->base_url =
      g_strdup (self->options->public_url != NULL ? self->options->public_url : self->listen_url);
  if (g_str_has_suffix (self->base_url, "/"))
    self->base_url[strlen (self->base_url) - 1] = '\0';
  return TRUE;
}

/**
 * sandbox_new:
 * @options: must outlive the sandbox
 *
 * Opens the data directory, alone, and listens.
 *
 * Errors: SANDBOX_ERROR, BOUNCE_CORE_ERROR or G_IO_ERROR with what could not be opened or bound.
 * Returns: (transfer full) (nullable): the running sandbox
 */
Sandbox *
sandbox_new (const SandboxOptions *options, GError **error)
{
  g_autoptr (Sandbox) self = g_new0 (Sandbox, 1);

  self->options = options;
  self->lock_fd = -1;
  self->faults = sandbox_faults_new ();
  self->patches = g_hash_table_new (g_str_hash, g_str_equal);
  self->delays = g_hash_table_new_full (NULL, NULL, (GDestroyNotify) free_delay, NULL);
  self->completions =
      g_hash_table_new_full (g_str_hash, g_str_equal, g_free, (GDestroyNotify) g_ptr_array_unref);
  self->soup = soup_server_new ("server-header", "bounce-sandbox ", NULL);
  soup_server_add_early_handler (self->soup, NULL, headers_came_cb, self, NULL);
  soup_server_add_handler (self->soup, NULL, body_came_cb, self, NULL);
  if (!open_data (self, error))
    return NULL;
  sandbox_tus_sweep (self);
  if (!listen_at (self, error))
    return NULL;
  return g_steal_pointer (&self);
}

/**
 * sandbox_stop:
 *
 * Takes no more requests and cuts off what is being uploaded; what arrived is still being kept
 * until sandbox_is_idle(). The connections end with sandbox_free().
 */
void
sandbox_stop (Sandbox *self)
{
  self->is_stopping = TRUE;
  g_hash_table_remove_all (self->delays);
  sandbox_patch_interrupt_all (self);
}

/**
 * sandbox_is_idle:
 *
 * Returns: whether nothing is being kept any more after sandbox_stop()
 */
gboolean
sandbox_is_idle (Sandbox *self)
{
  return self->jobs == 0 && g_hash_table_size (self->patches) == 0;
}

/**
 * sandbox_free:
 * @self: (transfer full) (nullable): a sandbox that is idle
 */
void
sandbox_free (Sandbox *self)
{
  if (self == NULL)
    return;
  g_object_unref (self->soup);
  sandbox_database_close (self->database);
  sandbox_faults_free (self->faults);
  g_hash_table_unref (self->patches);
  g_hash_table_unref (self->completions);
  g_hash_table_unref (self->delays);
  if (self->lock_fd >= 0)
    close (self->lock_fd);
  g_free (self->listen_url);
  g_free (self->base_url);
  g_free (self);
}
