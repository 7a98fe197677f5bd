/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* TUS uploads and the byte ranges they received. Main thread only. */

#include "config.h"

#include "sandbox-database-private.h"

/**
 * sandbox_database_add_upload:
 * @upload: its id is new; it begins at offset 0
 *
 * Returns: whether it was committed
 */
gboolean
sandbox_database_add_upload (SandboxDatabase *self, const SandboxUpload *upload, GError **error)
{
  static const char SQL[] =
      "INSERT INTO uploads (id, upload_id, metadata, length, offset, expires_at, state) "
      "VALUES (?, ?, ?, ?, 0, ?, ?)";

  return sandbox_sql_run (self, error, SQL, "sssiii", upload->id, upload->upload_id,
                          upload->metadata, (gint64) upload->length_bytes, upload->expires_at_us,
                          (gint64) SANDBOX_UPLOAD_ACTIVE);
}

#define UPLOAD_COLUMNS "id, upload_id, metadata, length, offset, expires_at, refused, state"

static SandboxUpload *
read_upload (sqlite3_stmt *statement)
{
  SandboxUpload *upload = g_new0 (SandboxUpload, 1);

  upload->id = sandbox_sql_dup_column (statement, 0);
  upload->upload_id = sandbox_sql_dup_column (statement, 1);
  upload->metadata = sandbox_sql_dup_column (statement, 2);
  upload->length_bytes = sqlite3_column_int64 (statement, 3);
  upload->offset_bytes = sqlite3_column_int64 (statement, 4);
  upload->expires_at_us = sqlite3_column_int64 (statement, 5);
  upload->refused = sqlite3_column_int (statement, 6);
  upload->state = sqlite3_column_int (statement, 7);
  return upload;
}

/**
 * sandbox_database_get_upload:
 * @id: of a TUS upload
 *
 * Returns: (transfer full) (nullable): the upload, whatever its state
 */
SandboxUpload *
sandbox_database_get_upload (SandboxDatabase *self, const char *id)
{
  static const char SQL[] = "SELECT " UPLOAD_COLUMNS " FROM uploads WHERE id = ?";
  g_autoptr (sqlite3_stmt) statement = sandbox_sql_prepare (self, SQL, "s", id);

  return sandbox_sql_has_row (statement) ? read_upload (statement) : NULL;
}

/**
 * sandbox_database_find_upload:
 * @upload_id: of a session
 *
 * Returns: (transfer full) (nullable): its youngest TUS upload that is active
 */
SandboxUpload *
sandbox_database_find_upload (SandboxDatabase *self, const char *upload_id)
{
  static const char SQL[] = "SELECT " UPLOAD_COLUMNS " FROM uploads "
                            "WHERE upload_id = ? AND state = ? ORDER BY number DESC LIMIT 1";
  g_autoptr (sqlite3_stmt) statement =
      sandbox_sql_prepare (self, SQL, "si", upload_id, (gint64) SANDBOX_UPLOAD_ACTIVE);

  return sandbox_sql_has_row (statement) ? read_upload (statement) : NULL;
}

/**
 * sandbox_database_set_upload_state:
 * @id: of a TUS upload
 *
 * Returns: whether the state was committed
 */
gboolean
sandbox_database_set_upload_state (SandboxDatabase *self,
                                   const char *id,
                                   SandboxUploadState state,
                                   GError **error)
{
  static const char SQL[] = "UPDATE uploads SET state = ? WHERE id = ?";

  return sandbox_sql_run (self, error, SQL, "is", (gint64) state, id);
}

/**
 * sandbox_database_add_range:
 * @id: of a TUS upload
 * @range: what a PATCH brought; its end is the new offset
 * @expires_at_us: the new time of expiry
 *
 * Returns: whether both were committed
 */
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

  if (!sandbox_sql_run (self, error, "BEGIN IMMEDIATE", ""))
    return FALSE;
  is_done = sandbox_sql_run (self, error, ADD, "siii", id, (gint64) range->from, (gint64) range->to,
                             (gint64) range->is_acknowledged)
            && sandbox_sql_run (self, error, RAISE, "iis", (gint64) range->to, expires_at_us, id);
  return sandbox_sql_finish (self, is_done, error);
}

/**
 * sandbox_database_add_refusal:
 * @id: of a TUS upload
 *
 * Counts a PATCH that was answered with an error.
 *
 * Returns: whether it was committed
 */
gboolean
sandbox_database_add_refusal (SandboxDatabase *self, const char *id, GError **error)
{
  return sandbox_sql_run (self, error, "UPDATE uploads SET refused = refused + 1 WHERE id = ?", "s",
                          id);
}

/**
 * sandbox_database_list_uploads:
 *
 * Returns: (transfer full) (element-type SandboxUpload): all, the oldest first
 */
GPtrArray *
sandbox_database_list_uploads (SandboxDatabase *self)
{
  static const char SQL[] = "SELECT " UPLOAD_COLUMNS " FROM uploads ORDER BY number";
  g_autoptr (sqlite3_stmt) statement = sandbox_sql_prepare (self, SQL, "");
  GPtrArray *uploads = g_ptr_array_new_with_free_func ((GDestroyNotify) sandbox_upload_free);

  while (sandbox_sql_has_row (statement))
    g_ptr_array_add (uploads, read_upload (statement));
  return uploads;
}

/**
 * sandbox_database_list_ranges:
 * @id: of a TUS upload
 *
 * Returns: (transfer full) (element-type SandboxRange): in the order they came
 */
GArray *
sandbox_database_list_ranges (SandboxDatabase *self, const char *id)
{
  static const char SQL[] =
      "SELECT first, last, acknowledged FROM ranges WHERE id = ? ORDER BY number";
  g_autoptr (sqlite3_stmt) statement = sandbox_sql_prepare (self, SQL, "s", id);
  GArray *ranges = g_array_new (FALSE, FALSE, sizeof (SandboxRange));

  while (sandbox_sql_has_row (statement))
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
