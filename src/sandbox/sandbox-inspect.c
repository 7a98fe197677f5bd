/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* What the sandbox holds, for people and tests: studies with sizes and hashes, uploads with the
 * byte ranges they received, faults. Main thread only. */

#include "config.h"

#include "sandbox-inspect.h"

#include "sandbox-api.h"
#include "sandbox-reply.h"

#include "bounce-json.h"
#include "bounce-uid.h"

#define STUDIES_PREFIX "/sandbox/studies/"

static void
reply_list (SoupServerMessage *message, JsonArray *list)
{
  g_autoptr (JsonNode) node = json_node_init_array (json_node_alloc (), list);

  sandbox_reply_json (message, SOUP_STATUS_OK, node);
}

static JsonArray *
encode_instances (Sandbox *self, const char *study_uid)
{
  g_autoptr (GPtrArray) instances = sandbox_database_list_instances (self->database, study_uid);
  JsonArray *list = json_array_new ();

  for (guint i = 0; i < instances->len; i++)
    {
      const SandboxInstance *instance = instances->pdata[i];
      JsonObject *object = json_object_new ();

      json_object_set_string_member (object, "series_uid", instance->series_uid);
      json_object_set_string_member (object, "sop_uid", instance->sop_uid);
      json_object_set_int_member (object, "size", instance->size_bytes);
      json_object_set_string_member (object, "sha256", instance->sha256);
      json_array_add_object_element (list, object);
    }
  return list;
}

/**
 * sandbox_inspect_studies:
 *
 * GET /sandbox/studies. Shape: design section 8.
 */
void
sandbox_inspect_studies (Sandbox *self, SoupServerMessage *message)
{
  g_autoptr (GPtrArray) studies = sandbox_database_list_studies (self->database);
  g_autoptr (JsonArray) list = json_array_new ();

  for (guint i = 0; i < studies->len; i++)
    {
      const SandboxStudy *study = studies->pdata[i];
      JsonObject *object = json_object_new ();

      json_object_set_string_member (object, "study_uid", study->study_uid);
      if (study->patient_name != NULL)
        json_object_set_string_member (object, "patient_name", study->patient_name);
      json_object_set_int_member (object, "uploads", study->uploads);
      json_object_set_array_member (object, "instances", encode_instances (self, study->study_uid));
      json_array_add_object_element (list, object);
    }
  reply_list (message, list);
}

/**
 * sandbox_inspect_instance:
 *
 * GET /sandbox/studies/{study}/{sop}.dcm
 */
void
sandbox_inspect_instance (Sandbox *self, SoupServerMessage *message)
{
  const char *path = g_uri_get_path (soup_server_message_get_uri (message));
  g_auto (GStrv) parts = g_strsplit (path + strlen (STUDIES_PREFIX), "/", 3);
  g_autoptr (SandboxInstance) instance = NULL;
  g_autoptr (GMappedFile) file = NULL;
  g_autoptr (GBytes) bytes = NULL;
  g_autofree char *file_path = NULL;

  if (g_strv_length (parts) == 2 && g_str_has_suffix (parts[1], ".dcm"))
    {
      parts[1][strlen (parts[1]) - strlen (".dcm")] = '\0';
      instance = sandbox_database_find_instance (self->database, parts[0], parts[1]);
    }
  if (instance != NULL)
    {
      file_path = sandbox_path_of_instance (self, instance);
      file = g_mapped_file_new (file_path, FALSE, NULL);
    }
  if (file == NULL)
    {
      sandbox_reply_empty (message, SOUP_STATUS_NOT_FOUND);
      return;
    }
  bytes = g_mapped_file_get_bytes (file);
  sandbox_reply_bytes (message, "application/dicom", bytes);
}

static JsonArray *
encode_ranges (Sandbox *self, const char *id)
{
  g_autoptr (GArray) ranges = sandbox_database_list_ranges (self->database, id);
  JsonArray *list = json_array_new ();

  for (guint i = 0; i < ranges->len; i++)
    {
      const SandboxRange *range = &g_array_index (ranges, SandboxRange, i);
      JsonArray *element = json_array_new ();

      json_array_add_int_element (element, range->from);
      json_array_add_int_element (element, range->to);
      json_array_add_boolean_element (element, range->is_acknowledged);
      json_array_add_array_element (list, element);
    }
  return list;
}

static JsonObject *
encode_upload (Sandbox *self, const SandboxUpload *upload)
{
  static const char *const STATES[] = { "active", "terminated", "expired", "unpacked" };
  JsonObject *object = json_object_new ();

  json_object_set_string_member (object, "id", upload->id);
  json_object_set_string_member (object, "upload_id", upload->upload_id);
  json_object_set_int_member (object, "length", upload->length_bytes);
  json_object_set_int_member (object, "offset", upload->offset_bytes);
  json_object_set_boolean_member (object, "completed", upload->state == SANDBOX_UPLOAD_UNPACKED);
  json_object_set_string_member (object, "state", STATES[upload->state]);
  json_object_set_string_member (object, "metadata", upload->metadata);
  json_object_set_int_member (object, "refused", upload->refused);
  json_object_set_array_member (object, "ranges", encode_ranges (self, upload->id));
  return object;
}

/**
 * sandbox_inspect_uploads:
 *
 * GET /sandbox/uploads. Shape: [{id, upload_id, length, offset, completed, state, metadata,
 * refused, ranges: [[from, to, acknowledged], …]}] with one range for each PATCH that brought
 * bytes, `to` exclusive; refused counts the PATCH requests that were answered with an error.
 */
void
sandbox_inspect_uploads (Sandbox *self, SoupServerMessage *message)
{
  g_autoptr (GPtrArray) uploads = sandbox_database_list_uploads (self->database);
  g_autoptr (JsonArray) list = json_array_new ();

  for (guint i = 0; i < uploads->len; i++)
    json_array_add_object_element (list, encode_upload (self, uploads->pdata[i]));
  reply_list (message, list);
}

static void
add_fault (Sandbox *self, SoupServerMessage *message)
{
  g_autoptr (JsonObject) body = sandbox_api_read_body (message);
  g_autoptr (GError) error = NULL;

  if (body == NULL)
    return;
  if (sandbox_faults_add (self->faults, body, &error))
    sandbox_reply_outcome (message, SOUP_STATUS_OK, "Fault switched on");
  else
    sandbox_reply_error (message, error);
}

/**
 * sandbox_inspect_faults:
 *
 * POST, GET and DELETE /sandbox/faults; --help describes them.
 */
void
sandbox_inspect_faults (Sandbox *self, SoupServerMessage *message)
{
  const char *method = soup_server_message_get_method (message);
  g_autoptr (JsonNode) left = NULL;

  if (g_str_equal (method, "POST"))
    {
      add_fault (self, message);
      return;
    }
  if (g_str_equal (method, "DELETE"))
    sandbox_faults_clear (self->faults);
  left = sandbox_faults_to_json (self->faults);
  sandbox_reply_json (message, SOUP_STATUS_OK, left);
}

/**
 * sandbox_inspect_expire_tokens:
 *
 * POST /sandbox/expire-tokens
 */
void
sandbox_inspect_expire_tokens (Sandbox *self, SoupServerMessage *message)
{
  g_autoptr (GError) error = NULL;

  if (sandbox_database_expire_tokens (self->database, &error))
    sandbox_reply_outcome (message, SOUP_STATUS_OK, "Tokens expired");
  else
    sandbox_reply_error (message, error);
}
