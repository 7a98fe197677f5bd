/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* Test behaviours. One table says what each kind needs, when it acts and how: before the request is
 * looked at, while its body comes in, or on the answer that is otherwise ready. A fault acts on the
 * next `count` requests whose path starts with `path` (and whose method is `method`, if given).
 * Those that a request has taken hang on its message. Main thread only. */

#include "config.h"

#include "sandbox-faults.h"

#include "bounce-json.h"
#include "sandbox-database.h"
#include "sandbox-reply.h"

#define TAKEN_KEY  "sandbox-faults-taken"
#define MAX_FAULTS 1000
#define MAX_DEPTH  1000000

typedef void (*FaultAct) (JsonObject *fault, SoupServerMessage *message);

typedef struct
{
  const char *name;
  const char *members; /* those it needs, separated by spaces */
  FaultAct answer;     /* (nullable) answers instead of the server */
  FaultAct alter;      /* (nullable) changes the server's answer */
  const char *help;
} FaultKind;

typedef struct
{
  const FaultKind *kind;
  JsonObject *object; /* (owned) as it was given */
  guint left;
} Fault;

struct _SandboxFaults
{
  GPtrArray *faults; /* (owned) (element-type Fault) */
};

static void
answer_status (JsonObject *fault, SoupServerMessage *message)
{
  const char *retry_after = bounce_json_get_string (fault, "retry_after");

  if (retry_after != NULL)
    sandbox_set_header (message, "Retry-After", retry_after);
  sandbox_reply_outcome (message, bounce_json_get_int (fault, "status", 500), "Fault");
}

static void
answer_body (JsonObject *fault, SoupServerMessage *message)
{
  sandbox_reply_text (message, bounce_json_get_int (fault, "status", 200), "application/json",
                      bounce_json_get_string (fault, "body"));
}

static void
answer_nested (JsonObject *fault, SoupServerMessage *message)
{
  gint64 depth = CLAMP (bounce_json_get_int (fault, "depth", 0), 1, MAX_DEPTH);
  g_autoptr (GString) text = g_string_sized_new (2 * depth + 16);

  g_string_append (text, "{\"a\":");
  for (gint64 i = 1; i < depth; i++)
    g_string_append_c (text, '[');
  for (gint64 i = 1; i < depth; i++)
    g_string_append_c (text, ']');
  g_string_append_c (text, '}');
  sandbox_reply_text (message, SOUP_STATUS_OK, "application/json", text->str);
}

static void
alter_offset (JsonObject *fault, SoupServerMessage *message)
{
  SoupMessageHeaders *headers = soup_server_message_get_response_headers (message);
  const char *offset = soup_message_headers_get_one (headers, "Upload-Offset");
  g_autofree char *lie = NULL;

  if (offset == NULL)
    return;
  lie = g_strdup_printf ("%" G_GINT64_FORMAT, g_ascii_strtoll (offset, NULL, 10)
                                                  + bounce_json_get_int (fault, "delta", 0));
  soup_message_headers_replace (headers, "Upload-Offset", lie);
}

static void
alter_header (JsonObject *fault, SoupServerMessage *message)
{
  sandbox_set_header (message, bounce_json_get_string (fault, "name"),
                      bounce_json_get_string (fault, "value"));
}

static void
alter_deprecated (JsonObject *fault, SoupServerMessage *message)
{
  sandbox_set_header (message, "X-Deprecated", "true");
  sandbox_set_header (message, "Sunset", bounce_json_get_string (fault, "sunset"));
}

static void
alter_lose (JsonObject *fault, SoupServerMessage *message)
{
  sandbox_disconnect (message);
}

enum
{
  KIND_DROP = 0,
  KIND_SHORT,
  KIND_DELAY,
};

static const FaultKind KINDS[] = {
  [KIND_DROP] = { "drop", "bytes", NULL, NULL,
                  "cut the connection after that much of the body; what arrived is kept" },
  [KIND_SHORT] = { "short", "bytes", NULL, NULL, "PATCH: store only that much and say so" },
  [KIND_DELAY] = { "delay", "milliseconds", NULL, NULL, "answer that much later" },
  { "status", "status", answer_status, NULL,
    "answer with that status, and retry_after (a string) if given" },
  { "body", "body", answer_body, NULL, "answer with that body, and status (200)" },
  { "nested", "depth", answer_nested, NULL, "answer 200 with JSON nested that deep" },
  { "offset", "delta", NULL, alter_offset, "add that to the Upload-Offset of the answer" },
  { "header", "name value", NULL, alter_header, "set that header, such as Location" },
  { "deprecated", "sunset", NULL, alter_deprecated, "set X-Deprecated and Sunset" },
  { "lose", "", NULL, alter_lose, "do what was asked and cut the connection instead of answering" },
};

static void
free_fault (Fault *fault)
{
  json_object_unref (fault->object);
  g_free (fault);
}

/**
 * sandbox_faults_new:
 *
 * Returns: (transfer full): no faults at all
 */
SandboxFaults *
sandbox_faults_new (void)
{
  SandboxFaults *self = g_new0 (SandboxFaults, 1);

  self->faults = g_ptr_array_new_with_free_func ((GDestroyNotify) free_fault);
  return self;
}

/**
 * sandbox_faults_free:
 * @self: (transfer full): the faults
 */
void
sandbox_faults_free (SandboxFaults *self)
{
  g_ptr_array_unref (self->faults);
  g_free (self);
}

/**
 * sandbox_faults_describe:
 *
 * Returns: (transfer full): a paragraph for --help with a line for each kind
 */
char *
sandbox_faults_describe (void)
{
  GString *text = g_string_new ("Test behaviours: POST /sandbox/faults {\"fault\": KIND, \"path\": "
                                "PREFIX, \"method\": METHOD,\n"
                                "\"count\": N, …}; method is optional, count is 1 if not given. "
                                "GET lists those left, DELETE\n"
                                "clears them. POST /sandbox/expire-tokens makes every token given "
                                "out so far expire. Kinds:\n");

  for (guint i = 0; i < G_N_ELEMENTS (KINDS); i++)
    g_string_append_printf (text, "  %-11s %-13s %s\n", KINDS[i].name, KINDS[i].members,
                            KINDS[i].help);
  return g_string_free (text, FALSE);
}

static const FaultKind *
find_kind (const char *name)
{
  for (guint i = 0; i < G_N_ELEMENTS (KINDS); i++)
    if (g_strcmp0 (name, KINDS[i].name) == 0)
      return &KINDS[i];
  return NULL;
}

static gboolean
has_members (JsonObject *object, const FaultKind *kind, GError **error)
{
  g_auto (GStrv) members = g_strsplit (kind->members, " ", -1);

  for (guint i = 0; members[i] != NULL; i++)
    {
      gboolean is_number = strstr ("bytes milliseconds status depth delta", members[i]) != NULL;

      if (is_number ? bounce_json_get_int (object, members[i], G_MININT64) != G_MININT64
                    : bounce_json_get_string (object, members[i]) != NULL)
        continue;
      g_set_error (error, SANDBOX_ERROR, SANDBOX_ERROR_INVALID, "a fault “%s” needs “%s” (%s)",
                   kind->name, members[i], is_number ? "integer" : "string");
      return FALSE;
    }
  return TRUE;
}

/**
 * sandbox_faults_add:
 * @object: kind, path, method, count, and the members of the kind
 *
 * Errors: SANDBOX_ERROR_INVALID when a member is missing or of the wrong type.
 */
gboolean
sandbox_faults_add (SandboxFaults *self, JsonObject *object, GError **error)
{
  const FaultKind *kind = find_kind (bounce_json_get_string (object, "fault"));
  gint64 count = bounce_json_get_int (object, "count", 1);
  Fault *fault;

  if (kind == NULL || bounce_json_get_string (object, "path") == NULL || count < 1
      || count > G_MAXINT || self->faults->len >= MAX_FAULTS)
    {
      g_set_error_literal (error, SANDBOX_ERROR, SANDBOX_ERROR_INVALID,
                           "a fault needs a known kind, a path and a count of at least 1");
      return FALSE;
    }
  if (!has_members (object, kind, error))
    return FALSE;
  fault = g_new0 (Fault, 1);
  fault->kind = kind;
  fault->object = json_object_ref (object);
  fault->left = count;
  g_ptr_array_add (self->faults, fault);
  return TRUE;
}

/**
 * sandbox_faults_clear:
 *
 * Switches every fault off; those that a request has taken still act on it.
 */
void
sandbox_faults_clear (SandboxFaults *self)
{
  g_ptr_array_set_size (self->faults, 0);
}

/**
 * sandbox_faults_to_json:
 *
 * Returns: (transfer full): an array of those left, each with what is left of its count
 */
JsonNode *
sandbox_faults_to_json (SandboxFaults *self)
{
  JsonArray *list = json_array_new ();

  for (guint i = 0; i < self->faults->len; i++)
    {
      Fault *fault = self->faults->pdata[i];

      json_object_set_int_member (fault->object, "count", fault->left);
      json_array_add_object_element (list, json_object_ref (fault->object));
    }
  return json_node_init_array (json_node_alloc (), list);
}

static gboolean
is_for (const Fault *fault, SoupServerMessage *message)
{
  const char *path = g_uri_get_path (soup_server_message_get_uri (message));
  const char *method = bounce_json_get_string (fault->object, "method");

  return g_str_has_prefix (path, bounce_json_get_string (fault->object, "path"))
         && (method == NULL || g_str_equal (method, soup_server_message_get_method (message)));
}

/**
 * sandbox_faults_take:
 *
 * Counts down the faults meant for this request and ties them to the message. Of those that answer
 * it takes the first only, so that a row of them answers a row of requests.
 *
 * Returns: whether one of them answered; the request is then not looked at any further
 */
gboolean
sandbox_faults_take (SandboxFaults *self, SoupServerMessage *message)
{
  GPtrArray *taken = g_ptr_array_new_with_free_func ((GDestroyNotify) free_fault);
  const Fault *answer = NULL;

  for (guint i = 0; i < self->faults->len; i++)
    {
      Fault *fault = self->faults->pdata[i];
      Fault *copy;

      if (!is_for (fault, message) || (answer != NULL && fault->kind->answer != NULL))
        continue;
      copy = g_memdup2 (fault, sizeof *fault);
      json_object_ref (copy->object);
      g_ptr_array_add (taken, copy);
      if (fault->kind->answer != NULL)
        answer = copy;
      if (--fault->left == 0)
        g_ptr_array_remove_index (self->faults, i--);
    }
  g_object_set_data_full (G_OBJECT (message), TAKEN_KEY, taken, (GDestroyNotify) g_ptr_array_unref);
  if (answer == NULL)
    return FALSE;
  answer->kind->answer (answer->object, message);
  return TRUE;
}

static gint64
get_taken (SoupServerMessage *message, guint kind, const char *member, gint64 fallback)
{
  GPtrArray *taken = g_object_get_data (G_OBJECT (message), TAKEN_KEY);

  for (guint i = 0; taken != NULL && i < taken->len; i++)
    {
      const Fault *fault = taken->pdata[i];

      if (fault->kind == &KINDS[kind])
        return bounce_json_get_int (fault->object, member, fallback);
    }
  return fallback;
}

/**
 * sandbox_faults_get_delay_ms:
 *
 * Returns: how long the answer to @message must wait; 0 for not at all
 */
guint
sandbox_faults_get_delay_ms (SoupServerMessage *message)
{
  return CLAMP (get_taken (message, KIND_DELAY, "milliseconds", 0), 0, G_MAXINT);
}

/**
 * sandbox_faults_get_drop_after:
 *
 * Returns: bytes of the body after which the connection drops; %G_MAXUINT64 for never
 */
guint64
sandbox_faults_get_drop_after (SoupServerMessage *message)
{
  return get_taken (message, KIND_DROP, "bytes", -1);
}

/**
 * sandbox_faults_get_store_limit:
 *
 * Returns: bytes of the body that are stored at most; %G_MAXUINT64 for all
 */
guint64
sandbox_faults_get_store_limit (SoupServerMessage *message)
{
  return get_taken (message, KIND_SHORT, "bytes", -1);
}

/**
 * sandbox_faults_alter_reply:
 * @message: whose answer is ready
 *
 * The last word of the faults that @message has taken.
 */
void
sandbox_faults_alter_reply (SoupServerMessage *message)
{
  GPtrArray *taken = g_object_get_data (G_OBJECT (message), TAKEN_KEY);

  for (guint i = 0; taken != NULL && i < taken->len; i++)
    {
      const Fault *fault = taken->pdata[i];

      if (fault->kind->alter != NULL)
        fault->kind->alter (fault->object, message);
    }
}
