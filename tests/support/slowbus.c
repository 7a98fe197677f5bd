/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* Preloaded: the first asynchronous connection to the bus of bounce-tray, which is the indicator's,
 * comes late, as it may on a busy machine. Once only: the file that BOUNCE_SLOWBUS names goes. */

#include <dlfcn.h>
#include <errno.h>
#include <gio/gio.h>
#include <string.h>
#include <unistd.h>

#define DELAY_MS 1000

typedef void (*BusGet) (GBusType type,
                        GCancellable *cancellable,
                        GAsyncReadyCallback callback,
                        gpointer user_data);

typedef struct
{
  GBusType type;
  GAsyncReadyCallback callback;
  gpointer user_data;
} Call;

static void
get_bus (GBusType type, GCancellable *cancellable, GAsyncReadyCallback callback, gpointer user_data)
{
  ((BusGet) dlsym (RTLD_NEXT, "g_bus_get")) (type, cancellable, callback, user_data);
}

static gboolean
late_cb (gpointer data)
{
  g_autofree Call *call = data;

  get_bus (call->type, NULL, call->callback, call->user_data);
  return G_SOURCE_REMOVE;
}

void
g_bus_get (GBusType type,
           GCancellable *cancellable,
           GAsyncReadyCallback callback,
           gpointer user_data)
{
  const Call call = { type, callback, user_data };
  const char *file = g_getenv ("BOUNCE_SLOWBUS");

  if (strcmp (program_invocation_short_name, "bounce-tray") != 0 || unlink (file) != 0)
    {
      get_bus (type, cancellable, callback, user_data);
      return;
    }
  g_timeout_add (DELAY_MS, late_cb, g_memdup2 (&call, sizeof call));
}
