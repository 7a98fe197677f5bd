/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* A study with its series, as the reference document's StudyMetadata shows it: a value that
 * store/ fills from rows and that is immutable from then on. One table per object drives copying,
 * freeing and writing JSON. */

#include "config.h"

#include "bounce-study-metadata.h"

#include "bounce-clock.h"

G_DEFINE_BOXED_TYPE (BounceStudyMetadata,
                     bounce_study_metadata,
                     bounce_study_metadata_copy,
                     bounce_study_metadata_free)

typedef struct
{
  const char *name; /* (nullable) member of the document; NULL: not in this object */
  gsize offset;
} TextField;

#define STUDY(field)  G_STRUCT_OFFSET (BounceStudyMetadata, field)
#define SERIES(field) G_STRUCT_OFFSET (BounceSeriesMetadata, field)

static const TextField study_texts[] = {
  { "study_uid", STUDY (study_uid) },
  { "patient_name", STUDY (patient_name) },
  { "patient_id", STUDY (patient_id) },
  { "patient_birth_date", STUDY (patient_birth_date) },
  { "patient_sex", STUDY (patient_sex) },
  { "study_date", STUDY (study_date) },
  { "study_time", STUDY (study_time) },
  { "study_description", STUDY (study_description) },
  { "accession_number", STUDY (accession_number) },
  { "referring_physician", STUDY (referring_physician) },
  { "institution_name", STUDY (institution_name) },
  { NULL, STUDY (modality) },
  { NULL, STUDY (status) },
};

static const TextField series_texts[] = {
  { "series_uid", SERIES (series_uid) },
  { "series_description", SERIES (series_description) },
  { "modality", SERIES (modality) },
  { "body_part", SERIES (body_part) },
  { "protocol_name", SERIES (protocol_name) },
};

#undef STUDY
#undef SERIES

static void
copy_texts (gpointer to, gconstpointer from, const TextField *fields, gsize n_fields)
{
  for (gsize i = 0; i < n_fields; i++)
    G_STRUCT_MEMBER (char *, to, fields[i].offset) =
        g_strdup (G_STRUCT_MEMBER (char *, from, fields[i].offset));
}

static void
free_texts (gpointer object, const TextField *fields, gsize n_fields)
{
  for (gsize i = 0; i < n_fields; i++)
    g_free (G_STRUCT_MEMBER (char *, object, fields[i].offset));
}

static void
add_texts (JsonBuilder *builder, gconstpointer object, const TextField *fields, gsize n_fields)
{
  for (gsize i = 0; i < n_fields; i++)
    {
      const char *text = G_STRUCT_MEMBER (char *, object, fields[i].offset);

      if (fields[i].name == NULL || text == NULL)
        continue;
      json_builder_set_member_name (builder, fields[i].name);
      json_builder_add_string_value (builder, text);
    }
}

static void
free_series (gpointer data)
{
  free_texts (data, series_texts, G_N_ELEMENTS (series_texts));
  g_free (data);
}

static gpointer
copy_series (gconstpointer data, gpointer user_data)
{
  const BounceSeriesMetadata *series = data;
  BounceSeriesMetadata *copy = g_new0 (BounceSeriesMetadata, 1);

  copy_texts (copy, series, series_texts, G_N_ELEMENTS (series_texts));
  copy->has_series_number = series->has_series_number;
  copy->series_number = series->series_number;
  copy->instances = series->instances;
  return copy;
}

/**
 * bounce_study_metadata_new:
 *
 * Returns: (transfer full): a study without anything
 */
BounceStudyMetadata *
bounce_study_metadata_new (void)
{
  BounceStudyMetadata *self = g_new0 (BounceStudyMetadata, 1);

  self->series = g_ptr_array_new_with_free_func (free_series);
  return self;
}

/**
 * bounce_study_metadata_copy:
 * @self: (nullable): a study
 *
 * Returns: (transfer full) (nullable): a deep copy
 */
BounceStudyMetadata *
bounce_study_metadata_copy (const BounceStudyMetadata *self)
{
  BounceStudyMetadata *copy;

  if (self == NULL)
    return NULL;
  copy = g_new0 (BounceStudyMetadata, 1);
  copy_texts (copy, self, study_texts, G_N_ELEMENTS (study_texts));
  copy->series = g_ptr_array_copy (self->series, (GCopyFunc) copy_series, NULL);
  g_ptr_array_set_free_func (copy->series, free_series);
  copy->received_at_us = self->received_at_us;
  copy->uploaded_at_us = self->uploaded_at_us;
  return copy;
}

/**
 * bounce_study_metadata_free:
 * @self: (transfer full) (nullable): a study
 *
 * Frees it with its series.
 */
void
bounce_study_metadata_free (BounceStudyMetadata *self)
{
  if (self == NULL)
    return;
  free_texts (self, study_texts, G_N_ELEMENTS (study_texts));
  g_ptr_array_unref (self->series);
  g_free (self);
}

/**
 * bounce_study_metadata_add_series:
 * @self: a study
 * @series_uid: Series Instance UID
 *
 * Appends a series, to be filled by the caller. Series are shown in the order they were added.
 *
 * Returns: (transfer none): the new series
 */
BounceSeriesMetadata *
bounce_study_metadata_add_series (BounceStudyMetadata *self, const char *series_uid)
{
  BounceSeriesMetadata *series;

  g_return_val_if_fail (self != NULL, NULL);
  g_return_val_if_fail (series_uid != NULL, NULL);

  series = g_new0 (BounceSeriesMetadata, 1);
  series->series_uid = g_strdup (series_uid);
  g_ptr_array_add (self->series, series);
  return series;
}

static void
add_series_object (JsonBuilder *builder, const BounceSeriesMetadata *series)
{
  json_builder_begin_object (builder);
  add_texts (builder, series, series_texts, G_N_ELEMENTS (series_texts));
  if (series->has_series_number)
    {
      json_builder_set_member_name (builder, "series_number");
      json_builder_add_int_value (builder, series->series_number);
    }
  json_builder_set_member_name (builder, "instances");
  json_builder_add_int_value (builder, series->instances);
  json_builder_end_object (builder);
}

static void
add_study_object (JsonBuilder *builder, const BounceStudyMetadata *self)
{
  json_builder_begin_object (builder);
  add_texts (builder, self, study_texts, G_N_ELEMENTS (study_texts));
  json_builder_set_member_name (builder, "series");
  json_builder_begin_array (builder);
  for (guint i = 0; i < self->series->len; i++)
    add_series_object (builder, g_ptr_array_index (self->series, i));
  json_builder_end_array (builder);
  json_builder_end_object (builder);
}

static void
add_time (JsonBuilder *builder, const char *name, gint64 wall_us)
{
  g_autofree char *text = bounce_time_to_iso8601 (wall_us);

  json_builder_set_member_name (builder, name);
  json_builder_add_string_value (builder, text);
}

/**
 * bounce_study_metadata_to_json:
 * @self: a study
 *
 * The content of `{StudyInstanceUID}.json`. What is unknown is absent rather than null; times are
 * ISO 8601 in UTC.
 *
 * Shape: `{"studies": [{…, "series": [{…}]}], "status": …, "received_at": …, "uploaded_at": …}`.
 * Source: the reference document, StudyMetadata.
 * Returns: (transfer full): an object
 */
JsonNode *
bounce_study_metadata_to_json (const BounceStudyMetadata *self)
{
  g_autoptr (JsonBuilder) builder = json_builder_new ();

  g_return_val_if_fail (self != NULL, NULL);

  json_builder_begin_object (builder);
  json_builder_set_member_name (builder, "studies");
  json_builder_begin_array (builder);
  add_study_object (builder, self);
  json_builder_end_array (builder);
  if (self->status != NULL)
    {
      json_builder_set_member_name (builder, "status");
      json_builder_add_string_value (builder, self->status);
    }
  add_time (builder, "received_at", self->received_at_us);
  if (self->uploaded_at_us > 0)
    add_time (builder, "uploaded_at", self->uploaded_at_us);
  json_builder_end_object (builder);
  return json_builder_get_root (builder);
}
