/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* The outcome of `complete`: studies and instances. Main thread only. */

#include "config.h"

#include "sandbox-database-private.h"

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

      if (!sandbox_sql_run (self, error, SQL, "ss", study->study_uid, study->patient_name))
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

      if (!sandbox_sql_run (self, error, SQL, "sssis", instance->study_uid, instance->series_uid,
                            instance->sop_uid, (gint64) instance->size_bytes, instance->sha256))
        return FALSE;
    }
  return TRUE;
}

/**
 * sandbox_database_complete:
 * @upload: whose archive was unpacked
 * @studies: (element-type SandboxStudy): counted once more each
 * @instances: (element-type SandboxInstance): added, or replaced by UIDs
 *
 * Returns: whether all of it was committed
 */
gboolean
sandbox_database_complete (SandboxDatabase *self,
                           const SandboxUpload *upload,
                           GPtrArray *studies,
                           GPtrArray *instances,
                           GError **error)
{
  static const char SESSION[] = "UPDATE sessions SET state = ? WHERE upload_id = ?";
  gboolean is_done;

  if (!sandbox_sql_run (self, error, "BEGIN IMMEDIATE", ""))
    return FALSE;
  is_done = add_studies (self, studies, error) && add_instances (self, instances, error)
            && sandbox_sql_run (self, error, SESSION, "is", (gint64) SANDBOX_SESSION_COMPLETED,
                                upload->upload_id)
            && sandbox_database_set_upload_state (self, upload->id, SANDBOX_UPLOAD_UNPACKED, error);
  return sandbox_sql_finish (self, is_done, error);
}

/**
 * sandbox_database_list_studies:
 *
 * Returns: (transfer full) (element-type SandboxStudy): all, the oldest first
 */
GPtrArray *
sandbox_database_list_studies (SandboxDatabase *self)
{
  static const char SQL[] = "SELECT study_uid, patient_name, uploads FROM studies ORDER BY rowid";
  g_autoptr (sqlite3_stmt) statement = sandbox_sql_prepare (self, SQL, "");
  GPtrArray *studies = g_ptr_array_new_with_free_func ((GDestroyNotify) sandbox_study_free);

  while (sandbox_sql_has_row (statement))
    {
      SandboxStudy *study = g_new0 (SandboxStudy, 1);

      study->study_uid = sandbox_sql_dup_column (statement, 0);
      study->patient_name = sandbox_sql_dup_column (statement, 1);
      study->uploads = sqlite3_column_int (statement, 2);
      g_ptr_array_add (studies, study);
    }
  return studies;
}

static SandboxInstance *
read_instance (sqlite3_stmt *statement)
{
  SandboxInstance *instance = g_new0 (SandboxInstance, 1);

  instance->study_uid = sandbox_sql_dup_column (statement, 0);
  instance->series_uid = sandbox_sql_dup_column (statement, 1);
  instance->sop_uid = sandbox_sql_dup_column (statement, 2);
  instance->size_bytes = sqlite3_column_int64 (statement, 3);
  instance->sha256 = sandbox_sql_dup_column (statement, 4);
  return instance;
}

/**
 * sandbox_database_list_instances:
 *
 * Returns: (transfer full) (element-type SandboxInstance): by series and instance UID
 */
GPtrArray *
sandbox_database_list_instances (SandboxDatabase *self, const char *study_uid)
{
  static const char SQL[] = "SELECT study_uid, series_uid, sop_uid, size, sha256 FROM instances "
                            "WHERE study_uid = ? ORDER BY series_uid, sop_uid";
  g_autoptr (sqlite3_stmt) statement = sandbox_sql_prepare (self, SQL, "s", study_uid);
  GPtrArray *instances = g_ptr_array_new_with_free_func ((GDestroyNotify) sandbox_instance_free);

  while (sandbox_sql_has_row (statement))
    g_ptr_array_add (instances, read_instance (statement));
  return instances;
}

/**
 * sandbox_database_find_instance:
 *
 * Returns: (transfer full) (nullable): an instance of @study_uid, in whichever series
 */
SandboxInstance *
sandbox_database_find_instance (SandboxDatabase *self, const char *study_uid, const char *sop_uid)
{
  static const char SQL[] = "SELECT study_uid, series_uid, sop_uid, size, sha256 FROM instances "
                            "WHERE study_uid = ? AND sop_uid = ?";
  g_autoptr (sqlite3_stmt) statement = sandbox_sql_prepare (self, SQL, "ss", study_uid, sop_uid);

  return sandbox_sql_has_row (statement) ? read_instance (statement) : NULL;
}
