/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* The client of the Bounce API: config, init, start, complete, signature. Each call is one request;
 * nothing is repeated, nothing cached: whether and when to try again is the uploader's decision.
 * Every reply takes the same way: status, deprecation headers, JSON, `success`, then the decoder of
 * the call. Main thread only; the network is http's thread. */

#include "config.h"

#include "bounce-aurabox-json.h"

#include "bounce-log.h"

#define API_PREFIX        "/api/bounce/"
#define MAX_SUNSET_LENGTH 64

struct _BounceAurabox
{
  GObject parent_instance;

  BounceHttp *http;       /* (owned) */
  char *endpoint;         /* (owned) without a slash at the end */
  BounceApiKey *key;      /* (owned) */
  GHashTable *deprecated; /* (owned) (element-type utf8) paths that were told */
  BounceStudiesShape shape;
};

G_DEFINE_FINAL_TYPE (BounceAurabox, bounce_aurabox, G_TYPE_OBJECT)
G_DEFINE_QUARK (bounce - aurabox - error - quark, bounce_aurabox_error)

enum
{
  SIGNAL_DEPRECATED,
  N_SIGNALS
};

static guint signals[N_SIGNALS];

/* One request and what its reply becomes. */
typedef struct
{
  const char *method;
  const char *name; /* below API_PREFIX */
  void (*decode) (BounceAurabox *self, JsonObject *reply, GTask *task);
} Call;

/**
 * bounce_upload_config_copy:
 *
 * Returns: (transfer full): a copy
 */
BounceUploadConfig *
bounce_upload_config_copy (const BounceUploadConfig *self)
{
  BounceUploadConfig *copy = g_new0 (BounceUploadConfig, 1);

  copy->type = g_strdup (self->type);
  copy->mode = g_strdup (self->mode);
  copy->endpoint = g_strdup (self->endpoint);
  copy->token = g_strdup (self->token);
  copy->bucket = g_strdup (self->bucket);
  copy->assembly_id = g_strdup (self->assembly_id);
  return copy;
}

/**
 * bounce_upload_config_free:
 * @self: (transfer full) (nullable): a configuration
 */
void
bounce_upload_config_free (BounceUploadConfig *self)
{
  if (self == NULL)
    return;
  g_free (self->type);
  g_free (self->mode);
  g_free (self->endpoint);
  g_free (self->token);
  g_free (self->bucket);
  g_free (self->assembly_id);
  g_free (self);
}

/* The server's text goes into an event: short and printable, or not at all. */
static char *
read_sunset (BounceHttpResponse *response)
{
  const char *sunset = bounce_http_response_get_header (response, "Sunset");

  if (sunset == NULL || strlen (sunset) > MAX_SUNSET_LENGTH || !g_str_is_ascii (sunset))
    return g_strdup ("");
  for (const char *c = sunset; *c != '\0'; c++)
    if (!g_ascii_isprint (*c))
      return g_strdup ("");
  return g_strdup (sunset);
}

static void
note_deprecation (BounceAurabox *self, const char *name, BounceHttpResponse *response)
{
  const char *value = bounce_http_response_get_header (response, "X-Deprecated");
  g_autofree char *path = g_strconcat (API_PREFIX, name, NULL);
  g_autofree char *sunset = NULL;

  if (value == NULL || g_ascii_strcasecmp (value, "true") != 0
      || !g_hash_table_add (self->deprecated, g_strdup (path)))
    return;
  sunset = read_sunset (response);
  g_signal_emit (self, signals[SIGNAL_DEPRECATED], 0, path, sunset);
}

static void
reply_came_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  BounceAurabox *self = g_task_get_source_object (task);
  const Call *call = g_task_get_task_data (task);
  g_autoptr (GError) error = NULL;
  g_autoptr (BounceHttpResponse) response =
      bounce_http_send_finish (BOUNCE_HTTP (source), result, &error);
  g_autoptr (JsonObject) reply = NULL;

  if (g_task_return_error_if_cancelled (task))
    return;
  if (response != NULL)
    note_deprecation (self, call->name, response);
  if (response != NULL && bounce_http_response_check (response, call->name, &error))
    reply = bounce_aurabox_json_read_reply (bounce_http_response_get_body (response), call->name,
                                            &error);
  if (reply == NULL)
    g_task_return_error (task, g_steal_pointer (&error));
  else
    call->decode (self, reply, task);
}

/* Takes the task. */
static void
send (BounceAurabox *self, const Call *call, GBytes *body, GTask *task)
{
  g_autofree char *url = g_strconcat (self->endpoint, API_PREFIX, call->name, NULL);
  static const char *const HEADERS[] = { "Accept: application/json", NULL };
  const BounceHttpRequest request = {
    .method = call->method,
    .url = url,
    .bearer = bounce_api_key_get_text (self->key),
    .body = body,
    .content_type = "application/json",
    .headers = HEADERS,
    .max_response_bytes = BOUNCE_AURABOX_MAX_REPLY_BYTES,
  };

  g_task_set_task_data (task, (gpointer) call, NULL);
  bounce_http_send_async (self->http, &request, g_task_get_cancellable (task), reply_came_cb, task);
}

static void
decode_config (BounceAurabox *self, JsonObject *reply, GTask *task)
{
  GError *error = NULL;
  BounceUploadConfig *config = bounce_aurabox_json_decode_config (reply, self->endpoint, &error);

  if (config == NULL)
    {
      g_task_return_error (task, error);
      return;
    }
  bounce_log_add_secret (config->token);
  g_task_return_pointer (task, config, (GDestroyNotify) bounce_upload_config_free);
}

static void
decode_signature (BounceAurabox *self, JsonObject *reply, GTask *task)
{
  GError *error = NULL;
  char *signature = bounce_aurabox_json_decode_signature (reply, &error);

  if (signature != NULL)
    g_task_return_pointer (task, signature, g_free);
  else
    g_task_return_error (task, error);
}

static void
decode_outcome (BounceAurabox *self, JsonObject *reply, GTask *task)
{
  g_task_return_boolean (task, TRUE);
}

static const Call CONFIG = { "GET", "config", decode_config };
static const Call SIGNATURE = { "GET", "signature", decode_signature };
static const Call INIT = { "POST", "upload/init", decode_outcome };
static const Call STEPS[] = {
  [BOUNCE_UPLOAD_START] = { "POST", "upload/start", decode_outcome },
  [BOUNCE_UPLOAD_COMPLETE] = { "POST", "upload/complete", decode_outcome },
};

static void
bounce_aurabox_finalize (GObject *object)
{
  BounceAurabox *self = BOUNCE_AURABOX (object);

  g_clear_object (&self->http);
  g_clear_pointer (&self->endpoint, g_free);
  g_clear_pointer (&self->key, bounce_api_key_unref);
  g_clear_pointer (&self->deprecated, g_hash_table_unref);
  G_OBJECT_CLASS (bounce_aurabox_parent_class)->finalize (object);
}

static void
bounce_aurabox_class_init (BounceAuraboxClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = bounce_aurabox_finalize;

  /**
   * BounceAurabox::deprecated:
   * @path: of the request, such as `/api/bounce/config`
   * @sunset: (not nullable): the date of the `Sunset` header as the server wrote it, or ""
   *
   * The server marks an endpoint as going away (`X-Deprecated: true`). Once for each path.
   */
  signals[SIGNAL_DEPRECATED] =
      g_signal_new ("deprecated", BOUNCE_TYPE_AURABOX, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                    G_TYPE_NONE, 2, G_TYPE_STRING, G_TYPE_STRING);
}

static void
bounce_aurabox_init (BounceAurabox *self)
{
  self->deprecated = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
}

/**
 * bounce_aurabox_new:
 * @http: used by this client
 * @endpoint: `https://au.aurabox.app`; http for loopback only, which the settings see to
 * @key: the API key
 *
 * Thread: main
 * Returns: (transfer full): a client
 */
BounceAurabox *
bounce_aurabox_new (BounceHttp *http, const char *endpoint, BounceApiKey *key)
{
  BounceAurabox *self;
  gsize length;

  g_return_val_if_fail (BOUNCE_IS_HTTP (http), NULL);
  g_return_val_if_fail (endpoint != NULL && key != NULL, NULL);

  self = g_object_new (BOUNCE_TYPE_AURABOX, NULL);
  self->http = g_object_ref (http);
  self->key = bounce_api_key_ref (key);
  length = strlen (endpoint);
  while (length > 0 && endpoint[length - 1] == '/')
    length--;
  self->endpoint = g_strndup (endpoint, length);
  bounce_log_add_secret (bounce_api_key_get_text (key));
  return self;
}

/**
 * bounce_aurabox_set_studies_shape:
 *
 * How `init` lists the studies from now on; %BOUNCE_STUDIES_AS_ARRAYS at first.
 */
void
bounce_aurabox_set_studies_shape (BounceAurabox *self, BounceStudiesShape shape)
{
  g_return_if_fail (BOUNCE_IS_AURABOX (self));

  self->shape = shape;
}

/**
 * bounce_aurabox_get_config_async:
 *
 * Asks for a fresh token and where to upload to. Also the check whether the server can be reached
 * and knows the key.
 *
 * Thread: main
 * Errors: as all calls here: BOUNCE_HTTP_ERROR for network and status; those of
 *   bounce_aurabox_json_read_reply() and bounce_aurabox_json_decode_config(); G_IO_ERROR_CANCELLED.
 * Source: reference document, GET /api/bounce/config
 */
void
bounce_aurabox_get_config_async (BounceAurabox *self,
                                 GCancellable *cancellable,
                                 GAsyncReadyCallback callback,
                                 gpointer user_data)
{
  GTask *task = g_task_new (self, cancellable, callback, user_data);

  g_task_set_source_tag (task, bounce_aurabox_get_config_async);
  send (self, &CONFIG, NULL, task);
}

/**
 * bounce_aurabox_get_config_finish:
 *
 * Returns: (transfer full) (nullable): the configuration; its token is a secret of the log's
 */
BounceUploadConfig *
bounce_aurabox_get_config_finish (BounceAurabox *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), NULL);

  return g_task_propagate_pointer (G_TASK (result), error);
}

/**
 * bounce_aurabox_init_async:
 * @init: read before this returns
 *
 * Announces an upload: what the archive will hold. May be repeated with the same upload_id.
 *
 * Thread: main
 * Errors: BOUNCE_HTTP_ERROR (REJECTED for validation errors), BOUNCE_AURABOX_ERROR_REFUSED,
 *   BOUNCE_AURABOX_ERROR_INVALID_RESPONSE, G_IO_ERROR_CANCELLED.
 * Source: reference document, POST /api/bounce/upload/init
 */
void
bounce_aurabox_init_async (BounceAurabox *self,
                           const BounceUploadInit *init,
                           GCancellable *cancellable,
                           GAsyncReadyCallback callback,
                           gpointer user_data)
{
  GTask *task = g_task_new (self, cancellable, callback, user_data);
  g_autoptr (GBytes) body = bounce_aurabox_json_encode_init (init, self->shape);

  g_task_set_source_tag (task, bounce_aurabox_init_async);
  send (self, &INIT, body, task);
}

/**
 * bounce_aurabox_init_finish:
 *
 * Returns: whether the server accepted the announcement
 */
gboolean
bounce_aurabox_init_finish (BounceAurabox *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), FALSE);

  return g_task_propagate_boolean (G_TASK (result), error);
}

/**
 * bounce_aurabox_step_async:
 * @step: start, before the bytes, or complete, after them
 * @assembly_id: that of init
 *
 * Thread: main
 * Errors: as bounce_aurabox_init_async().
 * Source: reference document, POST /api/bounce/upload/start and /complete
 */
void
bounce_aurabox_step_async (BounceAurabox *self,
                           BounceUploadStep step,
                           const char *assembly_id,
                           const char *type,
                           const char *upload_id,
                           GCancellable *cancellable,
                           GAsyncReadyCallback callback,
                           gpointer user_data)
{
  GTask *task = g_task_new (self, cancellable, callback, user_data);
  g_autoptr (GBytes) body = bounce_aurabox_json_encode_step (assembly_id, type, upload_id);

  g_task_set_source_tag (task, bounce_aurabox_step_async);
  send (self, &STEPS[step], body, task);
}

/**
 * bounce_aurabox_step_finish:
 *
 * Returns: whether the server acknowledged the step
 */
gboolean
bounce_aurabox_step_finish (BounceAurabox *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), FALSE);

  return g_task_propagate_boolean (G_TASK (result), error);
}

/**
 * bounce_aurabox_get_signature_async:
 *
 * Thread: main
 * Errors: BOUNCE_HTTP_ERROR, BOUNCE_AURABOX_ERROR, G_IO_ERROR_CANCELLED.
 * Source: reference document, GET /api/bounce/signature (legacy, unused)
 */
void
bounce_aurabox_get_signature_async (BounceAurabox *self,
                                    GCancellable *cancellable,
                                    GAsyncReadyCallback callback,
                                    gpointer user_data)
{
  GTask *task = g_task_new (self, cancellable, callback, user_data);

  g_task_set_source_tag (task, bounce_aurabox_get_signature_async);
  send (self, &SIGNATURE, NULL, task);
}

/**
 * bounce_aurabox_get_signature_finish:
 *
 * Returns: (transfer full) (nullable): the signature, an assembly_id
 */
char *
bounce_aurabox_get_signature_finish (BounceAurabox *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), NULL);

  return g_task_propagate_pointer (G_TASK (result), error);
}
