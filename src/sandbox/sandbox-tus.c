/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* The TUS 1.0.0 server: core protocol with the creation, termination and expiration extensions.
 * Uploads live in the database and a file each, so that a restart, or a kill, loses nothing that
 * was acknowledged. Requests are checked when their headers have come, before any body is read.
 * Main thread only. */

#include "config.h"

#include "sandbox-tus.h"

#include "sandbox-patch.h"
#include "sandbox-reply.h"

#include "bounce-uid.h"

#include <fcntl.h>
#include <glib/gstdio.h>
#include <unistd.h>

#define TUS_VERSION   "1.0.0"
#define STATUS_GONE   410
#define STATUS_LOCKED 423

typedef void (*TusFunc) (Sandbox *self, SoupServerMessage *message, const char *id);

/* Source: TUS 1.0, X-HTTP-Method-Override */
static const char *
get_method (SoupServerMessage *message)
{
  const char *override = sandbox_get_header (message, "X-HTTP-Method-Override");

  return override != NULL ? override : soup_server_message_get_method (message);
}

/* A whole number as a header has it; FALSE when absent, signed or out of range. */
static gboolean
get_number (SoupServerMessage *message, const char *name, guint64 *value)
{
  const char *text = sandbox_get_header (message, name);

  return text != NULL && g_ascii_string_to_unsigned (text, 10, 0, G_MAXINT64, value, NULL);
}

static void
set_number (SoupServerMessage *message, const char *name, guint64 value)
{
  g_autofree char *text = g_strdup_printf ("%" G_GUINT64_FORMAT, value);

  sandbox_set_header (message, name, text);
}

static void
set_expires (SoupServerMessage *message, gint64 expires_at_us)
{
  g_autoptr (GDateTime) time = g_date_time_new_from_unix_utc (expires_at_us / G_USEC_PER_SEC);
  g_autofree char *text = soup_date_time_to_string (time, SOUP_DATE_HTTP);

  sandbox_set_header (message, "Upload-Expires", text);
}

static void
handle_options (Sandbox *self, SoupServerMessage *message, const char *id)
{
  sandbox_set_header (message, "Tus-Version", TUS_VERSION);
  sandbox_set_header (message, "Tus-Extension", "creation,termination,expiration");
  set_number (message, "Tus-Max-Size", self->options->max_upload_bytes);
  sandbox_reply_empty (message, SOUP_STATUS_NO_CONTENT);
}

/* Source: TUS 1.0 Upload-Metadata: "key base64,key base64". NULL when malformed. */
static GHashTable *
parse_metadata (const char *text)
{
  g_autoptr (GHashTable) metadata = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  g_auto (GStrv) pairs = g_strsplit (text != NULL ? text : "", ",", -1);

  for (guint i = 0; pairs[i] != NULL; i++)
    {
      g_auto (GStrv) pair = g_strsplit (g_strstrip (pairs[i]), " ", 2);
      g_autofree char *value = NULL;
      gsize size = 0;

      if (pair[0] == NULL || pair[0][0] == '\0' || g_hash_table_contains (metadata, pair[0]))
        return NULL;
      value = pair[1] != NULL ? (char *) g_base64_decode (pair[1], &size) : g_strdup ("");
      if (memchr (value, '\0', size) != NULL)
        return NULL;
      value = g_realloc (value, size + 1);
      value[size] = '\0';
      g_hash_table_insert (metadata, g_strdup (pair[0]), g_steal_pointer (&value));
    }
  return g_steal_pointer (&metadata);
}

/* NULL when in order, else what is wrong. */
static const char *
check_metadata (Sandbox *self, GHashTable *metadata)
{
  static const char *const REQUIRED[] = { "name",   "type", "filename",  "fieldname",
                                          "bucket", "mode", "upload_id", "filetype" };
  g_autoptr (SandboxSession) session = NULL;

  if (metadata == NULL)
    return "Upload-Metadata is malformed";
  for (guint i = 0; i < G_N_ELEMENTS (REQUIRED); i++)
    if (g_hash_table_lookup (metadata, REQUIRED[i]) == NULL)
      return "Upload-Metadata lacks a key";
  if (!g_str_equal (g_hash_table_lookup (metadata, "bucket"), SANDBOX_BUCKET))
    return "Upload-Metadata names another bucket";
  session =
      sandbox_database_get_session (self->database, g_hash_table_lookup (metadata, "upload_id"));
  if (session == NULL || session->state == SANDBOX_SESSION_INITIALISED)
    return "Upload-Metadata names an upload_id that was not started";
  return NULL;
}

static gboolean
create_upload (Sandbox *self, const SandboxUpload *upload, GError **error)
{
  g_autofree char *path = sandbox_path_of_upload (self, upload->id);
  int fd = g_open (path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);

  if (fd < 0)
    {
      g_set_error (error, SANDBOX_ERROR, SANDBOX_ERROR_STORAGE, "upload: %s", g_strerror (errno));
      return FALSE;
    }
  close (fd);
  return sandbox_database_add_upload (self->database, upload, error);
}

static void
handle_post (Sandbox *self, SoupServerMessage *message, const char *id)
{
  const char *text = sandbox_get_header (message, "Upload-Metadata");
  g_autoptr (GHashTable) metadata = parse_metadata (text);
  const char *problem = check_metadata (self, metadata);
  g_autofree char *new_id = bounce_upload_id_generate ();
  g_autofree char *url = g_strdup_printf ("%s" SANDBOX_TUS_PATH "/%s", self->base_url, new_id);
  SandboxUpload upload = { .id = new_id, .metadata = (char *) text };
  g_autoptr (GError) error = NULL;

  if (!get_number (message, "Upload-Length", &upload.length_bytes))
    problem = "Upload-Length must be given and a whole number";
  if (problem != NULL)
    {
      sandbox_reply_outcome (message, SOUP_STATUS_BAD_REQUEST, problem);
      return;
    }
  if (upload.length_bytes > self->options->max_upload_bytes)
    {
      sandbox_reply_empty (message, SOUP_STATUS_REQUEST_ENTITY_TOO_LARGE);
      return;
    }
  upload.upload_id = g_hash_table_lookup (metadata, "upload_id");
  upload.expires_at_us = g_get_real_time () + self->options->upload_lifetime_us;
  if (!create_upload (self, &upload, &error))
    {
      sandbox_reply_error (message, error);
      return;
    }
  sandbox_set_header (message, "Location", url);
  set_expires (message, upload.expires_at_us);
  sandbox_reply_empty (message, SOUP_STATUS_CREATED);
}

/* Deletes the bytes of an upload that is over. */
static void
drop_upload (Sandbox *self, const char *id, SandboxUploadState state)
{
  g_autofree char *path = sandbox_path_of_upload (self, id);
  g_autoptr (GError) error = NULL;

  if (sandbox_database_set_upload_state (self->database, id, state, &error))
    g_unlink (path);
  else
    g_printerr ("bounce-sandbox: %s\n", error->message);
}

static gboolean
is_expired (const SandboxUpload *upload)
{
  return upload->state == SANDBOX_UPLOAD_ACTIVE && upload->expires_at_us <= g_get_real_time ();
}

/**
 * sandbox_tus_sweep:
 *
 * At start, before anything listens.
 *
 * Source: TUS 1.0 expiration
 */
void
sandbox_tus_sweep (Sandbox *self)
{
  g_autofree char *path = g_build_filename (self->options->data_dir, "uploads", NULL);
  g_autoptr (GDir) directory = g_dir_open (path, 0, NULL);
  const char *name;

  while (directory != NULL && (name = g_dir_read_name (directory)) != NULL)
    {
      g_autoptr (SandboxUpload) upload = sandbox_database_get_upload (self->database, name);
      g_autofree char *file = sandbox_path_of_upload (self, name);

      if (upload != NULL && is_expired (upload))
        drop_upload (self, name, SANDBOX_UPLOAD_EXPIRED);
      else if (upload == NULL || upload->state != SANDBOX_UPLOAD_ACTIVE)
        g_unlink (file);
    }
}

/* The upload a request is about, or NULL after answering 404 or 410. */
static SandboxUpload *
get_live_upload (Sandbox *self, SoupServerMessage *message, const char *id)
{
  g_autoptr (SandboxUpload) upload = sandbox_database_get_upload (self->database, id);

  if (upload == NULL)
    {
      sandbox_reply_empty (message, SOUP_STATUS_NOT_FOUND);
      return NULL;
    }
  if (is_expired (upload))
    {
      drop_upload (self, id, SANDBOX_UPLOAD_EXPIRED);
      upload->state = SANDBOX_UPLOAD_EXPIRED;
    }
  if (upload->state != SANDBOX_UPLOAD_TERMINATED && upload->state != SANDBOX_UPLOAD_EXPIRED)
    return g_steal_pointer (&upload);
  sandbox_reply_empty (message, STATUS_GONE);
  return NULL;
}

static const char *
get_id (SoupServerMessage *message)
{
  const char *path = g_uri_get_path (soup_server_message_get_uri (message));

  path += strlen (SANDBOX_TUS_PATH);
  return path[0] == '/' && path[1] != '\0' ? path + 1 : NULL;
}

static void
answer_head (Sandbox *self, SoupServerMessage *message)
{
  g_autoptr (SandboxUpload) upload = get_live_upload (self, message, get_id (message));

  if (upload == NULL)
    return;
  set_number (message, "Upload-Offset", upload->offset_bytes);
  set_number (message, "Upload-Length", upload->length_bytes);
  sandbox_set_header (message, "Upload-Metadata", upload->metadata);
  if (upload->state == SANDBOX_UPLOAD_ACTIVE)
    set_expires (message, upload->expires_at_us);
  sandbox_reply_empty (message, SOUP_STATUS_OK);
}

static void
handle_head (Sandbox *self, SoupServerMessage *message, const char *id)
{
  sandbox_set_header (message, "Cache-Control", "no-store");
  if (!sandbox_patch_interrupt (self, id, message, answer_head))
    answer_head (self, message);
}

static void
refuse_patch (Sandbox *self, SoupServerMessage *message, const char *id, guint status)
{
  g_autoptr (GError) error = NULL;

  if (!sandbox_database_add_refusal (self->database, id, &error))
    g_printerr ("bounce-sandbox: %s\n", error->message);
  sandbox_reply_empty (message, status);
}

/* 0 when the PATCH may go ahead. */
static guint
check_patch (Sandbox *self, SoupServerMessage *message, const SandboxUpload *upload)
{
  SoupMessageHeaders *headers = soup_server_message_get_request_headers (message);
  const char *type = soup_message_headers_get_content_type (headers, NULL);
  guint64 offset = 0;
  guint64 size = 0;

  if (g_strcmp0 (type, "application/offset+octet-stream") != 0)
    return SOUP_STATUS_UNSUPPORTED_MEDIA_TYPE;
  if (!get_number (message, "Upload-Offset", &offset))
    return SOUP_STATUS_BAD_REQUEST;
  if (g_hash_table_contains (self->patches, upload->id))
    return STATUS_LOCKED;
  if (offset != upload->offset_bytes)
    return SOUP_STATUS_CONFLICT;
  if (soup_message_headers_get_encoding (headers) == SOUP_ENCODING_CONTENT_LENGTH)
    size = soup_message_headers_get_content_length (headers);
  if (upload->state == SANDBOX_UPLOAD_UNPACKED && size > 0)
    return SOUP_STATUS_FORBIDDEN;
  return size > upload->length_bytes - offset ? SOUP_STATUS_REQUEST_ENTITY_TOO_LARGE : 0;
}

static void
begin_patch (Sandbox *self, SoupServerMessage *message, const char *id)
{
  g_autoptr (SandboxUpload) upload = get_live_upload (self, message, id);
  guint refusal;

  if (upload == NULL)
    return;
  refusal = check_patch (self, message, upload);
  if (refusal != 0)
    {
      refuse_patch (self, message, id, refusal);
      return;
    }
  set_expires (message, g_get_real_time () + self->options->upload_lifetime_us);
  sandbox_patch_begin (self, message, g_steal_pointer (&upload));
}

static void
answer_delete (Sandbox *self, SoupServerMessage *message)
{
  g_autoptr (SandboxUpload) upload = get_live_upload (self, message, get_id (message));

  if (upload == NULL)
    return;
  if (upload->state == SANDBOX_UPLOAD_ACTIVE)
    drop_upload (self, upload->id, SANDBOX_UPLOAD_TERMINATED);
  sandbox_reply_empty (message, SOUP_STATUS_NO_CONTENT);
}

static void
handle_delete (Sandbox *self, SoupServerMessage *message, const char *id)
{
  if (!sandbox_patch_interrupt (self, id, message, answer_delete))
    answer_delete (self, message);
}

static void
finish_patch (Sandbox *self, SoupServerMessage *message, const char *id)
{
  sandbox_patch_finish (message);
}

/* Which methods there are, where, and what happens at the headers and at the end of the body. */
static const struct
{
  const char *method;
  gboolean has_id;
  TusFunc begin; /* (nullable) */
  TusFunc handle;
} METHODS[] = {
  { "OPTIONS", FALSE, NULL, handle_options },   { "OPTIONS", TRUE, NULL, handle_options },
  { "POST", FALSE, NULL, handle_post },         { "HEAD", TRUE, NULL, handle_head },
  { "PATCH", TRUE, begin_patch, finish_patch }, { "DELETE", TRUE, NULL, handle_delete },
};

static int
find_method (SoupServerMessage *message)
{
  const char *method = get_method (message);
  gboolean has_id = get_id (message) != NULL;

  for (guint i = 0; i < G_N_ELEMENTS (METHODS); i++)
    if (METHODS[i].has_id == has_id && g_str_equal (METHODS[i].method, method))
      return i;
  return -1;
}

static gboolean
is_authorised (Sandbox *self, SoupServerMessage *message)
{
  const char *token = sandbox_get_bearer (message);

  return token != NULL && sandbox_database_has_token (self->database, token, g_get_real_time ());
}

/**
 * sandbox_tus_begin:
 * @message: a request below SANDBOX_TUS_PATH of which only the headers came
 *
 * Source: TUS 1.0, core protocol and the three extensions
 */
void
sandbox_tus_begin (Sandbox *self, SoupServerMessage *message)
{
  const char *version = sandbox_get_header (message, "Tus-Resumable");
  int method = find_method (message);

  soup_message_body_set_accumulate (soup_server_message_get_request_body (message), FALSE);
  sandbox_set_header (message, "Tus-Resumable", TUS_VERSION);
  if (method < 0)
    sandbox_reply_empty (message, SOUP_STATUS_METHOD_NOT_ALLOWED);
  else if (METHODS[method].handle == handle_options)
    return;
  else if (g_strcmp0 (version, TUS_VERSION) != 0)
    {
      sandbox_set_header (message, "Tus-Version", TUS_VERSION);
      sandbox_reply_empty (message, SOUP_STATUS_PRECONDITION_FAILED);
    }
  else if (!is_authorised (self, message))
    sandbox_reply_outcome (message, SOUP_STATUS_UNAUTHORIZED, "Invalid or expired token");
  else if (METHODS[method].begin != NULL)
    METHODS[method].begin (self, message, get_id (message));
}

/**
 * sandbox_tus_handle:
 * @message: one that sandbox_tus_begin() did not answer
 *
 * The body came, too.
 */
void
sandbox_tus_handle (Sandbox *self, SoupServerMessage *message)
{
  METHODS[find_method (message)].handle (self, message, get_id (message));
}
