/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* Settings while the service runs: each change goes to the parts at once and takes effect as the
 * table of design section 7 says; what needs a restart is reported, never done behind anyone's
 * back. Also the question whether the key and the endpoint work. */

#include "config.h"

#include "bounce-service-private.h"

#include "bounce-aurabox.h"
#include "bounce-core-error.h"
#include "bounce-log.h"
#include "bounce-upload-failure.h"
#include "bounce-wording.h"

/* The reference document has the setting and no place that takes logs: whoever switches it on must
 * not believe that somebody reads them. */
static void
warn_of_send_logs (BounceConfig *before, BounceConfig *after)
{
  if (bounce_config_get_send_logs (after)
      && (before == NULL || !bounce_config_get_send_logs (before)))
    bounce_log (BOUNCE_LOG_WARNING, "send_logs is set, but Aurabox has no place for logs yet: they "
                                    "stay on this machine");
}

static void
settings_changed_cb (BounceService *self)
{
  g_autoptr (BounceConfig) before = g_steal_pointer (&self->config);

  self->config = bounce_config_ref (bounce_config_source_get_config (self->source));
  if (bounce_config_compare (before, self->config) == BOUNCE_CONFIG_CHANGE_NOTHING)
    return;
  warn_of_send_logs (before, self->config);
  bounce_store_set_quiet_period (self->store,
                                 bounce_config_get_quiet_period_seconds (self->config));
  bounce_store_set_retry_cap (self->store,
                              bounce_config_get_retry_policy (self->config).cap_seconds);
  bounce_receiver_set_config (self->receiver, self->config);
  bounce_uploader_set_config (self->uploader, self->config);
  g_object_notify (G_OBJECT (self), "config");
}

/**
 * bounce_service_tell_setting: (skip)
 *
 * A wrong value, an unreadable key, a folder that cannot be changed yet: the user must see it, not
 * only the log.
 */
void
bounce_service_tell_setting (BounceService *self, const char *message)
{
  GVariantBuilder args;

  bounce_log (BOUNCE_LOG_WARNING, "%s", message);
  g_variant_builder_init (&args, G_VARIANT_TYPE ("a{ss}"));
  g_variant_builder_add (&args, "{ss}", "reason", message);
  bounce_store_add_event (self->store, BOUNCE_EVENT_SETTING_INVALID, NULL,
                          g_variant_builder_end (&args));
}

/**
 * bounce_service_watch_settings: (skip)
 *
 * Follows the settings' source from here on.
 */
void
bounce_service_watch_settings (BounceService *self)
{
  warn_of_send_logs (NULL, self->config);
  g_signal_connect_object (self->source, "changed", G_CALLBACK (settings_changed_cb), self,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (self->source, "problem", G_CALLBACK (bounce_service_tell_setting), self,
                           G_CONNECT_SWAPPED);
}

/**
 * bounce_service_get_config:
 *
 * Returns: (transfer none): the settings in effect.
 */
BounceConfig *
bounce_service_get_config (BounceService *self)
{
  g_return_val_if_fail (BOUNCE_IS_SERVICE (self), NULL);

  return self->config;
}

/**
 * bounce_service_get_base_dir:
 *
 * Thread: main
 * Returns: where the studies are; another folder than the settings say while it has files
 */
const char *
bounce_service_get_base_dir (BounceService *self)
{
  g_return_val_if_fail (BOUNCE_IS_SERVICE (self), NULL);

  return bounce_store_get_base_dir (self->store);
}

/**
 * bounce_service_reload_settings:
 *
 * Reads the settings again, as on SIGHUP. What cannot be used changes nothing and is an event.
 *
 * Thread: main
 */
void
bounce_service_reload_settings (BounceService *self)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *message = NULL;

  g_return_if_fail (BOUNCE_IS_SERVICE (self));

  if (bounce_config_source_reload (self->source, &error))
    {
      bounce_log (BOUNCE_LOG_INFO, "Settings read again");
      return;
    }
  message = g_strdup_printf ("the settings stay as they were: %s", error->message);
  bounce_service_tell_setting (self, message);
}

typedef struct
{
  char *key;
  char *value;
  BounceConfigChange change; /* what the value would touch */
} Setting;

static void
free_setting (Setting *setting)
{
  g_free (setting->key);
  g_free (setting->value);
  g_free (setting);
}

/* A value that cannot be is the caller's affair, a file that cannot be written is not. */
static GError *
wrap_setting_error (GError *cause)
{
  gboolean is_invalid = g_error_matches (cause, BOUNCE_CORE_ERROR, BOUNCE_CORE_ERROR_INVALID)
                        || g_error_matches (cause, BOUNCE_CORE_ERROR, BOUNCE_CORE_ERROR_NOT_FOUND);

  return bounce_service_error_wrap (
      is_invalid ? BOUNCE_SERVICE_ERROR_INVALID : BOUNCE_SERVICE_ERROR_FAILED, cause);
}

static void
setting_kept_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  Setting *setting = g_task_get_task_data (task);
  GError *error = NULL;

  if (bounce_config_source_set_finish (BOUNCE_CONFIG_SOURCE (source), result, &error))
    g_task_return_int (task, setting->change);
  else
    g_task_return_error (task, wrap_setting_error (error));
}

static void
keep_setting (BounceService *self, GTask *task)
{
  Setting *setting = g_task_get_task_data (task);

  bounce_config_source_set_async (self->source, setting->key, setting->value,
                                  g_task_get_cancellable (task), setting_kept_cb, task);
}

static gboolean
has_local_files (GPtrArray *studies)
{
  for (guint i = 0; i < studies->len; i++)
    {
      BounceStudy *study = g_ptr_array_index (studies, i);

      if (study->local_instances > 0)
        return TRUE;
    }
  return FALSE;
}

/* base_dir may not change while it holds files: they would be out of sight and never delivered. To
 * stay with the folder in use is no change. */
static void
studies_checked_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  BounceService *self = g_task_get_source_object (task);
  GError *error = NULL;
  g_autoptr (GPtrArray) studies =
      bounce_store_list_studies_finish (BOUNCE_STORE (source), result, NULL, &error);

  if (studies == NULL)
    g_task_return_error (task, bounce_service_error_wrap (BOUNCE_SERVICE_ERROR_FAILED, error));
  else if (has_local_files (studies))
    g_task_return_new_error (task, BOUNCE_SERVICE_ERROR, BOUNCE_SERVICE_ERROR_INVALID,
                             "base_dir cannot change while studies are stored in %s",
                             bounce_store_get_base_dir (self->store));
  else
    keep_setting (self, g_steal_pointer (&task));
}

/**
 * bounce_service_set_config_async:
 * @key: the documented name of a setting
 * @value: its new value as text
 *
 * Checks, keeps and applies one setting.
 *
 * Thread: main
 */
void
bounce_service_set_config_async (BounceService *self,
                                 const char *key,
                                 const char *value,
                                 GCancellable *cancellable,
                                 GAsyncReadyCallback callback,
                                 gpointer user_data)
{
  g_autoptr (GTask) task = NULL;
  g_autoptr (BounceConfig) after = NULL;
  GError *error = NULL;
  Setting *setting;
  BounceStudyQuery all = { .page = 1, .limit = 0 };

  g_return_if_fail (BOUNCE_IS_SERVICE (self));
  g_return_if_fail (key != NULL && value != NULL);

  task = g_task_new (self, cancellable, callback, user_data);
  g_task_set_source_tag (task, bounce_service_set_config_async);
  setting = g_new0 (Setting, 1);
  setting->key = g_strdup (key);
  setting->value = g_strdup (value);
  g_task_set_task_data (task, setting, (GDestroyNotify) free_setting);
  after = bounce_config_with_value (self->config, key, value, &error);
  if (after == NULL)
    {
      g_task_return_error (task, wrap_setting_error (error));
      return;
    }
  setting->change = bounce_config_compare (self->config, after);
  if ((setting->change & BOUNCE_CONFIG_CHANGE_START) != 0
      && !g_str_equal (bounce_config_get_base_dir (after), bounce_store_get_base_dir (self->store)))
    bounce_store_list_studies_async (self->store, &all, cancellable, studies_checked_cb,
                                     g_steal_pointer (&task));
  else
    keep_setting (self, g_steal_pointer (&task));
}

/**
 * bounce_service_set_config_finish:
 * @change: (out) (optional): what the change touches, and so when it takes effect
 *
 * Thread: main
 * Errors: %BOUNCE_SERVICE_ERROR_INVALID with the key, the value (never of a secret) and what is
 *   allowed; %BOUNCE_SERVICE_ERROR_FAILED when it cannot be kept
 * Returns: whether the setting is kept and applied
 */
gboolean
bounce_service_set_config_finish (BounceService *self,
                                  GAsyncResult *result,
                                  BounceConfigChange *change,
                                  GError **error)
{
  gssize value;

  g_return_val_if_fail (g_task_is_valid (result, self), FALSE);

  value = g_task_propagate_int (G_TASK (result), error);
  if (value >= 0 && change != NULL)
    *change = (BounceConfigChange) value;
  return value >= 0;
}

/* What a person can act on first, then the words of the layer below. */
static GError *
wrap_connection_error (GError *cause)
{
  g_autofree char *reason = NULL;
  BounceUploadFailure failure;

  if (!g_error_matches (cause, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    {
      failure = bounce_upload_failure_classify (cause);
      reason = bounce_wording_reason (failure.reason);
      if (failure.class != BOUNCE_UPLOAD_REJECTED)
        g_prefix_error (&cause, "%s: ", reason);
    }
  return bounce_service_error_wrap (BOUNCE_SERVICE_ERROR_FAILED, cause);
}

static void
connection_checked_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  GError *error = NULL;
  g_autoptr (BounceUploadConfig) upload =
      bounce_aurabox_get_config_finish (BOUNCE_AURABOX (source), result, &error);

  if (upload != NULL)
    g_task_return_boolean (task, TRUE);
  else
    g_task_return_error (task, wrap_connection_error (error));
}

/**
 * bounce_service_check_connection_async:
 *
 * Asks Aurabox for an upload configuration with the key and endpoint in effect, and does nothing
 * with it.
 *
 * Thread: main
 */
void
bounce_service_check_connection_async (BounceService *self,
                                       GCancellable *cancellable,
                                       GAsyncReadyCallback callback,
                                       gpointer user_data)
{
  g_autoptr (GTask) task = NULL;
  g_autoptr (BounceAurabox) aurabox = NULL;
  g_autofree char *endpoint = NULL;
  BounceApiKey *key;

  g_return_if_fail (BOUNCE_IS_SERVICE (self));

  task = g_task_new (self, cancellable, callback, user_data);
  g_task_set_source_tag (task, bounce_service_check_connection_async);
  key = bounce_config_get_api_key (self->config);
  endpoint = bounce_config_dup_api_endpoint (self->config);
  if (key == NULL || endpoint == NULL)
    {
      g_autofree char *reason = bounce_wording_reason (BOUNCE_REASON_NO_KEY);

      g_task_return_new_error (task, BOUNCE_SERVICE_ERROR, BOUNCE_SERVICE_ERROR_FAILED, "%s",
                               reason);
      return;
    }
  aurabox = bounce_aurabox_new (self->http, endpoint, key);
  bounce_aurabox_get_config_async (aurabox, cancellable, connection_checked_cb,
                                   g_steal_pointer (&task));
}

/**
 * bounce_service_check_connection_finish:
 *
 * Thread: main
 * Errors: %BOUNCE_SERVICE_ERROR_FAILED with the reason
 * Returns: whether Aurabox answered with a configuration
 */
gboolean
bounce_service_check_connection_finish (BounceService *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), FALSE);

  return g_task_propagate_boolean (G_TASK (result), error);
}

/**
 * bounce_service_resume_uploads:
 *
 * Tries uploads again after the key was refused, without waiting for the hourly probe.
 *
 * Thread: main
 */
void
bounce_service_resume_uploads (BounceService *self)
{
  g_return_if_fail (BOUNCE_IS_SERVICE (self));

  bounce_uploader_resume (self->uploader);
}

/**
 * bounce_service_network_returned:
 *
 * Tries uploads that wait for the network at once, and has whoever shows the connection to Aurabox
 * ask again.
 *
 * Thread: main
 */
void
bounce_service_network_returned (BounceService *self)
{
  g_return_if_fail (BOUNCE_IS_SERVICE (self));

  if (self->is_shutting_down)
    return;
  bounce_log (BOUNCE_LOG_INFO, "The network may be back; waiting uploads are tried now");
  bounce_uploader_network_returned (self->uploader);
  g_signal_emit (self, bounce_service_signals[BOUNCE_SERVICE_SIGNAL_NETWORK_RETURNED], 0);
}
