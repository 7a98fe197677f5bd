/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* The documented commands that hand one question to one part: receiver_start, receiver_stop,
 * send_study, current_studies, api_start_upload, show_window and send_log; and quit. Those that
 * remove something are in bounce-service-removal.c. */

#include "config.h"

#include "bounce-service-private.h"

#include "bounce-log.h"
#include "bounce-uid.h"
#include "bounce-wording.h"

/* Longer text from a client is cut: one line of the log is meant. */
#define MAX_LOG_BYTES 4096

/* Returns FALSE, with the task failed, for text that is not a UID. */
static gboolean
check_study_uid (GTask *task, BounceServiceError code, const char *study_uid)
{
  if (bounce_uid_is_valid (study_uid))
    return TRUE;
  g_task_return_error (
      task, bounce_service_error_wrap (code, g_error_new_literal (BOUNCE_SERVICE_ERROR,
                                                                  BOUNCE_SERVICE_ERROR_INVALID,
                                                                  "not a Study Instance UID")));
  return FALSE;
}

static void
report_receiver_failure (BounceService *self, const GError *cause)
{
  GVariantBuilder args;

  g_variant_builder_init (&args, G_VARIANT_TYPE ("a{ss}"));
  g_variant_builder_add (&args, "{ss}", "reason", cause->message);
  bounce_store_add_event (self->store, BOUNCE_EVENT_RECEIVER_FAILED, NULL,
                          g_variant_builder_end (&args));
}

static void
receiver_started_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  BounceService *self = g_task_get_source_object (task);
  GError *error = NULL;

  if (bounce_receiver_start_finish (BOUNCE_RECEIVER (source), result, &error))
    {
      g_task_return_boolean (task, TRUE);
      return;
    }
  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    {
      g_task_return_error (task, error);
      return;
    }
  report_receiver_failure (self, error);
  error = bounce_service_error_wrap (BOUNCE_SERVICE_ERROR_START_FAILED, error);
  bounce_log (BOUNCE_LOG_ERROR, "%s", error->message);
  g_task_return_error (task, error);
}

static void
refuse_start (GTask *task, const char *reason)
{
  g_task_return_error (
      task, bounce_service_error_wrap (
                BOUNCE_SERVICE_ERROR_START_FAILED,
                g_error_new_literal (BOUNCE_SERVICE_ERROR, BOUNCE_SERVICE_ERROR_FAILED, reason)));
}

/* Takes the task. */
static void
start_receiver (BounceService *self, GTask *task)
{
  g_clear_pointer (&self->receiver_config, bounce_config_unref);
  self->receiver_config = bounce_config_ref (self->config);
  bounce_receiver_set_config (self->receiver, self->config);
  bounce_receiver_start_async (self->receiver, g_task_get_cancellable (task), receiver_started_cb,
                               task);
}

/* The last word counts: whoever wanted it stopped since must not find it running. */
static void
stopped_before_start_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  BounceService *self = g_task_get_source_object (task);
  guint n_stops = GPOINTER_TO_UINT (g_task_get_task_data (task));

  bounce_receiver_stop_finish (BOUNCE_RECEIVER (source), result, NULL);
  if (g_task_return_error_if_cancelled (task))
    return;
  if (self->n_stops != n_stops || self->is_shutting_down)
    refuse_start (task, "it was stopped meanwhile");
  else if (bounce_service_is_receiver_running (self))
    g_task_return_boolean (task, TRUE);
  else
    start_receiver (self, g_steal_pointer (&task));
}

/**
 * bounce_service_receiver_start_async:
 *
 * The document's receiver_start: binds the port of the settings in effect and accepts associations.
 * A receiver that runs already is left alone, one that is being stopped is started after that.
 *
 * Thread: main
 */
void
bounce_service_receiver_start_async (BounceService *self,
                                     GCancellable *cancellable,
                                     GAsyncReadyCallback callback,
                                     gpointer user_data)
{
  g_autoptr (GTask) task = NULL;

  g_return_if_fail (BOUNCE_IS_SERVICE (self));

  task = g_task_new (self, cancellable, callback, user_data);
  g_task_set_source_tag (task, bounce_service_receiver_start_async);
  g_task_set_task_data (task, GUINT_TO_POINTER (self->n_stops), NULL);
  if (self->is_shutting_down)
    refuse_start (task, "the service is being stopped");
  else if (bounce_service_is_receiver_running (self))
    g_task_return_boolean (task, TRUE);
  else if (bounce_receiver_get_state (self->receiver) == BOUNCE_RECEIVER_STOPPING)
    bounce_receiver_stop_async (self->receiver, NULL, stopped_before_start_cb,
                                g_steal_pointer (&task));
  else
    start_receiver (self, g_steal_pointer (&task));
}

/**
 * bounce_service_receiver_start_finish:
 *
 * Thread: main
 * Errors: %BOUNCE_SERVICE_ERROR_START_FAILED, "Failed to start server: Address already in use",
 *   "Failed to start server: Permission denied" and the like
 * Source: API document, receiver_start
 * Returns: whether the port is bound and associations are accepted
 */
gboolean
bounce_service_receiver_start_finish (BounceService *self, GAsyncResult *result, GError **error)
{
  return bounce_service_task_finish (self, result, error);
}

static void
receiver_stopped_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  GError *error = NULL;

  if (bounce_receiver_stop_finish (BOUNCE_RECEIVER (source), result, &error))
    {
      g_task_return_boolean (task, TRUE);
      return;
    }
  error = bounce_service_error_wrap (BOUNCE_SERVICE_ERROR_STOP_FAILED, error);
  bounce_log (BOUNCE_LOG_ERROR, "%s", error->message);
  g_task_return_error (task, error);
}

/**
 * bounce_service_receiver_stop_async:
 *
 * The document's receiver_stop: closes the port at once and lets associations complete for up to
 * 30 s. Uploading goes on. A receiver that is stopped already is left alone.
 *
 * Thread: main
 */
void
bounce_service_receiver_stop_async (BounceService *self,
                                    GCancellable *cancellable,
                                    GAsyncReadyCallback callback,
                                    gpointer user_data)
{
  g_autoptr (GTask) task = NULL;

  g_return_if_fail (BOUNCE_IS_SERVICE (self));

  task = g_task_new (self, cancellable, callback, user_data);
  g_task_set_source_tag (task, bounce_service_receiver_stop_async);
  self->n_stops++;
  if (bounce_receiver_get_state (self->receiver) == BOUNCE_RECEIVER_STOPPED)
    g_task_return_boolean (task, TRUE);
  else
    bounce_receiver_stop_async (self->receiver, cancellable, receiver_stopped_cb,
                                g_steal_pointer (&task));
}

/**
 * bounce_service_receiver_stop_finish:
 *
 * Thread: main
 * Errors: %BOUNCE_SERVICE_ERROR_STOP_FAILED, "Failed to stop server: …"
 * Source: API document, receiver_stop
 * Returns: whether the receiver is stopped
 */
gboolean
bounce_service_receiver_stop_finish (BounceService *self, GAsyncResult *result, GError **error)
{
  return bounce_service_task_finish (self, result, error);
}

static void
send_requested_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  GError *error = NULL;

  bounce_store_request_send_finish (BOUNCE_STORE (source), result, &error);
  bounce_service_task_return (task, BOUNCE_SERVICE_ERROR_SEND_FAILED, error);
}

/**
 * bounce_service_send_study_async:
 * @study_uid: Study Instance UID
 *
 * The document's send_study: a study that is not due yet is due now, one in error is tried at once
 * with its count of attempts reset, one that was sent is sent again under a new upload_id.
 *
 * Thread: main
 */
void
bounce_service_send_study_async (BounceService *self,
                                 const char *study_uid,
                                 GCancellable *cancellable,
                                 GAsyncReadyCallback callback,
                                 gpointer user_data)
{
  g_autoptr (GTask) task = NULL;

  g_return_if_fail (BOUNCE_IS_SERVICE (self));

  task = g_task_new (self, cancellable, callback, user_data);
  g_task_set_source_tag (task, bounce_service_send_study_async);
  if (g_task_return_error_if_cancelled (task))
    return;
  if (check_study_uid (task, BOUNCE_SERVICE_ERROR_SEND_FAILED, study_uid))
    bounce_store_request_send_async (self->store, study_uid, BOUNCE_DESTINATION_AURABOX,
                                     send_requested_cb, g_steal_pointer (&task));
}

/**
 * bounce_service_send_study_finish:
 *
 * Thread: main
 * Errors: %BOUNCE_SERVICE_ERROR_SEND_FAILED, "send study panic: …": no such study, an upload in
 *   progress, files removed after delivery
 * Source: API document, send_study
 * Returns: whether the study is queued
 */
gboolean
bounce_service_send_study_finish (BounceService *self, GAsyncResult *result, GError **error)
{
  return bounce_service_task_finish (self, result, error);
}

typedef struct
{
  GPtrArray *studies; /* (owned) */
  guint64 total;
} StudyPage;

static void
free_page (StudyPage *page)
{
  g_clear_pointer (&page->studies, g_ptr_array_unref);
  g_free (page);
}

static GError *
wrap_query_error (GError *cause)
{
  gboolean is_invalid = g_error_matches (cause, BOUNCE_STORE_ERROR, BOUNCE_STORE_ERROR_INVALID);

  return bounce_service_error_wrap (
      is_invalid ? BOUNCE_SERVICE_ERROR_INVALID : BOUNCE_SERVICE_ERROR_FAILED, cause);
}

static void
studies_listed_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  BounceService *self = g_task_get_source_object (task);
  GError *error = NULL;
  StudyPage *page = g_new0 (StudyPage, 1);

  page->studies =
      bounce_store_list_studies_finish (BOUNCE_STORE (source), result, &page->total, &error);
  if (page->studies == NULL)
    {
      free_page (page);
      g_task_return_error (task, wrap_query_error (error));
      return;
    }
  g_signal_emit (self, bounce_service_signals[BOUNCE_SERVICE_SIGNAL_CURRENT_STUDIES], 0,
                 page->studies);
  g_task_return_pointer (task, page, (GDestroyNotify) free_page);
}

/**
 * bounce_service_current_studies_async:
 * @query: which studies, in what order; a page or limit of 0 stands for the document's 1 and 10,
 *   no sort for the latest first
 *
 * The document's current_studies. The answer is returned and also emitted as
 * #BounceService::current-studies.
 *
 * Shape: @query is read during the call only
 * Thread: main
 */
void
bounce_service_current_studies_async (BounceService *self,
                                      const BounceStudyQuery *query,
                                      GCancellable *cancellable,
                                      GAsyncReadyCallback callback,
                                      gpointer user_data)
{
  g_autoptr (GTask) task = NULL;
  BounceStudyQuery effective;

  g_return_if_fail (BOUNCE_IS_SERVICE (self));
  g_return_if_fail (query != NULL);

  task = g_task_new (self, cancellable, callback, user_data);
  g_task_set_source_tag (task, bounce_service_current_studies_async);
  effective = *query;
  if (effective.page == 0)
    effective.page = 1;
  if (effective.limit == 0)
    effective.limit = BOUNCE_SERVICE_DEFAULT_LIMIT;
  if (effective.sort == NULL)
    {
      /* Without a wish, what came last comes first. */
      effective.sort = "received";
      effective.descending = TRUE;
    }
  if (effective.limit > BOUNCE_SERVICE_MAX_LIMIT)
    {
      g_task_return_new_error (task, BOUNCE_SERVICE_ERROR, BOUNCE_SERVICE_ERROR_INVALID,
                               "limit %u is not between 1 and %u", effective.limit,
                               BOUNCE_SERVICE_MAX_LIMIT);
      return;
    }
  bounce_store_list_studies_async (self->store, &effective, cancellable, studies_listed_cb,
                                   g_steal_pointer (&task));
}

/**
 * bounce_service_current_studies_finish:
 * @total: (out) (optional): rows without page and limit
 *
 * Thread: main
 * Errors: %BOUNCE_SERVICE_ERROR_INVALID for a sort, status or limit that cannot be,
 *   %BOUNCE_SERVICE_ERROR_FAILED when the database cannot be read
 * Source: API document, current_studies
 * Returns: (transfer container) (element-type BounceStudy): the page
 */
GPtrArray *
bounce_service_current_studies_finish (BounceService *self,
                                       GAsyncResult *result,
                                       guint64 *total,
                                       GError **error)
{
  StudyPage *page;
  GPtrArray *studies;

  g_return_val_if_fail (g_task_is_valid (result, self), NULL);

  page = g_task_propagate_pointer (G_TASK (result), error);
  if (page == NULL)
    return NULL;
  if (total != NULL)
    *total = page->total;
  studies = g_steal_pointer (&page->studies);
  free_page (page);
  return studies;
}

static void
upload_announced_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  GError *error = NULL;

  bounce_uploader_api_start_finish (BOUNCE_UPLOADER (source), result, &error);
  bounce_service_task_return (task, BOUNCE_SERVICE_ERROR_FAILED, error);
}

/**
 * bounce_service_api_start_upload_async:
 * @study_uid: Study Instance UID
 * @signature: the signature to announce, as a rule @assembly_id
 * @upload_id: a UUID
 * @assembly_id: from the server's upload configuration
 *
 * The document's api_start_upload: upload/init and upload/start, nothing else.
 *
 * Thread: main
 */
void
bounce_service_api_start_upload_async (BounceService *self,
                                       const char *study_uid,
                                       const char *signature,
                                       const char *upload_id,
                                       const char *assembly_id,
                                       GCancellable *cancellable,
                                       GAsyncReadyCallback callback,
                                       gpointer user_data)
{
  g_autoptr (GTask) task = NULL;

  g_return_if_fail (BOUNCE_IS_SERVICE (self));
  g_return_if_fail (signature != NULL && upload_id != NULL && assembly_id != NULL);

  task = g_task_new (self, cancellable, callback, user_data);
  g_task_set_source_tag (task, bounce_service_api_start_upload_async);
  if (!check_study_uid (task, BOUNCE_SERVICE_ERROR_INVALID, study_uid))
    return;
  if (*signature == '\0' || *assembly_id == '\0' || !g_uuid_string_is_valid (upload_id))
    {
      g_task_return_new_error (task, BOUNCE_SERVICE_ERROR, BOUNCE_SERVICE_ERROR_INVALID,
                               "signature and assembly_id must not be empty, upload_id must be a "
                               "UUID");
      return;
    }
  bounce_uploader_api_start_async (self->uploader, study_uid, signature, upload_id, assembly_id,
                                   upload_announced_cb, g_steal_pointer (&task));
}

/**
 * bounce_service_api_start_upload_finish:
 *
 * Thread: main
 * Errors: %BOUNCE_SERVICE_ERROR_INVALID for an argument, %BOUNCE_SERVICE_ERROR_FAILED with the
 *   server's class of answer
 * Source: API document, api_start_upload
 * Returns: whether Aurabox acknowledged both steps
 */
gboolean
bounce_service_api_start_upload_finish (BounceService *self, GAsyncResult *result, GError **error)
{
  return bounce_service_task_finish (self, result, error);
}

/* Whether whoever hosts the service can do what the signal asks for. */
static gboolean
check_host (BounceService *self, guint signal, const char *refusal, GError **error)
{
  if (g_signal_has_handler_pending (self, signal, 0, FALSE))
    return TRUE;
  g_set_error_literal (error, BOUNCE_SERVICE_ERROR, BOUNCE_SERVICE_ERROR_FAILED, refusal);
  return FALSE;
}

/**
 * bounce_service_show_window:
 *
 * The document's show_window: asks whoever has the main window to present it.
 *
 * Thread: main
 * Errors: %BOUNCE_SERVICE_ERROR_FAILED when there is no window (bounced)
 * Source: API document, show_window
 * Returns: whether someone was asked
 */
gboolean
bounce_service_show_window (BounceService *self, GError **error)
{
  guint id = bounce_service_signals[BOUNCE_SERVICE_SIGNAL_SHOW_WINDOW];

  g_return_val_if_fail (BOUNCE_IS_SERVICE (self), FALSE);

  if (!check_host (self, id, "this service runs without a window", error))
    return FALSE;
  g_signal_emit (self, id, 0);
  return TRUE;
}

static gboolean
quit_cb (gpointer user_data)
{
  g_signal_emit (user_data, bounce_service_signals[BOUNCE_SERVICE_SIGNAL_QUIT], 0);
  return G_SOURCE_REMOVE;
}

/**
 * bounce_service_quit:
 *
 * Asks the program that hosts the service to end in its orderly way: associations drain, uploads
 * continue at the next start. It is asked from the main loop, so that the caller can still answer
 * whoever wants it.
 *
 * Thread: main
 * Errors: %BOUNCE_SERVICE_ERROR_FAILED when it does not end by itself
 * Returns: whether it was asked
 */
gboolean
bounce_service_quit (BounceService *self, GError **error)
{
  g_return_val_if_fail (BOUNCE_IS_SERVICE (self), FALSE);

  if (!check_host (self, bounce_service_signals[BOUNCE_SERVICE_SIGNAL_QUIT],
                   "this service does not end on request", error))
    return FALSE;
  g_idle_add_full (G_PRIORITY_DEFAULT_IDLE, quit_cb, g_object_ref (self), g_object_unref);
  return TRUE;
}

/**
 * bounce_service_send_log:
 * @text: what to write; not trusted
 *
 * The document's send_log: one line to console, log file and #BounceService::log. Control
 * characters become spaces, so that no client can forge a second line.
 *
 * Thread: main
 * Source: API document, send_log
 */
void
bounce_service_send_log (BounceService *self, const char *text)
{
  g_autofree char *line = NULL;
  g_autofree char *valid = NULL;

  g_return_if_fail (BOUNCE_IS_SERVICE (self));
  g_return_if_fail (text != NULL);

  line = g_strndup (text, MAX_LOG_BYTES);
  for (char *byte = line; *byte != '\0'; byte++)
    if (g_ascii_iscntrl (*byte))
      *byte = ' ';
  valid = g_utf8_make_valid (line, -1);
  bounce_log (BOUNCE_LOG_INFO, "%s", valid);
}
