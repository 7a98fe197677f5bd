/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* Reads what a client announces with `upload/init`. The reference document shows arrays
 * (`studies: [{study_uid, …, series: [{series_uid, …}]}]`); the product in the field sends objects
 * keyed by UID. Both are walked as a list of (key or NULL, object). Pure; any thread. */

#include "config.h"

#include "sandbox-manifest.h"

#include "bounce-json.h"
#include "bounce-uid.h"

/* A study of 100,000 images is beyond anything in the field; more is a mistake or an attack. */
#define MAX_INSTANCES 100000

typedef struct
{
  char *field;        /* where in the body, "studies.0.series.1" */
  const char *key;    /* (nullable) the UID, in the keyed shape */
  JsonObject *object; /* (nullable) NULL when it is not an object */
} Item;

static void
clear_item (Item *item)
{
  g_free (item->field);
}

/**
 * sandbox_problem_add:
 *
 * Adds a sentence to the list of @field, as validation errors are shown on the wire.
 */
void
sandbox_problem_add (JsonObject *problems, const char *field, const char *text)
{
  JsonArray *list = bounce_json_get_array (problems, field);

  if (list == NULL)
    {
      list = json_array_new ();
      json_object_set_array_member (problems, field, list);
    }
  json_array_add_string_element (list, text);
}

static void
add_item (GArray *items, const char *field, const char *key, JsonNode *node)
{
  Item item = {
    .key = key,
    .object = JSON_NODE_HOLDS_OBJECT (node) ? json_node_get_object (node) : NULL,
  };

  item.field = key != NULL ? g_strdup_printf ("%s.%s", field, key)
                           : g_strdup_printf ("%s.%u", field, items->len);
  g_array_append_val (items, item);
}

/* The elements of an array or the members of an object; NULL when it is neither or empty. */
static GArray *
list_items (JsonNode *node, const char *field, JsonObject *problems)
{
  g_autoptr (GArray) items = g_array_new (FALSE, FALSE, sizeof (Item));

  g_array_set_clear_func (items, (GDestroyNotify) clear_item);
  if (node != NULL && JSON_NODE_HOLDS_ARRAY (node))
    {
      JsonArray *array = json_node_get_array (node);

      for (guint i = 0; i < json_array_get_length (array); i++)
        add_item (items, field, NULL, json_array_get_element (array, i));
    }
  else if (node != NULL && JSON_NODE_HOLDS_OBJECT (node))
    {
      JsonObjectIter iter;
      const char *key;
      JsonNode *member;

      json_object_iter_init_ordered (&iter, json_node_get_object (node));
      while (json_object_iter_next_ordered (&iter, &key, &member))
        add_item (items, field, key, member);
    }
  if (items->len > 0)
    return g_steal_pointer (&items);
  sandbox_problem_add (problems, field, "must be a non-empty array or object");
  return NULL;
}

/* The UID of an item: the member, the key, or both when they agree. */
static const char *
check_uid (const Item *item, const char *member, JsonObject *problems)
{
  g_autofree char *field = g_strdup_printf ("%s.%s", item->field, member);
  const char *uid;

  if (item->object == NULL)
    {
      sandbox_problem_add (problems, item->field, "must be an object");
      return NULL;
    }
  uid = bounce_json_get_string (item->object, member);
  if (uid == NULL && !json_object_has_member (item->object, member))
    uid = item->key;
  if (uid == NULL || !bounce_uid_is_valid (uid))
    sandbox_problem_add (problems, field, "must be a DICOM UID");
  else if (item->key != NULL && !g_str_equal (item->key, uid))
    sandbox_problem_add (problems, field, "must equal its key");
  else
    return uid;
  return NULL;
}

static void
parse_series (BounceStudyMetadata *study, const Item *item, JsonObject *problems)
{
  const char *uid = check_uid (item, "series_uid", problems);
  gint64 instances;

  if (uid == NULL)
    return;
  instances = bounce_json_get_int (item->object, "instances", -1);
  if (instances < 1 || instances > MAX_INSTANCES)
    {
      g_autofree char *field = g_strdup_printf ("%s.instances", item->field);

      sandbox_problem_add (problems, field, "must be an integer from 1 to 100000");
      return;
    }
  bounce_study_metadata_add_series (study, uid)->instances = instances;
}

static BounceStudyMetadata *
parse_study (const Item *item, JsonObject *problems)
{
  const char *uid = check_uid (item, "study_uid", problems);
  g_autoptr (BounceStudyMetadata) study = NULL;
  g_autofree char *field = NULL;
  g_autoptr (GArray) series = NULL;

  if (uid == NULL)
    return NULL;
  study = bounce_study_metadata_new ();
  study->study_uid = g_strdup (uid);
  study->patient_name = g_strdup (bounce_json_get_string (item->object, "patient_name"));
  field = g_strdup_printf ("%s.series", item->field);
  series = list_items (json_object_get_member (item->object, "series"), field, problems);
  for (guint i = 0; series != NULL && i < series->len; i++)
    parse_series (study, &g_array_index (series, Item, i), problems);
  return g_steal_pointer (&study);
}

/* Archive entries carry no study folder: a series must lead to one study. */
static void
check_unique_series (GPtrArray *manifest, JsonObject *problems)
{
  g_autoptr (GHashTable) seen = g_hash_table_new (g_str_hash, g_str_equal);

  for (guint i = 0; i < manifest->len; i++)
    {
      BounceStudyMetadata *study = manifest->pdata[i];

      for (guint j = 0; j < study->series->len; j++)
        {
          BounceSeriesMetadata *series = study->series->pdata[j];

          if (!g_hash_table_add (seen, series->series_uid))
            sandbox_problem_add (problems, "studies", "must name each series once");
        }
    }
}

/**
 * sandbox_manifest_parse:
 * @studies: (nullable): the member as it came
 * @problems: gets what is wrong with it
 *
 * Shape: arrays, or objects keyed by UID; the two may be mixed.
 * Thread: any
 * Source: reference document, upload/init
 * Returns: (transfer full) (element-type BounceStudyMetadata): UIDs, patient name and counts
 */
GPtrArray *
sandbox_manifest_parse (JsonNode *studies, JsonObject *problems)
{
  g_autoptr (GArray) items = list_items (studies, "studies", problems);
  GPtrArray *manifest =
      g_ptr_array_new_with_free_func ((GDestroyNotify) bounce_study_metadata_free);

  for (guint i = 0; items != NULL && i < items->len; i++)
    {
      BounceStudyMetadata *study = parse_study (&g_array_index (items, Item, i), problems);

      if (study != NULL)
        g_ptr_array_add (manifest, study);
    }
  check_unique_series (manifest, problems);
  if (sandbox_manifest_count_instances (manifest) > MAX_INSTANCES)
    sandbox_problem_add (problems, "studies", "must not exceed 100000 instances");
  return manifest;
}

/**
 * sandbox_manifest_count_instances:
 *
 * Returns: the instances over all series of all studies
 */
guint
sandbox_manifest_count_instances (GPtrArray *manifest)
{
  guint64 total = 0;

  for (guint i = 0; i < manifest->len; i++)
    {
      BounceStudyMetadata *study = manifest->pdata[i];

      for (guint j = 0; j < study->series->len; j++)
        total += ((BounceSeriesMetadata *) study->series->pdata[j])->instances;
    }
  return MIN (total, G_MAXUINT);
}
