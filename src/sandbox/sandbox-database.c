/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* What the sandbox remembers, in one SQLite file: tokens, sessions (`init`), TUS uploads with the
 * byte ranges they received, and the studies that were unpacked. Main thread only. Every change is
 * one committed transaction with synchronous=FULL, because the crash tests of the product rely on
 * what the sandbox acknowledged. */

#include "config.h"

#include "sandbox-database.h"

#include <sqlite3.h>
#include <stdarg.h>

G_DEFINE_AUTOPTR_CLEANUP_FUNC (sqlite3_stmt, sqlite3_finalize)
G_DEFINE_QUARK (bounce - sandbox - error - quark, sandbox_error)

struct _SandboxDatabase
{
  sqlite3 *handle; /* (owned) */
};

static const char SCHEMA[] =
    "PRAGMA journal_mode = WAL;"
    "PRAGMA synchronous = FULL;"
    "CREATE TABLE IF NOT EXISTS tokens ("
    "  token TEXT PRIMARY KEY, assembly_id TEXT NOT NULL, expires_at INTEGER NOT NULL);"
    "CREATE INDEX IF NOT EXISTS tokens_assembly ON tokens (assembly_id);"
    "CREATE TABLE IF NOT EXISTS sessions ("
    "  upload_id TEXT PRIMARY KEY, assembly_id TEXT NOT NULL, studies TEXT NOT NULL,"
    "  state INTEGER NOT NULL);"
    "CREATE TABLE IF NOT EXISTS uploads ("
    "  number INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, upload_id TEXT NOT NULL,"
    "  metadata TEXT NOT NULL, length INTEGER NOT NULL, offset INTEGER NOT NULL,"
    "  expires_at INTEGER NOT NULL, refused INTEGER NOT NULL DEFAULT 0, state INTEGER NOT NULL);"
    "CREATE INDEX IF NOT EXISTS uploads_session ON uploads (upload_id);"
    "CREATE TABLE IF NOT EXISTS ranges ("
    "  number INTEGER PRIMARY KEY, id TEXT NOT NULL, first INTEGER NOT NULL, last INTEGER NOT NULL,"
    "  acknowledged INTEGER NOT NULL);"
    "CREATE INDEX IF NOT EXISTS ranges_upload ON ranges (id);"
    "CREATE TABLE IF NOT EXISTS studies ("
    "  study_uid TEXT PRIMARY KEY, patient_name TEXT, uploads INTEGER NOT NULL);"
    "CREATE TABLE IF NOT EXISTS instances ("
    "  study_uid TEXT NOT NULL, series_uid TEXT NOT NULL, sop_uid TEXT NOT NULL,"
    "  size INTEGER NOT NULL, sha256 TEXT NOT NULL,"
    "  PRIMARY KEY (study_uid, sop_uid, series_uid));";

/* Gives every session of this type back its memory; safe on NULL, like all the frees here. */
void
sandbox_session_free (SandboxSession *self)
{
  if (self == NULL)
    return;
  g_free (self->upload_id);
  g_free (self->assembly_id);
  g_free (self->studies);
  g_free (self);
}

void
sandbox_upload_free (SandboxUpload *self)
{
  if (self == NULL)
    return;
  g_free (self->id);
  g_free (self->upload_id);
  g_free (self->metadata);
  g_free (self);
}

void
sandbox_instance_free (SandboxInstance *self)
{
  if (self == NULL)
    return;
  g_free (self->study_uid);
  g_free (self->series_uid);
  g_free (self->sop_uid);
  g_free (self->sha256);
  g_free (self);
}

void
sandbox_study_free (SandboxStudy *self)
{
  if (self == NULL)
    return;
  g_free (self->study_uid);
  g_free (self->patient_name);
  g_free (self);
}

static gboolean
fail (SandboxDatabase *self, GError **error)
{
  g_set_error (error, SANDBOX_ERROR, SANDBOX_ERROR_STORAGE, "database: %s",
               sqlite3_errmsg (self->handle));
  return FALSE;
}

/* types: one letter for each parameter, s a string (NULL allowed), i a gint64. */
static sqlite3_stmt *
prepare_va (SandboxDatabase *self, const char *sql, const char *types, va_list values)
{
  g_autoptr (sqlite3_stmt) statement = NULL;

  if (sqlite3_prepare_v2 (self->handle, sql, -1, &statement, NULL) != SQLITE_OK)
    return NULL;
  for (int i = 0; types[i] != '\0'; i++)
    {
      int rc;

      if (types[i] == 's')
        rc = sqlite3_bind_text (statement, i + 1, va_arg (values, const char *), -1,
                                SQLITE_TRANSIENT);
      else
        rc = sqlite3_bind_int64 (statement, i + 1, va_arg (values, gint64));
      if (rc != SQLITE_OK)
        return NULL;
    }
  return g_steal_pointer (&statement);
}

static sqlite3_stmt *
prepare (SandboxDatabase *self, const char *sql, const char *types, ...)
{
  sqlite3_stmt *statement;
  va_list values;

  va_start (values, types);
  statement = prepare_va (self, sql, types, values);
  va_end (values);
  return statement;
}

static gboolean
run (SandboxDatabase *self, GError **error, const char *sql, const char *types, ...)
{
  g_autoptr (sqlite3_stmt) statement = NULL;
  va_list values;

  va_start (values, types);
  statement = prepare_va (self, sql, types, values);
  va_end (values);
  if (statement == NULL || sqlite3_step (statement) != SQLITE_DONE)
    return fail (self, error);
  return TRUE;
}

static gboolean
has_row (sqlite3_stmt *statement)
{
  return statement != NULL && sqlite3_step (statement) == SQLITE_ROW;
}

static char *
dup_column (sqlite3_stmt *statement, int column)
{
  return g_strdup ((const char *) sqlite3_column_text (statement, column));
}

/**
 * sandbox_database_open:
 * @path: the SQLite file; made when absent
 *
 * Thread: main
 * Errors: SANDBOX_ERROR_STORAGE when it cannot be opened or written.
 * Returns: (transfer full) (nullable): the database
 */
SandboxDatabase *
sandbox_database_open (const char *path, GError **error)
{
  g_autoptr (SandboxDatabase) self = g_new0 (SandboxDatabase, 1);

  if (sqlite3_open (path, &self->handle) != SQLITE_OK
      || sqlite3_exec (self->handle, SCHEMA, NULL, NULL, NULL) != SQLITE_OK)
    {
      fail (self, error);
      return NULL;
    }
  return g_steal_pointer (&self);
}

void
sandbox_database_close (SandboxDatabase *self)
{
  if (self == NULL)
    return;
  sqlite3_close (self->handle);
  g_free (self);
}

gboolean
sandbox_database_add_token (SandboxDatabase *self,
                            const char *token,
                            const char *assembly_id,
                            gint64 expires_at_us,
                            GError **error)
{
  static const char SQL[] = "INSERT INTO tokens (token, assembly_id, expires_at) VALUES (?, ?, ?)";

  return run (self, error, SQL, "ssi", token, assembly_id, expires_at_us);
}

/**
 * sandbox_database_has_token:
 *
 * Returns: whether @token was handed out and has not expired at @now_us
 */
gboolean
sandbox_database_has_token (SandboxDatabase *self, const char *token, gint64 now_us)
{
  static const char SQL[] = "SELECT 1 FROM tokens WHERE token = ? AND expires_at > ?";
  g_autoptr (sqlite3_stmt) statement = prepare (self, SQL, "si", token, now_us);

  return has_row (statement);
}

gboolean
sandbox_database_has_assembly (SandboxDatabase *self, const char *assembly_id)
{
  static const char SQL[] = "SELECT 1 FROM tokens WHERE assembly_id = ?";
  g_autoptr (sqlite3_stmt) statement = prepare (self, SQL, "s", assembly_id);

  return has_row (statement);
}

/**
 * sandbox_database_expire_tokens:
 *
 * Every token handed out so far stops working; their assemblies stay known.
 */
gboolean
sandbox_database_expire_tokens (SandboxDatabase *self, GError **error)
{
  return run (self, error, "UPDATE tokens SET expires_at = 0", "");
}

gboolean
sandbox_database_add_session (SandboxDatabase *self, const SandboxSession *session, GError **error)
{
  static const char SQL[] = "INSERT INTO sessions (upload_id, assembly_id, studies, state) "
                            "VALUES (?, ?, ?, ?)";

  return run (self, error, SQL, "sssi", session->upload_id, session->assembly_id, session->studies,
              (gint64) session->state);
}

/**
 * sandbox_database_get_session:
 *
 * Returns: (transfer full) (nullable): what `init` said, NULL when there was none
 */
SandboxSession *
sandbox_database_get_session (SandboxDatabase *self, const char *upload_id)
{
  static const char SQL[] = "SELECT upload_id, assembly_id, studies, state FROM sessions "
                            "WHERE upload_id = ?";
  g_autoptr (sqlite3_stmt) statement = prepare (self, SQL, "s", upload_id);
  SandboxSession *session;

  if (!has_row (statement))
    return NULL;
  session = g_new0 (SandboxSession, 1);
  session->upload_id = dup_column (statement, 0);
  session->assembly_id = dup_column (statement, 1);
  session->studies = dup_column (statement, 2);
  session->state = sqlite3_column_int (statement, 3);
  return session;
}

/**
 * sandbox_database_start_session:
 *
 * Marks the session as started; one that is further keeps its state.
 */
gboolean
sandbox_database_start_session (SandboxDatabase *self, const char *upload_id, GError **error)
{
  static const char SQL[] = "UPDATE sessions SET state = max (state, ?) WHERE upload_id = ?";

  return run (self, error, SQL, "is", (gint64) SANDBOX_SESSION_STARTED, upload_id);
}

gboolean
sandbox_database_add_upload (SandboxDatabase *self, const SandboxUpload *upload, GError **error)
{
  static const char SQL[] =
      "INSERT INTO uploads (id, upload_id, metadata, length, offset, expires_at, state) "
      "VALUES (?, ?, ?, ?, 0, ?, ?)";

  return run (self, error, SQL, "sssiii", upload->id, upload->upload_id, upload->metadata,
              (gint64) upload->length_bytes, upload->expires_at_us, (gint64) SANDBOX_UPLOAD_ACTIVE);
}

#define UPLOAD_COLUMNS "id, upload_id, metadata, length, offset, expires_at, refused, state"

static SandboxUpload *
read_upload (sqlite3_stmt *statement)
{
  SandboxUpload *upload = g_new0 (SandboxUpload, 1);

  upload->id = dup_column (statement, 0);
  upload->upload_id = dup_column (statement, 1);
  upload->metadata = dup_column (statement, 2);
  upload->length_bytes = sqlite3_column_int64 (statement, 3);
  upload->offset_bytes = sqlite3_column_int64 (statement, 4);
  upload->expires_at_us = sqlite3_column_int64 (statement, 5);
  upload->refused = sqlite3_column_int (statement, 6);
  upload->state = sqlite3_column_int (statement, 7);
  return upload;
}

SandboxUpload *
sandbox_database_get_upload (SandboxDatabase *self, const char *id)
{
  static const char SQL[] = "SELECT " UPLOAD_COLUMNS " FROM uploads WHERE id = ?";
  g_autoptr (sqlite3_stmt) statement = prepare (self, SQL, "s", id);

  return has_row (statement) ? read_upload (statement) : NULL;
}

SandboxUpload *
sandbox_database_find_upload (SandboxDatabase *self, const char *upload_id)
{
  static const char SQL[] = "SELECT " UPLOAD_COLUMNS " FROM uploads "
                            "WHERE upload_id = ? AND state = ? ORDER BY number DESC LIMIT 1";
  g_autoptr (sqlite3_stmt) statement =
      prepare (self, SQL, "si", upload_id, (gint64) SANDBOX_UPLOAD_ACTIVE);

  return has_row (statement) ? read_upload (statement) : NULL;
}

gboolean
sandbox_database_set_upload_state (SandboxDatabase *self,
                                   const char *id,
                                   SandboxUploadState state,
                                   GError **error)
{
  static const char SQL[] = "UPDATE uploads SET state = ? WHERE id = ?";

  return run (self, error, SQL, "is", (gint64) state, id);
}

static gboolean
finish_transaction (SandboxDatabase *self, gboolean is_done, GError **error)
{
  if (is_done && run (self, error, "COMMIT", ""))
    return TRUE;
  sqlite3_exec (self->handle, "ROLLBACK", NULL, NULL, NULL);
  return FALSE;
}

gboolean
sandbox_database_add_range (SandboxDatabase *self,
                            const char *id,
                            const SandboxRange *range,
                            gint64 expires_at_us,
                            GError **error)
{
  static const char ADD[] =
      "INSERT INTO ranges (id, first, last, acknowledged) VALUES (?, ?, ?, ?)";
  static const char RAISE[] = "UPDATE uploads SET offset = ?, expires_at = ? WHERE id = ?";
  gboolean is_done;

  if (!run (self, error, "BEGIN IMMEDIATE", ""))
    return FALSE;
  is_done = run (self, error, ADD, "siii", id, (gint64) range->from, (gint64) range->to,
                 (gint64) range->is_acknowledged)
            && run (self, error, RAISE, "iis", (gint64) range->to, expires_at_us, id);
  return finish_transaction (self, is_done, error);
}

gboolean
sandbox_database_add_refusal (SandboxDatabase *self, const char *id, GError **error)
{
  return run (self, error, "UPDATE uploads SET refused = refused + 1 WHERE id = ?", "s", id);
}

GPtrArray *
sandbox_database_list_uploads (SandboxDatabase *self)
{
  static const char SQL[] = "SELECT " UPLOAD_COLUMNS " FROM uploads ORDER BY number";
  g_autoptr (sqlite3_stmt) statement = prepare (self, SQL, "");
  GPtrArray *uploads = g_ptr_array_new_with_free_func ((GDestroyNotify) sandbox_upload_free);

  while (has_row (statement))
    g_ptr_array_add (uploads, read_upload (statement));
  return uploads;
}

GArray *
sandbox_database_list_ranges (SandboxDatabase *self, const char *id)
{
  static const char SQL[] =
      "SELECT first, last, acknowledged FROM ranges WHERE id = ? ORDER BY number";
  g_autoptr (sqlite3_stmt) statement = prepare (self, SQL, "s", id);
  GArray *ranges = g_array_new (FALSE, FALSE, sizeof (SandboxRange));

  while (has_row (statement))
    {
      SandboxRange range = {
        .from = sqlite3_column_int64 (statement, 0),
        .to = sqlite3_column_int64 (statement, 1),
        .is_acknowledged = sqlite3_column_int (statement, 2),
      };

      g_array_append_val (ranges, range);
    }
  return ranges;
}

static gboolean
add_studies (SandboxDatabase *self, GPtrArray *studies, GError **error)
{
  static const char SQL[] =
      "INSERT INTO studies (study_uid, patient_name, uploads) VALUES (?, ?, 1) "
      "ON CONFLICT (study_uid) DO UPDATE SET "
      "  patient_name = excluded.patient_name, uploads = uploads + 1";

  for (guint i = 0; i < studies->len; i++)
    {
      const SandboxStudy *study = studies->pdata[i];

      if (!run (self, error, SQL, "ss", study->study_uid, study->patient_name))
        return FALSE;
    }
  return TRUE;
}

static gboolean
add_instances (SandboxDatabase *self, GPtrArray *instances, GError **error)
{
  static const char SQL[] = "INSERT OR REPLACE INTO instances "
                            "(study_uid, series_uid, sop_uid, size, sha256) VALUES (?, ?, ?, ?, ?)";

  for (guint i = 0; i < instances->len; i++)
    {
      const SandboxInstance *instance = instances->pdata[i];

      if (!run (self, error, SQL, "sssis", instance->study_uid, instance->series_uid,
                instance->sop_uid, (gint64) instance->size_bytes, instance->sha256))
        return FALSE;
    }
  return TRUE;
}

gboolean
sandbox_database_complete (SandboxDatabase *self,
                           const SandboxUpload *upload,
                           GPtrArray *studies,
                           GPtrArray *instances,
                           GError **error)
{
  static const char SESSION[] = "UPDATE sessions SET state = ? WHERE upload_id = ?";
  gboolean is_done;

  if (!run (self, error, "BEGIN IMMEDIATE", ""))
    return FALSE;
  is_done =
      add_studies (self, studies, error) && add_instances (self, instances, error)
      && run (self, error, SESSION, "is", (gint64) SANDBOX_SESSION_COMPLETED, upload->upload_id)
      && sandbox_database_set_upload_state (self, upload->id, SANDBOX_UPLOAD_UNPACKED, error);
  return finish_transaction (self, is_done, error);
}

GPtrArray *
sandbox_database_list_studies (SandboxDatabase *self)
{
  static const char SQL[] = "SELECT study_uid, patient_name, uploads FROM studies ORDER BY rowid";
  g_autoptr (sqlite3_stmt) statement = prepare (self, SQL, "");
  GPtrArray *studies = g_ptr_array_new_with_free_func ((GDestroyNotify) sandbox_study_free);

  while (has_row (statement))
    {
      SandboxStudy *study = g_new0 (SandboxStudy, 1);

      study->study_uid = dup_column (statement, 0);
      study->patient_name = dup_column (statement, 1);
      study->uploads = sqlite3_column_int (statement, 2);
      g_ptr_array_add (studies, study);
    }
  return studies;
}

static SandboxInstance *
read_instance (sqlite3_stmt *statement)
{
  SandboxInstance *instance = g_new0 (SandboxInstance, 1);

  instance->study_uid = dup_column (statement, 0);
  instance->series_uid = dup_column (statement, 1);
  instance->sop_uid = dup_column (statement, 2);
  instance->size_bytes = sqlite3_column_int64 (statement, 3);
  instance->sha256 = dup_column (statement, 4);
  return instance;
}

GPtrArray *
sandbox_database_list_instances (SandboxDatabase *self, const char *study_uid)
{
  static const char SQL[] = "SELECT study_uid, series_uid, sop_uid, size, sha256 FROM instances "
                            "WHERE study_uid = ? ORDER BY series_uid, sop_uid";
  g_autoptr (sqlite3_stmt) statement = prepare (self, SQL, "s", study_uid);
  GPtrArray *instances = g_ptr_array_new_with_free_func ((GDestroyNotify) sandbox_instance_free);

  while (has_row (statement))
    g_ptr_array_add (instances, read_instance (statement));
  return instances;
}

SandboxInstance *
sandbox_database_find_instance (SandboxDatabase *self, const char *study_uid, const char *sop_uid)
{
  static const char SQL[] = "SELECT study_uid, series_uid, sop_uid, size, sha256 FROM instances "
                            "WHERE study_uid = ? AND sop_uid = ?";
  g_autoptr (sqlite3_stmt) statement = prepare (self, SQL, "ss", study_uid, sop_uid);

  return has_row (statement) ? read_instance (statement) : NULL;
}
