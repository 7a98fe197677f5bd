/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "bounce-store-error.h"

#include <sqlite3.h>

G_BEGIN_DECLS

/* One SQLite connection with its statements; used by one thread at a time. */
typedef struct _BounceDatabase BounceDatabase;

typedef enum
{
  BOUNCE_DATABASE_WRITE,
  BOUNCE_DATABASE_READ,
} BounceDatabaseMode;

BounceDatabase *bounce_database_open (const char *path, BounceDatabaseMode mode, GError **error);
void bounce_database_free (BounceDatabase *self);
gboolean bounce_database_migrate_to (BounceDatabase *self, int latest, GError **error);
gboolean bounce_database_migrate (BounceDatabase *self, GError **error);
int bounce_database_get_latest_version (void);
gboolean bounce_database_run_script (BounceDatabase *self, const char *script, GError **error);
gboolean bounce_database_check (BounceDatabase *self, GError **error);
void bounce_database_set_cancellable (BounceDatabase *self, gpointer cancellable);

/* Parameters follow a format: i gint64, t const char * (nullable), b const void * and gsize. sql is
 * a constant: statements are kept by its address. */
gboolean bounce_database_run (
    BounceDatabase *self, GError **error, const char *sql, const char *format, ...);
sqlite3_stmt *bounce_database_query (
    BounceDatabase *self, GError **error, const char *sql, const char *format, ...);
gboolean bounce_database_next (BounceDatabase *self, sqlite3_stmt *statement, GError **error);
void bounce_database_done (sqlite3_stmt *statement);
gboolean bounce_database_get_int (
    BounceDatabase *self, gint64 *value, GError **error, const char *sql, const char *format, ...);
char *bounce_database_dup_text (sqlite3_stmt *statement, int column);
gint64 bounce_database_get_last_id (BounceDatabase *self);
gboolean bounce_database_is_in_transaction (BounceDatabase *self);
gint64 bounce_database_get_changes (BounceDatabase *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (BounceDatabase, bounce_database_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (sqlite3_stmt, bounce_database_done)

G_END_DECLS
