/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* Values of the service as they go over the bus: dictionaries (a{sv}) with the field names of the
 * API document in its order, absent rather than empty, times as ISO 8601 text. And the one value
 * that comes in: the options of CurrentStudies, which a stranger may have written. */

#include "config.h"

#include "bounce-service-values.h"

#include "bounce-clock.h"
#include "bounce-wording.h"

#include <string.h>

static void
add_text (GVariantBuilder *dict, const char *name, const char *text)
{
  if (text != NULL)
    g_variant_builder_add (dict, "{sv}", name, g_variant_new_string (text));
}

static void
add_time (GVariantBuilder *dict, const char *name, gint64 at_us)
{
  if (at_us != 0)
    g_variant_builder_add (dict, "{sv}", name,
                           g_variant_new_take_string (bounce_time_to_iso8601 (at_us)));
}

/**
 * bounce_study_to_variant:
 *
 * Shape: a{sv} as CurrentStudies documents
 * Source: API document, interface Study
 * Returns: (transfer floating): the study
 */
GVariant *
bounce_study_to_variant (const BounceStudy *study)
{
  GVariantBuilder dict;

  g_variant_builder_init (&dict, G_VARIANT_TYPE_VARDICT);
  g_variant_builder_add (&dict, "{sv}", "id", g_variant_new_int64 (study->id));
  add_text (&dict, "study_uid", study->study_uid);
  add_text (&dict, "patient_name", study->patient_name);
  add_text (&dict, "patient_id", study->patient_id);
  add_text (&dict, "patient_birth_date", study->patient_birth_date);
  add_text (&dict, "study_date", study->study_date);
  add_text (&dict, "study_description", study->study_description);
  add_text (&dict, "accession_number", study->accession_number);
  add_text (&dict, "modality", study->modality);
  add_text (&dict, "status", study->status);
  add_text (&dict, "reason", study->reason);
  g_variant_builder_add (&dict, "{sv}", "series", g_variant_new_uint32 (study->series));
  g_variant_builder_add (&dict, "{sv}", "instances", g_variant_new_uint32 (study->instances));
  g_variant_builder_add (&dict, "{sv}", "undelivered", g_variant_new_uint32 (study->undelivered));
  g_variant_builder_add (&dict, "{sv}", "local_instances",
                         g_variant_new_uint32 (study->local_instances));
  g_variant_builder_add (&dict, "{sv}", "bytes", g_variant_new_uint64 (study->bytes));
  g_variant_builder_add (&dict, "{sv}", "attempts", g_variant_new_uint32 (study->attempts));
  g_variant_builder_add (&dict, "{sv}", "hold", g_variant_new_boolean (study->hold));
  add_time (&dict, "created_at", study->created_at_us);
  add_time (&dict, "updated_at", study->updated_at_us);
  add_time (&dict, "receiving_until", study->receiving_until_us);
  add_time (&dict, "next_attempt_at", study->next_attempt_at_us);
  add_time (&dict, "delivered_at", study->delivered_at_us);
  return g_variant_builder_end (&dict);
}

static const char *const transfer_states[] = {
  [BOUNCE_TRANSFER_RUNNING] = "running",         [BOUNCE_TRANSFER_DELIVERED] = "delivered",
  [BOUNCE_TRANSFER_FAILED] = "failed",           [BOUNCE_TRANSFER_ABANDONED] = "abandoned",
  [BOUNCE_TRANSFER_INTERRUPTED] = "interrupted",
};

/**
 * bounce_transfer_to_variant:
 *
 * Shape: a{sv} as Transfers documents; upload URL and token stay inside
 * Returns: (transfer floating): the attempt
 */
GVariant *
bounce_transfer_to_variant (const BounceTransfer *transfer)
{
  GVariantBuilder dict;

  g_variant_builder_init (&dict, G_VARIANT_TYPE_VARDICT);
  g_variant_builder_add (&dict, "{sv}", "id", g_variant_new_int64 (transfer->id));
  add_text (&dict, "study_uid", transfer->study_uid);
  g_variant_builder_add (&dict, "{sv}", "attempt", g_variant_new_uint32 (transfer->attempt));
  if ((guint) transfer->state < G_N_ELEMENTS (transfer_states))
    add_text (&dict, "state", transfer_states[transfer->state]);
  add_text (&dict, "upload_id", transfer->upload_id);
  add_text (&dict, "assembly_id", transfer->assembly_id);
  g_variant_builder_add (&dict, "{sv}", "bytes", g_variant_new_uint64 (transfer->package_size));
  g_variant_builder_add (&dict, "{sv}", "offset", g_variant_new_uint64 (transfer->offset));
  add_time (&dict, "started_at", transfer->started_at_us);
  add_time (&dict, "ended_at", transfer->ended_at_us);
  add_text (&dict, "reason", transfer->reason);
  return g_variant_builder_end (&dict);
}

/**
 * bounce_event_to_variant:
 *
 * Shape: a{sv} as Events documents
 * Returns: (transfer floating): the event
 */
GVariant *
bounce_event_to_variant (const BounceEvent *event)
{
  GVariantBuilder dict;
  g_autofree char *text = bounce_wording_event (event->code, event->args);

  g_variant_builder_init (&dict, G_VARIANT_TYPE_VARDICT);
  g_variant_builder_add (&dict, "{sv}", "id", g_variant_new_int64 (event->id));
  add_time (&dict, "at", event->at_us);
  add_text (&dict, "code", bounce_event_code_to_name (event->code));
  add_text (&dict, "text", text);
  add_text (&dict, "study_uid", event->study_uid);
  if (event->args != NULL && g_variant_n_children (event->args) > 0)
    g_variant_builder_add (&dict, "{sv}", "args", event->args);
  return g_variant_builder_end (&dict);
}

static const char *const receiver_states[] = {
  [BOUNCE_RECEIVER_STOPPED] = "stopped",
  [BOUNCE_RECEIVER_STARTING] = "starting",
  [BOUNCE_RECEIVER_RUNNING] = "running",
  [BOUNCE_RECEIVER_STOPPING] = "stopping",
};

static GVariant *
counts_to_variant (const BounceStoreCounts *counts)
{
  GVariantBuilder builder;

  g_variant_builder_init (&builder, G_VARIANT_TYPE ("a{su}"));
  g_variant_builder_add (&builder, "{su}", "RECEIVED", counts->received);
  g_variant_builder_add (&builder, "{su}", "UPLOADING", counts->uploading);
  g_variant_builder_add (&builder, "{su}", "SENT", counts->sent);
  g_variant_builder_add (&builder, "{su}", "ERROR", counts->error);
  return g_variant_builder_end (&builder);
}

static GVariant *
restarts_to_variant (const BounceServiceStatus *status)
{
  GVariantBuilder builder;

  g_variant_builder_init (&builder, G_VARIANT_TYPE_STRING_ARRAY);
  if (status->receiver_restart_needed)
    g_variant_builder_add (&builder, "s", "receiver");
  if (status->service_restart_needed)
    g_variant_builder_add (&builder, "s", "service");
  return g_variant_builder_end (&builder);
}

/**
 * bounce_service_status_to_variant:
 *
 * Shape: a{sv} as GetStatus documents
 * Returns: (transfer floating): the status
 */
GVariant *
bounce_service_status_to_variant (const BounceServiceStatus *status)
{
  GVariantBuilder dict;
  const BounceStoreCounts *counts = &status->counts;

  g_variant_builder_init (&dict, G_VARIANT_TYPE_VARDICT);
  add_text (&dict, "receiver", receiver_states[status->receiver]);
  add_text (&dict, "endpoint", status->endpoint);
  add_text (&dict, "ae_title", status->ae_title);
  add_text (&dict, "api_endpoint", status->api_endpoint);
  add_text (&dict, "uploads_paused", status->uploads_paused);
  add_text (&dict, "base_dir", status->base_dir);
  g_variant_builder_add (&dict, "{sv}", "counts", counts_to_variant (counts));
  g_variant_builder_add (&dict, "{sv}", "receiving", g_variant_new_uint32 (counts->receiving));
  g_variant_builder_add (&dict, "{sv}", "waiting", g_variant_new_uint32 (counts->waiting));
  g_variant_builder_add (&dict, "{sv}", "delivered_today",
                         g_variant_new_uint32 (counts->delivered_today));
  g_variant_builder_add (&dict, "{sv}", "free_bytes", g_variant_new_uint64 (counts->free_bytes));
  g_variant_builder_add (&dict, "{sv}", "restart_needed", restarts_to_variant (status));
  add_text (&dict, "version", BOUNCE_VERSION);
  return g_variant_builder_end (&dict);
}

static GVariant *
node_to_variant (JsonNode *node)
{
  switch (json_node_get_value_type (node))
    {
    case G_TYPE_INT64:
      return g_variant_new_int64 (json_node_get_int (node));
    case G_TYPE_BOOLEAN:
      return g_variant_new_boolean (json_node_get_boolean (node));
    case G_TYPE_STRING:
      return g_variant_new_string (json_node_get_string (node));
    default:
      return NULL; /* no setting is anything else; a null is one that is not set */
    }
}

/**
 * bounce_config_to_variant:
 *
 * Shape: a{sv}, a setting each by its documented name; the key masked, unset ones absent
 * Returns: (transfer floating): the settings in effect
 */
GVariant *
bounce_config_to_variant (BounceConfig *config)
{
  GVariantBuilder dict;
  g_autoptr (JsonNode) root = bounce_config_to_json (config);
  JsonObjectIter iter;
  const char *name;
  JsonNode *node;

  g_variant_builder_init (&dict, G_VARIANT_TYPE_VARDICT);
  json_object_iter_init_ordered (&iter, json_node_get_object (root));
  while (json_object_iter_next_ordered (&iter, &name, &node))
    {
      GVariant *value = JSON_NODE_HOLDS_VALUE (node) ? node_to_variant (node) : NULL;

      if (value != NULL)
        g_variant_builder_add (&dict, "{sv}", name, value);
    }
  return g_variant_builder_end (&dict);
}

/**
 * bounce_config_change_to_name:
 *
 * Returns: when a change takes effect, in the words of ConfigSet.
 */
const char *
bounce_config_change_to_name (BounceConfigChange change)
{
  if ((change & BOUNCE_CONFIG_CHANGE_START) != 0)
    return "service-restart";
  if ((change & BOUNCE_CONFIG_CHANGE_RECEIVER) != 0)
    return "receiver-restart";
  return (change & BOUNCE_CONFIG_CHANGE_UPLOADER) != 0 ? "next-transfer" : "now";
}

/**
 * bounce_list_to_variant:
 * @list: values
 * @to_variant: how one becomes a{sv}
 *
 * Shape: aa{sv} in the order of @list
 * Returns: (transfer floating): the list
 */
GVariant *
bounce_list_to_variant (GPtrArray *list, BounceToVariant to_variant)
{
  GVariantBuilder builder;

  g_variant_builder_init (&builder, G_VARIANT_TYPE ("aa{sv}"));
  for (guint i = 0; i < list->len; i++)
    g_variant_builder_add_value (&builder, to_variant (g_ptr_array_index (list, i)));
  return g_variant_builder_end (&builder);
}

typedef struct
{
  const char *name;
  const char *type;
  gsize offset; /* in BounceStudyQuery */
} QueryOption;

static const QueryOption query_options[] = {
  { "search", "s", G_STRUCT_OFFSET (BounceStudyQuery, search) },
  { "status", "s", G_STRUCT_OFFSET (BounceStudyQuery, status) },
  { "modality", "s", G_STRUCT_OFFSET (BounceStudyQuery, modality) },
  { "sort", "s", G_STRUCT_OFFSET (BounceStudyQuery, sort) },
  { "descending", "b", G_STRUCT_OFFSET (BounceStudyQuery, descending) },
};

static const QueryOption *
find_option (const char *name, GVariant *value)
{
  for (guint i = 0; i < G_N_ELEMENTS (query_options); i++)
    if (strcmp (query_options[i].name, name) == 0
        && g_variant_is_of_type (value, G_VARIANT_TYPE (query_options[i].type)))
      return &query_options[i];
  return NULL;
}

/**
 * bounce_study_query_from_variant:
 * @options: a{sv}; texts in @query point into it
 * @query: (inout): gets what @options holds
 *
 * Errors: %BOUNCE_SERVICE_ERROR_INVALID with the name of an option that is unknown or of a wrong
 *   type
 * Returns: whether every option was understood
 */
gboolean
bounce_study_query_from_variant (GVariant *options, BounceStudyQuery *query, GError **error)
{
  GVariantIter iter;
  const char *name;
  GVariant *value;

  g_variant_iter_init (&iter, options);
  while (g_variant_iter_loop (&iter, "{&sv}", &name, &value))
    {
      const QueryOption *option = find_option (name, value);

      if (option == NULL)
        {
          g_set_error (error, BOUNCE_SERVICE_ERROR, BOUNCE_SERVICE_ERROR_INVALID,
                       "unknown option or wrong type: %s", name);
          g_variant_unref (value);
          return FALSE;
        }
      if (*option->type == 's')
        G_STRUCT_MEMBER (const char *, query, option->offset) = g_variant_get_string (value, NULL);
      else
        G_STRUCT_MEMBER (gboolean, query, option->offset) = g_variant_get_boolean (value);
    }
  return TRUE;
}
