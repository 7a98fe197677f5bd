/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* The numbered migrations of bounce.db. PRAGMA user_version is the number of the last one run; each
 * runs in a transaction of its own. A migration that was released is never edited: append one.
 *
 * All times are int64 microseconds UTC, 0 meaning never. studies.status is derived from deliveries.
 * receipts, events and audit name studies by UID text, so that they outlive them. */

#include "config.h"

#include "bounce-database-private.h"

static const char migration_1[] =
    "CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;"

    "CREATE TABLE studies ("
    "  id INTEGER PRIMARY KEY, study_uid TEXT NOT NULL UNIQUE,"
    "  patient_name TEXT, patient_id TEXT, patient_birth_date TEXT, patient_sex TEXT,"
    "  study_date TEXT, study_time TEXT, study_description TEXT, accession_number TEXT,"
    "  referring_physician TEXT, institution_name TEXT, modality TEXT,"
    "  sort_name TEXT NOT NULL DEFAULT '', search_text TEXT NOT NULL DEFAULT '',"
    "  status TEXT NOT NULL DEFAULT 'RECEIVED',"
    "  series INTEGER NOT NULL DEFAULT 0, instances INTEGER NOT NULL DEFAULT 0,"
    "  local_instances INTEGER NOT NULL DEFAULT 0, bytes INTEGER NOT NULL DEFAULT 0,"
    "  last_seq INTEGER NOT NULL DEFAULT 0,"
    "  received_at INTEGER NOT NULL, updated_at INTEGER NOT NULL, due_at INTEGER NOT NULL);"

    "CREATE TABLE series ("
    "  id INTEGER PRIMARY KEY, study_id INTEGER NOT NULL REFERENCES studies ON DELETE CASCADE,"
    "  series_uid TEXT NOT NULL, series_description TEXT, series_number INTEGER, modality TEXT,"
    "  body_part TEXT, protocol_name TEXT, UNIQUE (study_id, series_uid));"

    "CREATE TABLE instances ("
    "  id INTEGER PRIMARY KEY, study_id INTEGER NOT NULL REFERENCES studies ON DELETE CASCADE,"
    "  series_id INTEGER NOT NULL REFERENCES series ON DELETE CASCADE,"
    "  sop_instance_uid TEXT NOT NULL, sop_class_uid TEXT, transfer_syntax_uid TEXT NOT NULL,"
    "  size_bytes INTEGER NOT NULL, crc32 INTEGER NOT NULL, dataset_sha256 BLOB NOT NULL,"
    "  seq INTEGER NOT NULL, association_id INTEGER NOT NULL DEFAULT 0,"
    "  received_at INTEGER NOT NULL, removed_at INTEGER NOT NULL DEFAULT 0,"
    "  state INTEGER NOT NULL DEFAULT 0, UNIQUE (series_id, sop_instance_uid));"
    "CREATE INDEX instances_by_seq ON instances (study_id, seq);"
    "CREATE INDEX instances_removing ON instances (study_id) WHERE state = 1;"

    "CREATE TABLE associations ("
    "  id INTEGER PRIMARY KEY, address TEXT, calling_ae TEXT, called_ae TEXT,"
    "  started_at INTEGER NOT NULL, ended_at INTEGER NOT NULL DEFAULT 0,"
    "  instances INTEGER NOT NULL DEFAULT 0, bytes INTEGER NOT NULL DEFAULT 0, outcome TEXT);"
    "CREATE INDEX associations_open ON associations (id) WHERE ended_at = 0;"

    "CREATE TABLE destinations (id INTEGER PRIMARY KEY, name TEXT NOT NULL, kind TEXT NOT NULL);"
    "INSERT INTO destinations VALUES (1, 'Aurabox', 'aurabox');"

    "CREATE TABLE deliveries ("
    "  id INTEGER PRIMARY KEY, study_id INTEGER NOT NULL REFERENCES studies ON DELETE CASCADE,"
    "  destination_id INTEGER NOT NULL REFERENCES destinations,"
    "  delivered_seq INTEGER NOT NULL DEFAULT 0, status INTEGER NOT NULL DEFAULT 0,"
    "  attempts INTEGER NOT NULL DEFAULT 0, next_attempt_at INTEGER NOT NULL DEFAULT 0,"
    "  priority INTEGER NOT NULL DEFAULT 0, hold INTEGER NOT NULL DEFAULT 0, reason TEXT,"
    "  delivered_at INTEGER NOT NULL DEFAULT 0, is_waiting INTEGER NOT NULL DEFAULT 1,"
    "  UNIQUE (study_id, destination_id));"
    "CREATE INDEX deliveries_waiting ON deliveries (destination_id) WHERE is_waiting = 1;"

    "CREATE TABLE transfers ("
    "  id INTEGER PRIMARY KEY, delivery_id INTEGER NOT NULL REFERENCES deliveries ON DELETE "
    "CASCADE,"
    "  snapshot_id INTEGER NOT NULL, attempt INTEGER NOT NULL,"
    "  first_seq INTEGER NOT NULL, last_seq INTEGER NOT NULL,"
    "  upload_id TEXT NOT NULL, assembly_id TEXT, upload_url TEXT, tus_endpoint TEXT,"
    "  upload_expires_at INTEGER NOT NULL DEFAULT 0, is_initialised INTEGER NOT NULL DEFAULT 0,"
    "  is_started INTEGER NOT NULL DEFAULT 0, is_uploaded INTEGER NOT NULL DEFAULT 0,"
    "  package_size INTEGER NOT NULL DEFAULT 0, package_sha256 BLOB,"
    "  has_package INTEGER NOT NULL DEFAULT 0, \"offset\" INTEGER NOT NULL DEFAULT 0,"
    "  started_at INTEGER NOT NULL, ended_at INTEGER NOT NULL DEFAULT 0,"
    "  state INTEGER NOT NULL DEFAULT 0, can_continue INTEGER NOT NULL DEFAULT 0, reason TEXT);"
    "CREATE INDEX transfers_of_delivery ON transfers (delivery_id, id);"
    "CREATE INDEX transfers_running ON transfers (delivery_id) WHERE state = 0;"
    "CREATE INDEX transfers_with_package ON transfers (delivery_id) WHERE has_package = 1;"

    /* Of a snapshot, which the attempts that continue one upload share. */
    "CREATE TABLE transfer_items ("
    "  snapshot_id INTEGER NOT NULL, instance_id INTEGER NOT NULL, seq INTEGER NOT NULL,"
    "  series_uid TEXT NOT NULL, sop_instance_uid TEXT NOT NULL, transfer_syntax_uid TEXT NOT NULL,"
    "  size_bytes INTEGER NOT NULL, crc32 INTEGER NOT NULL, dataset_sha256 BLOB NOT NULL,"
    "  PRIMARY KEY (snapshot_id, series_uid, sop_instance_uid)) WITHOUT ROWID;"

    "CREATE TABLE receipts ("
    "  id INTEGER PRIMARY KEY, study_uid TEXT NOT NULL, destination TEXT NOT NULL,"
    "  upload_id TEXT NOT NULL, assembly_id TEXT, instances INTEGER NOT NULL,"
    "  bytes INTEGER NOT NULL, package_size INTEGER NOT NULL, package_sha256 BLOB,"
    "  delivered_at INTEGER NOT NULL);"
    "CREATE INDEX receipts_by_study ON receipts (study_uid);"
    "CREATE INDEX receipts_by_time ON receipts (delivered_at);"

    "CREATE TABLE events (id INTEGER PRIMARY KEY, at INTEGER NOT NULL, code INTEGER NOT NULL,"
    "  study_uid TEXT, args TEXT);"
    "CREATE INDEX events_by_study ON events (study_uid, id);"

    "CREATE TABLE audit (id INTEGER PRIMARY KEY, at INTEGER NOT NULL, action TEXT NOT NULL,"
    "  study_uid TEXT, detail TEXT);"

    /* What was begun on files and must be finished after a crash. */
    "CREATE TABLE intents ("
    "  id INTEGER PRIMARY KEY, kind TEXT NOT NULL, study_uid TEXT, series_uid TEXT,"
    "  sop_instance_uid TEXT, sop_class_uid TEXT, transfer_syntax_uid TEXT, size_bytes INTEGER,"
    "  crc32 INTEGER, dataset_sha256 BLOB, association_id INTEGER, created_at INTEGER NOT NULL);";

/* The study table's sorts; each ends in id so that pages never overlap. */
static const char migration_2[] =
    "CREATE INDEX studies_by_name ON studies (sort_name, id);"
    "CREATE INDEX studies_by_patient_id ON studies (patient_id, id);"
    "CREATE INDEX studies_by_date ON studies (study_date, study_time, id);"
    "CREATE INDEX studies_by_description ON studies (study_description, id);"
    "CREATE INDEX studies_by_modality ON studies (modality, id);"
    "CREATE INDEX studies_by_images ON studies (instances, id);"
    "CREATE INDEX studies_by_size ON studies (bytes, id);"
    "CREATE INDEX studies_by_received ON studies (received_at, id);"
    "CREATE INDEX studies_by_status ON studies (status, id);";

/* metadata_due: changes of status that the metadata file beside the study does not tell yet.
 * receiving: studies that may have a file without a row, see bounce-store-receiving.c. */
static const char migration_3[] =
    "ALTER TABLE studies ADD COLUMN metadata_due INTEGER NOT NULL DEFAULT 0;"
    "CREATE INDEX studies_metadata_due ON studies (id) WHERE metadata_due > 0;"
    "CREATE TABLE receiving (study_uid TEXT PRIMARY KEY) WITHOUT ROWID;";

static const char *const migrations[] = { migration_1, migration_2, migration_3 };

/* The version a database has after bounce_database_migrate(). */
int
bounce_database_get_latest_version (void)
{
  return G_N_ELEMENTS (migrations);
}

static gboolean
run_script (BounceDatabase *self, const char *script, GError **error)
{
  g_autofree char *text = g_strconcat ("BEGIN IMMEDIATE;", script, "COMMIT;", NULL);

  return bounce_database_run_script (self, text, error);
}

/* Brings the database to a version, one transaction per step.
 * Errors: DATABASE when it was made by a newer Bounce; as bounce_database_run() otherwise. */
gboolean
bounce_database_migrate_to (BounceDatabase *self, int latest, GError **error)
{
  gint64 version = 0;

  if (!bounce_database_get_int (self, &version, error, "PRAGMA user_version", ""))
    return FALSE;
  if (version > latest)
    {
      g_set_error (error, BOUNCE_STORE_ERROR, BOUNCE_STORE_ERROR_DATABASE,
                   "the database was made by a newer version of Bounce (%d, known %d)",
                   (int) version, latest);
      return FALSE;
    }
  for (int i = (int) version; i < latest; i++)
    {
      /* PRAGMA takes no parameters. */
      g_autofree char *script = g_strdup_printf ("%sPRAGMA user_version=%d;", migrations[i], i + 1);

      if (!run_script (self, script, error))
        return FALSE;
    }
  return TRUE;
}

/* Brings the database to the latest version. Errors: as bounce_database_migrate_to(). */
gboolean
bounce_database_migrate (BounceDatabase *self, GError **error)
{
  return bounce_database_migrate_to (self, bounce_database_get_latest_version (), error);
}
