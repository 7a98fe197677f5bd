/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* The API document's log line for a study that arrives, once per study and association. */

#include "config.h"

#include "bounce-study-announcer.h"

#include "bounce-log.h"

/* A peer may send any number of studies in one association; remembering this many keeps the log
 * line "once per study" for every real one. */
#define MAX_REMEMBERED_STUDIES 1024

struct _BounceStudyAnnouncer
{
  GHashTable *announced; /* (owned) (element-type utf8) */
};

/**
 * bounce_study_announcer_new:
 *
 * Returns: (transfer full): one that has told nothing yet
 */
BounceStudyAnnouncer *
bounce_study_announcer_new (void)
{
  BounceStudyAnnouncer *self = g_new0 (BounceStudyAnnouncer, 1);

  self->announced = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  return self;
}

/**
 * bounce_study_announcer_free:
 *
 * Forgets all.
 */
void
bounce_study_announcer_free (BounceStudyAnnouncer *self)
{
  g_hash_table_unref (self->announced);
  g_free (self);
}

/**
 * bounce_study_announcer_tell:
 * @study_uid: of an instance that was accepted
 *
 * Logs @study_uid, the first time.
 *
 * Source: API document, "Common Log Messages"
 */
void
bounce_study_announcer_tell (BounceStudyAnnouncer *self, const char *study_uid)
{
  if (g_hash_table_contains (self->announced, study_uid))
    return;
  if (g_hash_table_size (self->announced) >= MAX_REMEMBERED_STUDIES)
    g_hash_table_remove_all (self->announced);
  g_hash_table_add (self->announced, g_strdup (study_uid));
  bounce_log (BOUNCE_LOG_INFO, "Received StudyInstanceUID: %s", study_uid);
}
