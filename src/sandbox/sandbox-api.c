/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* The handshake around an upload: config, signature, init, start. `init` and `start` are idempotent
 * by upload_id: the same request again is answered the same. Main thread only. */

#include "config.h"

#include "sandbox-api.h"

#include "sandbox-manifest.h"
#include "sandbox-reply.h"
#include "sandbox-tus.h"

#include "bounce-clock.h"
#include "bounce-json.h"

#define UPLOAD_TYPE "lift"
#define UPLOAD_MODE "bulk"

/* Hands out a token and an assembly nobody has seen before. */
static gboolean
issue_token (Sandbox *self, char **token, char **assembly_id, gint64 *expires_at_us, GError **error)
{
  g_autofree char *first = g_uuid_string_random ();
  g_autofree char *second = g_uuid_string_random ();

  *token = g_strdup_printf ("lift_%s%s", first, second);
  *assembly_id = g_strdup_printf ("asm_%.8s%.4s", first, second);
  *expires_at_us = g_get_real_time () + self->options->token_lifetime_us;
  return sandbox_database_add_token (self->database, *token, *assembly_id, *expires_at_us, error);
}

/**
 * sandbox_api_config:
 *
 * Source: reference document, GET /api/bounce/config; a fresh token and assembly for every call
 */
void
sandbox_api_config (Sandbox *self, SoupServerMessage *message)
{
  g_autofree char *endpoint = g_strconcat (self->base_url, SANDBOX_TUS_PATH, NULL);
  g_autofree char *token = NULL;
  g_autofree char *assembly_id = NULL;
  g_autoptr (GError) error = NULL;
  g_autoptr (JsonObject) body = json_object_new ();
  JsonObject *lift = json_object_new ();
  gint64 expires_at_us;

  json_object_set_string_member (body, "type", UPLOAD_TYPE);
  json_object_set_string_member (body, "mode", UPLOAD_MODE);
  json_object_set_object_member (body, "lift", lift);
  if (!issue_token (self, &token, &assembly_id, &expires_at_us, &error))
    {
      sandbox_reply_error (message, error);
      return;
    }
  json_object_set_string_member (lift, "endpoint", endpoint);
  json_object_set_string_member (lift, "token", token);
  json_object_set_string_member (lift, "bucket", SANDBOX_BUCKET);
  json_object_set_string_member (lift, "assembly_id", assembly_id);
  sandbox_reply_object (message, SOUP_STATUS_OK, body);
}

/**
 * sandbox_api_signature:
 *
 * Source: reference document, GET /api/bounce/signature (legacy)
 */
void
sandbox_api_signature (Sandbox *self, SoupServerMessage *message)
{
  g_autofree char *token = NULL;
  g_autofree char *assembly_id = NULL;
  g_autofree char *expires_at = NULL;
  g_autoptr (GError) error = NULL;
  g_autoptr (JsonObject) body = json_object_new ();
  gint64 expires_at_us;

  if (!issue_token (self, &token, &assembly_id, &expires_at_us, &error))
    {
      sandbox_reply_error (message, error);
      return;
    }
  expires_at = bounce_time_to_iso8601 (expires_at_us);
  json_object_set_string_member (body, "signature", assembly_id);
  json_object_set_string_member (body, "expires_at", expires_at);
  sandbox_reply_object (message, SOUP_STATUS_OK, body);
}

/**
 * sandbox_api_read_body:
 *
 * Returns: (transfer full) (nullable): the body; NULL when 400 was answered
 */
JsonObject *
sandbox_api_read_body (SoupServerMessage *message)
{
  g_autoptr (GBytes) bytes =
      soup_message_body_flatten (soup_server_message_get_request_body (message));
  g_autoptr (JsonNode) node = NULL;
  gsize size;
  const char *data = g_bytes_get_data (bytes, &size);

  node = bounce_json_parse (data != NULL ? data : "", size, BOUNCE_JSON_MAX_BYTES, NULL);
  if (node != NULL && JSON_NODE_HOLDS_OBJECT (node))
    return json_node_dup_object (node);
  sandbox_reply_outcome (message, SOUP_STATUS_BAD_REQUEST, "Invalid request body");
  return NULL;
}

static void
require_value (JsonObject *body, const char *member, const char *wanted, JsonObject *problems)
{
  g_autofree char *text = g_strdup_printf ("must be \"%s\"", wanted);

  if (g_strcmp0 (bounce_json_get_string (body, member), wanted) != 0)
    sandbox_problem_add (problems, member, text);
}

static void
require_upload_id (JsonObject *body, JsonObject *problems)
{
  const char *upload_id = bounce_json_get_string (body, "upload_id");

  if (upload_id == NULL || !g_uuid_string_is_valid (upload_id))
    sandbox_problem_add (problems, "upload_id", "must be a UUID");
}

/* TRUE, having answered 422, when there are problems. */
static gboolean
reply_problems (SoupServerMessage *message, JsonObject *problems)
{
  g_autoptr (JsonObject) body = NULL;

  if (json_object_get_size (problems) == 0)
    return FALSE;
  body = json_object_new ();
  json_object_set_boolean_member (body, "success", FALSE);
  json_object_set_string_member (body, "message", "Validation errors");
  json_object_set_object_member (body, "errors", json_object_ref (problems));
  sandbox_reply_object (message, SOUP_STATUS_UNPROCESSABLE_ENTITY, body);
  return TRUE;
}

static void
check_init (Sandbox *self, JsonObject *body, JsonObject *problems)
{
  const char *signature = bounce_json_get_string (body, "signature");
  GPtrArray *manifest = sandbox_manifest_parse (json_object_get_member (body, "studies"), problems);

  g_ptr_array_unref (manifest); /* only its problems matter here */
  require_value (body, "type", UPLOAD_TYPE, problems);
  require_value (body, "mode", UPLOAD_MODE, problems);
  require_upload_id (body, problems);
  if (signature == NULL || !sandbox_database_has_assembly (self->database, signature))
    sandbox_problem_add (problems, "signature", "must be an assembly_id from config");
}

static void
reply_initialised (SoupServerMessage *message, const SandboxSession *session)
{
  g_autoptr (JsonObject) body = json_object_new ();

  json_object_set_boolean_member (body, "success", TRUE);
  json_object_set_string_member (body, "upload_id", session->upload_id);
  json_object_set_string_member (body, "message", "Upload initialized");
  sandbox_reply_object (message, SOUP_STATUS_OK, body);
}

static void
keep_session (Sandbox *self, SoupServerMessage *message, const SandboxSession *session)
{
  g_autoptr (SandboxSession) known =
      sandbox_database_get_session (self->database, session->upload_id);
  g_autoptr (GError) error = NULL;

  if (known != NULL
      && (!g_str_equal (known->assembly_id, session->assembly_id)
          || !g_str_equal (known->studies, session->studies)))
    sandbox_reply_outcome (message, SOUP_STATUS_UNPROCESSABLE_ENTITY,
                           "This upload_id was initialized with other contents");
  else if (known == NULL && !sandbox_database_add_session (self->database, session, &error))
    sandbox_reply_error (message, error);
  else
    reply_initialised (message, session);
}

/**
 * sandbox_api_init:
 *
 * Source: reference document, POST /api/bounce/upload/init
 */
void
sandbox_api_init (Sandbox *self, SoupServerMessage *message)
{
  g_autoptr (JsonObject) body = sandbox_api_read_body (message);
  g_autoptr (JsonObject) problems = json_object_new ();
  g_autofree char *studies = NULL;
  SandboxSession session = { .state = SANDBOX_SESSION_INITIALISED };

  if (body == NULL)
    return;
  check_init (self, body, problems);
  if (reply_problems (message, problems))
    return;
  studies = bounce_json_to_text (json_object_get_member (body, "studies"), FALSE);
  session.upload_id = (char *) bounce_json_get_string (body, "upload_id");
  session.assembly_id = (char *) bounce_json_get_string (body, "signature");
  session.studies = studies;
  keep_session (self, message, &session);
}

/**
 * sandbox_api_read_step:
 *
 * Reads and checks the body that start and complete share.
 *
 * Returns: (transfer full) (nullable): the session it names; NULL when it was answered
 */
SandboxSession *
sandbox_api_read_step (Sandbox *self, SoupServerMessage *message)
{
  g_autoptr (JsonObject) body = sandbox_api_read_body (message);
  g_autoptr (JsonObject) problems = json_object_new ();
  g_autoptr (SandboxSession) session = NULL;

  if (body == NULL)
    return NULL;
  require_value (body, "type", UPLOAD_TYPE, problems);
  require_upload_id (body, problems);
  if (!json_object_has_member (problems, "upload_id"))
    session =
        sandbox_database_get_session (self->database, bounce_json_get_string (body, "upload_id"));
  if (session == NULL)
    sandbox_problem_add (problems, "upload_id", "was not initialized");
  else if (g_strcmp0 (session->assembly_id, bounce_json_get_string (body, "assembly_id")) != 0)
    sandbox_problem_add (problems, "assembly_id", "must be that of init");
  return reply_problems (message, problems) ? NULL : g_steal_pointer (&session);
}

/**
 * sandbox_api_start:
 *
 * Source: reference document, POST /api/bounce/upload/start
 */
void
sandbox_api_start (Sandbox *self, SoupServerMessage *message)
{
  g_autoptr (SandboxSession) session = sandbox_api_read_step (self, message);
  g_autoptr (GError) error = NULL;

  if (session == NULL)
    return;
  if (!sandbox_database_start_session (self->database, session->upload_id, &error))
    sandbox_reply_error (message, error);
  else
    sandbox_reply_outcome (message, SOUP_STATUS_OK, "Upload started");
}
