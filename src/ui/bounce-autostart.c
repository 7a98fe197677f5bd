/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* See the header. Outside of a sandbox this is a desktop file in the user's autostart folder, which
 * others may change too, so that it is watched. Inside of one the desktop keeps it: the Background
 * portal is asked, and because it cannot be asked what is so, its last answer is remembered in the
 * window's settings.
 *
 * Main thread; files are read and written by a GTask thread. */

#include "config.h"

#include "bounce-autostart.h"

#include "bounce-autostart-portal.h"
#include "bounce-core-error.h"
#include "bounce-file.h"

#include <errno.h>
#include <glib/gi18n.h>
#include <glib/gstdio.h>
#include <string.h>

#define FILE_NAME        BOUNCE_APPLICATION_ID ".desktop"
#define SANDBOX_MARK     "/.flatpak-info"
#define SETTING          "autostart"
#define MAX_FILE_BYTES   (64 * 1024)
#define KEY_GNOME_SWITCH "X-GNOME-Autostart-enabled"

struct _BounceAutostart
{
  GObject parent_instance;

  GSettings *settings;       /* (owned) remembers what the portal said */
  char *path;                /* (owned) (nullable) in a sandbox */
  GFileMonitor *monitor;     /* (owned) (nullable) */
  GCancellable *cancellable; /* (owned) of reading */
  gboolean is_enabled;
};

G_DEFINE_FINAL_TYPE (BounceAutostart, bounce_autostart, G_TYPE_OBJECT)

enum
{
  PROP_0,
  PROP_ENABLED,
  N_PROPS,
};

static GParamSpec *properties[N_PROPS];

static void
take_state (BounceAutostart *self, gboolean is_enabled)
{
  if (self->is_enabled == is_enabled)
    return;
  self->is_enabled = is_enabled;
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_ENABLED]);
}

/* Desktops have two ways to switch an entry off without removing it. */
static gboolean
is_switched_on (const char *text, gsize size)
{
  g_autoptr (GKeyFile) file = g_key_file_new ();

  if (!g_key_file_load_from_data (file, text, size, G_KEY_FILE_NONE, NULL)
      || g_key_file_get_boolean (file, G_KEY_FILE_DESKTOP_GROUP, G_KEY_FILE_DESKTOP_KEY_HIDDEN,
                                 NULL))
    return FALSE;
  return !g_key_file_has_key (file, G_KEY_FILE_DESKTOP_GROUP, KEY_GNOME_SWITCH, NULL)
         || g_key_file_get_boolean (file, G_KEY_FILE_DESKTOP_GROUP, KEY_GNOME_SWITCH, NULL);
}

static void
read_worker (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  gsize size = 0;
  g_autofree char *text = bounce_file_read (data, MAX_FILE_BYTES, &size, NULL);

  g_task_return_boolean (task, text != NULL && is_switched_on (text, size));
}

static void
file_read_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GError) error = NULL;
  gboolean is_enabled = g_task_propagate_boolean (G_TASK (result), &error);

  if (error == NULL)
    take_state (BOUNCE_AUTOSTART (source), is_enabled);
}

static void
read_file (BounceAutostart *self)
{
  g_autoptr (GTask) task = g_task_new (self, self->cancellable, file_read_cb, NULL);

  g_task_set_source_tag (task, read_file);
  g_task_set_task_data (task, g_strdup (self->path), g_free);
  g_task_run_in_thread (task, read_worker);
}

static char *
make_entry (void)
{
  g_autoptr (GKeyFile) file = g_key_file_new ();
  const char *group = G_KEY_FILE_DESKTOP_GROUP;

  g_key_file_set_string (file, group, G_KEY_FILE_DESKTOP_KEY_TYPE,
                         G_KEY_FILE_DESKTOP_TYPE_APPLICATION);
  g_key_file_set_string (file, group, G_KEY_FILE_DESKTOP_KEY_NAME, _ ("Bounce"));
  g_key_file_set_string (file, group, G_KEY_FILE_DESKTOP_KEY_COMMENT,
                         _ ("Receive DICOM studies and deliver them to Aurabox"));
  g_key_file_set_string (file, group, G_KEY_FILE_DESKTOP_KEY_ICON, BOUNCE_APPLICATION_ID);
  g_key_file_set_string (file, group, G_KEY_FILE_DESKTOP_KEY_EXEC, "bounce --background");
  g_key_file_set_boolean (file, group, G_KEY_FILE_DESKTOP_KEY_TERMINAL, FALSE);
  g_key_file_set_boolean (file, group, KEY_GNOME_SWITCH, TRUE);
  return g_key_file_to_data (file, NULL, NULL);
}

static gboolean
write_entry (const char *path, GError **error)
{
  g_autofree char *folder = g_path_get_dirname (path);
  g_autofree char *text = make_entry ();

  return bounce_file_make_directories (folder, error)
         && bounce_file_replace (path, text, strlen (text), 0644, error);
}

static gboolean
remove_entry (const char *path, GError **error)
{
  if (g_unlink (path) == 0 || errno == ENOENT)
    return TRUE;
  bounce_core_set_error_errno (error, errno, "Failed to remove %s", path);
  return FALSE;
}

typedef struct
{
  char *path;
  gboolean is_enabled;
} Wish;

static void
free_wish (gpointer data)
{
  g_free (((Wish *) data)->path);
  g_free (data);
}

static void
write_worker (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  Wish *wish = data;
  GError *error = NULL;
  gboolean is_done =
      wish->is_enabled ? write_entry (wish->path, &error) : remove_entry (wish->path, &error);

  if (is_done)
    g_task_return_boolean (task, TRUE);
  else
    g_task_return_error (task, error);
}

static void
file_written_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  Wish *wish = g_task_get_task_data (G_TASK (result));
  GError *error = NULL;

  if (!g_task_propagate_boolean (G_TASK (result), &error))
    {
      g_task_return_error (task, error);
      return;
    }
  take_state (BOUNCE_AUTOSTART (source), wish->is_enabled);
  g_task_return_boolean (task, TRUE);
}

static void
write_file (BounceAutostart *self, GTask *task, gboolean is_enabled)
{
  g_autoptr (GTask) writing =
      g_task_new (self, g_task_get_cancellable (task), file_written_cb, g_object_ref (task));
  Wish *wish = g_new0 (Wish, 1);

  wish->path = g_strdup (self->path);
  wish->is_enabled = is_enabled;
  g_task_set_source_tag (writing, write_file);
  g_task_set_task_data (writing, wish, free_wish);
  g_task_run_in_thread (writing, write_worker);
}

static void
portal_answered_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  BounceAutostart *self = g_task_get_source_object (task);
  GError *error = NULL;
  gboolean is_enabled = FALSE;

  if (!bounce_autostart_portal_request_finish (result, &is_enabled, &error))
    {
      g_task_return_error (task, error);
      return;
    }
  g_settings_set_boolean (self->settings, SETTING, is_enabled);
  take_state (self, is_enabled);
  g_task_return_boolean (task, TRUE);
}

static void
bounce_autostart_get_property (GObject *object, guint id, GValue *value, GParamSpec *pspec)
{
  if (id == PROP_ENABLED)
    g_value_set_boolean (value, BOUNCE_AUTOSTART (object)->is_enabled);
  else
    G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
}

static void
bounce_autostart_dispose (GObject *object)
{
  BounceAutostart *self = BOUNCE_AUTOSTART (object);

  g_cancellable_cancel (self->cancellable);
  g_clear_object (&self->monitor);
  g_clear_object (&self->settings);
  G_OBJECT_CLASS (bounce_autostart_parent_class)->dispose (object);
}

static void
bounce_autostart_finalize (GObject *object)
{
  BounceAutostart *self = BOUNCE_AUTOSTART (object);

  g_object_unref (self->cancellable);
  g_free (self->path);
  G_OBJECT_CLASS (bounce_autostart_parent_class)->finalize (object);
}

static void
bounce_autostart_class_init (BounceAutostartClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->get_property = bounce_autostart_get_property;
  object_class->dispose = bounce_autostart_dispose;
  object_class->finalize = bounce_autostart_finalize;
  /**
   * BounceAutostart:enabled: Bounce starts at login.
   */
  properties[PROP_ENABLED] = g_param_spec_boolean ("enabled", NULL, NULL, FALSE,
                                                   G_PARAM_READABLE | G_PARAM_STATIC_STRINGS);
  g_object_class_install_properties (object_class, N_PROPS, properties);
}

static void
bounce_autostart_init (BounceAutostart *self)
{
  self->cancellable = g_cancellable_new ();
}

static void
watch_file (BounceAutostart *self)
{
  g_autoptr (GFile) file = NULL;

  self->path = g_build_filename (g_get_user_config_dir (), "autostart", FILE_NAME, NULL);
  file = g_file_new_for_path (self->path);
  self->monitor = g_file_monitor_file (file, G_FILE_MONITOR_NONE, NULL, NULL);
  if (self->monitor != NULL)
    g_signal_connect_object (self->monitor, "changed", G_CALLBACK (read_file), self,
                             G_CONNECT_SWAPPED);
  read_file (self);
}

/**
 * bounce_autostart_new:
 * @settings: those of the window
 *
 * Whether it is enabled is known a moment later, where it has to be read from a file.
 *
 * Thread: main
 * Returns: (transfer full): the autostart
 */
BounceAutostart *
bounce_autostart_new (GSettings *settings)
{
  BounceAutostart *self;

  g_return_val_if_fail (G_IS_SETTINGS (settings), NULL);

  self = g_object_new (BOUNCE_TYPE_AUTOSTART, NULL);
  self->settings = g_object_ref (settings);
  if (g_file_test (SANDBOX_MARK, G_FILE_TEST_EXISTS))
    self->is_enabled = g_settings_get_boolean (settings, SETTING);
  else
    watch_file (self);
  return self;
}

/**
 * bounce_autostart_is_enabled:
 *
 * Returns: whether Bounce starts at login, as far as is known
 */
gboolean
bounce_autostart_is_enabled (BounceAutostart *self)
{
  g_return_val_if_fail (BOUNCE_IS_AUTOSTART (self), FALSE);

  return self->is_enabled;
}

/**
 * bounce_autostart_set_async:
 * @is_enabled: what is wanted
 *
 * Writes or removes the desktop file, or asks the portal.
 *
 * Thread: main
 */
void
bounce_autostart_set_async (BounceAutostart *self,
                            gboolean is_enabled,
                            GCancellable *cancellable,
                            GAsyncReadyCallback callback,
                            gpointer user_data)
{
  g_autoptr (GTask) task = NULL;

  g_return_if_fail (BOUNCE_IS_AUTOSTART (self));

  task = g_task_new (self, cancellable, callback, user_data);
  g_task_set_source_tag (task, bounce_autostart_set_async);
  if (self->path != NULL)
    write_file (self, task, is_enabled);
  else
    bounce_autostart_portal_request_async (is_enabled, cancellable, portal_answered_cb,
                                           g_object_ref (task));
}

/**
 * bounce_autostart_set_finish:
 *
 * Thread: main
 * Errors: #BounceCoreError of writing the file; #GIOError of the bus or, with
 *   %G_IO_ERROR_PERMISSION_DENIED, when the portal refused; %G_IO_ERROR_CANCELLED
 * Returns: %TRUE when it is as it was wanted
 */
gboolean
bounce_autostart_set_finish (BounceAutostart *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), FALSE);

  return g_task_propagate_boolean (G_TASK (result), error);
}
