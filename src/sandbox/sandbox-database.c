/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* What the sandbox remembers, in one SQLite file: tokens, sessions (`init`), TUS uploads with the
 * byte ranges they received, and the studies that were unpacked. Main thread only. Every change is
 * one committed transaction with synchronous=FULL, because the crash tests of the product rely on
 * what the sandbox acknowledged. */

#include "config.h"

#include "sandbox-database-private.h"

#include <stdarg.h>

G_DEFINE_QUARK (bounce - sandbox - error - quark, sandbox_error)

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

/**
 * sandbox_session_free:
 * @self: (transfer full) (nullable): a session
 */
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

/**
 * sandbox_upload_free:
 * @self: (transfer full) (nullable): an upload
 */
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

/**
 * sandbox_instance_free:
 * @self: (transfer full) (nullable): an instance
 */
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

/**
 * sandbox_study_free:
 * @self: (transfer full) (nullable): a study
 */
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

/* The statement with its parameters bound; NULL when that failed. */
sqlite3_stmt *
sandbox_sql_prepare (SandboxDatabase *self, const char *sql, const char *types, ...)
{
  sqlite3_stmt *statement;
  va_list values;

  va_start (values, types);
  statement = prepare_va (self, sql, types, values);
  va_end (values);
  return statement;
}

/* One statement without rows. */
gboolean
sandbox_sql_run (SandboxDatabase *self, GError **error, const char *sql, const char *types, ...)
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

gboolean
sandbox_sql_has_row (sqlite3_stmt *statement)
{
  return statement != NULL && sqlite3_step (statement) == SQLITE_ROW;
}

char *
sandbox_sql_dup_column (sqlite3_stmt *statement, int column)
{
  return g_strdup ((const char *) sqlite3_column_text (statement, column));
}

/* Ends a transaction: COMMIT when is_done, else ROLLBACK. */
gboolean
sandbox_sql_finish (SandboxDatabase *self, gboolean is_done, GError **error)
{
  if (is_done && sandbox_sql_run (self, error, "COMMIT", ""))
    return TRUE;
  sqlite3_exec (self->handle, "ROLLBACK", NULL, NULL, NULL);
  return FALSE;
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

/**
 * sandbox_database_close:
 * @self: (transfer full) (nullable): a database
 */
void
sandbox_database_close (SandboxDatabase *self)
{
  if (self == NULL)
    return;
  sqlite3_close (self->handle);
  g_free (self);
}

/**
 * sandbox_database_add_token:
 * @expires_at_us: when it stops working
 *
 * Errors: SANDBOX_ERROR_STORAGE, as of everything here that writes.
 * Returns: whether the token was committed
 */
gboolean
sandbox_database_add_token (SandboxDatabase *self,
                            const char *token,
                            const char *assembly_id,
                            gint64 expires_at_us,
                            GError **error)
{
  static const char SQL[] = "INSERT INTO tokens (token, assembly_id, expires_at) VALUES (?, ?, ?)";

  return sandbox_sql_run (self, error, SQL, "ssi", token, assembly_id, expires_at_us);
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
  g_autoptr (sqlite3_stmt) statement = sandbox_sql_prepare (self, SQL, "si", token, now_us);

  return sandbox_sql_has_row (statement);
}

/**
 * sandbox_database_has_assembly:
 *
 * Returns: whether @assembly_id was ever handed out, expired or not
 */
gboolean
sandbox_database_has_assembly (SandboxDatabase *self, const char *assembly_id)
{
  static const char SQL[] = "SELECT 1 FROM tokens WHERE assembly_id = ?";
  g_autoptr (sqlite3_stmt) statement = sandbox_sql_prepare (self, SQL, "s", assembly_id);

  return sandbox_sql_has_row (statement);
}

/**
 * sandbox_database_expire_tokens:
 *
 * Every token handed out so far stops working; their assemblies stay known.
 */
gboolean
sandbox_database_expire_tokens (SandboxDatabase *self, GError **error)
{
  return sandbox_sql_run (self, error, "UPDATE tokens SET expires_at = 0", "");
}

/**
 * sandbox_database_add_session:
 * @session: what `init` said; its upload_id is new
 *
 * Returns: whether it was committed
 */
gboolean
sandbox_database_add_session (SandboxDatabase *self, const SandboxSession *session, GError **error)
{
  static const char SQL[] = "INSERT INTO sessions (upload_id, assembly_id, studies, state) "
                            "VALUES (?, ?, ?, ?)";

  return sandbox_sql_run (self, error, SQL, "sssi", session->upload_id, session->assembly_id,
                          session->studies, (gint64) session->state);
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
  g_autoptr (sqlite3_stmt) statement = sandbox_sql_prepare (self, SQL, "s", upload_id);
  SandboxSession *session;

  if (!sandbox_sql_has_row (statement))
    return NULL;
  session = g_new0 (SandboxSession, 1);
  session->upload_id = sandbox_sql_dup_column (statement, 0);
  session->assembly_id = sandbox_sql_dup_column (statement, 1);
  session->studies = sandbox_sql_dup_column (statement, 2);
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

  return sandbox_sql_run (self, error, SQL, "is", (gint64) SANDBOX_SESSION_STARTED, upload_id);
}
