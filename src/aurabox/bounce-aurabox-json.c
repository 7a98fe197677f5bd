/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* The JSON of the Bounce API, in both directions. Outgoing studies have one of two shapes: the
 * reference document's arrays, or the objects keyed by UID that the product in the field sends.
 * Incoming replies are the server's and not trusted: what is used is checked, and none of it is
 * ever quoted in a message. Pure functions; any thread. */

#include "config.h"

#include "bounce-aurabox-json.h"

#include "bounce-json.h"

#define UPLOAD_TYPE "lift"
#define UPLOAD_MODE "bulk"

/* Longer than any token or URL in the field; a header must be able to carry it. */
#define MAX_STRING_LENGTH 8192

static void
set_string (JsonObject *object, const char *member, const char *value)
{
  if (value != NULL)
    json_object_set_string_member (object, member, value);
}

static JsonObject *
encode_series (const BounceSeriesMetadata *series)
{
  JsonObject *object = json_object_new ();

  set_string (object, "series_uid", series->series_uid);
  set_string (object, "series_description", series->series_description);
  if (series->has_series_number)
    json_object_set_int_member (object, "series_number", series->series_number);
  json_object_set_int_member (object, "instances", series->instances);
  return object;
}

static JsonObject *
encode_study_fields (const BounceStudyMetadata *study)
{
  JsonObject *object = json_object_new ();

  set_string (object, "study_uid", study->study_uid);
  set_string (object, "patient_name", study->patient_name);
  set_string (object, "patient_id", study->patient_id);
  set_string (object, "study_date", study->study_date);
  set_string (object, "study_description", study->study_description);
  set_string (object, "modality", study->modality);
  return object;
}

/* Source: reference document, upload/init */
static JsonNode *
encode_studies_as_arrays (const BounceStudyMetadata *study)
{
  JsonArray *studies = json_array_new ();
  JsonArray *all_series = json_array_new ();
  JsonObject *object = encode_study_fields (study);

  for (guint i = 0; i < study->series->len; i++)
    json_array_add_object_element (all_series, encode_series (study->series->pdata[i]));
  json_object_set_array_member (object, "series", all_series);
  json_array_add_object_element (studies, object);
  return json_node_init_array (json_node_alloc (), studies);
}

/* Source: the product in the field, notes on the wire; accession_no is its name. */
static JsonNode *
encode_studies_by_uid (const BounceStudyMetadata *study)
{
  JsonObject *studies = json_object_new ();
  JsonObject *all_series = json_object_new ();
  JsonObject *object = encode_study_fields (study);

  set_string (object, "accession_no", study->accession_number);
  for (guint i = 0; i < study->series->len; i++)
    {
      const BounceSeriesMetadata *series = study->series->pdata[i];

      json_object_set_object_member (all_series, series->series_uid, encode_series (series));
    }
  json_object_set_object_member (object, "series", all_series);
  json_object_set_object_member (studies, study->study_uid, object);
  return json_node_init_object (json_node_alloc (), studies);
}

static GBytes *
to_bytes (JsonObject *object)
{
  g_autoptr (JsonNode) node = json_node_init_object (json_node_alloc (), object);
  char *text = bounce_json_to_text (node, FALSE);

  return g_bytes_new_take (text, strlen (text));
}

/**
 * bounce_aurabox_json_encode_init:
 *
 * Shape: `{studies, mode, type, signature, upload_id}`, absent members left out, never null
 * Thread: any
 * Source: reference document, upload/init
 * Returns: (transfer full): the body
 */
GBytes *
bounce_aurabox_json_encode_init (const BounceUploadInit *init, BounceStudiesShape shape)
{
  g_autoptr (JsonObject) object = json_object_new ();

  json_object_set_member (object, "studies",
                          shape == BOUNCE_STUDIES_BY_UID ? encode_studies_by_uid (init->study)
                                                         : encode_studies_as_arrays (init->study));
  set_string (object, "mode", init->mode);
  set_string (object, "type", init->type);
  set_string (object, "signature", init->signature);
  set_string (object, "upload_id", init->upload_id);
  return to_bytes (object);
}

/**
 * bounce_aurabox_json_encode_step:
 *
 * Source: reference document, upload/start and upload/complete
 * Returns: (transfer full): the body both share
 */
GBytes *
bounce_aurabox_json_encode_step (const char *assembly_id, const char *type, const char *upload_id)
{
  g_autoptr (JsonObject) object = json_object_new ();

  set_string (object, "assembly_id", assembly_id);
  set_string (object, "type", type);
  set_string (object, "upload_id", upload_id);
  return to_bytes (object);
}

/* The parser's message may quote the text: it is dropped. */
static void
set_invalid (GError **error, const char *what, const char *problem)
{
  g_set_error (error, BOUNCE_AURABOX_ERROR, BOUNCE_AURABOX_ERROR_INVALID_RESPONSE, "%s: %s", what,
               problem);
}

/**
 * bounce_aurabox_json_read_reply:
 * @body: of a reply with a 2xx status
 *
 * Errors: BOUNCE_AURABOX_ERROR_INVALID_RESPONSE when it is not one JSON object of at most 1 MiB and
 *   64 levels, or has a `success` that is no boolean; BOUNCE_AURABOX_ERROR_REFUSED when it says
 *   `success: false`.
 * Returns: (transfer full) (nullable): the object
 */
JsonObject *
bounce_aurabox_json_read_reply (GBytes *body, const char *what, GError **error)
{
  gsize size;
  const char *data = g_bytes_get_data (body, &size);
  g_autoptr (JsonNode) node =
      bounce_json_parse (data != NULL ? data : "", size, BOUNCE_AURABOX_MAX_REPLY_BYTES, NULL);
  JsonNode *success;

  if (node == NULL || !JSON_NODE_HOLDS_OBJECT (node))
    {
      set_invalid (error, what, "the answer is not a JSON object");
      return NULL;
    }
  success = json_object_get_member (json_node_get_object (node), "success");
  if (success == NULL || JSON_NODE_HOLDS_NULL (success))
    return json_node_dup_object (node);
  if (json_node_get_value_type (success) != G_TYPE_BOOLEAN)
    {
      set_invalid (error, what, "the answer does not say clearly whether it succeeded");
      return NULL;
    }
  if (!json_node_get_boolean (success))
    {
      g_set_error (error, BOUNCE_AURABOX_ERROR, BOUNCE_AURABOX_ERROR_REFUSED,
                   "%s: the server refused", what);
      return NULL;
    }
  return json_node_dup_object (node);
}

/* What goes into a header or an URL must be visible ASCII: nothing that could start a new line. */
static gboolean
is_plain (const char *text)
{
  gsize length = strlen (text);

  if (length == 0 || length > MAX_STRING_LENGTH)
    return FALSE;
  for (gsize i = 0; i < length; i++)
    if (!g_ascii_isgraph (text[i]))
      return FALSE;
  return TRUE;
}

static const char *
require_string (JsonObject *object, const char *member, GError **error)
{
  const char *value = bounce_json_get_string (object, member);

  if (value != NULL && is_plain (value))
    return value;
  g_set_error (error, BOUNCE_AURABOX_ERROR, BOUNCE_AURABOX_ERROR_INVALID_RESPONSE,
               "config: %s is missing or not usable", member);
  return NULL;
}

static gboolean
check_known (const char *value, const char *known, const char *member, GError **error)
{
  if (value == NULL)
    return FALSE;
  if (g_str_equal (value, known))
    return TRUE;
  g_set_error (error, BOUNCE_AURABOX_ERROR, BOUNCE_AURABOX_ERROR_UNKNOWN_MODE,
               "config: the server asks for a %s this version does not know", member);
  return FALSE;
}

/* An API reached over https must not send the images over http. */
static gboolean
check_endpoint (const char *text, const char *api_endpoint, GError **error)
{
  g_autoptr (GUri) uri = g_uri_parse (text, G_URI_FLAGS_NONE, NULL);
  gboolean is_secure = uri != NULL && g_str_equal (g_uri_get_scheme (uri), "https");
  gboolean is_plaintext = uri != NULL && g_str_equal (g_uri_get_scheme (uri), "http");
  gboolean must_be_secure = g_ascii_strncasecmp (api_endpoint, "https:", strlen ("https:")) == 0;

  if (is_plaintext && must_be_secure)
    {
      set_invalid (error, "config", "lift.endpoint is http although the API is https");
      return FALSE;
    }
  if ((is_secure || is_plaintext) && g_uri_get_host (uri) != NULL && g_uri_get_host (uri)[0] != '\0'
      && g_uri_get_userinfo (uri) == NULL)
    return TRUE;
  set_invalid (error, "config", "lift.endpoint is not an http or https URL");
  return FALSE;
}

/**
 * bounce_aurabox_json_decode_config:
 * @reply: what bounce_aurabox_json_read_reply() returned
 * @api_endpoint: where it came from
 *
 * The type and the mode are looked at first: those of a later server may come with other members.
 *
 * Thread: any
 * Errors: BOUNCE_AURABOX_ERROR_UNKNOWN_MODE; BOUNCE_AURABOX_ERROR_INVALID_RESPONSE when a required
 *   string is missing, empty or not printable ASCII, or the endpoint will not do.
 * Source: reference document, GET /api/bounce/config
 * Returns: (transfer full) (nullable): the configuration
 */
BounceUploadConfig *
bounce_aurabox_json_decode_config (JsonObject *reply, const char *api_endpoint, GError **error)
{
  JsonObject *lift = bounce_json_get_object (reply, "lift");
  BounceUploadConfig config = { 0 };

  config.type = (char *) require_string (reply, "type", error);
  if (!check_known (config.type, UPLOAD_TYPE, "type", error))
    return NULL;
  config.mode = (char *) require_string (reply, "mode", error);
  if (!check_known (config.mode, UPLOAD_MODE, "mode", error))
    return NULL;
  config.endpoint = (char *) require_string (lift, "endpoint", error);
  if (config.endpoint == NULL || !check_endpoint (config.endpoint, api_endpoint, error))
    return NULL;
  config.token = (char *) require_string (lift, "token", error);
  if (config.token == NULL)
    return NULL;
  config.bucket = (char *) require_string (lift, "bucket", error);
  if (config.bucket == NULL)
    return NULL;
  config.assembly_id = (char *) require_string (lift, "assembly_id", error);
  return config.assembly_id != NULL ? bounce_upload_config_copy (&config) : NULL;
}

/**
 * bounce_aurabox_json_decode_signature:
 *
 * Errors: BOUNCE_AURABOX_ERROR_INVALID_RESPONSE when there is none.
 * Source: reference document, GET /api/bounce/signature (legacy, unused)
 * Returns: (transfer full) (nullable): the signature
 */
char *
bounce_aurabox_json_decode_signature (JsonObject *reply, GError **error)
{
  const char *signature = bounce_json_get_string (reply, "signature");

  if (signature != NULL && is_plain (signature))
    return g_strdup (signature);
  set_invalid (error, "signature", "the answer has no signature");
  return NULL;
}
