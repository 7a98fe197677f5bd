/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* A store with very many studies, for tests and benchmarks of tables: sending 100,000 studies would
 * take the better part of an hour. Knows the tables of src/store/bounce-schema.c. */

#include "config.h"

#include "bounce-study-rows.h"

#include "bounce-store-fold-private.h"

#include <sqlite3.h>

#define UID_ROOT "1.2.826.0.1.3680043.10.1234."

/* As modalities write them. The lengths of the lists have no divisor in common with each other, so
 * that names, descriptions and modalities do not go in step. */
static const char *const names[] = {
  "ADAMS^Ann",
  "Müller^Jürgen",
  "BAKER^Benjamin Thomas",
  "Иванова^Анна Сергеевна",
  "CLARK^Carl",
  "Yamada^Tarou=山田^太郎=やまだ^たろう",
  "Nguyễn^Thị Minh Khai",
  "DAVIS^Dora",
  "Παπαδόπουλος^Γιώργος",
  "O'Connor^Siobhán^^Dr",
  "Wang^XiaoDong=王^小东",
  "EVANS^Eva",
  "محمد^فاطمة",
  "García-Márquez^María José",
  "Hong^Gildong=洪^吉洞=홍^길동",
  "FROST^Fred",
  "כהן^דוד",
  "Schmidt-Rottluff von und zu Hohenlohe-Langenburg^Maximilian Alexander",
  "Łukasiewicz^Żaneta",
  "अग्रवाल^प्रिया",
  "ÖZGÜR^İbrahim",
  "GRANT^Grace",
  "สมชาย^ใจดี",
};

static const char *const descriptions[] = {
  "CT Thorax nativ",
  "MR head",
  "knee left, 2 planes",
  "chest PA",
  "Abdomen sono",
  "spine lumbar",
  "Mammographie beidseits",
  "CT Polytrauma mit KM, arterielle und portalvenöse Phase",
  "胸部単純CT",
  "МРТ головного мозга",
  "",
};

static const char studies_sql[] =
    "WITH RECURSIVE n (i) AS (SELECT %u UNION ALL SELECT i + 1 FROM n WHERE i + 1 < %u),"
    " w (i, name, folded_name, kind, folded_kind, modality, day) AS (SELECT i,"
    " a.text || CASE instr (a.text, '=') WHEN 0 THEN ' ' || i ELSE '' END,"
    " a.folded || CASE instr (a.text, '=') WHEN 0 THEN ' ' || i ELSE '' END,"
    " NULLIF (b.text, ''), b.folded, substr ('CTMRUSDXMG', i %% 5 * 2 + 1, 2),"
    " date ('2020-01-01', '+' || (i * 613 %% 2000) || ' days') FROM n"
    " JOIN words a ON a.kind = 0 AND a.number = i * 7919 %% %u"
    " JOIN words b ON b.kind = 1 AND b.number = i * 104729 %% %u)"
    "INSERT INTO studies (study_uid, patient_name, patient_id, patient_birth_date, study_date,"
    " study_time, study_description, accession_number, modality, sort_name, search_text, status,"
    " series, instances, local_instances, bytes, last_seq, received_at, updated_at, due_at)"
    " SELECT '" UID_ROOT "' || i, name, 'P' || (i * 31 %% 100000), '19700101',"
    " replace (day, '-', ''), printf ('%%06d', i %% 235959), kind, 'ACC' || i, modality,"
    " folded_name, folded_name || char (10) || 'p' || (i * 31 %% 100000) || char (10)"
    " || 'acc' || i || char (10) || folded_kind || char (10) || '" UID_ROOT "' || i"
    " || char (10), CASE i %% 10 WHEN 0 THEN 'ERROR' ELSE 'SENT' END, 1 + i %% 9, 1 + i %% 700,"
    " 1 + i %% 700, (1 + i %% 700) * 526336, 0, 1700000000000000 + i * 1000000,"
    " 1700000000000000 + i * 1000000, 1700000000000000 + i * 1000000 FROM w;";
static const char deliveries_sql[] =
    "INSERT INTO deliveries (study_id, destination_id, status, reason, delivered_at, is_waiting)"
    " SELECT id, 1, CASE status WHEN 'ERROR' THEN 3 ELSE 2 END,"
    " CASE status WHEN 'ERROR' THEN CASE id % 3 WHEN 0 THEN 'rejected' WHEN 1 THEN 'server'"
    " ELSE 'too-large' END END,"
    " CASE status WHEN 'ERROR' THEN 0 ELSE received_at END, 0 FROM studies"
    " WHERE id NOT IN (SELECT study_id FROM deliveries);";

static void
run (sqlite3 *database, const char *sql)
{
  char *message = NULL;

  if (sqlite3_exec (database, sql, NULL, NULL, &message) != SQLITE_OK)
    g_error ("%s: %s", sql, message);
}

/* The words with what the store makes of them, in a table of the connection. */
static void
add_words (sqlite3 *database, int kind, const char *const *words, gsize n_words)
{
  sqlite3_stmt *statement;

  g_assert_cmpint (sqlite3_prepare_v2 (database, "INSERT INTO words VALUES (?1, ?2, ?3, ?4)", -1,
                                       &statement, NULL),
                   ==, SQLITE_OK);
  for (gsize i = 0; i < n_words; i++)
    {
      g_autofree char *folded = bounce_store_fold_text (words[i]);

      sqlite3_bind_int (statement, 1, kind);
      sqlite3_bind_int64 (statement, 2, (sqlite3_int64) i);
      sqlite3_bind_text (statement, 3, words[i], -1, SQLITE_TRANSIENT);
      sqlite3_bind_text (statement, 4, folded, -1, SQLITE_TRANSIENT);
      g_assert_cmpint (sqlite3_step (statement), ==, SQLITE_DONE);
      sqlite3_reset (statement);
    }
  sqlite3_finalize (statement);
}

static sqlite3 *
open_database (const char *data_dir)
{
  g_autofree char *path = g_build_filename (data_dir, "bounce.db", NULL);
  sqlite3 *database = NULL;

  g_assert_cmpint (sqlite3_open_v2 (path, &database, SQLITE_OPEN_READWRITE, NULL), ==, SQLITE_OK);
  sqlite3_busy_timeout (database, 10000);
  return database;
}

static void
run_script (sqlite3 *database, const char *sql)
{
  g_autofree char *script = g_strconcat ("BEGIN IMMEDIATE;", sql, "COMMIT;", NULL);

  run (database, script);
}

/* Runs a script on a connection of its own; the store's own may be open. */
void
bounce_study_rows_run (const char *data_dir, const char *sql)
{
  sqlite3 *database = open_database (data_dir);

  run_script (database, sql);
  sqlite3_close (database);
}

void
bounce_study_rows_insert (const char *data_dir, guint first, guint n_rows)
{
  sqlite3 *database = open_database (data_dir);
  g_autofree char *studies = NULL;
  g_autofree char *script = NULL;

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
  studies = g_strdup_printf (studies_sql, first, first + n_rows, (guint) G_N_ELEMENTS (names),
                             (guint) G_N_ELEMENTS (descriptions));
#pragma GCC diagnostic pop
  script = g_strconcat (studies, deliveries_sql, NULL);
  run (database, "CREATE TEMP TABLE words (kind INTEGER, number INTEGER, text TEXT, folded TEXT,"
                 " PRIMARY KEY (kind, number)) WITHOUT ROWID;");
  add_words (database, 0, names, G_N_ELEMENTS (names));
  add_words (database, 1, descriptions, G_N_ELEMENTS (descriptions));
  run_script (database, script);
  sqlite3_close (database);
}

void
bounce_study_rows_hide (const char *data_dir, gboolean is_hidden)
{
  static const char *const scripts[] = {
    "ALTER TABLE hidden_studies RENAME TO studies;ALTER TABLE hidden_events RENAME TO events;",
    "ALTER TABLE studies RENAME TO hidden_studies;ALTER TABLE events RENAME TO hidden_events;",
  };

  bounce_study_rows_run (data_dir, scripts[is_hidden]);
}

char *
bounce_study_rows_uid (guint number)
{
  return g_strdup_printf (UID_ROOT "%u", number);
}
