/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* A row of the study table. The model exchanges the value behind it; what differs notifies. A row
 * without a value (its study was removed between two queries) shows nothing.
 *
 * Threads: main only. */

#include "config.h"

#include "bounce-study-item-private.h"

#include "bounce-person-name.h"
#include "bounce-progress.h"

/* The rate is looked at this often and follows with this weight: it stays readable and is right
 * within about ten seconds after a change. */
#define RATE_PERIOD_US (G_USEC_PER_SEC)
#define RATE_WEIGHT    0.25
/* So long after its time a retry is told of for the last time. */
#define LAST_TICK_US (2 * G_USEC_PER_SEC)

struct _BounceStudyItem
{
  GObject parent_instance;

  BounceStudy *study; /* (owned) */
  char *display_name; /* (owned) */
  BounceStudyProgress progress;
};

G_DEFINE_FINAL_TYPE (BounceStudyItem, bounce_study_item, G_TYPE_OBJECT)

typedef enum
{
  FIELD_TEXT,
  FIELD_COUNT,
  FIELD_FLAG,
  FIELD_TIME,
  FIELD_BYTES,
} FieldKind;

static const struct
{
  const char *name;
  FieldKind kind;
  gsize offset;
} fields[] = {
  { "id", FIELD_TIME, offsetof (BounceStudy, id) },
  { "study-uid", FIELD_TEXT, offsetof (BounceStudy, study_uid) },
  { "patient-name", FIELD_TEXT, offsetof (BounceStudy, patient_name) },
  { "patient-id", FIELD_TEXT, offsetof (BounceStudy, patient_id) },
  { "birth-date", FIELD_TEXT, offsetof (BounceStudy, patient_birth_date) },
  { "study-date", FIELD_TEXT, offsetof (BounceStudy, study_date) },
  { "description", FIELD_TEXT, offsetof (BounceStudy, study_description) },
  { "accession-number", FIELD_TEXT, offsetof (BounceStudy, accession_number) },
  { "modality", FIELD_TEXT, offsetof (BounceStudy, modality) },
  { "status", FIELD_TEXT, offsetof (BounceStudy, status) },
  { "reason", FIELD_TEXT, offsetof (BounceStudy, reason) },
  { "series", FIELD_COUNT, offsetof (BounceStudy, series) },
  { "instances", FIELD_COUNT, offsetof (BounceStudy, instances) },
  { "local-instances", FIELD_COUNT, offsetof (BounceStudy, local_instances) },
  { "attempts", FIELD_COUNT, offsetof (BounceStudy, attempts) },
  { "hold", FIELD_FLAG, offsetof (BounceStudy, hold) },
  { "bytes", FIELD_BYTES, offsetof (BounceStudy, bytes) },
  { "received-us", FIELD_TIME, offsetof (BounceStudy, created_at_us) },
  { "updated-us", FIELD_TIME, offsetof (BounceStudy, updated_at_us) },
  { "receiving-until-us", FIELD_TIME, offsetof (BounceStudy, receiving_until_us) },
  { "next-attempt-us", FIELD_TIME, offsetof (BounceStudy, next_attempt_at_us) },
  { "delivered-us", FIELD_TIME, offsetof (BounceStudy, delivered_at_us) },
};

enum
{
  PROP_FIRST_FIELD = 1,
  PROP_DISPLAY_NAME = PROP_FIRST_FIELD + G_N_ELEMENTS (fields),
  PROP_IS_UPLOADING,
  PROP_UPLOADED_BYTES,
  PROP_TOTAL_BYTES,
  PROP_PROGRESS,
  PROP_RATE,
  PROP_TIME_LEFT_US,
  N_PROPS,
};

enum
{
  CHANGED,
  N_SIGNALS,
};

static GParamSpec *properties[N_PROPS];
static guint signals[N_SIGNALS];

static void
get_field (const BounceStudy *study, guint field, GValue *value)
{
  gconstpointer at = (const char *) study + fields[field].offset;

  switch (fields[field].kind)
    {
    case FIELD_TEXT:
      g_value_set_string (value, *(char *const *) at);
      break;
    case FIELD_COUNT:
      g_value_set_uint (value, *(const guint *) at);
      break;
    case FIELD_FLAG:
      g_value_set_boolean (value, *(const gboolean *) at);
      break;
    case FIELD_TIME:
      g_value_set_int64 (value, *(const gint64 *) at);
      break;
    case FIELD_BYTES:
    default:
      g_value_set_uint64 (value, *(const guint64 *) at);
      break;
    }
}

static gboolean
is_field_equal (const BounceStudy *a, const BounceStudy *b, guint field)
{
  gsize offset = fields[field].offset;
  gconstpointer at_a = (const char *) a + offset;
  gconstpointer at_b = (const char *) b + offset;

  switch (fields[field].kind)
    {
    case FIELD_TEXT:
      return g_strcmp0 (*(char *const *) at_a, *(char *const *) at_b) == 0;
    case FIELD_COUNT:
    case FIELD_FLAG:
      return *(const int *) at_a == *(const int *) at_b;
    case FIELD_TIME:
    case FIELD_BYTES:
    default:
      return *(const gint64 *) at_a == *(const gint64 *) at_b;
    }
}

static void
bounce_study_item_get_property (GObject *object, guint id, GValue *value, GParamSpec *pspec)
{
  BounceStudyItem *self = BOUNCE_STUDY_ITEM (object);

  switch (id)
    {
    case PROP_DISPLAY_NAME:
      g_value_set_string (value, self->display_name);
      break;
    case PROP_IS_UPLOADING:
      g_value_set_boolean (value, bounce_study_item_is_uploading (self));
      break;
    case PROP_UPLOADED_BYTES:
      g_value_set_uint64 (value, self->progress.uploaded);
      break;
    case PROP_TOTAL_BYTES:
      g_value_set_uint64 (value, self->progress.total);
      break;
    case PROP_PROGRESS:
      g_value_set_double (value, bounce_study_item_get_progress (self));
      break;
    case PROP_RATE:
      g_value_set_double (value, self->progress.rate);
      break;
    case PROP_TIME_LEFT_US:
      g_value_set_int64 (value, bounce_study_item_get_time_left_us (self));
      break;
    default:
      get_field (self->study, id - PROP_FIRST_FIELD, value);
      break;
    }
}

static void
bounce_study_item_finalize (GObject *object)
{
  BounceStudyItem *self = BOUNCE_STUDY_ITEM (object);

  bounce_study_free (self->study);
  g_free (self->display_name);
  G_OBJECT_CLASS (bounce_study_item_parent_class)->finalize (object);
}

static GParamSpec *
make_field_property (guint field)
{
  const char *name = fields[field].name;
  GParamFlags flags = G_PARAM_READABLE | G_PARAM_STATIC_STRINGS;

  switch (fields[field].kind)
    {
    case FIELD_TEXT:
      return g_param_spec_string (name, NULL, NULL, NULL, flags);
    case FIELD_COUNT:
      return g_param_spec_uint (name, NULL, NULL, 0, G_MAXUINT, 0, flags);
    case FIELD_FLAG:
      return g_param_spec_boolean (name, NULL, NULL, FALSE, flags);
    case FIELD_TIME:
      return g_param_spec_int64 (name, NULL, NULL, G_MININT64, G_MAXINT64, 0, flags);
    case FIELD_BYTES:
    default:
      return g_param_spec_uint64 (name, NULL, NULL, 0, G_MAXUINT64, 0, flags);
    }
}

static void
bounce_study_item_class_init (BounceStudyItemClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GParamFlags flags = G_PARAM_READABLE | G_PARAM_STATIC_STRINGS;

  object_class->get_property = bounce_study_item_get_property;
  object_class->finalize = bounce_study_item_finalize;
  for (guint i = 0; i < G_N_ELEMENTS (fields); i++)
    properties[PROP_FIRST_FIELD + i] = make_field_property (i);
  /**
   * BounceStudyItem:display-name: the patient's name as people write it.
   */
  properties[PROP_DISPLAY_NAME] = g_param_spec_string ("display-name", NULL, NULL, NULL, flags);
  /**
   * BounceStudyItem:is-uploading: the status is UPLOADING.
   */
  properties[PROP_IS_UPLOADING] = g_param_spec_boolean ("is-uploading", NULL, NULL, FALSE, flags);
  /**
   * BounceStudyItem:uploaded-bytes: of the package that is being uploaded.
   */
  properties[PROP_UPLOADED_BYTES] =
      g_param_spec_uint64 ("uploaded-bytes", NULL, NULL, 0, G_MAXUINT64, 0, flags);
  /**
   * BounceStudyItem:total-bytes: of the package that is being uploaded; 0: not known yet.
   */
  properties[PROP_TOTAL_BYTES] =
      g_param_spec_uint64 ("total-bytes", NULL, NULL, 0, G_MAXUINT64, 0, flags);
  /**
   * BounceStudyItem:progress: how much of the package the server has, 0 to 1.
   */
  properties[PROP_PROGRESS] = g_param_spec_double ("progress", NULL, NULL, 0, 1, 0, flags);
  /**
   * BounceStudyItem:rate: bytes a second; 0: not known yet.
   */
  properties[PROP_RATE] = g_param_spec_double ("rate", NULL, NULL, 0, G_MAXDOUBLE, 0, flags);
  /**
   * BounceStudyItem:time-left-us: until the upload ends, in microseconds; -1: not known.
   */
  properties[PROP_TIME_LEFT_US] =
      g_param_spec_int64 ("time-left-us", NULL, NULL, -1, G_MAXINT64, -1, flags);
  g_object_class_install_properties (object_class, N_PROPS, properties);
  /**
   * BounceStudyItem::changed: once after all notifications of a change.
   */
  signals[CHANGED] = g_signal_new ("changed", BOUNCE_TYPE_STUDY_ITEM, G_SIGNAL_RUN_LAST, 0, NULL,
                                   NULL, NULL, G_TYPE_NONE, 0);
}

static void
bounce_study_item_init (BounceStudyItem *self)
{
}

static BounceStudy *
make_empty_study (void)
{
  return g_new0 (BounceStudy, 1);
}

/**
 * bounce_study_item_new: (skip)
 * @study: (transfer full) (nullable): the row
 *
 * Returns: (transfer full): an item
 */
BounceStudyItem *
bounce_study_item_new (BounceStudy *study)
{
  BounceStudyItem *self = g_object_new (BOUNCE_TYPE_STUDY_ITEM, NULL);

  self->study = study != NULL ? study : make_empty_study ();
  self->display_name = bounce_person_name_to_display (self->study->patient_name);
  return self;
}

static void
update_display_name (BounceStudyItem *self)
{
  g_autofree char *before = g_steal_pointer (&self->display_name);

  self->display_name = bounce_person_name_to_display (self->study->patient_name);
  if (g_strcmp0 (before, self->display_name) != 0)
    g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_DISPLAY_NAME]);
}

/**
 * bounce_study_item_take_study: (skip)
 * @study: (transfer full): the row as it is now
 *
 * Notifies what differs.
 */
void
bounce_study_item_take_study (BounceStudyItem *self, BounceStudy *study)
{
  g_autoptr (BounceStudy) before = g_steal_pointer (&self->study);
  gboolean was_uploading = g_strcmp0 (before->status, "UPLOADING") == 0;

  self->study = study;
  g_object_freeze_notify (G_OBJECT (self));
  for (guint i = 0; i < G_N_ELEMENTS (fields); i++)
    if (!is_field_equal (before, study, i))
      g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_FIRST_FIELD + i]);
  update_display_name (self);
  if (was_uploading != bounce_study_item_is_uploading (self))
    g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_IS_UPLOADING]);
  g_object_thaw_notify (G_OBJECT (self));
  g_signal_emit (self, signals[CHANGED], 0);
}

/**
 * bounce_study_item_set_progress: (skip)
 * @progress: (nullable): copied; %NULL when nothing is being uploaded
 */
void
bounce_study_item_set_progress (BounceStudyItem *self, const BounceStudyProgress *progress)
{
  static const BounceStudyProgress none = { 0 };

  if (progress == NULL && self->progress.total == 0)
    return;
  self->progress = progress != NULL ? *progress : none;
  g_object_freeze_notify (G_OBJECT (self));
  for (guint id = PROP_UPLOADED_BYTES; id <= PROP_TIME_LEFT_US; id++)
    g_object_notify_by_pspec (G_OBJECT (self), properties[id]);
  g_object_thaw_notify (G_OBJECT (self));
  g_signal_emit (self, signals[CHANGED], 0);
}

static void
notify_field (BounceStudyItem *self, gsize offset)
{
  for (guint i = 0; i < G_N_ELEMENTS (fields); i++)
    if (fields[i].offset == offset)
      g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_FIRST_FIELD + i]);
}

/**
 * bounce_study_item_tick: (skip)
 * @now_us: wall time
 *
 * Lets times that lie ahead come nearer, about once a second. A quiet period that ends is no change
 * in the database, so it ends here.
 */
void
bounce_study_item_tick (BounceStudyItem *self, gint64 now_us)
{
  gboolean is_receiving = self->study->receiving_until_us != 0;
  gboolean is_waiting = self->study->next_attempt_at_us > now_us - LAST_TICK_US;

  if (is_receiving && self->study->receiving_until_us <= now_us)
    self->study->receiving_until_us = 0;
  if (is_receiving)
    notify_field (self, offsetof (BounceStudy, receiving_until_us));
  if (is_waiting)
    notify_field (self, offsetof (BounceStudy, next_attempt_at_us));
  if (is_receiving || is_waiting)
    g_signal_emit (self, signals[CHANGED], 0);
}

/**
 * bounce_study_progress_update: (skip)
 * @uploaded: bytes the server has
 * @total: bytes of the package
 * @now_us: monotonic
 *
 * Takes a report and follows the rate. Another package, or fewer bytes than before, starts anew.
 */
void
bounce_study_progress_update (BounceStudyProgress *self,
                              guint64 uploaded,
                              guint64 total,
                              gint64 now_us)
{
  gint64 elapsed_us = now_us - self->measured_at_us;

  if (self->measured_at_us == 0 || total != self->total || uploaded < self->uploaded)
    {
      self->rate = 0;
      self->measured_at_us = now_us;
      self->measured_bytes = uploaded;
    }
  else if (elapsed_us >= RATE_PERIOD_US)
    {
      double rate =
          (double) (uploaded - self->measured_bytes) * G_USEC_PER_SEC / (double) elapsed_us;

      self->rate = self->rate > 0 ? self->rate + RATE_WEIGHT * (rate - self->rate) : rate;
      self->measured_at_us = now_us;
      self->measured_bytes = uploaded;
    }
  self->uploaded = uploaded;
  self->total = total;
}

/**
 * bounce_study_item_get_study:
 *
 * Returns: (transfer none): the row, valid until the main loop runs again; `undelivered` is not
 *   filled
 */
const BounceStudy *
bounce_study_item_get_study (BounceStudyItem *self)
{
  g_return_val_if_fail (BOUNCE_IS_STUDY_ITEM (self), NULL);

  return self->study;
}

/**
 * bounce_study_item_get_display_name:
 *
 * Returns: the patient's name as people write it; empty when there is none.
 */
const char *
bounce_study_item_get_display_name (BounceStudyItem *self)
{
  g_return_val_if_fail (BOUNCE_IS_STUDY_ITEM (self), NULL);

  return self->display_name;
}

/**
 * bounce_study_item_is_uploading:
 *
 * Returns: whether the status is UPLOADING.
 */
gboolean
bounce_study_item_is_uploading (BounceStudyItem *self)
{
  g_return_val_if_fail (BOUNCE_IS_STUDY_ITEM (self), FALSE);

  return g_strcmp0 (self->study->status, "UPLOADING") == 0;
}

/**
 * bounce_study_item_get_progress:
 *
 * Returns: how much of the package the server has, 0 to 1.
 */
double
bounce_study_item_get_progress (BounceStudyItem *self)
{
  g_return_val_if_fail (BOUNCE_IS_STUDY_ITEM (self), 0);

  if (self->progress.total == 0)
    return 0;
  return MIN (1.0, (double) self->progress.uploaded / (double) self->progress.total);
}

/**
 * bounce_study_item_is_finishing:
 *
 * Returns: whether all of the package was sent, and Aurabox has not confirmed it yet.
 */
gboolean
bounce_study_item_is_finishing (BounceStudyItem *self)
{
  g_return_val_if_fail (BOUNCE_IS_STUDY_ITEM (self), FALSE);

  return bounce_study_item_is_uploading (self)
         && bounce_progress_is_finishing (self->progress.uploaded, self->progress.total);
}

/**
 * bounce_study_item_get_uploaded_bytes:
 *
 * Returns: bytes of the package that the server has.
 */
guint64
bounce_study_item_get_uploaded_bytes (BounceStudyItem *self)
{
  g_return_val_if_fail (BOUNCE_IS_STUDY_ITEM (self), 0);

  return self->progress.uploaded;
}

/**
 * bounce_study_item_get_total_bytes:
 *
 * Returns: bytes of the package that is being uploaded; 0 when there is none yet.
 */
guint64
bounce_study_item_get_total_bytes (BounceStudyItem *self)
{
  g_return_val_if_fail (BOUNCE_IS_STUDY_ITEM (self), 0);

  return self->progress.total;
}

/**
 * bounce_study_item_get_rate:
 *
 * Units: bytes a second
 * Returns: how fast the upload goes; 0: not known yet.
 */
double
bounce_study_item_get_rate (BounceStudyItem *self)
{
  g_return_val_if_fail (BOUNCE_IS_STUDY_ITEM (self), 0);

  return self->progress.rate;
}

/**
 * bounce_study_item_get_time_left_us:
 *
 * Units: microseconds
 * Returns: until the upload ends at this rate; -1: not known.
 */
gint64
bounce_study_item_get_time_left_us (BounceStudyItem *self)
{
  double seconds;

  g_return_val_if_fail (BOUNCE_IS_STUDY_ITEM (self), -1);

  if (self->progress.rate < 1 || self->progress.total < self->progress.uploaded)
    return -1;
  seconds = (double) (self->progress.total - self->progress.uploaded) / self->progress.rate;
  return (gint64) (seconds * G_USEC_PER_SEC);
}
