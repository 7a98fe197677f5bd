/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* Answers: bodies, headers, and holding a message while a thread works for it. Main thread only. */

#include "config.h"

#include "sandbox-reply.h"

#include "bounce-json.h"
#include "sandbox-database.h"
#include "sandbox-faults.h"

#define GONE_KEY "sandbox-gone"

/* libsoup 3.2 forgets, when it writes the headers of a 204, that there is no body, and would end
 * the body that cannot be there by closing the connection. */
static void
wrote_no_content_cb (SoupServerMessage *message, gpointer user_data)
{
  soup_message_headers_set_encoding (soup_server_message_get_response_headers (message),
                                     SOUP_ENCODING_NONE);
}

/**
 * sandbox_reply_empty:
 *
 * Answers with @status and whatever headers and body were set before.
 */
void
sandbox_reply_empty (SoupServerMessage *message, guint status)
{
  soup_server_message_set_status (message, status, NULL);
  if (status == SOUP_STATUS_NO_CONTENT)
    g_signal_connect (message, "wrote-headers", G_CALLBACK (wrote_no_content_cb), NULL);
  sandbox_faults_alter_reply (message);
}

/**
 * sandbox_reply_text:
 *
 * Answers with a copy of @text.
 */
void
sandbox_reply_text (SoupServerMessage *message,
                    guint status,
                    const char *content_type,
                    const char *text)
{
  soup_server_message_set_response (message, content_type, SOUP_MEMORY_COPY, text, strlen (text));
  sandbox_reply_empty (message, status);
}

/**
 * sandbox_reply_json:
 *
 * Answers with @body as application/json.
 */
void
sandbox_reply_json (SoupServerMessage *message, guint status, JsonNode *body)
{
  g_autofree char *text = bounce_json_to_text (body, FALSE);

  sandbox_reply_text (message, status, "application/json", text);
}

/**
 * sandbox_reply_object:
 * @body: stays the caller's
 *
 * Answers with @body as application/json.
 */
void
sandbox_reply_object (SoupServerMessage *message, guint status, JsonObject *body)
{
  g_autoptr (JsonNode) node = json_node_init_object (json_node_alloc (), body);

  sandbox_reply_json (message, status, node);
}

/**
 * sandbox_reply_outcome:
 *
 * The shape the reference document gives every POST: `success` follows from @status.
 */
void
sandbox_reply_outcome (SoupServerMessage *message, guint status, const char *text)
{
  g_autoptr (JsonObject) body = json_object_new ();

  json_object_set_boolean_member (body, "success", SOUP_STATUS_IS_SUCCESSFUL (status));
  json_object_set_string_member (body, "message", text);
  sandbox_reply_object (message, status, body);
}

/**
 * sandbox_reply_error:
 * @error: SANDBOX_ERROR_INVALID is the client's (422, told); anything else is ours (500, not told)
 */
void
sandbox_reply_error (SoupServerMessage *message, const GError *error)
{
  if (g_error_matches (error, SANDBOX_ERROR, SANDBOX_ERROR_INVALID))
    {
      sandbox_reply_outcome (message, SOUP_STATUS_UNPROCESSABLE_ENTITY, error->message);
      return;
    }
  g_printerr ("bounce-sandbox: %s\n", error->message);
  sandbox_reply_outcome (message, SOUP_STATUS_INTERNAL_SERVER_ERROR, "Server error");
}

/**
 * sandbox_reply_bytes:
 *
 * Answers 200 with @bytes, which are not copied.
 */
void
sandbox_reply_bytes (SoupServerMessage *message, const char *content_type, GBytes *bytes)
{
  soup_message_headers_set_content_type (soup_server_message_get_response_headers (message),
                                         content_type, NULL);
  soup_message_body_append_bytes (soup_server_message_get_response_body (message), bytes);
  sandbox_reply_empty (message, SOUP_STATUS_OK);
}

/**
 * sandbox_get_header:
 * @name: in any case
 *
 * Returns: (transfer none) (nullable): that header of the request
 */
const char *
sandbox_get_header (SoupServerMessage *message, const char *name)
{
  return soup_message_headers_get_one (soup_server_message_get_request_headers (message), name);
}

/**
 * sandbox_set_header:
 *
 * Sets a header of the answer.
 */
void
sandbox_set_header (SoupServerMessage *message, const char *name, const char *value)
{
  soup_message_headers_replace (soup_server_message_get_response_headers (message), name, value);
}

/**
 * sandbox_get_bearer:
 *
 * Source: RFC 6750 2.1
 * Returns: (transfer none) (nullable): the token
 */
const char *
sandbox_get_bearer (SoupServerMessage *message)
{
  const char *value = sandbox_get_header (message, "Authorization");

  if (value == NULL || g_ascii_strncasecmp (value, "Bearer ", 7) != 0)
    return NULL;
  return value + 7;
}

/**
 * sandbox_disconnect:
 *
 * Cuts the connection under @message, as a network would.
 */
void
sandbox_disconnect (SoupServerMessage *message)
{
  GSocket *socket = soup_server_message_get_socket (message);

  if (socket != NULL)
    g_socket_shutdown (socket, TRUE, TRUE, NULL);
}

static void
message_finished_cb (SoupServerMessage *message, gpointer user_data)
{
  g_object_set_data (G_OBJECT (message), GONE_KEY, GINT_TO_POINTER (TRUE));
}

/**
 * sandbox_hold:
 *
 * The answer comes later: pairs with sandbox_release().
 */
void
sandbox_hold (SoupServerMessage *message)
{
  g_object_ref (message);
  g_signal_connect (message, "finished", G_CALLBACK (message_finished_cb), NULL);
  soup_server_message_pause (message);
}

/**
 * sandbox_is_gone:
 *
 * Returns: whether the client of a held @message went away
 */
gboolean
sandbox_is_gone (SoupServerMessage *message)
{
  return g_object_get_data (G_OBJECT (message), GONE_KEY) != NULL;
}

/**
 * sandbox_release:
 * @message: held
 *
 * Lets the answer go out, unless the client is gone.
 */
void
sandbox_release (SoupServerMessage *message)
{
  if (!sandbox_is_gone (message))
    soup_server_message_unpause (message);
  g_object_unref (message);
}
