/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* What the tray shows, as the state of the action tray-status: "state", "label", "studies".
 *
 * The service's signals only say that something changed; then its counts and last studies are read
 * once, at most about three times a second, so that a busy receiver costs the tray nothing. Main
 * thread. No GTK here. */

#include "config.h"

#include "bounce-tray-status.h"

#include "bounce-person-name.h"
#include "bounce-wording.h"

#include <glib/gi18n.h>

#define REFRESH_DELAY_MS 300
#define LAST_STUDIES     3
/* From here on the disk is critical (the design's limit). */
#define CRITICAL_FREE_BYTES (512 * G_GUINT64_CONSTANT (1048576))

struct _BounceTrayStatus
{
  GObject parent_instance;

  BounceService *service;      /* (owned) */
  GSimpleAction *action;       /* (owned) */
  GCancellable *cancellable;   /* (owned) */
  BounceServiceStatus *status; /* (owned) (nullable) between the two readings */
  guint refresh_id;
  gboolean is_reading;
  gboolean is_stale; /* something changed while it was read */
  gboolean is_trial; /* what is told is not about real studies */
};

G_DEFINE_FINAL_TYPE (BounceTrayStatus, bounce_tray_status, G_TYPE_OBJECT)

static void schedule_refresh (BounceTrayStatus *self);

static char *
describe_attention (const BounceServiceStatus *status)
{
  g_autofree char *what = NULL;

  if (status->uploads_paused != NULL)
    {
      what = bounce_wording_reason (status->uploads_paused);
      return g_strdup_printf (_ ("Uploads are paused: %s"), what);
    }
  if (status->counts.free_bytes < CRITICAL_FREE_BYTES)
    {
      what = bounce_wording_size (status->counts.free_bytes);
      return g_strdup_printf (_ ("The disk is almost full: %s left"), what);
    }
  if (status->counts.error > 0)
    return g_strdup_printf (ngettext ("%u study could not be delivered",
                                      "%u studies could not be delivered", status->counts.error),
                            status->counts.error);
  return NULL;
}

static char *
describe_work (const BounceServiceStatus *status, const char **state)
{
  const BounceStoreCounts *counts = &status->counts;

  if (status->endpoint == NULL)
    {
      *state = "stopped";
      return g_strdup (_ ("The receiver is stopped"));
    }
  if (counts->receiving > 0)
    {
      *state = "receiving";
      return g_strdup_printf (
          ngettext ("Receiving %u study", "Receiving %u studies", counts->receiving),
          counts->receiving);
    }
  if (counts->uploading > 0)
    {
      *state = "uploading";
      return g_strdup_printf (
          ngettext ("Uploading %u study", "Uploading %u studies", counts->uploading),
          counts->uploading);
    }
  *state = "idle";
  if (counts->waiting > 0)
    return g_strdup_printf (
        ngettext ("%u study is waiting", "%u studies are waiting", counts->waiting),
        counts->waiting);
  return g_strdup_printf (_ ("Ready at %s"), status->endpoint);
}

static GVariant *
describe_studies (GPtrArray *studies)
{
  GVariantBuilder builder;

  g_variant_builder_init (&builder, G_VARIANT_TYPE ("a(ss)"));
  for (guint i = 0; studies != NULL && i < MIN (studies->len, LAST_STUDIES); i++)
    {
      const BounceStudy *study = g_ptr_array_index (studies, i);
      g_autofree char *name = bounce_person_name_to_display (study->patient_name);
      g_autofree char *status = bounce_wording_status (study->status);
      /* Translators: a patient's name and the state of the study */
      g_autofree char *text =
          g_strdup_printf (_ ("%s – %s"), *name != '\0' ? name : _ ("Unnamed patient"), status);

      g_variant_builder_add (&builder, "(ss)", study->study_uid, text);
    }
  return g_variant_builder_end (&builder);
}

/**
 * bounce_tray_status_describe:
 * @studies: (nullable) (element-type BounceStudy): the last ones, newest first
 * @is_trial: Bounce is only tried out
 *
 * What needs a person comes before everything else; then whether the receiver is on; then what it
 * is doing. Of a trial each of these says that it is one.
 *
 * Thread: any
 * Shape: a{sv}: state s, label s, studies a(ss)
 * Returns: (transfer floating): the state of tray-status
 */
GVariant *
bounce_tray_status_describe (const BounceServiceStatus *status,
                             GPtrArray *studies,
                             gboolean is_trial)
{
  GVariantBuilder builder;
  g_autofree char *label = NULL;
  const char *state = "attention";

  g_return_val_if_fail (status != NULL, NULL);

  label = describe_attention (status);
  if (label == NULL)
    label = describe_work (status, &state);
  if (is_trial)
    {
      g_autofree char *what = g_steal_pointer (&label);

      /* Translators: %s says what Bounce does, such as "Receiving 1 study" */
      label = g_strdup_printf (_ ("Trial: %s"), what);
    }
  g_variant_builder_init (&builder, G_VARIANT_TYPE_VARDICT);
  g_variant_builder_add (&builder, "{sv}", "state", g_variant_new_string (state));
  g_variant_builder_add (&builder, "{sv}", "label", g_variant_new_string (label));
  g_variant_builder_add (&builder, "{sv}", "studies", describe_studies (studies));
  return g_variant_builder_end (&builder);
}

static void
end_reading (BounceTrayStatus *self)
{
  self->is_reading = FALSE;
  g_clear_pointer (&self->status, bounce_service_status_free);
  if (self->is_stale && !g_cancellable_is_cancelled (self->cancellable))
    schedule_refresh (self);
}

static void
studies_read_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (BounceTrayStatus) self = user_data;
  g_autoptr (GPtrArray) studies =
      bounce_service_current_studies_finish (BOUNCE_SERVICE (source), result, NULL, NULL);

  if (!g_cancellable_is_cancelled (self->cancellable))
    g_simple_action_set_state (self->action,
                               bounce_tray_status_describe (self->status, studies, self->is_trial));
  end_reading (self);
}

static void
status_read_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (BounceTrayStatus) self = user_data;
  BounceStudyQuery last = { .page = 1, .limit = LAST_STUDIES, .descending = TRUE };

  self->status = bounce_service_get_status_finish (BOUNCE_SERVICE (source), result, NULL);
  if (self->status == NULL)
    {
      end_reading (self);
      return;
    }
  bounce_service_current_studies_async (BOUNCE_SERVICE (source), &last, self->cancellable,
                                        studies_read_cb, g_object_ref (self));
}

static gboolean
refresh_cb (gpointer user_data)
{
  BounceTrayStatus *self = user_data;

  self->refresh_id = 0;
  self->is_stale = FALSE;
  self->is_reading = TRUE;
  bounce_service_get_status_async (self->service, self->cancellable, status_read_cb,
                                   g_object_ref (self));
  return G_SOURCE_REMOVE;
}

static void
schedule_refresh (BounceTrayStatus *self)
{
  self->is_stale = TRUE;
  if (self->refresh_id == 0 && !self->is_reading)
    self->refresh_id = g_timeout_add (REFRESH_DELAY_MS, refresh_cb, self);
}

static void
bounce_tray_status_dispose (GObject *object)
{
  BounceTrayStatus *self = BOUNCE_TRAY_STATUS (object);

  g_cancellable_cancel (self->cancellable);
  g_clear_handle_id (&self->refresh_id, g_source_remove);
  g_clear_object (&self->service);
  g_clear_object (&self->action);
  G_OBJECT_CLASS (bounce_tray_status_parent_class)->dispose (object);
}

static void
bounce_tray_status_finalize (GObject *object)
{
  BounceTrayStatus *self = BOUNCE_TRAY_STATUS (object);

  g_clear_object (&self->cancellable);
  g_clear_pointer (&self->status, bounce_service_status_free);
  G_OBJECT_CLASS (bounce_tray_status_parent_class)->finalize (object);
}

static void
bounce_tray_status_class_init (BounceTrayStatusClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = bounce_tray_status_dispose;
  G_OBJECT_CLASS (klass)->finalize = bounce_tray_status_finalize;
}

static void
bounce_tray_status_init (BounceTrayStatus *self)
{
  self->cancellable = g_cancellable_new ();
}

/**
 * bounce_tray_status_new:
 * @action: tray-status, whose state is set from now on
 * @is_trial: Bounce is only tried out
 *
 * Thread: main
 * Returns: (transfer full): keeps the state true until it goes
 */
BounceTrayStatus *
bounce_tray_status_new (BounceService *service, GSimpleAction *action, gboolean is_trial)
{
  static const char *const signals[] = { "notify::receiver-running", "notify::uploads-paused",
                                         "studies-changed", "queue-study", "event" };
  BounceTrayStatus *self;

  g_return_val_if_fail (BOUNCE_IS_SERVICE (service), NULL);
  g_return_val_if_fail (G_IS_SIMPLE_ACTION (action), NULL);

  self = g_object_new (BOUNCE_TYPE_TRAY_STATUS, NULL);
  self->service = g_object_ref (service);
  self->action = g_object_ref (action);
  self->is_trial = is_trial;
  for (guint i = 0; i < G_N_ELEMENTS (signals); i++)
    g_signal_connect_object (service, signals[i], G_CALLBACK (schedule_refresh), self,
                             G_CONNECT_SWAPPED);
  schedule_refresh (self);
  return self;
}
