/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* How the study table follows its query and the database.
 *
 * Changed studies are looked up together on the reader thread, at most ten times a second. Their
 * items get the new values; and when one of them has another place than it was known to have (it is
 * new, is gone, matches now or no longer, or its sort key differs), the ids are queried again. So a
 * study that grows costs look-ups only, unless the table is sorted by what grows. Queries of our
 * own accord take at most a fifth of the reader's time.
 *
 * What cannot be read is told by error-message and tried again every two seconds until it can. */

#include "config.h"

#include "bounce-study-model-private.h"

#include "bounce-log.h"

#define UPDATE_PERIOD_MS 100
#define MAX_LOOK_UPS     500
/* Pause after a query, as a multiple of what it took. */
#define PAUSE_FACTOR 4
/* Until what failed is tried again. */
#define RETRY_MS 2000
/* Studies whose place is remembered; more than that change only in a bulk, which queries anyway. */
#define MAX_PLACES 10000

static void schedule_update (BounceStudyModel *self);
static void take_outcome (BounceStudyModel *self, BounceStudyRead what, const GError *error);

static gboolean
retry_cb (gpointer user_data)
{
  BounceStudyModel *self = user_data;
  g_autoptr (GError) error = NULL;

  self->retry_source = 0;
  bounce_study_model_read_unread (self, &error);
  take_outcome (self, BOUNCE_STUDY_READ_ROWS, error);
  schedule_update (self);
  return G_SOURCE_REMOVE;
}

/* What a read came to. Told once, until all of them work again. */
static void
take_outcome (BounceStudyModel *self, BounceStudyRead what, const GError *error)
{
  if (error == NULL)
    self->failed &= ~(guint) what;
  else
    self->failed |= what;
  if (error != NULL && self->error_message == NULL)
    bounce_log (BOUNCE_LOG_WARNING, "The study table cannot be read: %s", error->message);
  if (error != NULL && self->retry_source == 0)
    self->retry_source = g_timeout_add (RETRY_MS, retry_cb, self);
  if (error != NULL || self->failed == 0)
    bounce_study_model_set_error (self, error != NULL ? error->message : NULL);
}

/**
 * bounce_study_model_read_soon: (skip)
 *
 * There are rows that could not be read.
 */
void
bounce_study_model_read_soon (BounceStudyModel *self)
{
  if (self->retry_source == 0 && !g_cancellable_is_cancelled (self->cancel))
    self->retry_source = g_idle_add (retry_cb, self);
}

static void
ids_read_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (BounceStudyModel) self = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (GArray) ids =
      bounce_store_list_study_ids_finish (BOUNCE_STORE (source), result, &error);

  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    return; /* another query has taken over, or nobody wants to know */
  self->is_querying = FALSE;
  self->query_took_us = g_get_monotonic_time () - self->query_started_at_us;
  if (ids != NULL)
    bounce_study_model_replace_ids (self, ids);
  else
    self->needs_query = TRUE;
  take_outcome (self, BOUNCE_STUDY_READ_IDS, error);
  bounce_study_model_set_loading (self, FALSE);
  schedule_update (self);
}

/* What moves from now on may miss this answer and is kept for the next. */
static void
ask_for_touched (BounceStudyModel *self)
{
  GHashTableIter iter;
  gpointer id;

  g_hash_table_iter_init (&iter, self->touched);
  while (g_hash_table_iter_next (&iter, &id, NULL))
    {
      g_hash_table_iter_steal (&iter);
      g_hash_table_add (self->asked, id);
    }
}

static void
query_ids (BounceStudyModel *self)
{
  ask_for_touched (self);
  self->is_querying = TRUE;
  self->needs_query = FALSE;
  self->query_started_at_us = g_get_monotonic_time ();
  bounce_store_list_study_ids_async (self->store, &self->query, self->cancel, ids_read_cb,
                                     g_object_ref (self));
}

/* A look-up that is given up leaves its studies to the next one. */
static void
give_up_look_up (BounceStudyModel *self)
{
  for (guint i = 0; self->is_looking_up && self->looked_up[i] != NULL; i++)
    g_hash_table_add (self->changed, g_strdup (self->looked_up[i]));
  self->is_looking_up = FALSE;
}

/**
 * bounce_study_model_start_query: (skip)
 *
 * Asks for all rows anew; what was under way is given up.
 */
void
bounce_study_model_start_query (BounceStudyModel *self)
{
  g_cancellable_cancel (self->cancel);
  g_object_unref (self->cancel);
  self->cancel = g_cancellable_new ();
  give_up_look_up (self);
  g_hash_table_remove_all (self->places);
  bounce_study_model_set_loading (self, TRUE);
  query_ids (self);
}

/* Whether the study may stand elsewhere than the ids say; remembers where it stands. */
static gboolean
has_moved (BounceStudyModel *self, const BounceStudyStanding *standing)
{
  g_autofree char *place = NULL;
  gboolean was_known;

  if (standing->study == NULL)
    {
      g_hash_table_remove (self->places, standing->study_uid);
      return TRUE;
    }
  place = g_strdup_printf ("%c%s", standing->is_match ? '+' : '-',
                           standing->is_match && standing->sort_key ? standing->sort_key : "");
  if (g_strcmp0 (place, g_hash_table_lookup (self->places, standing->study_uid)) == 0)
    return FALSE;
  was_known = g_hash_table_contains (self->places, standing->study_uid);
  if (g_hash_table_size (self->places) >= MAX_PLACES)
    g_hash_table_remove_all (self->places);
  g_hash_table_insert (self->places, g_strdup (standing->study_uid), g_steal_pointer (&place));
  if (!was_known && !standing->is_match)
    return bounce_study_model_find (self, standing->study->id, NULL);
  return TRUE;
}

static void
take_standing (BounceStudyModel *self, BounceStudyStanding *standing)
{
  if (has_moved (self, standing))
    {
      self->needs_query = TRUE;
      if (standing->study != NULL)
        g_hash_table_add (self->touched,
                          g_memdup2 (&standing->study->id, sizeof standing->study->id));
    }
  if (standing->study != NULL)
    bounce_study_model_show_study (self, g_steal_pointer (&standing->study));
}

static void
studies_looked_up_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (BounceStudyModel) self = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) standings =
      bounce_store_look_up_studies_finish (BOUNCE_STORE (source), result, &error);

  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    return;
  if (standings == NULL)
    give_up_look_up (self);
  self->is_looking_up = FALSE;
  for (guint i = 0; standings != NULL && i < standings->len; i++)
    take_standing (self, g_ptr_array_index (standings, i));
  take_outcome (self, BOUNCE_STUDY_READ_CHANGES, error);
  schedule_update (self);
}

static GStrv
steal_changed (BounceStudyModel *self)
{
  g_autoptr (GStrvBuilder) study_uids = g_strv_builder_new ();
  GHashTableIter iter;
  gpointer study_uid;
  guint n_taken = 0;

  g_hash_table_iter_init (&iter, self->changed);
  while (n_taken++ < MAX_LOOK_UPS && g_hash_table_iter_next (&iter, &study_uid, NULL))
    {
      g_strv_builder_add (study_uids, study_uid);
      g_hash_table_iter_remove (&iter);
    }
  return g_strv_builder_end (study_uids);
}

static gboolean
is_query_due (BounceStudyModel *self)
{
  gint64 rested_us = g_get_monotonic_time () - self->query_started_at_us - self->query_took_us;

  return self->needs_query && !self->is_querying && rested_us >= PAUSE_FACTOR * self->query_took_us;
}

static gboolean
update_cb (gpointer user_data)
{
  BounceStudyModel *self = user_data;

  self->update_source = 0;
  if (!self->is_looking_up && g_hash_table_size (self->changed) > 0)
    {
      g_strfreev (self->looked_up);
      self->looked_up = steal_changed (self);
      self->is_looking_up = TRUE;
      bounce_store_look_up_studies_async (self->store, &self->query,
                                          (const char *const *) self->looked_up, self->cancel,
                                          studies_looked_up_cb, g_object_ref (self));
    }
  if (is_query_due (self))
    query_ids (self);
  schedule_update (self);
  return G_SOURCE_REMOVE;
}

static void
schedule_update (BounceStudyModel *self)
{
  gboolean has_look_ups = !self->is_looking_up && g_hash_table_size (self->changed) > 0;

  if (self->update_source != 0 || self->retry_source != 0
      || g_cancellable_is_cancelled (self->cancel)
      || !(has_look_ups || (self->needs_query && !self->is_querying)))
    return;
  self->update_source = g_timeout_add (UPDATE_PERIOD_MS, update_cb, self);
}

static void
studies_changed_cb (BounceStudyModel *self, char **study_uids)
{
  if (*study_uids == NULL)
    self->needs_query = TRUE;
  for (; *study_uids != NULL; study_uids++)
    if (!g_hash_table_contains (self->changed, *study_uids))
      g_hash_table_add (self->changed, g_strdup (*study_uids));
  schedule_update (self);
}

/**
 * bounce_study_model_follow: (skip)
 *
 * From here on changes in the database reach the rows.
 */
void
bounce_study_model_follow (BounceStudyModel *self)
{
  g_signal_connect_object (self->service, "studies-changed", G_CALLBACK (studies_changed_cb), self,
                           G_CONNECT_SWAPPED);
}

/**
 * bounce_study_model_stop: (skip)
 *
 * Nothing is asked any more.
 */
void
bounce_study_model_stop (BounceStudyModel *self)
{
  g_cancellable_cancel (self->cancel);
  g_clear_handle_id (&self->update_source, g_source_remove);
  g_clear_handle_id (&self->retry_source, g_source_remove);
  g_clear_handle_id (&self->tick_source, g_source_remove);
}
