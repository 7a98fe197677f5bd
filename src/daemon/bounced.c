/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* bounced: the service without a display.
 *
 * Life: settings, locks and store (blocking, before the main loop), then the bus, then the
 * receiver; `listening on ADDRESS:PORT as AETITLE` on stdout once associations are accepted.
 * SIGTERM and SIGINT drain and exit 0, SIGHUP reads the settings again. What keeps it from starting
 * is one line on stderr and a non-zero exit. No bus, or losing it, is no reason to stop.
 *
 * Threads: main only. */

#include "config.h"

#include "bounced-notify.h"
#include "bounced-options.h"

#include "bounce-file.h"
#include "bounce-log.h"
#include "bounce-paths.h"
#include "bounce-service-dbus.h"
#include "bounce-system-watch.h"

#include <glib-unix.h>

#include <locale.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#define EXIT_USAGE 2
/* Only what nobody but us may read: studies are patient data. */
#define PRIVATE_UMASK 0077
/* A bus that does not answer must not keep the receiver from starting. */
#define BUS_PATIENCE_SECONDS 5
/* The drain limit of 30 s for associations, and time for the store to close. */
#define SHUTDOWN_LIMIT_SECONDS 45

typedef struct
{
  GMainLoop *loop;            /* (owned) */
  BounceConfigSource *source; /* (owned) */
  BounceService *service;     /* (owned) */
  BounceServiceDBus *dbus;    /* (owned) (nullable) */
  BounceSystemWatch *watch;   /* (owned) */
  GCancellable *cancellable;  /* (owned) of starting */
  guint bus_timer;
  int exit_status;
  gboolean is_stopping;
} Daemon;

static void
shut_down_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Daemon *daemon = user_data;
  g_autoptr (GError) error = NULL;

  if (!bounce_service_shutdown_finish (BOUNCE_SERVICE (source), result, &error))
    {
      bounce_log (BOUNCE_LOG_ERROR, "Not everything stopped well: %s", error->message);
      daemon->exit_status = EXIT_FAILURE;
    }
  g_main_loop_quit (daemon->loop);
}

static gboolean
give_up_stopping_cb (gpointer user_data)
{
  Daemon *daemon = user_data;

  bounce_log (BOUNCE_LOG_ERROR, "Stopping took too long; what was not finished continues at the "
                                "next start");
  daemon->exit_status = EXIT_FAILURE;
  g_main_loop_quit (daemon->loop);
  return G_SOURCE_REMOVE;
}

static void
stop (Daemon *daemon)
{
  if (daemon->is_stopping)
    return;
  daemon->is_stopping = TRUE;
  bounced_notify ("STOPPING=1");
  g_cancellable_cancel (daemon->cancellable);
  if (daemon->dbus != NULL)
    bounce_service_dbus_withdraw (daemon->dbus);
  g_timeout_add_seconds (SHUTDOWN_LIMIT_SECONDS, give_up_stopping_cb, daemon);
  bounce_service_shutdown_async (daemon->service, shut_down_cb, daemon);
}

static void
quit_cb (BounceService *service, gpointer user_data)
{
  stop (user_data);
}

static gboolean
stop_cb (gpointer user_data)
{
  stop (user_data);
  return G_SOURCE_CONTINUE;
}

static gboolean
reload_cb (gpointer user_data)
{
  Daemon *daemon = user_data;

  bounce_service_reload_settings (daemon->service);
  return G_SOURCE_CONTINUE;
}

static void
receiver_started_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Daemon *daemon = user_data;
  BounceService *service = BOUNCE_SERVICE (source);
  g_autofree char *endpoint = NULL;
  g_autoptr (GError) error = NULL;

  if (!bounce_service_receiver_start_finish (service, result, &error))
    {
      if (daemon->is_stopping)
        return;
      /* The service has logged it, and the log goes to stderr: that is the one line. */
      daemon->exit_status = EXIT_FAILURE;
      stop (daemon);
      return;
    }
  endpoint = bounce_service_dup_endpoint (service);
  printf ("listening on %s as %s\n", endpoint,
          bounce_config_get_ae_title (bounce_service_get_config (service)));
  fflush (stdout);
  bounced_notify ("READY=1");
}

static void
start_receiver (Daemon *daemon)
{
  if (!daemon->is_stopping)
    bounce_service_receiver_start_async (daemon->service, daemon->cancellable, receiver_started_cb,
                                         daemon);
}

static gboolean
give_up_bus_cb (gpointer user_data)
{
  Daemon *daemon = user_data;

  daemon->bus_timer = 0;
  bounce_log (BOUNCE_LOG_WARNING, "The bus does not answer; bouncectl cannot reach this service");
  start_receiver (daemon);
  return G_SOURCE_REMOVE;
}

static void
published_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Daemon *daemon = user_data;
  g_autoptr (GError) error = NULL;

  if (!bounce_service_dbus_publish_finish (BOUNCE_SERVICE_DBUS (source), result, &error)
      && !daemon->is_stopping)
    bounce_log (BOUNCE_LOG_WARNING, "No bus, so bouncectl cannot reach this service: %s",
                error->message);
  if (daemon->bus_timer == 0)
    return; /* given up before; the receiver runs already */
  g_clear_handle_id (&daemon->bus_timer, g_source_remove);
  start_receiver (daemon);
}

static void
start (Daemon *daemon, GBusType bus)
{
  if (bus == G_BUS_TYPE_NONE)
    {
      start_receiver (daemon);
      return;
    }
  daemon->dbus = bounce_service_dbus_new (daemon->service, bus);
  daemon->bus_timer = g_timeout_add_seconds (BUS_PATIENCE_SECONDS, give_up_bus_cb, daemon);
  bounce_service_dbus_publish_async (daemon->dbus, daemon->cancellable, published_cb, daemon);
}

/* The first question about a service on somebody else's machine. */
static void
tell_places (Daemon *daemon, const BouncedOptions *options)
{
  const char *path = bounce_config_source_get_path (daemon->source);

  bounce_log (BOUNCE_LOG_INFO, "bounced %s: settings in %s%s, database in %s, studies in %s",
              BOUNCE_VERSION, path,
              g_file_test (path, G_FILE_TEST_EXISTS) ? "" : " (no such file: all defaults)",
              options->data_dir, bounce_service_get_base_dir (daemon->service));
}

static gboolean
open_service (Daemon *daemon, const BouncedOptions *options, GError **error)
{
  daemon->source = bounce_config_source_open_file (options->config_path, error);
  if (daemon->source == NULL)
    return FALSE;
  daemon->service = bounce_service_open (daemon->source, options->data_dir, error);
  if (daemon->service == NULL)
    return FALSE;
  tell_places (daemon, options);
  g_signal_connect (daemon->service, "quit", G_CALLBACK (quit_cb), daemon);
  daemon->watch = bounce_system_watch_new (daemon->service, NULL);
  return TRUE;
}

static int
run (const BouncedOptions *options)
{
  g_autoptr (GError) error = NULL;
  Daemon daemon = { .exit_status = EXIT_SUCCESS };

  if (!open_service (&daemon, options, &error))
    {
      bounce_log (BOUNCE_LOG_ERROR, "%s", error->message);
      g_clear_object (&daemon.source);
      return EXIT_FAILURE;
    }
  daemon.loop = g_main_loop_new (NULL, FALSE);
  daemon.cancellable = g_cancellable_new ();
  g_unix_signal_add (SIGTERM, stop_cb, &daemon);
  g_unix_signal_add (SIGINT, stop_cb, &daemon);
  g_unix_signal_add (SIGHUP, reload_cb, &daemon);
  start (&daemon, options->bus);
  g_main_loop_run (daemon.loop);
  g_clear_object (&daemon.watch);
  g_clear_object (&daemon.dbus);
  g_clear_object (&daemon.service);
  g_clear_object (&daemon.source);
  g_clear_object (&daemon.cancellable);
  g_main_loop_unref (daemon.loop);
  return daemon.exit_status;
}

int
main (int argc, char **argv)
{
  g_auto (BouncedOptions) options = { NULL };
  g_autofree char *state_dir = NULL;
  g_autoptr (GError) error = NULL;
  int status;

  setlocale (LC_CTYPE, ""); /* the help has an ellipsis; what is logged stays English */
  if (!bounced_options_parse (&options, &argc, &argv, &error))
    {
      fprintf (stderr, "bounced: %s; see bounced --help\n", error->message);
      return EXIT_USAGE;
    }
  if (options.is_version)
    {
      printf ("bounced %s\n", BOUNCE_VERSION);
      return EXIT_SUCCESS;
    }
  umask (PRIVATE_UMASK);
  signal (SIGPIPE, SIG_IGN);
  bounce_file_raise_descriptor_limit ();
  state_dir = bounce_paths_state_dir ();
  /* Without its file the log still goes to stderr; that is no reason not to receive. */
  if (!bounce_log_start (state_dir, &error))
    fprintf (stderr, "bounced: no log file: %s\n", error->message);
  status = run (&options);
  bounce_log_stop ();
  return status;
}
