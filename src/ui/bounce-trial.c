/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* A trial: bounce-sandbox as a child, on loopback, with a random key, and the source of the
 * settings overridden so that Bounce uses it and nothing else.
 *
 * The key goes to the child by its standard input, whose end also ends it: a trial never outlives
 * the application. The port stays the same as long as it can be had, because uploads that were
 * interrupted know the address.
 *
 * Main thread. No GTK here. */

#include "config.h"

#include "bounce-trial.h"

#include "bounce-child.h"
#include "bounce-log.h"

#include <string.h>

#define PROGRAM_NAME "bounce-sandbox"
#define READY_PREFIX "sandbox on http://127.0.0.1:"

struct _BounceTrial
{
  GObject parent_instance;

  BounceConfigSource *source; /* (owned) */
  char *folder;               /* (owned) */
  char *base_dir;             /* (owned) */
  char *program;              /* (owned) */
  char *key;                  /* (owned) the same for all children of this object */
  BounceChild *cloud;         /* (owned) */
  BounceTrialState state;
  guint retry_seconds;
  guint port; /* 0: any */
  gboolean is_stopped;
};

G_DEFINE_FINAL_TYPE (BounceTrial, bounce_trial, G_TYPE_OBJECT)

enum
{
  PROP_0,
  PROP_STATE,
  PROP_PORT,
  PROP_RETRY_SECONDS,
  N_PROPS,
};

static GParamSpec *properties[N_PROPS];

static void
set_state (BounceTrial *self, BounceTrialState state)
{
  if (self->state == state)
    return;
  self->state = state;
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_STATE]);
}

static void
set_port (BounceTrial *self, guint port)
{
  if (self->port == port)
    return;
  self->port = port;
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_PORT]);
}

static void
apply (BounceTrial *self)
{
  g_autofree char *endpoint = g_strdup_printf ("http://127.0.0.1:%u", self->port);
  g_autoptr (GError) error = NULL;

  if (!bounce_config_source_override (self->source, self->key, endpoint, self->base_dir, &error))
    bounce_log (BOUNCE_LOG_ERROR, "The trial cannot be used: %s", error->message);
}

static void
due_cb (BounceTrial *self)
{
  set_state (self, BOUNCE_TRIAL_STARTING);
  bounce_trial_start (self);
}

static void
ended_cb (BounceTrial *self, guint delay_seconds)
{
  /* One that never got so far may have found its port taken. */
  if (self->state == BOUNCE_TRIAL_STARTING)
    set_port (self, 0);
  self->retry_seconds = delay_seconds;
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_RETRY_SECONDS]);
  bounce_log (BOUNCE_LOG_WARNING, "The trial's cloud ended; it is started again in %u s",
              delay_seconds);
  set_state (self, BOUNCE_TRIAL_WAITING);
}

static void
line_cb (BounceTrial *self, const char *line)
{
  guint64 port;

  if (!g_str_has_prefix (line, READY_PREFIX)
      || !g_ascii_string_to_unsigned (line + strlen (READY_PREFIX), 10, 1, G_MAXUINT16, &port,
                                      NULL))
    return;
  set_port (self, (guint) port);
  apply (self);
  set_state (self, BOUNCE_TRIAL_RUNNING);
}

/**
 * bounce_trial_start:
 *
 * Starts the cloud, unless it runs.
 *
 * Thread: main
 */
void
bounce_trial_start (BounceTrial *self)
{
  g_autofree char *port = NULL;
  g_autofree char *data = NULL;
  g_autoptr (GError) error = NULL;

  g_return_if_fail (BOUNCE_IS_TRIAL (self));

  if (self->is_stopped || bounce_child_is_alive (self->cloud))
    return;
  port = g_strdup_printf ("%u", self->port);
  data = g_build_filename (self->folder, "cloud", NULL);
  if (bounce_child_start (self->cloud,
                          (const char *[]){ self->program, "--port", port, "--data", data,
                                            "--api-key", "-", "--protect", "--until-eof", NULL },
                          &error))
    {
      bounce_child_write_line (self->cloud, self->key);
      return;
    }
  bounce_log (BOUNCE_LOG_ERROR, "The trial's cloud cannot be started: %s", error->message);
  ended_cb (self, bounce_child_schedule (self->cloud));
}

static void
bounce_trial_get_property (GObject *object, guint id, GValue *value, GParamSpec *pspec)
{
  BounceTrial *self = BOUNCE_TRIAL (object);

  switch (id)
    {
    case PROP_STATE:
      g_value_set_int (value, (int) self->state);
      break;
    case PROP_PORT:
      g_value_set_uint (value, self->port);
      break;
    case PROP_RETRY_SECONDS:
      g_value_set_uint (value, self->retry_seconds);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
    }
}

static void
bounce_trial_dispose (GObject *object)
{
  bounce_trial_stop (BOUNCE_TRIAL (object));
  G_OBJECT_CLASS (bounce_trial_parent_class)->dispose (object);
}

static void
bounce_trial_finalize (GObject *object)
{
  BounceTrial *self = BOUNCE_TRIAL (object);

  g_clear_object (&self->source);
  g_clear_object (&self->cloud);
  g_free (self->folder);
  g_free (self->base_dir);
  g_free (self->program);
  g_free (self->key);
  G_OBJECT_CLASS (bounce_trial_parent_class)->finalize (object);
}

static void
bounce_trial_class_init (BounceTrialClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  const GParamFlags flags = G_PARAM_READABLE | G_PARAM_STATIC_STRINGS;

  object_class->get_property = bounce_trial_get_property;
  object_class->dispose = bounce_trial_dispose;
  object_class->finalize = bounce_trial_finalize;
  /**
   * BounceTrial:state: whether the cloud is there, a #BounceTrialState.
   */
  properties[PROP_STATE] =
      g_param_spec_int ("state", NULL, NULL, 0, BOUNCE_TRIAL_WAITING, BOUNCE_TRIAL_STARTING, flags);
  /**
   * BounceTrial:port: where the cloud listens, or is to listen; 0 for any port.
   */
  properties[PROP_PORT] = g_param_spec_uint ("port", NULL, NULL, 0, G_MAXUINT16, 0, flags);
  /**
   * BounceTrial:retry-seconds: how long a cloud that ended is waited with.
   */
  properties[PROP_RETRY_SECONDS] =
      g_param_spec_uint ("retry-seconds", NULL, NULL, 0, BOUNCE_CHILD_LAST_DELAY_SECONDS, 0, flags);
  g_object_class_install_properties (object_class, N_PROPS, properties);
}

/* What the environment names, or what is beside this program, or what was installed. */
static char *
find_program (void)
{
  const char *named = g_getenv ("BOUNCE_SANDBOX");
  g_autofree char *self_path = g_file_read_link ("/proc/self/exe", NULL);
  g_autofree char *folder = self_path != NULL ? g_path_get_dirname (self_path) : NULL;
  g_autofree char *beside = folder != NULL ? g_build_filename (folder, PROGRAM_NAME, NULL) : NULL;

  if (named != NULL)
    return g_strdup (named);
  if (beside != NULL && g_file_test (beside, G_FILE_TEST_IS_EXECUTABLE))
    return g_steal_pointer (&beside);
  return g_strdup (BOUNCE_BINDIR "/" PROGRAM_NAME);
}

static void
bounce_trial_init (BounceTrial *self)
{
  g_autofree char *random = g_uuid_string_random ();

  self->cloud = bounce_child_new ();
  g_signal_connect_object (self->cloud, "line", G_CALLBACK (line_cb), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (self->cloud, "ended", G_CALLBACK (ended_cb), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (self->cloud, "due", G_CALLBACK (due_cb), self, G_CONNECT_SWAPPED);
  self->key = g_strdup_printf ("aura_au_bounce_trial_%s_local", random);
  bounce_log_add_secret (self->key);
}

/**
 * bounce_trial_open:
 * @source: is pointed at the trial from here on
 * @folder: made by bounce_trial_make_folder()
 * @port: that of the last time, or 0
 *
 * A trial whose cloud does not run yet: until bounce_trial_start() has brought it up, there is no
 * key in effect. The program is what the environment names as BOUNCE_SANDBOX, or the one beside
 * this program, or the installed one.
 *
 * Thread: main
 * Errors: %BOUNCE_CORE_ERROR_INVALID when studies cannot be kept in @folder; then the source still
 *   says what is real
 * Returns: (transfer full): the trial; call bounce_trial_stop() in the end
 */
BounceTrial *
bounce_trial_open (BounceConfigSource *source, const char *folder, guint port, GError **error)
{
  g_autofree char *base_dir = NULL;
  BounceTrial *self;

  g_return_val_if_fail (BOUNCE_IS_CONFIG_SOURCE (source), NULL);
  g_return_val_if_fail (folder != NULL, NULL);

  base_dir = bounce_trial_dup_base_dir (folder);
  if (!bounce_config_source_override (source, NULL, NULL, base_dir, error))
    return NULL;
  self = g_object_new (BOUNCE_TYPE_TRIAL, NULL);
  self->source = g_object_ref (source);
  self->folder = g_strdup (folder);
  self->base_dir = g_steal_pointer (&base_dir);
  self->program = find_program ();
  self->port = port;
  return self;
}

/**
 * bounce_trial_get_state:
 *
 * Returns: whether the cloud is there
 */
BounceTrialState
bounce_trial_get_state (BounceTrial *self)
{
  g_return_val_if_fail (BOUNCE_IS_TRIAL (self), BOUNCE_TRIAL_WAITING);

  return self->state;
}

/**
 * bounce_trial_get_retry_seconds:
 *
 * Units: seconds
 * Returns: how long a cloud that ended is waited with
 */
guint
bounce_trial_get_retry_seconds (BounceTrial *self)
{
  g_return_val_if_fail (BOUNCE_IS_TRIAL (self), 0);

  return self->retry_seconds;
}

/**
 * bounce_trial_stop:
 *
 * Ends the cloud for good; the settings stay pointed at it. May be called twice.
 *
 * Thread: main
 */
void
bounce_trial_stop (BounceTrial *self)
{
  g_return_if_fail (BOUNCE_IS_TRIAL (self));

  self->is_stopped = TRUE;
  bounce_child_end (self->cloud);
}
