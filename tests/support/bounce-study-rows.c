/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* A store with very many studies, for tests and benchmarks of tables: sending 100,000 studies would
 * take the better part of an hour. Knows the tables of src/store/bounce-schema.c. */

#include "config.h"

#include "bounce-study-rows.h"

#include <sqlite3.h>

#define UID_ROOT "1.2.826.0.1.3680043.10.1234."

static const char studies_sql[] =
    "WITH RECURSIVE n (i) AS (SELECT %u UNION ALL SELECT i + 1 FROM n WHERE i + 1 < %u),"
    " w (i, family, given, kind, modality, day) AS (SELECT i,"
    " substr ('adamsbakerclarkdavisevansfrostgrantharrymasonnolan', i * 7919 %% 10 * 5 + 1, 5),"
    " substr ('ann ben carldoraevagfred', i * 104729 %% 6 * 4 + 1, 4),"
    " substr ('chest headkneespine', i %% 4 * 5 + 1, 5), substr ('CTMRUSDXMG', i %% 5 * 2 + 1, 2),"
    " date ('2020-01-01', '+' || (i * 613 %% 2000) || ' days') FROM n)"
    "INSERT INTO studies (study_uid, patient_name, patient_id, patient_birth_date, study_date,"
    " study_time, study_description, accession_number, modality, sort_name, search_text, status,"
    " series, instances, local_instances, bytes, last_seq, received_at, updated_at, due_at)"
    " SELECT '" UID_ROOT "' || i, family || '^' || trim (given) || i, 'P' || (i * 31 %% 100000),"
    " '19700101', replace (day, '-', ''), printf ('%%06d', i %% 235959), kind || ' ' || (i %% 50),"
    " 'ACC' || i, modality, family || ' ' || trim (given) || i,"
    " family || ' ' || trim (given) || i || char (10) || 'p' || (i * 31 %% 100000) || char (10)"
    " || 'acc' || i || char (10) || kind || ' ' || (i %% 50) || char (10) || '" UID_ROOT "' || i"
    " || char (10), CASE i %% 10 WHEN 0 THEN 'ERROR' ELSE 'SENT' END, 1, 1 + i %% 700,"
    " 1 + i %% 700, (1 + i %% 700) * 526336, 0, 1700000000000000 + i * 1000000,"
    " 1700000000000000 + i * 1000000, 1700000000000000 + i * 1000000 FROM w;";
static const char deliveries_sql[] =
    "INSERT INTO deliveries (study_id, destination_id, status, reason, delivered_at, is_waiting)"
    " SELECT id, 1, CASE status WHEN 'ERROR' THEN 3 ELSE 2 END,"
    " CASE status WHEN 'ERROR' THEN 'rejected' END,"
    " CASE status WHEN 'ERROR' THEN 0 ELSE received_at END, 0 FROM studies"
    " WHERE id NOT IN (SELECT study_id FROM deliveries);";

static void
run (sqlite3 *database, const char *sql)
{
  char *message = NULL;

  if (sqlite3_exec (database, sql, NULL, NULL, &message) != SQLITE_OK)
    g_error ("%s: %s", sql, message);
}

/* Runs a script on a connection of its own; the store's own may be open. */
void
bounce_study_rows_run (const char *data_dir, const char *sql)
{
  g_autofree char *path = g_build_filename (data_dir, "bounce.db", NULL);
  g_autofree char *script = g_strconcat ("BEGIN IMMEDIATE;", sql, "COMMIT;", NULL);
  sqlite3 *database = NULL;

  g_assert_cmpint (sqlite3_open_v2 (path, &database, SQLITE_OPEN_READWRITE, NULL), ==, SQLITE_OK);
  sqlite3_busy_timeout (database, 10000);
  run (database, script);
  sqlite3_close (database);
}

void
bounce_study_rows_insert (const char *data_dir, guint first, guint n_rows)
{
  g_autofree char *studies = NULL;
  g_autofree char *script = NULL;

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
  studies = g_strdup_printf (studies_sql, first, first + n_rows);
#pragma GCC diagnostic pop
  script = g_strconcat (studies, deliveries_sql, NULL);
  bounce_study_rows_run (data_dir, script);
}

char *
bounce_study_rows_uid (guint number)
{
  return g_strdup_printf (UID_ROOT "%u", number);
}
