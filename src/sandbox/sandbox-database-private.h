/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "sandbox-database.h"

#include <sqlite3.h>

G_BEGIN_DECLS

/* For the files sandbox-database*.c. */

G_DEFINE_AUTOPTR_CLEANUP_FUNC (sqlite3_stmt, sqlite3_finalize)

struct _SandboxDatabase
{
  sqlite3 *handle; /* (owned) */
};

/* types: one letter for each parameter, s a string (NULL allowed), i a gint64. */
sqlite3_stmt *sandbox_sql_prepare (SandboxDatabase *self, const char *sql, const char *types, ...);
gboolean
sandbox_sql_run (SandboxDatabase *self, GError **error, const char *sql, const char *types, ...);
gboolean sandbox_sql_has_row (sqlite3_stmt *statement);
char *sandbox_sql_dup_column (sqlite3_stmt *statement, int column);
gboolean sandbox_sql_finish (SandboxDatabase *self, gboolean is_done, GError **error);

G_END_DECLS
