/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* Events and the audit trail. An event is a code and arguments, which wording turns into a sentence
 * when somebody reads it; arguments are kept as a JSON-like GVariant text of a{ss}. */

#include "config.h"

#include "bounce-store-private.h"

typedef struct
{
  int code;
  char *study_uid; /* (nullable) */
  GVariant *args;  /* (nullable) (owned) */
} NewEvent;

static void
free_new_event (gpointer data)
{
  NewEvent *event = data;

  g_free (event->study_uid);
  g_clear_pointer (&event->args, g_variant_unref);
  g_free (event);
}

static const char insert_event_sql[] =
    "INSERT INTO events (at, code, study_uid, args) VALUES (?1, ?2, ?3, ?4)";

static const char forget_events_sql[] = "DELETE FROM events WHERE id <= ?1";

/* Thread: the writer. Shape: args (nullable) a{ss}; a floating one is taken. */
gboolean
bounce_store_insert_event (BounceStore *self,
                           BounceDatabase *db,
                           int code,
                           const char *study_uid,
                           GVariant *args,
                           GError **error)
{
  g_autoptr (GVariant) owned = args ? g_variant_ref_sink (args) : NULL;
  g_autofree char *text = owned ? g_variant_print (owned, FALSE) : NULL;

  bounce_notices_add_events (self->notices);
  return bounce_database_run (db, error, insert_event_sql, "iitt",
                              bounce_clock_get_wall_us (self->clock), (gint64) code, study_uid,
                              text)
         && bounce_database_run (db, error, forget_events_sql, "i",
                                 bounce_database_get_last_id (db) - BOUNCE_HISTORY_MAX);
}

static const char insert_audit_sql[] =
    "INSERT INTO audit (at, action, study_uid, detail) VALUES (?1, ?2, ?3, ?4)";

/* Thread: the writer. What a person had done. */
gboolean
bounce_store_insert_audit (BounceStore *self,
                           BounceDatabase *db,
                           const char *action,
                           const char *study_uid,
                           const char *detail,
                           GError **error)
{
  return bounce_database_run (db, error, insert_audit_sql, "ittt",
                              bounce_clock_get_wall_us (self->clock), action, study_uid, detail);
}

static gboolean
write_event (BounceStore *self, BounceDatabase *db, gpointer data, GError **error)
{
  NewEvent *event = data;

  return bounce_store_insert_event (self, db, event->code, event->study_uid, event->args, error);
}

/**
 * bounce_store_add_event:
 * @self: the store
 * @code: a BounceEventCode
 * @study_uid: (nullable): what it is about
 * @args: (nullable): a{ss}, floating is taken; no patient data
 *
 * Thread: any; never blocks.
 */
void
bounce_store_add_event (BounceStore *self, int code, const char *study_uid, GVariant *args)
{
  NewEvent *event = g_new0 (NewEvent, 1);

  event->code = code;
  event->study_uid = g_strdup (study_uid);
  event->args = args ? g_variant_ref_sink (args) : NULL;
  bounce_store_write_later (self, write_event, event, free_new_event);
}
