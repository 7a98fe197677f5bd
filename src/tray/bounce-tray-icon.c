/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* The icon in the tray. What it shows comes from the state of the action tray-status: a{sv} with
 * "state" (stopped, idle, receiving, uploading, attention), "label" (a sentence) and "studies"
 * (a(ss): UID and text). Changes come one by one and are drawn once per turn of the main loop.
 *
 * The library finds the host and its own connection by two calls side by side; when the host comes
 * first, as on a busy machine, it gives up without a word, and there is no icon for good; nor can
 * this process make another. "given-up" tells that a host has not got the icon within seconds.
 *
 * Without a host the indicator would put up an old-style status icon beside the window, which is
 * no tray: the fallback is taken away, and "host-changed" tells that nobody shows the icon.
 *
 * Main thread. */

#include "config.h"

#include "bounce-tray-icon.h"

#include "bounce-tray-menu.h"

#include <glib/gi18n.h>
#include <libayatana-appindicator/app-indicator.h>

#define HOST_NAME        "org.kde.StatusNotifierWatcher"
#define PATIENCE_SECONDS 3

struct _BounceTrayIcon
{
  GObject parent_instance;

  GActionGroup *actions;   /* (owned) */
  AppIndicator *indicator; /* (owned) */
  BounceTrayMenu *menu;    /* (owned) */
  guint update_id;
  guint watch_id; /* of the host's name */
  guint check_id; /* a host is there, the icon may not be in it */
};

G_DEFINE_FINAL_TYPE (BounceTrayIcon, bounce_tray_icon, G_TYPE_OBJECT)

static guint host_changed_signal, given_up_signal;

/* An indicator that never falls back. */
typedef struct
{
  AppIndicator parent_instance;
} BounceIndicator;

typedef struct
{
  AppIndicatorClass parent_class;
} BounceIndicatorClass;

static GType bounce_indicator_get_type (void);
G_DEFINE_TYPE (BounceIndicator, bounce_indicator, APP_INDICATOR_TYPE)

static GtkStatusIcon *
refuse_fallback (AppIndicator *indicator)
{
  return NULL;
}

static void
refuse_unfallback (AppIndicator *indicator, GtkStatusIcon *status_icon)
{
}

static void
bounce_indicator_class_init (BounceIndicatorClass *klass)
{
  AppIndicatorClass *indicator_class = (AppIndicatorClass *) klass;

  indicator_class->fallback = refuse_fallback;
  indicator_class->unfallback = refuse_unfallback;
}

static void
bounce_indicator_init (BounceIndicator *self)
{
}

/* Only names that there is an icon for. */
static const char *
get_icon_name (GVariant *status)
{
  static const char *const states[] = { "stopped", "idle", "receiving", "uploading", "attention" };
  static const char *const icons[] = {
    BOUNCE_APPLICATION_ID "-tray-stopped",   BOUNCE_APPLICATION_ID "-tray-idle",
    BOUNCE_APPLICATION_ID "-tray-receiving", BOUNCE_APPLICATION_ID "-tray-uploading",
    BOUNCE_APPLICATION_ID "-tray-attention",
  };
  const char *state;

  if (status != NULL && g_variant_lookup (status, "state", "&s", &state))
    for (guint i = 0; i < G_N_ELEMENTS (states); i++)
      if (g_str_equal (states[i], state))
        return icons[i];
  return icons[0];
}

static char *
describe (GVariant *status)
{
  const char *label;

  if (status != NULL && g_variant_lookup (status, "label", "&s", &label))
    return g_strdup_printf (_ ("Bounce: %s"), label);
  return g_strdup (_ ("Bounce"));
}

static GVariant *
get_status (BounceTrayIcon *self)
{
  g_autoptr (GVariant) status = g_action_group_get_action_state (self->actions, "tray-status");

  if (status == NULL || !g_variant_is_of_type (status, G_VARIANT_TYPE_VARDICT))
    return NULL;
  return g_steal_pointer (&status);
}

static gboolean
update_cb (gpointer user_data)
{
  BounceTrayIcon *self = user_data;
  g_autoptr (GVariant) status = get_status (self);
  g_autofree char *description = describe (status);
  const char *icon = get_icon_name (status);
  gboolean is_attention = g_str_has_suffix (icon, "-attention");

  self->update_id = 0;
  app_indicator_set_icon_full (self->indicator, icon, description);
  app_indicator_set_attention_icon_full (self->indicator, icon, description);
  app_indicator_set_status (self->indicator, is_attention ? APP_INDICATOR_STATUS_ATTENTION
                                                          : APP_INDICATOR_STATUS_ACTIVE);
  app_indicator_set_title (self->indicator, description);
  bounce_tray_menu_update (self->menu, status);
  return G_SOURCE_REMOVE;
}

static void
actions_changed_cb (BounceTrayIcon *self)
{
  if (self->update_id == 0)
    self->update_id = g_idle_add (update_cb, self);
}

static void
connection_changed_cb (BounceTrayIcon *self, gboolean is_connected)
{
  g_signal_emit (self, host_changed_signal, 0, is_connected);
}

static gboolean
check_cb (gpointer user_data)
{
  BounceTrayIcon *self = user_data;
  gboolean is_connected;

  self->check_id = 0;
  g_object_get (self->indicator, "connected", &is_connected, NULL);
  if (!is_connected)
    g_signal_emit (self, given_up_signal, 0);
  return G_SOURCE_REMOVE;
}

static void
host_appeared_cb (GDBusConnection *connection,
                  const char *name,
                  const char *owner,
                  gpointer user_data)
{
  BounceTrayIcon *self = user_data;

  if (self->check_id == 0)
    self->check_id = g_timeout_add_seconds (PATIENCE_SECONDS, check_cb, self);
}

static void
host_vanished_cb (GDBusConnection *connection, const char *name, gpointer user_data)
{
  BounceTrayIcon *self = user_data;

  g_clear_handle_id (&self->check_id, g_source_remove);
}

static void
connect_actions (BounceTrayIcon *self)
{
  static const char *const signals[] = { "action-added", "action-removed", "action-enabled-changed",
                                         "action-state-changed" };
  g_auto (GStrv) names = NULL;

  for (guint i = 0; i < G_N_ELEMENTS (signals); i++)
    g_signal_connect_object (self->actions, signals[i], G_CALLBACK (actions_changed_cb), self,
                             G_CONNECT_SWAPPED);
  /* Without this call a GDBusActionGroup never tells of a change. */
  names = g_action_group_list_actions (self->actions);
}

static void
bounce_tray_icon_dispose (GObject *object)
{
  BounceTrayIcon *self = BOUNCE_TRAY_ICON (object);

  g_clear_handle_id (&self->watch_id, g_bus_unwatch_name);
  g_clear_handle_id (&self->check_id, g_source_remove);
  g_clear_handle_id (&self->update_id, g_source_remove);
  g_clear_object (&self->indicator);
  g_clear_object (&self->menu);
  g_clear_object (&self->actions);
  G_OBJECT_CLASS (bounce_tray_icon_parent_class)->dispose (object);
}

static void
bounce_tray_icon_class_init (BounceTrayIconClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = bounce_tray_icon_dispose;
  /**
   * BounceTrayIcon::host-changed: whether a tray shows the icon from now on.
   */
  host_changed_signal = g_signal_new ("host-changed", BOUNCE_TYPE_TRAY_ICON, G_SIGNAL_RUN_LAST, 0,
                                      NULL, NULL, NULL, G_TYPE_NONE, 1, G_TYPE_BOOLEAN);
  /**
   * BounceTrayIcon::given-up: there is a tray, and the icon does not get into it.
   */
  given_up_signal = g_signal_new ("given-up", BOUNCE_TYPE_TRAY_ICON, G_SIGNAL_RUN_LAST, 0, NULL,
                                  NULL, NULL, G_TYPE_NONE, 0);
}

static void
bounce_tray_icon_init (BounceTrayIcon *self)
{
}

/**
 * bounce_tray_icon_new:
 * @actions: the application's actions
 * @icon_path: (nullable): a folder in which the host finds the icons, besides its theme
 *
 * Puts the icon up as soon as there is a host.
 *
 * Thread: main
 * Returns: (transfer full): the icon; it vanishes with its last reference
 */
BounceTrayIcon *
bounce_tray_icon_new (GActionGroup *actions, const char *icon_path)
{
  BounceTrayIcon *self;

  g_return_val_if_fail (G_IS_ACTION_GROUP (actions), NULL);

  self = g_object_new (BOUNCE_TYPE_TRAY_ICON, NULL);
  self->actions = g_object_ref (actions);
  self->menu = g_object_ref_sink (bounce_tray_menu_new (actions));
  self->indicator = g_object_new (bounce_indicator_get_type (), "id", BOUNCE_APPLICATION_ID,
                                  "category", "ApplicationStatus", "icon-name",
                                  get_icon_name (NULL), "icon-theme-path", icon_path, NULL);
  g_signal_connect_object (self->indicator, "connection-changed",
                           G_CALLBACK (connection_changed_cb), self, G_CONNECT_SWAPPED);
  app_indicator_set_menu (self->indicator, GTK_MENU (self->menu));
  app_indicator_set_secondary_activate_target (self->indicator,
                                               bounce_tray_menu_get_show_item (self->menu));
  connect_actions (self);
  update_cb (self);
  self->watch_id = g_bus_watch_name (G_BUS_TYPE_SESSION, HOST_NAME, G_BUS_NAME_WATCHER_FLAGS_NONE,
                                     host_appeared_cb, host_vanished_cb, self, NULL);
  return self;
}
