/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* The application object: command line, single instance, startup, the window, quitting.
 *
 * Life: the first process of a session becomes the primary instance, opens the service in startup
 * and keeps running without a window for as long as it hosts the service; a later `bounce` only
 * asks it to show the window. Quitting stops the service first, in its own bounded time.
 *
 * Threads: main only. Hosting is in bounce-application-host.c, why it is not possible in
 * -problem.c, the machine and the login session in -session.c, the actions in -actions.c. */

#include "config.h"

#include "bounce-application-private.h"

#include "bounce-application-tray.h"
#include "bounce-button-names.h"
#include "bounce-log.h"
#include "bounce-paths.h"

#include <glib/gi18n.h>
#include <stdlib.h>

#define DESKTOP_SCHEMA "cloud.aurabox.Bounce.Desktop"

G_DEFINE_FINAL_TYPE (BounceApplication, bounce_application, ADW_TYPE_APPLICATION)

enum
{
  PROP_0,
  PROP_SERVICE,
  PROP_TRAY_PRESENT,
  N_PROPS,
};

static GParamSpec *properties[N_PROPS];

/* A missing schema is an installation fault that must be told, and g_settings_new() would abort. */
static GSettings *
open_desktop_settings (void)
{
  GSettingsSchemaSource *source = g_settings_schema_source_get_default ();
  g_autoptr (GSettingsSchema) schema = NULL;

  if (source != NULL)
    schema = g_settings_schema_source_lookup (source, DESKTOP_SCHEMA, TRUE);
  return schema != NULL ? g_settings_new_full (schema, NULL, NULL) : NULL;
}

static void
window_destroyed_cb (BounceApplication *self)
{
  self->window = NULL;
}

/**
 * bounce_application_show_window:
 *
 * Brings the window to the front, or tells why there is none.
 *
 * Thread: main
 */
void
bounce_application_show_window (BounceApplication *self)
{
  g_return_if_fail (BOUNCE_IS_APPLICATION (self));

  if (self->is_quitting)
    return;
  if (self->service == NULL)
    {
      bounce_application_tell_not_open (self);
      return;
    }
  if (self->window == NULL)
    {
      self->window = bounce_window_new (self);
      g_signal_connect_object (self->window, "destroy", G_CALLBACK (window_destroyed_cb), self,
                               G_CONNECT_SWAPPED);
    }
  gtk_window_present (GTK_WINDOW (self->window));
  bounce_application_offer_assistant (self);
  bounce_application_show_trial_notices (self);
}

/**
 * bounce_application_serve: (skip)
 *
 * The service is open: brings everything to life that stands on it.
 */
void
bounce_application_serve (BounceApplication *self)
{
  self->summary = bounce_status_summary_new (self->service);
  bounce_application_watch_session (self);
  bounce_application_connect_actions (self);
  bounce_application_follow_trial (self);
  bounce_application_add_trial_actions (self);
  bounce_application_add_assistant_action (self);
  bounce_application_start_tray (self);
  g_application_hold (G_APPLICATION (self));
  if (g_settings_get_boolean (self->desktop_settings, "start-receiver"))
    bounce_application_start_receiver (self);
}

static void
bounce_application_startup (GApplication *application)
{
  BounceApplication *self = BOUNCE_APPLICATION (application);
  g_autoptr (GError) error = NULL;

  /* GTK 4.8 exports the accessible tree below the application's path on the session bus, which it
   * has not without one, and ends the process. */
  if (g_application_get_dbus_connection (application) == NULL)
    g_setenv ("GTK_A11Y", "none", TRUE);
  G_APPLICATION_CLASS (bounce_application_parent_class)->startup (application);
  gtk_window_set_default_icon_name (BOUNCE_APPLICATION_ID);
  bounce_button_names_install ();
  self->state_dir = bounce_paths_state_dir ();
  if (!bounce_log_start (self->state_dir, &error))
    g_printerr ("bounce: %s\n", error->message);
  self->desktop_settings = open_desktop_settings ();
  bounce_application_add_actions (self);
  bounce_application_join_session (self);
  if (bounce_application_open_service (self, &self->open_error))
    bounce_application_serve (self);
  else
    bounce_log (BOUNCE_LOG_ERROR, "%s", self->open_error->message);
}

/* The session manager, too, may end the main loop: the service stops in its order all the same. */
static void
bounce_application_shutdown (GApplication *application)
{
  BounceApplication *self = BOUNCE_APPLICATION (application);

  bounce_application_await_closed (self);
  bounce_application_leave_session (self);
  G_APPLICATION_CLASS (bounce_application_parent_class)->shutdown (application);
}

static void
bounce_application_activate (GApplication *application)
{
  bounce_application_show_window (BOUNCE_APPLICATION (application));
}

static int
bounce_application_command_line (GApplication *application, GApplicationCommandLine *line)
{
  BounceApplication *self = BOUNCE_APPLICATION (application);
  GVariantDict *options = g_application_command_line_get_options_dict (line);

  gboolean is_preferences = g_variant_dict_contains (options, "preferences");

  /* In the background too, a service that cannot start must be seen. */
  if (g_variant_dict_contains (options, "background") && !is_preferences && self->service != NULL)
    return EXIT_SUCCESS;
  g_application_activate (application);
  if (is_preferences)
    bounce_application_show_preferences (self, NULL);
  return EXIT_SUCCESS;
}

static int
bounce_application_handle_local_options (GApplication *application, GVariantDict *options)
{
  if (g_variant_dict_contains (options, "version"))
    {
      g_print ("bounce %s\n", BOUNCE_VERSION);
      return EXIT_SUCCESS;
    }
  return -1; /* go on */
}

/**
 * bounce_application_tell:
 * @text: a translated sentence
 *
 * Shows @text for a moment in the window, if there is one, or in the assistant that covers it.
 *
 * Thread: main
 */
void
bounce_application_tell (BounceApplication *self, const char *text)
{
  g_return_if_fail (BOUNCE_IS_APPLICATION (self));

  if (self->assistant != NULL)
    gtk_widget_activate_action (GTK_WIDGET (self->assistant), "win.tell", "s", text);
  else if (self->window != NULL)
    bounce_window_add_toast (self->window, text);
}

/**
 * bounce_application_tell_error:
 * @title: (nullable): what could not be done, translated
 *
 * Thread: main
 */
void
bounce_application_tell_error (BounceApplication *self, const char *title, const GError *error)
{
  g_autofree char *text = NULL;

  g_return_if_fail (BOUNCE_IS_APPLICATION (self));
  g_return_if_fail (error != NULL);

  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    return;
  text =
      title != NULL ? g_strdup_printf ("%s: %s", title, error->message) : g_strdup (error->message);
  bounce_application_tell (self, text);
}

static void
bounce_application_get_property (GObject *object, guint id, GValue *value, GParamSpec *pspec)
{
  BounceApplication *self = BOUNCE_APPLICATION (object);

  switch (id)
    {
    case PROP_SERVICE:
      g_value_set_object (value, self->service);
      break;
    case PROP_TRAY_PRESENT:
      g_value_set_boolean (value, self->is_tray_present);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
    }
}

static void
bounce_application_set_property (GObject *object, guint id, const GValue *value, GParamSpec *pspec)
{
  if (id == PROP_TRAY_PRESENT)
    bounce_application_set_tray_present (BOUNCE_APPLICATION (object), g_value_get_boolean (value));
  else
    G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
}

static void
bounce_application_dispose (GObject *object)
{
  BounceApplication *self = BOUNCE_APPLICATION (object);

  g_clear_object (&self->watch);
  g_clear_object (&self->trial);
  g_clear_object (&self->summary);
  g_clear_object (&self->dbus);
  g_clear_object (&self->service);
  g_clear_object (&self->source);
  g_clear_object (&self->desktop_settings);
  g_clear_error (&self->open_error);
  g_clear_pointer (&self->state_dir, g_free);
  for (guint i = 0; i < BOUNCE_N_TRIAL_NOTICES; i++)
    g_clear_pointer (&self->trial_notices[i], g_free);
  G_OBJECT_CLASS (bounce_application_parent_class)->dispose (object);
}

static void
bounce_application_class_init (BounceApplicationClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GApplicationClass *application_class = G_APPLICATION_CLASS (klass);

  object_class->get_property = bounce_application_get_property;
  object_class->set_property = bounce_application_set_property;
  object_class->dispose = bounce_application_dispose;
  application_class->startup = bounce_application_startup;
  application_class->shutdown = bounce_application_shutdown;
  application_class->activate = bounce_application_activate;
  application_class->command_line = bounce_application_command_line;
  application_class->handle_local_options = bounce_application_handle_local_options;
  /**
   * BounceApplication:service: (nullable): the hosted service.
   */
  properties[PROP_SERVICE] = g_param_spec_object ("service", NULL, NULL, BOUNCE_TYPE_SERVICE,
                                                  G_PARAM_READABLE | G_PARAM_STATIC_STRINGS);
  /**
   * BounceApplication:tray-present: an icon in a tray leads back to a hidden window.
   */
  properties[PROP_TRAY_PRESENT] =
      g_param_spec_boolean ("tray-present", NULL, NULL, FALSE,
                            G_PARAM_READWRITE | G_PARAM_EXPLICIT_NOTIFY | G_PARAM_STATIC_STRINGS);
  g_object_class_install_properties (object_class, N_PROPS, properties);
}

static void
bounce_application_init (BounceApplication *self)
{
  static const GOptionEntry entries[] = {
    { "background", 'b', 0, G_OPTION_ARG_NONE, NULL,
      N_ ("Start without a window, for the login session"), NULL },
    { "preferences", 0, 0, G_OPTION_ARG_NONE, NULL, N_ ("Show the preferences"), NULL },
    { "version", 0, 0, G_OPTION_ARG_NONE, NULL, N_ ("Print the version and exit"), NULL },
    { NULL },
  };

  g_application_add_main_option_entries (G_APPLICATION (self), entries);
}

/**
 * bounce_application_new:
 *
 * Returns: (transfer full): the application, to be run once
 */
BounceApplication *
bounce_application_new (void)
{
  return g_object_new (BOUNCE_TYPE_APPLICATION, "application-id", BOUNCE_APPLICATION_ID, "flags",
                       G_APPLICATION_HANDLES_COMMAND_LINE, "register-session", TRUE, NULL);
}

/**
 * bounce_application_get_service:
 *
 * Returns: (transfer none) (nullable): the hosted service; none when it could not be opened
 */
BounceService *
bounce_application_get_service (BounceApplication *self)
{
  g_return_val_if_fail (BOUNCE_IS_APPLICATION (self), NULL);

  return self->service;
}

/**
 * bounce_application_get_desktop_settings:
 *
 * Returns: (transfer none) (nullable): what the window remembers; none without its schema
 */
GSettings *
bounce_application_get_desktop_settings (BounceApplication *self)
{
  g_return_val_if_fail (BOUNCE_IS_APPLICATION (self), NULL);

  return self->desktop_settings;
}

/**
 * bounce_application_get_summary:
 *
 * Returns: (transfer none) (nullable): how the service is, at a glance; none without a service
 */
BounceStatusSummary *
bounce_application_get_summary (BounceApplication *self)
{
  g_return_val_if_fail (BOUNCE_IS_APPLICATION (self), NULL);

  return self->summary;
}

/**
 * bounce_application_get_tray_present:
 *
 * Returns: whether closing the window may hide it
 */
gboolean
bounce_application_get_tray_present (BounceApplication *self)
{
  g_return_val_if_fail (BOUNCE_IS_APPLICATION (self), FALSE);

  return self->is_tray_present;
}

/**
 * bounce_application_set_tray_present:
 *
 * A hidden window comes back when the tray goes: nobody may lose the application.
 *
 * Thread: main
 */
void
bounce_application_set_tray_present (BounceApplication *self, gboolean is_present)
{
  g_return_if_fail (BOUNCE_IS_APPLICATION (self));

  if (self->is_tray_present == is_present)
    return;
  self->is_tray_present = is_present;
  if (!is_present && self->window != NULL && !gtk_widget_get_visible (GTK_WIDGET (self->window)))
    gtk_window_present (GTK_WINDOW (self->window));
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_TRAY_PRESENT]);
}
