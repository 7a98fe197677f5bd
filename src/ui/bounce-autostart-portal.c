/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* Asking the desktop, from inside a sandbox, to start Bounce at login. By GDBus, because libportal
 * 0.6 crashes where there is no bus.
 *
 * The portal answers twice: the call returns a request object, and that object's signal Response
 * has the result. The object's path can be known beforehand from our name on the bus and a token,
 * and the signal is listened to before the call, or a quick answer would be missed. Main thread. */

#include "config.h"

#include "bounce-autostart-portal.h"

#include <glib/gi18n.h>

#define PORTAL_NAME       "org.freedesktop.portal.Desktop"
#define PORTAL_PATH       "/org/freedesktop/portal/desktop"
#define REQUEST_INTERFACE "org.freedesktop.portal.Request"
#define PORTAL_INTERFACE  "org.freedesktop.portal.Background"

typedef struct
{
  GDBusConnection *connection; /* (owned) (nullable) until there is a bus */
  char *token;                 /* (owned) */
  guint subscription;
  GSource *cancel_source; /* (owned) (nullable) while the answer is waited for */
  gboolean is_enabled;    /* what is wanted, then what is so */
} Request;

static void
stop_listening (Request *request)
{
  if (request->subscription != 0)
    g_dbus_connection_signal_unsubscribe (request->connection, request->subscription);
  request->subscription = 0;
  if (request->cancel_source != NULL)
    g_source_destroy (request->cancel_source);
  g_clear_pointer (&request->cancel_source, g_source_unref);
}

static void
free_request (gpointer data)
{
  Request *request = data;

  stop_listening (request);
  g_clear_object (&request->connection);
  g_free (request->token);
  g_free (request);
}

/* The subscription held a reference to the task, and gives it back after this. */
static void
responded_cb (GDBusConnection *connection,
              const char *sender,
              const char *path,
              const char *interface,
              const char *signal,
              GVariant *parameters,
              gpointer user_data)
{
  g_autoptr (GTask) task = g_object_ref (user_data);
  Request *request = g_task_get_task_data (task);
  g_autoptr (GVariant) results = NULL;
  gboolean is_enabled = FALSE;
  guint32 response;

  stop_listening (request);
  if (g_task_get_completed (task))
    return;
  g_variant_get (parameters, "(u@a{sv})", &response, &results);
  if (!g_variant_lookup (results, "autostart", "b", &is_enabled))
    is_enabled = FALSE;
  if (response != 0 || (request->is_enabled && !is_enabled))
    {
      g_task_return_new_error (task, G_IO_ERROR, G_IO_ERROR_PERMISSION_DENIED, "%s",
                               _ ("the desktop does not allow it"));
      return;
    }
  request->is_enabled = is_enabled;
  g_task_return_boolean (task, TRUE);
}

static gboolean
cancelled_cb (GCancellable *cancellable, gpointer user_data)
{
  g_autoptr (GTask) task = g_object_ref (user_data);

  stop_listening (g_task_get_task_data (task));
  g_task_return_error_if_cancelled (task);
  return G_SOURCE_REMOVE;
}

static void
called_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  GError *error = NULL;
  g_autoptr (GVariant) reply =
      g_dbus_connection_call_finish (G_DBUS_CONNECTION (source), result, &error);

  if (reply != NULL)
    return; /* the signal tells */
  stop_listening (g_task_get_task_data (task));
  if (g_task_get_completed (task))
    g_error_free (error);
  else
    g_task_return_error (task, error);
}

static GVariant *
make_arguments (const Request *request)
{
  static const char *const command[] = { "bounce", "--background", NULL };
  GVariantBuilder options;

  g_variant_builder_init (&options, G_VARIANT_TYPE_VARDICT);
  g_variant_builder_add (&options, "{sv}", "handle_token", g_variant_new_string (request->token));
  g_variant_builder_add (&options, "{sv}", "reason",
                         g_variant_new_string (_ ("Receive studies from login on")));
  g_variant_builder_add (&options, "{sv}", "autostart",
                         g_variant_new_boolean (request->is_enabled));
  g_variant_builder_add (&options, "{sv}", "commandline", g_variant_new_strv (command, -1));
  return g_variant_new ("(sa{sv})", "", &options);
}

static void
ask (GTask *task)
{
  Request *request = g_task_get_task_data (task);
  g_autofree char *name = g_strdelimit (
      g_strdup (g_dbus_connection_get_unique_name (request->connection) + 1), ".", '_');
  g_autofree char *path = g_strdup_printf (PORTAL_PATH "/request/%s/%s", name, request->token);

  request->subscription = g_dbus_connection_signal_subscribe (
      request->connection, PORTAL_NAME, REQUEST_INTERFACE, "Response", path, NULL,
      G_DBUS_SIGNAL_FLAGS_NONE, responded_cb, g_object_ref (task), g_object_unref);
  if (g_task_get_cancellable (task) != NULL)
    {
      request->cancel_source = g_cancellable_source_new (g_task_get_cancellable (task));
      g_task_attach_source (task, request->cancel_source, G_SOURCE_FUNC (cancelled_cb));
    }
  g_dbus_connection_call (request->connection, PORTAL_NAME, PORTAL_PATH, PORTAL_INTERFACE,
                          "RequestBackground", make_arguments (request), G_VARIANT_TYPE ("(o)"),
                          G_DBUS_CALL_FLAGS_NONE, -1, g_task_get_cancellable (task), called_cb,
                          g_object_ref (task));
}

static void
bus_got_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  Request *request = g_task_get_task_data (task);
  GError *error = NULL;

  request->connection = g_bus_get_finish (result, &error);
  if (request->connection != NULL)
    ask (task);
  else
    g_task_return_error (task, error);
}

/**
 * bounce_autostart_portal_request_async:
 * @is_enabled: whether Bounce should start at login
 *
 * Asks the portal, which may ask the user.
 *
 * Thread: main
 */
void
bounce_autostart_portal_request_async (gboolean is_enabled,
                                       GCancellable *cancellable,
                                       GAsyncReadyCallback callback,
                                       gpointer user_data)
{
  g_autoptr (GTask) task = g_task_new (NULL, cancellable, callback, user_data);
  Request *request;

  g_task_set_source_tag (task, bounce_autostart_portal_request_async);
  /* The connection is shared: one that failed to be made would be everybody's. */
  if (g_task_return_error_if_cancelled (task))
    return;
  request = g_new0 (Request, 1);
  request->is_enabled = is_enabled;
  request->token = g_strdup_printf ("bounce%u", g_random_int ());
  g_task_set_task_data (task, request, free_request);
  g_bus_get (G_BUS_TYPE_SESSION, NULL, bus_got_cb, g_steal_pointer (&task));
}

/**
 * bounce_autostart_portal_request_finish:
 * @is_enabled: (out): what is so now
 *
 * Thread: main
 * Errors: %G_IO_ERROR_PERMISSION_DENIED when the portal or the user refused; #GIOError and
 *   #GDBusError without a bus or a portal
 * Source: org.freedesktop.portal.Background, RequestBackground
 * Returns: whether it is as it was wanted
 */
gboolean
bounce_autostart_portal_request_finish (GAsyncResult *result, gboolean *is_enabled, GError **error)
{
  Request *request;

  g_return_val_if_fail (g_task_is_valid (result, NULL), FALSE);

  request = g_task_get_task_data (G_TASK (result));
  if (!g_task_propagate_boolean (G_TASK (result), error))
    return FALSE;
  *is_enabled = request->is_enabled;
  return TRUE;
}
