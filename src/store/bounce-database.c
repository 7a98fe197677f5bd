/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* A connection to bounce.db with the statements it has prepared.
 *
 * Statements are kept by the address of their SQL constant, so that a function prepares its text
 * once per connection. A statement is reset as soon as its last row was read or an error came, and
 * by bounce_database_done() otherwise: no read transaction outlives one call (design section 9).
 * SQLite's result codes become BOUNCE_STORE_ERROR here and nowhere else. */

#include "config.h"

#include "bounce-database-private.h"

#include <gio/gio.h>
#include <stdarg.h>

/* How long a connection waits for another's lock; only a reader meeting a checkpoint ever does. */
#define BUSY_TIMEOUT_MS 5000
/* Instructions of SQLite's machine between two looks at the cancellable: well under 1 ms. */
#define CANCEL_CHECK_OPS 20000

struct _BounceDatabase
{
  sqlite3 *connection;       /* (owned) */
  GHashTable *statements;    /* (owned) (element-type constpointer sqlite3_stmt) */
  GCancellable *cancellable; /* (nullable) of the call being run */
};

static BounceStoreError
get_error_code (int result)
{
  switch (result & 0xff)
    {
    case SQLITE_FULL:
      return BOUNCE_STORE_ERROR_NO_SPACE;
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
      return BOUNCE_STORE_ERROR_CORRUPT;
    case SQLITE_IOERR:
      return BOUNCE_STORE_ERROR_IO;
    default:
      return BOUNCE_STORE_ERROR_DATABASE;
    }
}

/* sqlite3_errmsg() may quote values, so only the generic text of the code is told. */
static void
set_error (BounceDatabase *self, int result, GError **error)
{
  if ((result & 0xff) == SQLITE_INTERRUPT)
    g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_CANCELLED, "Cancelled");
  else
    g_set_error (error, BOUNCE_STORE_ERROR, get_error_code (result), "database: %s (%d)",
                 sqlite3_errstr (result),
                 self ? sqlite3_extended_errcode (self->connection) : result);
}

/* Runs several statements without parameters; what was begun is rolled back when one fails. */
gboolean
bounce_database_run_script (BounceDatabase *self, const char *script, GError **error)
{
  int result = sqlite3_exec (self->connection, script, NULL, NULL, NULL);

  if (result == SQLITE_OK)
    return TRUE;
  set_error (self, result, error);
  if (!sqlite3_get_autocommit (self->connection))
    sqlite3_exec (self->connection, "ROLLBACK", NULL, NULL, NULL);
  return FALSE;
}

static gboolean
run_pragmas (BounceDatabase *self, BounceDatabaseMode mode, GError **error)
{
  /* wal_autocheckpoint: 4000 pages, so that a burst of arrivals is not stopped by a checkpoint at
   * each 4 MB of log. */
  const char *sql =
      mode == BOUNCE_DATABASE_WRITE
          ? "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON;"
            "PRAGMA wal_autocheckpoint=4000; PRAGMA journal_size_limit=67108864;"
            "PRAGMA temp_store=MEMORY"
          : "PRAGMA query_only=ON; PRAGMA temp_store=MEMORY";

  return bounce_database_run_script (self, sql, error);
}

static void
finalize_statement (gpointer statement)
{
  sqlite3_finalize (statement);
}

/* Shape: a file path; created when absent and mode is WRITE.
 * Thread: the connection belongs to one thread at a time.
 * Errors: CORRUPT when the file is no database, NO_SPACE, IO, DATABASE.
 * Returns: (transfer full) a connection, or NULL. */
BounceDatabase *
bounce_database_open (const char *path, BounceDatabaseMode mode, GError **error)
{
  g_autoptr (BounceDatabase) self = g_new0 (BounceDatabase, 1);
  int flags = SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE;
  int result;

  flags |= mode == BOUNCE_DATABASE_WRITE ? SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE
                                         : SQLITE_OPEN_READONLY;
  self->statements = g_hash_table_new_full (NULL, NULL, NULL, finalize_statement);
  result = sqlite3_open_v2 (path, &self->connection, flags, NULL);
  if (result != SQLITE_OK)
    {
      set_error (NULL, result, error);
      return NULL;
    }
  sqlite3_busy_timeout (self->connection, BUSY_TIMEOUT_MS);
  if (!run_pragmas (self, mode, error))
    return NULL;
  return g_steal_pointer (&self);
}

/* Closes the connection; the last one to close checkpoints the log. */
void
bounce_database_free (BounceDatabase *self)
{
  g_clear_pointer (&self->statements, g_hash_table_unref);
  if (self->connection)
    sqlite3_close (self->connection);
  g_free (self);
}

static int
progress_cb (void *user_data)
{
  BounceDatabase *self = user_data;

  return g_cancellable_is_cancelled (self->cancellable);
}

/* Until the next call, statements stop with G_IO_ERROR_CANCELLED when cancellable is triggered. */
void
bounce_database_set_cancellable (BounceDatabase *self, gpointer cancellable)
{
  self->cancellable = cancellable;
  sqlite3_progress_handler (self->connection, CANCEL_CHECK_OPS, cancellable ? progress_cb : NULL,
                            self);
}

static sqlite3_stmt *
prepare (BounceDatabase *self, const char *sql, GError **error)
{
  sqlite3_stmt *statement = g_hash_table_lookup (self->statements, sql);
  int result;

  if (statement)
    return statement;
  result =
      sqlite3_prepare_v3 (self->connection, sql, -1, SQLITE_PREPARE_PERSISTENT, &statement, NULL);
  if (result != SQLITE_OK)
    {
      set_error (self, result, error);
      return NULL;
    }
  g_hash_table_insert (self->statements, (gpointer) sql, statement);
  return statement;
}

static void
bind_values (sqlite3_stmt *statement, const char *format, va_list args)
{
  for (int i = 1; *format; i++, format++)
    {
      if (*format == 'i')
        sqlite3_bind_int64 (statement, i, va_arg (args, gint64));
      else if (*format == 't')
        sqlite3_bind_text (statement, i, va_arg (args, const char *), -1, SQLITE_STATIC);
      else
        {
          const void *data = va_arg (args, const void *);
          gsize size = va_arg (args, gsize);

          g_assert (*format == 'b');
          sqlite3_bind_blob64 (statement, i, data, size, SQLITE_STATIC);
        }
    }
}

static sqlite3_stmt *
query_valist (
    BounceDatabase *self, GError **error, const char *sql, const char *format, va_list args)
{
  sqlite3_stmt *statement = prepare (self, sql, error);

  if (statement)
    bind_values (statement, format, args);
  return statement;
}

/* Shape: a statement ready for bounce_database_next(); its parameters must live until done.
 * Returns: (transfer none) NULL with an error. */
sqlite3_stmt *
bounce_database_query (
    BounceDatabase *self, GError **error, const char *sql, const char *format, ...)
{
  sqlite3_stmt *statement;
  va_list args;

  va_start (args, format);
  statement = query_valist (self, error, sql, format, args);
  va_end (args);
  return statement;
}

/* Returns: TRUE when a row is there; FALSE at the end or with an error, the statement being reset.
 */
gboolean
bounce_database_next (BounceDatabase *self, sqlite3_stmt *statement, GError **error)
{
  int result = sqlite3_step (statement);

  if (result == SQLITE_ROW)
    return TRUE;
  if (result != SQLITE_DONE)
    set_error (self, result, error);
  bounce_database_done (statement);
  return FALSE;
}

/* Ends a query before its last row and lets go of its parameters. */
void
bounce_database_done (sqlite3_stmt *statement)
{
  sqlite3_reset (statement);
  sqlite3_clear_bindings (statement);
}

/* Runs a statement to its end; rows are dropped. */
gboolean
bounce_database_run (BounceDatabase *self, GError **error, const char *sql, const char *format, ...)
{
  g_autoptr (GError) step_error = NULL;
  sqlite3_stmt *statement;
  va_list args;

  va_start (args, format);
  statement = query_valist (self, error, sql, format, args);
  va_end (args);
  if (!statement)
    return FALSE;
  while (bounce_database_next (self, statement, &step_error))
    ;
  if (!step_error)
    return TRUE;
  g_propagate_error (error, g_steal_pointer (&step_error));
  return FALSE;
}

/* Shape: the first column of the first row; value keeps what it had when there is no row or NULL.
 */
gboolean
bounce_database_get_int (
    BounceDatabase *self, gint64 *value, GError **error, const char *sql, const char *format, ...)
{
  g_autoptr (GError) step_error = NULL;
  sqlite3_stmt *statement;
  va_list args;

  va_start (args, format);
  statement = query_valist (self, error, sql, format, args);
  va_end (args);
  if (!statement)
    return FALSE;
  if (bounce_database_next (self, statement, &step_error))
    {
      if (sqlite3_column_type (statement, 0) != SQLITE_NULL)
        *value = sqlite3_column_int64 (statement, 0);
      bounce_database_done (statement);
    }
  if (!step_error)
    return TRUE;
  g_propagate_error (error, g_steal_pointer (&step_error));
  return FALSE;
}

/* Returns: (transfer full) (nullable) the text of a column. */
char *
bounce_database_dup_text (sqlite3_stmt *statement, int column)
{
  return g_strdup ((const char *) sqlite3_column_text (statement, column));
}

/* Rowid of the last INSERT. */
gint64
bounce_database_get_last_id (BounceDatabase *self)
{
  return sqlite3_last_insert_rowid (self->connection);
}

/* Between BEGIN and COMMIT, and not rolled back by an error of the disk. */
gboolean
bounce_database_is_in_transaction (BounceDatabase *self)
{
  return !sqlite3_get_autocommit (self->connection);
}

/* Rows the last statement changed. */
gint64
bounce_database_get_changes (BounceDatabase *self)
{
  return sqlite3_changes64 (self->connection);
}

/* Errors: CORRUPT when quick_check finds damage. */
gboolean
bounce_database_check (BounceDatabase *self, GError **error)
{
  g_autoptr (GError) step_error = NULL;
  sqlite3_stmt *statement = bounce_database_query (self, error, "PRAGMA quick_check(1)", "");
  gboolean is_sound = FALSE;

  if (!statement)
    return FALSE;
  if (bounce_database_next (self, statement, &step_error))
    {
      is_sound = g_strcmp0 ((const char *) sqlite3_column_text (statement, 0), "ok") == 0;
      bounce_database_done (statement);
    }
  if (step_error)
    g_propagate_error (error, g_steal_pointer (&step_error));
  else if (!is_sound)
    g_set_error_literal (error, BOUNCE_STORE_ERROR, BOUNCE_STORE_ERROR_CORRUPT,
                         "the database is damaged");
  return is_sound;
}
