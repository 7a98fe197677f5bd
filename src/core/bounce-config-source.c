/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* Where the settings come from.
 *
 * A source has either a JSON file or GSettings. What it read is `loaded`; what is in effect is
 * `config`, which has the API key from the first place that has one: $BOUNCE_API_KEY,
 * api_key_file, api_key in the file, the keyring or its file (for the desktop, and for a headless
 * service that runs on the user's own file). The keyring answers later, then the key arrives as a
 * change. In a file that was given a wrong value is an error; in GSettings, and wherever a window
 * has to open, it is a problem, told by a signal once the main loop runs. Every key that passes
 * is registered with the log. Main thread only; files are written by a GTask thread. */

#include "config.h"

#include "bounce-config-source-private.h"

#include "bounce-core-error.h"
#include "bounce-log.h"
#include "bounce-secrets.h"

#include <string.h>

enum
{
  PROP_CONFIG = 1,
  PROP_KEY_PENDING,
  N_PROPS
};

enum
{
  CHANGED,
  PROBLEM,
  N_SIGNALS
};

static GParamSpec *properties[N_PROPS];
static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE (BounceConfigSource, bounce_config_source, G_TYPE_OBJECT)

static gboolean
emit_problems_cb (gpointer user_data)
{
  g_autoptr (BounceConfigSource) self = g_object_ref (user_data);
  g_autoptr (GPtrArray) problems = g_steal_pointer (&self->problems);

  self->problems_source = 0;
  self->problems = g_ptr_array_new_with_free_func (g_free);
  for (guint i = 0; i < problems->len; i++)
    g_signal_emit (self, signals[PROBLEM], 0, g_ptr_array_index (problems, i));
  return G_SOURCE_REMOVE;
}

/*
 * bounce_config_source_add_problem:
 * @self: a source
 * @format: a sentence for people, without the API key
 *
 * Emits "problem" once the main loop runs, so that those found while opening are heard too.
 */
void
bounce_config_source_add_problem (BounceConfigSource *self, const char *format, ...)
{
  va_list args;

  va_start (args, format);
  g_ptr_array_add (self->problems, g_strdup_vprintf (format, args));
  va_end (args);
  if (self->problems_source == 0)
    self->problems_source = g_idle_add_full (G_PRIORITY_DEFAULT, emit_problems_cb, self, NULL);
}

static BounceConfig *
use_environment (BounceConfig *loaded, const char *text, GError **error)
{
  BounceConfig *config = bounce_config_with_value (loaded, "api_key", text, error);

  if (config == NULL)
    g_prefix_error (error, "$" BOUNCE_CONFIG_SOURCE_ENVIRONMENT ": ");
  return config;
}

static BounceConfig *
use_key_file (BounceConfig *loaded, gboolean *is_open, GError **error)
{
  const char *path = bounce_config_get_api_key_file (loaded);
  g_autofree char *text = bounce_api_key_file_read (path, is_open, error);
  BounceConfig *config;

  if (text == NULL)
    {
      g_prefix_error (error, "api_key_file: ");
      return NULL;
    }
  config = bounce_config_with_value (loaded, "api_key", text, error);
  explicit_bzero (text, strlen (text));
  if (config == NULL)
    g_prefix_error (error, "%s: ", path);
  return config;
}

/* Adds the key from the first place that has one. is_open: whether others can read its file. */
static BounceConfig *
resolve_api_key (BounceConfigSource *self, BounceConfig *loaded, gboolean *is_open, GError **error)
{
  const char *text = g_getenv (BOUNCE_CONFIG_SOURCE_ENVIRONMENT);

  if (text != NULL && *text != '\0')
    return use_environment (loaded, text, error);
  if (bounce_config_get_api_key_file (loaded) != NULL)
    return use_key_file (loaded, is_open, error);
  if (bounce_config_get_api_key (loaded) == NULL && self->stored_key != NULL)
    return bounce_config_with_api_key (loaded, self->stored_key);
  return bounce_config_ref (loaded);
}

static void
apply_config (BounceConfigSource *self, BounceConfig *config)
{
  g_autoptr (BounceConfig) before = g_steal_pointer (&self->config);
  BounceApiKey *key = bounce_config_get_api_key (config);

  if (key != NULL)
    bounce_log_add_secret (bounce_api_key_get_text (key));
  self->config = bounce_config_ref (config);
  if (before == NULL || bounce_config_compare (before, config) == BOUNCE_CONFIG_CHANGE_NOTHING)
    return;
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_CONFIG]);
  g_signal_emit (self, signals[CHANGED], 0);
}

/*
 * bounce_config_source_use:
 * @self: a source
 * @loaded: what file or GSettings say
 *
 * Makes @loaded, with the key, the config in effect.
 *
 * Errors: of a file source: a key that is not valid or cannot be read.
 * Returns: %FALSE if everything stays as it was
 */
gboolean
bounce_config_source_use (BounceConfigSource *self, BounceConfig *loaded, GError **error)
{
  g_autoptr (GError) local_error = NULL;
  gboolean is_open = FALSE;
  g_autoptr (BounceConfig) config = resolve_api_key (self, loaded, &is_open, &local_error);

  if (config == NULL && self->settings == NULL)
    {
      g_propagate_error (error, g_steal_pointer (&local_error));
      return FALSE;
    }
  if (config == NULL)
    {
      bounce_config_source_add_problem (self, "%s", local_error->message);
      config = bounce_config_ref (loaded);
    }
  config = bounce_config_source_apply_override (self, g_steal_pointer (&config));
  if (is_open)
    bounce_config_source_add_problem (self, "%s holds the API key and others can read it",
                                      bounce_config_get_api_key_file (loaded));
  bounce_config_ref (loaded);
  g_clear_pointer (&self->loaded, bounce_config_unref);
  self->loaded = loaded;
  apply_config (self, config);
  return TRUE;
}

/*
 * bounce_config_source_check:
 * @self: a source
 * @loaded: what file or GSettings would say
 *
 * Errors: those of bounce_config_source_use().
 * Returns: whether bounce_config_source_use() would take @loaded; nothing changes
 */
gboolean
bounce_config_source_check (BounceConfigSource *self, BounceConfig *loaded, GError **error)
{
  gboolean is_open;
  g_autoptr (BounceConfig) config = NULL;

  if (self->settings != NULL)
    return TRUE;
  config = resolve_api_key (self, loaded, &is_open, error);
  return config != NULL;
}

static BounceConfig *
load_config (BounceConfigSource *self, GError **error)
{
  g_autoptr (GError) local_error = NULL;
  BounceConfig *config;

  if (self->settings != NULL)
    return bounce_config_settings_load (self);
  config = bounce_config_file_load (self, &local_error);
  /* The user's own file need not be there; one that was named has to. */
  if (config == NULL && self->has_stored_key
      && g_error_matches (local_error, BOUNCE_CORE_ERROR, BOUNCE_CORE_ERROR_NOT_FOUND))
    return bounce_config_new_default ();
  if (config == NULL)
    g_propagate_error (error, g_steal_pointer (&local_error));
  return config;
}

/**
 * bounce_config_source_reload:
 * @self: a source
 * @error: (out) (optional): where to put the error
 *
 * Reads everything again, as on SIGHUP; emits "changed" if something did, and "problem" for what
 * is wrong but no reason to stop.
 *
 * Thread: main thread; reads small files.
 * Errors: of a file source: %BOUNCE_CORE_ERROR_INVALID, %BOUNCE_CORE_ERROR_NOT_FOUND or
 *   %BOUNCE_CORE_ERROR_IO; then what was in effect stays in effect.
 * Returns: %TRUE when what was read is in effect
 */
gboolean
bounce_config_source_reload (BounceConfigSource *self, GError **error)
{
  g_autoptr (BounceConfig) loaded = NULL;

  g_return_val_if_fail (BOUNCE_IS_CONFIG_SOURCE (self), FALSE);

  loaded = load_config (self, error);
  return loaded != NULL && bounce_config_source_use (self, loaded, error);
}

static void
settings_changed_cb (BounceConfigSource *self)
{
  bounce_config_source_reload (self, NULL);
}

/*
 * bounce_config_source_warn_of_key_in_file:
 * @self: a source
 *
 * The visible warning that goes with a key outside of a keyring.
 */
void
bounce_config_source_warn_of_key_in_file (BounceConfigSource *self)
{
  g_autofree char *path = bounce_secrets_dup_file_path ();

  bounce_config_source_add_problem (
      self, "No keyring is available: the API key is kept in %s, which only its owner can read",
      path);
}

static void
set_key_pending (BounceConfigSource *self, gboolean is_pending)
{
  self->is_key_pending = is_pending;
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_KEY_PENDING]);
}

/* A key that was set meanwhile is newer. */
static void
use_stored_key (BounceConfigSource *self, const char *text, gboolean is_in_file)
{
  g_autoptr (GError) error = NULL;
  BounceApiKey *key;

  if (text == NULL || self->stored_key != NULL)
    return;
  key = bounce_api_key_parse (text, &error);
  if (key == NULL)
    {
      bounce_config_source_add_problem (self, "The stored API key cannot be used: %s",
                                        error->message);
      return;
    }
  if (is_in_file)
    bounce_config_source_warn_of_key_in_file (self);
  self->stored_key = key;
  self->is_stored_key_in_file = is_in_file;
  bounce_config_source_use (self, self->loaded, NULL);
}

static void
stored_key_loaded_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  BounceConfigSource *self = user_data; /* gone if cancelled */
  g_autoptr (GError) error = NULL;
  gboolean is_in_file = FALSE;
  g_autofree char *text = bounce_secrets_load_finish (result, &is_in_file, &error);

  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    return;
  if (error != NULL && self->stored_key == NULL)
    bounce_config_source_add_problem (self, "The stored API key cannot be used: %s",
                                      error->message);
  use_stored_key (self, text, is_in_file);
  set_key_pending (self, FALSE);
}

static gboolean
open_source (BounceConfigSource *self, GError **error)
{
  if (!bounce_config_source_reload (self, error))
    return FALSE;
  if (self->settings != NULL)
    g_signal_connect_object (self->settings, "changed", G_CALLBACK (settings_changed_cb), self,
                             G_CONNECT_SWAPPED);
  if (self->has_stored_key && bounce_config_get_api_key (self->config) == NULL)
    {
      self->is_key_pending = TRUE;
      bounce_secrets_load_async (self->cancellable, stored_key_loaded_cb, self);
    }
  return TRUE;
}

/**
 * bounce_config_source_open_file:
 * @path: (nullable): a settings file; %NULL for `/etc/bounce/bounce.json`, then
 *   `$XDG_CONFIG_HOME/bounce/bounce.json`, which may be missing
 * @error: (out) (optional): where to put the error
 *
 * Opens the settings of a headless service.
 *
 * Thread: main thread.
 * Errors: %BOUNCE_CORE_ERROR_NOT_FOUND if there is no such file, %BOUNCE_CORE_ERROR_INVALID with
 *   key, value and range, %BOUNCE_CORE_ERROR_IO.
 * Returns: (transfer full): the source
 */
BounceConfigSource *
bounce_config_source_open_file (const char *path, GError **error)
{
  g_autoptr (BounceConfigSource) self = g_object_new (BOUNCE_TYPE_CONFIG_SOURCE, NULL);

  self->path = path != NULL ? g_canonicalize_filename (path, NULL)
                            : bounce_config_file_find (&self->has_stored_key);
  return open_source (self, error) ? g_steal_pointer (&self) : NULL;
}

/**
 * bounce_config_source_open_settings:
 * @error: (out) (optional): where to put the error
 *
 * Opens the settings of the desktop application. Wrong values never fail.
 *
 * Thread: main thread.
 * Errors: %BOUNCE_CORE_ERROR_NOT_FOUND if the schema is not installed.
 * Returns: (transfer full): the source
 */
BounceConfigSource *
bounce_config_source_open_settings (GError **error)
{
  g_autoptr (BounceConfigSource) self = g_object_new (BOUNCE_TYPE_CONFIG_SOURCE, NULL);

  self->settings = bounce_config_settings_open (error);
  self->has_stored_key = TRUE;
  if (self->settings == NULL || !open_source (self, error))
    return NULL;
  return g_steal_pointer (&self);
}

/**
 * bounce_config_source_get_config:
 * @self: a source
 *
 * Returns: (transfer none): the settings in effect
 */
BounceConfig *
bounce_config_source_get_config (BounceConfigSource *self)
{
  g_return_val_if_fail (BOUNCE_IS_CONFIG_SOURCE (self), NULL);

  return self->config;
}

/**
 * bounce_config_source_is_key_pending:
 * @self: a source
 *
 * Returns: whether the keyring has not answered yet
 */
gboolean
bounce_config_source_is_key_pending (BounceConfigSource *self)
{
  g_return_val_if_fail (BOUNCE_IS_CONFIG_SOURCE (self), FALSE);

  return self->is_key_pending;
}

static void
bounce_config_source_get_property (GObject *object, guint id, GValue *value, GParamSpec *pspec)
{
  BounceConfigSource *self = BOUNCE_CONFIG_SOURCE (object);

  switch (id)
    {
    case PROP_CONFIG:
      g_value_set_boxed (value, self->config);
      break;
    case PROP_KEY_PENDING:
      g_value_set_boolean (value, self->is_key_pending);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
    }
}

static void
bounce_config_source_dispose (GObject *object)
{
  BounceConfigSource *self = BOUNCE_CONFIG_SOURCE (object);

  g_cancellable_cancel (self->cancellable);
  g_clear_handle_id (&self->problems_source, g_source_remove);
  g_clear_object (&self->settings);
  G_OBJECT_CLASS (bounce_config_source_parent_class)->dispose (object);
}

static void
bounce_config_source_finalize (GObject *object)
{
  BounceConfigSource *self = BOUNCE_CONFIG_SOURCE (object);

  g_free (self->path);
  g_clear_pointer (&self->loaded, bounce_config_unref);
  g_clear_pointer (&self->config, bounce_config_unref);
  g_clear_pointer (&self->stored_key, bounce_api_key_unref);
  g_clear_pointer (&self->override, bounce_config_unref);
  g_ptr_array_unref (self->problems);
  g_object_unref (self->cancellable);
  G_OBJECT_CLASS (bounce_config_source_parent_class)->finalize (object);
}

static void
bounce_config_source_class_init (BounceConfigSourceClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->get_property = bounce_config_source_get_property;
  object_class->dispose = bounce_config_source_dispose;
  object_class->finalize = bounce_config_source_finalize;

  /**
   * BounceConfigSource:config:
   *
   * The settings in effect.
   */
  properties[PROP_CONFIG] =
      g_param_spec_boxed ("config", NULL, NULL, BOUNCE_TYPE_CONFIG,
                          G_PARAM_READABLE | G_PARAM_STATIC_STRINGS | G_PARAM_EXPLICIT_NOTIFY);
  /**
   * BounceConfigSource:key-pending:
   *
   * The keyring has not answered yet: whether there is an API key is not known.
   */
  properties[PROP_KEY_PENDING] =
      g_param_spec_boolean ("key-pending", NULL, NULL, FALSE,
                            G_PARAM_READABLE | G_PARAM_STATIC_STRINGS | G_PARAM_EXPLICIT_NOTIFY);
  g_object_class_install_properties (object_class, N_PROPS, properties);

  /**
   * BounceConfigSource::changed:
   *
   * Other settings are in effect. bounce_config_compare() tells what has to be done.
   */
  signals[CHANGED] = g_signal_new ("changed", BOUNCE_TYPE_CONFIG_SOURCE, G_SIGNAL_RUN_LAST, 0, NULL,
                                   NULL, NULL, G_TYPE_NONE, 0);

  /**
   * BounceConfigSource::problem:
   * @message: a sentence
   *
   * Something about the settings needs a person: a wrong value that became its default, an
   * unknown key, an API key in a file. Never holds the API key.
   */
  signals[PROBLEM] = g_signal_new ("problem", BOUNCE_TYPE_CONFIG_SOURCE, G_SIGNAL_RUN_LAST, 0, NULL,
                                   NULL, NULL, G_TYPE_NONE, 1, G_TYPE_STRING);
}

static void
bounce_config_source_init (BounceConfigSource *self)
{
  self->problems = g_ptr_array_new_with_free_func (g_free);
  self->cancellable = g_cancellable_new ();
}
