/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* bouncectl watch: the service's events as they happen, a line each, until interrupted (exit 0) or
 * until the service goes (exit 3). With --json, {"event": …, "payload": …} with the document's
 * event names and payloads. */

#include "config.h"

#include "bounce-ctl-table.h"
#include "bounce-ctl.h"

#include "bounce-progress.h"
#include "bounce-wording.h"

#include <glib-unix.h>

#include <signal.h>
#include <stdio.h>
#include <string.h>

#define BUS_NAME    "cloud.aurabox.Bounce.Service"
#define OBJECT_PATH "/cloud/aurabox/Bounce"
#define INTERFACE   "cloud.aurabox.Bounce1"

typedef struct
{
  GMainLoop *loop; /* (owned) */
  gboolean is_json;
  BounceCtlExit exit;
} Watch;

/* How one D-Bus signal is told. */
typedef struct
{
  const char *signal;
  const char *event; /* the document's name */
  GVariant *(*payload) (GVariant *parameters);
  char *(*describe) (GVariant *parameters);
} Kind;

static GVariant *
get_first (GVariant *parameters)
{
  return g_variant_get_child_value (parameters, 0);
}

static char *
describe_log (GVariant *parameters)
{
  const char *text;

  g_variant_get (parameters, "(&s)", &text);
  return bounce_ctl_text_clean (text);
}

static GVariant *
build_queued (GVariant *parameters)
{
  g_autoptr (GVariant) study_uid = g_variant_get_child_value (parameters, 0);
  GVariantBuilder builder;

  g_variant_builder_init (&builder, G_VARIANT_TYPE_VARDICT);
  g_variant_builder_add (&builder, "{sv}", "study_uid", study_uid);
  return g_variant_ref_sink (g_variant_builder_end (&builder));
}

static char *
describe_queued (GVariant *parameters)
{
  const char *study_uid;

  g_variant_get (parameters, "(&s)", &study_uid);
  return g_strdup_printf ("%s is arriving", study_uid);
}

static GVariant *
build_progress (GVariant *parameters)
{
  static const char *const names[] = { "study_uid", "uploaded", "total", "progress" };
  GVariantBuilder builder;

  g_variant_builder_init (&builder, G_VARIANT_TYPE_VARDICT);
  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    {
      g_autoptr (GVariant) value = g_variant_get_child_value (parameters, i);

      g_variant_builder_add (&builder, "{sv}", names[i], value);
    }
  return g_variant_ref_sink (g_variant_builder_end (&builder));
}

static char *
describe_progress (GVariant *parameters)
{
  const char *study_uid;
  guint64 uploaded, total;
  double progress;

  g_variant_get (parameters, "(&sttd)", &study_uid, &uploaded, &total, &progress);
  if (bounce_progress_is_finishing (uploaded, total))
    {
      g_autofree char *finishing = bounce_wording_finishing ();

      return g_strdup_printf ("%s %s (%" G_GUINT64_FORMAT " bytes)", study_uid, finishing, total);
    }
  return g_strdup_printf ("%s %.0f %% (%" G_GUINT64_FORMAT " of %" G_GUINT64_FORMAT " bytes)",
                          study_uid, progress, uploaded, total);
}

static char *
describe_changed (GVariant *parameters)
{
  g_autoptr (GVariant) uids = g_variant_get_child_value (parameters, 0);
  g_autofree const char **texts = g_variant_get_strv (uids, NULL);

  return g_strjoinv (" ", (char **) texts);
}

static char *
describe_event (GVariant *parameters)
{
  g_autoptr (GVariant) event = g_variant_get_child_value (parameters, 0);
  const char *text = NULL;

  g_variant_lookup (event, "text", "&s", &text);
  return bounce_ctl_text_clean (text);
}

static const Kind kinds[] = {
  { "Log", "log", get_first, describe_log },
  { "QueueStudy", "queue-study", build_queued, describe_queued },
  { "UploadProgress", "upload-progress", build_progress, describe_progress },
  { "StudiesChanged", "studies-changed", get_first, describe_changed },
  { "Event", "event", get_first, describe_event },
};

static const Kind *
find_kind (const char *signal)
{
  for (guint i = 0; i < G_N_ELEMENTS (kinds); i++)
    if (strcmp (kinds[i].signal, signal) == 0)
      return &kinds[i];
  return NULL;
}

static void
print_json (const Kind *kind, GVariant *parameters)
{
  g_autoptr (GVariant) payload = kind->payload (parameters);
  g_autoptr (GVariant) line = NULL;
  GVariantBuilder builder;

  g_variant_builder_init (&builder, G_VARIANT_TYPE_VARDICT);
  g_variant_builder_add (&builder, "{sv}", "event", g_variant_new_string (kind->event));
  g_variant_builder_add (&builder, "{sv}", "payload", payload);
  line = g_variant_ref_sink (g_variant_builder_end (&builder));
  bounce_ctl_print_json_line (line);
}

static void
signal_cb (GDBusConnection *connection,
           const char *sender,
           const char *path,
           const char *interface,
           const char *signal,
           GVariant *parameters,
           gpointer user_data)
{
  Watch *watch = user_data;
  const Kind *kind = find_kind (signal);
  g_autofree char *text = NULL;

  if (kind == NULL)
    return; /* of a newer service */
  if (watch->is_json)
    {
      print_json (kind, parameters);
      return;
    }
  text = kind->describe (parameters);
  printf ("%-16s%s\n", kind->event, text);
  fflush (stdout);
}

static gboolean
interrupted_cb (gpointer user_data)
{
  Watch *watch = user_data;

  g_main_loop_quit (watch->loop);
  return G_SOURCE_CONTINUE;
}

static void
service_vanished_cb (GDBusConnection *connection, const char *name, gpointer user_data)
{
  Watch *watch = user_data;

  watch->exit = BOUNCE_CTL_NO_SERVICE;
  g_main_loop_quit (watch->loop);
}

/* A bus does not tell a listener that it may not hear: silence would look like a quiet service. */
static BounceCtlExit
check_permitted (BounceCtl *ctl)
{
  BounceCtlExit exit;
  GVariant *reply = bounce_ctl_call (ctl, "GetStatus", NULL, "(a{sv})", &exit);

  g_clear_pointer (&reply, g_variant_unref);
  return exit;
}

static BounceCtlExit
watch_until_interrupted (BounceCtl *ctl, Watch *watch)
{
  guint subscription =
      g_dbus_connection_signal_subscribe (ctl->connection, BUS_NAME, INTERFACE, NULL, OBJECT_PATH,
                                          NULL, G_DBUS_SIGNAL_FLAGS_NONE, signal_cb, watch, NULL);
  guint name_watch =
      g_bus_watch_name_on_connection (ctl->connection, BUS_NAME, G_BUS_NAME_WATCHER_FLAGS_NONE,
                                      NULL, service_vanished_cb, watch, NULL);
  guint interrupt = g_unix_signal_add (SIGINT, interrupted_cb, watch);
  guint terminate = g_unix_signal_add (SIGTERM, interrupted_cb, watch);

  g_main_loop_run (watch->loop);
  g_source_remove (interrupt);
  g_source_remove (terminate);
  g_bus_unwatch_name (name_watch);
  g_dbus_connection_signal_unsubscribe (ctl->connection, subscription);
  return watch->exit == BOUNCE_CTL_NO_SERVICE ? bounce_ctl_no_service (ctl) : watch->exit;
}

/**
 * bounce_ctl_run_watch:
 *
 * `bouncectl watch [--json]`.
 *
 * Source: API document, "Events"; design section 6
 */
BounceCtlExit
bounce_ctl_run_watch (BounceCtl *ctl, int argc, char **argv)
{
  Watch watch = { .exit = BOUNCE_CTL_DONE };
  const GOptionEntry entries[] = {
    { "json", 'j', 0, G_OPTION_ARG_NONE, &watch.is_json, "Print an object a line", NULL },
    { NULL },
  };
  BounceCtlExit exit;

  if (!bounce_ctl_parse (ctl, entries, 0, 0, &argc, &argv))
    return BOUNCE_CTL_USAGE;
  exit = check_permitted (ctl);
  if (exit != BOUNCE_CTL_DONE)
    return exit;
  watch.loop = g_main_loop_new (NULL, FALSE);
  exit = watch_until_interrupted (ctl, &watch);
  g_main_loop_unref (watch.loop);
  return exit;
}
