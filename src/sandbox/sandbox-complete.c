/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* `upload/complete`: checks the TUS upload against init, unpacks in a thread, and records the
 * studies. Asked again while it unpacks, the request joins; asked again later, it is answered at
 * once. Main thread, but for the unpacking. */

#include "config.h"

#include "sandbox-api.h"

#include "sandbox-archive.h"
#include "sandbox-manifest.h"
#include "sandbox-reply.h"

#include "bounce-json.h"

#include <glib/gstdio.h>

/* What the thread needs, copied; what it found comes back as the task's result. */
typedef struct
{
  Sandbox *sandbox;
  SandboxUpload *upload; /* (owned) */
  GPtrArray *manifest;   /* (owned) */
  char *archive;         /* (owned) */
  char *scratch;         /* (owned) */
  char *studies_dir;     /* (owned) */
} Completion;

static void
free_completion (Completion *self)
{
  sandbox_upload_free (self->upload);
  g_ptr_array_unref (self->manifest);
  g_free (self->archive);
  g_free (self->scratch);
  g_free (self->studies_dir);
  g_free (self);
}

static void
unpack_worker (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  Completion *self = data;
  SandboxUnpacking job = {
    .archive = self->archive,
    .scratch = self->scratch,
    .studies_dir = self->studies_dir,
    .manifest = self->manifest,
    .max_unpacked_bytes = self->sandbox->options->max_unpacked_bytes,
  };
  GError *error = NULL;
  GPtrArray *instances = sandbox_archive_unpack (&job, &error);

  if (instances != NULL)
    g_task_return_pointer (task, instances, (GDestroyNotify) g_ptr_array_unref);
  else
    g_task_return_error (task, error);
}

static GPtrArray *
list_studies (GPtrArray *manifest)
{
  GPtrArray *studies = g_ptr_array_new_with_free_func ((GDestroyNotify) sandbox_study_free);

  for (guint i = 0; i < manifest->len; i++)
    {
      const BounceStudyMetadata *metadata = manifest->pdata[i];
      SandboxStudy *study = g_new0 (SandboxStudy, 1);

      study->study_uid = g_strdup (metadata->study_uid);
      study->patient_name = g_strdup (metadata->patient_name);
      g_ptr_array_add (studies, study);
    }
  return studies;
}

/* The archive goes only after the database says that it was unpacked. */
static gboolean
record (Completion *self, GPtrArray *instances, GError **error)
{
  g_autoptr (GPtrArray) studies = list_studies (self->manifest);

  if (!sandbox_database_complete (self->sandbox->database, self->upload, studies, instances, error))
    return FALSE;
  g_unlink (self->archive);
  return TRUE;
}

static void
unpacked_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Completion *self = g_task_get_task_data (G_TASK (result));
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) instances = g_task_propagate_pointer (G_TASK (result), &error);
  g_autoptr (GPtrArray) waiting = NULL;

  self->sandbox->jobs--;
  if (instances != NULL)
    record (self, instances, &error);
  waiting = g_hash_table_lookup (self->sandbox->completions, self->upload->upload_id);
  g_ptr_array_ref (waiting);
  g_hash_table_remove (self->sandbox->completions, self->upload->upload_id);
  for (guint i = 0; i < waiting->len; i++)
    {
      if (error != NULL)
        sandbox_reply_error (waiting->pdata[i], error);
      else
        sandbox_reply_outcome (waiting->pdata[i], SOUP_STATUS_OK, "Upload completed");
      sandbox_release (waiting->pdata[i]);
    }
}

static GPtrArray *
read_manifest (const SandboxSession *session)
{
  g_autoptr (JsonObject) problems = json_object_new ();
  g_autoptr (JsonNode) studies =
      bounce_json_parse (session->studies, strlen (session->studies), BOUNCE_JSON_MAX_BYTES, NULL);

  return sandbox_manifest_parse (studies, problems);
}

static void
start_unpacking (Sandbox *self, const SandboxSession *session, SandboxUpload *upload)
{
  g_autoptr (GTask) task = g_task_new (NULL, NULL, unpacked_cb, NULL);
  Completion *completion = g_new0 (Completion, 1);

  completion->sandbox = self;
  completion->manifest = read_manifest (session);
  completion->archive = sandbox_path_of_upload (self, upload->id);
  completion->scratch = g_build_filename (self->options->data_dir, "scratch", upload->id, NULL);
  completion->studies_dir = g_build_filename (self->options->data_dir, "studies", NULL);
  completion->upload = upload;
  self->jobs++;
  g_task_set_source_tag (task, start_unpacking);
  g_task_set_task_data (task, completion, (GDestroyNotify) free_completion);
  g_task_run_in_thread (task, unpack_worker);
}

/* NULL when the bytes are all there, else why not. */
static const char *
check_upload (Sandbox *self, const SandboxSession *session, const SandboxUpload *upload)
{
  if (session->state == SANDBOX_SESSION_INITIALISED)
    return "The upload was not started";
  if (upload == NULL)
    return "No file was uploaded";
  if (upload->offset_bytes != upload->length_bytes
      || g_hash_table_contains (self->patches, upload->id))
    return "The file is not complete";
  return NULL;
}

/**
 * sandbox_api_complete:
 *
 * Source: reference document, POST /api/bounce/upload/complete
 */
void
sandbox_api_complete (Sandbox *self, SoupServerMessage *message)
{
  g_autoptr (SandboxSession) session = sandbox_api_read_step (self, message);
  g_autoptr (SandboxUpload) upload = NULL;
  GPtrArray *waiting;
  const char *problem;

  if (session == NULL)
    return;
  if (session->state == SANDBOX_SESSION_COMPLETED)
    {
      sandbox_reply_outcome (message, SOUP_STATUS_OK, "Upload completed");
      return;
    }
  upload = sandbox_database_find_upload (self->database, session->upload_id);
  problem = check_upload (self, session, upload);
  if (problem != NULL)
    {
      sandbox_reply_outcome (message, SOUP_STATUS_UNPROCESSABLE_ENTITY, problem);
      return;
    }
  waiting = g_hash_table_lookup (self->completions, session->upload_id);
  if (waiting == NULL)
    {
      waiting = g_ptr_array_new ();
      g_hash_table_insert (self->completions, g_strdup (session->upload_id), waiting);
      start_unpacking (self, session, g_steal_pointer (&upload));
    }
  sandbox_hold (message);
  g_ptr_array_add (waiting, message);
}
