/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* Aurabox as a destination: the client for the present key and endpoint, and the pause.
 *
 * Without a key nothing is sent and nobody is asked. When the server says that the key is not good
 * (401, 403), all uploads pause with one event, until the key changes, a person resumes, or the
 * hourly probe of `config` is answered. A report names the client it was made with: what an old key
 * was told says nothing about a new one.
 *
 * Thread: main. */

#include "config.h"

#include "bounce-destination.h"

#include "bounce-log.h"
#include "bounce-wording.h"

#define PROBE_INTERVAL_US (G_GINT64_CONSTANT (3600) * G_USEC_PER_SEC)

struct _BounceDestination
{
  GObject parent_instance;

  BounceStore *store;        /* (owned) */
  BounceHttp *http;          /* (owned) */
  BounceClock *clock;        /* (owned) */
  BounceConfig *config;      /* (owned) */
  BounceAurabox *aurabox;    /* (owned) (nullable) without a key */
  const char *paused_reason; /* (nullable) BOUNCE_REASON_* */
  gboolean is_refusal_told;  /* there is an "unauthorised" event without its "authorised" */
  GSource *probe_timer;      /* (owned) (nullable) */
  GCancellable *probe;       /* (owned) (nullable) while one is under way */
};

G_DEFINE_FINAL_TYPE (BounceDestination, bounce_destination, G_TYPE_OBJECT)

enum
{
  PROP_PAUSED_REASON = 1,
  N_PROPS,
};

enum
{
  SIGNAL_RESUMED,
  N_SIGNALS,
};

static GParamSpec *properties[N_PROPS];
static guint signals[N_SIGNALS];

static void schedule_probe (BounceDestination *self);

static void
stop_probing (BounceDestination *self)
{
  if (self->probe_timer != NULL)
    g_source_destroy (self->probe_timer);
  g_clear_pointer (&self->probe_timer, g_source_unref);
  g_cancellable_cancel (self->probe);
  g_clear_object (&self->probe);
}

/* is_asked: somebody did something about it, so what failed may be tried at once. */
static void
set_paused_reason (BounceDestination *self, const char *reason, gboolean is_asked)
{
  gboolean was_paused = self->paused_reason != NULL;

  if (g_strcmp0 (self->paused_reason, reason) == 0)
    return;
  self->paused_reason = reason;
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_PAUSED_REASON]);
  if (was_paused && reason == NULL)
    g_signal_emit (self, signals[SIGNAL_RESUMED], 0, is_asked);
}

static GVariant *
build_destination_args (void)
{
  return g_variant_new_parsed ("{'destination': 'Aurabox'}");
}

static void
tell_authorised (BounceDestination *self)
{
  if (!self->is_refusal_told)
    return;
  self->is_refusal_told = FALSE;
  bounce_store_add_event (self->store, BOUNCE_EVENT_AUTHORISED, NULL, build_destination_args ());
}

static void
config_probed_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (BounceDestination) self = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (BounceUploadConfig) config =
      bounce_aurabox_get_config_finish (BOUNCE_AURABOX (source), result, &error);

  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    return;
  g_clear_object (&self->probe);
  if (config == NULL)
    {
      schedule_probe (self);
      return;
    }
  tell_authorised (self);
  set_paused_reason (self, NULL, FALSE);
}

static gboolean
probe_due_cb (gpointer user_data)
{
  BounceDestination *self = user_data;

  g_clear_pointer (&self->probe_timer, g_source_unref);
  self->probe = g_cancellable_new ();
  bounce_aurabox_get_config_async (self->aurabox, self->probe, config_probed_cb,
                                   g_object_ref (self));
  return G_SOURCE_REMOVE;
}

static void
schedule_probe (BounceDestination *self)
{
  gint64 at_us = bounce_clock_get_boottime_us (self->clock) + PROBE_INTERVAL_US;

  self->probe_timer = bounce_clock_call_at (self->clock, at_us, probe_due_cb, self, NULL);
}

static void
deprecated_cb (BounceDestination *self,
               const char *path,
               const char *sunset,
               BounceAurabox *aurabox)
{
  GVariantBuilder args;

  g_variant_builder_init (&args, G_VARIANT_TYPE ("a{ss}"));
  g_variant_builder_add (&args, "{ss}", "endpoint", path);
  if (sunset != NULL)
    g_variant_builder_add (&args, "{ss}", "sunset", sunset);
  bounce_store_add_event (self->store, BOUNCE_EVENT_DEPRECATED, NULL,
                          g_variant_builder_end (&args));
}

static BounceAurabox *
create_aurabox (BounceDestination *self)
{
  BounceApiKey *key = bounce_config_get_api_key (self->config);
  g_autofree char *endpoint = bounce_config_dup_api_endpoint (self->config);
  BounceAurabox *aurabox;

  if (key == NULL || endpoint == NULL)
    return NULL;
  aurabox = bounce_aurabox_new (self->http, endpoint, key);
  g_signal_connect_object (aurabox, "deprecated", G_CALLBACK (deprecated_cb), self,
                           G_CONNECT_SWAPPED);
  return aurabox;
}

static gboolean
is_same_access (BounceConfig *before, BounceConfig *after)
{
  BounceApiKey *key_before = bounce_config_get_api_key (before);
  BounceApiKey *key_after = bounce_config_get_api_key (after);
  g_autofree char *endpoint_before = bounce_config_dup_api_endpoint (before);
  g_autofree char *endpoint_after = bounce_config_dup_api_endpoint (after);

  return g_strcmp0 (key_before != NULL ? bounce_api_key_get_text (key_before) : NULL,
                    key_after != NULL ? bounce_api_key_get_text (key_after) : NULL)
             == 0
         && g_strcmp0 (endpoint_before, endpoint_after) == 0;
}

/* Also without a pause there may be something that waits because of what was wrong before. */
static void
renew_access (BounceDestination *self)
{
  gboolean was_paused = self->paused_reason != NULL;

  stop_probing (self);
  g_clear_object (&self->aurabox);
  self->aurabox = create_aurabox (self);
  set_paused_reason (self, self->aurabox == NULL ? BOUNCE_REASON_NO_KEY : NULL, TRUE);
  if (!was_paused && self->aurabox != NULL)
    g_signal_emit (self, signals[SIGNAL_RESUMED], 0, TRUE);
}

static void
bounce_destination_get_property (GObject *object, guint id, GValue *value, GParamSpec *pspec)
{
  switch (id)
    {
    case PROP_PAUSED_REASON:
      g_value_set_string (value, BOUNCE_DESTINATION (object)->paused_reason);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
    }
}

static void
bounce_destination_dispose (GObject *object)
{
  BounceDestination *self = BOUNCE_DESTINATION (object);

  stop_probing (self);
  g_clear_object (&self->aurabox);
  g_clear_pointer (&self->config, bounce_config_unref);
  g_clear_object (&self->clock);
  g_clear_object (&self->http);
  g_clear_object (&self->store);
  G_OBJECT_CLASS (bounce_destination_parent_class)->dispose (object);
}

static void
bounce_destination_class_init (BounceDestinationClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->get_property = bounce_destination_get_property;
  object_class->dispose = bounce_destination_dispose;
  /**
   * BounceDestination:paused-reason:
   *
   * Why nothing is sent: a BOUNCE_REASON_*; %NULL when uploads go on.
   */
  properties[PROP_PAUSED_REASON] = g_param_spec_string ("paused-reason", NULL, NULL, NULL,
                                                        G_PARAM_READABLE | G_PARAM_STATIC_STRINGS);
  g_object_class_install_properties (object_class, N_PROPS, properties);
  /**
   * BounceDestination::resumed:
   * @is_asked: by a person or another key, so that what failed need not wait; not by the probe
   *
   * A pause has ended, or key or endpoint are others; what waited for it may be sent now.
   */
  signals[SIGNAL_RESUMED] = g_signal_new ("resumed", G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_LAST,
                                          0, NULL, NULL, NULL, G_TYPE_NONE, 1, G_TYPE_BOOLEAN);
}

static void
bounce_destination_init (BounceDestination *self)
{
}

/**
 * bounce_destination_new:
 * @config: key and endpoint are taken from it
 *
 * Thread: main.
 * Returns: (transfer full): the destination, paused when there is no key
 */
BounceDestination *
bounce_destination_new (BounceStore *store,
                        BounceHttp *http,
                        BounceClock *clock,
                        BounceConfig *config)
{
  BounceDestination *self = g_object_new (BOUNCE_TYPE_DESTINATION, NULL);

  self->store = g_object_ref (store);
  self->http = g_object_ref (http);
  self->clock = g_object_ref (clock);
  self->config = bounce_config_ref (config);
  renew_access (self);
  return self;
}

/**
 * bounce_destination_set_config:
 *
 * Takes a new snapshot of the settings. A changed key or endpoint ends a pause, and all waiting.
 */
void
bounce_destination_set_config (BounceDestination *self, BounceConfig *config)
{
  g_autoptr (BounceConfig) before = self->config;

  self->config = bounce_config_ref (config);
  if (!is_same_access (before, config))
    renew_access (self);
}

/**
 * bounce_destination_get_config:
 *
 * Returns: (transfer none): the snapshot in use
 */
BounceConfig *
bounce_destination_get_config (BounceDestination *self)
{
  return self->config;
}

/**
 * bounce_destination_get_aurabox:
 *
 * Returns: (transfer none) (nullable): the client for the present key; %NULL without one
 */
BounceAurabox *
bounce_destination_get_aurabox (BounceDestination *self)
{
  return self->aurabox;
}

/**
 * bounce_destination_get_paused_reason:
 *
 * Returns: (nullable): the value of #BounceDestination:paused-reason
 */
const char *
bounce_destination_get_paused_reason (BounceDestination *self)
{
  return self->paused_reason;
}

/**
 * bounce_destination_report_unauthorised:
 * @with: (nullable): the client that was told 401 or 403
 *
 * Pauses, unless the key has changed since.
 */
void
bounce_destination_report_unauthorised (BounceDestination *self, BounceAurabox *with)
{
  if (with != self->aurabox || self->paused_reason != NULL)
    return;
  bounce_log (BOUNCE_LOG_ERROR, "Aurabox refused the API key; uploads are paused");
  bounce_store_add_event (self->store, BOUNCE_EVENT_UNAUTHORISED, NULL, build_destination_args ());
  self->is_refusal_told = TRUE;
  schedule_probe (self);
  set_paused_reason (self, BOUNCE_REASON_UNAUTHORISED, FALSE);
}

/**
 * bounce_destination_report_delivered:
 * @with: the client that completed an upload
 *
 * Tells that the key is good again if it was told that it is not. It does not end a pause: an
 * upload that was under way says nothing about the next one.
 */
void
bounce_destination_report_delivered (BounceDestination *self, BounceAurabox *with)
{
  if (with == self->aurabox && self->paused_reason == NULL)
    tell_authorised (self);
}

/**
 * bounce_destination_resume:
 *
 * A person says that it should be tried again. Without a key nothing changes.
 */
void
bounce_destination_resume (BounceDestination *self)
{
  if (g_strcmp0 (self->paused_reason, BOUNCE_REASON_UNAUTHORISED) != 0)
    return;
  stop_probing (self);
  set_paused_reason (self, NULL, TRUE);
}

/**
 * bounce_destination_close:
 *
 * Stops probing. The pause stays as it is.
 */
void
bounce_destination_close (BounceDestination *self)
{
  stop_probing (self);
}
